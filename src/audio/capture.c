/* SPDX-License-Identifier: Apache-2.0 */
/* audio/capture.c - microphone to blocks: the real-time part. */
#include "audio/capture.h"

#include "base/must.h"

#include <sys/eventfd.h>

static void count_one(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Samples are missing between the last read and now; the stream's clock goes on. */
void capture_gap(struct capture *c, int64_t now_usec)
{
    int64_t missed_usec = now_usec - c->last_usec;

    if (c->last_usec == 0)
        return;
    if (missed_usec < 0)
        missed_usec = 0;
    front_lost(&c->front, (uint64_t)missed_usec * BLOCK_RATE_HZ / 1000000);
    c->last_usec = now_usec;
}

static void capture_show(struct capture *c, const struct audio_block *b)
{
    atomic_store_explicit(&c->level_db, b->level_db, memory_order_relaxed);
    atomic_store_explicit(&c->noise_db, b->noise_db, memory_order_relaxed);
    atomic_store_explicit(&c->voiced, b->voiced, memory_order_relaxed);
    atomic_store_explicit(&c->channel, front_channel(&c->front), memory_order_relaxed);
}

/* Full ring: the block is lost and counted; the listen thread is never waited for. */
static void capture_emit(struct capture *c, struct audio_block *b)
{
    b->lost_before = b->lost_before || c->overrun;
    c->overrun = !ring_push(c->ring, b);
    count_one(c->overrun ? &c->overruns : &c->blocks);
    capture_show(c, b);
}

/* A device that brings nothing, however often it says that it was mended, is of no use; and a loop
 * that makes no progress would keep the core from everyone at real-time priority. */
static int capture_barren(struct capture *c, int code, int64_t now_usec)
{
    if (code == -EPIPE) {
        count_one(&c->xruns);
        capture_gap(c, now_usec);
    }
    must(c->barren_reads < CAPTURE_BARREN_READS_MAX);
    return ++c->barren_reads < CAPTURE_BARREN_READS_MAX ? 0 : -EIO;
}

/* AUDIO THREAD, real time: rules in docs/realtime.md. */
int capture_period(void *user, const struct hal_audio *hal, struct hal_pcm *pcm)
{
    struct capture *c = user;
    bool muted = atomic_load_explicit(&c->muted, memory_order_relaxed);
    int n = hal->read(pcm, c->frames, c->chunk_frames);
    int64_t now = clock_mono_usec(c->clock);
    bool made = false;

    if (n == 0 || n == -EPIPE)
        return capture_barren(c, n, now);
    if (n < 0)
        return n;
    c->barren_reads = 0;
    must((unsigned)n <= c->chunk_frames);
    c->last_usec = now;
    front_push(&c->front, c->frames, (size_t)n);
    while (front_take(&c->front, muted, now, &c->block)) {
        capture_emit(c, &c->block);
        made = true;
    }
    if (made && ring_fill(c->ring) >= atomic_load_explicit(&c->batch, memory_order_relaxed))
        eventfd_write(c->fd, 1); /* does not block: EFD_NONBLOCK */
    return 1;
}
