/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank.c - the voice bank.
 *
 * One timer drives all that is done in idle time. Each step does one small thing: a slice of the survey (which
 * pieces are needed, which of them are there), or the next missing piece. The survey comes first, because
 * only what it has seen is the house's own. */
#include "speech/bank.h"

#include "base/must.h"
#include "base/sha256.h"
#include "speech/bank_file.h"
#include "speech/bank_store.h"
#include "speech/pcm.h"
#include "speech/remote_tts.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MS = 3000,     /* after somebody was served */
    AWAY_MS = 30000,     /* after the server failed */
    FULL_MS = 600000,    /* after the disk refused, and before what failed is tried again */
    SLICE = 200,         /* pieces looked at in one step */
    STEP_MS = 5,         /* between two slices */
    VOICE_HEX = 16,
};

enum bank_mode { BANK_OFF, BANK_SAID, BANK_ALL };

struct wanted {
    char *text; /* owned; NULL: free */
    unsigned count;
    bool is_tried; /* the server could not say it */
};

struct bank {
    struct bank_deps deps;
    enum bank_mode mode;
    char voice[VOICE_HEX + 1];
    struct bank_store *store;  /* owned */
    struct remote_tts *remote; /* owned; NULL: none is set, or it cannot be used */
    struct loop_timer *timer;  /* owned */
    struct bank_parts *parts; /* owned; NULL: nobody told yet */
    struct bank_index planned; /* keys of what is needed; their sizes are nothing */
    uint64_t missing;
    bool is_surveyed, is_busy, is_full, is_done;
    bool has_failures; /* something was passed over: it is tried again later */
    bool is_faulty;    /* told, until something is kept again */
    struct str asked;  /* owned; the piece that is rendered; empty: none */
    bool asked_needed; /* answers fall apart into it */
    bool asked_wanted; /* it was said */
    struct pcm pcm; /* of it */
    struct wanted wanted[BANK_WANTED_MAX];
    uint64_t said, rendered;
};

static void step_after(struct bank *b, int64_t ms)
{
    if (b->mode != BANK_OFF)
        loop_timer_after_ms(b->timer, ms);
}

static void tell(struct bank *b, int code, const char *words)
{
    if (code < 0 || b->is_faulty)
        bus_post_fault(b->deps.bus, "tts.bank", code, code < 0 ? words : "keeps the voice again");
    b->is_faulty = code < 0;
}

static uint64_t bytes_max(const struct bank *b)
{
    return (uint64_t)b->deps.settings->tts_bank_mb * 1000000;
}

/* ---- what is needed, what is wanted ------------------------------------------------------------ */

static bool is_kept(uint64_t key, void *user)
{
    return bank_store_has(((const struct bank *)user)->store, key);
}

static bool is_planned(uint64_t key, void *user)
{
    return bank_index_find(&((const struct bank *)user)->planned, key) != NULL;
}

/* Is it one of the house's answers? */
static bool is_ours(struct bank *b, const char *text)
{
    struct bank_split split;

    bank_split(&split, text, is_planned, b);
    return split.n > 0;
}

static bool has_text(const struct bank *b, const char *text)
{
    return bank_store_has(b->store, bank_key(text, strlen(text)));
}

void bank_heard(struct bank *b, const char *text)
{
    struct wanted *least = &b->wanted[0];

    if (b->mode == BANK_OFF || has_text(b, text) || !is_ours(b, text))
        return;
    for (size_t i = 0; i < BANK_WANTED_MAX; i++) {
        struct wanted *w = &b->wanted[i];

        if (w->text && strcmp(w->text, text) == 0) {
            w->count++;
            return;
        }
        if (!w->text || (least->text && w->count < least->count))
            least = w;
    }
    free(least->text);
    *least = (struct wanted){ .text = str_dup(text), .count = 1 };
    b->is_done = false;
    step_after(b, QUIET_MS);
}

/* What was said most often and is not kept whole; NULL: nothing. */
static struct wanted *wanted_most(struct bank *b)
{
    struct wanted *most = NULL;

    for (size_t i = 0; i < BANK_WANTED_MAX; i++) {
        struct wanted *w = &b->wanted[i];

        if (w->text && has_text(b, w->text)) {
            free(w->text);
            *w = (struct wanted){ .text = NULL };
        }
        if (w->text && !w->is_tried && (!most || w->count > most->count))
            most = w;
    }
    return most;
}

