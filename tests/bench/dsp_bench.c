/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/dsp_bench.c - sound, 10 ms at a time: dsp_bench WHAT HZ PERIODS.
 * WHAT: voice (a chunk of the voice network, 3.2 periods), embedding (a step of the speech embedding,
 * 8 periods), decimate (48 kHz), rate (a device to 16 kHz), chain (all that happens to a period of the
 * microphone), or libsamplerate to 16 kHz: fast, medium, best. For callgrind: the difference of two
 * runs is the cost of a period. */
#include "audio/front.h"
#include "dsp/embedding.h"
#include "dsp/silero.h"

#include <math.h>
#include <samplerate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float tone[48000], out[48000];
static int16_t frames[48000];

static int run_decimate(int hz, int periods)
{
    static struct decimate d;

    (void)hz;
    decimate_init(&d);
    for (int i = 0; i < periods; i++)
        decimate_run(&d, tone, out);
    return 0;
}

static int run_rate(int hz, int periods)
{
    static struct to16k t;

    if (to16k_init(&t, (unsigned)hz, NULL, NULL) < 0)
        return 1;
    for (int i = 0; i < periods; i++)
        to16k_run(&t, tone, (size_t)hz / 100, out);
    to16k_done(&t);
    return 0;
}

static int run_chain(int hz, int periods)
{
    static struct front f;
    struct audio_block block;

    front_init(&f, FRONT_CHANNEL_AUTO, NULL);
    if (front_open(&f, (unsigned)hz, 1, NULL) < 0)
        return 1;
    for (int i = 0; i < periods; i++) {
        front_push(&f, frames, (size_t)hz / 100);
        while (front_take(&f, false, 0, &block))
            ;
    }
    front_done(&f);
    return 0;
}

static int run_voice(int hz, int chunks)
{
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    struct silero s;

    (void)hz;
    if (silero_net_new(&net, "build/models/silero_vad_v6.onnx", NULL) < 0)
        return 1;
    silero_init(&s, net);
    for (int i = 0; i < chunks; i++)
        silero_run(&s, frames + i % 64 * SILERO_CHUNK);
    return 0;
}

static int run_embedding(int hz, int steps)
{
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    static struct embedding e;
    float out_vector[EMBEDDING_SIZE];

    (void)hz;
    if (embedding_net_new(&net, "build/models/speech_embedding_v1.onnx", NULL) < 0)
        return 1;
    embedding_init(&e, net);
    for (int i = 0; i < steps; i++)
        embedding_run(&e, frames + i % 32 * EMBEDDING_STEP, out_vector);
    return 0;
}

static int run_src(int kind, int hz, int periods)
{
    int error = 0;
    SRC_STATE *s = src_new(kind, 1, &error);
    SRC_DATA d = { .data_in = tone, .data_out = out, .input_frames = hz / 100, .output_frames = 480,
                   .src_ratio = 16000.0 / hz };

    if (!s)
        return 1;
    for (int i = 0; i < periods; i++)
        src_process(s, &d);
    src_delete(s);
    return 0;
}

static int run_fast(int hz, int periods)
{
    return run_src(SRC_SINC_FASTEST, hz, periods);
}

static int run_medium(int hz, int periods)
{
    return run_src(SRC_SINC_MEDIUM_QUALITY, hz, periods);
}

static int run_best(int hz, int periods)
{
    return run_src(SRC_SINC_BEST_QUALITY, hz, periods);
}

static const struct {
    const char *name;
    int (*run)(int hz, int periods);
} kinds[] = {
    { "decimate", run_decimate }, { "rate", run_rate },     { "chain", run_chain },
    { "voice", run_voice },       { "embedding", run_embedding },
    { "fast", run_fast },         { "medium", run_medium }, { "best", run_best },
};

int main(int argc, char **argv)
{
    for (int i = 0; i < 48000; i++) {
        tone[i] = 0.3f * sinf((float)i * 0.13f);
        frames[i] = (int16_t)(tone[i] * 32767);
    }
    for (size_t i = 0; argc == 4 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, argv[1]) == 0)
            return kinds[i].run((int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));
    fprintf(stderr, "dsp_bench decimate|rate|chain|voice|embedding|fast|medium|best HZ PERIODS\n");
    return 2;
}
