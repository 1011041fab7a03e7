/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/speech/bankparts_fuzz.c - phrases of any form, then a line feed and an answer: pieces are short and without
 * places, they come to an end, and what an answer is split into are its words, in order, each a piece. */
#include "speech/bank_parts.h"

#include "speech/bank_index.h"

#include <stdlib.h>
#include <string.h>

enum { PIECES_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(uint64_t key, void *user)
{
    return bank_index_find(user, key) != NULL;
}

static void pieces_take(struct bank_index *to, struct bank_parts *p)
{
    AUTO_STR text = STR_INIT;
    bool needed;

    for (int i = 0; i < PIECES_MAX && bank_parts_next(p, &text, &needed); i++) {
        const struct bank_entry entry = { .key = bank_key(str_text(&text), text.len), .needed = needed };

        if (text.len > PARTS_TEXT_BYTES_MAX)
            abort();
        if (entry.key != 0)
            bank_index_add(to, &entry);
    }
}

static void answer_split(struct bank_index *all, const char *answer)
{
    struct bank_split s;
    size_t at = 0;

    bank_split(&s, answer, has, all);
    for (size_t i = 0; i < s.n; i++) {
        at += strspn(answer + at, " ");
        if (s.part[i].from != at || s.part[i].len == 0 || !has(bank_key(answer + at, s.part[i].len), all))
            abort();
        at += s.part[i].len;
    }
    if (s.n > 0 && answer[at + strspn(answer + at, " ")] != '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end ? (size_t)(end - data) : size;
    AUTO(bank_parts_freep) struct bank_parts *p = NULL;
    AUTO(bank_index_done) struct bank_index all = { .list = NULL };
    AUTO_JSON *j = NULL;
    AUTO_STR answer = STR_INIT;

    if (json_parse(&j, data, len, NULL) < 0 || bank_parts_new(&p, j, NULL) < 0)
        return 0;
    pieces_take(&all, p);
    if (end)
        str_add_bytes(&answer, end + 1, size - len - 1);
    if (!memchr(str_text(&answer), '\0', answer.len))
        answer_split(&all, str_text(&answer));
    return 0;
}
