/* SPDX-License-Identifier: Apache-2.0 */
/* listen: which samples go where. The recogniser is this very program, which answers each
 * utterance with what it got: "first position, samples, breaks in the stream, wake frames". */
#include "lib/hurt.h"
#include "speech/listen.h"

#include "rig.h"
#include "speech/wake_helper.h"
#include "speech/wake_rows.h"
#include "speech/wire.h"

#include <math.h>
#include <signal.h>

static struct rig rig;
static struct stt *stt;
static struct listen *listening;
static struct wake_engine wake;

/* ---- the recogniser's side ------------------------------------------------------------------- */

enum { WAKES_AT = 30 }; /* the frame of the wake feed in which the word is heard */

struct got {
    uint32_t utterance; /* its serial, until something is told early */
    uint64_t first, next, samples;
    unsigned breaks, wakes;
};

/* What the recogniser makes of the utterance, from a file beside it: pairs of a letter (n nothing, b
 * begun, w whole) and the ms of utterance from which it is so; no file: whole. */
static char states[64] = "w0";

static void states_read(const char *self)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%.*s/states", (int)(strrchr(self, '/') - self), self);
    f = fopen(path, "re");
    if (!f)
        return;
    if (!fgets(states, sizeof(states), f))
        states[0] = '\0';
    fclose(f);
}

static uint32_t got_state(uint64_t samples)
{
    uint32_t state = WIRE_FINAL;

    for (const char *p = states; *p;) {
        char letter = *p++;
        unsigned long from_ms = strtoul(p, (char **)&p, 10);

        if (samples / 16 >= from_ms)
            state = letter == 'n' ? WIRE_NOTHING : letter == 'b' ? WIRE_BEGUN : WIRE_FINAL;
    }
    return state;
}

static void got_audio(struct got *g, const struct rpc_frame *f)
{
    struct wire_audio head;
    struct wire_progress p = { .state = got_state(g->samples) };
    size_t n = (f->len - sizeof(head)) / sizeof(int16_t);

    memcpy(&head, f->payload, sizeof(head));
    if (g->utterance != 0 && head.quiet_ms > 0) {
        char text[64];

        snprintf(text, sizeof(text), "{\"text\":\"quiet for %u ms\"}", head.quiet_ms);
        rpc_send(HELPER_FD, UTT_EARLY, g->utterance, text, strlen(text), NULL);
        g->utterance = 0;
    }
    if (f->type == WAKE_AUDIO && g->wakes == WAKES_AT) { /* heard in this one */
        p.heard = 1;
        p.from_position = head.position;
        p.position = p.to_position = head.position + n;
        p.score = 5.0;
    }
    if (g->samples == 0)
        g->first = head.position;
    else if (head.position != g->next)
        g->breaks++;
    g->samples += n;
    g->next = head.position + n;
    rpc_send(HELPER_FD, f->type == WAKE_AUDIO ? WAKE_PROGRESS : UTT_PROGRESS, f->serial, &p,
             sizeof(p), NULL);
}

static void got_tell(const struct got *g, uint32_t serial)
{
    AUTO_JSON *j = cJSON_CreateObject();
    char text[RIG_TEXT];

    snprintf(text, sizeof(text), "%llu %llu %u %u", (unsigned long long)g->first,
             (unsigned long long)g->samples, g->breaks, g->wakes);
    cJSON_AddStringToObject(j, "text", text);
    rpc_send_json(HELPER_FD, UTT_RESULT, serial, j, NULL);
}

static int fake_main(const char *self)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;
    struct got g = { 0 };
    unsigned fed = 0; /* frames of the wake feed */

    states_read(self);
    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        struct got feed = { 0 };

        switch (f.type) {
        case STT_CONFIG:
            rpc_send(HELPER_FD, STT_CONFIG_OK, f.serial, "{}", 2, NULL);
            break;
        case WAKE_AUDIO:
            feed.wakes = ++fed;
            got_audio(&feed, &f);
            g.wakes += feed.samples == WAKE_HELPER_BLOCKS * BLOCK_FRAMES;
            break;
        case UTT_START:
            g = (struct got){ .wakes = g.wakes, .utterance = f.serial };
            break;
        case UTT_AUDIO:
            got_audio(&g, &f);
            break;
        case UTT_END:
            got_tell(&g, f.serial);
            break;
        }
    }
    return 0;
}

/* ---- this side ------------------------------------------------------------------------------- */

