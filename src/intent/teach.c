/* SPDX-License-Identifier: Apache-2.0 */
/* intent/teach.c - what may be taught. */
#include "intent/teach.h"

#include "base/must.h"
#include "core/intents.h"
#include "intent/opposites.h"
#include "intent/several.h"

#include <string.h>

enum { LEAST_LETTERS = 3 };

/* Whether some language understands the text, as a command, a question, a denial or anything else. */
static bool says_something(const struct teaching *t, const char *text)
{
    for (size_t i = 0; i < t->n; i++) {
        cJSON *found = NULL;
        const int r = several_find(&found, t->tongues[i], text, t->room, NULL, NULL);

        json_free(found);
        if (r != -ENOENT)
            return true;
    }
    return false;
}

static int refuse_word(const struct sentence *s, size_t from, size_t to, struct err *e)
{
    AUTO_STR word = STR_INIT;

    sentence_text(&word, s, from, to);
    return err_set(e, -EINVAL, "the word '%s' has an opposite: it must not stand in a name",
                   str_text(&word));
}

/* Words with an opposite, and names that are too little. */
static int check_words(const char *text, struct err *e)
{
    struct sentence s;
    size_t longest = 0, to;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r < 0)
        return r;
    for (size_t from = 0; from < s.len; from = to + 1) {
        to = from;
        while (to < s.len && s.fold[to] != ' ')
            to++;
        longest = to - from > longest ? to - from : longest;
        if (opposites_has(&s.fold[from], to - from))
            return refuse_word(&s, from, to, e);
    }
    if (longest < LEAST_LETTERS)
        return err_set(e, -EINVAL, "'%s' is too short for a name", text);
    return 0;
}

int teach_name(const struct teaching *t, const char *text, struct err *e)
{
    int r = check_words(text, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n; i++)
        if (t->tongues[i]->names &&
            (names_know(t->tongues[i]->names, text) || names_area(t->tongues[i]->names, text)))
            return err_set(e, -EEXIST, "'%s' is the name of a device or a room already", text);
    if (says_something(t, text))
        return err_set(e, -EEXIST, "'%s' is a sentence already", text);
    return 0;
}

int teach_device(const struct teaching *t, const char *text, const char *device, struct err *e)
{
    const struct names *names = t->n > 0 ? t->tongues[0]->names : NULL;

    for (const struct named *d = names ? names->devices : NULL; d; d = d->next)
        if (strcmp(d->id, device) == 0)
            return teach_name(t, text, e);
    return err_set(e, -ENOENT, "there is no device %.64s", device);
}

int teach_sentence(const struct teaching *t, const char *text, const char *means, struct err *e)
{
    struct sentence s;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r < 0)
        return r;
    if (s.len <= LEAST_LETTERS)
        return err_set(e, -EINVAL, "'%s' is too short for a sentence", text);
    if (says_something(t, text))
        return err_set(e, -EEXIST, "'%s' is understood already", text);
    if (!says_something(t, means))
        return err_set(e, -EINVAL, "'%s' is not understood", means);
    must(strcmp(text, means) != 0);
    return 0;
}
