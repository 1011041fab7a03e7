/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/voice.c - text to sound, by flite or espeak-ng, and to phonemes, by espeak-ng. */
#include "voice.h"

#include "flite.h"

#include "base/utf8.h"

#include <espeak-ng/speak_lib.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum {
    PIECE_MS = 50,
    SLOT_MS = 10,         /* sound or silence is decided for that much at a time */
    LEAD_SLOTS = 1,       /* of silence kept before the first sound */
    TRAIL_SLOTS = 4,      /* and after the last */
    QUIET = 150,          /* samples below that are silence; speech peaks at 20,000 */
    RATE_MIN_WPM = 80,
    RATE_MAX_WPM = 450,
    NAME_BYTES = 64,
    FLITE_REST_S = 20,    /* flite is given back that long after its last sentence */
};

/* The default voice of a language, where it is not espeak-ng's own choice: the words are then
 * spoken as the recogniser's dictionary has them. */
static const struct {
    const char *language, *voice;
} defaults[] = {
    { "en", "en-us" },
};

struct voice {
    unsigned espeak_hz, rate_hz; /* rate_hz: of the newest sentence */
    char chosen[NAME_BYTES];
    bool wants_flite;     /* the one chosen is flite's, where that can say the text */
    bool lacks_flite;     /* it was looked for in vain */
    struct flite *flite;  /* owned; NULL: not loaded */
    time_t flite_used;    /* on the monotonic clock, in seconds */
    /* the sentence under way */
    voice_sink_fn sink;
    void *user;
    int stopped;         /* what sink() returned; 0 while it wants more */
    bool begun;          /* the first sound was heard */
    size_t quiet_slots;  /* silence held back: it may be the end */
    int16_t *slot, *piece; /* owned; what is being filled */
    size_t slot_n, slot_frames, n, piece_frames;
};

/* Whatever it is asked for, espeak-ng's audio library looks for a sound server first. This program
 * may not reach one (base/confine.h), and what the library says to that on stderr helps nobody. */
static int espeak_begin(void)
{
    AUTO_CLOSE int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    AUTO_CLOSE int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int rate;

    if (kept >= 0 && null >= 0)
        dup2(null, STDERR_FILENO);
    rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, PIECE_MS, NULL, espeakINITIALIZE_DONT_EXIT);
    if (kept >= 0)
        dup2(kept, STDERR_FILENO);
    return rate;
}

int voice_new(struct voice **ret, struct err *e)
{
    AUTO(voice_freep) struct voice *v = calloc(1, sizeof(*v));
    int rate;

    if (!v)
        return err_set(e, -ENOMEM, "out of memory for the voice");
    rate = espeak_begin();
    if (rate <= 0)
        return err_set(e, -ENOENT, "espeak-ng does not start; install espeak-ng-data");
    v->espeak_hz = v->rate_hz = (unsigned)rate;
    if (rate < FLITE_RATE_HZ)
        rate = FLITE_RATE_HZ;
    v->piece = calloc((size_t)rate * PIECE_MS / 1000, sizeof(*v->piece));
    v->slot = calloc((size_t)rate * SLOT_MS / 1000, sizeof(*v->slot));
    if (!v->piece || !v->slot)
        return err_set(e, -ENOMEM, "out of memory for the voice");
    *ret = STEAL(v);
    return 0;
}

struct voice *voice_free(struct voice *v)
{
    if (!v)
        return NULL;
    flite_free(v->flite);
    if (v->espeak_hz)
        espeak_Terminate();
    free(v->piece);
    free(v->slot);
    free(v);
    return NULL;
}

unsigned voice_rate_hz(const struct voice *v)
{
    return v->rate_hz;
}

/* espeak-ng makes a path of the name: nothing but letters, digits and -+_ gets there. */
static bool name_is_plain(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-+_");

    return n > 0 && n < NAME_BYTES && name[n] == '\0';
}

/* "en", "en-gb": what flite's voice speaks. */
static bool is_english(const char *language)
{
    return strncmp(language, "en", 2) == 0 && (language[2] == '\0' || language[2] == '-');
}

