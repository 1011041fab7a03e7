/* SPDX-License-Identifier: Apache-2.0 */
/* The dialogue: scenes of what happens and what the assistant does, word by word; then random
 * scenes against what must always hold. SEED=n repeats one. */
#include "unit/assistant/scene.h"

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
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking keep(done) =idle",
      "\"intent\":\"HassTurnOn\",\"reply\":\"Turned on the lamp.\",\"outcome\":\"done\"" },
    { "off is said as off", "wake start end hear:lamp_off",
      "hush listen =listening =thinking ask(lamp off) act(HassTurnOff) keep(done) "
      "last(Turned off the lamp.) =speaking keep(done) =idle",
      "\"source\":\"voice\"" },
    { "answered here", "wake start end hear:stop",
      "hush listen =listening =thinking ask(stop) hush keep(done) last(Stopped.) =speaking "
      "keep(done) =idle",
      "JarvisStop" },
    { "never mind is cancelled", "wake start end hear:never_mind",
      "hush listen =listening =thinking ask(never mind) keep(cancelled) last(All right.) =speaking "
      "keep(cancelled) =idle",
      "HassNevermind" },
    { "push to talk", "button start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking keep(done) =idle",
      "\"detail\":\"button\"" },
    { "typed", "text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "keep(done) "
      "=idle",
      "\"source\":\"text\"" },
    { "typed and spoken", "aloud:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking keep(done) =idle",
      "\"step\":\"spoken\"" },
    { "two texts", "text:lamp_on text:lamp_off",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "keep(done) "
      "=idle =thinking ask(lamp off) act(HassTurnOff) keep(done) "
      "answer(2,0,Turned off the lamp.) keep(done) =idle",
      "HassTurnOff" },

    /* not heard, not understood */
    { "woken by mistake", "wake nospeech deaf",
      "hush listen =listening =thinking keep(cancelled) =idle", "\"reply\":\"\"" },
    { "deaf before the end", "wake deaf", "hush listen =listening keep(cancelled) =idle",
      "\"heard\":\"\"" },
    { "rejected", "wake start end deaf",
      "hush listen =listening =thinking keep(not_understood) last(" NOT_UNDERSTOOD ") =speaking "
      "keep(not_understood) =idle",
      "\"outcome\":\"not_understood\"" },
    { "empty transcript", "wake start end hear:_",
      "hush listen =listening =thinking keep(not_understood) last(" NOT_UNDERSTOOD ") =speaking "
      "keep(not_understood) =idle",
      NOT_UNDERSTOOD },
    { "no match", "wake start end hear:sing",
      "hush listen =listening =thinking ask(sing) keep(not_understood) last(" NOT_UNDERSTOOD
      ") =speaking keep(not_understood) =idle",
      "\"heard\":\"sing\"" },
    { "typed, no match", "text:sing",
      "=thinking ask(sing) keep(not_understood) answer(1,0," NOT_UNDERSTOOD
      ") keep(not_understood) "
      "=idle",
      "not_understood" },
    { "no intent in the answer", "text:strange",
      "=thinking ask(strange) keep(not_understood) answer(1,0," NOT_UNDERSTOOD
      ") keep(not_understood) =idle",
      "not_understood" },
    { "recogniser lost", "wake start lost", "hush listen =listening keep(failed) =idle",
      "\"error\":\"the recogniser was lost\"" },
    { "understanding failed", "text:crash",
      "=thinking ask(crash) keep(failed) answer(1,0,Sorry, that did not work.) keep(failed) =idle",
      "\"error\":\"Input/output error\"" },

    /* the house says no */
    { "broker away", "act:107 text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) "
      "answer(1,0,Sorry, I cannot reach the house right now.) keep(failed) =idle",
      "\"outcome\":\"failed\"" },
    { "no such device", "act:2 text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) "
      "answer(1,0,Sorry, I know no such device.) keep(failed) =idle",
      "No such file" },

    /* nobody answers */
    { "speech never ends", "wake wait:15100",
      "hush listen =listening stop =thinking keep(failed) "
      "last(Sorry, I could not hear you to the end.) =speaking keep(failed) =idle",
      "in time" },
    { "no transcript", "wake start end wait:5100",
      "hush listen =listening =thinking stop keep(failed) "
      "last(Sorry, I could not hear you to the end.) =speaking keep(failed) =idle",
      "no transcript in time" },
    { "no intent", "mute:intent text:lamp_on wait:1100",
      "=thinking ask(lamp on) keep(failed) answer(1,0,Sorry, that did not work.) keep(failed) "
      "=idle",
      "understanding gave no answer" },
    { "no action", "mute:home text:lamp_on wait:3100",
      "=thinking ask(lamp on) act(HassTurnOn) keep(failed) "
      "answer(1,0,Sorry, the house did not answer.) keep(failed) =idle",
      "not confirmed in time" },
    { "not stored in time", "mute:store text:lamp_on wait:600",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "keep(done) "
      "=idle",
      "the store did not confirm" },
    { "not stored yet, not said yet", "mute:store wake start end hear:lamp_on wait:400",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done)", "done" },
    { "disk full", "fail:store text:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "keep(done) "
      "=idle",
      "No space left" },
    { "voice lost", "fail:voice aloud:lamp_on",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking keep(done) =idle",
      "\"error\":\"Connection reset" },
    { "voice hangs", "mute:voice aloud:lamp_on wait:60100",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "last(Turned on the lamp.) =speaking hush keep(failed) =idle",
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
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking hush keep(cancelled) =idle listen =listening =thinking "
      "ask(lamp off) act(HassTurnOff) keep(done) last(Turned off the lamp.) =speaking",
      "HassTurnOff" },
    { "wake while a text is thought about", "mute:home text:lamp_on wake",
      "=thinking ask(lamp on) act(HassTurnOn) hush answer(1,-125,Interrupted by a spoken command.) "
      "keep(cancelled) =idle listen =listening",
      "cancelled" },
    { "wake when a text's reply is known", "mute:store text:lamp_on wake",
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) hush answer(1,0,Turned on the lamp.) "
      "keep(cancelled) =idle listen =listening",
      "cancelled" },
    { "button while speaking", "mute:voice wake start end hear:lamp_on button",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking hush keep(cancelled) =idle",
      "cancelled" },
    { "what an old session still gets is passed over", "wake start end wake hear:lamp_on",
      "hush listen =listening =thinking hush stop keep(cancelled) =idle listen =listening "
      "=thinking "
      "ask(lamp on) act(HassTurnOn) keep(done) last(Turned on the lamp.) =speaking keep(done) "
      "=idle",
      "done" },

    /* the queue */
    { "a text waits for the spoken session", "wake text:lamp_off start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking keep(done) =idle =thinking ask(lamp off) "
      "act(HassTurnOff) keep(done) answer(1,0,Turned off the lamp.) keep(done) =idle",
      "HassTurnOff" },
    { "a text that waits is not lost by a barge-in",
      "wake text:lamp_off wake start end hear:lamp_on",
      "hush listen =listening hush stop keep(cancelled) =idle listen =listening =thinking "
      "ask(lamp on) act(HassTurnOn) keep(done) last(Turned on the lamp.) =speaking keep(done) "
      "=idle "
      "=thinking ask(lamp off) act(HassTurnOff) keep(done) answer(1,0,Turned off the lamp.) "
      "keep(done) =idle",
      "HassTurnOff" },
    { "no ninth text", "wake text:a text:b text:c text:d text:e text:f text:g text:h text:i",
      "hush listen =listening "
      "answer(9,-16,Too many questions are waiting. Please try again in a moment.)",
      "" },

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
      "=thinking ask(lamp on) act(HassTurnOn) keep(done) answer(1,0,Turned on the lamp.) "
      "keep(done) "
      "=idle",
      "lamp on" },
};

