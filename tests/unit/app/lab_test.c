/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/lab_test.c - every type of message lost, repeated, late and out of order, in the
 * whole daemon: each asker gets exactly one answer, nothing is ordered twice, all ends in idle.
 *
 * One case is replayed by FAULT=type:kind:nth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/lab.h"

enum { ANSWER_MS = 30000, QUIET_MS = 3000, CLIENT = 77, NTH_MAX = 3 };

static const char devices[] = "devices:\n"
                              "  - {name: Ceiling Light, area: Kitchen, kind: light, via: virtual}\n"
                              "  - {name: Fan, area: Kitchen, kind: switch, via: virtual}\n";

struct told {
    int answers, ok; /* for our client; of them with code 0 */
    int acts;        /* MSG_ACT delivered */
};

static void on_told(const struct msg *m, void *user)
{
    struct told *t = user;

    if (m->type == MSG_ACT)
        t->acts++;
    if (m->type != MSG_ANSWER || m->origin.kind != ORIGIN_CONTROL || m->origin.client != CLIENT)
        return;
    t->answers++;
    t->ok += m->code >= 0;
}

static void ask(struct lab *l, const char *text)
{
    struct msg *m = msg_new(MSG_TEXT, 0);

    m->text = str_dup(text);
    m->part = "ctl";
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = CLIENT, .request = 5 };
    m->endpoint = endpoint_of(ORIGIN_CONTROL, CLIENT);
    bus_post(l->app->bus, m);
}

static bool is_idle(const struct lab *l)
{
    return !assistant_is_busy(l->app->assistant) &&
           strcmp(assistant_state(l->app->assistant), "idle") == 0;
}

/* What must hold whatever one message does. Returns words of what does not; NULL: all does. */
static const char *what_breaks(struct lab *l, struct told *t, enum msg_type type,
                               enum lab_fault kind)
{
    /* the question or the answer itself lost on the way: nobody inside can know of it */
    bool unknowable = kind == LAB_LOSE && (type == MSG_TEXT || type == MSG_ANSWER);
    /* the door would see the same question or answer twice: it is the one who repeats */
    bool doubled = kind == LAB_REPEAT && (type == MSG_TEXT || type == MSG_ANSWER);

    if (!LAB_UNTIL(l, t->answers > 0 || unknowable, ANSWER_MS))
        return "no answer";
    if (!LAB_UNTIL(l, is_idle(l), ANSWER_MS))
        return "not idle in the end";
    LAB_UNTIL(l, false, QUIET_MS); /* what comes late, comes now */
    if (t->answers > (doubled ? 2 : 1))
        return "more than one answer";
    if (l->posted[MSG_ACT] > (doubled ? 2 : 1))
        return "ordered twice";
    if (!is_idle(l))
        return "woken again by what came late";
    if (must_broken() > 0)
        return must_broken_at();
    return NULL;
}

/* One sentence with one fault, then one without: the daemon is as good as before. `posted` (may be
 * NULL) gets how many of each type there were. */
static void one_case(const char *text, enum msg_type type, enum lab_fault kind, int nth,
                     int posted[MSG_N])
{
    struct lab l = { .kind = LAB_NONE };
    struct told t = { 0 };
    const char *broken;
    int before[MSG_N];

    lab_open(&l, devices);
    LAB_UNTIL(&l, l.delivered[MSG_DEVICES] > 0 && l.delivered[MSG_GRAMMAR] > 0, 5000);
    bus_on(l.app->bus, MSG_ANSWER, on_told, &t, NULL);
    bus_on(l.app->bus, MSG_ACT, on_told, &t, NULL);
    lab_fault_set(&l, type, kind, nth);
    ask(&l, text);
    broken = what_breaks(&l, &t, type, kind);
    memcpy(before, l.posted, sizeof(before));
    if (!broken) {
        bus_tap(l.app->bus, NULL, NULL);
        t = (struct told){ 0 };
        ask(&l, "turn on the ceiling light");
        if (!LAB_UNTIL(&l, t.answers == 1, ANSWER_MS) || t.ok != 1)
            broken = "the next sentence is not done";
        LAB_UNTIL(&l, is_idle(&l), ANSWER_MS);
    }
    if (posted)
        memcpy(posted, before, sizeof(before));
    lab_close(&l);
    if (broken)
        fail_msg("FAULT=%s:%s:%d \"%s\": %s", msg_type_name(type), lab_fault_names[kind], nth, text,
                 broken);
}

/* The fault that FAULT names, or all of them. */
static bool is_wanted(enum msg_type type, enum lab_fault kind, int nth)
{
    const char *only = getenv("FAULT");
    char name[64];

    snprintf(name, sizeof(name), "%s:%s:%d", msg_type_name(type), lab_fault_names[kind], nth);
    return !only || strcmp(only, name) == 0;
}

/* Every message that the sentence makes without a fault, with every fault. */
static void matrix(const char *text)
{
    int posted[MSG_N];

    one_case(text, MSG_NONE, LAB_NONE, 0, posted);
    assert_int_equal(posted[MSG_ANSWER], 1);
    for (enum msg_type type = MSG_NONE + 1; type < MSG_N; type++)
        for (int nth = 1; nth <= posted[type] && nth <= NTH_MAX; nth++)
            for (enum lab_fault kind = LAB_LOSE; kind < LAB_FAULTS_N; kind++)
                if (is_wanted(type, kind, nth))
                    one_case(text, type, kind, nth, NULL);
}

static void a_command_survives_every_fault(void **state)
{
    (void)state;
    matrix("turn on the fan");
}

static void a_question_survives_every_fault(void **state)
{
    (void)state;
    matrix("what time is it");
}

static void nonsense_survives_every_fault(void **state)
{
    (void)state;
    matrix("colourless green ideas");
}

/* The laboratory itself: without a fault all is well, and a lost answer is noticed. */
static void the_laboratory_sees_what_is_lost(void **state)
{
    struct lab l = { .kind = LAB_NONE };
    struct told t = { 0 };

    (void)state;
    lab_open(&l, devices);
    bus_on(l.app->bus, MSG_ANSWER, on_told, &t, NULL);
    bus_on(l.app->bus, MSG_ACT, on_told, &t, NULL);
    LAB_UNTIL(&l, l.delivered[MSG_DEVICES] > 0 && l.delivered[MSG_GRAMMAR] > 0, 5000);
    ask(&l, "turn on the fan");
    assert_true(LAB_UNTIL(&l, t.answers == 1, ANSWER_MS));
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.acts, 1);
    lab_fault_set(&l, MSG_ANSWER, LAB_LOSE, 1);
    ask(&l, "turn on the fan");
    assert_false(LAB_UNTIL(&l, t.answers == 2, 5000));
    assert_int_equal(t.acts, 2);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_laboratory_sees_what_is_lost),
        cmocka_unit_test(a_command_survives_every_fault),
        cmocka_unit_test(a_question_survives_every_fault),
        cmocka_unit_test(nonsense_survives_every_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
