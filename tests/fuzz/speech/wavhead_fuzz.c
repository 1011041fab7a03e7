/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/speech/wavhead_fuzz.c - sound from a server: whole and cut by its first byte the same samples
 * come, never more than were sent. */
#include "speech/wav_head.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_by(struct str *out, const uint8_t *data, size_t size, size_t step)
{
    struct wav_in w;
    int r = 0;

    wav_in_init(&w);
    for (size_t at = 0; at < size && r == 0; at += step)
        r = wav_in_feed(&w, data + at, size - at < step ? size - at : step, out, NULL);
    wav_in_done(&w);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR whole = STR_INIT;
    AUTO_STR cut = STR_INIT;
    int r;

    if (size < 1)
        return 0;
    r = read_by(&whole, data + 1, size - 1, size);
    if (r != read_by(&cut, data + 1, size - 1, data[0] % 31 + 1) || whole.len > size)
        abort();
    if (r == 0 &&
        (whole.len != cut.len || memcmp(str_text(&whole), str_text(&cut), whole.len) != 0))
        abort();
    return 0;
}
