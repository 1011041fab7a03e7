/* SPDX-License-Identifier: Apache-2.0 */
/* hint: a house (JSON) and, behind a line end, what a recogniser answered. Whatever both are, the hint is
 * bounded, whole and UTF-8; all of a hint of several names is an echo, a single name is none. */
#include "base/utf8.h"
#include "speech/hint.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *house = malloc(size + 1);
    AUTO_STR hint = STR_INIT, again = STR_INIT;
    AUTO_JSON *devices = NULL;
    const char *text, *end;

    if (!house)
        return 0;
    memcpy(house, data, size);
    house[size] = '\0';
    end = strchr(house, '\n');
    text = end ? end + 1 : "";
    devices = cJSON_ParseWithLength(house, end ? (size_t)(end - house) : strlen(house));
    hint_make(&hint, devices);
    hint_make(&again, devices);
    want(hint.len <= HINT_BYTES && utf8_is_valid(str_text(&hint), hint.len));
    want(strcmp(str_text(&hint), str_text(&again)) == 0);
    want(hint_is_echo(str_text(&hint), str_text(&hint)) == (strchr(str_text(&hint), ',') != NULL));
    if (hint_is_echo(str_text(&hint), text))
        want(strchr(text, ',') && strlen(text) > 0);
    return 0;
}
