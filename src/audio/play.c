/* SPDX-License-Identifier: Apache-2.0 */
/* audio/play.c - the main loop's side of a source: resampling into the mixer's ring. */
#include "audio/parts.h"

#include "base/must.h"

#include <samplerate.h>
#include <string.h>

enum {
    PLAY_CHUNK_FRAMES = 512,   /* in, at a time */
    PLAY_OUT_FRAMES = 2048,    /* out of it at most */
    PLAY_TAIL_FRAMES = 1024,   /* kept free in the ring for the resampler's end */
    PLAY_SECONDS = 2,
    PLAY_RATE_MIN_HZ = 8000,
    PLAY_RATE_MAX_HZ = 96000,
    PLAY_RATE_BEFORE_DEVICE_HZ = 48000,
};

struct play {
    struct audio *audio; /* borrowed */
    struct slot *slot;   /* borrowed from the mixer until closed */
    unsigned rate_hz, out_rate_hz;
    SRC_STATE *src; /* owned; NULL: the rates are equal */
    bool ended;
    float in[PLAY_CHUNK_FRAMES];
    float out[PLAY_OUT_FRAMES];
    int16_t taken[PLAY_OUT_FRAMES];
};

/* The device may have been opened, or opened anew at another rate, since the last write. */
static int play_follow_rate(struct play *p, struct err *e)
{
    unsigned now_hz = atomic_load_explicit(&p->audio->out.rate_hz, memory_order_relaxed);
    int why = 0;

    if (now_hz == 0)
        now_hz = PLAY_RATE_BEFORE_DEVICE_HZ;
    if (now_hz == p->out_rate_hz)
        return 0;
    if (p->src)
        p->src = src_delete(p->src);
    if (now_hz != p->rate_hz) {
        p->src = src_new(SRC_SINC_MEDIUM_QUALITY, 1, &why);
        if (!p->src)
            return err_set(e, -ENOMEM, "resampler: %s", src_strerror(why));
    }
    p->out_rate_hz = now_hz;
    return 0;
}

int play_open(struct play **ret, struct audio *a, enum play_prio prio, unsigned rate_hz,
              struct err *e)
{
    AUTO(play_closep) struct play *p = NULL;
    int r;

    if (rate_hz < PLAY_RATE_MIN_HZ || rate_hz > PLAY_RATE_MAX_HZ || (int)prio < 0 ||
        prio >= PLAY_PRIO_N)
        return err_set(e, -EINVAL, "playback: %u Hz at priority %d; allowed are %d..%d Hz, 0..%d",
                       rate_hz, (int)prio, PLAY_RATE_MIN_HZ, PLAY_RATE_MAX_HZ, PLAY_PRIO_N - 1);
    p = calloc(1, sizeof(*p));
    if (!p)
        return err_set(e, -ENOMEM, "playback: out of memory");
    p->audio = a;
    p->rate_hz = rate_hz;
    r = play_follow_rate(p, e);
    if (r < 0)
        return err_wrap(e, r, "playback");
    p->slot = mixer_slot_take(&a->playback.mixer, prio);
    if (!p->slot)
        return err_set(e, -ENOSPC, "playback: %d sounds play already", PLAY_SOURCES_MAX);
    flow_wake(&a->out); /* it may rest */
    *ret = STEAL(p);
    return 0;
}

static bool play_is_cut(const struct play *p)
{
    return atomic_load_explicit(&p->slot->cut, memory_order_relaxed);
}

/* Device frames that may be written now. */
static size_t play_room(const struct play *p)
{
    size_t most = (size_t)p->out_rate_hz * PLAY_SECONDS;
    size_t fill = ring_fill(p->slot->ring);

    must(p->out_rate_hz > 0 && fill <= MIXER_RING_FRAMES);
    if (most > MIXER_RING_FRAMES - PLAY_TAIL_FRAMES)
        most = MIXER_RING_FRAMES - PLAY_TAIL_FRAMES;
    return fill < most ? most - fill : 0;
}

static void play_put(struct play *p, size_t count)
{
    src_float_to_short_array(p->out, p->taken, (int)count);
    ring_write(p->slot->ring, p->taken, count);
}

/* Resamples up to `count` frames; returns the frames taken, 0 when the ring is full. */
static size_t play_convert(struct play *p, const int16_t *frames, size_t count)
{
    double ratio = (double)p->out_rate_hz / p->rate_hz;
    size_t room = play_room(p);
    size_t most;
    SRC_DATA d = { .data_in = p->in, .data_out = p->out, .src_ratio = ratio };

    if (room > PLAY_OUT_FRAMES)
        room = PLAY_OUT_FRAMES;
    most = (size_t)((double)room / ratio / 2.0); /* the converter's delay may come out at once */
    if (count > most)
        count = most;
    if (count > PLAY_CHUNK_FRAMES)
        count = PLAY_CHUNK_FRAMES;
    if (count == 0)
        return 0;
    src_short_to_float_array(frames, p->in, (int)count);
    d.input_frames = (long)count;
    d.output_frames = PLAY_OUT_FRAMES;
    if (src_process(p->src, &d) != 0)
        return 0;
    play_put(p, (size_t)d.output_frames_gen);
    return (size_t)d.input_frames_used;
}

size_t play_write(struct play *p, const int16_t *frames, size_t count)
{
    size_t done = 0, n;

    if (p->ended || play_is_cut(p) || play_follow_rate(p, NULL) < 0)
        return count; /* nobody will hear it: forgotten */
    if (!p->src) {
        size_t room = play_room(p);

        return ring_write(p->slot->ring, frames, count < room ? count : room);
    }
    while (done < count && (n = play_convert(p, frames + done, count - done)) > 0)
        done += n;
    return done;
}

/* The converter still holds a few milliseconds. */
static void play_flush(struct play *p)
{
    SRC_DATA d = {
        .data_in = p->in,
        .data_out = p->out,
        .output_frames = PLAY_TAIL_FRAMES,
        .src_ratio = (double)p->out_rate_hz / p->rate_hz,
        .end_of_input = 1,
    };

    if (src_process(p->src, &d) == 0 && d.output_frames_gen > 0)
        play_put(p, (size_t)d.output_frames_gen);
}

void play_end(struct play *p)
{
    if (p->ended)
        return;
    if (p->src && !play_is_cut(p))
        play_flush(p);
    p->ended = true;
    atomic_store_explicit(&p->slot->ended, true, memory_order_release);
}

void play_cut(struct play *p)
{
    p->ended = true;
    atomic_store_explicit(&p->slot->cut, true, memory_order_release);
}

bool play_is_started(const struct play *p)
{
    return atomic_load_explicit(&p->slot->started, memory_order_acquire);
}

int64_t play_started_usec(const struct play *p)
{
    return atomic_load_explicit(&p->slot->started_usec, memory_order_relaxed);
}

bool play_is_done(const struct play *p)
{
    return atomic_load_explicit(&p->slot->done, memory_order_acquire);
}

struct play *play_close(struct play *p)
{
    if (!p)
        return NULL;
    if (p->slot)
        atomic_store_explicit(&p->slot->closed, true, memory_order_release);
    if (p->src)
        src_delete(p->src);
    free(p);
    return NULL;
}
