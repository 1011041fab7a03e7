/* SPDX-License-Identifier: Apache-2.0 */
/* The whole assistant: free questions to a language model spoken while they are written, barge-in,
 * failures in honest words, the conversation as context, languages and settings that change. */
#include "lib/fake_server.h"
#include "unit/assistant/scene.h"

#include "assistant/conversation.h"
#include "assistant/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

enum { STEPS_MAX = 2000, STEP_MS = 10, ARRIVAL_STEPS = 20 };

#define SSE "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define CHUNK(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define DONE "data: [DONE]\n\n"

struct stage {
    struct scene s;
    struct fake_server server;
};

static int stage_open(void **state)
{
    struct stage *t = calloc(1, sizeof(*t));

    if (!t || fake_start(&t->server) != 0 || scene_open(&t->s) < 0)
        return -1;
    str_copy(t->s.settings.llm_kind, sizeof(t->s.settings.llm_kind), "openai");
    str_copy(t->s.settings.llm_model, sizeof(t->s.settings.llm_model), "tiny");
    snprintf(t->s.settings.llm_url, sizeof(t->s.settings.llm_url), "http://127.0.0.1:%u",
             t->server.port);
    *state = t;
    return 0;
}

static int stage_close(void **state)
{
    struct stage *t = *state;

    scene_close(&t->s);
    fake_stop(&t->server);
    free(t);
    return 0;
}

static void stage_start(struct stage *t)
{
    struct err e = ERR_INIT;

    if (scene_start(&t->s, &e) < 0)
        fail_msg("%s", e.text);
}

/* Runs until `sign` stands in the log; virtual time stands still. */
static void stage_until(struct stage *t, const char *sign)
{
    for (int i = 0; i < STEPS_MAX && !strstr(str_text(&t->s.log), sign); i++) {
        bus_drain(t->s.bus);
        loop_step(t->s.loop, STEP_MS);
    }
    if (!strstr(str_text(&t->s.log), sign))
        fail_msg("'%s' does not come: %s", sign, str_text(&t->s.log));
}

static void stage_ask(struct stage *t, const char *script, const char *answer, enum fake_manner how)
{
    str_clear(&t->s.log);
    fake_script(&t->server, answer, how, 0);
    assert_true(scene_play(&t->s, script));
}

#define SPOKEN "wake start end hear:why"
#define SPOKEN_LOG "hush listen =listening =thinking ask(why) "

static void test_spoken_while_written(void **state)
{
    struct stage *t = *state;

    stage_start(t);
    stage_ask(t, SPOKEN,
              SSE CHUNK("<think>no</think>It is **so**. ") CHUNK("And so. An") CHUNK("d so."),
              FAKE_HOLD);
    stage_until(t, "say(And so.)"); /* the model still holds the line */
    assert_string_equal(assistant_state(t->s.assistant), "speaking");
    assert_null(strstr(str_text(&t->s.log), "keep"));
    assert_string_equal(str_text(&t->s.log),
                        SPOKEN_LOG "say(It is so.) =speaking say(And so.)");
}

