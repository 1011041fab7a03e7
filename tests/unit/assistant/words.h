/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/words.h - the shipped words of a language, and JSON to speak of. Included by the tests of
 * assistant/ only. */
#ifndef JARVIS_TESTS_UNIT_ASSISTANT_WORDS_H
#define JARVIS_TESTS_UNIT_ASSISTANT_WORDS_H

#include "assistant/phrase.h"
#include "assistant/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "rootfs-overlay/usr/share/jarvis/responses/"

static inline struct reply *load(const char *language)
{
    char path[128];
    struct reply *r = NULL;
    struct err e = ERR_INIT;

    snprintf(path, sizeof(path), FOLDER "%s.yaml", language);
    if (reply_load(&r, path, &e) < 0)
        fail_msg("%s", e.text);
    return r;
}

static inline cJSON *json(const char *text)
{
    cJSON *j = NULL;
    struct err e = ERR_INIT;

    if (text && json_parse(&j, text, strlen(text), &e) < 0)
        fail_msg("%s: %s", text, e.text);
    return j;
}

#endif
