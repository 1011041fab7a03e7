/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/dsp/stages_test.c - what every stage of the capture chain has to keep: which channels it
 * takes, the same result in place and beside, silence and full scale without a number that is none. */
#include "dsp/stage.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 16000, BLOCKS = 50 };

static const struct {
    const struct stage *stage;
    unsigned most, out; /* channels it takes; that come out of the most, 0: as many as go in */
} rows[] = {
    { &stage_hpf, STAGE_CHANNELS_MAX, 0 },
    { &stage_pick, STAGE_CHANNELS_MAX, 1 },
    { &stage_vad, 1, 1 },
    { &stage_level, 1, 1 },
};

#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

typedef float planes[STAGE_CHANNELS_MAX][STAGE_FRAMES];

/* A tone that differs from channel to channel; the gain 0 is silence. */
static void make_block(planes to, unsigned block, float gain)
{
    for (unsigned c = 0; c < STAGE_CHANNELS_MAX; c++)
        for (unsigned i = 0; i < STAGE_FRAMES; i++)
            to[c][i] = gain * sinf((float)(block * STAGE_FRAMES + i) * (0.05f + 0.01f * (float)c));
}

static void run_block(const struct stage *s, void *state, planes rec, planes out, struct stage_note *note)
{
    static planes quiet;
    const float *in[STAGE_CHANNELS_MAX], *play[STAGE_CHANNELS_MAX];
    float *to[STAGE_CHANNELS_MAX];

    for (unsigned c = 0; c < STAGE_CHANNELS_MAX; c++) {
        in[c] = rec[c];
        play[c] = quiet[c];
        to[c] = out[c];
    }
    s->run(state, in, play, to, STAGE_FRAMES, note);
}

static void *open_stage(const struct stage *s, unsigned in, unsigned *ret_out)
{
    const struct stage_opts o = { .rate_hz = RATE, .in = in, .play = 1 };
    void *state = calloc(1, s->state_bytes);

    assert_non_null(state);
    assert_int_equal(s->init(state, &o, ret_out), 0);
    return state;
}

static void a_stage_takes_its_channels(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_N; i++) {
        const struct stage *s = rows[i].stage;

        assert_int_equal(s->version, STAGE_VERSION);
        assert_true(s->name[0] != '\0' && s->state_bytes > 0);
        for (unsigned in = 0; in <= STAGE_CHANNELS_MAX + 1; in++) {
            const struct stage_opts o = { .rate_hz = RATE, .in = in, .play = 1 };
            void *memory = calloc(1, s->state_bytes);
            unsigned out = 99;
            const int want = in >= 1 && in <= rows[i].most ? 0 : -EINVAL;

            assert_non_null(memory);
            if (s->init(memory, &o, &out) != want)
                fail_msg("%s: %u channels", s->name, in);
            if (want == 0)
                assert_int_equal(out, rows[i].out ? rows[i].out : in);
            free(memory);
        }
    }
}

/* out[i] may be rec[i]: the same comes out, and the note says the same. */
static void in_place_is_the_same_as_beside(void **state)
{
    static planes rec, beside, inside;

    (void)state;
    for (size_t i = 0; i < ROWS_N; i++) {
        unsigned out = 0;
        void *a = open_stage(rows[i].stage, rows[i].most, &out);
        void *b = open_stage(rows[i].stage, rows[i].most, &out);

        for (unsigned block = 0; block < BLOCKS; block++) {
            struct stage_note na = { .level_db = -20, .voiced = true }, nb = na;

            make_block(rec, block, 0.3f);
            memcpy(inside, rec, sizeof(rec));
            run_block(rows[i].stage, a, rec, beside, &na);
            run_block(rows[i].stage, b, inside, inside, &nb);
            for (unsigned c = 0; c < out; c++)
                if (memcmp(beside[c], inside[c], sizeof(beside[c])) != 0)
                    fail_msg("%s: channel %u of block %u", rows[i].stage->name, c, block);
            assert_true(na.voiced == nb.voiced && na.channel == nb.channel);
            assert_true(!(na.level_db < nb.level_db) && !(na.level_db > nb.level_db));
        }
        free(a);
        free(b);
    }
}

/* From silence to full scale and back, and a signal torn in between. */
static void every_number_is_one(void **state)
{
    static const float gains[] = { 0, 1.0f, 0, 1e-20f, 0.5f };
    static planes rec, to;

    (void)state;
    for (size_t i = 0; i < ROWS_N; i++) {
        unsigned out = 0;
        void *memory = open_stage(rows[i].stage, rows[i].most, &out);

        for (unsigned block = 0; block < BLOCKS; block++) {
            struct stage_note note = { .level_db = -100, .noise_db = -100 };

            make_block(rec, block, gains[block / 10]);
            if (block % 15 == 14)
                rows[i].stage->clear(memory);
            run_block(rows[i].stage, memory, rec, to, &note);
            assert_true(isfinite(note.level_db) && isfinite(note.noise_db) && isfinite(note.shift_db));
            assert_true(note.channel < rows[i].most);
            for (unsigned c = 0; c < out; c++)
                for (unsigned k = 0; k < STAGE_FRAMES; k++)
                    if (!isfinite(to[c][k]) || fabsf(to[c][k]) > 2.0f)
                        fail_msg("%s: %g in block %u", rows[i].stage->name, (double)to[c][k], block);
        }
        assert_true(rows[i].stage->latency(memory) < STAGE_FRAMES);
        free(memory);
    }
}

/* After a tear the signal before it is forgotten: silence is silence at once. */
static void a_tear_leaves_no_tail(void **state)
{
    static planes rec, to;
    struct stage_note note = { 0 };
    unsigned out = 0;
    void *memory = open_stage(&stage_hpf, 2, &out);

    (void)state;
    make_block(rec, 0, 0.9f);
    run_block(&stage_hpf, memory, rec, to, &note);
    memset(rec, 0, sizeof(rec));
    run_block(&stage_hpf, memory, rec, to, &note);
    assert_true(fabsf(to[0][0]) > 1e-4f); /* a filter rings */
    stage_hpf.clear(memory);
    run_block(&stage_hpf, memory, rec, to, &note);
    for (unsigned c = 0; c < out; c++)
        for (unsigned k = 0; k < STAGE_FRAMES; k++)
            assert_true(fabsf(to[c][k]) < 1e-12f);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_takes_its_channels),
        cmocka_unit_test(in_place_is_the_same_as_beside),
        cmocka_unit_test(every_number_is_one),
        cmocka_unit_test(a_tear_leaves_no_tail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
