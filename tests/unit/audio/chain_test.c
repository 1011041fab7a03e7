/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: order, taps, channels, what it refuses; and the product's own rows beside the same
 * filters called by hand. */
#include "audio/chain.h"

#include "dsp/hpf.h"
#include "dsp/level.h"
#include "dsp/vad.h"
#include "rt/block.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char order[64]; /* which stages ran */
static size_t order_n;

static void ran(char what)
{
    order[order_n++] = what;
    order[order_n] = '\0';
}

static unsigned clears;

static int add_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    *(unsigned *)state = *ret_out = o->in;
    return o->rate_hz == BLOCK_RATE_HZ && o->play == 1 ? 0 : -EINVAL;
}

static int sum_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    *(unsigned *)state = o->in;
    *ret_out = 1;
    return o->in <= 4 ? 0 : -EINVAL;
}

/* Adds one to each channel. */
static void add_run(void *state, const float *const rec[], const float *const play[],
                    float *const out[], size_t n, struct stage_note *note)
{
    (void)play;
    (void)note;
    for (unsigned c = 0; c < *(unsigned *)state; c++)
        for (size_t i = 0; i < n; i++)
            out[c][i] = rec[c][i] + 1.0f;
    ran('+');
}

/* All channels and what is played into one. */
static void sum_run(void *state, const float *const rec[], const float *const play[],
                    float *const out[], size_t n, struct stage_note *note)
{
    (void)note;
    for (size_t i = 0; i < n; i++) {
        float sum = play[0][i];

        for (unsigned c = 0; c < *(unsigned *)state; c++)
            sum += rec[c][i];
        out[0][i] = sum;
    }
    ran('S');
}

static void count_clear(void *state)
{
    (void)state;
    clears++;
}

static unsigned seven(const void *state)
{
    (void)state;
    return 7;
}

static const struct stage add = { STAGE_VERSION, "add", sizeof(unsigned), add_init, add_run,
                                  count_clear, seven };
static const struct stage sum = { STAGE_VERSION, "sum", sizeof(unsigned), sum_init, sum_run,
                                  count_clear, seven };
static const struct stage old = { STAGE_VERSION + 1, "old", 1, add_init, add_run, count_clear,
                                  seven };

enum { A = 1 << CHAIN_WAKE, B = 1 << CHAIN_SPEECH };

