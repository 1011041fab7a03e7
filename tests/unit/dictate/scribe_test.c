/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/dictate/scribe_test.c - jarvis-dictate behind its wire: each frame has its answer, in any order and
 * of any bytes, and a sentence that somebody said is heard. */
#include "helpers/dictate/scribe.h"
#include "base/str.h"
#include "core/helper.h"
#include "speech/wire.h"
#include "unit/stt/spoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define MODEL "/usr/share/pocketsphinx/model/en-us/"
#define CONFIG(more) "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\"" more "}"

struct rig {
    struct scribe *scribe;
    int fds[2];
    uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame answer;
};

static int rig_with(void **state, const struct scribe_files *files)
{
    struct rig *g = calloc(1, sizeof(*g));

    if (!g || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, g->fds) < 0)
        return -1;
    *state = g;
    return scribe_new(&g->scribe, g->fds[0], files, NULL);
}

static int rig_open(void **state)
{
    return rig_with(state, NULL);
}

static int rig_open_nowhere(void **state)
{
    static const struct scribe_files nowhere = { "/nowhere/hmm", "/nowhere/lm", "/nowhere/dict" };

    return rig_with(state, &nowhere);
}

static int rig_close(void **state)
{
    struct rig *g = *state;

    scribe_free(g->scribe);
    close(g->fds[0]);
    close(g->fds[1]);
    free(g);
    return 0;
}

/* The answer as text; NULL: none came. */
static const char *ask(struct rig *g, uint16_t type, uint32_t serial, const void *payload, size_t len)
{
    const struct rpc_frame f = { .type = type, .serial = serial, .payload = payload, .len = len };

    assert_true(scribe_frame(g->scribe, &f) >= 0);
    if (rpc_recv(g->fds[1], g->packet, &g->answer, 0, NULL) != 1)
        return NULL;
    assert_int_equal(g->answer.serial, serial);
    g->packet[sizeof(g->packet) - 1] = '\0';
    ((uint8_t *)g->answer.payload)[g->answer.len] = '\0';
    return (const char *)g->answer.payload;
}

static const char *ask_text(struct rig *g, uint16_t type, uint32_t serial, const char *text)
{
    return ask(g, type, serial, text, strlen(text));
}

static void test_frames(void **state)
{
    static const struct {
        uint16_t type;
        const char *payload, *answer; /* NULL: none */
        uint16_t answered;
    } rows[] = {
        { RPC_PING, "p", "p", RPC_PONG },
        { STT_CONFIG, "{", "error", STT_CONFIG_OK },
        { STT_CONFIG, CONFIG(",\"language\":\"fr\""), "hears English only, not 'fr'", STT_CONFIG_OK },
        { UTT_END, "", "did not start", UTT_RESULT },
        { UTT_START, "", NULL, 0 },
        { UTT_AUDIO, "", "", UTT_PROGRESS },
        { UTT_AUDIO, "odd", "", UTT_PROGRESS },
        { UTT_END, "", "before the configuration", UTT_RESULT },
        { UTT_DROP, "", NULL, 0 },
        { STT_GRAMMAR, "{}", NULL, 0 },
        { 999, "whatever", NULL, 0 },
    };
    struct rig *g = *state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        const char *answer = ask_text(g, rows[i].type, 7, rows[i].payload);

        assert_int_equal(answer != NULL, rows[i].answer != NULL);
        if (!answer)
            continue;
        assert_int_equal(g->answer.type, rows[i].answered);
        if (rows[i].answer[0] && !strstr(answer, rows[i].answer))
            fail_msg("row %zu: %s", i, answer);
    }
}

static void test_no_models(void **state)
{
    struct rig *g = *state;
    const char *answer = ask_text(g, STT_CONFIG, 1, CONFIG(""));

    assert_non_null(strstr(answer, "/nowhere/lm cannot be loaded; install pocketsphinx-en-us"));
}

static void utter(struct rig *g, uint32_t serial, const int16_t *samples, size_t n)
{
    ask_text(g, UTT_START, serial, "");
    for (size_t at = 0, count; at < n; at += count) {
        struct {
            struct wire_audio head;
            int16_t samples[4000];
        } frame = { .head = { at } };

        count = n - at < 4000 ? n - at : 4000;
        memcpy(frame.samples, samples + at, count * sizeof(*samples));
        assert_non_null(ask(g, UTT_AUDIO, 100, &frame, sizeof(frame.head) + count * sizeof(*samples)));
        assert_int_equal(g->answer.type, UTT_PROGRESS);
    }
}

/* Two sentences, one behind the other: nothing of the first is in the second, silence is nothing. */
static void test_hears(void **state)
{
    static const char *const texts[] = { "what time is it", "tell me a story" };
    struct rig *g = *state;
    AUTO_FREE int16_t *silence = calloc(16000, sizeof(*silence));

    if (access(MODEL "en-us.lm.bin", R_OK) < 0)
        skip();
    assert_non_null(strstr(ask_text(g, STT_CONFIG, 1, CONFIG(",\"language\":\"en\"")), "\"wire\":1"));
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct spoken spoken;
        const char *answer;

        if (!spoken_make(&spoken, texts[i]))
            skip(); /* nobody speaks here */
        utter(g, 10 + (uint32_t)i, spoken.frames, spoken.n);
        free(spoken.frames);
        answer = ask_text(g, UTT_END, 10 + (uint32_t)i, "");
        if (!strstr(answer, texts[i]))
            fail_msg("'%s' is %s", texts[i], answer);
    }
    utter(g, 20, silence, 16000);
    assert_non_null(strstr(ask_text(g, UTT_END, 20, ""), "\"rejected\":true"));
}

/* More than anybody says in one breath is refused with words, and the next sentence is heard. */
static void test_too_long(void **state)
{
    struct rig *g = *state;
    AUTO_FREE int16_t *silence = calloc(16000, sizeof(*silence));

    if (access(MODEL "en-us.lm.bin", R_OK) < 0)
        skip();
    assert_non_null(ask_text(g, STT_CONFIG, 1, CONFIG("")));
    ask_text(g, UTT_START, 3, "");
    for (int s = 0; s < SCRIBE_SECONDS_MAX + 1; s++)
        for (int half = 0; half < 2; half++) {
            char frame[sizeof(struct wire_audio) + 8000 * sizeof(int16_t)] = { 0 };

            assert_non_null(ask(g, UTT_AUDIO, 100, frame, sizeof(frame)));
        }
    assert_non_null(strstr(ask_text(g, UTT_END, 3, ""), "more than 60 s"));
    utter(g, 4, silence, 8000);
    assert_non_null(strstr(ask_text(g, UTT_END, 4, ""), "\"text\":\"\""));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(test_frames),
        cmocka_unit_test_setup_teardown(test_no_models, rig_open_nowhere, rig_close),
        TEST(test_hears),
        TEST(test_too_long),
    };

    err_set_logfp(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
