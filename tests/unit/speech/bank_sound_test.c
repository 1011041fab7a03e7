/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_sound_test.c - speech cut and joined: silence goes, softness stays, every edge is
 * zero so that joints do not click, pieces become equally loud, and no rate is too odd. */
#include "speech/bank_sound.h"

#include "base/str.h"
#include "speech/bank_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* `before` ms of silence, `ms` of a tone of this height, `behind` ms of silence. */
static int16_t *sound(size_t *ret_n, unsigned rate, unsigned before, unsigned ms, unsigned behind,
                      double height)
{
    size_t n = (size_t)rate * (before + ms + behind) / 1000, from = (size_t)rate * before / 1000;
    size_t to = from + (size_t)rate * ms / 1000;
    int16_t *frames = calloc(n + 1, sizeof(*frames));

    assert_non_null(frames);
    for (size_t i = from; i < to; i++)
        frames[i] = (int16_t)(height * cos(6.2832 * 300 * (double)i / rate)); /* begins with a step */
    *ret_n = n;
    return frames;
}

static unsigned ms_of(size_t n)
{
    return (unsigned)(n * 1000 / BANK_RATE_HZ);
}

static void test_every_rate(void **state)
{
    static const unsigned rates[] = { 8000, 11025, 16000, 22050, 24000, 44100, 48000 };

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        size_t n, made_n = 0;
        AUTO_FREE int16_t *in = sound(&n, rates[i], 300, 500, 400, 8000), *made = NULL;
        unsigned level;

        assert_int_equal(bank_sound_make(&made, &made_n, in, n, rates[i], NULL), 0);
        /* 500 ms of voice and the margins that are kept; a window more at each end */
        if (ms_of(made_n) < 500 || ms_of(made_n) > 500 + 15 + 40 + 25)
            fail_msg("%u Hz: %u ms", rates[i], ms_of(made_n));
        assert_int_equal(made[0], 0);
        assert_int_equal(made[made_n - 1], 0);
        level = bank_sound_level(made, made_n);
        if (level < 150 || level > 165) /* 8000 of 32768, and a sine's 3 dB: 15.3 dB */
            fail_msg("%u Hz: -%u.%u dB", rates[i], level / 10, level % 10);
    }
}

/* The step with which it begins is gone: no two neighbours differ by more than the tone does. */
static void test_edges_do_not_click(void **state)
{
    size_t n, made_n = 0;
    AUTO_FREE int16_t *in = sound(&n, BANK_RATE_HZ, 0, 200, 0, 20000), *made = NULL;
    int steepest = 0;

    (void)state;
    assert_int_equal(bank_sound_make(&made, &made_n, in, n, BANK_RATE_HZ, NULL), 0);
    assert_int_equal(made[0], 0);
    assert_int_equal(made[made_n - 1], 0);
    for (size_t i = 1; i < made_n; i++)
        steepest = abs(made[i] - made[i - 1]) > steepest ? abs(made[i] - made[i - 1]) : steepest;
    assert_true(steepest < 20000 * 6.2832 * 300 / BANK_RATE_HZ * 1.2);
    for (size_t i = 0; i < BANK_RATE_HZ / 1000; i++) /* the first ms rises from nothing */
        assert_true(abs(made[i]) <= 20000 * (int)(i + 1) / (BANK_RATE_HZ / 1000 * BANK_FADE_MS) + 1);
}

/* A soft beginning belongs to the word; a pause within it too. */
static void test_soft_parts_stay(void **state)
{
    size_t n, made_n = 0;
    AUTO_FREE int16_t *in = sound(&n, BANK_RATE_HZ, 500, 900, 500, 16000), *made = NULL;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        unsigned ms = ms_of(i);

        if (ms >= 500 && ms < 600)
            in[i] = (int16_t)(in[i] / 40); /* an "f": -32 dB */
        if (ms >= 900 && ms < 1100)
            in[i] = 0;
    }
    assert_int_equal(bank_sound_make(&made, &made_n, in, n, BANK_RATE_HZ, NULL), 0);
    assert_true(ms_of(made_n) >= 900 && ms_of(made_n) < 980);
}

static void test_what_is_no_speech(void **state)
{
    static const struct {
        const char *name;
        unsigned rate, ms;
        double height;
        int want;
    } cases[] = {
        { "silence", 24000, 500, 0, -ENODATA },
        { "hiss of the last bit", 24000, 500, 3, -ENODATA },
        { "nothing at all", 24000, 0, 8000, -ENODATA },
        { "too long", 8000, 20001, 8000, -EFBIG },
        { "too low a rate", 7999, 500, 8000, -EINVAL },
        { "too high a rate", 48001, 500, 8000, -EINVAL },
        { "as long as it may be", 8000, 20000, 8000, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n, made_n = 4711;
        AUTO_FREE int16_t *in = sound(&n, cases[i].rate, 0, cases[i].ms, 0, cases[i].height);
        int16_t *made = NULL;
        struct err e = ERR_INIT;
        int r = bank_sound_make(&made, &made_n, in, n, cases[i].rate, &e);

        if (r != cases[i].want)
            fail_msg("%s: %d '%s'", cases[i].name, r, e.text);
        if (r < 0 && (made || made_n != 4711))
            fail_msg("%s: touched", cases[i].name);
        free(made);
    }
}

static void test_as_loud_as_the_first(void **state)
{
    static const struct {
        double height;
        unsigned wanted;
        unsigned least, most;
    } cases[] = {
        { 8000, 153, 150, 156 },  /* as it is */
        { 4000, 153, 150, 156 },  /* 6 dB up */
        { 16000, 153, 150, 156 }, /* 6 dB down */
        { 1000, 153, 265, 280 },  /* 18 dB up would lift its hiss: 6 */
        { 30000, 0, 5, 30 },      /* clipped, not turned over */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n;
        AUTO_FREE int16_t *in = sound(&n, BANK_RATE_HZ, 20, 400, 20, cases[i].height);
        unsigned level = bank_sound_level(in, n);

        bank_sound_match(in, n, level, cases[i].wanted);
        level = bank_sound_level(in, n);
        if (level < cases[i].least || level > cases[i].most)
            fail_msg("%.0f: -%u.%u dB", cases[i].height, level / 10, level % 10);
    }
    assert_int_equal(bank_sound_level(NULL, 0), 1000);
    assert_int_equal(bank_sound_level((const int16_t[480]){ 0 }, 480), 1000);
}

static void test_pauses(void **state)
{
    (void)state;
    assert_true(bank_sound_pause_ms("Turned it on.") > bank_sound_pause_ms("Yes,"));
    assert_true(bank_sound_pause_ms("Yes,") > bank_sound_pause_ms("the lamp"));
    assert_int_equal(bank_sound_pause_ms("Really?"), bank_sound_pause_ms("Yes!"));
    assert_int_equal(bank_sound_pause_ms(""), bank_sound_pause_ms("the lamp"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_rate),
        cmocka_unit_test(test_edges_do_not_click),
        cmocka_unit_test(test_soft_parts_stay),
        cmocka_unit_test(test_what_is_no_speech),
        cmocka_unit_test(test_as_loud_as_the_first),
        cmocka_unit_test(test_pauses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
