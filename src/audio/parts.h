/* SPDX-License-Identifier: Apache-2.0 */
/* audio/parts.h - what struct audio is made of; for audio.c and play.c only. */
#ifndef JARVIS_AUDIO_PARTS_H
#define JARVIS_AUDIO_PARTS_H

#include "audio/audio.h"
#include "audio/capture.h"
#include "audio/playback.h"
#include "audio/flow.h"

struct audio {
    const struct clock *clock; /* borrowed */
    bool realtime;
    audio_fault_fn fault;
    void *user; /* borrowed */
    struct capture capture;
    struct playback playback;
    struct flow in, out;
};

#endif
