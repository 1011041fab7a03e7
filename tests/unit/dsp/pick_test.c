/* SPDX-License-Identifier: Apache-2.0 */
/* Which channel is chosen, and when: made-up rooms of up to four microphones, 10 ms at a time. */
#include "dsp/pick.h"

#include "dsp/level.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MICS_MAX = 4, BLOCKS = 500, VOICE_FROM = 160 };

struct mic {
    float voice_db, noise_db; /* dBFS; -200: none */
    float crackle_db;         /* loud and its own, every second 200 ms; -200: none */
    unsigned late;            /* samples by which the voice arrives later */
};

static uint32_t seed;

static float white(void)
{
    seed = seed * 1664525u + 1013904223u;
    return ((float)(seed >> 8) / 8388608.0f - 1.0f) * 1.7320508f; /* RMS 1 */
}

static float linear(float db)
{
    return db <= -200.0f ? 0.0f : powf(10.0f, db / 20.0f);
}

/* Syllables of 200 ms with pauses between: a voice for an energy detector. */
static float voice_at(long i)
{
    if (i < VOICE_FROM * STAGE_FRAMES || i / 3200 % 2)
        return 0.0f;
    return sinf((float)i * 0.13f) + 0.5f * sinf((float)i * 0.31f);
}

struct heard {
    unsigned chosen;      /* at the end */
    unsigned changes;
    int first_change;     /* block; -1: none */
    float jump;           /* largest step between two samples of the output */
};

static struct heard listen(const struct mic *mics, unsigned n, float play_db)
{
    static float x[MICS_MAX][STAGE_FRAMES], out[STAGE_FRAMES];
    struct heard h = { .first_change = -1 };
    struct pick p;
    float before = 0.0f;

    seed = 7;
    assert_int_equal(pick_init(&p, n), 0);
    for (int b = 0; b < BLOCKS; b++) {
        const float *rec[MICS_MAX];
        struct stage_note note = { .play_db = play_db };
        unsigned was = p.chosen;

        for (unsigned c = 0; c < n; c++) {
            for (int i = 0; i < STAGE_FRAMES; i++) {
                long at = (long)b * STAGE_FRAMES + i;
                bool crackles = at / 3200 % 2 && b > VOICE_FROM;

                x[c][i] = voice_at(at - (long)mics[c].late) * linear(mics[c].voice_db) +
                          white() * linear(mics[c].noise_db) +
                          (crackles ? white() * linear(mics[c].crackle_db) : 0.0f);
            }
            rec[c] = x[c];
        }
        pick_run(&p, rec, out, STAGE_FRAMES, &note);
        assert_int_equal(note.channel, p.chosen);
        if (p.chosen != was) {
            h.changes++;
            h.first_change = h.first_change < 0 ? b : h.first_change;
            assert_true(fabsf(out[0] - x[was][0]) < 0.02f); /* it fades, from the old one */
        } else {
            assert_memory_equal(out, x[p.chosen], sizeof(out));
            assert_true(note.shift_db == 0.0f);
        }
        h.jump = fmaxf(h.jump, fabsf(out[0] - before));
        before = out[STAGE_FRAMES - 1];
    }
    h.chosen = p.chosen;
    return h;
}

static void rooms(void **state)
{
    static const struct {
        const char *name;
        struct mic mics[MICS_MAX];
        unsigned n;
        float play_db;
        unsigned want, changes_max;
    } cases[] = {
        { "one microphone", { { -30, -60, -200, 0 } }, 1, -100, 0, 0 },
        { "on the right channel", { { -200, -200, -200, 0 }, { -30, -60, -200, 0 } }, 2, -100, 1, 1 },
        { "on the left channel", { { -30, -60, -200, 0 }, { -200, -200, -200, 0 } }, 2, -100, 0, 0 },
        { "right, the left only hums", { { -200, -50, -200, 0 }, { -30, -60, -200, 0 } }, 2, -100, 1,
          1 },
        { "right, the left hums louder than the voice",
          { { -200, -20, -200, 0 }, { -30, -60, -200, 0 } }, 2, -100, 1, 1 },
        { "two good ones", { { -30, -60, -200, 0 }, { -31, -60, -200, 3 } }, 2, -100, 0, 0 },
        { "two good ones, right a little nearer",
          { { -33, -60, -200, 4 }, { -30, -60, -200, 0 } }, 2, -100, 0, 0 },
        { "three, the first crackles and hears nobody",
          { { -200, -60, -20, 0 }, { -32, -60, -200, 3 }, { -31, -60, -200, 5 } }, 3, -100, 2, 3 },
        { "three good ones",
          { { -32, -60, -200, 0 }, { -32, -60, -200, 3 }, { -31, -60, -200, 5 } }, 3, -100, 0, 0 },
        { "four, three of them dead",
          { { -200, -200, -200, 0 }, { -200, -200, -200, 0 }, { -200, -200, -200, 0 },
            { -40, -70, -200, 0 } }, 4, -100, 3, 1 },
        { "all silent", { { -200, -200, -200, 0 }, { -200, -200, -200, 0 } }, 2, -100, 0, 0 },
        { "while the loudspeaker plays nothing moves",
          { { -200, -50, -200, 0 }, { -30, -60, -200, 0 } }, 2, -20, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heard h = listen(cases[i].mics, cases[i].n, cases[i].play_db);

        if (h.chosen != cases[i].want)
            fail_msg("%s: channel %u", cases[i].name, h.chosen);
        if (h.changes > cases[i].changes_max)
            fail_msg("%s: %u changes", cases[i].name, h.changes);
    }
}

/* A dead channel is left before the first word is over, a poor one within a third of a second. */
static void how_soon(void **state)
{
    static const struct mic dead[] = { { -200, -200, -200, 0 }, { -30, -200, -200, 0 } };
    static const struct mic poor[] = { { -200, -50, -200, 0 }, { -30, -60, -200, 0 } };

    (void)state;
    assert_in_range(listen(dead, 2, -100).first_change, VOICE_FROM, VOICE_FROM + 2);
    assert_in_range(listen(poor, 2, -100).first_change, VOICE_FROM, VOICE_FROM + 40);
}

static void refused(void **state)
{
    struct pick p;

    (void)state;
    assert_int_equal(pick_init(&p, 0), -EINVAL);
    assert_int_equal(pick_init(&p, STAGE_CHANNELS_MAX + 1), -EINVAL);
    assert_int_equal(pick_init(&p, STAGE_CHANNELS_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms),
        cmocka_unit_test(how_soon),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
