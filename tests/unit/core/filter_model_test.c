/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/filter_model_test.c - many texts at once through filters that answer by chance: at once,
 * later, too late, twice, with another's ticket, or never; some remove themselves in the middle. Whatever
 * they do each text has exactly one end, no later than the deadline of all, with the marks of those that
 * answered in time, in their order. */
#include "core/filter.h"

#include "base/str.h"
#include "core/deadlines.h"
#include "lib/chance.h"

#include <stdio.h>
#include <string.h>

enum { TEXTS = 12, FAKES = 5, STEPS = 800, TICKETS = 64, STEP_MS = 5 };

struct text {
    struct filter_run *run; /* NULL: none under way */
    int64_t begun_ms;
    int seen;               /* order of the filter that saw it last */
    bool is_running, was_stopped;
    struct scene *scene;
};

struct fake {
    int order;
    bool is_gone;
    struct scene *scene;
};

struct scene {
    struct clock clock;
    struct loop *loop;
    struct filters *filters;
    struct chance *chance;
    struct text texts[TEXTS];
    struct fake fakes[FAKES];
    uint64_t tickets[TICKETS]; /* that were given out; also answered ones */
    size_t tickets_n;
    bool is_chained; /* the begin of a text is on the stack of another's end */
    uint64_t ended, dropped, begun, filtered;
};

static int64_t now_ms(const struct scene *s)
{
    return clock_mono_ms(&s->clock);
}

/* A mark of the filter behind what the text is now. */
static char *marked(const char *text, int order)
{
    AUTO_STR more = STR_INIT;

    str_addf(&more, "%s.%d", text, order);
    return str_take(&more);
}

static enum filter_verdict fake_fn(const struct filter_text *t, uint64_t ticket, char **replace, void *user)
{
    struct fake *f = user;
    struct scene *s = f->scene;
    struct text *x = &s->texts[t->session];

    assert_true(x->is_running && !f->is_gone);
    assert_true(f->order >= x->seen); /* one that was added again stands behind the others of its order */
    assert_int_equal(strncmp(t->text, "t", 1), 0);
    x->seen = f->order;
    switch (chance_of(s->chance, 8)) {
    case 0:
        x->was_stopped = true;
        return FILTER_STOP;
    case 1:
    case 2:
        *replace = marked(t->text, f->order);
        return FILTER_REPLACE;
    case 3:
        f->is_gone = true;
        filter_remove(s->filters, f);
        return FILTER_PASS;
    case 4:
    case 5:
        s->tickets[s->tickets_n++ % TICKETS] = ticket;
        return FILTER_LATER;
    default:
        return FILTER_PASS;
    }
}

static void begin(struct scene *s, size_t i);

static void on_done(enum filter_verdict verdict, const char *text, void *user)
{
    struct text *x = user;
    struct scene *s = x->scene;
    int last = -1;

    assert_true(x->is_running); /* one end, not two */
    assert_true(verdict == FILTER_PASS || verdict == FILTER_STOP);
    assert_true(!x->was_stopped || verdict == FILTER_STOP);
    assert_true(now_ms(s) - x->begun_ms <= DEADLINE_FILTER_MS + STEP_MS);
    for (const char *p = text; (p = strchr(p, '.')); p++) { /* the marks stand in order */
        int order = (int)strtol(p + 1, NULL, 10);

        assert_true(order >= last);
        last = order;
    }
    x->is_running = false;
    x->run = NULL;
    s->ended++;
    if (!s->is_chained && chance_of(s->chance, 2)) { /* the end of one is the beginning of another */
        s->is_chained = true;
        begin(s, ((size_t)(x - s->texts) + 1) % TEXTS);
        s->is_chained = false;
    }
}

static void begin(struct scene *s, size_t i)
{
    struct text *x = &s->texts[i];
    const struct filter_text t = { .point = FILTER_HEARD, .session = i, .text = "t" };
    struct filter_run *run = NULL;

    if (x->is_running)
        return;
    *x = (struct text){ .begun_ms = now_ms(s), .seen = -1, .is_running = true, .scene = s };
    s->begun++;
    s->filtered += !filters_are_none(s->filters, FILTER_HEARD);
    assert_int_equal(filter_run(&run, s->filters, &t, on_done, x, NULL), 0);
    /* under way, or its end was told: never another's that began meanwhile */
    assert_true((run != NULL) == x->is_running);
    for (size_t k = 0; run && k < TEXTS; k++)
        assert_true(k == i || s->texts[k].run != run);
    x->run = run;
}

