/* SPDX-License-Identifier: Apache-2.0 */
/* Precision and recall of the energy VAD: on synthetic bursts always, on human commands with
 * and without kitchen noise where JARVIS_DATA names the development data. */
#include "dsp/hpf.h"
#include "dsp/level.h"
#include "dsp/vad.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    RATE_HZ = 16000,
    BLOCK = 160,
    SECONDS = 60,
    BLOCKS = SECONDS * 100,
    SCORE_FROM = 500, /* blocks: the first 5 s are not judged */
};

static float clean[BLOCKS * BLOCK], noise[BLOCKS * BLOCK], mixed[BLOCKS * BLOCK];
static float power_db[BLOCKS];
static bool is_speech[BLOCKS];

struct score {
    double precision, recall, false_rate;
};

/* ---- labels and scores ----------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

/* Makes runs of `value` shorter than `least` blocks into !value. */
static void flip_short_runs(bool value, int least)
{
    for (int i = 0, end; i < BLOCKS; i = end) {
        for (end = i; end < BLOCKS && is_speech[end] == is_speech[i]; end++)
            ;
        if (is_speech[i] == value && end - i < least && i > 0 && end < BLOCKS)
            for (int k = i; k < end; k++)
                is_speech[k] = !value;
    }
}

/* Within 35 dB of the 95th percentile of the clean signal; gaps to 200 ms are speech, bursts
 * below 50 ms are not. */
static void label(void)
{
    static float sorted[BLOCKS];

    for (int i = 0; i < BLOCKS; i++)
        power_db[i] = level_rms_db(clean + (size_t)i * BLOCK, BLOCK);
    memcpy(sorted, power_db, sizeof(sorted));
    qsort(sorted, BLOCKS, sizeof(sorted[0]), by_value);
    for (int i = 0; i < BLOCKS; i++)
        is_speech[i] = power_db[i] > sorted[BLOCKS * 95 / 100] - 35.0f;
    flip_short_runs(false, 21);
    flip_short_runs(true, 5);
}

static struct score run_vad(void)
{
    int hit = 0, false_hit = 0, speech = 0, quiet = 0;
    struct hpf hpf;
    struct vad vad;

    hpf_init(&hpf, RATE_HZ);
    vad_init(&vad);
    for (int i = 0; i < BLOCKS; i++) {
        float x[BLOCK];
        bool voiced;

        memcpy(x, mixed + (size_t)i * BLOCK, sizeof(x));
        hpf_run(&hpf, x, BLOCK);
        voiced = vad_run(&vad, level_rms_db(x, BLOCK));
        if (i < SCORE_FROM)
            continue;
        speech += is_speech[i];
        quiet += !is_speech[i];
        hit += voiced && is_speech[i];
        false_hit += voiced && !is_speech[i];
    }
    return (struct score){ (double)hit / (hit + false_hit), (double)hit / speech,
                           (double)false_hit / quiet };
}

static void mix(float noise_db)
{
    float level_db = level_rms_db(noise, BLOCKS * BLOCK);
    float gain = powf(10.0f, (noise_db - level_db) / 20.0f);

    for (size_t i = 0; i < BLOCKS * BLOCK; i++)
        mixed[i] = clean[i] + (noise_db > -200.0f ? noise[i] * gain : 0.0f);
}

struct score_case {
    const char *name;
    float noise_db;
    double precision, recall, false_rate;
};

static void score_reaches(const struct score_case *c)
{
    struct score s;

    mix(c->noise_db);
    s = run_vad();
    printf("%s: precision %.3f recall %.3f false %.3f\n", c->name, s.precision, s.recall,
           s.false_rate);
    assert_true(s.precision >= c->precision);
    assert_true(s.recall >= c->recall);
    assert_true(s.false_rate <= c->false_rate);
}

/* ---- synthetic ------------------------------------------------------------------------- */

static uint32_t seed = 1;

static float random_one(void) /* -1 .. 1 */
{
    seed = seed * 1664525u + 1013904223u;
    return (float)(int32_t)seed / 2147483648.0f;
}

/* Words of 300..700 ms made of 120 Hz harmonics that swell at the rate of syllables, each
 * second sentence 10 dB softer. */
static void make_bursts(void)
{
    size_t at = RATE_HZ;
    int n = 0;

    memset(clean, 0, sizeof(clean));
    while (at + 2 * RATE_HZ < BLOCKS * BLOCK) {
        size_t len = (size_t)(RATE_HZ * (0.5 + 0.2 * random_one()));
        float gain = n++ % 2 ? 0.03f : 0.1f;

        for (size_t i = 0; i < len; i++) {
            double t = (double)i / RATE_HZ, sum = 0.0;

            for (int h = 1; h <= 12; h++)
                sum += sin(2.0 * M_PI * 120.0 * h * t) / h;
            clean[at + i] = (float)(gain * sum * (0.6 - 0.4 * cos(2.0 * M_PI * 4.0 * t)));
        }
        at += len + RATE_HZ;
    }
    for (size_t i = 0; i < BLOCKS * BLOCK; i++)
        noise[i] = random_one();
}

