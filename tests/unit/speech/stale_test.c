/* SPDX-License-Identifier: Apache-2.0 */
/* speech: messages that belong to an older session, and a microphone that is not there. Both
 * helpers are played by this program: the recogniser hears "done" in every utterance. */
#include "speech/speech.h"

#include "base/str.h"
#include "rig.h"
#include "speech/wire.h"

static struct rig rig;
static struct speech *speech;

/* ---- the helpers' side ----------------------------------------------------------------------- */

static int stt_main(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct wire_progress p = { 0 };
    struct rpc_frame f;

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        if (f.type == STT_CONFIG)
            rpc_send(HELPER_FD, STT_CONFIG_OK, f.serial, "{}", 2, NULL);
        p.state = f.type == UTT_AUDIO ? WIRE_FINAL : 0;
        if (f.type == WAKE_AUDIO || f.type == UTT_AUDIO)
            rpc_send(HELPER_FD, f.type + 1, f.serial, &p, sizeof(p), NULL);
        if (f.type == UTT_END)
            rpc_send(HELPER_FD, UTT_RESULT, f.serial, "{\"text\":\"done\"}", 15, NULL);
    }
    return 0;
}

static int tts_main(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0)
        if (f.type == TTS_SPEAK)
            rpc_send(HELPER_FD, TTS_END, f.serial, "{}", 2, NULL);
    return 0;
}

/* ---- this side ------------------------------------------------------------------------------- */

static void tick(int count)
{
    int64_t end = rig_real_ms() + RIG_PATIENCE_MS;

    while (count-- > 0) {
        audio_step(rig.audio);
        speech_step(speech);
        do {
            bool ran = loop_step(rig.loop, speech_is_busy(speech) ? 20 : 0);

            if (!ran && !speech_is_busy(speech))
                break;
        } while (rig_real_ms() < end);
        clock_advance_usec(&rig.clock, RIG_TICK_USEC);
    }
}

static void open_speech(bool microphone)
{
    rig_open(&rig, true, "");
    rig_play(&rig, "jarvis-stt");
    rig_play(&rig, "jarvis-tts");
    if (!microphone) { /* the same again, but never opened */
        struct audio_opts o = { .capture_hal = &hal_audio_sim, .playback_hal = &hal_audio_sim,
                                .clock = &rig.clock };

        rig.audio = audio_free(rig.audio);
        assert_int_equal(audio_new(&rig.audio, &o, NULL), 0);
    }
    const struct speech_deps d = { .loop = rig.loop, .bus = rig.bus, .audio = rig.audio,
                                   .settings = &rig.settings, .paths = &rig.paths };

    assert_int_equal(speech_new(&speech, &d, NULL), 0);
    assert_int_equal(speech_start(speech, NULL), 0);
    for (int i = 0; i < 200 && speech_is_busy(speech); i++)
        loop_step(rig.loop, 50);
    assert_false(speech_is_busy(speech));
    if (microphone)
        tick(20); /* the room is quiet before anyone speaks */
}

static void close_speech(void)
{
    speech = speech_free(speech);
    rig_close(&rig);
}

static void listen_now(uint64_t session, uint64_t endpoint)
{
    struct msg *m = msg_new(MSG_LISTEN, session);

    assert_non_null(m);
    m->listen.from_position = UINT64_MAX;
    m->endpoint = endpoint;
    bus_post(rig.bus, m);
}

static void hear_tone(unsigned ms)
{
    static int16_t loud[16000];

    for (size_t i = 0; i < ms * 16u; i++)
        loud[i] = i % 64 < 32 ? 8000 : -8000;
    rig_hear(&rig, loud, ms * 16u);
}

static void post_end(uint64_t session, enum end_reason reason)
{
    struct msg *m = msg_new(MSG_SPEECH_END, session);

    assert_non_null(m);
    m->end.reason = reason;
    bus_post(rig.bus, m);
}

static void post_fault(const char *part, int code)
{
    bus_post_fault(rig.bus, part, code, "by the test");
}

static void post_mute(bool on)
{
    struct msg *m = msg_new(MSG_MUTE, 0);

    assert_non_null(m);
    m->mute.on = on;
    bus_post(rig.bus, m);
}

/* Session 1 is over when session 2 listens; what arrives late for 1 must not touch 2. Steps of
 * session 1: e ends without speech, E ends by silence, s is stopped; 9: session 9 is stopped. */
static void older_sessions_touch_nothing(void **state)
{
    static const char *const scripts[] = { "", "e", "E", "s", "ese", "9", "s9e" };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        open_speech(true);
        listen_now(1, ENDPOINT_BOX);
        tick(5);
        rig_post(&rig, MSG_LISTEN_STOP, 1, NULL, 0);
        listen_now(2, ENDPOINT_BOX);
        tick(5);
        for (const char *p = scripts[i]; *p; p++) {
            if (*p == 'e' || *p == 'E')
                post_end(1, *p == 'e' ? END_NO_SPEECH : END_SILENCE);
            else
                rig_post(&rig, MSG_LISTEN_STOP, *p == 's' ? 1 : 9, NULL, 0);
            tick(1);
        }
        hear_tone(500);
        tick(200);
        if (!rig_find(&rig, MSG_TRANSCRIPT, 0))
            fail_msg("'%s': no transcript at all", scripts[i]);
        assert_int_equal(rig_find(&rig, MSG_TRANSCRIPT, 0)->session, 2);
        assert_string_equal(rig_find(&rig, MSG_TRANSCRIPT, 0)->text, "done");
        assert_null(rig_find(&rig, MSG_TRANSCRIPT, 1));
        close_speech();
    }
}

