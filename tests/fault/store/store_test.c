/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/store/store_test.c - each allocation of the store fails once, and then for good. */
#include "store/store.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done;
    int code;
};

static void on_done(int code, const char *text, void *user)
{
    struct waiter *w = user;

    (void)text;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->code = code;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

static int wait_for(struct waiter *w)
{
    int code;

    pthread_mutex_lock(&w->lock);
    while (!w->done)
        pthread_cond_wait(&w->answered, &w->lock);
    w->done = false;
    code = w->code;
    pthread_mutex_unlock(&w->lock);
    return code;
}

static int put_and_read(struct store *s, struct waiter *w)
{
    const struct store_session row = { .id = 1, .heard = "x", .detail = "{\"a\":1}" };
    AUTO(store_reader_freep) struct store_reader *reader = NULL;
    AUTO_JSON *list = NULL, *devices = NULL;
    int r = store_session_put(s, &row, on_done, w, NULL);

    if (r == 0)
        r = wait_for(w);
    if (r == 0)
        r = store_device_put(s, "lamp", "{\"on\":true}", 1, NULL);
    if (r == 0)
        r = store_backup(s, on_done, w, NULL);
    if (r == 0)
        r = wait_for(w);
    if (r == 0)
        r = store_reader_new(&reader, s, NULL);
    if (r == 0)
        r = store_sessions(&list, reader, 0, 10, NULL);
    if (r == 0)
        r = store_devices(&devices, reader, NULL);
    if (r == 0 && (cJSON_GetArraySize(list) != 1 || cJSON_GetArraySize(devices) != 1))
        r = -ENOTRECOVERABLE;
    return r;
}

static char dir[64];

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        char name[512];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%.128s/%.255s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            remove_tree(name);
        else
            unlink(name);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static int run(void)
{
    static struct clock clock;
    struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };
    const struct store_opts o = { .dir = dir, .clock = &clock, .strict = true };
    struct store *s = NULL;
    int r;

    clock_init_real(&clock);
    r = store_open(&s, &o, NULL);
    if (r == 0)
        r = put_and_read(s, &w);
    store_close(s);
    return r;
}

static void test_store(void **state)
{
    (void)state;
    FAULT_LOOP(run());
}

/* None of the failures made the store believe that a file was damaged. */
static void test_nothing_was_moved_aside(void **state)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    (void)state;
    assert_non_null(d);
    while ((entry = readdir(d)))
        assert_null(strstr(entry->d_name, "corrupt"));
    closedir(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_nothing_was_moved_aside),
    };
    int failed;

    snprintf(dir, sizeof(dir), "/tmp/jarvis-store-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
    remove_tree(dir);
    return failed;
}