static void test_whole_answer(void **state)
{
    struct stage *t = *state;

    stage_start(t);
    stage_ask(t, SPOKEN, SSE CHUNK("It is so. And ") CHUNK("so. Good.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    /* stored before the last sentence */
    assert_string_equal(str_text(&t->s.log),
                        SPOKEN_LOG "say(It is so.) =speaking say(And so.) keep(done) last(Good.) "
                        "more(done) =idle");
    assert_non_null(strstr(str_text(&t->s.kept), "\"reply\":\"It is so. And so. Good.\""));
    assert_non_null(strstr(str_text(&t->s.kept), "\"step\":\"llm\""));
}

static void test_typed(void **state)
{
    struct stage *t = *state;

    stage_start(t);
    stage_ask(t, "text:why", SSE CHUNK("It is so. Good.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    assert_string_equal(
        str_text(&t->s.log),
        "=thinking ask(why) keep(done) answer(1,0,It is so. Good.) =idle");
    assert_non_null(strstr(str_text(&t->s.answered), "\"outcome\":\"done\""));
}

static const struct {
    const char *name, *answer, *log, *kept;
} failures[] = {
    { "error at once", SSE "data: {\"error\":{\"message\":\"no slot\"}}\n\n",
      SPOKEN_LOG
      "keep(failed) last(Sorry, my language model gave no answer.) =speaking more(failed) "
      "=idle",
      "no slot" },
    { "broken off", SSE CHUNK("It is so. And then the"),
      SPOKEN_LOG "say(It is so.) =speaking say(And then the) keep(failed) "
                 "last(Sorry, the answer broke off.) more(failed) =idle",
      "\"reply\":\"It is so. And then the Sorry, the answer broke off.\"" },
    { "nothing to say", SSE CHUNK("<think>hm</think> ***") DONE,
      SPOKEN_LOG
      "keep(failed) last(Sorry, my language model gave no answer.) =speaking more(failed) "
      "=idle",
      "nothing to say" },
    { "bad key", "HTTP/1.1 401 No\r\nConnection: close\r\n\r\n",
      SPOKEN_LOG
      "keep(failed) last(Sorry, my language model refuses my key.) =speaking more(failed) "
      "=idle",
      "llm.key" },
    { "gone", "",
      SPOKEN_LOG "keep(failed) last(Sorry, I cannot reach my language model.) =speaking "
                 "more(failed) =idle",
      "without an answer" },
};

static void test_failures(void **state)
{
    struct stage *t = *state;

    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        stage_start(t); /* a fresh assistant: no breaker is open */
        stage_ask(t, SPOKEN, failures[i].answer, FAKE_CLOSE);
        stage_until(t, "=idle");
        if (strcmp(str_text(&t->s.log), failures[i].log) != 0)
            fail_msg("%s:\n got  %s\n want %s", failures[i].name, str_text(&t->s.log),
                     failures[i].log);
        if (!strstr(str_text(&t->s.kept), failures[i].kept))
            fail_msg("%s: kept %s", failures[i].name, str_text(&t->s.kept));
        t->s.assistant = assistant_free(t->s.assistant);
        t->s.bus = bus_free(t->s.bus);
    }
}

static void test_slow(void **state)
{
    struct stage *t = *state;

    stage_start(t);
    stage_ask(t, SPOKEN, SSE, FAKE_HOLD);
    scene_wait(&t->s, 11100);
    assert_non_null(strstr(str_text(&t->s.log), "last(Sorry, my language model takes too long.)"));
}

static void test_barge_in(void **state)
{
    struct stage *t = *state;

    t->s.mute[WHO_VOICE] = true;
    stage_start(t);
    stage_ask(t, SPOKEN, SSE CHUNK("It is so. And"), FAKE_HOLD);
    stage_until(t, "=speaking");
    str_clear(&t->s.log);
    assert_true(scene_play(&t->s, "wake"));
    assert_string_equal(str_text(&t->s.log), "hush keep(cancelled) =idle listen =listening");
    assert_non_null(strstr(str_text(&t->s.kept), "\"reply\":\"It is so.\""));
    for (int i = 0; i < STEPS_MAX && t->server.dropped == 0; i++)
        loop_step(t->s.loop, STEP_MS);
    assert_int_equal(t->server.dropped, 1); /* closed though time stands still */
}

/* A slow voice gets a few sentences at a time, the others wait here, in order. */
static void test_backlog(void **state)
{
    struct stage *t = *state;

    t->s.mute[WHO_VOICE] = true;
    stage_start(t);
    stage_ask(t, SPOKEN, SSE CHUNK("A1. A2. A3. A4. A5. A6.") DONE, FAKE_CLOSE);
    stage_until(t, "keep(done)");
    scene_settle(&t->s);
    assert_null(strstr(str_text(&t->s.log), "A5"));
    for (uint32_t serial = 1; serial <= 6; serial++) {
        struct msg *m = msg_new(MSG_SAID, t->s.session);

        m->say.serial = serial;
        bus_post(t->s.bus, m);
        scene_settle(&t->s);
    }
    assert_string_equal(
        str_text(&t->s.log),
        SPOKEN_LOG "say(A1.) =speaking say(A2.) say(A3.) say(A4.) keep(done) say(A5.) last(A6.) "
                   "more(done) =idle");
}

static void test_endless_answer(void **state)
{
    struct stage *t = *state;
    AUTO_STR answer = STR_INIT;

    str_add(&answer, SSE);
    for (int i = 0; i < 4000; i++)
        str_add(&answer, CHUNK("So it goes on. "));
    stage_start(t);
    stage_ask(t, "text:why", str_text(&answer), FAKE_HOLD);
    stage_until(t, "=idle");
    assert_non_null(strstr(str_text(&t->s.log), "keep(done)"));
    assert_in_range(t->s.kept.len, 16384, 20000);
}

/* The last turns and the prompt go with the question; old ones do not. */
static void test_context(void **state)
{
    struct stage *t = *state;

    stage_start(t);
    assert_true(scene_play(&t->s, "text:lamp_on"));
    stage_ask(t, "text:why", SSE CHUNK("So.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    assert_non_null(strstr(t->server.request, "{\"role\":\"system\",\"content\":\"You are Jarvis"));
    assert_non_null(
        strstr(t->server.request,
               "{\"role\":\"user\",\"content\":\"lamp on\"},{\"role\":\"assistant\","
               "\"content\":\"Turned on the lamp.\"},{\"role\":\"user\",\"content\":\"why\"}]"));
    scene_wait(&t->s, 601000);
    str_copy(t->s.settings.llm_prompt, sizeof(t->s.settings.llm_prompt), "My own prompt.");
    stage_ask(t, "text:why", SSE CHUNK("So.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    assert_non_null(strstr(t->server.request,
                           "[{\"role\":\"system\",\"content\":\"My own prompt.\"},"
                           "{\"role\":\"user\",\"content\":\"why\"}]"));
}

/* ---- settings -------------------------------------------------------------------------- */

struct faults {
    int code;
    char text[256];
};

static void on_fault(const struct msg *m, void *user)
{
    struct faults *f = user;

    f->code = m->code;
    str_copy(f->text, sizeof(f->text), m->text ? m->text : "");
}

static void test_language(void **state)
{
    struct stage *t = *state;
    struct faults f = { 0 };

    str_copy(t->s.settings.llm_kind, sizeof(t->s.settings.llm_kind), "none");
    stage_start(t);
    assert_int_equal(bus_on(t->s.bus, MSG_FAULT, on_fault, &f, NULL), 0);
    str_copy(t->s.settings.language, sizeof(t->s.settings.language), "fr");
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "device.language");
    assert_true(scene_play(&t->s, "text:lamp_on"));
    assert_non_null(strstr(str_text(&t->s.log), "J'ai allumé the lamp."));
    assert_int_equal(f.code, 0);
    str_copy(t->s.settings.language, sizeof(t->s.settings.language), "xx");
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "device.language");
    assert_true(scene_play(&t->s, "text:sing"));
    assert_int_equal(f.code, -ENOENT);
    assert_non_null(strstr(f.text, "xx.yaml"));
    assert_non_null(strstr(str_text(&t->s.log), "Désolé")); /* still French */
}

static void test_unknown_language_at_start(void **state)
{
    struct stage *t = *state;

    str_copy(t->s.settings.language, sizeof(t->s.settings.language), "xx");
    stage_start(t);
    assert_true(scene_play(&t->s, "text:lamp_on"));
    assert_non_null(strstr(str_text(&t->s.log), "Turned on the lamp."));
}

static void test_no_words_at_all(void **state)
{
    struct stage *t = *state;
    struct err e = ERR_INIT;

    str_copy(t->s.paths.share, sizeof(t->s.paths.share), "/nowhere");
    assert_int_equal(scene_start(&t->s, &e), -ENOENT);
    assert_non_null(strstr(e.text, "/nowhere/responses/en.yaml"));
    assert_null(t->s.assistant);
}

static void test_model_changes(void **state)
{
    struct stage *t = *state;
    struct faults f = { 0 };

    stage_start(t);
    assert_int_equal(bus_on(t->s.bus, MSG_FAULT, on_fault, &f, NULL), 0);
    stage_ask(t, "text:why", SSE CHUNK("It is. And"), FAKE_HOLD);
    for (int i = 0; i < STEPS_MAX && t->server.requests == 0; i++)
        loop_step(t->s.loop, STEP_MS);
    str_copy(t->s.settings.llm_url, sizeof(t->s.settings.llm_url), "ftp://x");
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "llm.url");
    stage_until(t, "=idle");
    assert_non_null(strstr(str_text(&t->s.kept), "settings of the language model were changed"));
    assert_int_equal(f.code, -EINVAL);
    assert_non_null(strstr(f.text, "llm.url"));
    str_copy(t->s.settings.llm_kind, sizeof(t->s.settings.llm_kind), "none");
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "llm.kind");
    str_clear(&t->s.log);
    assert_true(scene_play(&t->s, "text:why"));
    assert_int_equal(f.code, 0);
    assert_non_null(strstr(str_text(&t->s.log), "keep(not_understood)"));
}

