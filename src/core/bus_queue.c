/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus_queue.c - the messages that wait for the main loop.
 *
 * One list in order of posting. Messages of RULE_NEWEST types hang in a second list as well, the
 * bucket of their key, where a newer one finds the older; the waiting count of an origin is kept
 * in a small table of counters by hash: two origins in one place share their allowance, which is
 * generous enough for both. */
#include "core/bus_queue.h"

#include "base/hash.h"
#include "base/must.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 256, JSON_NODE_BYTES = 96 };

struct bus_queue {
    pthread_mutex_t lock; /* guards all below */
    struct msg *first, *last;
    struct msg *buckets[BUCKETS];
    unsigned origins[BUCKETS]; /* waiting, by origin */
    size_t counts[MSG_N], bytes[MSG_N];
    struct bus_stats stats;
};

#define KB(n) ((size_t)(n) << 10)

/* clang-format off */
static const struct bus_row bus_rows[MSG_N] = {
    [MSG_TEXT]        = { RULE_REFUSE, 512, KB(4096) },
    [MSG_LEARN]       = { RULE_REFUSE, 64, KB(64) },
    [MSG_BUTTON]      = { RULE_REFUSE, 128, KB(64) },
    [MSG_ANNOUNCE]    = { RULE_REFUSE, 128, KB(512) },
    [MSG_WAKE]        = { RULE_REFUSE, 64, KB(64) },
    [MSG_SETTINGS]    = { RULE_REFUSE, 256, KB(256) },
    [MSG_STATE]       = { RULE_NEWEST, 256, KB(256) },
    [MSG_DEVICE]      = { RULE_NEWEST, 4096, KB(8192) },
    [MSG_DEVICES]     = { RULE_NEWEST, 32, KB(24576) },
    [MSG_PHRASES]     = { RULE_NEWEST, 32, KB(8192) },
    [MSG_GRAMMAR]     = { RULE_NEWEST, 32, KB(4096) },
    [MSG_LEVEL]       = { RULE_NEWEST, 32, KB(32) },
    [MSG_FAULT]       = { RULE_NEWEST, 256, KB(512) },
    [MSG_MUTE]        = { RULE_NEWEST, 64, KB(64) },
    [MSG_SESSION]     = { RULE_STEP, 1024, KB(16384) },
    [MSG_SESSION_MORE] = { RULE_STEP, 1024, KB(16384) },
    [MSG_ANSWER]      = { RULE_STEP, 2048, KB(16384) },
    [MSG_STORED]      = { RULE_STEP, 4096, KB(2048) },
};
/* clang-format on */

struct bus_row bus_row_of(enum msg_type type)
{
    static const struct bus_row step = { RULE_STEP, 1024, KB(4096) };

    return type < MSG_N && bus_rows[type].count_max > 0 ? bus_rows[type] : step;
}

static size_t json_bytes(const cJSON *j)
{
    size_t n = 0;

    for (; j; j = j->next) {
        n += JSON_NODE_BYTES + (j->string ? strlen(j->string) : 0) +
             (j->valuestring ? strlen(j->valuestring) : 0);
        if (j->child)
            n += json_bytes(j->child);
    }
    return n;
}

static size_t msg_bytes(const struct msg *m)
{
    return sizeof(*m) + (m->text ? strlen(m->text) : 0) + json_bytes(m->json);
}

/* What the newest of stands for what; 0: nothing does. */
static uint64_t msg_key(const struct msg *m)
{
    uint64_t h = hash_bytes(HASH_START, &m->type, sizeof(m->type));

    if (bus_row_of(m->type).rule != RULE_NEWEST)
        return 0;
    if (m->type == MSG_DEVICE)
        h = hash_text(h, json_str(m->json, "id", ""));
    else if (m->type == MSG_FAULT)
        h = hash_text(h, m->part ? m->part : "");
    else if (m->type == MSG_STATE)
        h = hash_bytes(h, &m->endpoint, sizeof(m->endpoint));
    return h ? h : 1;
}

static unsigned *origin_count(struct bus_queue *q, const struct msg *m)
{
    const struct origin *o = &m->origin;
    uint64_t h;

    if (o->kind == ORIGIN_NONE || o->kind == ORIGIN_BOX ||
        bus_row_of(m->type).rule != RULE_REFUSE)
        return NULL;
    h = hash_bytes(HASH_START, &o->kind, sizeof(o->kind));
    return &q->origins[hash_slot(hash_bytes(h, &o->client, sizeof(o->client)), BUCKETS)];
}

/* ---- the two lists -------------------------------------------------------------------------- */

static void bucket_remove(struct bus_queue *q, struct msg *m)
{
    struct msg **p = &q->buckets[hash_slot(m->queue.key, BUCKETS)];

    while (*p && *p != m)
        p = &(*p)->queue.same;
    if (must(*p == m))
        *p = m->queue.same;
}