/* One answer at once, and none after it, whatever makes the box deaf. */
static void deaf_is_told_at_once(void **state)
{
    static const struct {
        const char *name;
        bool microphone;
        char before, while_listening; /* m: mute, f: fault of the microphone, g: of another part */
        int code;
        const char *words;
    } cases[] = {
        { "no microphone", false, 0, 0, -ENODEV, "no microphone" },
        { "turned off", true, 'm', 0, -ENODEV, "turned off" },
        { "turned off while listening", true, 0, 'm', -ENODEV, "turned off" },
        { "lost while listening", true, 0, 'f', -ENODEV, "was lost" },
        { "another part's fault", true, 0, 'g', 0, "done" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char steps[] = { cases[i].before, cases[i].while_listening };
        const struct rig_line *said;

        open_speech(cases[i].microphone);
        for (int k = 0; k < 2; k++) {
            if (steps[k] == 'm')
                post_mute(true);
            if (steps[k] == 'f' || steps[k] == 'g')
                post_fault(steps[k] == 'f' ? "microphone" : "loudspeaker", -EIO);
            loop_step(rig.loop, 0);
            if (k == 0) {
                listen_now(7, ENDPOINT_BOX);
                if (cases[i].microphone)
                    hear_tone(400);
                loop_step(rig.loop, 0);
                loop_step(rig.loop, 0);
                if (cases[i].while_listening)
                    tick(30);
            }
        }
        loop_step(rig.loop, 0);
        if (cases[i].code == 0)
            tick(200);
        said = rig_find(&rig, MSG_TRANSCRIPT, 0);
        if (!said)
            fail_msg("%s: not told at once", cases[i].name);
        assert_int_equal(said->session, 7);
        assert_int_equal(said->code, cases[i].code);
        if (!strstr(said->text, cases[i].words))
            fail_msg("%s: '%s'", cases[i].name, said->text);
        if (cases[i].microphone)
            tick(400);
        assert_null(rig_find(&rig, MSG_TRANSCRIPT, 1));
        close_speech();
    }
}

/* A sign that it listens, once for each time; the source is given back, so that the device can rest. */
static void chimes_when_it_listens(void **state)
{
    (void)state;
    for (int on = 0; on <= 1; on++) {
        struct play *all[PLAY_SOURCES_MAX] = { NULL };

        open_speech(true);
        rig.settings.audio_chime = on == 1;
        listen_now(1, ENDPOINT_BOX);
        loop_step(rig.loop, 0);
        loop_step(rig.loop, 0);
        for (int i = 0; i < PLAY_SOURCES_MAX; i++) { /* how many sources are taken? */
            int r = play_open(&all[i], rig.audio, PLAY_MEDIA, 16000, NULL);

            assert_int_equal(r, on == 1 && i == PLAY_SOURCES_MAX - 1 ? -ENOSPC : 0);
        }
        for (int i = 0; i < PLAY_SOURCES_MAX; i++)
            all[i] = play_close(all[i]);
        tick(50);
        for (int i = 0; i < PLAY_SOURCES_MAX; i++)
            assert_int_equal(play_open(&all[i], rig.audio, PLAY_MEDIA, 16000, NULL), 0);
        for (int i = 0; i < PLAY_SOURCES_MAX; i++)
            play_close(all[i]);
        close_speech();
    }
}

/* Browsers and satellites have microphones of their own. */
static void other_endpoints_are_not_ours(void **state)
{
    struct msg *say;

    (void)state;
    open_speech(true);
    listen_now(3, endpoint_of(ORIGIN_WEBSOCKET, 5));
    say = msg_new(MSG_SAY, 3);
    assert_non_null(say);
    say->endpoint = endpoint_of(ORIGIN_SATELLITE, 1);
    say->say.serial = 1;
    bus_post(rig.bus, say);
    hear_tone(500);
    tick(400);
    assert_null(rig_find(&rig, MSG_TRANSCRIPT, 0));
    assert_null(rig_find(&rig, MSG_SPEECH_END, 0));
    assert_null(rig_find(&rig, MSG_SAID, 0));
    close_speech();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_sessions_touch_nothing),
        cmocka_unit_test(deaf_is_told_at_once),
        cmocka_unit_test(chimes_when_it_listens),
        cmocka_unit_test(other_endpoints_are_not_ours),
    };

    if (argc > 0 && rig_is_called(argv[0], "jarvis-stt"))
        return stt_main();
    if (argc > 0 && rig_is_called(argv[0], "jarvis-tts"))
        return tts_main();
    return cmocka_run_group_tests_name("stale", tests, NULL, NULL);
}