/* ---- several at once ------------------------------------------------------------------- */

/* The question is with the model, which holds the line. */
static void stage_question(struct stage *t)
{
    stage_ask(t, "text:why", SSE CHUNK("It is so. And"), FAKE_HOLD);
    for (int i = 0; i < STEPS_MAX && t->server.requests == 0; i++)
        loop_step(t->s.loop, STEP_MS);
    for (int i = 0; i < ARRIVAL_STEPS; i++) /* what the server has begun to say is on its way */
        loop_step(t->s.loop, STEP_MS);
    str_clear(&t->s.log);
}

static const struct {
    const char *name, *script, *log;
} beside[] = {
    { "a command goes before", "text:lamp_on",
      "ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.)" },
    { "in another conversation too", "other:lamp_on",
      "ask(lamp on) act(HassTurnOn) keep(done) answer(2,0,Turned on the lamp.)" },
    { "and by voice", "wake start end hear:lamp_on",
      "hush listen =listening =thinking ask(lamp on) act(HassTurnOn) keep(done) "
      "last(Turned on the lamp.) =speaking more(done) =thinking" },
    { "the time does", "text:time", "ask(time) keep(done) answer(2,0,It is 20:05.)" },
    { "stop breaks it off", "text:stop",
      "ask(stop) hush keep(cancelled) answer(1,0,It is so.) keep(done) answer(2,0,Stopped.) "
      "=idle" },
    { "never mind too", "text:never_mind",
      "ask(never mind) keep(cancelled) answer(1,0,It is so.) keep(cancelled) "
      "answer(2,0,Cancelled.) =idle" },
    { "but nobody else's", "other:never_mind",
      "ask(never mind) keep(cancelled) answer(2,0,Cancelled.)" },
    { "a second question waits", "text:who", "ask(who)" },
    { "too many questions", "text:a text:b text:c text:d text:e",
      "ask(a) ask(b) ask(c) ask(d) ask(e) keep(failed) "
      "answer(6,0,Too many questions are waiting. Please try again in a moment.)" },
    { "a question waits so long", "text:who wait:20100",
      "ask(who) keep(failed) "
      "answer(2,0,Too many questions are waiting. Please try again in a moment.)" },
    { "it is stopped", "STOP", "keep(stopped) answer(1,0,It is so.) =idle" },
};

