/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank.h - the voice bank: the good voice of another machine, kept for when that machine is away.
 *
 *   MSG_PHRASES -> what answers fall apart into (bank_parts.h) --.
 *   what was really said, most often first ----------------------+-> missing pieces, one at a time
 *       -> tts.remote, while nobody is served, a pause apart -> bank_store.h
 *   bank_say(answer): all its pieces are there -> sound; else -ENOENT, and another voice says the whole
 *
 * An answer that is one piece is said from the bank even where the server is reachable: it is the same
 * voice, and it begins at once. Answers in several pieces are for when it is not.
 * What is kept is the house's: answers that fall apart into MSG_PHRASES. What a language model or a person
 * says is never kept.
 * Faults are those of the part "tts.bank": told once, ended by the next success.
 * Who owns what: all is copied. Bounds: tts.bank_mb, BANK_WANTED_MAX answers remembered.
 * Decided in docs/adr/0029. Threads: main loop. */
#ifndef JARVIS_SPEECH_BANK_H
#define JARVIS_SPEECH_BANK_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/health.h"
#include "core/settings.h"

enum { BANK_WANTED_MAX = 64, BANK_ONE_PIECE = 1, BANK_ANY_PIECES = 16 };

struct bank;

struct bank_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    struct health *health; /* may be NULL */
    const struct settings *settings;
    const struct paths *paths;
    /* Main loop, never from within bank_say(). Mono, borrowed. May hush. */
    void (*on_sound)(const int16_t *frames, size_t n, unsigned rate_hz, void *user);
    void (*on_end)(int code, void *user); /* of what bank_say() took; not after bank_hush() */
    void *user;
};

int bank_new(struct bank **ret, const struct bank_deps *d, struct err *e);
struct bank *bank_free(struct bank *b);
AUTO_DEFINE(struct bank *, bank_free)
void bank_settings_changed(struct bank *b); /* another voice is another bank; hushes */
void bank_phrases(struct bank *b, const cJSON *phrases);
/* Somebody is served, or nobody any more: nothing is rendered meanwhile. */
void bank_busy(struct bank *b, bool is_busy);

/* Can it say this in so many pieces at most? */
bool bank_can_say(struct bank *b, const char *text, unsigned pieces);
int bank_say(struct bank *b, const char *text, unsigned pieces); /* -ENOENT, -EBUSY, -ENOMEM */
void bank_hush(struct bank *b);
/* This was said, in whatever voice: it is worth to be kept whole. */
void bank_heard(struct bank *b, const char *text);
/* The voice elsewhere said it just now, and this is how it sounded. */
void bank_offer(struct bank *b, const char *text, const int16_t *frames, size_t n, unsigned rate_hz);

struct bank_stats {
    uint64_t pieces, bytes, bytes_max; /* kept */
    uint64_t needed, missing; /* pieces that answers fall apart into; of these not kept yet */
    uint64_t said, rendered;  /* answers from the bank, pieces made, since the start */
    bool is_open;
};
void bank_stats(const struct bank *b, struct bank_stats *ret);

#endif
