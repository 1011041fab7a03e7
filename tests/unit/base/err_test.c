/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/err_test.c - words and codes, what happens when they do not fit. */
#include "base/err.h"

#include "base/utf8.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void set_gives_code_and_words(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&e, -ERANGE, "%s: %d", "audio.rate", 7999), -ERANGE);
    assert_int_equal(e.code, -ERANGE);
    assert_string_equal(err_text(&e), "audio.rate: 7999");
    assert_int_equal(err_set(NULL, -EIO, "nobody listens"), -EIO);
    assert_string_equal(err_text(NULL), "no details");
}

static void wrap_goes_before(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    err_set(&e, -ERANGE, "too high");
    assert_int_equal(err_wrap(&e, -EINVAL, "line %d", 12), -EINVAL);
    assert_int_equal(e.code, -EINVAL);
    assert_string_equal(err_text(&e), "line 12: too high");
    assert_int_equal(err_wrap(NULL, -EIO, "x"), -EIO);
}

static void errno_has_words_of_its_own(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    e.code = -ENOENT;
    assert_string_equal(err_text(&e), "no such file or folder");
    err_wrap(&e, -ENOENT, "a.txt");
    assert_string_equal(err_text(&e), "a.txt: no such file or folder");
}

/* What people can do something about says what; either sign is the same; nothing is empty or the C library's. */
static void words_of_an_errno(void **state)
{
    static const struct {
        int code;
        const char *part;
    } rows[] = {
        { EACCES, "owner and mode" }, { ENOSPC, "make room" },         { EROFS, "mount it writable" },
        { ENODEV, "plugged in" },     { EADDRINUSE, "choose another" }, { ECONNREFUSED, "is it started" },
        { EMFILE, "LimitNOFILE" },    { ETIMEDOUT, "switched on" },     { ENODATA, "nothing came" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_non_null(strstr(err_words(rows[i].code), rows[i].part));
        assert_ptr_equal(err_words(rows[i].code), err_words(-rows[i].code));
    }
    for (int code = -200; code <= 200; code++) {
        const char *words = err_words(code);

        assert_true(words[0] && (words[0] < 'A' || words[0] > 'Z')); /* it follows "the thing: " */
        assert_string_not_equal(words, strerror(code < 0 ? -code : code));
    }
}

/* A number is something that can be looked up: it stands wherever the words do not tell the reason. */
static void an_errno_without_words_keeps_its_number(void **state)
{
    static const int far[] = { 140, -140, INT_MAX, INT_MIN };
    struct err e = { .code = -ENOTTY };

    (void)state;
    assert_string_equal(err_text(&e), "the system refused it, with no reason that Jarvis knows (error 25)");
    for (int code = 0; code <= 139; code++) { /* Linux has 133 */
        const char *words = err_words(code);
        char number[32];

        snprintf(number, sizeof(number), "(error %d)", code);
        assert_true(!strstr(words, "no reason") == !strstr(words, number));
        assert_ptr_equal(words, err_words(-code));
    }
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
        assert_string_equal(err_words(far[i]), "the system refused it, with no reason that Jarvis knows");
}

static void long_words_are_cut(void **state)
{
    char longer[2 * ERR_TEXT_BYTES];
    struct err e = ERR_INIT;

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    err_set(&e, -EINVAL, "%s", longer);
    assert_int_equal(strlen(e.text), ERR_TEXT_BYTES - 1);
    assert_string_equal(e.text + ERR_TEXT_BYTES - 4, "...");
    err_wrap(&e, -EINVAL, "outer");
    assert_int_equal(strlen(e.text), ERR_TEXT_BYTES - 1);
    assert_true(str_starts(e.text, "outer: xxx"));
    assert_string_equal(e.text + ERR_TEXT_BYTES - 4, "...");
}

/* Every length around the limit, so that a two-byte letter is cut in its middle once. */
static void a_cut_letter_does_not_spoil_the_words(void **state)
{
    (void)state;
    for (int blanks = ERR_TEXT_BYTES - 10; blanks < ERR_TEXT_BYTES + 3; blanks++) {
        struct err e = ERR_INIT;

        err_set(&e, -EINVAL, "%*s\u00e9\u00e9\u00e9\u00e9", blanks, "");
        assert_true(utf8_is_valid(e.text, strlen(e.text)));
    }
}

static void foreign_words_stay_one_line(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    err_set(&e, -EINVAL, "'%s'", "a\nforged\x1b[2J \xff \xc2\x85 caf\u00e9");
    assert_string_equal(e.text, "'a?forged?[2J ? ?? caf\u00e9'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_gives_code_and_words),
        cmocka_unit_test(wrap_goes_before),
        cmocka_unit_test(errno_has_words_of_its_own),
        cmocka_unit_test(words_of_an_errno),
        cmocka_unit_test(an_errno_without_words_keeps_its_number),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(a_cut_letter_does_not_spoil_the_words),
        cmocka_unit_test(foreign_words_stay_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
