/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of the loudspeaker: priorities, ducking, barge-in, volume, saturation; and
 * that the echo reference is what was written. */
#include "audio/parts.h"

#include "fake_hal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TICK_USEC = 10000, RATE_HZ = 16000, PERIOD = RATE_HZ / 100 };

static struct clock test_clock;

static struct audio *make(int volume_percent, unsigned rate_hz)
{
    const struct audio_opts o = {
        .capture_hal = &fake_hal,
        .playback_hal = &fake_hal,
        .capture_device = "mic",
        .playback_device = "speaker",
        .volume_percent = volume_percent,
        .clock = &test_clock,
    };
    struct audio *a = NULL;

    clock_init_virtual(&test_clock, 0);
    fake_set(&fake_in, ".", ".", 16000, 1);
    fake_set(&fake_out, ".", ".", rate_hz, 1);
    assert_int_equal(audio_new(&a, &o, NULL), 0);
    assert_int_equal(audio_step_open(a, NULL), 0);
    return a;
}

static void step(struct audio *a, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        audio_step(a);
        clock_advance_usec(&test_clock, TICK_USEC);
    }
}

/* `count` equal samples. */
static size_t write_level(struct play *p, int16_t level, size_t count)
{
    static int16_t x[RATE_HZ * 4];

    for (size_t i = 0; i < count; i++)
        x[i] = level;
    return play_write(p, x, count);
}

static struct play *open_level(struct audio *a, enum play_prio prio, int16_t level, size_t count)
{
    struct play *p = NULL;

    assert_int_equal(play_open(&p, a, prio, RATE_HZ, NULL), 0);
    assert_int_equal(write_level(p, level, count), count);
    return p;
}

static void one_source_passes_unchanged(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_VOICE, 12345, 1000);

    (void)state;
    play_end(p);
    fake_out.delay_frames = 3 * PERIOD;
    assert_false(play_is_started(p));
    clock_advance_usec(&test_clock, 500);
    step(a, 1);
    assert_true(play_is_started(p));
    assert_int_equal(play_started_usec(p), 500);
    step(a, 6);
    for (size_t i = 0; i < fake_out.kept; i++)
        assert_int_equal(fake_out.written[i], i < 1000 ? 12345 : 0);
    /* 1120 frames are written, 480 of them not yet heard: 360 of 1000 are missing */
    assert_false(play_is_done(p));
    step(a, 2);
    assert_false(play_is_done(p));
    step(a, 1); /* 1600 written */
    assert_true(play_is_done(p));
    play_close(p);
}

static void lower_priority_is_ducked(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *media = open_level(a, PLAY_MEDIA, 10000, 2 * RATE_HZ);
    struct play *voice;
    int worst_step = 0;

    (void)state;
    step(a, 10);
    assert_int_equal(fake_out.written[10 * PERIOD - 1], 10000);
    voice = open_level(a, PLAY_VOICE, 1, RATE_HZ / 2);
    play_end(voice);
    step(a, 20);
    assert_in_range(fake_out.written[30 * PERIOD - 1], 1000, 1002); /* -20 dB, and the voice */
    step(a, 100); /* the voice ended 0.8 s ago */
    assert_true(play_is_done(voice));
    assert_int_equal(fake_out.written[130 * PERIOD - 1], 10000);
    for (size_t i = 1; i < fake_out.kept; i++)
        worst_step = abs(fake_out.written[i] - fake_out.written[i - 1]) > worst_step
                         ? abs(fake_out.written[i] - fake_out.written[i - 1])
                         : worst_step;
    assert_true(worst_step < 50); /* ramps, no clicks */
    play_close(voice);
    play_close(media);
}

static void equal_priorities_share(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_CHIME, 3000, 1600);
    struct play *q = open_level(a, PLAY_CHIME, 4000, 1600);

    (void)state;
    step(a, 5);
    assert_int_equal(fake_out.written[5 * PERIOD - 1], 7000);
    play_close(p);
    play_close(q);
}

