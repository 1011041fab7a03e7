/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/base/json_fuzz.c - untrusted JSON: what is taken prints and reads back the same. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_JSON *j = NULL, *again = NULL;
    struct err e = ERR_INIT;
    const char *text;

    if (json_parse(&j, data, size, &e) < 0) {
        if (j || e.code != -EINVAL || e.text[0] == '\0')
            abort();
        return 0;
    }
    json_need_str(&text, j, "a", &e);
    AUTO_FREE char *printed = json_text(j);

    if (!printed || json_parse(&again, printed, strlen(printed), &e) < 0)
        abort();
    AUTO_FREE char *twice = json_text(again);

    if (!twice || strcmp(printed, twice) != 0)
        abort();
    return 0;
}
