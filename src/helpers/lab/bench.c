/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/bench.c - a virtual clock that stands still while a helper owes an answer. */
#include "bench.h"

#include "audio/wav.h"
#include "base/cleanup.h"

enum {
    READY_TICKS = 3000, /* 30 s of virtual time for helpers and grammar */
    STALL_MS = 30000,   /* real time without an answer */
};

/* One that fell twice waits before it is started again, and waits by this very clock. */
static bool helper_is_down(const struct bench *b)
{
    struct speech_stats stats;

    speech_stats(b->speech, &stats);
    return stats.stt_pid == 0 || stats.tts_pid == 0;
}

/* Runs the main loop until nobody owes an answer. */
static int bench_settle(struct bench *b, struct err *e)
{
    int64_t until = clock_now_ms() + STALL_MS;
    const char *owes;

    for (;;) {
        bool busy = speech_is_busy(b->speech);
        bool ran = loop_step(b->loop, busy ? 50 : 0);

        if (!ran && !speech_is_busy(b->speech))
            return 0;
        if (!ran && helper_is_down(b))
            clock_advance_usec(b->clock, BENCH_TICK_MS * 1000);
        if (clock_now_ms() > until)
            break;
    }
    owes = speech_owes(b->speech);
    return err_set(e, -ETIMEDOUT, "%s for %d s",
                   owes ? owes : "the main loop does not come to rest", STALL_MS / 1000);
}

int bench_tick(struct bench *b, struct err *e)
{
    audio_step(b->audio);
    /* twice: what the answers brought is moved on in the same tick, however fast they came */
    for (int i = 0; i < 2; i++) {
        int r;

        speech_step(b->speech);
        r = bench_settle(b, e);
        if (r < 0)
            return r;
    }
    clock_advance_usec(b->clock, BENCH_TICK_MS * 1000);
    return 0;
}

int bench_wait_wake(struct bench *b, struct err *e)
{
    for (int i = 0; i < READY_TICKS; i++) {
        struct speech_stats stats;
        int r = bench_tick(b, e);

        if (r < 0)
            return r;
        speech_stats(b->speech, &stats);
        if (stats.wake_is_on)
            return 0;
    }
    return err_set(e, -ETIMEDOUT, "nobody listens for a wake word; see wake.engine");
}

int bench_wait_ready(struct bench *b, struct err *e)
{
    for (int i = 0; i < READY_TICKS; i++) {
        int r = bench_tick(b, e);

        if (r < 0)
            return r;
        if (speech_is_ready(b->speech))
            return 0;
    }
    return err_set(e, -ETIMEDOUT, "the speech helpers did not become ready");
}

int bench_feed(struct bench *b, const char *path, uint64_t *ret_frames, struct err *e)
{
    struct audio_stats stats;
    struct hal_pcm *pcm = audio_capture_pcm(b->audio);
    AUTO_FREE int16_t *frames = NULL;
    size_t count = 0;
    int r;

    audio_stats(b->audio, &stats);
    if (!pcm)
        return err_set(e, -ENODEV, "the simulated microphone is not open");
    r = wav_load(&frames, &count, path, stats.capture_rate_hz, e);
    if (r < 0)
        return r;
    if (ret_frames)
        *ret_frames = (uint64_t)count * BLOCK_RATE_HZ / stats.capture_rate_hz;
    return hal_sim_feed(pcm, frames, count, e);
}

bool bench_is_heard(const struct bench *b)
{
    return hal_sim_unread(audio_capture_pcm(b->audio)) == 0;
}
