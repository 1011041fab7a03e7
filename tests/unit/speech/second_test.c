/* SPDX-License-Identifier: Apache-2.0 */
/* speech/second: the same sound to a recogniser elsewhere where this one is not sure. This program plays
 * jarvis-stt, whose result the name of its folder tells; the recogniser elsewhere is a small server.
 *
 * Each session has one transcript: what was heard elsewhere, or what was found here. */
#include "lib/fake_server.h"
#include "speech/second.h"
#include "speech/wav_head.h"
#include "speech/wire.h"
#include "talk.h"

#include <sys/stat.h>

enum { PATIENCE_MS = 5000, WHOLE_SAMPLES = 4000 };

/* ---- the helper's side ----------------------------------------------------------------------- */

static const char *const results[] = {
    "{\"text\":\"turn on the lamp\"}",
    "{\"text\":\"\",\"rejected\":true}",
    "{\"text\":\"turn on the lamp\",\"broken\":true}",
    "{\"text\":\"turn on the lamp\",\"other\":\"turn off the lamp\"}",
    "{\"error\":\"out of breath\"}",
};

static int helper_main(const char *argv0)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    const char *name = strstr(argv0, "/result-");
    const char *result = results[name ? name[8] - '0' : 0];
    struct wire_progress p = { .state = WIRE_FINAL };
    struct rpc_frame f;

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        if (f.type == UTT_AUDIO || f.type == WAKE_AUDIO)
            rpc_send(HELPER_FD, f.type == UTT_AUDIO ? UTT_PROGRESS : WAKE_PROGRESS, f.serial, &p,
                     sizeof(p), NULL);
        else if (f.type == STT_CONFIG)
            rpc_send(HELPER_FD, STT_CONFIG_OK, f.serial, "{}", 2, NULL);
        else if (f.type == UTT_END)
            rpc_send(HELPER_FD, UTT_RESULT, f.serial, result, strlen(result), NULL);
        else if (f.type == TTS_SPEAK)
            rpc_send(HELPER_FD, TTS_END, f.serial, "{}", 2, NULL);
    }
    return 0;
}

/* ---- this side ------------------------------------------------------------------------------- */

static struct fake_server server;

#define JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define NO   "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n"

static void open_with(unsigned result, const char *remote)
{
    char folder[sizeof(rig.dir)];

    rig_open(&rig, true, "");
    snprintf(folder, sizeof(folder), "%s", rig.dir);
    snprintf(rig.dir, sizeof(rig.dir), "%.32s/result-%u", folder, result);
    assert_int_equal(mkdir(rig.dir, 0700), 0);
    rig_play(&rig, "jarvis-stt");
    rig_play(&rig, "jarvis-tts");
    assert_int_equal(fake_start(&server), 0);
    snprintf(rig.settings.stt_remote, sizeof(rig.settings.stt_remote), "%s", remote);
    snprintf(rig.settings.stt_url, sizeof(rig.settings.stt_url), "http://127.0.0.1:%u",
             server.port);
    snprintf(rig.settings.wake_phrase, sizeof(rig.settings.wake_phrase), "jarvis");
    rig.settings.stt_connect_ms = 1000;
    rig.settings.stt_remote_ms = 8000;
    speech_open();
}

static void close_with(void)
{
    char folder[sizeof(rig.dir)];

    speech = speech_free(speech);
    fake_stop(&server);
    snprintf(folder, sizeof(folder), "%s", rig.dir);
    rig_close(&rig);
    *strrchr(folder, '/') = '\0';
    rmdir(folder);
}

static const struct rig_line *only_transcript(uint64_t session)
{
    const struct rig_line *found = NULL;

    for (size_t i = 0; i < rig.n; i++) {
        if (rig.log[i].type != MSG_TRANSCRIPT || rig.log[i].session != session)
            continue;
        assert_null(found);
        found = &rig.log[i];
    }
    assert_non_null(found);
    return found;
}

/* clang-format off */
static const struct {
    const char *name;
    unsigned result;
    const char *remote, *answer;
    unsigned asked; /* requests at the server */
    int code;
    const char *text;
} cases[] = {
    { "sure: nobody is asked", 0, "whisper", JSON "{\"text\":\"no\"}", 0, 0, "turn on the lamp" },
    { "nothing was understood here", 1, "whisper", JSON "{\"text\":\"Jarvis, open the blinds.\"}", 1, 0, "open the blinds." },
    { "it broke off here", 2, "whisper", JSON "{\"text\":\"turn on the lamp in the hall\"}", 1, 0, "turn on the lamp in the hall" },
    { "two fit here", 3, "openai", JSON "{\"text\":\"turn off the lamp\"}", 1, 0, "turn off the lamp" },
    { "an error here", 4, "whisper", JSON "{\"text\":\"turn off the lamp\"}", 1, 0, "turn off the lamp" },
    { "nothing heard elsewhere: what was found here", 3, "whisper", JSON "{\"text\":\"\"}", 1, -ENODATA, "two sentences fit" },
    { "only the wake word heard", 1, "whisper", JSON "{\"text\":\" Jarvis. \"}", 1, -ENODATA, "no command" },
    { "a fault elsewhere: what was found here", 2, "whisper", NO, 1, -ENODATA, "the sentence broke off" },
    { "nobody elsewhere", 1, "none", JSON "{\"text\":\"no\"}", 0, -ENODATA, "no command" },
    { "an address that does not fit", 1, "wyoming", JSON "{\"text\":\"no\"}", 0, -ENODATA, "no command" },
};
/* clang-format on */

