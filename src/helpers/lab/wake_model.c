/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/wake_model.c - wake-word models on sound files, nothing in between.
 *
 *     wake --model NAME[=CUTOFF][,NAME...] [--folder DIR] [--voice NAME] [--stream] [--roc] FILE...
 *
 * Each file is a stream of its own: a second of silence, the file, half a second of silence. A line a
 * file:    {"file","seconds","score","detections":[ms...]}, ms since the file's first sample,
 * and one for all: {"event":"all","files","hours","files_with","detections","per_hour","at_most"}.
 * --stream: the files follow each other without a break, as from a television; with T hours and n
 * detections `at_most` is the rate that 95 of 100 such stretches would stay below (none heard: 3/T).
 * --roc: the whole again for cut-offs from 0.1 to 0.99, a line each. */
#include "audio/wav.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/str.h"
#include "lab.h"
#include "wake/micro_engine.h"

#include <math.h>
#include <string.h>

enum { LEAD_BLOCKS = 100, TAIL_BLOCKS = 50 };

struct trial {
    const char *list, *voice;
    const char *folders[4];
    char own[PATHS_BYTES], shipped[PATHS_BYTES];
    bool is_stream, is_roc, is_quiet;
    struct wake_engine engine;
    uint64_t position; /* of the stream's next sample */
    unsigned files, with, detections;
    double seconds;
};

static void line_out(cJSON *j)
{
    AUTO_FREE char *text = json_text(j);

    puts(text ? text : "{}");
    fflush(stdout);
}

/* Blocks of one file; frames NULL: silence. Detections go into `ret` unless it is NULL. */
static unsigned blocks_feed(struct trial *t, const int16_t *frames, size_t blocks, int64_t begin_ms,
                            cJSON *ret)
{
    unsigned n = 0;

    for (size_t i = 0; i < blocks; i++) {
        struct audio_block b = { .position = t->position };
        struct wake_hit hit;

        if (frames)
            memcpy(b.wake, frames + i * BLOCK_FRAMES, sizeof(b.wake));
        t->position += BLOCK_FRAMES;
        if (t->engine.feed(t->engine.self, &b, &hit) <= 0)
            continue;
        n++;
        if (ret)
            cJSON_AddItemToArray(ret, cJSON_CreateNumber(
                (double)(begin_ms + (int64_t)(i + 1) * BLOCK_MS)));
    }
    return n;
}

static int file_try(struct trial *t, const char *path, struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *found = j ? cJSON_AddArrayToObject(j, "detections") : NULL;
    AUTO_FREE int16_t *frames = NULL;
    size_t count = 0, blocks;
    unsigned n = 0;
    int r = wav_load(&frames, &count, path, BLOCK_RATE_HZ, e);

    if (r < 0)
        return r;
    blocks = count / BLOCK_FRAMES;
    if (!t->is_stream) {
        t->engine.clear(t->engine.self);
        n += blocks_feed(t, NULL, LEAD_BLOCKS, -LEAD_BLOCKS * BLOCK_MS, found);
    }
    t->engine.peak(t->engine.self);
    n += blocks_feed(t, frames, blocks, 0, found);
    if (!t->is_stream)
        n += blocks_feed(t, NULL, TAIL_BLOCKS, (int64_t)blocks * BLOCK_MS, found);
    t->files++;
    t->with += n > 0;
    t->detections += n;
    t->seconds += (double)count / BLOCK_RATE_HZ;
    cJSON_AddStringToObject(j, "file", path);
    cJSON_AddNumberToObject(j, "seconds", round((double)count / BLOCK_RATE_HZ * 100.0) / 100.0);
    cJSON_AddNumberToObject(j, "score", round(t->engine.peak(t->engine.self) * 1e4) / 1e4);
    if (!t->is_quiet)
        line_out(j);
    return 0;
}

/* An upper bound for a Poisson rate at 95 %, by Wilson and Hilferty's approximation. */
static double at_most(unsigned n)
{
    double k = n + 1.0;

    return k * pow(1.0 - 1.0 / (9.0 * k) + 1.6449 / (3.0 * sqrt(k)), 3.0);
}

