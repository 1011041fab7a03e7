/* SPDX-License-Identifier: Apache-2.0 */
/* pronounce: whatever a voice calls its phonemes gives phones or words, never harm. */
#include "speech/pronounce.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char out[64] = "untouched";
    struct err e = ERR_INIT;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (pronounce_arpabet(out, sizeof(out), text, &e) < 0 &&
        (strcmp(out, "untouched") != 0 || e.text[0] == '\0'))
        abort();
    free(text);
    return 0;
}