static void queue_remove(struct bus_queue *q, struct msg *m)
{
    unsigned *origin = origin_count(q, m);

    *(m->queue.prev ? &m->queue.prev->queue.next : &q->first) = m->queue.next;
    *(m->queue.next ? &m->queue.next->queue.prev : &q->last) = m->queue.prev;
    if (m->queue.key)
        bucket_remove(q, m);
    if (origin && must(*origin > 0))
        (*origin)--;
    must(q->counts[m->type] > 0 && q->bytes[m->type] >= m->queue.bytes);
    must(q->stats.waiting > 0 && q->stats.bytes >= m->queue.bytes);
    q->counts[m->type]--;
    q->bytes[m->type] -= m->queue.bytes;
    q->stats.waiting--;
    q->stats.bytes -= m->queue.bytes;
    must(q->stats.waiting > 0 || (!q->first && !q->last && q->stats.bytes == 0));
}

static void queue_append(struct bus_queue *q, struct msg *m)
{
    unsigned *origin = origin_count(q, m);

    m->queue.next = NULL;
    m->queue.prev = q->last;
    *(q->last ? &q->last->queue.next : &q->first) = m;
    q->last = m;
    if (m->queue.key) {
        struct msg **bucket = &q->buckets[hash_slot(m->queue.key, BUCKETS)];

        m->queue.same = *bucket; /* newest first */
        *bucket = m;
    }
    if (origin)
        (*origin)++;
    q->counts[m->type]++;
    q->bytes[m->type] += m->queue.bytes;
    q->stats.waiting++;
    q->stats.bytes += m->queue.bytes;
}

/* The waiting message that `m` may stand for, once its type presses. */
static struct msg *queue_older(struct bus_queue *q, const struct msg *m)
{
    struct msg *o;

    if (!m->queue.key || q->counts[m->type] < BUS_NEWEST_PRESSURE)
        return NULL;
    o = q->buckets[hash_slot(m->queue.key, BUCKETS)];
    while (o && o->queue.key != m->queue.key)
        o = o->queue.same;
    return o;
}

static bool queue_has_room(struct bus_queue *q, const struct msg *m)
{
    const struct bus_row row = bus_row_of(m->type);
    const unsigned *origin = origin_count(q, m);

    return q->counts[m->type] < row.count_max &&
           m->queue.bytes <= row.bytes_max - q->bytes[m->type] &&
           m->queue.bytes <= BUS_BYTES_MAX - q->stats.bytes &&
           (!origin || *origin < BUS_ORIGIN_MAX);
}

/* ---- outside -------------------------------------------------------------------------------- */

int bus_queue_new(struct bus_queue **ret, struct err *e)
{
    struct bus_queue *q = calloc(1, sizeof(*q));

    if (!q)
        return err_set(e, -ENOMEM, "bus: out of memory");
    pthread_mutex_init(&q->lock, NULL);
    *ret = q;
    return 0;
}

struct bus_queue *bus_queue_free(struct bus_queue *q)
{
    struct msg *m;

    if (!q)
        return NULL;
    while ((m = bus_queue_take(q)))
        msg_free(m);
    must(q->stats.bytes == 0);
    pthread_mutex_destroy(&q->lock);
    free(q);
    return NULL;
}

int bus_queue_put(struct bus_queue *q, struct msg *m)
{
    struct msg *older;
    bool room;
    int r;

    if (!must(m->type > MSG_NONE && m->type < MSG_N))
        return -EINVAL;
    must(!m->queue.next && !m->queue.prev && !m->queue.same); /* it waits nowhere yet */
    m->queue.bytes = msg_bytes(m);
    m->queue.key = msg_key(m);
    r = m->queue.bytes > bus_row_of(m->type).bytes_max ? -EMSGSIZE : -EBUSY;
    pthread_mutex_lock(&q->lock);
    q->stats.posted++;
    older = queue_older(q, m);
    if (older)
        queue_remove(q, older);
    room = queue_has_room(q, m);
    if (room)
        r = q->first == NULL;
    if (room)
        queue_append(q, m);
    q->stats.replaced += older != NULL;
    q->stats.refused += !room;
    if (!room)
        q->stats.refused_type = m->type;
    pthread_mutex_unlock(&q->lock);
    msg_free(older);
    return r;
}

struct msg *bus_queue_take(struct bus_queue *q)
{
    struct msg *m;

    pthread_mutex_lock(&q->lock);
    m = q->first;
    if (m) {
        queue_remove(q, m);
        q->stats.delivered++;
    }
    pthread_mutex_unlock(&q->lock);
    if (m)
        m->queue.next = m->queue.prev = m->queue.same = NULL;
    return m;
}

void bus_queue_stats(struct bus_queue *q, struct bus_stats *ret)
{
    pthread_mutex_lock(&q->lock);
    *ret = q->stats;
    pthread_mutex_unlock(&q->lock);
}
