/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/run.c - what the commands do: ask the daemon, show the answer. */
#include "base/cleanup.h"
#include "base/log.h"
#include "base/must.h"
#include "base/str.h"
#include "ctl.h"

#include <string.h>
#include <time.h>

enum { HISTORY_PAGE = 20, HISTORY_COUNT = 5, LOG_COUNT = 64 }; /* asked at once; shown where -n is not said */

void out_json(const cJSON *j)
{
    AUTO_FREE char *text = json_text(j);

    puts(text ? text : "{\"error\":\"out of memory\"}");
}

/* Asks and shows, for people by `print` (NULL: nothing to say). Takes `args` (NULL: none). */
static int show(const struct ctl *c, const char *cmd, cJSON *args,
                void (*print)(const cJSON *answer, FILE *out), struct err *e)
{
    AUTO_JSON *held = args, *answer = NULL;
    int r = ctl_request(&answer, c->fd, cmd, held, e);

    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else if (print)
        print(answer, stdout);
    return 0;
}

/* {"text": the words from `first` on, joined by blanks}: `jarvisctl ask turn on the light` needs no
 * quotes. NULL: out of memory. */
static cJSON *args_text(const struct ctl *c, int first)
{
    AUTO_STR text = STR_INIT;
    AUTO_JSON *args = cJSON_CreateObject();

    for (int i = first; i < c->argc; i++)
        str_addf(&text, "%s%s", i > first ? " " : "", c->argv[i]);
    return !text.failed && json_put_text(args, "text", str_text(&text)) ? STEAL(args) : NULL;
}

int no_memory(struct err *e)
{
    return err_set(e, -ENOMEM, "out of memory");
}

int run_status(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return show(c, "status", NULL, print_status, e);
}

int run_say(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    cJSON *args = args_text(c, 0);

    (void)exit;
    return args ? show(c, "say", args, NULL, e) : no_memory(e);
}

static enum ctl_exit outcome_exit(const char *outcome)
{
    static const struct {
        const char *outcome;
        enum ctl_exit code;
    } codes[] = {
        { "done", CTL_DONE },
        { "asked", CTL_DONE }, /* Jarvis asks back: the next sentence answers */
        { "not_understood", CTL_NOT_UNDERSTOOD },
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(codes[i].outcome, outcome) == 0)
            return codes[i].code;
    return CTL_FAILED;
}

static int run_session(const struct ctl *c, const char *cmd, const cJSON *args,
                       enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *answer = NULL;
    int r = ctl_request(&answer, c->fd, cmd, args, e);

    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        print_session(answer, stdout);
    *exit = outcome_exit(json_str(answer, "outcome", ""));
    return 0;
}

int run_ask(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *args = args_text(c, 0);

    if (!json_put_bool(args, "speak", c->set & CTL_SPEAK))
        return no_memory(e);
    return run_session(c, "ask", args, exit, e);
}

int run_listen(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    return run_session(c, "listen", NULL, exit, e);
}

/* One page from `from` on, added to `all`; *total: how many there are. */
static int devices_page(cJSON *all, int64_t *total, const struct ctl *c, int64_t from,
                        struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    cJSON *page;
    int r;

    if (!json_put_int(args, "from", from))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "devices", args, e);
    if (r < 0)
        return r;
    *total = json_int(answer, "total", 0, JSON_INT_MAX, 0);
    page = cJSON_GetObjectItemCaseSensitive(answer, "devices");
    if (cJSON_GetArraySize(page) == 0)
        *total = from; /* the list has become shorter */
    while (cJSON_GetArraySize(page) > 0)
        if (!json_push(all, cJSON_DetachItemFromArray(page, 0)))
            return no_memory(e);
    return 0;
}

int run_devices(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *all = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(all, "devices");
    int64_t total = 1;

    (void)exit;
    if (!list)
        return no_memory(e);
    while (cJSON_GetArraySize(list) < total) {
        int r = devices_page(list, &total, c, cJSON_GetArraySize(list), e);

        if (r < 0)
            return r;
    }
    if (c->json)
        out_json(all);
    else
        print_devices(list, stdout);
    return 0;
}

int run_areas(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return show(c, "areas", NULL, print_areas, e);
}

