/* SPDX-License-Identifier: Apache-2.0 */
/* speech/tts.c - client side of jarvis-tts.
 *
 * The helper renders far faster than the loudspeaker plays, so a sentence's samples wait
 * here and are moved into the mixer's ring as room appears (every PUMP_MS while something
 * sounds). RENDER_AHEAD sentences are asked for at a time. */
#include "speech/tts.h"

#include "base/must.h"
#include "base/str.h"
#include "speech/engine.h"
#include "speech/wire.h"

#include <string.h>

enum {
    PUMP_MS = 10,
    RENDER_AHEAD = 2,
    RENDER_TRIES = 2, /* of a sentence nobody heard anything of when the helper died */
    MEMORY_BYTES_MAX = 256 << 20,
};

enum sentence_state { SENTENCE_WAITS, SENTENCE_RENDERS, SENTENCE_RENDERED, SENTENCE_FAILED };

struct pcm {
    int16_t *frames; /* owned */
    size_t count, cap;
    unsigned rate_hz;
};

struct sentence {
    enum sentence_state state;
    uint64_t session;
    uint32_t serial;        /* of MSG_SAY; 0: an apology, nobody is told */
    uint32_t wire_serial;   /* of TTS_SPEAK; 0: not asked */
    char *text;             /* owned */
    char *error;            /* owned; words of a failure */
    int code;               /* of MSG_SAID */
    unsigned tries;         /* how often it was asked for */
    struct pcm pcm;
    size_t written;         /* frames given to the mixer */
    struct play *play;      /* owned; NULL until the first samples came */
    bool start_told, end_told;
    struct sentence *next;
};

struct apology {
    uint32_t wire_serial; /* being rendered; 0: not */
    struct pcm pcm;
};

struct tts {
    struct tts_deps deps;
    struct engine *engine;      /* owned */
    struct loop_timer *pump;    /* owned */
    struct sentence *queue;     /* owned; the first one sounds */
    cJSON *words;               /* owned; whose phonemes are wanted; NULL: none */
    struct apology apologies[TTS_APOLOGY_N];
};

static const struct {
    const char *language;
    const char *texts[TTS_APOLOGY_N];
} apology_texts[] = {
    { "en", { "Sorry, I lost my voice for a moment.",
              "Sorry, I did not catch that. Please say it again." } },
    { "fr", { "Pardon, j'ai perdu ma voix un instant.",
              "Pardon, je n'ai pas entendu. Répétez, s'il vous plaît." } },
};

/* ---- samples ------------------------------------------------------------------------------- */

static int pcm_add(struct pcm *p, const struct rpc_frame *f)
{
    struct wire_speech head;
    size_t n;

    if (f->len < sizeof(head))
        return -EBADMSG;
    memcpy(&head, f->payload, sizeof(head));
    n = (f->len - sizeof(head)) / sizeof(int16_t);
    if (head.rate_hz < 8000 || head.rate_hz > 48000 || (p->count && head.rate_hz != p->rate_hz))
        return -EBADMSG;
    if (n > (size_t)head.rate_hz * TTS_SECONDS_MAX - p->count)
        return -EFBIG;
    if (p->count + n > p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 32768;
        int16_t *frames;

        while (cap < p->count + n)
            cap *= 2;
        frames = realloc(p->frames, cap * sizeof(*frames));
        if (!frames)
            return -ENOMEM;
        p->frames = frames;
        p->cap = cap;
    }
    p->rate_hz = head.rate_hz;
    if (n > 0) /* else there may be no frames yet */
        memcpy(p->frames + p->count, f->payload + sizeof(head), n * sizeof(int16_t));
    p->count += n;
    must(p->count <= p->cap);
    return 0;
}

static void pcm_done(struct pcm *p)
{
    free(p->frames);
    *p = (struct pcm){ .frames = NULL };
}

static bool pcm_copy(struct pcm *to, const struct pcm *from)
{
    to->frames = malloc(from->count * sizeof(*to->frames) + 1);
    if (!to->frames)
        return false;
    memcpy(to->frames, from->frames, from->count * sizeof(*to->frames));
    to->count = to->cap = from->count;
    to->rate_hz = from->rate_hz;
    return true;
}

/* ---- sentences ----------------------------------------------------------------------------- */

static void sentence_free(struct sentence *s)
{
    play_close(s->play);
    pcm_done(&s->pcm);
    free(s->text);
    free(s->error);
    free(s);
}

static void tell(struct tts *t, struct sentence *s, enum msg_type type, int code, int64_t at_usec)
{
    AUTO(msg_freep) struct msg *m = NULL;

    if (s->serial == 0)
        return;
    m = msg_new(type, s->session);
    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->say.serial = s->serial;
        m->code = code;
        m->at_usec = at_usec;
        m->text = str_dup(s->error);
    }
    bus_post(t->deps.bus, STEAL(m));
}

