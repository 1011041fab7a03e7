/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/wake.c - the wake word alone on sound files: hits, misses, false alarms.
 *
 * Nothing but the ears runs, by the settings in force (JARVIS_WAKE_PHRASE,
 * JARVIS_WAKE_THRESHOLD_EXP ...); nobody answers, so that the engine hears every second. A line a
 * hit, a line a file, and one for all:
 *
 *     {"file","event":"wake","from_ms","to_ms","score","heard_ms"}
 *     {"file","event":"file","seconds","wakes"}
 *     {"event":"all","files","hours","wakes","files_without","wakes_per_hour"} */
#include "base/file.h"
#include "bench.h"
#include "lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_MS = 1000 }; /* of silence after a file: a late hit still belongs to it */

struct ears {
    struct clock clock;
    struct paths paths;
    struct settings settings;
    struct loop *loop; /* owned, as the next three */
    struct bus *bus;
    struct audio *audio;
    struct speech *speech;
    struct bench bench;
    const char *file;    /* being heard; NULL: nobody counts */
    uint64_t begin;      /* its first sample in the 16 kHz stream */
    int64_t begin_usec;
    unsigned wakes;      /* in it */
};

struct wake_sum {
    unsigned files, without, wakes;
    double seconds;
};

static void line_print(cJSON *j)
{
    AUTO_FREE char *text = json_text(j);

    puts(text ? text : "{}");
    fflush(stdout);
}

static double file_ms(const struct ears *x, uint64_t position)
{
    return round(((double)position - (double)x->begin) * 1000.0 / BLOCK_RATE_HZ);
}

static void on_wake(const struct msg *m, void *user)
{
    struct ears *x = user;
    AUTO_JSON *j = cJSON_CreateObject();

    if (!x->file || !j)
        return;
    x->wakes++;
    cJSON_AddStringToObject(j, "file", x->file);
    cJSON_AddStringToObject(j, "event", "wake");
    cJSON_AddNumberToObject(j, "from_ms", file_ms(x, m->wake.from_position));
    cJSON_AddNumberToObject(j, "to_ms", file_ms(x, m->wake.to_position));
    cJSON_AddNumberToObject(j, "score", m->wake.score);
    cJSON_AddNumberToObject(j, "heard_ms", (double)((m->at_usec - x->begin_usec) / 1000));
    line_print(j);
}

static void complain(const char *text, void *user)
{
    (void)user;
    fprintf(stderr, "jarvis-lab: settings: %s\n", text);
}

static int ears_sound(struct ears *x, struct err *e)
{
    const struct audio_opts o = {
        .capture_hal = &hal_audio_sim,
        .playback_hal = &hal_audio_sim,
        .capture_device = "",
        .playback_device = "",
        .clock = &x->clock,
    };
    int r = audio_new(&x->audio, &o, e);

    return r < 0 ? r : audio_step_open(x->audio, e);
}

static int ears_open(struct ears *x, struct err *e)
{
    struct speech_deps d = { .settings = &x->settings, .paths = &x->paths };
    int r = paths_init(&x->paths, "", e);

    clock_init_virtual(&x->clock, 0);
    if (r >= 0)
        r = settings_load(&x->settings, &x->paths, complain, NULL, e);
    if (r >= 0)
        r = loop_new(&x->loop, &x->clock, e);
    if (r >= 0)
        r = bus_new(&x->bus, x->loop, e);
    if (r >= 0)
        r = ears_sound(x, e);
    if (r < 0)
        return r;
    d.loop = x->loop;
    d.bus = x->bus;
    d.audio = x->audio;
    r = speech_new(&x->speech, &d, e);
    if (r >= 0)
        r = bus_on(x->bus, MSG_WAKE, on_wake, x, e);
    if (r >= 0)
        r = speech_start(x->speech, e);
    x->bench = (struct bench){ &x->clock, x->loop, x->audio, x->speech };
    return r < 0 ? r : bench_wait_wake(&x->bench, e);
}

static void ears_close(struct ears *x)
{
    speech_free(x->speech);
    audio_free(x->audio);
    bus_free(x->bus);
    loop_free(x->loop);
}

static int ears_hear(struct ears *x, const char *path, struct wake_sum *sum, struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();
    struct audio_stats stats;
    uint64_t frames = 0;
    int r = bench_feed(&x->bench, path, &frames, e);

    audio_stats(x->audio, &stats);
    x->begin = stats.capture_blocks * BLOCK_FRAMES;
    x->begin_usec = clock_mono_usec(&x->clock);
    x->wakes = 0;
    x->file = path;
    while (r >= 0 && !bench_is_heard(&x->bench))
        r = bench_tick(&x->bench, e);
    for (int ms = 0; r >= 0 && ms < TAIL_MS; ms += BENCH_TICK_MS)
        r = bench_tick(&x->bench, e);
    x->file = NULL;
    if (r < 0)
        return r;
    sum->files++;
    sum->without += x->wakes == 0;
    sum->wakes += x->wakes;
    sum->seconds += (double)frames / BLOCK_RATE_HZ;
    cJSON_AddStringToObject(j, "file", path);
    cJSON_AddStringToObject(j, "event", "file");
    cJSON_AddNumberToObject(j, "seconds", round((double)frames / BLOCK_RATE_HZ * 100.0) / 100.0);
    cJSON_AddNumberToObject(j, "wakes", x->wakes);
    line_print(j);
    return 0;
}

static void sum_print(const struct wake_sum *sum)
{
    AUTO_JSON *j = cJSON_CreateObject();
    double hours = sum->seconds / 3600.0;

    cJSON_AddStringToObject(j, "event", "all");
    cJSON_AddNumberToObject(j, "files", sum->files);
    cJSON_AddNumberToObject(j, "hours", round(hours * 10000.0) / 10000.0);
    cJSON_AddNumberToObject(j, "wakes", sum->wakes);
    cJSON_AddNumberToObject(j, "files_without", sum->without);
    cJSON_AddNumberToObject(j, "wakes_per_hour",
                            hours > 0.0 ? round(sum->wakes / hours * 10.0) / 10.0 : 0.0);
    line_print(j);
}

int lab_wake(int argc, char **argv)
{
    struct ears x = { .loop = NULL };
    struct wake_sum sum = { 0 };
    struct err e = ERR_INIT;
    int r;

    if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
        return lab_wake_model(argc, argv);
    if (argc < 2 || argv[1][0] == '-') {
        fputs("jarvis-lab: use: wake FILE..., or wake --model NAME FILE...\n", stderr);
        return 2;
    }
    r = ears_open(&x, &e);
    for (int i = 1; r >= 0 && i < argc; i++)
        r = ears_hear(&x, argv[i], &sum, &e);
    if (r >= 0)
        sum_print(&sum);
    else
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    ears_close(&x);
    return r < 0 ? 1 : 0;
}
