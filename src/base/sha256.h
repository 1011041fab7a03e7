/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.h - SHA-256: is a file from elsewhere the one that is meant?
 * Source: FIPS 180-4. Nothing secret is hashed here; it is not written against timing.
 * Threads: no shared state. */
#ifndef JARVIS_BASE_SHA256_H
#define JARVIS_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_BYTES = 65, SHA256_CHUNK = 64 };

/* 64 lower-case hexadecimal digits and a zero. */
void sha256_hex(char ret[SHA256_HEX_BYTES], const void *bytes, size_t len);

/* The same of bytes that come in pieces: begin, add ..., end. */
struct sha256 {
    uint32_t hash[8];
    uint8_t rest[SHA256_CHUNK]; /* the first `bytes` % SHA256_CHUNK of it wait for more */
    uint64_t bytes;             /* so far */
};
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t len);
void sha256_end(struct sha256 *s, char ret[SHA256_HEX_BYTES]);

#endif
