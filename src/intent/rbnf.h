/* SPDX-License-Identifier: Apache-2.0 */
/* intent/rbnf.h - number words by the rules of CLDR ("rule-based number format"), of a language that a
 * person has the file of: common/rbnf/<language>.xml of CLDR.
 *
 *   <ruleset type="spellout-cardinal-feminine">
 *     <rbnfrule value="20">dwadzieścia[ →→];</rbnfrule>
 *     <rbnfrule value="100">sto[ →→];</rbnfrule>
 *
 * A rule serves the numbers from its value to the next rule's. Its divisor is the largest power of its radix
 * (10) that is not above the value; ←← says the quotient, →→ the remainder, both by the same rules or by those
 * that are named between the arrows; [ ] is left out where nothing remains; =%name= says the number itself by
 * other rules; $(cardinal,few{a}other{b})$ is a word in several forms: which one fits is a language's grammar,
 * and all are spelled. What is said as digits ("=#,##0=") has no words.
 * Read from UTS 35 (Unicode, "Rule-Based Number Formatting") and ICU's description of its rules.
 * Bounds: RBNF_*; a rule that leads to itself ends there.
 * Threads: constant after rbnf_parse(). */
#ifndef JARVIS_INTENT_RBNF_H
#define JARVIS_INTENT_RBNF_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    RBNF_BYTES_MAX = 1 << 20,  /* of a file */
    RBNF_RULES_MAX = 10000,
    RBNF_SETS_MAX = 400,
    RBNF_DEPTH_MAX = 16,       /* rules in one another */
    RBNF_STEPS_MAX = 2000,     /* pieces of rules, of one number */
    RBNF_WORDS_BYTES_MAX = 200,
    RBNF_VALUE_MAX = 999999,
    RBNF_FORMS = 6,            /* zero, one, two, few, many, other */
};

struct rbnf;

/* `file` stands in the complaint. -EINVAL (no rules that spell numbers), -E2BIG (limits), -ENOMEM; *ret is
 * untouched on failure. */
int rbnf_parse(struct rbnf **ret, const char *file, const char *text, size_t len, struct err *e);
struct rbnf *rbnf_free(struct rbnf *r);
AUTO_DEFINE(struct rbnf *, rbnf_free)

/* The sets that say how many there are ("spellout-numbering", "spellout-cardinal..."), in the file's order. */
size_t rbnf_sets(const struct rbnf *r);
/* Adds the words of value (0..RBNF_VALUE_MAX) by that set; false, and nothing added: it has none, or no `form`:
 * the first form is always there where there are words, the others where they say something else. */
bool rbnf_spell(struct str *out, const struct rbnf *r, size_t set, int value, unsigned form);

#endif
