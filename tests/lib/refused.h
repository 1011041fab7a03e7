/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/refused.h - rows of a table of texts that a parser must refuse, with its words. */
#ifndef JARVIS_TESTS_LIB_REFUSED_H
#define JARVIS_TESTS_LIB_REFUSED_H

#include <stddef.h>

struct refused_case {
    const char *name, *text;
    size_t len; /* 0: strlen */
    int want;
    const char *words; /* of the complaint */
};

#endif
