/* SPDX-License-Identifier: Apache-2.0 */
/* intent/teach.h - what may be taught (learnt.h), so that no new name or sentence takes another's place.
 *
 * A name: of a device that there is; not one that a device or a room has already; no sentence by itself;
 * with no word that has an opposite ("lamp off" would turn "turn on lamp off" round); and with a word of its
 * own: not "it", "everything", "lights", "the two" in any language that is understood, nor one word alone
 * that sentences of the box's own language have ("heating", "scene"). A sentence: not understood yet, also not as a denial; and what it stands for is.
 * Threads: reads the tongues; no state. */
#ifndef JARVIS_INTENT_TEACH_H
#define JARVIS_INTENT_TEACH_H

#include "intent/tongue.h"

struct teaching { /* borrowed */
    const struct tongue *const *tongues; /* those that are understood, the box's own first */
    size_t n;
    const char *room;
};

/* -EINVAL, -EEXIST (it means something already) with words. */
int teach_name(const struct teaching *t, const char *text, struct err *e);
/* And for this device: -ENOENT. */
int teach_device(const struct teaching *t, const char *text, const char *device, struct err *e);
int teach_sentence(const struct teaching *t, const char *text, const char *means, struct err *e);

#endif
