/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_file.c - a piece of speech as the voice bank keeps it. */
#include "speech/bank_file.h"

#include "base/must.h"
#include "base/sha256.h"

#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = BANK_RATE_HZ / 50, /* samples in a packet */
    PACKET_BYTES_MAX = 1275,   /* RFC 6716, 3.2.1 */
    SUM_AT = 8,
    SUMMED_AT = SUM_AT + SHA256_HEX_BYTES - 1,
    COMPLEXITY = 8,
};

static const char magic[SUM_AT] = { 'J', 'V', 'O', 'I', 'C', 'E', '1', '\n' };

must_const(SUMMED_AT + 8 == BANK_FILE_HEAD_BYTES);

struct bank_reader {
    OpusDecoder *opus; /* owned */
    struct bank_file file;
    size_t at;                /* in its packets */
    uint32_t left, skip;      /* samples still to give, and to leave out */
    int16_t frame[FRAME];     /* decoded */
    size_t frame_at, frame_n; /* of it: given, there */
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static void put16(struct str *out, unsigned n)
{
    must(n <= UINT16_MAX);
    str_add_char(out, (char)(n & 0xff));
    str_add_char(out, (char)(n >> 8));
}

/* ---- writing ------------------------------------------------------------------------------- */

static void encoder_drop(OpusEncoder **o)
{
    if (*o)
        opus_encoder_destroy(*o);
}

static int encoder_make(OpusEncoder **ret, int *ret_skip, struct err *e)
{
    int code = OPUS_OK;
    OpusEncoder *o = opus_encoder_create(BANK_RATE_HZ, 1, OPUS_APPLICATION_AUDIO, &code);

    if (!o)
        return err_set(e, -ENOMEM, "voice bank: out of memory for Opus");
    if (opus_encoder_ctl(o, OPUS_SET_BITRATE(BANK_BITS_PER_S)) != OPUS_OK ||
        opus_encoder_ctl(o, OPUS_SET_COMPLEXITY(COMPLEXITY)) != OPUS_OK ||
        opus_encoder_ctl(o, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) != OPUS_OK ||
        opus_encoder_ctl(o, OPUS_GET_LOOKAHEAD(ret_skip)) != OPUS_OK) {
        opus_encoder_destroy(o);
        return err_set(e, -EIO, "voice bank: libopus refuses its settings");
    }
    *ret = o;
    return 0;
}

/* Packets until the last sample has left the decoder, which is `skip` late. */
static int packets_put(struct str *out, OpusEncoder *o, const int16_t *frames, size_t n, size_t skip,
                       struct err *e)
{
    for (size_t at = 0; at < n + skip; at += FRAME) {
        size_t here = at < n ? n - at : 0;
        int16_t frame[FRAME] = { 0 };
        uint8_t packet[PACKET_BYTES_MAX];
        int len;

        if (here > FRAME)
            here = FRAME;
        if (here > 0)
            memcpy(frame, frames + at, here * sizeof(*frame));
        len = opus_encode(o, frame, FRAME, packet, sizeof(packet));
        if (len < 0)
            return err_set(e, -EIO, "voice bank: libopus: %s", opus_strerror(len));
        put16(out, (unsigned)len);
        str_add_bytes(out, packet, (size_t)len);
    }
    return 0;
}

int bank_file_put(struct str *out, const int16_t *frames, size_t n, unsigned level_ddb,
                  struct err *e)
{
    AUTO(encoder_drop) OpusEncoder *o = NULL;
    AUTO_STR rest = STR_INIT;
    char sum[SHA256_HEX_BYTES];
    int skip = 0, r;

