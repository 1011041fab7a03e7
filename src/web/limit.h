/* SPDX-License-Identifier: Apache-2.0 */
/* web/limit.h - token buckets: so many requests at once, then so many a second. One bucket for
 * each client address; when the table is full the bucket that was used longest ago (and so is
 * the fullest) makes room.
 * Threads: one owner. */
#ifndef JARVIS_WEB_LIMIT_H
#define JARVIS_WEB_LIMIT_H

#include <stdint.h>
#include <sys/socket.h>

enum { LIMIT_ROWS = 64, LIMIT_KEY_BYTES = 16 };

struct bucket {
    int64_t at_usec; /* monotonic time of the last look; 0: never */
    double tokens;
};

struct limit {
    double burst, per_s;
    struct limit_row {
        uint8_t key[LIMIT_KEY_BYTES]; /* IPv6 network of 64 bits, or the IPv4 address */
        struct bucket bucket;
    } rows[LIMIT_ROWS];
};

/* 0: go on; else the whole seconds after which it is worth trying again. */
unsigned bucket_take(struct bucket *b, double burst, double per_s, int64_t now_usec);
void limit_init(struct limit *l, double burst, double per_s);
unsigned limit_take(struct limit *l, const struct sockaddr *from, int64_t now_usec);

#endif
