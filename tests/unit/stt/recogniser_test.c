/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/recogniser_test.c - what is answered to each frame: configurations and grammars that
 * are none, utterances in and out of order, a grammar within an utterance. */
#include "helpers/stt/recogniser.h"

#include "base/file.h"
#include "base/str.h"
#include "speech/wire.h"
#include "unit/stt/spoken.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define CONFIG "{\"model\":\"" SPOKEN_MODEL "en-us\",\"dictionary\":\"" SPOKEN_MODEL "cmudict-en-us.dict\"," \
               "\"phrase\":\"jarvis\",\"wake\":false}"

struct line {
    struct recogniser *r;
    int here, there; /* the ends of the socket */
    uint32_t serial;
    uint8_t packet[RPC_FRAME_BYTES_MAX];
};

static char fsg[] = "/tmp/recogniser-test-XXXXXX";
static char grammar[128];

static int enter(void **state)
{
    struct line *l = calloc(1, sizeof(*l));
    int pair[2];

    err_set_logfp(NULL);
    if (!l || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
        return -1;
    l->here = pair[0];
    l->there = pair[1];
    if (recogniser_new(&l->r, l->there, NULL) < 0)
        return -1;
    *state = l;
    return 0;
}

static int leave(void **state)
{
    struct line *l = *state;

    recogniser_free(l->r);
    close(l->here);
    close(l->there);
    free(l);
    return 0;
}

static int enter_all(void **state)
{
    int fd = mkstemp(fsg);

    (void)state;
    close(fd);
    snprintf(grammar, sizeof(grammar), "{\"fsg\":\"%s\"}", fsg);
    return file_write(fsg, spoken_grammar, strlen(spoken_grammar), 0600, NULL);
}

static int leave_all(void **state)
{
    (void)state;
    return unlink(fsg);
}

static int give(struct line *l, uint16_t type, const void *payload, size_t len)
{
    const struct rpc_frame f = { type, ++l->serial, payload, len };

    return recogniser_frame(l->r, &f);
}

/* The next answer must be of that type and serial; *ret: its JSON; NULL: not asked for. */
static void answered(struct line *l, uint16_t type, uint32_t serial, cJSON **ret)
{
    struct rpc_frame f;

    assert_int_equal(rpc_recv(l->here, l->packet, &f, 0, NULL), 1);
    assert_int_equal(f.type, type);
    assert_int_equal(f.serial, serial);
    if (ret)
        assert_int_equal(rpc_json(ret, &f, NULL), 0);
}

static void silent(struct line *l)
{
    struct rpc_frame f;

    assert_int_equal(rpc_recv(l->here, l->packet, &f, 0, NULL), 0);
}

/* Asked and answered; the words of `key` hold `words` ("" : the key is absent). */
static void ask(struct line *l, uint16_t type, const char *json, const char *key, const char *words)
{
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    assert_int_equal(give(l, type, json, strlen(json)), 0);
    answered(l, (uint16_t)(type + 1), l->serial, &j);
    text = cJSON_HasObjectItem(j, key) ? json_text(cJSON_GetObjectItem(j, key)) : NULL;
    if (words[0] == '\0')
        assert_null(text);
    else if (!text || !strstr(text, words))
        fail_msg("%s: %s is %s", json, key, text ? text : "absent");
}

static void set_up(struct line *l)
{
    ask(l, STT_CONFIG, CONFIG, "error", "");
    ask(l, STT_GRAMMAR, grammar, "error", "");
}

static void utter(struct line *l, const int16_t *frames, size_t n)
{
    enum { PIECE = 1280 };
    static uint8_t payload[sizeof(struct wire_audio) + PIECE * 2];
    struct wire_audio head = { .position = 0 };

    assert_int_equal(give(l, UTT_START, &head, sizeof(head)), 0);
    for (size_t at = 0; at < n; at += PIECE) {
        size_t count = n - at < PIECE ? n - at : PIECE;

        head.position = at;
        memcpy(payload, &head, sizeof(head));
        memcpy(payload + sizeof(head), frames + at, count * 2);
        assert_int_equal(give(l, UTT_AUDIO, payload, sizeof(head) + count * 2), 0);
        answered(l, UTT_PROGRESS, l->serial, NULL);
    }
}

/* As utter(), but from `quiet` on nobody speaks; *told: what was told early, "" nothing. */
static void utter_quiet(struct line *l, const struct spoken *s, size_t quiet, char told[64])
{
    enum { PIECE = 640 };
    static uint8_t payload[sizeof(struct wire_audio) + PIECE * 2];
    struct wire_audio head = { .position = 0 };
    uint32_t utterance;
    struct rpc_frame f;

    told[0] = '\0';
    assert_int_equal(give(l, UTT_START, &head, sizeof(head)), 0);
    utterance = l->serial;
    for (size_t at = 0; at + PIECE <= s->n; at += PIECE) {
        head.position = at;
        head.quiet_ms = at + PIECE > quiet ? (uint32_t)(at + PIECE - quiet) / 16 : 0;
        memcpy(payload, &head, sizeof(head));
        memcpy(payload + sizeof(head), s->frames + at, PIECE * 2);
        assert_int_equal(give(l, UTT_AUDIO, payload, sizeof(payload)), 0);
        assert_int_equal(rpc_recv(l->here, l->packet, &f, 0, NULL), 1);
        if (f.type == UTT_EARLY) {
            AUTO_JSON *j = NULL;

            assert_int_equal(f.serial, utterance);
            assert_string_equal(told, ""); /* once */
            assert_int_equal(rpc_json(&j, &f, NULL), 0);
            snprintf(told, 64, "%s", json_str(j, "text", ""));
            assert_int_equal(rpc_recv(l->here, l->packet, &f, 0, NULL), 1);
        }
        assert_int_equal(f.type, UTT_PROGRESS);
        assert_int_equal(f.serial, l->serial);
    }
}

/* Only what is whole, where nobody speaks any more, and the result comes all the same. */
static void before_the_end(void **state)
{
    static const struct {
        const char *said;
        bool is_quiet;
        const char *early, *text;
    } cases[] = {
        { "turn on the kitchen light", true, "turn on the kitchen light", "turn on the kitchen light" },
        { "turn on the kitchen light", false, "", "turn on the kitchen light" }, /* a voice goes on */
        { "close the blinds please", true, "close the blinds please", "close the blinds please" },
        { "turn on the kitchen", true, "", NULL },
        { "my mother is coming over on sunday", true, "", NULL },
    };
    struct line *l = *state;

    set_up(l);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = NULL;
        struct spoken s;
        char told[64];

        if (!spoken_make(&s, cases[i].said)) {
            spoken_done(&s);
            skip();
        }
        utter_quiet(l, &s, cases[i].is_quiet ? s.n - SPOKEN_TAIL : s.n, told);
        spoken_done(&s);
        assert_string_equal(told, cases[i].early);
        assert_int_equal(give(l, UTT_END, NULL, 0), 0);
        answered(l, UTT_RESULT, l->serial, &j);
        if (cases[i].text)
            assert_string_equal(json_str(j, "text", ""), cases[i].text);
        else
            assert_true(json_bool(j, "rejected", false) || json_bool(j, "broken", false));
    }
}

