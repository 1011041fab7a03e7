/* SPDX-License-Identifier: Apache-2.0 */
/* ears: frames of a hostile recogniser, in any order, between whatever jarvisd asks. A session that
 * listens gets one transcript at most, nobody else gets any, and none is a command without text. */
#include "stub_helper.h"

#include "speech/engine.c"
#include "speech/stt.c"

static struct rig {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct paths paths;
    uint64_t session, answered; /* the one that waits; the last that was answered */
} rig;

static void on_transcript(const struct msg *m, void *user)
{
    (void)user;
    if (m->session == 0 || m->session == rig.answered || m->session > rig.session)
        abort();
    if (m->code == 0 && (!m->text || m->text[0] == '\0'))
        abort();
    if (m->code > 0)
        abort();
    rig.answered = m->session;
}

static void on_hit_heard(const struct wake_hit *hit, void *user)
{
    (void)user;
    if (hit->from_position >= hit->to_position || hit->phrase[sizeof(hit->phrase) - 1] != '\0')
        abort();
}

static void on_unknown(const struct field_list *words, void *user)
{
    (void)user;
    for (size_t i = 0; i < words->n; i++)
        if (((char *const *)words->items)[i][0] == '\0')
            abort();
}

static void open_rig(void)
{
    if (rig.loop)
        return;
    clock_init_virtual(&rig.clock, 0);
    snprintf(rig.settings.wake_phrase, sizeof(rig.settings.wake_phrase), "jarvis");
    if (loop_new(&rig.loop, &rig.clock, NULL) < 0 || bus_new(&rig.bus, rig.loop, NULL) < 0 ||
        bus_on(rig.bus, MSG_TRANSCRIPT, on_transcript, NULL, NULL) < 0)
        abort();
}

static void hear_frame(void *user, struct bytes *b)
{
    struct stt *s = user;
    static const uint16_t types[] = { STT_CONFIG_OK, STT_GRAMMAR_OK, WAKE_PROGRESS, UTT_PROGRESS,
                                      UTT_RESULT, TTS_AUDIO, UTT_EARLY };
    const uint32_t serials[] = { s->engine->asked[0], s->engine->asked[1], s->expect_serial,
                                 atomic_load(&s->sound_sent), byte_take(b), UINT32_MAX };
    uint16_t type = types[byte_take(b) % (sizeof(types) / sizeof(types[0]))];
    struct rpc_frame f;
    uint8_t *payload = frame_take(b, &f, type, serials[byte_take(b) % 6]);

    helper_says(helper_made, &f);
    free(payload);
}

static void ask(void *user, uint8_t what)
{
    struct stt *s = user;
    static const int16_t samples[BLOCK_FRAMES];

    switch (what) {
    case 0:
        stt_configure(s);
        break;
    case 1:
        stt_grammar(s, "/tmp/g.fsg", NULL);
        break;
    case 2:
        stt_utt_start(s, stt_expect(s, ++rig.session), 0);
        break;
    case 3:
        stt_forget(s, rig.session);
        break;
    case 4:
        stt_utt_audio(s, 0, samples, BLOCK_FRAMES, 200);
        break;
    case 5:
        stt_utt_end(s, s->expect_serial);
        break;
    case 6:
        stt_wake_audio(s, 0, samples, BLOCK_FRAMES);
        break;
    default:
        helper_flip(helper_made);
    }
}

static void turn(void *user)
{
    (void)user;
    while (loop_step(rig.loop, 0))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    struct stt *s = NULL;

    open_rig();
    const struct stt_deps d = { .loop = rig.loop, .bus = rig.bus, .settings = &rig.settings,
                                .paths = &rig.paths, .on_wake = on_hit_heard,
                                .on_unknown = on_unknown };

    if (stt_new(&s, &d, NULL) < 0)
        return 0;
    ask(s, 7);
    talk(&b, ask, hear_frame, turn, s);
    stt_free(s);
    turn(NULL);
    return 0;
}
