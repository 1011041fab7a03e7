/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/not_ready_test.c - a sentence that came too early: told so in every language, whoever said
 * it and whatever else could answer. */
#include "unit/assistant/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct scene_meaning meanings[] = {
    { "early", -EAGAIN, NULL },
};

static const struct {
    const char *language, *kind, *script, *want;
} cases[] = {
    { "en", "none", "text:early", "I am not ready yet." },
    { "en", "none", "wake start end hear:early", "last(I am not ready yet." },
    { "en", "ollama", "text:early", "I am not ready yet." }, /* no model is asked */
    { "de", "none", "text:early", "Ich bin noch nicht so weit." },
    { "nl", "none", "text:early", "Ik ben nog niet klaar." },
    { "fr", "none", "text:early", "Je ne suis pas encore pr\u00eat." },
    { "it", "none", "text:early", "Non sono ancora pronto." },
    { "es", "none", "text:early", "Todav\u00eda no estoy listo." },
};

static void play(struct scene *s, const char *language, const char *kind, const char *script)
{
    assert_int_equal(scene_open(s), 0);
    str_copy(s->settings.language, sizeof(s->settings.language), language);
    str_copy(s->settings.llm_kind, sizeof(s->settings.llm_kind), kind);
    str_copy(s->settings.llm_url, sizeof(s->settings.llm_url), "http://127.0.0.1:9");
    s->more_n = sizeof(meanings) / sizeof(meanings[0]);
    s->more = meanings;
    assert_int_equal(scene_start(s, NULL), 0);
    assert_true(scene_play(s, script));
}

static void too_early(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene s;
        const char *log;

        play(&s, cases[i].language, cases[i].kind, cases[i].script);
        log = str_text(&s.log);
        assert_non_null(strstr(log, "keep(failed)"));
        assert_non_null(strstr(str_text(&s.kept), "not ready"));
        if (!strstr(log, cases[i].want) || strstr(log, "understand"))
            fail_msg("%s %s: '%s'", cases[i].language, cases[i].script, log);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
