/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/early_test.c - what is done before the end of its sentence: once, taken back where it
 * was not the sentence, and never what has to wait. */
#include "unit/assistant/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define LISTENS "hush listen =listening "
#define BEGINS LISTENS "ask(lamp on) act(HassTurnOn) early "
#define TOLD_ON "keep(done) last(Turned on the lamp.) =speaking more(done) =idle"
#define REFUSED "keep(not_understood) last(Sorry, I did not understand.) =speaking more(not_understood) =idle"
#define NAME(id) "\"name\":{\"value\":\"" id "\",\"text\":\"" id "\"}"

static const struct scene_meaning meanings[] = {
    { "lights on", 0, "{\"intent\":\"HassTurnOn\",\"slots\":{\"domain\":{\"value\":\"light\"}}}" },
    { "all but", 0,
      "{\"intent\":\"HassTurnOff\",\"slots\":{\"area\":{\"value\":\"Hall\"},\"except\":{\"value\":\"lamp\"}}}" },
    { "brighter", 0,
      "{\"intent\":\"HassLightSet\",\"slots\":{" NAME("lamp") ",\"brightness_step\":{\"value\":20}}}" },
    { "is it on", 0, "{\"intent\":\"HassGetState\",\"slots\":{" NAME("lamp") "}}" },
    { "both", 0,
      "{\"commands\":[{\"intent\":\"HassTurnOn\",\"slots\":{" NAME("lamp") "}},"
      "{\"intent\":\"HassTurnOff\",\"slots\":{" NAME("lamp") "}}]}" },
    { "undo", 0, "{\"intent\":\"JarvisUndo\",\"slots\":{}}" },
    { "no the hall", 0, "{\"intent\":\"JarvisCorrect\",\"slots\":{\"area\":{\"value\":\"Hall\"}}}" },
};

