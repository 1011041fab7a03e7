/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/announce.h - texts that somebody wants spoken by the box (MSG_ANNOUNCE): a place among
 * the others before the loudspeaker, and one answer to who asked.
 *
 *   MSG_ANNOUNCE -> announce_take() -> voice.h (VOICE_OTHER) -> MSG_ANSWER
 *
 * Answers: 0 it was said; -EINVAL, -E2BIG bad text; -EBUSY ANNOUNCE_MAX wait; -ECANCELED silenced by
 * the wake word, the button or "stop"; -ETIMEDOUT; what the voice says; -ESHUTDOWN.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_ANNOUNCE_H
#define JARVIS_ASSISTANT_ANNOUNCE_H

#include "assistant/reply.h"
#include "assistant/voice.h"

enum { ANNOUNCE_MAX = 8, ANNOUNCE_TEXT_BYTES_MAX = 2000 };

struct announcer;

/* All borrowed; *words are those of the box's language at the time. */
int announcer_new(struct announcer **ret, struct voice *voice, struct bus *bus,
                  struct reply *const *words, struct err *e);
struct announcer *announcer_free(struct announcer *a); /* before the voice */
AUTO_DEFINE(struct announcer *, announcer_free)
void announce_take(struct announcer *a, const struct msg *m);
/* All that wait or speak are answered with -ESHUTDOWN. */
void announcer_stop(struct announcer *a);

#endif
