/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/local.h - the intents that need nobody else: time, date, and talk with Jarvis itself.
 * Threads: constant. */
#ifndef JARVIS_ASSISTANT_LOCAL_H
#define JARVIS_ASSISTANT_LOCAL_H

#include "assistant/reply.h"

struct local_row {
    const char *intent;
    const char *outcome;   /* of the session: "done", "cancelled" */
    bool hushes;           /* what is being said stops */
    enum reply_place place; /* what `say` fills; PLACE_N: nothing */
    void (*say)(struct str *out, const struct reply *r, int64_t wall_usec);
};

const struct local_row *local_find(const char *intent); /* NULL: not answered here */

#endif
