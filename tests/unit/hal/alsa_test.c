/* SPDX-License-Identifier: Apache-2.0 */
/* The ALSA back end on devices that need no hardware: ALSA's own null and file plugins under
 * a configuration of ours (ALSA_CONFIG_PATH). */
#include "hal/audio.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[] = "/tmp/jarvis-alsa-test-XXXXXX";
static char config[64], in_raw[64], out_raw[64];

static const char config_text[] =
    "pcm.test_null { type null }\n"
    "pcm.test_plug { type plug slave.pcm { type null } }\n"
    "pcm.test_file {\n"
    "  type file\n"
    "  slave.pcm { type null }\n"
    "  file \"%s\"\n"
    "  infile \"%s\"\n"
    "  format \"raw\"\n"
    "}\n"
    "pcm.test_odd { type hw card 99 }\n";

static int set_up(void **state)
{
    FILE *f;
    int16_t sample;

    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(config, sizeof(config), "%s/asoundrc", dir);
    snprintf(in_raw, sizeof(in_raw), "%s/in.raw", dir);
    snprintf(out_raw, sizeof(out_raw), "%s/out.raw", dir);
    f = fopen(config, "we");
    if (!f)
        return -1;
    fprintf(f, config_text, out_raw, in_raw);
    fclose(f);
    f = fopen(in_raw, "we");
    for (int i = 0; f && i < 16000; i++) {
        sample = (int16_t)i;
        fwrite(&sample, sizeof(sample), 1, f);
    }
    if (f)
        fclose(f);
    return setenv("ALSA_CONFIG_PATH", config, 1);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(config);
    unlink(in_raw);
    unlink(out_raw);
    return rmdir(dir);
}

static struct hal_pcm_want want_of(enum hal_dir way, const char *device, unsigned rate_hz)
{
    return (struct hal_pcm_want){ .dir = way, .device = device, .rate_hz = rate_hz, .channels = 1,
                                  .period_ms = 10 };
}

static void rates(void **state)
{
    static const struct {
        unsigned want_hz, got_hz;
    } cases[] = { { 0, 48000 }, { 16000, 16000 }, { 44100, 44100 }, { 48000, 48000 } };

    (void)state;
    for (int way = HAL_CAPTURE; way <= HAL_PLAYBACK; way++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct hal_pcm_want want = want_of((enum hal_dir)way, "test_plug", cases[i].want_hz);
            struct hal_pcm_info info = { 0 };
            struct hal_pcm *pcm = NULL;
            int16_t frames[480] = { 0 };
            struct err e = ERR_INIT;
            int n;

            if (hal_audio_alsa.open(&pcm, &want, &info, &e) < 0)
                fail_msg("%u Hz: %s", cases[i].want_hz, e.text);
            assert_int_equal(info.rate_hz, cases[i].got_hz);
            assert_int_equal(info.channels, 1);
            assert_int_equal(info.period_frames, cases[i].got_hz / 100);
            assert_true(info.buffer_frames >= 4 * info.period_frames);
            n = way == HAL_CAPTURE ? hal_audio_alsa.read(pcm, frames, info.period_frames)
                                   : hal_audio_alsa.write(pcm, frames, info.period_frames);
            assert_int_equal(n, info.period_frames);
            hal_audio_alsa.close(pcm);
        }
    }
}

static void forced_channels(void **state)
{
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "test_null", 16000);
    struct hal_pcm_info info = { 0 };
    struct hal_pcm *pcm = NULL;

    (void)state;
    want.channels = 4;
    assert_int_equal(hal_audio_alsa.open(&pcm, &want, &info, NULL), 0);
    assert_int_equal(info.channels, 4);
    hal_audio_alsa.close(pcm);
}

static void samples_from_and_to_a_file(void **state)
{
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "test_file", 16000);
    struct hal_pcm_info info = { 0 };
    struct hal_pcm *pcm = NULL;
    int16_t frames[160];
    struct stat st;
    int next = 0;

    (void)state;
    assert_int_equal(hal_audio_alsa.open(&pcm, &want, &info, NULL), 0);
    for (int i = 0; i < 10; i++) {
        int n = hal_audio_alsa.read(pcm, frames, 160);

        assert_true(n > 0);
        for (int k = 0; k < n; k++)
            assert_int_equal(frames[k], next++);
    }
    hal_audio_alsa.close(pcm);
    want.dir = HAL_PLAYBACK;
    assert_int_equal(hal_audio_alsa.open(&pcm, &want, &info, NULL), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(hal_audio_alsa.write(pcm, frames, 160), 160);
    hal_audio_alsa.close(pcm);
    assert_int_equal(stat(out_raw, &st), 0);
    assert_int_equal(st.st_size % 320, 0);
    assert_true(st.st_size >= 3200);
}

static void refused(void **state)
{
    static const struct {
        const char *device;
        unsigned channels, period_ms;
        int want;
        const char *text;
    } cases[] = {
        { "nobody-knows-this", 1, 10, -ENODEV, "nobody-knows-this" },
        { "test_odd", 1, 10, -ENODEV, "test_odd" },
        { "test_null", 0, 10, -EINVAL, "0 channels" },
        { "test_null", 9, 10, -EINVAL, "9 channels" },
        { "test_null", 1, 0, -EINVAL, "0 ms" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hal_pcm_want want = want_of(HAL_CAPTURE, cases[i].device, 0);
        struct hal_pcm_info info = { .rate_hz = 77 };
        struct hal_pcm *pcm = (struct hal_pcm *)&cases;
        struct err e = ERR_INIT;

        want.channels = cases[i].channels;
        want.period_ms = cases[i].period_ms;
        assert_int_equal(hal_audio_alsa.open(&pcm, &want, &info, &e), cases[i].want);
        if (!strstr(e.text, cases[i].text))
            fail_msg("%s: %s", cases[i].device, e.text);
        if (cases[i].want == -ENODEV) /* either way with a remedy */
            assert_true(strstr(e.text, "audio.backend") || strstr(e.text, "there are:"));
        assert_ptr_equal(pcm, &cases);
        assert_int_equal(info.rate_hz, 77);
    }
    hal_audio_alsa.close(NULL);
}

/* alsa-lib prints its own complaints; the words belong into the error alone. */
static void nothing_on_stderr(void **state)
{
    struct hal_pcm_want want = want_of(HAL_CAPTURE, "nobody-knows-this", 0);
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    char path[64];
    struct stat st;
    int kept = dup(STDERR_FILENO);
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "%s/stderr", dir);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && kept >= 0);
    dup2(fd, STDERR_FILENO);
    hal_audio_alsa.open(&pcm, &want, &info, NULL);
    dup2(kept, STDERR_FILENO);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    close(kept);
    unlink(path);
    assert_int_equal(st.st_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(forced_channels),
        cmocka_unit_test(samples_from_and_to_a_file),
        cmocka_unit_test(refused),
        cmocka_unit_test(nothing_on_stderr),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
