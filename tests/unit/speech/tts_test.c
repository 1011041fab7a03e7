/* SPDX-License-Identifier: Apache-2.0 */
/* tts: sentences through the real jarvis-tts into the simulated loudspeaker, on the virtual
 * clock; what becomes of them when they are hushed and when the helper is killed. */
#include "lib/fake_server.h"
#include "lib/hurt.h"
#include "base/str.h"
#include "speech/chime.h"
#include "speech/tts.h"
#include "speech/wav_head.h"
#include "speech/wire.h"

#include "rig.h"

#include <signal.h>

static struct rig rig;
static struct tts *tts;
static struct wire_sounds phonemes; /* of the last answer */

static void on_phonemes(const struct field_list *sounds, void *user)
{
    const struct wire_sound *said = sounds->items;
    size_t room = WIRE_ROOM_BYTES;

    (void)user;
    wire_sounds_done(&phonemes);
    for (size_t i = 0; i < sounds->n; i++)
        assert_int_equal(wire_sound_add(&phonemes.words, &room, said[i].word, said[i].sound), 0);
}

static const char *phonemes_of(const char *word)
{
    const struct wire_sound *said = phonemes.words.items;

    for (size_t i = 0; i < phonemes.words.n; i++)
        if (strcmp(said[i].word, word) == 0)
            return said[i].sound;
    return NULL;
}

static void tick(void)
{
    int64_t until = rig_real_ms() + RIG_PATIENCE_MS;

    audio_step(rig.audio);
    do {
        loop_step(rig.loop, tts_owes(tts) ? 20 : 0);
        assert_true(rig_real_ms() < until);
    } while (tts_owes(tts));
    while (loop_step(rig.loop, 0))
        ;
    clock_advance_usec(&rig.clock, RIG_TICK_USEC);
}

static void tts_open(void)
{
    const struct tts_deps d = {
        .loop = rig.loop,
        .bus = rig.bus,
        .audio = rig.audio,
        .settings = &rig.settings,
        .paths = &rig.paths,
        .on_phonemes = on_phonemes,
    };

    assert_int_equal(tts_new(&tts, &d, NULL), 0);
    tick();
}

static int set_up(void **state)
{
    (void)state;
    if (!rig_helpers())
        return 0;
    rig_open(&rig, true, rig_helpers());
    tts_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (!rig_helpers())
        return 0;
    tts = tts_free(tts);
    wire_sounds_done(&phonemes);
    rig_close(&rig);
    return 0;
}

/* Runs until `n` sentences are answered; they must be, within a minute of virtual time. */
static void until_said(size_t n)
{
    for (int i = 0; i < 6000 && !rig_find(&rig, MSG_SAID, n - 1); i++)
        tick();
    assert_non_null(rig_find(&rig, MSG_SAID, n - 1));
}

static void until_started(size_t n)
{
    for (int i = 0; i < 1000 && !rig_find(&rig, MSG_SAY_START, n - 1); i++)
        tick();
    assert_non_null(rig_find(&rig, MSG_SAY_START, n - 1));
}

static void speaks_in_order(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    tts_say(tts, 7, 1, "One.");
    tts_say(tts, 7, 2, "Two.");
    tts_say(tts, 7, 3, "Three.");
    until_said(3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct rig_line *start = rig_find(&rig, MSG_SAY_START, i);
        const struct rig_line *said = rig_find(&rig, MSG_SAID, i);

        assert_int_equal(start->serial, i + 1);
        assert_int_equal(said->serial, i + 1);
        assert_int_equal(said->code, 0);
        assert_int_equal(said->session, 7);
        assert_true(start->at_usec < said->at_usec);
    }
}

/* "Done" needs no voice, and keeps its place in the row. */
static void chimes_in_its_place(void **state)
{
    int16_t frames[CHIME_FRAMES];
    int loud = 0, quiet = 0;

    (void)state;
    RIG_NEED_HELPERS();
    tts_say(tts, 7, 1, "One.");
    tts_say(tts, 7, 2, SAY_CHIME);
    tts_say(tts, 7, 3, SAY_CHIME);
    until_said(3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rig_find(&rig, MSG_SAY_START, i)->serial, i + 1);
        assert_int_equal(rig_find(&rig, MSG_SAID, i)->serial, i + 1);
        assert_int_equal(rig_find(&rig, MSG_SAID, i)->code, 0);
    }
    chime_done(frames);
    for (size_t i = 0; i < CHIME_FRAMES; i++) {
        loud += frames[i] > 2000 || frames[i] < -2000;
        quiet += frames[i] > 3400 || frames[i] < -3400; /* -20 dBFS is 3,277 */
    }
    assert_true(loud > 300 && quiet == 0 && frames[0] == 0);
}

