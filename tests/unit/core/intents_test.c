/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/intents_test.c - which intents only tell, so that what was misheard as one does no harm. */
#include "core/intents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void which_are_told(void **state)
{
    static const struct {
        const char *name;
        bool told;
    } cases[] = {
        { "HassGetState", true },     { "HassClimateGetTemperature", true }, { "HassGetCurrentTime", true },
        { "HassGetCurrentDate", true }, { "JarvisRefuse", true },
        { "HassTurnOn", false },      { "HassToggle", false },   { "HassLightSet", false },
        { "JarvisUndo", false },      { "JarvisCorrect", false }, { "JarvisAlso", false }, /* they do something again */
        { "JarvisAgain", false },     { "JarvisYes", false },    { "JarvisStop", false },
        { "nobody", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (intents_is_told(intents_find(cases[i].name)) != cases[i].told)
            fail_msg("%s", cases[i].name);
    assert_false(intents_is_told(NULL));
}

/* Nothing that acts is ever only told, whatever is added to the table. */
static void what_acts_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; intents_at(i); i++)
        if (intents_at(i)->risk == RISK_ACTS)
            assert_false(intents_is_told(intents_at(i)));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(which_are_told), cmocka_unit_test(what_acts_is_not) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