static void test_beside_a_question(void **state)
{
    struct stage *t = *state;
    int failed = 0;

    t->s.settings.llm_gap_ms = 60000;
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        t->s.clients = 0;
        t->server.requests = 0;
        stage_start(t);
        stage_question(t);
        assert_true(scene_play(&t->s, beside[i].script));
        if (strcmp(str_text(&t->s.log), beside[i].log) != 0)
            failed++, print_error("%s:\n got  %s\n want %s\n", beside[i].name,
                                  str_text(&t->s.log), beside[i].log);
        t->s.assistant = assistant_free(t->s.assistant);
        t->s.bus = bus_free(t->s.bus);
    }
    assert_int_equal(failed, 0);
}

enum { MANY = 100 };

/* Each of a hundred conversations asks the model, and then wants the lamp on: all lamps are on long
 * before the model has said a word, and every question is answered in the end, in order. */
static void test_a_hundred(void **state)
{
    struct stage *t = *state;
    size_t answers = 0;

    stage_start(t);
    str_clear(&t->s.log);
    fake_script(&t->server, SSE CHUNK("So.") DONE, FAKE_CLOSE, 0);
    for (uint64_t i = 0; i < MANY; i++) {
        scene_text(&t->s, "why", false, 1000 + i);
        scene_text(&t->s, "lamp on", false, 1000 + i);
        bus_drain(t->s.bus);
    }
    scene_settle(&t->s);
    for (const char *p = str_text(&t->s.log); (p = strstr(p, "act(HassTurnOn)")); p++)
        answers++;
    assert_int_equal(answers, MANY);
    for (int i = 0; i < STEPS_MAX && assistant_is_busy(t->s.assistant); i++) {
        bus_drain(t->s.bus);
        loop_step(t->s.loop, STEP_MS);
    }
    assert_false(assistant_is_busy(t->s.assistant));
    assert_true(t->server.requests <= MANY);
    answers = 0;
    for (const char *p = str_text(&t->s.log); (p = strstr(p, "answer(")); p++)
        answers++;
    assert_int_equal(answers, 2 * MANY); /* those beyond the bound were told so */
}