static const struct {
    const char *name, *script, *log;
    const char *kept; /* stands in the last kept session */
} scenes[] = {
    { "the same sentence: done once, told once", "wake start early:lamp_on wait:400 end hear:lamp_on",
      BEGINS "=thinking " TOLD_ON,
      "\"step\":\"early\",\"ms\":0,\"detail\":\"lamp on\"},{\"step\":\"action\",\"ms\":0,\"detail\":\"home/lamp "
      "ON\"},{\"step\":\"speech_end\",\"ms\":400" },
    { "another sentence: taken back, then done", "wake start early:lamp_on end hear:lamp_off",
      BEGINS "=thinking act(?) early undo(session) ask(lamp off) act(HassTurnOff) keep(done) last(Turned off the "
      "lamp.) =speaking more(done) =idle",
      "\"step\":\"taken_back\",\"ms\":0,\"detail\":\"lamp on\"" },
    { "it goes on to a denial", "wake start early:lamp_on end hear:never_lamp_on",
      BEGINS "=thinking act(?) early undo(session) ask(never lamp on) keep(cancelled) last(All right, I leave it as it "
      "is.) =speaking more(cancelled) =idle",
      "JarvisRefuse" },
    { "it goes on to what is no sentence", "wake start early:lamp_on end hear:sing",
      BEGINS "=thinking act(?) early undo(session) ask(sing) keep(not_understood) last(Sorry, I did not understand. "
      "You can say: stop.) =speaking more(not_understood) =idle",
      "taken_back" },
    { "it was not heard to its end", "wake start early:lamp_on end deaf",
      BEGINS "=thinking act(?) early undo(session) " REFUSED, "taken_back" },
    { "it may have been another", "wake start early:lamp_on end unsure",
      BEGINS "=thinking act(?) early undo(session) ask(lamp on) keep(asked) last(Did you say “lamp on” or “lamp "
      "off”?) =speaking more(asked) =idle listen =listening",
      "taken_back" },
    { "the recogniser is lost", "wake start early:lamp_on lost",
      BEGINS "act(?) early undo(session) =thinking keep(failed) =idle", "taken_back" },
    { "no transcript", "wake start early:lamp_on end wait:5100",
      BEGINS "=thinking stop act(?) early undo(session) keep(failed) last(Sorry, I could not hear you to the end.) "
      "=speaking more(failed) =idle",
      "no transcript in time" },
    { "cancelled by a wake word", "wake start early:lamp_on wake",
      BEGINS "hush act(?) early undo(session) stop keep(cancelled) =idle listen =listening", "home/lamp ON" },
    { "stopped", "wake start early:lamp_on STOP", BEGINS "act(?) early undo(session) stop keep(stopped) =idle",
      "\"outcome\":\"stopped\"" },
    { "what was taken back is not spoken of any more", "wake start early:lamp_on end deaf text:undo",
      BEGINS "=thinking act(?) early undo(session) " REFUSED " =thinking ask(undo) keep(cancelled) answer(1,0,There "
      "is nothing to undo.) =idle",
      "" },

    /* what the house says */
    { "it has to wait for the end: done then", "act:11 wake start early:lamp_on act:0 end hear:lamp_on",
      BEGINS "=thinking ask(lamp on) act(HassTurnOn) " TOLD_ON, "\"outcome\":\"done\"" },
    { "it failed: told, not tried again", "act:107 wake start early:lamp_on end hear:lamp_on",
      BEGINS "=thinking keep(failed) last(Sorry, I cannot reach the house right now.) =speaking more(failed) =idle",
      "\"error\":\"there is no connection" },
    { "it failed, and it was another sentence", "act:107 wake start early:lamp_on end act:0 hear:lamp_off",
      BEGINS "=thinking ask(lamp off) act(HassTurnOff) keep(done) last(Turned off the lamp.) =speaking more(done) "
      "=idle",
      "HassTurnOff" },
    { "nobody knows: not sent again", "act:110 wake start early:lamp_on end act:0 hear:lamp_on",
      BEGINS "=thinking keep(failed) last(The house did not answer. I do not know whether it was done.) =speaking "
      "more(failed) =idle",
      "" },
    { "nobody knows: taken back all the same", "act:110 wake start early:lamp_on end act:0 deaf",
      BEGINS "=thinking act(?) early undo(session) " REFUSED, "taken_back" },
    { "it cannot be taken back: that is said", "wake start early:lamp_on end act:107 deaf",
      BEGINS "=thinking act(?) early undo(session) say(Sorry, I cannot reach the house right now.) =speaking "
      "keep(not_understood) last(Sorry, I did not understand.) more(not_understood) =idle",
      "\"error\":\"there is no connection" },

    /* answers that are owed when the sentence ends */
    { "the house is slow, the same sentence", "mute:home wake start early:lamp_on end hear:lamp_on wait:3100",
      BEGINS "=thinking keep(failed) last(The house did not answer. I do not know whether it was done.) =speaking "
      "more(failed) =idle",
      "not confirmed in time" },
    { "the house is silent, another sentence", "mute:home wake start early:lamp_on end hear:lamp_off wait:3100",
      BEGINS "=thinking act(?) early undo(session) keep(failed) last(The house did not answer. I do not know whether "
      "it was done.) =speaking more(failed) =idle",
      "not taken back in time" },
    { "nobody says what it means, the same sentence", "mute:intent wake start early:lamp_on end hear:lamp_on wait:3100",
      LISTENS "ask(lamp on) =thinking keep(failed) last(Sorry, that did not work.) =speaking more(failed) =idle",
      "understanding gave no answer" },
    { "nobody says what it means, another sentence", "mute:intent wake start early:lamp_on end hear:lamp_off wait:3100",
      LISTENS "ask(lamp on) =thinking keep(failed) last(Sorry, that did not work.) =speaking more(failed) =idle",
      "understanding gave no answer" },

    /* what waits for the end */
    { "told twice", "wake start early:lamp_on early:lamp_off end hear:lamp_on", BEGINS "=thinking " TOLD_ON, "" },
    { "told when it has ended", "wake start end early:lamp_on hear:lamp_on",
      LISTENS "=thinking ask(lamp on) act(HassTurnOn) " TOLD_ON, "" },
    { "no words", "wake start early: end hear:lamp_on", LISTENS "=thinking ask(lamp on) act(HassTurnOn) " TOLD_ON, "" },
    { "it means nothing", "wake start early:sing end hear:lamp_on",
      LISTENS "ask(sing) =thinking ask(lamp on) act(HassTurnOn) " TOLD_ON, "" },
    { "of several none is named", "wake start early:light_on", LISTENS "ask(light on)", "" },
    { "what it means cannot be told", "wake start early:crash", LISTENS "ask(crash)", "" },
    { "all lights", "wake start early:lights_on", LISTENS "ask(lights on)", "" },
    { "all but one", "wake start early:all_but", LISTENS "ask(all but)", "" },
    { "a step from what is so", "wake start early:brighter", LISTENS "ask(brighter)", "" },
    { "a question", "wake start early:is_it_on", LISTENS "ask(is it on)", "" },
    { "answered here", "wake start early:stop", LISTENS "ask(stop)", "" },
    { "a denial", "wake start early:never_lamp_on", LISTENS "ask(never lamp on)", "" },
    { "two commands", "wake start early:both", LISTENS "ask(both)", "" },
    { "about what was before", "wake start early:undo", LISTENS "ask(undo)", "" },
    { "a correction", "wake start early:no_the_hall", LISTENS "ask(no the hall)", "" },
    { "with a mistake in it", "wake start early:garage_opne", LISTENS "ask(garage opne)", "" },
};

