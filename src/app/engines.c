/* SPDX-License-Identifier: Apache-2.0 */
/* app/engines.c - recognisers that are no part of this package, as people ask for them: what is installed,
 * what a manifest would bring, fetching one, taking one away (jarvisctl engine).
 *
 * jarvisctl reads the manifest, shows the licence and sends back the one that was agreed to: what is
 * fetched is what was shown. While one is fetched its call is told each second that it goes on; a client
 * that leaves ends the fetching. */
#include "app/commands.h"

#include "base/must.h"

#include <string.h>

enum { SIGN_MS = 1000, LANGUAGES_SHOWN = 12 };

static const char part[] = "engine";

struct show_args {
    char *manifest;
};
struct add_args {
    char *manifest, *licence;
};
struct remove_args {
    char *name;
};

static const struct field show_rows[] = {
    { "manifest", FIELD_TEXT, FIELD_AT(struct show_args, manifest), .min = 2, .max = MANIFEST_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES, .help = "the manifest's text" },
};
static const struct field add_rows[] = {
    { "manifest", FIELD_TEXT, FIELD_AT(struct add_args, manifest), .min = 2, .max = MANIFEST_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES, .help = "the manifest's text" },
    { "licence", FIELD_TEXT, FIELD_AT(struct add_args, licence), .min = 1, .max = MANIFEST_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES, .help = "the licence that was shown and agreed to: the manifest's" },
};
static const struct field remove_rows[] = {
    { "name", FIELD_TEXT, FIELD_AT(struct remove_args, name), .min = 1, .max = MANIFEST_NAME_BYTES,
      .flags = FIELD_NEEDED, .help = "the engine's name" },
};
const struct fields engine_show_fields = FIELDS_STRICT(struct show_args, show_rows);
const struct fields engine_add_fields = FIELDS_STRICT(struct add_args, add_rows);
const struct fields engine_remove_fields = FIELDS_STRICT(struct remove_args, remove_rows);

/* ---- looking ------------------------------------------------------------------------------- */

static const char *used_name(const struct app *a, enum manifest_kind kind)
{
    must(kind < MANIFEST_KINDS_N);
    return kind == MANIFEST_DICTATION ? a->settings.engine_dictation : a->settings.engine_commands;
}

static bool languages_put(cJSON *to, const struct manifest *m)
{
    char *const *languages = m->languages.items;
    cJSON *list = cJSON_AddArrayToObject(to, "languages");
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < m->languages.n && i < LANGUAGES_SHOWN; i++)
        ok = json_push(list, cJSON_CreateString(languages[i]));
    return ok;
}

/* What people want to know of it; its licence is long and told by engine.show alone. */
static cJSON *engine_json(const struct app *a, const struct manifest *m)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (json_put_text(j, "name", m->name) && json_put_text(j, "version", m->version) &&
        json_put_text(j, "kind", manifest_kinds[m->kind]) && languages_put(j, m) &&
        json_put_text(j, "about", m->about ? m->about : "") && json_put_int(j, "bytes", (int64_t)manifest_bytes(m)) &&
        json_put_int(j, "memory_mb", m->memory_mb) &&
        json_put_bool(j, "used", strcmp(used_name(a, m->kind), m->name) == 0))
        return STEAL(j);
    return NULL;
}

void engine_list(struct control_call *call, void *args, void *user)
{
    const struct commands *c = user;
    const struct shelf *shelf = engines_shelf(c->app->engines);
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = j ? cJSON_AddArrayToObject(j, "engines") : NULL;
    bool ok = list != NULL;

    (void)args;
    for (size_t i = 0; ok && i < shelf->n; i++)
        ok = json_push(list, engine_json(c->app, &shelf->items[i]));
    if (ok && engines_busy(c->app->engines))
        ok = json_put_text(j, "busy", engines_busy(c->app->engines));
    if (ok)
        control_done(call, j);
    else
        control_fail(call, "out of memory");
}

void engine_show(struct control_call *call, void *args, void *user)
{
    const struct show_args *a = args;
    const struct commands *c = user;
    AUTO(manifest_done) struct manifest m = { .name = NULL };
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;

    if (manifest_parse(&m, a->manifest, strlen(a->manifest), &e) < 0) {
        control_fail(call, "%s", err_text(&e));
        return;
    }
    j = engine_json(c->app, &m);
    if (j && json_put_text(j, "licence", m.licence) && json_put_text(j, "licence_url", m.licence_url ? m.licence_url : "") &&
        json_put_int(j, "files", (int64_t)m.files.n))
        control_done(call, j);
    else
        control_fail(call, "out of memory");
}

/* ---- changing ------------------------------------------------------------------------------ */

struct engine_wait { /* an engine being brought or taken away; owned by it */
    struct app *app;
    uint64_t call; /* control_call_id() */
    struct loop_timer *sign; /* owned */
};

static struct engine_wait *wait_free(struct engine_wait *w)
{
    if (w)
        loop_timer_free(w->sign);
    free(w);
    return NULL;
}
AUTO_DEFINE(struct engine_wait *, wait_free)

