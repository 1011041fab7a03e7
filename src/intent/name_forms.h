/* SPDX-License-Identifier: Apache-2.0 */
/* intent/name_forms.h - the ways in which a name with a number in it is written.
 *
 *   "TV 2"        -> tv2, tv two          "TV2" -> tv 2, tv two
 *   "Lamp two"    -> lamp 2, lamp2        "Room21b" -> room 21b, room 21 b, room twenty one b
 * A name without a number has no other form.
 * Threads: no state. */
#ifndef JARVIS_INTENT_NAME_FORMS_H
#define JARVIS_INTENT_NAME_FORMS_H

#include "intent/numbers.h"
#include "intent/sentence.h"

enum name_form {
    NAME_APART,  /* digits, apart from letters */
    NAME_BEFORE, /* digits, at the letters behind them */
    NAME_JOINED, /* digits, at the letters before them */
    NAME_WORDS,  /* number words */
    NAME_FORMS_N
};

/* Adds the form; -ENOENT: the name has no number, or the language no words for it. */
int name_form_add(struct str *out, const struct numbers *n, const struct sentence *name,
                  enum name_form form);

#endif
