/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_echo_test.c - what comes back of our own words, and what does not. */
#include "home/mqtt_echo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* A line of what happens: '>' is said by us, '<' comes in; `ours`: it is taken for an echo. */
struct line {
    char way;
    int64_t at_ms;
    const char *topic, *payload;
    bool ours;
};

/* clang-format off */
static const struct {
    const char *name;
    struct line lines[6];
} cases[] = {
    { "nothing was said", { { '<', 0, "a", "on", false } } },
    { "it comes back once, and then the device says it",
      { { '>', 0, "a", "on", 0 }, { '<', 1, "a", "on", true }, { '<', 2, "a", "on", false } } },
    { "said twice", { { '>', 0, "a", "on", 0 }, { '>', 0, "a", "on", 0 }, { '<', 1, "a", "on", true },
                      { '<', 1, "a", "on", true }, { '<', 1, "a", "on", false } } },
    { "other words in between are reports",
      { { '>', 0, "a", "on", 0 }, { '<', 1, "a", "off", false }, { '<', 1, "b", "on", false },
        { '<', 1, "a", "on", true } } },
    { "in whatever order they come",
      { { '>', 0, "a", "on", 0 }, { '>', 0, "b", "on", 0 }, { '<', 1, "b", "on", true },
        { '<', 1, "a", "on", true } } },
    { "kept for a while", { { '>', 0, "a", "on", 0 }, { '<', ECHO_MS, "a", "on", true } } },
    { "and not for ever", { { '>', 0, "a", "on", 0 }, { '<', ECHO_MS + 1, "a", "on", false } } },
    { "no letter passes from the topic to the payload",
      { { '>', 0, "ab", "c", 0 }, { '<', 1, "a", "bc", false }, { '<', 1, "ab", "c", true } } },
    { "an empty one", { { '>', 0, "a", "", 0 }, { '<', 1, "a", " ", false }, { '<', 1, "a", "", true } } },
};
/* clang-format on */

static void each(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct mqtt_echo e = { .n = 0 };

        for (size_t k = 0; k < N_OF(cases[i].lines) && cases[i].lines[k].topic; k++) {
            const struct line *l = &cases[i].lines[k];
            const size_t len = strlen(l->payload);

            if (l->way == '>')
                mqtt_echo_sent(&e, l->topic, l->payload, len, l->at_ms);
            else if (mqtt_echo_take(&e, l->topic, l->payload, len, l->at_ms) != l->ours)
                fail_msg("%s: line %zu", cases[i].name, k);
        }
    }
}

/* However much is said, so many are remembered: the newest. */
static void bound(void **state)
{
    struct mqtt_echo e = { .n = 0 };
    char text[16];

    (void)state;
    for (int i = 0; i < ECHO_MAX + 10; i++) {
        const int len = snprintf(text, sizeof(text), "%d", i);

        mqtt_echo_sent(&e, "a", text, (size_t)len, 0);
        assert_true(e.n <= ECHO_MAX);
    }
    assert_false(mqtt_echo_take(&e, "a", "9", 1, 1));
    assert_true(mqtt_echo_take(&e, "a", "10", 2, 1));
    assert_true(mqtt_echo_take(&e, "a", text, strlen(text), 1));
    assert_int_equal(e.n, ECHO_MAX - 2);
    assert_false(mqtt_echo_take(&e, "a", "11", 2, ECHO_MS + 1));
    assert_int_equal(e.n, 0); /* too old, all of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each), cmocka_unit_test(bound) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
