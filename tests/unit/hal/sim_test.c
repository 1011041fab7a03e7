/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated and null sound cards, called directly. */
#include "hal/audio.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static char dir[] = "/tmp/jarvis-hal-test-XXXXXX";
static char path[64];
static struct clock test_clock;

static int set_up(void **state)
{
    (void)state;
    clock_init_virtual(&test_clock, 0);
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/x.wav", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static struct hal_pcm_want want_of(enum hal_dir way, const char *device, unsigned rate_hz)
{
    return (struct hal_pcm_want){ .dir = way, .device = device, .rate_hz = rate_hz, .channels = 1,
                                  .period_ms = 10, .clock = &test_clock };
}

static void found_by_name(void **state)
{
    static const char *const names[] = { "alsa", "null", "sim" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct hal_audio *hal = hal_audio_find(names[i]);

        assert_non_null(hal);
        assert_string_equal(hal->name, names[i]);
        assert_int_equal(hal->version, HAL_AUDIO_VERSION);
        assert_true(hal->open && hal->close && hal->read && hal->write && hal->delay);
        hal->close(NULL);
    }
    assert_null(hal_audio_find("pulse"));
    assert_null(hal_audio_find(""));
}

static void refused(void **state)
{
    static const struct {
        unsigned rate_hz, channels, period_ms;
    } cases[] = { { 7999, 1, 10 }, { 192001, 1, 10 }, { 0, 0, 10 },
                  { 0, 9, 10 },    { 0, 1, 0 },       { 0, 1, 101 } };
    const struct hal_audio *const hals[] = { &hal_audio_null, &hal_audio_sim };

    (void)state;
    for (size_t h = 0; h < 2; h++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct hal_pcm_want want = want_of(HAL_CAPTURE, "", cases[i].rate_hz);
            struct hal_pcm_info info = { .rate_hz = 77 };
            struct hal_pcm *pcm = (struct hal_pcm *)&cases;
            struct err e = ERR_INIT;

            want.channels = cases[i].channels;
            want.period_ms = cases[i].period_ms;
            assert_int_equal(hals[h]->open(&pcm, &want, &info, &e), -EINVAL);
            assert_non_null(strstr(e.text, "not possible"));
            assert_int_equal(info.rate_hz, 77);
            assert_ptr_equal(pcm, &cases);
        }
    }
}

/* Stereo as in the file; then the fed samples on both channels, then silence. */
static void file_then_feed_then_silence(void **state)
{
    SF_INFO sf = { .samplerate = 8000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
    SNDFILE *f = sf_open(path, SFM_WRITE, &sf);
    struct hal_pcm_want want = want_of(HAL_CAPTURE, path, 48000);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int16_t sound[200], frames[320], fed[5] = { 11, 12, 13, 14, 15 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        sound[2 * i] = 1000;
        sound[2 * i + 1] = (int16_t)(2 * i);
    }
    assert_int_equal(sf_writef_short(f, sound, 100), 100);
    sf_close(f);
    assert_int_equal(hal_audio_sim.open(&pcm, &want, &info, NULL), 0);
    assert_int_equal(info.rate_hz, 8000); /* the file's own, whatever was wanted */
    assert_int_equal(info.channels, 2);
    assert_int_equal(info.period_frames, 80);
    assert_int_equal(hal_sim_feed(pcm, fed, 5, NULL), 0);
    assert_int_equal(hal_sim_unread(pcm), 105);
    assert_int_equal(hal_audio_sim.read(pcm, frames, 80), 80);
    assert_int_equal(hal_audio_sim.read(pcm, frames + 160, 80), 80);
    for (int i = 0; i < 160; i++) {
        assert_int_equal(frames[2 * i], i < 100 ? 1000 : i < 105 ? fed[i - 100] : 0);
        assert_int_equal(frames[2 * i + 1], i < 100 ? 2 * i : i < 105 ? fed[i - 100] : 0);
    }
    assert_int_equal(hal_sim_unread(pcm), 0);
    assert_int_equal(hal_sim_feed(pcm, fed, 5, NULL), 0);
    assert_int_equal(hal_audio_sim.read(pcm, frames, 3), 3);
    assert_int_equal(hal_sim_feed(pcm, fed, 2, NULL), 0);
    assert_int_equal(hal_audio_sim.read(pcm, frames, 80), 80);
    assert_true(frames[0] == 14 && frames[2] == 15 && frames[4] == 11 && frames[6] == 12 &&
                frames[8] == 0 && frames[7] == 12);
    assert_int_equal(hal_audio_sim.write(pcm, frames, 80), -EINVAL);
    hal_audio_sim.close(pcm);
}

static void feed_has_a_limit(void **state)
{
    static int16_t frames[48000];
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "", 48000);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(hal_audio_sim.open(&pcm, &want, &info, NULL), 0);
    assert_int_equal(hal_sim_feed(pcm, frames, SIZE_MAX, &e), -EFBIG);
    assert_non_null(strstr(e.text, "too many"));
    assert_int_equal(hal_sim_unread(pcm), 0);
    hal_audio_sim.close(pcm);
}

