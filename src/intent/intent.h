/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.h - from a sentence to an intent, by templates in the hassil format.
 *
 * Loads share/sentences/<language>.yaml (intents, lists, expansion rules), makes the lists
 * `name` and `area` from MSG_DEVICES, answers MSG_UNDERSTAND by MSG_INTENT, and writes the
 * speech grammar of the templates' short spoken set to run/grammar-<language>.fsg
 * (MSG_GRAMMAR) whenever names or language change.
 * Below this: template.h (parser -> AST), match.h (matcher), numbers.h (number words),
 * automaton.h (AST -> minimised word automaton), fsg.h (PocketSphinx text).
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
