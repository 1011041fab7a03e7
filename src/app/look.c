/* SPDX-License-Identifier: Apache-2.0 */
/* app/look.c - the control commands that only look: status, devices, rooms, sentences, log,
 * history, settings. Lists that may be long are asked for by the page, so that each answer fits
 * into one frame. */
#include "app/commands.h"

#include "core/missed.h"
#include "core/rpc.h"

#include <string.h>

enum {
    LOG_LINES_MAX = 64, /* so many fit in one frame */
    HISTORY_MAX = 20,      /* sessions; fewer where their timelines are long */
    HISTORY_BYTES_MAX = RPC_FRAME_BYTES_MAX / 2, /* what the view of it adds has room */
    PAGE_MAX = 50, /* devices */
    SENTENCE_BYTES_MAX = 1000,
};

struct page_args {
    uint32_t from, count;
};
struct sentence_args {
    char *text;
};
struct get_args {
    char *key;
};
struct log_args {
    uint64_t after;
    uint32_t count;
};
struct history_args {
    uint64_t before;
    int32_t count;
};

static const struct field page_rows[] = {
    { "from", FIELD_UINT, FIELD_AT(struct page_args, from), .max = 1000000,
      .help = "how many are left out" },
    { "count", FIELD_UINT, FIELD_AT(struct page_args, count), .min = 1, .max = PAGE_MAX,
      .fallback = PAGE_MAX, .help = "how many at most" },
};
static const struct field sentence_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct sentence_args, text), .min = 1,
      .max = SENTENCE_BYTES_MAX, .flags = FIELD_NEEDED | FIELD_LINE, .help = "the sentence" },
};
static const struct field log_rows[] = {
    { "after", FIELD_UINT, FIELD_AT(struct log_args, after), .max = JSON_INT_MAX,
      .help = "only lines with a larger number" },
    { "count", FIELD_UINT, FIELD_AT(struct log_args, count), .min = 1, .max = LOG_KEPT,
      .fallback = LOG_LINES_MAX, .help = "with how many before the newest a first look begins" },
};
static const struct field history_rows[] = {
    { "before", FIELD_UINT, FIELD_AT(struct history_args, before), .max = JSON_INT_MAX,
      .help = "only sessions with a smaller id; 0: from the newest on" },
    { "count", FIELD_INT, FIELD_AT(struct history_args, count), .min = 1, .max = HISTORY_MAX,
      .fallback = 5, .help = "how many at most" },
};
static const struct field get_rows[] = {
    { "key", FIELD_TEXT, FIELD_AT(struct get_args, key), .min = 1, .max = 100,
      .help = "one setting; absent: all" },
};
const struct fields page_fields = FIELDS_STRICT(struct page_args, page_rows);
const struct fields sentence_fields = FIELDS_STRICT(struct sentence_args, sentence_rows);
const struct fields log_fields = FIELDS_STRICT(struct log_args, log_rows);
const struct fields history_fields = FIELDS_STRICT(struct history_args, history_rows);
const struct fields get_fields = FIELDS_STRICT(struct get_args, get_rows);

/* NULL: out of memory. */
static void look_done(struct control_call *call, const cJSON *j)
{
    if (j)
        control_done(call, j);
    else
        control_fail(call, "out of memory");
}

void look_devices(struct control_call *call, void *args, void *user)
{
    const struct page_args *a = args;
    struct commands *c = user;
    AUTO_JSON *j = roster_devices(&c->roster, a->from, a->count);

    look_done(call, j);
}

void look_areas(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    AUTO_JSON *j = roster_areas(&c->roster);

    (void)args;
    look_done(call, j);
}

struct sentence_wait { /* for the sentences to be made; owned by it */
    struct app *app;
    uint64_t call; /* control_call_id() */
    char *text;    /* owned */
};

static void sentence_explain(int code, void *user)
{
    AUTO_FREE struct sentence_wait *w = user;
    AUTO_FREE char *text = STEAL(w->text);
    struct control_call *call = w->app->control ? control_call_find(w->app->control, w->call) : NULL;
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;

    if (!call)
        return; /* whoever asked has gone */
    if (code < 0)
        control_fail(call, "the sentences are being read; try again in a moment");
    else if (intent_explain(&j, w->app->intent, text, &e) < 0)
        control_fail(call, "%s", err_text(&e));
    else
        control_done(call, j);
}

void look_sentence(struct control_call *call, void *args, void *user)
{
    const struct sentence_args *a = args;
    struct commands *c = user;
    struct sentence_wait *w = calloc(1, sizeof(*w));
    char *text = w ? str_dup(a->text) : NULL;

    if (!text) {
        free(w);
        control_fail(call, "out of memory");
        return;
    }
    *w = (struct sentence_wait){ c->app, control_call_id(call), text };
    intent_when_made(c->app->intent, sentence_explain, w);
}

void look_status(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    AUTO_JSON *j = status_json(c->app);

    (void)args;
    look_done(call, j);
}

