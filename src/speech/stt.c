/* SPDX-License-Identifier: Apache-2.0 */
/* speech/stt.c - client side of jarvis-stt: wake feed, utterances, grammar.
 *
 * Every frame of sound is numbered by its serial and answered by one progress frame; what
 * is sent but not answered is bounded, so that a recogniser that does not keep up loses
 * sound instead of growing late. Each counter has one writer: the listen thread notes the
 * newest number it sent, the main loop the newest that was answered. When the helper dies
 * all that was sent counts as answered; should a frame have slipped in between, the next
 * answer puts the count right. */
#include "speech/stt.h"

#include "base/must.h"
#include "base/str.h"

#include "rt/block.h"
#include "speech/engine.h"
#include "speech/second.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    BACKLOG_MAX = 50,             /* frames of sound not answered: 4 s of wake feed */
    MEMORY_BYTES_MAX = 512 << 20, /* address space; the model is mapped several times */
};

/* Apart from the engine's own faults, which neither end it nor are ended by it. */
static const char part_pace[] = "stt.pace";

/* What a result means. */
struct verdict {
    int code;
    char *text;  /* owned */
    cJSON *json; /* owned; NULL: nothing to ask back */
};

/* What jarvis-stt is to load. */
struct model {
    char model[PATHS_BYTES], dictionary[PATHS_BYTES];
    char language[16]; /* "": English, by the package's model */
    char version[48];
};

struct stt {
    struct stt_deps deps;
    struct model model; /* of the helper that runs; its paths are those that it may read */
    struct engine *engine; /* owned */
    struct wire_grammar grammar; /* owned; fsg NULL: none yet */
    bool has_lexicon;            /* pronunciations for it were asked for */
    bool is_loaded;
    unsigned words, unknown;
    cJSON *unknown_words;   /* owned; the first STT_WORDS_SHOWN of them; NULL: none */
    uint32_t expect_serial; /* utterance whose result is awaited; 0: none */
    uint64_t expect_session;
    bool hears_wake;        /* no other engine listens for the wake word */
    uint32_t early_serial;  /* utterance of which MSG_EARLY went out last */
    struct second *second;  /* owned */
    struct verdict verdict; /* while `second` is asked: what holds without it */

    _Atomic uint32_t sound_sent, sound_answered; /* serials of frames of sound */
    _Atomic uint64_t dropped_blocks;
    _Atomic bool is_late;       /* sound was left out because it does not keep up; told */
    _Atomic bool utt_torn;      /* of the utterance under way */
    _Atomic uint32_t utt_state; /* enum wire_state of the utterance under way */
    _Atomic uint32_t utt_ended; /* serial whose result is owed; 0: none */
};

/* ---- main loop: what is asked ------------------------------------------------------------ */

static cJSON *config_make(void *user)
{
    const struct stt *s = user;
    const struct settings *set = s->deps.settings;
    char embedding[PATHS_BYTES];
    bool is_judged = set->stt_embedding[0] && !s->model.language[0] && /* it knows English words */
                     paths_model(embedding, sizeof(embedding), s->deps.paths, set->stt_embedding, NULL) >= 0;
    const struct wire_config head = { /* only written: all is borrowed */
        .model = (char *)s->model.model,
        .dictionary = (char *)s->model.dictionary,
        .embedding = is_judged ? embedding : NULL,
        .language = s->model.language[0] ? (char *)s->model.language : NULL,
        .phrase = (char *)set->wake_phrase,
        .threshold_exp = (int)set->wake_threshold_exp,
        .wake = s->hears_wake && strcmp(set->wake_engine, "none") != 0,
    };

    return fields_put(&head, &wire_config_fields);
}

/* Of an engine, where one is set that hears the language of the box; else of the settings. */
static struct model model_wanted(const struct stt *s)
{
    const struct settings *set = s->deps.settings;
    const struct manifest *m = engines_used(s->deps.engines, set, MANIFEST_COMMANDS, set->language, NULL);
    struct model w = { .language = "" };

