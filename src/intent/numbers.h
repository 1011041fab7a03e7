/* SPDX-License-Identifier: Apache-2.0 */
/* intent/numbers.h - number words of English, French, German, Spanish, Dutch and Italian, 0 to
 * 999,999, both ways; of other languages 0 to 1,000 where there is a file of CLDR's rules (rbnf.h).
 *
 * Hyphen and blank are the same: "twenty-one", "twenty one"; "vingt et un". Also "a hundred",
 * "two hundred and five", "une", "septante", "fünf" and "fuenf", "veintiún mil". With
 * fractions: "twenty one and a half", "vingt et un virgule cinq". The words are in
 * numbers_rules.c.
 * Threads: constant after numbers_new(). */
#ifndef JARVIS_INTENT_NUMBERS_H
#define JARVIS_INTENT_NUMBERS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NUMBERS_RULES_MAX = 1000,     /* by CLDR's rules: of the first sets */
    NUMBERS_RULES_SETS_FULL = 6,  /* further sets (cases, genders): to NUMBERS_RULES_FEW */
    NUMBERS_RULES_FEW = 100,
    NUMBERS_RULES_SETS_MAX = 24,
    NUMBERS_MAX = 999, /* of names and of what the recogniser listens for */
    NUMBERS_SPELL_MAX = 999999,
    NUMBERS_ENDS_MAX = 16,
};

struct numbers;

/* For other languages an object that knows no words. -ENOMEM. */
int numbers_new(struct numbers **ret, const char *language, struct err *e);
struct numbers *numbers_free(struct numbers *n);
AUTO_DEFINE(struct numbers *, numbers_free)

/* Adds the words that CLDR's rules give, unless the language is one of ours. `file` stands in the complaint.
 * -EINVAL, -E2BIG (what was added before the limit stays), -ENOMEM. Before the first match. */
int numbers_read(struct numbers *n, const char *file, const char *text, size_t len, struct err *e);

struct number_end {
    size_t end; /* index behind the last character of the number */
    double value;
};

/* All numbers in words that start at cp[pos] and end at a word's end, longest first; returns
 * how many. `fractions` allows halves and tenths. */
size_t numbers_match(const struct numbers *n, const uint32_t *cp, size_t len, size_t pos,
                     bool fractions, struct number_end ret[NUMBERS_ENDS_MAX]);
/* The words of value (0..NUMBERS_SPELL_MAX): "two hundred and twenty-one". -ERANGE, -ENOENT (a language
 * without words). */
int numbers_spell(struct str *out, const struct numbers *n, int value, struct err *e);

#endif
