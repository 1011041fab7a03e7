/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/keeper_test.c - what must survive, between bus and store: sessions and their answers,
 * states, the notice of a loss; a store that opens late, and one that is on a bad disk. */
#include "app/app.h"

#include "core/deadlines.h"

#include "unit/store/testvfs.h"

#include "base/file.h"
#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define WALL_2026 (INT64_C(1790000000) * 1000000)
#define WALL_1970 (INT64_C(3600) * 1000000) /* a board without a battery */

enum { TURNS_MAX = 4000 };

static struct rig {
    char dir[DIR_BYTES];
    struct clock clock;
    struct app app;
    unsigned stored, faults; /* MSG_STORED, MSG_FAULT seen */
    uint64_t session;        /* of the last MSG_SESSION */
    int code, fault_code;    /* of the last one */
    char words[256], part[32], fault[512];
} rig;

static void on_msg(const struct msg *m, void *user)
{
    (void)user;
    if (m->type == MSG_SESSION)
        rig.session = m->session;
    if (m->type == MSG_STORED) {
        rig.stored++;
        rig.code = m->code;
        snprintf(rig.words, sizeof(rig.words), "%s", m->text ? m->text : "");
    }
    if (m->type == MSG_FAULT) {
        rig.faults++;
        rig.fault_code = m->code;
        snprintf(rig.part, sizeof(rig.part), "%s", m->part);
        snprintf(rig.fault, sizeof(rig.fault), "%s", m->text);
    }
}

/* Turns of the loop until *counter is there; virtual time stands still. */
static void until(const unsigned *counter, unsigned n)
{
    const struct timespec nap = { .tv_nsec = 1000000 };

    for (int i = 0; i < TURNS_MAX && *counter < n; i++)
        if (!loop_step(rig.app.loop, 0))
            nanosleep(&nap, NULL);
    if (*counter < n)
        fail_msg("%u of %u; last fault: %s %d %s", *counter, n, rig.part, rig.fault_code,
                 rig.fault);
}

/* As app.c has it. */
static void on_notice(enum store_notice kind, int code, const char *text, void *user)
{
    (void)user;
    if (kind == STORE_NOTICE_FAULT)
        bus_post_fault(rig.app.bus, "store", code, text);
    else
        loss_tell(rig.app.bus, kind, code, text);
}

static void open_store(struct app *a)
{
    const struct store_opts o = { .dir = rig.dir, .clock = &rig.clock, .notice = on_notice };

    assert_int_equal(store_open(&a->store, &o, NULL), 0);
    assert_int_equal(store_reader_new(&a->reader, a->store, NULL), 0);
}

static void power_up(int64_t wall_usec, bool store)
{
    struct app *a = &rig.app;
    struct assistant_deps d = { .settings = &a->settings, .paths = &a->paths };
    char dir[DIR_BYTES];

    memcpy(dir, rig.dir, sizeof(dir));
    memset(&rig, 0, sizeof(rig));
    memcpy(rig.dir, dir, sizeof(dir));
    clock_init_virtual(&rig.clock, wall_usec);
    str_copy(a->paths.share, sizeof(a->paths.share), "rootfs-overlay/usr/share/jarvis");
    str_copy(a->settings.language, sizeof(a->settings.language), "en");
    str_copy(a->settings.llm_kind, sizeof(a->settings.llm_kind), "none");
    a->clock = &rig.clock;
    assert_int_equal(log_new(&a->log, LOG_LEVEL_ERROR, NULL), 0);
    assert_int_equal(loop_new(&a->loop, &rig.clock, NULL), 0);
    assert_int_equal(bus_new(&a->bus, a->loop, NULL), 0);
    assert_int_equal(bus_on(a->bus, MSG_N, on_msg, NULL, NULL), 0);
    if (store)
        open_store(a);
    assert_int_equal(keeper_new(&a->keeper, a, NULL), 0);
    d.loop = a->loop;
    d.bus = a->bus;
    if (a->reader)
        (void)store_session_last_id(&d.last_session_id, a->reader, NULL);
    assert_int_equal(assistant_new(&a->assistant, &d, NULL), 0);
}

static void power_off(void)
{
    struct app *a = &rig.app;

    assistant_free(a->assistant);
    store_reader_free(a->reader);
    store_close(a->store);
    keeper_free(a->keeper);
    bus_free(a->bus);
    loop_free(a->loop);
    log_free(a->log);
    memset(a, 0, sizeof(*a));
}

static int setup(void **state)
{
    (void)state;
    tv_fail(0, 0);
    return dir_make(rig.dir, "keeper");
}

static int teardown(void **state)
{
    (void)state;
    return dir_remove(rig.dir);
}

static void post_session(enum msg_type type, uint64_t id, const char *outcome)
{
    struct msg *m = msg_new(type, id);

    m->json = cJSON_CreateObject();
    json_put_int(m->json, "at", 1790000000000);
    json_put_text(m->json, "source", "ctl");
    json_put_text(m->json, "heard", "lamp on");
    json_put_text(m->json, "outcome", outcome);
    bus_post(rig.app.bus, m);
}

