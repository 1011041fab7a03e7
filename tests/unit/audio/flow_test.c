/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that misbehave, by script and virtual clock: missing, unplugged, losing samples,
 * dry; what is told, counted and marked each time. */
#include "audio/audio.h"

#include "fake_hal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TICK_USEC = 10000, TOLD_MAX = 32 };

static struct told {
    char part[16];
    int code;
    char text[ERR_TEXT_BYTES];
} told[TOLD_MAX];
static size_t told_n;
static unsigned beats[2];

static void on_fault(const char *part, int code, const char *text, void *user)
{
    (void)user;
    assert_true(told_n < TOLD_MAX);
    snprintf(told[told_n].part, sizeof(told[told_n].part), "%s", part);
    assert_false(strncmp(text, part, strlen(part)) == 0); /* whoever shows it names the part */
    told[told_n].code = code;
    snprintf(told[told_n].text, sizeof(told[told_n].text), "%s", text);
    told_n++;
}

static void on_beat(enum hal_dir dir, void *user)
{
    (void)user;
    beats[dir]++;
}

static struct audio *make(const struct clock *clock)
{
    const struct audio_opts o = {
        .capture_hal = &fake_hal,
        .playback_hal = &fake_hal,
        .capture_device = "mic",
        .playback_device = "speaker",
        .volume_percent = 100,
        .clock = clock,
        .fault = on_fault,
        .beat = on_beat,
    };
    struct audio *a = NULL;

    told_n = 0;
    beats[0] = beats[1] = 0;
    assert_int_equal(audio_new(&a, &o, NULL), 0);
    return a;
}

/* On a clock that begins at 0, with devices of one form: how the microphone opens, what it reads,
 * what the loudspeaker takes. */
static struct audio *make_faked(struct clock *clock, const char *opens, const char *reads,
                                const char *writes, unsigned rate_hz, unsigned channels)
{
    clock_init_virtual(clock, 0);
    fake_set(&fake_in, opens, reads, rate_hz, channels);
    fake_set(&fake_out, ".", writes, rate_hz, channels);
    return make(clock);
}

static void step(struct audio *a, struct clock *clock, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        audio_step(a);
        clock_advance_usec(clock, TICK_USEC);
    }
}

/* What was told of one direction, as codes. */
static size_t codes_of(enum hal_dir dir, int *codes)
{
    size_t n = 0;

    for (size_t i = 0; i < told_n; i++)
        if (strcmp(told[i].part, audio_part(dir)) == 0)
            codes[n++] = told[i].code;
    return n;
}

static void missing_twice_then_there(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    struct audio_block b;
    struct audio_stats stats;
    int codes[TOLD_MAX];

    (void)state;
    a = make_faked(&clock, "dd.", ".", ".", 48000, 1);
    step(a, &clock, 100); /* tried at 0 s, and at 1 s */
    assert_int_equal(fake_in.opens, 1);
    step(a, &clock, 100);
    assert_int_equal(fake_in.opens, 2);
    audio_stats(a, &stats);
    assert_false(stats.capture_open);
    assert_true(stats.playback_open);
    step(a, &clock, 50);
    audio_stats(a, &stats);
    assert_true(stats.capture_open);
    assert_int_equal(codes_of(HAL_CAPTURE, codes), 2); /* the same fault only once */
    assert_int_equal(codes[0], -ENODEV);
    assert_int_equal(codes[1], 0);
    assert_string_equal(told[0].text, "fake device 'mic' is missing");
    assert_int_equal(beats[HAL_CAPTURE], 250); /* a missing device is no stuck thread */
    assert_true(audio_capture_pop(a, &b));
    assert_int_equal(b.position, 0);
}

static void unplugged_while_listening(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    struct audio_block b;
    struct audio_stats stats;
    int codes[TOLD_MAX];
    uint64_t blocks = 0, first_after = 0;

    (void)state;
    a = make_faked(&clock, ".d.", "....d.", ".", 16000, 2);
    step(a, &clock, 300);
    while (audio_capture_pop(a, &b)) {
        if (++blocks == 5) {
            assert_true(b.lost_before);
            first_after = b.position;
        } else {
            assert_false(b.lost_before);
        }
    }
    /* the fifth read failed at 40 ms, the open failed at 1.04 s and worked at 2.04 s */
    assert_int_equal(first_after, 4 * BLOCK_FRAMES + (2040 - 30) * 16);
    assert_int_equal(codes_of(HAL_CAPTURE, codes), 3);
    assert_int_equal(codes[0], 0);
    assert_int_equal(codes[1], -ENODEV);
    assert_int_equal(codes[2], 0);
    assert_int_equal(fake_in.opens, 3);
    assert_int_equal(fake_in.closes, 1);
    audio_stats(a, &stats);
    assert_int_equal(stats.capture_channels, 2);
    assert_int_equal(stats.capture_blocks, blocks);
}

