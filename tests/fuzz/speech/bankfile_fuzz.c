/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/speech/bankfile_fuzz.c - a file of the voice bank: whatever stands in it, with its sum wrong
 * and with its sum put right, gives as many samples as its head says, or none. */
#include "speech/bank_file.h"

#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { SUM_AT = 8, SUMMED_AT = 72 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const uint8_t *data, size_t size)
{
    static int16_t frames[1000];
    AUTO(bank_reader_freep) struct bank_reader *r = NULL;
    struct bank_file f;
    size_t n, all = 0;

    if (bank_file_parse(&f, data, size, NULL) < 0)
        return;
    if (f.samples == 0 || f.samples > BANK_RATE_HZ * BANK_FILE_SECONDS_MAX)
        abort();
    if (bank_reader_new(&r, &f, NULL) < 0)
        return;
    while ((n = bank_reader_take(r, frames, 1 + size % 1000)) > 0)
        all += n;
    if (all != f.samples)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char sum[SHA256_HEX_BYTES];
    uint8_t *right;

    read_all(data, size);
    if (size < BANK_FILE_HEAD_BYTES)
        return 0;
    right = malloc(size);
    if (!right)
        return 0;
    memcpy(right, data, size);
    memcpy(right, "JVOICE1\n", SUM_AT);
    sha256_hex(sum, right + SUMMED_AT, size - SUMMED_AT);
    memcpy(right + SUM_AT, sum, sizeof(sum) - 1);
    read_all(right, size);
    free(right);
    return 0;
}
