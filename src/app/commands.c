/* SPDX-License-Identifier: Apache-2.0 */
/* app/commands.c - the rows of the control socket (jarvisctl): one function a command.
 *
 * A command that takes time carries the id of its call as its origin, and MSG_ANSWER brings it
 * back. The call stays open until then, so that what is posted from here is bounded by the calls
 * that may wait (CONTROL_CALLS_MAX of each of CONTROL_CLIENTS_MAX clients). */
#include "app/commands.h"

#include <string.h>

enum {
    ASK_BYTES_MAX = 10240,
    SAY_BYTES_MAX = 2000,
    VALUE_BYTES_MAX = 4096, /* longer than any setting */
    LEARN_BYTES_MAX = 200,
};

/* What the commands take. */
struct ask_args {
    char *text;
    bool speak;
};
struct say_args {
    char *text;
};
struct config_args {
    char *key, *value;
};
struct mute_args {
    int on;
};

static const struct field ask_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct ask_args, text), .min = 1, .max = ASK_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINE, .help = "the sentence" },
    { "speak", FIELD_BOOL, FIELD_AT(struct ask_args, speak), .help = "say the answer as well" },
};
static const struct field say_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct say_args, text), .min = 1, .max = SAY_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINE, .help = "what is said" },
};
static const struct field set_rows[] = {
    { "key", FIELD_TEXT, FIELD_AT(struct config_args, key), .min = 1, .max = 100,
      .flags = FIELD_NEEDED },
    { "value", FIELD_TEXT, FIELD_AT(struct config_args, value), .max = VALUE_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES },
};
static const struct field mute_rows[] = {
    { "on", FIELD_BOOL, FIELD_AT(struct mute_args, on), .fallback = -1,
      .help = "absent: only tell" },
};
struct learn_args {
    char *text, *device, *means, *forget;
};
static const struct field learn_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct learn_args, text), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "what is taught: a name or a sentence" },
    { "device", FIELD_TEXT, FIELD_AT(struct learn_args, device), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "the device that it names" },
    { "means", FIELD_TEXT, FIELD_AT(struct learn_args, means), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "the sentence that it stands for" },
    { "forget", FIELD_TEXT, FIELD_AT(struct learn_args, forget), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "what was taught and is to be forgotten" },
};
static const struct fields learn_fields = FIELDS_STRICT(struct learn_args, learn_rows);
static const struct fields ask_fields = FIELDS_STRICT(struct ask_args, ask_rows);
static const struct fields say_fields = FIELDS_STRICT(struct say_args, say_rows);
static const struct fields set_fields = FIELDS_STRICT(struct config_args, set_rows);
static const struct fields mute_fields = FIELDS_STRICT(struct mute_args, mute_rows);

/* All of jarvisctl is one conversation: a question is understood from the one before, whoever typed
 * it. */
enum { COMMAND_ENDPOINT = 1 };

/* Asks the assistant; MSG_ANSWER with this origin answers the call. Takes `text`. NULL: no memory,
 * which was told. */
static struct msg *command_msg(struct control_call *call, enum msg_type type, char *text)
{
    struct msg *m = msg_new(type, 0);

    if (!m) {
        free(text);
        control_fail(call, "out of memory");
        return NULL;
    }
    m->text = text;
    m->part = "ctl"; /* the session's source */
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = control_call_id(call) };
    return m;
}

static void cmd_ask(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    struct ask_args *a = args;
    struct msg *m = command_msg(call, MSG_TEXT, STEAL(a->text));

    if (!m)
        return;
    m->endpoint = endpoint_of(ORIGIN_CONTROL, COMMAND_ENDPOINT);
    m->input.speak = a->speak;
    bus_post(c->app->bus, m);
}

static void cmd_say(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    struct say_args *a = args;
    struct msg *m = command_msg(call, MSG_ANNOUNCE, STEAL(a->text));

    if (m)
        bus_post(c->app->bus, m);
}

/* Teaches, forgets, or only tells what was taught. */
static void cmd_learn(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    const struct learn_args *a = args;
    AUTO(msg_freep) struct msg *m = command_msg(call, MSG_LEARN, NULL);
    cJSON *add = NULL;
    bool ok;

    if (!m)
        return;
    m->json = cJSON_CreateObject();
    ok = m->json && (!a->forget || json_put_text(m->json, "forget", a->forget));
    if (ok && a->text) {
        add = cJSON_AddObjectToObject(m->json, "add");
        ok = json_put_text(add, "text", a->text) && (!a->device || json_put_text(add, "device", a->device)) &&
             (!a->means || json_put_text(add, "means", a->means));
    }
    if (ok)
        bus_post(c->app->bus, STEAL(m));
    else
        control_fail(call, "out of memory");
}

static void cmd_listen(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    struct msg *m = command_msg(call, MSG_BUTTON, NULL);

    (void)args;
    if (!m)
        return;
    m->endpoint = ENDPOINT_BOX;
    bus_post(c->app->bus, m);
}

struct config_wait { /* a change under way; owned by it */
    struct app *app;
    uint64_t call; /* control_call_id() */
};

/* The value is in the file and in force, or refused; whoever asked may have gone meanwhile. */
static void config_on_done(int code, const char *words, const struct cfg_row *row, void *user)
{
    AUTO_FREE struct config_wait *w = user;
    struct control_call *call = w->app->control ? control_call_find(w->app->control, w->call) : NULL;
    AUTO_JSON *j = cJSON_CreateObject();

    if (code >= 0)
        configure_changed(w->app, row->key);
    if (!call)
        return;
    json_put_bool(j, "restart", row->flags & CFG_RESTART);
    if (code < 0)
        control_fail(call, "%s", words);
    else
        control_done(call, j);
}

