/* SPDX-License-Identifier: Apache-2.0 */
/* intent/fsg.h - a word automaton as PocketSphinx' finite-state grammar text.
 *
 * All arcs have probability 1: every sentence is as likely as any other. Format:
 * sphinxbase, fsg_model.h.
 * Threads: no state. */
#ifndef JARVIS_INTENT_FSG_H
#define JARVIS_INTENT_FSG_H

#include "base/str.h"
#include "intent/automaton.h"

/* Check out->failed. `name`: a word of letters, digits and '_'. */
void fsg_write(struct str *out, const struct automaton *a, const char *name);

#endif
