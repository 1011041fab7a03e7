/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_reader.h - what the readers of a sentence file share. For catalog_yaml.c (files, blocks)
 * and catalog_value.c (templates, values, lists) only.
 *
 * Every reader_*() function takes one YAML node and either keeps all of it or fails with words (in
 * `told`); reader_tolerate() turns the failure into a complaint with the node's line and goes on with
 * the next. Only -ENOMEM ends the reading.
 * Threads: the catalogue's owner. */
#ifndef JARVIS_INTENT_CATALOG_READER_H
#define JARVIS_INTENT_CATALOG_READER_H

#include "base/yaml.h"
#include "intent/catalog.h"

struct reader {
    struct catalog *c;
    const char *file; /* kept in the arena */
    bool is_own, speech_only;
    bool is_part, needs_area; /* struct catalog_part */
    const char *intent;
    enum speech_place place; /* of loose blocks being read */
    struct err told;  /* words of the fault being told */
};

int reader_no_memory(struct reader *rd);
int reader_tolerate(struct reader *rd, const struct yaml *y, int r);
int reader_need(struct reader *rd, const struct yaml *y, enum yaml_kind kind, const char *what);
char *reader_kept(struct reader *rd, const char *text); /* in the arena; NULL: memory */
/* `plain`: it must not name a list. */
int reader_template(struct node **ret, struct reader *rd, const struct yaml *y, bool plain);
struct symbol *reader_symbol_of(struct reader *rd, const char *name, bool is_list); /* NULL: memory */
int reader_datum(struct datum *ret, struct reader *rd, const struct yaml *y);
int reader_pair(struct pair *ret, struct reader *rd, const char *key, const struct yaml *y);
int reader_list(const struct list **ret, struct reader *rd, const struct yaml *y);

#endif
