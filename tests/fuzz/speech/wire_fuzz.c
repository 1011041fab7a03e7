/* SPDX-License-Identifier: Apache-2.0 */
/* wire: heads of frames as either side takes them. What is taken can be written, and what is written
 * is taken again and the same. */
#include "speech/wire.h"

#include <stdlib.h>
#include <string.h>

static const struct fields *const heads[] = {
    &wire_config_fields, &wire_grammar_fields, &wire_loaded_fields, &wire_result_fields,
    &wire_speak_fields,  &wire_spoken_fields,  &wire_words_fields,  &wire_sounds_fields,
};

enum { HEADS = sizeof(heads) / sizeof(heads[0]), HEAD_BYTES_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The head written, owned by the caller; aborts where it cannot be. */
static char *written(void *head, const struct fields *f)
{
    AUTO_JSON *json = fields_put(head, f);
    char *text = json_text(json);

    if (!text)
        abort();
    fields_done(head, f);
    return text;
}

static char *taken_again(const char *text, const struct fields *f)
{
    const struct rpc_frame frame = { .payload = (const uint8_t *)text, .len = strlen(text) };
    char head[HEAD_BYTES_MAX];

    if (wire_take(head, f, &frame, NULL) < 0)
        abort();
    return written(head, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fields *f = heads[size ? data[0] % HEADS : 0];
    const struct rpc_frame frame = { .payload = size ? data + 1 : data, .len = size ? size - 1 : 0 };
    AUTO_FREE char *text = NULL, *again = NULL;
    char head[HEAD_BYTES_MAX];
    struct err e = ERR_INIT;

    if (f->bytes > sizeof(head))
        abort();
    if (wire_take(head, f, &frame, NULL) < 0) {
        int r = wire_answer_take(head, f, &frame, &e);

        if (r >= 0 || (r != -EBADMSG && r != -EREMOTEIO) || err_text(&e)[0] == '\0')
            abort();
        return 0;
    }
    text = written(head, f);
    again = taken_again(text, f);
    if (strcmp(text, again) != 0)
        abort();
    return 0;
}
