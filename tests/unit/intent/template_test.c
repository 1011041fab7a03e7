/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/template_test.c - the notation as a tree, and what is refused where. */
#include "intent/template.h"

#include "base/str.h"
#include "base/utf8.h"
#include "intent/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "lib/refused.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Sequences as a.b, choices as (a|b), with a trailing ? when optional, permutations as (a;b). */
static void show(struct str *out, const struct node *n)
{
    static const char separators[] = { [NODE_SEQ] = '.', [NODE_ALT] = '|', [NODE_PERM] = ';' };

    switch (n->kind) {
    case NODE_TEXT:
        str_add_char(out, '\'');
        for (size_t i = 0; i < n->len; i++)
            utf8_add(out, n->exact[i]);
        str_add_char(out, '\'');
        return;
    case NODE_LIST:
        str_addf(out, "{%s:%s%s}", n->name, n->slot, n->ends_word ? "/" : "");
        return;
    case NODE_RULE:
        str_addf(out, "<%s>", n->name);
        return;
    default:
        str_add_char(out, '(');
        for (const struct node *c = n->child; c; c = c->next) {
            if (c != n->child)
                str_add_char(out, separators[n->kind]);
            show(out, c);
        }
        str_add(out, n->optional ? ")?" : ")");
    }
}

static void trees(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "turn on", "'turn on'" },
        { "  Turn   ON  ", "'turn on'" },
        { "a|b", "('a'|'b')" },
        { "(a|b) c", "(('a'|'b').' c')" },
        { "(a)", "'a'" },
        { "((a b))", "'a b'" },
        { "light[s]", "('light'.('s')?)" },
        { "[the] light", "(('the')?.' light')" },
        { "[a|b]", "('a'|'b')?" },
        { "[(a|b)]", "('a'|'b')?" },
        { "[[a]]", "('a')?" },
        { "(a;b;c)", "('a';'b';'c')" },
        { "[a;b]", "(('a';'b'))?" },
        { "{area} x", "({area:area/}.' x')" },
        { "{area}", "{area:area/}" },
        { "{area}s", "({area:area}.'s')" },
        { "({area})", "{area:area/}" },
        { "{brightness_level:level}", "{brightness_level:level/}" },
        { "<the> x", "(<the>.' x')" },
        { "a\\[b\\]\\\\", "'a[b]\\'" },
        { "\\(", "'('" },
        { "what time is it?", "'what time is it'" },
        { "please, now", "'please now'" },
        { "2,5", "'2,5'" },
        { "\\?", "'?'" },
        { "what\u2019s", "'what's'" },
        { "\u00c9teins", "'\u00e9teins'" },
        { "E\u0301teins", "'\u00e9teins'" },
        { "\u0391\u03a3\u0391\u03c2", "'\u03b1\u03c3\u03b1\u03c3'" },
        { "\u0419", "'\u0439'" },
        { "\u0418\u0306", "'\u0439'" },
        { "a\u00a0b", "'a b'" },
        { "a\u202eb", "'ab'" },
        { "( |-)", "(' '|'-')" },
        { "(a|b|)", "('a'|'b')?" },
        { "(|a) b", "(('a')?.' b')" },
        { "x(a||b)", "('x'.('a'|'b')?)" },
        { "[a|]", "('a')?" },
        { "(a|?)", "('a')?" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_ARENA a = ARENA_INIT(1 << 20);
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;
        struct node *root = NULL;

        if (template_parse(&root, &a, cases[i].text, strlen(cases[i].text), &e) < 0)
            fail_msg("%s: %s", cases[i].text, err_text(&e));
        show(&got, root);
        assert_string_equal(str_text(&got), cases[i].want);
    }
}

#define TEN(x) x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))

