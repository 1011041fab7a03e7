/* SPDX-License-Identifier: Apache-2.0 */
/* app/main.c - jarvisd: options, signals, exit codes. */
#include "app/app.h"

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* sysexits.h EX_CONFIG: systemd must not restart into the same fault. Only for what no restart can
 * mend: no setting is such (they are faults of a running daemon), another jarvisd is not (it may
 * be gone a moment later), nor is anything that fails once the parts are made. */
enum { EXIT_CONFIG = 78 };

/* For a thread of its own that waits most of the time an arena of its own is a waste; and once set,
 * the size from which memory goes straight back to the system does not grow with what is freed. A
 * daemon whose memory is locked gives nothing back later. */
enum { ARENAS_MAX = 2, LARGE_BYTES = 128 << 10 };

static const char usage[] =
    "jarvisd - the voice assistant daemon\n"
    "\n"
    "  --root DIR      all paths below DIR (etc/jarvis, var/lib/jarvis, run/jarvis)\n"
    "  --describe settings|schema|api|manifest\n"
    "                  print the generated documentation and exit\n"
    "  --version       print the version and exit\n"
    "  --help          this text\n"
    "\n"
    "Settings: DIR/etc/jarvis/jarvis.yaml, then JARVIS_* variables; see docs/settings.md.\n"
    "Signals: HUP reads settings, devices and sentences again; TERM and INT end it in stages.\n";

static void schema_text(struct str *out)
{
    AUTO_JSON *schema = settings_schema();
    AUTO_FREE char *text = schema ? cJSON_Print(schema) : NULL;

    str_add(out, text ? text : "");
    str_add_char(out, '\n');
}

static void manifest_markdown(struct str *out)
{
    fields_describe(out, &manifest_fields);
}

static int describe(const char *what)
{
    static const struct {
        const char *what;
        void (*write)(struct str *out);
    } rows[] = {
        { "settings", settings_markdown },
        { "schema", schema_text },
        { "api", web_api_markdown },
        { "manifest", manifest_markdown },
    };
    AUTO_STR text = STR_INIT, known = STR_INIT;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str_add_item(&known, rows[i].what);
        if (strcmp(what, rows[i].what) == 0)
            rows[i].write(&text);
    }
    if (text.len == 0) {
        fprintf(stderr, "jarvisd: --describe %s: choose %s\n", what, str_text(&known));
        return EXIT_FAILURE;
    }
    if (text.failed || fputs(str_text(&text), stdout) == EOF || fflush(stdout) == EOF) {
        fprintf(stderr, "jarvisd: --describe %s: cannot write\n", what);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* < 0: go on and run; else the exit code. */
static int options_parse(int argc, char **argv, const char **root)
{
    static const struct option options[] = {
        { "root", required_argument, NULL, 'r' },    { "describe", required_argument, NULL, 'd' },
        { "version", no_argument, NULL, 'v' },       { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            *root = optarg;
            break;
        case 'd':
            return describe(optarg);
        case 'v':
            puts("jarvisd " JARVIS_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        default:
            fputs(usage, stderr);
            return EXIT_FAILURE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "jarvisd: unexpected argument '%s'\n", argv[optind]);
        return EXIT_FAILURE;
    }
    return -1;
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
    struct app *a = user;

    (void)s;
    app_stop(a, strsignal((int)si->ssi_signo));
    return 0;
}

static void on_reloaded(int code, const char *words, void *user)
{
    struct app *a = user;

    if (code < 0)
        log_warn(a->log, "app", "reload: %s", words);
}

/* HUP: settings, devices and sentences are read again. */
static int on_hangup(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;

    (void)s;
    (void)si;
    if (reload_begin(a, on_reloaded, a, &e) < 0)
        on_reloaded(e.code, err_text(&e), a);
    return 0;
}

/* Blocked before any thread starts, so that only the main loop gets them. */
static int signals_block(struct err *e)
{
    sigset_t set;
    int r;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    r = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (r != 0)
        return err_set(e, -r, "signals: %s", err_words(r));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN); /* they mean nothing here, and would end the daemon uncleanly */
    signal(SIGUSR2, SIG_IGN);
    return 0;
}

static int signals_take(struct app *a, struct err *e)
{
    static const struct {
        int signal;
        sd_event_signal_handler_t fn;
    } rows[] = { { SIGTERM, on_signal }, { SIGINT, on_signal }, { SIGHUP, on_hangup } };
    int r = 0;

    for (size_t i = 0; r >= 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
        r = sd_event_add_signal(loop_event(a->loop), NULL, rows[i].signal, rows[i].fn, a);
    return r < 0 ? err_set(e, r, "signals: %s", err_words(r)) : 0;
}

static int serve(struct app *a, struct err *e)
{
    int r = signals_take(a, e);

    if (r >= 0)
        r = app_start(a, e);
    return r < 0 ? r : loop_run(a->loop, e);
}

/* A thread that hangs may go on at any moment: no exit handler may run beside it. */
static void leave(int r, const struct err *e)
{
    if (r < 0)
        fprintf(stderr, "jarvisd: %s\n", err_text(e));
    fputs("jarvisd: ends with a thread that hangs\n", stderr);
    fflush(NULL);
    _exit(r < 0 ? EXIT_FAILURE : r);
}

/* *began: the parts were made; what fails afterwards may be well at the next start. */
static int run(const char *root, bool *began, struct err *e)
{
    static struct clock clock; /* for a thread that hangs, as the app itself */
    const struct app_opts o = { .root = root, .clock = &clock };
    struct app *a = NULL;
    int r;

    clock_init_real(&clock);
    r = signals_block(e);
    if (r < 0)
        return r;
    r = app_new(&a, &o, e);
    if (r < 0)
        return r;
    *began = true;
    r = serve(a, e);
    if (app_free(a))
        leave(r, e);
    return r;
}

int main(int argc, char **argv)
{
    const char *root = "";
    struct err e = ERR_INIT;
    bool began = false;
    int r = options_parse(argc, argv, &root);

    if (r >= 0)
        return r;
    mallopt(M_ARENA_MAX, ARENAS_MAX);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    r = run(root, &began, &e);
    if (r >= 0)
        return r;
    fprintf(stderr, "jarvisd: %s\n", err_text(&e));
    return !began && (r == -EINVAL || r == -ENAMETOOLONG) ? EXIT_CONFIG : EXIT_FAILURE;
}
