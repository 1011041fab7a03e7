/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/wake/micro_fuzz.c - a wake word's files from anywhere. The first byte tells which: 'J' a
 * manifest, else a model; one that is taken is run, and twice the same from the beginning. */
#include "wake/micro_word.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest(const uint8_t *data, size_t size)
{
    struct micro_manifest m;
    struct err e = ERR_INIT;
    int r = micro_manifest_parse(&m, data, size, &e);

    if (r < 0 ? e.text[0] == '\0'
              : !m.phrase[0] || strchr(m.model, '/') || m.window < 1 || m.window > MICRO_WINDOW_MAX)
        abort();
}

static void model(const uint8_t *data, size_t size)
{
    AUTO(micro_net_freep) struct micro_net *n = NULL;
    static int8_t rows[MICRO_ROWS_MAX * MICRO_BANDS];
    struct err e = ERR_INIT;
    uint8_t first[3];
    int r = micro_net_parse(&n, data, size, &e);

    if (r < 0) {
        if (n || e.code != r || e.text[0] == '\0')
            abort();
        return;
    }
    for (size_t i = 0; i < sizeof(rows); i++)
        rows[i] = (int8_t)(i * 37);
    for (int i = 0; i < 3; i++)
        first[i] = micro_net_run(n, rows);
    micro_net_clear(n);
    for (int i = 0; i < 3; i++)
        if (micro_net_run(n, rows) != first[i])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'J')
        manifest(data + 1, size - 1);
    else if (size > 0)
        model(data + 1, size - 1);
    return 0;
}