    if (m && engines_path(w.model, sizeof(w.model), s->deps.engines, m, m->model, NULL) == 0 &&
        engines_path(w.dictionary, sizeof(w.dictionary), s->deps.engines, m, m->dictionary, NULL) == 0) {
        str_copy(w.language, sizeof(w.language), set->language);
        str_copy(w.version, sizeof(w.version), m->version);
        return w;
    }
    w = (struct model){ .language = "" };
    str_copy(w.model, sizeof(w.model), set->stt_model);
    str_copy(w.dictionary, sizeof(w.dictionary), set->stt_dictionary);
    return w;
}

/* jarvis-stt may read the files that were named at its start, no others: another model is another helper. */
static bool model_take(struct stt *s)
{
    struct model wanted = model_wanted(s);
    bool is_same = memcmp(&wanted, &s->model, sizeof(wanted)) == 0;

    s->model = wanted;
    return !is_same;
}

/* A grammar of another language is never loaded: what it holds would be heard in what is said now. */
static bool grammar_is_foreign(const struct stt *s)
{
    const char *name = s->grammar.fsg ? strrchr(s->grammar.fsg, '/') : NULL;
    char want[40];

    if (!name || !str_starts(name, "/grammar-"))
        return false;
    snprintf(want, sizeof(want), "/grammar-%.15s.fsg", s->deps.settings->language);
    return strcmp(name, want) != 0;
}

void stt_configure(struct stt *s)
{
    s->is_loaded = false;
    engine_configure(s->engine);
}

static void stt_load(struct stt *s)
{
    AUTO_JSON *j = NULL;

    if (!s->grammar.fsg || grammar_is_foreign(s) || !engine_is_ready(s->engine))
        return;
    j = fields_put(&s->grammar, &wire_grammar_fields);
    if (j)
        engine_ask(s->engine, STT_GRAMMAR, j, NULL); /* one that is dying loads it when it is back */
    else
        engine_fault(s->engine, -ENOMEM, "out of memory for the grammar");
}

int stt_grammar(struct stt *s, const char *fsg, struct err *e)
{
    char *copy = str_dup(fsg);

    if (!copy)
        return err_set(e, -ENOMEM, "out of memory for the grammar");
    wire_grammar_done(&s->grammar);
    s->grammar.fsg = copy;
    s->has_lexicon = false;
    stt_load(s);
    return 0;
}

void stt_lexicon(struct stt *s, struct field_list *lexicon)
{
    struct wire_grammar old = { .lexicon = s->grammar.lexicon };

    s->grammar.lexicon = *lexicon;
    *lexicon = (struct field_list){ NULL, 0 };
    s->has_lexicon = true;
    wire_grammar_done(&old);
    stt_load(s);
}

uint32_t stt_expect(struct stt *s, uint64_t session)
{
    s->expect_serial = engine_serial(s->engine);
    s->expect_session = session;
    return s->expect_serial;
}

static void verdict_done(struct verdict *v)
{
    free(v->text);
    cJSON_Delete(v->json);
    *v = (struct verdict){ 0 };
}

/* The result of `serial` is owed no longer. */
static void utt_settle(struct stt *s, uint32_t serial)
{
    atomic_compare_exchange_strong(&s->utt_ended, &serial, 0);
}

bool stt_forget(struct stt *s, uint64_t session)
{
    must(s->expect_serial != 0 || s->expect_session == 0);
    if (s->expect_serial == 0 || s->expect_session != session)
        return false;
    utt_settle(s, s->expect_serial);
    second_forget(s->second, session);
    verdict_done(&s->verdict);
    s->expect_serial = 0;
    s->expect_session = 0;
    return true;
}

uint64_t stt_expects(const struct stt *s)
{
    return s->expect_session;
}

bool stt_can_hear(const struct stt *s)
{
    return engine_is_ready(s->engine);
}

void stt_restart(struct stt *s)
{
    (void)model_take(s);
    engine_restart(s->engine, "starts anew with other files");
}

bool stt_is_ready(const struct stt *s)
{
    return engine_is_ready(s->engine) && (!s->grammar.fsg || grammar_is_foreign(s) || s->is_loaded);
}

/* Frames of sound on their way; an answer may be noted before the sending is. */
static int32_t backlog(const struct stt *s)
{
    return (int32_t)(atomic_load(&s->sound_sent) - atomic_load(&s->sound_answered));
}

