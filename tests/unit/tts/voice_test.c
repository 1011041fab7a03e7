/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tts/voice_test.c - text to sound by flite and espeak-ng: which voice says what. */
#include "helpers/tts/flite.h"
#include "helpers/tts/voice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void voices_are_named(void **state)
{
    static const struct {
        const char *name, *language;
        int want;
        const char *words;
    } rows[] = {
        { "", "en", 0, NULL },
        { "en-us+f3", "", 0, NULL },
        { "", "fr", 0, NULL },
        { VOICE_FLITE, "en", 0, NULL },
        { VOICE_FLITE, "fr", 0, NULL },
        { "nobody", "en", -ENOENT, "tts.voice: espeak-ng has no voice 'nobody'; see 'espeak-ng --voices'" },
        { "../x", "en", -EINVAL, "tts.voice: '../x' is no name of a voice; see 'espeak-ng --voices'" },
    };
    struct voice *v = *state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(voice_choose(v, rows[i].name, rows[i].language, &e), rows[i].want);
        if (rows[i].words)
            assert_string_equal(err_text(&e), rows[i].words);
    }
}

struct heard {
    size_t frames, most; /* most: frames that are wanted; 0: all */
    int16_t edges[2];    /* the first and the last one */
};

static int hear(const int16_t *frames, size_t count, void *user)
{
    struct heard *h = user;

    if (h->frames == 0)
        h->edges[0] = frames[0];
    h->edges[1] = frames[count - 1];
    h->frames += count;
    return h->most > 0 && h->frames >= h->most ? -ECANCELED : 0;
}

/* flite's samples come at 16 kHz, espeak-ng's at another rate: so it shows who spoke. */
static void english_is_flites(void **state)
{
    static const struct {
        const char *name, *language, *text;
        bool flite;
    } rows[] = {
        { "", "en", "The lamp is on.", true },
        { "", "en-gb", "The lamp is on.", true },
        { VOICE_FLITE, "en", "The lamp is on.", true },
        { "", "en", "It is 21\xc2\xb0 in the caf\xc3\xa9.", true },
        { "", "en", "\xd0\xbb\xd0\xb0\xd0\xbc\xd0\xbf\xd0\xb0 is on.", false }, /* no letters for it */
        { "en-us", "en", "The lamp is on.", false },                      /* asked for */
        { "", "fr", "La lampe est allum\xc3\xa9" "e.", false },
        { VOICE_FLITE, "fr", "La lampe est allum\xc3\xa9" "e.", false },
        { VOICE_FLITE, "en", "The lamp is on.", true }, /* and back again */
    };
    struct voice *v = *state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct heard h = { .frames = 0 };

        assert_int_equal(voice_choose(v, rows[i].name, rows[i].language, NULL), 0);
        assert_int_equal(voice_speak(v, rows[i].text, 170, hear, &h, NULL), 0);
        assert_int_equal(voice_rate_hz(v) == FLITE_RATE_HZ, rows[i].flite);
        assert_in_range(h.frames, voice_rate_hz(v) / 2, 6 * voice_rate_hz(v));
        assert_in_range(h.edges[0] + 150, 0, 300); /* it begins and ends in silence */
        assert_in_range(h.edges[1] + 150, 0, 300);
    }
}

/* Words are always espeak-ng's: the pronunciations of names do not change with the voice. */
static void words_are_espeaks(void **state)
{
    char with[VOICE_SOUND_BYTES], without[VOICE_SOUND_BYTES];
    struct voice *v = *state;

    assert_int_equal(voice_choose(v, "en-us", "en", NULL), 0);
    assert_int_equal(voice_phonemes(v, "kitchen", without, sizeof(without), NULL), 0);
    assert_int_equal(voice_choose(v, VOICE_FLITE, "en", NULL), 0);
    assert_int_equal(voice_phonemes(v, "kitchen", with, sizeof(with), NULL), 0);
    assert_string_equal(with, without);
}

static void either_voice_is_cut_short(void **state)
{
    static const char *const names[] = { VOICE_FLITE, "en-us" };
    struct voice *v = *state;

    for (size_t i = 0; i < N_OF(names); i++) {
        struct heard h = { .most = 8000 };

        assert_int_equal(voice_choose(v, names[i], "en", NULL), 0);
        assert_int_equal(voice_speak(v, "The lamp in the kitchen and the one in the hall are on.", 170,
                                     hear, &h, NULL), -ECANCELED);
        assert_in_range(h.frames, 8000, 10000);
        voice_rest(v); /* too early to give anything back: the next one is spoken at once */
    }
}

/* One for all: espeak-ng does not survive being opened a second time. */
static int enter(void **state)
{
    return voice_new((struct voice **)state, NULL);
}

static int leave(void **state)
{
    voice_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voices_are_named),
        cmocka_unit_test(english_is_flites),
        cmocka_unit_test(words_are_espeaks),
        cmocka_unit_test(either_voice_is_cut_short),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