    if (n == 0 || n > (size_t)BANK_RATE_HZ * BANK_FILE_SECONDS_MAX)
        return err_set(e, n ? -EFBIG : -EINVAL, "voice bank: %zu samples are no piece of speech", n);
    r = encoder_make(&o, &skip, e);
    if (r < 0)
        return r;
    must(skip >= 0 && skip < FRAME);
    put16(&rest, (unsigned)(n & 0xffff));
    put16(&rest, (unsigned)(n >> 16));
    put16(&rest, (unsigned)skip);
    put16(&rest, level_ddb < UINT16_MAX ? level_ddb : UINT16_MAX);
    r = packets_put(&rest, o, frames, n, (size_t)skip, e);
    if (r < 0)
        return r;
    sha256_hex(sum, str_text(&rest), rest.len);
    str_add_bytes(out, magic, sizeof(magic));
    str_add_bytes(out, sum, sizeof(sum) - 1);
    str_add_bytes(out, str_text(&rest), rest.len);
    if (rest.failed || out->failed)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    return 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Are the packets whole, and as many as the samples need? */
static int packets_check(const struct bank_file *f, struct err *e)
{
    size_t at = 0;
    uint64_t frames = 0;

    while (at < f->len) {
        size_t len;

        if (f->len - at < 2)
            return err_set(e, -EBADMSG, "ends within a packet");
        len = get16(f->packets + at);
        at += 2;
        if (len == 0 || len > PACKET_BYTES_MAX || len > f->len - at)
            return err_set(e, -EBADMSG, "a packet of %zu bytes where %zu are left", len, f->len - at);
        if (opus_packet_get_nb_samples(f->packets + at, (opus_int32)len, BANK_RATE_HZ) != FRAME)
            return err_set(e, -EBADMSG, "a packet that is not 20 ms of sound");
        at += len;
        frames += FRAME;
    }
    if (frames < (uint64_t)f->samples + f->skip || frames >= (uint64_t)f->samples + f->skip + FRAME)
        return err_set(e, -EBADMSG, "%u samples in its head, %u in its packets", f->samples,
                       (unsigned)frames);
    return 0;
}

int bank_file_parse(struct bank_file *ret, const void *bytes, size_t len, struct err *e)
{
    const uint8_t *p = bytes;
    struct bank_file f;
    char sum[SHA256_HEX_BYTES];
    int r;

    if (len < BANK_FILE_HEAD_BYTES || len > BANK_FILE_BYTES_MAX)
        return err_set(e, -EBADMSG, "%zu bytes are no piece of speech", len);
    if (memcmp(p, magic, sizeof(magic)) != 0)
        return err_set(e, -EBADMSG, "is no piece of speech");
    sha256_hex(sum, p + SUMMED_AT, len - SUMMED_AT);
    if (memcmp(sum, p + SUM_AT, sizeof(sum) - 1) != 0)
        return err_set(e, -EBADMSG, "is not as it was written (its sum is wrong)");
    f = (struct bank_file){ .packets = p + BANK_FILE_HEAD_BYTES,
                            .len = len - BANK_FILE_HEAD_BYTES,
                            .samples = get32(p + SUMMED_AT),
                            .skip = (uint16_t)get16(p + SUMMED_AT + 4),
                            .level_ddb = (uint16_t)get16(p + SUMMED_AT + 6) };
    if (f.samples == 0 || f.samples > BANK_RATE_HZ * BANK_FILE_SECONDS_MAX)
        return err_set(e, -EBADMSG, "%u samples are no piece of speech", f.samples);
    r = packets_check(&f, e);
    if (r == 0)
        *ret = f;
    return r;
}

int bank_reader_new(struct bank_reader **ret, const struct bank_file *f, struct err *e)
{
    struct bank_reader *r = calloc(1, sizeof(*r));
    int code = OPUS_OK;

    if (r)
        r->opus = opus_decoder_create(BANK_RATE_HZ, 1, &code);
    if (!r || !r->opus) {
        free(r);
        return err_set(e, -ENOMEM, "voice bank: out of memory for Opus");
    }
    r->file = *f;
    r->left = f->samples;
    r->skip = f->skip;
    *ret = r;
    return 0;
}

struct bank_reader *bank_reader_free(struct bank_reader *r)
{
    if (!r)
        return NULL;
    opus_decoder_destroy(r->opus);
    free(r);
    return NULL;
}

/* One packet on. What libopus cannot decode - the sum was right, so it was written so - is silence. */
static bool reader_frame(struct bank_reader *r)
{
    size_t len;
    int n;

    if (r->at >= r->file.len)
        return false;
    must(r->file.len - r->at >= 2);
    len = get16(r->file.packets + r->at);
    must(len <= r->file.len - r->at - 2);
    n = opus_decode(r->opus, r->file.packets + r->at + 2, (opus_int32)len, r->frame, FRAME, 0);
    if (n != FRAME)
        memset(r->frame, 0, sizeof(r->frame));
    r->at += 2 + len;
    r->frame_at = r->skip < FRAME ? r->skip : FRAME;
    r->skip -= (uint32_t)r->frame_at;
    r->frame_n = FRAME;
    return true;
}

size_t bank_reader_take(struct bank_reader *r, int16_t *frames, size_t max)
{
    size_t n = 0;

    while (n < max && r->left > 0) {
        size_t here = r->frame_n - r->frame_at;

        if (here == 0) {
            if (!must(reader_frame(r)))
                break;
            continue;
        }
        if (here > max - n)
            here = max - n;
        if (here > r->left)
            here = r->left;
        memcpy(frames + n, r->frame + r->frame_at, here * sizeof(*frames));
        r->frame_at += here;
        r->left -= (uint32_t)here;
        n += here;
    }
    return n;
}
