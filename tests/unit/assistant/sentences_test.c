/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences: where a stream is cut, what is left out, and that no split of it changes anything. */
#include "assistant/sentences.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* All sentences of `text`, given in pieces of `step` bytes, joined by "|". */
static char *cut(const char *text, size_t step)
{
    struct sentences s;
    AUTO_STR out = STR_INIT;
    size_t len = strlen(text);
    char *one = NULL;

    sentences_init(&s);
    for (size_t at = 0; at <= len; at += step) {
        size_t n = at + step < len ? step : len - at;

        assert_int_equal(sentences_add(&s, text + at, n), 0);
        if (at + step > len)
            sentences_end(&s);
        while (sentences_next(&s, &one) == 1) {
            assert_true(utf8_is_valid(one, strlen(one)));
            str_addf(&out, "%s%s", out.len > 0 ? "|" : "", one);
            free(one);
        }
    }
    sentences_done(&s);
    return str_take(&out);
}

static const struct {
    const char *name, *text, *want;
} cases[] = {
    { "one", "Hello.", "Hello." },
    { "no end", "Hello", "Hello" },
    { "two", "Hello. How are you? Fine!", "Hello.|How are you?|Fine!" },
    { "nothing", "", "" },
    { "blank", " \n\n\t ", "" },
    { "marks only", "*** --- ...\n***", "" },
    { "decimal", "It is 21.5 degrees. Good.", "It is 21.5 degrees.|Good." },
    { "abbreviation", "Ask Dr. Smith, e.g. today. Good.", "Ask Dr. Smith, e.g. today.|Good." },
    { "initials", "J. R. Smith of the U.S. Navy. Good.", "J. R. Smith of the U.S. Navy.|Good." },
    { "number ends", "We are 12. You are 5. Good.", "We are 12.|You are 5.|Good." },
    { "list numbers", "1. Open it.\n2. Close it.", "1. Open it.|2. Close it." },
    { "quotes", "He said \"Stop.\" Then left.", "He said \"Stop.\"|Then left." },
    { "french", "Bonjour ! Ça va\xc2\xa0? Très bien.", "Bonjour !|Ça va ?|Très bien." },
    { "ellipsis", "Well\xe2\x80\xa6 yes. No... maybe.", "Well\xe2\x80\xa6|yes.|No...|maybe." },
    { "chinese", "你好。今天很好！", "你好。|今天很好！" },
    { "line breaks", "First line\nSecond line\r\n\r\nThird", "First line|Second line|Third" },
    { "heading", "# Title\n## Sub *title*\nText.", "Title|Sub title|Text." },
    { "bold", "This is **very** _important_. Really.", "This is very important.|Really." },
    { "bold around the end", "**Stop.** Go.", "Stop.|Go." },
    { "code", "Call `open()` now.\n```c\nint x;\n```\nDone.", "Call open() now.|int x;|Done." },
    { "snake case", "Set my_long_name.", "Set my long name." },
    { "points", "- one\n* two\n+ three\n- [ ] four\n- [x] five", "one|two|three|four|five" },
    { "quote", "> said\n> > twice", "said|twice" },
    { "link", "See [the page](http://a.b/c?d=e) now. And ![a lamp](x.png).",
      "See the page now.|And a lamp." },
    { "brackets", "An [aside] here.", "An aside here." },
    { "table", "| a | b |\n|---|---|\n| 1 | 2 |", "a b|1 2" },
    { "star alone", "2 * 3 is 6.", "2 * 3 is 6." },
    { "escape", "Five \\* stars.", "Five * stars." },
    { "html", "Line<br>break and <b>bold</b>.", "Line break and bold ." },
    { "less than", "2 < 3 and 4 > 3.", "2 < 3 and 4 > 3." },
    { "strike", "~~No~~ yes ~5.", "No yes ~5." },
    { "emoji", "Hi \xf0\x9f\x98\x80. \xf0\x9f\x91\x8d Bye \xe2\x9c\x85", "Hi .|Bye" },
    { "thinking", "<think>Hmm. Let me see.</think>The answer.", "The answer." },
    { "thinking in lines", "<think>\nA.\nB.\n</think>\n\nYes. <reasoning>no.</reasoning>No.",
      "Yes.|No." },
    { "thinking capital", "<THINK>x</Think>y", "y" },
    { "thinking for ever", "Yes. <think>I wonder. If", "Yes." },
    { "almost a tag", "a <thin> b <think c </thi d.", "a b <think c </thi d." },
    { "tag after a bracket", "<<think>no</think>> yes", "<> yes" },
    { "end tag alone", "Reason</think>Answer.", "ReasonAnswer." },
    { "cut tag", "Answer <thi", "Answer <thi" },
    { "long clause",
      "This sentence goes on for a good while and so it is cut here, at the comma, not before.",
      "This sentence goes on for a good while and so it is cut here,|at the comma, not before." },
    { "no marks at all",
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
      "sixteen seventeen eighteen nineteen twenty twentyone",
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
      "sixteen seventeen eighteen nineteen|twenty twentyone" },
    { "invalid bytes", "a\xff\xfe b\xc3. c\xe2\x82", "a b.|c" },
    { "surrogate and overlong", "a\xed\xa0\x80" "b\xc0\xaf" "c", "abc" },
    { "control characters", "a\x01\x1b[2Jb. \x7f\xe2\x80\xae" "c", "a2Jb.|c" },
    { "nothing", "<br>", "" },
};

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step < 9; step++) {
            AUTO_FREE char *got = cut(cases[i].text, step);

            if (strcmp(got, cases[i].want) != 0)
                fail_msg("%s, by %zu bytes: got '%s', want '%s'", cases[i].name, step, got,
                         cases[i].want);
        }
    }
}

