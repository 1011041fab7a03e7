/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/outbox.h - the sentences of one reply on their way to the voice.
 *
 *   outbox_add() -> waiting -> outbox_next() -> said by the voice -> outbox_said()
 *
 * At most DIALOG_SAYS_MAX sentences are with the voice at once; the others wait here. Serials rise
 * through all replies, so that a late word about an old reply is not taken for a new one.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_OUTBOX_H
#define JARVIS_ASSISTANT_OUTBOX_H

#include "base/str.h"

#include <stdint.h>

struct outbox { /* zeroed: empty */
    struct str waiting; /* owned; sentences, each ended by a line feed */
    size_t head;        /* bytes of it that went out */
    uint32_t first;     /* serials of this reply are first+1 .. sent */
    uint32_t sent, said;
    bool is_whole;      /* nothing more will be added */
};

void outbox_add(struct outbox *o, const char *text); /* a line feed inside counts as a blank */
/* The next sentence for the voice, with serial o->sent, owned by the caller; NULL: none now. The
 * last one of a whole reply only comes when `last_may_go`. */
char *outbox_next(struct outbox *o, bool last_may_go, bool *last);
bool outbox_owns(const struct outbox *o, uint32_t serial); /* is it with the voice? */
void outbox_said(struct outbox *o, uint32_t serial);       /* it, and all before it */
bool outbox_is_silent(const struct outbox *o); /* nothing is with the voice */
bool outbox_is_over(const struct outbox *o);   /* whole, and nothing is left */
void outbox_clear(struct outbox *o);           /* forgets the reply; serials go on */

#endif