static const char *default_voice(const char *language)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (strcmp(defaults[i].language, language) == 0)
            return defaults[i].voice;
    return language;
}

/* A voice by its name, or the first of a language ("en-gb") that needs no further data. */
static bool voice_load(const char *wanted)
{
    espeak_VOICE of_language = { .languages = wanted };
    const espeak_VOICE **all;

    if (espeak_SetVoiceByName(wanted) == EE_OK)
        return true;
    all = espeak_ListVoices(&of_language);
    for (size_t i = 0; all && all[i]; i++)
        if (!str_starts(all[i]->identifier, "mb/") &&
            espeak_SetVoiceByName(all[i]->identifier) == EE_OK)
            return true;
    return false;
}

int voice_choose(struct voice *v, const char *name, const char *language, struct err *e)
{
    const bool is_flite = name[0] == '\0' || strcmp(name, VOICE_FLITE) == 0;
    const char *wanted = is_flite ? default_voice(language) : name;

    v->wants_flite = is_flite && is_english(language);
    if (!name_is_plain(wanted))
        return err_set(e, -EINVAL, "tts.voice: '%.40s' is no name of a voice; see "
                       "'espeak-ng --voices'", wanted);
    if (strcmp(v->chosen, wanted) == 0)
        return 0;
    v->chosen[0] = '\0';
    if (!voice_load(wanted))
        return err_set(e, -ENOENT, "tts.voice: espeak-ng has no voice '%s'; see "
                       "'espeak-ng --voices'", wanted);
    str_copy(v->chosen, sizeof(v->chosen), wanted);
    return 0;
}

static int text_check(const char *text, size_t most, struct err *e)
{
    size_t len = strlen(text), blanks = strspn(text, " ");

    if (len > most)
        return err_set(e, -E2BIG, "a text of %zu bytes; at most %zu are spoken", len, most);
    if (blanks == len)
        return err_set(e, -EINVAL, "an empty text");
    if (!utf8_is_valid(text, len))
        return err_set(e, -EINVAL, "the text is not UTF-8");
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return err_set(e, -EINVAL, "the text holds the control character %d", *p);
    return 0;
}

/* ---- sound -------------------------------------------------------------------------------- */

static void piece_flush(struct voice *v)
{
    if (v->n > 0 && v->stopped >= 0)
        v->stopped = v->sink(v->piece, v->n, v->user);
    v->n = 0;
}

static void piece_add(struct voice *v, int16_t sample)
{
    v->piece[v->n++] = sample;
    if (v->n == v->piece_frames)
        piece_flush(v);
}

static void silence_add(struct voice *v)
{
    for (size_t i = v->quiet_slots * v->slot_frames; i > 0; i--)
        piece_add(v, 0);
    v->quiet_slots = 0;
}

/* A slot of silence goes out only when sound follows it; before the first sound, a few. */
static void slot_take(struct voice *v)
{
    bool quiet = true;

    for (size_t i = 0; quiet && i < v->slot_n; i++)
        quiet = v->slot[i] > -QUIET && v->slot[i] < QUIET;
    if (!quiet) {
        silence_add(v);
        v->begun = true;
        for (size_t i = 0; i < v->slot_n; i++)
            piece_add(v, v->slot[i]);
    } else if (v->begun || v->quiet_slots < LEAD_SLOTS) {
        v->quiet_slots++;
    }
    v->slot_n = 0;
}

static bool sound_take(const int16_t *frames, size_t count, void *user)
{
    struct voice *v = user;

    for (size_t i = 0; i < count && v->stopped >= 0; i++) {
        v->slot[v->slot_n++] = frames[i];
        if (v->slot_n == v->slot_frames)
            slot_take(v);
    }
    return v->stopped >= 0;
}

/* espeak-ng: the next samples; NULL at the end. 1 stops the synthesis. */
static int voice_on_sound(short *wav, int count, espeak_EVENT *events)
{
    return !sound_take(wav, wav && count > 0 ? (size_t)count : 0, events->user_data);
}

