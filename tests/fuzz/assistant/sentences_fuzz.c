/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences. First byte: the size of the pieces. Every sentence is one line of UTF-8 of bounded
 * length without control characters, and the split changes nothing. */
#include "assistant/sentences.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *one)
{
    size_t len = strlen(one);

    if (len == 0 || len > SENTENCE_BYTES_MAX + 4 || !utf8_is_valid(one, len))
        abort();
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)one[i] < 0x20)
            abort();
}

static void cut(struct str *out, const uint8_t *data, size_t size, size_t step)
{
    struct sentences s;
    char *one;

    sentences_init(&s);
    for (size_t at = 0; at <= size; at += step) {
        size_t n = size - at < step ? size - at : step;

        sentences_add(&s, (const char *)data + at, n);
        if (step > size - at)
            sentences_end(&s);
        while (sentences_next(&s, &one) == 1) {
            check(one);
            str_add(out, one);
            str_add_char(out, '\n');
            free(one);
        }
    }
    sentences_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR whole = STR_INIT, pieces = STR_INIT;

    if (size == 0 || size > 4 * SENTENCE_BYTES_MAX)
        return -1; /* four of the longest sentences: more tells nothing new, only slower */
    cut(&whole, data + 1, size - 1, size + 1);
    cut(&pieces, data + 1, size - 1, data[0] + 1u);
    if (strcmp(str_text(&whole), str_text(&pieces)) != 0)
        abort();
    return 0;
}
