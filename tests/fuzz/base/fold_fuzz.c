/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/base/fold_fuzz.c - bytes as a name: its key is the name's own, and at rest. */
#include "base/fold.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR text = STR_INIT, key = STR_INIT, again = STR_INIT;

    if (size > 2000)
        return 0;
    str_add_bytes(&text, data, size);
    if (text.failed || strlen(str_text(&text)) != size)
        return 0;
    fold_key(&key, str_text(&text));
    fold_key(&again, str_text(&key));
    if (key.failed || again.failed)
        abort();
    if (!utf8_is_valid(str_text(&text), size))
        return 0; /* bytes on their own may become letters where a mark between them goes */
    if (!utf8_is_valid(str_text(&key), key.len) ||
        strcmp(str_text(&key), str_text(&again)) != 0 ||
        !fold_is_same(str_text(&text), str_text(&key)))
        abort();
    return 0;
}
