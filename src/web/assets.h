/* SPDX-License-Identifier: Apache-2.0 */
/* web/assets.h - the files of the page, as they are and gzipped, made into C by tools/embed.
 * Both forms are kept: few clients cannot gunzip, and 40 KB cost less than a decompressor.
 * Threads: constant. */
#ifndef JARVIS_WEB_ASSETS_H
#define JARVIS_WEB_ASSETS_H

#include <stddef.h>

struct asset {
    const char *name; /* "index.html" */
    const unsigned char *plain;
    size_t plain_bytes;
    const unsigned char *gzip;
    size_t gzip_bytes;
    const char *etag; /* start of the content's SHA-256 in hexadecimal */
};

extern const struct asset assets[];
extern const size_t assets_n;

#endif