static size_t stage_refused(struct stage *t)
{
    size_t n = 0;

    for (const char *p = str_text(&t->s.log); (p = strstr(p, ",-16,")); p++)
        n++;
    return n;
}

/* Idle conversations give way to new ones; busy ones do not. */
static void test_too_many(void **state)
{
    struct stage *t = *state;
    struct assistant_stats stats;

    str_copy(t->s.settings.llm_kind, sizeof(t->s.settings.llm_kind), "none");
    stage_start(t);
    str_clear(&t->s.log);
    for (uint64_t i = 0; i < 300; i++) {
        scene_text(&t->s, "time", false, 1000 + i);
        scene_settle(&t->s);
    }
    assert_int_equal(stage_refused(t), 0);
    assistant_stats(t->s.assistant, &stats);
    assert_int_equal(stats.conversations, CONVERSATIONS_MAX - 1); /* the box has its place */
    assert_int_equal(stats.given_way, 300 - (CONVERSATIONS_MAX - 1));
    assert_true(stats.turns == 0 && stats.waiting == 0 && stats.refused == 0);
    t->s.mute[WHO_INTENT] = true;
    for (uint64_t i = 0; i < 300; i++)
        scene_text(&t->s, "time", false, 5000 + i);
    scene_settle(&t->s);
    assert_int_equal(stage_refused(t), 300 - (CONVERSATIONS_MAX - 1));
    for (uint64_t i = 0; i < 10; i++)
        scene_text(&t->s, "time", false, 5000 + i);
    scene_settle(&t->s);
    assistant_stats(t->s.assistant, &stats);
    assert_int_equal(stats.turns, CONVERSATIONS_MAX - 1);
    assert_int_equal(stats.waiting, 10);
    assert_int_equal(stats.waiting_bytes, 10 * strlen("time"));
    assert_int_equal(stats.refused, 300 - (CONVERSATIONS_MAX - 1));
    str_clear(&t->s.log);
    assert_true(scene_play(&t->s, "wake"));
    assert_string_equal(str_text(&t->s.log), "hush listen =listening");
}

/* ---- filters ---------------------------------------------------------------------------- */

/* Replaces, stops, waits: by the text's first word. */
struct sieve {
    struct scene *s;
    uint64_t ticket;
};

static enum filter_verdict sieve_fn(const struct filter_text *t, uint64_t ticket, char **replace,
                                    void *user)
{
    struct sieve *v = user;

    scene_note(v->s, t->point == FILTER_HEARD ? "heard" : "said", t->text);
    v->ticket = ticket;
    if (strcmp(t->text, "licht an") == 0)
        *replace = str_dup("lamp on");
    if (strcmp(t->text, "The lamp is on.") == 0 || strcmp(t->text, "Good.") == 0)
        *replace = str_dup("Well, well.");
    if (str_starts(t->text, "secret") || str_starts(t->text, "Turned off"))
        return FILTER_STOP;
    if (str_starts(t->text, "slow") || str_starts(t->text, "It is 20"))
        return FILTER_LATER;
    return *replace ? FILTER_REPLACE : FILTER_PASS;
}

