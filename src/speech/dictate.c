/* SPDX-License-Identifier: Apache-2.0 */
/* speech/dictate.c - client side of a dictation engine. */
#include "speech/dictate.h"

#include "base/must.h"
#include "base/str.h"
#include "core/breaker.h"
#include "speech/engine.h"
#include "speech/wire.h"

#include <string.h>

/* An engine may compute a sentence in one go: what takes too long is ended by engine.ms. */
enum { WORDS_BYTES = 240, PING_DEADLINE_MS = 65000 };

struct dictate {
    struct dictate_deps deps;
    char name[MANIFEST_NAME_BYTES], version[48], language[16];
    char program[PATHS_BYTES], folder[PATHS_BYTES], model[PATHS_BYTES], dictionary[PATHS_BYTES];
    struct engine *engine;       /* owned */
    struct loop_timer *deadline; /* owned */
    struct breaker breaker;
    /* the sentence under way */
    uint32_t serial;        /* 0: none */
    const int16_t *samples; /* borrowed */
    size_t n, sent;
    uint32_t sound;   /* serial of the newest frame of sound */
    unsigned waiting; /* frames of sound that are not answered */
    bool has_ended;   /* UTT_END is sent */
};

/* ---- the sentence under way ----------------------------------------------------------------- */

static int64_t now_usec(const struct dictate *d)
{
    return clock_mono_usec(loop_clock(d->deps.loop));
}

static void dictate_settle(struct dictate *d)
{
    loop_timer_clear(d->deadline);
    d->serial = 0;
    d->samples = NULL;
    d->waiting = 0;
}

static void dictate_finish(struct dictate *d, int code, const char *text)
{
    must(d->serial != 0 && code <= 0);
    dictate_settle(d);
    if (code < 0)
        breaker_failed(&d->breaker, now_usec(d));
    else
        breaker_succeeded(&d->breaker);
    d->deps.on_end(code, text, d->deps.user);
}

static void dictate_fail(struct dictate *d, int code, const char *why)
{
    char words[WORDS_BYTES];

    snprintf(words, sizeof(words), "the engine '%s' %s", d->name, why);
    dictate_finish(d, code, words);
}

static int sound_send(struct dictate *d)
{
    const struct wire_audio head = { .position = d->sent };
    size_t count = d->n - d->sent < WIRE_FRAMES_MAX ? d->n - d->sent : WIRE_FRAMES_MAX;
    int r = engine_send(d->engine, UTT_AUDIO, d->sound + 1, &head, sizeof(head), d->samples + d->sent,
                        count * sizeof(*d->samples));

    if (r < 0)
        return r;
    d->sound++;
    d->waiting++;
    d->sent += count;
    return 0;
}

/* As much as it has room for; what it answers makes room. -EAGAIN: it takes nothing and owes nothing. */
static int dictate_pump(struct dictate *d)
{
    int r = 0;

    must(d->waiting <= DICTATE_WINDOW && d->sent <= d->n);
    while (r == 0 && !d->has_ended && d->waiting < DICTATE_WINDOW && d->sent < d->n)
        r = sound_send(d);
    if (r == 0 && !d->has_ended && d->sent == d->n) {
        r = engine_send(d->engine, UTT_END, d->serial, NULL, 0, NULL, 0);
        d->has_ended = r == 0;
    }
    return r == -EAGAIN && d->waiting > 0 ? 0 : r;
}

/* ---- what comes back ------------------------------------------------------------------------ */

/* Frames of sound are answered in their order. */
static void on_progress(const struct rpc_frame *f, void *user)
{
    struct dictate *d = user;

    if (d->serial == 0 || d->waiting == 0 || f->serial != d->sound - d->waiting + 1)
        return; /* of a sentence that is over, or of none */
    d->waiting--;
    if (dictate_pump(d) < 0)
        dictate_fail(d, -ECONNRESET, "does not take the sound");
}

static void on_result(const struct rpc_frame *f, void *user)
{
    struct wire_result head = { .text = NULL };
    struct dictate *d = user;
    struct err e = ERR_INIT;

    if (f->serial == 0 || f->serial != d->serial || !d->has_ended)
        return;
    if (wire_answer_take(&head, &wire_result_fields, f, &e) < 0)
        dictate_fail(d, e.code, err_text(&e));
    else if (strlen(head.text) > DICTATE_TEXT_MAX)
        dictate_fail(d, -EBADMSG, "sent nonsense (a sentence without end)");
    else
        dictate_finish(d, 0, head.rejected ? "" : head.text);
    wire_result_done(&head);
}

static void on_config(const void *head, const char *error, void *user)
{
    (void)head; /* its words are not counted */
    (void)error;
    (void)user;
}

static int wire_judge(const void *head, struct err *e)
{
    const struct wire_loaded *loaded = head;

    if (loaded->wire == WIRE_VERSION)
        return 0;
    return err_set(e, -EPROTO, "the engine speaks version %u of the wire and this jarvisd version %d: bring the older of them up "
                   "to date", loaded->wire, WIRE_VERSION);
}

static void on_down(void *user)
{
    struct dictate *d = user;

    if (d->serial)
        dictate_fail(d, -ECONNRESET, "was lost");
}

static void on_deadline(void *user)
{
    struct dictate *d = user;

    if (!must(d->serial != 0))
        return;
    engine_restart(d->engine, "took too long for a sentence"); /* it may hang, and takes the processor's time */
    dictate_fail(d, -ETIMEDOUT, "took longer than engine.ms for a sentence");
}

