/* SPDX-License-Identifier: Apache-2.0 */
/* speech/pcm.h - samples of one voice that grow: mono, one rate.
 * Owner: the caller (pcm_done()). What may fail: -ENOMEM, -EBADMSG (another rate, or one that no voice
 * has), -EFBIG (more than PCM_SECONDS_MAX). Threads: one owner. */
#ifndef JARVIS_SPEECH_PCM_H
#define JARVIS_SPEECH_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PCM_SECONDS_MAX = 120 };

struct pcm { /* zeroed: empty */
    int16_t *frames; /* owned */
    size_t count, cap;
    unsigned rate_hz;
};

int pcm_add(struct pcm *p, const void *samples, size_t n, unsigned rate_hz);
void pcm_done(struct pcm *p); /* frees; empty again */
bool pcm_copy(struct pcm *to, const struct pcm *from); /* false: out of memory */

#endif
