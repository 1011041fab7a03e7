/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/hear.c - the whole pipeline on sound files, faster than real time.
 *
 * The daemon's own wiring (app/) on a virtual clock and the simulated microphone. The
 * clock stands still while a helper owes an answer, so a run gives the same events on a
 * fast and on a slow machine:
 *
 *     tick: audio_step -> speech_step -> main loop until nobody owes an answer -> +10 ms
 *
 * One JSON line an event: {"file","event","ms", ...}; ms since the file's first sample. */
#include "app/app.h"
#include "base/file.h"
#include "bench.h"
#include "lab.h"
#include "rt/block.h"

#include <ftw.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

enum {
    TAIL_MS = 1000,            /* of silence after a file, when all is quiet */
    TAIL_MAX_MS = 60000,       /* a session that does not end by then is a fault */
    WAKE_LATE_MS = 250,        /* an engine tells of the word so long after its end */
    FRAMES_MS = BLOCK_RATE_HZ / 1000,
};

struct hear {
    struct clock clock;
    struct app *app;         /* owned */
    struct bench bench;      /* of its parts */
    const char *file;        /* being heard; NULL: nobody listens to events yet */
    int64_t file_usec;       /* virtual time of its first sample */
    char root[PATHS_BYTES];  /* temporary; removed at the end */
    uint64_t file_position;  /* of that sample in the 16 kHz stream */
    bool is_woken;           /* by the file being heard */
    int wake_from_ms, wake_to_ms; /* --wake-at: it is told where the word is; 0, 0: it is heard */
};

struct hear_opts {
    const char *devices, *reply;
    bool log;
    bool join; /* the files are one sound */
    const char *wake_at;
};

/* ---- events ---------------------------------------------------------------------------- */

static const char *const end_words[END_N] = {
    [END_SILENCE] = "silence",
    [END_TOO_LONG] = "too_long",
    [END_NO_SPEECH] = "no_speech",
};

static void event_wake(cJSON *j, const struct msg *m)
{
    cJSON_AddStringToObject(j, "phrase", m->text ? m->text : "");
    cJSON_AddNumberToObject(j, "score", m->wake.score);
}

static void event_end(cJSON *j, const struct msg *m)
{
    cJSON_AddStringToObject(j, "reason", end_words[m->end.reason]);
}

static void event_fields(cJSON *j, const cJSON *from)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, from)
    {
        json_put_copy(j, item->string, item);
    }
}

static void event_transcript(cJSON *j, const struct msg *m)
{
    cJSON_AddStringToObject(j, "text", m->text ? m->text : "");
    cJSON_AddNumberToObject(j, "code", m->code);
    if (m->json)
        event_fields(j, m->json); /* unsure, broken */
}

static void event_json(cJSON *j, const struct msg *m)
{
    event_fields(j, m->json);
    if (m->code < 0)
        cJSON_AddNumberToObject(j, "code", m->code);
    if (m->code < 0 && m->text)
        cJSON_AddStringToObject(j, "error", m->text);
}

static void event_text(cJSON *j, const struct msg *m)
{
    cJSON_AddStringToObject(j, "text", m->text ? m->text : "");
}

static const struct {
    enum msg_type type;
    const char *name;
    void (*fill)(cJSON *j, const struct msg *m); /* NULL: time alone */
} hear_events[] = {
    { MSG_WAKE, "wake", event_wake },
    { MSG_SPEECH_START, "speech_start", NULL },
    { MSG_SPEECH_END, "speech_end", event_end },
    { MSG_EARLY, "early", event_text },
    { MSG_TRANSCRIPT, "transcript", event_transcript },
    { MSG_INTENT, "intent", event_json },
    { MSG_ACTED, "action", event_json },
    { MSG_SAY, "reply", event_text },
    { MSG_SAY_START, "first_audio", NULL },
    { MSG_SAID, "spoken", NULL },
};

