/* SPDX-License-Identifier: Apache-2.0 */
/* The voice network: with made weights beside a plain reading of its description in double, and,
 * where the real weights are installed, on sounds. */
#include "dsp/silero.h"
#include "lib/weights.h"

#include <dirent.h>
#include <math.h>
#include <sndfile.h>

enum { BINS = SILERO_BINS, WIDE = SILERO_WIDE, SLIM = SILERO_SLIM, PADDED = 640 };

/* ---- made weights -------------------------------------------------------------------------- */

static struct {
    float basis[2 * BINS * 256];
    float w0[WIDE * BINS * 3], b0[WIDE], w1[SLIM * WIDE * 3], b1[SLIM], w2[SLIM * SLIM * 3];
    float b2[SLIM], w3[WIDE * SLIM * 3], b3[WIDE], wx[512 * WIDE], wh[512 * WIDE], bx[512];
    float bh[512], wo[WIDE], bo[1];
} made;

static const struct {
    const char *name;
    uint32_t dims[3];
    float *floats;
    float scale; /* 0: the spectra's basis */
} tensors[] = {
    { "stft.forward_basis_buffer", { 2 * BINS, 1, 256 }, made.basis, 0 },
    { "encoder.0.reparam_conv.weight", { WIDE, BINS, 3 }, made.w0, 0.05f },
    { "encoder.0.reparam_conv.bias", { WIDE }, made.b0, 0.2f },
    { "encoder.1.reparam_conv.weight", { SLIM, WIDE, 3 }, made.w1, 0.1f },
    { "encoder.1.reparam_conv.bias", { SLIM }, made.b1, 0.2f },
    { "encoder.2.reparam_conv.weight", { SLIM, SLIM, 3 }, made.w2, 0.15f },
    { "encoder.2.reparam_conv.bias", { SLIM }, made.b2, 0.2f },
    { "encoder.3.reparam_conv.weight", { WIDE, SLIM, 3 }, made.w3, 0.2f },
    { "encoder.3.reparam_conv.bias", { WIDE }, made.b3, 0.2f },
    { "decoder.rnn.weight_ih", { 512, WIDE }, made.wx, 0.1f },
    { "decoder.rnn.weight_hh", { 512, WIDE }, made.wh, 0.1f },
    { "decoder.rnn.bias_ih", { 512 }, made.bx, 0.2f },
    { "decoder.rnn.bias_hh", { 512 }, made.bh, 0.2f },
    { "decoder.decoder.2.weight", { 1, WIDE, 1 }, made.wo, 0.5f },
    { "decoder.decoder.2.bias", { 1 }, made.bo, 0.2f },
};

enum { TENSORS = sizeof(tensors) / sizeof(tensors[0]) };

static size_t floats_of(size_t row)
{
    size_t n = 1;

    for (int i = 0; i < 3 && tensors[row].dims[i] > 0; i++)
        n *= tensors[row].dims[i];
    return n;
}

static void basis_make(void)
{
    for (int k = 0; k < BINS; k++)
        for (int i = 0; i < 256; i++) {
            double hann = 0.5 - 0.5 * cos(2.0 * M_PI * i / 256.0), a = 2.0 * M_PI * k * i / 256.0;

            made.basis[k * 256 + i] = (float)(hann * cos(a));
            made.basis[(BINS + k) * 256 + i] = (float)(-hann * sin(a));
        }
}

/* All of them, but one (-1: none). */
static struct onnx_text file_make(int without)
{
    struct onnx_text branch = { 0 };

    weights_seed = 7;
    basis_make();
    for (size_t i = 0; i < TENSORS; i++) {
        for (size_t k = 0; tensors[i].scale > 0 && k < floats_of(i); k++)
            tensors[i].floats[k] = weights_noise(tensors[i].scale);
        if ((int)i != without)
            onnx_tensor(&branch, tensors[i].name, tensors[i].dims, tensors[i].floats);
    }
    return onnx_file("then_branch", branch);
}

/* ---- the plain reading --------------------------------------------------------------------- */

struct plain {
    double context[64], h[WIDE], c[WIDE];
};

