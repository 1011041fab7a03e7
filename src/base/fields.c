/* SPDX-License-Identifier: Apache-2.0 */
/* base/fields.c - taking a JSON object apart and putting it together by a table.
 *
 * Taking fills a scratch struct that is copied over `ret` when all is well, so that a failure
 * leaves no half. The kinds are rows of field_ops[] (base/field_kinds.c). */
#include "base/field_kinds.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

/* ---- objects ---------------------------------------------------------------------------- */

static int field_absent(void *to, const struct field *row, struct take *t)
{
    static const cJSON nothing = { .type = cJSON_Object };
    char *at = (char *)to + row->offset;

    if (row->flags & FIELD_NEEDED)
        return take_fail(t, -EINVAL, "is missing");
    if (row->kind == FIELD_OBJECT) /* its own rows have fallbacks */
        return fields_take_object(at, row->of, &nothing, t);
    if (row->kind <= FIELD_UINT || row->kind == FIELD_CHOICE)
        field_int_store(at, row->size, row->fallback);
    return 0;
}

static int field_take(void *to, const struct field *row, const cJSON *obj, struct take *t)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, row->name);
    size_t len = strlen(t->path);
    int r;

    must(len < sizeof(t->path) && row->offset + row->size > row->offset);
    snprintf(t->path + len, sizeof(t->path) - len, "%s%s", len ? "." : "", row->name);
    r = v ? field_take_value(to, row, v, t) : field_absent(to, row, t);
    t->path[len] = '\0';
    return r;
}

static int keys_check(const struct fields *f, const cJSON *obj, struct take *t)
{
    AUTO_STR known = STR_INIT;
    const cJSON *item;

    for (size_t i = 0; i < f->n; i++)
        str_add_item(&known, f->rows[i].name);
    cJSON_ArrayForEach(item, obj)
    {
        size_t i = 0;

        while (i < f->n && strcmp(f->rows[i].name, item->string) != 0)
            i++;
        if (i == f->n)
            return take_fail(t, -EINVAL, "%.40s: is unknown; known are %.200s", item->string,
                             str_text(&known));
    }
    return 0;
}

int fields_take_object(void *to, const struct fields *f, const cJSON *obj, struct take *t)
{
    int r = 0;

    if (!cJSON_IsObject(obj))
        return take_fail(t, -EINVAL, "an object {...} is expected");
    if (f->is_strict)
        r = keys_check(f, obj, t);
    for (size_t i = 0; r >= 0 && i < f->n; i++)
        r = field_take(to, &f->rows[i], obj, t);
    return r;
}

int fields_take(void *ret, const struct fields *f, const cJSON *obj, struct err *e)
{
    struct take t = { .path = "", .e = e };
    AUTO_FREE void *scratch = calloc(1, f->bytes);
    int r;

    invariant(fields_check(f, NULL) == 0);
    if (!scratch)
        return err_set(e, -ENOMEM, "out of memory");
    r = fields_take_object(scratch, f, obj, &t);
    if (r < 0)
        fields_done(scratch, f);
    else
        memcpy(ret, scratch, f->bytes);
    must(t.path[0] == '\0');
    return r;
}

int fields_parse(void *ret, const struct fields *f, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    int r = json_parse(&j, buf, len, e);

    return r < 0 ? r : fields_take(ret, f, j, e);
}

void fields_done(void *of, const struct fields *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct field *row = &f->rows[i];
        char *at = (char *)of + row->offset;

        if (field_ops[row->kind].free)
            field_ops[row->kind].free(at, row);
        memset(at, 0, row->size);
    }
}

/* 0, false, NULL, "" or an empty list; an object never. */
static bool field_is_empty(const void *of, const struct field *row)
{
    const char *at = (const char *)of + row->offset;

    if (row->kind == FIELD_TEXT || row->kind == FIELD_NAME)
        return !field_text_at(at, row) || !field_text_at(at, row)[0];
    if (row->kind == FIELD_OBJECT)
        return false;
    for (size_t i = 0; i < row->size; i++)
        if (at[i])
            return false;
    return true;
}

bool fields_put_to(cJSON *to, const void *of, const struct fields *f)
{
    bool ok = to != NULL;

    for (size_t i = 0; ok && i < f->n; i++) {
        const struct field *row = &f->rows[i];

        if (!(row->flags & FIELD_SPARSE) || !field_is_empty(of, row))
            ok = json_put(to, row->name, field_put_value(of, row));
    }
    return ok;
}

cJSON *fields_put(const void *of, const struct fields *f)
{
    AUTO_JSON *j = cJSON_CreateObject();

    return fields_put_to(j, of, f) ? STEAL(j) : NULL;
}

