/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrases.h - everything that this house's answers are made of, for whoever keeps it ready: the
 * voice bank (MSG_PHRASES).
 *
 *   {language,
 *    whole:  [sentences without places]
 *    frames: [{text: "Set {name} to {brightness} percent.", kinds: set of enum device_kind}]
 *    places: {name: [{text, kinds}], area: [..], brightness: ["0", "1" ..], time: [..] ..}
 *    listed: [places of which several stand in a row], joins: ["and", "or"],
 *    shared: [places whose values stand in many frames]}
 *
 * The words come from the response file, names and rooms from the registry, as phrase.h would say them:
 * with their articles, and a frame about covers only with covers. What nobody can know before - sentences
 * that are told, what a model says - is in no list.
 * Who owns what: the caller owns the tree. Threads: main loop. */
#ifndef JARVIS_ASSISTANT_PHRASES_H
#define JARVIS_ASSISTANT_PHRASES_H

#include "assistant/reply.h"
#include "base/json.h"

/* `registry`: MSG_DEVICES' json; NULL: no device is known. `wall_usec`: the years that dates are said of.
 * NULL: out of memory. */
cJSON *phrases_of(const struct reply *r, const char *language, const cJSON *registry,
                  int64_t wall_usec);

#endif