static void refused(void **state)
{
    static const struct refused_case cases[] = {
        { "empty", "", 0, -EINVAL, "the template is empty" },
        { "blanks", "   ", 0, -EINVAL, "the template is empty" },
        { "round open", "a (b", 0, -EINVAL, "column 5: '(' is not closed" },
        { "square open", "a [b", 0, -EINVAL, "'[' is not closed by ']'" },
        { "curly open", "a {b", 0, -EINVAL, "'{' is not closed by '}'" },
        { "angle open", "a <b", 0, -EINVAL, "'<' is not closed by '>'" },
        { "round close", "a)", 0, -EINVAL, "column 2: a closing bracket" },
        { "curly close", "a}", 0, -EINVAL, "a closing bracket" },
        { "angle close", "a>", 0, -EINVAL, "a closing bracket" },
        { "crossed", "(a [b) c]", 0, -EINVAL, "wrong order" },
        { "empty group", "()", 0, -EINVAL, "column 2: an empty alternative" },
        { "empty optional", "a []", 0, -EINVAL, "an empty alternative" },
        { "empty in a permutation", "(a;;b)", 0, -EINVAL, "an empty alternative" },
        { "nothing but empty", "(|)", 0, -EINVAL, "an empty alternative" },
        { "empty top", "a|", 0, -EINVAL, "an empty alternative" },
        { "only punctuation", "(?|!)", 0, -EINVAL, "an empty alternative" },
        { "empty list", "{}", 0, -EINVAL, "a name of letters" },
        { "empty slot", "{a:}", 0, -EINVAL, "a name of letters" },
        { "list in list", "{a{b}}", 0, -EINVAL, "not closed" },
        { "blank in rule", "<a b>", 0, -EINVAL, "not closed by '>'" },
        { "mixed", "(a|b;c)", 0, -EINVAL, "'|' and ';' in one group" },
        { "seven in a permutation", "(a;b;c;d;e;f;g)", 0, -E2BIG, "more than 6 items" },
        { "twelve", "(a;b;c;d;e;f;g;h;i;j;k;l)", 0, -E2BIG, "more than 6 items" },
        { "deep", HUNDRED("(") "a", 0, -E2BIG, "nested too deep" },
        { "many nodes", HUNDRED("[a][a][a][a][a][a][a][a]"), 0, -E2BIG, "too large" },
        { "long", HUNDRED(HUNDRED("a")), 0, -E2BIG, "longer than 4096 bytes" },
        { "backslash last", "a\\", 0, -EINVAL, "behind the last" },
        { "bad UTF-8", "a \xff b", 0, -EINVAL, "not valid UTF-8" },
        { "cut UTF-8", "caf\xc3", 0, -EINVAL, "not valid UTF-8" },
        { "overlong", "\xc0\xaf", 0, -EINVAL, "not valid UTF-8" },
        { "surrogate", "\xed\xa0\x80", 0, -EINVAL, "not valid UTF-8" },
        { "bad UTF-8 in a name", "{a\xff}", 0, -EINVAL, "not valid UTF-8" },
        { "NUL", "a\0b", 3, -EINVAL, "NUL byte" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_ARENA a = ARENA_INIT(1 << 20);
        struct err e = ERR_INIT;
        struct node mark, *root = &mark;
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        int r = template_parse(&root, &a, cases[i].text, len, &e);

        if (r != cases[i].want || !strstr(err_text(&e), cases[i].words))
            fail_msg("%s: %d '%s'", cases[i].name, r, err_text(&e));
        assert_ptr_equal(root, &mark);
    }
}

/* What is left of a text that cannot be read. */
static void words(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: nothing is left */
    } cases[] = {
        { "pause (the|my timer", "('pause '.<>)" },
        { "pause [the timer", "('pause '.<>)" },
        { "pause <timer now", "('pause '.<>)" },
        { "pause {a b} now", "('pause '.<>.' now')" },
        { "pause (a|(b|c)) <d> now", "('pause '.<>.' '.<>.' now')" },
        { "pause ) now", "('pause '.<>.' now')" },
        { "pause \\( now", "('pause ( now')" },
        { "pause (a \\) b) now", "('pause '.<>.' now')" },
        { "pause\\", "('pause')" },
        { "a|b;c", "('a'.<>.'b'.<>.'c')" },
        { "(", "(<>)" },
        { "   ", NULL },
        { "", NULL },
        { "pause \xff", NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_ARENA a = ARENA_INIT(1 << 20);
        AUTO_STR got = STR_INIT;
        struct node *root = NULL;
        int r = template_words(&root, &a, cases[i].text, strlen(cases[i].text), NULL);

        assert_int_equal(r, cases[i].want ? 0 : -EINVAL);
        if (cases[i].want)
            show(&got, root);
        assert_string_equal(str_text(&got), cases[i].want ? cases[i].want : "");
    }
}

/* One that is too long keeps its beginning, cut where a character ends. */
static void long_words(void **state)
{
    AUTO_ARENA a = ARENA_INIT(1 << 20);
    AUTO_STR text = STR_INIT;
    struct node *root = NULL;

    (void)state;
    str_add(&text, "a");
    for (int i = 0; i < TEMPLATE_BYTES_MAX / 2; i++)
        str_add(&text, i % 50 ? "\u00e9" : "(\u00e9)");
    assert_int_equal(template_parse(&root, &a, str_text(&text), text.len, NULL), -E2BIG);
    assert_int_equal(template_words(&root, &a, str_text(&text), text.len, NULL), 0);
    assert_int_equal(root->kind, NODE_SEQ);
    assert_int_equal(template_words(&root, &a, "a\0b", 3, NULL), -EINVAL);
}

static void literals(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "Lamp (left)", "'lamp (left)'" },
        { "[x]|{y}", "'[x]|{y}'" },
        { "  TV  2 ", "'tv 2'" },
        { "A.C.", "'a.c.'" },
        { "Caf\u00e9!", "'caf\u00e9'" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_ARENA a = ARENA_INIT(1 << 20);
        AUTO_STR got = STR_INIT;
        struct node *root = NULL;

        assert_int_equal(
            template_literal(&root, &a, cases[i].text, strlen(cases[i].text), NULL), 0);
        show(&got, root);
        assert_string_equal(str_text(&got), cases[i].want);
    }
}

static void literals_refused(void **state)
{
    AUTO_ARENA a = ARENA_INIT(1 << 20);
    struct node *root = NULL;

    (void)state;
    assert_int_equal(template_literal(&root, &a, "?!", 2, NULL), -EINVAL);
    assert_int_equal(template_literal(&root, &a, "", 0, NULL), -EINVAL);
    assert_int_equal(template_literal(&root, &a, "\xff", 1, NULL), -EINVAL);
    assert_int_equal(template_literal(&root, &a, HUNDRED(TEN("a")) "b", 1001, NULL), -E2BIG);
    assert_null(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees),
        cmocka_unit_test(refused),
        cmocka_unit_test(words),
        cmocka_unit_test(long_words),
        cmocka_unit_test(literals),
        cmocka_unit_test(literals_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
