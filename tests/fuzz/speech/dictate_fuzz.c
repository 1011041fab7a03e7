/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/speech/dictate_fuzz.c - frames of a hostile dictation engine, in any order, between whatever jarvisd
 * asks. Each question that was taken on ends once, unless it was cancelled; what was heard is text of bounded
 * length; no more sound is on its way than the window. */
#include "stub_helper.h"

#include <sys/stat.h>
#include <unistd.h>

#include "speech/dictate.c"
#include "speech/engine.c"

static struct rig {
    bool is_asked; /* an end is owed */
    struct engines *engines;
    struct paths paths;
    struct settings settings;
    struct bus *bus;
    struct loop *loop;
    struct clock clock;
} rig;

static void on_end(int code, const char *text, void *user)
{
    (void)user;
    if (!rig.is_asked || code > 0 || !text)
        abort();
    if (code == 0 ? strlen(text) > DICTATE_TEXT_MAX : text[0] == '\0')
        abort();
    rig.is_asked = false;
}

/* An engine on a shelf of this test's own. */
static void shelf_make(void)
{
    static const char text[] = "{\"name\":\"ear\",\"version\":\"1\",\"licence\":\"ours\",\"kind\":\"dictation\",\"languages\":[\"*\"],"
                               "\"program\":\"jarvis-ear\",\"files\":[]}";
    char folder[PATHS_BYTES + 20], path[PATHS_BYTES + 60], made[] = "/tmp/jarvis-dictate-fuzz-XXXXXX";
    FILE *f;

    if (!mkdtemp(made))
        abort();
    snprintf(rig.paths.state, sizeof(rig.paths.state), "%s", made);
    snprintf(folder, sizeof(folder), "%s/engines", made);
    mkdir(folder, 0700);
    snprintf(path, sizeof(path), "%s/ear", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/ear/manifest.json", folder);
    f = fopen(path, "we");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0 || engines_new(&rig.engines, NULL, &rig.paths, NULL) < 0)
        abort();
    unlink(path);
    snprintf(path, sizeof(path), "%s/ear", folder);
    rmdir(path);
    rmdir(folder);
    rmdir(made);
}

static void open_rig(void)
{
    if (rig.loop)
        return;
    clock_init_virtual(&rig.clock, 0);
    str_copy(rig.settings.language, sizeof(rig.settings.language), "en");
    str_copy(rig.settings.engine_dictation, sizeof(rig.settings.engine_dictation), "ear");
    rig.settings.engine_ms = 1000;
    snprintf(rig.paths.helpers, sizeof(rig.paths.helpers), "/nowhere");
    shelf_make();
    if (loop_new(&rig.loop, &rig.clock, NULL) < 0 || bus_new(&rig.bus, rig.loop, NULL) < 0)
        abort();
}

static void hear_frame(struct dictate *d, struct bytes *b)
{
    static const uint16_t types[] = { STT_CONFIG_OK, UTT_PROGRESS, UTT_RESULT, WAKE_PROGRESS, STT_GRAMMAR_OK };
    const uint32_t serials[] = { d->engine->asked[0], d->serial, d->sound, d->sound - d->waiting + 1, byte_take(b), 0 };
    uint16_t type = types[byte_take(b) % 5];
    struct rpc_frame f;
    uint8_t *payload = frame_take(b, &f, type, serials[byte_take(b) % 6]);

    helper_says(helper_made, &f);
    free(payload);
}

static void step(struct dictate *d, struct bytes *b)
{
    static const int16_t samples[3 * WIRE_FRAMES_MAX];

    switch (byte_take(b) % 6) {
    case 0:
        helper_flip(helper_made);
        break;
    case 1:
        if (dictate_ask(d, samples, 1 + byte_take(b) * (size_t)90, NULL) == 0) {
            if (rig.is_asked)
                abort();
            rig.is_asked = true;
        }
        break;
    case 2:
        dictate_cancel(d);
        rig.is_asked = false;
        break;
    case 3:
        clock_advance_usec(&rig.clock, byte_take(b) * INT64_C(20000));
        while (loop_step(rig.loop, 0))
            ;
        break;
    default:
        hear_frame(d, b);
    }
    if (d->waiting > DICTATE_WINDOW || d->sent > d->n || (d->serial != 0) != rig.is_asked)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    struct dictate *d = NULL;
    struct dictate_deps deps;

    open_rig();
    deps = (struct dictate_deps){ rig.loop, rig.bus, &rig.settings, rig.engines, on_end, NULL };
    if (dictate_new(&d, &deps, NULL) < 0)
        abort();
    while (b.n > 0)
        step(d, &b);
    dictate_cancel(d);
    rig.is_asked = false;
    dictate_free(d);
    bus_drain(rig.bus);
    return 0;
}
