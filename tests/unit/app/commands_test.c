/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/commands_test.c - every command of the control socket against the whole daemon: what
 * it answers, what it refuses and in which words. */
#include "unit/app/box.h"

#include <sys/stat.h>

/* The answer as text has every one of `parts` (separated by '|') and none of the bad ones. */
static void expect_answer(const char *name, const cJSON *j, const char *parts)
{
    AUTO_FREE char *text = json_text(j);
    AUTO_FREE char *list = str_dup(parts);
    char *rest = list;

    for (char *part = strsep(&rest, "|"); part; part = strsep(&rest, "|"))
        if (!strstr(text, part))
            fail_msg("%s: no '%s' in %s", name, part, text);
}

static const struct {
    const char *request, *want;
} asked[] = {
    /* looking */
    { "{\"cmd\":\"status\"}", "\"version\":|\"health\":|\"store\":{|\"open\":true|\"muted\":false" },
    { "{\"cmd\":\"devices\"}", "\"id\":\"kitchen_light\"|\"id\":\"fan\"|\"area\":\"Bedroom\"" },
    { "{\"cmd\":\"devices\",\"from\":1,\"count\":1}", "\"id\":\"fan\"" },
    { "{\"cmd\":\"devices\",\"from\":1000000}", "\"devices\":[]" },
    { "{\"cmd\":\"devices\",\"from\":1000001}", "error|devices: from: must be within" },
    { "{\"cmd\":\"devices\",\"count\":0}", "error|devices: count: must be within" },
    { "{\"cmd\":\"devices\",\"count\":51}", "error|devices: count: must be within" },
    { "{\"cmd\":\"devices\",\"count\":-1}", "error|devices: count: must be within" },
    { "{\"cmd\":\"areas\"}",
      "{\"name\":\"Kitchen\",\"devices\":[\"kitchen_light\"]}|{\"name\":\"Bedroom\"" },
    { "{\"cmd\":\"areas\",\"from\":1}", "error|areas: from: is unknown" },
    { "{\"cmd\":\"sentences.test\",\"text\":\"turn on the kitchen light\"}",
      "HassTurnOn|kitchen light" },
    { "{\"cmd\":\"sentences.test\",\"text\":\"\"}", "error|sentences.test: text:" },
    { "{\"cmd\":\"sentences.test\"}", "error|sentences.test: text: is missing" },
    { "{\"cmd\":\"sentences.test\",\"text\":\"a\\nb\"}", "\"text\":\"a b\"" },
    { "{\"cmd\":\"log\",\"count\":3}", "\"lines\":[{\"seq\":|\"level\":\"|\"area\":\"" },
    { "{\"cmd\":\"log\",\"after\":4503599627370496}", "\"lines\":[]" },
    { "{\"cmd\":\"log\",\"count\":0}", "error|log: count: must be within" },
    { "{\"cmd\":\"history\"}", "\"sessions\":[]" },
    { "{\"cmd\":\"history\",\"count\":21}", "error|history: count: must be within 1" },
    { "{\"cmd\":\"history\",\"count\":0}", "error|history: count: must be within 1" },
    { "{\"cmd\":\"config.get\",\"key\":\"wake.phrase\"}", "{\"wake.phrase\":\"jarvis\"}" },
    { "{\"cmd\":\"config.get\"}", "\"wake.phrase\":|\"http.port\":|\"store.history_days\":" },
    { "{\"cmd\":\"config.get\",\"key\":\"wake.frase\"}",
      "error|wake.frase: no such setting; did you mean wake.phrase?" },
    { "{\"cmd\":\"config.get\",\"key\":\"qqqqqqqqqqqqqqqqqq\"}", "error|no such setting\"" },
    { "{\"cmd\":\"config.get\",\"key\":\"\"}", "error|config.get: key:" },
    /* doing */
    { "{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}",
      "\"outcome\":\"done\"|\"intent\":\"HassTurnOn\"|\"source\":\"ctl\"" },
    { "{\"cmd\":\"ask\",\"text\":\"sing me a song\"}", "\"outcome\":\"not_understood\"" },
    { "{\"cmd\":\"ask\",\"text\":\"\"}", "error|ask: text:" },
    { "{\"cmd\":\"ask\",\"text\":\"a\",\"speak\":1}", "error|ask: speak: must be" },
    { "{\"cmd\":\"mute\"}", "{\"muted\":false}" },
    { "{\"cmd\":\"mute\",\"on\":true}", "{\"muted\":true}" },
    { "{\"cmd\":\"mute\"}", "{\"muted\":true}" },
    { "{\"cmd\":\"mute\",\"on\":false}", "{\"muted\":false}" },
    { "{\"cmd\":\"mute\",\"on\":\"yes\"}", "error|mute: on: must be" },
    { "{\"cmd\":\"config.set\",\"key\":\"device.area\",\"value\":\"Kitchen\"}", "\"restart\":" },
    { "{\"cmd\":\"config.get\",\"key\":\"device.area\"}", "{\"device.area\":\"Kitchen\"}" },
    { "{\"cmd\":\"config.set\",\"key\":\"http.port\",\"value\":\"8200\"}", "\"restart\":true" },
    { "{\"cmd\":\"status\"}", "\"restart\":[\"http.port\"]" },
    { "{\"cmd\":\"config.set\",\"key\":\"http.port\",\"value\":\"99999\"}",
      "error|http.port|99999" },
    { "{\"cmd\":\"config.set\",\"key\":\"http.prt\",\"value\":\"1\"}",
      "error|no such setting|http.port" },
    { "{\"cmd\":\"config.set\",\"key\":\"http.port\"}", "error|config.set: value: is missing" },
    { "{\"cmd\":\"config.set\",\"key\":\"log.level\",\"value\":\"loud\"}", "error|log.level" },
    { "{\"cmd\":\"acknowledge\"}", "{}" },
    { "{\"cmd\":\"acknowledge\",\"notice\":\"history\"}", "error|acknowledge: notice: is unknown" },
    { "{\"cmd\":\"reload\"}", "\"devices\":2|\"sentences\":\"are read again" },
    { "{\"cmd\":\"dance\"}", "error|'dance': no such command" },
};

