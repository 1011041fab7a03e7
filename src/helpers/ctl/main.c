/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/main.c - jarvisctl: the command line for people. Options before the command and
 * behind it; what follows the first word that is none is the command's own, so that a value may
 * begin with a minus sign. */
#include "base/cleanup.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/paths.h"
#include "base/version.h"
#include "core/control.h"
#include "ctl.h"

#include <getopt.h>
#include <string.h>

enum { OPTIONS_MAX = 16, NOT_OVER = -1 };

struct line { /* what the command line says */
    struct ctl ctl;
    const char *root;
    bool help;
};

/* Words for people, or an object for programs. */
static void tell_error(const struct ctl *c, const char *words)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    if (!c->json) {
        fprintf(stderr, "jarvisctl: %s\n", words);
        return;
    }
    if (json_put_text(j, "error", words))
        text = json_text(j);
    puts(text ? text : "{\"error\":\"out of memory\"}");
}

static int usage_error(const struct ctl *c, struct err *e)
{
    tell_error(c, err_text(e));
    return CTL_USAGE;
}

static int take_count(struct ctl *c, const char *text)
{
    struct err e = ERR_INIT;
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 1 || n > 1000000) {
        err_set(&e, -EINVAL, "-n %.40s: must be a number from 1", text);
        return usage_error(c, &e);
    }
    c->count = (int)n;
    return NOT_OVER;
}

static const struct ctl_option_row *option_of(int letter)
{
    for (size_t i = 0; i < ctl_options_n; i++)
        if (ctl_options[i].letter == letter)
            return &ctl_options[i];
    return NULL;
}

/* One option that getopt_long() gave. NOT_OVER, or the exit code. */
static int take_option(struct line *l, int o)
{
    const struct ctl_option_row *row = option_of(o);

    switch (o) {
    case 'r':
        l->root = optarg;
        return NOT_OVER;
    case 'j':
        l->ctl.json = true;
        return NOT_OVER;
    case 'h':
        l->help = true;
        return NOT_OVER;
    case 'V':
        puts("jarvisctl " JARVIS_VERSION);
        return CTL_DONE;
    default:
        if (!row) {
            fputs("see `jarvisctl --help`\n", stderr); /* getopt_long() has said what is wrong */
            return CTL_USAGE;
        }
        l->ctl.set |= row->bit;
        return row->bit == CTL_COUNT ? take_count(&l->ctl, optarg) : NOT_OVER;
    }
}

/* The options at the start of argv[1..]; *rest: the first word that is none. */
static int take_options(struct line *l, int *rest, int argc, char **argv)
{
    struct option options[OPTIONS_MAX] = { { NULL, 0, NULL, 0 } };
    int o, r = NOT_OVER;

    must(ctl_options_n < OPTIONS_MAX);
    for (size_t i = 0; i < ctl_options_n; i++)
        options[i] = (struct option){
            ctl_options[i].name,
            ctl_options[i].argument ? required_argument : no_argument,
            NULL,
            ctl_options[i].letter ? ctl_options[i].letter : 'r',
        };
    optind = 0; /* glibc: from the start */
    while (r == NOT_OVER && (o = getopt_long(argc, argv, "+hjVsfn:", options, NULL)) != -1)
        r = take_option(l, o);
    *rest = optind;
    return r;
}

static const struct ctl_command *command_find(const char *name, struct err *e)
{
    struct nearest near = nearest_to(name, 4);

    for (size_t i = 0; i < ctl_commands_n; i++) {
        if (strcmp(ctl_commands[i].name, name) == 0)
            return &ctl_commands[i];
        nearest_try(&near, ctl_commands[i].name);
    }
    err_set(e, -ENOENT, "no command '%.60s'%s%s%s see `jarvisctl --help`", name,
            near.found ? "; did you mean " : ";", near.found ? near.found : "",
            near.found ? "?" : "");
    return NULL;
}

static int arguments_check(const struct ctl_command *command, const struct ctl *c, struct err *e)
{
    if (c->argc < command->least || (command->most >= 0 && c->argc > command->most))
        return err_set(e, -EINVAL, "use: %s", command->usage);
    for (size_t i = 0; i < ctl_options_n; i++)
        if (ctl_options[i].bit & c->set & ~command->options)
            return err_set(e, -EINVAL, "%s takes no --%s; use: %s", command->name,
                           ctl_options[i].name, command->usage);
    return 0;
}

static int connect_and_run(struct ctl *c, const struct ctl_command *command, const char *root,
                           enum ctl_exit *exit, struct err *e)
{
    struct paths paths;
    char path[PATHS_BYTES];
    AUTO_CLOSE int fd = -1;
    int r = paths_init(&paths, root ? root : "", e);

    if (r >= 0)
        r = paths_join(path, sizeof(path), paths.run, "control.sock", e);
    if (r >= 0)
        r = control_connect(&fd, path, e);
    if (r < 0)
        return r;
    c->fd = fd;
    return command->run(c, exit, e);
}

static int run(struct line *l, const struct ctl_command *command)
{
    enum ctl_exit exit = CTL_DONE;
    struct err e = ERR_INIT;

    if (l->help) {
        page_command(command, stdout);
        return CTL_DONE;
    }
    if (arguments_check(command, &l->ctl, &e) < 0)
        return usage_error(&l->ctl, &e);
    if (connect_and_run(&l->ctl, command, l->root, &exit, &e) >= 0)
        return exit;
    tell_error(&l->ctl, err_text(&e));
    return exit == CTL_DONE ? CTL_ERROR : (int)exit;
}

/* For `make docs`. */
static bool describe(const char *what)
{
    static const struct {
        const char *what;
        void (*page)(FILE *out);
    } pages[] = { { "--man", page_man }, { "--bash-completion", page_completion } };

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(pages[i].what, what) != 0)
            continue;
        pages[i].page(stdout);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct line l = { .ctl = { .fd = -1 }, .root = getenv("JARVIS_ROOT") };
    const struct ctl_command *command;
    struct err e = ERR_INIT;
    int rest, r;

    if (argc == 2 && describe(argv[1]))
        return CTL_DONE;
    r = take_options(&l, &rest, argc, argv);
    if (r != NOT_OVER)
        return r;
    if (rest == argc) {
        page_usage(l.help ? stdout : stderr);
        return l.help ? CTL_DONE : CTL_USAGE;
    }
    command = command_find(argv[rest], &e);
    if (!command)
        return usage_error(&l.ctl, &e);
    argc -= rest;
    argv += rest;
    r = take_options(&l, &rest, argc, argv);
    if (r != NOT_OVER)
        return r;
    l.ctl.argc = argc - rest;
    l.ctl.argv = argv + rest;
    return run(&l, command);
}
