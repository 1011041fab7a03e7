/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/recogniser.h - what jarvisd asks of jarvis-stt, one row of a table a frame.
 *
 *     STT_CONFIG, STT_GRAMMAR -> dictionary -> new decoder, takes the place of the old one
 *     WAKE_AUDIO, UTT_*       -> decoder -> WAKE_PROGRESS, UTT_RESULT
 *
 * A new grammar waits for the end of an utterance under way. A configuration or a grammar
 * that cannot be loaded is answered with words, and the decoder before it works on.
 * Threads: one. */
#ifndef JARVIS_STT_RECOGNISER_H
#define JARVIS_STT_RECOGNISER_H

#include "core/rpc.h"

struct recogniser;

int recogniser_new(struct recogniser **ret, int fd, struct err *e); /* `fd` is borrowed */
struct recogniser *recogniser_free(struct recogniser *r);
AUTO_DEFINE(struct recogniser *, recogniser_free)
/* Does what the frame asks and answers on the socket. Frames of unknown types and of wrong
 * lengths are ignored, but an answer that is owed is sent: when that fails (-EPIPE jarvisd has
 * gone, -EAGAIN it does not read, -ENOMEM) the helper must end, for its caller counts on it. */
int recogniser_frame(struct recogniser *r, const struct rpc_frame *f);

#endif
