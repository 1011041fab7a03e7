/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/answers.h - the replies of Home Assistant's sentence collections, where a person has put them:
 *
 *   etc/responses/<language>/<any>.yaml   responses.intents.<Intent>.<key>: a template (response.h)
 *
 * The folder lies beside that of the sentences, as in their repository. What a template sees is made of
 * what was understood and of what the house did (phrase.h):
 *   slots.<name>   as it was said, else its value; date and time where one is asked for
 *   state          the first device of query.matched, else of query.unmatched: name, state (in words), domain,
 *                  entity_id, attributes, state_with_unit
 *   query          matched, unmatched (by the slot `state`), total_results
 *   state_attr(entity_id, name)
 * A template that cannot be read or rendered is told once, with file and line, and not asked again: the
 * reply is then ours. Bounds: response.h, and ANSWERS_*.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_ANSWERS_H
#define JARVIS_ASSISTANT_ANSWERS_H

#include "assistant/phrase.h"

enum { ANSWERS_MAX = 2000, ANSWERS_FILES_MAX = 500, ANSWERS_FILE_BYTES_MAX = 1 << 20 };

struct answers;

/* `text`: "/etc/.../HassTurnOn.yaml line 7: ...". Runs inside the call that found it. */
struct answers_told {
    void (*complain)(const char *text, void *user); /* NULL: nobody listens */
    void *user;                                     /* borrowed for as long as the answers live */
};

/* -ENOENT: no such folder, or no file in it; -ENOMEM. Faults inside are complaints. */
int answers_load(struct answers **ret, const char *folder, const struct answers_told *told, struct err *e);
struct answers *answers_free(struct answers *a);
AUTO_DEFINE(struct answers *, answers_free)

/* Adds the reply under this key; `words`: for states. -ENOENT: there is none; else as response_render(),
 * and nothing was added. */
int answers_say(struct str *out, struct answers *a, const char *key, const struct reply *words,
                const struct phrase_facts *f, struct err *e);
/* For phrase_done(): the installed reply, where there is one and it may be said: that a device is away or
 * was not heard of since the start only our own words say, and a reply without a key speaks of one device. */
bool answers_try(struct str *out, const struct reply *r, const struct phrase_facts *f);

#endif
