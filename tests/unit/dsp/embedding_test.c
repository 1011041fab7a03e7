/* SPDX-License-Identifier: Apache-2.0 */
/* The speech embedding: with made weights beside a plain reading of whole windows in double, and,
 * where the real weights are installed, beside vectors that another program computed with them. */
#include "dsp/embedding.h"
#include "lib/weights.h"

#include <math.h>
#include <sndfile.h>

enum { LAYERS = EMBEDDING_LAYERS, STEPS = 14, SAMPLES = STEPS * EMBEDDING_STEP,
       ROWS = STEPS * EMBEDDING_NEW_ROWS, SIZE = EMBEDDING_SIZE };

/* The network as its description has it. */
static const struct {
    int rows, bands, inputs, outputs, pool_rows, pool_bands;
} net_table[LAYERS] = {
    { 3, 3, 1, 24, 1, 1 },  { 1, 3, 24, 24, 1, 1 }, { 3, 1, 24, 24, 2, 2 }, { 1, 3, 24, 48, 1, 1 },
    { 3, 1, 48, 48, 1, 1 }, { 1, 3, 48, 48, 1, 1 }, { 3, 1, 48, 48, 1, 2 }, { 1, 3, 48, 72, 1, 1 },
    { 3, 1, 72, 72, 1, 1 }, { 1, 3, 72, 72, 1, 1 }, { 3, 1, 72, 72, 2, 2 }, { 1, 3, 72, 96, 1, 1 },
    { 3, 1, 96, 96, 1, 1 }, { 1, 3, 96, 96, 1, 1 }, { 3, 1, 96, 96, 1, 2 }, { 1, 3, 96, 96, 1, 1 },
    { 3, 1, 96, 96, 1, 1 }, { 1, 3, 96, 96, 1, 1 }, { 3, 1, 96, 96, 2, 2 }, { 3, 1, 96, 96, 1, 1 },
};

static float weights[LAYERS][3 * 96 * 96], biases[LAYERS][96];

static const char *name_of(char *name, size_t n, int layer, bool bias)
{
    char number[8] = "";

    if (layer > 0)
        snprintf(number, sizeof(number), "_%d", layer);
    snprintf(name, n, "model/conv2d%s/%s", number,
             bias ? "Conv2D_bias_fused_bn"
                  : layer + 1 == LAYERS ? "Conv2D/ReadVariableOp:0" : "Conv2D_weights_fused_bn");
    return name;
}

/* All tensors, but the one of that name (NULL: none is missing). */
static struct onnx_text file_make(const char *without)
{
    struct onnx_text graph = { 0 };
    char name[64];

    weights_seed = 11;
    for (int i = 0; i < LAYERS; i++) {
        const uint32_t rows = (uint32_t)net_table[i].rows, bands = (uint32_t)net_table[i].bands;
        const uint32_t dims[4] = { (uint32_t)net_table[i].outputs, (uint32_t)net_table[i].inputs, rows, bands };
        const uint32_t outputs[4] = { dims[0] };
        const uint32_t taps = rows * bands * dims[1];

        for (uint32_t k = 0; k < taps * dims[0]; k++)
            weights[i][k] = weights_noise(2.0f / sqrtf((float)taps));
        for (uint32_t k = 0; k < dims[0]; k++)
            biases[i][k] = weights_noise(i + 1 < LAYERS ? 0.3f : 0.0f);
        if (!without || strcmp(without, name_of(name, sizeof(name), i, false)) != 0)
            onnx_initializer(&graph, name_of(name, sizeof(name), i, false), dims, weights[i]);
        if (i + 1 < LAYERS && (!without || strcmp(without, name_of(name, sizeof(name), i, true)) != 0))
            onnx_initializer(&graph, name_of(name, sizeof(name), i, true), outputs, biases[i]);
    }
    return onnx_model(graph);
}

/* ---- the plain reading --------------------------------------------------------------------- */

struct plain {
    double at[EMBEDDING_ROWS][MEL_BANDS][SIZE];
    int rows, bands;
};

static struct plain now, next;