static void test_every_command(void **state)
{
    int fd;

    (void)state;
    box_open();
    BOX_UNTIL(box_understands("turn on the kitchen light"));
    fd = box_dial();
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        AUTO_JSON *j = box_ask_on(fd, asked[i].request);
        bool failed = cJSON_HasObjectItem(j, "error");

        expect_answer(asked[i].request, j, asked[i].want);
        if (failed != str_starts(asked[i].want, "error"))
            fail_msg("%s: failed %d", asked[i].request, failed);
    }
    close(fd);
}

/* What was asked stands in the history, newest first, with its words and its timeline. */
static void test_history(void **state)
{
    AUTO_JSON *one = NULL, *two = NULL, *all = NULL, *last = NULL;
    const cJSON *list;

    (void)state;
    box_open();
    BOX_UNTIL(box_understands("turn off the fan"));
    one = box_ask("{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}");
    two = box_ask("{\"cmd\":\"ask\",\"text\":\"turn off the fan\"}");
    all = box_ask("{\"cmd\":\"history\"}");
    list = cJSON_GetObjectItemCaseSensitive(all, "sessions");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(json_str(cJSON_GetArrayItem(list, 0), "heard", ""), "turn off the fan");
    expect_answer("timeline", all, "\"step\":\"text\"|\"step\":\"action\"|\"step\":\"reply\"");
    last = box_ask("{\"cmd\":\"history\",\"count\":1}");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(last, "sessions")), 1);
}

/* A client that goes before its answer comes costs nobody anything. */
static void test_client_goes(void **state)
{
    static const char *const requests[] = {
        "{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}",
        "{\"cmd\":\"history\"}",
        "{\"cmd\":\"config.set\",\"key\":\"device.area\",\"value\":\"Bedroom\"}",
        "{\"cmd\":\"listen\"}",
        "{\"cmd\":\"say\",\"text\":\"good morning\"}",
    };
    AUTO_JSON *j = NULL;

    (void)state;
    box_open();
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        int fd = box_dial();

        assert_int_equal(rpc_send(fd, CONTROL_REQUEST, 1, requests[i], strlen(requests[i]), NULL),
                         0);
        loop_step(box.a->loop, 0);
        loop_step(box.a->loop, 0);
        close(fd);
    }
    BOX_UNTIL(box.settings == 1 && box.sessions > 0);
    j = box_ask("{\"cmd\":\"config.get\",\"key\":\"device.area\"}");
    expect_answer("it was done all the same", j, "Bedroom");
}

