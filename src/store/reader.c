/* SPDX-License-Identifier: Apache-2.0 */
/* store/reader.c - read-only connections with prepared statements.
 *
 * Every statement is reset before the function returns: a reader that held its transaction would
 * keep the log from being reused. The files are opened at the first question and again when another
 * file took the place of one: a reader is made while the store is still closed, and says why. */
#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"
#include "store/db.h"
#include "store/internal.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT_MAX = 200 };

enum query { QUERY_LIST, QUERY_ONE, QUERY_LAST, QUERY_DEVICES, QUERY_VALUE, QUERY_MISSED, QUERY_N };

#define SESSION_COLUMNS "id, wall_usec, source, heard, intent, reply, outcome, detail"

static const struct {
    enum store_file file;
    const char *sql;
} queries[QUERY_N] = {
    [QUERY_LIST] = { FILE_HISTORY, "SELECT " SESSION_COLUMNS
                                   " FROM sessions WHERE id < ?2 ORDER BY id DESC LIMIT ?1" },
    [QUERY_ONE] = { FILE_HISTORY, "SELECT " SESSION_COLUMNS " FROM sessions WHERE id = ?" },
    [QUERY_LAST] = { FILE_HISTORY, "SELECT max(id) FROM sessions" },
    [QUERY_DEVICES] = { FILE_CONFIG, "SELECT id, state FROM devices" },
    /* Of the newest sessions only: nothing here grows with the history. What was done within a minute, from
     * the same place, may be what was meant; ids are microseconds. */
    [QUERY_MISSED] = { FILE_HISTORY,
                       "SELECT m.heard, m.times, m.id, m.wall_usec, m.detail, (SELECT n.heard FROM sessions n"
                       " WHERE n.id > m.id AND n.id < m.id + 60000000 AND n.outcome = 'done'"
                       " AND n.source = m.source ORDER BY n.id LIMIT 1)"
                       " FROM (SELECT heard, count(*) AS times, max(id) AS id, wall_usec, source, detail"
                       " FROM (SELECT * FROM sessions ORDER BY id DESC LIMIT 5000)"
                       " WHERE outcome = 'not_understood' AND heard <> ''"
                       " GROUP BY heard HAVING max(id) < ?2 ORDER BY max(id) DESC LIMIT ?1) m" },
    [QUERY_VALUE] = { FILE_CONFIG, "SELECT value FROM entries WHERE key = ?" },
};

struct store_reader {
    struct store *store;          /* borrowed */
    unsigned generation;          /* of the files that are open; 0: none */
    sqlite3 *db[FILE_N];          /* owned */
    sqlite3_stmt *query[QUERY_N]; /* owned */
};

int store_reader_new(struct store_reader **ret, struct store *s, struct err *e)
{
    struct store_reader *r = calloc(1, sizeof(*r));

    if (!r)
        return err_set(e, -ENOMEM, "store: out of memory for a reader");
    r->store = s;
    *ret = r;
    return 0;
}

static void reader_close(struct store_reader *r)
{
    for (size_t i = 0; i < QUERY_N; i++) {
        sqlite3_finalize(r->query[i]);
        r->query[i] = NULL;
    }
    for (size_t i = 0; i < FILE_N; i++)
        r->db[i] = db_close(r->db[i]);
    r->generation = 0;
}

struct store_reader *store_reader_free(struct store_reader *r)
{
    if (!r)
        return NULL;
    reader_close(r);
    free(r);
    return NULL;
}

static int reader_open(struct store_reader *r, struct err *e)
{
    int code = 0;

    for (size_t i = 0; i < FILE_N && code >= 0; i++) {
        char path[STORE_PATH_BYTES + 64];

        snprintf(path, sizeof(path), "%s/%s", r->store->dir, store_schemas[i].name);
        code = db_open(&r->db[i], path, guard_vfs(r->store->guard), DB_READ, e);
    }
    for (size_t i = 0; i < QUERY_N && code >= 0; i++)
        code = db_prepare(&r->query[i], r->db[queries[i].file], queries[i].sql, e);
    if (code < 0)
        reader_close(r);
    return code;
}

/* The statement, on the files as they are now; *ret stays NULL when they cannot be read. */
static int reader_query(sqlite3_stmt **ret, struct store_reader *r, enum query q, struct err *e)
{
    unsigned generation = 0;
    int code = writer_state(r->store->writer, &generation, e);

    if (code >= 0 && generation != r->generation) { /* another file took the place of one */
        reader_close(r);
        code = reader_open(r, e);
        if (code >= 0)
            r->generation = generation;
    }
    if (code < 0)
        return err_wrap(e, code, "reading");
    must(r->query[q] && r->generation > 0);
    *ret = r->query[q];
    return 0;
}

