/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.c - SHA-256 of bytes in memory, or as they come. */
#include "base/sha256.h"

#include "base/must.h"

#include <stdint.h>
#include <string.h>

enum { CHUNK = SHA256_CHUNK, LENGTH_AT = 56, ROUNDS = 64, WORDS = 8 };

/* The first 32 bits of the fractions of the square roots of the first 8 primes, and of the cube
 * roots of the first 64. */
static const uint32_t start[WORDS] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};
static const uint32_t rounds[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void schedule(uint32_t w[ROUNDS], const uint8_t *chunk)
{
    for (int i = 0; i < 16; i++, chunk += 4)
        w[i] = (uint32_t)chunk[0] << 24 | (uint32_t)chunk[1] << 16 | (uint32_t)chunk[2] << 8 |
               chunk[3];
    for (int i = 16; i < ROUNDS; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

/* One round. The eight words stay where they are and change their names: moving them took half the
 * time, and 2 MB of weights are summed up at each start. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                          \
    do {                                                                          \
        uint32_t one = (h) + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +           \
                       (((e) & (f)) ^ (~(e) & (g))) + rounds[i] + w[i];           \
        (d) += one;                                                               \
        (h) = one + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +                    \
              (((a) & (b)) ^ ((a) & (c)) ^ ((b) & (c)));                          \
    } while (0)

static void mix(uint32_t hash[WORDS], const uint8_t *chunk)
{
    uint32_t w[ROUNDS], v[WORDS];

    schedule(w, chunk);
    memcpy(v, hash, sizeof(v));
    for (int i = 0; i < ROUNDS; i += WORDS) {
        ROUND(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], i);
        ROUND(v[7], v[0], v[1], v[2], v[3], v[4], v[5], v[6], i + 1);
        ROUND(v[6], v[7], v[0], v[1], v[2], v[3], v[4], v[5], i + 2);
        ROUND(v[5], v[6], v[7], v[0], v[1], v[2], v[3], v[4], i + 3);
        ROUND(v[4], v[5], v[6], v[7], v[0], v[1], v[2], v[3], i + 4);
        ROUND(v[3], v[4], v[5], v[6], v[7], v[0], v[1], v[2], i + 5);
        ROUND(v[2], v[3], v[4], v[5], v[6], v[7], v[0], v[1], i + 6);
        ROUND(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[0], i + 7);
    }
    for (int i = 0; i < WORDS; i++)
        hash[i] += v[i];
}

void sha256_begin(struct sha256 *s)
{
    memcpy(s->hash, start, sizeof(s->hash));
    s->bytes = 0;
}

void sha256_add(struct sha256 *s, const void *bytes, size_t len)
{
    size_t waits = s->bytes % CHUNK, take = len < CHUNK - waits ? len : CHUNK - waits;
    const uint8_t *at = bytes;

    s->bytes += len;
    if (waits > 0) {
        memcpy(s->rest + waits, at, take);
        if (waits + take < CHUNK)
            return;
        mix(s->hash, s->rest);
        at += take;
        len -= take;
    }
    for (; len >= CHUNK; len -= CHUNK, at += CHUNK)
        mix(s->hash, at);
    must(len == s->bytes % CHUNK);
    if (len > 0)
        memcpy(s->rest, at, len);
}

void sha256_end(struct sha256 *s, char ret[SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t waits = s->bytes % CHUNK, n = waits < LENGTH_AT ? CHUNK : 2 * CHUNK;
    uint8_t last[2 * CHUNK] = { 0 };

    memcpy(last, s->rest, waits);
    last[waits] = 0x80;
    for (int i = 0; i < 8; i++)
        last[n - 1 - (size_t)i] = (uint8_t)(s->bytes * 8 >> 8 * i);
    must(waits + 9 <= n);
    for (size_t i = 0; i < n; i += CHUNK)
        mix(s->hash, last + i);
    for (int i = 0; i < WORDS * 8; i++)
        ret[i] = digits[s->hash[i / 8] >> (28 - 4 * (i % 8)) & 15];
    ret[WORDS * 8] = '\0';
}

void sha256_hex(char ret[SHA256_HEX_BYTES], const void *bytes, size_t len)
{
    struct sha256 s;

    sha256_begin(&s);
    sha256_add(&s, bytes, len);
    sha256_end(&s, ret);
}
