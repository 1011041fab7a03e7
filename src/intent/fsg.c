/* SPDX-License-Identifier: Apache-2.0 */
/* intent/fsg.c - finite-state grammar text. */
#include "intent/fsg.h"

#include <string.h>

void fsg_write(struct str *out, const struct automaton *a, const char *name)
{
    str_addf(out, "FSG_BEGIN %s\nNUM_STATES %u\nSTART_STATE 0\nFINAL_STATE %u\n", name,
             a->states_n, a->states_n - 1);
    for (size_t i = 0; i < a->arcs_n; i++) {
        const char *word = a->words[a->arcs[i].word];

        if (strcmp(word, AUTOMATON_RARE) == 0)
            str_addf(out, "TRANSITION %u %u " FSG_RARE "\n", a->arcs[i].from, a->arcs[i].to);
        else
            str_addf(out, "TRANSITION %u %u 1.0 %s\n", a->arcs[i].from, a->arcs[i].to, word);
    }
    for (size_t i = 0; i < a->finals_n; i++)
        str_addf(out, "TRANSITION %u %u 1.0\n", a->finals[i], a->states_n - 1);
    str_add(out, "FSG_END\n");
}
