/* SPDX-License-Identifier: Apache-2.0 */
/* The whole audio part in lock-step on files: what a simulated microphone plays arrives as
 * blocks, what is played arrives in the loudspeaker's file. */
#include "audio/audio.h"
#include "audio/wav.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TICK_USEC = 10000, SECOND = 100 };

static char dir[] = "/tmp/jarvis-sim-test-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(dir);
}

static void tone(int16_t *out, size_t n, unsigned rate_hz, double hz, double amplitude)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)lrint(amplitude * 32767.0 * sin(2.0 * M_PI * hz * (double)i / rate_hz));
}

static double rms(const int16_t *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return n ? sqrt(sum / (double)n) / 32768.0 : 0.0;
}

static struct audio_opts opts_sim(const struct clock *clock, const char *in, const char *out)
{
    return (struct audio_opts){
        .capture_hal = hal_audio_find("sim"),
        .playback_hal = hal_audio_find("sim"),
        .capture_device = in,
        .playback_device = out,
        .volume_percent = 100,
        .clock = clock,
    };
}

static void step(struct audio *a, struct clock *clock, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        audio_step(a);
        clock_advance_usec(clock, TICK_USEC);
    }
}

static void capture_of_any_rate(void **state)
{
    static const unsigned rates_hz[] = { 8000, 16000, 22050, 44100, 48000, 96000 };
    static int16_t sound[96000];

    (void)state;
    for (size_t k = 0; k < sizeof(rates_hz) / sizeof(rates_hz[0]); k++) {
        unsigned rate_hz = rates_hz[k];
        AUTO(audio_freep) struct audio *a = NULL;
        struct audio_stats stats;
        struct audio_block b;
        struct clock clock;
        struct err e = ERR_INIT;
        char path[64];
        int blocks = 0;
        double level = 0.0;

        snprintf(path, sizeof(path), "%s/in.wav", dir);
        tone(sound, rate_hz, rate_hz, 1000.0, 0.25);
        assert_int_equal(wav_save(path, sound, rate_hz, rate_hz, &e), 0);
        clock_init_virtual(&clock, 0);
        const struct audio_opts o = opts_sim(&clock, path, "");

        assert_int_equal(audio_new(&a, &o, &e), 0);
        assert_int_equal(audio_step_open(a, &e), 0);
        assert_int_equal(hal_sim_unread(audio_capture_pcm(a)), rate_hz);
        step(a, &clock, SECOND);
        audio_stats(a, &stats);
        assert_int_equal(stats.capture_rate_hz, rate_hz);
        assert_int_equal(stats.capture_overruns, 0);
        while (audio_capture_pop(a, &b)) {
            assert_int_equal(b.position, (uint64_t)blocks * BLOCK_FRAMES);
            if (++blocks > 50)
                level = rms(b.wake, BLOCK_FRAMES);
        }
        assert_in_range(blocks, 98, 100); /* a resampler holds a few milliseconds back */
        assert_true(fabs(level - 0.25 / sqrt(2.0)) < 0.01);
        assert_int_equal(unlink(path), 0);
    }
}

static void feed_is_heard_after_the_file(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    static int16_t sound[48000];
    struct audio_block b;
    struct clock clock;
    struct err e = ERR_INIT;
    int loud = 0;

    (void)state;
    clock_init_virtual(&clock, 0);
    const struct audio_opts o = opts_sim(&clock, "", "");

    tone(sound, 48000, 48000, 500.0, 0.5);
    assert_int_equal(audio_new(&a, &o, &e), 0);
    assert_null(audio_capture_pcm(a));
    assert_int_equal(audio_step_open(a, &e), 0);
    assert_int_equal(hal_sim_feed(audio_capture_pcm(a), sound, 24000, &e), 0);
    assert_int_equal(hal_sim_feed(audio_capture_pcm(a), sound, 24000, &e), 0);
    step(a, &clock, SECOND / 2);
    assert_int_equal(hal_sim_unread(audio_capture_pcm(a)), 24000);
    step(a, &clock, SECOND);
    assert_int_equal(hal_sim_unread(audio_capture_pcm(a)), 0);
    while (audio_capture_pop(a, &b))
        loud += b.level_db > -20.0f;
    assert_in_range(loud, 99, 101);
}