static void tell_said(struct tts *t, struct sentence *s, int code)
{
    if (!s->end_told)
        tell(t, s, MSG_SAID, code, 0);
    s->end_told = true;
}

static void sentence_fail(struct sentence *s, int code, const char *words)
{
    s->state = SENTENCE_FAILED;
    s->code = code;
    free(s->error);
    s->error = str_dup(words);
}

static int sentence_ask(struct tts *t, const char *text, uint32_t *ret_serial, struct err *e)
{
    const struct settings *set = t->deps.settings;
    AUTO_JSON *j = cJSON_CreateObject();
    uint32_t serial = engine_serial(t->engine);
    int r;

    if (!j || !cJSON_AddStringToObject(j, "text", text) ||
        !cJSON_AddStringToObject(j, "voice", set->tts_voice) ||
        !cJSON_AddStringToObject(j, "language", set->language) ||
        !cJSON_AddNumberToObject(j, "rate_wpm", (double)set->tts_rate_wpm))
        return err_set(e, -ENOMEM, "out of memory for speech");
    r = engine_send_json(t->engine, TTS_SPEAK, serial, j, e);
    if (r >= 0)
        *ret_serial = serial;
    return r;
}

static void sentence_cancel(struct tts *t, const struct sentence *s)
{
    must(s->wire_serial != 0);
    engine_send(t->engine, TTS_CANCEL, s->wire_serial, NULL, 0, NULL, 0);
}

/* Asks for the first sentences that are not rendered yet. While the helper is down they wait. */
static void tts_render(struct tts *t)
{
    int ahead = 0;

    for (struct sentence *s = t->queue; s && ahead < RENDER_AHEAD; s = s->next, ahead++) {
        struct err e = ERR_INIT;

        if (s->state != SENTENCE_WAITS || !engine_is_ready(t->engine))
            continue;
        if (sentence_ask(t, s->text, &s->wire_serial, &e) == 0) {
            s->state = SENTENCE_RENDERS;
            s->tries++;
        } else if (e.code == -ENOMEM || e.code == -EMSGSIZE) {
            sentence_fail(s, e.code, err_text(&e));
        } /* else the helper is dying: it is asked again when it is back */
    }
}

/* ---- sounding ------------------------------------------------------------------------------ */

/* Moves what is there into the mixer. */
static void sentence_write(struct tts *t, struct sentence *s)
{
    struct err e = ERR_INIT;

    if (!s->play && s->pcm.count > 0 &&
        play_open(&s->play, t->deps.audio, PLAY_VOICE, s->pcm.rate_hz, &e) < 0) {
        sentence_fail(s, e.code, err_text(&e));
        return;
    }
    while (s->play && s->written < s->pcm.count) {
        size_t n = play_write(s->play, s->pcm.frames + s->written, s->pcm.count - s->written);

        if (n == 0)
            break;
        s->written += n;
    }
    must(s->written <= s->pcm.count);
    if (s->play && s->state == SENTENCE_RENDERED && s->written == s->pcm.count)
        play_end(s->play);
}

/* Is the first sentence over? Then its end is told. */
static bool sentence_is_over(struct tts *t, struct sentence *s)
{
    if (s->play && !s->start_told && play_is_started(s->play)) {
        s->start_told = true;
        tell(t, s, MSG_SAY_START, 0, play_started_usec(s->play));
    }
    if (s->state == SENTENCE_FAILED) {
        if (s->play)
            play_cut(s->play);
        tell_said(t, s, s->code);
        return true;
    }
    if (s->state != SENTENCE_RENDERED || s->written < s->pcm.count)
        return false;
    if (s->play && !play_is_done(s->play))
        return false;
    if (s->code == 0 && s->play && !play_is_started(s->play))
        sentence_fail(s, -ENODEV, "no loudspeaker took the sound");
    tell_said(t, s, s->code);
    return true;
}

static void tts_pump(struct tts *t)
{
    while (t->queue) {
        struct sentence *s = t->queue;

        sentence_write(t, s);
        if (!sentence_is_over(t, s))
            break;
        must(s->serial == 0 || s->end_told); /* whoever wanted it has his answer */
        t->queue = s->next;
        sentence_free(s);
        tts_render(t);
    }
    if (t->queue)
        loop_timer_after_ms(t->pump, PUMP_MS);
}

static void on_pump(void *user)
{
    tts_pump(user);
}

void tts_step(struct tts *t)
{
    tts_pump(t);
}

/* ---- queue --------------------------------------------------------------------------------- */

static void queue_add(struct tts *t, struct sentence *s)
{
    struct sentence **p = &t->queue;

    while (*p)
        p = &(*p)->next;
    *p = s;
    tts_render(t);
    loop_timer_after_ms(t->pump, 0);
}