static cJSON *config_make(void *user)
{
    struct dictate *d = user;
    const struct wire_config head = { /* only written: all is borrowed */
        .model = d->model,
        .dictionary = d->dictionary,
        .phrase = (char *)"",
        .language = d->language,
        .threshold_exp = 0,
        .wake = false,
    };

    return fields_put(&head, &wire_config_fields);
}

static const struct engine_ask asks[] = {
    { STT_CONFIG, STT_CONFIG_OK, &wire_loaded_fields, "the dictation engine owes that it is configured", on_config },
};

static const struct engine_frame frames[] = {
    { UTT_PROGRESS, on_progress },
    { UTT_RESULT, on_result },
};

static const struct engine_kind scribe = {
    .program = "dictation engine",
    .part = "engine.dictation",
    .down = "the dictation engine does not run",
    .ready = "hears what is no command",
    .deadline_ms = PING_DEADLINE_MS,
    .asks = asks,
    .asks_n = sizeof(asks) / sizeof(asks[0]),
    .frames = frames,
    .frames_n = sizeof(frames) / sizeof(frames[0]),
    .config = config_make,
    .judge = wire_judge,
    .on_down = on_down,
};

/* ---- interface ------------------------------------------------------------------------------ */

int dictate_ask(struct dictate *d, const int16_t *samples, size_t n, struct err *e)
{
    const struct wire_audio head = { .position = 0 };
    int64_t wait_ms = breaker_wait_ms(&d->breaker, now_usec(d));
    int r;

    if (d->serial)
        return err_set(e, -EBUSY, "the engine '%s' is asked already", d->name);
    if (wait_ms > 0)
        return err_set(e, -EHOSTDOWN, "the engine '%s' failed %u times; next try in %lld s", d->name,
                       d->breaker.failures, (long long)(wait_ms + 999) / 1000);
    if (!engine_is_ready(d->engine))
        return err_set(e, -ENOTCONN, "the engine '%s' is not ready", d->name);
    breaker_begun(&d->breaker, now_usec(d));
    d->serial = engine_serial(d->engine);
    d->samples = samples;
    d->n = n;
    d->sent = 0;
    d->has_ended = false;
    r = engine_send(d->engine, UTT_START, d->serial, &head, sizeof(head), NULL, 0);
    if (r == 0)
        r = dictate_pump(d);
    if (r < 0) {
        dictate_settle(d);
        breaker_failed(&d->breaker, now_usec(d));
        return err_set(e, r, "the engine '%s' does not take the sound", d->name);
    }
    loop_timer_after_ms(d->deadline, d->deps.settings->engine_ms);
    return 0;
}

void dictate_cancel(struct dictate *d)
{
    if (!d || d->serial == 0)
        return;
    engine_send(d->engine, UTT_DROP, d->serial, NULL, 0, NULL, 0);
    dictate_settle(d);
    breaker_cancelled(&d->breaker, now_usec(d));
}

const char *dictate_name(const struct dictate *d)
{
    return d->name;
}

bool dictate_is_ready(const struct dictate *d)
{
    return engine_is_ready(d->engine) && breaker_wait_ms(&d->breaker, now_usec(d)) == 0;
}

/* ---- making one ----------------------------------------------------------------------------- */

static const struct manifest *wanted(const struct dictate_deps *d, struct err *e)
{
    return engines_used(d->engines, d->settings, MANIFEST_DICTATION, d->settings->language, e);
}

bool dictate_fits(const struct dictate *d, const struct dictate_deps *deps)
{
    const struct manifest *m = wanted(deps, NULL);

    if (!d || !m)
        return !d && !m;
    return strcmp(d->name, m->name) == 0 && strcmp(d->version, m->version) == 0 &&
           strcmp(d->language, deps->settings->language) == 0;
}

static int dictate_place(struct dictate *d, const struct manifest *m, struct err *e)
{
    int r = engines_path(d->folder, sizeof(d->folder), d->deps.engines, m, NULL, e);

    if (r == 0)
        r = engines_program(d->program, sizeof(d->program), d->deps.engines, m, e);
    if (r == 0)
        r = engines_path(d->model, sizeof(d->model), d->deps.engines, m, m->model, e);
    if (r == 0)
        r = engines_path(d->dictionary, sizeof(d->dictionary), d->deps.engines, m, m->dictionary, e);
    str_copy(d->name, sizeof(d->name), m->name);
    str_copy(d->version, sizeof(d->version), m->version);
    str_copy(d->language, sizeof(d->language), d->deps.settings->language);
    return r;
}

int dictate_new(struct dictate **ret, const struct dictate_deps *deps, struct err *e)
{
    AUTO(dictate_freep) struct dictate *d = NULL;
    const struct manifest *m = wanted(deps, e);
    struct engine_deps ed = { .loop = deps->loop, .bus = deps->bus };
    int r;

    if (!m)
        return -ENOENT;
    d = calloc(1, sizeof(*d));
    if (!d)
        return err_set(e, -ENOMEM, "engine.dictation: out of memory");
    d->deps = *deps;
    r = dictate_place(d, m, e);
    if (r == 0)
        r = loop_timer_new(&d->deadline, deps->loop, on_deadline, d, e);
    if (r < 0)
        return r;
    ed.name = d->name;
    ed.program = d->program;
    ed.memory_bytes_max = (size_t)m->memory_mb << 20;
    ed.readable[0] = d->folder;
    ed.user = d;
    r = engine_new(&d->engine, &scribe, &ed, e);
    if (r < 0)
        return r;
    *ret = STEAL(d);
    return 0;
}

struct dictate *dictate_free(struct dictate *d)
{
    if (!d)
        return NULL;
    engine_free(d->engine);
    loop_timer_free(d->deadline);
    free(d);
    return NULL;
}
