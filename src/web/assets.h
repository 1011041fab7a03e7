/* SPDX-License-Identifier: Apache-2.0 */
/* web/assets.h - the files of the page, gzipped into the program by tools/embed.
 * Threads: constant. */
#ifndef JARVIS_WEB_ASSETS_H
#define JARVIS_WEB_ASSETS_H

#include <stddef.h>

struct asset {
    const char *name;          /* "index.html" */
    const unsigned char *gzip; /* always gzipped */
    size_t gzip_bytes;
    const char *etag;          /* first half of the content's SHA-256 */
};

extern const struct asset assets[];
extern const size_t assets_n;

#endif
