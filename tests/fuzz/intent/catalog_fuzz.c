/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/catalog_fuzz.c - bytes as a sentence file: parsed, linked, asked, and made
 * into a speech grammar. */
#include "unit/intent/house.h"

#include "intent/grammar.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = { "turn on the kitchen light", "a a a a a", "21.5" };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;
    struct err e = ERR_INIT;
    struct house_asked asked;

    if (size > 4096) /* longer files are only slower */
        return 0;
    if (house_parse(&h, "en", (const char *)data, size, house_english, &e) < 0) {
        if (!e.text[0])
            abort();
        return 0;
    }
    for (size_t i = 0; i < 3; i++)
        if (house_find(&asked, &h, texts[i], strlen(texts[i])) < 0 ||
            asked.m.steps > MATCH_STEPS_MAX + 1)
            abort();
    if (grammar_new(&a, h.catalog, NULL, &e) < 0 && !e.text[0])
        abort();
    return 0;
}
