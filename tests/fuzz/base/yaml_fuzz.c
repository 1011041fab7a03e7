/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/base/yaml_fuzz.c - untrusted YAML: trees keep their promises, complaints name a
 * line, and each scalar reads back from its quoted form. */
#include "base/yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_scalar(const struct yaml *y)
{
    AUTO(yaml_freep) struct yaml *again = NULL;
    AUTO_STR s = STR_INIT;

    yaml_quote(&s, y->text);
    if (s.failed || yaml_parse(&again, "quoted", s.data, s.len, NULL) < 0 ||
        again->kind != YAML_SCALAR || strcmp(again->text, y->text) != 0)
        abort();
}

static void check_tree(const struct yaml *y, bool in_map, int depth)
{
    if (depth > YAML_DEPTH_MAX || y->line < 1 || (y->key != NULL) != in_map)
        abort();
    if (y->kind == YAML_SCALAR) {
        if (!y->text || y->child)
            abort();
        check_scalar(y);
        return;
    }
    yaml_each(item, y)
    {
        if (y->kind == YAML_MAP && yaml_get(y, item->key) != item)
            abort(); /* a repeated key */
        check_tree(item, y->kind == YAML_MAP, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct err e = ERR_INIT;
    int r = yaml_parse(&y, "f", data, size, &e);

    if (r == 0)
        check_tree(y, false, 0);
    else if (y || (r != -EINVAL && r != -E2BIG) || !strstr(e.text, "f line "))
        abort();
    return 0;
}
