/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/ready_test.c - what comes while the sentences are made: it waits, within bounds, or is told that
 * Jarvis is not ready; never that it was not understood. */
#include "intent/hold.h"
#include "unit/intent/world.h"

#include "core/deadlines.h"

static const char more_devices[] =
    "[{\"id\":\"kitchen_light\",\"name\":\"Attic light\",\"area\":\"Attic\",\"kind\":\"light\"},"
    " {\"id\":\"other\",\"name\":\"Kitchen light\",\"area\":\"Kitchen\",\"kind\":\"light\"},"
    " {\"id\":\"lava\",\"name\":\"Lava lamp\",\"area\":\"Bedroom\",\"kind\":\"light\"}]";

/* ---- the hold --------------------------------------------------------------------------------- */

static void on_call(int code, void *user)
{
    *(int *)user += code < 0 ? -code : 1000;
}

static void the_hold_is_a_bounded_ring(void **state)
{
    struct hold h = { .n = 0 };
    struct held one;
    int told = 0;

    (void)state;
    assert_false(hold_take(&h, &one));
    for (size_t round = 0; round < 3; round++) {
        AUTO(msg_freep) struct msg *m = msg_new(MSG_UNDERSTAND, 0);

        for (size_t i = 0; i < HOLD_MAX; i++) {
            m->session = i;
            assert_true(hold_message(&h, m));
        }
        assert_false(hold_message(&h, m));
        assert_false(hold_call(&h, on_call, &told));
        for (size_t i = 0; i < HOLD_MAX - 1; i++) {
            assert_true(hold_take(&h, &one));
            assert_int_equal(one.m->session, i);
            msg_free(one.m);
        }
        assert_true(hold_call(&h, on_call, &told));
        hold_done(&h);
        assert_int_equal(told, (int)(round + 1) * ECANCELED);
        assert_int_equal(h.n, 0);
    }
}

/* ---- sentences -------------------------------------------------------------------------------- */

static void ask(struct world *w, const char *text, uint64_t endpoint)
{
    struct msg *m = msg_new(MSG_UNDERSTAND, 7);

    assert_non_null(m);
    m->text = strdup(text);
    m->endpoint = endpoint;
    bus_post(w->bus, m);
    drain(w);
}

/* What the next sentence is: "" where it waits, "?" not understood, "..." not ready, else the device or intent. */
static const char *heard(struct world *w, const char *text, uint64_t endpoint)
{
    const struct msg *got = &w->last[MSG_INTENT];
    const cJSON *slots, *name;

    w->count[MSG_INTENT] = 0;
    if (text)
        ask(w, text, endpoint);
    else
        settle(w);
    if (w->count[MSG_INTENT] == 0)
        return "";
    if (got->code < 0) {
        assert_true(got->code == -ENOENT || got->code == -EAGAIN);
        return got->code == -ENOENT ? "?" : "...";
    }
    slots = cJSON_GetObjectItemCaseSensitive(got->json, "slots");
    name = cJSON_GetObjectItemCaseSensitive(slots, "name");
    return json_str(name, "value", json_str(got->json, "intent", "several"));
}

#define HEARD(text, want) assert_string_equal(heard(w, text, 0), want)
#define LATER(want) assert_string_equal(heard(w, NULL, 0), want)

static void the_first_sentence_waits_for_the_house(void **state)
{
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    HEARD("turn on the kitchen light", "");
    LATER("kitchen_light");
    HEARD("turn on the kitchen light", "kitchen_light");
    HEARD("turn on the lava lamp", "?");
}

/* A name that means another device by now must not reach the one that bore it. */
static void names_that_moved_reach_nobody_else(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    HEARD("turn on the kitchen light", "kitchen_light");
    tell(w, MSG_DEVICES, NULL, more_devices);
    HEARD("turn on the kitchen light", "");
    LATER("other");
    HEARD("turn on the lava lamp", "lava");
    HEARD("turn on the attic light", "kitchen_light");
}

/* Names move, and only the own language knows so far. */
static void half_make(struct world *w)
{
    move_in(w, house_english);
    tell(w, MSG_DEVICES, NULL, more_devices);
    drain(w);
    clock_advance_usec(&w->clock, 60 * 1000);
    loop_step(w->loop, 0);
}

/* Only the own language has been made since; what is typed is tried in the others, too. */
static void names_that_moved_in_another_language(void **state)
{
    struct world *w = *state;

    half_make(w);
    HEARD("turn on the kitchen light", "other");
    HEARD("allume la kitchen light", "");
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000);
    HEARD("allume la kitchen light", "..."); /* and longer than anybody waits */
    w->count[MSG_INTENT] = 0;
    settle(w);
    assert_int_equal(w->count[MSG_INTENT], 1);
    HEARD("allume la kitchen light", "other");
}

