/* SPDX-License-Identifier: Apache-2.0 */
/* Sound files: there and back, other rates and channels, and what is refused. */
#include "audio/wav.h"

#include "base/cleanup.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/jarvis-wav-test-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/x", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void there_and_back(void **state)
{
    AUTO_FREE int16_t *got = NULL;
    int16_t sound[1000];
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        sound[i] = (int16_t)(i * 60 - 30000);
    assert_int_equal(wav_save(path, sound, 1000, 16000, NULL), 0);
    assert_int_equal(wav_load(&got, &n, path, 16000, NULL), 0);
    assert_int_equal(n, 1000);
    assert_memory_equal(got, sound, sizeof(sound));
}

/* Stereo of +a and -a/2 at any rate becomes mono of a/4. */
static void channels_and_rates(void **state)
{
    static const struct {
        int rate_hz, format;
        unsigned want_hz;
    } cases[] = {
        { 44100, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000 },
        { 8000, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000 },
        { 16000, SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 16000 },
        { 48000, SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22050 },
    };
    static float sound[2 * 48000];

    (void)state;
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        SF_INFO sf = { .samplerate = cases[k].rate_hz, .channels = 2, .format = cases[k].format };
        SNDFILE *f = sf_open(path, SFM_WRITE, &sf);
        AUTO_FREE int16_t *got = NULL;
        double sum = 0.0;
        size_t n = 0;

        assert_non_null(f);
        for (int i = 0; i < cases[k].rate_hz; i++) {
            float x = 0.8f * sinf(2.0f * (float)M_PI * 500.0f * (float)i / (float)sf.samplerate);

            sound[2 * i] = x;
            sound[2 * i + 1] = -0.5f * x;
        }
        assert_int_equal(sf_writef_float(f, sound, cases[k].rate_hz), cases[k].rate_hz);
        sf_close(f);
        assert_int_equal(wav_load(&got, &n, path, cases[k].want_hz, NULL), 0);
        assert_in_range(n, cases[k].want_hz - 20, cases[k].want_hz + 20);
        for (size_t i = n / 4; i < n / 2; i++)
            sum += (double)got[i] * got[i] / 32768.0 / 32768.0;
        assert_true(fabs(sqrt(sum / (double)(n / 2 - n / 4)) - 0.2 / sqrt(2.0)) < 0.01);
    }
}

static void write_file(const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wbe");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* 16-bit mono WAV header of the given claims, `data_bytes` of data not included. */
static size_t header(unsigned char *out, uint32_t rate_hz, uint16_t channels, uint32_t data_bytes)
{
    uint32_t riff = data_bytes + 36, fmt = 16, per_s = rate_hz * channels * 2u;
    uint16_t pcm = 1, align = (uint16_t)(channels * 2), bits = 16;

    memcpy(out, "RIFF....WAVEfmt ", 16);
    memcpy(out + 4, &riff, 4);
    memcpy(out + 16, &fmt, 4);
    memcpy(out + 20, &pcm, 2);
    memcpy(out + 22, &channels, 2);
    memcpy(out + 24, &rate_hz, 4);
    memcpy(out + 28, &per_s, 4);
    memcpy(out + 32, &align, 2);
    memcpy(out + 34, &bits, 2);
    memcpy(out + 36, "data", 4);
    memcpy(out + 40, &data_bytes, 4);
    return 44;
}

static void refused(void **state)
{
    static const struct {
        const char *name;
        uint32_t rate_hz;
        uint16_t channels;
        unsigned data_frames, want_hz;
        const char *text;
    } cases[] = {
        { "no sound", 16000, 1, 0, 16000, "holds no sound" },
        { "nine channels", 16000, 9, 10, 16000, "has 9 channels" },
        { "too slow", 2000, 1, 10, 16000, "2000 Hz" },
        { "too fast", 400000, 1, 10, 16000, "400000 Hz" },
        { "wanted too slow", 16000, 1, 10, 100, "100 Hz wanted" },
    };
    int16_t *got = (int16_t *)&cases;
    size_t n = 77;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char bytes[44 + 10 * 9 * 2] = { 0 };
        uint32_t data = cases[i].data_frames * cases[i].channels * 2u;
        size_t len = header(bytes, cases[i].rate_hz, cases[i].channels, data) + data;

        write_file(bytes, len);
        assert_int_equal(wav_load(&got, &n, path, cases[i].want_hz, &e), -EINVAL);
        if (!strstr(e.text, cases[i].text) || !strstr(e.text, path))
            fail_msg("%s: %s", cases[i].name, e.text);
        assert_int_equal(wav_parse(&got, &n, bytes, len, cases[i].want_hz, &e), -EINVAL);
    }
    write_file("no sound at all", 15);
    assert_int_equal(wav_load(&got, &n, path, 16000, &e), -EINVAL);
    assert_int_equal(wav_load(&got, &n, "/nowhere/x.wav", 16000, &e), -ENOENT);
    assert_int_equal(wav_load(&got, &n, dir, 16000, &e), -EINVAL);
    assert_int_equal(wav_save("/nowhere/x.wav", NULL, 0, 16000, &e), -ENOENT);
    assert_int_equal(wav_save(path, NULL, 0, 1, &e), -EINVAL);
    assert_ptr_equal(got, &cases);
    assert_int_equal(n, 77);
}

/* The header claims four hours: what is there is read, what is not is not allocated. */
static void claims_more_than_it_holds(void **state)
{
    AUTO_FREE int16_t *got = NULL;
    unsigned char bytes[44 + 200] = { 0 };
    size_t n = 0;

    (void)state;
    header(bytes, 16000, 1, 4u * 3600 * 16000 * 2);
    assert_int_equal(wav_parse(&got, &n, bytes, sizeof(bytes), 16000, NULL), 0);
    assert_int_equal(n, 100);
}

static void too_long(void **state)
{
    size_t frames = (size_t)WAV_SECONDS_MAX * 8000 + 8000;
    AUTO_FREE int16_t *sound = calloc(frames, sizeof(*sound));
    int16_t *got = NULL;
    size_t n = 0;
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(sound);
    assert_int_equal(wav_save(path, sound, frames, 8000, NULL), 0);
    assert_int_equal(wav_load(&got, &n, path, 8000, &e), -EFBIG);
    assert_non_null(strstr(e.text, "longer than 600 s"));
    assert_null(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(channels_and_rates),
        cmocka_unit_test(refused),
        cmocka_unit_test(claims_more_than_it_holds),
        cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