static void tick(void)
{
    int64_t end = rig_real_ms() + RIG_PATIENCE_MS;

    audio_step(rig.audio);
    listen_step(listening);
    do {
        loop_step(rig.loop, stt_owes(stt) ? 20 : 0);
        assert_true(rig_real_ms() < end);
    } while (stt_owes(stt));
    while (loop_step(rig.loop, 0))
        ;
    clock_advance_usec(&rig.clock, RIG_TICK_USEC);
}

static void on_wake(const struct wake_hit *hit, void *user)
{
    (void)user;
    wake_helper_heard(&wake, hit);
    listen_poke(listening);
}

static const char *want_states; /* of the recogniser; NULL: whole */

static int set_up(void **state)
{
    (void)state;
    rig_open(&rig, true, "");
    if (want_states) {
        char path[128];

        snprintf(path, sizeof(path), "%s/states", rig.dir);
        assert_int_equal(file_write(path, want_states, strlen(want_states), 0600, NULL), 0);
    }
    rig_play(&rig, "jarvis-stt");
    const struct stt_deps d = {
        .on_wake = on_wake,
        .loop = rig.loop,
        .bus = rig.bus,
        .settings = &rig.settings,
        .paths = &rig.paths,
    };
    struct listen_opts o = { .audio = rig.audio, .bus = rig.bus, .wake = &wake };

    assert_int_equal(stt_new(&stt, &d, NULL), 0);
    assert_int_equal(wake_helper_make(&wake, stt, NULL), 0);
    o.stt = stt;
    assert_int_equal(listen_new(&listening, &o, NULL), 0);
    for (int i = 0; i < 300; i++) /* three seconds: the pre-roll is full */
        tick();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    listening = listen_free(listening);
    wake.free(wake.self);
    stt = stt_free(stt);
    rig_close(&rig);
    return 0;
}

static uint64_t newest_position(void)
{
    struct audio_stats s;

    audio_stats(rig.audio, &s);
    return s.capture_blocks * BLOCK_FRAMES;
}

static void hear_tone(unsigned ms)
{
    size_t n = (size_t)ms * 16;
    int16_t *loud = calloc(n + 1, sizeof(*loud));

    assert_non_null(loud);
    for (size_t i = 0; i < n; i++)
        loud[i] = i % 64 < 32 ? 8000 : -8000;
    rig_hear(&rig, loud, n);
    free(loud);
}

static struct listen_take take(uint64_t session, uint64_t from, uint64_t speech)
{
    return (struct listen_take){
        .session = session,
        .serial = stt_expect(stt, session),
        .from_position = from,
        .speech_position = speech,
        .endpoint = { .silence_ms = 400, .patience_ms = 1000, .max_ms = 10000, .no_speech_ms = 3000 },
    };
}

static const struct rig_line *until(enum msg_type type, size_t n)
{
    for (int i = 0; i < 3000 && !rig_find(&rig, type, n); i++)
        tick();
    assert_non_null(rig_find(&rig, type, n));
    return rig_find(&rig, type, n);
}

static void parse(const char *text, uint64_t *first, uint64_t *samples, unsigned *breaks,
                  unsigned *wakes)
{
    char *p;

    *first = strtoull(text, &p, 10);
    *samples = strtoull(p, &p, 10);
    *breaks = (unsigned)strtoul(p, &p, 10);
    *wakes = (unsigned)strtoul(p, &p, 10);
}

