/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/rt/ring_model_test.c - the ring beside a counter: what goes in is numbered, so that what comes
 * out tells at once what was lost, doubled or turned round. Every size of item and of ring, every way in
 * and out, by chance, many times round. */
#include "rt/ring.h"

#include "lib/chance.h"

#include <string.h>

enum { STEPS = 4000, SLOTS_MAX = 64, ITEM_MAX = 24 };

struct scene {
    struct ring *ring;
    size_t slots, item_bytes;
    uint64_t in, out; /* numbers of the next item to go in, to come out */
    struct chance *chance;
};

/* Item number n: its bytes all follow from n, so that half an item is seen. */
static void item_make(const struct scene *s, uint8_t *item, uint64_t n)
{
    for (size_t i = 0; i < s->item_bytes; i++)
        item[i] = (uint8_t)(n * 31 + i * 7 + (n >> 8));
}

static void item_check(const struct scene *s, const uint8_t *item, uint64_t n)
{
    uint8_t want[ITEM_MAX];

    item_make(s, want, n);
    if (memcmp(item, want, s->item_bytes) != 0)
        fail_msg("item %llu is not what went in", (unsigned long long)n);
}

static void agree(const struct scene *s)
{
    assert_int_equal(ring_fill(s->ring), s->in - s->out);
}

static void push_one(struct scene *s)
{
    uint8_t item[ITEM_MAX];
    bool room = s->in - s->out < s->slots;

    item_make(s, item, s->in);
    assert_int_equal(ring_push(s->ring, item), room);
    s->in += room;
}

static void pop_one(struct scene *s)
{
    uint8_t item[ITEM_MAX];
    bool there = s->in > s->out;

    memset(item, 0xee, sizeof(item));
    assert_int_equal(ring_pop(s->ring, item), there);
    if (there)
        item_check(s, item, s->out++);
    else
        assert_int_equal(item[0], 0xee); /* untouched */
    for (size_t i = s->item_bytes; i < sizeof(item); i++)
        assert_int_equal(item[i], 0xee); /* not a byte too many */
}

static void write_many(struct scene *s)
{
    uint8_t items[SLOTS_MAX * 2 * ITEM_MAX];
    size_t count = chance_of(s->chance, SLOTS_MAX * 2), room = s->slots - (s->in - s->out), n;

    for (size_t i = 0; i < count; i++)
        item_make(s, items + i * s->item_bytes, s->in + i);
    n = ring_write(s->ring, items, count);
    assert_int_equal(n, count < room ? count : room);
    s->in += n;
}

static void read_many(struct scene *s)
{
    uint8_t items[SLOTS_MAX * 2 * ITEM_MAX];
    size_t count = chance_of(s->chance, SLOTS_MAX * 2), fill = s->in - s->out, n;

    memset(items, 0xee, sizeof(items));
    n = ring_read(s->ring, items, count);
    assert_int_equal(n, count < fill ? count : fill);
    for (size_t i = 0; i < n; i++)
        item_check(s, items + i * s->item_bytes, s->out + i);
    assert_int_equal(items[n * s->item_bytes], 0xee);
    s->out += n;
}

static void drop_all(struct scene *s)
{
    ring_drop(s->ring);
    s->out = s->in;
}

static void scenario(struct chance *c)
{
    static const size_t slots[] = { 1, 2, 3, 5, 8, 31, 64 }, bytes[] = { 1, 2, 3, 4, 7, 16, 24 };
    void (*const steps[])(struct scene *s) = { push_one, push_one, pop_one, pop_one, write_many, read_many };
    struct scene s = { .chance = c, .slots = 1 };
    size_t wanted = slots[chance_of(c, sizeof(slots) / sizeof(slots[0]))];

    s.item_bytes = bytes[chance_of(c, sizeof(bytes) / sizeof(bytes[0]))];
    assert_int_equal(ring_new(&s.ring, wanted, s.item_bytes, NULL), 0);
    while (s.slots < wanted)
        s.slots *= 2;
    agree(&s);
    for (int i = 0; i < STEPS; i++) {
        if (chance_of(c, 200) == 0)
            drop_all(&s);
        else
            steps[chance_of(c, sizeof(steps) / sizeof(steps[0]))](&s);
        agree(&s);
    }
    assert_true(s.in > s.slots * 4); /* it went round more than once */
    ring_free(s.ring);
}

static void nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    chance_each(40, scenario);
}

/* A count of nothing, and pointers to nothing, do nothing. */
static void none_is_none(void **state)
{
    struct ring *r;
    uint8_t item = 5;

    (void)state;
    assert_int_equal(ring_new(&r, 4, 1, NULL), 0);
    assert_int_equal(ring_write(r, &item, 0), 0);
    assert_int_equal(ring_read(r, &item, 0), 0);
    assert_int_equal(ring_read(r, &item, 9), 0); /* empty */
    assert_int_equal(item, 5);
    ring_drop(r); /* an empty one */
    assert_int_equal(ring_fill(r), 0);
    assert_true(ring_push(r, &item));
    assert_int_equal(ring_write(r, NULL, 0), 0);
    assert_int_equal(ring_fill(r), 1);
    ring_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_or_doubled),
        cmocka_unit_test(none_is_none),
    };

    return cmocka_run_group_tests_name("ring beside a counter", tests, NULL, NULL);
}
