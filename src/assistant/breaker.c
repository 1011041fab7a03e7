/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/breaker.c - circuit breaker.
 *
 * Half open needs no state of its own: requests go one at a time, so the first one after
 * probe_at_usec is the probe, and a probe that is cancelled leaves the place to the next. */
#include "assistant/breaker.h"

int64_t breaker_wait_ms(const struct breaker *b, int64_t now_usec)
{
    if (b->open_ms == 0 || now_usec >= b->probe_at_usec)
        return 0;
    return (b->probe_at_usec - now_usec + 999) / 1000;
}

void breaker_succeeded(struct breaker *b)
{
    *b = (struct breaker){ 0 };
}

void breaker_failed(struct breaker *b, int64_t now_usec)
{
    b->failures++;
    if (b->failures < BREAKER_FAILURES)
        return;
    if (b->open_ms == 0)
        b->open_ms = BREAKER_OPEN_MS;
    else if (b->open_ms > BREAKER_OPEN_MS_MAX / 2)
        b->open_ms = BREAKER_OPEN_MS_MAX;
    else
        b->open_ms *= 2;
    b->probe_at_usec = now_usec + b->open_ms * 1000;
}