static void what_cannot_be_loaded(void **state)
{
    static const struct {
        const char *json, *words;
    } no_config[] = {
        { "{\"model\":\"/nowhere\",\"dictionary\":\"/nowhere\",\"phrase\":\"jarvis\"}", "/nowhere" },
        { "{\"model\":\"/nowhere\",\"dictionary\":\"" SPOKEN_MODEL "cmudict-en-us.dict\",\"phrase\":\"jarvis\"}",
          "install pocketsphinx-en-us" },
        { "{}", "model: is missing" },
        { "[", "sent nonsense" },
        { "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"threshold_exp\":1}", "-60..0" },
    }, no_grammar[] = {
        { "{\"fsg\":\"/nowhere\"}", "grammar /nowhere" },
        { "{\"lexicon\":[]}", "fsg: is missing" },
        { "no json", "sent nonsense" },
        { "{\"fsg\":\"/nowhere\",\"lexicon\":{\"jarvis\":[\"JH\"]}}", "lexicon: must be a list" },
    };
    struct line *l = *state;

    ask(l, STT_GRAMMAR, grammar, "error", "before the configuration");
    for (size_t i = 0; i < N_OF(no_config); i++)
        ask(l, STT_CONFIG, no_config[i].json, "error", no_config[i].words);
    ask(l, STT_CONFIG, CONFIG, "error", "");
    for (size_t i = 0; i < N_OF(no_grammar); i++)
        ask(l, STT_GRAMMAR, no_grammar[i].json, "error", no_grammar[i].words);
    ask(l, STT_GRAMMAR, grammar, "error", ""); /* the next good one is taken */
}

/* What is not installed is no fault; what is no such file is told, and the recogniser hears without it. */
static void the_embedding_may_be_missing(void **state)
{
    static const char head[] = "{\"model\":\"" SPOKEN_MODEL "en-us\",\"dictionary\":\"" SPOKEN_MODEL
                               "cmudict-en-us.dict\",\"phrase\":\"jarvis\",\"embedding\":";
    struct line *l = *state;
    char config[512];

    snprintf(config, sizeof(config), "%s\"/nonexistent/weights\"}", head);
    ask(l, STT_CONFIG, config, "embedding", "");
    snprintf(config, sizeof(config), "%s\"%s\"}", head, fsg); /* some other file */
    ask(l, STT_CONFIG, config, "embedding", "is not the file that is meant");
    ask(l, STT_CONFIG, config, "error", "");
    ask(l, STT_GRAMMAR, grammar, "error", "");
}

