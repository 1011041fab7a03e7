/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/grammar_test.c - the grammar around the sentences of the file: the wake phrase, the
 * loops that reject, and what is a sentence of it. */
#include "helpers/stt/grammar.h"

#include "unit/stt/spoken.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char lamp[] = "FSG_BEGIN lamp\nNUM_STATES 5\nSTART_STATE 0\nFINAL_STATE 4\n"
                           "TRANSITION 0 1 1.0 turn\nTRANSITION 1 2 1.0 on\nTRANSITION 1 2 1.0 off\n"
                           "TRANSITION 2 3 1.0 lamp\nTRANSITION 2 3 1.0 xyzzy\nTRANSITION 3 4 1.0\n"
                           "TRANSITION 3 4 1.0 please\nFSG_END\n";

struct bench {
    logmath_t *math;
    fsg_model_t *file;
    struct dict dict;
    cmd_ln_t *config;
    ps_decoder_t *ps; /* that knows the words of `dict` and the fillers */
};

static int read_text(fsg_model_t **ret, const char *text, logmath_t *math, struct err *e)
{
    char path[64];
    int fd = spoken_text(text, path, sizeof(path)), r;

    r = grammar_read(ret, path, math, e);
    close(fd);
    return r;
}

static int enter(void **state)
{
    static struct bench b;
    static const char *const sounds[][2] = {
        { "turn", "T ER N" }, { "on", "AA N" }, { "off", "AO F" }, { "lamp", "L AE M P" },
        { "please", "P L IY Z" }, { "jarvis", "JH AA R V IH S" }, { "hey", "HH EY" },
    };

    err_set_logfp(NULL);
    b = (struct bench){ .math = logmath_init(1.0001, 0, FALSE) };
    assert_int_equal(read_text(&b.file, lamp, b.math, NULL), 0);
    assert_int_equal(grammar_words(&b.dict, b.file, NULL), 0);
    for (size_t i = 0; i < N_OF(sounds); i++) {
        assert_int_equal(dict_add(&b.dict, sounds[i][0], NULL), 0);
        assert_int_equal(dict_sound_add(&b.dict, sounds[i][0], sounds[i][1], NULL), 0);
    }
    b.ps = spoken_decoder(&b.config, &b.dict, "1e-48");
    assert_non_null(b.ps);
    *state = &b;
    return 0;
}

static int leave(void **state)
{
    struct bench *b = *state;

    ps_free(b->ps);
    cmd_ln_free_r(b->config);
    fsg_model_free(b->file);
    dict_done(&b->dict);
    logmath_free(b->math);
    return 0;
}

static void sentences_are_accepted(void **state)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        { "turn on lamp", 1 },       { "turn off lamp please", 1 }, { "  turn   on lamp ", 1 },
        { "turn on", 0 },            { "turn", 0 },                 { "", 0 },
        { "on lamp", 0 },            { "turn on lamp lamp", 0 },    { "turn on lam", 0 },
        { "turn on lamp please please", 0 }, { "turn on xyzzy", 1 }, { "turn on lamps", 0 },
    };
    const struct bench *b = *state;

    for (size_t i = 0; i < N_OF(cases); i++)
        if (grammar_accepts(b->file, cases[i].text) != cases[i].want)
            fail_msg("'%s' is %staken", cases[i].text, cases[i].want ? "not " : "");
}

static void files_that_are_none(void **state)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        { "", -EINVAL },
        { "FSG_BEGIN x\n", -EINVAL },
        { "FSG_BEGIN x\nNUM_STATES 2\nSTART_STATE 0\nFINAL_STATE 9\nFSG_END\n", -EINVAL },
        { "FSG_BEGIN x\nNUM_STATES 50001\nSTART_STATE 0\nFINAL_STATE 1\nTRANSITION 0 1 1.0 a\n"
          "FSG_END\n", -EFBIG },
    };
    const struct bench *b = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        fsg_model_t *m = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(read_text(&m, cases[i].text, b->math, &e), cases[i].want);
        assert_null(m);
        assert_non_null(strstr(err_text(&e), "/proc/self/fd/")); /* which file it is */
    }
}

