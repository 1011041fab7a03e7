/* SPDX-License-Identifier: Apache-2.0 */
/* A bench for the parts of speech/: loop, bus, simulated sound, settings, and every message
 * that passes. On the virtual clock time moves by rig_tick() alone and waits for helpers in
 * between, as jarvis-lab does. */
#ifndef JARVIS_TESTS_SPEECH_RIG_H
#define JARVIS_TESTS_SPEECH_RIG_H

#include "audio/audio.h"
#include "audio/wav.h"
#include "base/file.h"
#include "core/helper.h"
#include "speech/speech.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { RIG_LOG_MAX = 4096, RIG_TEXT = 96, RIG_TICK_USEC = 10000, RIG_PATIENCE_MS = 60000 };

struct rig_line {
    enum msg_type type;
    int code;
    uint64_t session;
    uint32_t serial; /* MSG_SAY_START, MSG_SAID */
    int64_t at_usec;
    char text[RIG_TEXT];
    const char *part;                    /* MSG_FAULT; "" */
    uint64_t from_position, to_position; /* MSG_WAKE */
    enum end_reason reason;              /* MSG_SPEECH_END */
};

struct rig {
    char dir[64];
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct audio *audio;
    struct settings settings;
    struct paths paths;
    struct rig_line log[RIG_LOG_MAX];
    size_t n;
};

static inline void rig_on_msg(const struct msg *m, void *user)
{
    struct rig *g = user;
    struct rig_line *l = &g->log[g->n];

    if (m->type == MSG_LEVEL || g->n == RIG_LOG_MAX)
        return;
    *l = (struct rig_line){ .type = m->type, .code = m->code, .session = m->session,
                            .at_usec = m->at_usec, .part = m->part ? m->part : "" };
    snprintf(l->text, sizeof(l->text), "%s", m->text ? m->text : "");
    if (m->type == MSG_SAY_START || m->type == MSG_SAID)
        l->serial = m->say.serial;
    if (m->type == MSG_WAKE) {
        l->from_position = m->wake.from_position;
        l->to_position = m->wake.to_position;
    }
    if (m->type == MSG_SPEECH_END)
        l->reason = m->end.reason;
    g->n++;
}

static inline int64_t rig_real_ms(void)
{
    return clock_now_ms();
}

static inline bool rig_has_helpers(const char *folder)
{
    char file[PATH_MAX + 16];

    snprintf(file, sizeof(file), "%s/jarvis-tts", folder);
    if (access(file, X_OK) != 0)
        return false;
    snprintf(file, sizeof(file), "%s/jarvis-stt", folder);
    return access(file, X_OK) == 0;
}

/* Where the built helpers stand: $JARVIS_HELPERS, this test's own variant, the one that was built
 * last (a sanitized client may talk to plain helpers). NULL: not built. */
static inline const char *rig_helpers(void)
{
    static char path[PATH_MAX];
    static const char *const beside[] = { "/bin", "/../bin" };
    char self[PATH_MAX];
    const char *env = getenv("JARVIS_HELPERS");
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *cut;

    if (env) {
        snprintf(path, sizeof(path), "%s", env);
        return rig_has_helpers(path) ? path : NULL;
    }
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    cut = strstr(self, "/tests/unit/");
    if (!cut)
        return NULL;
    *cut = '\0';
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(path, sizeof(path), "%.*s%s", PATH_MAX - 16, self, beside[i]);
        if (rig_has_helpers(path))
            return path;
    }
    return NULL;
}

/* Puts this very program as `name` into g->dir and lets the helpers be looked for there: its
 * main() sees the name and plays the helper. */
static inline void rig_play(struct rig *g, const char *name)
{
    char self[PATH_MAX], path[128];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    assert_true(n > 0);
    self[n] = '\0';
    snprintf(path, sizeof(path), "%s/%s", g->dir, name);
    assert_int_equal(symlink(self, path), 0);
    snprintf(g->paths.helpers, sizeof(g->paths.helpers), "%s", g->dir);
}

static inline bool rig_is_called(const char *argv0, const char *name)
{
    const char *slash = strrchr(argv0, '/');

    return slash && strcmp(slash + 1, name) == 0;
}

#define RIG_NEED_HELPERS()                                                                 \
    do {                                                                                   \
        if (!rig_helpers()) {                                                              \
            print_message("SKIP: no helpers are built beside this test; make all first\n"); \
            skip();                                                                        \
        }                                                                                  \
    } while (0)

