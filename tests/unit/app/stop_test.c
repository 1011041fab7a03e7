/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/stop_test.c - the daemon's end in stages, from every moment: nothing that was said is
 * lost, who asked is answered, a second signal ends at once, and a disk that hangs keeps nobody. */
#include "unit/app/box.h"

#include <dirent.h>
#include <sched.h>
#include <semaphore.h>

#include "unit/store/testvfs.h"

static bool in_history(const char *words)
{
    AUTO_JSON *list = NULL;
    AUTO_FREE char *text = NULL;

    if (store_sessions(&list, box.a->reader, 0, 20, NULL) < 0)
        return false;
    text = json_text(list);
    return strstr(text, words) != NULL;
}

/* A session that waits for its MSG_STORED. */
static void post_session(uint64_t id)
{
    struct msg *m = msg_new(MSG_SESSION, id);

    m->json = cJSON_CreateObject();
    json_put_text(m->json, "heard", "lamp on");
    bus_post(box.a->bus, m);
    loop_step(box.a->loop, 0);
}

static void run_to_the_end(void)
{
    struct err e = ERR_INIT;

    assert_int_equal(loop_run(box.a->loop, &e), 0);
}

static void test_idle(void **state)
{
    (void)state;
    box_open();
    app_stop(box.a, "Terminated");
    run_to_the_end();
}

/* A sentence is under way: it ends as "stopped", is kept, and its asker is told. */
static void test_in_the_middle_of_a_sentence(void **state)
{
    static const char request[] = "{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}";
    struct rpc_frame f = { 0 };
    int fd;

    (void)state;
    box_open();
    BOX_UNTIL(box_understands("turn on the kitchen light"));
    fd = box_dial();
    assert_int_equal(rpc_send(fd, CONTROL_REQUEST, 7, request, strlen(request), NULL), 0);
    loop_step(box.a->loop, 0);
    app_stop(box.a, "Terminated");
    run_to_the_end();
    assert_int_equal(rpc_recv(fd, box.frame, &f, 1000, NULL), 1);
    assert_int_equal(f.type, CONTROL_DONE); /* whatever it had come to, it is told */
    assert_int_equal(box.sessions, 1);
    close(fd);
    box_close();
    box_open();
    assert_true(in_history("turn on the kitchen light")); /* and kept */
}

/* What comes after the signal is refused, in words. */
static void test_nothing_new_is_taken(void **state)
{
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    box_open();
    tv.hangs = true; /* the end waits for a session that is not stored yet */
    post_session(12);
    app_stop(box.a, "Terminated");
    j = box_ask("{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}");
    text = json_text(j);
    tv.hangs = false;
    assert_non_null(strstr(text, "error"));
    assert_int_equal(box.sessions, 1);
}

static void test_a_second_signal(void **state)
{
    (void)state;
    box_open();
    tv.hangs = true; /* the store answers nobody */
    post_session(12);
    app_stop(box.a, "Terminated");
    app_stop(box.a, "Interrupt");
    run_to_the_end();
    tv.hangs = false;
}

/* The store hangs: the end waits its time and no longer, and says what it could not keep. */
static void test_a_store_that_hangs(void **state)
{
    AUTO_FREE struct log_line *lines = calloc(LOG_KEPT, sizeof(*lines));
    bool told = false;
    size_t n;

    (void)state;
    box_open();
    tv.hangs = true;
    post_session(12);
    app_stop(box.a, "Terminated");
    run_to_the_end();
    tv.hangs = false;
    n = log_kept(box.a->log, 0, lines, LOG_KEPT);
    for (size_t i = 0; i < n; i++)
        told = told || strstr(lines[i].text, "1 sessions could not be stored in time");
    assert_true(told);
}

static void dir_closep(DIR **d)
{
    if (*d)
        closedir(*d);
}

static struct app *left[2]; /* never freed: what hung uses it to the end of the process */

/* A job of the slow worker that reads what it may: the folders, the settings, the history. */
static struct {
    sem_t gate, entered, over;
    int code;
} reads;

static int reads_run(void *job, struct err *e)
{
    struct app *a = job;
    AUTO_JSON *list = NULL;

    sem_post(&reads.entered);
    sem_wait(&reads.gate);
    reads.code = store_sessions(&list, a->slow_reader, 0, 5, e);
    if (a->paths.etc[0] == '\0' || a->settings.language[0] == '\0')
        reads.code = -EFAULT;
    sem_post(&reads.over);
    return 0;
}

