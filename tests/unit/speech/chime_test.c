/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/chime_test.c - what is our own chime, and what is not: a voice that is taken for it would
 * not be heard, a chime that is taken for a voice would begin a sentence. */
#include "speech/chime.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Two pitches with their levels, and noise. */
struct sound {
    const char *name;
    float hz, level, hz2, level2, noise;
    bool ours;
};

static const struct sound sounds[] = {
    { "the first tone", 660, 3000, 0, 0, 0, true },
    { "the second tone", 880, 3000, 0, 0, 0, true },
    { "hardly to be heard", 880, 20, 0, 0, 2, true },
    { "as loud as can be", 660, 32767, 0, 0, 0, true },
    { "both, in a room that rings", 660, 1500, 880, 1500, 0, true },
    { "in noise 10 dB below", 660, 3000, 0, 0, 650, true },
    { "with what a cheap loudspeaker adds", 660, 3000, 1320, 1500, 0, true },
    { "in louder noise", 660, 1000, 0, 0, 2000, false },
    { "a voice over it", 660, 1500, 150, 3000, 0, false },
    { "a low voice", 110, 3000, 220, 3000, 100, false },
    { "a high voice", 260, 3000, 520, 3000, 100, false },
    { "a tone between the two", 770, 3000, 0, 0, 0, false },
    { "a tone an octave higher", 1760, 3000, 0, 0, 0, false },
    { "mains", 50, 9000, 100, 9000, 0, false },
    { "noise", 0, 0, 0, 0, 3000, false },
    { "nothing", 0, 0, 0, 0, 0, false },
};

static unsigned seed = 1;

static float noise(void) /* of power 1 */
{
    return ((float)rand_r(&seed) / (float)RAND_MAX - 0.5f) * sqrtf(12.0f);
}

static void sound_make(int16_t pcm[BLOCK_FRAMES], const struct sound *s, int lag)
{
    for (int i = 0; i < BLOCK_FRAMES; i++) {
        float t = 2.0f * (float)M_PI * (float)(i + lag) / BLOCK_RATE_HZ;
        float x = s->level * sinf(s->hz * t) + s->level2 * sinf(s->hz2 * t) + s->noise * noise();

        pcm[i] = (int16_t)fmaxf(-32767, fminf(32767, x));
    }
}

/* Wherever in its period the block begins. */
static void tells_it_from_voices(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(sounds); i++)
        for (int lag = 0; lag < BLOCK_FRAMES; lag += 7) {
            int16_t pcm[BLOCK_FRAMES];

            sound_make(pcm, &sounds[i], lag);
            if (chime_sounds_in(pcm) != sounds[i].ours)
                fail_msg("%s, %d samples late", sounds[i].name, lag);
        }
}

static void bounds_of_samples(void **state)
{
    static const int16_t values[] = { INT16_MIN, INT16_MAX, 1, -1 };
    int16_t pcm[BLOCK_FRAMES];

    (void)state;
    for (size_t i = 0; i < N_OF(values); i++) {
        for (int k = 0; k < BLOCK_FRAMES; k++)
            pcm[k] = values[i];
        assert_false(chime_sounds_in(pcm)); /* a constant has no pitch */
        memset(pcm, 0, sizeof(pcm));
        pcm[80] = values[i];
        assert_false(chime_sounds_in(pcm)); /* nor has a click */
    }
}

/* A row of blocks: o the chime at -20 dB, v a voice, s one that is 20 dB softer, . silence; below it what is ours. */
static void a_chime_in_a_row(void **state)
{
    static const struct {
        const char *name, *blocks, *ours;
        int64_t from_ms; /* before the first block; < 0: after it */
        bool none;       /* nobody began one */
    } rows[] = {
        { "all of it", "..oooo..", "  ++++++", 0, false },
        { "its tail ends", "oo..............", "++++++++++++    ", 0, false },
        { "what is before it", "ss.oo", "   ++", 0, false },
        { "a voice right after it", "oovvv..", "++   ++", 0, false },
        { "a soft one counts when the tail is over", "oosssssssssssss", "++++++++++++   ", 0, false },
        { "a voice over it", "oovvoo", "++  ++", 0, false },
        { "none was begun", "..oo..", "      ", 0, true },
        { "over long since", "oooo", "    ", 600, false },
        { "nearly over", "oooo", "++  ", 570, false },
        { "not begun yet", "oooo", "  ++", -30, false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const int64_t at = 5000000;
        struct chime_ear ear = { .from_usec = rows[i].none ? 0 : at - rows[i].from_ms * 1000 };

        for (size_t k = 0; rows[i].blocks[k]; k++) {
            const char kind = rows[i].blocks[k];
            struct audio_block b = { .captured_usec = at + (int64_t)(k + 1) * 10000,
                                     .level_db = kind == '.' ? -80.0f : kind == 's' ? -40.0f : -20.0f };

            if (kind != '.')
                sound_make(b.pcm, &sounds[kind == 'o' ? 1 : 9], (int)k * BLOCK_FRAMES);
            if (chime_ear_step(&ear, &b) != (rows[i].ours[k] == '+'))
                fail_msg("%s: block %d", rows[i].name, (int)k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_it_from_voices),
        cmocka_unit_test(bounds_of_samples),
        cmocka_unit_test(a_chime_in_a_row),
    };

    return cmocka_run_group_tests_name("chime", tests, NULL, NULL);
}
