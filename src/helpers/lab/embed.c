/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/embed.c - the speech embedding alone on a sound file: a line a step of 80 ms. */
#include "audio/wav.h"
#include "base/must.h"
#include "base/paths.h"
#include "dsp/embedding.h"
#include "lab.h"
#include "rt/block.h"

#include <stdio.h>

#define WEIGHTS "speech_embedding_v1.onnx"

static int net_open(struct embedding_net **ret, const char *name, struct err *e)
{
    struct paths paths;
    char path[PATHS_BYTES];
    int r = paths_init(&paths, "", e);

    if (r >= 0)
        r = paths_model(path, sizeof(path), &paths, name, e);
    return r < 0 ? r : embedding_net_new(ret, path, e);
}

/* Where the window ends in the file, in ms, then the numbers. */
static void line_print(size_t end, const float *vector)
{
    printf("%zu", end * 1000 / BLOCK_RATE_HZ);
    for (int i = 0; i < EMBEDDING_SIZE; i++)
        printf(" %.4f", (double)vector[i]);
    putchar('\n');
}

static void vectors_print(const struct embedding_net *net, const int16_t *frames, size_t count)
{
    static struct embedding embedding;
    float vector[EMBEDDING_SIZE];

    embedding_init(&embedding, net);
    for (size_t end = EMBEDDING_STEP; end <= count; end += EMBEDDING_STEP)
        if (embedding_run(&embedding, frames + end - EMBEDDING_STEP, vector) && must(end >= EMBEDDING_WINDOW))
            line_print(end, vector);
}

static int file_embed(const char *file, const char *weights, struct err *e)
{
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    AUTO_FREE int16_t *frames = NULL;
    size_t count = 0;
    int r = net_open(&net, weights, e);

    if (r >= 0)
        r = wav_load(&frames, &count, file, BLOCK_RATE_HZ, e);
    if (r >= 0)
        vectors_print(net, frames, count);
    return r;
}

int lab_embed(int argc, char **argv)
{
    struct err e = ERR_INIT;

    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fputs("jarvis-lab: use: embed FILE [WEIGHTS]\n", stderr);
        return 2;
    }
    if (file_embed(argv[1], argc == 3 ? argv[2] : WEIGHTS, &e) >= 0)
        return 0;
    fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    return 1;
}