/* Every text is answered: with sound, or with words. */
static void answers_every_text(void **state)
{
    static char endless[2002];
    static const struct {
        const char *text;
        int code;
        const char *words;
    } cases[] = {
        { "Hello.", 0, "" },
        { "Größe, naïve.", 0, "" },
        { "", -EIO, "empty" },
        { "   ", -EIO, "empty" },
        { "a\x01" "b", -EIO, "control character" },
        { "two\nlines", -EIO, "control character 10" },
        { "<speak>&amp; [[h@]]", 0, "" },
        { endless, -EIO, "2001 bytes" },
    };

    (void)state;
    RIG_NEED_HELPERS();
    memset(endless, 'a', 2001);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rig_line *said;

        tts_say(tts, 1, (uint32_t)i + 1, cases[i].text);
        until_said(i + 1);
        said = rig_find(&rig, MSG_SAID, i);
        if (said->code != cases[i].code || !strstr(said->text, cases[i].words))
            fail_msg("'%s': code %d, '%s'", cases[i].text, said->code, said->text);
    }
}

static void hushes_all(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    for (uint32_t i = 1; i <= 4; i++)
        tts_say(tts, 1, i, "This is a rather long sentence that nobody will hear the end of.");
    until_started(1);
    tts_hush(tts);
    tick();
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(rig_find(&rig, MSG_SAID, i));
        assert_int_equal(rig_find(&rig, MSG_SAID, i)->code, -ECANCELED);
    }
    assert_null(rig_find(&rig, MSG_SAID, 4));
    tts_say(tts, 1, 5, "Afterwards.");
    until_said(5);
    assert_int_equal(rig_find(&rig, MSG_SAID, 4)->code, 0);
}

static void refuses_too_many(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    for (uint32_t i = 1; i <= TTS_QUEUE_MAX + 1; i++)
        tts_say(tts, 1, i, "Again.");
    tick();
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->serial, TTS_QUEUE_MAX + 1);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, -ENOSPC);
    tts_hush(tts);
    tick();
}

static pid_t voice_pid(void)
{
    unsigned restarts;
    pid_t pid;

    tts_stats(tts, &pid, &restarts);
    return pid;
}

/* Killed before a sound of it was there: nobody notices. */
static void asks_again_what_nobody_heard(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    hurt(voice_pid(), SIGSTOP);
    tts_say(tts, 1, 1, "You will hear this.");
    loop_step(rig.loop, 0);
    hurt(voice_pid(), SIGKILL);
    until_said(1);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, 0);
    assert_non_null(rig_find(&rig, MSG_SAY_START, 0));
}

/* ---- a helper that breaks off ---------------------------------------------------------------- */

enum { FAKE_RATE_HZ = 22050 };

static void fake_sound(uint32_t serial, unsigned ms)
{
    const struct wire_speech head = { .rate_hz = FAKE_RATE_HZ };
    int16_t frames[FAKE_RATE_HZ / 10];

    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        frames[i] = i % 50 < 25 ? 5000 : -5000;
    for (; ms >= 100; ms -= 100)
        rpc_send2(HELPER_FD, TTS_AUDIO, serial, &head, sizeof(head), frames, sizeof(frames), NULL);
}

/* Apologies of a second, "break.." that never ends, everything else 200 ms. */
static int fake_voice_main(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;
    int r;

    while ((r = rpc_recv(HELPER_FD, packet, &f, -1, NULL)) > 0) {
        AUTO_JSON *j = NULL;
        const char *text;

        if (f.type != TTS_SPEAK || rpc_json(&j, &f, NULL) < 0)
            continue;
        text = json_str(j, "text", "");
        fake_sound(f.serial, str_starts(text, "Sorry")   ? 1000
                             : str_starts(text, "break") ? 500
                                                         : 200);
        if (!str_starts(text, "break"))
            rpc_send(HELPER_FD, TTS_END, f.serial, "{}", 2, NULL);
    }
    return 0;
}

static int set_up_fake(void **state)
{
    (void)state;
    rig_open(&rig, true, "");
    rig_play(&rig, "jarvis-tts");
    tts_open();
    return 0;
}

static int tear_down_fake(void **state)
{
    (void)state;
    tts = tts_free(tts);
    rig_close(&rig);
    return 0;
}

