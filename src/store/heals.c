/* SPDX-License-Identifier: Apache-2.0 */
/* store/heals.c - how often a damaged file is healed. */
#include "store/heals.h"

#include "base/must.h"

int64_t heals_take(struct heals *h, int64_t now_ms)
{
    must(h->n <= HEALS_MAX && h->rest_ms >= 0);
    if (now_ms - h->last_ms >= HEALS_APART_MS)
        *h = (struct heals){ 0 };
    h->last_ms = now_ms;
    if (h->n < HEALS_MAX) {
        h->n++;
        return 0;
    }
    h->rest_ms = h->rest_ms ? 2 * h->rest_ms : HEALS_REST_MS;
    if (h->rest_ms > HEALS_REST_MAX_MS)
        h->rest_ms = HEALS_REST_MAX_MS;
    h->last_ms = now_ms + h->rest_ms;
    must(h->rest_ms >= HEALS_REST_MS && h->rest_ms <= HEALS_REST_MAX_MS);
    return h->rest_ms;
}
