/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/ctl.h - jarvisctl: one request on the control socket, the answer for people
 * or as JSON.
 *
 *   main.c      options, help, "did you mean"      table.c   one row a command
 *   client.c    the request and its answer         run.c     what a command does
 *   print.c     answers for people                 pages.c   man page and completion from the table
 *   engine.c    engines: manifests, licences
 *
 * With --json every answer and every error is one JSON object a line on the standard output
 * ({"error": words}), wrong use, help and version too; whole numbers are written whole.
 * One answer of the daemon is one frame: lists that do not fit (devices, history, log) are asked for page by
 * page until there are so many as -n said.
 * Threads: one. */
#ifndef JARVIS_CTL_CTL_H
#define JARVIS_CTL_CTL_H

#include "base/err.h"
#include "base/json.h"
#include "base/paths.h"

#include <stdbool.h>
#include <stdio.h>

enum ctl_exit {
    CTL_DONE = 0,
    CTL_ERROR = 1,          /* nobody answers, or the daemon refuses */
    CTL_USAGE = 2,
    CTL_NOT_UNDERSTOOD = 3, /* ask, listen: nothing was done */
    CTL_FAILED = 4,         /* ask, listen: understood, but not (all) done, or broken off */
};

enum { CTL_COUNT_MAX = 1000000 };
enum ctl_option { CTL_FOLLOW = 1, CTL_SPEAK = 2, CTL_COUNT = 4, CTL_YES = 8 };

struct ctl {
    int fd;       /* of the control socket; -1: not connected */
    const struct paths *paths; /* borrowed; once it is connected */
    bool json;    /* machine-readable output */
    unsigned set; /* enum ctl_option: those that were given */
    int count;    /* -n: 1..CTL_COUNT_MAX */
    int argc;     /* the command's own arguments */
    char **argv;
};

/* `*exit` (CTL_DONE before) is what the program ends with when it returns 0. */
typedef int (*ctl_run)(const struct ctl *c, enum ctl_exit *exit, struct err *e);

struct ctl_command {
    const char *name;
    ctl_run run;
    int least, most;     /* words that must and may follow; most -1: any number */
    unsigned options;    /* enum ctl_option that it takes */
    const char *usage;   /* what follows "jarvisctl" */
    const char *help;    /* one line */
    const char *more;    /* paragraphs of its own help and of the man page; NULL: none */
    const char *words;   /* what may stand first, for completion ("on off"); NULL: none */
};

struct ctl_option_row {
    const char *name; /* "follow" */
    char letter;      /* 'f'; 0: none */
    unsigned bit;     /* enum ctl_option; 0: of every command */
    const char *argument; /* "COUNT"; NULL: none */
    const char *help;
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_commands_n;
extern const struct ctl_option_row ctl_options[];
extern const size_t ctl_options_n;

/* Sends {cmd, args...} and waits for the end. *ret: the CONTROL_DONE object, owned by the caller.
 * -EREMOTEIO: the daemon answered with an error (its words in `e`). */
int ctl_request(cJSON **ret, int fd, const char *cmd, const cJSON *args, struct err *e);

int run_status(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_say(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_ask(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_listen(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_devices(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_areas(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_sentences(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_log(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_history(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_missed(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_learn(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_forget(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_config(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_engine(const struct ctl *c, enum ctl_exit *exit, struct err *e); /* engine.c */
int run_mute(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_acknowledge(const struct ctl *c, enum ctl_exit *exit, struct err *e);
int run_reload(const struct ctl *c, enum ctl_exit *exit, struct err *e);

void out_json(const cJSON *j); /* one line */
int no_memory(struct err *e);

void print_status(const cJSON *j, FILE *out);
void print_session(const cJSON *session, FILE *out); /* question, answer, timeline */
void print_log_line(const cJSON *line, FILE *out);
void print_flat(const cJSON *object, FILE *out); /* key = value, one a line */
void print_devices(const cJSON *list, FILE *out);
void print_areas(const cJSON *list, FILE *out);
void print_sentence(const cJSON *explained, FILE *out);

void page_usage(FILE *out);
void page_command(const struct ctl_command *command, FILE *out); /* its help */
void page_man(FILE *out);                                       /* roff */
void page_completion(FILE *out);                                /* bash */

#endif
