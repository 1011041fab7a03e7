/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.h - SHA-256: is a file from elsewhere the one that is meant?
 * Source: FIPS 180-4. Nothing secret is hashed here; it is not written against timing.
 * Threads: no shared state. */
#ifndef JARVIS_BASE_SHA256_H
#define JARVIS_BASE_SHA256_H

#include <stddef.h>

enum { SHA256_HEX_BYTES = 65 };

/* 64 lower-case hexadecimal digits and a zero. */
void sha256_hex(char ret[SHA256_HEX_BYTES], const void *bytes, size_t len);

#endif