/* Nobody understands it here: the turn ends with its deadline, and its session is kept. */
static uint64_t one_sentence(void)
{
    struct msg *m = msg_new(MSG_TEXT, 0);
    unsigned stored = rig.stored;

    m->text = str_dup("hello");
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = 1 };
    m->endpoint = endpoint_of(ORIGIN_CONTROL, 1);
    bus_post(rig.app.bus, m);
    while (loop_step(rig.app.loop, 0))
        ;
    clock_advance_usec(&rig.clock, (DEADLINE_INTENT_MS + 1000) * 1000);
    until(&rig.stored, stored + 1);
    return rig.session;
}

static void test_kept_and_answered(void **state)
{
    AUTO_JSON *row = NULL;

    (void)state;
    power_up(WALL_2026, true);
    post_session(MSG_SESSION, 17, "done");
    until(&rig.stored, 1);
    assert_int_equal(rig.code, 0);
    assert_int_equal(store_session_get(&row, rig.app.reader, 17, NULL), 0);
    assert_string_equal(json_str(row, "heard", ""), "lamp on");
    assert_string_equal(json_str(row, "outcome", ""), "done");
    power_off();
}

/* How it ended replaces the row, and nobody is told a second time. */
static void test_the_end_of_a_session(void **state)
{
    AUTO_JSON *row = NULL;

    (void)state;
    power_up(WALL_2026, true);
    post_session(MSG_SESSION, 17, "done");
    post_session(MSG_SESSION_MORE, 17, "cancelled");
    post_session(MSG_SESSION, 18, "done");
    until(&rig.stored, 2);
    assert_int_equal(store_session_get(&row, rig.app.reader, 17, NULL), 0);
    assert_string_equal(json_str(row, "outcome", ""), "cancelled");
    clock_advance_usec(&rig.clock, 1000000);
    while (loop_step(rig.app.loop, 0))
        ;
    assert_int_equal(rig.stored, 2);
    power_off();
}

static void test_without_a_store(void **state)
{
    (void)state;
    power_up(WALL_2026, false);
    post_session(MSG_SESSION, 17, "done");
    post_session(MSG_SESSION_MORE, 17, "done");
    until(&rig.stored, 1);
    assert_int_equal(rig.code, 0); /* the laboratory forgets by design */
    assert_int_equal(loss_acknowledge(NULL, rig.app.bus, NULL), -ENOENT);
    assert_int_equal(rig.faults, 0);
    power_off();
}

/* Each way in which a session cannot be kept: its asker gets the store's words, once. */
static const struct {
    const char *name;
    int rc, code, want;
    const char *words;
} refusals[] = {
    { "full", SQLITE_FULL, 0, -ENOSPC, "the disk is full" },
    { "read-only", SQLITE_IOERR_WRITE, EROFS, -EROFS, "the disk is read-only" },
    { "fails", SQLITE_IOERR_FSYNC, EIO, -EIO, "the disk fails" },
};

static void test_refused(void **state)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        print_message("%s\n", refusals[i].name);
        power_up(WALL_2026, true);
        post_session(MSG_SESSION, 1, "done");
        until(&rig.stored, 1);
        tv_fail(refusals[i].rc, refusals[i].code);
        post_session(MSG_SESSION, 2, "done");
        until(&rig.stored, 2);
        assert_int_equal(rig.code, refusals[i].want);
        assert_non_null(strstr(rig.words, refusals[i].words));
        until(&rig.faults, 1);
        assert_string_equal(rig.part, "store");
        tv_fail(0, 0);
        post_session(MSG_SESSION, 3, "done");
        until(&rig.faults, 2);
        assert_int_equal(rig.fault_code, 0);
        power_off();
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

static void test_too_large_a_session(void **state)
{
    AUTO_FREE char *text = malloc(STORE_ROW_BYTES_MAX + 2);
    struct msg *m = msg_new(MSG_SESSION, 9);

    (void)state;
    memset(text, 'x', STORE_ROW_BYTES_MAX + 1);
    text[STORE_ROW_BYTES_MAX + 1] = '\0';
    power_up(WALL_2026, true);
    m->json = cJSON_CreateObject();
    json_put_text(m->json, "heard", text);
    bus_post(rig.app.bus, m);
    until(&rig.stored, 1);
    assert_int_equal(rig.code, -E2BIG);
    assert_true(rig.words[0] != '\0');
    power_off();
}

static void post_device(const char *json)
{
    struct msg *m = msg_new(MSG_DEVICE, 0);

    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(rig.app.bus, m);
}

static void test_states(void **state)
{
    AUTO_JSON *kept = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    power_up(WALL_2026, true);
    post_device("{\"id\":\"lamp\",\"state\":{\"state\":\"off\"}}");
    post_device("{\"id\":\"lamp\",\"state\":{\"state\":\"on\"}}");
    post_device("{\"id\":\"fan\"}");             /* nothing to keep */
    post_device("{\"state\":{\"state\":\"on\"}}"); /* of nobody */
    while (loop_step(rig.app.loop, 0))
        ;
    power_off();
    power_up(WALL_2026, true);
    assert_int_equal(store_devices(&kept, rig.app.reader, NULL), 0);
    text = json_text(kept);
    assert_string_equal(text, "{\"lamp\":{\"state\":\"on\"}}");
    power_off();
}

