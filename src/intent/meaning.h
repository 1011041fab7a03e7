/* SPDX-License-Identifier: Apache-2.0 */
/* intent/meaning.h - a text in one language -> MSG_INTENT's json.
 *
 *   0          {intent, template "en.yaml:42", slots {name: {value, text}}, response?, language,
 *              text}
 *   -ENOTUNIQ  the same with candidates [ids]: several devices bear the name that was said, in
 *              `slots.name` is no value; who answers asks which
 *   -ENOENT    {nearest "en.yaml:42", nearest_text, rest, examples [sentences of this house],
 *              refused?}; nearest, nearest_text and rest only where a word at least fitted
 * A sentence that denies, puts off or attaches a condition to what would be done is an intent of
 * SHAPE_REFUSED (JarvisRefuse) with code 0, whatever else it could mean: nothing is done for it. The
 * words that do so are sentences of that intent in the language's file.
 * A slot's text is absent where nobody said it (fixed by the template, or the room Jarvis stands
 * in). `refused`: the sentence is known, and why nothing is done for it.
 * Threads: reads the tongue; no state. */
#ifndef JARVIS_INTENT_MEANING_H
#define JARVIS_INTENT_MEANING_H

#include "base/json.h"
#include "intent/tongue.h"

enum { MEANING_EXAMPLES = 3, MEANING_READINGS_MAX = 20 };

/* `room`: that Jarvis stands in, "" for none. *ret as above, NULL only for want of memory.
 * -ENOMEM. */
int meaning_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                 struct err *e);
/* The same for one of many texts that are tried: cheaper where nothing fits, for *ret is then {} or
 * {refused, examples}. */
int meaning_try(cJSON **ret, const struct tongue *t, const char *text, const char *room);
/* For people who write sentences: {language, text, code, words, meaning: as above, readings:
 * [{template, template_text, intent, slots, wins?, own?, refused?, void?, letters, wildcards,
 * reaches}] (the first MEANING_READINGS_MAX), complaints [of this language's files]}. -ENOMEM. */
int meaning_explain(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                    struct err *e);

#endif
