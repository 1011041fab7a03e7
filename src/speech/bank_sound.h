/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_sound.h - speech cut and joined: what a voice sent becomes a piece that fits beside others.
 *
 *     sound of any rate -> BANK_RATE_HZ -> silence at both ends cut -> edges faded     bank_sound_make()
 *     piece, level of the first one -> gain (at most BANK_GAIN_DB) -> as loud          bank_sound_level()
 *     "Turned on" | "the lamp." | ...: how long the joint is silent                   bank_sound_pause_ms()
 *
 * Every piece begins and ends at zero, so that a joint has no step in it.
 * Who owns what: made samples are the caller's. What may fail: -ENOMEM, -ENODATA (nothing but
 * silence), -EINVAL (a rate no voice has). Threads: no state; not the real-time threads. */
#ifndef JARVIS_SPEECH_BANK_SOUND_H
#define JARVIS_SPEECH_BANK_SOUND_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { BANK_GAIN_DB = 6, BANK_FADE_MS = 5 };

int bank_sound_make(int16_t **ret, size_t *ret_n, const int16_t *frames, size_t n, unsigned rate_hz,
                    struct err *e);
/* How loud the voice is where it is loud, in tenths of a dB below full scale; silence: 1000. */
unsigned bank_sound_level(const int16_t *frames, size_t n);
/* Makes samples of level `is` as loud as `wanted`, within BANK_GAIN_DB: the same gain for each part of a
 * piece. */
void bank_sound_match(int16_t *frames, size_t n, unsigned is_ddb, unsigned wanted_ddb);
/* The silence after a piece of this text when another follows. */
unsigned bank_sound_pause_ms(const char *text);

#endif
