/* SPDX-License-Identifier: Apache-2.0 */
/* speech/tts.c - client side of jarvis-tts.
 *
 * The helper renders far faster than the loudspeaker plays, so a sentence's samples wait
 * here and are moved into the mixer's ring as room appears (every PUMP_MS while something
 * sounds). RENDER_AHEAD sentences are asked for at a time; one of them may be with a voice on another
 * machine. Where that one fails before anything was heard, what is kept of its voice says the sentence
 * (bank.h), or else the helper: one of them the whole. */
#include "speech/tts.h"

#include "base/must.h"
#include "base/str.h"
#include "speech/bank.h"
#include "speech/chime.h"
#include "speech/engine.h"
#include "speech/pcm.h"
#include "speech/remote_tts.h"
#include "speech/wire.h"

#include <string.h>

enum {
    PUMP_MS = 10,
    RENDER_AHEAD = 2,
    REMOTE_AWAY_MS = 30000, /* a voice elsewhere that failed is not asked where the bank can say it */
    RENDER_TRIES = 2, /* of a sentence nobody heard anything of when the helper died */
    MEMORY_BYTES_MAX = 256 << 20,
};

enum sentence_state { SENTENCE_WAITS, SENTENCE_RENDERS, SENTENCE_RENDERED, SENTENCE_FAILED };

struct sentence {
    enum sentence_state state;
    uint64_t session;
    uint32_t serial;      /* of MSG_SAY; 0: an apology, nobody is told */
    uint32_t wire_serial; /* of TTS_SPEAK; 0: not asked */
    char *text;           /* owned */
    char *error;          /* owned; words of a failure */
    int code;             /* of MSG_SAID */
    unsigned tries;       /* how often it was asked for */
    struct pcm pcm;
    size_t written;    /* frames given to the mixer */
    struct play *play; /* owned; NULL until the first samples came */
    bool start_told, end_told;
    bool is_local;    /* the voice elsewhere was asked, or cannot be */
    bool is_unbanked; /* the bank was asked, and could not */
    struct sentence *next;
};

struct apology {
    uint32_t wire_serial; /* being rendered; 0: not */
    struct pcm pcm;
};

struct tts {
    struct tts_deps deps;
    struct engine *engine;      /* owned */
    struct remote_tts *remote;  /* owned; NULL: tts.remote is none, or cannot be used */
    struct sentence *elsewhere; /* of the queue: the one that `remote` renders; NULL: none */
    struct bank *bank;          /* owned */
    struct sentence *banked;    /* of the queue: the one that the bank says; NULL: none */
    bool remote_failed;         /* told, until it works again */
    int64_t remote_failed_usec; /* when it did so last */
    struct loop_timer *pump;    /* owned */
    struct sentence *queue;     /* owned; the first one sounds */
    struct wire_words wanted;   /* owned; words whose phonemes are wanted; none: nobody asks */
    struct apology apologies[TTS_APOLOGY_N];
};

static const struct {
    const char *language;
    const char *texts[TTS_APOLOGY_N];
} apology_texts[] = {
    { "en",
      { "Sorry, I lost my voice for a moment.",
        "Sorry, I did not catch that. Please say it again." } },
    { "fr",
      { "Pardon, j'ai perdu ma voix un instant.",
        "Pardon, je n'ai pas entendu. Répétez, s'il vous plaît." } },
};

/* ---- samples ------------------------------------------------------------------------------- */

static int pcm_add_frame(struct pcm *p, const struct rpc_frame *f)
{
    struct wire_speech head;

    if (f->len < sizeof(head))
        return -EBADMSG;
    memcpy(&head, f->payload, sizeof(head));
    return pcm_add(p, f->payload + sizeof(head), (f->len - sizeof(head)) / sizeof(int16_t),
                   head.rate_hz);
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
    const struct wire_speak head = { /* only written: all is borrowed */
        .text = (char *)text,
        .voice = (char *)set->tts_voice,
        .language = (char *)set->language,
        .rate_wpm = (unsigned)set->tts_rate_wpm,
    };
    AUTO_JSON *j = fields_put(&head, &wire_speak_fields);
    uint32_t serial = engine_serial(t->engine);
    int r;

    if (!j)
        return err_set(e, -ENOMEM, "out of memory for speech");
    r = engine_send_json(t->engine, TTS_SPEAK, serial, j, e);
    if (r >= 0)
        *ret_serial = serial;
    return r;
}

