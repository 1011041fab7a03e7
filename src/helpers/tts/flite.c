/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/flite.c - English text to sound by flite's voice "slt".
 *
 * Loaded by dlopen(), not linked: so it takes memory only while somebody is spoken to, and a system
 * without it still has a voice. flite makes the sound of a text while it hands it out, but plans the
 * whole of it first: hence parts, which bound both the wait for the first sound and the memory. */
#include "flite.h"

#include "base/must.h"
#include "base/utf8.h"

#include <dlfcn.h>
#include <flite/flite.h>
#include <malloc.h>
#include <string.h>

enum { CHUNK_FRAMES = 400, CLAUSE_BYTES_MIN = 60 };

struct flite {
    void *library;   /* owned; of dlopen() */
    cst_voice *slt;  /* owned; by way of the library */
    /* out of the library */
    cst_voice *(*open_voice)(const char *folder);
    void (*close_voice)(cst_voice *voice);
    __typeof__(flite_init) *init;
    __typeof__(flite_text_to_wave) *to_wave;
    __typeof__(delete_wave) *wave_free;
    __typeof__(new_audio_streaming_info) *stream_new;
    __typeof__(audio_streaming_info_val) *stream_val;
    __typeof__(feat_set) *set;
    __typeof__(feat_set_float) *set_float;
    cst_audio_streaming_info *stream; /* of the voice, which frees it */
    /* the sentence under way */
    flite_sink_fn sink;
    void *user;
    bool stopped;
};

/* ---- the library -------------------------------------------------------------------------- */

static int library_open(struct flite *f, struct err *e)
{
    const struct {
        const char *name;
        void *at; /* a pointer to a function */
    } rows[] = {
        { "register_cmu_us_slt", &f->open_voice },
        { "unregister_cmu_us_slt", &f->close_voice },
        { "flite_init", &f->init },
        { "flite_text_to_wave", &f->to_wave },
        { "delete_wave", &f->wave_free },
        { "new_audio_streaming_info", &f->stream_new },
        { "audio_streaming_info_val", &f->stream_val },
        { "feat_set", &f->set },
        { "feat_set_float", &f->set_float },
    };

    f->library = dlopen("libflite_cmu_us_slt.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!f->library)
        return err_set(e, -ENOENT, "flite's voice is not there; install libflite1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *found = dlsym(f->library, rows[i].name);

        if (!found)
            return err_set(e, -ENOENT, "this libflite1 has no %s", rows[i].name);
        memcpy(rows[i].at, &found, sizeof(found));
    }
    return 0;
}

/* flite: the next samples, of the wave that it is still making. */
static int on_sound(const cst_wave *w, int start, int size, int last,
                    cst_audio_streaming_info *stream)
{
    struct flite *f = stream->userdata;

    (void)last;
    if (must(start >= 0 && size >= 0) && size > 0 && !f->stopped)
        f->stopped = !f->sink(w->samples + start, (size_t)size, f->user);
    return f->stopped ? CST_AUDIO_STREAM_STOP : CST_AUDIO_STREAM_CONT;
}

int flite_new(struct flite **ret, struct err *e)
{
    AUTO(flite_freep) struct flite *f = calloc(1, sizeof(*f));
    int r = f ? library_open(f, e) : err_set(e, -ENOMEM, "out of memory for the voice");

    if (r < 0)
        return r;
    f->init();
    f->slt = f->open_voice(NULL);
    f->stream = f->slt ? f->stream_new() : NULL;
    if (!f->stream)
        return err_set(e, -ENOENT, "flite has no voice 'slt'");
    f->stream->asc = on_sound;
    f->stream->min_buffsize = CHUNK_FRAMES;
    f->stream->userdata = f;
    f->set(f->slt->features, "streaming_info", f->stream_val(f->stream));
    *ret = STEAL(f);
    return 0;
}

struct flite *flite_free(struct flite *f)
{
    if (!f)
        return NULL;
    if (f->slt)
        f->close_voice(f->slt);
    if (f->library)
        dlclose(f->library);
    free(f);
    malloc_trim(0); /* some megabytes that nobody may want for hours */
    return NULL;
}

/* ---- text --------------------------------------------------------------------------------- */

/* What a character outside ASCII is read as; NULL: nothing that flite knows. */
static const char *spelling(uint32_t c)
{
    static const struct {
        uint32_t c;
        const char *text;
    } rows[] = {
        { 0xa0, " " }, { 0xb0, " degrees " }, { 0xc6, "Ae" }, { 0xdf, "ss" }, { 0xe6, "ae" },
        { 0x152, "Oe" }, { 0x153, "oe" }, { 0x2009, " " }, { 0x2013, "-" }, { 0x2014, ", " },
        { 0x2018, "'" }, { 0x2019, "'" }, { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2026, "..." },
        { 0x202f, " " },
    };
    /* U+00C0 ... U+00FF without their marks; '?': in the rows above, or not at all */
    static const char latin[64][2] = {
        "A", "A", "A", "A", "A", "A", "?", "C", "E", "E", "E", "E", "I", "I", "I", "I",
        "D", "N", "O", "O", "O", "O", "O", "?", "O", "U", "U", "U", "U", "Y", "?", "?",
        "a", "a", "a", "a", "a", "a", "?", "c", "e", "e", "e", "e", "i", "i", "i", "i",
        "d", "n", "o", "o", "o", "o", "o", "?", "o", "u", "u", "u", "u", "y", "?", "y",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].c == c)
            return rows[i].text;
    return c >= 0xc0 && c <= 0xff && latin[c - 0xc0][0] != '?' ? latin[c - 0xc0] : NULL;
}