static void plain_conv(double *out, const double *in, const float *w, const float *b, int ins,
                       int outs, int frames, int stride)
{
    for (int t = 0; t * stride < frames; t++)
        for (int o = 0; o < outs; o++) {
            double sum = b[o];

            for (int tap = 0; tap < 3; tap++) {
                int from = t * stride + tap - 1;

                for (int i = 0; from >= 0 && from < frames && i < ins; i++)
                    sum += in[from * ins + i] * w[(o * ins + i) * 3 + tap];
            }
            out[t * outs + o] = sum > 0 ? sum : 0;
        }
}

static void plain_spectra(double *out, const double *x)
{
    for (int t = 0; t < 4; t++)
        for (int k = 0; k < BINS; k++) {
            double re = 0, im = 0;

            for (int i = 0; i < 256; i++) {
                re += x[t * 128 + i] * made.basis[k * 256 + i];
                im += x[t * 128 + i] * made.basis[(BINS + k) * 256 + i];
            }
            out[t * BINS + k] = sqrt(re * re + im * im);
        }
}

static double squash(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double plain_lstm(struct plain *p, const double *x)
{
    double gate[512], out = made.bo[0];

    for (int o = 0; o < 512; o++) {
        gate[o] = made.bx[o] + made.bh[o];
        for (int i = 0; i < WIDE; i++)
            gate[o] += x[i] * made.wx[o * WIDE + i] + p->h[i] * made.wh[o * WIDE + i];
    }
    for (int i = 0; i < WIDE; i++) {
        p->c[i] = squash(gate[WIDE + i]) * p->c[i] + squash(gate[i]) * tanh(gate[2 * WIDE + i]);
        p->h[i] = squash(gate[3 * WIDE + i]) * tanh(p->c[i]);
        out += made.wo[i] * (p->h[i] > 0 ? p->h[i] : 0);
    }
    return squash(out);
}

static double plain_run(struct plain *p, const int16_t *frames)
{
    double x[PADDED], m[4 * BINS], a[4 * WIDE], b[2 * SLIM], c[SLIM], d[WIDE];

    memcpy(x, p->context, sizeof(p->context));
    for (int i = 0; i < 512; i++)
        x[64 + i] = frames[i] / 32768.0;
    for (int i = 0; i < 64; i++)
        x[576 + i] = x[574 - i];
    memcpy(p->context, x + 512, sizeof(p->context));
    plain_spectra(m, x);
    plain_conv(a, m, made.w0, made.b0, BINS, WIDE, 4, 1);
    plain_conv(b, a, made.w1, made.b1, WIDE, SLIM, 4, 2);
    plain_conv(c, b, made.w2, made.b2, SLIM, SLIM, 2, 2);
    plain_conv(d, c, made.w3, made.b3, SLIM, WIDE, 1, 1);
    return plain_lstm(p, d);
}

static void test_as_described(void **state)
{
    struct onnx_text file = file_make(-1);
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    struct silero s;
    struct plain p = { .h = { 0 } };
    double least = 1, most = 0;

    (void)state;
    assert_int_equal(silero_net_parse(&net, file.at, file.n, NULL), 0);
    silero_init(&s, net);
    for (int chunk = 0; chunk < 40; chunk++) {
        int16_t frames[SILERO_CHUNK];

        for (int i = 0; i < SILERO_CHUNK; i++)
            frames[i] = (int16_t)(weights_noise(chunk % 8 < 4 ? 300.0f : 9000.0f) +
                                  6000.0f * sinf((float)i * 0.01f * (float)chunk));

        double want = plain_run(&p, frames), got = (double)silero_run(&s, frames);

        assert_true(fabs(want - got) < 1e-5);
        least = want < least ? want : least;
        most = want > most ? want : most;
    }
    assert_true(most - least > 0.02); /* it says something about the sound */
    free(file.at);
}

static void test_begins_anew(void **state)
{
    struct onnx_text file = file_make(-1);
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    int16_t frames[SILERO_CHUNK];
    struct silero s;
    float first, second;

    (void)state;
    assert_int_equal(silero_net_parse(&net, file.at, file.n, NULL), 0);
    for (int i = 0; i < SILERO_CHUNK; i++)
        frames[i] = (int16_t)weights_noise(9000.0f);
    silero_init(&s, net);
    first = silero_run(&s, frames);
    second = silero_run(&s, frames);
    assert_true(first != second); /* it remembers */
    silero_init(&s, net);
    assert_true(silero_run(&s, frames) == first);
    free(file.at);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static int parse(struct onnx_text file, struct err *e)
{
    struct silero_net *net = NULL;
    int r = silero_net_parse(&net, file.at, file.n, e);

    assert_null(net);
    return r;
}

static void test_every_tensor_is_needed(void **state)
{
    (void)state;
    for (int i = 0; i < TENSORS; i++)
        weights_missing_refused(file_make(i), tensors[i].name, parse);
}

static int load(const char *path, struct err *e)
{
    struct silero_net *net = NULL;
    int r = silero_net_new(&net, path, e);

    assert_null(net);
    return r;
}

static void test_other_file_is_refused(void **state)
{
    (void)state;
    weights_other_refused(file_make(-1), load);
}

/* ---- with the real weights ----------------------------------------------------------------- */

static struct silero_net *real_net(void)
{
    struct silero_net *net = NULL;
    char path[256];

    if (silero_net_new(&net, weights_path(path, sizeof(path), "silero_vad_v6.onnx"), NULL) < 0)
        skip(); /* tools/deps weights */
    return net;
}

/* The share of chunks with p above one half. */
static double share(const struct silero_net *net, const int16_t *frames, size_t n)
{
    struct silero s;
    size_t chunks = 0, voiced = 0;

    silero_init(&s, net);
    for (size_t i = 0; i + SILERO_CHUNK <= n; i += SILERO_CHUNK, chunks++)
        voiced += silero_run(&s, frames + i) > 0.5f;
    return chunks > 0 ? (double)voiced / (double)chunks : 0.0;
}

static void test_no_voice_in_made_sounds(void **state)
{
    enum { N = 16000 * 3 };
    AUTO(silero_net_freep) struct silero_net *net = real_net();
    int16_t *frames = calloc(N, sizeof(*frames));

    (void)state;
    assert_non_null(frames);
    assert_true(share(net, frames, N) == 0.0);
    for (int i = 0; i < N; i++)
        frames[i] = (int16_t)weights_noise(3000.0f);
    assert_true(share(net, frames, N) == 0.0);
    for (int i = 0; i < N; i++)
        frames[i] = (int16_t)(8000.0f * sinf(0.4f * (float)i));
    assert_true(share(net, frames, N) == 0.0);
    free(frames);
}

/* Mono of 16 kHz, at most `most` samples of it. */
static size_t file_load(int16_t *frames, size_t most, const char *folder, const char *name)
{
    char path[512];
    SF_INFO info = { 0 };
    SNDFILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s%s", getenv("JARVIS_DATA"), folder, name);
    f = sf_open(path, SFM_READ, &info);
    if (!f || info.samplerate != 16000 || info.channels != 1)
        skip();
    n = (size_t)sf_readf_short(f, frames, (sf_count_t)most);
    sf_close(f);
    return n;
}

static double share_of(const struct silero_net *net, const char *folder, const char *name)
{
    enum { N = 16000 * 30 };
    int16_t *frames = calloc(N, sizeof(*frames));
    double heard;

    assert_non_null(frames);
    heard = share(net, frames, file_load(frames, N, folder, name));
    free(frames);
    return heard;
}

static void test_people_and_kitchens(void **state)
{
    enum { PEOPLE = 40 };
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    char folder[512];
    struct dirent *entry;
    double heard = 0;
    int people = 0;
    DIR *d;

    (void)state;
    if (!getenv("JARVIS_DATA"))
        skip();
    net = real_net();
    assert_true(share_of(net, "commands/", "kitchen.flac") < 0.05);
    snprintf(folder, sizeof(folder), "%s/commands/clean", getenv("JARVIS_DATA"));
    d = opendir(folder);
    assert_non_null(d);
    while ((entry = readdir(d)) && people < PEOPLE) {
        if (entry->d_name[0] == '.')
            continue;
        heard += share_of(net, "commands/clean/", entry->d_name);
        people++;
    }
    closedir(d);
    assert_true(people > 0 && heard / people > 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_described),
        cmocka_unit_test(test_begins_anew),
        cmocka_unit_test(test_every_tensor_is_needed),
        cmocka_unit_test(test_other_file_is_refused),
        cmocka_unit_test(test_no_voice_in_made_sounds),
        cmocka_unit_test(test_people_and_kitchens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
