/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.h - from a sentence to an intent, by templates in the hassil format.
 *
 * Loads share/sentences/<language>.yaml (intents, lists, expansion rules), makes the lists
 * `name` and `area` from MSG_DEVICES, answers MSG_UNDERSTAND by MSG_INTENT, and writes the
 * speech grammar of the templates' short spoken set to run/grammar-<language>.fsg
 * (MSG_GRAMMAR) whenever names, room or language change it. Only English is spoken to
 * (spoken.h); for other languages no MSG_GRAMMAR is posted.
 *
 * MSG_INTENT's json: {intent, template "en.yaml:42", slots {name: {value, text}}, response?,
 * language, text}; a slot's text is absent where nobody said it (fixed by the template, or
 * the room Jarvis stands in). Without a match: code -ENOENT and {nearest "en.yaml:42", rest
 * "the words that fitted nowhere"} as a hint.
 *
 * Below this: template.h (parser -> tree), catalog.h (a language's YAML), sentence.h
 * (normalising), match.h (matcher), numbers.h (number words), names.h (lists of devices and
 * areas), spoken.h (names as words), grammar.h (trees -> letters), automaton.h (letters ->
 * minimal word automaton), fsg.h (PocketSphinx text).
 * Threads: main loop. */
#ifndef JARVIS_INTENT_INTENT_H
#define JARVIS_INTENT_INTENT_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/settings.h"

struct intent;

struct intent_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
};

int intent_new(struct intent **ret, const struct intent_deps *d, struct err *e);
struct intent *intent_free(struct intent *i);
AUTO_DEFINE(struct intent *, intent_free)
/* Synchronous form for jarvis-lab and tests: *ret as MSG_INTENT's json, -ENOENT: no match. */
int intent_understand(cJSON **ret, struct intent *i, const char *text, struct err *e);

#endif
