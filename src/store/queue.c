/* SPDX-License-Identifier: Apache-2.0 */
/* store/queue.c - what waits for the disk: durable requests in order, device states by device. */
#include "store/queue.h"

#include "base/must.h"

#include <string.h>

static void queue_check(const struct queue *q)
{
    must((q->n == 0) == (q->first == NULL));
    must(q->n > 0 || (q->bytes == 0 && q->last == &q->first));
    must(q->n <= STORE_QUEUE_MAX + QUEUE_RESERVE);
    must(q->states_n <= q->states_room && q->states_n <= QUEUE_STATES);
    must(q->states_n > 0 || q->states_bytes == 0);
}

void queue_init(struct queue *q)
{
    *q = (struct queue){ .last = &q->first };
}

void queue_done(struct queue *q)
{
    struct request *r = queue_take(q, true);

    while (r) {
        struct request *next = r->next;

        free(r);
        r = next ? next : queue_take(q, true);
    }
    free(q->states);
    queue_init(q);
}

/* ---- the map -------------------------------------------------------------------------------- */

/* Where the device's state is, or would be put in. */
static unsigned states_find(const struct queue *q, const char *device, bool *found)
{
    unsigned low = 0, high = q->states_n;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        int order = strcmp(q->states[mid]->texts[0], device);

        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *found = false;
    return low;
}

static int states_grow(struct queue *q)
{
    unsigned room = q->states_room ? q->states_room * 2 : 64;
    struct request **states;

    if (q->states_n < q->states_room)
        return 0;
    states = realloc(q->states, room * sizeof(*states));
    if (!states)
        return -ENOMEM;
    q->states = states;
    q->states_room = room;
    return 0;
}

static int states_insert(struct queue *q, unsigned at, struct request *r, struct err *e)
{
    if (q->states_n >= QUEUE_STATES || r->size > QUEUE_STATES_BYTES - q->states_bytes)
        return err_set(e, -EOVERFLOW, "store: the states of %u devices wait for the disk already",
                       q->states_n);
    if (states_grow(q) < 0)
        return err_set(e, -ENOMEM, "store: out of memory for a device's state");
    memmove(&q->states[at + 1], &q->states[at], (q->states_n - at) * sizeof(*q->states));
    q->states[at] = r;
    q->states_n++;
    q->states_bytes += r->size;
    return 0;
}

static int states_put(struct queue *q, struct request *r, struct request **ret_freed, struct err *e)
{
    bool found;
    unsigned at = states_find(q, r->texts[0], &found);

    if (!found)
        return states_insert(q, at, r, e);
    if (r->size > QUEUE_STATES_BYTES - (q->states_bytes - q->states[at]->size))
        return err_set(e, -EOVERFLOW, "store: the states that wait for the disk are too large");
    *ret_freed = q->states[at];
    q->states_bytes += r->size - q->states[at]->size;
    q->states[at] = r;
    return 0;
}

void queue_put_back(struct queue *q, struct request *r)
{
    bool found;
    unsigned at = states_find(q, r->texts[0], &found);

    must(r->kind == REQUEST_DEVICE);
    r->why = ERR_INIT;
    if (found || states_insert(q, at, r, NULL) < 0)
        free(r); /* the house has told a newer one, or so many that this one gives way */
    queue_check(q);
}

/* ---- the list ------------------------------------------------------------------------------- */

static int list_put(struct queue *q, struct request *r, struct err *e)
{
    bool is_session = r->kind == REQUEST_SESSION;

    if (q->n + q->out >= STORE_QUEUE_MAX + (is_session ? 0 : QUEUE_RESERVE))
        return err_set(e, -EOVERFLOW, "store: %d rows wait for the disk already", STORE_QUEUE_MAX);
    if (q->bytes + q->out_bytes + r->size > STORE_QUEUE_BYTES + (is_session ? 0 : QUEUE_RESERVE_BYTES))
        return err_set(e, -EOVERFLOW, "store: %zu bytes wait for the disk already", q->bytes);
    *q->last = r;
    q->last = &r->next;
    q->n++;
    q->bytes += r->size;
    return 0;
}

int queue_put(struct queue *q, struct request *r, struct request **ret_freed, struct err *e)
{
    int code;

    *ret_freed = NULL;
    r->next = NULL;
    code = r->kind == REQUEST_DEVICE ? states_put(q, r, ret_freed, e) : list_put(q, r, e);
    queue_check(q);
    return code;
}

void queue_put_first(struct queue *q, struct request *rows)
{
    struct request **end = &rows;
    unsigned n = 0;
    size_t bytes = 0;

    for (; *end; end = &(*end)->next) {
        must((*end)->kind != REQUEST_DEVICE);
        bytes += (*end)->size;
        n++;
    }
    must(n <= q->out && bytes <= q->out_bytes);
    q->out -= n;
    q->out_bytes -= bytes;
    q->n += n;
    q->bytes += bytes;
    if (n > 0 && !q->first)
        q->last = end;
    *end = q->first;
    q->first = rows;
    queue_check(q);
}

void queue_settle(struct queue *q)
{
    q->out = 0;
    q->out_bytes = 0;
}

/* Cuts the first GROUP_ROWS off the list; returns the end of what it appended. */
static struct request **list_take(struct queue *q, struct request **end)
{
    unsigned n = 0;

    *end = q->first;
    while (*end && n < GROUP_ROWS) {
        must(q->bytes >= (*end)->size);
        q->bytes -= (*end)->size;
        q->out_bytes += (*end)->size;
        end = &(*end)->next;
        n++;
    }
    q->n -= n;
    q->out += n;
    q->first = *end;
    if (!q->first)
        q->last = &q->first;
    *end = NULL;
    return end;
}

struct request *queue_take(struct queue *q, bool states)
{
    struct request *group = NULL, **end = &group;

    if (states) {
        for (unsigned i = 0; i < q->states_n; i++) {
            invariant(i == 0 || strcmp(q->states[i - 1]->texts[0], q->states[i]->texts[0]) < 0);
            *end = q->states[i];
            end = &q->states[i]->next;
        }
        q->states_n = 0;
        q->states_bytes = 0;
    }
    list_take(q, end);
    queue_check(q);
    return group;
}
