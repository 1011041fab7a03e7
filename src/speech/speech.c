/* SPDX-License-Identifier: Apache-2.0 */
/* speech/speech.c - ears and voice: joins the listen thread and the two helpers to the bus. */
#include "speech/speech.h"

#include "base/str.h"
#include "rt/block.h"
#include "speech/chime.h"
#include "speech/listen.h"
#include "speech/pronounce.h"
#include "speech/stt.h"
#include "speech/tts.h"
#include "speech/wake_helper.h"
#include "speech/wake_rows.h"
#include "speech/wire.h"

#include <string.h>

enum {
    LEVEL_MS = 100,
    LEVEL_ASK_MS = 1000, /* while nobody looks */
    WAKE_LEAD = 1600,  /* samples before the wake word: its sound seeds the recogniser */
    /* The keyphrase is heard while its last sound dies away: in 30 human recordings up to 160 ms
     * of voice follow what the decoder takes for its end. */
    WAKE_TAIL = 3200,  /* samples after it that are no command yet */
    PHONES_BYTES = 256,
};

struct speech {
    struct speech_deps deps;
    struct stt *stt;              /* owned */
    struct tts *tts;              /* owned */
    struct silero_net *net;       /* owned; NULL: not installed, or not wanted */
    struct listen *listen;        /* owned */
    struct chime *chime;          /* owned */
    struct wake_engine wake;      /* its self is owned; free NULL: not made */
    struct loop_timer *level;     /* owned */
    uint64_t wake_from, wake_to;  /* of the newest wake word */
    bool muted;
};

/* ---- from the bus -------------------------------------------------------------------------- */

/* Heard and said here is what belongs to the box itself; browsers and satellites have their own. */
static bool is_ours(const struct msg *m)
{
    return m->endpoint == 0 || m->endpoint == ENDPOINT_BOX;
}

static void on_wake(const struct msg *m, void *user)
{
    struct speech *s = user;

    s->wake_from = m->wake.from_position;
    s->wake_to = m->wake.to_position;
}

/* Whoever waits for a sentence of `session` is told that none will come. */
static void no_sentence(struct speech *s, uint64_t session, int code, const char *words)
{
    struct msg *m = msg_new(MSG_TRANSCRIPT, session);

    if (m) {
        m->code = code;
        m->text = str_dup(words);
    }
    bus_post(s->deps.bus, m);
}

/* Why nothing can be heard now, in words; NULL: it can. */
static const char *deaf_because(const struct speech *s, int *ret_code)
{
    struct audio_stats a;

    audio_stats(s->deps.audio, &a);
    *ret_code = -ENODEV;
    if (s->muted)
        return "the microphone is turned off";
    if (!a.capture_open)
        return "there is no microphone that works";
    *ret_code = -ECONNRESET;
    return stt_can_hear(s->stt) ? NULL : "the recogniser is not ready";
}

/* What was being listened to can not be heard to its end. */
static void break_off(struct speech *s, const char *words)
{
    uint64_t session = stt_expects(s->stt);

    if (session == 0)
        return;
    stt_forget(s->stt, session);
    listen_drop(s->listen, session);
    no_sentence(s, session, -ENODEV, words);
}

static void listen_begin(struct speech *s, const struct msg *m)
{
    const struct settings *set = s->deps.settings;
    struct listen_take t = {
        .session = m->session,
        .from_position = m->listen.from_position,
        .speech_position = 0,
        .early = set->speech_early,
        .endpoint = { .silence_ms = (int)set->endpoint_silence_ms,
                      .patience_ms = (int)set->endpoint_patience_ms,
                      .max_ms = (int)set->endpoint_max_ms,
                      .no_speech_ms = (int)set->endpoint_no_speech_ms },
    };

    if (m->listen.from_position == s->wake_to && s->wake_to > 0) {
        t.from_position = s->wake_from > WAKE_LEAD ? s->wake_from - WAKE_LEAD : 0;
        t.speech_position = s->wake_to + WAKE_TAIL;
        t.wake_from = s->wake_from;
        t.wake_to = s->wake_to;
    }
    t.serial = stt_expect(s->stt, m->session);
    if (set->audio_chime) {
        t.chime_usec = clock_mono_usec(loop_clock(s->deps.loop));
        chime_play(s->chime);
    }
    listen_take(s->listen, &t);
}