static bool log_line_json(cJSON *to, const struct log_line *l)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && cJSON_AddNumberToObject(j, "seq", (double)l->seq) &&
              cJSON_AddNumberToObject(j, "at", (double)(l->wall_usec / 1000)) &&
              cJSON_AddStringToObject(j, "level", log_level_name(l->level)) &&
              cJSON_AddStringToObject(j, "area", l->area) &&
              cJSON_AddNumberToObject(j, "session", (double)l->session) &&
              cJSON_AddStringToObject(j, "text", l->text);

    return json_push(to, ok ? STEAL(j) : NULL);
}

/* {after, count}: the oldest lines that are newer than `after`, or the newest `count` when that is 0. One
 * answer holds LOG_LINES_MAX of them; the client asks again for the rest, and to follow. */
void look_log(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    const struct log_args *a = args;
    AUTO_FREE struct log_line *lines = calloc(LOG_KEPT, sizeof(*lines));
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = j ? cJSON_AddArrayToObject(j, "lines") : NULL;
    size_t n, from;

    if (!lines || !list) {
        control_fail(call, "out of memory");
        return;
    }
    n = log_kept(c->app->log, a->after, lines, LOG_KEPT);
    from = a->after == 0 && n > a->count ? n - a->count : 0;
    for (size_t i = from; i < n && i < from + LOG_LINES_MAX; i++) {
        if (!log_line_json(list, &lines[i])) {
            control_fail(call, "out of memory");
            return;
        }
    }
    control_done(call, j);
}

struct history_job { /* owned by the slow worker until it is done */
    struct app *app;
    uint64_t call, before; /* control_call_id() */
    int32_t count;
    bool missed; /* only what was not understood */
    cJSON *list; /* owned */
};

/* The first of the list, so many as fit into one answer. */
static void history_cut(cJSON *list)
{
    const cJSON *one;
    size_t bytes = 0;
    int n = 0;

    cJSON_ArrayForEach (one, list) {
        AUTO_FREE char *text = json_text(one);

        bytes += (text ? strlen(text) : 0) + 1;
        if (n > 0 && bytes > HISTORY_BYTES_MAX)
            break;
        n++;
    }
    while (cJSON_GetArraySize(list) > n)
        cJSON_DeleteItemFromArray(list, cJSON_GetArraySize(list) - 1);
}

/* Slow thread: the disk may take its time. */
static int history_run(void *job, struct err *e)
{
    struct history_job *h = job;

    int r = h->missed ? store_missed(&h->list, h->app->slow_reader, h->before, h->count, e)
                      : store_sessions(&h->list, h->app->slow_reader, h->before, h->count, e);

    if (r >= 0)
        history_cut(h->list);
    return r;
}

static void history_done(int code, const char *words, void *job)
{
    AUTO_FREE struct history_job *h = job;
    struct control_call *call = h->app->control ? control_call_find(h->app->control, h->call) : NULL;
    AUTO_JSON *list = STEAL(h->list), *j = h->missed ? missed_view(list) : cJSON_CreateObject();

    if (!call)
        return; /* whoever asked has gone */
    if (code < 0)
        control_fail(call, "store: %s", words);
    else if (j && (h->missed || json_put(j, "sessions", STEAL(list))))
        control_done(call, j);
    else
        control_fail(call, "out of memory");
}

static void history_post(struct control_call *call, struct commands *c, const struct history_args *a, bool missed)
{
    AUTO_FREE struct history_job *h = calloc(1, sizeof(*h));
    struct slow_job job = { "history", history_run, history_done, h, sizeof(*h), false };
    struct err e = ERR_INIT;

    if (!c->app->slow_reader) {
        control_fail(call, "there is no store: see `jarvisctl status`");
        return;
    }
    if (!h) {
        control_fail(call, "out of memory");
        return;
    }
    *h = (struct history_job){ c->app, control_call_id(call), a->before, a->count, missed, NULL };
    if (slow_post(c->app->slow, &job, &e) < 0)
        control_fail(call, "%s", err_text(&e));
    else
        h = NULL; /* the worker owns it */
}

void look_history(struct control_call *call, void *args, void *user)
{
    history_post(call, user, args, false);
}

void look_missed(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;

    if (c->app->settings.store_missed)
        history_post(call, c, args, true);
    else
        control_fail(call, "what is not understood is not shown: store.missed is false");
}

void look_config(struct control_call *call, void *args, void *user)
{
    struct commands *c = user;
    const char *key = ((const struct get_args *)args)->key;
    AUTO_JSON *all = settings_json(&c->app->settings), *one = NULL;
    cJSON *value;

    if (!all) {
        control_fail(call, "out of memory");
        return;
    }
    if (!key) {
        control_done(call, all);
        return;
    }
    value = cJSON_DetachItemFromObjectCaseSensitive(all, key);
    if (!value) {
        const char *near = cfg_nearest(settings_rows, settings_rows_n, key);

        control_fail(call, "%.100s: no such setting%s%s%s", key, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
        return;
    }
    one = cJSON_CreateObject();
    if (json_put(one, key, value))
        control_done(call, one);
    else
        control_fail(call, "out of memory");
}
