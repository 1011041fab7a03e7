/* SPDX-License-Identifier: Apache-2.0 */
/* web/limit.c - token buckets, one for each client address. */
#include "web/limit.h"

#include <netinet/in.h>
#include <string.h>

unsigned bucket_take(struct bucket *b, double burst, double per_s, int64_t now_usec)
{
    if (b->at_usec == 0)
        b->tokens = burst;
    else if (now_usec > b->at_usec)
        b->tokens += (double)(now_usec - b->at_usec) * per_s / 1e6;
    if (b->tokens > burst)
        b->tokens = burst;
    b->at_usec = now_usec > 0 ? now_usec : 1;
    if (b->tokens >= 1.0) {
        b->tokens -= 1.0;
        return 0;
    }
    return 1 + (unsigned)((1.0 - b->tokens) / per_s);
}

void limit_init(struct limit *l, double burst, double per_s)
{
    memset(l, 0, sizeof(*l));
    l->burst = burst;
    l->per_s = per_s;
}

static void limit_key(uint8_t key[LIMIT_KEY_BYTES], const struct sockaddr *from)
{
    memset(key, 0, LIMIT_KEY_BYTES);
    if (from->sa_family == AF_INET) {
        key[8] = 4; /* no IPv6 network ends so */
        memcpy(key, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        memcpy(key, &((const struct sockaddr_in6 *)from)->sin6_addr, 8);
    }
}

unsigned limit_take(struct limit *l, const struct sockaddr *from, int64_t now_usec)
{
    uint8_t key[LIMIT_KEY_BYTES];
    struct limit_row *oldest = &l->rows[0];

    limit_key(key, from);
    for (size_t i = 0; i < LIMIT_ROWS; i++) {
        struct limit_row *row = &l->rows[i];

        if (row->bucket.at_usec && memcmp(row->key, key, sizeof(key)) == 0)
            return bucket_take(&row->bucket, l->burst, l->per_s, now_usec);
        if (row->bucket.at_usec < oldest->bucket.at_usec)
            oldest = row;
    }
    memcpy(oldest->key, key, sizeof(key));
    oldest->bucket = (struct bucket){ 0 };
    return bucket_take(&oldest->bucket, l->burst, l->per_s, now_usec);
}
