/* SPDX-License-Identifier: Apache-2.0 */
/* speech: the whole of it with both real helpers. Commands are spoken by jarvis-tts itself into
 * the simulated microphone; the test plays the assistant. */
#include "lib/hurt.h"
#include "speech/speech.h"

#include "base/str.h"
#include "rig.h"
#include "speech/wire.h"

#include <dirent.h>
#include <signal.h>

enum { SPOKEN_MAX = 16000 * 20, RECORDINGS = 12 };

static struct rig rig;
static struct speech *speech;

/* "turn on|off the kitchen|eneby light|fan" and "stop": eneby is in no dictionary. */
static const char grammar[] =
    "FSG_BEGIN test\nNUM_STATES 7\nSTART_STATE 0\nFINAL_STATE 6\n"
    "TRANSITION 0 1 1.0 turn\nTRANSITION 1 2 1.0 on\nTRANSITION 1 2 1.0 off\n"
    "TRANSITION 2 3 1.0 the\nTRANSITION 3 4 1.0 kitchen\nTRANSITION 3 4 1.0 eneby\n"
    "TRANSITION 4 5 1.0 light\nTRANSITION 4 5 1.0 fan\nTRANSITION 5 6 1.0\n"
    "TRANSITION 0 6 1.0 stop\nFSG_END\n";

/* ---- a voice for the microphone -------------------------------------------------------------- */

struct spoken {
    int16_t *frames; /* owned; 16 kHz */
    size_t n;
    bool done, asked;
};

static void spoken_on_frame(struct helper *h, const struct rpc_frame *f, void *user)
{
    struct spoken *s = user;
    struct wire_speech head;

    (void)h;
    if (f->type == TTS_END)
        s->done = true;
    if (f->type != TTS_AUDIO)
        return;
    memcpy(&head, f->payload, sizeof(head));
    for (size_t i = 0; s->n < SPOKEN_MAX; i++) { /* nearest sample: good enough for the model */
        size_t at = sizeof(head) + i * head.rate_hz / 16000 * sizeof(int16_t);

        if (at + sizeof(int16_t) > f->len)
            break;
        memcpy(&s->frames[s->n++], f->payload + at, sizeof(int16_t));
    }
}

static void spoken_on_state(struct helper *h, bool up, const char *why, void *user)
{
    struct spoken *s = user;
    AUTO_JSON *j = cJSON_CreateObject();

    (void)why;
    if (!up || s->asked)
        return;
    s->asked = true;
    cJSON_AddStringToObject(j, "text", (const char *)s->frames);
    cJSON_AddStringToObject(j, "voice", "");
    cJSON_AddStringToObject(j, "language", "en");
    cJSON_AddNumberToObject(j, "rate_wpm", 150);
    assert_int_equal(helper_send_json(h, TTS_SPEAK, 1, j, NULL), 0);
}