static void cut_is_silent_within_10_ms(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_VOICE, 20000, 2 * RATE_HZ);

    (void)state;
    step(a, 10);
    play_cut(p);
    assert_int_equal(write_level(p, 20000, 100), 100); /* taken and forgotten */
    step(a, 5);
    assert_true(play_is_done(p));
    assert_int_equal(fake_out.written[10 * PERIOD - 1], 20000);
    for (int i = 0; i < PERIOD; i++) { /* fades without a step */
        int now = fake_out.written[10 * PERIOD + i], before = fake_out.written[10 * PERIOD + i - 1];

        assert_true(now <= before && before - now < 20000 / PERIOD + 2);
    }
    for (int i = 11 * PERIOD; i < 15 * PERIOD; i++)
        assert_int_equal(fake_out.written[i], 0);
    play_close(p);
}

static void close_gives_the_slot_back(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *all[PLAY_SOURCES_MAX], *more = NULL;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < PLAY_SOURCES_MAX; i++)
        all[i] = open_level(a, PLAY_MEDIA, 100, RATE_HZ);
    assert_int_equal(play_open(&more, a, PLAY_ALARM, RATE_HZ, &e), -ENOSPC);
    assert_null(more);
    assert_non_null(strstr(e.text, "8 sounds"));
    step(a, 1);
    all[3] = play_close(all[3]);
    step(a, 1);
    assert_int_equal(play_open(&more, a, PLAY_ALARM, RATE_HZ, &e), 0);
    assert_false(play_is_started(more));
    step(a, 5); /* nothing of the old source is left in the slot */
    assert_false(play_is_started(more));
    play_close(more);
    for (int i = 0; i < PLAY_SOURCES_MAX; i++)
        play_close(all[i]);
}

static void ring_is_two_seconds(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = NULL;

    (void)state;
    assert_int_equal(play_open(&p, a, PLAY_VOICE, RATE_HZ, NULL), 0);
    assert_int_equal(write_level(p, 5, 3 * RATE_HZ), 2 * RATE_HZ);
    assert_int_equal(write_level(p, 5, 1), 0);
    step(a, 1);
    assert_int_equal(write_level(p, 5, 3 * RATE_HZ), PERIOD);
    play_close(p);
}

static void sum_saturates(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_VOICE, 30000, 1600);
    struct play *q = open_level(a, PLAY_VOICE, 30000, 1600);
    struct play *r = open_level(a, PLAY_VOICE, -30000, 800);

    (void)state;
    step(a, 10);
    assert_int_equal(fake_out.written[0], 30000);
    assert_int_equal(fake_out.written[10 * PERIOD - 1], 32767);
    play_close(p);
    play_close(q);
    play_close(r);
}

static void volume_moves_by_a_ramp(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_MEDIA, 16000, 2 * RATE_HZ);

    (void)state;
    step(a, 5);
    audio_volume_set(a, 50); /* -12 dB */
    step(a, 20);
    assert_in_range(fake_out.written[25 * PERIOD - 1], 3995, 4005);
    for (int i = 5 * PERIOD; i < 25 * PERIOD; i++)
        assert_true(fake_out.written[i - 1] - fake_out.written[i] < 20);
    audio_volume_set(a, 0);
    step(a, 20);
    assert_int_equal(fake_out.written[45 * PERIOD - 1], 0);
    play_close(p);
}