/* Something is always being made, but the names have only just moved. */
static void names_that_move_anew_have_their_own_time(void **state)
{
    struct world *w = *state;

    half_make(w);
    HEARD("turn on the kitchen light", "other");
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000); /* the others have not been made yet */
    tell(w, MSG_DEVICES, NULL, house_english);
    drain(w);
    HEARD("turn on the kitchen light", "");
    LATER("kitchen_light");
}

static void teach(struct world *w, const char *what, const char *text, const char *device)
{
    struct msg *m = msg_new(MSG_LEARN, 0);
    AUTO_STR json = STR_INIT;

    if (device)
        str_addf(&json, "{\"%s\":{\"text\":\"%s\",\"device\":\"%s\"}}", what, text, device);
    else
        str_addf(&json, "{\"%s\":\"%s\"}", what, text);
    assert_int_equal(json_parse(&m->json, json.data, json.len, NULL), 0);
    m->origin = (struct origin){ ORIGIN_HTTP, 5, 6, 0 };
    w->count[MSG_ANSWER] = 0;
    bus_post(w->bus, m);
    drain(w);
}

static void what_is_taught_is_known_by_the_answer(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    teach(w, "add", "zorblax", "bedside");
    assert_int_equal(w->count[MSG_ANSWER], 1);
    assert_int_equal(w->last[MSG_ANSWER].code, 0);
    HEARD("what time is it", "HassGetCurrentTime"); /* the old sentences go on */
    HEARD("turn on the kitchen light", "kitchen_light");
    HEARD("turn on the zorblax", "");
    LATER("bedside");
    teach(w, "forget", "zorblax", NULL);
    assert_int_equal(w->last[MSG_ANSWER].code, 0);
    HEARD("turn on the zorblax", "");
    LATER("?");
}

static void what_would_be_taught_waits_for_the_names(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    tell(w, MSG_DEVICES, NULL, more_devices);
    drain(w);
    teach(w, "add", "zorblax", "lava"); /* a device that is only just there */
    assert_int_equal(w->count[MSG_ANSWER], 0);
    settle(w);
    assert_int_equal(w->count[MSG_ANSWER], 1);
    assert_int_equal(w->last[MSG_ANSWER].code, 0);
    settle(w);
    HEARD("turn on the zorblax", "lava");
    tell(w, MSG_DEVICES, NULL, house_english);
    drain(w);
    teach(w, "add", "kitchen light", "bedside"); /* a name that has just come back */
    assert_int_equal(w->count[MSG_ANSWER], 0);
    settle(w);
    assert_int_equal(w->last[MSG_ANSWER].code, -EEXIST);
}

/* What is taught is held against the opposites of every language. */
static void what_would_be_taught_waits_for_each_language(void **state)
{
    struct world *w = *state;

    half_make(w);
    HEARD("turn on the kitchen light", "other");
    teach(w, "add", "zorblax", "lava");
    assert_int_equal(w->count[MSG_ANSWER], 0);
    settle(w);
    assert_int_equal(w->count[MSG_ANSWER], 1);
    assert_int_equal(w->last[MSG_ANSWER].code, 0);
}

static void a_language_that_is_known_answers_at_once(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    str_copy(w->settings.language, sizeof(w->settings.language), "fr");
    tell(w, MSG_SETTINGS, "language", NULL);
    drain(w);
    assert_string_equal(heard(w, "allume la kitchen light", ENDPOINT_BOX), "kitchen_light");
    HEARD("allume la kitchen light", "kitchen_light");
    HEARD("turn on the kitchen light", "kitchen_light"); /* typed: any language will do */
    assert_string_equal(heard(w, "turn on the kitchen light", ENDPOINT_BOX), "");
    LATER("?"); /* heard: it may have been a sentence of the files that are being read */
}

static void a_language_that_came_is_waited_for(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    put(w, "etc/sentences/tlh.yaml", "language: tlh\nintents:\n  HassGetCurrentTime:\n    data:\n"
                                     "      - sentences: [arlogh qoylu pu]\n");
    HEARD("arlogh qoylu pu", "?");
    str_copy(w->settings.language, sizeof(w->settings.language), "tlh");
    tell(w, MSG_SETTINGS, "language", NULL);
    drain(w);
    assert_string_equal(heard(w, "arlogh qoylu pu", ENDPOINT_BOX), "");
    LATER("HassGetCurrentTime");
}

static void files_that_are_read_again(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    put(w, "etc/sentences/en.yaml", OWN("HassGetCurrentTime", "sentences: [blorp it]"));
    HEARD("blorp it", "?");
    intent_reload(w->intent);
    HEARD("turn on the kitchen light", "kitchen_light");
    HEARD("turn on the kitchen light and blorp it", ""); /* a part of it waits, too */
    LATER("several");
    intent_reload(w->intent);
    HEARD("blorp it", "HassGetCurrentTime");
    HEARD("trun on the kitchen light", ""); /* mended only when all is known */
    LATER("kitchen_light");
    HEARD("do the vacuum dance", "?");
}

