/* SPDX-License-Identifier: Apache-2.0 */
/* core/counters.c - what every part counts, as tables. */
#include "core/counters.h"

#include "base/must.h"

#include <inttypes.h>
#include <string.h>

int counters_add(struct counters *c, const struct counter_part *part, struct err *e)
{
    if (!must(part->fill && part->rows && part->stats_bytes <= COUNTERS_STATS_BYTES_MAX))
        return err_set(e, -EINVAL, "counters of %s: wrongly described", part->name);
    if (c->n == COUNTERS_PARTS_MAX)
        return err_set(e, -ENOSPC, "counters of %s: no place (at most %d parts)", part->name,
                       COUNTERS_PARTS_MAX);
    for (size_t i = 0; i < c->n; i++)
        must(strcmp(c->parts[i].name, part->name) != 0);
    c->parts[c->n++] = *part;
    return 0;
}

static int64_t row_value(const struct counter_row *row, const void *stats)
{
    const char *at = (const char *)stats + row->offset;
    uint64_t u64;
    int64_t i64;
    unsigned u;
    int i;
    bool b;

    switch (row->field) {
    case COUNTER_BOOL:
        memcpy(&b, at, sizeof(b));
        return b;
    case COUNTER_INT:
        memcpy(&i, at, sizeof(i));
        return i;
    case COUNTER_UINT:
        memcpy(&u, at, sizeof(u));
        return u;
    case COUNTER_I64:
        memcpy(&i64, at, sizeof(i64));
        return i64;
    default:
        memcpy(&u64, at, sizeof(u64));
        return u64 > (uint64_t)JSON_INT_MAX ? JSON_INT_MAX : (int64_t)u64;
    }
}

static cJSON *part_json(const struct counter_part *p)
{
    _Alignas(max_align_t) char stats[COUNTERS_STATS_BYTES_MAX] = { 0 };
    AUTO_JSON *j = NULL;
    bool ok = true;

    if (!p->fill(stats, p->user))
        return cJSON_CreateNull();
    j = cJSON_CreateObject();
    for (size_t i = 0; ok && i < p->rows_n; i++) {
        const struct counter_row *row = &p->rows[i];
        int64_t v = row_value(row, stats);

        ok = row->type == COUNTER_FLAG ? json_put_bool(j, row->key, v != 0)
                                       : json_put_int(j, row->key, v);
    }
    return ok ? STEAL(j) : NULL;
}

bool counters_json(const struct counters *c, cJSON *to)
{
    for (size_t i = 0; i < c->n; i++)
        if (!json_put(to, c->parts[i].name, part_json(&c->parts[i])))
            return false;
    return true;
}

static void row_text(struct str *out, const struct counter_part *p, const struct counter_row *row,
                     const void *stats)
{
    const char *end = row->type == COUNTER_TOTAL ? "_total" : "";

    str_addf(out, "# HELP jarvis_%s_%s%s %s%s%s%s\n", p->name, row->key, end, row->help,
             row->unit[0] ? " In " : "", row->unit, row->unit[0] ? "." : "");
    str_addf(out, "# TYPE jarvis_%s_%s%s %s\n", p->name, row->key, end,
             row->type == COUNTER_TOTAL ? "counter" : "gauge");
    str_addf(out, "jarvis_%s_%s%s %" PRId64 "\n", p->name, row->key, end, row_value(row, stats));
}

void counters_text(const struct counters *c, struct str *out)
{
    for (size_t i = 0; i < c->n; i++) {
        _Alignas(max_align_t) char stats[COUNTERS_STATS_BYTES_MAX] = { 0 };
        const struct counter_part *p = &c->parts[i];

        if (!p->fill(stats, p->user))
            continue;
        for (size_t k = 0; k < p->rows_n; k++)
            if (p->rows[k].type != COUNTER_ID)
                row_text(out, p, &p->rows[k], stats);
    }
}