static void sentence_begin(struct voice *v, unsigned rate_hz, voice_sink_fn sink, void *user)
{
    v->rate_hz = rate_hz;
    v->piece_frames = rate_hz * PIECE_MS / 1000;
    v->slot_frames = rate_hz * SLOT_MS / 1000;
    v->sink = sink;
    v->user = user;
    v->stopped = 0;
    v->begun = false;
    v->quiet_slots = 0;
    v->slot_n = v->n = 0;
}

static void sentence_end(struct voice *v)
{
    slot_take(v);
    if (v->quiet_slots > TRAIL_SLOTS)
        v->quiet_slots = TRAIL_SLOTS;
    if (v->begun)
        silence_add(v);
    piece_flush(v);
}

static int speak_by_espeak(struct voice *v, const char *text, unsigned rate_wpm, struct err *e)
{
    espeak_ERROR status;

    espeak_SetSynthCallback(voice_on_sound);
    espeak_SetParameter(espeakRATE, (int)rate_wpm, 0);
    status = espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, v);
    return status == EE_OK ? 0 : err_set(e, -EIO, "espeak-ng cannot speak that");
}

static time_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Is flite there, and has it letters for the text? It is looked for once: a package that comes later
 * is found after the next start. */
static bool flite_takes(struct voice *v, char *plain, size_t size, const char *text)
{
    if (!v->wants_flite || v->lacks_flite || !flite_plain(plain, size, text))
        return false;
    if (!v->flite)
        v->lacks_flite = flite_new(&v->flite, NULL) < 0;
    return !v->lacks_flite;
}

void voice_rest(struct voice *v)
{
    if (v->flite && now_s() - v->flite_used >= FLITE_REST_S)
        v->flite = flite_free(v->flite);
}

int voice_speak(struct voice *v, const char *text, unsigned rate_wpm, voice_sink_fn sink,
                void *user, struct err *e)
{
    char plain[2 * VOICE_TEXT_BYTES];
    int r = text_check(text, VOICE_TEXT_BYTES, e);

    if (r < 0)
        return r;
    if (rate_wpm < RATE_MIN_WPM || rate_wpm > RATE_MAX_WPM)
        return err_set(e, -EINVAL, "tts.rate_wpm: %u is outside %d..%d", rate_wpm, RATE_MIN_WPM,
                       RATE_MAX_WPM);
    if (flite_takes(v, plain, sizeof(plain), text)) {
        sentence_begin(v, FLITE_RATE_HZ, sink, user);
        r = flite_speak(v->flite, plain, rate_wpm, sound_take, v, e);
        v->flite_used = now_s();
    } else {
        sentence_begin(v, v->espeak_hz, sink, user);
        r = speak_by_espeak(v, text, rate_wpm, e);
    }
    if (v->stopped < 0)
        return err_set(e, v->stopped, "cancelled");
    if (r < 0)
        return r;
    sentence_end(v);
    return v->stopped < 0 ? err_set(e, v->stopped, "cancelled") : 0;
}

/* ---- phonemes ----------------------------------------------------------------------------- */

int voice_phonemes(struct voice *v, const char *word, char *out, size_t size, struct err *e)
{
    const void *at = word;
    AUTO_STR all = STR_INIT;
    int r = text_check(word, VOICE_WORD_BYTES, e);

    (void)v; /* the chosen voice is espeak-ng's state */
    if (r < 0)
        return r;
    while (at) {
        const char *part = espeak_TextToPhonemes(&at, espeakCHARS_UTF8, '_' << 8);

        if (all.len > 0 && part && *part)
            str_add_char(&all, '_');
        str_add(&all, part);
    }
    if (all.failed)
        return err_set(e, -ENOMEM, "out of memory for phonemes");
    if (!str_copy(out, size, str_text(&all)))
        return err_set(e, -EINVAL, "'%s' has too many phonemes", word);
    return 0;
}
