/* SPDX-License-Identifier: Apache-2.0 */
/* Several commands in one sentence, and sentences about what was done before: scenes as in turn_test.c,
 * with meanings of their own. What is done and what is not is always said, and once. What would be done
 * decides whether it is asked which of two sentences was meant. */
#include "unit/assistant/commands.h"
#include "unit/assistant/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
static const struct {
    const char *name, *script, *log;
    const char *kept; /* stands in the last kept session */
} scenes[] = {
    { "misheard, and it is denied", "wake start end unsure:never_lamp_on",
      "hush listen =listening =thinking ask(never lamp on) keep(cancelled) last(All right, I "
      "leave it as it is.) =speaking more(cancelled) =idle", "JarvisRefuse" },
    { "misheard, and it is a question", "wake start end unsure:is_lamp_on",
      "hush listen =listening =thinking ask(is lamp on) act(HassGetState) keep(done) last(The lamp is "
      "on.) =speaking more(done) =idle", "\"intent\":\"HassGetState\"" },
    { "misheard, and it is nothing", "wake start end unsure:sing",
      "hush listen =listening =thinking ask(sing) keep(not_understood) last(Sorry, I did not "
      "understand.) =speaking more(not_understood) =idle", "not_understood" },
    { "misheard, and several fit", "wake start end unsure:light_on deaf",
      "hush listen =listening =thinking ask(light on) keep(asked) last(Did you say “light on” or "
      "“lamp off”?) =speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I "
      "leave it as it is.) =speaking more(cancelled) =idle", "cancelled" },
    { "misheard, and nobody understands", "wake start end unsure:crash",
      "hush listen =listening =thinking ask(crash) keep(asked) last(Did you say “crash” or “lamp "
      "off”?) =speaking more(asked) =idle listen =listening", "asked" },
    { "misheard, and understanding hangs", "mute:intent wake start end unsure wait:20000",
      "hush listen =listening =thinking ask(lamp on) keep(failed) last(Sorry, that did not work.) "
      "=speaking more(failed) =idle", "failed" },
    { "misheard, and cut short", "mute:intent wake start end unsure wake",
      "hush listen =listening =thinking ask(lamp on) hush keep(cancelled) =idle listen =listening",
      "cancelled" },
    { "misheard, and it is two commands", "wake start end unsure:both deaf",
      "hush listen =listening =thinking ask(both) keep(asked) last(Did you say “both” or “lamp off”?) =speaking "
      "more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I leave it as it is.) "
      "=speaking more(cancelled) =idle", "cancelled" },
    { "heard by one that may not act, and a yes", "wake start end alone:lamp_on start end hear:yes",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you mean “lamp on”?) "
      "=speaking more(asked) =idle listen =listening =thinking ask(yes) act(HassTurnOn) confirmed "
      "keep(done) last(Turned on the lamp.) =speaking more(done) =idle", "\"outcome\":\"done\"" },
    { "heard by one that may not act, and a no", "wake start end alone:lamp_on start end hear:no",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you mean “lamp on”?) "
      "=speaking more(asked) =idle listen =listening =thinking ask(no) keep(cancelled) last(All right, "
      "I leave it as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "heard by one that may not act, and nothing more", "wake start end alone:lamp_on deaf",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you mean “lamp on”?) "
      "=speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I leave "
      "it as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "the yes as well", "wake start end alone:lamp_on start end alone:yes",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you mean “lamp on”?) "
      "=speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I leave "
      "it as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "heard so, a question", "wake start end alone:time",
      "hush listen =listening =thinking ask(time) keep(done) last(It is 20:05.) =speaking more(done) "
      "=idle", "\"outcome\":\"done\"" },
    { "heard so, no command", "wake start end alone:sing",
      "hush listen =listening =thinking ask(sing) keep(not_understood) last(Sorry, I did not "
      "understand. You can say: stop.) =speaking more(not_understood) =idle", "\"outcome\":\"not_understood\"" },
    { "heard so, denied", "wake start end alone:never_lamp_on",
      "hush listen =listening =thinking ask(never lamp on) keep(cancelled) last(All right, I leave it "
      "as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "heard so, two commands", "wake start end alone:both start end hear:yes",
      "hush listen =listening =thinking ask(both) keep(asked) last(Did you mean “both”?) =speaking "
      "more(asked) =idle listen =listening =thinking ask(yes) act(HassTurnOn) act(HassTurnOff) "
      "at(light1) keep(done) last(Turned on the lamp. Turned off the light.) =speaking more(done) =idle", "\"outcome\":\"done\"" },
    { "heard so, several fit", "wake start end alone:light_on",
      "hush listen =listening =thinking ask(light on) keep(cancelled) last(All right, I leave it as it "
      "is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "heard so, with mistakes", "wake start end alone:garage_opne",
      "hush listen =listening =thinking ask(garage opne) keep(cancelled) last(All right, I leave it as "
      "it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "heard so, and nobody understands", "wake start end alone:crash",
      "hush listen =listening =thinking ask(crash) keep(cancelled) last(All right, I leave it as it is.) "
      "=speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "no answer to which of them", "wake start end hear:light_on start end alone:lamp_on",
      "hush listen =listening =thinking ask(light on) keep(asked) last(Which one: the kitchen or the "
      "hall?) =speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I "
      "leave it as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "said in a language that nobody hears", "wake start end tongue",
      "hush listen =listening =thinking keep(failed) last(I cannot hear this language yet. Please type "
      "it.) =speaking more(failed) =idle", "\"outcome\":\"failed\"" },
    { "a strange yes to what was asked", "wake start end alone:lamp_on start end tongue",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you mean “lamp on”?) "
      "=speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I leave "
      "it as it is.) =speaking more(cancelled) =idle", "\"outcome\":\"cancelled\"" },
    { "two, one reply", "text:both",
      "=thinking ask(both) act(HassTurnOn) act(HassTurnOff) at(light1) keep(done) "
      "answer(1,0,Turned on the lamp. Turned off the light.) =idle",
      "\"reply\":\"Turned on the lamp. Turned off the light.\",\"outcome\":\"done\"" },
    { "a name is learnt from what was meant", "text:zorblax_on text:no_light2",
      "=thinking ask(zorblax on) keep(not_understood) answer(1,0,Sorry, I did not understand.) =idle "
      "=thinking ask(no light2) act(HassTurnOn) at(light2) keep(done) answer(2,0,Turned on the light. "
      "From now on I know the light as “zorblax” as well.) =idle",
      "\"outcome\":\"done\"" },
    { "what was meant is for other things", "text:zorblax_on text:no_garage",
      "=thinking ask(zorblax on) keep(not_understood) answer(1,0,Sorry, I did not understand.) =idle "
      "=thinking ask(no garage) keep(cancelled) answer(2,0,There is nothing to correct.) =idle",
      "\"outcome\":\"cancelled\"" },
    { "what was meant comes too late", "text:zorblax_on wait:180100 text:no_light2",
      "=thinking ask(zorblax on) keep(not_understood) answer(1,0,Sorry, I did not understand.) =idle "
      "=thinking ask(no light2) keep(cancelled) answer(2,0,There is nothing to correct.) =idle",
      "\"outcome\":\"cancelled\"" },
    { "what was lacking is forgotten when another thing is done", "text:zorblax_on text:light1_on text:no_light2",
      "=thinking ask(zorblax on) keep(not_understood) answer(1,0,Sorry, I did not understand.) =idle "
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(2,0,Turned on the light.) =idle "
      "=thinking ask(no light2) act(?) undo(session) act(HassTurnOn) at(light2) keep(done) answer(3,0,"
      "Put the lamp back as before. The light is on.) =idle",
      "\"outcome\":\"done\"" },
    { "the first is not reached", "text:dead_first",
      "=thinking ask(dead first) act(HassTurnOn) act(HassTurnOn) keep(failed) "
      "answer(1,0,Sorry, I cannot reach the house right now. Turned on the lamp.) =idle",
      "\"reply\":\"Sorry, I cannot reach the house right now. Turned on the "
      "lamp.\",\"outcome\":\"failed\"" },
    { "the last is not reached", "text:dead_last",
      "=thinking ask(dead last) act(HassTurnOn) act(HassTurnOn) keep(failed) "
      "answer(1,0,Turned on the lamp. Sorry, I cannot reach the house right now.) =idle",
      "\"reply\":\"Turned on the lamp. Sorry, I cannot reach the house right "
      "now.\",\"outcome\":\"failed\"" },
    { "none is reached", "text:both_dead",
      "=thinking ask(both dead) act(HassTurnOn) act(HassTurnOff) keep(failed) "
      "answer(1,0,Sorry, I cannot reach the house right now.) =idle",
      "\"reply\":\"Sorry, I cannot reach the house right now.\",\"outcome\":\"failed\"" },
    { "one is answered here", "text:lamp_and_time",
      "=thinking ask(lamp and time) act(HassTurnOn) keep(done) answer(1,0,Turned on the "
      "lamp. It is 20:05.) =idle",
      "\"reply\":\"Turned on the lamp. It is 20:05.\",\"outcome\":\"done\"" },
    { "none needs the house", "text:time_twice",
      "=thinking ask(time twice) keep(done) answer(1,0,It is 20:05. It is 20:05.) =idle",
      "\"reply\":\"It is 20:05. It is 20:05.\",\"outcome\":\"done\"" },
    { "typed, nothing is guarded", "text:garage_and_lamp",
      "=thinking ask(garage and lamp) act(HassTurnOn) act(HassTurnOn) keep(done) "
      "answer(1,0,Opened the garage door. Turned on the lamp.) =idle",
      "\"reply\":\"Opened the garage door. Turned on the lamp.\",\"outcome\":\"done\"" },
    { "a guarded one waits", "wake start end hear:garage_and_lamp",
      "hush listen =listening =thinking ask(garage and lamp) act(HassTurnOn) "
      "act(HassTurnOn) say(Turned on the lamp.) =speaking keep(asked) last(Shall I open the"
      " garage door?) more(asked) =idle listen =listening",
      "\"reply\":\"Turned on the lamp. Shall I open the garage door?\",\"outcome\":\"asked\"" },
    { "a guarded one, yes", "wake start end hear:garage_and_lamp start end hear:yes",
      "hush listen =listening =thinking ask(garage and lamp) act(HassTurnOn) "
      "act(HassTurnOn) say(Turned on the lamp.) =speaking keep(asked) last(Shall I open the"
      " garage door?) more(asked) =idle listen =listening =thinking ask(yes) "
      "act(HassTurnOn) confirmed keep(done) last(Opened the garage door.) =speaking "
      "more(done) =idle",
      "\"reply\":\"Opened the garage door.\",\"outcome\":\"done\"" },
    { "a guarded one, no", "wake start end hear:lamp_and_garage start end hear:no",
      "hush listen =listening =thinking ask(lamp and garage) act(HassTurnOn) "
      "act(HassTurnOn) say(Turned on the lamp.) =speaking keep(asked) last(Shall I open the"
      " garage door?) more(asked) =idle listen =listening =thinking ask(no) keep(cancelled)"
      " last(All right, I leave it as it is.) =speaking more(cancelled) =idle",
      "\"reply\":\"All right, I leave it as it is.\",\"outcome\":\"cancelled\"" },
    { "two guarded ones", "wake start end hear:garage_twice",
      "hush listen =listening =thinking ask(garage twice) act(HassTurnOn) act(HassTurnOn) "
      "say(All right, I leave it as it is.) =speaking keep(asked) last(Shall I open the "
      "garage door?) more(asked) =idle listen =listening",
      "\"reply\":\"All right, I leave it as it is. Shall I open the garage "
      "door?\",\"outcome\":\"asked\"" },
    { "unknown among them", "text:strange_and_lamp",
      "=thinking ask(strange and lamp) act(HassNothing) act(HassTurnOn) keep(done) "
      "answer(1,0,Done. Turned on the lamp.) =idle",
      "\"reply\":\"Done. Turned on the lamp.\",\"outcome\":\"done\"" },
    { "an empty list", "text:none",
      "=thinking ask(none) keep(failed) answer(1,0,Sorry, that did not work.) =idle",
      "\"reply\":\"Sorry, that did not work.\",\"outcome\":\"failed\"" },
    { "a part is not understood", "text:lamp_and_part",
      "=thinking ask(lamp and part) keep(not_understood) answer(1,0,I did not understand "
      "“sing a song”, so I did nothing.) =idle",
      "\"reply\":\"I did not understand “sing a song”, so I did "
      "nothing.\",\"outcome\":\"not_understood\"" },
    { "the house is silent", "mute:home text:both wait:3100",
      "=thinking ask(both) act(HassTurnOn) keep(failed) answer(1,0,The house did not "
      "answer. I do not know whether it was done.) =idle",
      "\"reply\":\"The house did not answer. I do not know whether it was "
      "done.\",\"outcome\":\"failed\"" },
    { "cut off between", "mute:home aloud:both STOP",
      "=thinking ask(both) act(HassTurnOn) keep(stopped) answer(1,-108,I am being stopped.)"
      " =idle",
      "\"reply\":\"\",\"outcome\":\"stopped\"" },
    { "nothing to take back", "text:undo",
      "=thinking ask(undo) keep(cancelled) answer(1,0,There is nothing to undo.) =idle",
      "\"reply\":\"There is nothing to undo.\",\"outcome\":\"cancelled\"" },
    { "taken back", "text:lamp_on text:undo",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "=idle =thinking ask(undo) act(?) undo(session) keep(done) answer(2,0,Put the lamp "
      "back as before.) =idle",
      "\"reply\":\"Put the lamp back as before.\",\"outcome\":\"done\"" },
    { "taken back too late", "text:lamp_on wait:180050 text:undo",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "=idle =thinking ask(undo) keep(cancelled) answer(2,0,There is nothing to undo.) "
      "=idle",
      "\"reply\":\"There is nothing to undo.\",\"outcome\":\"cancelled\"" },
    { "taken back in vain", "text:lamp_on act:2 text:undo",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "=idle =thinking ask(undo) act(?) undo(session) keep(cancelled) answer(2,0,There is "
      "nothing to undo.) =idle",
      "\"reply\":\"There is nothing to undo.\",\"outcome\":\"cancelled\"" },
    { "taken back twice", "text:lamp_on text:undo text:undo",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "=idle =thinking ask(undo) act(?) undo(session) keep(done) answer(2,0,Put the lamp "
      "back as before.) =idle =thinking ask(undo) act(?) undo(session) keep(done) "
      "answer(3,0,Put the lamp back as before.) =idle",
      "\"reply\":\"Put the lamp back as before.\",\"outcome\":\"done\"" },
    { "no, the other", "text:light1_on text:no_light2",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(no light2) act(?) undo(session) act(HassTurnOn) "
      "at(light2) keep(done) answer(2,0,Put the lamp back as before. The light is on.) "
      "=idle",
      "\"reply\":\"Put the lamp back as before. The light is on.\",\"outcome\":\"done\"" },
    { "no, the other room", "text:light1_on text:no_the_hall",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(no the hall) act(?) undo(session) act(HassTurnOn) "
      "keep(done) answer(2,0,Put the lamp back as before. The lamp is on.) =idle",
      "\"reply\":\"Put the lamp back as before. The lamp is on.\",\"outcome\":\"done\"" },
    { "no, what?", "text:light1_on text:no_nothing",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(no nothing) keep(cancelled) answer(2,0,There is "
      "nothing to correct.) =idle",
      "\"reply\":\"There is nothing to correct.\",\"outcome\":\"cancelled\"" },
    { "no, before anything", "text:no_light2",
      "=thinking ask(no light2) keep(cancelled) answer(1,0,There is nothing to correct.) "
      "=idle",
      "\"reply\":\"There is nothing to correct.\",\"outcome\":\"cancelled\"" },
    { "no goes not over to a door", "text:light1_on text:no_garage",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(no garage) keep(cancelled) answer(2,0,There is "
      "nothing to correct.) =idle",
      "\"reply\":\"There is nothing to correct.\",\"outcome\":\"cancelled\"" },
    { "no, too late", "text:light1_on wait:180050 text:no_light2",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(no light2) keep(cancelled) answer(2,0,There is "
      "nothing to correct.) =idle",
      "\"reply\":\"There is nothing to correct.\",\"outcome\":\"cancelled\"" },
    { "also", "text:light1_on text:also_light2",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(also light2) act(HassTurnOn) at(light2) keep(done) "
      "answer(2,0,The light is on.) =idle",
      "\"reply\":\"The light is on.\",\"outcome\":\"done\"" },
    { "again", "text:light1_on text:again",
      "=thinking ask(light1 on) act(HassTurnOn) at(light1) keep(done) answer(1,0,Turned on "
      "the light.) =idle =thinking ask(again) act(HassTurnOn) at(light1) keep(done) "
      "answer(2,0,The light is on.) =idle",
      "\"reply\":\"The light is on.\",\"outcome\":\"done\"" },
    { "again what?", "text:again",
      "=thinking ask(again) keep(cancelled) answer(1,0,There is nothing to do again.) =idle",
      "\"reply\":\"There is nothing to do again.\",\"outcome\":\"cancelled\"" },
    { "say again", "text:lamp_on text:say_again",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "=idle =thinking ask(say again) keep(done) answer(2,0,Turned on the lamp.) =idle",
      "\"reply\":\"Turned on the lamp.\",\"outcome\":\"done\"" },
    { "say what again?", "text:say_again",
      "=thinking ask(say again) keep(done) answer(1,0,I have not said anything yet.) =idle",
      "\"reply\":\"I have not said anything yet.\",\"outcome\":\"done\"" },
    { "help", "text:help",
      "=thinking ask(help) keep(done) answer(1,0,You can say: “turn on the lamp” or "
      "“stop”.) =idle",
      "\"reply\":\"You can say: “turn on the lamp” or “stop”.\",\"outcome\":\"done\"" },
    { "help by voice", "wake start end hear:help",
      "hush listen =listening =thinking ask(help) keep(done) last(You can say: stop.) "
      "=speaking more(done) =idle",
      "\"reply\":\"You can say: stop.\",\"outcome\":\"done\"" },
    { "help without a house", "text:help_none",
      "=thinking ask(help none) keep(done) answer(1,0,You can turn things on and off, dim, "
      "open, close and ask about them.) =idle",
      "\"reply\":\"You can turn things on and off, dim, open, close and ask about "
      "them.\",\"outcome\":\"done\"" },
};

static void play(struct scene *s, const char *name, const char *script)
{
    struct err e = ERR_INIT;

    assert_int_equal(commands_open(s), 0);
    if (scene_start(s, &e) < 0)
        fail_msg("%s: %s", name, err_text(&e));
    if (!scene_play(s, script))
        fail_msg("%s: a word of the script is unknown", name);
}

static void scenes_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(scenes); i++) {
        struct scene s;

        play(&s, scenes[i].name, scenes[i].script);
        if (strcmp(str_text(&s.log), scenes[i].log) != 0 || !strstr(str_text(&s.kept), scenes[i].kept))
            fail_msg("%s:\n got %s\nwant %s\nkept %s\nwant %s", scenes[i].name, str_text(&s.log),
                     scenes[i].log, str_text(&s.kept), scenes[i].kept);
        scene_close(&s);
    }
}

