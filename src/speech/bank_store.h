/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_store.h - the pieces of the voice bank on the disk, and their sound.
 *
 *     <state>/voices/<voice>/<piece>.voice      <voice>: sum of server, voice and language
 *
 *     main loop                                          thread "bank" (core/slow)
 *     bank_store_open() ------------------------------>  lists the folder; what is no piece goes
 *     bank_store_keep(sound) --------------------------> cuts, encodes, writes (a new name, then its own)
 *     bank_store_say(pieces) --------------------------> reads and checks all of them, decodes a second
 *         on_sound() <-- a second of it -- ...           of sound at a time, touches what was used
 *
 * A piece that is damaged is thrown away, and nothing of its sentence is said: the sum of every piece is
 * checked before the first sample leaves. When there is no room, what was not said for the longest time gives
 * way (bank_index.h). FREE_BYTES_LEAST of the disk are left to others.
 *
 * Who owns what: texts and samples are copied. What may fail: memory, the disk; told by the events.
 * Bounds: bank_index.h, one sentence and KEEP_MAX pieces under way.
 * Threads: main loop, but the thread inside; on a virtual clock its work is done at once. */
#ifndef JARVIS_SPEECH_BANK_STORE_H
#define JARVIS_SPEECH_BANK_STORE_H

#include "core/health.h"
#include "speech/bank_index.h"
#include "speech/bank_parts.h"

struct bank_store;

struct bank_store_events { /* main loop, never from within a call below */
    void (*on_open)(void *user);                        /* the folder was read */
    /* Of bank_store_keep(); key 0: the folder could not be read. */
    void (*on_kept)(uint64_t key, int code, const char *words, void *user);
    /* Of bank_store_say(). Mono at BANK_RATE_HZ, borrowed. May cancel. */
    void (*on_sound)(const int16_t *frames, size_t n, void *user);
    void (*on_said)(int code, const char *words, void *user);
    void *user; /* borrowed */
};

struct bank_keep { /* borrowed for the call */
    const char *text;
    const int16_t *frames; /* as the voice sent them */
    size_t n;
    unsigned rate_hz;
    uint64_t bytes_max; /* of the whole bank */
    bool makes_room;    /* what is used least gives way to it; else only where there is room */
    bool is_needed;     /* it does not give way itself */
};

/* `folder`: of all voices. -ENOMEM, -EAGAIN. */
int bank_store_new(struct bank_store **ret, const char *folder, struct loop *loop,
                   struct health *health, const struct bank_store_events *events, struct err *e);
/* NULL; itself where the disk hangs: it is left alone for the rest of the process. */
struct bank_store *bank_store_free(struct bank_store *s);

/* The voice that is kept and said from now on; "": none. What is under way for another is dropped. */
void bank_store_open(struct bank_store *s, const char *voice);
bool bank_store_is_open(const struct bank_store *s); /* its folder was read */
/* Removes the other voices, or all when none is open. */
void bank_store_sweep(struct bank_store *s);
bool bank_store_has(const struct bank_store *s, uint64_t key);
void bank_store_need(struct bank_store *s, uint64_t key); /* it does not give way any more */
void bank_store_need_none(struct bank_store *s);
/* Keeps the sound of a text. -EBUSY, -ENOSPC: it is full; on_kept follows after 0. */
int bank_store_keep(struct bank_store *s, const struct bank_keep *k, struct err *e);
bool bank_store_is_keeping(const struct bank_store *s);
/* Says a text in these pieces. -EBUSY; on_said follows after 0, unless it is cancelled. */
int bank_store_say(struct bank_store *s, const char *text, const struct bank_split *split,
                   struct err *e);
void bank_store_hush(struct bank_store *s);
const struct bank_index *bank_store_index(const struct bank_store *s);

#endif
