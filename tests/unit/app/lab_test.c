/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/lab_test.c - every type of message lost, repeated, late and out of order, in the
 * whole daemon, for a typed and a spoken command, a question, nonsense and an answer of a language
 * model: each asker gets exactly one answer, no device is told anything twice, nothing is called done
 * that was not, all ends in idle.
 *
 * The first line that is printed says how to replay: FAULT=type:kind:nth, or SEED=number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/lab.h"
#include "lib/fake_server.h"
#include "unit/store/testvfs.h"

enum { ANSWER_MS = 200000, QUIET_MS = 3000, CLIENT = 77, NTH_MAX = 3, SEEDS = 12 };

#define SSE "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define TOKEN(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"

static const char devices[] = "devices:\n"
                              "  - {name: Ceiling Light, area: Kitchen, kind: light, via: virtual}\n"
                              "  - {name: Fan, area: Kitchen, kind: switch, via: virtual}\n";

static const struct story {
    const char *text;
    bool is_spoken;      /* the button is pressed and the sentence heard */
    const char *model;   /* what the language model answers; NULL: there is none */
    int sends;           /* commands that reach a device */
    const char *outcome; /* without a fault */
    const char *early;   /* what is heard before the end; the light is off then; NULL: nothing */
    const char *state;   /* of the light, when it is called done */
} stories[] = {
    { "turn on the fan", false, NULL, 1, "done", NULL, NULL },
    { "what time is it", false, NULL, 0, "done", NULL, NULL },
    { "colourless green ideas", false, NULL, 0, "not_understood", NULL, NULL },
    { "turn on the fan", true, NULL, 1, "done", NULL, NULL },
    { "colourless green ideas", true, NULL, 0, "not_understood", NULL, NULL },
    { "colourless green ideas", false, SSE TOKEN("They sleep. ") TOKEN("Furiously.") "data: [DONE]\n\n",
      0, "done", NULL, NULL },
    { "turn on the ceiling light", true, NULL, 1, "done", "turn on the ceiling light", "on" },
    { "turn off the ceiling light", true, NULL, 3, "done", "turn on the ceiling light", "off" },
    { "colourless green ideas", true, NULL, 2, "not_understood", "turn on the ceiling light", NULL },
};

struct told {
    int answers, ok; /* for our client; of them with code 0 */
    int done;        /* of them told as done */
    char outcome[32]; /* of the newest */
    char light[16];   /* its state */
    _Atomic bool is_with_model;
};

static struct fake_server server;

static void on_told(const struct msg *m, void *user)
{
    struct told *t = user;

    if (m->type == MSG_INTENT)
        t->is_with_model = m->code == -ENOENT;
    if (m->type == MSG_SESSION)
        t->is_with_model = false;
    if (m->type == MSG_DEVICE && strcmp(json_str(m->json, "id", ""), "ceiling_light") == 0)
        snprintf(t->light, sizeof(t->light), "%s",
                 json_str(cJSON_GetObjectItem(m->json, "state"), "state", "none"));
    if (m->type != MSG_ANSWER || m->origin.kind != ORIGIN_CONTROL || m->origin.client != CLIENT)
        return;
    t->answers++;
    t->ok += m->code >= 0;
    snprintf(t->outcome, sizeof(t->outcome), "%s", json_str(m->json, "outcome", "none"));
    t->done += strcmp(t->outcome, "done") == 0;
}

/* `text` NULL: the button is pressed. */
static void ask(struct lab *l, const char *text)
{
    struct msg *m = msg_new(text ? MSG_TEXT : MSG_BUTTON, 0);

    m->text = text ? str_dup(text) : NULL;
    m->part = "ctl";
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = CLIENT, .request = 5 };
    m->endpoint = text ? endpoint_of(ORIGIN_CONTROL, CLIENT) : 0;
    bus_post(l->app->bus, m);
}

static bool is_idle(const struct lab *l)
{
    return !assistant_is_busy(l->app->assistant) &&
           strcmp(assistant_state(l->app->assistant), "idle") == 0;
}

/* What must hold whatever one message does. Returns words of what does not; NULL: all does. */
static const char *what_breaks(struct lab *l, struct told *t, const struct story *s)
{
    const bool is_askers = lab_is_askers(l->type) && !l->is_random;
    /* the question or the answer itself lost on the way: nobody inside can know of it */
    const bool unknowable = l->kind == LAB_LOSE && is_askers;
    /* the door would see the same question or answer twice: it is the one who repeats */
    const int times = l->kind == LAB_REPEAT && is_askers ? 2 : 1;
    /* what was early is taken back where the transcript does not come */
    const int most = times * s->sends + (s->early ? 1 : 0);

    if (!LAB_UNTIL(l, t->answers > 0 || unknowable, ANSWER_MS))
        return "no answer";
    if (!LAB_UNTIL(l, is_idle(l), ANSWER_MS))
        return "not idle in the end";
    LAB_UNTIL(l, false, QUIET_MS); /* what comes late, comes now */
    if (t->answers > times)
        return "more than one answer";
    if (l->posted[MSG_ACT] > most)
        return "ordered twice";
    if (lab_sent(l) > most)
        return "a device was told twice";
    /* what was early and lost is done at the end, once */
    if (t->done > 0 && lab_sent(l) < (s->early && s->sends > 1 ? 1 : s->sends))
        return "called done, and no device was told";
    if (s->state && t->done > 0 && l->type != MSG_DEVICE && !l->is_random && strcmp(t->light, s->state) != 0)
        return "called done, and it is otherwise";
    if (!is_idle(l))
        return "woken again by what came late";
    if (must_broken() > 0)
        return must_broken_at();
    return NULL;
}

