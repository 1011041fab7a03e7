/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/rbnf_fuzz.c - bytes as a file of CLDR's number rules; what it spells is valid and short, and
 * numbers made of it find what they spell. */
#include "base/utf8.h"
#include "intent/rbnf.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int values[] = { 0, 1, 7, 10, 21, 99, 100, 101, 999, 1000, 54321, RBNF_VALUE_MAX };
    AUTO(rbnf_freep) struct rbnf *r = NULL;
    struct err e = ERR_INIT;

    if (rbnf_parse(&r, "x.xml", (const char *)data, size, &e) < 0) {
        if (r || !e.text[0])
            abort();
        return 0;
    }
    for (size_t set = 0; set < rbnf_sets(r) && set < 4; set++)
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            AUTO_STR out = STR_INIT;
            bool is = rbnf_spell(&out, r, set, values[i], (unsigned)i % RBNF_FORMS);

            if (is != (out.len > 0) || out.len > 2 * RBNF_WORDS_BYTES_MAX ||
                !utf8_is_valid(str_text(&out), out.len))
                abort();
        }
    return 0;
}
