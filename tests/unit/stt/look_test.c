/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/look_test.c - what a second look says of sentences that were said, and of those that were not. */
#include "helpers/stt/look.h"

#include "helpers/stt/grammar.h"
#include "unit/stt/spoken.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* spoken_grammar, with a word more that sounds like another */
static const char grammar[] =
    "FSG_BEGIN house\nNUM_STATES 8\nSTART_STATE 0\nFINAL_STATE 7\n"
    "TRANSITION 0 1 1.0 turn\nTRANSITION 1 2 1.0 on\nTRANSITION 1 2 1.0 off\n"
    "TRANSITION 2 3 1.0 the\nTRANSITION 2 3 1.0\nTRANSITION 3 6 1.0 lamp\nTRANSITION 3 4 1.0 kitchen\n"
    "TRANSITION 4 6 1.0 light\nTRANSITION 3 6 1.0 light\nTRANSITION 0 5 1.0 open\nTRANSITION 0 5 1.0 close\n"
    "TRANSITION 5 3 1.0 the\nTRANSITION 5 3 1.0\nTRANSITION 3 6 1.0 blinds\nTRANSITION 3 6 1.0 lights\n"
    "TRANSITION 6 7 1.0\nTRANSITION 6 7 1.0 please\nFSG_END\n";

static cmd_ln_t *config;
static ps_decoder_t *first; /* the decoder that heard it */
static fsg_model_t *house;

static int enter(void **state)
{
    static const char *const words[] = { "turn", "on", "off", "the", "lamp", "kitchen", "light",
                                         "open", "close", "blinds", "please", "lights" };

    (void)state;
    err_set_logfp(NULL);
    return spoken_house(&first, &house, &config, words, N_OF(words), grammar);
}

static int leave(void **state)
{
    (void)state;
    fsg_model_free(house);
    ps_free(first);
    cmd_ln_free_r(config);
    return 0;
}

/* A decoder aside takes its dictionary from the files of `config`, which are gone; the first one is lent. */
static void look(struct look *l, const char *said, const char *heard)
{
    struct mean_kept begun;
    struct spoken s;

    if (!spoken_make(&s, said)) {
        spoken_done(&s);
        skip();
    }
    mean_keep(&begun, first);
    l->aside = ps_retain(first);
    const struct look_sound on = {
        .config = config, .sentences = house, .begun = &begun, .frames = s.frames, .count = s.n,
    };
    assert_int_equal(look_at(l, &on, heard, NULL), 0);
    spoken_done(&s);
}

/* A tenth of a second cannot hold a sentence: it does not fit, whatever the search makes of it. */
static void what_cannot_be_decoded_does_not_fit(void **state)
{
    AUTO(look_done) struct look l = { .aside = ps_retain(first) };
    int16_t frames[1600];
    struct mean_kept begun;
    const struct look_sound on = {
        .config = config, .sentences = house, .begun = &begun, .frames = frames, .count = N_OF(frames),
    };

    (void)state;
    for (size_t i = 0; i < N_OF(frames); i++)
        frames[i] = (int16_t)(i * 7919 % 2001 - 1000);
    mean_keep(&begun, first);
    assert_int_equal(look_at(&l, &on, "turn on the kitchen light please", NULL), 0);
    assert_true(l.misfit > DOUBT_MISFIT_MAX);
    assert_null(l.other);
    assert_null(l.rival);
}

