/* SPDX-License-Identifier: Apache-2.0 */
/* Several commands, and what is said about them, while memory fails: each conversation ends, nothing is done
 * that a whole memory would not have done, and what waits for a yes is never done without one. */
#include "unit/assistant/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault/assistant/broken.h"

/* How often `what` stands in the log. */
static int noted(const struct scene *s, const char *what)
{
    int n = 0;

    for (const char *p = str_text(&s->log); (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static const char *const deeds[] = { "act(HassTurnOn)", "act(HassTurnOff)", "act(?)", "confirmed",
                                     "at(light1)", "at(light2)" };

struct limits {
    int most[sizeof(deeds) / sizeof(deeds[0])];
};

static struct limits whole(const char *script)
{
    struct limits l;
    struct scene s;

    assert_int_equal(commands_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_true(scene_play(&s, script));
    assert_true(scene_ends(&s));
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        l.most[i] = noted(&s, deeds[i]);
    scene_close(&s);
    return l;
}

/* false: no allocation failed any more. */
static bool one_fails(const char *script, const struct limits *l, long nth, bool for_ever)
{
    struct scene s;
    bool hit;

    assert_int_equal(commands_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    hit = broken_play(&s, script, nth, for_ever);
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (noted(&s, deeds[i]) > l->most[i])
            fail_msg("%s: allocation %ld: %s more often than with memory: %s", script, nth, deeds[i],
                     str_text(&s.log));
    str_clear(&s.log);
    if (!scene_play(&s, "text:both") || !scene_ends(&s) || !strstr(str_text(&s.log), "answer("))
        fail_msg("%s: allocation %ld: no answer afterwards: %s", script, nth, str_text(&s.log));
    scene_close(&s);
    return hit;
}

static void whatever_fails(void **state)
{
    static const char *const scripts[] = {
        "text:both",
        "text:dead_first",
        "aloud:lamp_and_time",
        "wake start end hear:garage_and_lamp start end hear:yes",
        "wake start end hear:lamp_and_garage start end hear:no",
        "text:light1_on text:no_light2",
        "text:light1_on text:also_light2 text:undo",
        "text:lamp_on text:again text:say_again",
        "text:light1_on text:no_the_hall text:undo text:undo",
        "text:lamp_and_part text:help",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        const struct limits l = whole(scripts[i]);

        for (int for_ever = 0; for_ever < 2; for_ever++) {
            long nth = 1;

            while (one_fails(scripts[i], &l, nth, for_ever) && nth < 3000)
                nth++;
            assert_in_range(nth, 10, 2999);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