static void sentence_cancel(struct tts *t, const struct sentence *s)
{
    if (t->elsewhere == s) {
        remote_tts_cancel(t->remote);
        t->elsewhere = NULL;
        return;
    }
    if (t->banked == s) {
        bank_hush(t->bank);
        t->banked = NULL;
        return;
    }
    must(s->wire_serial != 0);
    engine_send(t->engine, TTS_CANCEL, s->wire_serial, NULL, 0, NULL, 0);
}

/* What becomes of the voice elsewhere is told when it changes. */
static void remote_tell(struct tts *t, int code, const char *words)
{
    if (code < 0 || t->remote_failed)
        bus_post_fault(t->deps.bus, "tts.remote", code, code < 0 ? words : "speaks again");
    t->remote_failed = code < 0;
    t->remote_failed_usec = clock_mono_usec(loop_clock(t->deps.loop));
}

/* Is the sentence with the voice elsewhere, or waits for it? One at a time is there. */
static bool render_elsewhere(struct tts *t, struct sentence *s)
{
    struct err e = ERR_INIT;
    int r;

    if (!t->remote || s->is_local || s->text[0] == '\0')
        return false;
    if (t->elsewhere)
        return true;
    r = remote_tts_speak(t->remote, s->text, t->deps.settings->language, &e);
    s->is_local = r < 0;
    if (r < 0) { /* -EHOSTDOWN: it failed a moment ago, which was told */
        if (r != -EHOSTDOWN)
            remote_tell(t, r, err_text(&e));
        return false;
    }
    t->elsewhere = s;
    s->state = SENTENCE_RENDERS;
    s->wire_serial = 0;
    return true;
}

/* Is the sentence with the bank, or waits for it? Nothing of it was heard in another voice. */
static bool render_banked(struct tts *t, struct sentence *s, unsigned pieces)
{
    if (s->is_unbanked || !bank_can_say(t->bank, s->text, pieces))
        return false;
    if (t->banked)
        return true;
    s->is_unbanked = bank_say(t->bank, s->text, pieces) < 0;
    if (s->is_unbanked)
        return false;
    must(!s->play && s->pcm.count == 0);
    t->banked = s;
    s->state = SENTENCE_RENDERS;
    s->wire_serial = 0;
    return true;
}

/* By whomever says it best and at once: the bank where it has it whole, else the voice elsewhere, else the
 * bank in pieces. A voice that failed a moment ago is not waited for where the bank has the pieces. false: it is
 * the helper's. */
static bool render_well(struct tts *t, struct sentence *s)
{
    int64_t since = clock_mono_usec(loop_clock(t->deps.loop)) - t->remote_failed_usec;
    bool is_away = t->remote_failed && since < REMOTE_AWAY_MS * INT64_C(1000);

    if (is_away && !t->elsewhere && render_banked(t, s, BANK_ANY_PIECES))
        return true;
    return render_banked(t, s, BANK_ONE_PIECE) || render_elsewhere(t, s) ||
           render_banked(t, s, BANK_ANY_PIECES);
}

