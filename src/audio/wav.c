/* SPDX-License-Identifier: Apache-2.0 */
/* audio/wav.c - whole sound files in memory, by libsndfile.
 *
 * A file is read in pieces and resampled as it comes: the header's length is a claim, not a
 * size to allocate. */
#include "audio/wav.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdbool.h>
#include <string.h>

enum {
    WAV_CHANNELS_MAX = 8,
    WAV_RATE_MIN_HZ = 4000,
    WAV_RATE_MAX_HZ = 192000,
    WAV_CHUNK_FRAMES = 2048,
    WAV_OUT_FRAMES = 4096,
};

struct wav_reader {
    SNDFILE *file;  /* owned */
    SF_INFO sf;
    SRC_STATE *src; /* owned; NULL: the rates are equal */
    double ratio;
    int16_t *frames; /* owned; the result */
    size_t count, cap, most;
    float in[WAV_CHUNK_FRAMES * WAV_CHANNELS_MAX];
    float mono[WAV_CHUNK_FRAMES];
    int16_t shorts[WAV_OUT_FRAMES]; /* between: libsamplerate takes neighbours for an overlap */
    float out[WAV_OUT_FRAMES];
};

static void reader_freep(struct wav_reader **held)
{
    struct wav_reader *w = *held;

    if (!w)
        return;
    if (w->file)
        sf_close(w->file);
    if (w->src)
        src_delete(w->src);
    free(w->frames);
    free(w);
}

static int reader_put(struct wav_reader *w, const float *samples, size_t count, struct err *e)
{
    if (count == 0)
        return 0;
    if (count > w->most - w->count)
        return err_set(e, -EFBIG, "longer than %d s", WAV_SECONDS_MAX);
    if (count > w->cap - w->count) {
        size_t cap = w->cap ? w->cap * 2 : (size_t)WAV_OUT_FRAMES * 8;
        int16_t *grown = realloc(w->frames, cap * sizeof(*grown));

        if (!grown)
            return err_set(e, -ENOMEM, "out of memory for %zu samples", cap);
        w->frames = grown;
        w->cap = cap;
    }
    src_float_to_short_array(samples, w->shorts, (int)count);
    memcpy(w->frames + w->count, w->shorts, count * sizeof(*w->shorts));
    w->count += count;
    return 0;
}

/* Converts `count` mono frames, all of them; `last` brings what the converter still holds. */
static int reader_convert(struct wav_reader *w, size_t count, bool last, struct err *e)
{
    SRC_DATA d = {
        .data_in = w->mono,
        .input_frames = (long)count,
        .src_ratio = w->ratio,
        .end_of_input = last,
    };
    int r;

    if (!w->src)
        return reader_put(w, w->mono, count, e);
    do {
        d.data_out = w->out;
        d.output_frames = WAV_OUT_FRAMES;
        r = src_process(w->src, &d);
        if (r != 0)
            return err_set(e, -EIO, "resampler: %s", src_strerror(r));
        d.data_in += d.input_frames_used;
        d.input_frames -= d.input_frames_used;
        r = reader_put(w, w->out, (size_t)d.output_frames_gen, e);
        if (r < 0)
            return r;
    } while (d.input_frames > 0 || d.output_frames_gen > 0);
    return 0;
}

static int reader_run(struct wav_reader *w, struct err *e)
{
    int channels = w->sf.channels;
    sf_count_t n;

    while ((n = sf_readf_float(w->file, w->in, WAV_CHUNK_FRAMES)) > 0) {
        int r;

        for (sf_count_t i = 0; i < n; i++) {
            float sum = 0.0f;

            for (int c = 0; c < channels; c++)
                sum += w->in[i * channels + c];
            w->mono[i] = sum / (float)channels;
        }
        r = reader_convert(w, (size_t)n, false, e);
        if (r < 0)
            return r;
    }
    return reader_convert(w, 0, true, e);
}

