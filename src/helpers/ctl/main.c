/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/main.c - jarvisctl: the command line for people. One row a command. */
#include "base/cleanup.h"
#include "base/paths.h"
#include "base/str.h"
#include "core/control.h"
#include "ctl.h"

#include <getopt.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 2 };

struct ctl {
    int fd;
    bool json;   /* machine-readable output */
    bool follow; /* log -f */
    bool speak;  /* ask --speak */
    int count;   /* -n; 0: the command's own default */
    int argc;    /* the command's own arguments */
    char **argv;
};

/* All arguments joined by blanks: `jarvisctl ask turn on the light` needs no quotes. */
static cJSON *args_text(const struct ctl *c)
{
    AUTO_STR text = STR_INIT;
    AUTO_JSON *args = cJSON_CreateObject();

    for (int i = 0; i < c->argc; i++)
        str_addf(&text, "%s%s", i ? " " : "", c->argv[i]);
    if (!args || text.failed || !cJSON_AddStringToObject(args, "text", str_text(&text)))
        return NULL;
    return STEAL(args);
}

static void out_json(const cJSON *j)
{
    AUTO_FREE char *text = json_text(j);

    puts(text ? text : "{}");
}

static int run_status(const struct ctl *c, struct err *e)
{
    AUTO_JSON *answer = NULL;
    int r = ctl_request(&answer, c->fd, "status", NULL, e);

    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        print_status(answer, stdout);
    return 0;
}

static int run_say(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = args_text(c), *answer = NULL;

    if (!args)
        return err_set(e, -ENOMEM, "out of memory");
    return ctl_request(&answer, c->fd, "say", args, e);
}

static int run_session(const struct ctl *c, const char *cmd, cJSON *args, struct err *e)
{
    AUTO_JSON *answer = NULL;
    int r = ctl_request(&answer, c->fd, cmd, args, e);

    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        print_session(answer, stdout);
    return 0;
}

static int run_ask(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = args_text(c);

    if (!args || !cJSON_AddBoolToObject(args, "speak", c->speak))
        return err_set(e, -ENOMEM, "out of memory");
    return run_session(c, "ask", args, e);
}

static int run_listen(const struct ctl *c, struct err *e)
{
    return run_session(c, "listen", NULL, e);
}