void tts_say(struct tts *t, uint64_t session, uint32_t serial, const char *text)
{
    struct sentence *s = calloc(1, sizeof(*s));
    struct sentence refused = { .session = session, .serial = serial };
    size_t waiting = 0;

    for (const struct sentence *q = t->queue; q; q = q->next)
        waiting++;
    if (s) {
        s->session = session;
        s->serial = serial;
        s->text = str_dup(text);
    }
    if (!s || !s->text || waiting >= TTS_QUEUE_MAX) {
        tell(t, &refused, MSG_SAID, waiting >= TTS_QUEUE_MAX ? -ENOSPC : -ENOMEM, 0);
        if (s)
            sentence_free(s);
        return;
    }
    queue_add(t, s);
}

void tts_hush(struct tts *t)
{
    while (t->queue) {
        struct sentence *s = t->queue;

        t->queue = s->next;
        if (s->state == SENTENCE_RENDERS)
            sentence_cancel(t, s);
        tell_said(t, s, -ECANCELED);
        sentence_free(s); /* play_close() fades it out */
    }
    loop_timer_clear(t->pump);
}

void tts_apologise(struct tts *t, enum tts_apology which)
{
    const struct apology *a = &t->apologies[which];
    struct sentence *s;

    if (a->wire_serial || a->pcm.count == 0)
        return;
    s = calloc(1, sizeof(*s));
    if (!s || !pcm_copy(&s->pcm, &a->pcm)) {
        free(s);
        return;
    }
    s->state = SENTENCE_RENDERED;
    queue_add(t, s);
}

/* ---- the helper ---------------------------------------------------------------------------- */

static void apologies_render(struct tts *t)
{
    const char *language = t->deps.settings->language;
    size_t row = 0;

    for (size_t i = 0; i < sizeof(apology_texts) / sizeof(apology_texts[0]); i++)
        if (strcmp(apology_texts[i].language, language) == 0)
            row = i;
    for (int i = 0; i < TTS_APOLOGY_N; i++) {
        struct apology *a = &t->apologies[i];

        if (a->pcm.count > 0)
            continue; /* rendered before the helper was lost */
        if (sentence_ask(t, apology_texts[row].texts[i], &a->wire_serial, NULL) < 0)
            a->wire_serial = 0;
    }
}

void tts_settings_changed(struct tts *t)
{
    for (int i = 0; i < TTS_APOLOGY_N; i++) {
        pcm_done(&t->apologies[i].pcm);
        t->apologies[i].wire_serial = 0;
    }
    if (engine_is_ready(t->engine))
        apologies_render(t);
}

static struct sentence *sentence_find(struct tts *t, uint32_t wire_serial)
{
    for (struct sentence *s = t->queue; s; s = s->next)
        if (s->wire_serial == wire_serial && s->state == SENTENCE_RENDERS)
            return s;
    return NULL;
}

static struct apology *apology_find(struct tts *t, uint32_t wire_serial)
{
    for (int i = 0; i < TTS_APOLOGY_N; i++)
        if (t->apologies[i].wire_serial == wire_serial)
            return &t->apologies[i];
    return NULL;
}

static void on_audio(const struct rpc_frame *f, void *user)
{
    struct tts *t = user;
    struct sentence *s = sentence_find(t, f->serial);
    struct apology *a = s ? NULL : apology_find(t, f->serial);
    int r;

    if (a)
        pcm_add(&a->pcm, f);
    if (!s)
        return;
    r = pcm_add(&s->pcm, f);
    if (r < 0) {
        sentence_cancel(t, s);
        sentence_fail(s, r, r == -EFBIG ? "the sentence is too long to speak" : strerror(-r));
    }
    tts_pump(t);
}

static void on_end(const struct rpc_frame *f, void *user)
{
    struct tts *t = user;
    struct sentence *s = sentence_find(t, f->serial);
    struct apology *a = s ? NULL : apology_find(t, f->serial);
    AUTO_JSON *j = NULL;
    const char *error;

    if (a)
        a->wire_serial = 0;
    if (!s)
        return;
    error = rpc_json(&j, f, NULL) < 0 ? "sent nonsense" : json_str(j, "error", NULL);
    if (error)
        sentence_fail(s, -EIO, error);
    else
        s->state = SENTENCE_RENDERED;
    tts_pump(t);
}

static void on_phonemes(const cJSON *json, const char *error, void *user)
{
    struct tts *t = user;

    t->words = json_free(t->words);
    if (!error && t->deps.on_phonemes)
        t->deps.on_phonemes(json, t->deps.user);
}

