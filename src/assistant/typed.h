/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/typed.h - typed sentences: the check of what comes, and the queue of what waits in one
 * conversation.
 *
 *   MSG_TEXT -> typed_add() -> [while a sentence before it is understood or done] -> typed_take()
 *
 * Bounded twice: TYPED_MAX sentences and TYPED_BYTES_MAX bytes a conversation, and all conversations
 * together by the struct typed_sum that they share (TYPED_SUM_MAX, TYPED_SUM_BYTES_MAX). Nothing gives
 * way: who comes when it is full is told so.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_TYPED_H
#define JARVIS_ASSISTANT_TYPED_H

#include "assistant/reply.h"
#include "core/msg.h"

enum {
    TYPED_MAX = 8,
    TYPED_BYTES_MAX = 32768,
    TYPED_SUM_MAX = 256,
    TYPED_SUM_BYTES_MAX = 1 << 20,
};

struct typed_text {
    char *text;         /* owned */
    const char *source; /* constant: who sent it */
    struct origin origin;
    bool speaks;
    int64_t at_usec;
};

struct typed_sum { /* zeroed: nothing waits anywhere */
    size_t n, bytes;
};

struct typed { /* zeroed: empty */
    struct typed_text list[TYPED_MAX]; /* oldest first */
    size_t n, bytes;
};

/* Is it a text that people can have written? -EINVAL, -E2BIG; *error is the sentence for it. */
int typed_check_text(const char *text, enum reply_error *error);
/* Takes a copy of MSG_TEXT, blanks for line breaks and tabs. -EINVAL: empty, control characters, no
 * UTF-8; -E2BIG: more than ASSISTANT_TEXT_BYTES_MAX; -EBUSY: a bound is reached; -ENOMEM. On failure
 * *error is the sentence for it and the queue is untouched. */
int typed_add(struct typed *t, struct typed_sum *sum, const struct msg *m, enum reply_error *error);
/* The oldest, owned by the caller; false: none. */
bool typed_take(struct typed *t, struct typed_sum *sum, struct typed_text *ret);

#endif