static int run_history(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    const cJSON *session;
    int r;

    if (!args || (c->count && !cJSON_AddNumberToObject(args, "count", c->count)))
        return err_set(e, -ENOMEM, "out of memory");
    r = ctl_request(&answer, c->fd, "history", args, e);
    if (r < 0)
        return r;
    if (c->json) {
        out_json(answer);
        return 0;
    }
    cJSON_ArrayForEach(session, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
        print_session(session, stdout);
    return 0;
}

static int log_once(const struct ctl *c, uint64_t *after, int *shown, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    const cJSON *line;
    int r;

    if (!args || !cJSON_AddNumberToObject(args, "after", (double)*after) ||
        (c->count && !cJSON_AddNumberToObject(args, "count", c->count)))
        return err_set(e, -ENOMEM, "out of memory");
    r = ctl_request(&answer, c->fd, "log", args, e);
    if (r < 0)
        return r;
    *shown = 0;
    cJSON_ArrayForEach(line, cJSON_GetObjectItemCaseSensitive(answer, "lines"))
    {
        *after = (uint64_t)json_int(line, "seq", 0, JSON_INT_MAX, 0);
        (*shown)++;
        if (c->json)
            out_json(line);
        else
            print_log_line(line, stdout);
    }
    fflush(stdout);
    return 0;
}

static int run_log(const struct ctl *c, struct err *e)
{
    static const struct timespec pause = { 0, 300000000 };
    uint64_t after = 0;
    int shown = 0, r;

    do {
        r = log_once(c, &after, &shown, e);
        if (r < 0)
            return r;
        if (c->follow && shown == 0)
            nanosleep(&pause, NULL);
    } while (c->follow);
    return 0;
}

static int run_config_get(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    int r;

    if (!args || (c->argc > 1 && !cJSON_AddStringToObject(args, "key", c->argv[1])))
        return err_set(e, -ENOMEM, "out of memory");
    r = ctl_request(&answer, c->fd, "config.get", args, e);
    if (r < 0)
        return r;
    if (c->json)
        out_json(answer);
    else
        print_flat(answer, stdout);
    return 0;
}

static int run_config_set(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    int r;

    if (!args || !cJSON_AddStringToObject(args, "key", c->argv[1]) ||
        !cJSON_AddStringToObject(args, "value", c->argv[2]))
        return err_set(e, -ENOMEM, "out of memory");
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

static int run_config(const struct ctl *c, struct err *e)
{
    if (c->argc == 3 && strcmp(c->argv[0], "set") == 0)
        return run_config_set(c, e);
    if ((c->argc == 1 || c->argc == 2) && strcmp(c->argv[0], "get") == 0)
        return run_config_get(c, e);
    return err_set(e, -EINVAL, "use: config get [KEY] | config set KEY VALUE");
}

static int run_mute(const struct ctl *c, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    bool on = c->argc == 0 || strcmp(c->argv[0], "on") == 0;

    if (c->argc > 1 || (!on && strcmp(c->argv[0], "off") != 0))
        return err_set(e, -EINVAL, "use: mute [on|off]");
    if (!args || !cJSON_AddBoolToObject(args, "on", on))
        return err_set(e, -ENOMEM, "out of memory");
    return ctl_request(&answer, c->fd, "mute", args, e);
}

static int run_reload(const struct ctl *c, struct err *e)
{
    AUTO_JSON *answer = NULL;

    return ctl_request(&answer, c->fd, "reload", NULL, e);
}

static const struct {
    const char *name;
    int (*run)(const struct ctl *c, struct err *e);
    bool needs_text;
    const char *usage, *help;
} commands[] = {
    { "status", run_status, false, "status", "state of every part" },
    { "say", run_say, true, "say TEXT...", "speak a text" },
    { "ask", run_ask, true, "ask [--speak] TEXT...", "a typed sentence, as if it had been spoken" },
    { "listen", run_listen, false, "listen", "push to talk: take one spoken sentence" },
    { "log", run_log, false, "log [-f] [-n COUNT]", "the newest lines of the log" },
    { "history", run_history, false, "history [-n COUNT]", "the last sessions and their timelines" },
    { "config", run_config, false, "config get [KEY] | set KEY VALUE", "settings" },
    { "mute", run_mute, false, "mute [on|off]", "microphone off or on" },
    { "reload", run_reload, false, "reload", "read devices.yaml again" },
};

static void usage(FILE *out)
{
    fputs("jarvisctl [--root DIR] [--json] COMMAND\n\n", out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-34s %s\n", commands[i].usage, commands[i].help);
}

static int options_parse(struct ctl *c, const char **root, int argc, char **argv)
{
    static const struct option options[] = {
        { "root", required_argument, NULL, 'r' }, { "json", no_argument, NULL, 'j' },
        { "speak", no_argument, NULL, 's' },      { "follow", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },       { NULL, 0, NULL, 0 },
    };
    char *end;
    int o;

    while ((o = getopt_long(argc, argv, "fn:h", options, NULL)) != -1) {
        switch (o) {
        case 'r':
            *root = optarg;
            break;
        case 'j':
            c->json = true;
            break;
        case 's':
            c->speak = true;
            break;
        case 'f':
            c->follow = true;
            break;
        case 'n':
            c->count = (int)strtol(optarg, &end, 10);
            if (*end || c->count < 1) {
                fprintf(stderr, "jarvisctl: -n %s: must be a number from 1\n", optarg);
                return EXIT_USAGE;
            }
            break;
        case 'h':
            usage(stdout);
            return EXIT_SUCCESS;
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    }
    c->argc = argc - optind;
    c->argv = argv + optind;
    return -1;
}

static int connect_and_run(struct ctl *c, const char *root, size_t command, struct err *e)
{
    struct paths paths;
    char path[PATHS_BYTES];
    AUTO_CLOSE int fd = -1;
    int r = paths_init(&paths, root, e);

    if (r < 0)
        return r;
    r = paths_join(path, sizeof(path), paths.run, "control.sock", e);
    if (r >= 0)
        r = control_connect(&fd, path, e);
    if (r < 0)
        return r;
    c->fd = fd;
    return commands[command].run(c, e);
}

int main(int argc, char **argv)
{
    struct ctl c = { .fd = -1 };
    const char *root = getenv("JARVIS_ROOT");
    const char *name;
    struct err e = ERR_INIT;
    int r = options_parse(&c, &root, argc, argv);

    if (r >= 0)
        return r;
    if (c.argc == 0) {
        usage(stderr);
        return EXIT_USAGE;
    }
    name = c.argv[0];
    c.argc--;
    c.argv++;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (commands[i].needs_text && c.argc == 0) {
            fprintf(stderr, "jarvisctl: use: %s\n", commands[i].usage);
            return EXIT_USAGE;
        }
        r = connect_and_run(&c, root ? root : "", i, &e);
        if (r < 0)
            fprintf(stderr, "jarvisctl: %s\n", err_text(&e));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    fprintf(stderr, "jarvisctl: no command '%s'\n\n", name);
    usage(stderr);
    return EXIT_USAGE;
}