static inline void rig_settings(struct settings *s)
{
    memset(s, 0, sizeof(*s));
    snprintf(s->language, sizeof(s->language), "en");
    snprintf(s->wake_engine, sizeof(s->wake_engine), "pocketsphinx");
    snprintf(s->wake_phrase, sizeof(s->wake_phrase), "jarvis");
    s->wake_threshold_exp = -20;
    s->endpoint_silence_ms = 400;
    s->endpoint_patience_ms = 1000;
    s->endpoint_max_ms = 10000;
    s->endpoint_no_speech_ms = 3000;
    snprintf(s->stt_model, sizeof(s->stt_model), "/usr/share/pocketsphinx/model/en-us/en-us");
    snprintf(s->stt_dictionary, sizeof(s->stt_dictionary),
             "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict");
    s->tts_rate_wpm = 150;
}

static inline void rig_open(struct rig *g, bool is_virtual, const char *helpers)
{
    struct audio_opts o = {
        .capture_hal = hal_audio_find("sim"),
        .playback_hal = hal_audio_find("sim"),
        .capture_device = "",
        .playback_device = "",
        .rate_hz = 48000,
        .volume_percent = 100,
        .clock = &g->clock,
    };

    memset(g, 0, sizeof(*g));
    snprintf(g->dir, sizeof(g->dir), "/tmp/jarvis-speech-test-XXXXXX");
    assert_non_null(mkdtemp(g->dir));
    if (is_virtual)
        clock_init_virtual(&g->clock, 1700000000000000);
    else
        clock_init_real(&g->clock);
    rig_settings(&g->settings);
    snprintf(g->paths.helpers, sizeof(g->paths.helpers), "%s", helpers);
    snprintf(g->paths.lent, sizeof(g->paths.lent), "%s", g->dir); /* the grammar stands there */
    assert_int_equal(loop_new(&g->loop, &g->clock, NULL), 0);
    assert_int_equal(bus_new(&g->bus, g->loop, NULL), 0);
    assert_int_equal(bus_on(g->bus, MSG_N, rig_on_msg, g, NULL), 0);
    assert_int_equal(audio_new(&g->audio, &o, NULL), 0);
    if (is_virtual)
        assert_int_equal(audio_step_open(g->audio, NULL), 0);
    else
        assert_int_equal(audio_start(g->audio, NULL), 0);
}

static inline void rig_close(struct rig *g)
{
    static const char *const files[] = { "jarvis-stt", "jarvis-tts", "grammar.fsg", "states" };

    g->audio = audio_free(g->audio);
    bus_free(g->bus);
    loop_free(g->loop);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", g->dir, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(g->dir), 0);
}

/* The n-th line (0, 1 ..) of a type, or NULL. */
static inline const struct rig_line *rig_find(const struct rig *g, enum msg_type type, size_t n)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->log[i].type == type && n-- == 0)
            return &g->log[i];
    return NULL;
}

/* Appends samples of 16 kHz to what the simulated microphone hears (the stream is at 48 kHz). */
static inline void rig_hear(struct rig *g, const int16_t *frames, size_t count)
{
    int16_t *up = calloc(count * 3 + 1, sizeof(*up));

    assert_non_null(up);
    for (size_t i = 0; i < count * 3; i++) { /* linear: good enough for a 7 kHz model */
        size_t k = i / 3;
        int next = k + 1 < count ? frames[k + 1] : frames[k];

        up[i] = (int16_t)(frames[k] + (next - frames[k]) * (int)(i % 3) / 3);
    }
    assert_int_equal(hal_sim_feed(audio_capture_pcm(g->audio), up, count * 3, NULL), 0);
    free(up);
}

static inline void rig_hear_silence(struct rig *g, unsigned ms)
{
    size_t n = (size_t)ms * 16;
    int16_t *quiet = calloc(n + 1, sizeof(*quiet));
    unsigned seed = 1;

    assert_non_null(quiet);
    for (size_t i = 0; i < n; i++) /* a room is never digitally silent */
        quiet[i] = (int16_t)(rand_r(&seed) % 9 - 4);
    rig_hear(g, quiet, n);
    free(quiet);
}

static inline void rig_post(struct rig *g, enum msg_type type, uint64_t session, const char *text,
                            uint32_t serial)
{
    struct msg *m = msg_new(type, session);

    assert_non_null(m);
    if (text)
        m->text = strdup(text);
    if (type == MSG_SAY) {
        m->say.serial = serial;
        m->say.last = true;
    }
    bus_post(g->bus, m);
}

#endif
