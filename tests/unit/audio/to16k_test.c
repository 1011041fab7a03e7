/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/audio/to16k_test.c - every way from a device's rate to 16 kHz: what is heard stays, what would
 * fold back is gone, pieces of any size are one sound, and no call makes more than there is room for. */
#include "audio/to16k.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { OUT_HZ = 16000, SETTLE = 1600, HEARD = 8000, GUARD = 8 };

static const float guard = 12345.0f;

static const struct {
    unsigned rate_hz;
    const struct to16k_way *way;
} rates[] = {
    { 8000, &to16k_rational },  { 11025, &to16k_rational }, { 16000, &to16k_copy },      { 22050, &to16k_rational },
    { 32000, &to16k_rational }, { 44100, &to16k_rational }, { 48000, &to16k_decimate },  { 96000, &to16k_rational },
    { 15999, &to16k_src },      { 44101, &to16k_src },      { 192000, &to16k_rational },
};

/* A second of a tone, in pieces of `piece` frames (0: as many as a call takes); returns how many came, in
 * `out` of `room`. */
static size_t hear(struct to16k *t, double hz, size_t piece, float *out, size_t room)
{
    size_t n = t->rate_hz, made = 0;
    float in[TO16K_IN_FRAMES_MAX];

    if (piece == 0 || piece > t->in_most)
        piece = t->in_most;
    for (size_t at = 0; at < n; at += piece) {
        float got[TO16K_OUT_FRAMES_MAX + GUARD];
        size_t count = n - at < piece ? n - at : piece, came;

        for (size_t i = 0; i < count; i++)
            in[i] = (float)(0.5 * sin(2 * M_PI * hz * (double)(at + i) / t->rate_hz));
        for (size_t i = 0; i < N_OF(got); i++)
            got[i] = guard;
        came = to16k_run(t, in, count, got);
        assert_in_range(came, 0, TO16K_OUT_FRAMES_MAX);
        for (size_t i = TO16K_OUT_FRAMES_MAX; i < N_OF(got); i++)
            assert_true(got[i] == guard);
        assert_true(made + came <= room);
        memcpy(out + made, got, came * sizeof(*got));
        made += came;
    }
    return made;
}

static double rms(const float *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sqrt(sum / (double)n);
}

static void ways_of_rates(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rates); i++) {
        struct to16k t = { .rate_hz = 0 };

        assert_int_equal(to16k_init(&t, rates[i].rate_hz, NULL, NULL), 0);
        if (t.way != rates[i].way)
            fail_msg("%u Hz goes another way", rates[i].rate_hz);
        assert_true(t.in_most >= rates[i].rate_hz / 100); /* a period of the device */
        to16k_done(&t);
        to16k_done(&t); /* a zeroed one is fine */
    }
}

static void rates_that_none_has(void **state)
{
    static const unsigned bad[] = { 0, 1, 7999, 192001, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++) {
        struct to16k t = { .rate_hz = 0 };
        struct err e = ERR_INIT;

        assert_int_equal(to16k_init(&t, bad[i], NULL, &e), -EINVAL);
        assert_non_null(strstr(err_text(&e), "supported are 8000..192000 Hz"));
        to16k_clear(&t); /* nothing to forget */
    }
}

/* 1 kHz is in every device's band and in ours; what stands above 8 kHz would fold back into it. */
static void tones(void **state)
{
    static float out[OUT_HZ + TO16K_OUT_FRAMES_MAX];

    (void)state;
    for (size_t i = 0; i < N_OF(rates); i++) {
        struct to16k t;
        double level;
        size_t n;

        assert_int_equal(to16k_init(&t, rates[i].rate_hz, NULL, NULL), 0);
        n = hear(&t, 1000, 0, out, N_OF(out));
        assert_in_range(n, OUT_HZ - 600, OUT_HZ + 8); /* but for the delay of the filters */
        level = rms(out + SETTLE, HEARD);
        if (level < 0.34 || level > 0.36) /* 0.5 / sqrt 2 within 0.2 dB */
            fail_msg("%u Hz: 1 kHz comes as %f", rates[i].rate_hz, level);
        to16k_clear(&t);
        if (rates[i].rate_hz > 24000) {
            hear(&t, 11000, 0, out, N_OF(out));
            level = rms(out + SETTLE, HEARD);
            if (level > 0.35 * 1e-3) /* 60 dB down */
                fail_msg("%u Hz: 11 kHz folds back as %f", rates[i].rate_hz, level);
        }
        to16k_done(&t);
    }
}

static void pieces_are_one_sound(void **state)
{
    static const size_t sizes[] = { 1, 7, 79, 80, 160, 441, 480, 1000 };
    static float whole[OUT_HZ + TO16K_OUT_FRAMES_MAX], parts[OUT_HZ + TO16K_OUT_FRAMES_MAX];

    (void)state;
    for (size_t i = 0; i < N_OF(rates); i++) {
        struct to16k t;
        size_t n;

        if (rates[i].way == &to16k_src)
            continue; /* not ours, and not to the bit */
        assert_int_equal(to16k_init(&t, rates[i].rate_hz, NULL, NULL), 0);
        n = hear(&t, 700, 0, whole, N_OF(whole));
        for (size_t k = 0; k < N_OF(sizes); k++) {
            size_t got;

            to16k_clear(&t); /* as if nothing had been heard */
            got = hear(&t, 700, sizes[k], parts, N_OF(parts));
            assert_int_equal(got, n);
            if (memcmp(whole, parts, n * sizeof(whole[0])) != 0)
                fail_msg("%u Hz in pieces of %zu is another sound", rates[i].rate_hz, sizes[k]);
        }
        to16k_done(&t);
    }
}

/* Channels of one device share a table and stay in step; each has its own signal. */
static void channels_share(void **state)
{
    static float one[OUT_HZ + TO16K_OUT_FRAMES_MAX], two[OUT_HZ + TO16K_OUT_FRAMES_MAX];
    struct to16k first, second, other;

    (void)state;
    assert_int_equal(to16k_init(&first, 44100, NULL, NULL), 0);
    assert_int_equal(to16k_init(&second, 44100, &first, NULL), 0);
    assert_int_equal(to16k_init(&other, 22050, &first, NULL), 0); /* not of its rate */
    assert_null(second.table);
    assert_ptr_equal(second.fir_any.table, first.table);
    assert_non_null(other.table);
    assert_int_equal(hear(&first, 500, 441, one, N_OF(one)), hear(&second, 3000, 441, two, N_OF(two)));
    assert_true(fabs(rms(one + SETTLE, HEARD) - rms(two + SETTLE, HEARD)) < 0.01);
    assert_memory_not_equal(one + SETTLE, two + SETTLE, HEARD * sizeof(one[0]));
    to16k_done(&other);
    to16k_done(&second);
    to16k_done(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_of_rates),  cmocka_unit_test(rates_that_none_has),
        cmocka_unit_test(tones),          cmocka_unit_test(pieces_are_one_sound),
        cmocka_unit_test(channels_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