static void in_dir(char *out, const char *name)
{
    snprintf(out, 200, "%s/%s", rig.dir, name);
}

/* The store's file cannot be opened at the start (a folder stands there), and the clock has gone back
 * to 1970: sessions before it opens have small numbers. Those after it go on above what it has, or
 * they would stand below older ones, and replace them. */
static void test_store_that_opens_late(void **state)
{
    char file[200], saved[200];
    uint64_t before, closed, after;
    unsigned faults;

    (void)state;
    power_up(WALL_2026, true);
    before = one_sentence();
    power_off();
    in_dir(file, "history.db");
    in_dir(saved, "history.saved");
    assert_int_equal(rename(file, saved), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    power_up(WALL_1970, true);
    until(&rig.faults, 1);
    closed = one_sentence();
    assert_true(rig.code < 0); /* not kept */
    assert_true(closed < before);
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(rename(saved, file), 0);
    faults = rig.faults;
    clock_advance_usec(&rig.clock, 11000000);
    until(&rig.faults, faults + 1);
    assert_int_equal(rig.fault_code, 0); /* works again */
    while (loop_step(rig.app.loop, 0))
        ;
    after = one_sentence();
    assert_int_equal(rig.code, 0);
    assert_true(after > before);
    power_off();
}

/* A number from the far end of what is allowed leaves no room: it is passed over. */
static void test_strange_last_ids(void **state)
{
    uint64_t first, id;

    (void)state;
    power_up(WALL_2026, true);
    first = one_sentence();
    assistant_ids_above(rig.app.assistant, 0);
    assistant_ids_above(rig.app.assistant, first - 1);
    assistant_ids_above(rig.app.assistant, UINT64_MAX);
    assistant_ids_above(rig.app.assistant, 1ULL << 53);
    id = one_sentence();
    assert_true(id > first && id < first + 60000000);
    assistant_ids_above(rig.app.assistant, id + 90000000);
    assert_true(one_sentence() == id + 90000001);
    power_off();
}

/* Other parts' good news, and the store's bad ones, are none of it. */
static void test_only_when_the_store_is_well(void **state)
{
    uint64_t id;

    (void)state;
    power_up(WALL_1970, true);
    id = one_sentence();
    post_session(MSG_SESSION, id + 500000000, "done");
    until(&rig.stored, 2);
    bus_post_fault(rig.app.bus, "home", 0, "works again");
    bus_post_fault(rig.app.bus, "store", -EIO, "the disk fails");
    until(&rig.faults, 2);
    assert_true(one_sentence() < id + 500000000);
    bus_post_fault(rig.app.bus, "store", 0, "works again");
    until(&rig.faults, 3);
    assert_true(one_sentence() > id + 500000000);
    power_off();
}

/* The notice of a loss: told at each start, ended by whoever read it, in the same words by all ways. */
static void test_loss_is_acknowledged(void **state)
{
    char file[200];

    (void)state;
    power_up(WALL_2026, true);
    (void)one_sentence();
    power_off();
    in_dir(file, "history.db");
    assert_int_equal(truncate(file, 0), 0);
    power_up(WALL_2026, true);
    until(&rig.faults, 2); /* begun, saved */
    assert_string_equal(rig.part, "history");
    assert_int_equal(rig.fault_code, -EUCLEAN);
    assert_non_null(strstr(rig.fault, "(told until `jarvisctl acknowledge`)"));
    power_off();
    power_up(WALL_2026, true);
    until(&rig.faults, 1); /* still */
    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(loss_acknowledge(rig.app.store, rig.app.bus, NULL), 0);
    until(&rig.faults, 2);
    assert_string_equal(rig.part, "store"); /* not written down: it stays told */
    assert_int_equal(rig.fault_code, -ENOSPC);
    tv_fail(0, 0);
    assert_int_equal(loss_acknowledge(rig.app.store, rig.app.bus, NULL), 0);
    while (strcmp(rig.fault, "the loss was acknowledged") != 0)
        until(&rig.faults, rig.faults + 1);
    assert_string_equal(rig.part, "history");
    assert_int_equal(rig.fault_code, 0);
    power_off();
    power_up(WALL_2026, true);
    (void)one_sentence();
    assert_int_equal(rig.faults, 0);
    power_off();
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_kept_and_answered),     TEST(test_the_end_of_a_session),
        TEST(test_without_a_store),       TEST(test_refused),
        TEST(test_too_large_a_session),   TEST(test_states),
        TEST(test_store_that_opens_late), TEST(test_strange_last_ids),
        TEST(test_only_when_the_store_is_well), TEST(test_loss_is_acknowledged),
    };

    return TV_RUN("keeper", tests);
}
