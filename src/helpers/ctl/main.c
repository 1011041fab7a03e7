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

enum { OPTIONS_MAX = 16 };

struct line { /* what the command line says */
    struct ctl ctl;
    const char *root;
    bool help, version;
    struct err fault; /* the first option that cannot be taken; the rest is read all the same, for --json
                       * says how the complaint is written */
};

/* No more than every other letter may differ, and three at most. */
static struct nearest nearest_word(const char *word)
{
    const size_t half = strlen(word) / 2 + 1;

    return nearest_to(word, half < 4 ? half : 4);
}

/* {key: words} on a line of its own. */
static void out_words(const char *key, const char *words)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    if (json_put_text(j, key, words))
        text = json_text(j);
    puts(text ? text : "{\"error\":\"out of memory\"}");
}

/* Words for people, or an object for programs. */
static void tell_error(const struct ctl *c, const char *words)
{
    if (c->json)
        out_words("error", words);
    else
        fprintf(stderr, "jarvisctl: %s\n", words);
}

static int usage_error(const struct ctl *c, struct err *e)
{
    tell_error(c, err_text(e));
    return CTL_USAGE;
}

static int take_count(struct ctl *c, const char *text, struct err *e)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 1 || n > CTL_COUNT_MAX)
        return err_set(e, -EINVAL, "-n %.40s: must be a number within 1..%d", text, CTL_COUNT_MAX);
    c->count = (int)n;
    return 0;
}

static const struct ctl_option_row *option_of(int letter)
{
    for (size_t i = 0; i < ctl_options_n; i++)
        if (ctl_options[i].letter == letter)
            return &ctl_options[i];
    return NULL;
}

/* What getopt_long() could not take: `o` is its answer, `word` where it stands. */
static int option_fault(int o, const char *word, struct err *e)
{
    struct nearest near = nearest_word(word + strspn(word, "-"));
    const struct ctl_option_row *row = optopt ? option_of(optopt) : NULL;

    if (o == ':')
        return err_set(e, -EINVAL, "%.60s: the value is missing; see `jarvisctl --help`", word);
    if (row && !row->argument)
        return err_set(e, -EINVAL, "%.60s: --%s takes no value", word, row->name);
    for (size_t i = 0; i < ctl_options_n; i++)
        nearest_try(&near, ctl_options[i].name);
    return err_set(e, -ENOENT, "no option '%.60s'%s%s%s see `jarvisctl --help`", word,
                   near.found ? "; did you mean --" : ";", near.found ? near.found : "",
                   near.found ? "?" : "");
}

/* One option that getopt_long() gave. */
static int take_option(struct line *l, int o, const char *word, struct err *e)
{
    const struct ctl_option_row *row = option_of(o);

    switch (o) {
    case 'r':
        l->root = optarg;
        return 0;
    case 'j':
        l->ctl.json = true;
        return 0;
    case 'h':
        l->help = true;
        return 0;
    case 'V':
        l->version = true;
        return 0;
    default:
        if (!row)
            return option_fault(o, word, e);
        l->ctl.set |= row->bit;
        return row->bit == CTL_COUNT ? take_count(&l->ctl, optarg, e) : 0;
    }
}

/* The options at the start of argv[1..]; gives the place of the first word that is none. */
static int take_options(struct line *l, int argc, char **argv)
{
    struct option options[OPTIONS_MAX] = { { NULL, 0, NULL, 0 } };
    int o;

    must(ctl_options_n < OPTIONS_MAX);
    for (size_t i = 0; i < ctl_options_n; i++)
        options[i] = (struct option){
            ctl_options[i].name,
            ctl_options[i].argument ? required_argument : no_argument,
            NULL,
            ctl_options[i].letter ? ctl_options[i].letter : 'r',
        };
    optind = 0; /* glibc: from the start */
    while ((o = getopt_long(argc, argv, "+:hjVsfyn:", options, NULL)) != -1) {
        struct err e = ERR_INIT;

        must(optind > 0);
        if (take_option(l, o, argv[optind - 1], &e) < 0 && !l->fault.code)
            l->fault = e;
    }
    return optind;
}

static const struct ctl_command *command_find(const char *name, struct err *e)
{
    struct nearest near = nearest_word(name);

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
    c->paths = &paths;
    return command->run(c, exit, e);
}

static int run(struct line *l, const struct ctl_command *command)
{
    enum ctl_exit exit = CTL_DONE;
    struct err e = ERR_INIT;

    if (arguments_check(command, &l->ctl, &e) < 0)
        return usage_error(&l->ctl, &e);
    if (connect_and_run(&l->ctl, command, l->root, &exit, &e) >= 0)
        return exit;
    tell_error(&l->ctl, err_text(&e));
    return exit == CTL_DONE ? CTL_ERROR : (int)exit;
}

/* The help of a command, or of all (NULL). */
static int help(const struct ctl *c, const struct ctl_command *command)
{
    AUTO_FREE char *text = NULL;
    size_t n;
    FILE *out = c->json ? open_memstream(&text, &n) : stdout;

    if (!out) {
        tell_error(c, "out of memory");
        return CTL_ERROR;
    }
    if (command)
        page_command(command, out);
    else
        page_usage(out);
    if (out == stdout)
        return CTL_DONE;
    fclose(out);
    out_words("help", text ? text : "");
    return CTL_DONE;
}

static int version(const struct ctl *c)
{
    if (c->json)
        out_words("version", JARVIS_VERSION);
    else
        puts("jarvisctl " JARVIS_VERSION);
    return CTL_DONE;
}

static int no_command(const struct ctl *c)
{
    if (c->json)
        tell_error(c, "no command was given; see `jarvisctl --help`");
    else
        page_usage(stderr);
    return CTL_USAGE;
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

/* All of the line is read before any of it is judged. */
static int carry_out(struct line *l, int argc, char **argv)
{
    const struct ctl_command *command = NULL;
    struct err e = ERR_INIT;
    int rest = take_options(l, argc, argv);
    const bool named = rest < argc;

    if (named) {
        command = command_find(argv[rest], &e);
        argc -= rest;
        argv += rest;
        rest = take_options(l, argc, argv);
    }
    l->ctl.argc = argc - rest;
    l->ctl.argv = argv + rest;
    if (l->fault.code < 0)
        return usage_error(&l->ctl, &l->fault);
    if (l->version)
        return version(&l->ctl);
    if (named && !command)
        return usage_error(&l->ctl, &e);
    if (l->help)
        return help(&l->ctl, command);
    return command ? run(l, command) : no_command(&l->ctl);
}

int main(int argc, char **argv)
{
    struct line l = { .ctl = { .fd = -1 }, .root = getenv("JARVIS_ROOT") };
    int code;

    opterr = 0; /* its complaints are ours to tell */
    if (argc == 2 && describe(argv[1]))
        return CTL_DONE;
    code = carry_out(&l, argc, argv);
    if (fflush(stdout) == EOF || ferror(stdout)) {
        fprintf(stderr, "jarvisctl: the answer cannot be written: %s\n", err_words(errno));
        return CTL_ERROR;
    }
    return code;
}
