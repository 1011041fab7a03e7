/* SPDX-License-Identifier: Apache-2.0 */
/* intent/learnt.h - what people taught: further names of devices, and sentences of their own that stand for
 * others.
 *
 *   {"text": "ree ding lamp", "device": "floor_lamp", "at": 1760000000000}       a name
 *   {"text": "gimme light", "means": "turn on the kitchen light", "at": ...}     a sentence
 *
 * One list, the newest last, kept as JSON in the state folder. Each text stands once, however it is written.
 * Whether a text may be taught (that it says nothing yet, and no opposite) is for who has the sentences:
 * intent.c. What is read is not trusted: entries that are none are left out and counted.
 * Threads: one owner at a time. */
#ifndef JARVIS_INTENT_LEARNT_H
#define JARVIS_INTENT_LEARNT_H

#include "base/json.h"

enum { LEARNT_MAX = 200, LEARNT_FILE_MAX = 256 << 10 }; /* entries, bytes of the file */
enum { LEARNT_NAME_MAX = 64, LEARNT_SENTENCE_MAX = 200 }; /* bytes */

struct learnt {
    cJSON *list;       /* owned; [entries] */
    unsigned left_out; /* of the file that was read */
};

/* A missing file is an empty list. -EINVAL (no JSON array), -E2BIG, -EIO ...: the list is empty then. */
int learnt_read(struct learnt *ret, const char *path, struct err *e);
void learnt_done(struct learnt *l);
/* Exactly one of `device` and `means`. -EINVAL, -E2BIG, -EEXIST (the text is taught already), -ENOSPC
 * (LEARNT_MAX), -ENOMEM. */
int learnt_add(struct learnt *l, const char *text, const char *device, const char *means,
               int64_t at_ms, struct err *e);
/* -ENOENT: it was not taught. */
int learnt_forget(struct learnt *l, const char *text, struct err *e);
/* The sentence that the text stands for; NULL: none. Borrowed. */
const char *learnt_means(const struct learnt *l, const char *text);
/* Adds the names to the aliases of `devices` (MSG_DEVICES' json); false: out of memory. */
bool learnt_name(cJSON *devices, const struct learnt *l);

#endif