/* A sentence leaves when the next one begins, and the last one never before the end. */
static void test_when(void **state)
{
    struct sentences s;
    char *one = NULL;

    (void)state;
    sentences_init(&s);
    sentences_add(&s, "It is on.", 9);
    assert_int_equal(sentences_next(&s, &one), 0);
    assert_null(one);
    sentences_add(&s, " ** ", 4);
    assert_int_equal(sentences_next(&s, &one), 0);
    sentences_add(&s, "G", 1);
    assert_int_equal(sentences_next(&s, &one), 1);
    assert_string_equal(one, "It is on.");
    free(one);
    one = NULL;
    sentences_add(&s, "ood.\n\n", 6);
    assert_int_equal(sentences_next(&s, &one), 0);
    assert_null(one);
    sentences_end(&s);
    assert_int_equal(sentences_next(&s, &one), 1);
    assert_string_equal(one, "Good.");
    free(one);
    assert_int_equal(sentences_next(&s, &one), 0);
    sentences_done(&s);
}

/* A "word" without an end is cut at a character, not inside one, and nothing piles up. */
static void test_endless_word(void **state)
{
    struct sentences s;
    char *one = NULL;
    size_t got = 0, pieces = 0;

    (void)state;
    sentences_init(&s);
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(sentences_add(&s, "\xc3\xa9", 2), 0);
        while (sentences_next(&s, &one) == 1) {
            assert_true(strlen(one) <= SENTENCE_BYTES_MAX + 4);
            assert_true(utf8_is_valid(one, strlen(one)));
            got += strlen(one);
            pieces++;
            free(one);
        }
    }
    assert_true(s.raw.len - s.head <= SENTENCE_BYTES_MAX + 4);
    sentences_end(&s);
    while (sentences_next(&s, &one) == 1) {
        got += strlen(one);
        free(one);
    }
    assert_int_equal(got, 8000);
    assert_true(pieces > 10);
    sentences_done(&s);
}

/* Marks without words are neither said nor kept for ever. */
static void test_endless_marks(void **state)
{
    struct sentences s;
    char *one = NULL;

    (void)state;
    sentences_init(&s);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(sentences_add(&s, "-*", 2), 0);
        assert_int_equal(sentences_next(&s, &one), 0);
    }
    assert_true(s.raw.len - s.head <= 2 * SENTENCE_BYTES_MAX);
    assert_null(one);
    sentences_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_endless_word),
        cmocka_unit_test(test_endless_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