static int phonemes_ask(struct tts *t, struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (!json_put_copy(j, "words", t->words) ||
        !cJSON_AddStringToObject(j, "language", t->deps.settings->language))
        return err_set(e, -ENOMEM, "pronunciations: out of memory");
    return engine_ask(t->engine, TTS_PHONEMES, j, e);
}

/* A sentence that breaks off: the apology takes the place of its rest. */
static void sentence_apologise(struct tts *t, struct sentence *s)
{
    const struct apology *a = &t->apologies[TTS_LOST_VOICE];

    sentence_fail(s, -ECONNRESET, "the voice was lost");
    if (a->wire_serial || a->pcm.count == 0)
        return;
    s->play = play_close(s->play); /* fades out */
    pcm_done(&s->pcm);
    s->written = 0;
    if (pcm_copy(&s->pcm, &a->pcm))
        s->state = SENTENCE_RENDERED;
}

/* What was rendered whole still sounds; what nobody has heard anything of is asked for again. */
static void on_down(void *user)
{
    struct tts *t = user;

    for (int i = 0; i < TTS_APOLOGY_N; i++) {
        struct apology *a = &t->apologies[i];

        if (a->wire_serial)
            pcm_done(&a->pcm);
        a->wire_serial = 0;
    }
    for (struct sentence *s = t->queue; s; s = s->next) {
        if (s->state != SENTENCE_RENDERS)
            continue;
        if (s->play || s->tries >= RENDER_TRIES) {
            sentence_apologise(t, s);
            continue;
        }
        s->state = SENTENCE_WAITS;
        pcm_done(&s->pcm);
    }
    tts_pump(t);
}

static void on_up(void *user)
{
    struct tts *t = user;

    apologies_render(t);
    tts_render(t);
    if (t->words)
        phonemes_ask(t, NULL); /* a helper that is gone again is told of again */
}

static const struct engine_ask asks[] = {
    { TTS_PHONEMES, TTS_PHONEMES_OK, "the voice owes phonemes", on_phonemes },
};

static const struct engine_frame frames[] = {
    { TTS_AUDIO, on_audio },
    { TTS_END, on_end },
};

static const struct engine_kind voice = {
    .program = "jarvis-tts",
    .part = "voice",
    .down = "the voice does not run",
    .ready = "ready to speak",
    .memory_bytes_max = MEMORY_BYTES_MAX,
    .asks = asks,
    .asks_n = sizeof(asks) / sizeof(asks[0]),
    .frames = frames,
    .frames_n = sizeof(frames) / sizeof(frames[0]),
    .on_up = on_up,
    .on_down = on_down,
};

int tts_phonemes(struct tts *t, const cJSON *words, struct err *e)
{
    cJSON *copy = cJSON_Duplicate(words, true);

    if (!copy)
        return err_set(e, -ENOMEM, "pronunciations: out of memory");
    json_free(t->words);
    t->words = copy;
    engine_forget(t->engine, TTS_PHONEMES);
    return engine_is_ready(t->engine) ? phonemes_ask(t, e) : 0;
}

bool tts_is_ready(const struct tts *t)
{
    return engine_is_ready(t->engine);
}

const char *tts_owes(const struct tts *t)
{
    const char *owed = engine_owes(t->engine);

    if (owed)
        return owed;
    for (int i = 0; i < TTS_APOLOGY_N; i++)
        if (t->apologies[i].wire_serial)
            return "the voice owes an apology";
    for (const struct sentence *s = t->queue; s; s = s->next)
        if (s->state == SENTENCE_RENDERS)
            return "the voice owes a sentence";
    return NULL;
}

void tts_stats(const struct tts *t, pid_t *pid, unsigned *restarts)
{
    engine_stats(t->engine, pid, restarts);
}

int tts_new(struct tts **ret, const struct tts_deps *d, struct err *e)
{
    AUTO(tts_freep) struct tts *t = calloc(1, sizeof(*t));
    const struct engine_deps cd = {
        .loop = d->loop, .bus = d->bus, .paths = d->paths, .user = t,
    };
    int r;

    if (!t)
        return err_set(e, -ENOMEM, "voice: out of memory");
    t->deps = *d;
    r = loop_timer_new(&t->pump, d->loop, on_pump, t, e);
    if (r >= 0)
        r = engine_new(&t->engine, &voice, &cd, e);
    if (r < 0)
        return r;
    *ret = STEAL(t);
    return 0;
}

struct tts *tts_free(struct tts *t)
{
    if (!t)
        return NULL;
    engine_free(t->engine);
    while (t->queue) {
        struct sentence *s = t->queue;

        t->queue = s->next;
        sentence_free(s);
    }
    for (int i = 0; i < TTS_APOLOGY_N; i++)
        pcm_done(&t->apologies[i].pcm);
    json_free(t->words);
    loop_timer_free(t->pump);
    free(t);
    return NULL;
}
