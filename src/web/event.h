/* SPDX-License-Identifier: Apache-2.0 */
/* web/event.h - the events that sockets get, in words: one row a type.
 * Threads: constant. */
#ifndef JARVIS_WEB_EVENT_H
#define JARVIS_WEB_EVENT_H

#include <stddef.h>

struct event_doc {
    const char *type;
    const char *fields;
};

extern const struct event_doc event_docs[];
extern const size_t event_docs_n;

#endif
