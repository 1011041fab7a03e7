/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/audio/audio_test.c - every allocation of the audio part fails once: audio_new()
 * and opening, play_open(), wav_load(). Leaks are seen by the sanitizer build. */
#include "audio/audio.h"
#include "audio/wav.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault/fault.h"

static char path[] = "/tmp/jarvis-fault-XXXXXX";

static int set_up(void **state)
{
    static int16_t sound[48000];
    int fd = mkstemp(path);

    (void)state;
    if (fd < 0)
        return -1;
    close(fd);
    return wav_save(path, sound, 48000, 48000, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static struct audio_opts opts(const struct clock *clock)
{
    return (struct audio_opts){
        .capture_hal = hal_audio_find("sim"),
        .playback_hal = hal_audio_find("null"),
        .capture_device = path,
        .playback_device = "",
        .volume_percent = 50,
        .clock = clock,
    };
}

static int open_feed_step(void)
{
    AUTO(audio_freep) struct audio *a = NULL;
    static const int16_t frames[100];
    struct clock clock;
    struct err e = ERR_INIT;
    int r;

    clock_init_virtual(&clock, 0);
    const struct audio_opts o = opts(&clock);

    r = audio_new(&a, &o, &e);
    if (r >= 0)
        r = audio_step_open(a, &e);
    if (r >= 0)
        r = hal_sim_feed(audio_capture_pcm(a), frames, 100, &e);
    if (r < 0 && (a ? e.code != r : e.text[0] == '\0'))
        return -EPROTO; /* a failure without words */
    if (r >= 0)
        audio_step(a);
    return r;
}

FAULT_TEST(audio_without_memory, open_feed_step())

static struct audio *shared;

static int open_source(void)
{
    struct play *p = NULL;
    int r = play_open(&p, shared, PLAY_VOICE, 16000, NULL);

    if (r < 0 && p)
        return -EPROTO;
    play_close(p);
    audio_step(shared);
    return r;
}

static void source_without_memory(void **state)
{
    struct clock clock;

    (void)state;
    clock_init_virtual(&clock, 0);
    const struct audio_opts o = opts(&clock);

    assert_int_equal(audio_new(&shared, &o, NULL), 0);
    assert_int_equal(audio_step_open(shared, NULL), 0);
    FAULT_LOOP(open_source());
    shared = audio_free(shared);
}

static int load(void)
{
    AUTO_FREE int16_t *frames = NULL;
    size_t n = 77;
    int r = wav_load(&frames, &n, path, 16000, NULL);

    if (r < 0 && (frames || n != 77))
        return -EPROTO;
    return r;
}

FAULT_TEST(file_without_memory, load())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audio_without_memory),
        cmocka_unit_test(source_without_memory),
        cmocka_unit_test(file_without_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
