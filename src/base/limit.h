/* SPDX-License-Identifier: Apache-2.0 */
/* base/limit.h - token buckets: so many at once, then so many a second.
 *
 * Whoever can make work for the assistant pays for it at the door, before anything is posted: a
 * bucket for each origin and each kind of message (web/client.c, web/http.c, app/commands.c). So
 * the bus is bounded by burst + rate x origins, whatever is sent. A table holds one bucket for
 * each key; when it is full, the one that was used longest ago (and so is the fullest) makes room.
 * Threads: one owner. Owns nothing; nothing can fail. */
#ifndef JARVIS_BASE_LIMIT_H
#define JARVIS_BASE_LIMIT_H

#include <stdint.h>
#include <sys/socket.h>

enum { LIMIT_ROWS = 64, LIMIT_KEY_BYTES = 16 };

struct rate {
    double burst, per_s; /* both above 0 */
};

struct bucket {
    int64_t at_usec; /* monotonic time of the last look; 0: never */
    double tokens;
};

/* 0: go on; else the whole seconds after which it is worth trying again. A clock that stands still
 * or steps back gives nothing. */
unsigned bucket_take(struct bucket *b, const struct rate *rate, int64_t now_usec);

struct limit_key {
    uint8_t bytes[LIMIT_KEY_BYTES];
};

/* The IPv4 address, or the IPv6 network of 64 bits (one household, one bucket). */
struct limit_key limit_key_address(const struct sockaddr *from);

struct limit { /* zeroed: empty */
    struct limit_row {
        struct limit_key key;
        struct bucket bucket;
    } rows[LIMIT_ROWS];
};

unsigned limit_take(struct limit *l, const struct limit_key *key, const struct rate *rate,
                    int64_t now_usec);

#endif