/* It is known how the light was, so that it may be early. */
static void light_off(struct lab *l, struct told *t)
{
    ask(l, "turn off the ceiling light");
    assert_true(LAB_UNTIL(l, t->answers == 1 && is_idle(l), ANSWER_MS));
    LAB_UNTIL(l, strcmp(t->light, "off") == 0, QUIET_MS);
    assert_string_equal(t->light, "off");
    l->sent_before = lab_sent(l);
    t->answers = t->ok = t->done = 0;
}

/* The house is open and knows its devices and its sentences. */
static void open_story(struct lab *l, struct told *t, const struct story *s)
{
    char model[160];

    if (s->model) {
        fake_script(&server, s->model, FAKE_CLOSE, 0);
        snprintf(model, sizeof(model), "llm: {kind: openai, model: m, url: 'http://127.0.0.1:%u'}\n",
                 server.port);
        l->more_settings = model;
        l->works_beside = &t->is_with_model;
    }
    if (s->early)
        l->more_settings = "speech: {early: yes}\n";
    l->hears = s->is_spoken ? s->text : NULL;
    lab_open(l, devices);
    l->more_settings = NULL;
    LAB_UNTIL(l, l->delivered[MSG_DEVICES] > 0 && l->delivered[MSG_GRAMMAR] > 0, 5000);
    assert_int_equal(bus_on(l->app->bus, MSG_ANSWER, on_told, t, NULL), 0);
    assert_int_equal(bus_on(l->app->bus, MSG_INTENT, on_told, t, NULL), 0);
    assert_int_equal(bus_on(l->app->bus, MSG_SESSION, on_told, t, NULL), 0);
    assert_int_equal(bus_on(l->app->bus, MSG_DEVICE, on_told, t, NULL), 0);
    if (s->early)
        light_off(l, t);
    l->hears_early = s->early;
}

/* After the fault the daemon is as good as before. */
static const char *is_well_again(struct lab *l, struct told *t)
{
    const int before = lab_sent(l);

    bus_tap(l->app->bus, NULL, NULL);
    t->answers = t->ok = t->done = 0;
    ask(l, "turn on the ceiling light");
    if (!LAB_UNTIL(l, t->answers == 1, ANSWER_MS) || t->ok != 1 || lab_sent(l) != before + 1)
        return "the next sentence is not done";
    return LAB_UNTIL(l, is_idle(l), ANSWER_MS) ? NULL : "not idle after the next sentence";
}

struct fault { /* one, or by a seed: then `seed` is not 0 */
    enum msg_type type;
    enum lab_fault kind;
    int nth;
    unsigned seed;
};

static void name_fault(char out[64], const struct fault *f)
{
    if (f->seed > 0)
        snprintf(out, 64, "SEED=%u", f->seed);
    else
        snprintf(out, 64, "FAULT=%s:%s:%d", msg_type_name(f->type), lab_fault_names[f->kind], f->nth);
}

/* One sentence with the fault, then one without. `posted` (may be NULL) gets how many of each type
 * there were. */
static void one_case(const struct story *s, const struct fault *f, int posted[MSG_N])
{
    struct lab l = { .is_random = false };
    struct told t = { 0 };
    const char *broken;
    char name[64];

    open_story(&l, &t, s);
    if (f->seed > 0)
        lab_seed_set(&l, f->seed);
    else
        lab_fault_set(&l, f->type, f->kind, f->nth);
    ask(&l, s->is_spoken ? NULL : s->text);
    broken = what_breaks(&l, &t, s);
    if (posted) {
        memcpy(posted, l.posted, sizeof(l.posted));
        assert_string_equal(t.outcome, s->outcome);
        assert_int_equal(lab_sent(&l), s->sends);
    }
    if (!broken)
        broken = is_well_again(&l, &t);
    lab_close(&l);
    name_fault(name, f);
    if (broken)
        fail_msg("%s: \"%s\"%s: %s", name, s->text, s->is_spoken ? " (spoken)" : "", broken);
}

/* Every message that the sentence makes without a fault, with every fault; where one is named, only
 * that one. */
