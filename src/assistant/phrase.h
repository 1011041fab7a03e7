/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase.h - from what was done to what is said: fills the {places} of a reply and
 * chooses its keys, so that the answer names the action that was done.
 *
 *   MSG_INTENT's json {intent, slots, response?} -------------------.
 *   MSG_ACTED's json  {devices:[{id, name, area, kind, class, state,   --> keys + places -> reply_make()
 *                      did: {command: value}}],
 *                      missed:[{id, name, why}]}                     |
 *   MSG_DEVICES' json [{id, kind, class, area}] ---------------------'
 *
 * What is said of a device is what the device is, not what the sentence assumed: its own room, its
 * state as it was last told, and that it is old where it is. What an intent is about comes from
 * core/intents.h; which words fit, from the response file; no intent is known by name here.
 * `state` is what the device told before it acted; what was done to it stands in `did`, and only that
 * is claimed ("Switched the fan off.", "to 70").
 * A device's state is a text, a number, or an object {state, unit, brightness, stale ...}.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_PHRASE_H
#define JARVIS_ASSISTANT_PHRASE_H

#include "assistant/reply.h"
#include "base/json.h"

struct phrase_facts { /* all borrowed */
    const cJSON *intent;
    const cJSON *acted;    /* NULL: nobody acted */
    const cJSON *registry; /* NULL: not known; for what home does not tell of a device */
    int64_t wall_usec;
};

void phrase_done(struct str *out, struct reply *r, const struct phrase_facts *f);
/* Was all done that was meant, so that one word says it? Nothing was asked, nobody was missed. */
bool phrase_is_done(const struct phrase_facts *f);
/* "Shall I open the garage door?": the action that waits for a yes. */
void phrase_confirm(struct str *out, struct reply *r, const struct phrase_facts *f);
/* "Which one: the kitchen lamp or the bedroom lamp?" `ids` of the registry; false: fewer than two of
 * them are known there. Each is told by what sets it apart from the others; where nothing does that is said, with
 * the remedy. */
bool phrase_which(struct str *out, const struct reply *r, const cJSON *ids, const cJSON *registry);
/* The device of the registry, of those that phrase_which() asked about, that the answer means and no other: by what was
 * told of it, its name or its room, or `in_part` by some word that only one has. NULL: none, or several. */
const cJSON *phrase_named(const struct reply *r, const char *text, const cJSON *ids, const cJSON *registry,
                          bool in_part);
/* "Did you say “turn on the lamp” or “turn off the lamp”?", of {alternatives: [text, text]}; false: there
 * are not two. */
bool phrase_misheard(struct str *out, const struct reply *r, const cJSON *unsure);
/* "Did you mean “turn on the lamp”?", of [{text}]; false: there is none. */
bool phrase_meant(struct str *out, const struct reply *r, const cJSON *choices);
/* Is the text an answer that means this device: its name or room (or with BY_LABEL what was told of it), word
 * by word, however they are written, and nothing else but words.chosen? "Not the kitchen" and "close the
 * kitchen window" are not. IN_PART some words of them are enough: "the lamp" means the hall lamp. */
struct phrase_target { const char *name, *area, *label; /* "" for none */ };
enum phrase_how { PHRASE_BY_LABEL, PHRASE_BY_NAME, PHRASE_IN_PART };
bool phrase_chooses(const struct reply *r, const char *text, const struct phrase_target *t, enum phrase_how how);
/* Which of the `n` that were told: "the first", "the last one" (its index), both, neither. */
enum { PHRASE_LIST_MAX = 6 }; /* few enough to be listened to */
enum { PHRASE_NO_PICK = -1, PHRASE_ALL = -2, PHRASE_NEITHER = -3 };
int phrase_picks(const struct reply *r, const char *text, int n);
/* "I can set 5 to 35 degrees.": what the intent could set instead; false: no words for it. */
bool phrase_impossible(struct str *out, struct reply *r, const cJSON *intent);
/* "You can say: ...": the same sentences alone; false: there are none. */
bool phrase_examples(struct str *out, const struct reply *r, const cJSON *intent, bool spoken);
/* What was not understood, with what could be said: up to three sentences of `intent`'s examples where
 * they are read, one where they are heard. */
void phrase_not_understood(struct str *out, const struct reply *r, const cJSON *intent, bool spoken);
/* The sentence for a failed action, by its errno. */
enum reply_error phrase_action_error(int code);
/* The sentence for a failed language model. */
enum reply_error phrase_llm_error(int code);

#endif