static void hear_on_msg(const struct msg *m, void *user)
{
    struct hear *h = user;

    h->is_woken |= m->type == MSG_WAKE;
    for (size_t i = 0; h->file && i < sizeof(hear_events) / sizeof(hear_events[0]); i++) {
        AUTO_JSON *j = NULL;
        AUTO_FREE char *text = NULL;

        if (hear_events[i].type != m->type)
            continue;
        j = cJSON_CreateObject();
        if (!j)
            return;
        cJSON_AddStringToObject(j, "file", h->file);
        cJSON_AddStringToObject(j, "event", hear_events[i].name);
        cJSON_AddNumberToObject(j, "ms", (double)((m->at_usec - h->file_usec) / 1000));
        if (hear_events[i].fill)
            hear_events[i].fill(j, m);
        text = json_text(j);
        puts(text ? text : "{}");
        fflush(stdout);
    }
}

/* ---- files ----------------------------------------------------------------------------- */

/* Tells of the wake word as an engine would, a moment after its end. */
static void wake_tell(struct hear *h)
{
    struct audio_stats stats;
    struct msg *m;

    audio_stats(h->app->audio, &stats);
    if (h->wake_to_ms == 0 || h->is_woken ||
        stats.capture_blocks * BLOCK_FRAMES <
            h->file_position + (uint64_t)(h->wake_to_ms + WAKE_LATE_MS) * FRAMES_MS)
        return;
    m = msg_new(MSG_WAKE, 0);
    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->wake.from_position = h->file_position + (uint64_t)h->wake_from_ms * FRAMES_MS;
        m->wake.to_position = h->file_position + (uint64_t)h->wake_to_ms * FRAMES_MS;
    }
    bus_post(h->app->bus, m);
    h->is_woken = true;
}

/* Runs until all that was fed is heard and a second of quiet has passed. */
static int hear_run(struct hear *h, const char *name, struct err *e)
{
    int64_t quiet_ms = 0, tail_ms = 0;
    struct audio_stats stats;

    audio_stats(h->app->audio, &stats);
    h->file_position = stats.capture_blocks * BLOCK_FRAMES;
    h->file = name;
    h->file_usec = clock_mono_usec(&h->clock);
    h->is_woken = false;
    while (quiet_ms < TAIL_MS) {
        int r = bench_tick(&h->bench, e);

        if (r < 0)
            return r;
        wake_tell(h);
        if (!bench_is_heard(&h->bench))
            continue;
        tail_ms += BENCH_TICK_MS;
        quiet_ms = assistant_is_busy(h->app->assistant) ? 0 : quiet_ms + BENCH_TICK_MS;
        if (tail_ms > TAIL_MAX_MS)
            return err_set(e, -ETIMEDOUT, "%s: the session did not end", name);
    }
    h->file = NULL;
    if (!h->is_woken) /* no event is no answer to who waits for one */
        fprintf(stderr, "jarvis-lab: %s: the wake word was not heard\n", name);
    return 0;
}

