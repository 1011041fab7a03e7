/* SPDX-License-Identifier: Apache-2.0 */
/* base/field_kinds.h - between base/fields.c (objects, tables) and base/field_kinds.c (values): one
 * row of operations a kind. Nobody else includes it.
 * Threads: constant, and plain values. */
#ifndef JARVIS_BASE_FIELD_KINDS_H
#define JARVIS_BASE_FIELD_KINDS_H

#include "base/fields.h"

enum { TAKE_PATH_BYTES = 128 };

struct take {
    char path[TAKE_PATH_BYTES]; /* of what is looked at; cut when it is longer */
    struct err *e;
};

struct field_ops {
    int (*take)(void *at, const struct field *row, const cJSON *v, struct take *t);
    cJSON *(*put)(const void *at, const struct field *row);
    void (*free)(void *at, const struct field *row); /* NULL: owns nothing */
    bool (*schema)(cJSON *to, const struct field *row);
    void (*words)(struct str *out, const struct field *row);
    size_t size; /* that the member must have; 0: as fields_check() says */
};

extern const struct field_ops field_ops[FIELD_N];

/* err_set() with the path in front. */
int take_fail(struct take *t, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `n` fits: the row's range has been looked at. */
void field_int_store(void *at, size_t size, int64_t n);
const char *field_text_at(const void *at, const struct field *row); /* TEXT, NAME */
int field_take_value(void *to, const struct field *row, const cJSON *v, struct take *t);
cJSON *field_put_value(const void *of, const struct field *row);
cJSON *field_schema(const struct field *row);
int fields_take_object(void *to, const struct fields *f, const cJSON *obj, struct take *t);

#endif
