/* SPDX-License-Identifier: Apache-2.0 */
/* Both threads for real: blocks arrive by the eventfd, sound goes out, devices come and go,
 * and stopping is prompt. Bounded by counts and poll timeouts, never by measured time. */
#include "audio/audio.h"

#include "fake_hal.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_MS = 10000 };

static _Atomic int last_code[2];
static _Atomic unsigned faults[2], beats[2];

static void on_fault(const char *part, int code, const char *text, void *user)
{
    enum hal_dir dir = strcmp(part, audio_part(HAL_CAPTURE)) == 0 ? HAL_CAPTURE : HAL_PLAYBACK;

    (void)text;
    (void)user;
    last_code[dir] = code;
    faults[dir]++;
}

static void on_beat(enum hal_dir dir, void *user)
{
    (void)user;
    beats[dir]++;
}

static struct audio *make(const struct hal_audio *hal, const struct clock *clock)
{
    const struct audio_opts o = {
        .capture_hal = hal,
        .playback_hal = hal,
        .capture_device = "",
        .playback_device = "",
        .volume_percent = 100,
        .clock = clock,
        .fault = on_fault,
        .beat = on_beat,
    };
    struct audio *a = NULL;

    for (int d = 0; d < 2; d++) {
        last_code[d] = 1;
        faults[d] = 0;
        beats[d] = 0;
    }
    assert_int_equal(audio_new(&a, &o, NULL), 0);
    return a;
}

/* Pops `n` blocks as the listen thread does. */
static void listen_to(struct audio *a, unsigned n, struct audio_block *b)
{
    struct pollfd p = { .fd = audio_capture_fd(a), .events = POLLIN };
    unsigned got = 0;

    while (got < n) {
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        while (got < n && audio_capture_pop(a, b))
            got++;
    }
}

static void pause_ms(int ms)
{
    poll(NULL, 0, ms);
}

static void listens_and_speaks(void **state)
{
    static int16_t sound[48000 / 5];
    AUTO(audio_freep) struct audio *a = NULL;
    struct play *p = NULL;
    struct audio_block b;
    struct audio_stats stats;
    struct clock clock;
    int waited_ms = 0;

    (void)state;
    clock_init_real(&clock);
    a = make(hal_audio_find("null"), &clock);
    assert_int_equal(audio_start(a, NULL), 0);
    assert_int_equal(audio_start(a, NULL), 0); /* a second time is nothing */
    assert_null(audio_capture_pcm(a));
    assert_int_equal(play_open(&p, a, PLAY_VOICE, 22050, NULL), 0);
    assert_true(play_write(p, sound, sizeof(sound) / sizeof(sound[0])) > 0);
    play_end(p);
    listen_to(a, 20, &b);
    assert_int_equal(b.position, 19 * BLOCK_FRAMES);
    assert_true(b.captured_usec > 0);
    audio_volume_set(a, 10);
    audio_mute_set(a, true);
    for (; !play_is_done(p) && waited_ms < WAIT_MS; waited_ms += 10)
        pause_ms(10);
    assert_true(play_is_done(p) && play_is_started(p));
    audio_stats(a, &stats);
    assert_true(stats.capture_open && stats.playback_open);
    assert_true(stats.capture_blocks >= 20);
    assert_int_equal(stats.capture_rate_hz, 48000);
    assert_int_equal(last_code[HAL_CAPTURE], 0);
    assert_int_equal(last_code[HAL_PLAYBACK], 0);
    assert_true(beats[HAL_CAPTURE] > 0 && beats[HAL_PLAYBACK] > 0);
    play_close(p);
    audio_stop(a);
    audio_stop(a);
    assert_int_equal(audio_start(a, NULL), 0); /* and again */
    listen_to(a, 1, &b);
}

/* The same at full speed: the spin of a device that always says -EPIPE ends by itself. */
static void a_spin_ends(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct clock clock;
    int waited_ms = 0;

    (void)state;
    clock_init_real(&clock);
    fake_set(&fake_in, ".", "p", 16000, 1);
    fake_set(&fake_out, ".", "p", 16000, 1);
    a = make(&fake_hal, &clock);
    assert_int_equal(audio_start(a, NULL), 0);
    for (; (faults[0] == 0 || faults[1] == 0) && waited_ms < WAIT_MS; waited_ms += 10)
        pause_ms(10);
    audio_stop(a);
    assert_int_equal(last_code[HAL_CAPTURE], -EIO);
    assert_int_equal(last_code[HAL_PLAYBACK], -EIO);
    assert_in_range(fake_in.ios, 1, 10 * fake_in.opens);
    assert_in_range(fake_out.ios, 1, 10 * fake_out.opens);
}

