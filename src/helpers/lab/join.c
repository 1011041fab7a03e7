/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/join.c - several sound files as one WAV file of 16 kHz, for demos and tests. */
#include "audio/wav.h"
#include "base/cleanup.h"
#include "lab.h"
#include "rt/block.h"

#include <getopt.h>
#include <string.h>

enum { LEAD_MS_MAX = 60000 };

struct joined {
    int16_t *frames; /* owned */
    size_t count;
};

static int joined_grow(struct joined *j, size_t more, struct err *e)
{
    int16_t *frames = realloc(j->frames, (j->count + more + 1) * sizeof(*frames));

    if (!frames)
        return err_set(e, -ENOMEM, "out of memory");
    memset(frames + j->count, 0, more * sizeof(*frames));
    j->frames = frames;
    return 0;
}

static int joined_add(struct joined *j, const char *path, struct err *e)
{
    AUTO_FREE int16_t *frames = NULL;
    size_t count = 0;
    int r = wav_load(&frames, &count, path, BLOCK_RATE_HZ, e);

    if (r >= 0)
        r = joined_grow(j, count, e);
    if (r < 0)
        return r;
    if (count)
        memcpy(j->frames + j->count, frames, count * sizeof(*frames));
    j->count += count;
    return 0;
}

int lab_join(int argc, char **argv)
{
    static const struct option options[] = {
        { "lead-ms", required_argument, NULL, 'm' },
        { NULL, 0, NULL, 0 },
    };
    struct joined j = { .frames = NULL };
    struct err e = ERR_INIT;
    long lead_ms = 0;
    int c, r;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c != 'm')
            return 2;
        lead_ms = strtol(optarg, NULL, 10);
    }
    if (argc - optind < 2 || lead_ms < 0 || lead_ms > LEAD_MS_MAX) {
        fputs("jarvis-lab: use: join [--lead-ms 0..60000] FILE... OUT.wav\n", stderr);
        return 2;
    }
    r = joined_grow(&j, (size_t)lead_ms * BLOCK_RATE_HZ / 1000, &e);
    j.count = (size_t)lead_ms * BLOCK_RATE_HZ / 1000;
    for (int i = optind; r >= 0 && i < argc - 1; i++)
        r = joined_add(&j, argv[i], &e);
    if (r >= 0)
        r = wav_save(argv[argc - 1], j.frames, j.count, BLOCK_RATE_HZ, &e);
    if (r < 0)
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    free(j.frames);
    return r < 0 ? 1 : 0;
}