static const struct {
    const char *name, *script, *log;
} sieved[] = {
    { "replaced before it is understood", "text:licht_an",
      "heard(licht an) =thinking ask(lamp on) act(HassTurnOn) said(Turned on the lamp.) keep(done) "
      "answer(1,0,Turned on the lamp.) =idle" },
    { "replaced before it is said", "text:lamp_on text:lamp_on",
      "heard(lamp on) =thinking ask(lamp on) act(HassTurnOn) said(Turned on the lamp.) keep(done) "
      "answer(1,0,Turned on the lamp.) =idle heard(lamp on) =thinking ask(lamp on) act(HassTurnOn) "
      "said(The lamp is on.) keep(done) answer(2,0,Well, well.) =idle" },
    { "stopped before it is understood", "text:secret",
      "heard(secret) =thinking keep(cancelled) answer(1,0,) =idle" },
    { "stopped before it is said", "wake start end hear:lamp_off",
      "hush listen =listening =thinking heard(lamp off) ask(lamp off) act(HassTurnOff) "
      "said(Turned off the lamp.) keep(done) =idle" },
    { "later", "text:slow wait:100 FILTER",
      "heard(slow) =thinking ask(slow) said(Sorry, I did not understand.) keep(not_understood) "
      "answer(1,0,Sorry, I did not understand.) =idle" },
    { "too late", "text:slow wait:600",
      "heard(slow) =thinking ask(slow) said(Sorry, I did not understand.) keep(not_understood) "
      "answer(1,0,Sorry, I did not understand.) =idle" },
    { "the answer waits for its filter", "text:time wait:100 FILTER",
      "heard(time) =thinking ask(time) said(It is 20:05.) keep(done) answer(1,0,It is 20:05.) "
      "=idle" },
    { "cancelled while a filter thinks", "wake start end hear:slow wake",
      "hush listen =listening =thinking heard(slow) hush keep(cancelled) =idle listen =listening" },
    { "stopped while a filter thinks", "text:time STOP",
      "heard(time) =thinking ask(time) said(It is 20:05.) keep(stopped) "
      "answer(1,-108,I am being stopped.) =idle" },
};

static void stage_sieve(struct stage *t, struct sieve *v)
{
    const struct filter_def heard = { .name = "sieve", .point = FILTER_HEARD, .deadline_ms = 300,
                                      .fn = sieve_fn, .user = v };
    struct filter_def said = heard;

    said.point = FILTER_SAID;
    *v = (struct sieve){ &t->s, 0 };
    assert_int_equal(filters_new(&t->s.filters, t->s.loop, NULL), 0);
    assert_int_equal(filter_add(t->s.filters, &heard, NULL), 0);
    assert_int_equal(filter_add(t->s.filters, &said, NULL), 0);
}

static void test_filters(void **state)
{
    struct stage *t = *state;
    struct sieve v;
    int failed = 0;

    str_copy(t->s.settings.llm_kind, sizeof(t->s.settings.llm_kind), "none");
    for (size_t i = 0; i < sizeof(sieved) / sizeof(sieved[0]); i++) {
        const char *later = strstr(sieved[i].script, " FILTER");
        AUTO_STR script = STR_INIT;

        str_add_bytes(&script, sieved[i].script,
                      later ? (size_t)(later - sieved[i].script) : strlen(sieved[i].script));
        t->s.clients = 0;
        stage_sieve(t, &v);
        stage_start(t);
        scene_settle(&t->s);
        str_clear(&t->s.log);
        assert_true(scene_play(&t->s, str_text(&script)));
        if (later)
            filter_answer(t->s.filters, v.ticket, FILTER_PASS, NULL);
        scene_settle(&t->s);
        if (strcmp(str_text(&t->s.log), sieved[i].log) != 0)
            failed++, print_error("%s:\n got  %s\n want %s\n", sieved[i].name,
                                  str_text(&t->s.log), sieved[i].log);
        t->s.assistant = assistant_free(t->s.assistant);
        t->s.bus = bus_free(t->s.bus);
        t->s.filters = filters_free(t->s.filters);
    }
    assert_int_equal(failed, 0);
}

