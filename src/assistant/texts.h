/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/texts.h - typed sentences: the check of what comes, and the queue of what waits.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_TEXTS_H
#define JARVIS_ASSISTANT_TEXTS_H

#include "assistant/reply.h"
#include "core/msg.h"

enum { TEXTS_MAX = 8 };

struct text {
    char *text;         /* owned */
    const char *source; /* constant: who sent it */
    struct origin origin;
    bool speaks;
    int64_t at_usec;
};

struct texts { /* zeroed: empty */
    struct text list[TEXTS_MAX]; /* oldest first */
    size_t n;
};

/* Takes a copy of MSG_TEXT, blanks for line breaks and tabs. -EINVAL: empty, control characters, no
 * UTF-8; -E2BIG: more than ASSISTANT_TEXT_BYTES_MAX; -EBUSY: TEXTS_MAX wait; -ENOMEM. On failure
 * *error is the sentence for it and the queue is untouched. */
int texts_add(struct texts *t, const struct msg *m, enum reply_error *error);
/* The oldest, owned by the caller; false: none. */
bool texts_take(struct texts *t, struct text *ret);
void texts_clear(struct texts *t);

#endif