/* The builds never come back: whoever waits does so for so long, and who comes then not at all. */
static void it_ends_with_a_deadline(void **state)
{
    struct world *w = *state;
    struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths, NULL, NULL };
    struct err e = ERR_INIT;

    if (slow_new(&d.slow, w->loop, NULL, &e) < 0 || intent_new(&w->intent, &d, &e) < 0)
        fail_msg("%s", err_text(&e));
    tell(w, MSG_DEVICES, NULL, house_english);
    HEARD("what time is it", "");
    HEARD("turn on the kitchen light", "");
    teach(w, "add", "zorblax", "bedside");
    assert_int_equal(w->count[MSG_ANSWER], 0);
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000);
    w->count[MSG_INTENT] = 0;
    HEARD("what time is it", "..."); /* the loop has not run: nothing is made, and nobody may wait any more */
    teach(w, "add", "zorblax", "bedside");
    assert_int_equal(w->last[MSG_ANSWER].code, -EAGAIN);
    w->count[MSG_INTENT] = w->count[MSG_ANSWER] = 0;
    loop_step(w->loop, 0);
    drain(w);
    assert_int_equal(w->count[MSG_INTENT], 2);
    assert_int_equal(w->count[MSG_ANSWER], 1);
    settle(w);
    HEARD("turn on the kitchen light", "kitchen_light");

    tell(w, MSG_DEVICES, NULL, more_devices);
    HEARD("turn on the bedside lamp", "");
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000);
    HEARD("turn on the bedside lamp", "..."); /* "bedside" until something else is known */
    HEARD("turn on the lava lamp", "...");
    HEARD("turn on the kitchen light", "..."); /* it has moved: not to the one that bore the name */
    settle(w);
    HEARD("turn on the kitchen light", "other");

    intent_reload(w->intent); /* no name moves: what there is answers what it can */
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000);
    HEARD("turn on the kitchen light", "other");
    HEARD("do the vacuum dance", "?");
    w->intent = intent_free(w->intent);
    settle(w);
    slow_end(d.slow, 1000);
}

static void who_finds_no_place_is_told(void **state)
{
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    drain(w);
    w->count[MSG_INTENT] = 0;
    for (size_t i = 0; i < HOLD_MAX; i++)
        ask(w, "turn on the kitchen light", 0);
    assert_int_equal(w->count[MSG_INTENT], 0);
    ask(w, "turn on the kitchen light", 0);
    assert_int_equal(w->count[MSG_INTENT], 1);
    assert_int_equal(w->last[MSG_INTENT].code, -EAGAIN);
    settle(w);
    assert_int_equal(w->count[MSG_INTENT], HOLD_MAX + 1);
    assert_int_equal(w->last[MSG_INTENT].code, 0);
}

/* Changes that follow upon one another must not put the build off for ever. */
static void changes_without_an_end(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    w->count[MSG_INTENT] = 0;
    tell(w, MSG_DEVICES, NULL, more_devices);
    ask(w, "turn on the lava lamp", 0);
    for (int i = 0; i < 20; i++) {
        tell(w, MSG_SETTINGS, "device.area", NULL);
        drain(w);
        clock_advance_usec(&w->clock, 20 * 1000);
        loop_step(w->loop, 0);
        drain(w);
    }
    assert_int_equal(w->count[MSG_INTENT], 1);
    assert_int_equal(w->last[MSG_INTENT].code, 0);
}

/* ---- callers ---------------------------------------------------------------------------------- */

static void callers_wait_as_well(void **state)
{
    struct world *w = *state;
    int told = 0;

    move_in(w, house_english);
    intent_when_made(w->intent, on_call, &told);
    assert_int_equal(told, 1000);
    intent_reload(w->intent);
    intent_when_made(w->intent, on_call, &told);
    assert_int_equal(told, 1000);
    settle(w);
    assert_int_equal(told, 2000);
    intent_reload(w->intent);
    clock_advance_usec(&w->clock, (DEADLINE_READY_MS + 1) * 1000);
    intent_when_made(w->intent, on_call, &told);
    assert_int_equal(told, 2000 + EAGAIN);
    settle(w);
    told = 0;
    intent_reload(w->intent);
    intent_when_made(w->intent, on_call, &told);
    w->intent = intent_free(w->intent);
    assert_int_equal(told, ECANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hold_is_a_bounded_ring),
        CASE(the_first_sentence_waits_for_the_house),
        CASE(names_that_moved_reach_nobody_else),
        CASE(names_that_moved_in_another_language),
        CASE(names_that_move_anew_have_their_own_time),
        CASE(what_is_taught_is_known_by_the_answer),
        CASE(what_would_be_taught_waits_for_the_names),
        CASE(what_would_be_taught_waits_for_each_language),
        CASE(a_language_that_is_known_answers_at_once),
        CASE(a_language_that_came_is_waited_for),
        CASE(files_that_are_read_again),
        CASE(it_ends_with_a_deadline),
        CASE(who_finds_no_place_is_told),
        CASE(changes_without_an_end),
        CASE(callers_wait_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