/* Asks for the first sentences that are not rendered yet. While the helper is down they wait. */
static void tts_render(struct tts *t)
{
    int ahead = 0;

    for (struct sentence *s = t->queue; s && ahead < RENDER_AHEAD; s = s->next, ahead++) {
        struct err e = ERR_INIT;

        if (s->state != SENTENCE_WAITS || render_well(t, s) || !engine_is_ready(t->engine))
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

/* The chime needs no voice: it is there already. */
static void sentence_chime(struct sentence *s)
{
    int16_t frames[CHIME_FRAMES];

    must(s->state == SENTENCE_WAITS && s->pcm.count == 0);
    chime_done(frames);
    s->state = SENTENCE_RENDERED;
    if (pcm_add(&s->pcm, frames, CHIME_FRAMES, CHIME_RATE_HZ) < 0)
        sentence_fail(s, -ENOMEM, "out of memory");
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
        if (strcmp(text, SAY_CHIME) == 0)
            sentence_chime(s);
    }
    if (!s || !s->text || waiting >= TTS_QUEUE_MAX) {
        tell(t, &refused, MSG_SAID, waiting >= TTS_QUEUE_MAX ? -ENOSPC : -ENOMEM, 0);
        if (s)
            sentence_free(s);
        return;
    }
    bank_heard(t->bank, text);
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

/* What somebody could not say whole is another one's, from its start or not at all. */
static void sentence_lost(struct tts *t, struct sentence **holder)
{
    struct sentence *s = *holder;

    if (!s)
        return;
    must(s->state == SENTENCE_RENDERS && s->wire_serial == 0);
    *(holder == &t->elsewhere ? &s->is_local : &s->is_unbanked) = true;
    *holder = NULL;
    if (s->play) {
        sentence_apologise(t, s);
        return;
    }
    s->state = SENTENCE_WAITS;
    pcm_done(&s->pcm);
}

static void on_bank_sound(const int16_t *frames, size_t n, unsigned rate_hz, void *user)
{
    struct tts *t = user;

    if (!must(t->banked != NULL))
        return;
    if (pcm_add(&t->banked->pcm, frames, n, rate_hz) < 0) {
        bank_hush(t->bank);
        sentence_lost(t, &t->banked);
        tts_render(t);
    }
    tts_pump(t);
}

static void on_bank_end(int code, void *user)
{
    struct tts *t = user;

    if (code < 0) {
        sentence_lost(t, &t->banked);
    } else if (must(t->banked != NULL)) {
        t->banked->state = SENTENCE_RENDERED;
        t->banked = NULL;
    }
    tts_render(t);
    tts_pump(t);
}

static void on_remote_sound(const int16_t *samples, size_t n, uint32_t rate_hz, void *user)
{
    struct tts *t = user;
    struct sentence *s = t->elsewhere;
    int r = must(s != NULL) ? pcm_add(&s->pcm, samples, n, rate_hz) : -EINVAL;

    if (r < 0) {
        remote_tts_cancel(t->remote);
        remote_tell(t, r,
                    r == -EFBIG ? "sent too long a sentence" : "sent sound that cannot be played");
        sentence_lost(t, &t->elsewhere);
        tts_render(t);
    }
    tts_pump(t);
}

static void on_remote_end(int code, const char *words, void *user)
{
    struct tts *t = user;

    remote_tell(t, code, words);
    if (code < 0) {
        sentence_lost(t, &t->elsewhere);
    } else if (must(t->elsewhere != NULL)) {
        struct sentence *s = t->elsewhere;

        s->state = SENTENCE_RENDERED;
        t->elsewhere = NULL;
        bank_offer(t->bank, s->text, s->pcm.frames, s->pcm.count, s->pcm.rate_hz);
    }
    tts_render(t);
    tts_pump(t);
}

/* The voice elsewhere as the settings name it now. */
static void remote_open(struct tts *t)
{
    const struct remote_tts_events events = { on_remote_sound, on_remote_end, t };
    struct err e = ERR_INIT;
    int r;

    if (remote_tts_fits(t->remote, t->deps.settings)) {
        if (!t->remote)
            remote_tell(t, 0, NULL); /* one that could not be used is not wanted any more */
        return;
    }
    remote_tts_cancel(t->remote);
    sentence_lost(t, &t->elsewhere);
    t->remote = remote_tts_free(t->remote);
    r = remote_tts_new(&t->remote, t->deps.loop, t->deps.settings, &events, &e);
    remote_tell(t, r == -ENOENT ? 0 : r, err_text(&e));
    tts_render(t);
}

void tts_settings_changed(struct tts *t)
{
    bank_hush(t->bank);
    sentence_lost(t, &t->banked);
    bank_settings_changed(t->bank);
    remote_open(t);
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
        pcm_add_frame(&a->pcm, f);
    if (!s)
        return;
    r = pcm_add_frame(&s->pcm, f);
    if (r < 0) {
        sentence_cancel(t, s);
        sentence_fail(s, r, r == -EFBIG ? "the sentence is too long to speak" : err_words(r));
    }
    tts_pump(t);
}

static void on_end(const struct rpc_frame *f, void *user)
{
    struct tts *t = user;
    struct sentence *s = sentence_find(t, f->serial);
    struct apology *a = s ? NULL : apology_find(t, f->serial);
    struct wire_spoken h;
    struct err e = ERR_INIT;

    if (a)
        a->wire_serial = 0;
    if (!s)
        return;
    if (wire_answer_take(&h, &wire_spoken_fields, f, &e) < 0)
        sentence_fail(s, -EIO, err_text(&e));
    else
        s->state = SENTENCE_RENDERED;
    tts_pump(t);
}

static void on_phonemes(const void *head, const char *error, void *user)
{
    const struct wire_sounds *sounds = head;
    struct tts *t = user;

    wire_words_done(&t->wanted);
    if (!error && t->deps.on_phonemes)
        t->deps.on_phonemes(&sounds->words, t->deps.user);
}

static int phonemes_ask(struct tts *t, struct err *e)
{
    const struct wire_words head = { t->wanted.words, (char *)t->deps.settings->language };
    AUTO_JSON *j = fields_put(&head, &wire_words_fields);

    if (!j)
        return err_set(e, -ENOMEM, "pronunciations: out of memory");
    return engine_ask(t->engine, TTS_PHONEMES, j, e);
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
        if (s->state != SENTENCE_RENDERS || s == t->elsewhere || s == t->banked)
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
    if (t->wanted.words.n > 0)
        phonemes_ask(t, NULL); /* a helper that is gone again is told of again */
}

static const struct engine_ask asks[] = {
    { TTS_PHONEMES, TTS_PHONEMES_OK, &wire_sounds_fields, "the voice owes phonemes", on_phonemes },
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

int tts_phonemes(struct tts *t, const struct field_list *words, struct err *e)
{
    AUTO(wire_words_done) struct wire_words copy = { .language = NULL };
    size_t room = WIRE_ROOM_BYTES;
    int r = 0;

    for (size_t i = 0; i < words->n && r != -ENOMEM; i++)
        r = wire_word_add(&copy.words, &room, ((char *const *)words->items)[i]);
    if (r == -ENOMEM)
        return err_set(e, r, "pronunciations: out of memory");
    wire_words_done(&t->wanted); /* what found no room stays unknown and is counted as such */
    t->wanted = copy;
    copy = (struct wire_words){ .language = NULL };
    engine_forget(t->engine, TTS_PHONEMES);
    if (t->wanted.words.n == 0 || !engine_is_ready(t->engine))
        return 0;
    return phonemes_ask(t, e);
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

struct bank *tts_bank(const struct tts *t)
{
    return t->bank;
}

void tts_stats(const struct tts *t, pid_t *pid, unsigned *restarts)
{
    engine_stats(t->engine, pid, restarts);
}

int tts_new(struct tts **ret, const struct tts_deps *d, struct err *e)
{
    AUTO(tts_freep) struct tts *t = calloc(1, sizeof(*t));
    const struct engine_deps cd = {
        .loop = d->loop,
        .bus = d->bus,
        .paths = d->paths,
        .user = t,
    };
    const struct bank_deps bd = {
        .loop = d->loop, .bus = d->bus, .health = d->health, .settings = d->settings,
        .paths = d->paths, .on_sound = on_bank_sound, .on_end = on_bank_end, .user = t,
    };
    int r;

    if (!t)
        return err_set(e, -ENOMEM, "voice: out of memory");
    t->deps = *d;
    r = loop_timer_new(&t->pump, d->loop, on_pump, t, e);
    if (r >= 0)
        r = bank_new(&t->bank, &bd, e);
    if (r >= 0)
        r = engine_new(&t->engine, &voice, &cd, e);
    if (r < 0)
        return r;
    remote_open(t);
    *ret = STEAL(t);
    return 0;
}

struct tts *tts_free(struct tts *t)
{
    if (!t)
        return NULL;
    engine_free(t->engine);
    bank_free(t->bank);
    remote_tts_free(t->remote);
    while (t->queue) {
        struct sentence *s = t->queue;

        t->queue = s->next;
        sentence_free(s);
    }
    for (int i = 0; i < TTS_APOLOGY_N; i++)
        pcm_done(&t->apologies[i].pcm);
    wire_words_done(&t->wanted);
    loop_timer_free(t->pump);
    free(t);
    return NULL;
}
