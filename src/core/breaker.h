/* SPDX-License-Identifier: Apache-2.0 */
/* core/breaker.h - circuit breaker: after BREAKER_FAILURES failures in a row a peer is left
 * alone for a while, so that nobody waits for time-outs of something that is gone.
 *
 *   closed --3 failures--> open (30 s) --time--> half open: one probe --success--> closed
 *                            ^ '--the probe failed: twice as long, at most 5 minutes--'
 *
 * Threads: one owner. */
#ifndef JARVIS_CORE_BREAKER_H
#define JARVIS_CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 3, BREAKER_OPEN_MS = 30000, BREAKER_OPEN_MS_MAX = 300000 };

struct breaker { /* zeroed: closed */
    unsigned failures;     /* in a row */
    int64_t open_ms;       /* how long the breaker opens; 0: closed */
    int64_t probe_at_usec; /* monotonic; when the next probe may go */
    bool probing;          /* one is under way */
};

/* May a request go now? While open: the milliseconds until a probe may, else 0. */
int64_t breaker_wait_ms(const struct breaker *b, int64_t now_usec);
/* A request goes. Half open it is the probe, and others wait until it is decided. */
void breaker_begun(struct breaker *b, int64_t now_usec);
/* It was given up: the next one may be the probe. */
void breaker_cancelled(struct breaker *b, int64_t now_usec);
void breaker_succeeded(struct breaker *b);
void breaker_failed(struct breaker *b, int64_t now_usec);

#endif