/* One build each: what is a sentence of it then. */
static void what_stands_around(void **state)
{
    static const struct {
        const char *name, *phrase;
        double filler, inner;
        const char *text;
        int want;
    } cases[] = {
        { "bare", "", 0, 0, "turn on lamp", 1 },
        { "unknown words have no arc", "", 0, 0, "turn on xyzzy", 0 },
        { "no loop", "", 0, 0, "g_AA", 0 },
        { "wake phrase before", "jarvis", 0, 0, "w_jarvis turn on lamp", 1 },
        { "or not", "jarvis", 0, 0, "turn on lamp", 1 },
        { "not behind", "jarvis", 0, 0, "turn on lamp w_jarvis", 0 },
        { "not alone", "jarvis", 0, 0, "w_jarvis", 0 },
        { "two words", "hey jarvis", 0, 0, "w_hey w_jarvis turn off lamp", 1 },
        { "not half of it", "hey jarvis", 0, 0, "w_jarvis turn off lamp", 0 },
        { "a phrase that nobody knows", "computer", 0, 0, "turn on lamp", 1 },
        { "the loop", "jarvis", 0.02, 0, "g_AA g_ZH g_T", 1 },
        { "the loop behind the phrase", "jarvis", 0.02, 0, "w_jarvis g_AA", 1 },
        { "no loop behind a word", "jarvis", 0.02, 0, "turn on g_AA", 0 },
        { "the loop behind a word", "jarvis", 0.02, 1e-4, "turn on g_AA g_S", 1 },
        { "behind the first word", "jarvis", 0.02, 1e-4, "turn g_AA", 1 },
        { "behind a whole sentence", "jarvis", 0.02, 1e-4, "turn on lamp g_T", 1 },
        { "behind the last word", "jarvis", 0.02, 1e-4, "turn on lamp please g_T", 1 },
        { "and nothing behind the loop", "jarvis", 0.02, 1e-4, "turn on g_AA lamp", 0 },
        { "never back to the start", "jarvis", 0.02, 1e-4, "g_AA turn on lamp", 0 },
        { "a few sounds are enough inside", "jarvis", 0.02, 1e-4, "turn on g_ZH", 0 },
        { "sentences stay", "jarvis", 0.02, 1e-4, "turn on lamp", 1 },
        { "no inner loop without the outer", "", 0, 1e-4, "turn on g_AA", 0 },
    };
    const struct bench *b = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        const struct grammar_opts o = { .phrase = cases[i].phrase,
                                        .filler_probability = cases[i].filler,
                                        .inner_probability = cases[i].inner,
                                        .language_weight = 6.5 };
        fsg_model_t *m = NULL;

        assert_int_equal(grammar_build(&m, b->file, b->math, &b->dict, &o, NULL), 0);
        if (grammar_accepts(m, cases[i].text) != cases[i].want)
            fail_msg("%s: '%s' is %staken", cases[i].name, cases[i].text,
                     cases[i].want ? "not " : "");
        fsg_model_free(m);
    }
}

static void nothing_that_can_be_said(void **state)
{
    const struct grammar_opts o = { .phrase = "", .language_weight = 6.5 };
    const struct bench *b = *state;
    AUTO_DICT empty = { .words = NULL };
    fsg_model_t *m = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(grammar_build(&m, b->file, b->math, &empty, &o, &e), -EINVAL);
    assert_null(m);
    assert_non_null(strstr(err_text(&e), "no word that can be pronounced"));
}

/* The price of what is rare is paid, and only there. */
static void rare_has_its_price(void **state)
{
    static const char text[] = "FSG_BEGIN lamp\nNUM_STATES 4\nSTART_STATE 0\nFINAL_STATE 3\n"
                               "TRANSITION 0 1 0.01\nTRANSITION 1 2 1.0 turn\nTRANSITION 0 2 1.0 lamp\n"
                               "TRANSITION 2 3 1.0 on\nFSG_END\n";
    const struct bench *b = *state;
    const struct grammar_opts o = { .phrase = "", .language_weight = 6.5, .noise = "[NOISE]" };
    fsg_model_t *file = NULL, *m = NULL;
    int32 priced = 0;

    assert_int_equal(read_text(&file, text, b->math, NULL), 0);
    assert_int_equal(grammar_build(&m, file, b->math, &b->dict, &o, NULL), 0);
    for (int32 s = 0; s < m->n_state; s++)
        for (fsg_arciter_t *it = fsg_model_arcs(m, s); it; it = fsg_arciter_next(it)) {
            const fsg_link_t *arc = fsg_arciter_get(it);
            double nats = logmath_log_to_ln(b->math, arc->logs2prob);

            if (arc->wid >= 0 && fsg_model_is_filler(m, arc->wid))
                continue;
            priced += nats < -0.1;
            assert_true(nats > -0.1 || (arc->wid < 0 && arc->from_state == 0 && arc->to_state == 1));
            assert_true(nats > -0.1 || (nats < -29.8 && nats > -30.1)); /* 6.5 ln .01 */
        }
    assert_int_equal(priced, 1);
    assert_true(fsg_model_is_filler(m, fsg_model_word_id(m, "[NOISE]")));
    fsg_model_free(m);
    fsg_model_free(file);
}

/* While it is made a search the loops' phones count as silence, afterwards they are words that are told. */
static void loops_are_told(void **state)
{
    const struct bench *b = *state;
    const struct grammar_opts o = { .phrase = "jarvis", .filler_probability = 0.02,
                                    .inner_probability = 1e-4, .language_weight = 6.5 };
    fsg_model_t *m = NULL;

    assert_int_equal(grammar_build(&m, b->file, b->math, &b->dict, &o, NULL), 0);
    assert_true(fsg_model_has_sil(m));
    assert_true(fsg_model_is_filler(m, fsg_model_word_id(m, "<sil>")));
    assert_int_equal(grammar_set(b->ps, "loops", m), 0);
    assert_true(fsg_model_is_filler(m, fsg_model_word_id(m, "<sil>")));
    assert_false(fsg_model_is_filler(m, fsg_model_word_id(m, "g_AA")));
    assert_false(fsg_model_is_filler(m, fsg_model_word_id(m, "lamp")));
    fsg_model_free(m);
}

static void words_without_sounds_are_no_search(void **state)
{
    const struct bench *b = *state;
    fsg_model_t *m = fsg_model_init("none", b->math, 1.0f, 3);

    assert_non_null(m);
    m->start_state = 0;
    m->final_state = 1;
    grammar_arc_add(m, 0, 1, 1.0, "xyzzy");
    grammar_aside_add(m, 2);
    assert_int_equal(grammar_set(b->ps, "none", m), -EINVAL);
    fsg_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_accepted), cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(what_stands_around),     cmocka_unit_test(nothing_that_can_be_said),           cmocka_unit_test(loops_are_told),
        cmocka_unit_test(rare_has_its_price),
        cmocka_unit_test(words_without_sounds_are_no_search),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