static void one_transcript_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rig_line *got;

        print_message("%s\n", cases[i].name);
        open_with(cases[i].result, cases[i].remote);
        fake_script(&server, cases[i].answer, FAKE_CLOSE, 0);
        run(20, PATIENCE_MS);
        say_one(7, PATIENCE_MS);
        got = only_transcript(7);
        assert_int_equal(got->code, cases[i].code);
        assert_non_null(strstr(got->text, cases[i].text));
        if (cases[i].code == 0)
            assert_string_equal(got->text, cases[i].text);
        assert_int_equal(server.requests, cases[i].asked);
        close_with();
    }
}

/* The sound that is sent is the sound that was heard, from its first sample on. */
static void the_same_sound(void **state)
{
    uint8_t head[WAV_HEAD_BYTES];
    const char *wav;

    (void)state;
    open_with(1, "whisper");
    fake_script(&server, JSON "{\"text\":\"open the blinds\"}", FAKE_CLOSE, 0);
    run(20, PATIENCE_MS);
    say_one(7, PATIENCE_MS);
    assert_int_equal(only_transcript(7)->code, 0);
    wav = memmem(server.request, server.request_len, "RIFF", 4);
    assert_non_null(wav);
    assert_true(server.request_len > WHOLE_SAMPLES * sizeof(int16_t));
    wav_head_put(head, 16000, 0);
    assert_memory_equal(wav + 8, head + 8, 32); /* all but the lengths */
    close_with();
}

/* Who stops to listen gets nothing from elsewhere, and the next sentence is asked about as before. */
static void stopped_while_asked(void **state)
{
    (void)state;
    open_with(1, "whisper");
    fake_script(&server, JSON "{\"te", FAKE_HOLD, 0);
    run(20, PATIENCE_MS);
    say_one(7, 300); /* say_one() ends with MSG_LISTEN_STOP */
    for (int i = 0; i < 200 && server.dropped == 0; i++)
        loop_step(rig.loop, 10);
    assert_int_equal(server.dropped, 1);
    assert_null(rig_find(&rig, MSG_TRANSCRIPT, 0));
    fake_script(&server, JSON "{\"text\":\"open the blinds\"}", FAKE_CLOSE, 0);
    say_one(8, PATIENCE_MS);
    assert_string_equal(only_transcript(8)->text, "open the blinds");
    close_with();
}

static void tell_house(const char *json)
{
    struct msg *m = msg_new(MSG_DEVICES, 0);

    assert_non_null(m);
    m->json = cJSON_Parse(json);
    assert_non_null(m->json);
    bus_post(rig.bus, m);
    run(5, PATIENCE_MS);
}

#define PROMPT "name=\"prompt\"\r\n\r\n"
static bool was_asked_with(const char *bytes)
{
    return memmem(server.request, server.request_len, bytes, strlen(bytes)) != NULL;
}

/* The names go along, as they are now; the answer that is only them is none. */
static void names_are_a_hint(void **state)
{
    static const char first[] = "[{\"name\":\"desk lamp\",\"area\":\"hall\"},{\"name\":\"fan\"}]";
    static const struct {
        const char *house, *prompt, *answer, *text; /* prompt NULL: none; text NULL: nothing was heard */
    } rows[] = {
        { NULL, NULL, JSON "{\"text\":\"open the blinds\"}", "open the blinds" },
        { first, PROMPT "hall, desk lamp, fan\r\n", JSON "{\"text\":\"the desk lamp\"}", "the desk lamp" },
        { NULL, PROMPT "hall, desk lamp, fan\r\n", JSON "{\"text\":\"Hall, desk lamp, fan.\"}", NULL },
        { "[{\"name\":\"oven\"}]", PROMPT "oven\r\n", JSON "{\"text\":\"hall, desk lamp\"}", "hall, desk lamp" },
        { "[]", NULL, JSON "{\"text\":\"turn on the oven\"}", "turn on the oven" },
    };

    (void)state;
    open_with(1, "whisper");
    run(20, PATIENCE_MS);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct rig_line *got;

        if (rows[i].house)
            tell_house(rows[i].house);
        fake_script(&server, rows[i].answer, FAKE_CLOSE, 0);
        say_one(20 + i, PATIENCE_MS);
        got = only_transcript(20 + i);
        assert_int_equal(got->code, rows[i].text ? 0 : -ENODATA);
        if (rows[i].text)
            assert_string_equal(got->text, rows[i].text);
        assert_int_equal(was_asked_with(PROMPT), rows[i].prompt != NULL);
        if (rows[i].prompt)
            assert_true(was_asked_with(rows[i].prompt));
    }
    close_with();
}

