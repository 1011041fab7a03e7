/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.h - from a sentence to an intent, by templates in the hassil format.
 *
 *   settings, devices, reload --> [50 ms] --> build: the box's language, its names, its grammar
 *                                         --> build of each other language that is installed
 *   MSG_UNDERSTAND -> MSG_INTENT (meaning.h: its json and codes)
 *   a new grammar  -> grammar-<language>.fsg in paths.lent, MSG_GRAMMAR
 * What is typed is understood in every language that is installed, the box's own first; what the
 * box hears (endpoint_hears) in its own only. Only English is spoken to (spoken.h); for other
 * languages no MSG_GRAMMAR is posted. The old sentences serve until the new ones are made;
 * what they do not understand waits for them, and all that comes between new names and the
 * sentences that know them (hold.h, at most DEADLINE_READY_MS). Then it is told so: MSG_INTENT with
 * -EAGAIN, never "no match".
 * Faults in sentence files are one fault `sentences`, names in own sentences that are nowhere in
 * the house another; each line of them is in the log, and in intent_explain().
 *
 * Below this: template.h (parser -> tree), catalog.h (a language's YAML, checked against
 * core/intents.h), sentence.h (normalising), match.h (matcher), pick.h (which device), numbers.h
 * (number words), names.h (lists of devices and areas), tongue.h (a language's files), build.h
 * (all of it made ready), languages.h (which there are, and when they are made), spoken.h (names as
 * words), grammar.h (trees -> letters), automaton.h (letters -> minimal word automaton), fsg.h
 * (PocketSphinx text).
 * Threads: main loop; builds run on the slow worker. */
#ifndef JARVIS_INTENT_INTENT_H
#define JARVIS_INTENT_INTENT_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/engines.h"
#include "core/settings.h"
#include "core/slow.h"

struct intent;

struct intent_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
    const struct engines *engines; /* NULL: none is ever there */
    struct slow *slow; /* NULL: builds run on the main loop (tests) */
};

int intent_new(struct intent **ret, const struct intent_deps *d, struct err *e);
struct intent *intent_free(struct intent *i);
AUTO_DEFINE(struct intent *, intent_free)
/* Reads the sentence files again (HUP, `jarvisctl reload`). What is wrong is told as a fault. */
void intent_reload(struct intent *i);
/* Synchronous form for jarvis-lab and tests: *ret as MSG_INTENT's json in the box's language,
 * -ENOENT: no match, -ENOTUNIQ: *ret has candidates. */
int intent_understand(cJSON **ret, struct intent *i, const char *text, struct err *e);
/* For `jarvisctl sentences test`: *ret as meaning_explain(), of the language in which the text is
 * understood, else of the box's. -ENOENT: no sentences are loaded. */
int intent_explain(cJSON **ret, struct intent *i, const char *text, struct err *e);
/* For who wants an answer from the sentences as they are to be: `fn` once, at once where nothing is
 * being made; -EAGAIN: it takes longer than anybody should wait; -ECANCELED: we end. */
void intent_when_made(struct intent *i, void (*fn)(int code, void *user), void *user);

#endif
