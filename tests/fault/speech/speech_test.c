/* SPDX-License-Identifier: Apache-2.0 */
/* speech without memory: pronunciations, the making of its parts, a grammar. */
#include "base/cleanup.h"
#include "base/str.h"
#include "fault/fault.h"
#include "speech/pronounce.h"
#include "speech/speech.h"
#include "speech/stt.h"
#include "speech/wire.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct clock wall;
static struct loop *loop;
static struct bus *bus;
static struct audio *audio;
static struct settings settings;
static struct paths paths;
static int set_up(void **state)
{
    const struct audio_opts o = {
        .capture_hal = hal_audio_find("sim"),
        .playback_hal = hal_audio_find("sim"),
        .capture_device = "",
        .playback_device = "",
        .clock = &wall,
    };

    (void)state;
    clock_init_virtual(&wall, 0);
    str_copy(paths.helpers, sizeof(paths.helpers), "/nowhere");
    return loop_new(&loop, &wall, NULL) < 0 || bus_new(&bus, loop, NULL) < 0 ||
           audio_new(&audio, &o, NULL) < 0;
}

static int tear_down(void **state)
{
    (void)state;
    audio_free(audio);
    bus_free(bus);
    loop_free(loop);
    return 0;
}

static int run_pronounce(void)
{
    char out[64] = "untouched";
    int r = pronounce_arpabet(out, sizeof(out), "k_'I_tS_@_n", NULL);

    assert_string_equal(out, r < 0 ? "untouched" : "K IH CH AH N");
    return r;
}

static int run_speech(void)
{
    const struct speech_deps d = {
        .loop = loop, .bus = bus, .audio = audio, .settings = &settings, .paths = &paths,
    };
    AUTO(speech_freep) struct speech *s = NULL;
    int r = speech_new(&s, &d, NULL);

    assert_int_equal(r < 0, s == NULL);
    return r;
}

static int run_grammar(void)
{
    const struct stt_deps d = { .loop = loop, .bus = bus, .settings = &settings, .paths = &paths };
    AUTO(stt_freep) struct stt *s = NULL;
    int r = stt_new(&s, &d, NULL);

    return r < 0 ? r : stt_grammar(s, "grammar.fsg", NULL);
}

/* What could be added so far stays a list that can be written, and freed. */
static int run_lists(void)
{
    AUTO(wire_words_done) struct wire_words w = { .language = NULL };
    AUTO(wire_grammar_done) struct wire_grammar g = { .fsg = NULL };
    size_t room = WIRE_ROOM_BYTES, room2 = WIRE_ROOM_BYTES;
    int r = 0;

    for (size_t i = 0; r == 0 && i < 3; i++) {
        r = wire_word_add(&w.words, &room, "zigbee");
        assert_int_equal(w.words.n, i + (r == 0));
        if (r == 0)
            r = wire_sound_add(&g.lexicon, &room2, "zigbee", "Z IH G B IY");
    }
    for (size_t i = 0; i < w.words.n; i++)
        assert_string_equal(((char **)w.words.items)[i], "zigbee");
    return r;
}

/* A head is taken whole or not at all. */
static int run_heads(void)
{
    static const char json[] = "{\"words\":2,\"unknown_n\":2,\"unknown\":[\"zigbee\",\"aalto\"]}";
    const struct rpc_frame f = { .payload = (const uint8_t *)json, .len = sizeof(json) - 1 };
    struct wire_loaded loaded = { .words = 77 };
    int r = wire_answer_take(&loaded, &wire_loaded_fields, &f, NULL);

    assert_int_equal(loaded.words, r < 0 ? 77 : 2);
    assert_int_equal(loaded.unknown.n, r < 0 ? 0 : 2);
    wire_loaded_done(&loaded);
    return r;
}

static int run_error(void)
{
    static const char json[] = "{\"error\":\"no such model\"}";
    const struct rpc_frame f = { .payload = (const uint8_t *)json, .len = sizeof(json) - 1 };
    struct wire_result h = { .margin = 3 };
    AUTO_JSON *made = wire_error_json("no such model");
    int r = wire_answer_take(&h, &wire_result_fields, &f, NULL);

    assert_true(h.margin == 3 && !h.text);
    if (!made)
        return -ENOMEM;
    return r == -EREMOTEIO ? 0 : r;
}

FAULT_TEST(lists, run_lists())
FAULT_TEST(heads, run_heads())
FAULT_TEST(errors, run_error())
FAULT_TEST(pronounce, run_pronounce())
FAULT_TEST(make, run_speech())
FAULT_TEST(grammar, run_grammar())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pronounce),
        cmocka_unit_test(lists),
        cmocka_unit_test(heads),
        cmocka_unit_test(errors),
        cmocka_unit_test(make),
        cmocka_unit_test(grammar),
    };

    return cmocka_run_group_tests_name("speech", tests, set_up, tear_down);
}