/* A following look at the log gets each line once, the oldest of the new ones first. */
static void test_log_is_followed(void **state)
{
    uint64_t after = 0, seen = 0;

    (void)state;
    box_open();
    for (int i = 0; i < 200; i++)
        log_warn(box.a->log, "test", "line %d", i);
    for (int round = 0; round < 10; round++) {
        AUTO_JSON *j = NULL;
        char request[80];
        const cJSON *line, *list;

        snprintf(request, sizeof(request), "{\"cmd\":\"log\",\"count\":512,\"after\":%llu}",
                 (unsigned long long)after);
        if (after == 0) /* the first look: the newest */
            snprintf(request, sizeof(request), "{\"cmd\":\"log\"}");
        j = box_ask(request);
        list = cJSON_GetObjectItemCaseSensitive(j, "lines");
        assert_true(cJSON_GetArraySize(list) <= 64);
        if (after == 0) {
            expect_answer("the newest", j, "\"text\":\"line 199\"|\"text\":\"line 150\"");
            after = 1;
            continue;
        }
        cJSON_ArrayForEach(line, list) {
            uint64_t seq = (uint64_t)json_int(line, "seq", 0, JSON_INT_MAX, 0);

            assert_true(seq > after);
            after = seq;
            seen += strcmp(json_str(line, "area", ""), "test") == 0;
        }
    }
    assert_int_equal(seen, 200);
}

/* The lab's wiring has no store: what needs one says so. */
static void test_no_store(void **state)
{
    AUTO_JSON *history = NULL, *ack = NULL, *mute = NULL;
    struct store_reader *held;
    struct store *store;

    (void)state;
    box_open();
    held = box.a->slow_reader;
    store = box.a->store;
    box.a->slow_reader = NULL;
    box.a->store = NULL;
    history = box_ask("{\"cmd\":\"history\"}");
    ack = box_ask("{\"cmd\":\"acknowledge\"}");
    box.watched = "mute memory";
    mute = box_ask("{\"cmd\":\"mute\",\"on\":true}");
    BOX_UNTIL(box.code < 0);
    box.a->slow_reader = held;
    box.a->store = store;
    expect_answer("history", history, "error|there is no store");
    expect_answer("acknowledge", ack, "error|there is no store");
    expect_answer("mute", mute, "\"muted\":true"); /* it is off all the same */
    assert_non_null(strstr(box.words, "the next start may forget"));
}

/* The slow worker takes no more: told, not waited for. */
static int slow_nap(void *job, struct err *e)
{
    const _Atomic bool *go = job;
    const struct timespec nap = { .tv_nsec = 1000000 };

    (void)e;
    while (!*go)
        nanosleep(&nap, NULL);
    return 0;
}

static void slow_over(int code, const char *words, void *job)
{
    (void)code;
    (void)words;
    (void)job;
}

static void test_slow_worker_is_full(void **state)
{
    static _Atomic bool go;
    struct slow_job job = { "nap", slow_nap, slow_over, (void *)&go, 1, false };
    AUTO_JSON *history = NULL, *set = NULL, *later = NULL;

    (void)state;
    box_open();
    go = false;
    while (slow_post(box.a->slow, &job, NULL) >= 0)
        ;
    history = box_ask("{\"cmd\":\"history\"}");
    set = box_ask("{\"cmd\":\"config.set\",\"key\":\"device.area\",\"value\":\"Hall\"}");
    go = true;
    expect_answer("history", history, "error");
    expect_answer("config.set", set, "error");
    later = box_ask("{\"cmd\":\"history\"}");
    for (int i = 0; i < 2000 && cJSON_HasObjectItem(later, "error"); i++) {
        const struct timespec nap = { .tv_nsec = 10000000 }; /* what waits has its turn, on a busy machine too */

        nanosleep(&nap, NULL);
        json_free(later);
        later = box_ask("{\"cmd\":\"history\"}");
    }
    expect_answer("later", later, "\"sessions\":[]");
}

/* Only the daemon's group may talk to it, and nothing of it is left behind. */
static void test_socket(void **state)
{
    char path[256];
    struct stat st;

    (void)state;
    box_open();
    snprintf(path, sizeof(path), "%s/run/jarvis/control.sock", box.root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    box_close();
    assert_int_equal(stat(path, &st), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(test_every_command),    BOX_TEST(test_history), BOX_TEST(test_client_goes),
        BOX_TEST(test_log_is_followed),  BOX_TEST(test_no_store),
        BOX_TEST(test_slow_worker_is_full), BOX_TEST(test_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