static void reference_is_what_was_written(void **state)
{
    AUTO(audio_freep) struct audio *a = make(50, RATE_HZ);
    struct play *p = NULL;
    struct refer_block b;
    static int16_t x[RATE_HZ];
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < RATE_HZ; i++)
        x[i] = (int16_t)((i * 7919) % 20011) - 10000;
    assert_int_equal(play_open(&p, a, PLAY_VOICE, RATE_HZ, NULL), 0);
    assert_int_equal(play_write(p, x, RATE_HZ), RATE_HZ);
    fake_out.io = "..p."; /* an xrun: the period is written again, once */
    a->capture.front.refer.ring = NULL; /* this test takes it */
    step(a, 100);
    while (ring_pop(a->playback.reference, &b)) {
        assert_int_equal(b.position, at);
        assert_false(b.torn);
        assert_int_equal(b.heard_usec, (int64_t)(at / BLOCK_FRAMES) * TICK_USEC);
        for (int i = 0; i < BLOCK_FRAMES; i++)
            assert_int_equal(b.pcm[i], fake_out.written[at + (size_t)i]);
        at += BLOCK_FRAMES;
    }
    assert_int_equal(at, 100 * PERIOD);
    assert_int_equal(fake_out.kept, 100 * PERIOD);
    assert_in_range(abs(fake_out.written[5000]), abs(x[5000]) / 4 - 1, abs(x[5000]) / 4 + 1);
    play_close(p);
}

static void loudspeaker_lost_while_speaking(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_VOICE, 1000, RATE_HZ), *q;

    (void)state;
    play_end(p);
    fake_out.io = ".....d";
    fake_out.open = ".d";
    step(a, 10);
    assert_true(play_is_done(p)); /* nobody waits for words that will not be heard */
    play_close(p);
    step(a, 1);
    q = open_level(a, PLAY_VOICE, 1000, RATE_HZ);
    step(a, 20);
    assert_false(play_is_done(q)); /* more may come */
    assert_int_equal(write_level(q, 1000, RATE_HZ), RATE_HZ); /* and is taken */
    play_end(q);
    step(a, 1);
    assert_true(play_is_done(q));
    assert_false(play_is_started(q));
    play_close(q);
}

/* The device comes back at another rate: what is written from then on is resampled to it. */
static void rate_changes_between(void **state)
{
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);
    struct play *p = open_level(a, PLAY_VOICE, 1000, RATE_HZ / 4);
    size_t before;

    (void)state;
    fake_out.io = ".....d.";
    step(a, 6);
    fake_out.rate_hz = 48000;
    fake_out.period_frames = 480;
    step(a, 101);
    before = fake_out.kept;
    assert_int_equal(write_level(p, 1000, RATE_HZ / 2), RATE_HZ / 2);
    play_end(p);
    step(a, 100);
    assert_true(play_is_done(p));
    size_t sounding = 0;

    for (size_t i = before; i < fake_out.kept; i++)
        sounding += fake_out.written[i] > 500;
    assert_in_range(sounding, 23900, 24100); /* half a second of 48 kHz */
    play_close(p);
}

static void refused(void **state)
{
    static const struct {
        const char *name;
        int prio;
        unsigned rate_hz;
    } cases[] = {
        { "no rate", PLAY_VOICE, 0 },
        { "too slow", PLAY_VOICE, 7999 },
        { "too fast", PLAY_VOICE, 96001 },
        { "no such priority", PLAY_PRIO_N, 16000 },
        { "negative priority", -1, 16000 },
    };
    AUTO(audio_freep) struct audio *a = make(100, RATE_HZ);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct play *p = (struct play *)&cases;
        struct err e = ERR_INIT;

        assert_int_equal(play_open(&p, a, (enum play_prio)cases[i].prio, cases[i].rate_hz, &e),
                         -EINVAL);
        assert_non_null(strstr(e.text, "8000..96000 Hz"));
        assert_ptr_equal(p, &cases);
    }
    assert_null(play_close(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_source_passes_unchanged),
        cmocka_unit_test(lower_priority_is_ducked),
        cmocka_unit_test(equal_priorities_share),
        cmocka_unit_test(cut_is_silent_within_10_ms),
        cmocka_unit_test(close_gives_the_slot_back),
        cmocka_unit_test(ring_is_two_seconds),
        cmocka_unit_test(sum_saturates),
        cmocka_unit_test(volume_moves_by_a_ramp),
        cmocka_unit_test(reference_is_what_was_written),
        cmocka_unit_test(loudspeaker_lost_while_speaking),
        cmocka_unit_test(rate_changes_between),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
