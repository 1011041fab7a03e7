/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/fold_test.c - texts that people take for the same, and those they do not. */
#include "base/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void keys(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "  ", "" },
        { "Kitchen Light", "kitchen light" },
        { " kitchen\t_ light ", "kitchen light" },
        { "K\u00fcche-Lampe", "kuche lampe" },
        { "Ku\u0308che", "kuche" },
        { "Kyle's office", "kyles office" },
        { "Kyle\u2019s office", "kyles office" },
        { "L'\u00c9clairage", "leclairage" },
        { "Stra\u00dfe", "strasse" },
        { "STRA\u1e9eE", "strasse" },
        { "\u0152uvre \u00e6ther", "oeuvre aether" },
        { "\u00d8resund \u0141\u00f3d\u017a", "oresund lodz" },
        { "\u0110\u1eb7ng \u0126al", "dang hal" },
        { "I\u015f\u0131k \u0130zmir", "isik izmir" },
        { "\u00deing \u00f0", "thing d" },
        { "Ti\u1ebfng Vi\u1ec7t", "tieng viet" },
        { "\ufb01lm \uff34\uff36", "film tv" },
        { "\u041e\u0413\u041d\u0418 \u0419", "\u043e\u0433\u043d\u0438 \u0438" },
        { "\u039f\u03b4\u03cc\u03c2", "\u03bf\u03b4\u03bf\u03c3" },
        { "\u0391\u0390", "\u03b1\u03b9" },
        { "\u0645\u0650\u0635\u0640\u0628\u0627\u062d", "\u0645\u0635\u0628\u0627\u062d" },
        { "\u0623\u0636\u0648\u0627\u0621", "\u0627\u0636\u0648\u0627\u0621" },
        { "\u063a\u0631\u0641\u0629", "\u063a\u0631\u0641\u0647" },
        { "\u05d0\u05b8\u05d1", "\u05d0\u05d1" },
        { "\u0663\u06f5\u0967\u09e8", "3512" },
        { "\ud55c\uad6d", "\ud55c\uad6d" },
        { "\u304c", "\u304c" },
        { "\u0915\u093f", "\u0915\u093f" },
        { "\u0e01\u0e33", "\u0e01\u0e33" },
        { "\U0001f4a1\ufe0f", "\U0001f4a1" },
        { "a\xff" "b", "a\xff" "b" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT, again = STR_INIT;

        fold_key(&got, cases[i][0]);
        if (strcmp(str_text(&got), cases[i][1]) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i][0], str_text(&got), cases[i][1]);
        fold_key(&again, str_text(&got)); /* a key is its own key */
        assert_string_equal(str_text(&again), str_text(&got));
        assert_true(fold_is_same(cases[i][0], cases[i][1]));
    }
}

static void different(void **state)
{
    static const char *const cases[][2] = {
        { "lamp", "lamp 2" },     { "", "a" },
        { "kitchen", "kitchens" }, { "B\u00fcro", "B\u00e4ro" },
        { "\u304b", "\u304c" },   { "\u0915\u093f", "\u0915\u0940" },
        { "a b", "ab" },          { "a\xff", "a\xfe" },
        { "\xe2\x80", "\xe2" },   { "\u043e\u0433\u043d\u0438", "ogni" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_false(fold_is_same(cases[i][0], cases[i][1]));
        assert_false(fold_is_same(cases[i][1], cases[i][0]));
    }
}

/* Every code point: bounded, and the letters it gives are at rest. */
static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp < 0x110000; cp++) {
        uint32_t first[FOLD_CHARS_MAX], again[FOLD_CHARS_MAX];
        size_t n = cp >= 0xd800 && cp <= 0xdfff ? 0 : fold_char(first, cp);

        assert_true(n <= FOLD_CHARS_MAX);
        for (size_t i = 0; i < n; i++) {
            assert_true(first[i] != 0 && first[i] < 0x110000);
            if (fold_char(again, first[i]) != 1 || again[0] != first[i])
                fail_msg("U+%04X gives U+%04X, which is not at rest", cp, first[i]);
        }
        if (cp < 0x3000)
            assert_int_equal(fold_case(fold_case(cp)), fold_case(cp));
    }
}

static void composed(void **state)
{
    static const struct {
        uint32_t in[4];
        size_t n;
        uint32_t want[4];
        size_t want_n;
    } cases[] = {
        { { 'a', 'b' }, 2, { 'a', 'b' }, 2 },
        { { 'e', 0x301 }, 2, { 0xe9 }, 1 },
        { { 0xea, 0x301 }, 2, { 0x1ebf }, 1 },
        { { 'e', 0x302, 0x301 }, 3, { 0x1ebf }, 1 },
        { { 0x301, 'e' }, 2, { 0x301, 'e' }, 2 },
        { { 0x1112, 0x1161, 0x11ab }, 3, { 0xd55c }, 1 },
        { { 'x', 0x301 }, 2, { 'x', 0x301 }, 2 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        uint32_t cp[4];

        memcpy(cp, cases[i].in, sizeof(cp));
        assert_int_equal(fold_compose(cp, cases[i].n), cases[i].want_n);
        assert_memory_equal(cp, cases[i].want, cases[i].want_n * sizeof(cp[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(different),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(composed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
