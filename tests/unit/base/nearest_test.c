/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/nearest_test.c - edits between words, the nearest of several, the hash. */
#include "base/nearest.h"

#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char long_word[] =
    "a word of sixty-four bytes is one more than is compared, so none!";

static void edits_are_counted(void **state)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } cases[] = {
        { "", "", 0 },
        { "", "abc", 3 },
        { "abc", "", 3 },
        { "kitten", "sitting", 3 },
        { "volume", "volum", 1 },
        { "flaw", "lawn", 2 },
        { "same", "same", 0 },
        { "ab", "ba", 2 }, /* a swap is two edits */
        { long_word, "a", SIZE_MAX },
        { "a", long_word, SIZE_MAX },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_true(nearest_distance(cases[i].a, cases[i].b) == cases[i].want);
        assert_true(nearest_distance(cases[i].b, cases[i].a) == cases[i].want);
    }
}

static void the_nearest_is_found(void **state)
{
    static const char *const known[] = { "audio.rate_hz", "audio.capture", "log.level", "logs.level" };
    static const struct {
        const char *word;
        size_t below;
        const char *want;
    } cases[] = {
        { "audio.rate", 4, "audio.rate_hz" },
        { "log.levels", 4, "log.level" },
        { "logx.level", 2, "log.level" }, /* the first of two as near */
        { "audio.rate", 3, NULL },
        { "entirely else", 5, NULL },
        { "log.level", 1, "log.level" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct nearest n = nearest_to(cases[i].word, cases[i].below);

        for (size_t k = 0; k < N_OF(known); k++)
            nearest_try(&n, known[k]);
        if (!cases[i].want)
            assert_null(n.found);
        else
            assert_string_equal(n.found, cases[i].want);
    }
}

/* The published test values of FNV-1a with 64 bits. */
static void hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(hash_text(HASH_START, "") == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_text(HASH_START, "a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_text(HASH_START, "foobar") == UINT64_C(0x85944171f73967e8));
    assert_true(hash_bytes(HASH_START, "foobar", 6) == hash_text(HASH_START, "foobar"));
    assert_true(hash_bytes(hash_text(HASH_START, "foo"), "bar", 3) ==
                hash_text(HASH_START, "foobar"));
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(hash_slot(hash_bytes(HASH_START, &i, sizeof(i)), 64) < 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted),
        cmocka_unit_test(the_nearest_is_found),
        cmocka_unit_test(hash_is_fnv_1a),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
