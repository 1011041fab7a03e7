/* SPDX-License-Identifier: Apache-2.0 */
/* web/event.c - the events that sockets get, in words: one row a type. */
#include "web/event.h"

const struct event_doc event_docs[] = {
    { "hello", "first, and again when events were lost: `state`, `muted`, `about` {name, version, "
               "area, language, wake_phrase}, `faults` [{part, text, at}], `devices`" },
    { "state", "`state` idle, listening, thinking or speaking; `session`" },
    { "level", "ten times a second: `level_db`, `noise_db` (dBFS), `voiced`" },
    { "heard", "`text` that was recognised, `session`" },
    { "session", "`session`: as in `/api/sessions`; comes again when more of it is known" },
    { "devices", "`devices`: all of them, when the list changed" },
    { "device", "`device` {id, state}" },
    { "fault", "`part`, `ok` (works again), `text`, `at` (ms since 1970)" },
    { "mute", "`on`" },
    { "answer", "to the client that asked: as the answer of `/api/chat`, with its `ref`" },
    { "error", "`text`: what was wrong with a message" },
};
const size_t event_docs_n = sizeof(event_docs) / sizeof(event_docs[0]);
