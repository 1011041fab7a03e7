/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply_check.c - is a response file whole? Checked once, when it is loaded, so that a reply
 * can rely on what it finds. */
#include "assistant/reply_file.h"

#include "base/utf8.h"
#include "core/intents.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct check {
    const char *name; /* of the file */
    struct err *e;
};

static int check_fail(const struct check *c, const struct yaml *at, const char *what,
                      const char *detail)
{
    return err_set(c->e, -EINVAL, "%s line %d: %s%s%s", c->name, at->line, what, detail ? ": " : "",
                   detail ? detail : "");
}

static int check_sentence(const struct check *c, const struct yaml *y, const char *const *names,
                          size_t n)
{
    const struct reply_places in = { names, NULL, n };
    const char *p;

    if (y->kind != YAML_SCALAR || strspn(y->text, " \t\r\n") == strlen(y->text))
        return check_fail(c, y, "a sentence must be a text that is not empty", NULL);
    if (strlen(y->text) > REPLY_BYTES_MAX)
        return check_fail(c, y, "a sentence is too long", NULL);
    if (!utf8_is_valid(y->text, strlen(y->text)))
        return check_fail(c, y, "a sentence is not UTF-8", NULL);
    p = y->text;
    while ((p = strpbrk(p, "{}"))) {
        if (*p == '}' || !strchr(p, '}'))
            return check_fail(c, y, "a brace has no partner", y->text);
        if (reply_place_find(&in, p + 1, &p) == SIZE_MAX)
            return check_fail(c, y, "unknown word in braces", y->text);
    }
    return 0;
}

/* A sentence or a list of them. */
static int check_sentences(const struct check *c, const struct yaml *y, const char *const *names,
                           size_t n)
{
    if (y->kind == YAML_SCALAR)
        return check_sentence(c, y, names, n);
    if (y->kind != YAML_LIST || !y->child)
        return check_fail(c, y, "must be a list of sentences", y->key);
    yaml_each(item, y)
    {
        int r = check_sentence(c, item, names, n);

        if (r < 0)
            return r;
    }
    return 0;
}

static const struct {
    const char *key;
    const char *const *names;
    size_t n;
    bool needed;
} word_rows[] = {
    { "and", NULL, 0, true },
    { "or", NULL, 0, true },
    { "more", reply_place_names, PLACE_N, true },
    { "decimal", NULL, 0, true },
    { "item", reply_place_names, PLACE_N, true },
    { "item_old", reply_place_names, PLACE_N, true },
    { "missed", reply_place_names, PLACE_N, true },
    { "old", NULL, 0, true },
    { "unsure", reply_place_names, PLACE_N, true },
    { "example", reply_place_names, PLACE_N, true },
    { "examples", reply_place_names, PLACE_N, true },
    { "which", reply_place_names, PLACE_N, true },
    { "where", reply_place_names, PLACE_N, false },
    { "same", reply_place_names, PLACE_N, false },
    { "chosen", NULL, 0, true },
    { "first", NULL, 0, false },
    { "second", NULL, 0, false },
    { "third", NULL, 0, false },
    { "last", NULL, 0, false },
    { "both", NULL, 0, false },
    { "neither", NULL, 0, false },
    { "meant", reply_place_names, PLACE_N, false },
    { "learnt", reply_place_names, PLACE_N, false },
    { "misheard", reply_place_names, PLACE_N, true },
    { "part", reply_place_names, PLACE_N, false },
    { "kept", reply_place_names, PLACE_N, false },
    { "before", reply_place_names, PLACE_N, false },
    { "kelvin", reply_place_names, PLACE_N, false },
    { "degree", reply_place_names, PLACE_N, true },
    { "degrees", reply_place_names, PLACE_N, true },
    { "time", reply_date_names, DATE_N, true },
    { "full_hour", reply_date_names, DATE_N, false },
    { "date", reply_date_names, DATE_N, true },
};

static int check_words(const struct check *c, const struct yaml *words)
{
    yaml_each(item, words)
    {
        size_t i = 0;
        int r;

        while (i < COUNT(word_rows) && strcmp(word_rows[i].key, item->key) != 0)
            i++;
        r = i == COUNT(word_rows) ? check_fail(c, item, "unknown word", item->key)
                             : check_sentence(c, item, word_rows[i].names, word_rows[i].n);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < COUNT(word_rows); i++)
        if (word_rows[i].needed && !yaml_get(words, word_rows[i].key))
            return check_fail(c, words, "`words` lacks", word_rows[i].key);
    return 0;
}

/* A device's state is what it told last. Where something was done just now that is what was before, and an answer
 * with it would say the opposite: such a sentence names the state in words of its own. */
static size_t places_of(const struct intent_def *def, const char *ret[PLACE_N])
{
    size_t n = 0;

    for (size_t i = 0; i < PLACE_N; i++)
        if (i != PLACE_STATE || !def || def->risk != RISK_ACTS)
            ret[n++] = reply_place_names[i];
    return n;
}

static int check_intents(const struct check *c, const struct yaml *intents)
{
    yaml_each(intent, intents)
    {
        const char *places[PLACE_N];
        size_t n = places_of(intents_find(intent->key), places);

        if (intent->kind != YAML_MAP)
            return check_fail(c, intent, "an intent must hold keys with sentences", intent->key);
        yaml_each(key, intent)
        {
            int r = check_sentences(c, key, places, n);

            if (r < 0)
                return r;
        }
        if (!yaml_get(intent, "default"))
            return check_fail(c, intent, "an intent lacks `default`", intent->key);
    }
    for (size_t i = 0; intents_at(i); i++)
        if (!yaml_get(intents, intents_at(i)->name))
            return check_fail(c, intents, "`intents` lacks", intents_at(i)->name);
    return 0;
}

