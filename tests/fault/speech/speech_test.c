/* SPDX-License-Identifier: Apache-2.0 */
/* speech without memory: pronunciations, the making of its parts, a grammar. */
#include "base/cleanup.h"
#include "base/str.h"
#include "fault/fault.h"
#include "speech/pronounce.h"
#include "speech/speech.h"
#include "speech/stt.h"

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

FAULT_TEST(pronounce, run_pronounce())
FAULT_TEST(make, run_speech())
FAULT_TEST(grammar, run_grammar())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pronounce),
        cmocka_unit_test(make),
        cmocka_unit_test(grammar),
    };

    return cmocka_run_group_tests_name("speech", tests, set_up, tear_down);
}
