/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/match_fuzz.c - bytes as a sentence against the shipped English set. */
#include "unit/intent/house.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct house h; /* loaded once; lives as long as the process */
    AUTO_STR text = STR_INIT;
    struct err e = ERR_INIT;
    struct house_asked a;
    const struct match *m = &a.m;

    if (!h.catalog && house_load(&h, "en", house_english, &e) < 0) {
        fprintf(stderr, "%s\n", err_text(&e));
        abort();
    }
    h.area = (struct pair){ .key = "area", .value = size % 2 ? "Kitchen" : NULL };
    if (house_find(&a, &h, (const char *)data, size) < 0)
        return 0;
    if (m->steps > MATCH_STEPS_MAX + 1 || (m->is_spent && m->block))
        abort();
    for (size_t i = 0; i < m->slots_n; i++)
        if (m->slots[i].from > m->slots[i].to || m->slots[i].to > m->s->len)
            abort();
    house_show(&text, m);
    return 0;
}
