/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/store_test.c - rows go in, are answered when durable, and come out again. */
#include "fixture.h"

#include <semaphore.h>

static void test_session_round_trip(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *one = NULL, *list = NULL;
    const cJSON *detail;
    uint64_t last = 99;
    struct err e = ERR_INIT;

    assert_int_equal(store_session_last_id(&last, f->r, &e), 0);
    assert_int_equal(last, 0);
    for (uint64_t id = 1; id <= 5; id++)
        put_wait(f, id);
    assert_int_equal(f->failures, 0);
    assert_int_equal(store_session_get(&one, f->r, 3, &e), 0);
    assert_int_equal((int)json_num(one, "id", 0), 3);
    assert_string_equal(json_str(one, "heard", ""), "sentence 3");
    assert_string_equal(json_str(one, "source", ""), "voice");
    assert_string_equal(json_str(one, "intent", ""), "HassTurnOn");
    assert_string_equal(json_str(one, "reply", ""), "Turned on the kitchen light");
    assert_string_equal(json_str(one, "outcome", ""), "done");
    assert_true(json_num(one, "at", 0) == 1790000000000.0);
    detail = cJSON_GetObjectItemCaseSensitive(one, "detail");
    assert_non_null(cJSON_GetObjectItemCaseSensitive(detail, "slots"));
    assert_int_equal(store_sessions(&list, f->r, 5, 2, &e), 0);
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_int_equal((int)json_num(cJSON_GetArrayItem(list, 0), "id", 0), 4);
    assert_int_equal((int)json_num(cJSON_GetArrayItem(list, 1), "id", 0), 3);
    assert_int_equal(store_session_last_id(&last, f->r, &e), 0);
    assert_int_equal(last, 5);
}

static void test_same_id_replaces(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *one = NULL;
    const struct store_session again = { .id = 1, .heard = "corrected", .detail = "no JSON" };

    put_wait(f, 1);
    assert_int_equal(store_session_put(f->s, &again, NULL, NULL, NULL), 0);
    fixture_flush(f);
    assert_int_equal(sessions_count(f), 1);
    assert_int_equal(store_session_get(&one, f->r, 1, NULL), 0);
    assert_string_equal(json_str(one, "heard", ""), "corrected");
    assert_string_equal(json_str(one, "reply", "?"), "");
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(one, "detail")));
}

static char large[STORE_ROW_BYTES_MAX + 1];

static const struct {
    const char *name;
    struct store_session row;
    int want;
    const char *text;
} bad_rows[] = {
    { "id 0", { .id = 0, .heard = "x" }, -EINVAL, "session id 0" },
    { "id 2^53", { .id = 1ULL << 53, .heard = "x" }, -EINVAL, "9007199254740992" },
    { "not UTF-8", { .id = 1, .heard = "caf\xe9" }, -EINVAL, "not UTF-8" },
    { "too long", { .id = 1, .detail = large }, -E2BIG, "262144" },
};

static void test_bad_rows(void **state)
{
    struct fixture *f = *state;

    memset(large, 'x', sizeof(large) - 1);
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        struct err e = ERR_INIT;

        print_message("%s\n", bad_rows[i].name);
        assert_int_equal(store_session_put(f->s, &bad_rows[i].row, on_done, f, &e),
                         bad_rows[i].want);
        assert_non_null(strstr(e.text, bad_rows[i].text));
    }
    assert_int_equal(store_device_put(f->s, "", "{}", 0, NULL), -EINVAL);
    fixture_flush(f);
    assert_int_equal(f->answers, 1); /* only the flush */
    assert_int_equal(sessions_count(f), 0);
}

