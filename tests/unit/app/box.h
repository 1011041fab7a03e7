/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/box.h - the daemon's own wiring in this process: a folder of its own as root, real
 * store, control socket and settings, virtual devices, no sound card, no broker, no page.
 *
 *     box_open(devices) -> app_new(), app_start();  box_ask(request) -> the control socket's answer
 *     BOX_UNTIL(condition) runs the main loop until it holds; the bound only ends a test that fails
 * Included by one test program each. */
#ifndef JARVIS_TESTS_APP_BOX_H
#define JARVIS_TESTS_APP_BOX_H

#include "app/app.h"

#include "base/file.h"
#include "core/rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/dir.h"

enum { BOX_PATIENCE_MS = 60000, BOX_STEP_MS = 10, BOX_WORDS_BYTES = 600 };

static const char box_house[] = "devices:\n"
                                "  - {name: Kitchen light, area: Kitchen, kind: light, via: virtual}\n"
                                "  - {name: Fan, area: Bedroom, kind: switch, via: virtual}\n";
static const char box_settings[] = "http:\n  enabled: false\n"
                                   "audio:\n  backend: \"null\"\n"
                                   "led:\n  backend: none\n"
                                   "button:\n  backend: none\n"
                                   "mute:\n  backend: none\n"
                                   "llm:\n  kind: none\n"
                                   "mqtt:\n  port: 18230\n";

static struct box {
    char root[DIR_BYTES], etc[128];
    struct clock clock;
    struct app *a;
    unsigned faults, sessions, settings; /* MSG_FAULT, MSG_SESSION, MSG_SETTINGS seen */
    char part[64], words[BOX_WORDS_BYTES]; /* of the last fault of the part that is watched */
    int code;
    const char *watched;
    uint8_t frame[RPC_FRAME_BYTES_MAX];
} box;

#define BOX_UNTIL(condition)                                           \
    do {                                                               \
        const int64_t until_ = clock_now_ms() + BOX_PATIENCE_MS;       \
        while (clock_now_ms() < until_ && !(condition))                \
            loop_step(box.a->loop, BOX_STEP_MS);                       \
        if (!(condition))                                              \
            fail_msg("never: %s (last fault: %s %d %s)", #condition, box.part, box.code, box.words); \
    } while (0)

static void box_on_msg(const struct msg *m, void *user)
{
    (void)user;
    box.sessions += m->type == MSG_SESSION;
    box.settings += m->type == MSG_SETTINGS;
    if (m->type != MSG_FAULT || (box.watched && strcmp(m->part, box.watched) != 0))
        return;
    box.faults++;
    box.code = m->code;
    snprintf(box.part, sizeof(box.part), "%s", m->part);
    snprintf(box.words, sizeof(box.words), "%s", m->text ? m->text : "");
}

static void box_write(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", box.etc, name);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

static int box_setup(void **state)
{
    static const char *const helpers[] = { "jarvis-stt", "jarvis-tts" };

    (void)state;
    memset(&box, 0, sizeof(box));
    if (dir_make(box.root, "box") < 0)
        return -1;
    snprintf(box.etc, sizeof(box.etc), "%s/etc/jarvis", box.root);
    setenv("JARVIS_HELPERS", box.root, 1);
    setenv("JARVIS_SHARE", "rootfs-overlay/usr/share/jarvis", 1);
    for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", box.root, helpers[i]);
        if (file_write(path, "#!/bin/false\n", 13, 0700, NULL) < 0)
            return -1;
    }
    clock_init_real(&box.clock);
    if (file_mkdirs(box.etc, 0700, NULL) < 0)
        return -1;
    box_write("jarvis.yaml", box_settings);
    box_write("devices.yaml", box_house);
    return 0;
}

/* Are sentences of this house understood? The catalogue is built beside the start. */
static inline bool box_understands(const char *sentence)
{
    AUTO_JSON *j = NULL;

    return intent_explain(&j, box.a->intent, sentence, NULL) >= 0 &&
           cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(j, "readings")) > 0;
}

static inline void box_open(void)
{
    const struct app_opts o = { .root = box.root, .clock = &box.clock };
    struct err e = ERR_INIT;

    if (app_new(&box.a, &o, &e) < 0)
        fail_msg("app_new: %s", err_text(&e));
    assert_int_equal(bus_on(box.a->bus, MSG_N, box_on_msg, NULL, &e), 0);
    if (app_start(box.a, &e) < 0)
        fail_msg("app_start: %s", err_text(&e));
    BOX_UNTIL(box.a->ready_told && box_understands("what time is it"));
}

static inline void box_close(void)
{
    box.a = app_free(box.a);
}

static int box_teardown(void **state)
{
    (void)state;
    box_close();
    return dir_remove(box.root);
}

static inline int box_dial(void)
{
    struct err e = ERR_INIT;
    char path[256];
    int fd = -1;

    snprintf(path, sizeof(path), "%s/run/jarvis/control.sock", box.root);
    if (control_connect(&fd, path, &e) < 0)
        fail_msg("%s: %s", path, err_text(&e));
    return fd;
}

/* The answer to one request, owned by the caller. */
static inline cJSON *box_ask_on(int fd, const char *request)
{
    struct rpc_frame f = { 0 };
    cJSON *j = NULL;
    int r = 0;

    assert_int_equal(rpc_send(fd, CONTROL_REQUEST, 7, request, strlen(request), NULL), 0);
    for (int64_t until = clock_now_ms() + BOX_PATIENCE_MS; clock_now_ms() < until && r == 0;) {
        loop_step(box.a->loop, BOX_STEP_MS);
        r = rpc_recv(fd, box.frame, &f, 0, NULL);
    }
    if (r != 1 || f.type != CONTROL_DONE || f.serial != 7 || rpc_json(&j, &f, NULL) < 0)
        fail_msg("%s: no answer (%d)", request, r);
    return j;
}

static inline cJSON *box_ask(const char *request)
{
    AUTO_CLOSE int fd = box_dial();

    return box_ask_on(fd, request);
}

#define BOX_TEST(fn) cmocka_unit_test_setup_teardown(fn, box_setup, box_teardown)

#endif
