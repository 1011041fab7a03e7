/* SPDX-License-Identifier: Apache-2.0 */
/* audio/flow.h - one direction of a sound device, kept open whatever happens to it.
 *
 *          +--------- outside real time ----------+        +------ RT ------+
 *   start -> open --ok--> begin --> first sound ---+ok----> period, period ...
 *             ^  failed                  | failed           | -ENODEV, -EIO
 *             '--- told once, idle 1 s <-+------ close <----'
 *
 * A direction with nothing to move may rest: the device stands still and the thread sleeps until
 * flow_wake(). With a virtual clock there is no thread and no rest: flow_step() takes one arrow a
 * call.
 * Threads: init/start/stop/done/step on one thread; open, begin, idle and period on the
 * stream's own thread, or the stepping one. */
#ifndef JARVIS_AUDIO_FLOW_H
#define JARVIS_AUDIO_FLOW_H

#include "audio/audio.h"
#include "rt/thread_setup.h"

#include <stdatomic.h>

enum { FLOW_REST = 2 };

struct flow_ops {
    /* A device was opened: set up for what it runs at. May allocate. Negative: unusable. */
    int (*begin)(void *user, const struct hal_pcm_info *info, struct err *e);
    /* RT: moves one period. 1: sound was moved, FLOW_REST: and there has been nothing to move for
     * a while, 0: not yet (bounded by the direction itself), negative: the device is of no more
     * use. */
    int (*period)(void *user, const struct hal_audio *hal, struct hal_pcm *pcm);
    /* There is no device; about every 100 ms. */
    void (*idle)(void *user);
    /* May NULL: never rests. Is there something to move again? */
    bool (*is_wanted)(void *user);
};

struct flow {
    enum hal_dir dir;
    const struct hal_audio *hal; /* borrowed */
    char *device;                /* owned */
    unsigned want_rate_hz, want_channels;
    const struct clock *clock;   /* borrowed */
    const struct flow_ops *ops;
    void *user;                  /* borrowed; of ops */
    audio_fault_fn fault;        /* may be NULL */
    audio_beat_fn beat;          /* may be NULL */
    void *told_user;             /* borrowed; of fault and beat */
    /* the stream's thread */
    struct hal_pcm *pcm; /* owned; NULL: not open */
    struct hal_pcm_info info;
    int told;            /* code of the last fault told; 1: nothing told yet */
    int64_t retry_usec;  /* flow_step(): next try */
    /* any thread */
    _Atomic bool stop, is_open, is_realtime, is_resting;
    _Atomic unsigned rate_hz, channels; /* of the open or the last device; 0: none yet */
    /* the owner's thread */
    struct rt_thread thread;
    int wake_fd; /* owned eventfd; -1 */
};

int flow_init(struct flow *s, enum hal_dir dir, const struct audio_opts *o, struct err *e);
void flow_done(struct flow *s); /* stops first; a stream whose init failed is fine */
int flow_start(struct flow *s, int priority, struct err *e);
void flow_stop(struct flow *s);
void flow_wake(struct flow *s); /* something is to be moved; any thread */
/* Virtual clock. */
int flow_open(struct flow *s, struct err *e);
void flow_step(struct flow *s);

#endif
