/* SPDX-License-Identifier: Apache-2.0 */
/* speech/second.h - the second opinion: where jarvis-stt is not sure what was said, the same sound goes to a
 * recogniser on another machine (speech/remote_stt.h).
 *
 *   listen thread: second_begin(), second_add()   the sound of the sentence under way is kept
 *   main loop:     second_ask()  -> remote recogniser -> on_heard(session, text), once
 *
 * Sound is kept only while `stt.remote` names one, and only of one sentence; a sentence longer than
 * REMOTE_STT_SECONDS_MAX is not asked about. The wake phrase at its start is taken off the text: it was
 * said to this box. The names of the house go with the sound as a hint (speech/hint.h); an answer that is
 * nothing but the hint is none. What the other one says is heard, not done: it goes the way of every spoken sentence.
 * Its faults are those of the part "stt.remote". Where it is the only one that could know the language of
 * the house and there is none, that is a fault of the part "stt.language".
 *
 * Owner: speech/stt.c. May fail: making (-ENOMEM); all else ends in on_heard(NULL) or "not asked".
 * Threads: as above; the sound changes hands under a lock that is held for no copy. */
#ifndef JARVIS_SPEECH_SECOND_H
#define JARVIS_SPEECH_SECOND_H

#include "core/bus.h"
#include "core/settings.h"

#include <stddef.h>
#include <stdint.h>

struct second;

struct second_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    /* Main loop, never from within second_ask(). NULL: it heard nothing, or cannot be asked. */
    void (*on_heard)(uint64_t session, const char *text, void *user);
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

/* `text` without the phrase at its start and what stands between; all of it where it begins otherwise. */
const char *second_without(const char *text, const char *phrase);

#endif
