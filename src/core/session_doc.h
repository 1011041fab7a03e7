/* SPDX-License-Identifier: Apache-2.0 */
/* core/session_doc.h - the document of one session: what was heard, meant, done and answered.
 *
 *   assistant -- session_doc_make() --> document (flat JSON, MSG_SESSION, MSG_ANSWER)
 *        |-- keeper: session_doc_detail() --> the store's row: columns and one JSON text
 *        |-- web:    session_doc_view()   --> {columns..., "detail": {the rest}}
 *        '-- control socket, laboratory: the document itself
 *
 * One table says which keys there are, which stand in columns of their own and which in the detail;
 * nobody else lists them. `id` is written out in full (cJSON would make 1.79e+15 of it): take it
 * from the message, or from text.
 *
 *   id, at (wall ms), source, heard, intent, reply, outcome            columns
 *   endpoint, slots, template, sent [texts], publishes (scripts of earlier versions read it), error, corrected, lacks, refused, nearest, nearest_text, rest,
 *   examples, timeline
 *
 * outcome: "done", "failed", "not_understood", "cancelled", "asked" (Jarvis asked back), "stopped"
 * (the program ended in the middle).
 * Threads: no shared state. */
#ifndef JARVIS_CORE_SESSION_DOC_H
#define JARVIS_CORE_SESSION_DOC_H

#include "core/timeline.h"

#include <stdbool.h>
#include <stdint.h>

struct session_doc { /* all borrowed; NULL: not there */
    uint64_t id;
    int64_t wall_usec; /* when it began */
    uint64_t endpoint;
    const char *source, *heard, *reply, *outcome, *error;
    const cJSON *intent; /* MSG_INTENT's json: intent, slots, template, or what was near */
    const cJSON *sent;   /* texts for people: what left for the house */
    const cJSON *publishes; /* the same of MQTT, [{topic, payload, sent}], for scripts; NULL: none */
    const struct timeline *timeline;
};

/* Owned by the caller; NULL: out of memory. */
cJSON *session_doc_make(const struct session_doc *d);
/* The detail of a document as one JSON text, owned by the caller; NULL: out of memory. */
char *session_doc_detail(const cJSON *doc);
/* A document as clients list it, owned by the caller; NULL: out of memory. A part that the document
 * lacks is null among the columns and missing in the detail. */
cJSON *session_doc_view(const cJSON *doc, uint64_t id);
/* Puts a session's number into an object in full, in place of one that is there; false: out of
 * memory. */
bool session_doc_put_id(cJSON *to, const char *key, uint64_t id);
/* "box", "websocket/12": an endpoint as people read it. */
void session_doc_endpoint(char *ret, size_t size, uint64_t endpoint);

#endif