/* Lets a statement go, whatever way the function is left. */
static void query_resetp(sqlite3_stmt **q)
{
    if (!*q)
        return;
    sqlite3_reset(*q);
    sqlite3_clear_bindings(*q);
}

static int query_error(struct store_reader *r, enum query q, int rc, struct err *e)
{
    int code = db_error(r->db[queries[q].file], rc, e);

    if (code == -EUCLEAN)
        writer_doubt(r->store->writer, queries[q].file);
    return err_wrap(e, code, "reading");
}

/* A text as JSON. What a damaged page made of it may be no UTF-8 any more: the rest is still worth
 * showing, and must not spoil the document that it stands in. */
static cJSON *column_text(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    AUTO_FREE char *clean = NULL;

    if (!text || utf8_is_valid(text, strlen(text)))
        return text ? cJSON_CreateString(text) : NULL;
    clean = str_dup(text);
    if (!clean)
        return NULL;
    utf8_clean(clean);
    return cJSON_CreateString(clean);
}

/* The parsed text of a column; an object of its own where it is no JSON (an older hand's row). */
static cJSON *column_json(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    cJSON *j = NULL;
    int code;

    if (!text)
        return NULL;
    code = json_parse(&j, text, (size_t)sqlite3_column_bytes(q, column), NULL);
    return code == -ENOMEM ? NULL : code < 0 ? cJSON_CreateObject() : j;
}

/* Rows of older versions hold `publishes`, objects of one way to reach the house. They are read as
 * `sent`, texts for people. false: out of memory. */
static bool detail_modernise(cJSON *detail)
{
    AUTO_JSON *old = cJSON_DetachItemFromObjectCaseSensitive(detail, "publishes");
    const cJSON *p;
    cJSON *sent = cJSON_GetObjectItemCaseSensitive(detail, "sent");

    if (sent && !cJSON_IsArray(sent)) {
        cJSON_DeleteItemFromObjectCaseSensitive(detail, "sent");
        sent = NULL;
    }
    if (!old || sent)
        return true;
    sent = cJSON_AddArrayToObject(detail, "sent");
    cJSON_ArrayForEach (p, old) {
        AUTO_STR words = STR_INIT;
        cJSON *text;

        str_addf(&words, "%s %s%s", json_str(p, "topic", "?"), json_str(p, "payload", ""),
                 json_bool(p, "sent", true) ? "" : " (not sent)");
        text = words.failed ? NULL : cJSON_CreateString(str_text(&words));
        if (!json_push(sent, text))
            return false;
    }
    return sent != NULL;
}

static cJSON *column_detail(sqlite3_stmt *q, int column)
{
    AUTO_JSON *detail = column_json(q, column);

    if (detail && !cJSON_IsObject(detail)) {
        cJSON_Delete(detail);
        detail = cJSON_CreateObject();
    }
    return detail && detail_modernise(detail) ? STEAL(detail) : NULL;
}

static cJSON *session_json(sqlite3_stmt *q)
{
    static const char *const keys[] = { "source", "heard", "intent", "reply", "outcome" };
    AUTO_JSON *j = cJSON_CreateObject();

    if (!j || !cJSON_AddNumberToObject(j, "id", (double)sqlite3_column_int64(q, 0)) ||
        !cJSON_AddNumberToObject(j, "at", (double)(sqlite3_column_int64(q, 1) / 1000)))
        return NULL;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!json_put(j, keys[i], column_text(q, (int)i + 2)))
            return NULL;
    if (!json_put(j, "detail", column_detail(q, 7)))
        return NULL;
    return STEAL(j);
}

/* The rows that a statement gives, `limit` of them, with a smaller id than `before` (0: from the newest on). */
static int list_rows(cJSON **ret, struct store_reader *r, enum query which, uint64_t before, int limit,
                     cJSON *(*make)(sqlite3_stmt *q), struct err *e)
{
    AUTO(query_resetp) sqlite3_stmt *q = NULL;
    AUTO_JSON *list = cJSON_CreateArray();
    int rc, code;

    if (limit < 1 || limit > LIMIT_MAX)
        return err_set(e, -EINVAL, "limit: %d is outside 1..%d", limit, LIMIT_MAX);
    code = reader_query(&q, r, which, e);
    if (code < 0)
        return code;
    sqlite3_bind_int(q, 1, limit);
    sqlite3_bind_int64(q, 2, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        cJSON *item = list ? make(q) : NULL;

        if (!json_push(list, item))
            return err_set(e, -ENOMEM, "store: out of memory for sessions");
    }
    if (rc != SQLITE_DONE)
        return query_error(r, which, rc, e);
    if (!list)
        return err_set(e, -ENOMEM, "store: out of memory for sessions");
    *ret = STEAL(list);
    return 0;
}