static int check_errors(const struct check *c, const struct yaml *errors)
{
    yaml_each(item, errors)
    {
        size_t i = 0;
        int r;

        while (i < REPLY_ERROR_N && strcmp(reply_error_names[i], item->key) != 0)
            i++;
        if (i == REPLY_ERROR_N)
            return check_fail(c, item, "unknown error", item->key);
        r = check_sentences(c, item, NULL, 0);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < REPLY_ERROR_N; i++)
        if (!yaml_get(errors, reply_error_names[i]))
            return check_fail(c, errors, "`errors` lacks", reply_error_names[i]);
    return 0;
}

/* One word, or one for each form. */
static int check_states(const struct check *c, const struct yaml *states)
{
    yaml_each(item, states)
    {
        int r = check_sentences(c, item, NULL, 0);

        if (r < 0)
            return r;
        if (item->kind == YAML_LIST && yaml_count(item) != FORM_N)
            return check_fail(c, item, "must be one word or four (singular he and she, plural)",
                              item->key);
    }
    return 0;
}

/* The lights, all the lights, lights, light. */
static int check_kinds(const struct check *c, const struct yaml *kinds)
{
    yaml_each(item, kinds)
    {
        int r = check_sentences(c, item, NULL, 0);

        if (r < 0)
            return r;
        if (item->kind != YAML_LIST || yaml_count(item) < 2 || yaml_count(item) > 4)
            return check_fail(c, item,
                              "must be two to four words: the ..., all the ..., several, one", item->key);
    }
    return 0;
}

static int check_noun(const struct check *c, const struct yaml *noun)
{
    static const char *const keys[] = { "first", "first_ends", "ends", "article", "form" };
    const char *form = yaml_str(noun, "form", "0");

    if (noun->kind != YAML_MAP)
        return check_fail(c, noun, "must hold article, form, first or ends", NULL);
    yaml_each(item, noun)
    {
        size_t i = 0;

        while (i < COUNT(keys) && strcmp(keys[i], item->key) != 0)
            i++;
        if (i == COUNT(keys))
            return check_fail(c, item, "unknown key of a noun", item->key);
        if (i < 3 && check_sentences(c, item, NULL, 0) < 0)
            return -EINVAL;
        if (i >= 3 && item->kind != YAML_SCALAR)
            return check_fail(c, item, "must be a text", item->key);
    }
    if (strlen(form) != 1 || form[0] < '0' || form[0] >= '0' + FORM_N)
        return check_fail(c, noun, "form must be 0 (he), 1 (she), 2 or 3 (several)", NULL);
    return 0;
}

static int check_nouns(const struct check *c, const struct yaml *nouns)
{
    yaml_each(noun, nouns)
    {
        int r = check_noun(c, noun);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_plain(const struct check *c, const struct yaml *y)
{
    return check_sentences(c, y, NULL, 0);
}

/* How names stand in a sentence: small, but where they are written large by themselves; or as they are. */
static int check_names(const struct check *c, const struct yaml *y)
{
    return strcmp(y->text, "as_written") == 0 ? 0 : check_fail(c, y, "can be nothing but as_written", y->key);
}

static const struct section {
    const char *key;
    enum yaml_kind kind;
    size_t count; /* of a list; 0: any */
    bool needed;
    int (*check)(const struct check *c, const struct yaml *y);
} sections[] = {
    { "language", YAML_SCALAR, 0, true, check_plain },
    { "names", YAML_SCALAR, 0, false, check_names },
    { "prompt", YAML_SCALAR, 0, true, check_plain },
    { "words", YAML_MAP, 0, true, check_words },
    { "hours", YAML_LIST, 24, false, check_plain },
    { "days", YAML_LIST, 31, true, check_plain },
    { "weekdays", YAML_LIST, 7, true, check_plain },
    { "months", YAML_LIST, 12, true, check_plain },
    { "states", YAML_MAP, 0, true, check_states },
    { "verbs", YAML_MAP, 0, false, check_states },
    { "kinds", YAML_MAP, 0, false, check_kinds },
    { "colors", YAML_LIST, 0, false, check_plain },
    { "nouns", YAML_LIST, 0, false, check_nouns },
    { "intents", YAML_MAP, 0, true, check_intents },
    { "done", YAML_LIST, 0, true, check_plain },
    { "errors", YAML_MAP, 0, true, check_errors },
};

static int check_section(const struct check *c, const struct yaml *y)
{
    static const char *const shapes[] = { [YAML_SCALAR] = "must be a text",
                                          [YAML_MAP] = "must hold keys",
                                          [YAML_LIST] = "must be a list of the right length" };

    for (size_t i = 0; i < COUNT(sections); i++) {
        const struct section *s = &sections[i];

        if (strcmp(s->key, y->key) != 0)
            continue;
        if (y->kind != s->kind || (s->count > 0 && yaml_count(y) != s->count))
            return check_fail(c, y, shapes[s->kind], s->key);
        return s->check(c, y);
    }
    return check_fail(c, y, "unknown section", y->key);
}

int reply_check(const char *name, const struct yaml *tree, struct err *e)
{
    const struct check of = { name, e }, *c = &of;

    if (tree->kind != YAML_MAP)
        return check_fail(c, tree, "must hold sections", NULL);
    yaml_each(y, tree)
    {
        int r = check_section(c, y);

        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < COUNT(sections); i++)
        if (sections[i].needed && !yaml_get(tree, sections[i].key))
            return check_fail(c, tree, "the file lacks", sections[i].key);
    return 0;
}
