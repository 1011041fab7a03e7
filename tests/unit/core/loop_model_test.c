/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/loop_model_test.c - timers on the virtual clock beside a model: set, cleared, set again
 * and freed by chance, also from within a timer that fires. Each fires exactly when it is due, once, in
 * order of time. */
#include "core/loop.h"

#include "lib/chance.h"

#include <string.h>

enum { TIMERS = 24, STEPS = 1500, SPAN_USEC = 5000 };

struct planned {
    struct loop_timer *timer; /* NULL: freed */
    int64_t at_usec;          /* -1: not set */
    int fired;
    struct scene *scene;
};

struct scene {
    struct clock clock;
    struct loop *loop;
    struct planned all[TIMERS];
    struct chance *chance;
    int fired, meddled;
};

static int64_t now_usec(const struct scene *s)
{
    return clock_mono_usec(&s->clock);
}

static void plan(struct scene *s, size_t i, int64_t at_usec)
{
    struct planned *p = &s->all[i];

    if (!p->timer)
        return;
    p->at_usec = at_usec;
    if (at_usec < 0)
        loop_timer_clear(p->timer);
    else
        loop_timer_set(p->timer, at_usec);
    assert_int_equal(loop_timer_is_set(p->timer), at_usec >= 0);
}

/* No other that is set may be due before the one that fires. */
static void is_the_next(const struct scene *s, const struct planned *p)
{
    for (size_t i = 0; i < TIMERS; i++)
        if (s->all[i].timer && s->all[i].at_usec >= 0 && s->all[i].at_usec < p->at_usec)
            fail_msg("timer %zu of %lld waits behind one of %lld", i, (long long)s->all[i].at_usec,
                     (long long)p->at_usec);
}

static void on_timer(void *user)
{
    struct planned *p = user;
    struct scene *s = p->scene;
    size_t other = chance_of(s->chance, TIMERS);

    assert_true(p->at_usec >= 0 && p->at_usec <= now_usec(s));
    is_the_next(s, p);
    assert_false(loop_timer_is_set(p->timer)); /* one shot */
    p->at_usec = -1;
    p->fired++;
    s->fired++;
    switch (chance_of(s->chance, 6)) {
    case 0: /* again, later: never within the same moment for ever */
        plan(s, (size_t)(p - s->all), now_usec(s) + 1 + (int64_t)chance_of(s->chance, SPAN_USEC));
        break;
    case 1: /* another one is called off, which may be due as well */
        plan(s, other, -1);
        s->meddled++;
        break;
    case 2: /* frees itself */
        p->timer = loop_timer_free(p->timer);
        break;
    case 3: /* frees another */
        s->all[other].timer = loop_timer_free(s->all[other].timer);
        s->all[other].at_usec = -1;
        s->meddled++;
        break;
    default:
        break;
    }
}

static void make(struct scene *s, size_t i)
{
    struct planned *p = &s->all[i];

    if (p->timer)
        return;
    *p = (struct planned){ .at_usec = -1, .scene = s };
    assert_int_equal(loop_timer_new(&p->timer, s->loop, on_timer, p, NULL), 0);
    assert_false(loop_timer_is_set(p->timer));
}

/* All that are due have fired, and nothing else. */
static void nothing_is_overdue(struct scene *s)
{
    for (int turn = 0; turn < TIMERS * 4 && loop_step(s->loop, 0); turn++)
        ;
    for (size_t i = 0; i < TIMERS; i++)
        if (s->all[i].timer && s->all[i].at_usec >= 0 && s->all[i].at_usec <= now_usec(s))
            fail_msg("timer %zu was due at %lld and has not fired by %lld", i, (long long)s->all[i].at_usec,
                     (long long)now_usec(s));
}

static void scenario(struct chance *c)
{
    struct scene s = { .chance = c };

    clock_init_virtual(&s.clock, 1000000);
    assert_int_equal(loop_new(&s.loop, &s.clock, NULL), 0);
    for (int step = 0; step < STEPS; step++) {
        size_t i = chance_of(c, TIMERS);

        make(&s, i);
        switch (chance_of(c, 4)) {
        case 0:
            plan(&s, i, -1);
            break;
        case 1: /* in the past or now: due at once */
            plan(&s, i, now_usec(&s) - (int64_t)chance_of(c, 2) * 100);
            break;
        default:
            plan(&s, i, now_usec(&s) + (int64_t)chance_of(c, SPAN_USEC));
        }
        if (chance_of(c, 3) == 0) {
            clock_advance_usec(&s.clock, (int64_t)chance_of(c, SPAN_USEC / 4));
            nothing_is_overdue(&s);
        }
    }
    assert_true(s.fired > STEPS / 20 && s.meddled > 0);
    for (size_t i = 0; i < TIMERS; i += 2)
        s.all[i].timer = loop_timer_free(s.all[i].timer);
    loop_free(s.loop);
    for (size_t i = 1; i < TIMERS; i += 2) /* what is left may be freed behind the loop */
        loop_timer_free(s.all[i].timer);
}

static void each_fires_when_it_is_due(void **state)
{
    (void)state;
    chance_each(8, scenario);
}

static void count(void *user)
{
    (*(int *)user)++;
}

/* The far ends of time: nothing fires early, nothing overflows. */
static void far_away_is_not_now(void **state)
{
    struct clock clock;
    struct loop *loop;
    struct loop_timer *t;
    int fired = 0;

    (void)state;
    clock_init_virtual(&clock, 0);
    assert_int_equal(loop_new(&loop, &clock, NULL), 0);
    assert_int_equal(loop_timer_new(&t, loop, count, &fired, NULL), 0);
    loop_timer_set(t, INT64_MAX / 2);
    for (int i = 0; i < 5; i++) {
        clock_advance_usec(&clock, 86400LL * 365 * 1000000);
        loop_step(loop, 0);
    }
    assert_int_equal(fired, 0);
    assert_true(loop_timer_is_set(t));
    loop_timer_after_ms(t, 0); /* takes the place of the far one */
    loop_step(loop, 0);
    assert_int_equal(fired, 1);
    loop_step(loop, 0);
    assert_int_equal(fired, 1);
    loop_timer_free(t);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fires_when_it_is_due),
        cmocka_unit_test(far_away_is_not_now),
    };

    return cmocka_run_group_tests_name("timers beside a model", tests, NULL, NULL);
}
