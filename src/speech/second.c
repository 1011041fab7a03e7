/* SPDX-License-Identifier: Apache-2.0 */
/* speech/second.c - the second opinion of a recogniser on another machine. */
#include "speech/second.h"

#include "base/must.h"
#include "base/str.h"
#include "speech/hint.h"
#include "speech/known.h"
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

struct second {
    struct second_deps deps;
    struct remote_stt *remote; /* owned; NULL: none is wanted, or it cannot be used */
    uint64_t session;          /* that is asked about; 0: none */
    bool has_failed;           /* told, until it works again */
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

static void second_tell(struct second *s, int code, const char *words)
{
    if (code < 0 || s->has_failed)
        bus_post_fault(s->deps.bus, "stt.remote", code, code < 0 ? words : "hears again");
    s->has_failed = code < 0;
}

static void on_end(int code, const char *text, void *user)
{
    struct second *s = user;
    uint64_t session = s->session;

    second_tell(s, code, text);
    s->session = 0;
    if (!must(session != 0))
        return;
    if (code == 0)
        text = second_without(text, s->deps.settings->wake_phrase);
    if (code < 0 || text[0] == '\0' || hint_is_echo(str_text(&s->names), text))
        text = NULL;
    s->deps.on_heard(session, text, s->deps.user);
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
    bool none = !known_language(language) && !s->remote;
    char words[ERR_TEXT_BYTES];

    if (none == s->has_no_ears && !none)
        return;
    snprintf(words, sizeof(words), "this box hears English only: what is said in the language '%.8s' needs "
             "a recogniser elsewhere (stt.remote, stt.url); what is typed is understood", language);
    bus_post_fault(s->deps.bus, "stt.language", none ? -ENOTSUP : 0,
                   none ? words : "what is said is heard");
    s->has_no_ears = none;
}

static void remote_open(struct second *s)
{
    struct err e = ERR_INIT;
    uint64_t session = s->session;
    int r;

    if (remote_stt_fits(s->remote, s->deps.settings)) {
        if (!s->remote)
            second_tell(s, 0, NULL); /* one that could not be used is not wanted any more */
        return;
    }
    s->session = 0;
    s->remote = remote_stt_free(s->remote);
    r = remote_stt_new(&s->remote, s->deps.loop, s->deps.settings, on_end, s, &e);
    atomic_store(&s->is_wanted, r == 0);
    second_tell(s, r == -ENOENT ? 0 : r, err_text(&e));
    if (session)
        s->deps.on_heard(session, NULL, s->deps.user);
}

void second_settings_changed(struct second *s)
{
    remote_open(s);
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
    struct remote_stt_question q = { sound.samples, sound.n, s->deps.settings->language,
                                     str_text(&s->names) };
    struct err e = ERR_INIT;
    int r = -ENODATA;

    must(session != 0);
    if (s->remote && sound.n > 0 && !sound.is_torn) {
        second_forget(s, s->session);
        r = remote_stt_ask(s->remote, &q, &e);
        if (r < 0 && r != -EHOSTDOWN) /* that one was told when it failed */
            second_tell(s, r, err_text(&e));
    }
    sound_free(&sound);
    s->session = r == 0 ? session : 0;
    return r == 0;
}

void second_forget(struct second *s, uint64_t session)
{
    if (session == 0 || s->session != session)
        return;
    remote_stt_cancel(s->remote);
    s->session = 0;
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
    sound_free(&s->sound);
    str_done(&s->names);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}
