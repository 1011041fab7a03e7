/* SPDX-License-Identifier: Apache-2.0 */
/* intent/hold.c - who waits until the sentences are made. */
#include "intent/hold.h"

#include "base/must.h"

static bool hold_put(struct hold *h, struct held one)
{
    must(h->n <= HOLD_MAX && h->first < HOLD_MAX && !one.m == (one.fn != NULL));
    if (h->n == HOLD_MAX)
        return false;
    h->list[(h->first + h->n) % HOLD_MAX] = one;
    h->n++;
    return true;
}

bool hold_message(struct hold *h, const struct msg *m)
{
    AUTO(msg_freep) struct msg *copy = h->n < HOLD_MAX ? msg_copy(m) : NULL;

    if (!copy || !hold_put(h, (struct held){ .m = copy }))
        return false;
    copy = NULL;
    return true;
}

bool hold_call(struct hold *h, hold_fn fn, void *user)
{
    return hold_put(h, (struct held){ .fn = fn, .user = user });
}

bool hold_take(struct hold *h, struct held *ret)
{
    if (h->n == 0)
        return false;
    *ret = h->list[h->first];
    h->list[h->first] = (struct held){ 0 };
    h->first = (h->first + 1) % HOLD_MAX;
    h->n--;
    must(!ret->m == (ret->fn != NULL));
    return true;
}

void hold_done(struct hold *h)
{
    struct held one;

    while (hold_take(h, &one)) {
        if (one.fn)
            one.fn(-ECANCELED, one.user);
        msg_free(one.m);
    }
}