static int differs(const char *name, const char *what, const char *got, const char *want)
{
    print_error("%s: %s\n  got  %s\n  want %s\n", name, what, got, want);
    return 1;
}

static void open(struct scene *s)
{
    assert_int_equal(scene_open(s), 0);
    s->more = meanings;
    s->more_n = N_OF(meanings);
}

static void each_scene(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(scenes); i++) {
        struct scene s;

        open(&s);
        assert_int_equal(scene_start(&s, NULL), 0);
        if (!scene_play(&s, scenes[i].script))
            fail_msg("%s: the script is wrong", scenes[i].name);
        if (strcmp(str_text(&s.log), scenes[i].log) != 0)
            failed += differs(scenes[i].name, "log", str_text(&s.log), scenes[i].log);
        if (!strstr(str_text(&s.kept), scenes[i].kept))
            failed += differs(scenes[i].name, "kept", str_text(&s.kept), scenes[i].kept);
        scene_close(&s);
    }
    assert_int_equal(failed, 0);
}

/* Off by the setting; a filter may want another sentence; what was asked back is answered by whole sentences. */
static enum filter_verdict pass(const struct filter_text *t, uint64_t ticket, char **replace, void *user)
{
    (void)t, (void)ticket, (void)replace, (void)user;
    return FILTER_PASS;
}

static void not_at_all(void **state)
{
    static const struct filter_def def = { .name = "pass", .point = FILTER_HEARD, .fn = pass };

    (void)state;
    for (int way = 0; way < 3; way++) {
        AUTO(filters_freep) struct filters *filters = NULL;
        struct scene s;

        open(&s);
        s.settings.speech_early = way != 0;
        assert_int_equal(filters_new(&filters, s.loop, NULL), 0);
        if (way == 1)
            assert_int_equal(filter_add(filters, &def, NULL), 0);
        s.filters = filters;
        assert_int_equal(scene_start(&s, NULL), 0);
        if (way == 2)
            assert_true(scene_play(&s, "wake start end hear:open_the_garage start"));
        else
            assert_true(scene_play(&s, "wake start"));
        str_clear(&s.log);
        assert_true(scene_play(&s, "early:lamp_on"));
        assert_string_equal(str_text(&s.log), "");
        scene_close(&s);
    }
}

/* What it means, or what became of it, comes only when the sentence has ended. */
static bool keep_one(struct msg *m, void *user)
{
    struct msg **kept = user;

    if (*kept || (m->type != MSG_INTENT && m->type != MSG_ACTED))
        return false;
    *kept = m;
    return true;
}

static void comes_late(enum msg_type type, const char *heard, const char *want)
{
    struct scene s;
    struct msg *kept = NULL;

    open(&s);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_true(scene_play(&s, "wake start"));
    if (type == MSG_INTENT)
        bus_tap(s.bus, keep_one, &kept);
    else
        s.mute[WHO_HOME] = true;
    assert_true(scene_play(&s, "early:lamp_on"));
    assert_true(scene_play(&s, heard));
    bus_tap(s.bus, NULL, NULL);
    s.mute[WHO_HOME] = false;
    if (type == MSG_ACTED) {
        kept = msg_new(MSG_ACTED, s.session);
        assert_non_null(kept);
        kept->json = cJSON_Parse("{\"devices\":[{\"id\":\"lamp\",\"name\":\"the lamp\"}],\"sent\":[\"home/lamp ON\"]}");
        if (strstr(heard, "off")) { /* the undo's as well */
            bus_post(s.bus, msg_copy(kept));
            scene_settle(&s);
        }
    }
    if (type == MSG_INTENT)
        bus_give(s.bus, kept); /* it was posted already */
    else
        bus_post(s.bus, kept);
    scene_settle(&s);
    if (!strstr(str_text(&s.log), want))
        fail_msg("%s: %s", heard, str_text(&s.log));
    assert_true(scene_ends(&s));
    scene_close(&s);
}

static void answers_that_are_owed(void **state)
{
    (void)state;
    comes_late(MSG_INTENT, "end hear:lamp_on", "ask(lamp on) =thinking act(HassTurnOn) " TOLD_ON);
    comes_late(MSG_INTENT, "end hear:lamp_off", "ask(lamp on) =thinking ask(lamp off) act(HassTurnOff) keep(done)");
    comes_late(MSG_ACTED, "end hear:lamp_on", "act(HassTurnOn) early =thinking " TOLD_ON);
    comes_late(MSG_ACTED, "end hear:lamp_off",
               "act(HassTurnOn) early =thinking act(?) early undo(session) ask(lamp off) act(HassTurnOff) keep(done)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scene),
        cmocka_unit_test(not_at_all),
        cmocka_unit_test(answers_that_are_owed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
