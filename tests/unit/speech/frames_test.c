/* SPDX-License-Identifier: Apache-2.0 */
/* speech: frames between jarvisd and its helpers that are lost, late, out of order, come twice, are cut,
 * garbled or answer somebody else. This program plays both helpers; the folder it is started from
 * names the fault (a helper has neither environment nor files).
 *
 * Three sessions in a row: each has one transcript at most, a transcript is what was said or an
 * error, and the fault costs no other session but its own. Three texts in a row: each is answered
 * once, the fault costs no other text. A grammar with a word that nobody knows: it is loaded, with
 * the word's sounds or without them. */
#include "speech/speech.h"

#include "base/must.h"
#include "speech/wire.h"
#include "talk.h"

#include <sys/stat.h>

enum kind { NOTHING, LOSE, REPEAT, CUT, GARBLE, ALIEN, MAGIC, SWAP, DELAY, KINDS_N };
enum { SESSIONS = 3, FAULTY_MS = 300, DELAY_FRAMES = 4, RATE_HZ = 22050, SOUND_FRAMES = 2205 };

static const char *const kinds[KINDS_N] = { "nothing", "lose", "repeat", "cut",
                                            "garble",  "alien", "magic",  "swap", "delay" };

/* ---- the helpers' side ----------------------------------------------------------------------- */

static unsigned bad_type, bad_kind, bad_nth, bad_seen;

static struct {
    uint16_t type;
    uint32_t serial;
    uint8_t payload[8192];
    size_t len;
    int after; /* so many frames; 0: none is held */
} held;

static void held_pass(void)
{
    if (held.after > 0 && --held.after == 0)
        rpc_send(HELPER_FD, held.type, held.serial, held.payload, held.len, NULL);
}

static void answer(uint16_t type, uint32_t serial, const void *payload, size_t len)
{
    uint8_t copy[8192];
    const bool is_hit = type == bad_type && ++bad_seen == bad_nth;
    const enum kind kind = is_hit ? (enum kind)bad_kind : NOTHING;

    memcpy(copy, payload, len);
    for (size_t i = 0; kind == GARBLE && i < len; i++)
        copy[i] ^= (uint8_t)(0x5a + i);
    if (kind == SWAP || kind == DELAY) {
        held.type = type;
        held.serial = serial;
        held.len = len;
        held.after = kind == SWAP ? 1 : DELAY_FRAMES;
        memcpy(held.payload, payload, len);
    }
    if (kind == LOSE || kind == SWAP || kind == DELAY)
        return;
    if (kind == MAGIC && write(HELPER_FD, "this is no frame", 16) == 16)
        return;
    for (int times = kind == REPEAT ? 2 : 1; times > 0; times--)
        rpc_send(HELPER_FD, type, serial + (kind == ALIEN ? 1u << 30 : 0), copy,
                 kind == CUT ? len / 2 : len, NULL);
    held_pass();
}

static void answer_text(uint16_t type, uint32_t serial, const char *json)
{
    answer(type, serial, json, strlen(json));
}

/* A tenth of a second in two frames. */
static void speak(uint32_t serial)
{
    static uint8_t sound[sizeof(struct wire_speech) + SOUND_FRAMES];
    const struct wire_speech head = { .rate_hz = RATE_HZ };

    memcpy(sound, &head, sizeof(head));
    answer(TTS_AUDIO, serial, sound, sizeof(sound));
    answer(TTS_AUDIO, serial, sound, sizeof(sound));
    answer_text(TTS_END, serial, "{\"frames\":2204,\"rate_hz\":22050}");
}

