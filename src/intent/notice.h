/* SPDX-License-Identifier: Apache-2.0 */
/* intent/notice.h - a fault that is told when its words change, and ended when they are gone.
 * Each notice is a part of its own in core/health, so that none ends another's.
 * Threads: one owner. */
#ifndef JARVIS_INTENT_NOTICE_H
#define JARVIS_INTENT_NOTICE_H

#include "core/bus.h"

struct notice {
    const char *part, *well; /* constant; whose fault, and the words for its end */
    char *text;              /* owned; NULL: all is well */
};

/* `text`: NULL or "" ends the fault. */
void notice_tell(struct notice *n, struct bus *bus, int code, const char *text);

#endif
