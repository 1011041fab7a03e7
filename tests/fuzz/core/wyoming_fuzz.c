/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/wyoming_fuzz.c - what a peer of the Wyoming protocol may send: the first byte says how
 * the rest is cut. However it is cut the same events come, each written again is read as itself, and
 * nothing is held beyond the limits. */
#include "core/wyoming.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct wyoming_reader *r)
{
    struct wyoming_reader again;
    AUTO_STR bytes = STR_INIT;
    size_t used = 0;

    if (strpbrk(r->event.type, "\"\\"))
        return; /* our own types have none of these */
    wyoming_put(&bytes, r->event.type, r->event.data, str_text(&r->bytes), r->bytes.len);
    if (bytes.failed)
        return;
    wyoming_reader_init(&again);
    if (wyoming_feed(&again, bytes.data, bytes.len, &used, NULL) != 1 || used != bytes.len ||
        strcmp(again.event.type, r->event.type) != 0 || again.bytes.len != r->bytes.len ||
        !cJSON_Compare(again.event.data, r->event.data, true))
        abort();
    wyoming_reader_done(&again);
}

/* The events as one text; the code of the end. */
static int read_by(struct str *out, const uint8_t *data, size_t size, size_t step)
{
    struct wyoming_reader r;
    int got = 0;

    wyoming_reader_init(&r);
    for (size_t at = 0, used = 0; at < size && got >= 0; at += used) {
        size_t n = size - at < step ? size - at : step;

        got = wyoming_feed(&r, data + at, n, &used, NULL);
        if (used > n || (got == 0 && used != n) || r.bytes.len > WYOMING_PAYLOAD_BYTES_MAX)
            abort();
        if (got == 1) {
            str_addf(out, "%s %zu\n", r.event.type, r.bytes.len);
            write_and_read(&r);
        }
    }
    wyoming_reader_done(&r);
    return got < 0 ? got : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR whole = STR_INIT;
    AUTO_STR cut = STR_INIT;

    if (size < 1)
        return 0;
    if (read_by(&whole, data + 1, size - 1, size) !=
            read_by(&cut, data + 1, size - 1, data[0] % 17 + 1) ||
        strcmp(str_text(&whole), str_text(&cut)) != 0)
        abort();
    return 0;
}
