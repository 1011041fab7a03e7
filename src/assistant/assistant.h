/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/assistant.h - the dialogue: several conversations at once, and the one place where a
 * reply is made.
 *
 *   idle --wake/button--> listening --speech end--> thinking --reply stored--> speaking --> idle
 *    ^ '------text------------------------------------^                            |
 *    '------------------------------- wake word = barge-in: hush, new turn --------'
 *
 * thinking: MSG_UNDERSTAND -> MSG_INTENT -> (time, date: answered here | MSG_ACT -> MSG_ACTED)
 * -> reply text by share/responses/<language>.yaml; no match -> language model where one is
 * configured (streamed sentence by sentence), else an honest "I did not understand".
 * A reply is spoken and a typed sentence answered only after MSG_STORED, or 500 ms later
 * when the store does not answer. Every wait has a deadline: nothing hangs.
 * Below this: conversation.h (who is talked with), turn.h (one sentence and its answer), voice.h (the
 * loudspeaker), llm_pool.h and model_turn.c (language model), typed.h, announce.h, reply.h (words), llm.h
 * (client), stream.h (NDJSON and SSE parser), sentences.h (cuts a stream into speakable sentences).
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_ASSISTANT_H
#define JARVIS_ASSISTANT_ASSISTANT_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/filter.h"
#include "core/settings.h"

enum { ASSISTANT_TEXT_BYTES_MAX = 10240 };

struct assistant;

struct assistant_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
    struct filters *filters;  /* NULL: none */
    uint64_t last_session_id; /* newest in the store: ids go on rising after a restart */
};

int assistant_new(struct assistant **ret, const struct assistant_deps *d, struct err *e);
struct assistant *assistant_free(struct assistant *a);
AUTO_DEFINE(struct assistant *, assistant_free)
/* The first stage of the program's stop: every open turn ends as "stopped" - its session is posted, who
 * asked is answered - and new ones are refused. The bus still has to deliver what was posted. */
void assistant_stop(struct assistant *a);
/* Ids of sessions from now on are above `last` too: a store that opened late tells what it has. */
void assistant_ids_above(struct assistant *a, uint64_t last);
bool assistant_is_busy(const struct assistant *a); /* a turn is open, a text waits, somebody speaks */
/* "idle", "listening", "thinking", "speaking" */
const char *assistant_state(const struct assistant *a);


struct assistant_stats {
    unsigned conversations, turns; /* remembered; of them under way */
    unsigned waiting;              /* typed sentences */
    uint64_t waiting_bytes;
    uint64_t refused;              /* sentences and buttons, since the start */
    uint64_t given_way;            /* idle conversations forgotten for new ones */
    uint64_t filtered, filters_late; /* texts through the filters; filters that were passed over */
};
void assistant_stats(const struct assistant *a, struct assistant_stats *ret);

#endif