/* Ears and voice: their frames have different types. */
static int helper_run(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct wire_progress p = { 0 };
    uint32_t utterance = 0; /* until it is told early */
    struct rpc_frame f;

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        const bool is_utt = f.type == UTT_AUDIO;

        if (f.type == UTT_START)
            utterance = f.serial;
        if (is_utt && utterance != 0 && ((const struct wire_audio *)f.payload)->quiet_ms > 0) {
            answer_text(UTT_EARLY, utterance, "{\"text\":\"done\"}");
            utterance = 0;
        }
        p.state = is_utt ? WIRE_FINAL : WIRE_NOTHING;
        if (is_utt || f.type == WAKE_AUDIO)
            answer(is_utt ? UTT_PROGRESS : WAKE_PROGRESS, f.serial, &p, sizeof(p));
        else if (f.type == STT_CONFIG)
            answer_text(STT_CONFIG_OK, f.serial, "{}");
        else if (f.type == STT_GRAMMAR)
            answer_text(STT_GRAMMAR_OK, f.serial,
                        "{\"words\":9,\"unknown_n\":1,\"unknown\":[\"error\"]}");
        else if (f.type == UTT_END)
            answer_text(UTT_RESULT, f.serial, "{\"text\":\"done\"}");
        else if (f.type == TTS_PHONEMES)
            answer_text(TTS_PHONEMES_OK, f.serial,
                        "{\"words\":[{\"word\":\"error\",\"sound\":\"Er@\"}]}");
        else if (f.type == TTS_SPEAK)
            speak(f.serial);
    }
    return 0;
}

/* "/tmp/.../bad-27-1-2/jarvis-stt" */
static int helper_main(const char *argv0)
{
    const char *bad = strstr(argv0, "/bad-");

    if (bad && sscanf(bad, "/bad-%u-%u-%u/", &bad_type, &bad_kind, &bad_nth) != 3)
        return 2;
    return helper_run();
}

/* ---- this side ------------------------------------------------------------------------------- */

struct bad {
    unsigned type, nth;
    enum kind kind;
    const char *want; /* what comes of it, a letter each */
};

/* How long the virtual clock waits for what is owed. */
static int patience_of(const struct bad *b)
{
    return b->kind == NOTHING || b->kind == REPEAT ? RIG_PATIENCE_MS : FAULTY_MS;
}

static void open_with(const struct bad *b)
{
    char folder[sizeof(rig.dir)];

    rig_open(&rig, true, "");
    rig.settings.speech_early = true;
    snprintf(folder, sizeof(folder), "%s", rig.dir);
    snprintf(rig.dir, sizeof(rig.dir), "%.32s/bad-%u-%u-%u", folder, b->type, (unsigned)b->kind, b->nth);
    assert_int_equal(mkdir(rig.dir, 0700), 0);
    rig_play(&rig, "jarvis-stt");
    rig_play(&rig, "jarvis-tts");
    speech_open();
}

/* `got`: what came of it; '?' takes an error, nothing, and what was said. */
static void close_with(const struct bad *b, const char *got)
{
    bool is_as_wanted = strlen(got) == strlen(b->want) && must_broken() == 0;
    char folder[sizeof(rig.dir)];

    speech = speech_free(speech);
    snprintf(folder, sizeof(folder), "%s", rig.dir);
    rig_close(&rig);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(rmdir(folder), 0);
    for (size_t i = 0; is_as_wanted && b->want[i]; i++)
        is_as_wanted = b->want[i] == '?' ? strchr("-ed", got[i]) != NULL : b->want[i] == got[i];
    if (!is_as_wanted)
        fail_msg("frame %u, %s, the %u.: '%s', not '%s' %s", b->type, kinds[b->kind], b->nth, got,
                 b->want, must_broken() > 0 ? must_broken_at() : "");
}

/* Of the answers of a type with that number (session or serial): 'd' done, 'e' an error in words,
 * 'm' one without, 'w' what nobody said, '-' nothing; '2' more than one. */
static char outcome(enum msg_type type, uint64_t number)
{
    const bool is_heard = type == MSG_TRANSCRIPT || type == MSG_EARLY;
    const char *said = is_heard ? "done" : "";
    char found = '-';

    for (size_t i = 0; i < rig.n; i++) {
        const struct rig_line *l = &rig.log[i];

        if (l->type != type || (is_heard ? l->session : l->serial) != number)
            continue;
        if (found != '-')
            return '2';
        found = l->code == 0                           ? 'd'
                : l->text[0] || l->code == -ECANCELED ? 'e'
                                                       : 'm';
        if (l->code == 0 && strcmp(l->text, said) != 0)
            found = 'w';
    }
    return found;
}