/* From the wanted sample on, whole, in order, to the endpoint. */
static void replays_the_preroll(void **state)
{
    static const struct {
        const char *name;
        int64_t back_ms; /* where the command begins, before now; < 0: from now on */
        int64_t first_back_ms;
    } cases[] = {
        { "one second back", 1000, 1000 },
        { "in the middle of a block", 503, 510 },
        { "farther than the pre-roll holds", 9000, 2000 },
        { "from now on", -1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t now = newest_position(), first, samples;
        uint64_t from = cases[i].back_ms < 0 ? UINT64_MAX
                                             : now - (uint64_t)cases[i].back_ms * 16;
        struct listen_take t;
        unsigned breaks, wakes;

        if (cases[i].back_ms == 9000)
            from = 0;
        t = take(i + 1, from, 0);
        listen_take(listening, &t);
        hear_tone(500);
        parse(until(MSG_TRANSCRIPT, i)->text, &first, &samples, &breaks, &wakes);
        if (first != now - (uint64_t)cases[i].first_back_ms * 16)
            fail_msg("%s: first sample %lld ms back", cases[i].name,
                     ((long long)now - (long long)first) / 16);
        assert_int_equal(breaks, 0);
        assert_int_equal(rig_find(&rig, MSG_TRANSCRIPT, i)->session, i + 1);
        /* 500 ms of tone and 600 ms of silence, and the VAD's own edges */
        assert_in_range(samples / 16 - (uint64_t)cases[i].first_back_ms, 1080, 1250);
        assert_true(rig_find(&rig, MSG_SPEECH_END, i) < rig_find(&rig, MSG_TRANSCRIPT, i));
        for (int k = 0; k < 250; k++)
            tick();
    }
}

/* The wake word's own voice is sent, but is no speech. */
static void does_not_count_the_wake_word(void **state)
{
    struct listen_take t;
    uint64_t now;

    (void)state;
    hear_tone(600);
    for (int i = 0; i < 70; i++)
        tick();
    now = newest_position();
    t = take(1, now - 1000 * 16, now);
    listen_take(listening, &t);
    assert_int_equal(until(MSG_SPEECH_END, 0)->reason, END_NO_SPEECH);
    assert_null(rig_find(&rig, MSG_SPEECH_START, 0));
}

static void drops_for_a_newer_one(void **state)
{
    struct listen_take t;
    uint64_t first, samples, second;
    unsigned breaks, wakes;

    (void)state;
    t = take(1, UINT64_MAX, 0);
    listen_take(listening, &t);
    hear_tone(400);
    until(MSG_SPEECH_START, 0);
    second = newest_position();
    t = take(2, UINT64_MAX, 0);
    listen_take(listening, &t);
    hear_tone(400);
    parse(until(MSG_TRANSCRIPT, 0)->text, &first, &samples, &breaks, &wakes);
    assert_int_equal(rig_find(&rig, MSG_TRANSCRIPT, 0)->session, 2);
    assert_int_equal(first, second);
    assert_int_equal(rig_find(&rig, MSG_SPEECH_END, 0)->session, 2);
    listen_drop(listening, 2);
    for (int i = 0; i < 100; i++)
        tick();
    assert_null(rig_find(&rig, MSG_TRANSCRIPT, 1));
}

/* Two sessions end before the thread looks: the sentence of one goes on, whoever is named last. */
static void drops_both_of_two(void **state)
{
    static const uint64_t orders[][3] = { { 1, 9, 0 }, { 9, 1, 0 }, { 1, 2, 9 }, { 2, 9, 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const uint64_t session = 10 * (i + 1);
        struct listen_take t = take(session + 1, UINT64_MAX, 0);

        listen_take(listening, &t);
        hear_tone(200);
        until(MSG_SPEECH_START, i);
        t.session = session + 2; /* asked for, and not looked at yet */
        listen_take(listening, &t);
        listen_drop(listening, session + 2);
        for (int k = 0; k < 3 && orders[i][k]; k++)
            listen_drop(listening, session + orders[i][k]);
        for (int k = 0; k < 200; k++)
            tick();
        assert_null(rig_find(&rig, MSG_SPEECH_END, 0));
        stt_forget(stt, session + 1);
    }
}

/* When silence ends the sentence (400 ms and 200, since only the loudness tells), and when it waits. The tone begins at once and
 * is heard in the given pieces. */
static void ends_when_all_is_said(void **state)
{
    static const struct {
        const char *name, *states;
        unsigned tone_ms, pause_ms, tone2_ms; /* a second piece; 0: none */
        enum end_reason reason;
        unsigned end_ms; /* after the sentence was opened, within 60 ms */
    } cases[] = {
        { "a whole sentence", "w0", 400, 0, 0, END_SILENCE, 1000 },
        { "only the wake word, and nothing after it", "n0", 300, 0, 0, END_NO_SPEECH, 1300 + 3000 },
        { "the wake word, a pause, a command", "n0w1500", 300, 1000, 400, END_SILENCE, 2300 },
        { "nothing in a long sound", "n0", 1400, 0, 0, END_SILENCE, 2400 },
        { "it broke off", "b0", 400, 0, 0, END_SILENCE, 1400 },
        { "a hesitation of 800 ms", "b0w1300", 400, 800, 400, END_SILENCE, 2200 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct listen_take t;
        uint64_t begin;
        const struct rig_line *end;
        int64_t end_ms;

        want_states = cases[i].states;
        set_up(state);
        want_states = NULL;
        begin = newest_position();
        t = take(1, UINT64_MAX, 0);
        listen_take(listening, &t);
        hear_tone(cases[i].tone_ms);
        if (cases[i].tone2_ms) {
            rig_hear_silence(&rig, cases[i].pause_ms);
            hear_tone(cases[i].tone2_ms);
        }
        end = until(MSG_SPEECH_END, 0);
        end_ms = (int64_t)(newest_position() - begin) / 16;
        if (end->reason != cases[i].reason || llabs(end_ms - cases[i].end_ms) > 60)
            fail_msg("%s: %d after %lld ms", cases[i].name, end->reason, (long long)end_ms);
        tear_down(state);
    }
}

/* That nobody speaks any more is told with the sound, where it is wanted: while somebody does it is not, and
 * without the network words have soft ends (200 ms). */
static void tells_that_nobody_speaks(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        struct listen_take t = take(10 + early, UINT64_MAX, 0);
        uint64_t begin = newest_position();
        int64_t early_ms;

        t.early = early;
        listen_take(listening, &t);
        rig_hear_silence(&rig, 500);
        hear_tone(400);
        if (early) {
            const struct rig_line *told = until(MSG_EARLY, 0);

            early_ms = (int64_t)(newest_position() - begin) / 16;
            assert_in_range(early_ms, 1110, 1200);
            assert_int_equal(told->session, t.session);
            assert_true(strncmp(told->text, "quiet for ", 10) == 0);
            assert_in_range(strtoul(told->text + 10, NULL, 10), 10, 40);
            assert_null(rig_find(&rig, MSG_SPEECH_END, early));
        }
        until(MSG_TRANSCRIPT, early);
        assert_null(rig_find(&rig, MSG_EARLY, early));
    }
}

/* As loud as a voice, by a loudspeaker that is 450 ms late. */
static void hear_chime(void)
{
    static int16_t tones[1920];

    for (size_t i = 0; i < 1920; i++)
        tones[i] = (int16_t)(6000.0 * sin(M_PI * (double)(i % 960) / 960) *
                             sin(2 * M_PI * (i < 960 ? 660 : 880) * (double)(i % 960) / 16000));
    rig_hear_silence(&rig, 450);
    rig_hear(&rig, tones, 1920);
}

/* Our own chime in the microphone: who thinks before he speaks is waited for. A sound like it that
 * nobody told of is a sound. */
static void does_not_hear_its_own_chime(void **state)
{
    static const struct {
        const char *name;
        bool is_ours;
        int64_t ago_ms;   /* when it was begun */
        unsigned start_ms, end_ms; /* after the sentence was opened, within 80 ms */
    } cases[] = {
        { "ours", true, 0, 2140, 3090 },
        { "still heard", true, 20, 2140, 3090 },
        { "one that is over long since", true, 2000, 520, 1640 },
        { "not ours", false, 0, 520, 1640 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct listen_take t;
        uint64_t begin;
        int64_t start_ms, end_ms;

        want_states = "n0w2350";
        set_up(state);
        want_states = NULL;
        begin = newest_position();
        t = take(1, UINT64_MAX, 0);
        if (cases[i].is_ours)
            t.chime_usec = clock_mono_usec(&rig.clock) - cases[i].ago_ms * 1000;
        listen_take(listening, &t);
        hear_chime();
        rig_hear_silence(&rig, 1500);
        hear_tone(400);
        until(MSG_SPEECH_START, 0);
        start_ms = (int64_t)(newest_position() - begin) / 16;
        until(MSG_SPEECH_END, 0);
        end_ms = (int64_t)(newest_position() - begin) / 16;
        if (llabs(start_ms - cases[i].start_ms) > 80 || llabs(end_ms - cases[i].end_ms) > 80)
            fail_msg("%s: from %lld to %lld ms", cases[i].name, (long long)start_ms, (long long)end_ms);
        tear_down(state);
    }
}

/* Wake feed: only while switched on and not within a sentence, 80 ms at a time. */
static void feeds_the_wake_engine(void **state)
{
    struct listen_take t;
    uint64_t first, samples;
    unsigned breaks, wakes;

    (void)state;
    for (int i = 0; i < 80; i++)
        tick(); /* off: nothing of this */
    listen_wake_set(listening, true);
    for (int i = 0; i < 80; i++)
        tick(); /* ten frames */
    t = take(1, UINT64_MAX, 0);
    listen_take(listening, &t);
    hear_tone(400);
    parse(until(MSG_TRANSCRIPT, 0)->text, &first, &samples, &breaks, &wakes);
    assert_int_equal(wakes, 10);
}

/* What the helper hears comes back from feed() and is told by the listen thread, with its place. */
static void tells_of_the_wake_word(void **state)
{
    const struct rig_line *told;
    uint64_t begin = newest_position();

    (void)state;
    listen_wake_set(listening, true);
    told = until(MSG_WAKE, 0);
    assert_int_equal(told->to_position - told->from_position, WAKE_HELPER_BLOCKS * BLOCK_FRAMES);
    assert_in_range(told->from_position, begin, newest_position());
    assert_string_equal(told->text, "jarvis");
    for (int i = 0; i < 300; i++)
        tick();
    assert_null(rig_find(&rig, MSG_WAKE, 1)); /* once */
}

static struct wake_deps wake_deps(void)
{
    static struct settings settings;
    static struct paths paths = { .state = "/nonexistent", .models = "/nonexistent" };

    str_copy(settings.wake_words, sizeof(settings.wake_words), "hey_jarvis");
    return (struct wake_deps){ stt, &settings, &paths };
}

/* The rows that wake.engine may name are those that the settings allow. Those that need files of
 * their own say which one is missing. */
static void engines_by_name(void **state)
{
    const struct cfg_row *row = cfg_find(settings_rows, settings_rows_n, "wake.engine");
    const struct wake_deps d = wake_deps();

    (void)state;
    assert_non_null(row);
    for (size_t i = 0; i < wake_rows_n; i++) {
        struct wake_engine e;

        assert_non_null(strstr(row->choices, wake_rows[i].name));
        assert_ptr_equal(wake_row_find(wake_rows[i].name), &wake_rows[i]);
        if (strcmp(wake_rows[i].name, "microwakeword") == 0) {
            struct err why = ERR_INIT;

            assert_int_equal(wake_row_make(&e, &wake_rows[i], &d, &why), -ENOENT);
            assert_non_null(strstr(why.text, "'hey_jarvis' is not installed"));
            continue;
        }
        assert_int_equal(wake_row_make(&e, &wake_rows[i], &d, NULL), 0);
        assert_string_equal(e.name, wake_rows[i].name);
        e.free(e.self);
    }
    assert_null(wake_row_find("porcupine"));
}

static int old_make(struct wake_engine *ret, const struct wake_deps *d, struct err *e)
{
    int r = wake_row_find("none")->make(ret, d, e);

    ret->version = WAKE_ENGINE_VERSION - 1;
    return r;
}

static void engines_of_another_version(void **state)
{
    static const struct wake_row old = { "old", true, old_make };
    const struct wake_deps d = wake_deps();
    struct wake_engine w;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(wake_row_make(&w, &old, &d, &e), -EINVAL);
    assert_non_null(strstr(e.text, "'old' is of version 2, not 3"));
}

/* A recogniser that stands still costs sound, not memory and not time. */
static void does_not_wait_for_the_recogniser(void **state)
{
    unsigned restarts, words, unknown;
    pid_t pid;

    (void)state;
    stt_stats(stt, &pid, &restarts, &words, &unknown);
    hurt(pid, SIGSTOP);
    listen_wake_set(listening, true);
    for (int i = 0; i < 1000; i++) {
        audio_step(rig.audio);
        listen_step(listening);
        clock_advance_usec(&rig.clock, RIG_TICK_USEC);
    }
    assert_in_range(stt_dropped_blocks(stt), 1000 - 60 * WAKE_HELPER_BLOCKS, 1000);
    hurt(pid, SIGCONT);
    tick();
    assert_null(stt_owes(stt));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replays_the_preroll, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_count_the_wake_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_for_a_newer_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_both_of_two, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_that_nobody_speaks, set_up, tear_down),
        cmocka_unit_test(ends_when_all_is_said),
        cmocka_unit_test(does_not_hear_its_own_chime),
        cmocka_unit_test_setup_teardown(feeds_the_wake_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_the_wake_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(engines_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(engines_of_another_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_wait_for_the_recogniser, set_up, tear_down),
    };

    if (argc > 0 && rig_is_called(argv[0], "jarvis-stt"))
        return fake_main(argv[0]);
    return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
