/* SPDX-License-Identifier: Apache-2.0 */
/* base/fields.h - JSON objects by tables: one row is the parser, the range check, the words of
 * complaint, the writer, the JSON schema and the documentation of one key.
 *
 *     struct wish { char *message; bool speak; };
 *     static const struct field wish_rows[] = {
 *         { "message", FIELD_TEXT, FIELD_AT(struct wish, message), .min = 1, .max = 10240,
 *           .flags = FIELD_NEEDED | FIELD_LINE, .help = "the sentence" },
 *         { "speak", FIELD_BOOL, FIELD_AT(struct wish, speak), .help = "say the answer, too" },
 *     };
 *     static const struct fields wish_fields = FIELDS(struct wish, wish_rows);
 *     fields_take(&w, &wish_fields, json, e)
 *         -> -EMSGSIZE "message: has 12000 bytes, at most 10240 are taken"
 *
 * A complaint begins with the path of what is wrong ("devices[2].name: is missing").
 *
 * Who owns what: what a row allocates (FIELD_TEXT, FIELD_LIST, FIELD_JSON) belongs to the struct;
 * fields_done() frees it. fields_take() fills the struct as a whole: members without a row and
 * fields that are absent become 0 or their row's fallback. On failure it is untouched.
 * What may fail: -EINVAL (missing, wrong type, unknown key), -ERANGE (outside min..max),
 * -EMSGSIZE (too long), -ENOMEM. Nothing else: no number is ever cut or cast.
 * Bounds: text by `max` bytes, lists by `max` items, depth by the tables themselves.
 * Threads: tables are constant; a struct has one owner. */
#ifndef JARVIS_BASE_FIELDS_H
#define JARVIS_BASE_FIELDS_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_BOOL,   /* bool; or int, whose fallback -1 tells "not said" */
    FIELD_INT,    /* int8_t .. int64_t by its size, min..max */
    FIELD_UINT,   /* uint8_t .. uint64_t, min..max, at most JSON_INT_MAX */
    FIELD_REAL,   /* double, min..max unless both are 0 */
    FIELD_TEXT,   /* char *, min..max bytes of UTF-8 without control characters */
    FIELD_NAME,   /* char[size], the same */
    FIELD_CHOICE, /* int or enum: the place of the word in `words`; fallback where absent */
    FIELD_OBJECT, /* struct of `of`, in place; absent: all of it absent */
    FIELD_LIST,   /* struct field_list of `of`, min..max items; a table of one row without a name
                   * describes bare values */
    FIELD_JSON,   /* cJSON *, a copy of whatever stands there */
    FIELD_N
};

enum field_flag {
    FIELD_NEEDED = 1,
    FIELD_LINE = 2,   /* text: line ends and tabs become blanks, blanks around it are cut */
    FIELD_SPARSE = 4, /* fields_put() leaves it out when it is 0, false, NULL or empty */
    FIELD_LINES = 8,  /* text: line ends and tabs are kept */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, size; /* FIELD_AT() */
    int64_t min, max;    /* numbers: both allowed; text: bytes; lists: items */
    int64_t fallback;    /* BOOL, INT, UINT, CHOICE when absent */
    unsigned flags;      /* enum field_flag */
    const struct fields *of;  /* OBJECT, LIST */
    const char *const *words; /* CHOICE: up to NULL; places below min and "" cannot be said */
    const char *help;         /* one line for people; NULL: none */
};

struct fields {
    const struct field *rows;
    size_t n;
    size_t bytes;   /* of the struct */
    bool is_strict; /* an unknown key is refused, else ignored */
};

struct field_list {
    void *items; /* owned; n structs of the table */
    size_t n;
};

#define FIELD_AT(type, member) \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define FIELDS(type, table) { table, sizeof(table) / sizeof((table)[0]), sizeof(type), false }
#define FIELDS_STRICT(type, table) { table, sizeof(table) / sizeof((table)[0]), sizeof(type), true }

/* `obj` is borrowed. `ret` is a struct of f->bytes. */
int fields_take(void *ret, const struct fields *f, const cJSON *obj, struct err *e);
/* json_parse() and fields_take(). */
int fields_parse(void *ret, const struct fields *f, const void *buf, size_t len, struct err *e);
/* Frees what the rows own and zeroes them. */
void fields_done(void *of, const struct fields *f);
/* The struct as an object, owned by the caller; NULL: out of memory. */
cJSON *fields_put(const void *of, const struct fields *f);
/* Adds the rows to an object that is there; false: out of memory. */
bool fields_put_to(cJSON *to, const void *of, const struct fields *f);

/* JSON Schema of the object, owned by the caller; NULL: out of memory. */
cJSON *fields_schema(const struct fields *f);
/* A list for people: "- `message`: text of 1 to 10240 bytes, needed; the sentence". */
void fields_describe(struct str *out, const struct fields *f);
/* Is the table sound: sizes fit kinds, ranges fit sizes, names are there once? With words. */
int fields_check(const struct fields *f, struct err *e);

#endif
