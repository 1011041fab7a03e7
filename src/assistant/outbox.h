/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/outbox.h - the sentences of one reply on their way to the loudspeaker.
 *
 *   outbox_add() -> waiting -> outbox_next() -> said by the voice -> outbox_said()
 *
 * At most OUTBOX_SAYS_MAX sentences are with the voice at once; the others wait here. The serials of
 * what was given to the voice are first+1 .. sent, of which those up to `said` are over; voice.h
 * gives out the numbers.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_OUTBOX_H
#define JARVIS_ASSISTANT_OUTBOX_H

#include "base/str.h"

#include <stdint.h>

enum { OUTBOX_SAYS_MAX = 4 };

struct outbox { /* zeroed: empty */
    struct str waiting; /* owned; sentences, each ended by a line feed */
    size_t head;        /* bytes of it that went out */
    uint32_t first, sent, said; /* serials */
    bool is_whole;      /* nothing more will be added */
    bool is_held;       /* the last of those that wait must not go yet */
};

void outbox_add(struct outbox *o, const char *text); /* a line feed inside counts as a blank */
/* The first serial that may be used is serial + 1; only while nothing was sent. */
void outbox_begin(struct outbox *o, uint32_t serial);
/* The next sentence for the voice, with serial o->sent, owned by the caller; NULL: none now. */
char *outbox_next(struct outbox *o, bool *last);
bool outbox_owns(const struct outbox *o, uint32_t serial); /* is it with the voice? */
void outbox_said(struct outbox *o, uint32_t serial);       /* it, and all before it */
bool outbox_is_empty(const struct outbox *o);  /* nothing waits and nothing was sent */
bool outbox_is_silent(const struct outbox *o); /* nothing is with the voice */
bool outbox_is_over(const struct outbox *o);   /* whole, and nothing is left */
void outbox_clear(struct outbox *o);           /* frees; empty again */

#endif