int store_sessions(cJSON **ret, struct store_reader *r, uint64_t before, int limit, struct err *e)
{
    return list_rows(ret, r, QUERY_LIST, before, limit, session_json, e);
}

static cJSON *missed_json(sqlite3_stmt *q)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *detail = column_detail(q, 4);
    const cJSON *lacks = cJSON_GetObjectItemCaseSensitive(detail, "lacks");
    cJSON *then = column_text(q, 5);

    if (!json_put(j, "text", column_text(q, 0)) ||
        !json_put_int(j, "count", sqlite3_column_int64(q, 1)) ||
        !json_put_int(j, "session", sqlite3_column_int64(q, 2)) ||
        !json_put_int(j, "at", sqlite3_column_int64(q, 3) / 1000) ||
        (lacks && !json_put_copy(j, "lacks", lacks))) {
        json_free(then);
        return NULL;
    }
    return !then || json_put(j, "then", then) ? STEAL(j) : NULL;
}

int store_missed(cJSON **ret, struct store_reader *r, uint64_t before, int limit, struct err *e)
{
    return list_rows(ret, r, QUERY_MISSED, before, limit, missed_json, e);
}

int store_session_get(cJSON **ret, struct store_reader *r, uint64_t id, struct err *e)
{
    AUTO(query_resetp) sqlite3_stmt *q = NULL;
    cJSON *item;
    int rc, code = reader_query(&q, r, QUERY_ONE, e);

    if (code < 0)
        return code;
    sqlite3_bind_int64(q, 1, id > INT64_MAX ? 0 : (int64_t)id);
    rc = sqlite3_step(q);
    if (rc == SQLITE_DONE)
        return err_set(e, -ENOENT, "there is no session %llu", (unsigned long long)id);
    if (rc != SQLITE_ROW)
        return query_error(r, QUERY_ONE, rc, e);
    item = session_json(q);
    if (!item)
        return err_set(e, -ENOMEM, "store: out of memory for a session");
    *ret = item;
    return 0;
}

int store_session_last_id(uint64_t *ret, struct store_reader *r, struct err *e)
{
    AUTO(query_resetp) sqlite3_stmt *q = NULL;
    int rc, code = reader_query(&q, r, QUERY_LAST, e);

    if (code < 0)
        return code;
    rc = sqlite3_step(q);
    if (rc != SQLITE_ROW)
        return query_error(r, QUERY_LAST, rc, e);
    *ret = (uint64_t)sqlite3_column_int64(q, 0); /* NULL, of an empty table, reads as 0 */
    return 0;
}

int store_devices(cJSON **ret, struct store_reader *r, struct err *e)
{
    AUTO(query_resetp) sqlite3_stmt *q = NULL;
    AUTO_JSON *all = cJSON_CreateObject();
    int rc, code = reader_query(&q, r, QUERY_DEVICES, e);

    if (code < 0)
        return code;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text(q, 0);

        if (id && !utf8_is_valid(id, strlen(id)))
            continue; /* no device has such an id */
        if (!all || !id || !json_put(all, id, column_json(q, 1)))
            return err_set(e, -ENOMEM, "store: out of memory for device states");
    }
    if (rc != SQLITE_DONE)
        return query_error(r, QUERY_DEVICES, rc, e);
    if (!all)
        return err_set(e, -ENOMEM, "store: out of memory for device states");
    *ret = STEAL(all);
    return 0;
}

int store_value_get(char **ret, struct store_reader *r, const char *key, struct err *e)
{
    AUTO(query_resetp) sqlite3_stmt *q = NULL;
    const char *text;
    char *copy;
    int rc, code = reader_query(&q, r, QUERY_VALUE, e);

    if (code < 0)
        return code;
    rc = sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    if (rc == SQLITE_DONE)
        return err_set(e, -ENOENT, "there is no '%s'", key);
    if (rc != SQLITE_ROW)
        return query_error(r, QUERY_VALUE, rc, e);
    text = (const char *)sqlite3_column_text(q, 0);
    copy = text ? str_dup(text) : NULL;
    if (copy && !utf8_is_valid(copy, strlen(copy)))
        utf8_clean(copy);
    if (!copy)
        return err_set(e, -ENOMEM, "store: out of memory for '%s'", key);
    *ret = copy;
    return 0;
}