static void every_message_may_fail(void **state)
{
    const struct story *s = *state;
    const struct fault none = { MSG_NONE, LAB_NONE, 0, 0 };
    const char *only = getenv("FAULT");
    int posted[MSG_N];
    struct fault f = none;
    char name[64];

    one_case(s, &none, posted);
    assert_int_equal(posted[MSG_ANSWER], 1);
    for (f.type = MSG_NONE + 1; f.type < MSG_N; f.type++)
        for (f.nth = 1; f.nth <= posted[f.type] && f.nth <= NTH_MAX; f.nth++)
            for (f.kind = LAB_LOSE; f.kind < LAB_FAULTS_N; f.kind++) {
                name_fault(name, &f);
                if (!only || strcmp(only, name + strlen("FAULT=")) == 0)
                    one_case(s, &f, NULL);
            }
}

/* Several messages of one sentence at once, by chance; the same for the same number. */
static void several_messages_may_fail(void **state)
{
    const char *only = getenv("SEED");
    const unsigned first = only ? (unsigned)strtoul(only, NULL, 10) : 1;

    if (getenv("FAULT"))
        return;
    for (unsigned seed = first; seed < first + (only ? 1 : SEEDS); seed++)
        one_case(*state, &(struct fault){ .seed = seed }, NULL);
}

/* The disk hangs while a command is kept: it is done and answered all the same, the next one too, and
 * both are kept once the disk comes back. */
static void a_write_that_hangs_delays_no_command(void **state)
{
    struct lab l = { .is_random = false };
    struct told t = { 0 };
    char dir[DIR_BYTES];
    struct err e = ERR_INIT;
    int stored;

    (void)state;
    open_story(&l, &t, &stories[0]);
    assert_int_equal(dir_make(dir, "labstore"), 0);
    const struct store_opts o = { .dir = dir, .clock = &l.clock, .end_wait_ms = 10000 };

    if (store_open(&l.app->store, &o, &e) < 0)
        fail_msg("%s", err_text(&e));
    tv.hangs = true;
    lab_fault_set(&l, MSG_NONE, LAB_NONE, 0);
    ask(&l, "turn on the fan");
    assert_null(what_breaks(&l, &t, &stories[0]));
    assert_string_equal(t.outcome, "done");
    assert_int_equal(l.delivered[MSG_STORED], 0);
    assert_null(is_well_again(&l, &t));
    tv.hangs = false;
    stored = 0;
    for (int i = 0; i < 1000 && stored < 2; i++) { /* the writer's thread works in real time */
        loop_step(l.app->loop, LAB_REAL_WAIT_MS);
        stored = l.delivered[MSG_STORED];
    }
    assert_int_equal(stored, 2);
    lab_close(&l);
    dir_remove(dir);
}

/* The laboratory itself: a lost answer is noticed, and so is what is told twice. */
static void the_laboratory_sees_what_is_lost(void **state)
{
    struct lab l = { .is_random = false };
    struct told t = { 0 };

    (void)state;
    open_story(&l, &t, &stories[0]);
    ask(&l, "turn on the fan");
    assert_true(LAB_UNTIL(&l, t.answers == 1, ANSWER_MS));
    assert_int_equal(t.ok, 1);
    assert_int_equal(lab_sent(&l), 1);
    lab_fault_set(&l, MSG_ANSWER, LAB_LOSE, 1);
    ask(&l, "turn on the fan");
    assert_false(LAB_UNTIL(&l, t.answers == 2, 5000));
    assert_int_equal(lab_sent(&l), 2);
    lab_fault_set(&l, MSG_TEXT, LAB_REPEAT, 1);
    ask(&l, "turn off the fan");
    LAB_UNTIL(&l, false, QUIET_MS);
    assert_int_equal(t.answers, 3);
    assert_int_equal(lab_sent(&l), 4);
    lab_close(&l);
}

static int open_all(void **state)
{
    const char *fault = getenv("FAULT"), *seed = getenv("SEED");

    (void)state;
    print_message("lab: %s%s%s; replay one by FAULT=type:kind:nth or SEED=number\n",
                  fault ? "FAULT=" : seed ? "SEED=" : "", fault ? fault : seed ? seed : "all faults",
                  fault || seed ? " alone" : "");
    return fake_start(&server);
}

static int close_all(void **state)
{
    (void)state;
    fake_stop(&server);
    return 0;
}

#define STORY(i)                                                                               \
    { "every message: " #i, every_message_may_fail, NULL, NULL, (void *)&stories[i] },         \
    { "several messages: " #i, several_messages_may_fail, NULL, NULL, (void *)&stories[i] }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_laboratory_sees_what_is_lost),
        cmocka_unit_test(a_write_that_hangs_delays_no_command),
        STORY(0), STORY(1), STORY(2), STORY(3), STORY(4), STORY(5),
        STORY(6), STORY(7), STORY(8),
    };

    return tv_install() < 0 ? 1 : tv_end(cmocka_run_group_tests(tests, open_all, close_all));
}