static void wanted_done(struct bank *b)
{
    for (size_t i = 0; i < BANK_WANTED_MAX; i++)
        free(b->wanted[i].text);
    memset(b->wanted, 0, sizeof(b->wanted));
}

/* ---- the survey ------------------------------------------------------------------------------ */

static void survey_begin(struct bank *b)
{
    bank_index_done(&b->planned);
    b->missing = 0;
    b->is_surveyed = b->is_full = b->is_done = b->has_failures = false;
    bank_store_need_none(b->store);
    if (b->parts)
        bank_parts_rewind(b->parts);
    step_after(b, STEP_MS);
}

/* One more piece that is needed. */
static void survey_take(struct bank *b, const char *text)
{
    const struct bank_entry entry = { .key = bank_key(text, strlen(text)), .needed = true };

    if (entry.key == 0 || is_planned(entry.key, b) || bank_index_add(&b->planned, &entry) < 0)
        return;
    if (bank_store_has(b->store, entry.key))
        bank_store_need(b->store, entry.key);
    else
        b->missing++;
}

static void survey_slice(struct bank *b)
{
    AUTO_STR text = STR_INIT;
    bool needed = true;

    for (int i = 0; i < SLICE; i++) {
        if (!bank_parts_next(b->parts, &text, &needed) || !needed) {
            b->is_surveyed = true;
            bank_parts_rewind(b->parts);
            return;
        }
        survey_take(b, str_text(&text));
    }
}

/* ---- rendering ------------------------------------------------------------------------------- */

/* A piece without an end is followed by others: the voice shall not fall. */
static void render_text(struct str *out, const char *piece)
{
    size_t len = strlen(piece);

    str_add(out, piece);
    if (len > 0 && !strchr(".?!,;:", piece[len - 1]))
        str_add_char(out, ',');
}

static void asked_drop(struct bank *b)
{
    str_clear(&b->asked);
    pcm_done(&b->pcm);
}

/* The next piece to ask for, to b->asked; false: not in this slice, or there is none. */
static bool ask_choose(struct bank *b)
{
    struct wanted *w = wanted_most(b);

    if (w) {
        str_clear(&b->asked);
        str_add(&b->asked, w->text);
        w->is_tried = true;
        b->asked_needed = false;
        b->asked_wanted = true;
        return !b->asked.failed;
    }
    b->asked_wanted = false;
    for (int i = 0; i < SLICE && !b->is_done; i++) {
        if (!bank_parts_next(b->parts, &b->asked, &b->asked_needed) ||
            (b->is_full && !b->asked_needed)) {
            b->is_done = true;
            break;
        }
        if (!has_text(b, str_text(&b->asked)))
            return true;
    }
    str_clear(&b->asked);
    return false;
}

static void ask_next(struct bank *b)
{
    AUTO_STR text = STR_INIT;
    struct err e = ERR_INIT;

    if (b->asked.len == 0 && !ask_choose(b)) {
        if (!b->is_done) {
            step_after(b, STEP_MS);
            return;
        }
        bank_store_sweep(b->store); /* this voice is ready: others are not needed any more */
        bank_parts_rewind(b->parts);
        if (b->has_failures) {
            b->is_done = b->has_failures = false;
            step_after(b, FULL_MS);
        }
        return;
    }
    render_text(&text, str_text(&b->asked));
    pcm_done(&b->pcm);
    if (text.failed ||
        remote_tts_speak(b->remote, str_text(&text), bank_parts_language(b->parts), &e) < 0)
        step_after(b, AWAY_MS);
}

static void on_timer(void *user)
{
    struct bank *b = user;

    if (b->mode == BANK_OFF || !b->parts || !bank_store_is_open(b->store))
        return;
    if (!b->is_surveyed) {
        survey_slice(b);
        step_after(b, STEP_MS);
        return;
    }
    if (b->is_busy || b->mode != BANK_ALL || !b->remote || b->is_done ||
        remote_tts_is_busy(b->remote) || bank_store_is_keeping(b->store))
        return; /* whatever ends that sets the timer again */
    ask_next(b);
}

static void on_remote_sound(const int16_t *samples, size_t n, uint32_t rate_hz, void *user)
{
    struct bank *b = user;

    if (pcm_add(&b->pcm, samples, n, rate_hz) == 0)
        return;
    remote_tts_cancel(b->remote);
    b->has_failures = true;
    asked_drop(b);
    step_after(b, AWAY_MS);
}

