/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote.h - what recognisers and voices on other machines share.
 * Threads: main loop; no state. */
#ifndef JARVIS_SPEECH_REMOTE_H
#define JARVIS_SPEECH_REMOTE_H

#include "core/fetch.h"
#include "core/wyoming.h"

/* A row of stt.remote or tts.remote begins so. */
struct remote_way {
    const char *name;
    const char *path; /* behind an address that has none; NULL: a server of the Wyoming protocol */
};

/* The row of a table of n rows of `stride` bytes each; NULL: none has this name. */
const struct remote_way *remote_way_find(const void *rows, size_t n, size_t stride,
                                         const char *name);
/* The whole address to `url`: `base` as it stands, or with `path` where it has none. path NULL: a server of
 * the Wyoming protocol, tcp://host:port. -EINVAL with the place's row, -ENOMEM. */
int remote_url(char *url, size_t size, const char *base, const char *path,
               const struct fetch_place *place, struct err *e);
/* What an `error` event says: -EREMOTEIO with its words, or -EPROTO. */
int remote_error(const struct wyoming_event *event, struct err *e);

#endif
