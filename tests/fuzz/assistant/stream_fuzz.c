/* SPDX-License-Identifier: Apache-2.0 */
/* Streamed answers. First byte: bit 0 the format, the other bits the size of the pieces. Whole and
 * in pieces must give the same text and the same verdict. */
#include "assistant/stream.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(struct str *text, enum stream_kind kind, const uint8_t *data, size_t size,
                 size_t step)
{
    struct stream s;
    struct err e = ERR_INIT;
    int r = 0;

    stream_init(&s, kind);
    for (size_t at = 0; r == 0 && at < size; at += step)
        r = stream_feed(&s, data + at, size - at < step ? size - at : step, &e);
    if (r == 0)
        r = stream_end(&s, &e);
    if ((r < 0) != (e.code < 0) || !utf8_is_valid(e.text, strlen(e.text)))
        abort();
    str_add(text, str_text(&s.text));
    stream_done(&s);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR whole = STR_INIT, pieces = STR_INIT;
    enum stream_kind kind;
    size_t step;

    if (size == 0)
        return 0;
    kind = data[0] & 1 ? STREAM_SSE : STREAM_NDJSON;
    step = (data[0] >> 1) + 1u;
    if (parse(&whole, kind, data + 1, size - 1, size) !=
            parse(&pieces, kind, data + 1, size - 1, step) ||
        strcmp(str_text(&whole), str_text(&pieces)) != 0)
        abort();
    return 0;
}