/* Nobody plays: the loudspeaker stands still, its health goes on, and the next sound wakes it. */
static void rests_and_wakes(void **state)
{
    static int16_t sound[4800];
    AUTO(audio_freep) struct audio *a = NULL;
    struct audio_stats stats;
    struct clock clock;
    unsigned ios;

    (void)state;
    clock_init_real(&clock);
    fake_set(&fake_in, ".", ".", 16000, 1);
    fake_set(&fake_out, ".", ".", 48000, 2);
    a = make(&fake_hal, &clock);
    assert_int_equal(audio_start(a, NULL), 0);
    for (int round = 1; round <= 3; round++) {
        struct play *p = NULL;
        int waited_ms = 0;

        do { /* a second of sound, at the speed of the fake device */
            pause_ms(10);
            audio_stats(a, &stats);
        } while (!stats.playback_resting && (waited_ms += 10) < WAIT_MS);
        assert_true(stats.playback_resting && stats.playback_open);
        assert_int_equal(fake_out.rests, round);
        ios = fake_out.ios;
        pause_ms(50);
        assert_int_equal(fake_out.ios, ios);
        assert_int_equal(play_open(&p, a, PLAY_VOICE, 48000, NULL), 0);
        assert_int_equal(play_write(p, sound, 4800), 4800);
        play_end(p);
        for (waited_ms = 0; !play_is_done(p) && waited_ms < WAIT_MS; waited_ms += 10)
            pause_ms(10);
        assert_true(play_is_done(p) && play_is_started(p));
        play_close(p);
    }
    assert_int_equal(fake_out.opens, 1);
    fake_out.rest_code = -ENODEV; /* it went while it stood still */
    for (int waited_ms = 0; faults[HAL_PLAYBACK] < 2 && waited_ms < WAIT_MS; waited_ms += 10)
        pause_ms(10);
    assert_int_equal(last_code[HAL_PLAYBACK], -ENODEV);
    audio_stop(a);
}

/* The listen thread is woken for as many blocks as it wants at a time. */
static void wakes_for_a_batch(void **state)
{
    static const unsigned batches[] = { 1, 4, 8, 0 };
    struct clock clock;

    (void)state;
    clock_init_virtual(&clock, 0);
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        AUTO(audio_freep) struct audio *a = NULL;
        unsigned want = batches[i] ? batches[i] : 1, woken = 0;
        struct audio_block b;

        fake_set(&fake_in, ".", ".", 16000, 1);
        fake_set(&fake_out, ".", ".", 16000, 1);
        a = make(&fake_hal, &clock);
        audio_capture_batch(a, batches[i]);
        for (unsigned k = 1; k <= 24; k++) {
            struct pollfd p = { .fd = audio_capture_fd(a), .events = POLLIN };

            audio_step(a);
            clock_advance_usec(&clock, 10000);
            if (poll(&p, 1, 0) == 0)
                continue;
            woken++;
            assert_int_equal(k % want, 0);
            while (audio_capture_pop(a, &b))
                assert_true(b.position < k * BLOCK_FRAMES);
        }
        assert_int_equal(woken, 24 / want);
    }
}

static void missing_devices_and_prompt_stop(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct play *p = NULL;
    struct clock clock;
    int waited_ms = 0;

    (void)state;
    clock_init_real(&clock);
    fake_set(&fake_in, "d", ".", 16000, 1);
    fake_set(&fake_out, "d", ".", 16000, 1);
    a = make(&fake_hal, &clock);
    assert_int_equal(audio_start(a, NULL), 0);
    assert_int_equal(play_open(&p, a, PLAY_VOICE, 16000, NULL), 0);
    play_end(p);
    for (; (faults[0] == 0 || faults[1] == 0 || !play_is_done(p)) && waited_ms < WAIT_MS;
         waited_ms += 10)
        pause_ms(10);
    assert_int_equal(last_code[HAL_CAPTURE], -ENODEV);
    assert_int_equal(last_code[HAL_PLAYBACK], -ENODEV);
    assert_true(play_is_done(p));
    play_close(p);
    audio_stop(a); /* does not wait for the second try */
    assert_int_equal(fake_in.opens, 1);
    assert_int_equal(faults[HAL_CAPTURE], 1);
}

/* A device without a clock of its own: both threads run as fast as they can. */
static void many_blocks(void **state)
{
    AUTO(audio_freep) struct audio *a = NULL;
    struct audio_stats stats;
    struct audio_block b;
    struct clock clock;
    uint64_t position = 0;
    unsigned got = 0;

    (void)state;
    clock_init_real(&clock);
    fake_set(&fake_in, ".", ".", 16000, 1);
    fake_set(&fake_out, ".", ".", 16000, 1);
    a = make(&fake_hal, &clock);
    assert_int_equal(audio_start(a, NULL), 0);
    while (got < 20000) {
        struct play *p = NULL;

        listen_to(a, 100, &b);
        got += 100;
        assert_true(b.position >= position);
        assert_true(b.position % BLOCK_FRAMES == 0);
        position = b.position;
        if (play_open(&p, a, PLAY_CHIME, 16000, NULL) == 0) {
            play_write(p, b.pcm, BLOCK_FRAMES);
            if (got % 200)
                play_cut(p);
            play_close(p);
        }
    }
    audio_stop(a);
    audio_stats(a, &stats);
    assert_true(stats.capture_blocks >= got);
    assert_true(stats.playback_periods > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listens_and_speaks),
        cmocka_unit_test(rests_and_wakes),
        cmocka_unit_test(wakes_for_a_batch),
        cmocka_unit_test(a_spin_ends),
        cmocka_unit_test(missing_devices_and_prompt_stop),
        cmocka_unit_test(many_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
