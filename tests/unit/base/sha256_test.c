/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/sha256_test.c - SHA-256 beside the examples of the standard. */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The examples of FIPS 180-4, and lengths around the end of a chunk, counted by sha256sum. */
static const struct {
    const char *name, *text;
    int times; /* the text, this often */
    const char *sum;
} cases[] = {
    { "nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "56 bytes", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "55 a", "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
    { "63 a", "a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
    { "64 a", "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
    { "a million a", "a", 1000000,
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void test_sums(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = strlen(cases[i].text), all = n * (size_t)cases[i].times;
        char *bytes = malloc(all + 1), sum[SHA256_HEX_BYTES];

        assert_non_null(bytes);
        for (size_t k = 0; k < all; k++)
            bytes[k] = cases[i].text[k % n];
        sha256_hex(sum, bytes, all);
        if (strcmp(sum, cases[i].sum) != 0)
            print_error("case: %s\n", cases[i].name);
        assert_string_equal(sum, cases[i].sum);
        free(bytes);
    }
}

/* One flipped bit anywhere is another sum. */
static void test_every_bit_counts(void **state)
{
    uint8_t bytes[130] = { 0 };
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];

    (void)state;
    sha256_hex(before, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] ^= 1;
        sha256_hex(after, bytes, sizeof(bytes));
        assert_string_not_equal(before, after);
        bytes[i] ^= 1;
    }
}

/* Wherever the pieces are cut, the sum is that of the whole. */
static void test_pieces(void **state)
{
    static const size_t cuts[] = { 1, 3, 55, 63, 64, 65, 100, 128, 199 };
    char whole[SHA256_HEX_BYTES], pieces[SHA256_HEX_BYTES];
    uint8_t bytes[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    sha256_hex(whole, bytes, sizeof(bytes));
    for (size_t c = 0; c < sizeof(cuts) / sizeof(cuts[0]); c++) {
        struct sha256 s;

        sha256_begin(&s);
        for (size_t at = 0; at < sizeof(bytes); at += cuts[c])
            sha256_add(&s, bytes + at, sizeof(bytes) - at < cuts[c] ? sizeof(bytes) - at : cuts[c]);
        sha256_add(&s, bytes, 0);
        sha256_end(&s, pieces);
        assert_string_equal(pieces, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
