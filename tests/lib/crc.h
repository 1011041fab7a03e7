/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/crc.h - CRC-32 (as zlib's), for checksums of long outputs, and the sound they are of. */
#ifndef JARVIS_TESTS_LIB_CRC_H
#define JARVIS_TESTS_LIB_CRC_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t crc_of(uint32_t c, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    c = ~c;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    }
    return ~c;
}

/* Noise in six loudnesses, 6 dB... 60 dB apart, with a break each 100 ms, then silence: 3.5 s. */
enum { CRC_SIGNAL = 56000 };

static inline void crc_signal(int16_t *ret)
{
    uint32_t s = 1;

    for (size_t i = 0; i < CRC_SIGNAL; i++) {
        int step = (int)(i / 8000);

        s = s * 1664525u + 1013904223u;
        ret[i] = i / 1600 % 2 == 1 || step >= 6 ? 0 : (int16_t)((int16_t)(s >> 16) >> (2 * (5 - step)));
    }
}

#endif