/* Why the server failed is told where it is asked for an answer; here it is only left alone. */
static void on_remote_end(int code, const char *words, void *user)
{
    struct bank *b = user;
    const struct bank_keep keep = { str_text(&b->asked), b->pcm.frames, b->pcm.count, b->pcm.rate_hz,
                                    bytes_max(b), b->asked_needed || b->asked_wanted,
                                    b->asked_needed };
    struct err e = ERR_INIT;
    int r = code;

    (void)words;
    if (code >= 0)
        r = bank_store_keep(b->store, &keep, &e);
    if (code >= 0 && r == -ENOSPC)
        b->is_full = true; /* what is needed is tried on: it may take others' room */
    else if (r < 0)
        b->has_failures = true;
    if (r >= 0)
        return; /* on_kept() goes on */
    asked_drop(b);
    step_after(b, code < 0 ? AWAY_MS : STEP_MS);
}

/* ---- from the store ---------------------------------------------------------------------------- */

static void on_open(void *user)
{
    survey_begin(user);
}

static void on_kept(uint64_t key, int code, const char *words, void *user)
{
    struct bank *b = user;
    int64_t pause_ms = b->deps.settings->tts_bank_pause_ms;

    if (code >= 0 && is_planned(key, b)) {
        bank_store_need(b->store, key);
        b->missing -= b->missing > 0;
    }
    if (code >= 0) {
        b->rendered += b->asked.len > 0;
        tell(b, 0, NULL);
    } else if (code != -ENODATA) { /* silence is no fault: there was nothing to say */
        tell(b, code, words);
        b->has_failures = true;
        pause_ms = FULL_MS;
    }
    asked_drop(b);
    step_after(b, b->is_busy ? QUIET_MS : pause_ms);
}

static void on_store_sound(const int16_t *frames, size_t n, void *user)
{
    struct bank *b = user;

    b->deps.on_sound(frames, n, BANK_RATE_HZ, b->deps.user);
}

static void on_said(int code, const char *words, void *user)
{
    struct bank *b = user;

    if (code == -EBADMSG)
        tell(b, code, words);
    if (code < 0 && b->parts)
        survey_begin(b); /* something is missing that was counted on */
    b->said += code >= 0;
    b->deps.on_end(code, b->deps.user);
}

/* ---- saying ---------------------------------------------------------------------------------- */

bool bank_can_say(struct bank *b, const char *text, unsigned pieces)
{
    struct bank_split split;

    if (b->mode == BANK_OFF || !bank_store_is_open(b->store))
        return false;
    if (pieces == BANK_ONE_PIECE)
        return has_text(b, text);
    bank_split(&split, text, is_kept, b);
    return split.n > 0 && split.n <= pieces;
}

int bank_say(struct bank *b, const char *text, unsigned pieces)
{
    struct bank_split split;

    if (!bank_can_say(b, text, pieces))
        return -ENOENT;
    bank_split(&split, text, is_kept, b);
    if (!must(split.n > 0))
        return -ENOENT;
    return bank_store_say(b->store, text, &split, NULL);
}

void bank_hush(struct bank *b)
{
    bank_store_hush(b->store);
}

void bank_offer(struct bank *b, const char *text, const int16_t *frames, size_t n, unsigned rate_hz)
{
    const struct bank_keep keep = { text, frames, n, rate_hz, bytes_max(b), true, false };

    if (b->mode == BANK_OFF || b->asked.len > 0 || has_text(b, text) || !is_ours(b, text))
        return;
    (void)bank_store_keep(b->store, &keep, NULL); /* it is said again some day */
}

/* ---- from outside ---------------------------------------------------------------------------- */

void bank_phrases(struct bank *b, const cJSON *phrases)
{
    struct bank_parts *parts = NULL;
    struct err e = ERR_INIT;

    if (b->mode == BANK_OFF)
        return;
    if (bank_parts_new(&parts, phrases, &e) < 0) {
        tell(b, e.code, err_text(&e));
        return;
    }
    bank_parts_free(b->parts);
    b->parts = parts;
    survey_begin(b);
}

void bank_busy(struct bank *b, bool is_busy)
{
    b->is_busy = is_busy;
    if (is_busy && remote_tts_is_busy(b->remote))
        remote_tts_cancel(b->remote); /* the piece is asked for again */
    if (!is_busy)
        step_after(b, QUIET_MS);
}