/* A model's sentences go through one by one, in order, and the last is still the last. */
static void test_filtered_model(void **state)
{
    struct stage *t = *state;
    struct sieve v;

    stage_sieve(t, &v);
    stage_start(t);
    stage_ask(t, SPOKEN, SSE CHUNK("It is so. And so. Good.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    assert_string_equal(
        str_text(&t->s.log),
        "hush listen =listening =thinking heard(why) ask(why) said(It is so.) said(And so.) "
        "said(Good.) say(It is so.) =speaking say(And so.) keep(done) last(Well, well.) more(done) "
        "=idle");
    t->s.assistant = assistant_free(t->s.assistant);
    t->s.filters = filters_free(t->s.filters);
}

/* The loudspeaker did not become free in time while a sentence is with its filter: what the filter
 * says then is not said to anybody any more. A turn that has ended keeps nothing of it either; one
 * whose text is whole answers with it. */
static const struct {
    const char *rest; /* of the model's answer */
    const char *keep; /* in the log before the filter answers; NULL: nothing yet */
    unsigned strange; /* the filter's answer was nobody's */
    bool answered;    /* the sentence stands in the answer */
} unheard[] = {
    { CHUNK(" now. Good. So"), "keep(failed)", 1, false },
    { CHUNK(" now.") DONE, NULL, 0, true },
};

static void play_unheard(struct stage *t, struct sieve *v, const char *rest)
{
    AUTO_STR answer = STR_INIT;

    assert_true(scene_play(&t->s, "mute:voice announce:busy")); /* it speaks, and speaks */
    scene_settle(&t->s);
    str_addf(&answer, "%s\f%s", SSE CHUNK("It is so. It is 20"), rest);
    stage_ask(t, "aloud:why", str_text(&answer), FAKE_PAUSE);
    stage_until(t, "said(It is so.)");
    scene_wait(&t->s, 59900);
    v->ticket = 0;
    fake_go(&t->server);
    stage_until(t, "said(It is 20 now.)"); /* with its filter */
    scene_wait(&t->s, 150);
}

static void test_filter_after_the_loudspeaker(void **state)
{
    for (size_t i = 0; i < sizeof(unheard) / sizeof(unheard[0]); i++) {
        struct stage *t = *state;
        struct filters_stats fs;
        struct filters *filters;
        struct sieve v;

        t->s.settings.llm_first_token_ms = t->s.settings.llm_gap_ms = 200000;
        t->s.settings.llm_total_ms = 200000;
        stage_sieve(t, &v);
        stage_start(t);
        play_unheard(t, &v, unheard[i].rest);
        assert_int_equal(!strstr(str_text(&t->s.log), "keep("), !unheard[i].keep);
        assert_non_null(strstr(str_text(&t->s.log), unheard[i].keep ? unheard[i].keep : "said"));
        filter_answer(t->s.filters, v.ticket, FILTER_PASS, NULL);
        scene_settle(&t->s);
        filters_stats(t->s.filters, &fs);
        assert_int_equal(fs.strange, unheard[i].strange);
        assert_true(scene_play(&t->s, "said")); /* the loudspeaker is free at last */
        scene_wait(&t->s, 1000);
        assert_null(strstr(str_text(&t->s.log), "say(It is"));
        assert_null(strstr(str_text(&t->s.log), "last("));
        assert_int_equal(strstr(str_text(&t->s.kept), "It is 20 now") != NULL, unheard[i].answered);
        assert_non_null(strstr(str_text(&t->s.log), unheard[i].answered
                                                        ? "answer(2,0,It is so. It is 20 now.)"
                                                        : "answer(2,0,It is so.)"));
        assert_non_null(strstr(str_text(&t->s.kept), "the loudspeaker did not become free"));
        filters = t->s.filters;
        stage_close(state);
        filters_free(filters);
        assert_int_equal(stage_open(state), 0);
    }
}

/* ---- what the model did wrong is told, once, until it does well ------------------------- */

struct told {
    struct str log;
};

static void told_on_fault(const struct msg *m, void *user)
{
    struct told *f = user;

    if (strcmp(m->part, "llm") == 0)
        str_addf(&f->log, "%s%d", f->log.len > 0 ? " " : "", m->code);
}

static void test_model_faults(void **state)
{
    static const struct {
        const char *answer;
        const char *log; /* all that was told by then */
    } steps[] = {
        { SSE CHUNK("So.") DONE, "" },
        { "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", "-121" },
        { "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", "-121" },
        { SSE CHUNK("So.") DONE, "-121 0" },
        { SSE CHUNK("So.") DONE, "-121 0" },
        { "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n", "-121 0 -2" },
        { "HTTP/1.1 401 No\r\nConnection: close\r\n\r\n", "-121 0 -2 -13" },
        { SSE "data: {\"x\n\n", "-121 0 -2 -13 -71" },
        { SSE CHUNK("So.") DONE, "-121 0 -2 -13 -71" }, /* the breaker is open: nothing new */
    };
    struct stage *t = *state;
    struct told f = { STR_INIT };

    stage_start(t);
    assert_int_equal(bus_on(t->s.bus, MSG_FAULT, told_on_fault, &f, NULL), 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        stage_ask(t, "text:why", steps[i].answer, FAKE_CLOSE);
        stage_until(t, "=idle");
        if (strcmp(str_text(&f.log), steps[i].log) != 0)
            fail_msg("step %zu: told %s, want %s", i, str_text(&f.log), steps[i].log);
    }
    scene_wait(&t->s, 31000); /* the breaker lets one through */
    stage_ask(t, "text:why", SSE CHUNK("So.") DONE, FAKE_CLOSE);
    stage_until(t, "=idle");
    assert_string_equal(str_text(&f.log), "-121 0 -2 -13 -71 0");
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "llm.prompt"); /* nothing was wrong: nothing works again */
    scene_settle(&t->s);
    assert_string_equal(str_text(&f.log), "-121 0 -2 -13 -71 0");
    bus_off(t->s.bus, &f);
    str_done(&f.log);
}

