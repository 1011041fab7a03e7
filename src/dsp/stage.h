/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/stage.h - one step of the capture side's chain as a table of functions.
 *
 *     rec[0..in)   planar, 16 kHz, what the stage before put out (the first: the microphones)
 *     play[0..play) what the loudspeaker was heard to play in the same 10 ms, time-aligned;
 *                  zeros when it was silent                                --> out[0..out)
 *     note         what the stages found out about this block, for those behind and for the block
 *
 * A stage owns nothing but its state, whose memory the chain allocates zeroed and frees; it has
 * no other memory and no thread. out[i] may be the same memory as rec[i], and only as that one.
 * Threads: init outside real time; run, clear and latency are RT-safe; one owner at a time. */
#ifndef JARVIS_DSP_STAGE_H
#define JARVIS_DSP_STAGE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STAGE_VERSION = 1,
    STAGE_CHANNELS_MAX = 8,
    STAGE_FRAMES = 160, /* a run: 10 ms */
};

struct stage_opts {
    unsigned rate_hz;
    unsigned in, play; /* channels; 1..STAGE_CHANNELS_MAX */
};

struct stage_note {
    float level_db, noise_db; /* of the signal that is heard, before level control */
    bool voiced;
    unsigned channel; /* of rec[] at the first stage: the one that is heard */
    float shift_db;   /* another channel is heard from this block on: so much louder is its floor */
    float play_db;    /* level of play[]; the chain fills it in */
};

struct stage {
    int version; /* STAGE_VERSION */
    const char *name;
    size_t state_bytes;
    /* *ret_out: channels that come out. 0, or -EINVAL: not with so many channels, not this rate. */
    int (*init)(void *state, const struct stage_opts *o, unsigned *ret_out);
    void (*run)(void *state, const float *const rec[], const float *const play[],
                float *const out[], size_t n, struct stage_note *note);
    void (*clear)(void *state); /* the stream was torn: forgets the signal, not what was learnt */
    unsigned (*latency)(const void *state); /* frames by which out lags rec */
};

/* Removes what is no speech at the low end; every channel. */
extern const struct stage stage_hpf;
/* All channels -> the one with the voice (dsp/pick.h). */
extern const struct stage stage_pick;
/* Is someone speaking? Passes the sound through and fills in level, noise and voiced. */
extern const struct stage stage_vad;
/* Brings speech to one loudness; behind the VAD, so that its gain never moves a decision. */
extern const struct stage stage_level;

#endif