int run_sentences(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *args = args_text(c, 1), *answer = NULL;
    int r;

    if (strcmp(c->argv[0], "test") != 0) {
        *exit = CTL_USAGE;
        return err_set(e, -EINVAL, "use: sentences test TEXT...");
    }
    if (!args)
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "sentences.test", args, e);
    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        print_sentence(answer, stdout);
    if (json_int(answer, "code", INT32_MIN, 0, 0) < 0)
        *exit = CTL_NOT_UNDERSTOOD;
    return 0;
}

static void print_sessions(const cJSON *answer, FILE *out)
{
    const cJSON *session;

    cJSON_ArrayForEach (session, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
        print_session(session, out);
}

/* One page of the rows before `before` of the list `name`, added to `all`. How many came, or < 0. */
static int history_page(cJSON *all, const struct ctl *c, const char *name, const char *cmd, int64_t before,
                        int count, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    cJSON *page;
    int r, n;

    if (!json_put_int(args, "before", before) || !json_put_int(args, "count", count))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, cmd, args, e);
    if (r < 0)
        return r;
    page = cJSON_GetObjectItemCaseSensitive(answer, name);
    n = cJSON_GetArraySize(page);
    for (int i = 0; i < n; i++)
        if (!json_push(all, cJSON_DetachItemFromArray(page, 0)))
            return no_memory(e);
    return n;
}

/* So many rows as -n says, page by page: {name: [...]}. `id` is what a page goes on from. */
static int history_list(const struct ctl *c, const char *cmd, const char *name, const char *id,
                        void (*print)(const cJSON *answer, FILE *out), struct err *e)
{
    AUTO_JSON *all = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(all, name);
    int left = c->set & CTL_COUNT ? c->count : HISTORY_COUNT;
    int64_t before = 0;

    must(left > 0);
    if (!list)
        return no_memory(e);
    while (left > 0) {
        const int ask = left < HISTORY_PAGE ? left : HISTORY_PAGE;
        const int n = history_page(list, c, name, cmd, before, ask, e);
        const cJSON *last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);

        if (n < 0)
            return n;
        before = json_int(last, id, 0, JSON_INT_MAX, 0);
        if (n == 0 || before == 0)
            break;
        left -= n;
    }
    if (c->json)
        out_json(all);
    else
        print(all, stdout);
    return 0;
}

int run_history(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return history_list(c, "history", "sessions", "id", print_sessions, e);
}

static void print_missed(const cJSON *answer, FILE *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, "missed"), *one, *p;

    if (cJSON_GetArraySize(list) == 0)
        fputs("nothing: all was understood\n", out);
    cJSON_ArrayForEach (one, list) {
        fprintf(out, "%s  (%.0f)\n", json_str(one, "text", "?"), json_num(one, "count", 1));
        cJSON_ArrayForEach (p, cJSON_GetObjectItemCaseSensitive(one, "proposals"))
            if (json_str(p, "device", NULL))
                fprintf(out, "    jarvisctl learn name \"%s\" %s\n", json_str(p, "text", "?"),
                        json_str(p, "device", "?"));
            else
                fprintf(out, "    jarvisctl learn sentence \"%s\" \"%s\"\n", json_str(p, "text", "?"),
                        json_str(p, "means", "?"));
        if (json_str(one, "lacks", NULL) &&
            cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(one, "proposals")) == 0)
            fprintf(out, "    jarvisctl learn name \"%s\" DEVICE\n", json_str(one, "lacks", "?"));
    }
}

int run_missed(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return history_list(c, "missed", "missed", "session", print_missed, e);
}

static void print_learnt(const cJSON *answer, FILE *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, "learnt"), *one;

    if (cJSON_GetArraySize(list) == 0)
        fputs("nothing is taught\n", out);
    cJSON_ArrayForEach (one, list)
        fprintf(out, "%s = %s\n", json_str(one, "text", "?"),
                json_str(one, "device", json_str(one, "means", "?")));
}

int run_learn(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject();
    const bool is_name = c->argc == 3 && strcmp(c->argv[0], "name") == 0;

    if (c->argc > 0 && !is_name && (c->argc != 3 || strcmp(c->argv[0], "sentence") != 0)) {
        *exit = CTL_USAGE;
        return err_set(e, -EINVAL, "use: learn [name TEXT DEVICE | sentence TEXT MEANS]");
    }
    if (!args || (c->argc == 3 && (!json_put_text(args, "text", c->argv[1]) ||
                                   !json_put_text(args, is_name ? "device" : "means", c->argv[2]))))
        return no_memory(e);
    return show(c, "learn", STEAL(args), print_learnt, e);
}

