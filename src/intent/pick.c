/* SPDX-License-Identifier: Apache-2.0 */
/* intent/pick.c - from a name to devices. */
#include "intent/pick.h"

#include "base/fold.h"
#include "base/must.h"

#include <string.h>

static bool is_text(const struct match_slot *slot)
{
    return slot && slot->value.kind == DATUM_TEXT;
}

bool pick_asks(const struct match *m)
{
    const struct match_slot *name = match_slot(m, "name");

    return is_text(name) && !name->is_wildcard && strcmp(name->value.text, "all") != 0;
}

static void add(struct pick *p, const struct named *d, bool exact)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i] == d) {
            p->exact[i] = p->exact[i] || exact;
            return;
        }
    if (p->n == PICK_MAX)
        return;
    must(p->n < PICK_MAX && d->id);
    p->at[p->n] = d;
    p->exact[p->n++] = exact;
}

/* The text of the slot is this value's. */
static bool value_is_said(const struct value *v, const struct match *m,
                          const struct match_slot *slot, bool *loose)
{
    size_t at = slot->from;

    while (at < slot->to && m->s->fold[at] == ' ')
        at++;
    *loose = false;
    return v->in->kind == NODE_TEXT &&
           sentence_take(m->s, &at, v->in->cp, v->in->exact, v->in->len, loose) && at == slot->to;
}

/* A name that a template gives: an id, a name or an alias. */
static bool value_is_given(const struct value *v, const struct sentence *given, const char *text,
                           bool *loose)
{
    size_t at = 0;

    *loose = false;
    if (fold_is_same(v->named->id, text))
        return true;
    return sentence_take(given, &at, v->in->cp, v->in->exact, v->in->len, loose) &&
           at + 1 >= given->len;
}

static void add_named(struct pick *p, const struct names *n, const struct match *m,
                      const struct match_slot *slot)
{
    bool is_said = slot->of_list && slot->of_list->named;
    struct sentence given;

    if (!is_said && sentence_parse(&given, slot->value.text, strlen(slot->value.text), NULL) < 0)
        return;
    for (const struct value *v = n->name.values; v; v = v->next) {
        bool loose;

        if (must(v->named != NULL) &&
            (is_said ? value_is_said(v, m, slot, &loose)
                     : value_is_given(v, &given, slot->value.text, &loose)) &&
            (!is_said || match_allows(m->block, v->context)))
            add(p, v->named, !loose);
    }
}

/* ---- narrowing ---------------------------------------------------------------------------- */

struct wish {
    const char *room;
    unsigned kinds;
};

typedef bool (*fits_fn)(const struct pick *p, size_t i, const struct wish *w);

static bool in_room(const struct pick *p, size_t i, const struct wish *w)
{
    return p->at[i]->area && fold_is_same(p->at[i]->area, w->room);
}

static bool in_no_room(const struct pick *p, size_t i, const struct wish *w)
{
    (void)w;
    return !p->at[i]->area;
}

static bool is_exact(const struct pick *p, size_t i, const struct wish *w)
{
    (void)w;
    return p->exact[i];
}

static bool of_kind(const struct pick *p, size_t i, const struct wish *w)
{
    return p->at[i]->kind < KIND_N && w->kinds & (1u << p->at[i]->kind);
}

/* Keeps those that fit, if any does; returns whether any did. */
static bool narrow(struct pick *p, fits_fn fits, const struct wish *w)
{
    struct pick kept = { .n = 0 };

    for (size_t i = 0; i < p->n; i++)
        if (fits(p, i, w))
            add(&kept, p->at[i], p->exact[i]);
    if (kept.n == 0)
        return false;
    must(kept.n <= p->n);
    *p = kept;
    return true;
}

void pick_devices(struct pick *ret, const struct names *n, const struct match *m, const char *here)
{
    const struct match_slot *name = match_slot(m, "name"), *area = match_slot(m, "area");
    struct wish w = { .kinds = m->block->def ? m->block->def->kinds : 0 };

    ret->n = 0;
    if (!n || !must(is_text(name)))
        return;
    add_named(ret, n, m, name);
    if (is_text(area) && !area->is_copied) {
        w.room = area->value.text;
        if (!narrow(ret, in_room, &w) && !narrow(ret, in_no_room, &w))
            ret->n = 0;
    }
    narrow(ret, is_exact, &w);
    if (here && !(w.room = here, narrow(ret, in_room, &w)))
        w.room = NULL;
    narrow(ret, of_kind, &w);
}

/* ---- collective readings ------------------------------------------------------------------ */

/* Whether the slot, if there is one, says `text`. */
static bool slot_allows(const struct match_slot *slot, const char *text, bool folded)
{
    if (!slot)
        return true;
    if (!text)
        return false;
    if (slot->value.kind == DATUM_TEXT)
        return folded ? fold_is_same(slot->value.text, text)
                      : strcmp(slot->value.text, text) == 0;
    for (const struct pair *p = slot->value.texts; p; p = p->next)
        if (strcmp(p->value, text) == 0)
            return true;
    return false;
}

bool pick_reaches(const struct named **ret_only, const struct names *n, const struct match *m)
{
    const struct match_slot *area = match_slot(m, "area"), *domain = match_slot(m, "domain");
    const struct match_slot *device_class = match_slot(m, "device_class");
    unsigned kinds = m->block->def ? m->block->def->kinds : 0;

    *ret_only = NULL;
    for (const struct named *d = n ? n->devices : NULL; d; d = d->next) {
        if (!(domain ? slot_allows(domain, d->kind_name, false)
                     : d->kind < KIND_N && kinds & (1u << d->kind)) ||
            !slot_allows(area, d->area, true) ||
            (d->device_class && !slot_allows(device_class, d->device_class, false)))
            continue;
        if (*ret_only) {
            *ret_only = NULL;
            return true;
        }
        *ret_only = d;
    }
    return *ret_only != NULL;
}
