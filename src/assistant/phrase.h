/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase.h - from what was done to what is said: fills the {places} of a reply and
 * chooses its keys, so that the answer names the action that was done.
 *
 *   MSG_INTENT's json {intent, slots, response?} --.
 *   MSG_ACTED's json  {devices:[{id, name, state}]} --> keys + places -> reply_make()
 *   MSG_DEVICES' json [{id, kind}] ----------------'
 *
 * A device's state is a text, a number, or an object {state, unit, temperature ...}.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_PHRASE_H
#define JARVIS_ASSISTANT_PHRASE_H

#include "assistant/local.h"
#include "assistant/reply.h"
#include "base/json.h"

struct phrase_facts { /* all borrowed */
    const cJSON *intent;
    const cJSON *acted;    /* NULL: nobody acted */
    const cJSON *registry; /* NULL: not known; for the kind of a device */
    int64_t wall_usec;
};

void phrase_done(struct str *out, struct reply *r, const struct phrase_facts *f);
/* The sentence for a failed action, by its errno. */
enum reply_error phrase_action_error(int code);
/* The sentence for a failed language model. */
enum reply_error phrase_llm_error(int code);

#endif
