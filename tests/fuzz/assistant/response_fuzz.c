/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/assistant/response_fuzz.c - bytes as a reply template, rendered. */
#include "assistant/response.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vars_text[] =
    "{\"slots\":{\"name\":\"Lamp\",\"timers\":[{\"is_active\":true},{\"left\":2}]},"
    "\"state\":{\"state\":\"21.5\",\"domain\":\"light\",\"attributes\":{\"a\":-1.5}},"
    "\"query\":{\"matched\":[{\"name\":\"b\"},{\"name\":\"A\"}],\"unmatched\":[]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cJSON *vars; /* lives as long as the process */
    AUTO(response_freep) struct response *r = NULL;
    AUTO_STR out = STR_INIT;
    struct err e = ERR_INIT;

    if (!vars && json_parse(&vars, vars_text, strlen(vars_text), NULL) < 0)
        abort();
    if (response_parse(&r, (const char *)data, size, &e) < 0) {
        if (r || !e.text[0])
            abort();
        return 0;
    }
    if (response_render(&out, r, vars, &e) < 0) {
        if (out.len || !e.text[0])
            abort();
    } else if (out.len > RESPONSE_OUTPUT_BYTES_MAX || (out.len && out.data[0] == ' ')) {
        abort();
    }
    return 0;
}
