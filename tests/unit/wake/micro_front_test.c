/* SPDX-License-Identifier: Apache-2.0 */
/* The integer front end: exact to the bit, since the models know nothing else. */
#include "wake/micro_front.h"
#include "lib/crc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct micro_tables tables;
static int16_t sound[CRC_SIGNAL];

static int setup(void **state)
{
    (void)state;
    micro_tables_init(&tables);
    crc_signal(sound);
    return 0;
}

/* Checksums of all rows: of their 16-bit numbers, and of what a model is fed with. */
static void rows_are_exact(void **state)
{
    static const struct {
        unsigned every, rows;
        uint32_t sum16, sum8;
    } cases[] = {
        { 1, 348, 0x976404bd, 0xc7de4362 },
        { 2, 174, 0x4fa367d2, 0 },
    };

    (void)state;
    assert_int_equal(crc_of(0, sound, sizeof(sound)), 0x229d06d6);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct micro_front f;
        uint32_t sum16 = 0, sum8 = 0;
        unsigned rows = 0;

        micro_front_init(&f, &tables, cases[i].every);
        for (size_t at = 0; at + MICRO_STEP <= CRC_SIGNAL; at += MICRO_STEP) {
            uint16_t row[MICRO_BANDS];
            int8_t fed[MICRO_BANDS];

            if (!micro_front_run(&f, sound + at, row))
                continue;
            for (int k = 0; k < MICRO_BANDS; k++)
                fed[k] = micro_front_int8(row[k]);
            sum16 = crc_of(sum16, row, sizeof(row));
            sum8 = crc_of(sum8, fed, sizeof(fed));
            rows++;
        }
        assert_int_equal(rows, cases[i].rows);
        assert_int_equal(sum16, cases[i].sum16);
        if (cases[i].sum8)
            assert_int_equal(sum8, cases[i].sum8);
    }
}

static void first_numbers(void **state)
{
    static const uint16_t want[] = { 454, 421, 501, 477, 433, 470, 451, 451 };
    struct micro_front f;
    uint16_t row[MICRO_BANDS];

    (void)state;
    micro_front_init(&f, &tables, 1);
    assert_false(micro_front_run(&f, sound, row));
    assert_false(micro_front_run(&f, sound + MICRO_STEP, row));
    assert_true(micro_front_run(&f, sound + 2 * MICRO_STEP, row));
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_int_equal(row[i], want[i]);
}

/* A tone shows in the band around its frequency and in none that is far from it. */
static void a_tone_in_its_band(void **state)
{
    static const struct {
        double hz;
        int band;
    } tones[] = { { 300, 4 }, { 1000, 12 }, { 3000, 27 }, { 6000, 36 } };

    (void)state;
    for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
        struct micro_front f;
        uint16_t row[MICRO_BANDS] = { 0 };
        int best = 0;

        micro_front_init(&f, &tables, 1);
        for (int step = 0; step < 4; step++) {
            int16_t frames[MICRO_STEP];

            for (int k = 0; k < MICRO_STEP; k++)
                frames[k] = (int16_t)(8000.0 * sin(2.0 * M_PI * tones[i].hz *
                                                   (step * MICRO_STEP + k) / 16000.0));
            micro_front_run(&f, frames, row);
        }
        for (int k = 0; k < MICRO_BANDS; k++)
            best = row[k] > row[best] ? k : best;
        assert_in_range(best, tones[i].band - 2, tones[i].band + 2);
    }
}

/* No sound is no number, and the loudest sound there is breaks nothing. */
static void ends_of_the_scale(void **state)
{
    int16_t silent[MICRO_STEP] = { 0 }, loud[MICRO_STEP];
    struct micro_front f;
    uint16_t row[MICRO_BANDS];

    (void)state;
    micro_front_init(&f, &tables, 1);
    for (int i = 0; i < 50; i++)
        if (micro_front_run(&f, silent, row))
            for (int k = 0; k < MICRO_BANDS; k++)
                assert_int_equal(row[k], 0);
    for (int i = 0; i < 200; i++) {
        for (int k = 0; k < MICRO_STEP; k++)
            loud[k] = (i * MICRO_STEP + k) / (1 + i % 40) % 2 ? INT16_MAX : INT16_MIN;
        micro_front_run(&f, loud, row);
    }
    assert_int_equal(micro_front_int8(0), -128);
    assert_int_equal(micro_front_int8(666), 127);
    assert_int_equal(micro_front_int8(UINT16_MAX), 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_exact),
        cmocka_unit_test(first_numbers),
        cmocka_unit_test(a_tone_in_its_band),
        cmocka_unit_test(ends_of_the_scale),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