static void mute_is_digital_silence(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    static int16_t sound[48000 * 2];
    struct audio_block b;
    struct clock clock;
    struct err e = ERR_INIT;

    (void)state;
    clock_init_virtual(&clock, 0);
    const struct audio_opts o = opts_sim(&clock, "", "");

    tone(sound, 48000 * 2, 48000, 500.0, 0.5);
    assert_int_equal(audio_new(&a, &o, &e), 0);
    assert_int_equal(audio_step_open(a, &e), 0);
    assert_int_equal(hal_sim_feed(audio_capture_pcm(a), sound, 48000 * 2, &e), 0);
    step(a, &clock, 10);
    audio_mute_set(a, true);
    step(a, &clock, 10);
    audio_mute_set(a, false);
    step(a, &clock, 10);
    for (int i = 0; i < 30; i++) {
        bool muted = i >= 10 && i < 20;

        assert_true(audio_capture_pop(a, &b));
        assert_int_equal(b.position, (uint64_t)i * BLOCK_FRAMES);
        if (muted) {
            for (int k = 0; k < BLOCK_FRAMES; k++)
                assert_true(b.pcm[k] == 0 && b.wake[k] == 0);
            assert_false(b.voiced);
        } else {
            assert_true(b.level_db > -20.0f);
        }
    }
}

static void play_to_a_file(void **state)
{
    static const unsigned rates_hz[] = { 16000, 22050, 48000 };
    static int16_t sound[48000];

    (void)state;
    for (size_t k = 0; k < sizeof(rates_hz) / sizeof(rates_hz[0]); k++) {
        unsigned rate_hz = rates_hz[k];
        AUTO(play_closep) struct play *p = NULL;
        struct audio *a = NULL;
        struct clock clock;
        struct err e = ERR_INIT;
        AUTO_FREE int16_t *heard = NULL;
        size_t given = 0, frames = 0;
        char path[64];

        snprintf(path, sizeof(path), "%s/out.wav", dir);
        clock_init_virtual(&clock, 0);
        const struct audio_opts o = opts_sim(&clock, "", path);

        tone(sound, rate_hz, rate_hz, 440.0, 0.5);
        assert_int_equal(audio_new(&a, &o, &e), 0);
        assert_int_equal(audio_step_open(a, &e), 0);
        assert_int_equal(play_open(&p, a, PLAY_VOICE, rate_hz, &e), 0);
        for (int i = 0; i < 2 * SECOND && !play_is_done(p); i++) {
            if (given < rate_hz)
                given += play_write(p, sound + given, rate_hz - given);
            if (given == rate_hz)
                play_end(p);
            step(a, &clock, 1);
        }
        assert_true(play_is_done(p));
        assert_true(play_is_started(p));
        assert_int_equal(play_started_usec(p), 0);
        p = play_close(p);
        audio_free(a);
        assert_int_equal(wav_load(&heard, &frames, path, 16000, &e), 0);
        assert_in_range(frames, 15900, 16400);
        assert_true(fabs(rms(heard + 1000, 14000) - 0.5 / sqrt(2.0)) < 0.01);
        assert_int_equal(unlink(path), 0);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *name, *in, *out;
        int want;
        const char *text;
    } cases[] = {
        { "no such file", "/nowhere/in.wav", "", -ENODEV, "/nowhere/in.wav: no such file or folder" },
        { "no sound file", "/etc/passwd", "", -EINVAL, "/etc/passwd" },
        { "folder is missing", "", "/nowhere/out.wav", -ENODEV, "its folder must exist" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(audio_freep) struct audio *a = NULL;
        struct clock clock;
        struct err e = ERR_INIT;

        clock_init_virtual(&clock, 0);
        const struct audio_opts o = opts_sim(&clock, cases[i].in, cases[i].out);

        assert_int_equal(audio_new(&a, &o, &e), 0);
        assert_int_equal(audio_step_open(a, &e), cases[i].want);
        assert_non_null(strstr(e.text, cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture_of_any_rate),
        cmocka_unit_test(feed_is_heard_after_the_file),
        cmocka_unit_test(mute_is_digital_silence),
        cmocka_unit_test(play_to_a_file),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