static void order_and_taps(void **state)
{
    static const struct {
        const char *name;
        struct chain_row rows[5];
        size_t n;
        unsigned channels;
        const char *order;
        float a, b; /* rec is 10 * (channel + 1), play is 100 */
        unsigned latency_a, latency_b;
    } cases[] = {
        { "one stage, both taps", { { &add, A | B } }, 1, 1, "+", 11, 11, 7, 7 },
        { "a tap in the middle", { { &add, A }, { &add, B } }, 2, 1, "++", 11, 12, 7, 14 },
        { "B before A", { { &add, B }, { &add, A } }, 2, 1, "++", 12, 11, 14, 7 },
        { "three into one", { { &add, 0 }, { &sum, A }, { &add, B } }, 3, 3, "+S+", 163, 164, 14,
          21 },
        { "the first channel is tapped", { { &add, A }, { &sum, B } }, 2, 2, "+S", 11, 132, 7, 14 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(chain_freep) struct chain *c = NULL;
        float rec[STAGE_CHANNELS_MAX][STAGE_FRAMES], play[STAGE_FRAMES], taps[2][STAGE_FRAMES];
        const float *r[STAGE_CHANNELS_MAX], *p[] = { play };
        float *const t[] = { taps[0], taps[1] };
        struct stage_note note = { 0 };

        for (int k = 0; k < STAGE_CHANNELS_MAX; k++) {
            for (int s = 0; s < STAGE_FRAMES; s++)
                rec[k][s] = 10.0f * (float)(k + 1);
            r[k] = rec[k];
        }
        for (int s = 0; s < STAGE_FRAMES; s++)
            play[s] = 100.0f;
        order_n = 0;
        assert_int_equal(chain_new(&c, cases[i].rows, cases[i].n, cases[i].channels, NULL), 0);
        chain_run(c, r, p, t, &note);
        assert_string_equal(order, cases[i].order);
        if (taps[0][5] != cases[i].a || taps[1][STAGE_FRAMES - 1] != cases[i].b)
            fail_msg("%s: %g, %g", cases[i].name, (double)taps[0][5], (double)taps[1][159]);
        assert_true(rec[0][0] == 10.0f); /* what is recorded is not written to */
        assert_true(note.play_db > 39.9f);
        assert_int_equal(chain_latency(c, CHAIN_WAKE), cases[i].latency_a);
        assert_int_equal(chain_latency(c, CHAIN_SPEECH), cases[i].latency_b);
        clears = 0;
        chain_clear(c);
        assert_int_equal(clears, cases[i].n);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *name;
        struct chain_row rows[3];
        size_t n;
        unsigned channels;
        const char *words;
    } cases[] = {
        { "none", { { &add, A | B } }, 0, 1, "0 stages" },
        { "too many", { { &add, A | B } }, CHAIN_STAGES_MAX + 1, 1, "allowed are 1..16" },
        { "another version", { { &add, A }, { &old, B } }, 2, 1, "'old' is of version 2, not 1" },
        { "no tap B", { { &add, A } }, 1, 1, "a tap is missing" },
        { "tap A twice", { { &add, A | B }, { &sum, A } }, 2, 1, "twice, again behind 'sum'" },
        { "too many channels", { { &sum, A | B } }, 1, 5, "'sum' cannot work on 5 channels" },
        { "no channel", { { &stage_hpf, A | B } }, 1, 0, "'high-pass' cannot work on 0" },
        { "two into the VAD", { { &stage_vad, A | B } }, 1, 2, "'voice' cannot work on 2" },
        { "two into the level", { { &stage_level, A | B } }, 1, 2, "'level' cannot work on 2" },
        { "nine to choose from", { { &stage_pick, A | B } }, 1, 9, "'channel' cannot work on 9" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chain *c = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(chain_new(&c, cases[i].rows, cases[i].n, cases[i].channels, &e), -EINVAL);
        if (!strstr(e.text, cases[i].words))
            fail_msg("%s: %s", cases[i].name, e.text);
        assert_null(c);
    }
}

/* The product's rows do what the filters do one by one. */
static void the_products_own(void **state)
{
    AUTO(chain_freep) struct chain *c = NULL;
    struct hpf hpf;
    struct vad vad;
    struct level level;

    (void)state;
    assert_int_equal(chain_new(&c, chain_rows, chain_rows_n, 1, NULL), 0);
    assert_int_equal(chain_latency(c, CHAIN_SPEECH), 0);
    hpf_init(&hpf, BLOCK_RATE_HZ);
    vad_init(&vad);
    level_init(&level);
    for (int b = 0; b < 300; b++) {
        static float rec[STAGE_FRAMES], x[STAGE_FRAMES], play[STAGE_FRAMES], taps[2][STAGE_FRAMES];
        const float *r[] = { rec, rec, rec, rec, rec, rec, rec, rec }, *p[] = { play };
        float *const t[] = { taps[0], taps[1] };
        struct stage_note note = { 0 };
        float level_db;
        bool voiced;

        for (int i = 0; i < STAGE_FRAMES; i++)
            rec[i] = (b / 40 % 2 ? 0.2f : 0.001f) * sinf((float)(b * STAGE_FRAMES + i) * 0.2f);
        memcpy(x, rec, sizeof(x));
        chain_run(c, r, p, t, &note);
        hpf_run(&hpf, x, STAGE_FRAMES);
        assert_memory_equal(taps[0], x, sizeof(x));
        level_db = level_rms_db(x, STAGE_FRAMES);
        voiced = vad_run(&vad, level_db);
        level_run(&level, x, STAGE_FRAMES, level_db, voiced);
        assert_memory_equal(taps[1], x, sizeof(x));
        assert_true(note.level_db == level_db && note.voiced == voiced);
        assert_true(note.noise_db == vad.noise_db && note.channel == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_taps),
        cmocka_unit_test(refused),
        cmocka_unit_test(the_products_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
