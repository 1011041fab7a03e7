/* SPDX-License-Identifier: Apache-2.0 */
/* A file of responses: refused with words, or every sentence of it can be made. */
#include "assistant/phrase.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(struct reply *r, const char *intent)
{
    static const char acted[] = "{\"devices\":[{\"id\":\"a\",\"name\":\"lamp\",\"state\":\"on\"}]}";
    AUTO_STR out = STR_INIT;
    AUTO_JSON *j = NULL, *done = NULL;
    struct phrase_facts f = { .wall_usec = 1772395500LL * 1000000 };

    if (json_parse(&j, intent, strlen(intent), NULL) < 0 ||
        json_parse(&done, acted, strlen(acted), NULL) < 0)
        abort();
    f.intent = j;
    f.acted = done;
    phrase_done(&out, r, &f);
    if (out.len == 0 || out.len > 2 * REPLY_BYTES_MAX || !utf8_is_valid(out.data, out.len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(reply_freep) struct reply *r = NULL;
    AUTO_STR out = STR_INIT;
    struct err e = ERR_INIT;

    if (reply_parse(&r, "fuzz.yaml", data, size, &e) < 0) {
        if (r || e.text[0] == '\0')
            abort();
        return 0;
    }
    say(r, "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":\"a\",\"text\":\"lamp\"}}}");
    say(r, "{\"intent\":\"HassGetCurrentTime\"}");
    say(r, "{\"intent\":\"HassGetCurrentDate\"}");
    say(r, "{\"intent\":\"HassGetState\"}");
    say(r, "{\"intent\":\"\"}");
    for (int i = 0; i < REPLY_ERROR_N; i++)
        str_add(&out, reply_error(r, i));
    str_add(&out, reply_prompt(r));
    reply_number(&out, r, -1.25);
    return 0;
}
