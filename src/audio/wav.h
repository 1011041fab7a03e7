/* SPDX-License-Identifier: Apache-2.0 */
/* audio/wav.h - whole sound files in memory, by libsndfile (WAV, FLAC, Ogg, MP3).
 * Threads: no shared state. */
#ifndef JARVIS_AUDIO_WAV_H
#define JARVIS_AUDIO_WAV_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { WAV_SECONDS_MAX = 600 };

/* Mono s16 at `rate_hz` (channels averaged, resampled when needed); *ret owned by the caller.
 * -ENOENT, -EINVAL (no sound file; says what it found), -EFBIG. */
int wav_load(int16_t **ret, size_t *ret_frames, const char *path, unsigned rate_hz, struct err *e);
/* The same from memory. -EINVAL, -EFBIG, -ENOMEM. */
int wav_parse(int16_t **ret, size_t *ret_frames, const void *buf, size_t len, unsigned rate_hz,
              struct err *e);
/* 16-bit mono WAV. -EACCES, -ENOENT ..., -EIO (disk full). */
int wav_save(const char *path, const int16_t *frames, size_t count, unsigned rate_hz,
             struct err *e);

#endif
