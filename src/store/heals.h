/* SPDX-License-Identifier: Apache-2.0 */
/* store/heals.h - how often a damaged file is healed before the disk is given up on for a while.
 *
 *     damaged -> healed, damaged -> healed, ... HEALS_MAX in a row
 *     and again -> rest 1 min -> one try -> rest 2 min -> one try ... at most an hour apart
 *     HEALS_APART_MS without damage: all is forgotten
 *
 * A healing costs a new file, a copy of the old one and a rescue of its rows: a disk that damages
 * each new file at once would be written full by them, and people told of a loss without end.
 * Owner: plain value of the writer. Nothing here can fail. Threads: the writer's. */
#ifndef JARVIS_STORE_HEALS_H
#define JARVIS_STORE_HEALS_H

#include <stdint.h>

enum {
    HEALS_MAX = 3,
    HEALS_APART_MS = 10 * 60 * 1000,
    HEALS_REST_MS = 60 * 1000,
    HEALS_REST_MAX_MS = 60 * 60 * 1000,
};

struct heals { /* all zero: never */
    unsigned n;      /* in a row */
    int64_t last_ms; /* when the last of them was, or the try after a rest is due */
    int64_t rest_ms; /* the last rest */
};

/* A file is damaged. 0: heal it now; else so long the store is to rest before it does. */
int64_t heals_take(struct heals *h, int64_t now_ms);

#endif