const char *stt_owes(const struct stt *s)
{
    const char *owed = engine_owes(s->engine);

    if (owed)
        return owed;
    if (atomic_load(&s->utt_ended))
        return "the recogniser owes a sentence";
    if (second_is_asked(s->second))
        return "the recogniser elsewhere owes a sentence";
    return backlog(s) > 0 ? "the recogniser owes that it has heard the sound" : NULL;
}

void stt_stats(const struct stt *s, pid_t *pid, unsigned *restarts, unsigned *words,
               unsigned *unknown)
{
    engine_stats(s->engine, pid, restarts);
    *words = s->words;
    *unknown = s->unknown;
}

/* ---- main loop: what is answered ----------------------------------------------------------- */

/* `json` is taken over; may be NULL. */
static void stt_transcript(struct stt *s, int code, const char *text, cJSON *json)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_TRANSCRIPT, s->expect_session);

    must(s->expect_session != 0);
    stt_forget(s, s->expect_session);
    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->code = code;
        m->text = str_dup(text);
        m->json = STEAL(json);
    }
    cJSON_Delete(json);
    bus_post(s->deps.bus, STEAL(m));
}

/* For people: which words it is that nobody can pronounce. */
static void words_keep(struct stt *s, const struct field_list *unknown)
{
    AUTO_JSON *list = cJSON_CreateArray();
    char *const *words = unknown->items;

    for (size_t i = 0; i < unknown->n && i < STT_WORDS_SHOWN; i++)
        (void)json_push(list, cJSON_CreateString(words[i]));
    json_free(s->unknown_words);
    s->unknown_words = STEAL(list);
}

cJSON *stt_order(const struct stt *s)
{
    AUTO_JSON *list = second_order(s->second);
    AUTO_JSON *own = cJSON_CreateObject();

    if (!list || !json_put_text(own, "name", "jarvis-stt") || !json_put_text(own, "kind", "commands") ||
        !json_put_bool(own, "ready", stt_is_ready(s)) || !cJSON_InsertItemInArray(list, 0, own))
        return NULL;
    own = NULL; /* belongs to the list */
    return STEAL(list);
}

const cJSON *stt_unknown_words(const struct stt *s)
{
    return s->unknown_words;
}

/* Words of the wake phrase that nobody can pronounce keep it from ever being heard. */
static void phrase_judge(struct stt *s, const struct field_list *unknown)
{
    const char *phrase = s->deps.settings->wake_phrase;
    char *const *list = unknown->items;

    if (!s->hears_wake)
        return;
    for (size_t i = 0; i < unknown->n; i++) {
        const char *at = strstr(phrase, list[i]);
        size_t n = strlen(list[i]);
        char words[ERR_TEXT_BYTES];

        must(n > 0); /* the table takes no empty word */
        if (!at || (at > phrase && at[-1] != ' ') || (at[n] != ' ' && at[n] != '\0'))
            continue;
        snprintf(words, sizeof(words),
                 "the wake phrase cannot be heard: '%.60s' stands in no "
                 "dictionary; set wake.phrase to words that do",
                 list[i]);
        bus_post_fault(s->deps.bus, "wake", -ENOENT, words);
        return;
    }
    bus_post_fault(s->deps.bus, "wake", 0, "the wake phrase can be heard");
}

static void on_config(const void *head, const char *error, void *user)
{
    const struct wire_loaded *loaded = head;
    struct stt *s = user;

    if (error)
        return; /* told */
    phrase_judge(s, &loaded->unknown);
    bus_post_fault(s->deps.bus, "embedding", loaded->embedding ? -EBADMSG : 0,
                   loaded->embedding ? loaded->embedding : "the second judge has what it needs, or is not installed");
    stt_load(s);
}

static void on_grammar(const void *head, const char *error, void *user)
{
    const struct wire_loaded *loaded = head;
    struct stt *s = user;

    bus_post_fault(s->deps.bus, "grammar", error ? -EINVAL : 0, error ? error : "loaded");
    if (error)
        return;
    s->is_loaded = true;
    s->words = loaded->words;
    s->unknown = loaded->unknown_n;
    words_keep(s, &loaded->unknown);
    if (loaded->unknown.n > 0 && !s->has_lexicon && s->deps.on_unknown)
        s->deps.on_unknown(&loaded->unknown, s->deps.user);
}

/* Frames are answered in their order: an answer is newer than the last one and no newer than what
 * was sent (whose sending may be noted a moment later). */