static void overrun_of_the_device(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    struct audio_block b;
    struct audio_stats stats;

    (void)state;
    a = make_faked(&clock, ".", "..pp.", ".", 16000, 1);
    step(a, &clock, 6);
    audio_stats(a, &stats);
    assert_int_equal(stats.capture_xruns, 2);
    for (int i = 0; i < 4; i++) {
        /* reads at 0, 10, (20, 30 lost) 40, 50 ms: two periods are missing */
        static const uint64_t want[] = { 0, 160, 640, 800 };

        assert_true(audio_capture_pop(a, &b));
        assert_int_equal(b.position, want[i]);
        assert_int_equal(b.lost_before, i == 2);
        assert_int_equal(b.captured_usec, (int64_t)(want[i] / 160) * TICK_USEC);
    }
    assert_false(audio_capture_pop(a, &b));
    assert_int_equal(fake_in.opens, 1); /* recovered, not opened anew */
}

static void nobody_reads_the_blocks(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    struct audio_block b;
    struct audio_stats stats;
    uint64_t n = 0;

    (void)state;
    a = make_faked(&clock, ".", ".", ".", 16000, 1);
    step(a, &clock, 600);
    audio_stats(a, &stats);
    assert_int_equal(stats.capture_blocks + stats.capture_overruns, 600);
    assert_true(stats.capture_overruns > 0);
    while (audio_capture_pop(a, &b))
        assert_int_equal(b.position, n++ * BLOCK_FRAMES);
    assert_int_equal(n, stats.capture_blocks);
    step(a, &clock, 2);
    assert_true(audio_capture_pop(a, &b));
    assert_true(b.lost_before);
    assert_int_equal(b.position, 600 * BLOCK_FRAMES);
    assert_true(audio_capture_pop(a, &b));
    assert_false(b.lost_before);
}

static void dry_device_is_opened_anew(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    int codes[TOLD_MAX];

    (void)state;
    /* takes nothing, for ever */
    a = make_faked(&clock, ".", ".0000000000.", "0", 16000, 1);
    step(a, &clock, 150);
    assert_int_equal(codes_of(HAL_CAPTURE, codes), 3);
    assert_int_equal(codes[1], -EIO);
    assert_int_equal(codes[2], 0);
    assert_int_equal(fake_in.opens, 2);
    assert_int_equal(codes_of(HAL_PLAYBACK, codes), 1); /* never worked: told once */
    assert_int_equal(codes[0], -EIO);
    assert_int_equal(fake_out.opens, 2);
}

/* Devices that always say that samples were lost, or never have any: a loop without progress
 * would keep a core for itself at real-time priority. */
