/* SPDX-License-Identifier: Apache-2.0 */
/* intent/fsg.h - a word automaton as PocketSphinx' finite-state grammar text.
 *
 * All words have probability 1: every sentence is as likely as any other, but for what is rare
 * (automaton.h): an arc without a word and of FSG_RARE leads there. Format: sphinxbase, fsg_model.h.
 * Threads: no state. */
#ifndef JARVIS_INTENT_FSG_H
#define JARVIS_INTENT_FSG_H

#include "base/str.h"
#include "intent/automaton.h"

/* With the weight of the recogniser the price of 19 nats; a sound of speech is worth about 25. 0.01, 0.05
 * and 1 on the made commands of development: 94, 92 and 82 of 156 right, 6 wrong each time; but with 0.01
 * "do not turn on" was once heard without its "do not". */
#define FSG_RARE "0.05"

/* Check out->failed. `name`: a word of letters, digits and '_'. */
void fsg_write(struct str *out, const struct automaton *a, const char *name);

#endif