/* All orders of three sentences about each other: whatever comes after what, each is answered once. */
static void any_order(void **state)
{
    static const char *const words[] = {
        "text:both", "text:dead_last", "text:garage_and_lamp", "text:light1_on", "text:undo",
        "text:no_light2", "text:no_the_hall", "text:also_light2", "text:again", "text:say_again",
        "text:help", "text:yes", "wait:200000", "wake start end hear:garage_and_lamp", "text:none",
        "mute:home text:both wait:3100 unmute:home",
        "wake start end unsure:never_lamp_on", "wake start end unsure:undo",
    };

    (void)state;
    for (size_t a = 0; a < N_OF(words); a++)
        for (size_t b = 0; b < N_OF(words); b++)
            for (size_t c = 0; c < N_OF(words); c++) {
                struct watch w = { .fault = NULL };
                char script[256];
                struct scene s;

                snprintf(script, sizeof(script), "%s %s %s wait:25000", words[a], words[b], words[c]);
                assert_int_equal(commands_open(&s), 0);
                assert_int_equal(scene_start(&s, NULL), 0);
                assert_int_equal(bus_on(s.bus, MSG_N, watch_on_msg, &w, NULL), 0);
                assert_true(scene_play(&s, script));
                if (w.fault || w.asks != w.answers)
                    fail_msg("%s: %s, %d asked, %d answered", script, w.fault ? w.fault : "no fault",
                             (int)w.asks, (int)w.answers);
                scene_close(&s);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenes_as_written),
        cmocka_unit_test(any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