static struct control_call *wait_call(const struct engine_wait *w)
{
    return w->app->control ? control_call_find(w->app->control, w->call) : NULL;
}

static void on_sign(void *user)
{
    struct engine_wait *w = user;
    struct control_call *call = wait_call(w);
    AUTO_JSON *j = cJSON_CreateObject();

    if (!call) {
        engines_stop(w->app->engines); /* nobody waits for it any more */
        return;
    }
    json_put_text(j, "engine", engines_busy(w->app->engines));
    control_event(call, j);
    loop_timer_after_ms(w->sign, SIGN_MS);
}

static void on_done(int code, const char *words, void *user)
{
    AUTO(wait_freep) struct engine_wait *w = user;
    struct control_call *call = wait_call(w);

    if (!call)
        return;
    if (code < 0)
        control_fail(call, "%s", words);
    else
        control_done(call, NULL);
}

static int wait_new(struct engine_wait **ret, struct app *a, struct control_call *call, struct err *e)
{
    AUTO(wait_freep) struct engine_wait *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "out of memory");
    w->app = a;
    w->call = control_call_id(call);
    r = loop_timer_new(&w->sign, a->loop, on_sign, w, e);
    if (r < 0)
        return r;
    loop_timer_after_ms(w->sign, SIGN_MS);
    *ret = STEAL(w);
    return 0;
}

static int add_begin(struct app *app, const struct add_args *a, struct control_call *call, struct err *e)
{
    AUTO(manifest_done) struct manifest m = { .name = NULL };
    AUTO(wait_freep) struct engine_wait *w = NULL;
    int r = manifest_parse(&m, a->manifest, strlen(a->manifest), e);

    if (r == 0 && strcmp(m.licence, a->licence) != 0)
        r = err_set(e, -EPERM, "the licence that was agreed to is not the one of the engine '%s'", m.name);
    if (r == 0)
        r = wait_new(&w, app, call, e);
    if (r == 0)
        r = engines_add(app->engines, &m, on_done, w, e);
    if (r == 0)
        w = NULL; /* the job owns it */
    return r;
}

void engine_add(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    struct err e = ERR_INIT;

    if (add_begin(c->app, args, call, &e) < 0)
        control_fail(call, "%s", err_text(&e));
}

static int remove_begin(struct app *app, const char *name, struct control_call *call, struct err *e)
{
    AUTO(wait_freep) struct engine_wait *w = NULL;
    int r;

    for (int kind = 0; kind < MANIFEST_KINDS_N; kind++)
        if (strcmp(used_name(app, (enum manifest_kind)kind), name) == 0)
            return err_set(e, -EBUSY, "the engine '%s' is in use: jarvisctl engine use none", name);
    r = wait_new(&w, app, call, e);
    if (r == 0)
        r = engines_drop(app->engines, name, on_done, w, e);
    if (r == 0)
        w = NULL;
    return r;
}

void engine_remove(struct control_call *call, void *args, void *user)
{
    const struct remove_args *a = args;
    struct commands *c = user;
    struct err e = ERR_INIT;

    if (remove_begin(c->app, a->name, call, &e) < 0)
        control_fail(call, "%s", err_text(&e));
}

/* ---- settings ------------------------------------------------------------------------------- */

int engine_may_set(struct app *a, const char *key, const char *value, struct err *e)
{
    for (int kind = 0; kind < MANIFEST_KINDS_N; kind++)
        if (strcmp(engines_settings[kind], key) == 0)
            return engines_check(a->engines, (enum manifest_kind)kind, value, e);
    return 0;
}

/* A setting may name what was never installed here: told, and everything goes on without. */
static void tell(struct app *a)
{
    struct err e = ERR_INIT;

    for (int kind = 0; e.code == 0 && kind < MANIFEST_KINDS_N; kind++)
        (void)engines_used(a->engines, &a->settings, (enum manifest_kind)kind, a->settings.language, &e);
    if (e.code < 0 || a->engine_told)
        bus_post_fault(a->bus, part, e.code, e.code < 0 ? err_text(&e) : "the engines fit the settings");
    a->engine_told = e.code < 0;
}

/* An engine in use is another one now: whoever uses it hears of it as if its setting had changed. */
static void on_change(const char *name, void *user)
{
    struct app *a = user;

    for (int kind = 0; kind < MANIFEST_KINDS_N; kind++)
        if (strcmp(used_name(a, (enum manifest_kind)kind), name) == 0)
            configure_changed(a, engines_settings[kind]);
}

static void on_settings(const struct msg *m, void *user)
{
    if (settings_touches(m->text, SETTINGS_EARS | SETTINGS_STT | SETTINGS_LANGUAGE))
        tell(user);
}

int engine_begin(struct app *a, struct err *e)
{
    int r = engines_new(&a->engines, a->opts.lab ? NULL : a->loop, &a->paths, e);

    if (r < 0)
        return r;
    engines_on_change(a->engines, on_change, a);
    tell(a);
    return bus_on(a->bus, MSG_SETTINGS, on_settings, a, e);
}