static void all_out(const struct trial *t, double cutoff)
{
    AUTO_JSON *j = cJSON_CreateObject();
    double hours = t->seconds / 3600.0;

    cJSON_AddStringToObject(j, "event", cutoff > 0.0 ? "roc" : "all");
    if (cutoff > 0.0)
        cJSON_AddNumberToObject(j, "cutoff", cutoff);
    cJSON_AddNumberToObject(j, "files", t->files);
    cJSON_AddNumberToObject(j, "hours", round(hours * 1e4) / 1e4);
    cJSON_AddNumberToObject(j, "files_with", t->with);
    cJSON_AddNumberToObject(j, "detections", t->detections);
    if (hours > 0.0) {
        cJSON_AddNumberToObject(j, "per_hour", round(t->detections / hours * 1e3) / 1e3);
        cJSON_AddNumberToObject(j, "at_most", round(at_most(t->detections) / hours * 1e3) / 1e3);
    }
    line_out(j);
}

/* All files with one cut-off; 0: the manifests' or the ones that were given. */
static int round_try(struct trial *t, double cutoff, char **files, int n, struct err *e)
{
    char list[MICRO_LIST];
    int r = 0;

    snprintf(list, sizeof(list), cutoff > 0.0 ? "%s=%.2f" : "%s", t->list, cutoff);
    t->files = t->with = t->detections = 0;
    t->seconds = 0.0;
    t->position = 0;
    t->is_quiet = cutoff > 0.0;
    r = micro_engine_make(&t->engine, list, t->voice, t->folders, e);
    if (r < 0)
        return r;
    for (int i = 0; r >= 0 && i < n; i++)
        r = file_try(t, files[i], e);
    t->engine.free(t->engine.self);
    if (r >= 0)
        all_out(t, cutoff);
    return r;
}

static int trial_run(struct trial *t, char **files, int n, struct err *e)
{
    static const double cutoffs[] = { .1, .2, .3, .4, .5, .6, .7, .8, .85, .9, .93, .95, .97, .98,
                                      .99 };
    struct paths paths;
    int r = paths_init(&paths, "", e);

    if (r >= 0)
        r = paths_join(t->own, sizeof(t->own), paths.state, "wake", e);
    if (r >= 0)
        r = paths_join(t->shipped, sizeof(t->shipped), paths.models, "wake", e);
    t->folders[t->folders[0] ? 1 : 0] = t->own;
    t->folders[t->folders[1] ? 2 : 1] = t->shipped;
    if (r >= 0)
        r = round_try(t, 0.0, files, n, e);
    for (size_t i = 0; t->is_roc && r >= 0 && i < sizeof(cutoffs) / sizeof(cutoffs[0]); i++)
        r = round_try(t, cutoffs[i], files, n, e);
    return r;
}

/* Where the files begin; -1: not understood. */
static int options_take(struct trial *t, int argc, char **argv)
{
    const struct {
        const char *name, **text;
        bool *flag;
    } options[] = {
        { "--model", &t->list, NULL },       { "--voice", &t->voice, NULL },
        { "--folder", &t->folders[0], NULL }, { "--stream", NULL, &t->is_stream },
        { "--roc", NULL, &t->is_roc },
    };
    int i = 1;

    while (i < argc && argv[i][0] == '-') {
        size_t o = 0;

        while (o < sizeof(options) / sizeof(options[0]) && strcmp(options[o].name, argv[i]) != 0)
            o++;
        if (o == sizeof(options) / sizeof(options[0]) || (options[o].text && i + 1 >= argc))
            return -1;
        if (options[o].text)
            *options[o].text = argv[++i];
        else
            *options[o].flag = true;
        i++;
    }
    return i < argc && t->list[0] && !(t->is_roc && strpbrk(t->list, ",=")) ? i : -1;
}

int lab_wake_model(int argc, char **argv)
{
    struct trial t = { .list = "", .voice = "" };
    struct err e = ERR_INIT;
    int files = options_take(&t, argc, argv);

    if (files < 0) {
        fputs("jarvis-lab: use: wake --model NAME[=CUTOFF][,NAME...] [--folder DIR] [--voice NAME] "
              "[--stream] FILE..., or with --roc and one NAME\n", stderr);
        return 2;
    }
    if (trial_run(&t, argv + files, argc - files, &e) >= 0)
        return 0;
    fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    return 1;
}