/* From the open file to the whole of its sound. */
static int reader_take(struct wav_reader *w, unsigned rate_hz, struct err *e)
{
    int why = 0;

    if (rate_hz < WAV_RATE_MIN_HZ || rate_hz > WAV_RATE_MAX_HZ)
        return err_set(e, -EINVAL, "%u Hz wanted; possible are %d..%d Hz", rate_hz,
                       WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
    if (w->sf.channels < 1 || w->sf.channels > WAV_CHANNELS_MAX ||
        w->sf.samplerate < WAV_RATE_MIN_HZ || w->sf.samplerate > WAV_RATE_MAX_HZ)
        return err_set(e, -EINVAL, "has %d channels at %d Hz; readable are 1..%d channels at "
                       "%d..%d Hz", w->sf.channels, w->sf.samplerate, WAV_CHANNELS_MAX,
                       WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
    w->ratio = (double)rate_hz / w->sf.samplerate;
    w->most = (size_t)WAV_SECONDS_MAX * rate_hz;
    if ((unsigned)w->sf.samplerate != rate_hz) {
        w->src = src_new(SRC_SINC_MEDIUM_QUALITY, 1, &why);
        if (!w->src)
            return err_set(e, -ENOMEM, "resampler: %s", src_strerror(why));
    }
    return reader_run(w, e);
}

static int reader_finish(struct wav_reader *w, int16_t **ret, size_t *ret_frames, struct err *e)
{
    if (w->count == 0)
        return err_set(e, -EINVAL, "holds no sound");
    *ret = STEAL(w->frames);
    *ret_frames = w->count;
    return 0;
}

/* ---- from a file ----------------------------------------------------------------------- */

int wav_load(int16_t **ret, size_t *ret_frames, const char *path, unsigned rate_hz, struct err *e)
{
    AUTO(reader_freep) struct wav_reader *w = calloc(1, sizeof(*w));
    int fd, r;

    if (!w)
        return err_set(e, -ENOMEM, "%s: out of memory", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    w->file = sf_open_fd(fd, SFM_READ, &w->sf, SF_TRUE);
    if (!w->file)
        return err_set(e, -EINVAL, "%s: no sound file that can be read: %s", path,
                       sf_strerror(NULL));
    r = reader_take(w, rate_hz, e);
    if (r >= 0)
        r = reader_finish(w, ret, ret_frames, e);
    return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

/* ---- from memory ----------------------------------------------------------------------- */

struct wav_memory {
    const unsigned char *bytes; /* borrowed */
    sf_count_t len, at;
};

static sf_count_t memory_len(void *user)
{
    return ((struct wav_memory *)user)->len;
}

static sf_count_t memory_tell(void *user)
{
    return ((struct wav_memory *)user)->at;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user)
{
    struct wav_memory *m = user;
    sf_count_t base = whence == SEEK_CUR ? m->at : whence == SEEK_END ? m->len : 0;

    if (offset < -base || offset > m->len - base)
        return -1;
    m->at = base + offset;
    return m->at;
}

static sf_count_t memory_read(void *to, sf_count_t count, void *user)
{
    struct wav_memory *m = user;

    if (count > m->len - m->at)
        count = m->len - m->at;
    if (count <= 0)
        return 0;
    memcpy(to, m->bytes + m->at, (size_t)count);
    m->at += count;
    return count;
}

static sf_count_t memory_write(const void *from, sf_count_t count, void *user)
{
    (void)from;
    (void)count;
    (void)user;
    return 0;
}

int wav_parse(int16_t **ret, size_t *ret_frames, const void *buf, size_t len, unsigned rate_hz,
              struct err *e)
{
    AUTO(reader_freep) struct wav_reader *w = calloc(1, sizeof(*w));
    struct wav_memory memory = { .bytes = buf, .len = (sf_count_t)len };
    SF_VIRTUAL_IO io = { memory_len, memory_seek, memory_read, memory_write, memory_tell };
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "sound: out of memory");
    w->file = sf_open_virtual(&io, SFM_READ, &w->sf, &memory);
    if (!w->file)
        return err_set(e, -EINVAL, "sound: cannot be read: %s", sf_strerror(NULL));
    r = reader_take(w, rate_hz, e);
    if (r >= 0)
        r = reader_finish(w, ret, ret_frames, e);
    return r < 0 ? err_wrap(e, r, "sound") : 0;
}

/* ---- to a file ------------------------------------------------------------------------- */

int wav_save(const char *path, const int16_t *frames, size_t count, unsigned rate_hz,
             struct err *e)
{
    SF_INFO sf = {
        .samplerate = (int)rate_hz,
        .channels = 1,
        .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
    };
    SNDFILE *file;
    sf_count_t done;
    int fd;

    if (rate_hz < WAV_RATE_MIN_HZ || rate_hz > WAV_RATE_MAX_HZ)
        return err_set(e, -EINVAL, "%s: %u Hz; possible are %d..%d Hz", path, rate_hz,
                       WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    file = sf_open_fd(fd, SFM_WRITE, &sf, SF_TRUE);
    if (!file)
        return err_set(e, -EIO, "%s: %s", path, sf_strerror(NULL));
    done = sf_writef_short(file, frames, (sf_count_t)count);
    if (sf_close(file) != 0 || done != (sf_count_t)count)
        return err_set(e, -EIO, "%s: only %lld of %zu frames could be written (disk full?)", path,
                       (long long)done, count);
    return 0;
}