static void test_bad_questions(void **state)
{
    struct fixture *f = *state;
    cJSON *untouched = (cJSON *)f;
    struct err e = ERR_INIT;

    assert_int_equal(store_sessions(&untouched, f->r, 0, 0, &e), -EINVAL);
    assert_int_equal(store_sessions(&untouched, f->r, 0, 201, &e), -EINVAL);
    assert_non_null(strstr(e.text, "1..200"));
    assert_int_equal(store_session_get(&untouched, f->r, 7, &e), -ENOENT);
    assert_non_null(strstr(e.text, "no session 7"));
    assert_int_equal(store_session_get(&untouched, f->r, UINT64_MAX, &e), -ENOENT);
    assert_ptr_equal(untouched, f);
}

static void test_devices(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *all = NULL;

    assert_int_equal(store_device_put(f->s, "kitchen", "{\"on\":true}", 1, NULL), 0);
    assert_int_equal(store_device_put(f->s, "hall", "{\"on\":false}", 1, NULL), 0);
    assert_int_equal(store_device_put(f->s, "kitchen", "{\"on\":false}", 2, NULL), 0);
    fixture_flush(f);
    assert_int_equal(store_devices(&all, f->r, NULL), 0);
    assert_int_equal(cJSON_GetArraySize(all), 2);
    assert_false(json_bool(cJSON_GetObjectItemCaseSensitive(all, "kitchen"), "on", true));
}

static int value_put(struct fixture *f, const char *key, const char *text)
{
    return store_value_put(f->s, key, text, on_done, f, NULL);
}

/* Empty when the key is not there. */
static const char *value_get(struct fixture *f, const char *key, char *out, size_t size)
{
    AUTO_FREE char *text = NULL;
    struct err e = ERR_INIT;
    int r = store_value_get(&text, f->r, key, &e);

    snprintf(out, size, "%s", r < 0 ? "" : text);
    if (r < 0) {
        assert_int_equal(r, -ENOENT);
        assert_non_null(strstr(e.text, key));
    }
    return out;
}

static const struct {
    const char *key, *text;
    const char *want; /* of the key "mute" afterwards */
} value_steps[] = {
    { "mute", "on", "on" },   { "mute", "off", "off" },
    { "mute", "off", "off" }, { "mute.when", "1", "off" },
    { "mute", NULL, "" },     { "mute", NULL, "" },
    { "mute", "", "" },       { "mute", "caf\u00e9", "caf\u00e9" },
};

static void test_values(void **state)
{
    struct fixture *f = *state;
    char got[64];
    unsigned n = 0;

    for (size_t i = 0; i < sizeof(value_steps) / sizeof(value_steps[0]); i++) {
        assert_int_equal(value_put(f, value_steps[i].key, value_steps[i].text), 0);
        assert_true(wait_for(f, &f->answers, ++n));
        assert_string_equal(value_get(f, "mute", got, sizeof(got)), value_steps[i].want);
    }
    assert_string_equal(value_get(f, "mute.when", got, sizeof(got)), "1");
    fixture_close(f);
    fixture_open(f);
    assert_string_equal(value_get(f, "mute", got, sizeof(got)), "caf\u00e9");
    assert_int_equal(f->failures, 0);
}