static double plain_at(int layer, int row, int band, int out)
{
    const int kernel_rows = net_table[layer].rows, kernel_bands = net_table[layer].bands;
    const int inputs = net_table[layer].inputs;
    double sum = (double)biases[layer][out];

    for (int i = 0; i < inputs; i++)
        for (int r = 0; r < kernel_rows; r++)
            for (int b = 0; b < kernel_bands; b++) {
                int from = band + b - kernel_bands / 2;
                int at = ((out * inputs + i) * kernel_rows + r) * kernel_bands + b;

                if (from >= 0 && from < now.bands)
                    sum += now.at[row + r][from][i] * (double)weights[layer][at];
            }
    if (layer + 1 == LAYERS)
        return sum;
    return fmax(sum < 0 ? 0.2 * sum : sum, -0.4);
}

static void plain_pool(int layer)
{
    const int pool_rows = net_table[layer].pool_rows, pool_bands = net_table[layer].pool_bands;

    now.rows = next.rows / pool_rows;
    now.bands = next.bands / pool_bands;
    for (int r = 0; r < now.rows; r++)
        for (int b = 0; b < now.bands; b++)
            for (int o = 0; o < net_table[layer].outputs; o++) {
                double most = -HUGE_VAL;

                for (int i = 0; i < pool_rows * pool_bands; i++)
                    most = fmax(most, next.at[r * pool_rows + i / pool_bands][b * pool_bands + i % pool_bands][o]);
                now.at[r][b][o] = most;
            }
}

static void plain_window(double *ret, float (*rows)[MEL_BANDS])
{
    now.rows = EMBEDDING_ROWS;
    now.bands = MEL_BANDS;
    for (int r = 0; r < EMBEDDING_ROWS; r++)
        for (int b = 0; b < MEL_BANDS; b++)
            now.at[r][b][0] = (double)rows[r][b];
    for (int i = 0; i < LAYERS; i++) {
        next.rows = now.rows - net_table[i].rows + 1;
        next.bands = now.bands;
        for (int r = 0; r < next.rows; r++)
            for (int b = 0; b < next.bands; b++)
                for (int o = 0; o < net_table[i].outputs; o++)
                    next.at[r][b][o] = plain_at(i, r, b, o);
        plain_pool(i);
    }
    assert_int_equal(now.rows * now.bands, 1);
    memcpy(ret, now.at[0][0], SIZE * sizeof(*ret));
}

/* The rows of the whole stream; before it was silence. */
static void rows_of(float (*rows)[MEL_BANDS], const int16_t *frames)
{
    static struct melspec mel;

    melspec_init(&mel);
    for (int r = 0; r < ROWS; r++) {
        float x[MEL_FRAME], same[MEL_BANDS];

        for (int i = 0; i < MEL_FRAME; i++) {
            int at = r * MEL_HOP - EMBEDDING_BEFORE + i;

            x[i] = at < 0 ? 0.0f : (float)frames[at];
        }
        melspec_two(&mel, x, x, rows[r], same);
    }
}

static void sound_make(int16_t *frames)
{
    weights_seed = 5;
    for (int i = 0; i < SAMPLES; i++)
        frames[i] = (int16_t)(weights_noise(i / 2000 % 2 ? 200.0f : 4000.0f) +
                              9000.0f * sinf(0.02f * (float)(i % 3000) * (float)(i / 3000)));
}

static void test_as_described(void **state)
{
    static int16_t frames[SAMPLES];
    static float rows[ROWS][MEL_BANDS];
    static struct embedding e;
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    struct onnx_text file = file_make(NULL);
    double want[SIZE], size = 0;
    float got[SIZE];

    (void)state;
    assert_int_equal(embedding_net_parse(&net, file.at, file.n, NULL), 0);
    sound_make(frames);
    rows_of(rows, frames);
    embedding_init(&e, net);
    for (int step = 1; step <= STEPS; step++) {
        bool full = embedding_run(&e, frames + (step - 1) * EMBEDDING_STEP, got);

        assert_int_equal(full, step >= EMBEDDING_FIRST);
        if (step != EMBEDDING_FIRST && step != STEPS)
            continue; /* a whole window is dear */
        plain_window(want, rows + step * EMBEDDING_NEW_ROWS - EMBEDDING_ROWS);
        for (int i = 0; i < SIZE; i++)
            size = fmax(size, fabs(want[i]));
        for (int i = 0; i < SIZE; i++)
            assert_true(fabs(want[i] - (double)got[i]) < 1e-4 * size);
    }
    assert_true(size > 0.1); /* something of the sound is left after twenty layers */
    free(file.at);
}

