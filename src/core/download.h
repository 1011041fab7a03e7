/* SPDX-License-Identifier: Apache-2.0 */
/* core/download.h - one file from elsewhere, which is what was promised or is not there at all.
 *
 *     download_run(): a new file at `path` <- http, https (core/fetch on a loop of this thread's own) or file
 *                     every byte goes into the sum; more than `bytes` of them end it at once
 *                     size and SHA-256 are right: synced and kept; else removed, with words
 *
 * It begins anew each time: a half file is never gone on with. Redirects are followed (five, never from
 * https to http), for it is the sum that is believed and no place.
 *
 * Owner: all is borrowed for the call. May fail: -EEXIST (something stands at `path`), -EMSGSIZE, -ENODATA
 * (too few bytes), -EBADMSG (another sum), -ECANCELED, -ENOSPC ..., and as core/fetch.h says.
 * Threads: a worker's; it waits for the network (silent for DOWNLOAD_GAP_MS: it is over) and the disk. */
#ifndef JARVIS_CORE_DOWNLOAD_H
#define JARVIS_CORE_DOWNLOAD_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

enum { DOWNLOAD_GAP_MS = 30000 };

struct download {
    const char *url, *sha256; /* 64 lower-case digits */
    uint64_t bytes;           /* exactly */
    const char *path;         /* must not be there */
    mode_t mode;              /* of the whole file, whatever the umask is */
    int stop;                 /* readable: -ECANCELED; -1: nobody stops it */
};

int download_run(const struct download *d, struct err *e);

#endif