/* Killed while it is made and heard: the apology, then the bad news, then what comes after. */
static void apologises_for_what_breaks_off(void **state)
{
    int64_t killed_usec;
    const struct rig_line *said;

    (void)state;
    tts_say(tts, 1, 1, "break");
    for (int i = 0; i < 3000 && !rig_find(&rig, MSG_SAY_START, 0); i++) {
        loop_step(rig.loop, 5); /* the helper never finishes: no waiting for it */
        audio_step(rig.audio);
        clock_advance_usec(&rig.clock, RIG_TICK_USEC);
    }
    assert_non_null(rig_find(&rig, MSG_SAY_START, 0));
    tts_say(tts, 1, 2, "after");
    killed_usec = clock_mono_usec(&rig.clock);
    hurt(voice_pid(), SIGKILL);
    until_said(2);
    said = rig_find(&rig, MSG_SAID, 0);
    assert_int_equal(said->serial, 1);
    assert_int_equal(said->code, -ECONNRESET);
    assert_true(said->at_usec - killed_usec >= 1000000); /* the apology takes that long */
    assert_int_equal(rig_find(&rig, MSG_SAID, 1)->serial, 2);
    assert_int_equal(rig_find(&rig, MSG_SAID, 1)->code, 0);
    assert_null(rig_find(&rig, MSG_SAY_START, 2));
}

static void tells_phonemes(void **state)
{
    /* names that a house may have: of a key of frames, twice, of letters alone, of no sound */
    static char *list[] = { (char *)"zigbee", (char *)"kitchen", (char *)"error", (char *)"words",
                            (char *)"zigbee", (char *)"\"" };
    const struct field_list words = { list, 6 };

    (void)state;
    RIG_NEED_HELPERS();
    assert_int_equal(tts_phonemes(tts, &words, NULL), 0);
    tick();
    assert_string_equal(phonemes_of("kitchen"), "k_'I_tS_@_n");
    assert_non_null(phonemes_of("zigbee"));
    assert_non_null(phonemes_of("error"));
    assert_non_null(phonemes_of("words"));
    /* asked while the helper is away: answered when it is back */
    wire_sounds_done(&phonemes);
    hurt(voice_pid(), SIGKILL);
    for (int i = 0; i < 100 && voice_pid(); i++)
        loop_step(rig.loop, 20);
    assert_int_equal(tts_phonemes(tts, &words, NULL), 0);
    for (int i = 0; i < 200 && phonemes.words.n == 0; i++)
        tick();
    assert_non_null(phonemes_of("error"));
}

/* ---- a voice on another machine -------------------------------------------------------------- */

enum { ELSEWHERE_SAMPLES = 8000 };

static struct fake_server server;

#define WAV_ANSWER "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n"

/* The server will answer with half a second of sound, in this manner. */
static void script_sound(enum fake_manner manner)
{
    static uint8_t bytes[sizeof(WAV_ANSWER) + WAV_HEAD_BYTES + 2 * ELSEWHERE_SAMPLES];
    size_t head = sizeof(WAV_ANSWER) - 1;

    memcpy(bytes, WAV_ANSWER, head);
    wav_head_put(bytes + head, 16000, 4 * ELSEWHERE_SAMPLES); /* more than will come, where it hangs */
    for (size_t i = 0; i < ELSEWHERE_SAMPLES; i++)
        bytes[head + WAV_HEAD_BYTES + 2 * i + 1] = i % 40 < 20 ? 16 : 240;
    if (manner == FAKE_CLOSE)
        wav_head_put(bytes + head, 16000, ELSEWHERE_SAMPLES);
    fake_script_bytes(&server, bytes, head + WAV_HEAD_BYTES + 2 * ELSEWHERE_SAMPLES, manner, 0);
}

static int set_up_elsewhere(void **state)
{
    set_up(state);
    if (!rig_helpers())
        return 0;
    if (fake_start(&server) != 0)
        return -1;
    snprintf(rig.settings.tts_remote, sizeof(rig.settings.tts_remote), "piper");
    snprintf(rig.settings.tts_url, sizeof(rig.settings.tts_url), "http://127.0.0.1:%u", server.port);
    rig.settings.tts_connect_ms = 1000;
    rig.settings.tts_remote_ms = 2500;
    tts_settings_changed(tts);
    return 0;
}

static int tear_down_elsewhere(void **state)
{
    tear_down(state);
    if (rig_helpers())
        fake_stop(&server);
    return 0;
}

