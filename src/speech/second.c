/* SPDX-License-Identifier: Apache-2.0 */
/* speech/second.c - the second opinion, of a dictation engine or a recogniser on another machine. */
#include "speech/second.h"

#include "base/must.h"
#include "base/str.h"
#include "speech/dictate.h"
#include "speech/hint.h"
#include "speech/remote_stt.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_HZ = 16000,
    GROW_SAMPLES = 4 * RATE_HZ,
    SAMPLES_MAX = REMOTE_STT_SECONDS_MAX * RATE_HZ
};

struct sound {
    uint32_t serial;  /* of the utterance; 0: none */
    int16_t *samples; /* owned */
    size_t n, cap;
    bool is_torn; /* too long, or memory was out */
};

/* Who may be asked. */
enum way { WAY_ENGINE, WAY_REMOTE, WAYS_N };

struct second {
    struct second_deps deps;
    struct dictate *dictate;   /* owned; NULL: none is wanted, or it cannot be used */
    struct remote_stt *remote; /* owned; the same */
    uint64_t session;          /* that is asked about; 0: none */
    enum way way;              /* who is asked */
    size_t tried;              /* how many of the order were */
    struct sound asked;        /* owned; what they are asked about */
    bool has_failed[WAYS_N];   /* told, until it works again */
    bool has_no_ears;          /* told: nobody understands speech in this language */
    struct str names;          /* owned; of the house, as a hint (speech/hint.h) */
    _Atomic bool is_wanted;    /* sound is kept */
    pthread_mutex_t lock;
    struct sound sound; /* guarded by lock */
};

/* ---- listen thread ------------------------------------------------------------------------- */

static void sound_free(struct sound *sound)
{
    free(sound->samples);
    *sound = (struct sound){ 0 };
}

void second_begin(struct second *s, uint32_t serial)
{
    pthread_mutex_lock(&s->lock);
    s->sound.n = 0;
    s->sound.is_torn = false;
    s->sound.serial = atomic_load(&s->is_wanted) ? serial : 0;
    pthread_mutex_unlock(&s->lock);
}

/* Room for n more; false: there is none, and the sound is torn. */
static bool sound_reserve(struct sound *sound, size_t n)
{
    size_t cap = sound->cap;
    int16_t *samples;

    if (sound->is_torn || n > SAMPLES_MAX - sound->n)
        return false;
    if (sound->n + n <= cap)
        return true;
    while (cap < sound->n + n)
        cap += GROW_SAMPLES;
    samples = realloc(sound->samples, cap * sizeof(*samples));
    if (!samples)
        return false;
    sound->samples = samples;
    sound->cap = cap;
    return true;
}

void second_add(struct second *s, const int16_t *samples, size_t n)
{
    pthread_mutex_lock(&s->lock);
    if (s->sound.serial) {
        s->sound.is_torn = !sound_reserve(&s->sound, n);
        if (!s->sound.is_torn) {
            memcpy(s->sound.samples + s->sound.n, samples, n * sizeof(*samples));
            s->sound.n += n;
        }
    }
    must(s->sound.n <= s->sound.cap);
    pthread_mutex_unlock(&s->lock);
}

/* ---- main loop ----------------------------------------------------------------------------- */

const char *second_without(const char *text, const char *phrase)
{
    const char *t = text;

    while (*t && !isalnum((unsigned char)*t) && !(*t & 0x80))
        t++;
    for (; *phrase; t++, phrase++)
        if (tolower((unsigned char)*t) != tolower((unsigned char)*phrase))
            return text;
    if (isalnum((unsigned char)*t) || (*t & 0x80) || *t == '\'')
        return text; /* a longer word: "Jarvison" */
    while (*t && !isalnum((unsigned char)*t) && !(*t & 0x80))
        t++;
    return t;
}

static const char *const parts[WAYS_N] = { "engine.dictation", "stt.remote" };

