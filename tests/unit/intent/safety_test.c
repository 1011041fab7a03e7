/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/safety_test.c - what the shipped sentences can reach at most: no sentence that
 * speaks of several devices means a way into the house, in any language. Every template is looked
 * at, not examples of them. */
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Whether every way through the tree sets the slot. */
static bool always_sets(const struct block *b, const struct node *n, const char *slot)
{
    bool any = false, all = true;

    if (n->kind == NODE_TEXT)
        return false;
    if (n->kind == NODE_LIST)
        return strcmp(n->slot, slot) == 0;
    if (n->kind == NODE_RULE)
        return always_sets(b, catalog_rule(b, n->symbol), slot);
    for (const struct node *c = n->child; c; c = c->next) {
        bool sets = always_sets(b, c, slot);

        any = any || sets;
        all = all && sets;
    }
    return n->kind == NODE_ALT ? all && !n->optional : any;
}

static bool is_guarded_class(const char *name)
{
    enum device_class c;

    return device_class_parse(&c, name) == 0 && device_is_guarded(KIND_COVER, c);
}

/* Fails for a value of `device_class` that opens a way into the house. */
static void check_datum(const struct datum *d, const struct template *t)
{
    if (d->kind == DATUM_TEXT && is_guarded_class(d->text))
        fail_msg("%s line %d reaches every %s", t->file, t->line, d->text);
    for (const struct pair *p = d->kind == DATUM_TEXTS ? d->texts : NULL; p; p = p->next)
        if (is_guarded_class(p->value))
            fail_msg("%s line %d reaches every %s", t->file, t->line, p->value);
}

static void check_classes(const struct block *b, const struct node *n, const struct template *t)
{
    for (; n; n = n->next) {
        if (n->kind == NODE_RULE)
            check_classes(b, catalog_rule(b, n->symbol), t);
        if (n->kind == NODE_LIST && strcmp(n->slot, "device_class") == 0)
            for (const struct value *v = catalog_list(b, n->symbol)->values; v; v = v->next)
                check_datum(&v->out, t);
        check_classes(b, n->child, t);
    }
}

static const struct datum *fixed_slot(const struct block *b, const char *slot)
{
    for (const struct fixed *f = b->fixed; f; f = f->next)
        if (strcmp(f->slot, slot) == 0)
            return &f->value;
    return NULL;
}

static bool names_domain(const struct block *b, const char *domain)
{
    const struct datum *d = fixed_slot(b, "domain");

    if (d && d->kind == DATUM_TEXT)
        return strcmp(d->text, domain) == 0;
    for (const struct pair *p = d && d->kind == DATUM_TEXTS ? d->texts : NULL; p; p = p->next)
        if (strcmp(p->value, domain) == 0)
            return true;
    return false;
}

static void check_template(const struct block *b, const struct template *t)
{
    const struct datum *device_class = fixed_slot(b, "device_class");

    if (always_sets(b, t->root, "name") || b->def->does[0].command == ACT_STOP) /* opens nothing */
        return;
    if (fixed_slot(b, "single")) { /* the only one of its class, as if it were named: home/plan_safety_test */
        assert_true(always_sets(b, t->root, "device_class") && names_domain(b, "cover"));
        return;
    }
    check_classes(b, t->root, t);
    if (device_class)
        check_datum(device_class, t);
    if (names_domain(b, "lock") && strcmp(b->intent, "HassTurnOn") != 0) /* on is locked */
        fail_msg("%s line %d opens every lock", t->file, t->line);
    if ((names_domain(b, "cover") ||
         (!fixed_slot(b, "domain") && b->def->kinds & (IS_COVER | IS_LOCK))) &&
        !device_class && !always_sets(b, t->root, "device_class"))
        fail_msg("%s line %d moves every cover, garages and gates too", t->file, t->line);
}

static void no_way_into_the_house(void **state)
{
    static const struct {
        const char *language, *devices;
    } cases[] = { { "en", house_english }, { "fr", house_french } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO(house_done) struct house h = { 0 };
        unsigned checked = 0;

        assert_int_equal(house_load(&h, cases[i].language, cases[i].devices, NULL), 0);
        catalog_check(h.catalog);
        assert_string_equal(str_text(&h.complaints), "");
        for (const struct block *b = h.catalog->blocks; b; b = b->next)
            for (const struct template *t = b->templates; t; t = t->next) {
                assert_null(t->refused);
                if (!b->speech_only && b->def->risk == RISK_ACTS) { /* it does nothing itself */
                    check_template(b, t);
                    checked++;
                }
            }
        assert_true(checked > 150);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_way_into_the_house),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
