/* SPDX-License-Identifier: Apache-2.0 */
/* base/nearest.h - "did you mean ...?": the known word with the fewest edits from a written one.
 *
 *     struct nearest n = nearest_to("audio.volum", 5);
 *     for (...) nearest_try(&n, rows[i].key);
 *     if (n.found) ...
 *
 * Edits are Levenshtein's (insert, delete, replace), counted in bytes; words longer than
 * NEAREST_BYTES_MAX are near nothing. Of equally near words the first one tried counts.
 * Threads: no state. Owns nothing: words are borrowed and must outlive `found`. */
#ifndef JARVIS_BASE_NEAREST_H
#define JARVIS_BASE_NEAREST_H

#include <stddef.h>

enum { NEAREST_BYTES_MAX = 63 };

struct nearest {
    const char *word;  /* borrowed: what was written */
    size_t below;      /* only fewer edits than this are near */
    const char *found; /* borrowed: the nearest so far; NULL: none */
};

struct nearest nearest_to(const char *word, size_t below);
void nearest_try(struct nearest *n, const char *known);
/* Edits between two words; SIZE_MAX when one of them is too long to compare. */
size_t nearest_distance(const char *a, const char *b);

#endif