/* Lets the microphone hear `text`, with some silence around it. */
static void hear_spoken(const char *text)
{
    struct spoken s = { .frames = calloc(SPOKEN_MAX, sizeof(int16_t)) };
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(helper_freep) struct helper *h = NULL;
    char program[PATHS_BYTES + 16];
    struct clock clock;
    const struct helper_opts o = {
        .name = "jarvis-tts",
        .program = program,
        .on_state = spoken_on_state,
        .on_frame = spoken_on_frame,
        .user = &s,
    };
    int64_t until = rig_real_ms() + RIG_PATIENCE_MS;

    assert_non_null(s.frames);
    snprintf((char *)s.frames, SPOKEN_MAX, "%s", text);
    snprintf(program, sizeof(program), "%s/jarvis-tts", rig_helpers());
    clock_init_real(&clock);
    assert_int_equal(loop_new(&loop, &clock, NULL), 0);
    assert_int_equal(helper_new(&h, loop, &o, NULL), 0);
    while (!s.done && rig_real_ms() < until)
        loop_step(loop, 20);
    assert_true(s.done && s.n > 1000);
    rig_hear(&rig, s.frames, s.n);
    rig_hear_silence(&rig, 800);
    free(s.frames);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void settle(void)
{
    int64_t until = rig_real_ms() + RIG_PATIENCE_MS;

    for (;;) {
        bool busy = speech_is_busy(speech);
        bool ran = loop_step(rig.loop, busy ? 20 : 0);

        if (!ran && !speech_is_busy(speech))
            return;
        assert_true(rig_real_ms() < until);
    }
}

static void tick(void)
{
    audio_step(rig.audio);
    speech_step(speech);
    settle();
    clock_advance_usec(&rig.clock, RIG_TICK_USEC);
}

/* Until the n-th line of a type is there: at most a minute of virtual time. */
static const struct rig_line *until(enum msg_type type, size_t n)
{
    for (int i = 0; i < 6000 && !rig_find(&rig, type, n); i++)
        tick();
    assert_non_null(rig_find(&rig, type, n));
    return rig_find(&rig, type, n);
}

static void listen_now(uint64_t session, uint64_t position)
{
    struct msg *m = msg_new(MSG_LISTEN, session);

    assert_non_null(m);
    m->listen.from_position = position;
    bus_post(rig.bus, m);
}

static void load_grammar(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/grammar.fsg", rig.dir);
    assert_int_equal(file_write(path, grammar, strlen(grammar), 0600, NULL), 0);
    rig_post(&rig, MSG_GRAMMAR, 0, path, 0);
}

static void open_speech(bool is_virtual)
{
    rig_open(&rig, is_virtual, rig_helpers());
    const struct speech_deps d = {
        .loop = rig.loop,
        .bus = rig.bus,
        .audio = rig.audio,
        .settings = &rig.settings,
        .paths = &rig.paths,
    };

    assert_int_equal(speech_new(&speech, &d, NULL), 0);
    assert_int_equal(speech_start(speech, NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!rig_helpers())
        return 0;
    open_speech(true);
    load_grammar();
    for (int i = 0; i < 500 && !speech_is_ready(speech); i++)
        tick();
    assert_true(speech_is_ready(speech));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (!rig_helpers())
        return 0;
    speech = speech_free(speech);
    rig_close(&rig);
    return 0;
}

static struct speech_stats stats(void)
{
    struct speech_stats s;

    speech_stats(speech, &s);
    return s;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void understands_commands(void **state)
{
    static const struct {
        const char *spoken, *text;
        int code;
        bool may_ask; /* rather than be sure of one word that is all: on, off */
    } cases[] = {
        { "turn on the kitchen light", "turn on the kitchen light", 0, false },
        { "Turn off the kitchen fan.", "turn off the kitchen fan", 0, true },
        { "jarvis. turn on the kitchen fan", "turn on the kitchen fan", 0, false },
        { "turn on the eneby light", "turn on the eneby light", 0, false },
        /* what stops before its end is never completed to a command */
        { "turn off the", NULL, -ENODATA, false },
        { "turn on", NULL, -ENODATA, false },
        { "turn off the kitchen", NULL, -ENODATA, false },
        { "set the kitchen light to", NULL, -ENODATA, false },
        { "set the eneby light to", NULL, -ENODATA, false },
        { "my brother bought a wonderful new car yesterday", NULL, -ENODATA, false },
    };

    (void)state;
    RIG_NEED_HELPERS();
    assert_int_equal(stats().grammar_unknown, 0); /* the voice has told how to say eneby */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rig_line *end, *said;

        listen_now(i + 1, UINT64_MAX);
        rig_hear_silence(&rig, 300);
        hear_spoken(cases[i].spoken);
        said = until(MSG_TRANSCRIPT, i);
        end = rig_find(&rig, MSG_SPEECH_END, i);
        assert_non_null(rig_find(&rig, MSG_SPEECH_START, i));
        assert_true(end && end < said && end->reason == END_SILENCE);
        assert_int_equal(said->session, i + 1);
        if (cases[i].may_ask && said->code == -ENODATA && strstr(said->text, "two sentences fit"))
            continue;
        if (said->code != cases[i].code ||
            (cases[i].text && strcmp(said->text, cases[i].text) != 0))
            fail_msg("'%s': code %d, '%s'", cases[i].spoken, said->code, said->text);
    }
    assert_int_equal(stats().dropped_blocks, 0);
}

static void hears_nobody(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    listen_now(1, UINT64_MAX);
    rig_hear_silence(&rig, 4000);
    assert_int_equal(until(MSG_TRANSCRIPT, 0)->code, -ENODATA);
    assert_int_equal(rig_find(&rig, MSG_SPEECH_END, 0)->reason, END_NO_SPEECH);
    assert_null(rig_find(&rig, MSG_SPEECH_START, 0));
}

static void forgets_when_told(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    listen_now(1, UINT64_MAX);
    hear_spoken("turn on the kitchen light");
    until(MSG_SPEECH_START, 0);
    rig_post(&rig, MSG_LISTEN_STOP, 1, NULL, 0);
    for (int i = 0; i < 400; i++)
        tick();
    assert_null(rig_find(&rig, MSG_TRANSCRIPT, 0));
    assert_null(rig_find(&rig, MSG_SPEECH_END, 0));
}

static void survives_the_recogniser(void **state)
{
    pid_t killed;

    (void)state;
    RIG_NEED_HELPERS();
    listen_now(1, UINT64_MAX);
    hear_spoken("turn on the kitchen light");
    until(MSG_SPEECH_START, 0);
    killed = stats().stt_pid;
    hurt(killed, SIGKILL);
    assert_int_equal(until(MSG_TRANSCRIPT, 0)->code, -ECONNRESET);
    for (int i = 0; i < 1000 && !speech_is_ready(speech); i++)
        tick();
    assert_true(speech_is_ready(speech));
    assert_int_not_equal(stats().stt_pid, killed);
    assert_int_equal(stats().stt_restarts, 1);
    assert_null(rig_find(&rig, MSG_TRANSCRIPT, 1)); /* exactly one answer */
    /* grammar and settings are back without anybody's doing */
    rig_hear_silence(&rig, 300);
    for (int i = 0; i < 500; i++)
        tick(); /* the apology is over, the old sound is heard */
    listen_now(2, UINT64_MAX);
    hear_spoken("turn off the kitchen fan");
    assert_string_equal(until(MSG_TRANSCRIPT, 1)->text, "turn off the kitchen fan");
}

static void says_and_hushes(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    rig_post(&rig, MSG_SAY, 3, "The light is on.", 11);
    assert_int_equal(until(MSG_SAID, 0)->code, 0);
    assert_int_equal(rig_find(&rig, MSG_SAY_START, 0)->serial, 11);
    rig_post(&rig, MSG_SAY, 3, "The light is still on.", 12);
    until(MSG_SAY_START, 1);
    rig_post(&rig, MSG_HUSH, 3, NULL, 0);
    assert_int_equal(until(MSG_SAID, 1)->code, -ECANCELED);
}

/* Human recordings of the wake word, then a command in the same breath. */
static void wakes_to_human_voices(void **state)
{
    const char *data = getenv("JARVIS_DATA");
    char folder[PATH_MAX / 2], path[PATH_MAX];
    struct dirent **names = NULL;
    size_t tried = 0, woken = 0;
    int n;

    (void)state;
    RIG_NEED_HELPERS();
    snprintf(folder, sizeof(folder), "%s/wakeword/jarvis", data ? data : "/nowhere");
    n = scandir(folder, &names, NULL, alphasort);
    if (n < 0) {
        print_message("SKIP: no recordings of the wake word; set JARVIS_DATA\n");
        skip();
    }
    for (int i = 0; i < n; i++) {
        AUTO_FREE int16_t *frames = NULL;
        size_t count, before = rig.n;

        snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (i % (n / RECORDINGS) == 2 && wav_load(&frames, &count, path, 16000, NULL) == 0) {
            tried++;
            rig_hear(&rig, frames, count);
            rig_hear_silence(&rig, 500);
            while (hal_sim_unread(audio_capture_pcm(rig.audio)) > 0)
                tick();
            for (size_t k = before; k < rig.n; k++)
                woken += rig.log[k].type == MSG_WAKE;
        }
        free(names[i]);
    }
    free(names);
    print_message("%zu of %zu recordings woke it\n", woken, tried);
    assert_true(tried >= RECORDINGS && woken * 10 >= tried * 6);
    for (size_t i = 0; rig_find(&rig, MSG_WAKE, i); i++) {
        const struct rig_line *l = rig_find(&rig, MSG_WAKE, i);

        assert_string_equal(l->text, "jarvis");
        assert_in_range(l->to_position - l->from_position, 16000 * 3 / 10, 16000 * 3 / 2);
    }
    assert_int_equal(stats().dropped_blocks, 0);
}

static void is_deaf_when_muted(void **state)
{
    (void)state;
    RIG_NEED_HELPERS();
    rig.settings.wake_threshold_exp = -50; /* espeak's "jarvis" is none of the best */
    rig_post(&rig, MSG_SETTINGS, 0, "wake.threshold_exp", 0);
    tick();
    assert_true(stats().wake_is_on);
    hear_spoken("jarvis");
    until(MSG_WAKE, 0);

    struct msg *m = msg_new(MSG_MUTE, 0);

    m->mute.on = true;
    bus_post(rig.bus, m);
    tick();
    assert_false(stats().wake_is_on);
    hear_spoken("jarvis");
    for (int i = 0; i < 300; i++)
        tick();
    assert_null(rig_find(&rig, MSG_WAKE, 1));
}

/* The same on the real clock with its thread: what the thread sanitizer looks at. */
static void works_with_its_thread(void **state)
{
    int64_t end = rig_real_ms() + RIG_PATIENCE_MS;

    (void)state;
    RIG_NEED_HELPERS();
    open_speech(false);
    load_grammar();
    while (!speech_is_ready(speech) && rig_real_ms() < end)
        loop_step(rig.loop, 20);
    assert_true(speech_is_ready(speech));
    rig_post(&rig, MSG_SAY, 1, "Good morning.", 1);
    listen_now(1, UINT64_MAX);
    while (!rig_find(&rig, MSG_TRANSCRIPT, 0) && rig_real_ms() < end)
        loop_step(rig.loop, 20);
    assert_int_equal(rig_find(&rig, MSG_TRANSCRIPT, 0)->code, -ENODATA); /* nobody spoke */
    while (!rig_find(&rig, MSG_SAID, 0) && rig_real_ms() < end)
        loop_step(rig.loop, 20);
    assert_int_equal(rig_find(&rig, MSG_SAID, 0)->code, 0);
    listen_now(2, UINT64_MAX);
    loop_step(rig.loop, 100);
    hurt(stats().stt_pid, SIGKILL);
    while (!rig_find(&rig, MSG_TRANSCRIPT, 1) && rig_real_ms() < end)
        loop_step(rig.loop, 20);
    assert_int_equal(rig_find(&rig, MSG_TRANSCRIPT, 1)->code, -ECONNRESET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(understands_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hears_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_when_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_the_recogniser, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_and_hushes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wakes_to_human_voices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_deaf_when_muted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(works_with_its_thread, NULL, tear_down),
    };

    return cmocka_run_group_tests_name("speech", tests, NULL, NULL);
}