static bool progress_fits(const struct stt *s, uint32_t serial)
{
    uint32_t answered = atomic_load(&s->sound_answered), sent = atomic_load(&s->sound_sent);

    return serial - answered - 1 <= sent - answered;
}

/* A frame that was garbled on its way, or comes from a helper that somebody has taken over: nothing
 * is heard that lies after what was listened to. */
static bool progress_is_sane(const struct wire_progress *p)
{
    if (p->state > WIRE_FINAL || p->heard > 1)
        return false;
    return !p->heard || (p->from_position < p->to_position && p->to_position <= p->position &&
                         isfinite(p->score));
}

static void on_hit(struct stt *s, const struct wire_progress *p)
{
    struct wake_hit hit = { p->from_position, p->to_position, p->score, "" };

    must(p->from_position < p->to_position && p->to_position <= p->position);
    str_copy(hit.phrase, sizeof(hit.phrase), s->deps.settings->wake_phrase);
    if (s->deps.on_wake)
        s->deps.on_wake(&hit, s->deps.user);
}

static void on_progress(const struct rpc_frame *f, void *user)
{
    struct stt *s = user;
    struct wire_progress p;

    if (f->len != sizeof(p) || !progress_fits(s, f->serial))
        return;
    memcpy(&p, f->payload, sizeof(p));
    atomic_store(&s->sound_answered, f->serial);
    if (backlog(s) <= 0 && atomic_exchange(&s->is_late, false))
        bus_post_fault(s->deps.bus, part_pace, 0, "keeps up with the sound again");
    if (!progress_is_sane(&p))
        return; /* it answers, but says nothing */
    if (f->type == UTT_PROGRESS)
        atomic_store(&s->utt_state, p.state);
    else if (p.heard)
        on_hit(s, &p);
}

/* What was heard may only be asked for, never done: code -ENODATA keeps it from being taken for a
 * command by anyone who does not look. */
static cJSON *unsure_json(const char *text, const char *other)
{
    const char *const both[] = { text, other };
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *list = cJSON_CreateStringArray(both, other ? 2 : 1);

    if (!j || !list || !cJSON_AddTrueToObject(j, "unsure") ||
        !cJSON_AddItemToObject(j, "alternatives", list))
        return NULL;
    list = NULL; /* belongs to j */
    return STEAL(j);
}

static cJSON *broken_json(const char *text)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (!j || !cJSON_AddTrueToObject(j, "broken") || !cJSON_AddStringToObject(j, "guess", text))
        return NULL;
    return STEAL(j);
}

/* Heard before the end: only what would be a transcript as it is. What is nonsense is left: the end is to come. */
static void on_early(const struct rpc_frame *f, void *user)
{
    AUTO(wire_result_done) struct wire_result h = { .text = NULL };
    struct stt *s = user;
    struct msg *m;

    if (f->serial == 0 || f->serial != s->expect_serial || f->serial == s->early_serial ||
        second_is_asked(s->second) || atomic_load(&s->utt_torn) || !engines_hears(s->deps.engines, s->deps.settings, s->deps.settings->language) ||
        grammar_is_foreign(s) ||
        wire_answer_take(&h, &wire_result_fields, f, NULL) < 0)
        return;
    if (h.rejected || h.broken || h.other || h.text[0] == '\0')
        return;
    s->early_serial = f->serial;
    m = msg_new(MSG_EARLY, s->expect_session);
    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->text = str_dup(h.text);
    }
    bus_post(s->deps.bus, m);
}

static struct verdict verdict_failed(const struct err *e)
{
    return (struct verdict){ e->code == -EREMOTEIO ? -EIO : -EBADMSG, str_dup(err_text(e)), NULL };
}

static struct verdict verdict_of(const struct stt *s, const struct wire_result *h)
{
    if (atomic_load(&s->utt_torn))
        return (struct verdict){ -ENODATA, str_dup("parts of the sentence were not listened to"),
                                 NULL };
    if (!engines_hears(s->deps.engines, s->deps.settings, s->deps.settings->language) || grammar_is_foreign(s))
        return (struct verdict){ -ENOTSUP, str_dup("this box does not know the language"), NULL };
    if (h->rejected || h->text[0] == '\0')
        return (struct verdict){ -ENODATA, str_dup("no command was recognised"), NULL };
    if (h->broken)
        return (struct verdict){ -ENODATA, str_dup("the sentence broke off"),
                                 broken_json(h->text) };
    if (h->other)
        return (struct verdict){ -ENODATA, str_dup("two sentences fit about as well"),
                                 unsure_json(h->text, h->other) };
    return (struct verdict){ 0, str_dup(h->text), NULL };
}

