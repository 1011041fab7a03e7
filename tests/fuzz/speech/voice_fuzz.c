/* SPDX-License-Identifier: Apache-2.0 */
/* voice: frames of a hostile jarvis-tts between whatever jarvisd wants said. Each text gets its
 * MSG_SAID exactly once, whatever happens. */
#include "stub_helper.h"

#include "speech/engine.c"
#include "speech/tts.c"

enum { SERIALS = 64 };

static struct rig {
    uint32_t said;          /* texts given to the voice */
    bool answered[SERIALS]; /* by serial */
    struct settings settings;
    struct paths paths;
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct audio *audio;
} rig;

static void on_said(const struct msg *m, void *user)
{
    (void)user;
    if (m->say.serial == 0 || m->say.serial > rig.said || rig.answered[m->say.serial])
        abort();
    rig.answered[m->say.serial] = true;
}

static void on_sounds(const struct field_list *sounds, void *user)
{
    const struct wire_sound *said = sounds->items;

    (void)user;
    for (size_t i = 0; i < sounds->n; i++)
        if (said[i].word[0] == '\0' || said[i].sound[0] == '\0')
            abort();
}

static void open_rig(void)
{
    struct audio_opts o = { .capture_hal = &hal_audio_sim, .playback_hal = &hal_audio_sim,
                            .clock = &rig.clock };

    if (rig.loop)
        return;
    clock_init_virtual(&rig.clock, 0);
    snprintf(rig.settings.language, sizeof(rig.settings.language), "en");
    rig.settings.tts_rate_wpm = 150;
    if (loop_new(&rig.loop, &rig.clock, NULL) < 0 || bus_new(&rig.bus, rig.loop, NULL) < 0 ||
        bus_on(rig.bus, MSG_SAID, on_said, NULL, NULL) < 0 || audio_new(&rig.audio, &o, NULL) < 0 ||
        audio_step_open(rig.audio, NULL) < 0)
        abort();
}

static void turn(void *user)
{
    struct tts *t = user;

    audio_step(rig.audio);
    tts_step(t);
    clock_advance_usec(&rig.clock, 10000);
    while (loop_step(rig.loop, 0))
        ;
}

static void hear_frame(void *user, struct bytes *b)
{
    struct tts *t = user;
    static const uint16_t types[] = { TTS_AUDIO, TTS_END, TTS_PHONEMES_OK, UTT_RESULT };
    uint16_t type = types[byte_take(b) % 4];
    uint32_t serial = t->engine->serials - byte_take(b) % 4;
    struct rpc_frame f;
    uint8_t *payload = frame_take(b, &f, type, serial);

    helper_says(helper_made, &f);
    free(payload);
}

static void ask(void *user, uint8_t what)
{
    struct tts *t = user;
    static char *list[] = { (char *)"error", (char *)"zigbee" };
    const struct field_list words = { list, 2 };

    switch (what) {
    case 0:
    case 1:
        if (rig.said + 1 < SERIALS)
            tts_say(t, 1, ++rig.said, "The light is on.");
        break;
    case 2:
        tts_hush(t);
        break;
    case 3:
        tts_apologise(t, TTS_LOST_EARS);
        break;
    case 4:
        tts_phonemes(t, &words, NULL);
        break;
    case 5:
        for (int i = 0; i < 50; i++)
            turn(t);
        break;
    case 6:
        tts_settings_changed(t);
        break;
    default:
        helper_flip(helper_made);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    struct tts *t = NULL;

    open_rig();
    rig.said = 0;
    memset(rig.answered, 0, sizeof(rig.answered));
    const struct tts_deps d = { .loop = rig.loop, .bus = rig.bus, .audio = rig.audio,
                                .settings = &rig.settings, .paths = &rig.paths,
                                .on_phonemes = on_sounds };

    if (tts_new(&t, &d, NULL) < 0)
        return 0;
    ask(t, 7);
    talk(&b, ask, hear_frame, turn, t);
    tts_hush(t);
    turn(t);
    for (uint32_t i = 1; i <= rig.said; i++)
        if (!rig.answered[i])
            abort();
    tts_free(t);
    return 0;
}
