/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_engine.h - the wake engine that runs microWakeWord models in this process.
 *
 *     blocks of tap A -> one front end for each step size -> every word -> the first that is heard
 *                                                        -> optional: a model that hears voices
 *
 * Several words are listened for at once, each by its own manifest. A gap in the sound is silence to
 * the words: nothing is believed for 0.74 s.
 * Threads: micro_engine_make() reads files; feed and clear as wake/engine.h says. */
#ifndef JARVIS_WAKE_MICRO_ENGINE_H
#define JARVIS_WAKE_MICRO_ENGINE_H

#include "wake/engine.h"
#include "wake/micro_word.h"

enum { MICRO_WORDS = 8, MICRO_LIST = 512 };

/* `list` names manifests: "hey_jarvis, alexa=0.95" (a number: the cut-off instead of the manifest's).
 * A name is looked for as FOLDER/NAME.json and FOLDER/NAME/manifest.json in each of `folders` (up to
 * NULL), or is a path. `voice`: the same for the model that must hear a voice, too; "" none.
 * -EINVAL no word or more than MICRO_WORDS, -ENOENT not installed, errors of micro_word_load(). */
int micro_engine_make(struct wake_engine *ret, const char *list, const char *voice,
                      const char *const *folders, struct err *e);
/* Is a list well written? Whether its models are there is not looked at. -EINVAL. */
int micro_list_check(const char *list, struct err *e);

#endif
