/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/template_fuzz.c - bytes as one sentence template and as a device's name. */
#include "intent/sentence.h"
#include "intent/template.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const struct node *n)
{
    size_t deepest = 0;

    for (; n; n = n->next) {
        size_t d = depth_of(n->child);

        if (d > deepest)
            deepest = d;
    }
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA a = ARENA_INIT(4 << 20);
    struct node *root = NULL;
    struct err e = ERR_INIT;

    if (template_parse(&root, &a, (const char *)data, size, &e) < 0) {
        if (root || !e.text[0])
            abort();
    } else if (!root || depth_of(root) > 3 * TEMPLATE_DEPTH_MAX) {
        abort();
    }
    root = NULL;
    if (template_words(&root, &a, (const char *)data, size, NULL) == 0)
        for (const struct node *n = root->child; n; n = n->next)
            if (n->kind != NODE_TEXT && (n->kind != NODE_RULE || n->name[0]))
                abort();
    root = NULL;
    if (template_literal(&root, &a, (const char *)data, size, NULL) == 0 &&
        (root->kind != NODE_TEXT || root->len == 0 || root->len > SENTENCE_MAX))
        abort();
    return 0;
}
