/* SPDX-License-Identifier: Apache-2.0 */
/* The dialogue: scenes of what happens and what the assistant does, word by word; then random
 * scenes against what must always hold. SEED=n repeats one. */
#include "unit/assistant/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#define NOT_UNDERSTOOD "Sorry, I did not understand."

static const struct {
    const char *name, *script, *log;
    const char *kept; /* stands in the last kept session */
} scenes[] = {
    /* the good ways */
    { "a spoken command", "wake start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking more(done) =idle",
      "\"intent\":\"HassTurnOn\",\"reply\":\"Turned on the lamp.\",\"outcome\":\"done\"" },
    { "off is said as off", "wake start end hear:lamp_off",
      "hush listen =listening =thinking ask(lamp off) act(HassTurnOff) keep(done) last(Turned "
      "off the lamp.) =speaking more(done) =idle",
      "\"source\":\"voice\"" },
    { "answered here", "wake start end hear:stop",
      "hush listen =listening =thinking ask(stop) hush keep(done) last(Stopped.) =speaking "
      "more(done) =idle",
      "JarvisStop" },
    { "never mind is cancelled", "wake start end hear:never_mind",
      "hush listen =listening =thinking ask(never mind) keep(cancelled) last(Cancelled.) "
      "=speaking more(cancelled) =idle",
      "HassNevermind" },
    { "push to talk", "button start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking more(done) =idle",
      "\"detail\":\"button\"" },
    { "typed", "text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle",
      "\"source\":\"text\"" },
    { "typed and spoken", "aloud:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking more(done) =idle",
      "\"step\":\"spoken\"" },
    { "two texts", "text:lamp_on text:lamp_off",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle "
      "=thinking ask(lamp off) act(HassTurnOff) keep(done) answer(2,0,Turned off the lamp.) "
      "=idle",
      "HassTurnOff" },

    /* not heard, not understood */
    { "woken by mistake", "wake nospeech deaf",
      "hush listen =listening =thinking =idle", "" },
    { "deaf before the end", "wake deaf", "hush listen =listening =idle",
      "" },
    { "rejected", "wake start end deaf",
      "hush listen =listening =thinking keep(not_understood) last(Sorry, I did not understand.) "
      "=speaking more(not_understood) =idle",
      "\"outcome\":\"not_understood\"" },
    { "empty transcript", "wake start end hear:_",
      "hush listen =listening =thinking keep(not_understood) last(Sorry, I did not understand.) "
      "=speaking more(not_understood) =idle",
      NOT_UNDERSTOOD },
    { "no match", "wake start end hear:sing",
      "hush listen =listening =thinking ask(sing) keep(not_understood) last(Sorry, I did not "
      "understand. You can say: stop.) =speaking more(not_understood) =idle",
      "\"heard\":\"sing\"" },
    { "typed, no match", "text:sing",
      "=thinking ask(sing) keep(not_understood) answer(1,0,Sorry, I did not understand. You can "
      "say: “turn on the lamp” or “stop”.) =idle",
      "not_understood" },
    { "no intent in the answer", "text:strange",
      "=thinking ask(strange) keep(not_understood) answer(1,0,Sorry, I did not understand.) "
      "=idle",
      "not_understood" },
    { "recogniser lost", "wake start lost", "hush listen =listening keep(failed) =thinking =idle",
      "\"error\":\"the recogniser was lost\"" },
    { "understanding failed", "text:crash",
      "=thinking ask(crash) keep(failed) answer(1,0,Sorry, that did not work.) =idle",
      "\"error\":\"reading or writing failed" },

    /* the house says no */
    { "broker away", "act:107 text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) answer(1,0,Sorry, I cannot reach the "
      "house right now.) =idle",
      "\"outcome\":\"failed\"" },
    { "no such device", "act:2 text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) answer(1,0,Sorry, I know no such "
      "device.) =idle",
      "no such file or folder" },

    /* nobody answers */
    { "speech never ends", "wake wait:15100",
      "hush listen =listening stop =thinking keep(failed) last(Sorry, I could not hear you to "
      "the end.) =speaking more(failed) =idle",
      "in time" },
    { "no transcript", "wake start end wait:5100",
      "hush listen =listening =thinking stop keep(failed) last(Sorry, I could not hear you to "
      "the end.) =speaking more(failed) =idle",
      "no transcript in time" },
    { "no intent", "mute:intent text:lamp_on wait:3100",
      "=thinking ask(lamp on) keep(failed) answer(1,0,Sorry, that did not work.) =idle",
      "understanding gave no answer" },
    { "no action", "mute:home text:lamp_on wait:3100",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) answer(1,0,The house did not answer. "
      "I do not know whether it was done.) =idle",
      "not confirmed in time" },
    { "not stored in time", "mute:store text:lamp_on wait:600",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle",
      "the store did not confirm" },
    { "not stored yet, not said yet", "mute:store wake start end hear:lamp_on wait:400",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done)", "done" },
    { "disk full", "fail:store text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle",
      "no space left on the disk" },
    { "voice lost", "fail:voice aloud:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking more(done) =idle",
      "\"error\":\"the other side broke" },
    { "voice hangs", "mute:voice aloud:lamp_on wait:130100",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking hush more(done) =idle",
      "the voice did not finish in time" },

    /* barge-in */
    { "wake while listening", "wake start wake",
      "hush listen =listening hush stop keep(cancelled) =idle listen =listening", "cancelled" },
    { "wake while the recogniser works", "wake start end wake",
      "hush listen =listening =thinking hush stop keep(cancelled) =idle listen =listening",
      "cancelled" },
    { "wake while the house works", "mute:home wake start end hear:lamp_on wake",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) hush keep(cancelled) =idle "
      "listen =listening",
      "\"heard\":\"lamp on\"" },
    { "wake while speaking", "mute:voice wake start end hear:lamp_on wake start end hear:lamp_off",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking hush more(done) =idle listen =listening =thinking ask(lamp off) "
      "act(HassTurnOff) keep(done) last(Turned off the lamp.) =speaking",
      "HassTurnOff" },
    { "wake while a text is thought about", "mute:home text:lamp_on wake",
      "=thinking ask(lamp on) act(HassTurnOn) hush listen =listening",
      "" },
    { "wake when a text's reply is known", "mute:store text:lamp_on wake",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) hush listen =listening",
      "done" },
    { "button while speaking", "mute:voice wake start end hear:lamp_on button",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking hush more(done) =idle",
      "cut short" },
    { "what an old session still gets is passed over", "wake start end wake hear:lamp_on",
      "hush listen =listening =thinking hush stop keep(cancelled) =idle listen =listening "
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on the lamp.) =speaking "
      "more(done) =idle",
      "done" },

    /* the queue */
    { "a text waits for the spoken session", "wake text:lamp_off start end hear:lamp_on",
      "hush listen =listening ask(lamp off) act(HassTurnOff) keep(done) answer(1,0,Turned off "
      "the lamp.) =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on the lamp.) "
      "=speaking more(done) =idle",
      "HassTurnOff" },
    { "a text that waits is not lost by a barge-in",
      "wake text:lamp_off wake start end hear:lamp_on",
      "hush listen =listening ask(lamp off) act(HassTurnOff) keep(done) answer(1,0,Turned off "
      "the lamp.) hush stop =idle listen =listening =thinking ask(lamp on) act(HassTurnOn) "
      "keep(done) last(Turned on the lamp.) =speaking more(done) =idle",
      "HassTurnOff" },
    { "no ninth text", "mute:intent text:a text:b text:c text:d text:e text:f text:g text:h text:i text:j other:k",
      "=thinking ask(a) answer(10,-16,Too many questions are waiting. Please try again in a "
      "moment.) ask(k)",
      "" },

    /* several conversations, and several sentences in one */
    { "nobody waits for another conversation", "mute:home text:lamp_on unmute:home other:lamp_off",
      "=thinking ask(lamp on) act(HassTurnOn) ask(lamp off) act(HassTurnOff) keep(done) "
      "answer(2,0,Turned off the lamp.)", "lamp off" },
    { "within one the next does not wait for the house", "mute:home text:lamp_on unmute:home text:lamp_off",
      "=thinking ask(lamp on) act(HassTurnOn) ask(lamp off) act(HassTurnOff) keep(done) "
      "answer(2,0,Turned off the lamp.)", "" },
    { "and the house is late",
      "mute:home text:lamp_on unmute:home text:lamp_off wait:3100", "=thinking ask(lamp on) act(HassTurnOn) ask(lamp off) act(HassTurnOff) keep(done) "
      "answer(2,0,Turned off the lamp.) keep(failed) answer(1,0,The house did not answer. I do "
      "not know whether it was done.) =idle", "lamp on" },
    { "commands keep their order",
      "mute:home text:lamp_on text:lamp_off text:lamp_on other:lamp_off", "=thinking ask(lamp on) act(HassTurnOn) ask(lamp off) act(HassTurnOff) ask(lamp on) "
      "act(HassTurnOn) ask(lamp off) act(HassTurnOff)", "" },
    { "not too many at once",
      "mute:home text:lamp_on text:lamp_on text:lamp_on text:lamp_on text:lamp_on text:lamp_on "
      "text:lamp_on text:lamp_on text:lamp_on text:lamp_on text:lamp_on text:lamp_on text:lamp_off "
      "text:time", "=thinking ask(lamp on) act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) "
      "act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) "
      "act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) "
      "act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) act(HassTurnOn) ask(lamp on) "
      "act(HassTurnOn)", "" },
    { "stop undoes nothing", "mute:home text:lamp_on text:stop",
      "=thinking ask(lamp on) act(HassTurnOn) ask(stop) hush keep(done) answer(2,0,Stopped.)", "JarvisStop" },
    { "a value that is not possible", "act:22 text:very_hot",
      "=thinking ask(very hot) act(HassClimateSetTemperature) keep(failed) answer(1,0,I can set "
      "5 to 35 degrees.) =idle", "I can set" },
    { "stop silences what is said for others", "mute:voice aloud:lamp_on other:stop",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking ask(stop) hush more(done) =thinking keep(done) "
      "answer(2,0,Stopped.) =idle",
      "JarvisStop" },

    /* who asked for a microphone is answered once */
    { "listen by request", "press:7 start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking more(done) answer(7,0,Turned on the lamp.) =idle", "button" },
    { "by request, nobody speaks", "press:7 nospeech deaf",
      "hush listen =listening =thinking answer(7,0,) =idle", "cancelled" },
    { "by request, the recogniser is lost", "press:7 start lost",
      "hush listen =listening keep(failed) =thinking answer(7,0,) =idle", "recogniser was lost" },
    { "by request, interrupted by the wake word", "press:7 start wake",
      "hush listen =listening hush stop keep(cancelled) answer(7,-125,Interrupted.) =idle listen "
      "=listening", "cancelled" },
    { "by request, while it listens", "wake press:7",
      "hush listen =listening answer(7,-16,I am listening already.)", "" },
    { "by request, twice", "press:7 press:7 press:8",
      "hush listen =listening answer(7,-16,I am listening already.) answer(8,-16,I am listening "
      "already.)", "" },
    { "by request, while it thinks", "mute:intent press:7 start end hear:lamp_on wait:600 press:7",
      "hush listen =listening =thinking ask(lamp on) hush keep(cancelled) "
      "answer(7,-125,Interrupted.) =idle listen =listening", "cancelled" },
    { "by request, while it speaks", "mute:voice wake start end hear:lamp_on press:7",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking hush more(done) =idle answer(7,-125,I was speaking; I am quiet now.)",
      "cut short" },
    { "by request, no microphone", "nomicrophone press:7 button",
      "answer(7,-19,There is no microphone.)", "" },
    { "by request, and speech has none", "press:7 noears wake noears",
      "hush listen =listening stop answer(7,-19,There is no microphone.) =idle hush listen "
      "=listening stop =idle", "" },
    { "by request, the microphone is back", "nomicrophone microphone press:7",
      "hush listen =listening", "" },
    { "by request, muted", "muted press:7 button", "answer(7,-19,The microphone is off.)", "" },
    { "a button that bounces", "button button", "hush listen =listening", "" },
    { "a button pressed again", "button wait:600 button",
      "hush listen =listening hush stop =idle listen =listening", "" },

    /* the loudspeaker has one owner */
    { "announced", "announce:tea_is_ready", "last(tea is ready) =speaking answer(1,0,) =idle", "" },
    { "announced, refused", "announce: announce:a\x1b",
      "answer(1,-22,The text is empty.) answer(2,-22,The text holds characters that are not "
      "allowed.)", "" },
    { "announced while it listens", "wake announce:tea nospeech deaf",
      "hush listen =listening =thinking =idle last(tea) =speaking answer(1,0,) =idle", "" },
    { "announced while it answers", "mute:voice wake start end hear:lamp_on announce:tea said",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking more(done) =idle last(tea) =speaking",
      "" },
    { "the wake word silences an announcement", "mute:voice announce:tea wake",
      "last(tea) =speaking hush answer(1,-125,Interrupted.) =idle listen =listening", "" },
    { "stop silences an announcement", "mute:voice announce:tea text:stop",
      "last(tea) =speaking ask(stop) hush answer(1,-125,Interrupted.) =thinking keep(done) "
      "answer(2,0,Stopped.) =idle", "JarvisStop" },
    { "the button silences an announcement", "mute:voice announce:tea press:7",
      "last(tea) =speaking hush answer(1,-125,Interrupted.) =idle answer(7,-125,I was speaking; "
      "I am quiet now.)", "" },
    { "announcements in order", "mute:voice announce:a announce:b said said",
      "last(a) =speaking answer(1,0,) last(b) answer(2,0,) =idle", "" },
    { "an answer aloud waits for an announcement",
      "mute:voice announce:a aloud:lamp_on said said", "last(a) =speaking ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.) "
      "answer(1,0,) last(Turned on the lamp.) more(done) =idle", "spoken" },
    { "a place that does not come", "mute:voice announce:a announce:b wait:60100",
      "last(a) =speaking answer(2,-110,Too many questions are waiting. Please try again in a "
      "moment.)", "" },
    { "an announcement that the voice loses", "fail:voice announce:tea",
      "last(tea) =speaking answer(1,-104,the other side broke the connection off: its log may tell why) =idle", "" },
    { "no ninth announcement",
      "wake announce:a announce:b announce:c announce:d announce:e announce:f announce:g announce:h "
      "announce:i", "hush listen =listening answer(9,-16,Too many questions are waiting. Please try again in a "
      "moment.)", "" },

    /* asked back */
    { "a guarded door, yes", "wake start end hear:open_the_garage start end hear:yes",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking ask(yes) act(HassTurnOn) confirmed keep(done) last(Opened the garage door.) "
      "=speaking more(done) =idle",
      "garage OPEN" },
    { "a guarded door, no", "wake start end hear:open_the_garage start end hear:no",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking ask(no) keep(cancelled) last(All right, I leave it as it is.) =speaking "
      "more(cancelled) =idle", "cancelled" },
    { "a guarded door, something else", "wake start end hear:open_the_garage start end hear:lamp_on",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking ask(lamp on) keep(cancelled) last(All right, I leave it as it is.) =speaking "
      "more(cancelled) =idle", "cancelled" },
    { "a guarded door, nonsense", "wake start end hear:open_the_garage start end hear:sing",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking ask(sing) keep(cancelled) last(All right, I leave it as it is.) =speaking "
      "more(cancelled) =idle",
      "cancelled" },
    { "a guarded door, silence", "wake start end hear:open_the_garage nospeech deaf",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking keep(cancelled) last(All right, I leave it as it is.) =speaking more(cancelled) "
      "=idle", "cancelled" },
    { "a guarded door, the recogniser is lost", "wake start end hear:open_the_garage start lost",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "keep(failed) =thinking =idle",
      "recogniser was lost" },
    { "a guarded door, and yes much later",
      "wake start end hear:open_the_garage nospeech deaf wake start end hear:yes", "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking keep(cancelled) last(All right, I leave it as it is.) =speaking more(cancelled) "
      "=idle hush listen =listening =thinking ask(yes) keep(done) last(There is nothing to "
      "confirm.) =speaking more(done) =idle",
      "nothing to confirm" },
    { "a guarded door, the wake word instead",
      "wake start end hear:open_the_garage wake start end hear:yes", "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening hush "
      "stop =idle listen =listening =thinking ask(yes) keep(done) last(There is nothing to "
      "confirm.) =speaking more(done) =idle", "nothing to confirm" },
    { "a guarded door, cut short",
      "mute:voice wake start end hear:open_the_garage button unmute:voice wake start end hear:yes", "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking hush more(asked) =idle hush listen "
      "=listening =thinking ask(yes) keep(done) last(There is nothing to confirm.) =speaking "
      "more(done) =idle",
      "nothing to confirm" },
    { "a guarded door, cut short, and others may speak again",
      "mute:voice wake start end hear:open_the_garage button announce:tea said", "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking hush more(asked) =idle last(tea) =speaking "
      "answer(1,0,) =idle", "" },
    { "nobody else's yes", "wake start end hear:open_the_garage text:yes start end hear:no",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "ask(yes) keep(done) answer(1,0,There is nothing to confirm.) =thinking ask(no) "
      "keep(cancelled) last(All right, I leave it as it is.) =speaking more(cancelled) =idle", "" },
    { "an announcement waits for the answer",
      "mute:voice wake start end hear:open_the_garage announce:tea said unmute:voice start end hear:no",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) =idle listen =listening "
      "=thinking ask(no) keep(cancelled) last(All right, I leave it as it is.) =speaking "
      "more(cancelled) =idle last(tea) =speaking answer(1,0,) =idle", "" },
    { "a guarded door by request", "press:7 start end hear:open_the_garage start end hear:yes",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking more(asked) answer(7,0,Shall I open the "
      "garage door?) =idle listen =listening =thinking ask(yes) act(HassTurnOn) confirmed "
      "keep(done) last(Opened the garage door.) =speaking more(done) =idle", "" },
    { "typed, it is not asked back", "text:open_the_garage",
      "=thinking ask(open the garage) act(HassTurnOn) keep(done) answer(1,0,Opened the garage "
      "door.) =idle", "garage OPEN" },
    { "yes to nothing", "text:yes",
      "=thinking ask(yes) keep(done) answer(1,0,There is nothing to confirm.) =idle", "nothing to confirm" },
    { "which one, typed", "text:light_on text:the_hall_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the hall one) act(HassTurnOn) at(light2) keep(done) answer(2,0,Turned on "
      "the lamp.) =idle", "light2" },
    { "which one, spoken", "wake start end hear:light_on start end hear:kitchen",
      "hush listen =listening =thinking ask(light on) keep(asked) last(Which one: the kitchen or "
      "the hall?) =speaking more(asked) =idle listen =listening =thinking ask(kitchen) "
      "act(HassTurnOn) at(light1) keep(done) last(Turned on the lamp.) =speaking more(done) "
      "=idle", "light1" },
    { "which one, neither", "text:light_on text:the_cellar",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the cellar) keep(cancelled) answer(2,0,All right, I leave it as it is.) "
      "=idle", "cancelled" },
    { "which one, both", "text:light_on text:hall_or_kitchen",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(hall or kitchen) keep(cancelled) answer(2,0,All right, I leave it as it "
      "is.) =idle", "cancelled" },
    { "which one, the second", "text:light_on text:the_second_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the second one) act(HassTurnOn) at(light2) keep(done) answer(2,0,Turned on "
      "the lamp.) =idle", "light2" },
    { "which one, the last of two", "text:light_on text:last",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(last) act(HassTurnOn) at(light2) keep(done) answer(2,0,Turned on the lamp.) "
      "=idle", "light2" },
    { "which one, the third of two", "text:light_on text:the_third",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the third) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "which one, both of them", "text:light_on text:both_of_them",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(both of them) act(HassTurnOn) at(light1) act(HassTurnOn) at(light2) "
      "keep(done) answer(2,0,Turned on the lamp. The lamp is on.) =idle", "done" },
    { "which one, neither of them", "text:light_on text:neither",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(neither) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "which one, not that one", "text:light_on text:not_the_hall_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(not the hall one) keep(cancelled) answer(2,0,All right, I leave it as it "
      "is.) =idle", "cancelled" },
    { "which one, a sentence not understood", "text:light_on text:close_the_hall_window",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(close the hall window) keep(cancelled) answer(2,0,All right, I leave it as "
      "it is.) =idle", "cancelled" },
    { "which one, asked anew", "text:light_on text:light_on text:the_hall_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(light on) keep(asked) answer(2,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the hall one) act(HassTurnOn) at(light2) keep(done) answer(3,0,Turned on "
      "the lamp.) =idle", "light2" },
    { "which one, another sentence", "text:light_on text:lamp_on",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.) =idle", "lamp" },
    { "which one, too late", "text:light_on wait:20100 text:the_hall_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the hall one) keep(not_understood) answer(2,0,Sorry, I did not understand.) "
      "=idle", "not_understood" },
    { "which one, not for others", "text:light_on other:the_hall_one",
      "=thinking ask(light on) keep(asked) answer(1,0,Which one: the kitchen or the hall?) =idle "
      "=thinking ask(the hall one) keep(not_understood) answer(2,0,Sorry, I did not understand.) "
      "=idle", "not_understood" },
    { "a mistake, and yes", "text:garage_opne text:yes",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(yes) act(HassTurnOn) confirmed keep(done) answer(2,0,Opened the garage door.) "
      "=idle", "garage OPEN" },
    { "a mistake, heard, and yes", "wake start end hear:garage_opne start end hear:yes",
      "hush listen =listening =thinking ask(garage opne) keep(asked) last(Did you mean “open the garage”?) "
      "=speaking more(asked) =idle listen =listening =thinking ask(yes) act(HassTurnOn) confirmed "
      "keep(done) last(Opened the garage door.) =speaking more(done) =idle", "garage OPEN" },
    { "a mistake, and no", "text:garage_opne text:no",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(no) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle", "cancelled" },
    { "a mistake, and nothing to the point", "text:garage_opne text:sing",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(sing) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "a mistake, and another sentence", "text:garage_opne text:lamp_on",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.) =idle", "lamp" },
    { "a mistake, and too late", "text:garage_opne wait:20100 text:yes",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(yes) keep(done) answer(2,0,There is nothing to confirm.) =idle", "nothing to confirm" },
    { "a mistake, and nobody else's yes", "text:garage_opne other:yes",
      "=thinking ask(garage opne) keep(asked) answer(1,0,Did you mean “open the garage”?) =idle "
      "=thinking ask(yes) keep(done) answer(2,0,There is nothing to confirm.) =idle", "nothing to confirm" },
    { "two are near: the second", "text:lamp_onf text:the_second",
      "=thinking ask(lamp onf) keep(asked) answer(1,0,Did you mean “lamp on” or “lamp off”?) =idle "
      "=thinking ask(the second) act(HassTurnOff) confirmed keep(done) answer(2,0,Turned off the "
      "lamp.) =idle", "lamp" },
    { "two are near: one word of it", "text:lamp_onf text:off",
      "=thinking ask(lamp onf) keep(asked) answer(1,0,Did you mean “lamp on” or “lamp off”?) =idle "
      "=thinking ask(off) act(HassTurnOff) confirmed keep(done) answer(2,0,Turned off the lamp.) "
      "=idle", "lamp" },
    { "two are near: yes to what", "text:lamp_onf text:yes",
      "=thinking ask(lamp onf) keep(asked) answer(1,0,Did you mean “lamp on” or “lamp off”?) =idle "
      "=thinking ask(yes) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "two are near: a word of both", "text:lamp_onf text:lamp",
      "=thinking ask(lamp onf) keep(asked) answer(1,0,Did you mean “lamp on” or “lamp off”?) =idle "
      "=thinking ask(lamp) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "two are near: neither", "text:lamp_onf text:neither",
      "=thinking ask(lamp onf) keep(asked) answer(1,0,Did you mean “lamp on” or “lamp off”?) =idle "
      "=thinking ask(neither) keep(cancelled) answer(2,0,All right, I leave it as it is.) =idle",
      "cancelled" },
    { "misheard, and said again", "wake start end unsure start end hear:lamp_off",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you say “lamp on” or “lamp off”?) "
      "=speaking more(asked) =idle listen =listening =thinking ask(lamp off) act(HassTurnOff) "
      "keep(done) last(Turned off the lamp.) =speaking more(done) =idle", "lamp off" },
    { "broken off, and said again", "wake start end broken start end hear:lamp_on",
      "hush listen =listening =thinking keep(asked) last(I heard only a part of it. Please say "
      "it again.) =speaking more(asked) =idle listen =listening =thinking ask(lamp on) "
      "act(HassTurnOn) keep(done) last(Turned on the lamp.) =speaking more(done) =idle", "lamp on" },
    { "misheard twice is enough", "wake start end unsure start end unsure",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you say “lamp on” or “lamp off”?) "
      "=speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I "
      "leave it as it is.) =speaking more(cancelled) =idle", "cancelled" },
    { "misheard, and nothing more", "wake start end unsure nospeech deaf",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you say “lamp on” or “lamp off”?) "
      "=speaking more(asked) =idle listen =listening =thinking keep(cancelled) last(All right, I "
      "leave it as it is.) =speaking more(cancelled) =idle", "cancelled" },
    { "misheard, and yes is no sentence", "wake start end unsure start end hear:yes",
      "hush listen =listening =thinking ask(lamp on) keep(asked) last(Did you say “lamp on” or “lamp off”?) "
      "=speaking more(asked) =idle listen =listening =thinking ask(yes) keep(done) last(There is "
      "nothing to confirm.) =speaking more(done) =idle",
      "nothing to confirm" },
    { "stopped while it asks", "mute:voice wake start end hear:open_the_garage STOP",
      "hush listen =listening =thinking ask(open the garage) act(HassTurnOn) keep(asked) "
      "last(Shall I open the garage door?) =speaking hush more(asked) =idle", "" },

    /* who writes French is answered in French */
    { "another language", "text:allume text:lamp_on",
      "=thinking ask(allume) act(HassTurnOn) keep(done) answer(1,0,J'ai allumé the lamp.) =idle "
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.) =idle", "" },
    { "spoken it is the box's", "wake start end hear:allume",
      "hush listen =listening =thinking ask(allume) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking more(done) =idle", "" },

    /* the program stops */
    { "stopped while it listens", "press:7 start STOP",
      "hush listen =listening stop keep(stopped) answer(7,-108,I am being stopped.) =idle", "stopped" },
    { "stopped before anybody spoke", "press:7 STOP",
      "hush listen =listening stop answer(7,-108,I am being stopped.) =idle", "" },
    { "stopped while the house works", "mute:home text:lamp_on text:lamp_off other:time STOP",
      "=thinking ask(lamp on) act(HassTurnOn) ask(lamp off) act(HassTurnOff) ask(time) "
      "keep(done) answer(3,0,It is 20:05.) keep(stopped) answer(1,-108,I am being stopped.) "
      "keep(stopped) answer(2,-108,I am being stopped.) =idle",
      "stopped" },
    { "stopped before it was stored", "mute:store text:lamp_on STOP",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle", "done" },
    { "stopped while it speaks", "mute:voice wake start end hear:lamp_on announce:tea STOP",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) last(Turned on "
      "the lamp.) =speaking answer(1,-108,I am being stopped.) hush more(done) =idle",
      "cut short" },
    { "nothing begins any more", "STOP wake button press:7 text:lamp_on announce:tea",
      "answer(7,-108,I am being stopped.) answer(1,-108,I am being stopped.) answer(2,-108,I am "
      "being stopped.)", "" },

    /* refused texts */
    { "empty", "text:", "answer(1,-22,The text is empty.)", "" },
    { "blank", "text:__", "answer(1,-22,The text is empty.)", "" },
    { "control character", "text:a\x1b[2J",
      "answer(1,-22,The text holds characters that are not allowed.)", "" },
    { "invalid UTF-8", "text:a\xff",
      "answer(1,-22,The text holds characters that are not allowed.)", "" },
    { "C1 control", "text:a\xc2\x85",
      "answer(1,-22,The text holds characters that are not allowed.)", "" },
    { "tabs are blanks", "text:lamp\ton",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) =idle",
      "lamp on" },
};