int run_forget(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *text = args_text(c, 0), *args = cJSON_CreateObject();

    (void)exit;
    if (!text || !json_put_text(args, "forget", json_str(text, "text", "")))
        return no_memory(e);
    return show(c, "learn", STEAL(args), print_learnt, e);
}

/* The lines after `*after`, so many as fit into one answer; `count` before the newest where that is 0. `most` are
 * shown: others may have come since the last answer. */
static int log_once(const struct ctl *c, int64_t *after, int count, int most, int *shown, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    const cJSON *line;
    int r;

    if (!json_put_int(args, "count", count) || !json_put_int(args, "after", *after))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "log", args, e);
    if (r < 0)
        return r;
    *shown = 0;
    cJSON_ArrayForEach (line, cJSON_GetObjectItemCaseSensitive(answer, "lines")) {
        if (*shown == most)
            break;
        *after = json_int(line, "seq", 0, JSON_INT_MAX, 0);
        (*shown)++;
        if (c->json)
            out_json(line);
        else
            print_log_line(line, stdout);
    }
    return fflush(stdout) == EOF ? err_set(e, -EIO, "the lines cannot be written to the standard output") : 0;
}

int run_log(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    static const struct timespec pause = { 0, 300000000 };
    const bool follow = c->set & CTL_FOLLOW;
    const int asked = c->set & CTL_COUNT ? c->count : LOG_COUNT;
    const int count = asked < LOG_KEPT ? asked : LOG_KEPT;
    int64_t after = 0;
    int shown = 0, left = count;

    (void)exit;
    do {
        int r = log_once(c, &after, count, follow ? LOG_KEPT : left, &shown, e);

        if (r < 0)
            return r;
        left -= shown;
        if (follow && shown == 0)
            nanosleep(&pause, NULL);
    } while (follow || (left > 0 && shown > 0 && after > 0));
    return 0;
}

static int config_get(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject();

    if (!args || (c->argc > 1 && !json_put_text(args, "key", c->argv[1])))
        return no_memory(e);
    return show(c, "config.get", STEAL(args), print_flat, e);
}

static int config_set(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    int r;

    if (!json_put_text(args, "key", c->argv[1]) || !json_put_text(args, "value", c->argv[2]))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "config.set", args, e);
    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        printf("%s is set%s\n", c->argv[1],
               json_bool(answer, "restart", false) ? "; it takes effect when jarvisd starts again"
                                                   : "");
    return 0;
}

int run_config(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    if (c->argc == 3 && strcmp(c->argv[0], "set") == 0)
        return config_set(c, e);
    if (c->argc <= 2 && strcmp(c->argv[0], "get") == 0)
        return config_get(c, e);
    *exit = CTL_USAGE;
    return err_set(e, -EINVAL, "use: config get [KEY] | config set KEY VALUE");
}

static void print_mute(const cJSON *answer, FILE *out)
{
    fprintf(out, "the microphone is %s\n",
            json_bool(answer, "muted", false) ? "off (muted)" : "on");
}

int run_mute(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject();
    bool on = c->argc == 1 && strcmp(c->argv[0], "on") == 0;

    if (c->argc == 1 && !on && strcmp(c->argv[0], "off") != 0) {
        *exit = CTL_USAGE;
        return err_set(e, -EINVAL, "use: mute [on|off]");
    }
    if (!args || (c->argc == 1 && !json_put_bool(args, "on", on)))
        return no_memory(e);
    return show(c, "mute", STEAL(args), print_mute, e);
}

static void print_acknowledge(const cJSON *answer, FILE *out)
{
    (void)answer;
    fputs("it is not told any more\n", out);
}

int run_acknowledge(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return show(c, "acknowledge", NULL, print_acknowledge, e);
}

static void print_reload(const cJSON *answer, FILE *out)
{
    fprintf(out, "devices: %.0f; sentences: %s\n", json_num(answer, "devices", 0),
            json_str(answer, "sentences", "?"));
}

int run_reload(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    (void)exit;
    return show(c, "reload", NULL, print_reload, e);
}