static void test_begins_anew(void **state)
{
    static int16_t frames[SAMPLES];
    static struct embedding e;
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    struct onnx_text file = file_make(NULL);
    float first[SIZE] = { 0 }, again[SIZE] = { 0 }, later[SIZE] = { 0 };

    (void)state;
    assert_int_equal(embedding_net_parse(&net, file.at, file.n, NULL), 0);
    sound_make(frames);
    embedding_init(&e, net);
    for (int i = 0; i < EMBEDDING_FIRST; i++)
        embedding_run(&e, frames + i * EMBEDDING_STEP, first);
    embedding_run(&e, frames, later);
    assert_memory_not_equal(first, later, sizeof(first));
    embedding_init(&e, net);
    for (int i = 0; i < EMBEDDING_FIRST; i++) {
        assert_true(again[0] == 0.0f); /* as it was until the window is full */
        embedding_run(&e, frames + i * EMBEDDING_STEP, again);
    }
    assert_memory_equal(first, again, sizeof(first));
    free(file.at);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static int parse(struct onnx_text file, struct err *e)
{
    struct embedding_net *net = NULL;
    int r = embedding_net_parse(&net, file.at, file.n, e);

    assert_null(net);
    return r;
}

static void test_every_tensor_is_needed(void **state)
{
    char name[64];

    (void)state;
    for (int i = 0; i < 2 * LAYERS - 1; i++) {
        name_of(name, sizeof(name), i / 2, i % 2);
        weights_missing_refused(file_make(name), name, parse);
    }
}

static int load(const char *path, struct err *e)
{
    struct embedding_net *net = NULL;
    int r = embedding_net_new(&net, path, e);

    assert_null(net);
    return r;
}

static void test_other_file_is_refused(void **state)
{
    (void)state;
    weights_other_refused(file_make(NULL), load);
}

/* ---- with the real weights ----------------------------------------------------------------- */

/* tests/fixtures/embedding: a made voice, and what an ONNX runtime said of its windows. */
static void test_beside_another_program(void **state)
{
    enum { VECTORS = 6, LEAD = EMBEDDING_FIRST * EMBEDDING_STEP - EMBEDDING_WINDOW - 56 };
    static int16_t frames[LEAD + (EMBEDDING_FIRST + VECTORS) * EMBEDDING_STEP];
    static struct embedding e;
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    float want[VECTORS][SIZE], got[SIZE];
    char path[256];
    SF_INFO info = { 0 };
    SNDFILE *f = sf_open("tests/fixtures/embedding/voice.flac", SFM_READ, &info);
    FILE *golden = fopen("tests/fixtures/embedding/vectors.f32", "rbe");
    int vectors = 0;

    (void)state;
    assert_true(f && golden && info.samplerate == 16000);
    assert_int_equal(fread(want, sizeof(want), 1, golden), 1);
    assert_true(sf_readf_short(f, frames + LEAD, EMBEDDING_WINDOW + VECTORS * EMBEDDING_STEP) > 0);
    sf_close(f);
    fclose(golden);
    if (embedding_net_new(&net, weights_path(path, sizeof(path), "speech_embedding_v1.onnx"), NULL) < 0)
        skip(); /* tools/deps weights */
    embedding_init(&e, net);
    for (int step = 0; vectors < VECTORS; step++) {
        if (!embedding_run(&e, frames + step * EMBEDDING_STEP, got))
            continue;
        for (int i = 0; i < SIZE; i++)
            assert_true(fabsf(got[i] - want[vectors][i]) < 2e-4f);
        vectors++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_described),          cmocka_unit_test(test_begins_anew),
        cmocka_unit_test(test_every_tensor_is_needed), cmocka_unit_test(test_other_file_is_refused),
        cmocka_unit_test(test_beside_another_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