static void second_tell(struct second *s, enum way way, int code, const char *words)
{
    must(way < WAYS_N);
    if (code < 0 || s->has_failed[way])
        bus_post_fault(s->deps.bus, parts[way], code, code < 0 ? words : "hears again");
    s->has_failed[way] = code < 0;
}

static enum way way_at(const struct second *s, size_t i)
{
    bool remote_first = strcmp(s->deps.settings->engine_order, "remote-first") == 0;

    must(i < WAYS_N);
    return (i == 0) == remote_first ? WAY_REMOTE : WAY_ENGINE;
}

/* -ENOENT: there is none of that kind. */
static int way_ask(struct second *s, enum way way, struct err *e)
{
    const struct remote_stt_question q = { s->asked.samples, s->asked.n, s->deps.settings->language,
                                           str_text(&s->names) };

    if (way == WAY_ENGINE)
        return s->dictate ? dictate_ask(s->dictate, s->asked.samples, s->asked.n, e) : -ENOENT;
    return s->remote ? remote_stt_ask(s->remote, &q, e) : -ENOENT;
}

static void second_settle(struct second *s)
{
    s->session = 0;
    sound_free(&s->asked);
}

/* The next of the order that can be asked. false: there is none, and nothing is under way any more. */
static bool second_next(struct second *s)
{
    must(s->session != 0 && s->asked.n > 0);
    while (s->tried < WAYS_N) {
        struct err e = ERR_INIT;
        int r;

        s->way = way_at(s, s->tried++);
        r = way_ask(s, s->way, &e);
        if (r == 0)
            return true;
        if (r != -EHOSTDOWN && r != -ENOENT && r != -ENOTCONN) /* those were told when it failed */
            second_tell(s, s->way, r, err_text(&e));
    }
    second_settle(s);
    return false;
}

/* What was heard, without the wake phrase; NULL: nothing that helps. */
static const char *second_words(const struct second *s, int code, const char *text)
{
    if (code < 0)
        return NULL;
    text = second_without(text, s->deps.settings->wake_phrase);
    return text[0] == '\0' || hint_is_echo(str_text(&s->names), text) ? NULL : text;
}

static void on_end(int code, const char *text, void *user)
{
    struct second *s = user;
    uint64_t session = s->session;
    bool may_act = s->way == WAY_REMOTE || s->deps.settings->engine_may_act;

    if (!must(session != 0))
        return;
    second_tell(s, s->way, code, text);
    text = second_words(s, code, text);
    if (!text && second_next(s))
        return;
    if (text)
        second_settle(s);
    s->deps.on_heard(session, text, may_act, s->deps.user);
}

void second_house(struct second *s, const cJSON *devices)
{
    hint_make(&s->names, devices);
    if (s->names.failed)
        str_done(&s->names); /* it is asked without */
}

static void ears_tell(struct second *s)
{
    const char *language = s->deps.settings->language;
    bool none = !engines_hears(s->deps.engines, s->deps.settings, language) && !s->remote && !s->dictate;
    char words[ERR_TEXT_BYTES];

    if (none == s->has_no_ears && !none)
        return;
    snprintf(words, sizeof(words), "this box hears English only: what is said in the language '%.8s' needs "
             "an engine for it (jarvisctl engine) or a recogniser elsewhere (stt.remote, stt.url); what is typed is "
             "understood", language);
    bus_post_fault(s->deps.bus, "stt.language", none ? -ENOTSUP : 0,
                   none ? words : "what is said is heard");
    s->has_no_ears = none;
}

/* Is it asked now? It will not answer any more. */
static uint64_t way_lost(struct second *s, enum way way)
{
    uint64_t session = s->way == way ? s->session : 0;

    if (session)
        second_settle(s);
    return session;
}