static void verdict_tell(struct stt *s, struct verdict *v)
{
    AUTO_FREE char *text = STEAL(v->text);

    stt_transcript(s, v->code, text, STEAL(v->json));
}

static void on_result(const struct rpc_frame *f, void *user)
{
    struct stt *s = user;
    AUTO(wire_result_done) struct wire_result h = { .text = NULL };
    struct err e = ERR_INIT;
    struct verdict v;

    utt_settle(s, f->serial);
    if (f->serial == 0 || f->serial != s->expect_serial || second_is_asked(s->second))
        return; /* of an utterance that was forgotten, or a result that came twice */
    v = wire_answer_take(&h, &wire_result_fields, f, &e) < 0 ? verdict_failed(&e)
                                                             : verdict_of(s, &h);
    if (v.code < 0 && second_ask(s->second, f->serial, s->expect_session))
        s->verdict = v;
    else
        verdict_tell(s, &v);
}

/* Heard by another, or not: then what was found here holds. */
static void on_second(uint64_t session, const char *text, bool may_act, void *user)
{
    struct stt *s = user;
    struct verdict v = s->verdict;

    s->verdict = (struct verdict){ 0 };
    if (!must(session == s->expect_session && v.code < 0)) {
        verdict_done(&v);
        return;
    }
    if (text && may_act)
        stt_transcript(s, 0, text, NULL);
    else if (text)
        stt_transcript(s, -ENODATA, "an engine has heard it: a command is asked back", unsure_json(text, NULL));
    else
        verdict_tell(s, &v);
    verdict_done(&v);
}

void stt_wake_elsewhere(struct stt *s)
{
    must(s->engine);
    s->hears_wake = false;
}

void stt_settings_changed(struct stt *s)
{
    if (model_take(s))
        engine_restart(s->engine, "starts anew with another model");
    second_settings_changed(s->second);
}

void stt_house(struct stt *s, const cJSON *devices)
{
    second_house(s->second, devices);
}

/* All that was sent counts as answered: a helper that starts owes nothing. */
static void sound_settle(struct stt *s)
{
    atomic_store(&s->sound_answered, atomic_load(&s->sound_sent));
    atomic_store(&s->utt_ended, 0); /* its result was the dead one's to give */
}

static void on_up(void *user)
{
    sound_settle(user);
}

static void on_down(void *user)
{
    struct stt *s = user;

    sound_settle(s);
    s->is_loaded = false;
    if (!s->expect_serial || second_is_asked(s->second))
        return; /* the sentence is elsewhere */
    if (s->deps.on_lost)
        s->deps.on_lost(s->expect_session, s->deps.user);
    stt_transcript(s, -ECONNRESET, "the recogniser was lost", NULL);
}

static const struct engine_ask asks[] = {
    { STT_CONFIG, STT_CONFIG_OK, &wire_loaded_fields, "the recogniser owes that it is configured",
      on_config },
    { STT_GRAMMAR, STT_GRAMMAR_OK, &wire_loaded_fields,
      "the recogniser owes that the grammar is loaded", on_grammar },
};

static const struct engine_frame frames[] = {
    { WAKE_PROGRESS, on_progress },
    { UTT_PROGRESS, on_progress },
    { UTT_EARLY, on_early },
    { UTT_RESULT, on_result },
};

static const struct engine_kind ears = {
    .program = "jarvis-stt",
    .part = "recogniser",
    .down = "the recogniser does not run",
    .ready = "listening for the wake word",
    .memory_bytes_max = MEMORY_BYTES_MAX,
    .asks = asks,
    .asks_n = sizeof(asks) / sizeof(asks[0]),
    .frames = frames,
    .frames_n = sizeof(frames) / sizeof(frames[0]),
    .config = config_make,
    .on_up = on_up,
    .on_down = on_down,
};

