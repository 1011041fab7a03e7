/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/health_test.c - deadlines, faults in words, and what systemd is told. */
#include "core/health.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "lib/dir.h"

struct fixture {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct health *h;
    int systemd; /* where sd_notify() goes; -1: nowhere */
    char socket[108];
    char dir[64];
    char fault[256];
    int faults, code;
};

static void on_fault(const struct msg *m, void *user)
{
    struct fixture *f = user;

    f->faults++;
    f->code = m->code;
    snprintf(f->fault, sizeof(f->fault), "%s: %s", m->part, m->text);
}

static int setup_base(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    f->systemd = -1;
    clock_init_virtual(&f->clock, 0);
    if (loop_new(&f->loop, &f->clock, NULL) < 0 || bus_new(&f->bus, f->loop, NULL) < 0 ||
        bus_on(f->bus, MSG_FAULT, on_fault, f, NULL) < 0)
        return -1;
    *state = f;
    return 0;
}

static int setup(void **state)
{
    struct fixture *f;

    unsetenv("WATCHDOG_USEC");
    if (setup_base(state) < 0)
        return -1;
    f = *state;
    return health_new(&f->h, f->loop, f->bus, NULL);
}

static int setup_dog(void **state)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    struct fixture *f;
    char pid[16];

    if (setup_base(state) < 0)
        return -1;
    f = *state;
    if (dir_make(f->dir, "health") < 0)
        return -1;
    snprintf(a.sun_path, sizeof(a.sun_path), "%s/notify", f->dir);
    memcpy(f->socket, a.sun_path, sizeof(f->socket));
    f->systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (f->systemd < 0 || bind(f->systemd, (struct sockaddr *)&a, sizeof(a)) < 0)
        return -1;
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("NOTIFY_SOCKET", f->socket, 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    return health_new(&f->h, f->loop, f->bus, NULL);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    health_free(f->h);
    bus_free(f->bus);
    loop_free(f->loop);
    if (f->systemd >= 0) {
        close(f->systemd);
        unlink(f->socket);
        rmdir(f->dir);
    }
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    free(f);
    return 0;
}

static void advance_ms(struct fixture *f, int ms)
{
    clock_advance_usec(&f->clock, (int64_t)ms * 1000);
    while (loop_step(f->loop, 0))
        ;
}

static void test_deadlines(void **state)
{
    struct fixture *f = *state;
    struct health_row *fast = NULL, *slow = NULL;
    const char *late = "untouched";

    assert_true(health_is_alive(f->h, &late));
    assert_int_equal(health_watch(&fast, f->h, "capture", 500, NULL), 0);
    assert_int_equal(health_watch(&slow, f->h, "store", 5000, NULL), 0);
    clock_advance_usec(&f->clock, 500000);
    assert_true(health_is_alive(f->h, &late));
    assert_string_equal(late, "untouched");
    clock_advance_usec(&f->clock, 1000);
    assert_false(health_is_alive(f->h, &late));
    assert_string_equal(late, "capture");
    health_beat(fast);
    assert_true(health_is_alive(f->h, NULL));
    clock_advance_usec(&f->clock, 6000000);
    health_beat(fast);
    assert_false(health_is_alive(f->h, &late));
    assert_string_equal(late, "store");
    health_unwatch(f->h, slow);
    assert_true(health_is_alive(f->h, NULL));
    health_beat(NULL);
    health_unwatch(f->h, NULL);
}

static void test_rows_are_limited(void **state)
{
    struct fixture *f = *state;
    struct health_row *rows[16], *more = NULL;
    struct err e = ERR_INIT;

    for (int i = 0; i < 16; i++)
        assert_int_equal(health_watch(&rows[i], f->h, "thread", 1000, &e), 0);
    assert_int_equal(health_watch(&more, f->h, "one more", 1000, &e), -ENOSPC);
    assert_null(more);
    assert_non_null(strstr(e.text, "one more"));
    health_unwatch(f->h, rows[3]);
    assert_int_equal(health_watch(&more, f->h, "one more", 1000, &e), 0);
}

static void test_late_thread_is_a_fault(void **state)
{
    struct fixture *f = *state;
    struct health_row *row = NULL;

    health_watch(&row, f->h, "listen", 1500, NULL);
    for (int i = 0; i < 5; i++)
        advance_ms(f, 1000);
    assert_int_equal(f->faults, 1); /* told once */
    assert_int_equal(f->code, -ETIME);
    assert_non_null(strstr(f->fault, "watchdog: the thread 'listen' missed its deadline"));
    health_beat(row);
    advance_ms(f, 1000);
    assert_int_equal(f->faults, 2);
    assert_int_equal(f->code, 0);
}

static int fault_count(struct fixture *f, char *text, size_t size)
{
    AUTO_JSON *j = health_report(f->h);
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(j, "faults");

    snprintf(text, size, "%s", json_str(cJSON_GetArrayItem(faults, 0), "text", ""));
    return cJSON_GetArraySize(faults);
}

