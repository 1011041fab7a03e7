/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/style_test.c - reply.style: what is said in one word or by a chime, and what never is. */
#include "assistant/phrase.h"
#include "unit/assistant/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct scene_meaning meanings[] = {
    { "is it on", 0, "{\"intent\":\"HassGetState\",\"slots\":{\"name\":" SCENE_LAMP "}}" },
    { "both", 0,
      "{\"commands\":[{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":" SCENE_LAMP "}},"
      "{\"intent\":\"HassTurnOff\",\"slots\":{\"name\":" SCENE_LAMP "}}]}" },
    { "one of both", 0,
      "{\"commands\":[{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":" SCENE_LAMP "}},"
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":\"dead\",\"text\":\"dead\"}}}]}" },
};

static const struct {
    const char *style, *script;
    const char *want, *never; /* in the log; never: NULL: anything else may be there */
} cases[] = {
    { "full", "text:lamp_on", "Turned on the lamp.", "Done" },
    { "full", "wake start end hear:lamp_on", "last(Turned on the lamp.)", "\a" },
    { "short", "text:lamp_on", "Done.", "Turned" },
    { "short", "wake start end hear:lamp_on", "last(Done.)", "Turned" },
    { "short", "text:both", "Done.", "Turned" },
    { "short", "text:allume", "C'est fait.", "Done" },
    { "chime", "wake start end hear:lamp_on", "last(\a)", "Done" },
    { "chime", "wake start end hear:both", "last(\a)", "Turned" },
    { "chime", "text:lamp_on", "Done.", "\a" },
    /* never: questions, what was not done, what is not about the house */
    { "short", "text:is_it_on", "The lamp is on.", "Done" },
    { "chime", "wake start end hear:is_it_on", "last(The lamp is on.)", "\a" },
    { "short", "act:107 text:lamp_on", "cannot reach the house", "Done" },
    { "chime", "act:107 wake start end hear:lamp_on", "cannot reach the house", "\a" },
    { "short", "text:time", "It is ", "Done" },
    { "short", "text:never_mind", "Cancelled.", "Done" },
    { "short", "text:sing", "did not understand", "Done" },
    { "chime", "wake start end hear:open_the_garage", "Shall I open the garage door?", "\a" },
    { "short", "text:one_of_both", "reach the house", "Done" },
};

static void styles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene s;

        assert_int_equal(scene_open(&s), 0);
        s.more = meanings;
        s.more_n = sizeof(meanings) / sizeof(meanings[0]);
        str_copy(s.settings.reply_style, sizeof(s.settings.reply_style), cases[i].style);
        assert_int_equal(scene_start(&s, NULL), 0);
        assert_true(scene_play(&s, cases[i].script));
        if (!strstr(str_text(&s.log), cases[i].want) || strstr(str_text(&s.log), cases[i].never))
            fail_msg("%s %s: '%s'", cases[i].style, cases[i].script, str_text(&s.log));
        scene_close(&s);
    }
}

/* What is kept of a chime is its word: nobody reads a bell in the history. */
static void the_word_is_kept(void **state)
{
    struct scene s;

    (void)state;
    assert_int_equal(scene_open(&s), 0);
    str_copy(s.settings.reply_style, sizeof(s.settings.reply_style), "chime");
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_true(scene_play(&s, "wake start end hear:lamp_on"));
    assert_non_null(strstr(str_text(&s.kept), "Done."));
    assert_null(strstr(str_text(&s.kept), "\\u0007"));
    scene_close(&s);
}

#define DEVICE "{\"id\":\"a\",\"name\":\"a\"}"

static void what_is_done(void **state)
{
    static const struct {
        const char *intent, *acted;
        bool is;
    } facts[] = {
        { "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[" DEVICE "]}", true },
        { "{\"intent\":\"HassLightSet\"}", "{\"devices\":[" DEVICE "," DEVICE "],\"missed\":[]}", true },
        { "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[]}", false },
        { "{\"intent\":\"HassTurnOn\"}", "{}", false },
        { "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[" DEVICE "],\"missed\":[" DEVICE "]}", false },
        { "{\"intent\":\"HassGetState\"}", "{\"devices\":[" DEVICE "]}", false },
        { "{\"intent\":\"HassClimateGetTemperature\"}", "{\"devices\":[" DEVICE "]}", false },
        { "{\"intent\":\"JarvisThanks\"}", "{\"devices\":[" DEVICE "]}", false },
        { "{\"intent\":\"Unheard\"}", "{\"devices\":[" DEVICE "]}", false },
        { "{}", "{\"devices\":[" DEVICE "]}", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        AUTO_JSON *intent = NULL, *acted = NULL;

        assert_int_equal(json_parse(&intent, facts[i].intent, strlen(facts[i].intent), NULL), 0);
        assert_int_equal(json_parse(&acted, facts[i].acted, strlen(facts[i].acted), NULL), 0);
        if (phrase_is_done(&(struct phrase_facts){ intent, acted, NULL, 0 }) != facts[i].is)
            fail_msg("%zu: %s %s", i, facts[i].intent, facts[i].acted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(styles),
        cmocka_unit_test(the_word_is_kept),
        cmocka_unit_test(what_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
