/* SPDX-License-Identifier: Apache-2.0 */
/* audio/capture.h - microphone to blocks.
 *
 * Threads: capture_period() on the capture thread, RT; begin and idle there outside real
 * time; pop on the listen thread; counters from any. */
#ifndef JARVIS_AUDIO_CAPTURE_H
#define JARVIS_AUDIO_CAPTURE_H

#include "audio/front.h"
#include "audio/flow.h"
#include "rt/ring.h"

enum {
    CAPTURE_RING_BLOCKS = 512, /* 5 s: what the listen thread may be late */
    /* reads in a row that brought no sample, dry or with samples lost: then it is opened anew */
    CAPTURE_BARREN_READS_MAX = 10,
};

struct capture {
    const struct clock *clock; /* borrowed */
    struct ring *ring;         /* owned; struct audio_block */
    int fd;                    /* owned eventfd: blocks wait */
    _Atomic bool muted;
    _Atomic unsigned batch;    /* blocks that wait before the listen thread is woken; >= 1 */
    /* the capture thread */
    struct front front;
    unsigned chunk_frames;   /* a read: at most 10 ms */
    int64_t last_usec;       /* when the last samples came; 0: never yet */
    unsigned barren_reads;   /* in a row without a sample; < CAPTURE_BARREN_READS_MAX */
    bool overrun;            /* the ring was full: the next block that fits tells so */
    int16_t frames[TO16K_IN_FRAMES_MAX * HAL_AUDIO_CHANNELS_MAX];
    struct audio_block block;
    /* any thread reads */
    _Atomic uint64_t blocks, overruns, xruns;
    _Atomic unsigned channel; /* of the device: the one that is heard */
    _Atomic float level_db, noise_db;
    _Atomic bool voiced;
};

extern const struct flow_ops capture_ops;

/* `channel` as in front.h; `reference`: what is played, borrowed. */
int capture_init(struct capture *c, const struct clock *clock, int channel, struct ring *reference,
                 struct err *e);
void capture_done(struct capture *c);
bool capture_pop(struct capture *c, struct audio_block *ret);
/* RT, for capture_ops. */
int capture_period(void *user, const struct hal_audio *hal, struct hal_pcm *pcm);
void capture_gap(struct capture *c, int64_t now_usec);

#endif