static enum bank_mode mode_of(const struct settings *s)
{
    if (s->tts_remote[0] == '\0' || strcmp(s->tts_remote, "none") == 0 ||
        strcmp(s->tts_bank, "off") == 0)
        return BANK_OFF;
    if (strcmp(s->tts_bank, "all") == 0)
        return BANK_ALL;
    /* what is asked of openai is paid for by the letter */
    return strcmp(s->tts_bank, "said") == 0 || strcmp(s->tts_remote, "openai") == 0 ? BANK_SAID
                                                                                   : BANK_ALL;
}

/* Whose voice it is: what differs here sounds differently. */
static void voice_name(char name[VOICE_HEX + 1], const struct settings *s)
{
    char hex[SHA256_HEX_BYTES];
    AUTO_STR all = STR_INIT;

    str_addf(&all, "1|%s|%s|%s|%s|%s", s->tts_remote, s->tts_url, s->tts_remote_voice,
             s->tts_remote_model, s->language);
    sha256_hex(hex, str_text(&all), all.len);
    snprintf(name, VOICE_HEX + 1, "%.*s", VOICE_HEX, hex);
}

static void remote_open(struct bank *b)
{
    const struct remote_tts_events events = { on_remote_sound, on_remote_end, b };

    if (remote_tts_fits(b->remote, b->deps.settings))
        return;
    remote_tts_cancel(b->remote);
    b->remote = remote_tts_free(b->remote);
    /* why it cannot be used is told by the part "tts.remote" */
    (void)remote_tts_new(&b->remote, b->deps.loop, b->deps.settings, &events, NULL);
}

void bank_settings_changed(struct bank *b)
{
    const struct settings *s = b->deps.settings;
    char voice[VOICE_HEX + 1] = "";
    bool is_off = strcmp(s->tts_bank, "off") == 0;

    b->mode = b->deps.paths->state[0] ? mode_of(s) : BANK_OFF; /* there may be no disk for it */
    remote_open(b);
    if (b->mode != BANK_OFF)
        voice_name(voice, s);
    b->is_full = b->is_done = false; /* there may be more room now */
    if (strcmp(voice, b->voice) != 0) {
        str_copy(b->voice, sizeof(b->voice), voice);
        remote_tts_cancel(b->remote);
        asked_drop(b);
        wanted_done(b);
        bank_index_done(&b->planned);
        b->parts = bank_parts_free(b->parts); /* of the old language; the assistant tells them anew */
        b->missing = 0;
        b->is_surveyed = false;
        bank_store_open(b->store, voice);
    }
    if (is_off)
        bank_store_sweep(b->store);
    step_after(b, STEP_MS);
}

void bank_stats(const struct bank *b, struct bank_stats *ret)
{
    const struct bank_index *kept = bank_store_index(b->store);

    *ret = (struct bank_stats){ .pieces = kept->n, .bytes = kept->bytes, .bytes_max = bytes_max(b),
                                .needed = b->planned.n, .missing = b->missing, .said = b->said,
                                .rendered = b->rendered,
                                .is_open = bank_store_is_open(b->store) };
}

int bank_new(struct bank **ret, const struct bank_deps *d, struct err *e)
{
    const struct bank_store_events events = { on_open, on_kept, on_store_sound, on_said, NULL };
    AUTO(bank_freep) struct bank *b = calloc(1, sizeof(*b));
    struct bank_store_events told = events;
    char folder[PATHS_BYTES];
    int r;

    if (!b)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    b->deps = *d;
    told.user = b;
    r = paths_join(folder, sizeof(folder), d->paths->state, "voices", e);
    if (r >= 0)
        r = bank_store_new(&b->store, folder, d->loop, d->health, &told, e);
    if (r >= 0)
        r = loop_timer_new(&b->timer, d->loop, on_timer, b, e);
    if (r < 0)
        return r;
    bank_settings_changed(b);
    *ret = STEAL(b);
    return 0;
}

struct bank *bank_free(struct bank *b)
{
    if (!b)
        return NULL;
    loop_timer_free(b->timer);
    remote_tts_free(b->remote);
    b->timer = NULL;
    b->remote = NULL;
    b->store = bank_store_free(b->store);
    bank_parts_free(b->parts);
    bank_index_done(&b->planned);
    wanted_done(b);
    str_done(&b->asked);
    pcm_done(&b->pcm);
    free(b); /* a job that hangs knows only the store */
    return NULL;
}
