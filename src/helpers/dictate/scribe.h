/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/dictate/scribe.h - free English speech by PocketSphinx's general language model, behind the wire of a
 * dictation engine (docs/engines.md).
 *
 *     frame -> scribe_frame() -> answers on the socket; at UTT_END the whole sentence is decoded in one go
 *
 * A whole sentence at once has its cepstral mean from all of itself; nothing is kept between two. It is right about
 * words people use and wrong about one word in three: what it hears is a hint, never a command (engine.may_act).
 *
 * Owner: whoever made it. Bounds: SCRIBE_SECONDS_MAX of sound; more is left out, with words.
 * May fail: the socket (-EPIPE); all else is answered with an error.
 * Threads: one. */
#ifndef JARVIS_DICTATE_SCRIBE_H
#define JARVIS_DICTATE_SCRIBE_H

#include "core/rpc.h"

enum { SCRIBE_SECONDS_MAX = 60 };

struct scribe;

/* Where the models stand; all borrowed and constant. NULL: those of Debian's package. */
struct scribe_files {
    const char *acoustic, *language, *dictionary;
};

int scribe_new(struct scribe **ret, int fd, const struct scribe_files *files, struct err *e);
struct scribe *scribe_free(struct scribe *s);
AUTO_DEFINE(struct scribe *, scribe_free)
int scribe_frame(struct scribe *s, const struct rpc_frame *f);

#endif