/* ---- listen thread ------------------------------------------------------------------------- */

static void sound_lost(struct stt *s, uint16_t type, size_t count, int code)
{
    atomic_fetch_add(&s->dropped_blocks, count / BLOCK_FRAMES);
    if (type == UTT_AUDIO)
        atomic_store(&s->utt_torn, true);
    if (code == -EAGAIN && !atomic_exchange(&s->is_late, true))
        bus_post_fault(s->deps.bus, part_pace, -EOVERFLOW,
                       "does not keep up with the sound; parts of it are not listened to: this "
                       "machine is too slow or too busy, or the house has too many names");
}

static int sound_send(struct stt *s, uint16_t type, const struct wire_audio *head,
                      const int16_t *samples, size_t count)
{
    uint32_t serial = atomic_load(&s->sound_sent) + 1;
    int r = -EAGAIN;

    if (backlog(s) < BACKLOG_MAX)
        r = engine_send(s->engine, type, serial, head, sizeof(*head), samples,
                        count * sizeof(*samples));
    if (r >= 0)
        atomic_store(&s->sound_sent, serial);
    else
        sound_lost(s, type, count, r);
    return r;
}

int stt_wake_audio(struct stt *s, uint64_t position, const int16_t *samples, size_t count)
{
    const struct wire_audio head = { .position = position };

    return sound_send(s, WAKE_AUDIO, &head, samples, count);
}

void stt_wake_clear(struct stt *s)
{
    engine_send(s->engine, WAKE_CLEAR, 0, NULL, 0, NULL, 0);
}

void stt_utt_start(struct stt *s, uint32_t serial, uint64_t position)
{
    const struct wire_audio head = { .position = position };

    atomic_store(&s->utt_state, WIRE_NOTHING);
    atomic_store(&s->utt_torn, false);
    second_begin(s->second, serial);
    engine_send(s->engine, UTT_START, serial, &head, sizeof(head), NULL, 0);
}

void stt_utt_audio(struct stt *s, uint64_t position, const int16_t *samples, size_t count,
                   unsigned quiet_ms)
{
    const struct wire_audio head = { .position = position, .quiet_ms = quiet_ms };

    second_add(s->second, samples, count);
    sound_send(s, UTT_AUDIO, &head, samples, count);
}

void stt_utt_end(struct stt *s, uint32_t serial)
{
    atomic_store(&s->utt_ended, serial);
    if (engine_send(s->engine, UTT_END, serial, NULL, 0, NULL, 0) < 0)
        atomic_store(&s->utt_ended, 0); /* its death is told on the main loop */
}

void stt_utt_drop(struct stt *s, uint32_t serial)
{
    engine_send(s->engine, UTT_DROP, serial, NULL, 0, NULL, 0);
}

enum wire_state stt_utt_state(const struct stt *s)
{
    return (enum wire_state)atomic_load(&s->utt_state);
}

uint64_t stt_dropped_blocks(const struct stt *s)
{
    return atomic_load(&s->dropped_blocks);
}

/* ---- making one ---------------------------------------------------------------------------- */

int stt_new(struct stt **ret, const struct stt_deps *d, struct err *e)
{
    AUTO(stt_freep) struct stt *s = calloc(1, sizeof(*s));
    struct engine_deps cd = { .loop = d->loop, .bus = d->bus, .paths = d->paths, .user = s };
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "recogniser: out of memory");
    s->deps = *d;
    s->hears_wake = true;
    (void)model_take(s);
    cd.readable[0] = s->model.model;
    cd.readable[1] = s->model.dictionary;
    cd.readable[2] = d->paths->lent;
    cd.readable[3] = d->paths->models;
    r = second_new(&s->second,
                   &(struct second_deps){ d->loop, d->bus, d->settings, d->engines, on_second, s }, e);
    if (r >= 0)
        r = engine_new(&s->engine, &ears, &cd, e);
    if (r < 0)
        return r;
    *ret = STEAL(s);
    return 0;
}

struct stt *stt_free(struct stt *s)
{
    if (!s)
        return NULL;
    engine_free(s->engine);
    second_free(s->second);
    verdict_done(&s->verdict);
    wire_grammar_done(&s->grammar);
    json_free(s->unknown_words);
    free(s);
    return NULL;
}