static void test_scenes(void **state)
{
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
            fail_msg("%s:\n got  %s\n want %s", scenes[i].name, str_text(&s.log), scenes[i].log);
        if (!strstr(str_text(&s.kept), scenes[i].kept))
            fail_msg("%s: kept %s, without %s", scenes[i].name, str_text(&s.kept), scenes[i].kept);
        scene_close(&s);
    }
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
    scene_text(&s, str_text(&text), false);
    scene_settle(&s);
    assert_non_null(strstr(str_text(&s.log), "answer(1,0," NOT_UNDERSTOOD ")"));
    str_add_char(&text, 'x');
    scene_text(&s, str_text(&text), false);
    scene_text(&s, NULL, false);
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
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(j, "publishes")), 1);
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

struct watch {
    uint64_t open, last, answers, opened, closed;
    const char *fault;
};

/* One session at a time, ids rise, a session that listens or thinks is kept in the end. */
static void watch_on_msg(const struct msg *m, void *user)
{
    struct watch *w = user;

    if (m->type == MSG_ANSWER)
        w->answers++;
    if (m->type == MSG_STATE && strcmp(m->text, "idle") != 0 && m->session != w->open) {
        if (w->open != 0)
            w->fault = "a session began while another was open";
        if (m->session <= w->last)
            w->fault = "ids do not rise";
        w->open = w->last = m->session;
        w->opened++;
    }
    if (m->type == MSG_STATE && strcmp(m->text, "idle") == 0) {
        if (m->session != w->open)
            w->fault = "another session ended than was open";
        w->open = 0;
    }
    if ((m->type == MSG_SAY || m->type == MSG_ACT || m->type == MSG_UNDERSTAND) &&
        m->session < w->last)
        w->fault = "something is done for a session that is over";
    if (m->type == MSG_SESSION && !json_str(m->json, "outcome", NULL))
        w->fault = "a session without an outcome";
}

static const char *const random_words[] = {
    "wake",          "wake",         "button",       "start",        "end",
    "nospeech",      "hear:lamp_on", "hear:stop",    "hear:sing",    "deaf",
    "lost",          "text:lamp_on", "text:time",    "text:sing",    "aloud:lamp_off",
    "text:",         "aloud:stop",   "wait:100",     "wait:700",     "wait:4000",
    "wait:20000",    "mute:intent",  "mute:home",    "mute:store",   "mute:voice",
    "unmute:intent", "unmute:home",  "unmute:store", "unmute:voice", "act:107",
    "act:0",
};

static void random_scene(unsigned seed)
{
    struct scene s;
    struct watch w = { 0 };
    unsigned state = seed;
    uint64_t ended;

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
    ended = w.answers;
    if (assistant_is_busy(s.assistant) || strcmp(assistant_state(s.assistant), "idle") != 0)
        w.fault = "a session does not end";
    if (ended != s.clients)
        w.fault = "not one answer for each text";
    if (w.fault)
        fail_msg("SEED=%u: %s (%llu answers, %llu texts)\n...%s", seed, w.fault,
                 (unsigned long long)ended, (unsigned long long)s.clients,
                 str_text(&s.log) + (s.log.len > 600 ? s.log.len - 600 : 0));
    scene_close(&s);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