/* Each file on its own, or all as one sound. */
static int hear_files(struct hear *h, const struct hear_opts *o, int n, char **files,
                      struct err *e)
{
    for (int i = 0; i < n; i++) {
        int r = bench_feed(&h->bench, files[i], NULL, e);

        if (r >= 0 && (!o->join || i == n - 1))
            r = hear_run(h, files[i], e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- set-up ---------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* The first that exists: --devices, /etc/jarvis, the example of the source tree. */
static int devices_copy(const struct hear *h, const char *chosen, struct err *e)
{
    AUTO_FREE char *text = NULL;
    char etc[PATHS_BYTES + 32], path[PATHS_BYTES + 64], of_tree[PATHS_BYTES * 2];
    struct paths installed;
    size_t len = 0;
    int r = paths_init(&installed, "", e);

    if (r < 0)
        return r;
    snprintf(of_tree, sizeof(of_tree), "%s/../../../etc/jarvis/devices.yaml", installed.share);
    if (!chosen)
        chosen = file_exists("/etc/jarvis/devices.yaml") ? "/etc/jarvis/devices.yaml" : of_tree;
    r = file_read(&text, &len, chosen, 1 << 20, e);
    if (r < 0)
        return r;
    snprintf(etc, sizeof(etc), "%s/etc/jarvis", h->root);
    snprintf(path, sizeof(path), "%s/devices.yaml", etc);
    r = file_mkdirs(etc, 0755, e);
    if (r < 0)
        return r;
    return file_write(path, text, len, 0640, e);
}

/* What a laboratory fixes; everything else comes from the JARVIS_* environment as usual. */
static void settings_fix(const struct hear_opts *o)
{
    setenv("JARVIS_AUDIO_BACKEND", "sim", 1);
    setenv("JARVIS_AUDIO_CAPTURE", "", 1);
    setenv("JARVIS_AUDIO_PLAYBACK", o->reply ? o->reply : "", 1);
    setenv("JARVIS_MQTT_ENABLED", "false", 1);
    setenv("JARVIS_HTTP_ENABLED", "false", 1);
    setenv("JARVIS_LLM_KIND", "none", 1);
    if (o->wake_at)
        setenv("JARVIS_WAKE_ENGINE", "none", 1);
}

static int hear_open(struct hear *h, const struct hear_opts *o, struct err *e)
{
    const struct app_opts ao = {
        .root = h->root,
        .clock = &h->clock,
        .lab = true,
        .log_least = o->log ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
    };
    const char *tmp = getenv("TMPDIR");
    struct timespec now;
    int r;

    if (snprintf(h->root, sizeof(h->root), "%s/jarvis-lab-XXXXXX", tmp ? tmp : "/tmp") >=
            (int)sizeof(h->root) ||
        !mkdtemp(h->root)) {
        r = err_set(e, -errno, "%s: no temporary folder", h->root);
        h->root[0] = '\0';
        return r;
    }
    r = devices_copy(h, o->devices, e);
    if (r < 0)
        return r;
    settings_fix(o);
    clock_gettime(CLOCK_REALTIME, &now);
    clock_init_virtual(&h->clock, (int64_t)now.tv_sec * 1000000);
    r = app_new(&h->app, &ao, e);
    if (r < 0)
        return r;
    h->bench = (struct bench){ &h->clock, h->app->loop, h->app->audio, h->app->speech };
    r = bus_on(h->app->bus, MSG_N, hear_on_msg, h, e);
    if (r >= 0)
        r = app_start(h->app, e);
    if (r >= 0)
        r = bench_wait_ready(&h->bench, e);
    return r;
}

static void hear_close(struct hear *h)
{
    app_free(h->app);
    if (h->root[0])
        nftw(h->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int lab_hear(int argc, char **argv)
{
    static const struct option options[] = {
        { "devices", required_argument, NULL, 'd' },
        { "reply", required_argument, NULL, 'r' },
        { "log", no_argument, NULL, 'l' },
        { "join", no_argument, NULL, 'j' },
        { "wake-at", required_argument, NULL, 'w' },
        { NULL, 0, NULL, 0 },
    };
    struct hear_opts o = { .devices = NULL };
    struct hear h = { .app = NULL };
    struct err e = ERR_INIT;
    int c, r;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'd')
            o.devices = optarg;
        else if (c == 'r')
            o.reply = optarg;
        else if (c == 'l')
            o.log = true;
        else if (c == 'j')
            o.join = true;
        else if (c == 'w' && sscanf(optarg, "%d,%d", &h.wake_from_ms, &h.wake_to_ms) == 2 &&
                 h.wake_from_ms >= 0 && h.wake_from_ms < h.wake_to_ms && h.wake_to_ms <= TAIL_MAX_MS)
            o.wake_at = optarg;
        else
            return 2;
    }
    if (optind == argc) {
        fputs("jarvis-lab: use: hear [--devices FILE] [--reply OUT.wav] [--join] [--log] "
              "[--wake-at FROM_MS,TO_MS] FILE...\n",
              stderr);
        return 2;
    }
    r = hear_open(&h, &o, &e);
    if (r >= 0)
        r = hear_files(&h, &o, argc - optind, argv + optind, &e);
    if (r < 0)
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    hear_close(&h);
    return r < 0 ? 1 : 0;
}