bool flite_plain(char *out, size_t size, const char *text)
{
    size_t n = 0, len = strlen(text);

    for (size_t at = 0, step; at < len; at += step) {
        const char ascii[2] = { text[at], '\0' };
        uint32_t c = 0;
        const char *as;

        step = utf8_next(&c, text + at, len - at);
        if (step == 0)
            return false;
        as = c < 0x80 ? ascii : spelling(c);
        if (!as || strlen(as) >= size - n)
            return false;
        memcpy(out + n, as, strlen(as));
        n += strlen(as);
    }
    if (!must(n < size))
        return false;
    out[n] = '\0';
    return true;
}

static bool ends_with(const char *text, size_t n, const char *marks)
{
    return n > 0 && strchr(marks, text[n - 1]) && (text[n] == ' ' || text[n] == '\0');
}

size_t flite_part(const char *text)
{
    size_t len = strnlen(text, FLITE_PART_BYTES), clause = 0, word = 0;

    for (size_t n = 1; n <= len; n++) {
        if (ends_with(text, n, ".!?"))
            return n;
        if (n >= CLAUSE_BYTES_MIN && ends_with(text, n, ",;:"))
            clause = n;
        if (text[n - 1] == ' ')
            word = n;
    }
    if (text[len] == '\0')
        return len;
    return clause ? clause : word ? word : len;
}

/* ---- sound -------------------------------------------------------------------------------- */

static int part_speak(struct flite *f, const char *text, size_t len, struct err *e)
{
    char part[FLITE_PART_BYTES + 1];
    cst_wave *w;

    must(len <= FLITE_PART_BYTES);
    if (strspn(text, " ") >= len)
        return 0;
    memcpy(part, text, len);
    part[len] = '\0';
    w = f->to_wave(part, f->slt);
    if (w)
        f->wave_free(w);
    if (f->stopped)
        return err_set(e, -ECANCELED, "cancelled");
    return w ? 0 : err_set(e, -EIO, "flite cannot speak that");
}

int flite_speak(struct flite *f, const char *text, unsigned rate_wpm, flite_sink_fn sink, void *user,
                struct err *e)
{
    int r = 0;

    if (!must(rate_wpm > 0))
        return err_set(e, -EINVAL, "no pace to speak at");
    f->sink = sink;
    f->user = user;
    f->stopped = false;
    f->set_float(f->slt->features, "duration_stretch", (float)FLITE_WPM / (float)rate_wpm);
    while (r >= 0 && *text) {
        size_t len = flite_part(text);

        r = part_speak(f, text, len, e);
        text += len;
    }
    return r;
}