/* clang-format off */
static const struct bad cases[] = { /* the sessions in order */
    { UTT_RESULT, 2, NOTHING, "ddd" },
    { UTT_RESULT, 2, LOSE,    "d-d" },
    { UTT_RESULT, 2, REPEAT,  "ddd" },
    { UTT_RESULT, 2, CUT,     "ded" },
    { UTT_RESULT, 2, GARBLE,  "ded" },
    { UTT_RESULT, 2, ALIEN,   "d-d" },
    { UTT_RESULT, 2, MAGIC,   "ded" },
    { UTT_RESULT, 2, SWAP,    "d?d" }, /* with the next frame, whenever that comes */
    { UTT_RESULT, 2, DELAY,   "d?d" },
    { UTT_EARLY, 2, LOSE,   "ddd" }, /* it is a hint: the transcript comes all the same */
    { UTT_EARLY, 2, REPEAT, "ddd" },
    { UTT_EARLY, 2, CUT,    "ddd" },
    { UTT_EARLY, 2, GARBLE, "ddd" },
    { UTT_EARLY, 2, ALIEN,  "ddd" },
    { UTT_EARLY, 2, SWAP,   "ddd" },
    { UTT_EARLY, 2, DELAY,  "ddd" },
    { UTT_PROGRESS, 3, LOSE,   "ddd" },
    { UTT_PROGRESS, 3, REPEAT, "ddd" },
    { UTT_PROGRESS, 3, CUT,    "ddd" },
    { UTT_PROGRESS, 3, GARBLE, "ddd" },
    { UTT_PROGRESS, 3, ALIEN,  "ddd" },
    { UTT_PROGRESS, 3, MAGIC,  "eee" }, /* each new process sends it again */
    { WAKE_PROGRESS, 3, LOSE,   "ddd" },
    { WAKE_PROGRESS, 3, REPEAT, "ddd" },
    { WAKE_PROGRESS, 3, CUT,    "ddd" },
    { WAKE_PROGRESS, 3, GARBLE, "ddd" },
    { WAKE_PROGRESS, 3, ALIEN,  "ddd" },
    { UTT_PROGRESS, 3, SWAP,    "ddd" },
    { UTT_PROGRESS, 3, DELAY,   "ddd" },
    { WAKE_PROGRESS, 3, SWAP,   "ddd" },
    { WAKE_PROGRESS, 3, DELAY,  "ddd" },
    { STT_CONFIG_OK, 1, LOSE,   "???" },
    { STT_CONFIG_OK, 1, REPEAT, "ddd" },
    { STT_CONFIG_OK, 1, CUT,    "???" },
    { STT_CONFIG_OK, 1, GARBLE, "???" },
    { STT_CONFIG_OK, 1, MAGIC,  "???" },
};
/* clang-format on */

/* Once, as it was said, and only of the session in which it was. */
static void early_is_told(const struct bad *b)
{
    for (uint64_t s = 1; s <= SESSIONS; s++) {
        const char told = outcome(MSG_EARLY, s);

        if (told != 'd' && (told != '-' || b->kind == NOTHING || (b->type == UTT_EARLY && b->nth != s)))
            fail_msg("frame %u, %s: early in session %llu: %c", b->type, kinds[b->kind], (unsigned long long)s, told);
    }
}

static void a_bad_frame_costs_one_session_at_most(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int patience_ms = patience_of(&cases[i]);
        char got[SESSIONS + 1] = "";

        open_with(&cases[i]);
        run(20, patience_ms);
        for (uint64_t s = 1; s <= SESSIONS; s++)
            say_one(s, patience_ms);
        for (uint64_t s = 1; s <= SESSIONS; s++)
            got[s - 1] = outcome(MSG_TRANSCRIPT, s);
        early_is_told(&cases[i]);
        assert_null(rig_find(&rig, MSG_WAKE, 0)); /* nobody has said its name */
        close_with(&cases[i], got);
    }
}

/* ---- texts and the grammar --------------------------------------------------------------------- */