static void cmd_config_set(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    const struct config_args *a = args;
    AUTO_FREE struct config_wait *w = calloc(1, sizeof(*w));
    struct err e = ERR_INIT;

    if (!w) {
        control_fail(call, "out of memory");
        return;
    }
    w->app = c->app;
    w->call = control_call_id(call);
    if (configure_set(c->app, a->key, a->value, config_on_done, w, &e) < 0)
        control_fail(call, "%s", err_text(&e));
    else
        w = NULL; /* the change owns it */
}

static void cmd_mute(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    const struct mute_args *a = args;
    AUTO_JSON *j = cJSON_CreateObject();
    struct err e = ERR_INIT;

    if (a->on >= 0 && mute_set(c->app, a->on > 0, &e) < 0) {
        control_fail(call, "%s", err_text(&e));
        return;
    }
    json_put_bool(j, "muted", c->app->muted);
    control_done(call, j);
}

struct reload_wait { /* a reading under way; owned by it */
    struct app *app;
    uint64_t call; /* control_call_id() */
};

/* Says what was loaded: devices that a file holds, and that sentences are being read again. */
static void reload_on_done(int code, const char *words, void *user)
{
    AUTO_FREE struct reload_wait *w = user;
    struct control_call *call = w->app->control ? control_call_find(w->app->control, w->call) : NULL;
    AUTO_JSON *j = cJSON_CreateObject(), *home = home_status(w->app->home);

    if (!call)
        return; /* whoever asked has gone */
    if (code < 0)
        control_fail(call, "%s", words);
    else if (json_put_int(j, "devices", json_int(home, "devices", 0, JSON_INT_MAX, 0)) &&
             json_put_text(j, "sentences", "are read again; mistakes in them are in `jarvisctl status`"))
        control_done(call, j);
    else
        control_fail(call, "out of memory");
}

static void cmd_reload(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    AUTO_FREE struct reload_wait *w = calloc(1, sizeof(*w));
    struct err e = ERR_INIT;

    (void)args;
    if (!w) {
        control_fail(call, "out of memory");
        return;
    }
    *w = (struct reload_wait){ c->app, control_call_id(call) };
    if (reload_begin(c->app, reload_on_done, w, &e) < 0)
        control_fail(call, "%s", err_text(&e));
    else
        w = NULL; /* the reading owns it */
}

static void cmd_acknowledge(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    struct err e = ERR_INIT;

    (void)args;
    if (loss_acknowledge(c->app->store, c->app->bus, &e) < 0)
        control_fail(call, "%s", err_text(&e));
    else
        control_done(call, NULL);
}

static const struct control_row command_rows[] = {
    { "status", look_status, NULL, "state of every part" },
    { "devices", look_devices, &page_fields, "the devices of the house and their states" },
    { "areas", look_areas, NULL, "the rooms and the devices in them" },
    { "sentences.test", look_sentence, &sentence_fields, "how a sentence is understood, and why" },
    { "say", cmd_say, &say_fields, "speak a text" },
    { "ask", cmd_ask, &ask_fields, "a typed sentence, as if it had been spoken" },
    { "listen", cmd_listen, NULL, "push to talk: take one spoken sentence" },
    { "log", look_log, &log_fields, "the newest lines of the log" },
    { "history", look_history, &history_fields, "the last sessions with their timelines" },
    { "missed", look_missed, &history_fields, "what was not understood, with proposals" },
    { "learn", cmd_learn, &learn_fields, "teach a name or a sentence, forget one, or tell them all" },
    { "config.get", look_config, &get_fields, "one setting, or all" },
    { "config.set", cmd_config_set, &set_fields, "check, keep and apply one setting" },
    { "engine.list", engine_list, NULL, "the engines that are installed" },
    { "engine.show", engine_show, &engine_show_fields, "what a manifest says, if it can be taken" },
    { "engine.add", engine_add, &engine_add_fields, "fetch an engine and install it" },
    { "engine.remove", engine_remove, &engine_remove_fields, "take an engine away" },
    { "mute", cmd_mute, &mute_fields, "microphone off or on" },
    { "acknowledge", cmd_acknowledge, NULL, "a notice of lost history has been read" },
    { "reload", cmd_reload, NULL, "read settings, devices and sentences again" },
};

static void commands_on_house(const struct msg *m, void *user)
{
    struct commands *c = user;

    roster_take(&c->roster, m);
}

/* A call whose client has gone is simply not found. */
static void commands_on_answer(const struct msg *m, void *user)
{
    struct commands *c = user;
    struct control_call *call;

    if (m->origin.kind != ORIGIN_CONTROL)
        return;
    call = control_call_find(c->app->control, m->origin.client);
    if (!call)
        return;
    if (m->code < 0 && !m->json)
        control_fail(call, "%s", m->text && m->text[0] ? m->text : err_words(m->code));
    else
        control_done(call, m->json);
}

int commands_new(struct commands **ret, struct app *a, struct err *e)
{
    AUTO(commands_freep) struct commands *c = calloc(1, sizeof(*c));
    char path[PATHS_BYTES];
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "control socket: out of memory");
    c->app = a;
    r = paths_join(path, sizeof(path), a->paths.run, "control.sock", e);
    if (r >= 0)
        r = control_new(&a->control, a->loop, path, command_rows,
                        sizeof(command_rows) / sizeof(command_rows[0]), c, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_ANSWER, commands_on_answer, c, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_DEVICES, commands_on_house, c, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_DEVICE, commands_on_house, c, e);
    if (r < 0)
        return r;
    *ret = STEAL(c);
    return 0;
}

struct commands *commands_free(struct commands *c)
{
    if (!c)
        return NULL;
    bus_off(c->app->bus, c);
    c->app->control = control_free(c->app->control);
    roster_done(&c->roster);
    free(c);
    return NULL;
}
