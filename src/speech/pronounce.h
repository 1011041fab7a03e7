/* SPDX-License-Identifier: Apache-2.0 */
/* speech/pronounce.h - espeak-ng's phonemes as the recogniser's phones.
 *
 * A name that no dictionary holds ("Bureau", "Aalto") is spoken by jarvis-tts's phoneme
 * function in Kirshenbaum ASCII; this table turns it into the ARPAbet phones of the
 * acoustic model. Source of both alphabets: espeak-ng's docs/phonemes, the CMU dictionary.
 * Threads: no state. */
#ifndef JARVIS_SPEECH_PRONOUNCE_H
#define JARVIS_SPEECH_PRONOUNCE_H

#include "base/err.h"

#include <stddef.h>

/* "kItS@n" -> "K IH CH AH N"; stress and length marks are skipped. -EINVAL: a sound that has no
 * phone (its text stands in the words), or nothing is left; -ENOSPC. */
int pronounce_arpabet(char *out, size_t size, const char *kirshenbaum, struct err *e);

#endif