/* 'l' loaded, 'f' a fault, as it was told last; '-' nothing. */
static char grammar_outcome(void)
{
    char found = '-';

    for (size_t i = 0; i < rig.n; i++)
        if (rig.log[i].type == MSG_FAULT && strcmp(rig.log[i].part, "grammar") == 0)
            found = rig.log[i].code == 0 ? 'l' : 'f';
    return found;
}

/* Who waits for a text that does not end hushes, as the assistant does at its deadline. */
static void say_text(uint32_t serial, int patience_ms)
{
    rig_post(&rig, MSG_SAY, 1, "It is done.", serial);
    run(60, patience_ms);
    rig_post(&rig, MSG_HUSH, 1, NULL, 0);
    run(5, patience_ms);
}

/* clang-format off */
/* The texts in order, then the grammar; two apologies are spoken before the first text. */
static const struct bad text_cases[] = {
    { TTS_END, 4, NOTHING, "dddl" },
    { TTS_END, 4, LOSE,    "dedl" },
    { TTS_END, 4, REPEAT,  "dddl" },
    { TTS_END, 4, CUT,     "dedl" },
    { TTS_END, 4, GARBLE,  "dedl" },
    { TTS_END, 4, ALIEN,   "dedl" },
    { TTS_END, 4, SWAP,    "dedl" },
    { TTS_END, 4, DELAY,   "dedl" },
    { TTS_END, 1, LOSE,    "dddl" },
    { TTS_AUDIO, 7, LOSE,   "dddl" },
    { TTS_AUDIO, 7, REPEAT, "dddl" },
    { TTS_AUDIO, 7, CUT,    "dddl" },
    { TTS_AUDIO, 7, GARBLE, "dedl" },
    { TTS_AUDIO, 7, SWAP,   "dddl" },
    { TTS_AUDIO, 7, DELAY,  "dddl" },
    { STT_GRAMMAR_OK, 1, LOSE,   "ddd-" },
    { STT_GRAMMAR_OK, 1, REPEAT, "dddl" },
    { STT_GRAMMAR_OK, 1, CUT,    "dddf" },
    { STT_GRAMMAR_OK, 1, GARBLE, "dddf" },
    { STT_GRAMMAR_OK, 1, ALIEN,  "ddd-" },
    { STT_GRAMMAR_OK, 1, MAGIC,  "ddd-" }, /* each new process sends it again */
    { STT_GRAMMAR_OK, 1, SWAP,   "dddl" },
    { STT_GRAMMAR_OK, 2, LOSE,   "dddl" },
    { STT_GRAMMAR_OK, 2, REPEAT, "dddl" },
    { STT_GRAMMAR_OK, 2, CUT,    "dddf" },
    { TTS_PHONEMES_OK, 1, LOSE,   "dddl" },
    { TTS_PHONEMES_OK, 1, REPEAT, "dddl" },
    { TTS_PHONEMES_OK, 1, CUT,    "dddl" },
    { TTS_PHONEMES_OK, 1, SWAP,   "dddl" },
    { TTS_PHONEMES_OK, 1, DELAY,  "dddl" },
};
/* clang-format on */

static void a_bad_frame_costs_one_text_at_most(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(text_cases) / sizeof(text_cases[0]); i++) {
        const struct bad *b = &text_cases[i];
        char got[SESSIONS + 2] = "";

        open_with(b);
        run(20, patience_of(b));
        rig_post(&rig, MSG_GRAMMAR, 0, "/no/grammar.fsg", 0);
        run(20, patience_of(b));
        for (uint32_t s = 1; s <= SESSIONS; s++)
            say_text(s, patience_of(b));
        for (uint32_t s = 0; s < SESSIONS; s++)
            got[s] = outcome(MSG_SAID, s + 1);
        got[SESSIONS] = grammar_outcome();
        close_with(b, got);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_frame_costs_one_session_at_most),
        cmocka_unit_test(a_bad_frame_costs_one_text_at_most),
    };

    if (argc > 0 && (rig_is_called(argv[0], "jarvis-stt") || rig_is_called(argv[0], "jarvis-tts")))
        return helper_main(argv[0]);
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