static void on_listen(const struct msg *m, void *user)
{
    struct speech *s = user;
    const char *why;
    int code;

    if (!is_ours(m))
        return;
    why = deaf_because(s, &code);
    if (!why) {
        listen_begin(s, m);
        return;
    }
    if (code == -ECONNRESET)
        tts_apologise(s->tts, TTS_LOST_EARS);
    no_sentence(s, m->session, code, why);
}

/* Of an older session: the newer one's sentence is not touched. */
static void on_listen_stop(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (stt_forget(s->stt, m->session))
        listen_drop(s->listen, m->session);
}

/* Without speech there is no result to wait for. */
static void on_speech_end(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (m->end.reason == END_NO_SPEECH && stt_forget(s->stt, m->session))
        no_sentence(s, m->session, -ENODATA, "nobody spoke");
}

/* A sentence that lost its end must not be taken for a whole one. */
static void on_fault(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (m->code < 0 && m->part && strcmp(m->part, audio_part(HAL_CAPTURE)) == 0)
        break_off(s, "the microphone was lost");
}

static void on_say(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (is_ours(m))
        tts_say(s->tts, m->session, m->say.serial, m->text ? m->text : "");
}

static void on_hush(const struct msg *m, void *user)
{
    struct speech *s = user;

    (void)m;
    tts_hush(s->tts);
}

static void on_grammar(const struct msg *m, void *user)
{
    struct speech *s = user;
    struct err e = ERR_INIT;

    if (m->text && stt_grammar(s->stt, m->text, &e) < 0)
        bus_post_fault(s->deps.bus, "grammar", e.code, err_text(&e));
}

static void on_devices(const struct msg *m, void *user)
{
    struct speech *s = user;

    stt_house(s->stt, m->json);
}

static void wake_apply(struct speech *s)
{
    const struct wake_row *row = wake_row_find(s->deps.settings->wake_engine);
    bool wanted = row && row->listens;

    listen_wake_set(s->listen, wanted && !s->muted);
}

static void on_phrases(const struct msg *m, void *user)
{
    struct speech *s = user;

    bank_phrases(tts_bank(s->tts), m->json);
}

/* The box's own state is that of all its conversations. */
static void on_state(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (m->endpoint == ENDPOINT_BOX)
        bank_busy(tts_bank(s->tts), !m->text || strcmp(m->text, "idle") != 0);
}

static void on_mute(const struct msg *m, void *user)
{
    struct speech *s = user;

    s->muted = m->mute.on;
    if (s->muted)
        break_off(s, "the microphone was turned off");
    wake_apply(s);
}

/* Keys that a helper has to be told of; the rest is read where it is used. */
static void on_settings(const struct msg *m, void *user)
{
    struct speech *s = user;

    if (settings_touches(m->text, SETTINGS_EARS | SETTINGS_LANGUAGE))
        stt_settings_changed(s->stt);
    if (settings_touches(m->text, SETTINGS_STT))
        stt_restart(s->stt); /* it may read the files that were named at its start, no others */
    else if (settings_touches(m->text, SETTINGS_WAKE))
        stt_configure(s->stt);
    if (settings_touches(m->text, SETTINGS_STT | SETTINGS_WAKE))
        wake_apply(s);
    if (settings_touches(m->text, SETTINGS_VOICE | SETTINGS_LANGUAGE))
        tts_settings_changed(s->tts);
}

/* ---- from the helpers ---------------------------------------------------------------------- */

static void on_unknown(const struct field_list *words, void *user)
{
    struct speech *s = user;
    struct err e = ERR_INIT;

    if (tts_phonemes(s->tts, words, &e) < 0)
        bus_post_fault(s->deps.bus, "grammar", e.code, err_text(&e));
}

static void on_phonemes(const struct field_list *sounds, void *user)
{
    AUTO(wire_grammar_done) struct wire_grammar head = { .fsg = NULL };
    const struct wire_sound *said = sounds->items;
    struct speech *s = user;
    size_t room = WIRE_ROOM_BYTES;

    for (size_t i = 0; i < sounds->n; i++) {
        char phones[PHONES_BYTES];

        if (pronounce_arpabet(phones, sizeof(phones), said[i].sound, NULL) >= 0)
            (void)wire_sound_add(&head.lexicon, &room, said[i].word, phones);
        /* else, and without room, the word stays unknown and is counted as such */
    }
    stt_lexicon(s->stt, &head.lexicon);
}

