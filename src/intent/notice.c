/* SPDX-License-Identifier: Apache-2.0 */
/* intent/notice.c - a fault that is told when its words change. */
#include "intent/notice.h"

#include "base/must.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

void notice_tell(struct notice *n, struct bus *bus, int code, const char *text)
{
    if (!text || !text[0]) {
        if (n->text)
            bus_post_fault(bus, n->part, 0, n->well);
        free(n->text);
        n->text = NULL;
        return;
    }
    must(code < 0);
    if (n->text && strcmp(n->text, text) == 0)
        return;
    bus_post_fault(bus, n->part, code, text);
    free(n->text);
    n->text = str_dup(text);
}