static void test_bad_values(void **state)
{
    static const struct {
        const char *key, *text;
        int want;
    } rows[] = {
        { "", "x", -EINVAL },
        { "a key", "x", -EINVAL },
        { "k'; DROP TABLE entries", "x", -EINVAL },
        { "caf\u00e9", "x", -EINVAL },
        { "0123456789012345678901234567890123456789012345678901234567890123", "x", 0 },
        { "01234567890123456789012345678901234567890123456789012345678901234", "x", -EINVAL },
        { "k", "caf\xe9", -EINVAL },
        { "k", large, -E2BIG },
    };
    struct fixture *f = *state;

    memset(large, 'x', sizeof(large) - 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(value_put(f, rows[i].key, rows[i].text), rows[i].want);
}

/* What a session row of any age says of its detail when it is read. */
static const struct {
    const char *stored, *want;
} details[] = {
    { "{\"sent\":[\"kitchen light: on\"]}", "{\"sent\":[\"kitchen light: on\"]}" },
    { "{\"publishes\":[{\"topic\":\"a/b\",\"payload\":\"on\",\"sent\":true},"
      "{\"topic\":\"c\",\"payload\":\"{}\",\"sent\":false}],\"error\":\"x\"}",
      "{\"error\":\"x\",\"sent\":[\"a/b on\",\"c {} (not sent)\"]}" },
    { "{\"publishes\":[],\"sent\":[\"new\"]}", "{\"sent\":[\"new\"]}" },
    { "{\"publishes\":[7,null]}", "{\"sent\":[\"? \",\"? \"]}" },
    { "{\"publishes\":\"text\"}", "{\"sent\":[]}" },
    { "{\"sent\":{\"a\":1}}", "{}" },
    { "{\"publishes\":[{\"topic\":\"a\"}],\"sent\":7}", "{\"sent\":[\"a \"]}" },
    { "[1,2]", "{}" },
    { "7", "{}" },
    { "not JSON", "{}" },
    { "", "{}" },
};

static void test_details_of_any_age(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        const struct store_session row = { .id = i + 1, .detail = details[i].stored };
        AUTO_JSON *one = NULL;
        AUTO_FREE char *text = NULL;

        assert_int_equal(store_session_put(f->s, &row, NULL, NULL, NULL), 0);
        fixture_flush(f);
        assert_int_equal(store_session_get(&one, f->r, i + 1, NULL), 0);
        text = json_text(cJSON_GetObjectItemCaseSensitive(one, "detail"));
        assert_string_equal(text, details[i].want);
    }
}

struct gate {
    sem_t entered, open;
};

static void on_done_at_gate(int code, const char *text, void *user)
{
    struct gate *g = user;

    (void)code;
    (void)text;
    sem_post(&g->entered);
    sem_wait(&g->open);
}

/* The writer stands still until gate_open(). */
static void gate_close(struct fixture *f, struct gate *g)
{
    sem_init(&g->entered, 0, 0);
    sem_init(&g->open, 0, 0);
    assert_int_equal(store_flush(f->s, on_done_at_gate, g, NULL), 0);
    sem_wait(&g->entered);
}

static void gate_open(struct gate *g)
{
    sem_post(&g->open);
}

/* The queue is bounded in bytes as well: a few hundred large rows, not gigabytes. */
static void test_bytes_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    struct gate g;
    uint64_t id = 0;
    int r = 0;

    memset(large, 'x', sizeof(large) - 1);
    large[200000] = '\0';
    gate_close(f, &g);
    while (r == 0 && id < STORE_QUEUE_MAX) {
        const struct store_session row = { .id = ++id, .heard = large };

        r = store_session_put(f->s, &row, on_done, f, NULL);
    }
    assert_int_equal(r, -EOVERFLOW);
    assert_in_range(id, STORE_QUEUE_BYTES / 201000, STORE_QUEUE_BYTES / 200000 + 1);
    store_stats(f->s, &st);
    assert_in_range(st.queued_bytes, STORE_QUEUE_BYTES - 201000, STORE_QUEUE_BYTES);
    assert_int_equal(store_flush(f->s, on_done, f, NULL), 0);
    gate_open(&g);
    assert_true(wait_for(f, &f->answers, (unsigned)id));
    assert_int_equal(f->failures, 0);
}

/* States cost nothing until they are due: a house that changes twice a second must not wear out
 * its disk. */
static void test_states_wait_for_a_flush(void **state)
{
    struct fixture *f = *state;
    struct store_stats before, after;
    AUTO_JSON *all = NULL, *later = NULL;

    put_wait(f, 1);
    store_stats(f->s, &before);
    for (int i = 0; i < 100; i++)
        assert_int_equal(
            store_device_put(f->s, i % 2 ? "lamp" : "fan", i > 97 ? "1" : "0", i, NULL), 0);
    put_wait(f, 2); /* a durable row does not take them along: they are another file's */
    store_stats(f->s, &after);
    assert_int_equal(after.commits, before.commits + 1);
    assert_int_equal(after.states, 2);
    assert_int_equal(store_devices(&all, f->r, NULL), 0);
    assert_int_equal(cJSON_GetArraySize(all), 0);
    fixture_flush(f);
    store_stats(f->s, &after);
    assert_int_equal(after.states, 0);
    assert_int_equal(after.rows, before.rows + 3);
    assert_int_equal(store_devices(&later, f->r, NULL), 0);
    assert_int_equal((int)json_num(later, "lamp", 9), 1);
    assert_int_equal((int)json_num(later, "fan", 9), 1);
}

