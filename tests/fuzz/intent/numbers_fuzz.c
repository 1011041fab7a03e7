/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/numbers_fuzz.c - bytes as number words, and as a name with numbers in it. */
#include "intent/name_forms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void words(const struct numbers *n, const struct sentence *s, size_t at, bool fractions)
{
    struct number_end ends[NUMBERS_ENDS_MAX];
    size_t count = numbers_match(n, s->fold, s->len, at, fractions, ends);

    if (count > NUMBERS_ENDS_MAX)
        abort();
    for (size_t i = 0; i < count; i++)
        if (ends[i].end <= at || ends[i].end > s->len || ends[i].value < 0 ||
            ends[i].value > NUMBERS_SPELL_MAX + 1 || (i > 0 && ends[i].end > ends[i - 1].end))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const languages[] = { "en", "fr", "de", "es", "nl", "it" };
    static struct numbers *tongues[6]; /* live as long as the process */
    struct sentence s;

    for (int i = 0; i < 6; i++)
        if (!tongues[i] && numbers_new(&tongues[i], languages[i], NULL) < 0)
            abort();
    if (sentence_parse(&s, (const char *)data, size, NULL) < 0)
        return 0;
    for (int i = 0; i < 6; i++) {
        for (size_t at = 0; at < s.len; at++)
            words(tongues[i], &s, at, at % 2);
        for (int form = 0; form < NAME_FORMS_N; form++) {
            AUTO_STR out = STR_INIT;
            int r = name_form_add(&out, tongues[i], &s, (enum name_form)form);

            if (r != 0 && r != -ENOENT)
                abort();
        }
    }
    return 0;
}
