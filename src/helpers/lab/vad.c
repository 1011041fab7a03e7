/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/vad.c - the voice network alone on a sound file: a line a chunk of 32 ms, its p. */
#include "audio/wav.h"
#include "base/paths.h"
#include "core/settings.h"
#include "dsp/silero.h"
#include "lab.h"
#include "rt/block.h"

#include <string.h>

static void complain(const char *text, void *user)
{
    (void)user;
    fprintf(stderr, "jarvis-lab: settings: %s\n", text);
}

static int net_open(struct silero_net **ret, struct err *e)
{
    struct paths paths;
    struct settings settings;
    char path[PATHS_BYTES];
    int r = paths_init(&paths, "", e);

    if (r >= 0)
        r = settings_load(&settings, &paths, complain, NULL, e);
    if (r >= 0)
        r = paths_model(path, sizeof(path), &paths, settings.vad_model, e);
    return r < 0 ? r : silero_net_new(ret, path, e);
}

int lab_vad(int argc, char **argv)
{
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    AUTO_FREE int16_t *frames = NULL;
    struct err e = ERR_INIT;
    struct silero s;
    size_t count = 0;
    int r;

    if (argc != 2 || argv[1][0] == '-') {
        fputs("jarvis-lab: use: vad FILE\n", stderr);
        return 2;
    }
    r = net_open(&net, &e);
    if (r >= 0)
        r = wav_load(&frames, &count, argv[1], BLOCK_RATE_HZ, &e);
    if (r < 0) {
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
        return 1;
    }
    silero_init(&s, net);
    for (size_t i = 0; i + SILERO_CHUNK <= count; i += SILERO_CHUNK)
        printf("%.8f\n", (double)silero_run(&s, frames + i));
    return 0;
}
