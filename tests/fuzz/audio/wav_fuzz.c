/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/audio/wav_fuzz.c - sound files from memory. */
#include "audio/wav.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int16_t *frames = NULL;
    size_t n = 0;
    struct err e = ERR_INIT;
    int r = wav_parse(&frames, &n, data, size, 8000, &e);

    if (r < 0 && (frames || n || e.code != r || e.text[0] == '\0'))
        abort();
    if (r == 0 && (n == 0 || n > (size_t)WAV_SECONDS_MAX * 8000 || !frames))
        abort();
    for (size_t i = 0; r == 0 && i < n; i++)
        frames[i] ^= 1; /* each is readable and ours */
    free(frames);
    return 0;
}
