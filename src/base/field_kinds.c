/* SPDX-License-Identifier: Apache-2.0 */
/* base/field_kinds.c - the kinds of fields: how each is taken, put, freed and described. */
#include "base/field_kinds.h"

#include "base/must.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int take_fail(struct take *t, int code, const char *format, ...)
{
    char words[ERR_TEXT_BYTES];
    va_list ap;

    va_start(ap, format);
    vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    return err_set(t->e, code, "%s%s%s", t->path, t->path[0] ? ": " : "", words);
}

/* ---- numbers by their size -------------------------------------------------------------- */

void field_int_store(void *at, size_t size, int64_t n)
{
    const int8_t n8 = (int8_t)n;
    const int16_t n16 = (int16_t)n;
    const int32_t n32 = (int32_t)n;

    /* fields_check() has seen that the range fits the size: nothing is cut here */
    switch (size) {
    case 1:
        memcpy(at, &n8, size);
        break;
    case 2:
        memcpy(at, &n16, size);
        break;
    case 4:
        memcpy(at, &n32, size);
        break;
    default:
        must(size == sizeof(n));
        memcpy(at, &n, sizeof(n));
    }
}

static int64_t int_load(const void *at, size_t size, bool is_signed)
{
    int64_t n64 = 0;
    int32_t n32;
    int16_t n16;
    int8_t n8;

    switch (size) {
    case 1:
        memcpy(&n8, at, size);
        return is_signed ? n8 : (uint8_t)n8;
    case 2:
        memcpy(&n16, at, size);
        return is_signed ? n16 : (uint16_t)n16;
    case 4:
        memcpy(&n32, at, size);
        return is_signed ? n32 : (int64_t)(uint32_t)n32;
    default:
        memcpy(&n64, at, sizeof(n64));
        return n64;
    }
}

static int number_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;

    must(row->min <= row->max);
    if (d != floor(d)) /* a fraction, or no number */
        return take_fail(t, -EINVAL, "must be a whole number");
    /* 2^63 is the first double that no int64_t holds; (double)INT64_MAX rounds up to it */
    if (d < (double)row->min || d > (double)row->max || d >= 0x1p63)
        return take_fail(t, -ERANGE, "must be within %" PRId64 "..%" PRId64, row->min, row->max);
    field_int_store(at, row->size, (int64_t)d);
    return 0;
}

static cJSON *number_put(const void *at, const struct field *row)
{
    return cJSON_CreateNumber((double)int_load(at, row->size, row->kind == FIELD_INT));
}

static bool number_schema(cJSON *to, const struct field *row)
{
    return json_put_text(to, "type", "integer") && json_put_int(to, "minimum", row->min) &&
           json_put_int(to, "maximum", row->max) &&
           (!row->fallback || json_put_int(to, "default", row->fallback));
}

static void number_words(struct str *out, const struct field *row)
{
    str_addf(out, "whole number, %" PRId64 " to %" PRId64, row->min, row->max);
    if (row->fallback)
        str_addf(out, ", %" PRId64 " when absent", row->fallback);
}

/* ---- the other kinds -------------------------------------------------------------------- */

static int bool_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    if (!cJSON_IsBool(v))
        return take_fail(t, -EINVAL, "must be true or false");
    field_int_store(at, row->size, cJSON_IsTrue(v));
    return 0;
}

static cJSON *bool_put(const void *at, const struct field *row)
{
    return cJSON_CreateBool(int_load(at, row->size, true) > 0);
}

static bool bool_schema(cJSON *to, const struct field *row)
{
    return json_put_text(to, "type", "boolean") &&
           (row->fallback <= 0 || json_put_bool(to, "default", true));
}

static void bool_words(struct str *out, const struct field *row)
{
    str_addf(out, "true or false%s", row->fallback > 0 ? ", true when absent" : "");
}

static bool real_has_range(const struct field *row)
{
    return row->min != 0 || row->max != 0;
}