/* How often the part was told to have failed (or to be well again). */
static unsigned faults_of_remote(int code)
{
    unsigned n = 0;

    for (size_t i = 0; i < rig.n; i++)
        n += rig.log[i].type == MSG_FAULT && strcmp(rig.log[i].part, "tts.remote") == 0 &&
             (rig.log[i].code < 0) == (code < 0);
    return n;
}

static void speaks_elsewhere(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    script_sound(FAKE_CLOSE);
    tts_say(tts, 7, 1, "One.");
    tts_say(tts, 7, 2, "Two.");
    until_said(2);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, 0);
    assert_int_equal(rig_find(&rig, MSG_SAID, 1)->code, 0);
    assert_int_equal(server.requests, 2);
    assert_int_equal(faults_of_remote(-1), 0);
}

/* Nothing of it was heard: the helper says it, and the fault is told once and ends. */
static void helper_stands_in(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    fake_script(&server, "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", FAKE_CLOSE, 0);
    tts_say(tts, 7, 1, "One.");
    until_said(1);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, 0);
    assert_int_equal(server.requests, 1);
    assert_int_equal(faults_of_remote(-1), 1);
    script_sound(FAKE_CLOSE);
    tts_say(tts, 7, 2, "Two.");
    until_said(2);
    assert_int_equal(server.requests, 2);
    assert_int_equal(faults_of_remote(0), 1);
}

/* Half of it was heard: the apology takes the place of the rest, it does not begin again. */
static void breaks_off_elsewhere(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    script_sound(FAKE_HOLD);
    tts_say(tts, 7, 1, "One.");
    /* time stands still until the server answers: on a busy machine it would else be too late */
    for (int i = 0; i < 1000 && server.requests == 0; i++)
        loop_step(rig.loop, 5);
    for (int i = 0; i < 1000 && !rig_find(&rig, MSG_SAY_START, 0); i++) {
        audio_step(rig.audio);
        loop_step(rig.loop, 5);
        clock_advance_usec(&rig.clock, RIG_TICK_USEC);
    }
    assert_non_null(rig_find(&rig, MSG_SAY_START, 0));
    clock_advance_usec(&rig.clock, 4000000); /* it is silent for too long */
    until_said(1);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, -ECONNRESET);
    assert_int_equal(faults_of_remote(-1), 1);
}

static void hushes_elsewhere(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    script_sound(FAKE_HOLD);
    tts_say(tts, 7, 1, "One.");
    tts_say(tts, 7, 2, "Two.");
    for (int i = 0; i < 1000 && server.requests == 0; i++)
        loop_step(rig.loop, 5);
    tts_hush(tts);
    until_said(2);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, -ECANCELED);
    assert_int_equal(rig_find(&rig, MSG_SAID, 1)->code, -ECANCELED);
    for (int i = 0; i < 1000 && server.dropped == 0; i++)
        loop_step(rig.loop, 5);
    assert_int_equal(server.dropped, 1);
    assert_int_equal(faults_of_remote(-1), 0);
}

/* Settings that do not fit are a fault; the voice goes on without. */
static void address_that_is_none(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    snprintf(rig.settings.tts_url, sizeof(rig.settings.tts_url), "tcp://box:1");
    tts_settings_changed(tts);
    tts_say(tts, 7, 1, "One.");
    until_said(1);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, 0);
    assert_int_equal(faults_of_remote(-1), 1);
    snprintf(rig.settings.tts_remote, sizeof(rig.settings.tts_remote), "none");
    tts_settings_changed(tts);
    tick();
    assert_int_equal(faults_of_remote(0), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(speaks_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chimes_in_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_every_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hushes_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_again_what_nobody_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(apologises_for_what_breaks_off, set_up_fake,
                                        tear_down_fake),
        cmocka_unit_test_setup_teardown(tells_phonemes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(speaks_elsewhere, set_up_elsewhere, tear_down_elsewhere),
        cmocka_unit_test_setup_teardown(helper_stands_in, set_up_elsewhere, tear_down_elsewhere),
        cmocka_unit_test_setup_teardown(breaks_off_elsewhere, set_up_elsewhere, tear_down_elsewhere),
        cmocka_unit_test_setup_teardown(hushes_elsewhere, set_up_elsewhere, tear_down_elsewhere),
        cmocka_unit_test_setup_teardown(address_that_is_none, set_up_elsewhere, tear_down_elsewhere),
    };

    if (argc > 0 && rig_is_called(argv[0], "jarvis-tts"))
        return fake_voice_main();
    return cmocka_run_group_tests_name("tts", tests, NULL, NULL);
}