static void reads_done(int code, const char *words, void *job)
{
    (void)code;
    (void)words;
    (void)job;
    fail_msg("a job that hung at the end was answered");
}

/* A job hangs: the end waits its time, keeps what is acted upon, and leaves alone what the job uses. */
static void test_a_job_that_hangs(void **state)
{
    const struct slow_job job = { "history", reads_run, reads_done, NULL, 1, false };
    struct slow_job mine = job;
    int64_t began;

    (void)state;
    sem_init(&reads.gate, 0, 0);
    sem_init(&reads.entered, 0, 0);
    sem_init(&reads.over, 0, 0);
    box_open();
    mine.job = box.a;
    assert_int_equal(slow_post(box.a->slow, &mine, NULL), 0);
    sem_wait(&reads.entered);
    post_session(12);
    app_stop(box.a, "Terminated");
    run_to_the_end();
    began = clock_now_ms();
    left[0] = box.a;
    box.a = app_free(box.a);
    assert_ptr_equal(box.a, left[0]);
    assert_true(clock_now_ms() - began < BOX_PATIENCE_MS);
    box.a = NULL;
    sem_post(&reads.gate); /* the disk comes back after all */
    sem_wait(&reads.over);
    assert_int_equal(reads.code, 0); /* all that it uses was there */
    box_open();
    assert_true(in_history("lamp on")); /* it was kept before the end */
}

static bool is_running(const char *thread)
{
    AUTO(dir_closep) DIR *all = opendir("/proc/self/task");
    const struct dirent *d;

    while ((d = readdir(all))) {
        char path[PATHS_BYTES], name[32] = "";
        FILE *f;

        snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", d->d_name);
        f = fopen(path, "re");
        if (f && fgets(name, sizeof(name), f))
            name[strcspn(name, "\n")] = '\0';
        if (f)
            fclose(f);
        if (strcmp(name, thread) == 0)
            return true;
    }
    return false;
}

/* The disk hangs in the writer: the same, and an answer that still comes finds its taker. */
static void test_a_disk_that_hangs_to_the_end(void **state)
{
    (void)state;
    box_open();
    tv.hangs = true;
    post_session(12);
    app_stop(box.a, "Terminated");
    run_to_the_end();
    left[1] = box.a;
    box.a = app_free(box.a);
    assert_ptr_equal(box.a, left[1]);
    box.a = NULL;
    tv.hangs = false;
    while (is_running("store")) /* the writer answers, closes its files and ends */
        sched_yield();
    box_open();
    assert_true(in_history("lamp on"));
}

/* A store that says it twice takes no other session's place. */
static void test_stored_twice(void **state)
{
    (void)state;
    box_open();
    for (int i = 0; i < 3; i++)
        bus_post(box.a->bus, msg_new(MSG_STORED, 99));
    while (loop_step(box.a->loop, 0))
        ;
    app_stop(box.a, "Terminated");
    run_to_the_end();
}

/* Start and end, again and again, with everything that a start begins: no socket, thread or file is
 * left that would keep the next one from coming. */
static void test_again_and_again(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        box_open();
        app_stop(box.a, "Terminated");
        run_to_the_end();
        box_close();
    }
}

/* Ended before it began: made, and never started; started, and never stepped. */
static void test_ended_before_it_began(void **state)
{
    const struct app_opts o = { .root = box.root, .clock = &box.clock };
    struct err e = ERR_INIT;

    (void)state;
    for (int started = 0; started < 2; started++) {
        assert_int_equal(app_new(&box.a, &o, &e), 0);
        if (started)
            assert_int_equal(app_start(box.a, &e), 0);
        box_close();
    }
}

static int setup_whole(void **state)
{
    tv.hangs = false;
    tv_fail(0, 0);
    return box_setup(state);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_whole, box_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_idle),
        TEST(test_in_the_middle_of_a_sentence),
        TEST(test_nothing_new_is_taken),
        TEST(test_a_second_signal),
        TEST(test_a_store_that_hangs),
        TEST(test_a_job_that_hangs),
        TEST(test_a_disk_that_hangs_to_the_end),
        TEST(test_stored_twice),
        TEST(test_again_and_again),
        TEST(test_ended_before_it_began),
    };

    return TV_RUN("stop", tests);
}
