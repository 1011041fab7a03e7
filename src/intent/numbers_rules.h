/* SPDX-License-Identifier: Apache-2.0 */
/* intent/numbers_rules.h - how a language says numbers, as a row of words and rules.
 *
 *   twenty-one   two hundred and   five      twelve thousand   and   seven
 *   small        hundred     joint small     forms  thousand   joint form
 *
 * Texts begin and end with the blanks that are written there: German and Italian have none. The
 * first of several spellings is the one that is written; all are read.
 * Threads: constant tables. */
#ifndef JARVIS_INTENT_NUMBERS_RULES_H
#define JARVIS_INTENT_NUMBERS_RULES_H

#include "base/str.h"

enum { NUMBER_WORDS = 6 }; /* of a list, with the NULL that ends it */

struct number_rules {
    const char *language;
    /* Adds the spelling `alt` of 0..99; false: there are no more, nothing was added. */
    bool (*small)(struct str *out, int value, int alt);
    /* The hundreds 1..9; alone: nothing follows. */
    bool (*hundred)(struct str *out, int head, bool alone, int alt);
    const char *hundred_joint[NUMBER_WORDS];  /* between the hundreds and the rest */
    const char *thousand[NUMBER_WORDS];       /* folded; [thousand_plural] behind 2..999 */
    const char *a_thousand[NUMBER_WORDS];     /* "a " that may stand before one thousand */
    const char *one_thousand, *head_joint;    /* written before it: for 1, between 2..999 and it */
    const char *thousand_joint[NUMBER_WORDS]; /* between it and the rest */
    int thousand_plural, head_alt;            /* head_alt: spelling of a head's last word */
    const char *point[NUMBER_WORDS], *half[NUMBER_WORDS]; /* folded */
    bool umlauts;                             /* "fuenf" is read too */
};

const struct number_rules *number_rules_find(const char *language); /* NULL: none */

#endif
