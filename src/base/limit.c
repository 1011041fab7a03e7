/* SPDX-License-Identifier: Apache-2.0 */
/* base/limit.c - token buckets, alone and in a table. */
#include "base/limit.h"

#include "base/must.h"

#include <netinet/in.h>
#include <string.h>

unsigned bucket_take(struct bucket *b, const struct rate *rate, int64_t now_usec)
{
    must(rate->burst >= 1.0 && rate->per_s > 0.0);
    if (b->at_usec == 0)
        b->tokens = rate->burst;
    else if (now_usec > b->at_usec)
        b->tokens += (double)(now_usec - b->at_usec) * rate->per_s / 1e6;
    if (b->tokens > rate->burst)
        b->tokens = rate->burst;
    must(b->tokens >= 0.0);
    b->at_usec = now_usec > 0 ? now_usec : 1;
    if (b->tokens >= 1.0) {
        b->tokens -= 1.0;
        return 0;
    }
    /* a token is at most 1 / per_s seconds away */
    return 1 + (unsigned)((1.0 - b->tokens) / rate->per_s);
}

struct limit_key limit_key_address(const struct sockaddr *from)
{
    struct limit_key key = { { 0 } };

    if (from->sa_family == AF_INET) {
        key.bytes[8] = 4; /* no IPv6 network ends so */
        memcpy(key.bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        memcpy(key.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 8);
    }
    return key;
}

unsigned limit_take(struct limit *l, const struct limit_key *key, const struct rate *rate,
                    int64_t now_usec)
{
    struct limit_row *oldest = &l->rows[0];

    for (size_t i = 0; i < LIMIT_ROWS; i++) {
        struct limit_row *row = &l->rows[i];

        if (row->bucket.at_usec && memcmp(&row->key, key, sizeof(*key)) == 0)
            return bucket_take(&row->bucket, rate, now_usec);
        if (row->bucket.at_usec < oldest->bucket.at_usec)
            oldest = row;
    }
    *oldest = (struct limit_row){ .key = *key };
    return bucket_take(&oldest->bucket, rate, now_usec);
}
