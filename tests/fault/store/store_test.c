/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/store/store_test.c - each allocation of the store fails once, and then for good. */
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"
#include "lib/dir.h"
#include "lib/waiter.h"

static int put_and_read(struct store *s, struct waiter *w)
{
    const struct store_session row = { .id = 1, .heard = "x", .detail = "{\"a\":1}" };
    AUTO(store_reader_freep) struct store_reader *reader = NULL;
    AUTO_JSON *list = NULL, *devices = NULL;
    int r = store_session_put(s, &row, waiter_done, w, NULL);

    if (r == 0)
        r = waiter_wait(w);
    if (r == 0)
        r = store_device_put(s, "lamp", "{\"on\":true}", 1, NULL);
    if (r == 0)
        r = store_backup(s, waiter_done, w, NULL);
    if (r == 0)
        r = waiter_wait(w);
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

static int run(void)
{
    static struct clock clock;
    struct waiter w = WAITER_INIT;
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

FAULT_TEST(test_store, run())

/* None of the failures made the store believe that a file was damaged. */
static void test_nothing_was_moved_aside(void **state)
{
    (void)state;
    assert_in_range(dir_entries(dir), 1, 100);
    assert_false(dir_holds(dir, "corrupt"));
}

/* A damaged file while memory fails: whatever was not saved this time is saved the next time. */
static int rescue_run(void)
{
    static struct clock clock;
    const struct store_opts o = { .dir = dir, .clock = &clock, .strict = true };
    AUTO(store_closep) struct store *s = NULL;
    AUTO(store_reader_freep) struct store_reader *reader = NULL;
    AUTO_JSON *one = NULL;
    char path[128];
    int fd, r;

    snprintf(path, sizeof(path), "%s/history.db", dir);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && pwrite(fd, "nothing", 7, 0) != 7)
        return -EIO;
    close(fd);
    clock_init_real(&clock);
    r = store_open(&s, &o, NULL);
    if (r == 0)
        r = store_reader_new(&reader, s, NULL);
    if (r == 0)
        r = store_session_get(&one, reader, 1, NULL);
    return r == -ENOENT && fault_hit() ? -ENOMEM : r;
}

FAULT_TEST(test_rescue, rescue_run())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_nothing_was_moved_aside),
        cmocka_unit_test(test_rescue),
    };
    int failed;

    if (dir_make(dir, "store") < 0)
        return 1;
    failed = cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
    dir_remove(dir);
    return failed;
}