static void synthetic_bursts(void **state)
{
    static const struct score_case cases[] = {
        { "quiet room", -70.0f, 0.84, 0.99, 0.10 },
        { "fan", -50.0f, 0.90, 0.95, 0.06 },
        { "loud fan", -40.0f, 0.93, 0.70, 0.03 },
    };

    (void)state;
    make_bursts();
    label();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        score_reaches(&cases[i]);
}

/* A step of the room's noise is speech until the window has forgotten the quiet. */
static void floor_follows_the_room(void **state)
{
    struct vad v;
    bool voiced = false;

    (void)state;
    vad_init(&v);
    for (int i = 0; i < 300; i++)
        assert_false(vad_run(&v, -60.0f));
    assert_true(fabsf(v.noise_db - -60.0f) < 3.0f);
    for (int i = 0; i < 320; i++)
        voiced = vad_run(&v, -40.0f);
    assert_false(voiced);
    assert_true(fabsf(v.noise_db - -40.0f) < 3.0f);
    for (int i = 0; i < 20; i++)
        voiced = vad_run(&v, -60.0f);
    assert_true(fabsf(v.noise_db - -60.0f) < 3.0f); /* down at once */
    for (int i = 0; i < 20; i++)
        voiced = vad_run(&v, -30.0f);
    assert_true(voiced);
}

/* ---- human commands -------------------------------------------------------------------- */

static size_t read_sound(float *out, size_t most, const char *path)
{
    SF_INFO sf = { 0 };
    SNDFILE *f = sf_open(path, SFM_READ, &sf);
    sf_count_t n = 0;

    if (f && sf.channels == 1 && sf.samplerate == RATE_HZ)
        n = sf_readf_float(f, out, (sf_count_t)most);
    if (f)
        sf_close(f);
    return n > 0 ? (size_t)n : 0;
}

/* High-passed, trimmed to 35 dB below its loudest block, -26 dBFS active level. */
static size_t prepare(float *x, size_t n)
{
    float loudest = LEVEL_FLOOR_DB;
    double active = 0.0;
    size_t first = n, last = 0, blocks = 0;
    struct hpf hpf;
    float gain;

    hpf_init(&hpf, RATE_HZ);
    hpf_run(&hpf, x, n);
    for (size_t i = 0; i + BLOCK <= n; i += BLOCK)
        loudest = fmaxf(loudest, level_rms_db(x + i, BLOCK));
    for (size_t i = 0; i + BLOCK <= n; i += BLOCK) {
        float db = level_rms_db(x + i, BLOCK);

        if (db < loudest - 35.0f)
            continue;
        active += pow(10.0, db / 10.0);
        blocks++;
        first = i < first ? i : first;
        last = i + BLOCK;
    }
    if (blocks == 0)
        return 0;
    gain = (float)pow(10.0, (-26.0 - 10.0 * log10(active / (double)blocks)) / 20.0);
    for (size_t i = first; i < last; i++)
        x[i - first] = x[i] * gain;
    return last - first;
}

static bool load_commands(const char *data)
{
    static float one[RATE_HZ * 20];
    char path[512];
    struct dirent **names = NULL;
    size_t at = 0;
    int n;

    snprintf(path, sizeof(path), "%s/commands/clean", data);
    n = scandir(path, &names, NULL, alphasort);
    memset(clean, 0, sizeof(clean));
    for (int i = 0; i < n; i++) {
        size_t len = 0;

        snprintf(path, sizeof(path), "%s/commands/clean/%s", data, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            len = prepare(one, read_sound(one, sizeof(one) / sizeof(one[0]), path));
        if (len <= BLOCKS * BLOCK - at)
            memcpy(clean + at, one, len * sizeof(one[0]));
        else
            len = 0;
        at += len + (len ? RATE_HZ : 0);
        if (at > BLOCKS * BLOCK)
            at = BLOCKS * BLOCK;
        free(names[i]);
    }
    free(names);
    snprintf(path, sizeof(path), "%s/commands/kitchen.flac", data);
    return at > 0 && read_sound(noise, BLOCKS * BLOCK, path) == BLOCKS * BLOCK;
}

static void human_commands(void **state)
{
    static const struct score_case cases[] = {
        { "clean", -300.0f, 0.95, 0.98, 0.05 },
        { "kitchen 10 dB", -36.0f, 0.88, 0.87, 0.28 },
        { "kitchen 0 dB", -26.0f, 0.85, 0.67, 0.30 },
    };
    const char *data = getenv("JARVIS_DATA");

    (void)state;
    if (!data || !load_commands(data)) {
        puts("skip: JARVIS_DATA does not name the development data (commands/)");
        skip();
    }
    label();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        score_reaches(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic_bursts),
        cmocka_unit_test(floor_follows_the_room),
        cmocka_unit_test(human_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