static void test_survives_reopening(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *all = NULL;

    assert_int_equal(put(f, 1, NULL), 0); /* best effort, written at closing at the latest */
    assert_int_equal(store_device_put(f->s, "lamp", "{\"on\":true}", 1, NULL), 0);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(sessions_count(f), 1);
    assert_int_equal(store_devices(&all, f->r, NULL), 0);
    assert_int_equal(cJSON_GetArraySize(all), 1);
    assert_int_equal(f->notices, 0);
}

static void test_group_commit(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    for (uint64_t id = 1; id <= 2000; id++)
        assert_int_equal(put(f, id, on_done), 0);
    assert_true(wait_for(f, &f->answers, 2000));
    assert_int_equal(f->failures, 0);
    store_stats(f->s, &st);
    assert_int_equal(st.rows, 2000);
    assert_int_equal(st.errors, 0);
    assert_int_equal(st.queued, 0);
    assert_true(st.wal_bytes > 0);
    assert_in_range(st.commits, 8, 400); /* at most 256 rows each, and many in each */
    assert_int_equal(st.violations, 0);
}

static void test_answers_mean_readable(void **state)
{
    struct fixture *f = *state;

    for (uint64_t id = 1; id <= 20; id++) {
        AUTO_JSON *one = NULL;

        put_wait(f, id);
        assert_int_equal(store_session_get(&one, f->r, id, NULL), 0);
    }
}

static void test_beats_without_work(void **state)
{
    struct fixture *f = *state;

    assert_true(wait_for(f, &f->beats, 2));
}

static void test_queue_is_bounded(void **state)
{
    struct fixture *f = *state;
    const struct store_session refused = { .id = 5000, .heard = "x" };
    struct store_stats st;
    struct gate g;
    struct err e = ERR_INIT;

    gate_close(f, &g);
    for (int i = 0; i < 2 * STORE_QUEUE_MAX; i++) /* one chatty sensor takes no session's place */
        assert_int_equal(store_device_put(f->s, "lamp", i % 2 ? "1" : "0", 1, NULL), 0);
    for (uint64_t id = 1; id < STORE_QUEUE_MAX; id++) /* and the gate's, which is with the writer */
        assert_int_equal(put(f, id, on_done), 0);
    assert_int_equal(store_session_put(f->s, &refused, on_done, f, &e), -EOVERFLOW);
    assert_non_null(strstr(e.text, "4096"));
    assert_int_equal(value_put(f, "mute", "on"), 0); /* small things have a reserve */
    store_stats(f->s, &st);
    assert_int_equal(st.states, 1);
    assert_int_equal(st.queued, STORE_QUEUE_MAX);
    gate_open(&g);
    assert_true(wait_for(f, &f->answers, STORE_QUEUE_MAX));
    assert_int_equal(f->failures, 0);
    store_stats(f->s, &st);
    assert_int_equal(st.queued + st.queued_bytes, 0);
}

struct poster {
    pthread_t thread;
    struct fixture *f;
    uint64_t from;
};

static void *poster_run(void *user)
{
    struct poster *p = user;
    struct store_reader *r = NULL;
    uint64_t last;

    if (store_reader_new(&r, p->f->s, NULL) < 0)
        return p;
    for (uint64_t id = p->from; id < p->from + 250; id++) {
        if (put(p->f, id, on_done) < 0 || store_session_last_id(&last, r, NULL) < 0)
            break;
        store_device_put(p->f->s, "lamp", id % 2 ? "{\"on\":true}" : "{\"on\":false}", 1, NULL);
    }
    store_reader_free(r);
    return NULL;
}