/* The language of the house was changed: the grammar that jarvis-stt still holds is of the one before,
 * and a sentence of the new one that sounds like a command of the old one would be done. */
static void another_language_is_never_done(void **state)
{
    static const struct {
        const char *language, *remote;
        int code;
        const char *text;
    } rows[] = {
        { "en", "none", 0, "turn on the lamp" },
        { "fr", "none", -ENOTSUP, "does not know the language" },
        { "fr", "whisper", 0, "allume la lampe" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct rig_line *got;

        open_with(0, rows[i].remote);
        fake_script(&server, JSON "{\"text\":\"allume la lampe\"}", FAKE_CLOSE, 0);
        run(20, PATIENCE_MS);
        snprintf(rig.settings.language, sizeof(rig.settings.language), "%s", rows[i].language);
        rig_post(&rig, MSG_SETTINGS, 0, "language", 0);
        say_one(7, PATIENCE_MS);
        got = only_transcript(7);
        assert_int_equal(got->code, rows[i].code);
        assert_non_null(strstr(got->text, rows[i].text));
        close_with();
    }
}

static const struct rig_line *last_fault(const char *part)
{
    const struct rig_line *found = NULL;

    for (size_t i = 0; i < rig.n; i++)
        if (rig.log[i].type == MSG_FAULT && strcmp(rig.log[i].part, part) == 0)
            found = &rig.log[i];
    return found;
}

/* Whose language nobody hears is told so, as long as it is so, and what helps. */
static void nobody_hears_the_language(void **state)
{
    static const struct {
        const char *language, *remote, *key; /* key: of the change that is told */
        int code;
        const char *words; /* NULL: nothing was ever told */
    } rows[] = {
        { "en", "none", "language", 0, NULL },
        { "fr", "none", "language", -ENOTSUP, "'fr'" },
        { "de", "none", "language", -ENOTSUP, "'de' needs an engine" },
        { "de", "whisper", "stt.remote", 0, "is heard" },
        { "de", "wyoming", "stt.remote", -ENOTSUP, "'de'" }, /* an address that does not fit it */
        { "en", "wyoming", "language", 0, "is heard" },
        { "nl", "none", "stt.remote", -ENOTSUP, "'nl'" },
    };

    (void)state;
    open_with(0, "none");
    run(5, PATIENCE_MS);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct rig_line *told;

        snprintf(rig.settings.language, sizeof(rig.settings.language), "%s", rows[i].language);
        snprintf(rig.settings.stt_remote, sizeof(rig.settings.stt_remote), "%s", rows[i].remote);
        rig_post(&rig, MSG_SETTINGS, 0, rows[i].key, 0);
        run(5, PATIENCE_MS);
        told = last_fault("stt.language");
        assert_int_equal(told != NULL, rows[i].words != NULL);
        if (!told)
            continue;
        assert_int_equal(told->code, rows[i].code);
        assert_non_null(strstr(told->text, rows[i].words));
    }
    close_with();
}

static const struct {
    const char *text, *phrase, *want;
} phrases[] = {
    { "Jarvis, turn on the lamp.", "jarvis", "turn on the lamp." },
    { " jarvis turn on", "jarvis", "turn on" },
    { "\"Jarvis!\" Turn on", "jarvis", "Turn on" },
    { "Hey Jarvis. Stop", "hey jarvis", "Stop" },
    { "turn on the lamp", "jarvis", "turn on the lamp" },
    { "Jarvison is here", "jarvis", "Jarvison is here" },
    { "Jarvis's lamp", "jarvis", "Jarvis's lamp" },
    { "jarv", "jarvis", "jarv" },
    { "Jarvis", "jarvis", "" },
    { "", "jarvis", "" },
    { "jarvis \xc3\xa9teins", "jarvis", "\xc3\xa9teins" },
    { "jarvis\xc3\xa9 x", "jarvis", "jarvis\xc3\xa9 x" },
};

static void the_phrase_is_no_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        assert_string_equal(second_without(phrases[i].text, phrases[i].phrase), phrases[i].want);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_transcript_a_sentence),
        cmocka_unit_test(the_same_sound),
        cmocka_unit_test(stopped_while_asked),
        cmocka_unit_test(names_are_a_hint),
        cmocka_unit_test(nobody_hears_the_language),
        cmocka_unit_test(another_language_is_never_done),
        cmocka_unit_test(the_phrase_is_no_command),
    };

    if (argc > 0 && (rig_is_called(argv[0], "jarvis-stt") || rig_is_called(argv[0], "jarvis-tts")))
        return helper_main(argv[0]);
    return cmocka_run_group_tests_name("second", tests, NULL, NULL);
}