static void no_progress_is_bounded(void **state)
{
    static const struct {
        const char *name, *in, *out;
        int in_codes[4], out_codes[4]; /* told in 3.5 s; 1 ends the list */
        unsigned in_ios_max, out_ios_max;
    } cases[] = {
        { "capture lost for ever", "p", ".", { -EIO, 1 }, { 0, 1 }, 40, 400 },
        { "capture dry for ever", "0", ".", { -EIO, 1 }, { 0, 1 }, 40, 400 },
        { "both in turn", "p0p0p0p0p0", ".", { -EIO, 1 }, { 0, 1 }, 40, 400 },
        { "nine lost, then sound", "ppppppppp.", ".", { 0, 1 }, { 0, 1 }, 400, 400 },
        { "works, then lost for ever", "...p", ".", { 0, -EIO, 1 }, { 0, 1 }, 45, 400 },
        { "playback lost for ever", ".", "p", { 0, 1 }, { -EIO, 1 }, 400, 40 },
        { "playback dry for ever", ".", "0", { 0, 1 }, { -EIO, 1 }, 400, 40 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int *want[2] = { cases[i].in_codes, cases[i].out_codes };
        AUTO(audio_freep) struct audio *a = NULL;
        struct clock clock;

        a = make_faked(&clock, ".", cases[i].in, cases[i].out, 16000, 1);
        step(a, &clock, 350);
        for (int dir = 0; dir < 2; dir++) {
            int codes[TOLD_MAX];
            size_t n = codes_of((enum hal_dir)dir, codes);

            for (size_t k = 0; k < n; k++)
                if (codes[k] != want[dir][k])
                    fail_msg("%s: %s told %d at %zu", cases[i].name, audio_part((enum hal_dir)dir),
                             codes[k], k);
            assert_int_equal(want[dir][n], 1);
        }
        assert_in_range(fake_in.ios, 1, cases[i].in_ios_max);
        assert_in_range(fake_out.ios, 1, cases[i].out_ios_max);
    }
}

static void impossible_devices(void **state)
{
    static const struct {
        const char *name;
        unsigned rate_hz, channels, period_frames;
        const char *text;
    } cases[] = {
        { "too slow", 4000, 1, 40, "4000 Hz; supported are 8000..192000 Hz" },
        { "too fast", 384000, 1, 3840, "384000 Hz" },
        { "too many channels", 48000, 9, 480, "9 channels" },
        { "no channel", 48000, 0, 480, "0 channels" },
        { "no period", 48000, 1, 0, "periods of 0 frames" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(audio_freep) struct audio *a = NULL;
        struct clock clock;
        struct err e = ERR_INIT;

        clock_init_virtual(&clock, 0);
        fake_set(&fake_in, ".", ".", cases[i].rate_hz, cases[i].channels);
        fake_in.period_frames = cases[i].period_frames;
        fake_set(&fake_out, ".", ".", 48000, 1);
        a = make(&clock);
        assert_int_equal(audio_step_open(a, &e), -EINVAL);
        if (!strstr(e.text, cases[i].text))
            fail_msg("%s: %s", cases[i].name, e.text);
        assert_int_equal(fake_in.closes, 1);
    }
}

static void channels_and_odd_periods(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    struct audio_block b;
    int n = 0;

    (void)state;
    clock_init_virtual(&clock, 0);
    fake_set(&fake_in, ".", ".", 48000, 8);
    fake_in.period_frames = 111; /* does not divide 480 */
    fake_in.sample = 8000;
    fake_set(&fake_out, ".", ".", 44100, 2);
    a = make(&clock);
    step(a, &clock, 480);
    while (audio_capture_pop(a, &b))
        assert_int_equal(b.position, (uint64_t)n++ * BLOCK_FRAMES);
    assert_int_equal(n, 111);
}

static void refused(void **state)
{
    struct clock clock, real;
    struct audio *a = NULL;
    struct err e = ERR_INIT;
    struct hal_audio old = fake_hal;

    (void)state;
    clock_init_virtual(&clock, 0);
    clock_init_real(&real);
    struct audio_opts o = { .capture_hal = &fake_hal, .playback_hal = &fake_hal, .clock = &clock,
                            .volume_percent = 101 };

    assert_int_equal(audio_new(&a, &o, &e), -EINVAL);
    assert_non_null(strstr(e.text, "0..100"));
    o.volume_percent = 50;
    o.clock = NULL;
    assert_int_equal(audio_new(&a, &o, &e), -EINVAL);
    o.clock = &clock;
    old.version = HAL_AUDIO_VERSION + 1;
    o.playback_hal = &old;
    assert_int_equal(audio_new(&a, &o, &e), -EINVAL);
    assert_non_null(strstr(e.text, "version"));
    assert_null(a);
    o.playback_hal = &fake_hal;
    assert_int_equal(audio_new(&a, &o, &e), 0);
    assert_int_equal(audio_start(a, &e), -EINVAL); /* virtual clock */
    a = audio_free(a);
    o.clock = &real;
    assert_int_equal(audio_new(&a, &o, &e), 0);
    assert_int_equal(audio_step_open(a, &e), -EINVAL);
    audio_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_twice_then_there),
        cmocka_unit_test(unplugged_while_listening),
        cmocka_unit_test(overrun_of_the_device),
        cmocka_unit_test(nobody_reads_the_blocks),
        cmocka_unit_test(dry_device_is_opened_anew),
        cmocka_unit_test(no_progress_is_bounded),
        cmocka_unit_test(impossible_devices),
        cmocka_unit_test(channels_and_odd_periods),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
