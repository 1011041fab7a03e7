/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/rivals_test.c - which sentences stand beside the one that was heard, and the model of them. */
#include "helpers/stt/rivals.h"

#include "helpers/stt/grammar.h"
#include "unit/stt/spoken.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* [w_jarvis] [is | <rare> don't] ((turn (on | off) | open) [the | my] (lamp | light | lights | blinds) [please] | stop);
 * "is" may only stand before "the lamp on | off"; "turn the lamp" is no sentence, "turn lamp up" is one. */
static const char grammar[] =
    "FSG_BEGIN house\nNUM_STATES 16\nSTART_STATE 0\nFINAL_STATE 9\n"
    "TRANSITION 0 1 1.0 w_jarvis\nTRANSITION 0 1 1.0\nTRANSITION 1 2 0.05\nTRANSITION 2 3 1.0 don't\nTRANSITION 1 3 1.0\n"
    "TRANSITION 3 4 1.0 turn\nTRANSITION 4 5 1.0 on\nTRANSITION 4 5 1.0 off\nTRANSITION 3 5 1.0 open\n"
    "TRANSITION 5 6 1.0 the\nTRANSITION 5 6 1.0 my\nTRANSITION 5 6 1.0\n"
    "TRANSITION 6 7 1.0 lamp\nTRANSITION 6 7 1.0 light\nTRANSITION 6 7 1.0 lights\nTRANSITION 6 7 1.0 blinds\n"
    "TRANSITION 7 9 1.0 please\nTRANSITION 7 9 1.0\nTRANSITION 3 9 1.0 stop\n"
    "TRANSITION 1 10 1.0 is\nTRANSITION 1 10 1.0\nTRANSITION 10 11 1.0 the\nTRANSITION 11 12 1.0 lamp\n"
    "TRANSITION 12 9 1.0 on\nTRANSITION 12 9 1.0 off\n"
    "TRANSITION 4 13 1.0 lamp\nTRANSITION 13 9 1.0 up\nTRANSITION 6 7 1.0 g_AA\nFSG_END\n";

static cmd_ln_t *config;
static ps_decoder_t *ps;
static fsg_model_t *house;

static int enter(void **state)
{
    static const char *const words[] = { "turn", "on", "off", "the", "my", "lamp", "light", "lights", "open",
                                         "blinds", "please", "stop", "is", "don't", "up", "jarvis" };

    (void)state;
    err_set_logfp(NULL);
    return spoken_house(&ps, &house, &config, words, N_OF(words), grammar);
}

/* "!2:off" an opposite of word 2, "-2:" word 2 left out though it may not, "3:blinds", "+0:is" one more; "?": rare. */
static void print(struct str *out, const struct rivals *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct rival *one = &r->list[i];

        str_addf(out, " %s%s%zu:%s%s", one->kind == RIVAL_OPPOSITE ? "!" : one->kind == RIVAL_LESS ? "-" : "",
                   one->more ? "+" : "", one->at, one->word ? one->word : "", one->rare ? "?" : "");
    }
    str_add(out, " ");
}

static void who_they_are(void **state)
{
    static const struct {
        const char *sentence, *has[6], *lacks[6];
    } cases[] = {
        { "turn on the lamp", { " !1:off ", " -1: ", " +0:don't? " }, { " 2:my ", " 2: ", " 1:on ", " +0:is ", " 3:g_AA ", "0:turn" } },
        { "turn on lamp", { " !1:off ", " -1: ", " -1:the " }, { " +0:the " } },
        { "w_jarvis turn on the lamp", { " !2:off ", " -2: ", " +1:don't? " }, { " 0: ", " +0:" } },
        { "don't turn on the lamp", { " !2:off? ", " 0: ", " -2:? " }, { " !2:off ", " 0:? " } }, /* it is rare itself */
        { "turn lamp up", { " +0:don't? " }, { "-2" } }, /* of the last word more is known */
        { "the lamp on", { " !2:off ", " +0:is " }, { " 0:is " } },
        { "is the lamp on", { " !3:off ", " 0: " }, { " 1: " } },
        { "open lights", { " -0: ", " -0:the ", " 1:blinds " }, { " 1:light" } },
        { "open the lights", { " 2:blinds " }, { " 2:light " } }, /* which means the same */
        { "open the lights please", { " 2:blinds " }, { " 3: " } },
        { "stop", { NULL }, { " -0: " } }, /* nothing would be left */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT;
        struct rivals r;

        assert_int_equal(rivals_find(&r, house, ps, cases[i].sentence), 0);
        print(&text, &r);
        for (size_t k = 0; k < 6 && cases[i].has[k]; k++)
            if (!strstr(str_text(&text), cases[i].has[k]))
                fail_msg("'%s' lacks%s:%s", cases[i].sentence, cases[i].has[k], str_text(&text));
        for (size_t k = 0; k < 6 && cases[i].lacks[k]; k++)
            if (strstr(str_text(&text), cases[i].lacks[k]))
                fail_msg("'%s' has%s:%s", cases[i].sentence, cases[i].lacks[k], str_text(&text));
        for (size_t k = 1; k < r.n; k++) /* nearest first */
            assert_true(r.list[k - 1].far <= r.list[k].far);
    }
}

static void no_sentences(void **state)
{
    static const char *const cases[] = {
        "", "   ", "turn", "lamp the", "bananas", "turn on bananas",
        "turn on the lamp turn on the lamp turn on the lamp turn on the lamp turn on the lamp turn on the lamp "
        "turn on the lamp turn on the lamp turn on the lamp",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct rivals r = { .n = 3 };

        assert_int_equal(rivals_find(&r, house, ps, cases[i]), 0);
        assert_int_equal(r.n, 0);
    }
}

