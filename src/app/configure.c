/* SPDX-License-Identifier: Apache-2.0 */
/* app/configure.c - the settings of the running daemon: read, complained about, changed, read again.
 *
 * What is wrong in a settings file is one fault of the part "settings" (so that status and page
 * show it) with every complaint in the status, until the file is mended and read again. Nothing in
 * it keeps the daemon from starting. */
#include "app/app.h"

#include "base/must.h"

#include <string.h>

static void configure_complain(const char *text, void *user)
{
    struct app *a = user;

    log_warn(a->log, "settings", "%s", text);
    if (!json_push(a->complaints, cJSON_CreateString(text)))
        log_warn(a->log, "settings", "out of memory for a complaint");
}

int configure_load(struct settings *s, struct app *a, struct err *e)
{
    json_free(a->complaints);
    a->complaints = cJSON_CreateArray();
    if (!a->complaints)
        return err_set(e, -ENOMEM, "settings: out of memory");
    return settings_load(s, &a->paths, configure_complain, a, e);
}

void configure_tell(struct app *a)
{
    int n = cJSON_GetArraySize(a->complaints);
    const cJSON *first = cJSON_GetArrayItem(a->complaints, 0);
    AUTO_STR text = STR_INIT;

    if (n > 0) {
        str_add(&text, first->valuestring);
        if (n > 1)
            str_addf(&text, " (and %d more: see `jarvisctl status`)", n - 1);
        bus_post_fault(a->bus, "settings", -EINVAL, str_text(&text));
    } else if (a->complained) {
        bus_post_fault(a->bus, "settings", 0, "the settings are in order again");
    }
    a->complained = n > 0;
}

cJSON *configure_status(struct app *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *restart = j ? cJSON_AddArrayToObject(j, "restart") : NULL;

    for (size_t i = 0; restart && i < settings_rows_n; i++) {
        const struct cfg_row *row = &settings_rows[i];

        if ((row->flags & CFG_RESTART) &&
            memcmp((const char *)&a->settings + row->offset, (const char *)&a->booted + row->offset,
                   row->size) != 0)
            json_push(restart, cJSON_CreateString(row->key));
    }
    return json_put_copy(j, "complaints", a->complaints) ? STEAL(j) : NULL;
}

int configure_set(struct app *a, const char *key, const char *value, settings_done_fn done,
                  void *user, struct err *e)
{
    const struct settings_place place = {
        .live = &a->settings,
        .paths = &a->paths,
        .slow = a->slow,
        .rules = configure_rules,
        .rules_n = configure_rules_n,
    };
    int r = engine_may_set(a, key, value, e);

    return r < 0 ? r : settings_change(&place, key, value, done, user, e);
}

void configure_changed(struct app *a, const char *key)
{
    enum log_level least;

    if (settings_touches(key, SETTINGS_LOG) && !a->opts.lab &&
        log_level_parse(&least, a->settings.log_level, NULL) == 0)
        log_set_level(a->log, least);
    bus_post_text(a->bus, MSG_SETTINGS, 0, key);
}

int configure_reload(struct app *a, struct err *e)
{
    struct settings next;
    int changed = 0, r = configure_load(&next, a, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < settings_rows_n; i++) {
        if (!settings_take(&a->settings, &next, i))
            continue;
        changed++;
        configure_changed(a, settings_rows[i].key);
    }
    configure_tell(a);
    log_info(a->log, "settings", "read again: %d changed", changed);
    intent_reload(a->intent);
    return home_reload(a->home, e);
}