/* The word that the grammar asks for and nobody said is found out, and no other is. */
static void words_that_were_said(void **state)
{
    static const struct {
        const char *said, *heard;
        bool has;
    } cases[] = {
        { "turn the lamp", "turn on the lamp", false },
        { "turn the kitchen light", "turn on the kitchen light", false },
        { "turn the kitchen light", "turn off the kitchen light", false },
        { "turn the blinds", "turn on the blinds", false },
        { "turn lamp", "turn on the lamp", false },
        { "turn the kitchen light", "turn on kitchen light", false }, /* "on" was an article */
        { "turn on kitchen light", "turn on kitchen light", true },
        { "turn on the lamp", "turn on the lamp", true },
        { "turn off the lamp", "turn off the lamp", true },
        { "turn on the kitchen light", "turn on the kitchen light", true },
        { "turn off the kitchen light", "turn on the kitchen light", true }, /* one of them was */
        { "turn on lamp", "turn on the lamp", true },
        { "open the blinds", "open the blinds", true },
        { "close blinds please", "close the blinds please", true },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(look_done) struct look l = { .aside = NULL };

        look(&l, cases[i].said, cases[i].heard);
        if ((l.said > DOUBT_SAID) != cases[i].has)
            fail_msg("'%s' as '%s': %d without the word", cases[i].said, cases[i].heard, l.said);
    }
}

static void the_nearest_other(void **state)
{
    static const struct {
        const char *said, *heard, *other; /* other: NULL: none is a sentence of the house */
        bool surely;
    } cases[] = {
        { "turn on the lamp", "turn on the lamp", "turn off the lamp", true },
        { "turn on the lamp", "turn off the lamp", "turn on the lamp", false },
        { "close the blinds please", "close the blinds please", "open the blinds please", true },
        { "close the blinds", "open the blinds", "close the blinds", false },
        { "turn on the lamp please", "turn the lamp", NULL, false }, /* it is no sentence */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(look_done) struct look l = { .aside = NULL };

        look(&l, cases[i].said, cases[i].heard);
        assert_string_equal(l.sentence, cases[i].heard);
        if (!cases[i].other) {
            assert_null(l.other);
            assert_null(l.rival);
            assert_true(l.said == LOOK_SURE && l.margin == LOOK_SURE && l.rival_margin == LOOK_SURE);
            continue;
        }
        assert_non_null(l.other);
        assert_string_equal(l.other, cases[i].other);
        if ((l.margin > DOUBT_SURE) != cases[i].surely)
            fail_msg("'%s' as '%s': margin %d", cases[i].said, cases[i].heard, l.margin);
    }
}

/* The rival of what was said, heard as something else; its margin. */
static int rival_of(const char *said, const char *heard, const char *rival)
{
    AUTO(look_done) struct look l = { .aside = NULL };

    look(&l, said, heard);
    assert_non_null(l.rival);
    if (rival)
        assert_string_equal(l.rival, rival);
    return l.rival_margin;
}

/* Any word may be another one that sounds alike. */
static void the_nearest_rival(void **state)
{
    (void)state;
    assert_true(rival_of("open the blinds", "open the lights", "open the blinds") < DOUBT_RIVAL);
    assert_true(rival_of("open the lights", "open the lights", "open the blinds") > DOUBT_RIVAL);
    assert_true(rival_of("turn on the light", "turn on the blinds", "turn on the light") < DOUBT_RIVAL);
    assert_true(rival_of("turn on the blinds", "turn on the blinds", NULL) > DOUBT_RIVAL);
}

/* What was looked at is not looked at again, and is forgotten when it is to be. */
static void looked_at_once(void **state)
{
    AUTO(look_done) struct look l = { .aside = NULL };

    (void)state;
    look(&l, "turn on the lamp", "turn on the lamp");
    assert_int_equal(l.times, 1);
    ps_free(l.aside); /* lent twice */
    look(&l, "turn off the lamp", "turn on the lamp"); /* another sound, and nobody said so */
    assert_int_equal(l.times, 1);
    assert_true(l.margin > DOUBT_SURE);
    look_forget(&l);
    assert_null(l.sentence);
    assert_non_null(l.aside);
    look_done(&l);
    assert_null(l.aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_decoded_does_not_fit),
        cmocka_unit_test(words_that_were_said),
        cmocka_unit_test(the_nearest_other),
        cmocka_unit_test(the_nearest_rival),
        cmocka_unit_test(looked_at_once),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
