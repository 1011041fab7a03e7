/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/doubt_test.c - which word may be another one, and how sure it has to be. */
#include "helpers/stt/doubt.h"

#include "unit/stt/spoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void other_words(void **state)
{
    static const struct {
        const char *text, *other; /* NULL: nothing to doubt */
    } cases[] = {
        { "turn on the lamp", "turn off the lamp" },
        { "turn the lamp off", "turn the lamp on" },
        { "w_jarvis lights off", "w_jarvis lights on" },
        { "on", "off" },
        { "unlock the front door", "lock the front door" },
        { "lock the front door", "unlock the front door" },
        { "please close the blinds for me", "please open the blinds for me" },
        { "turn the heating up", "turn the heating down" },
        { "start movie night", "stop movie night" },
        { "make it warmer", "make it cooler" },
        { "set the lamp to fifteen percent", "set the lamp to fifty percent" },
        { "set the lamp to eighty percent", "set the lamp to eighteen percent" },
        { "turn on the lamp and turn off the fan", "turn off the lamp and turn off the fan" },
        { "dim the lamp", NULL },
        { "what time is it", NULL },
        { "the onset of officers", NULL }, /* parts of words are none */
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR other = STR_INIT;
        bool found = doubt_other(&other, cases[i].text, 0);

        assert_true(found == (cases[i].other != NULL));
        if (found)
            assert_string_equal(str_text(&other), cases[i].other);
    }
}

/* Each pair works both ways: the other of the other is the word itself. */
static void the_other_of_the_other(void **state)
{
    static const char *const words[] = { "on", "off", "lock", "unlock", "open", "close", "up", "down",
                                         "start", "stop", "thirteen", "thirty", "nineteen", "ninety" };

    (void)state;
    for (size_t i = 0; i < N_OF(words); i++) {
        AUTO_STR once = STR_INIT, twice = STR_INIT;

        assert_true(doubt_other(&once, words[i], 0));
        assert_string_not_equal(str_text(&once), words[i]);
        assert_true(doubt_other(&twice, str_text(&once), 0));
        assert_string_equal(str_text(&twice), words[i]);
    }
}

/* All that a word may be, the opposite first; then there are no more. */
static void several_others(void **state)
{
    static const struct {
        const char *word, *others[4];
    } cases[] = {
        { "on", { "off", "up", "down", NULL } },  { "off", { "on", "down", "up", NULL } },
        { "up", { "down", "on", "off", NULL } },  { "down", { "up", "off", "on", NULL } },
        { "lock", { "unlock", NULL } },           { "ninety", { "nineteen", NULL } },
        { "lamp", { NULL } },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        for (size_t k = 0; k < 4; k++) {
            AUTO_STR other = STR_INIT;
            bool found = doubt_other(&other, cases[i].word, k);

            if (found != (cases[i].others[k] != NULL))
                fail_msg("'%s': %zu is '%s'", cases[i].word, k, str_text(&other));
            if (!found)
                break;
            assert_string_equal(str_text(&other), cases[i].others[k]);
        }
}

/* Of two doubtful words the first is left out. */
static void without_the_word(void **state)
{
    static const struct {
        const char *text, *without, *article; /* NULL: none to leave out, none that can stand there */
    } cases[] = {
        { "turn on the lamp", "turn the lamp", NULL },
        { "turn up kitchen light", "turn kitchen light", "turn the kitchen light" },
        { "w_jarvis turn the lamp off", "w_jarvis turn the lamp ", NULL },
        { "lights off", "lights ", NULL },
        { "off lights", "lights", "the lights" },
        { "turn on the lamp and turn off the fan", "turn the lamp and turn off the fan", NULL },
        { "unlock the front door", "the front door", NULL },
        { "set lamp to fifty percent", "set lamp to percent", "set lamp to the percent" },
        { "turn on thermostat", "turn thermostat", "turn the thermostat" }, /* begins like an article */
        { "on", NULL, NULL },                    /* nothing is left */
        { "the onset of officers", NULL, NULL }, /* parts of words are none */
        { "dim the lamp", NULL, NULL },
        { "", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        for (int article = 0; article < 2; article++) {
            const char *want = article ? cases[i].article : cases[i].without;
            AUTO_STR without = STR_INIT;
            bool found = doubt_without(&without, cases[i].text, article);

            if (found != (want != NULL) || (found && strcmp(str_text(&without), want) != 0))
                fail_msg("'%s': '%s'", cases[i].text, str_text(&without));
        }
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
    struct doubt_fit fits[N_OF(cases)];
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
        assert_int_equal(doubt_score(&fits[i], ps, &begun, cases[i].text, s.frames, s.n, NULL), 0);
        if (fits[i].misfit < cases[i].at_least || fits[i].misfit > cases[i].at_most)
            fail_msg("'%s' is off by %g", cases[i].text, fits[i].misfit);
    }
    for (size_t i = 0; i < N_OF(cases); i++) { /* whatever was looked at before, nearly */
        struct doubt_fit again;

        assert_int_equal(doubt_score(&again, ps, &begun, cases[i].text, s.frames, s.n, NULL), 0);
        if (abs(again.score - fits[i].score) > LOOKS_DIFFER_MAX)
            fail_msg("'%s' is %d and then %d", cases[i].text, fits[i].score, again.score);
    }
    assert_true(fits[0].score - fits[1].score > DOUBT_SURE);
    assert_true(fits[2].score > fits[3].score);
    spoken_done(&s);
    ps_free(ps);
    cmd_ln_free_r(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_words),
        cmocka_unit_test(the_other_of_the_other),
        cmocka_unit_test(several_others),
        cmocka_unit_test(without_the_word),
        cmocka_unit_test(how_sentences_fit),
        cmocka_unit_test(noise_needs_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