static int real_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;

    if (!isfinite(d))
        return take_fail(t, -EINVAL, "must be a number");
    if (real_has_range(row) && (d < (double)row->min || d > (double)row->max))
        return take_fail(t, -ERANGE, "must be within %" PRId64 "..%" PRId64, row->min, row->max);
    memcpy(at, &d, sizeof(d));
    return 0;
}

static cJSON *real_put(const void *at, const struct field *row)
{
    double d;

    (void)row;
    memcpy(&d, at, sizeof(d));
    return cJSON_CreateNumber(d);
}

static bool real_schema(cJSON *to, const struct field *row)
{
    return json_put_text(to, "type", "number") &&
           (!real_has_range(row) ||
            (json_put_int(to, "minimum", row->min) && json_put_int(to, "maximum", row->max)));
}

static void real_words(struct str *out, const struct field *row)
{
    str_add(out, "number");
    if (real_has_range(row))
        str_addf(out, ", %" PRId64 " to %" PRId64, row->min, row->max);
}

/* In place: blanks for line ends and tabs (FIELD_LINE); refuses what no text may hold. */
static int text_clean(char *text, const struct field *row, struct take *t)
{
    for (char *p = text; (row->flags & FIELD_LINE) && *p; p++)
        if (*p == '\n' || *p == '\r' || *p == '\t')
            *p = ' ';
    if (utf8_has_control(text, row->flags & FIELD_LINES ? "\t\n\r" : ""))
        return take_fail(t, -EINVAL, "has a control character");
    if (row->flags & FIELD_LINE) {
        const char *trimmed = str_trim(text);

        memmove(text, trimmed, strlen(trimmed) + 1);
    }
    return 0;
}

static int text_check(char **ret, const struct field *row, const cJSON *v, struct take *t)
{
    AUTO_FREE char *copy = NULL;
    size_t len;
    int r;

    if (!cJSON_IsString(v))
        return take_fail(t, -EINVAL, "must be a string");
    len = strlen(v->valuestring);
    if (len > (size_t)row->max)
        return take_fail(t, -EMSGSIZE, "has %zu bytes, at most %" PRId64 " are taken", len,
                         row->max);
    copy = str_dup(v->valuestring);
    if (!copy)
        return take_fail(t, -ENOMEM, "out of memory");
    r = text_clean(copy, row, t);
    if (r < 0)
        return r;
    len = strlen(copy);
    if (len < (size_t)row->min)
        return len == 0 ? take_fail(t, -EINVAL, "is empty")
                        : take_fail(t, -ERANGE, "has %zu bytes, at least %" PRId64 " are needed",
                                    len, row->min);
    must(len <= (size_t)row->max);
    *ret = STEAL(copy);
    return 0;
}

static int text_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    char *text;
    int r = text_check(&text, row, v, t);

    if (r >= 0)
        memcpy(at, &text, sizeof(text));
    return r;
}

static int name_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    AUTO_FREE char *text = NULL;
    int r = text_check(&text, row, v, t);

    if (r >= 0 && !must(str_copy(at, row->size, text))) /* fields_check(): max < size */
        r = take_fail(t, -EMSGSIZE, "is too long");
    return r;
}

const char *field_text_at(const void *at, const struct field *row)
{
    char *text;

    if (row->kind == FIELD_NAME)
        return at;
    memcpy(&text, at, sizeof(text));
    return text;
}

static cJSON *text_put(const void *at, const struct field *row)
{
    const char *text = field_text_at(at, row);

    return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static bool text_schema(cJSON *to, const struct field *row)
{
    return json_put_text(to, "type", "string") &&
           (!row->min || json_put_int(to, "minLength", 1)) &&
           json_put_int(to, "maxLength", row->max);
}

static void text_words(struct str *out, const struct field *row)
{
    str_addf(out, "text of %s%" PRId64 " bytes", row->min ? "1 to " : "at most ", row->max);
}

static void text_free(void *at, const struct field *row)
{
    char *text;

    (void)row;
    memcpy(&text, at, sizeof(text));
    free(text);
}

static void choice_list(struct str *out, const struct field *row)
{
    for (size_t i = (size_t)row->min; row->words[i]; i++)
        if (row->words[i][0])
            str_add_item(out, row->words[i]);
}

static int choice_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    AUTO_STR known = STR_INIT;

    if (!cJSON_IsString(v))
        return take_fail(t, -EINVAL, "must be a string");
    for (int i = (int)row->min; row->words[i]; i++) {
        if (!row->words[i][0] || strcmp(row->words[i], v->valuestring) != 0)
            continue;
        field_int_store(at, row->size, i);
        return 0;
    }
    choice_list(&known, row);
    return take_fail(t, -EINVAL, "'%.40s' is unknown; known are %.200s", v->valuestring,
                     str_text(&known));
}