static sf_count_t frames_in(const char *file)
{
    SF_INFO sf = { 0 };
    SNDFILE *f = sf_open(file, SFM_READ, &sf);

    if (f)
        sf_close(f);
    return f ? sf.frames : -1;
}

/* A recording is whole at any time, and silence does not fill the disk. */
static void recording_without_long_silence(void **state)
{
    struct hal_pcm_want want = want_of(HAL_PLAYBACK, path, 16000);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int16_t quiet[320] = { 0 }, loud[320];

    (void)state;
    want.channels = 2;
    for (int i = 0; i < 320; i++)
        loud[i] = 5;
    assert_int_equal(hal_audio_sim.open(&pcm, &want, &info, NULL), 0);
    assert_int_equal(info.channels, 2);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(hal_audio_sim.write(pcm, quiet, 160), 160);
    assert_int_equal(frames_in(path), 8000); /* half a second of ten */
    assert_int_equal(hal_audio_sim.write(pcm, loud, 160), 160);
    assert_int_equal(hal_audio_sim.write(pcm, quiet, 160), 160);
    assert_int_equal(hal_audio_sim.read(pcm, quiet, 160), -EINVAL);
    assert_int_equal(hal_sim_feed(pcm, loud, 1, NULL), -EINVAL);
    assert_int_equal(hal_audio_sim.delay(pcm), 0);
    hal_audio_sim.close(pcm);
    assert_int_equal(frames_in(path), 8320);
}

/* A file size limit stands for the full disk; the signal that comes with it is ignored. */
static void disk_full(void **state)
{
    struct hal_pcm_want want = want_of(HAL_PLAYBACK, path, 16000);
    struct rlimit limit, before;
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int16_t loud[160];
    int n = 0, r = 1;

    (void)state;
    for (int i = 0; i < 160; i++)
        loud[i] = 5;
    assert_int_equal(hal_audio_sim.open(&pcm, &want, &info, NULL), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (; n < 100 && r > 0; n++)
        r = hal_audio_sim.write(pcm, loud, 160);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    hal_audio_sim.close(pcm);
    assert_int_equal(r, -ENODEV);
    assert_in_range(n, 12, 14); /* 4096 bytes hold 12.6 periods */
}

static void null_is_silence(void **state)
{
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "anything", 0);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int16_t frames[960];

    (void)state;
    want.channels = 2;
    memset(frames, 1, sizeof(frames));
    assert_int_equal(hal_audio_null.open(&pcm, &want, &info, NULL), 0);
    assert_int_equal(info.rate_hz, 48000);
    assert_int_equal(hal_audio_null.read(pcm, frames, 5000), 480);
    for (int i = 0; i < 960; i++)
        assert_int_equal(frames[i], 0);
    assert_int_equal(hal_audio_null.write(pcm, frames, 100), 100);
    assert_int_equal(hal_audio_null.delay(pcm), 0);
    hal_audio_null.close(pcm);
}

/* A paced stream waits for its frames; how long is seen on the clock as "at least". */
static void paced_by_the_real_clock(void **state)
{
    struct clock real;
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "", 16000);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int16_t frames[160];
    int64_t begun;

    (void)state;
    clock_init_real(&real);
    want.clock = &real;
    assert_int_equal(hal_audio_null.open(&pcm, &want, &info, NULL), 0);
    begun = clock_mono_usec(&real);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hal_audio_null.read(pcm, frames, 160), 160);
    assert_true(clock_mono_usec(&real) - begun >= 50000 - 1000);
    hal_audio_null.close(pcm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_name),
        cmocka_unit_test(refused),
        cmocka_unit_test(file_then_feed_then_silence),
        cmocka_unit_test(feed_has_a_limit),
        cmocka_unit_test(recording_without_long_silence),
        cmocka_unit_test(disk_full),
        cmocka_unit_test(null_is_silence),
        cmocka_unit_test(paced_by_the_real_clock),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
