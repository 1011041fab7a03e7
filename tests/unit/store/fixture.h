/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/fixture.h - a store in a folder of its own, and waiting for its answers. */
#ifndef JARVIS_TESTS_STORE_FIXTURE_H
#define JARVIS_TESTS_STORE_FIXTURE_H

#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "lib/dir.h"

enum { PATIENCE_S = 30 }; /* bounds a test that fails; nothing is measured */

struct fixture {
    char dir[64];
    struct clock clock;
    struct store *s;
    struct store_reader *r;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    unsigned answers, failures;
    int code;         /* of the last failure */
    char text[512];   /* of the last failure */
    unsigned notices; /* faults */
    int notice_code;  /* of the last one */
    char notice[512];
    unsigned copy_notices; /* faults of copies */
    int copy_code;         /* of the last one */
    unsigned acknowledged;
    unsigned lost_files; /* a bit a kind */
    unsigned losses;
    char lost[1024]; /* words of the last one */
    unsigned beats;
};

__attribute__((unused)) static void on_done(int code, const char *text, void *user)
{
    struct fixture *f = user;

    pthread_mutex_lock(&f->lock);
    f->answers++;
    if (code < 0) {
        f->failures++;
        f->code = code;
        snprintf(f->text, sizeof(f->text), "%s", text);
    }
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

static void on_notice(enum store_notice kind, int code, const char *text, void *user)
{
    struct fixture *f = user;

    pthread_mutex_lock(&f->lock);
    if (kind == STORE_NOTICE_BACKUP) {
        f->copy_notices++;
        f->copy_code = code;
    } else if (kind != STORE_NOTICE_FAULT && code == 0) {
        f->acknowledged++;
    } else if (kind != STORE_NOTICE_FAULT) {
        f->losses++;
        f->lost_files |= 1u << kind;
        snprintf(f->lost, sizeof(f->lost), "%s", text);
    } else {
        f->notices++;
        f->notice_code = code;
        snprintf(f->notice, sizeof(f->notice), "%s", text);
    }
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

/* The fixture is the row of its writer. */
static int on_watch(void **ret, const char *name, unsigned deadline_ms, void *user, struct err *e)
{
    (void)e;
    *ret = user;
    return strcmp(name, "store") == 0 && deadline_ms > 0 ? 0 : -EINVAL;
}

static void on_rest(void *row)
{
    (void)row;
}

static void on_forget(void *row, void *user)
{
    assert_ptr_equal(row, user);
}

static void on_drop(void *row)
{
    (void)row;
}

static void on_beat(void *row)
{
    struct fixture *f = row;

    pthread_mutex_lock(&f->lock);
    f->beats++;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

/* Waits until *counter reaches `n`; false when it never does. */
static bool wait_for(struct fixture *f, const unsigned *counter, unsigned n)
{
    struct timespec until;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&f->lock);
    while (*counter < n && pthread_cond_timedwait(&f->changed, &f->lock, &until) == 0)
        ;
    reached = *counter >= n;
    pthread_mutex_unlock(&f->lock);
    return reached;
}

/* A counter of the fixture as it is now; the writer's thread changes them. */
__attribute__((unused)) static unsigned seen(struct fixture *f, const unsigned *counter)
{
    unsigned n;

    pthread_mutex_lock(&f->lock);
    n = *counter;
    pthread_mutex_unlock(&f->lock);
    return n;
}

static struct store_opts fixture_opts(struct fixture *f)
{
    return (struct store_opts){
        .dir = f->dir,
        .clock = &f->clock,
        .notice = on_notice,
        .user = f,
        .watch = { on_watch, on_beat, on_rest, on_forget, on_drop, f },
        .deadline_ms = 1000,
        .strict = true,
    };
}

static void fixture_open(struct fixture *f)
{
    const struct store_opts o = fixture_opts(f);
    struct err e = ERR_INIT;
    int r = store_open(&f->s, &o, &e);

    if (r < 0)
        print_message("%s\n", e.text);
    assert_int_equal(r, 0);
    assert_int_equal(store_reader_new(&f->r, f->s, &e), 0);
}

static void fixture_close(struct fixture *f)
{
    f->r = store_reader_free(f->r);
    f->s = store_close(f->s);
}

__attribute__((unused)) static void fixture_flush(struct fixture *f)
{
    unsigned n;

    pthread_mutex_lock(&f->lock);
    n = f->answers + 1;
    pthread_mutex_unlock(&f->lock);
    assert_int_equal(store_flush(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, n));
}

__attribute__((unused)) static int put(struct fixture *f, uint64_t id, store_done_fn done)
{
    char heard[64];
    const struct store_session row = {
        .id = id,
        .wall_usec = clock_wall_usec(&f->clock),
        .source = "voice",
        .heard = heard,
        .intent = "HassTurnOn",
        .reply = "Turned on the kitchen light",
        .outcome = "done",
        .detail = "{\"slots\":{\"name\":\"kitchen light\"}}",
    };

    snprintf(heard, sizeof(heard), "sentence %llu", (unsigned long long)id);
    return store_session_put(f->s, &row, done, f, NULL);
}

__attribute__((unused)) static void put_wait(struct fixture *f, uint64_t id)
{
    unsigned n;

    pthread_mutex_lock(&f->lock);
    n = f->answers + 1;
    pthread_mutex_unlock(&f->lock);
    assert_int_equal(put(f, id, on_done), 0);
    assert_true(wait_for(f, &f->answers, n));
}

/* Until everything put so far is answered; a store that is closed has answered. */
__attribute__((unused)) static void fixture_settle(struct fixture *f)
{
    unsigned n;

    pthread_mutex_lock(&f->lock);
    n = f->answers + 1;
    pthread_mutex_unlock(&f->lock);
    if (store_flush(f->s, on_done, f, NULL) == 0)
        assert_true(wait_for(f, &f->answers, n));
}

__attribute__((unused)) static bool sessions_have(struct fixture *f, uint64_t id)
{
    AUTO_JSON *one = NULL;

    return store_session_get(&one, f->r, id, NULL) == 0;
}

/* How many sessions there are; -1: unreadable. */
__attribute__((unused)) static int sessions_count(struct fixture *f)
{
    AUTO_JSON *list = NULL;

    return store_sessions(&list, f->r, 0, 200, NULL) < 0 ? -1 : cJSON_GetArraySize(list);
}

/* The first entry of `sub` ("" or "/backup") that begins so; "" when there is none; counts all. */
__attribute__((unused)) static int find_entries(const struct fixture *f, const char *sub,
                                                const char *prefix, char *first, size_t size)
{
    char path[128];
    DIR *d;
    struct dirent *entry;
    int n = 0;

    snprintf(path, sizeof(path), "%s%s", f->dir, sub);
    if (first)
        first[0] = '\0';
    d = opendir(path);
    while (d && (entry = readdir(d))) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        if (n++ == 0 && first)
            snprintf(first, size, "%s", entry->d_name);
    }
    if (d)
        closedir(d);
    return n;
}

__attribute__((unused)) static void path_in(char *out, size_t size, const struct fixture *f,
                                            const char *name)
{
    snprintf(out, size, "%s/%s", f->dir, name);
}

__attribute__((unused)) static void overwrite(const struct fixture *f, const char *name, off_t at,
                                              const char *text)
{
    char path[256];
    int fd;

    path_in(path, sizeof(path), f, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
    close(fd);
}

/* SEED=n replays a random test; the scheduler still has its say. */
__attribute__((unused)) static unsigned seed_of_run(void)
{
    const char *env = getenv("SEED");
    unsigned seed = env ? (unsigned)strtoul(env, NULL, 10) : (unsigned)time(NULL);

    print_message("SEED=%u\n", seed);
    return seed;
}

static int setup_in(void **state, const char *base)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    snprintf(f->dir, sizeof(f->dir), "%s/jarvis-store-XXXXXX", base);
    if (!mkdtemp(f->dir))
        return -1;
    clock_init_virtual(&f->clock, INT64_C(1790000000) * 1000000);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    *state = f;
    return 0;
}

__attribute__((unused)) static int setup_closed(void **state)
{
    return setup_in(state, "/tmp");
}

__attribute__((unused)) static int setup(void **state)
{
    int r = setup_closed(state);

    if (r == 0)
        fixture_open(*state);
    return r;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    fixture_close(f);
    dir_remove(f->dir);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return 0;
}

#endif
