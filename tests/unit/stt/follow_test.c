/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/follow_test.c - what may follow a sentence: whether it is final decides how long a silence
 * ends it, so a word that could change it must never be overlooked. */
#include "helpers/stt/grammar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WORDS_MAX = 32 };

/* turn on (lamp | everything [in kitchen]) | stop | rare: stop now | rare: leave [it]; behind each:
 * [please | for me | rare: in minutes]. States: 4 lamp, 5 everything, 8 what stands behind all, 12 the end. */
static const char house[] =
    "FSG_BEGIN house\nNUM_STATES 18\nSTART_STATE 0\nFINAL_STATE 12\n"
    "TRANSITION 0 1 1.0 turn\nTRANSITION 1 2 1.0 on\nTRANSITION 2 4 1.0 lamp\nTRANSITION 2 5 1.0 everything\n"
    "TRANSITION 5 6 1.0 in\nTRANSITION 6 4 1.0 kitchen\nTRANSITION 0 8 1.0 stop\n"
    "TRANSITION 4 8 1.0\nTRANSITION 5 8 1.0\nTRANSITION 8 12 1.0\n"
    "TRANSITION 8 9 1.0 please\nTRANSITION 8 10 1.0 for\nTRANSITION 10 9 1.0 me\nTRANSITION 9 12 1.0\n"
    "TRANSITION 0 14 0.01\nTRANSITION 14 15 1.0 stop\nTRANSITION 15 8 1.0 now\n"
    "TRANSITION 14 16 1.0 leave\nTRANSITION 16 8 1.0\nTRANSITION 16 17 1.0 it\nTRANSITION 17 8 1.0\n"
    "TRANSITION 8 11 0.01\nTRANSITION 11 13 1.0 in\nTRANSITION 13 9 1.0 minutes\nFSG_END\n";

struct grammar {
    logmath_t *math;
    fsg_model_t *model;
};

static int enter(void **state)
{
    static struct grammar g;
    int fd = memfd_create("house", MFD_CLOEXEC);
    char path[64];

    err_set_logfp(NULL);
    assert_int_equal(write(fd, house, strlen(house)), strlen(house));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    g.math = logmath_init(1.0001, 0, FALSE);
    assert_int_equal(grammar_read(&g.model, path, g.math, NULL), 0);
    close(fd);
    *state = &g;
    return 0;
}

static int leave(void **state)
{
    struct grammar *g = *state;

    fsg_model_free(g->model);
    logmath_free(g->math);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void assert_words(const char *of, const char **words, int n, const char *want)
{
    char got[256] = "";

    assert_in_range(n, 0, WORDS_MAX);
    qsort(words, (size_t)n, sizeof(words[0]), compare);
    for (int i = 0; i < n; i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "", words[i]);
    if (strcmp(got, want) != 0)
        fail_msg("%s: '%s', not '%s'", of, got, want);
}

static void words_that_follow(void **state)
{
    static const struct {
        const char *sentence, *follow;
    } cases[] = {
        { "", "stop turn" },
        { "turn", "on" },
        { "turn on", "everything lamp" },
        { "turn on lamp", "for please" },
        { "turn on everything", "for in please" }, /* the likely "in", not the rare one */
        { "turn on everything in", "kitchen minutes" },
        { "turn on everything in kitchen", "for please" },
        { "stop", "for please" }, /* not the rare "now" */
        { "stop now", "for please" },
        { "leave", "for it please" }, /* rare itself: what follows is as likely as any */
        { "leave it", "for please" },
        { "stop for", "me" },
        { "stop please", "" },
        { "stop in", "minutes" }, /* rare, but said: what follows is as likely as any */
        { "stop in minutes", "" },
        { "  turn   on lamp  ", "for please" },
        { "nobody says this", "" },
        { "turn on lamps", "" },
    };
    const struct grammar *g = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        const char *words[WORDS_MAX];
        int n = grammar_follow(g->model, cases[i].sentence, words, WORDS_MAX);

        assert_words(cases[i].sentence, words, n, cases[i].follow);
    }
}

static void as_many_as_fit(void **state)
{
    const struct grammar *g = *state;
    const char *words[3] = { "-", "-", "-" };

    assert_int_equal(grammar_follow(g->model, "turn on everything", words, 2), 2);
    assert_string_equal(words[2], "-");
    assert_int_equal(grammar_follow(g->model, "turn on everything", words, 0), 0);
}

/* What follows every end: "in" follows one of them and is rare behind the others. */
static void courtesies(void **state)
{
    const struct grammar *g = *state;
    const char *words[WORDS_MAX];

    assert_words("all", words, grammar_courtesies(g->model, words, WORDS_MAX), "for please");
}

/* Silences, noise and the loops that reject are no words of a sentence. */
static void not_what_stands_around(void **state)
{
    const struct grammar *g = *state;
    const char *const said[] = { "turn", "on", "lamp", "everything", "in", "kitchen", "stop", "please", "for", "me",
                                 "minutes" };
    const struct grammar_opts o = { .phrase = "", .filler_probability = 0.01, .inner_probability = 1e-4,
                                    .language_weight = 6.5 };
    struct dict dict = { .words = NULL };
    const char *words[WORDS_MAX];
    fsg_model_t *m = NULL;

    assert_int_equal(grammar_words(&dict, g->model, NULL), 0);
    for (size_t i = 0; i < N_OF(said); i++)
        assert_int_equal(dict_sound_add(&dict, said[i], "AA", NULL), 0);
    assert_int_equal(grammar_build(&m, g->model, g->math, &dict, &o, NULL), 0);
    assert_words("built", words, grammar_follow(m, "turn on everything", words, WORDS_MAX), "for in please");
    assert_words("built", words, grammar_courtesies(m, words, WORDS_MAX), "for please");
    assert_words("built", words, grammar_follow(m, "stop please", words, WORDS_MAX), "");
    fsg_model_free(m);
    dict_done(&dict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_follow),
        cmocka_unit_test(as_many_as_fit),
        cmocka_unit_test(courtesies),
        cmocka_unit_test(not_what_stands_around),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
