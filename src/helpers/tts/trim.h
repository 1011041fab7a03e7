/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/trim.h - takes the silence off both ends of a sentence while it streams.
 *
 * Quiet samples are held back until a loud one follows: at the start all but LEAD_MS of
 * them are forgotten, at the end all but TAIL_MS. Pauses within the sentence stay whole.
 * Threads: one; the held samples are on the heap. */
#ifndef JARVIS_TTS_TRIM_H
#define JARVIS_TTS_TRIM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRIM_LEAD_MS = 10, TRIM_TAIL_MS = 60, TRIM_HELD_MS_MAX = 3000 };

/* Takes what is due; < 0 stops the sentence. */
typedef int (*trim_out_fn)(const int16_t *frames, size_t count, void *user);

struct trim {
    unsigned rate_hz;
    trim_out_fn out;
    void *user;     /* borrowed */
    bool started;   /* the first loud sample was seen */
    int16_t *held;  /* owned */
    size_t n_held, cap;
};

int trim_init(struct trim *t, unsigned rate_hz, trim_out_fn out, void *user, struct err *e);
void trim_done(struct trim *t);
int trim_push(struct trim *t, const int16_t *frames, size_t count); /* what `out` returned, or 0 */
int trim_finish(struct trim *t);

#endif
