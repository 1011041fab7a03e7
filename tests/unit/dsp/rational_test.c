/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-ratio resampling: what passes, what aliases, the delay, any cut of the stream; and the
 * same tones through libsamplerate, which is what it took the place of. */
#include "dsp/rational.h"

#include <math.h>
#include <samplerate.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OUT_HZ = 16000, IN_MAX = 192000, OUT_MAX = 20000 };

static float in[IN_MAX], out[OUT_MAX], piece[OUT_MAX];

static void tone(unsigned rate_hz, size_t n, double hz)
{
    for (size_t i = 0; i < n; i++)
        in[i] = (float)(M_SQRT2 * sin(2.0 * M_PI * hz * (double)i / rate_hz));
}

static size_t run_all(struct rational *r, const float *x, size_t n, size_t step, float *to)
{
    size_t made = 0;

    for (size_t at = 0; at < n; at += step)
        made += rational_run(r, x + at, n - at < step ? n - at : step, to + made);
    return made;
}

static double rms_db(const float *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10.0 * log10(sum / (double)n + 1e-30);
}

/* RMS of half a second of a tone behind the filter, dB; its edges are left out. */
static double gain_db(struct rational *r, unsigned rate_hz, double hz)
{
    size_t n;

    tone(rate_hz, rate_hz / 2, hz);
    rational_clear(r);
    n = run_all(r, in, rate_hz / 2, rate_hz / 100, out);
    return rms_db(out + 400, n - 800);
}

static double src_gain_db(unsigned rate_hz, double hz, int quality)
{
    SRC_DATA d = { .data_in = in, .data_out = out, .input_frames = (long)rate_hz / 2,
                   .output_frames = OUT_MAX, .src_ratio = (double)OUT_HZ / rate_hz };

    tone(rate_hz, rate_hz / 2, hz);
    assert_int_equal(src_simple(&d, quality, 1), 0);
    return rms_db(out + 400, (size_t)d.output_frames_gen - 800);
}

static void passband_and_aliases(void **state)
{
    static const unsigned rates_hz[] = { 8000, 11025, 22050, 32000, 44100, 96000, 192000 };

    (void)state;
    for (size_t i = 0; i < sizeof(rates_hz) / sizeof(rates_hz[0]); i++) {
        unsigned rate_hz = rates_hz[i];
        struct rational_table *table = rational_table_new(rate_hz, OUT_HZ);
        double slow = rate_hz < OUT_HZ ? rate_hz : OUT_HZ, ripple = 0.0, alias = -300.0;
        struct rational r;

        assert_non_null(table);
        rational_init(&r, table);
        for (double hz = 100.0; hz <= slow * 0.40; hz += slow / 80.0)
            ripple = fmax(ripple, fabs(gain_db(&r, rate_hz, hz)));
        for (double hz = 8600.0; hz < rate_hz / 2.0; hz += rate_hz / 170.0)
            alias = fmax(alias, gain_db(&r, rate_hz, hz));
        print_message("%u Hz: %u x %u taps, ripple %.3f dB, at 0.44 %.2f dB, worst alias %.1f dB\n",
                      rate_hz, table->up, table->taps, ripple, gain_db(&r, rate_hz, slow * 0.44),
                      alias);
        assert_true(ripple < 0.1);
        assert_true(gain_db(&r, rate_hz, slow * 0.44) > -1.1);
        assert_true(alias <= -90.0);
        free(table);
    }
}

/* 44.1 kHz: as flat, and no worse in aliases than the fastest sinc of libsamplerate. */
static void beside_libsamplerate(void **state)
{
    struct rational_table *table = rational_table_new(44100, OUT_HZ);
    double ours = -300.0, theirs = -300.0, worst = 0.0;
    struct rational r;

    (void)state;
    rational_init(&r, table);
    for (double hz = 200.0; hz < 6000.0; hz += 300.0)
        worst = fmax(worst, fabs(gain_db(&r, 44100, hz) -
                                 src_gain_db(44100, hz, SRC_SINC_MEDIUM_QUALITY)));
    for (double hz = 10000.0; hz < 22000.0; hz += 700.0) {
        ours = fmax(ours, gain_db(&r, 44100, hz));
        theirs = fmax(theirs, src_gain_db(44100, hz, SRC_SINC_FASTEST));
    }
    print_message("passband apart by %.4f dB; aliases %.1f dB, libsamplerate's fastest %.1f dB\n",
                  worst, ours, theirs);
    assert_true(worst < 0.02);
    assert_true(ours <= theirs || ours <= -95.0);
    free(table);
}

/* However the stream is cut, the same samples come, as many as the ratio says. */
static void cuts_do_not_matter(void **state)
{
    static const size_t steps[] = { 1, 7, 111, 441, 480, RATIONAL_IN_FRAMES_MAX };
    static const unsigned rates_hz[] = { 8000, 44100, 192000 };

    (void)state;
    for (size_t k = 0; k < sizeof(rates_hz) / sizeof(rates_hz[0]); k++) {
        unsigned rate_hz = rates_hz[k];
        struct rational_table *table = rational_table_new(rate_hz, OUT_HZ);
        struct rational r;
        size_t want;

        tone(rate_hz, rate_hz / 4, 440.0);
        rational_init(&r, table);
        want = run_all(&r, in, rate_hz / 4, rate_hz / 100, out);
        assert_in_range(want, OUT_HZ / 4 - 1, OUT_HZ / 4 + 1);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            rational_clear(&r);
            assert_int_equal(run_all(&r, in, rate_hz / 4, steps[i], piece), want);
            assert_memory_equal(piece, out, want * sizeof(out[0]));
        }
        free(table);
    }
}

/* An impulse comes out half a filter later: the middle of the taps. */
static void delay(void **state)
{
    struct rational_table *table = rational_table_new(44100, OUT_HZ);
    struct rational r;
    size_t peak = 0;

    (void)state;
    memset(in, 0, sizeof(in));
    in[4410] = 1.0f; /* at 100 ms */
    rational_init(&r, table);
    run_all(&r, in, 8820, 441, out);
    for (size_t i = 0; i < 3000; i++)
        if (out[i] > out[peak])
            peak = i;
    assert_in_range(peak, 1600 + 31, 1600 + 33); /* 2 ms */
    free(table);
}

static void what_fits(void **state)
{
    static const struct {
        unsigned in_hz, out_hz;
        bool fits;
    } cases[] = {
        { 44100, 16000, true }, { 48000, 16000, true },  { 16000, 16000, true },
        { 44101, 16000, false }, { 0, 16000, false },    { 16000, 0, false },
        { 12345, 16000, false }, { 37800, 16000, true }, { 384000, 16000, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rational_table *t = rational_table_new(cases[i].in_hz, cases[i].out_hz);

        assert_int_equal(rational_fits(cases[i].in_hz, cases[i].out_hz), cases[i].fits);
        assert_int_equal(t != NULL, cases[i].fits);
        for (unsigned p = 0; t && p < t->up; p++) {
            double sum = 0.0;

            for (unsigned k = 0; k < t->taps; k++)
                sum += t->set[p * t->taps + k];
            assert_true(fabs(sum - 1.0) < 1e-5); /* a constant passes each set unchanged */
        }
        free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passband_and_aliases),
        cmocka_unit_test(beside_libsamplerate),
        cmocka_unit_test(cuts_do_not_matter),
        cmocka_unit_test(delay),
        cmocka_unit_test(what_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