/* An answer with a ticket that was given out at some time, or with none that ever was. */
static void answer(struct scene *s)
{
    bool is_stranger = s->tickets_n == 0 || chance_of(s->chance, 8) == 0;
    size_t known = s->tickets_n < TICKETS ? s->tickets_n : TICKETS;
    uint64_t ticket = is_stranger ? chance_next(s->chance) : s->tickets[chance_of(s->chance, known)];

    switch (chance_of(s->chance, 3)) {
    case 0:
        filter_answer(s->filters, ticket, FILTER_PASS, NULL);
        break;
    case 1:
        filter_answer(s->filters, ticket, FILTER_REPLACE, marked("t", 0));
        break;
    default:
        filter_answer(s->filters, ticket, FILTER_STOP, NULL);
    }
}

static void drop(struct scene *s, size_t i)
{
    struct text *x = &s->texts[i];

    if (!x->is_running)
        return;
    x->run = filter_drop(x->run);
    assert_null(x->run);
    x->is_running = false;
    s->dropped++;
}

static void wait_ms(struct scene *s, int64_t ms)
{
    for (; ms > 0; ms -= STEP_MS) {
        clock_advance_usec(&s->clock, STEP_MS * 1000);
        while (loop_step(s->loop, 0))
            ;
    }
}

static void come_back(struct scene *s, size_t i)
{
    const struct filter_def def = { .name = "fake", .point = FILTER_HEARD, .order = (int)i, .deadline_ms = 50 + (int64_t)i * 100,
                                    .fn = fake_fn, .user = &s->fakes[i] };

    if (!s->fakes[i].is_gone)
        return;
    s->fakes[i] = (struct fake){ .order = (int)i, .scene = s };
    assert_int_equal(filter_add(s->filters, &def, NULL), 0);
}

static void nothing_is_lost(struct scene *s)
{
    struct filters_stats stats;
    size_t running = 0;

    for (size_t i = 0; i < TEXTS; i++)
        running += s->texts[i].is_running;
    assert_int_equal(s->begun, s->ended + s->dropped + running);
    filters_stats(s->filters, &stats);
    assert_int_equal(stats.runs, s->filtered); /* where there is no filter nothing is done */
}

static void scenario(struct chance *c)
{
    struct scene s = { .chance = c };
    struct filters_stats stats;

    clock_init_virtual(&s.clock, 1700000000000000);
    assert_int_equal(loop_new(&s.loop, &s.clock, NULL), 0);
    assert_int_equal(filters_new(&s.filters, s.loop, NULL), 0);
    for (size_t i = 0; i < FAKES; i++) {
        s.fakes[i].is_gone = true;
        come_back(&s, i);
    }
    for (int step = 0; step < STEPS; step++) {
        switch (chance_of(c, 8)) {
        case 0:
        case 1:
        case 2:
            begin(&s, chance_of(c, TEXTS));
            break;
        case 3:
        case 4:
            answer(&s);
            break;
        case 5:
            drop(&s, chance_of(c, TEXTS));
            break;
        case 6:
            come_back(&s, chance_of(c, FAKES));
            break;
        default:
            wait_ms(&s, (int64_t)chance_of(c, 120));
        }
        nothing_is_lost(&s);
    }
    s.is_chained = true;                  /* none begins any more */
    wait_ms(&s, DEADLINE_FILTER_MS + 10); /* nobody waits for longer */
    for (size_t i = 0; i < TEXTS; i++)
        assert_false(s.texts[i].is_running);
    filters_stats(s.filters, &stats);
    assert_true(stats.replaced > 0 && stats.stopped > 0 && stats.late > 0 && stats.strange > 0);
    filters_free(s.filters);
    loop_free(s.loop);
}

static void each_text_has_one_end(void **state)
{
    (void)state;
    chance_each(10, scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_text_has_one_end) };

    return cmocka_run_group_tests_name("filters by chance", tests, NULL, NULL);
}
