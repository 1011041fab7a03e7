/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/trim.c - takes the silence off both ends of a sentence while it streams. */
#include "trim.h"

#include <stdlib.h>
#include <string.h>

enum { LOUD = 160 }; /* of 32767: -46 dBFS, below every phone of the voice */

int trim_init(struct trim *t, unsigned rate_hz, trim_out_fn out, void *user, struct err *e)
{
    *t = (struct trim){ .rate_hz = rate_hz, .out = out, .user = user };
    t->cap = (size_t)rate_hz * TRIM_HELD_MS_MAX / 1000;
    t->held = malloc(t->cap * sizeof(*t->held));
    if (!t->held)
        return err_set(e, -ENOMEM, "out of memory for speech");
    return 0;
}

void trim_done(struct trim *t)
{
    free(t->held);
    t->held = NULL;
}

static size_t ms_frames(const struct trim *t, unsigned ms)
{
    return (size_t)t->rate_hz * ms / 1000;
}

static void held_keep_last(struct trim *t, size_t keep)
{
    if (t->n_held <= keep)
        return;
    memmove(t->held, t->held + (t->n_held - keep), keep * sizeof(*t->held));
    t->n_held = keep;
}

static int held_flush(struct trim *t)
{
    int r = t->n_held ? t->out(t->held, t->n_held, t->user) : 0;

    t->n_held = 0;
    return r;
}

static int held_add(struct trim *t, const int16_t *frames, size_t count)
{
    while (count > 0) {
        size_t n = t->cap - t->n_held;

        if (n == 0) {
            int r = 0;

            if (t->started)
                r = held_flush(t); /* a pause longer than we hold: let it through */
            else
                held_keep_last(t, ms_frames(t, TRIM_LEAD_MS));
            if (r < 0)
                return r;
            continue;
        }
        if (n > count)
            n = count;
        memcpy(t->held + t->n_held, frames, n * sizeof(*frames));
        t->n_held += n;
        frames += n;
        count -= n;
    }
    return 0;
}

static bool is_loud(int16_t s)
{
    return s > LOUD || s < -LOUD;
}

int trim_push(struct trim *t, const int16_t *frames, size_t count)
{
    size_t first = 0, last = count;
    int r;

    while (first < count && !is_loud(frames[first]))
        first++;
    if (first == count)
        return held_add(t, frames, count);
    while (!is_loud(frames[last - 1]))
        last--;
    r = held_add(t, frames, first);
    if (r < 0)
        return r;
    if (!t->started)
        held_keep_last(t, ms_frames(t, TRIM_LEAD_MS));
    t->started = true;
    r = held_flush(t);
    if (r >= 0)
        r = t->out(frames + first, last - first, t->user);
    if (r < 0)
        return r;
    return held_add(t, frames + last, count - last);
}

int trim_finish(struct trim *t)
{
    size_t tail = ms_frames(t, TRIM_TAIL_MS);

    if (!t->started)
        return 0;
    if (t->n_held > tail)
        t->n_held = tail;
    return held_flush(t);
}