/* The helper's engine is the only one whose hits come this way. */
static void on_helper_wake(const struct wake_hit *hit, void *user)
{
    struct speech *s = user;

    wake_helper_heard(&s->wake, hit);
    listen_poke(s->listen);
}

static void on_lost(uint64_t session, void *user)
{
    struct speech *s = user;

    listen_drop(s->listen, session);
    tts_apologise(s->tts, TTS_LOST_EARS);
}

/* ---- level --------------------------------------------------------------------------------- */

static void on_level(void *user)
{
    struct speech *s = user;
    struct audio_stats a;
    struct msg *m;

    if (!s->deps.level_wanted(s->deps.user)) {
        loop_timer_after_ms(s->level, LEVEL_ASK_MS);
        return;
    }
    loop_timer_after_ms(s->level, LEVEL_MS);
    audio_stats(s->deps.audio, &a);
    if (!a.capture_open)
        return;
    m = msg_new(MSG_LEVEL, 0);
    if (m) {
        m->level.level_db = a.level_db;
        m->level.noise_db = a.noise_db;
        m->level.voiced = a.voiced;
    }
    bus_post(s->deps.bus, m);
}

/* ---- life ---------------------------------------------------------------------------------- */

static int speech_subscribe(struct speech *s, struct err *e)
{
    static const struct {
        enum msg_type type;
        bus_fn fn;
    } rows[] = {
        { MSG_WAKE, on_wake },
        { MSG_LISTEN, on_listen },
        { MSG_LISTEN_STOP, on_listen_stop },
        { MSG_SPEECH_END, on_speech_end },
        { MSG_SAY, on_say },
        { MSG_HUSH, on_hush },
        { MSG_GRAMMAR, on_grammar },
        { MSG_DEVICES, on_devices },
        { MSG_PHRASES, on_phrases },
        { MSG_STATE, on_state },
        { MSG_MUTE, on_mute },
        { MSG_FAULT, on_fault },
        { MSG_SETTINGS, on_settings },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int r = bus_on(s->deps.bus, rows[i].type, rows[i].fn, s, e);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Without it everything works by loudness; a file that is another than the one that is meant is
 * told as a fault, one that is not there only by speech_stats(). */
static void speech_network(struct speech *s)
{
    const char *name = s->deps.settings->vad_model;
    char path[PATHS_BYTES];
    struct err e = ERR_INIT;
    int r = 0;

    if (name[0])
        r = paths_model(path, sizeof(path), s->deps.paths, name, &e);
    if (name[0] && r >= 0)
        r = silero_net_new(&s->net, path, &e);
    if (r < 0 && r != -ENOENT)
        bus_post_fault(s->deps.bus, "vad", r, err_text(&e));
}

/* An engine whose files are missing or damaged leaves its place to the first one, which needs none
 * of its own; that is told. */
static int speech_wake(struct speech *s, struct err *e)
{
    const struct wake_deps d = { s->stt, s->deps.settings, s->deps.paths };
    const struct wake_row *row = wake_row_find(s->deps.settings->wake_engine);
    struct err why = ERR_INIT;
    int r;

    if (!row || !row->listens)
        row = &wake_rows[0]; /* it may be switched on later */
    r = wake_row_make(&s->wake, row, &d, &why);
    if (r >= 0 && row != &wake_rows[0])
        stt_wake_elsewhere(s->stt);
    if (r >= 0 || row == &wake_rows[0])
        return r < 0 ? err_set(e, r, "%s", err_text(&why)) : 0;
    err_wrap(&why, r, "%s does not listen, %s does instead", row->name, wake_rows[0].name);
    bus_post_fault(s->deps.bus, "wake.model", r, err_text(&why));
    return wake_row_make(&s->wake, &wake_rows[0], &d, e);
}

static int speech_make(struct speech *s, struct err *e)
{
    const struct stt_deps sd = {
        .loop = s->deps.loop,
        .bus = s->deps.bus,
        .settings = s->deps.settings,
        .paths = s->deps.paths,
        .engines = s->deps.engines,
        .on_unknown = on_unknown,
        .on_lost = on_lost,
        .on_wake = on_helper_wake,
        .user = s,
    };
    const struct tts_deps td = {
        .loop = s->deps.loop,
        .bus = s->deps.bus,
        .audio = s->deps.audio,
        .health = s->deps.health,
        .settings = s->deps.settings,
        .paths = s->deps.paths,
        .on_phonemes = on_phonemes,
        .user = s,
    };
    struct listen_opts lo = { .audio = s->deps.audio, .bus = s->deps.bus,
                              .health = s->deps.health };
    int r = stt_new(&s->stt, &sd, e);

    if (r >= 0)
        r = tts_new(&s->tts, &td, e);
    if (r < 0)
        return r;
    r = speech_wake(s, e);
    if (r < 0)
        return r;
    speech_network(s);
    lo.net = s->net;
    lo.stt = s->stt;
    lo.wake = &s->wake;
    return listen_new(&s->listen, &lo, e);
}

int speech_new(struct speech **ret, const struct speech_deps *d, struct err *e)
{
    AUTO(speech_freep) struct speech *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "speech: out of memory");
    s->deps = *d;
    r = speech_make(s, e);
    if (r >= 0)
        r = speech_subscribe(s, e);
    if (r >= 0)
        r = chime_new(&s->chime, d->loop, d->audio, e);
    if (r >= 0)
        r = loop_timer_new(&s->level, d->loop, on_level, s, e);
    if (r < 0)
        return r;
    *ret = STEAL(s);
    return 0;
}

struct speech *speech_free(struct speech *s)
{
    if (!s)
        return NULL;
    bus_off(s->deps.bus, s);
    loop_timer_free(s->level);
    chime_free(s->chime);
    if (listen_free(s->listen))
        return s; /* it may still look at all the rest, which only the main loop moves */
    silero_net_free(s->net);
    if (s->wake.free)
        s->wake.free(s->wake.self); /* nobody listens any more */
    stt_free(s->stt);
    tts_free(s->tts);
    free(s);
    return NULL;
}

int speech_start(struct speech *s, struct err *e)
{
    wake_apply(s);
    if (s->deps.level_wanted)
        loop_timer_after_ms(s->level, LEVEL_MS);
    if (loop_clock(s->deps.loop)->is_virtual)
        return 0; /* speech_step() does the thread's work */
    return listen_start(s->listen, e);
}

void speech_step(struct speech *s)
{
    listen_step(s->listen);
    tts_step(s->tts);
}

bool speech_is_busy(const struct speech *s)
{
    return speech_owes(s) != NULL;
}

const char *speech_owes(const struct speech *s)
{
    const char *ears = stt_owes(s->stt);

    return ears ? ears : tts_owes(s->tts);
}

/* A language without an acoustic model has no grammar to wait for. */
bool speech_is_ready(const struct speech *s)
{
    unsigned restarts, words, unknown;
    bool needs_grammar = engines_hears(s->deps.engines, s->deps.settings, s->deps.settings->language);
    pid_t pid;

    stt_stats(s->stt, &pid, &restarts, &words, &unknown);
    return stt_is_ready(s->stt) && tts_is_ready(s->tts) && (!needs_grammar || words > 0);
}

void speech_stats(const struct speech *s, struct speech_stats *ret)
{
    *ret = (struct speech_stats){ .dropped_blocks = stt_dropped_blocks(s->stt) };
    stt_stats(s->stt, &ret->stt_pid, &ret->stt_restarts, &ret->grammar_words,
              &ret->grammar_unknown);
    tts_stats(s->tts, &ret->tts_pid, &ret->tts_restarts);
    bank_stats(tts_bank(s->tts), &ret->bank);
    ret->has_network = s->net != NULL;
    ret->wake_is_on = stt_can_hear(s->stt) && !s->muted &&
                      strcmp(s->deps.settings->wake_engine, "none") != 0;
}

const char *speech_wake_phrase(const struct speech *s)
{
    return s->wake.phrase[0] ? s->wake.phrase : s->deps.settings->wake_phrase;
}

cJSON *speech_order(const struct speech *s)
{
    return stt_order(s->stt);
}

const cJSON *speech_unknown_words(const struct speech *s)
{
    return stt_unknown_words(s->stt);
}
