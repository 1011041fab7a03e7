/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/assistant.h - the dialogue: one state machine, one session at a time, and the
 * one place where a reply is made.
 *
 *   idle --wake/button--> listening --speech end--> thinking --reply stored--> speaking --> idle
 *    ^ '------text------------------------------------^                            |
 *    '------------------------------- wake word = barge-in: hush, new session -----'
 *
 * thinking: MSG_UNDERSTAND -> MSG_INTENT -> (time, date: answered here | MSG_ACT -> MSG_ACTED)
 * -> reply text by share/responses/<language>.yaml; no match -> language model where one is
 * configured (streamed sentence by sentence), else an honest "I did not understand".
 * A reply is spoken and a typed sentence answered only after MSG_STORED, or 500 ms later
 * when the store does not answer. Every wait has a deadline: nothing hangs.
 * Below this: dialog.h (states), reply.h (words), llm.h (clients), stream.h (NDJSON and SSE
 * parser), sentences.h (cuts a stream into speakable sentences).
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_ASSISTANT_H
#define JARVIS_ASSISTANT_ASSISTANT_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/settings.h"

enum { ASSISTANT_TEXT_BYTES_MAX = 10240 };

struct assistant;

struct assistant_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
    uint64_t last_session_id; /* newest in the store: ids go on rising after a restart */
};

int assistant_new(struct assistant **ret, const struct assistant_deps *d, struct err *e);
struct assistant *assistant_free(struct assistant *a);
AUTO_DEFINE(struct assistant *, assistant_free)
bool assistant_is_busy(const struct assistant *a); /* a session is open or a text waits */
/* "idle", "listening", "thinking", "speaking" */
const char *assistant_state(const struct assistant *a);

#endif
