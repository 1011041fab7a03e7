/* SPDX-License-Identifier: Apache-2.0 */
/* base/nearest.c - the nearest known word. */
#include "base/nearest.h"

#include "base/must.h"

#include <stdint.h>
#include <string.h>

static size_t edits_least(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* One row of Levenshtein's table at a time. */
size_t nearest_distance(const char *a, const char *b)
{
    size_t row[NEAREST_BYTES_MAX + 1], la = strlen(a), lb = strlen(b);

    if (la > NEAREST_BYTES_MAX || lb > NEAREST_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 0; i < la; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < lb; j++) {
            size_t above = row[j + 1];

            row[j + 1] = edits_least(above + 1, row[j] + 1, corner + (a[i] != b[j]));
            corner = above;
        }
    }
    must(row[lb] <= (la > lb ? la : lb)); /* replacing and appending always suffices */
    return row[lb];
}

struct nearest nearest_to(const char *word, size_t below)
{
    return (struct nearest){ .word = word, .below = below };
}

void nearest_try(struct nearest *n, const char *known)
{
    size_t edits = nearest_distance(n->word, known);

    if (edits >= n->below)
        return;
    n->below = edits;
    n->found = known;
}
