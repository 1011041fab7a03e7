/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_file_test.c - pieces of speech as files: what is put is read, in steps of any size
 * and as it sounded; every cut and every flipped bit is refused, and no sample of it comes. */
#include "speech/bank_file.h"

#include "base/sha256.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = BANK_RATE_HZ, LEVEL = 213 };

/* A hum with overtones that comes and goes. */
static int16_t *hum(size_t n)
{
    int16_t *frames = malloc(n * sizeof(*frames));

    assert_non_null(frames);
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / BANK_RATE_HZ, loud = 6000 * (0.6 + 0.4 * sin(6.283 * 4 * t));

        frames[i] = (int16_t)(loud * (sin(6.2832 * 180 * t) + 0.5 * sin(6.2832 * 720 * t)));
    }
    return frames;
}

static void put(struct str *out, const int16_t *frames, size_t n)
{
    struct err e = ERR_INIT;

    if (bank_file_put(out, frames, n, LEVEL, &e) < 0)
        fail_msg("%s", e.text);
}

static size_t take_all(const struct bank_file *f, int16_t *to, size_t room, size_t step)
{
    AUTO(bank_reader_freep) struct bank_reader *r = NULL;
    size_t n = 0, got;

    assert_int_equal(bank_reader_new(&r, f, NULL), 0);
    do {
        got = bank_reader_take(r, to + n, room - n < step ? room - n : step);
        n += got;
    } while (got > 0);
    return n;
}

/* How alike two sounds are at the same place: 1 is the same. */
static double likeness(const int16_t *a, const int16_t *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb + 1);
}

static void test_there_and_back(void **state)
{
    static const size_t lengths[] = { 1, 479, 480, 481, 5000, SECOND, 3 * SECOND + 7 };
    static const size_t steps[] = { 1, 480, 1000, 1u << 20 };

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = lengths[i];
        AUTO_FREE int16_t *in = hum(n), *out = malloc((n + 1000) * sizeof(*out));
        AUTO_STR bytes = STR_INIT;
        struct bank_file f = { 0 };

        put(&bytes, in, n);
        assert_int_equal(bank_file_parse(&f, bytes.data, bytes.len, NULL), 0);
        assert_int_equal(f.samples, n);
        assert_int_equal(f.level_ddb, LEVEL);
        for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
            assert_int_equal(take_all(&f, out, n + 1000, steps[s]), n);
            if (n >= 5000) /* not late by the codec's delay, and the same sound */
                assert_true(likeness(in, out, n) > 0.9);
        }
    }
}

/* 20 kbit/s are 2.5 kB for a second; the head is small beside it. */
static void test_is_small(void **state)
{
    AUTO_FREE int16_t *in = hum(4 * SECOND);
    AUTO_STR bytes = STR_INIT;

    (void)state;
    put(&bytes, in, 4 * SECOND);
    assert_true(bytes.len > 4000 && bytes.len < 4 * 3000);
}

static void test_refuses_to_put(void **state)
{
    AUTO_FREE int16_t *in = hum((size_t)SECOND * BANK_FILE_SECONDS_MAX + 1);
    AUTO_STR bytes = STR_INIT;

    (void)state;
    assert_int_equal(bank_file_put(&bytes, in, 0, 0, NULL), -EINVAL);
    assert_int_equal(bank_file_put(&bytes, in, (size_t)SECOND * BANK_FILE_SECONDS_MAX + 1, 0, NULL),
                     -EFBIG);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(bank_file_put(&bytes, in, (size_t)SECOND * BANK_FILE_SECONDS_MAX, 1u << 20,
                                   NULL), 0);
    assert_true(bytes.len < BANK_FILE_BYTES_MAX);
}

static void expect_refused(const char *what, const void *bytes, size_t len, const char *words)
{
    struct bank_file f = { .samples = 4711 };
    struct err e = ERR_INIT;

    if (bank_file_parse(&f, bytes, len, &e) != -EBADMSG || !strstr(e.text, words))
        fail_msg("%s: '%s'", what, e.text);
    assert_int_equal(f.samples, 4711); /* untouched */
}

static void test_cut_anywhere(void **state)
{
    AUTO_FREE int16_t *in = hum(3000);
    AUTO_STR bytes = STR_INIT;

    (void)state;
    put(&bytes, in, 3000);
    for (size_t len = 0; len < bytes.len; len++)
        expect_refused("cut", bytes.data, len, "");
    str_add_char(&bytes, 'x');
    expect_refused("longer", bytes.data, bytes.len, "its sum is wrong");
}

static void test_any_bit(void **state)
{
    AUTO_FREE int16_t *in = hum(3000);
    AUTO_STR bytes = STR_INIT;

    (void)state;
    put(&bytes, in, 3000);
    for (size_t bit = 0; bit < bytes.len * 8; bit += 5) {
        bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        expect_refused("flipped", bytes.data, bytes.len, "");
        bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(bank_file_parse(&(struct bank_file){ 0 }, bytes.data, bytes.len, NULL), 0);
}

/* Its sum is right, and it is still wrong: written by somebody who means it. */
static void test_wrong_with_a_right_sum(void **state)
{
    static const struct {
        const char *name;
        size_t at; /* behind the sum */
        const char *bytes;
        size_t len;
        const char *words;
    } cases[] = {
        { "no sample", 0, "\0\0\0\0", 4, "0 samples" },
        { "an hour", 0, "\0\0\0\x7f", 4, "no piece of speech" },
        { "more samples than packets", 0, "\xff\xff\0\0", 4, "in its head" },
        { "fewer samples than packets", 0, "\x01\0\0\0", 4, "in its head" },
        { "skips all", 4, "\xff\xff", 2, "in its head" },
        { "an empty packet", 8, "\0\0", 2, "a packet of 0 bytes" },
        { "a packet longer than the file", 8, "\xff\x04", 2, "a packet of 1279 bytes" },
        { "a packet of 60 ms", 10, "\x18", 1, "not 20 ms" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE int16_t *in = hum(3000);
        AUTO_STR bytes = STR_INIT;
        char sum[SHA256_HEX_BYTES];

        put(&bytes, in, 3000);
        memcpy(bytes.data + 72 + cases[i].at, cases[i].bytes, cases[i].len);
        sha256_hex(sum, bytes.data + 72, bytes.len - 72);
        memcpy(bytes.data + 8, sum, sizeof(sum) - 1);
        expect_refused(cases[i].name, bytes.data, bytes.len, cases[i].words);
    }
}

static void test_of_another_kind(void **state)
{
    static char wav[200] = "RIFF....WAVEfmt ", big[BANK_FILE_BYTES_MAX + 1];

    (void)state;
    expect_refused("WAV", wav, sizeof(wav), "is no piece of speech");
    expect_refused("a page of zeros", big, sizeof(big) - 1, "is no piece of speech");
    expect_refused("too large", big, sizeof(big), "are no piece of speech");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_is_small),
        cmocka_unit_test(test_refuses_to_put),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_any_bit),
        cmocka_unit_test(test_wrong_with_a_right_sum),
        cmocka_unit_test(test_of_another_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
