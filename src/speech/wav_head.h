/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wav_head.h - WAV over the network: the head that is sent, and sound that comes in pieces.
 *
 * Written: 16 bit PCM, one channel. Read: chunks in any order before `data`, 16 bit PCM, one or more
 * channels (the first is taken), sizes of 0 and 0xffffffff (a server that streams does not know them).
 * What may fail: -EPROTO with words. Bound: WAV_HEAD_BYTES_MAX before the sound begins.
 * Format: RIFF/WAVE, Microsoft Multimedia Standards Update 1991. Threads: one owner. */
#ifndef JARVIS_SPEECH_WAV_HEAD_H
#define JARVIS_SPEECH_WAV_HEAD_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAV_HEAD_BYTES = 44, WAV_HEAD_BYTES_MAX = 65536 };

void wav_head_put(uint8_t to[WAV_HEAD_BYTES], uint32_t rate_hz, uint32_t samples);

struct wav_in {
    struct str bytes; /* owned; before the sound, or less than a frame of it */
    bool has_begun;   /* rate and channels are known */
    uint32_t rate_hz, channels;
    uint64_t left; /* bytes of sound; UINT64_MAX: unknown */
};

void wav_in_init(struct wav_in *w);
void wav_in_done(struct wav_in *w);
/* Takes bytes; adds the samples in them to `out` (s16, host order, as bytes). -EPROTO, -ENOMEM. */
int wav_in_feed(struct wav_in *w, const void *bytes, size_t len, struct str *out, struct err *e);

#endif