static void remote_open(struct second *s)
{
    struct err e = ERR_INIT;
    uint64_t session;
    int r;

    if (remote_stt_fits(s->remote, s->deps.settings)) {
        if (!s->remote)
            second_tell(s, WAY_REMOTE, 0, NULL); /* one that could not be used is not wanted any more */
        return;
    }
    session = way_lost(s, WAY_REMOTE);
    s->remote = remote_stt_free(s->remote);
    r = remote_stt_new(&s->remote, s->deps.loop, s->deps.settings, on_end, s, &e);
    second_tell(s, WAY_REMOTE, r == -ENOENT ? 0 : r, err_text(&e));
    if (session)
        s->deps.on_heard(session, NULL, false, s->deps.user);
}

static void dictate_open(struct second *s)
{
    const struct dictate_deps d = { s->deps.loop,    s->deps.bus, s->deps.settings,
                                    s->deps.engines, on_end,      s };
    struct err e = ERR_INIT;
    uint64_t session;
    int r;

    if (dictate_fits(s->dictate, &d)) {
        if (!s->dictate)
            second_tell(s, WAY_ENGINE, 0, NULL);
        return;
    }
    session = way_lost(s, WAY_ENGINE);
    s->dictate = dictate_free(s->dictate);
    r = dictate_new(&s->dictate, &d, &e);
    second_tell(s, WAY_ENGINE, r == -ENOENT ? 0 : r, err_text(&e));
    if (session)
        s->deps.on_heard(session, NULL, false, s->deps.user);
}

void second_settings_changed(struct second *s)
{
    remote_open(s);
    dictate_open(s);
    atomic_store(&s->is_wanted, s->remote || s->dictate);
    ears_tell(s);
}

/* The sound of `serial` changes hands; nothing in it: there is none. */
static struct sound sound_take(struct second *s, uint32_t serial)
{
    struct sound sound = { 0 };

    pthread_mutex_lock(&s->lock);
    if (serial != 0 && s->sound.serial == serial) {
        sound = s->sound;
        s->sound = (struct sound){ 0 };
    }
    pthread_mutex_unlock(&s->lock);
    return sound;
}

bool second_ask(struct second *s, uint32_t serial, uint64_t session)
{
    struct sound sound = sound_take(s, serial);

    must(session != 0);
    second_forget(s, s->session);
    if (sound.n == 0 || sound.is_torn) {
        sound_free(&sound);
        return false;
    }
    s->asked = sound;
    s->session = session;
    s->tried = 0;
    return second_next(s);
}

void second_forget(struct second *s, uint64_t session)
{
    if (session == 0 || s->session != session)
        return;
    remote_stt_cancel(s->remote);
    dictate_cancel(s->dictate);
    second_settle(s);
}

cJSON *second_order(const struct second *s)
{
    AUTO_JSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < WAYS_N; i++) {
        const bool engine = way_at(s, i) == WAY_ENGINE;
        cJSON *one = NULL;

        if (engine ? !s->dictate : !s->remote)
            continue;
        one = cJSON_CreateObject();
        json_put_text(one, "name", engine ? dictate_name(s->dictate) : s->deps.settings->stt_remote);
        json_put_text(one, "kind", engine ? "dictation" : "elsewhere");
        json_put_bool(one, "ready", engine ? dictate_is_ready(s->dictate) : !s->has_failed[WAY_REMOTE]);
        if (!json_push(list, one))
            return NULL;
    }
    return list ? STEAL(list) : NULL;
}

bool second_is_asked(const struct second *s)
{
    return s->session != 0;
}

int second_new(struct second **ret, const struct second_deps *d, struct err *e)
{
    struct second *s = calloc(1, sizeof(*s));

    if (!s)
        return err_set(e, -ENOMEM, "recogniser: out of memory");
    s->deps = *d;
    pthread_mutex_init(&s->lock, NULL);
    second_settings_changed(s);
    *ret = s;
    return 0;
}

struct second *second_free(struct second *s)
{
    if (!s)
        return NULL;
    remote_stt_free(s->remote);
    dictate_free(s->dictate);
    sound_free(&s->sound);
    sound_free(&s->asked);
    str_done(&s->names);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}
