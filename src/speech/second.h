/* SPDX-License-Identifier: Apache-2.0 */
/* speech/second.h - the second opinion: where jarvis-stt is not sure what was said, the same sound goes to a
 * dictation engine of this box (speech/dictate.h) and to a recogniser on another machine (speech/remote_stt.h),
 * in the order of engine.order: the other one is asked where the first has no answer.
 *
 *   listen thread: second_begin(), second_add()   the sound of the sentence under way is kept
 *   main loop:     second_ask()  -> one, then the other -> on_heard(session, text), once
 *
 * Sound is kept only while there is one to ask, and only of one sentence; a sentence longer than
 * REMOTE_STT_SECONDS_MAX is not asked about. The wake phrase at its start is taken off the text: it was
 * said to this box. The names of the house go with the sound as a hint (speech/hint.h); an answer that is
 * nothing but the hint is none. What the other one says is heard, not done: it goes the way of every spoken sentence.
 * Their faults are those of the parts "stt.remote" and "engine.dictation". Where one of them is the only one that could know the language of
 * the house and there is none, that is a fault of the part "stt.language".
 *
 * Owner: speech/stt.c. May fail: making (-ENOMEM); all else ends in on_heard(NULL) or "not asked".
 * Threads: as above; the sound changes hands under a lock that is held for no copy. */
#ifndef JARVIS_SPEECH_SECOND_H
#define JARVIS_SPEECH_SECOND_H

#include "core/bus.h"
#include "core/engines.h"

#include <stddef.h>
#include <stdint.h>

struct second;

struct second_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct engines *engines; /* NULL: none is ever there */
    /* Main loop, never from within second_ask(). NULL: nobody heard anything, or can be asked. `may_act`: a
     * command in it may be done; else only asked back. */
    void (*on_heard)(uint64_t session, const char *text, bool may_act, void *user);
    void *user;
};

int second_new(struct second **ret, const struct second_deps *d, struct err *e);
struct second *second_free(struct second *s); /* after the listen thread has ended */
AUTO_DEFINE(struct second *, second_free)

/* ---- listen thread ---- */
void second_begin(struct second *s, uint32_t serial); /* forgets the sentence before */
void second_add(struct second *s, const int16_t *samples, size_t n);

/* ---- main loop ---- */
/* The house changed (json of MSG_DEVICES): its names go with the next question, as a hint. */
void second_house(struct second *s, const cJSON *devices);
void second_settings_changed(struct second *s); /* stt.*, or the language */
/* Is it asked about utterance `serial`? false: there is none to ask, or no sound of it. */
bool second_ask(struct second *s, uint32_t serial, uint64_t session);
void second_forget(struct second *s, uint64_t session); /* on_heard() does not come for it */
bool second_is_asked(const struct second *s);
/* Who is asked, in order: a list of {name, kind, ready}, owned by the caller; NULL: out of memory. */
cJSON *second_order(const struct second *s);

/* `text` without the phrase at its start and what stands between; all of it where it begins otherwise. */
const char *second_without(const char *text, const char *phrase);

#endif
