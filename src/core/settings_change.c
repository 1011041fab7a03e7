/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_change.c - changes one setting of the running daemon. */
#include "core/settings_change.h"

#include "base/must.h"

#include <string.h>

struct change {
    struct settings_place place;
    struct settings was; /* copy, for the slow thread */
    const struct cfg_row *row;
    char *value; /* owned */
    settings_done_fn done;
    void *user;
};

static void change_free(struct change *c)
{
    if (c)
        free(c->value);
    free(c);
}
AUTO_DEFINE(struct change *, change_free)

/* Slow thread. */
static int change_run(void *user, struct err *e)
{
    const struct change *c = user;

    for (size_t i = 0; i < c->place.rules_n; i++) {
        const struct settings_rule *rule = &c->place.rules[i];
        int r = strcmp(rule->key, c->row->key) == 0 ? rule->check(&c->was, c->value, e) : 0;

        if (r < 0)
            return r;
    }
    return settings_write(c->place.paths, c->row, c->value, e);
}

static void change_done(int code, const char *words, void *user)
{
    struct change *c = user;

    int r = code < 0 ? code : cfg_store(c->row, c->place.live, c->value, NULL);

    must(r == 0 || code < 0); /* it was checked before; a value that is kept is in force */
    c->done(code, words, c->row, c->user);
    change_free(c);
}

int settings_change(const struct settings_place *p, const char *key, const char *value,
                    settings_done_fn done, void *user, struct err *e)
{
    AUTO(change_freep) struct change *c = calloc(1, sizeof(*c));
    struct slow_job job = {
        .what = "settings",
        .run = change_run,
        .done = change_done,
        .bytes = sizeof(*c),
        .must = true,
    };
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "%s: out of memory", key);
    r = settings_check(&c->row, key, value, e);
    if (r < 0)
        return r;
    c->place = *p;
    c->was = *p->live;
    c->value = str_dup(value);
    c->done = done;
    c->user = user;
    if (!c->value)
        return err_set(e, -ENOMEM, "%s: out of memory", key);
    job.job = c;
    r = slow_post(p->slow, &job, e);
    if (r >= 0)
        c = NULL; /* the queue owns it */
    return r;
}
