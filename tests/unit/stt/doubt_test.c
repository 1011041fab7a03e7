/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/doubt_test.c - which word may be another one, how well a sentence fits, and how sure it has to be. */
#include "helpers/stt/doubt.h"

#include "helpers/stt/rivals.h"
#include "unit/stt/spoken.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Each word is doubtful, and pairs with each other one of its group, both ways. */
static void groups(void **state)
{
    static const struct {
        const char *a, *b;
        bool pair;
    } cases[] = {
        { "shut", "stop", true },      { "stop", "start", true },      { "start", "shut", false },
        { "on", "off", true },         { "off", "up", true },          { "down", "on", true },
        { "lock", "unlock", true },    { "open", "close", true },      { "start", "stop", true },
        { "warmer", "cooler", true },  { "brighter", "darker", true }, { "fifteen", "fifty", true },
        { "thirteen", "thirty", true },{ "nineteen", "ninety", true }, { "on", "on", false },
        { "on", "close", false },      { "fifteen", "sixty", false },  { "lamp", "light", false },
        { "onset", "off", false },     { "on", "", false },            { "", "", false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        if (doubt_pair(cases[i].a, cases[i].b) != cases[i].pair ||
            doubt_pair(cases[i].b, cases[i].a) != cases[i].pair)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
        if (cases[i].pair)
            assert_true(doubt_has(cases[i].a) && doubt_has(cases[i].b));
    }
    assert_false(doubt_has("lamp") || doubt_has("onset") || doubt_has("of") || doubt_has(""));
}

enum { RATE_HZ = 16000 };

/* A second of voice of that height among two of noise. */
static void fill(int16_t *to, size_t n, int voice, int noise)
{
    unsigned seed = 1;

    for (size_t i = 0; i < n; i++) {
        int height = i >= RATE_HZ && i < 2 * RATE_HZ ? voice : noise;

        to[i] = (int16_t)(height ? rand_r(&seed) % (2 * height + 1) - height : 0);
    }
}

static void noise_needs_more(void **state)
{
    static const struct {
        int voice, noise, want;
        size_t count;
    } cases[] = {
        { 8000, 0, DOUBT_SURE, 3 * RATE_HZ },            { 8000, 100, DOUBT_SURE, 3 * RATE_HZ },
        { 8000, 2500, DOUBT_SURE_IN_NOISE, 3 * RATE_HZ }, /* 10 dB */
        { 8000, 8000, DOUBT_SURE_IN_NOISE, 3 * RATE_HZ }, { 0, 0, DOUBT_SURE_IN_NOISE, 3 * RATE_HZ },
        { 32767, 1, DOUBT_SURE, 3 * RATE_HZ },           { 8000, 0, DOUBT_SURE_IN_NOISE, 100 },
        { 8000, 0, DOUBT_SURE_IN_NOISE, 0 },
    };
    int16_t *sound = malloc(3 * RATE_HZ * sizeof(*sound));

    (void)state;
    assert_non_null(sound);
    for (size_t i = 0; i < N_OF(cases); i++) {
        fill(sound, 3 * RATE_HZ, cases[i].voice, cases[i].noise);
        if (doubt_need(sound, cases[i].count) != cases[i].want)
            fail_msg("case %zu: %d", i, doubt_need(sound, cases[i].count));
    }
    free(sound);
}

struct fit {
    double misfit;
    int score;
};

/* Alone, without rivals. */
static struct fit fit(ps_decoder_t *ps, const struct mean_kept *begun, const char *text, const struct spoken *s)
{
    static const struct rivals none = { .n = 0 };
    int32 ends[1 + RIVAL_KINDS];
    fsg_model_t *model = rivals_model(ends, ps_get_logmath(ps), text, &none);
    struct doubt_way ways[2] = { { .end = ends[0] }, { .end = ends[1 + RIVAL_ALIKE] } };
    struct fit f;

    assert_int_equal(doubt_score(&f.misfit, ways, 2, ps, begun, model, s->frames, s->n, NULL), 0);
    assert_string_equal(ways[0].text, text);
    assert_null(ways[1].text); /* no way leads there */
    assert_int_equal(ways[1].score, DOUBT_NO_WAY);
    f.score = ways[0].score;
    free(ways[0].text);
    return f;
}

/* What was said fits about as well as free phones do. What was not comes to its end all the same, however
 * far off, so that it can be compared. */
static void how_sentences_fit(void **state)
{
    enum { LOOKS_DIFFER_MAX = DOUBT_SURE / 2 };
    static const char *const words[] = { "turn", "on", "off", "the", "kitchen", "light" };
    static const struct {
        const char *text;
        double at_least, at_most;
    } cases[] = {
        { "turn on the kitchen light", 0, 3 },
        { "turn off the kitchen light", 0.5, 20 },
        { "turn on the light", 5, 100 },
        { "light the the off", 20, 500 },
    };
    AUTO_DICT d = { .words = NULL };
    struct fit fits[N_OF(cases)];
    struct mean_kept begun;
    cmd_ln_t *config = NULL;
    ps_decoder_t *ps;
    struct spoken s;
    char beam[16];

    (void)state;
    if (!spoken_make(&s, cases[0].text)) {
        spoken_done(&s);
        skip();
    }
    err_set_logfp(NULL);
    for (size_t i = 0; i < N_OF(words); i++)
        assert_int_equal(dict_add(&d, words[i], NULL), 0);
    assert_int_equal(dict_look_up(&d, SPOKEN_MODEL "cmudict-en-us.dict", NULL), 0);
    snprintf(beam, sizeof(beam), "%g", DOUBT_BEAM);
    ps = spoken_decoder(&config, &d, beam);
    assert_non_null(ps);
    mean_keep(&begun, ps);
    for (size_t i = 0; i < N_OF(cases); i++) {
        fits[i] = fit(ps, &begun, cases[i].text, &s);
        if (fits[i].misfit < cases[i].at_least || fits[i].misfit > cases[i].at_most)
            fail_msg("'%s' is off by %g", cases[i].text, fits[i].misfit);
    }
    for (size_t i = 0; i < N_OF(cases); i++) { /* whatever was looked at before, nearly */
        struct fit again = fit(ps, &begun, cases[i].text, &s);

        if (abs(again.score - fits[i].score) > LOOKS_DIFFER_MAX)
            fail_msg("'%s' is %d and then %d", cases[i].text, fits[i].score, again.score);
    }
    assert_true(fits[0].score - fits[1].score > DOUBT_SURE);
    assert_true(fits[2].score > fits[3].score);
    spoken_done(&s);
    ps_free(ps);
    cmd_ln_free_r(config);
}

static void no_model(void **state)
{
    struct doubt_way way = { .end = 0 };
    struct mean_kept begun = { .len = 0 };
    struct err e = ERR_INIT;
    double misfit = 7;
    int16_t sound[160] = { 0 };

    (void)state;
    assert_int_equal(doubt_score(&misfit, &way, 1, NULL, &begun, NULL, sound, 160, &e), -ENOMEM);
    assert_non_null(strstr(err_text(&e), "out of memory"));
    assert_true(misfit == 7 && !way.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups),
        cmocka_unit_test(how_sentences_fit),
        cmocka_unit_test(noise_needs_more),
        cmocka_unit_test(no_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
