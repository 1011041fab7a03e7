/* SPDX-License-Identifier: Apache-2.0 */
/* core/loss.c - the notice that history was lost. */
#include "core/loss.h"

#include "base/must.h"

void loss_tell(struct bus *bus, int code, const char *text)
{
    struct err e = ERR_INIT;

    must(code < 0);
    err_set(&e, code, "%s (told until `jarvisctl acknowledge`)", text);
    bus_post_fault(bus, "history", code, err_text(&e));
}

/* Writer thread. */
static void loss_on_acknowledged(int code, const char *text, void *user)
{
    if (code >= 0)
        bus_post_fault(user, "history", 0, "the loss was acknowledged");
    else
        bus_post_fault(user, "store", code, text);
}

int loss_acknowledge(struct store *s, struct bus *bus, struct err *e)
{
    if (!s)
        return err_set(e, -ENOENT, "there is no store");
    return store_acknowledge(s, loss_on_acknowledged, bus, e);
}
