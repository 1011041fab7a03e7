/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/language.h - a language's sentences against a table: what they mean, and what
 * must not match. Included by the test of each language; the tables are theirs. */
#ifndef JARVIS_TESTS_UNIT_INTENT_LANGUAGE_H
#define JARVIS_TESTS_UNIT_INTENT_LANGUAGE_H

#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct intent_case {
    const char *text, *want; /* as house_show() writes it; "-": must not match */
};

/* A group's set-up: the shipped sentences of the language without a complaint. */
static inline int language_load(void **state, const char *language, const char *devices,
                                const char *area)
{
    struct house *h = calloc(1, sizeof(*h));
    struct err e = ERR_INIT;

    assert_non_null(h);
    if (house_load(h, language, devices, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_string_equal(str_text(&h->complaints), "");
    h->area = (struct pair){ .key = "area", .value = area };
    *state = h;
    return 0;
}

static int language_unload(void **state)
{
    house_done(*state);
    free(*state);
    return 0;
}

static inline void language_means(const struct house *h, const struct intent_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_STR got = STR_INIT;

        house_understand(&got, h, cases[i].text);
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i].text, str_text(&got), cases[i].want);
    }
}

static inline void language_refuses(const struct house *h, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        language_means(h, &(struct intent_case){ texts[i], "-" }, 1);
}

/* Where the room is not known. */
static inline void language_means_anywhere(const struct house *h, const struct intent_case *cases,
                                           size_t n)
{
    struct house lost = *h;

    lost.area.value = NULL;
    language_means(&lost, cases, n);
}

#endif
