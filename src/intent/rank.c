/* SPDX-License-Identifier: Apache-2.0 */
/* intent/rank.c - the rules of match.h between two readings. */
#include "intent/rank.h"

#include "base/must.h"

#include <string.h>

static bool is_own(const struct match *m)
{
    return m->block->is_own && !m->refused;
}

/* Rules 1, 2, 4 and 5; ties keep what came first. A shadow goes before all that needs a wildcard
 * and behind all that needs none. */
bool rank_is_better(const struct match *a, const struct match *b)
{
    if (!b->block)
        return true;
    if (a->is_shadow != b->is_shadow)
        return a->is_shadow ? b->wildcards > 0 : a->wildcards == 0;
    if (a->reaches != b->reaches)
        return a->reaches;
    if (is_own(a) != is_own(b) &&
        (is_own(a) ? a->wildcards <= b->wildcards : b->wildcards <= a->wildcards))
        return is_own(a);
    if (a->name_chars != b->name_chars)
        return a->name_chars > b->name_chars;
    if (a->wildcards != b->wildcards)
        return a->wildcards < b->wildcards;
    return a->literal > b->literal;
}

/* A slot that says what kind of things are meant, by a word of the language: "the blinds". */
static bool says_kind(const struct match_slot *slot)
{
    return strcmp(slot->name, "device_class") == 0 || strcmp(slot->name, "domain") == 0;
}

/* Whether the plain reading takes the whole name for words of its own. */
static bool is_made_of_words(const struct match *named, const struct match *plain)
{
    const struct match_slot *name = match_slot(named, "name");

    if (plain->wildcards || plain->is_shadow || plain->s != named->s || !must(name != NULL))
        return false;
    for (size_t i = 0; i < plain->slots_n; i++)
        if (!says_kind(&plain->slots[i]) && plain->slots[i].from < name->to &&
            plain->slots[i].to > name->from)
            return false;
    return true;
}

/* The whole name is a word for several things: "lights", "blinds", "everything". */
static bool is_collective(const struct catalog *c, const struct match *named)
{
    const struct symbol *words = catalog_find(c, "collective", true);
    const struct match_slot *name = match_slot(named, "name");

    for (const struct value *v = words && words->list ? words->list->values : NULL; v; v = v->next) {
        size_t at = name->from;
        bool loose = false;

        while (at < name->to && named->s->fold[at] == ' ')
            at++;
        if (v->in->kind == NODE_TEXT &&
            sentence_take(named->s, &at, v->in->cp, v->in->exact, v->in->len, &loose) && at == name->to)
            return true;
    }
    return false;
}

/* Whether the device that is named stands in the room. */
static bool is_in(const struct match *named, const struct match_slot *area)
{
    return area && named->place && area->value.kind == DATUM_TEXT &&
           strcmp(named->place, area->value.text) == 0;
}

/* A lamp called "Light" where somebody says "the light": they mean the lamp only if it is in the
 * room that the plain reading speaks of, or if that one had to take the house for want of a room. One
 * called "Lights" is meant where it is all there is, or where its room was said. */
bool rank_sets_apart(const struct catalog *c, const struct match *named, const struct match *plain)
{
    const struct match_slot *area = match_slot(plain, "area"), *name = match_slot(named, "name");
    const bool is_there = is_in(named, area);

    if (!named->reaches || !plain->reaches || is_own(named) || !is_made_of_words(named, plain))
        return false;
    if (plain->only && name->of_list && plain->only == name->of_list->named)
        return false;
    if (is_collective(c, named))
        return !is_there || area->is_copied;
    if (area)
        return !is_there;
    for (const struct requirement *q = plain->block->excludes; q; q = q->next)
        if (strcmp(q->key, "area") == 0)
            return false;
    return true;
}