static void test_model_without_a_name(void **state)
{
    struct stage *t = *state;
    struct faults f = { 0 };

    stage_start(t);
    assert_int_equal(bus_on(t->s.bus, MSG_FAULT, on_fault, &f, NULL), 0);
    t->s.settings.llm_model[0] = '\0';
    bus_post_text(t->s.bus, MSG_SETTINGS, 0, "llm.model");
    scene_settle(&t->s);
    assert_int_equal(f.code, -EINVAL);
    assert_non_null(strstr(f.text, "llm.model"));
}

static void test_ids(void **state)
{
    static const struct {
        uint64_t last;
        int64_t wall_usec;
        uint64_t want;
    } cases[] = {
        { 0, 1772395500123456, 1772395500123000 },
        { 1772395500123000, 1772395500123999, 1772395500123001 },
        { 1772395500123000, 1700000000000000, 1772395500123001 },
        { 7, 0, 8 },
        { 7, -5, 8 },
        { 7, INT64_MAX, 8 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_true(session_id_next(cases[i].last, cases[i].wall_usec) == cases[i].want);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_spoken_while_written), TEST(test_whole_answer), TEST(test_typed),
        TEST(test_failures), TEST(test_slow), TEST(test_barge_in), TEST(test_backlog),
        TEST(test_endless_answer), TEST(test_context), TEST(test_language),
        TEST(test_unknown_language_at_start), TEST(test_no_words_at_all), TEST(test_model_changes),
        TEST(test_beside_a_question), TEST(test_a_hundred), TEST(test_too_many),
        TEST(test_filters), TEST(test_filtered_model), TEST(test_filter_after_the_loudspeaker), TEST(test_model_faults), TEST(test_model_without_a_name),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
