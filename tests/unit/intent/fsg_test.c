/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/fsg_test.c - the grammar text, and that PocketSphinx reads it. */
#include "intent/fsg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <pocketsphinx.h>

static struct automaton *go_now(void)
{
    AUTO(spelling_done) struct spelling s = SPELLING_INIT;
    struct automaton *a = NULL;
    uint32_t start = spelling_state(&s), end = spelling_state(&s);

    spelling_arc(&s, spelling_text(&s, start, "go"), '\0', end);
    spelling_arc(&s, spelling_text(&s, start, "go now"), '\0', end);
    spelling_arc(&s, spelling_text(&s, start, "don't"), '\0', end);
    assert_int_equal(automaton_new(&a, &s, start, end, NULL), 0);
    return a;
}

static void text(void **state)
{
    AUTO(automaton_freep) struct automaton *a = go_now();
    AUTO_STR got = STR_INIT;

    (void)state;
    fsg_write(&got, a, "test");
    assert_string_equal(str_text(&got), "FSG_BEGIN test\n"
                                        "NUM_STATES 3\n"
                                        "START_STATE 0\n"
                                        "FINAL_STATE 2\n"
                                        "TRANSITION 0 2 1.0 don't\n"
                                        "TRANSITION 0 1 1.0 go\n"
                                        "TRANSITION 1 2 1.0 now\n"
                                        "TRANSITION 1 2 1.0\n"
                                        "FSG_END\n");
}

/* What is rare costs an arc without a word. */
static void rare(void **state)
{
    AUTO(spelling_done) struct spelling s = SPELLING_INIT;
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_STR got = STR_INIT;
    uint32_t start = spelling_state(&s), end = spelling_state(&s);

    (void)state;
    spelling_arc(&s, spelling_text(&s, start, "go"), '\0', end);
    spelling_arc(&s, spelling_text(&s, start, AUTOMATON_RARE " don't go"), '\0', end);
    assert_int_equal(automaton_new(&a, &s, start, end, NULL), 0);
    fsg_write(&got, a, "test");
    assert_string_equal(str_text(&got), "FSG_BEGIN test\n"
                                        "NUM_STATES 4\n"
                                        "START_STATE 0\n"
                                        "FINAL_STATE 3\n"
                                        "TRANSITION 0 1 " FSG_RARE "\n"
                                        "TRANSITION 0 3 1.0 go\n"
                                        "TRANSITION 1 2 1.0 don't\n"
                                        "TRANSITION 2 3 1.0 go\n"
                                        "FSG_END\n");
}

static void sphinx_reads_it(void **state)
{
    AUTO(automaton_freep) struct automaton *a = go_now();
    AUTO_STR got = STR_INIT;
    logmath_t *math = logmath_init(1.0001, 0, 0);
    FILE *f = tmpfile();
    fsg_model_t *m;

    (void)state;
    assert_non_null(math);
    assert_non_null(f);
    fsg_write(&got, a, "test");
    assert_int_equal(fwrite(got.data, 1, got.len, f), got.len);
    rewind(f);
    m = fsg_model_read(f, math, 1.0f);
    assert_non_null(m);
    assert_int_equal(fsg_model_n_state(m), 3);
    assert_int_equal(fsg_model_n_word(m), 3);
    assert_true(fsg_model_word_id(m, "now") >= 0);
    fsg_model_free(m);
    fclose(f);
    logmath_free(math);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text), cmocka_unit_test(rare),
        cmocka_unit_test(sphinx_reads_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
