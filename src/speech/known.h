/* SPDX-License-Identifier: Apache-2.0 */
/* speech/known.h - what the speech engines know, asked before a setting is taken: a wake word that
 * cannot be heard makes the box deaf, a voice that is not there makes it dumb.
 *
 * All of it reads files and may take tens of milliseconds: not for the main loop.
 * Owns nothing, keeps nothing. May fail: -EINVAL with words for people; a dictionary or a folder of
 * voices that cannot be read is no reason to refuse, that is told by the engine itself.
 * Threads: any but real-time ones. */
#ifndef JARVIS_SPEECH_KNOWN_H
#define JARVIS_SPEECH_KNOWN_H

#include "base/err.h"

#include <stdbool.h>

/* Does every word of `phrase` stand in the pronunciation dictionary (a CMU-style file)? */
int known_phrase(const char *dictionary, const char *phrase, struct err *e);
/* Is `voice` ("en-us", "fr+f3") among the voices below the espeak-ng data folder `data`? "flite" is. */
int known_voice_in(const char *data, const char *voice, struct err *e);
/* The same in the first data folder that this system has. */
int known_voice(const char *voice, struct err *e);

#endif
