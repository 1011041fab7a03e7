/* SPDX-License-Identifier: Apache-2.0 */
/* core/loss.c - the notice that history was lost. */
#include "core/loss.h"

#include "base/must.h"

void loss_tell(struct bus *bus, enum store_notice kind, int code, const char *text)
{
    const char *part = kind == STORE_NOTICE_LOST_CONFIG ? "states" : "history";
    struct err e = ERR_INIT;

    must(code <= 0 && kind >= STORE_NOTICE_LOST_HISTORY);
    if (code < 0)
        err_set(&e, code, "%s (told until `jarvisctl acknowledge`)", text);
    bus_post_fault(bus, part, code, code < 0 ? err_text(&e) : text);
}

/* Writer thread. */
static void loss_on_acknowledged(int code, const char *text, void *user)
{
    if (code < 0)
        bus_post_fault(user, "store", code, text);
}

int loss_acknowledge(struct store *s, struct bus *bus, struct err *e)
{
    if (!s)
        return err_set(e, -ENOENT, "there is no store");
    return store_acknowledge(s, loss_on_acknowledged, bus, e);
}
