/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_file.h - a piece of speech as the voice bank keeps it: Opus packets behind a head.
 *
 *     "JVOICE1\n"  64 hexadecimal digits: SHA-256 of all that follows
 *     samples u32, skip u16, level u16 (tenths of a dB below full scale)      little-endian
 *     packets: length u16, bytes; 20 ms each, until the end of the file
 *
 * A file that is cut, garbled or of another kind is refused as a whole before a sample of it is played:
 * the sum is compared first, and what it stands for is still not trusted.
 *
 * Who owns what: bank_file borrows the bytes it was parsed from; a reader owns its decoder.
 * What may fail: -EBADMSG with words (parse), -ENOMEM, -EFBIG (more than BANK_FILE_SECONDS_MAX).
 * Format of the packets: RFC 6716, by libopus. Threads: one owner; not the real-time threads. */
#ifndef JARVIS_SPEECH_BANK_FILE_H
#define JARVIS_SPEECH_BANK_FILE_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BANK_RATE_HZ = 24000,
    BANK_FILE_SECONDS_MAX = 20,
    BANK_FILE_BYTES_MAX = 128 * 1024,
    BANK_FILE_HEAD_BYTES = 80,
    BANK_BITS_PER_S = 20000,
};

struct bank_file {
    const uint8_t *packets; /* borrowed */
    size_t len;
    uint32_t samples;   /* at BANK_RATE_HZ, without `skip` */
    uint16_t skip;      /* samples the decoder gives before the first that counts */
    uint16_t level_ddb; /* how loud the voice is in it: tenths of a dB below full scale */
};

/* Adds the file of these samples (mono, BANK_RATE_HZ) to `out`. */
int bank_file_put(struct str *out, const int16_t *frames, size_t n, unsigned level_ddb,
                  struct err *e);
int bank_file_parse(struct bank_file *ret, const void *bytes, size_t len, struct err *e);

struct bank_reader;
/* `f` is copied; the bytes it borrows outlive the reader. */
int bank_reader_new(struct bank_reader **ret, const struct bank_file *f, struct err *e);
struct bank_reader *bank_reader_free(struct bank_reader *r);
AUTO_DEFINE(struct bank_reader *, bank_reader_free)
/* The next samples, at most `max`: how many; 0: the end. */
size_t bank_reader_take(struct bank_reader *r, int16_t *frames, size_t max);

#endif