static size_t choice_count(const struct field *row)
{
    size_t n = 0;

    while (row->words[n])
        n++;
    return n;
}

static cJSON *choice_put(const void *at, const struct field *row)
{
    int64_t n = int_load(at, row->size, true);

    if (n < 0) /* not said */
        return cJSON_CreateNull();
    return must((size_t)n < choice_count(row)) ? cJSON_CreateString(row->words[n])
                                               : cJSON_CreateNull();
}

static bool choice_schema(cJSON *to, const struct field *row)
{
    cJSON *list = cJSON_AddArrayToObject(to, "enum");
    bool ok = list && json_put_text(to, "type", "string");

    for (size_t i = (size_t)row->min; ok && row->words[i]; i++)
        ok = !row->words[i][0] || json_push(list, cJSON_CreateString(row->words[i]));
    return ok;
}

static void choice_words(struct str *out, const struct field *row)
{
    AUTO_STR known = STR_INIT;

    choice_list(&known, row);
    str_addf(out, "one of %s", str_text(&known));
}

static int nested_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    return fields_take_object(at, row->of, v, t);
}

static cJSON *nested_put(const void *at, const struct field *row)
{
    return fields_put(at, row->of);
}

static void nested_free(void *at, const struct field *row)
{
    fields_done(at, row->of);
}

static bool nested_schema(cJSON *to, const struct field *row)
{
    AUTO_JSON *schema = fields_schema(row->of);
    cJSON *item;

    if (!schema)
        return false;
    while ((item = cJSON_DetachItemFromArray(schema, 0))) {
        AUTO_FREE char *key = str_dup(item->string);

        if (!key || !json_put(to, key, item))
            return false;
    }
    return true;
}

static void nested_words(struct str *out, const struct field *row)
{
    str_add(out, "object {");
    for (size_t i = 0; i < row->of->n; i++)
        str_addf(out, "%s%s", i ? ", " : "", row->of->rows[i].name);
    str_add(out, "}");
}

/* ---- lists ------------------------------------------------------------------------------ */

static bool is_bare(const struct fields *f)
{
    return f->n == 1 && !f->rows[0].name;
}

static int item_take(void *to, const struct fields *f, const cJSON *item, size_t i, struct take *t)
{
    size_t len = strlen(t->path);
    int r;

    snprintf(t->path + len, sizeof(t->path) - len, "[%zu]", i);
    r = is_bare(f) ? field_take_value(to, &f->rows[0], item, t) : fields_take_object(to, f, item, t);
    t->path[len] = '\0';
    return r;
}

static int list_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    struct field_list list = { NULL, 0 };
    int64_t n = cJSON_IsArray(v) ? cJSON_GetArraySize(v) : -1;
    const cJSON *item;
    int r = 0;

    if (n < 0)
        return take_fail(t, -EINVAL, "must be a list");
    if (n < row->min || n > row->max)
        return take_fail(t, -ERANGE, "has %" PRId64 " items, %" PRId64 " to %" PRId64 " are taken",
                         n, row->min, row->max);
    list.items = n > 0 ? calloc((size_t)n, row->of->bytes) : NULL;
    if (n > 0 && !list.items)
        return take_fail(t, -ENOMEM, "out of memory");
    cJSON_ArrayForEach(item, v)
    {
        r = item_take((char *)list.items + list.n * row->of->bytes, row->of, item, list.n, t);
        list.n++; /* a half-filled one is freed with the rest */
        if (r < 0)
            break;
    }
    memcpy(at, &list, sizeof(list));
    return r;
}

