/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/automaton_test.c - smallest automata, their words, what is refused. */
#include "intent/automaton.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* From sentences, one a line. */
static int build(struct automaton **ret, const char *lines, struct err *e)
{
    AUTO(spelling_done) struct spelling s = SPELLING_INIT;
    uint32_t start = spelling_state(&s), end = spelling_state(&s), at = start;

    for (const char *p = lines; *p; p++) {
        char letter[2] = { *p, '\0' };

        if (*p == '\n') {
            spelling_arc(&s, at, '\0', end);
            at = start;
        } else {
            at = spelling_text(&s, at, letter);
        }
    }
    return automaton_new(ret, &s, start, end, e);
}

/* All sentences of it, sorted as the arcs are. */
static void sentences(struct str *out, const struct automaton *a, uint32_t state, const char *so_far)
{
    bool ends = state == a->states_n - 1;

    for (size_t i = 0; i < a->finals_n; i++)
        ends = ends || a->finals[i] == state;
    if (ends)
        str_addf(out, "%s\n", so_far);
    for (size_t i = 0; i < a->arcs_n; i++) {
        AUTO_STR more = STR_INIT;

        if (a->arcs[i].from != state)
            continue;
        str_addf(&more, "%s%s%s", so_far, so_far[0] ? " " : "", a->words[a->arcs[i].word]);
        sentences(out, a, a->arcs[i].to, str_text(&more));
    }
}

static void smallest(void **state)
{
    static const struct {
        const char *lines, *want; /* want NULL: the lines themselves */
        unsigned states;
        size_t arcs, words, finals;
    } cases[] = {
        { "on\n", NULL, 2, 1, 1, 0 },
        { "off\non\n", NULL, 2, 2, 2, 0 },
        { "turn off\nturn on\n", NULL, 3, 3, 3, 0 },
        /* beginnings and ends are shared */
        { "close the door\nopen the door\n", NULL, 4, 4, 4, 0 },
        { "a b\na c\nd b\nd c\n", NULL, 3, 4, 4, 0 },
        { "a b\na c\nd b\n", NULL, 4, 5, 4, 0 },
        /* a sentence that goes on */
        { "go\ngo now\n", NULL, 3, 2, 2, 1 },
        /* blanks: one or many, none at the ends */
        { "  a   b  \n", "a b\n", 3, 2, 2, 0 },
        { "a b\na  b\n a b\n", "a b\n", 3, 2, 2, 0 },
        { "a\na \n", "a\n", 2, 1, 1, 0 },
        /* the same word twice, words that begin alike */
        { "light\nlight light\nlights\n", NULL, 3, 3, 2, 1 },
        { "don't\n", NULL, 2, 1, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(automaton_freep) struct automaton *a = NULL;
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;

        if (build(&a, cases[i].lines, &e) < 0)
            fail_msg("%s: %s", cases[i].lines, err_text(&e));
        sentences(&got, a, 0, "");
        assert_string_equal(str_text(&got), cases[i].want ? cases[i].want : cases[i].lines);
        assert_int_equal(a->states_n, cases[i].states);
        assert_int_equal(a->arcs_n, cases[i].arcs);
        assert_int_equal(a->words_n, cases[i].words);
        assert_int_equal(a->finals_n, cases[i].finals);
    }
}

static void deterministic(void **state)
{
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(build(&a, "a b c\na b d\na e\nab c\nabc\na b\n", NULL), 0);
    for (size_t i = 1; i < a->arcs_n; i++)
        assert_true(a->arcs[i - 1].from < a->arcs[i].from ||
                    (a->arcs[i - 1].from == a->arcs[i].from &&
                     a->arcs[i - 1].word < a->arcs[i].word));
    for (size_t i = 1; i < a->words_n; i++)
        assert_true(strcmp(a->words[i - 1], a->words[i]) < 0);
}

static void refused(void **state)
{
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_STR text = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(build(&a, "", &e), -ENOENT);
    assert_int_equal(build(&a, "\n", &e), -ENOENT);
    assert_int_equal(build(&a, "  \n", &e), -ENOENT);
    for (int i = 0; i < AUTOMATON_LETTERS_MAX; i++)
        str_add(&text, i % 5 ? "a" : " ");
    str_add(&text, "bbb\n");
    assert_int_equal(build(&a, str_text(&text), &e), -E2BIG);
    assert_non_null(strstr(err_text(&e), "longer than 2000 letters"));
    assert_null(a);
}

static void cycle(void **state)
{
    AUTO(spelling_done) struct spelling s = SPELLING_INIT;
    AUTO(automaton_freep) struct automaton *a = NULL;
    uint32_t start = spelling_state(&s), end = spelling_state(&s);

    (void)state;
    spelling_arc(&s, start, 'a', end);
    spelling_arc(&s, end, ' ', start);
    assert_int_equal(automaton_new(&a, &s, start, end, NULL), -ELOOP);
    assert_int_equal(automaton_new(&a, &s, start, 7, NULL), -EINVAL);
    assert_null(a);
}

/* A word nobody could say is left out, the rest stays. */
static void long_word(void **state)
{
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_STR text = STR_INIT, got = STR_INIT;

    (void)state;
    str_add(&text, "short\n");
    for (int i = 0; i < 70; i++)
        str_add(&text, "x");
    str_add(&text, "\n");
    assert_int_equal(build(&a, str_text(&text), NULL), 0);
    sentences(&got, a, 0, "");
    assert_string_equal(str_text(&got), "short\n");
}

static void many_states(void **state)
{
    AUTO(spelling_done) struct spelling s = SPELLING_INIT;
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    for (int i = 0; i < SPELLING_STATES_MAX; i++)
        spelling_state(&s);
    assert_int_equal(s.failed, 0);
    assert_int_equal(spelling_state(&s), 0);
    assert_int_equal(s.failed, -E2BIG);
    assert_int_equal(automaton_new(&a, &s, 0, 1, NULL), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest), cmocka_unit_test(deterministic), cmocka_unit_test(refused),
        cmocka_unit_test(cycle),    cmocka_unit_test(long_word),     cmocka_unit_test(many_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