static void test_faults_in_words(void **state)
{
    struct fixture *f = *state;
    char text[128];

    assert_int_equal(fault_count(f, text, sizeof(text)), 0);
    bus_post_fault(f->bus, "mqtt", -ECONNREFUSED, "the broker refuses");
    advance_ms(f, 250);
    assert_int_equal(fault_count(f, text, sizeof(text)), 1);
    assert_string_equal(text, "the broker refuses");
    bus_post_fault(f->bus, "mqtt", -ETIMEDOUT, "the broker is silent");
    bus_post_fault(f->bus, "audio", -ENODEV, "no microphone");
    bus_post_fault(f->bus, "store", 0, "well");
    advance_ms(f, 1);
    assert_int_equal(fault_count(f, text, sizeof(text)), 2);
    assert_string_equal(text, "the broker is silent");
    bus_post_fault(f->bus, "mqtt", 0, "connected");
    advance_ms(f, 1);
    assert_int_equal(fault_count(f, text, sizeof(text)), 1);
    assert_string_equal(text, "no microphone");
    assert_true(health_is_alive(f->h, NULL)); /* faults do not stop the dog */
}

static void test_faults_are_limited(void **state)
{
    struct fixture *f = *state;
    static char names[40][8];
    char text[128];

    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof(names[i]), "part%d", i);
        bus_post_fault(f->bus, names[i], -EIO, names[i]);
        advance_ms(f, 1);
    }
    assert_int_equal(fault_count(f, text, sizeof(text)), 32); /* the newest */
}

static void test_report(void **state)
{
    struct fixture *f = *state;
    struct health_row *row = NULL;
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    health_watch(&row, f->h, "main", 1000, NULL);
    bus_post_fault(f->bus, "mqtt", -EIO, "away");
    bus_drain(f->bus);
    clock_advance_usec(&f->clock, 1250000);
    j = health_report(f->h);
    text = json_text(j);
    assert_string_equal(text, "{\"alive\":false,\"threads\":[{\"name\":\"main\",\"late_ms\":250,"
                              "\"deadline_ms\":1000}],\"faults\":[{\"part\":\"mqtt\",\"text\":"
                              "\"away\",\"since_ms\":1250}]}");
}

static int dog_heard(struct fixture *f)
{
    char buf[64];
    int n = 0;
    ssize_t got;

    while ((got = recv(f->systemd, buf, sizeof(buf) - 1, 0)) > 0) {
        buf[got] = '\0';
        n += strstr(buf, "WATCHDOG=1") != NULL;
    }
    return n;
}

static void test_dog_is_fed_only_while_in_time(void **state)
{
    struct fixture *f = *state;
    struct health_row *row = NULL;

    health_watch(&row, f->h, "capture", 1200, NULL);
    advance_ms(f, 499);
    assert_int_equal(dog_heard(f), 0);
    advance_ms(f, 1); /* half of WATCHDOG_USEC */
    assert_int_equal(dog_heard(f), 1);
    advance_ms(f, 500);
    assert_int_equal(dog_heard(f), 1);
    advance_ms(f, 500); /* 1500 ms without a beat */
    assert_int_equal(dog_heard(f), 0);
    assert_non_null(strstr(f->fault, "systemd will restart the daemon"));
    health_beat(row);
    advance_ms(f, 500);
    assert_int_equal(dog_heard(f), 1);
    advance_ms(f, 60000); /* a sleep: one notification, no burst */
    health_beat(row);
    advance_ms(f, 500);
    assert_in_range(dog_heard(f), 1, 2);
}

struct beater {
    pthread_t thread;
    struct health_row *row;
    struct health *h;
    _Atomic bool stop;
};

static void *beater_run(void *user)
{
    struct beater *b = user;

    while (!atomic_load(&b->stop)) {
        AUTO_JSON *j = health_report(b->h);

        health_beat(b->row);
        if (!j)
            return b;
    }
    return NULL;
}

static void test_beats_from_a_thread(void **state)
{
    struct fixture *f = *state;
    struct beater b = { .h = f->h };
    void *failed = NULL;

    health_watch(&b.row, f->h, "listen", 1000, NULL);
    assert_int_equal(pthread_create(&b.thread, NULL, beater_run, &b), 0);
    for (int i = 0; i < 200; i++) {
        bus_post_fault(f->bus, "mqtt", i % 2 ? -EIO : 0, "flapping");
        advance_ms(f, 100);
    }
    atomic_store(&b.stop, true);
    pthread_join(b.thread, &failed);
    assert_null(failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_deadlines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows_are_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_thread_is_a_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_in_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_are_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dog_is_fed_only_while_in_time, setup_dog, teardown),
        cmocka_unit_test_setup_teardown(test_beats_from_a_thread, setup, teardown),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