static void how_far_apart(void **state)
{
    static const struct {
        const char *a, *b;
        double far;
    } cases[] = {
        { "L AE M P", "L AE M P", 0 },         { "L AY T", "L AE T", 0.5 / 3 }, /* a vowel for another */
        { "L AY T", "L AY T S", 0.25 },        { "T ER N", "S ER N", 1.0 / 3 }, { "AA N", "AO F", 0.75 },
        { "SH AH T", "S T AA P", 2.5 / 4 },    { "B L AY N D Z", "L AY T S", 3.0 / 6 },
        { "", "", 0 },                         { "", "L AE", 1 },               { "  L   AE ", "L AE", 0 },
        { "P B T", "D G K", 0.5 },             { "L R", "M N", 1 },
        { "L L L L L L L L L L L L L L L L L L L L L L L L L L L L L L", "L", 23.0 / 24 }, /* the first 24 count */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        double there = rivals_distance(cases[i].a, cases[i].b), back = rivals_distance(cases[i].b, cases[i].a);

        if (there - cases[i].far > 1e-9 || cases[i].far - there > 1e-9 || there != back)
            fail_msg("'%s' and '%s': %g and %g", cases[i].a, cases[i].b, there, back);
    }
}

static bool model_takes(fsg_model_t *m, int32 end, const char *sentence)
{
    m->final_state = end;
    return grammar_accepts(m, sentence) > 0;
}

/* What may be said is as likely as the grammar says, beside one another. */
static void rare_has_its_price(void **state)
{
    static const struct rival none = { .kind = RIVAL_ALIKE, .at = 0, .more = true, .word = "don't" };

    (void)state;
    for (int rare = 0; rare < 4; rare++) { /* the sentence, the rival */
        struct rivals r = { .n = 1, .list = { none }, .rare = rare & 1 };
        int32 ends[1 + RIVAL_KINDS], own = 0, rival = 0;
        fsg_model_t *m;

        r.list[0].rare = rare & 2;
        m = rivals_model(ends, ps_get_logmath(ps), "stop", &r);
        assert_non_null(m);
        for (int32 s = 0; s < m->n_state; s++)
            for (fsg_arciter_t *it = fsg_model_arcs(m, s); it; it = fsg_arciter_next(it)) {
                const fsg_link_t *arc = fsg_arciter_get(it);

                own += arc->to_state == ends[0] && arc->wid < 0 ? arc->logs2prob : 0;
                rival += arc->wid == fsg_model_word_id(m, "don't") ? arc->logs2prob : 0;
            }
        assert_true((own < 0) == (rare & 1));
        assert_true((rival < 0) == !!(rare & 2));
        fsg_model_free(m);
    }
}

/* Each kind ends in its own state, with exactly one word changed. */
static void their_model(void **state)
{
    static const struct {
        const char *sentence;
        bool own, opposite, alike, less;
    } cases[] = {
        { "turn on the lamp", true, false, false, false }, { "turn off the lamp", false, true, false, false },
        { "turn on the blinds", false, false, true, false }, { "don't turn on the lamp", false, false, true, false },
        { "turn the lamp", false, false, false, true },    { "turn off the blinds", false, false, false, false },
        { "turn on", false, false, false, false },         { "g_AA", false, false, false, false },
        { "", false, false, false, false },
    };
    const struct rivals r = { .n = 4,
                              .list = { { .kind = RIVAL_OPPOSITE, .at = 1, .word = "off" },
                                        { .kind = RIVAL_LESS, .at = 1 },
                                        { .kind = RIVAL_ALIKE, .at = 3, .word = "blinds" },
                                        { .kind = RIVAL_ALIKE, .at = 0, .more = true, .word = "don't", .rare = true } } };
    int32 ends[1 + RIVAL_KINDS];
    fsg_model_t *m = rivals_model(ends, ps_get_logmath(ps), "turn on the lamp", &r);

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->final_state, ends[0]);
    for (size_t i = 0; i < N_OF(cases); i++)
        if (model_takes(m, ends[0], cases[i].sentence) != cases[i].own ||
            model_takes(m, ends[1 + RIVAL_OPPOSITE], cases[i].sentence) != cases[i].opposite ||
            model_takes(m, ends[1 + RIVAL_ALIKE], cases[i].sentence) != cases[i].alike ||
            model_takes(m, ends[1 + RIVAL_LESS], cases[i].sentence) != cases[i].less)
            fail_msg("'%s'", cases[i].sentence);
    assert_true(fsg_model_word_id(m, "g_ZH") >= 0); /* it is looked for and leads nowhere */
    fsg_model_free(m);
}

static void too_long_for_a_model(void **state)
{
    static const struct rivals none = { .n = 0 };
    AUTO_STR text = STR_INIT;
    int32 ends[1 + RIVAL_KINDS];

    (void)state;
    for (size_t i = 0; i < RIVALS_WORDS_MAX; i++)
        str_add(&text, "lamp ");
    fsg_model_t *m = rivals_model(ends, ps_get_logmath(ps), str_text(&text), &none);
    assert_non_null(m);
    fsg_model_free(m);
    str_add(&text, "lamp");
    assert_null(rivals_model(ends, ps_get_logmath(ps), str_text(&text), &none));
}

static int leave(void **state)
{
    (void)state;
    ps_free(ps);
    cmd_ln_free_r(config);
    fsg_model_free(house);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_they_are), cmocka_unit_test(no_sentences),         cmocka_unit_test(how_far_apart),
        cmocka_unit_test(their_model),  cmocka_unit_test(rare_has_its_price), cmocka_unit_test(too_long_for_a_model),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
