/* SPDX-License-Identifier: Apache-2.0 */
/* The assistant without memory: making one fails cleanly, and a dialogue in which any one
 * allocation, or every one from then on, fails still ends in the idle state. */
#include "lib/fake_server.h"
#include "unit/assistant/scene.h"

#include "assistant/sentences.h"
#include "assistant/stream.h"
#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "fault/assistant/broken.h"

static int make_one(void)
{
    struct scene s;
    struct err e = ERR_INIT;
    int r = scene_open(&s);

    if (r == 0)
        r = scene_start(&s, &e);
    scene_close(&s);
    return r;
}

FAULT_TEST(test_make, make_one())

/* An allocation that fails may lose a message; a deadline then ends the step. */
static void scene_survives(const char *script, bool for_ever)
{
    long nth = 1;
    bool hit = true;

    for (; hit && nth < 3000; nth++) {
        struct scene s;

        assert_int_equal(scene_open(&s), 0);
        assert_int_equal(scene_start(&s, NULL), 0);
        hit = broken_play(&s, script, nth, for_ever);
        str_clear(&s.log);
        scene_play(&s, "text:lamp_on"); /* and it goes on */
        if (!strstr(str_text(&s.log), "answer("))
            fail_msg("%s: allocation %ld: no answer afterwards: %s", script, nth, str_text(&s.log));
        if (must_broken() > 0)
            fail_msg("%s: allocation %ld: %s", script, nth, must_broken_at());
        scene_close(&s);
    }
    assert_in_range(nth, 10, 2999);
}

static void test_scenes(void **state)
{
    static const char *const scripts[] = {
        "wake start end hear:lamp_on", "text:lamp_on",  "aloud:time",
        "wake start end hear:sing",    "wake start lost", "act:107 text:lamp_on wake nospeech deaf",
        "wake text:lamp_off wake start end deaf",
        "wake start early:lamp_on end hear:lamp_on", "wake start early:lamp_on end hear:lamp_off",
        "wake start early:lamp_on wake start early:lamp_off end deaf",
        "press:7 start end hear:open_the_garage start end hear:yes",
        "announce:tea text:light_on text:the_hall_one other:time",
        "aloud:time press:7 STOP",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        scene_survives(scripts[i], false);
        scene_survives(scripts[i], true);
    }
}

static int cut_one(void)
{
    static const char text[] = "This is **one**. <think>no</think> This is two, and three.\nFour";
    struct sentences s;
    char *one = NULL;
    int r;

    sentences_init(&s);
    r = sentences_add(&s, text, sizeof(text) - 1);
    sentences_end(&s);
    while (r >= 0 && (r = sentences_next(&s, &one)) == 1)
        free(one);
    sentences_done(&s);
    return r;
}

static int parse_one(void)
{
    static const char text[] = "data: {\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}\r\n\r\n"
                               "data: {\"choices\":[\ndata: {\"delta\":{\"content\":\"a\"}}]}\n\n"
                               "data: [DONE]\n\n";
    struct stream s;
    struct err e = ERR_INIT;
    int r;

    stream_init(&s, STREAM_SSE);
    r = stream_feed(&s, text, sizeof(text) - 1, &e);
    if (r >= 0)
        r = stream_end(&s, &e);
    stream_done(&s);
    return r;
}

static void test_streams(void **state)
{
    (void)state;
    FAULT_LOOP(cut_one());
    FAULT_LOOP(parse_one());
}

/* A question to a language model: our own allocations fail (libcurl keeps the real ones). */
static void test_model(void **state)
{
    struct fake_server server;
    bool hit = true;
    long nth = 1;

    (void)state;
    assert_int_equal(fake_start(&server), 0);
    fake_script(&server,
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
                "{\"message\":{\"content\":\"It is so. And so.\"},\"done\":true}\n",
                FAKE_CLOSE, 0);
    for (; hit && nth < 3000; nth++) {
        struct scene s;

        assert_int_equal(scene_open(&s), 0);
        str_copy(s.settings.llm_kind, sizeof(s.settings.llm_kind), "ollama");
        str_copy(s.settings.llm_model, sizeof(s.settings.llm_model), "tiny");
        snprintf(s.settings.llm_url, sizeof(s.settings.llm_url), "http://127.0.0.1:%u",
                 server.port);
        assert_int_equal(scene_start(&s, NULL), 0);
        fault_arm(nth, false);
        scene_play(&s, "aloud:why");
        for (int i = 0; i < 1000 && assistant_is_busy(s.assistant) && !fault_hit(); i++) {
            bus_drain(s.bus);
            loop_step(s.loop, 5);
        }
        hit = fault_hit();
        fault_disarm();
        for (int i = 0; i < 300 && assistant_is_busy(s.assistant); i++) {
            loop_step(s.loop, 1);
            scene_wait(&s, 1000);
        }
        if (assistant_is_busy(s.assistant))
            fail_msg("allocation %ld: it hangs: %s", nth, str_text(&s.log));
        scene_close(&s);
    }
    assert_in_range(nth, 10, 2999);
    fake_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