/* ---- what the table says ---------------------------------------------------------------- */

cJSON *field_schema(const struct field *row)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && field_ops[row->kind].schema(j, row) &&
              (!row->help || json_put_text(j, "description", row->help));

    return ok ? STEAL(j) : NULL;
}

cJSON *fields_schema(const struct fields *f)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *needed = cJSON_CreateArray();
    bool ok = j && needed && json_put_text(j, "type", "object");
    cJSON *all = ok ? cJSON_AddObjectToObject(j, "properties") : NULL;

    for (size_t i = 0; all && i < f->n; i++) {
        const struct field *row = &f->rows[i];

        ok = ok && json_put(all, row->name, field_schema(row));
        if (row->flags & FIELD_NEEDED)
            ok = ok && json_push(needed, cJSON_CreateString(row->name));
    }
    if (cJSON_GetArraySize(needed) > 0)
        ok = ok && json_put(j, "required", STEAL(needed));
    if (f->is_strict)
        ok = ok && json_put_bool(j, "additionalProperties", false);
    return ok && all ? STEAL(j) : NULL;
}

void fields_describe(struct str *out, const struct fields *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct field *row = &f->rows[i];

        str_addf(out, "- `%s`: ", row->name);
        field_ops[row->kind].words(out, row);
        str_add(out, row->flags & FIELD_NEEDED ? ", needed" : "");
        if (row->help)
            str_addf(out, "; %s", row->help);
        str_add(out, "\n");
    }
}

/* ---- is the table sound? ---------------------------------------------------------------- */

static bool range_fits(const struct field *row)
{
    int bits = (int)row->size * 8 - (row->kind == FIELD_INT);
    /* beyond JSON_INT_MAX numbers are not written exactly */
    int64_t most = bits < 52 ? (1LL << bits) - 1 : JSON_INT_MAX;
    int64_t least = row->kind == FIELD_UINT ? 0 : -most - (bits < 52);

    return row->min >= least && row->max <= most && row->fallback >= least &&
           row->fallback <= most;
}

static bool size_fits(const struct field *row)
{
    if (field_ops[row->kind].size)
        return row->size == field_ops[row->kind].size;
    switch (row->kind) {
    case FIELD_BOOL:
        return (row->size == sizeof(bool) && row->fallback >= 0) || row->size == sizeof(int);
    case FIELD_INT:
    case FIELD_UINT:
        return (row->size == 1 || row->size == 2 || row->size == 4 || row->size == 8) &&
               range_fits(row);
    case FIELD_NAME:
        return row->max >= 0 && (uint64_t)row->max < row->size;
    default: /* OBJECT */
        return row->of && row->size == row->of->bytes;
    }
}

static bool name_is_good(const struct fields *f, size_t i)
{
    if (!f->rows[i].name)
        return f->n == 1; /* the items of a list */
    for (size_t k = 0; k < i; k++)
        if (strcmp(f->rows[k].name, f->rows[i].name) == 0)
            return false;
    return true;
}

static bool place_is_good(const struct fields *f, const struct field *row)
{
    return (unsigned)row->kind < FIELD_N && row->offset <= f->bytes &&
           row->size <= f->bytes - row->offset && size_fits(row);
}

/* What a kind needs beyond its place. */
static bool needs_are_met(const struct field *row)
{
    switch (row->kind) {
    case FIELD_TEXT:
        return row->max > 0;
    case FIELD_LIST:
        return row->max > 0 && row->of;
    case FIELD_CHOICE:
        return row->words && row->words[0] && (row->min == 0 || row->min == 1);
    default:
        return true;
    }
}

static const char *row_fault(const struct fields *f, size_t i)
{
    const struct field *row = &f->rows[i];

    if (!name_is_good(f, i))
        return "has no name, or one that stands twice";
    if (!place_is_good(f, row))
        return "kind, size and range do not fit each other";
    if (row->kind != FIELD_CHOICE && row->min > row->max)
        return "min is above max";
    return needs_are_met(row) ? NULL : "has no bound, words or table";
}

int fields_check(const struct fields *f, struct err *e)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct field *row = &f->rows[i];
        const char *fault = row_fault(f, i);
        int r;

        if (fault)
            return err_set(e, -EINVAL, "row %zu (%s): %s", i, row->name ? row->name : "-", fault);
        r = row->of ? fields_check(row->of, e) : 0;
        if (r < 0)
            return err_wrap(e, r, "%s", row->name ? row->name : "-");
    }
    return 0;
}
