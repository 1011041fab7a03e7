/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tts/speaker_test.c - what jarvis-tts answers to each frame: sentences and words that are
 * none are refused with words that name what is wrong, each once, and the next good one is served. */
#include "helpers/tts/speaker.h"

#include "base/str.h"
#include "core/rpc.h"
#include "speech/wire.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define SPEAK(text) "{\"text\":" text ",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":300}"

enum { ANSWER_MS = 20000 };

static struct line {
    int here, there; /* the ends of the socket */
    int ended;       /* what speaker_serve() returned */
    pthread_t thread;
    uint32_t serial;
    size_t samples;  /* in TTS_AUDIO since the last question */
    uint8_t packet[RPC_FRAME_BYTES_MAX];
} line;

static void *serve(void *user)
{
    AUTO(speaker_freep) struct speaker *s = NULL;

    (void)user;
    line.ended = speaker_new(&s, line.there, NULL);
    if (line.ended >= 0)
        line.ended = speaker_serve(s, NULL);
    return NULL;
}

/* One for all: espeak-ng does not survive being opened a second time. */
static int enter(void **state)
{
    int pair[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
        return -1;
    line.here = pair[0];
    line.there = pair[1];
    return pthread_create(&line.thread, NULL, serve, NULL);
}

/* It ends by itself when nobody is there any more. */
static int leave(void **state)
{
    (void)state;
    close(line.here);
    pthread_join(line.thread, NULL);
    close(line.there);
    return line.ended == -EPIPE ? 0 : -1;
}

static void ask(uint16_t type, const char *json)
{
    assert_int_equal(rpc_send(line.here, type, ++line.serial, json, strlen(json), NULL), 0);
    line.samples = 0;
}

/* The answer to the newest question; sound before it is counted. */
static int answered(uint16_t type, void *ret, const struct fields *head, struct err *e)
{
    struct rpc_frame f;

    for (;;) {
        assert_int_equal(rpc_recv(line.here, line.packet, &f, ANSWER_MS, NULL), 1);
        assert_int_equal(f.serial, line.serial);
        if (f.type != TTS_AUDIO || type == TTS_AUDIO)
            break;
        line.samples += (f.len - sizeof(struct wire_speech)) / sizeof(int16_t);
    }
    assert_int_equal(f.type, type);
    return wire_answer_take(ret, head, &f, e);
}

static void it_speaks(void)
{
    struct wire_spoken spoken;

    ask(TTS_SPEAK, SPEAK("\"Yes.\""));
    assert_int_equal(answered(TTS_END, &spoken, &wire_spoken_fields, NULL), 0);
    assert_true(spoken.frames > 0 && spoken.frames == line.samples);
    assert_true(spoken.rate_hz >= 8000);
}

struct refusal {
    const char *json, *words;
};

static void refused(uint16_t type, uint16_t answer, const struct refusal *row)
{
    struct err e = ERR_INIT;
    struct wire_spoken none;

    ask(type, row->json);
    assert_int_equal(answered(answer, &none, &wire_spoken_fields, &e), -EREMOTEIO);
    if (!strstr(err_text(&e), row->words))
        fail_msg("%s: %s", row->json, err_text(&e));
    assert_int_equal(line.samples, 0);
}

static void what_cannot_be_said_is_named(void **state)
{
    static const struct refusal rows[] = {
        { "", "sent nonsense" },
        { "{\"text\":\"Yes.\"", "sent nonsense" },
        { "\"Yes.\"", "an object" },
        { "{}", "text: is missing" },
        { SPEAK("null"), "text: must be a string" },
        { SPEAK("NaN"), "sent nonsense" },
        { SPEAK("\"\""), "empty" },
        { SPEAK("\"two\\nlines\""), "control character" },
        { SPEAK("\"a\\u0001b\""), "control character" },
        { "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\"}", "rate_wpm: is missing" },
        { "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":1e300}", "80..450" },
        { "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":300.5}", "whole number" },
        { "{\"text\":\"a\",\"voice\":\"nobody\",\"language\":\"en\",\"rate_wpm\":300}", "'nobody'" },
        { "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":300,\"loud\":1}", "loud: is unknown" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        refused(TTS_SPEAK, TTS_END, &rows[i]);
    it_speaks();
}

static void words_that_are_none_are_named(void **state)
{
    static const struct refusal rows[] = {
        { "[]", "an object" },
        { "{\"words\":[\"a\"]}", "language: is missing" },
        { "{\"language\":\"en\"}", "words: is missing" },
        { "{\"words\":\"a\",\"language\":\"en\"}", "words: must be a list" },
        { "{\"words\":[\"a\",7],\"language\":\"en\"}", "words[1]: must be a string" },
        { "{\"words\":[\"a\"],\"language\":\"xx-nobody\"}", "xx-nobody" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        refused(TTS_PHONEMES, TTS_PHONEMES_OK, &rows[i]);
    it_speaks();
}

/* A house may hold any word; one that has no sound costs no other. */
static void words_of_a_house(void **state)
{
    static const char *const want[] = { "error", "words", "kitchen", "kitchen" };
    struct wire_sounds sounds;
    const struct wire_sound *said;

    (void)state;
    ask(TTS_PHONEMES, "{\"words\":[\"error\",\"words\",\"\\\"\",\"kitchen\",\"kitchen\"],\"language\":\"en\"}");
    assert_int_equal(answered(TTS_PHONEMES_OK, &sounds, &wire_sounds_fields, NULL), 0);
    said = sounds.words.items;
    assert_int_equal(sounds.words.n, N_OF(want));
    for (size_t i = 0; i < N_OF(want); i++) {
        assert_string_equal(said[i].word, want[i]);
        assert_true(said[i].sound[0] != '\0');
    }
    assert_string_equal(said[2].sound, said[3].sound);
    wire_sounds_done(&sounds);
}

/* The most words a frame can ask for, each as long as it can be: answered by as many as fit. */
static void many_words_fit_into_an_answer(void **state)
{
    static char word[64];
    struct wire_words order = { .language = (char *)"en" };
    struct wire_sounds sounds;
    size_t room = WIRE_ROOM_BYTES;
    AUTO_FREE char *text = NULL;
    AUTO_JSON *json = NULL;

    (void)state;
    for (unsigned i = 0; i < WIRE_WORDS_MAX; i++) {
        snprintf(word, sizeof(word), "incomprehensibilities%u", i);
        assert_int_equal(wire_word_add(&order.words, &room, word), 0);
    }
    json = fields_put(&order, &wire_words_fields);
    text = json_text(json);
    ask(TTS_PHONEMES, text);
    assert_int_equal(answered(TTS_PHONEMES_OK, &sounds, &wire_sounds_fields, NULL), 0);
    assert_true(sounds.words.n > 100 && sounds.words.n <= WIRE_WORDS_MAX);
    wire_sounds_done(&sounds);
    order.language = NULL;
    wire_words_done(&order);
    it_speaks();
}

static void other_frames(void **state)
{
    static char order[4096];
    AUTO_STR endless = STR_INIT; /* more sound than a socket holds: it cannot be over already */
    struct rpc_frame f;
    struct wire_spoken spoken;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < 120; i++)
        str_add(&endless, "one more word, ");
    ask(TTS_CANCEL, ""); /* of nothing */
    ask(60000, "x");
    ask(RPC_PING, "1234");
    assert_int_equal(rpc_recv(line.here, line.packet, &f, ANSWER_MS, NULL), 1);
    assert_true(f.type == RPC_PONG && f.serial == line.serial && f.len == 4);
    str_add(&endless, "and no end.");
    snprintf(order, sizeof(order), SPEAK("\"%s\""), str_text(&endless));
    ask(TTS_SPEAK, order);
    assert_int_equal(rpc_send(line.here, TTS_CANCEL, line.serial, NULL, 0, NULL), 0);
    assert_int_equal(answered(TTS_END, &spoken, &wire_spoken_fields, &e), -EREMOTEIO);
    assert_string_equal(err_text(&e), "cancelled");
    it_speaks();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_said_is_named),
        cmocka_unit_test(words_that_are_none_are_named),
        cmocka_unit_test(words_of_a_house),
        cmocka_unit_test(many_words_fit_into_an_answer),
        cmocka_unit_test(other_frames),
    };

    return cmocka_run_group_tests_name("speaker", tests, enter, leave);
}