static void list_free(void *at, const struct field *row)
{
    struct field_list list;

    memcpy(&list, at, sizeof(list));
    must(list.items || list.n == 0);
    for (size_t i = 0; i < list.n; i++)
        fields_done((char *)list.items + i * row->of->bytes, row->of);
    free(list.items);
}

static cJSON *list_put(const void *at, const struct field *row)
{
    AUTO_JSON *j = cJSON_CreateArray();
    struct field_list list;
    bool ok = j != NULL;

    memcpy(&list, at, sizeof(list));
    for (size_t i = 0; ok && i < list.n; i++) {
        const char *item = (const char *)list.items + i * row->of->bytes;

        ok = json_push(j, is_bare(row->of) ? field_put_value(item, &row->of->rows[0])
                                             : fields_put(item, row->of));
    }
    return ok ? STEAL(j) : NULL;
}

static bool list_schema(cJSON *to, const struct field *row)
{
    return json_put_text(to, "type", "array") && json_put_int(to, "maxItems", row->max) &&
           json_put(to, "items",
                    is_bare(row->of) ? field_schema(&row->of->rows[0]) : fields_schema(row->of));
}

static void list_words(struct str *out, const struct field *row)
{
    str_addf(out, "list of at most %" PRId64, row->max);
    if (!is_bare(row->of)) {
        str_add(out, ", each an ");
        nested_words(out, row);
    }
}

/* ---- whatever stands there -------------------------------------------------------------- */

static int json_kind_take(void *at, const struct field *row, const cJSON *v, struct take *t)
{
    cJSON *copy = cJSON_Duplicate(v, true);

    (void)row;
    if (!copy)
        return take_fail(t, -ENOMEM, "out of memory");
    memcpy(at, &copy, sizeof(copy));
    return 0;
}

static const cJSON *json_at(const void *at)
{
    const cJSON *j;

    memcpy(&j, at, sizeof(j));
    return j;
}

static cJSON *json_kind_put(const void *at, const struct field *row)
{
    (void)row;
    return json_at(at) ? cJSON_Duplicate(json_at(at), true) : cJSON_CreateNull();
}

static void json_kind_free(void *at, const struct field *row)
{
    (void)row;
    cJSON_Delete((cJSON *)(uintptr_t)json_at(at));
}

static bool json_kind_schema(cJSON *to, const struct field *row)
{
    (void)row;
    return to != NULL;
}

static void json_kind_words(struct str *out, const struct field *row)
{
    (void)row;
    str_add(out, "any value");
}

/* ---- the table of kinds ----------------------------------------------------------------- */

const struct field_ops field_ops[FIELD_N] = {
    [FIELD_BOOL] = { bool_take, bool_put, NULL, bool_schema, bool_words, 0 },
    [FIELD_INT] = { number_take, number_put, NULL, number_schema, number_words, 0 },
    [FIELD_UINT] = { number_take, number_put, NULL, number_schema, number_words, 0 },
    [FIELD_REAL] = { real_take, real_put, NULL, real_schema, real_words, sizeof(double) },
    [FIELD_TEXT] = { text_take, text_put, text_free, text_schema, text_words, sizeof(char *) },
    [FIELD_NAME] = { name_take, text_put, NULL, text_schema, text_words, 0 },
    [FIELD_CHOICE] = { choice_take, choice_put, NULL, choice_schema, choice_words, sizeof(int) },
    [FIELD_OBJECT] = { nested_take, nested_put, nested_free, nested_schema, nested_words, 0 },
    [FIELD_LIST] = { list_take, list_put, list_free, list_schema, list_words,
                     sizeof(struct field_list) },
    [FIELD_JSON] = { json_kind_take, json_kind_put, json_kind_free, json_kind_schema,
                     json_kind_words, sizeof(cJSON *) },
};

int field_take_value(void *to, const struct field *row, const cJSON *v, struct take *t)
{
    return field_ops[row->kind].take((char *)to + row->offset, row, v, t);
}

cJSON *field_put_value(const void *of, const struct field *row)
{
    return field_ops[row->kind].put((const char *)of + row->offset, row);
}
