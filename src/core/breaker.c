/* SPDX-License-Identifier: Apache-2.0 */
/* core/breaker.c - circuit breaker.
 *
 * The first request after probe_at_usec is the probe and moves probe_at_usec on, so that the others
 * wait for what it finds; one that is cancelled gives it back. Requests that were under way when the
 * breaker opened may still fail: they say nothing new. */
#include "core/breaker.h"

#include "base/must.h"

int64_t breaker_wait_ms(const struct breaker *b, int64_t now_usec)
{
    if (b->open_ms == 0 || now_usec >= b->probe_at_usec)
        return 0;
    return (b->probe_at_usec - now_usec + 999) / 1000;
}

void breaker_begun(struct breaker *b, int64_t now_usec)
{
    must(breaker_wait_ms(b, now_usec) == 0);
    if (b->open_ms == 0)
        return;
    b->probing = true;
    b->probe_at_usec = now_usec + b->open_ms * 1000;
}

void breaker_cancelled(struct breaker *b, int64_t now_usec)
{
    if (b->probing)
        b->probe_at_usec = now_usec;
    b->probing = false;
}

void breaker_succeeded(struct breaker *b)
{
    *b = (struct breaker){ 0 };
}

void breaker_failed(struct breaker *b, int64_t now_usec)
{
    b->failures++;
    if (b->failures < BREAKER_FAILURES || (b->open_ms > 0 && !b->probing))
        return;
    b->probing = false;
    if (b->open_ms == 0)
        b->open_ms = BREAKER_OPEN_MS;
    else if (b->open_ms > BREAKER_OPEN_MS_MAX / 2)
        b->open_ms = BREAKER_OPEN_MS_MAX;
    else
        b->open_ms *= 2;
    b->probe_at_usec = now_usec + b->open_ms * 1000;
    must(b->open_ms >= BREAKER_OPEN_MS && b->open_ms <= BREAKER_OPEN_MS_MAX);
}