static void test_four_threads(void **state)
{
    struct fixture *f = *state;
    struct poster p[4];

    for (int i = 0; i < 4; i++) {
        p[i] = (struct poster){ .f = f, .from = (uint64_t)i * 1000 + 1 };
        assert_int_equal(pthread_create(&p[i].thread, NULL, poster_run, &p[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;

        pthread_join(p[i].thread, &failed);
        assert_null(failed);
    }
    assert_true(wait_for(f, &f->answers, 1000));
    assert_int_equal(f->failures, 0);
}

static void test_files_are_private(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "history.db", "config.db", "history.db-wal" };

    put_wait(f, 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        struct stat st;

        path_in(path, sizeof(path), f, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07, 0);
    }
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    assert_null(store_close(NULL));
    assert_null(store_reader_free(NULL));
}

/* What was not understood: each text once, the newest first, with what it lacked and what was done next. */
static void test_missed(void **state)
{
    static const struct {
        uint64_t id;
        const char *source, *heard, *outcome, *detail;
    } rows[] = {
        { 1000000, "web", "turn on the xy", "not_understood", "{}" },
        { 2000000, "web", "what time is it", "done", "{}" },
        { 200000000, "ctl", "gimme light", "not_understood", "{\"lacks\":{\"text\":\"gimme\"}}" },
        { 201000000, "web", "stop", "done", "{}" }, /* somebody else's */
        { 202000000, "ctl", "turn on the lamp", "done", "{}" },
        { 203000000, "ctl", "turn off the lamp", "done", "{}" },
        { 400000000, "web", "turn on the xy", "not_understood", "{\"lacks\":{\"text\":\"xy\"}}" },
        { 400000001, "voice", "", "not_understood", "{}" }, /* nothing was heard */
        { 400000002, "web", "sing", "cancelled", "{}" },
        { 460000001, "web", "much later", "done", "{}" },
    };
    struct fixture *f = *state;
    AUTO_JSON *list = NULL, *one = NULL;
    AUTO_FREE char *text = NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct store_session row = { rows[i].id, (int64_t)rows[i].id, rows[i].source, rows[i].heard, "",
                                           "", rows[i].outcome, rows[i].detail };

        assert_int_equal(store_session_put(f->s, &row, NULL, NULL, NULL), 0);
    }
    fixture_flush(f);
    assert_int_equal(store_missed(&list, f->r, 0, 20, &e), 0);
    text = json_text(list);
    assert_string_equal(
        text, "[{\"text\":\"turn on the xy\",\"count\":2,\"session\":400000000,\"at\":400000,"
              "\"lacks\":{\"text\":\"xy\"}},"
              "{\"text\":\"gimme light\",\"count\":1,\"session\":200000000,\"at\":200000,"
              "\"lacks\":{\"text\":\"gimme\"},\"then\":\"turn on the lamp\"}]");
    assert_int_equal(store_missed(&one, f->r, 0, 1, &e), 0);
    assert_int_equal(cJSON_GetArraySize(one), 1);
    one = json_free(one);
    assert_int_equal(store_missed(&one, f->r, 400000000, 20, &e), 0); /* the next page */
    assert_int_equal(cJSON_GetArraySize(one), 1);
    assert_string_equal(json_str(cJSON_GetArrayItem(one, 0), "text", ""), "gimme light");
    assert_int_equal(store_missed(&one, f->r, 0, 0, &e), -EINVAL);
    assert_int_equal(store_missed(&one, f->r, 0, 201, &e), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_session_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_id_replaces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_questions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_details_of_any_age, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_states_wait_for_a_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(test_survives_reopening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_group_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_mean_readable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_beats_without_work, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_four_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_are_private, setup, teardown),
        cmocka_unit_test(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