static int scene_complain(const char *name, const char *what, const char *got, const char *want)
{
    print_error("%s:\n %s %s\n want %s\n", name, what, got, want);
    return 1;
}

static void test_scenes(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct scene s;
        struct err e = ERR_INIT;

        assert_int_equal(scene_open(&s), 0);
        if (scene_start(&s, &e) < 0)
            fail_msg("%s", e.text);
        if (!scene_play(&s, scenes[i].script))
            fail_msg("%s: the script is wrong", scenes[i].name);
        if (strcmp(str_text(&s.log), scenes[i].log) != 0)
            failed += scene_complain(scenes[i].name, "got ", str_text(&s.log), scenes[i].log);
        if (!strstr(str_text(&s.kept), scenes[i].kept) &&
            !strstr(str_text(&s.answered), scenes[i].kept))
            failed += scene_complain(scenes[i].name, "kept", str_text(&s.kept), scenes[i].kept);
        scene_close(&s);
    }
    assert_int_equal(failed, 0);
}

static void test_text_limits(void **state)
{
    struct scene s;
    AUTO_STR text = STR_INIT;

    (void)state;
    assert_int_equal(scene_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    for (int i = 0; i < ASSISTANT_TEXT_BYTES_MAX; i++)
        str_add_char(&text, 'x');
    scene_text(&s, str_text(&text), false, SCENE_CLIENT);
    scene_settle(&s);
    assert_non_null(strstr(str_text(&s.log), "answer(1,0," NOT_UNDERSTOOD ")"));
    str_add_char(&text, 'x');
    scene_text(&s, str_text(&text), false, SCENE_CLIENT);
    scene_text(&s, NULL, false, SCENE_CLIENT);
    scene_settle(&s);
    assert_non_null(strstr(str_text(&s.log), "answer(2,-7,The text is too long.)"));
    assert_non_null(strstr(str_text(&s.log), "answer(3,-22,The text is empty.)"));
    scene_close(&s);
}

/* The timeline tells the steps in order, in milliseconds that never fall. */
static void test_timeline(void **state)
{
    static const char *const steps[] = { "wake",   "speech_start", "speech_end", "transcript",
                                         "intent", "action",       "reply",      "stored",
                                         "first_audio", "spoken" };
    struct scene s;
    AUTO_JSON *j = NULL;
    const cJSON *mark, *timeline;
    double ms = 0;
    size_t n = 0;

    (void)state;
    assert_int_equal(scene_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_true(scene_play(&s, "wake wait:300 start wait:1000 end hear:lamp_on"));
    assert_int_equal(json_parse(&j, s.kept.data, s.kept.len, NULL), 0);
    timeline = cJSON_GetObjectItemCaseSensitive(j, "timeline");
    cJSON_ArrayForEach(mark, timeline)
    {
        assert_true(n < sizeof(steps) / sizeof(steps[0]));
        assert_string_equal(json_str(mark, "step", ""), steps[n++]);
        assert_true(json_num(mark, "ms", -1) >= ms);
        ms = json_num(mark, "ms", -1);
    }
    assert_int_equal(n, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal((int)ms, 1300);
    assert_string_equal(json_str(j, "template", ""), "t:1");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(j, "sent")), 1);
    assert_true(json_num(j, "id", 0) > 0);
    scene_close(&s);
}

/* A first voiced frame that is older than the report of the wake word. */
static void test_one_breath(void **state)
{
    struct scene s;
    struct msg *m;

    (void)state;
    assert_int_equal(scene_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_true(scene_play(&s, "wait:500 wake"));
    m = msg_new(MSG_SPEECH_START, s.session);
    m->at_usec = clock_mono_usec(&s.clock) - 200000;
    bus_post(s.bus, m);
    assert_true(scene_play(&s, "end hear:lamp_on"));
    assert_non_null(strstr(s.kept.data, "{\"step\":\"speech_start\",\"ms\":0"));
    scene_close(&s);
}

/* ---- random scenes --------------------------------------------------------------------- */

enum { RANDOM_SCENES = 60, RANDOM_WORDS = 120, DRAIN_MS = 800000 };

static const char *const random_words[] = {
    "wake",          "wake",         "button",       "start",        "end",
    "early:lamp_on", "early:sing",   "hear:lamp_off", "early:lamp_off",
    "nospeech",      "hear:lamp_on", "hear:stop",    "hear:sing",    "deaf",
    "lost",          "text:lamp_on", "text:time",    "text:sing",    "aloud:lamp_off",
    "text:",         "aloud:stop",   "wait:100",     "wait:700",     "wait:4000",
    "wait:20000",    "mute:intent",  "mute:home",    "mute:store",   "mute:voice",
    "unmute:intent", "unmute:home",  "unmute:store", "unmute:voice", "act:107",
    "act:0",         "other:lamp_on", "other:stop",  "press:7",      "press:8",
    "announce:tea",  "said",         "nomicrophone", "microphone",   "text:never_mind",
};

static void random_scene(unsigned seed)
{
    struct scene s;
    static struct watch w;
    unsigned state = seed;

    memset(&w, 0, sizeof(w));
    assert_int_equal(scene_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_int_equal(bus_on(s.bus, MSG_N, watch_on_msg, &w, NULL), 0);
    for (int i = 0; i < RANDOM_WORDS && !w.fault; i++) {
        size_t n = sizeof(random_words) / sizeof(random_words[0]);

        assert_true(scene_play(&s, random_words[(unsigned)rand_r(&state) % n]));
    }
    /* whatever happened: left alone, it ends (nine replies that a dead voice holds up) */
    for (int i = 0; i < DRAIN_MS / 1000 && assistant_is_busy(s.assistant); i++)
        scene_wait(&s, 1000);
    if (assistant_is_busy(s.assistant) || strcmp(assistant_state(s.assistant), "idle") != 0)
        w.fault = "a turn does not end";
    if (w.answers != w.asks)
        w.fault = "not one answer for each that asked";
    if (w.fault)
        fail_msg("SEED=%u: %s (%llu answers, %llu asked)\n...%s", seed, w.fault,
                 (unsigned long long)w.answers, (unsigned long long)w.asks,
                 str_text(&s.log) + (s.log.len > 600 ? s.log.len - 600 : 0));
    scene_close(&s);
}

/* ---- one message goes wrong ------------------------------------------------------------- */

enum laboratory { LOSE, REPEAT, DELAY, LAB_N };

/* What siblings say to the assistant, and it to them; not what people ask and hear. */
static bool lab_may_touch(const struct msg *m)
{
    switch (m->type) {
    case MSG_LISTEN:
    case MSG_LISTEN_STOP:
    case MSG_SPEECH_START:
    case MSG_SPEECH_END:
    case MSG_EARLY:
    case MSG_TRANSCRIPT:
    case MSG_UNDERSTAND:
    case MSG_INTENT:
    case MSG_ACT:
    case MSG_ACTED:
    case MSG_SAY_START:
    case MSG_SAID:
    case MSG_STORED:
        return true;
    default:
        return false;
    }
}

struct lab {
    struct bus *bus;
    enum laboratory what;
    unsigned nth, seen;
    struct msg *held; /* owned */
    bool hit;
};

static bool lab_tap(struct msg *m, void *user)
{
    struct lab *l = user;

    /* an order to listen that comes after the next one is speech's to refuse */
    if (!lab_may_touch(m) || (m->type == MSG_LISTEN && l->what == DELAY) || ++l->seen != l->nth)
        return false;
    l->hit = true;
    if (l->what == LOSE)
        msg_free(m);
    else if (l->what == DELAY)
        l->held = m;
    else
        bus_give(l->bus, msg_copy(m));
    return l->what != REPEAT;
}

/* The nth message of the scene is lost, comes twice, or comes when everything else is over. */
static bool lab_scene(const char *script, enum laboratory what, unsigned nth)
{
    struct scene s;
    struct lab l = { .what = what, .nth = nth };
    static struct watch w;

    memset(&w, 0, sizeof(w));
    assert_int_equal(scene_open(&s), 0);
    assert_int_equal(scene_start(&s, NULL), 0);
    assert_int_equal(bus_on(s.bus, MSG_N, watch_on_msg, &w, NULL), 0);
    l.bus = s.bus;
    bus_tap(s.bus, lab_tap, &l);
    assert_true(scene_play(&s, script));
    for (int i = 0; i < 400 && assistant_is_busy(s.assistant); i++)
        scene_wait(&s, 1000);
    bus_tap(s.bus, NULL, NULL);
    if (l.held)
        bus_give(s.bus, l.held);
    scene_settle(&s);
    for (int i = 0; i < 400 && assistant_is_busy(s.assistant); i++)
        scene_wait(&s, 1000);
    if (w.fault || assistant_is_busy(s.assistant) || w.asks != w.answers)
        fail_msg("%s: message %u, way %d: %s (%llu asked, %llu answered): %s", script, nth, what,
                 w.fault ? w.fault : "it does not end well", (unsigned long long)w.asks,
                 (unsigned long long)w.answers, str_text(&s.log));
    scene_close(&s);
    return l.hit;
}

static void test_one_message_goes_wrong(void **state)
{
    static const char *const scripts[] = {
        "wake start end hear:lamp_on",
        "press:7 start end hear:open_the_garage start end hear:yes",
        "wake start early:lamp_on end hear:lamp_on wake start early:lamp_on end deaf",
        "wake start early:lamp_on end hear:lamp_off",
        "text:lamp_on text:time other:lamp_off",
        "aloud:lamp_on announce:tea wake start end hear:stop",
        "wake start wake nospeech deaf text:light_on text:the_hall_one",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        for (enum laboratory what = LOSE; what < LAB_N; what++)
            for (unsigned nth = 1; lab_scene(scripts[i], what, nth); nth++)
                ;
}

static void test_random(void **state)
{
    const char *seed = getenv("SEED");
    unsigned first = seed ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)time(NULL) * 1000u;

    (void)state;
    print_message("SEED=%u\n", first);
    for (unsigned i = 0; i < (seed ? 1 : RANDOM_SCENES); i++)
        random_scene(first + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes),     cmocka_unit_test(test_text_limits),
        cmocka_unit_test(test_timeline),   cmocka_unit_test(test_one_breath),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_one_message_goes_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
