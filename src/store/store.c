/* SPDX-License-Identifier: Apache-2.0 */
/* store/store.c - the interface: requests are checked, copied and posted to the writer. */
#include "store/internal.h"

#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

static const int64_t ID_MAX = (INT64_C(1) << 53) - 1; /* what a JSON number holds exactly */

int store_open(struct store **ret, const struct store_opts *o, struct err *e)
{
    AUTO(store_closep) struct store *s = calloc(1, sizeof(*s));
    struct store_opts held = *o;
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "store: out of memory");
    if (!str_copy(s->dir, sizeof(s->dir), o->dir))
        return err_set(e, -ENAMETOOLONG,
                       "store: the path of the state folder is longer than %d "
                       "bytes",
                       STORE_PATH_BYTES - 1);
    s->clock = o->clock;
    r = guard_new(&s->guard, o->strict, e);
    held.dir = s->dir;
    if (r >= 0)
        r = writer_new(&s->writer, &held, s->guard, e);
    if (r < 0)
        return r;
    *ret = STEAL(s);
    return 0;
}

int store_end(struct store *s)
{
    return s ? writer_end(s->writer) : 0;
}

struct store *store_close(struct store *s)
{
    if (!s)
        return NULL;
    if (store_end(s) < 0)
        return s; /* a disk that hangs: the thread may still use everything */
    writer_free(s->writer);
    guard_free(s->guard);
    free(s);
    return NULL;
}

struct request_texts {
    const char *texts[REQUEST_TEXTS];
    size_t n;
};

static int texts_check(const struct request_texts *t, size_t *total, struct err *e)
{
    for (size_t i = 0; i < t->n; i++) {
        size_t len = strlen(t->texts[i]);

        if (len >= STORE_ROW_BYTES_MAX - *total)
            return err_set(e, -E2BIG, "store: a row has more than %d bytes", STORE_ROW_BYTES_MAX);
        if (!utf8_is_valid(t->texts[i], len))
            return err_set(e, -EINVAL, "store: a text is not UTF-8");
        *total += len + 1;
    }
    return 0;
}

/* One allocation: the request and copies of its texts behind it. */
static int request_new(struct request **ret, enum request_kind kind, const struct request_texts *t,
                       struct err *e)
{
    struct request *r;
    size_t total = 0, at = 0;
    int code = texts_check(t, &total, e);

    if (code < 0)
        return code;
    r = calloc(1, sizeof(*r) + total);
    if (!r)
        return err_set(e, -ENOMEM, "store: out of memory for a row");
    r->size = sizeof(*r) + total;
    must(t->n <= REQUEST_TEXTS);
    r->kind = kind;
    for (size_t i = 0; i < t->n; i++) {
        size_t size = strlen(t->texts[i]) + 1;

        memcpy(r->bytes + at, t->texts[i], size);
        r->texts[i] = r->bytes + at;
        at += size;
    }
    must(at == total);
    *ret = r;
    return 0;
}

static int store_post(struct store *s, struct request *r, struct err *e)
{
    AUTO_FREE struct request *held = r;

    return writer_post(s->writer, &held, e);
}

static const char *text_or(const char *text, const char *fallback)
{
    return text ? text : fallback;
}

int store_session_put(struct store *s, const struct store_session *row, store_done_fn done,
                      void *user, struct err *e)
{
    const struct request_texts t = {
        { text_or(row->source, ""), text_or(row->heard, ""), text_or(row->intent, ""),
          text_or(row->reply, ""), text_or(row->outcome, ""), text_or(row->detail, "{}") },
        6,
    };
    struct request *r = NULL;
    int code;

    if (row->id == 0 || row->id > (uint64_t)ID_MAX)
        return err_set(e, -EINVAL, "store: session id %llu is outside 1..2^53-1",
                       (unsigned long long)row->id);
    code = request_new(&r, REQUEST_SESSION, &t, e);
    if (code < 0)
        return code;
    r->id = (int64_t)row->id;
    r->wall_usec = row->wall_usec;
    r->done = done;
    r->user = user;
    return store_post(s, r, e);
}

int store_device_put(struct store *s, const char *device_id, const char *state_json,
                     int64_t wall_usec, struct err *e)
{
    const struct request_texts t = { { device_id, state_json }, 2 };
    struct request *r = NULL;
    int code;

    if (!device_id[0])
        return err_set(e, -EINVAL, "store: a device's id is empty");
    code = request_new(&r, REQUEST_DEVICE, &t, e);
    if (code < 0)
        return code;
    r->wall_usec = wall_usec;
    return store_post(s, r, e);
}

static bool key_is_good(const char *key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(key);

    return len > 0 && len <= STORE_KEY_MAX && strspn(key, letters) == len;
}

int store_value_put(struct store *s, const char *key, const char *text, store_done_fn done,
                    void *user, struct err *e)
{
    const struct request_texts t = { { key, text }, text ? 2 : 1 };
    struct request *r = NULL;
    int code;

    if (!key_is_good(key))
        return err_set(e, -EINVAL, "store: a key has 1 to %d letters, digits, '.', '_' or '-'",
                       STORE_KEY_MAX);
    code = request_new(&r, text ? REQUEST_VALUE : REQUEST_FORGET, &t, e);
    if (code < 0)
        return code;
    r->wall_usec = clock_wall_usec(s->clock);
    r->done = done;
    r->user = user;
    return store_post(s, r, e);
}

static int store_command(struct store *s, enum request_kind kind, store_done_fn done, void *user,
                         struct err *e)
{
    const struct request_texts none = { { NULL }, 0 };
    struct request *r = NULL;
    int code = request_new(&r, kind, &none, e);

    if (code < 0)
        return code;
    r->done = done;
    r->user = user;
    return store_post(s, r, e);
}

int store_acknowledge(struct store *s, store_done_fn done, void *user, struct err *e)
{
    return store_command(s, REQUEST_ACKNOWLEDGE, done, user, e);
}

int store_flush(struct store *s, store_done_fn done, void *user, struct err *e)
{
    return store_command(s, REQUEST_FLUSH, done, user, e);
}

int store_backup(struct store *s, store_done_fn done, void *user, struct err *e)
{
    return store_command(s, REQUEST_BACKUP, done, user, e);
}

void store_stats(const struct store *s, struct store_stats *ret)
{
    writer_stats(s->writer, ret);
}