static void words_that_nobody_knows(void **state)
{
    struct line *l = *state;
    AUTO_STR own = STR_INIT;
    char config[512];

    snprintf(config, sizeof(config), "%s", CONFIG);
    memcpy(strstr(config, "jarvis"), "xyzzyx", 6);
    ask(l, STT_CONFIG, config, "unknown", "[\"xyzzyx\"]");
    ask(l, STT_GRAMMAR, grammar, "words", "12");
    str_addf(&own, "{\"fsg\":\"%s\",\"lexicon\":[{\"word\":\"xyzzyx\",\"sound\":\"Z IH Z\"},"
             "{\"word\":\"xyzzyx\",\"sound\":\"NO PHONES\"}]}", fsg);
    ask(l, STT_GRAMMAR, str_text(&own), "unknown", "[]"); /* one of its sounds can be made */
}

static void a_spoken_sentence(void **state)
{
    struct line *l = *state;
    struct spoken s;
    AUTO_JSON *j = NULL;

    if (!spoken_make(&s, "turn off the lamp")) {
        spoken_done(&s);
        skip();
    }
    set_up(l);
    utter(l, s.frames, s.n);
    assert_int_equal(give(l, UTT_END, NULL, 0), 0);
    answered(l, UTT_RESULT, l->serial, &j);
    assert_string_equal(json_str(j, "text", ""), "turn off the lamp");
    assert_false(json_bool(j, "rejected", true));
    assert_false(json_bool(j, "broken", true));
    assert_int_equal(json_int(j, "words", 0, 99, 0), 4);
    assert_int_equal(json_int(j, "audio_ms", 0, 99999, 0), (int64_t)s.n / 16);
    assert_true(cJSON_HasObjectItem(j, "late_ms") && cJSON_HasObjectItem(j, "margin"));
    spoken_done(&s);
}

/* Each has to be told, whatever came before it; nothing is owed for the others. */
static void order(void **state)
{
    static int16_t silence[1280];
    struct line *l = *state;
    AUTO_JSON *first = NULL, *second = NULL, *third = NULL;

    assert_int_equal(give(l, UTT_END, NULL, 0), 0);
    answered(l, UTT_RESULT, l->serial, &first);
    assert_non_null(strstr(json_str(first, "error", ""), "did not start"));
    utter(l, silence, N_OF(silence)); /* without a model */
    assert_int_equal(give(l, UTT_END, NULL, 0), 0);
    answered(l, UTT_RESULT, l->serial, &second);
    assert_non_null(strstr(json_str(second, "error", ""), "no acoustic model"));
    ask(l, STT_CONFIG, CONFIG, "error", "");
    utter(l, silence, N_OF(silence)); /* without a grammar */
    assert_int_equal(give(l, UTT_END, NULL, 0), 0);
    answered(l, UTT_RESULT, l->serial, &third);
    assert_non_null(strstr(json_str(third, "error", ""), "no grammar"));
    assert_int_equal(give(l, UTT_DROP, NULL, 0), 0);
    silent(l);
}

static void grammar_within_an_utterance(void **state)
{
    static int16_t silence[2560];
    struct line *l = *state;
    AUTO_JSON *loaded = NULL;
    uint32_t asked;

    set_up(l);
    utter(l, silence, N_OF(silence));
    assert_int_equal(give(l, STT_GRAMMAR, grammar, strlen(grammar)), 0);
    asked = l->serial;
    silent(l); /* it waits */
    assert_int_equal(give(l, UTT_END, NULL, 0), 0);
    answered(l, UTT_RESULT, l->serial, NULL);
    answered(l, STT_GRAMMAR_OK, asked, &loaded);
    assert_null(cJSON_GetObjectItem(loaded, "error"));
    utter(l, silence, N_OF(silence));
    assert_int_equal(give(l, STT_GRAMMAR, grammar, strlen(grammar)), 0);
    assert_int_equal(give(l, UTT_DROP, NULL, 0), 0); /* its end, too */
    answered(l, STT_GRAMMAR_OK, l->serial - 1, NULL);
}

static void frames_of_no_sense(void **state)
{
    static const uint8_t odd[sizeof(struct wire_audio) + 3];
    struct line *l = *state;

    assert_int_equal(give(l, 60000, "x", 1), 0);
    silent(l);
    assert_int_equal(give(l, RPC_PING, "1234", 4), 0);
    answered(l, RPC_PONG, l->serial, NULL);
    assert_int_equal(give(l, UTT_AUDIO, odd, sizeof(odd)), 0); /* a progress is owed all the same */
    answered(l, UTT_PROGRESS, l->serial, NULL);
    assert_int_equal(give(l, WAKE_AUDIO, odd, 1), 0);
    answered(l, WAKE_PROGRESS, l->serial, NULL);
    assert_int_equal(give(l, WAKE_CLEAR, NULL, 0), 0);
    silent(l);
}

static void nobody_reads(void **state)
{
    struct line *l = *state;

    close(l->here);
    l->here = -1;
    assert_int_equal(give(l, RPC_PING, "1", 1), -EPIPE);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_embedding_may_be_missing), ROW(what_cannot_be_loaded),       ROW(words_that_nobody_knows), ROW(a_spoken_sentence), ROW(order),
        ROW(before_the_end),
        ROW(grammar_within_an_utterance), ROW(frames_of_no_sense),      ROW(nobody_reads),
    };

    return cmocka_run_group_tests(tests, enter_all, leave_all);
}
