/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of microWakeWord: a made one beside plain arithmetic, what is refused, and the public
 * models' checksums where JARVIS_DATA is set. */
#include "wake/micro_net.h"
#include "base/file.h"
#include "lib/crc.h"
#include "lib/tflite.h"
#include "wake/micro_front.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct made file;
static struct made_weights weights;
static struct made_word_tables tables;
static uint32_t seed;

static int any(int low, int high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (int)(seed >> 8) % (high - low + 1);
}

static void weights_any(uint32_t from)
{
    seed = from;
    made_weights_even(&weights);
    for (size_t i = 0; i < sizeof(weights.conv); i++)
        weights.conv[i] = (int8_t)any(-127, 127);
    for (int i = 0; i < 4; i++) {
        weights.dense[i] = (int8_t)any(-127, 127);
        weights.deep[i / 2][i % 2] = (int8_t)any(-127, 127);
        weights.conv_bias[i] = any(-4000, 4000);
        weights.deep_bias[i / 2][i % 2] = any(-300, 300);
    }
    weights.dense_bias[0] = any(-500, 500);
}

static struct micro_net *net_made(void)
{
    struct micro_net *n = NULL;
    struct err e = ERR_INIT;

    made_word_fill(&tables, &weights);
    made_word_write(&file, &tables);
    if (micro_net_parse(&n, file.at, file.n, &e) < 0)
        fail_msg("%s", err_text(&e));
    return n;
}

/* ---- the same in real numbers ---------------------------------------------------------------- */

static double clamp(double q)
{
    return q < -128.0 ? -128.0 : q > 127.0 ? 127.0 : q;
}

/* An int8 of scale and zero point out of a real number. */
static double quantised(double real, double scale, double zero)
{
    return clamp(round(real / scale) + zero);
}

static double plain_run(const int8_t *before, const int8_t *rows)
{
    double conv[4], sum = 0.0;

    for (int o = 0; o < 4; o++) {
        double real = weights.conv_bias[o] * 0.1 * 0.01;

        for (int i = 0; i < 120; i++)
            real += 0.1 * ((i < 40 ? before[i] : rows[i - 40]) + 128) * 0.01 * weights.conv[o * 120 + i];
        conv[o] = quantised(real < 0.0 ? 0.0 : real, 0.05, -128.0);
    }
    for (int o = 0; o < 4; o++) {
        double real = weights.deep_bias[o / 2][o % 2] * 0.05 * 0.02 +
                      0.05 * (conv[o] + 128.0) * 0.02 * weights.deep[o / 2][o % 2];

        sum += 0.1 * (quantised(real, 0.1, 3.0) - 3.0) * 0.02 * weights.dense[o];
    }
    sum = 0.1 * quantised(sum + weights.dense_bias[0] * 0.1 * 0.02, 0.1, 0.0);
    return 256.0 / (1.0 + exp(-sum));
}

/* Requantising rounds at each layer: an answer may be off by what one step of each makes. */
static void a_made_net_beside_plain_numbers(void **state)
{
    int8_t before[40], rows[2][40];
    double worst = 0.0;
    bool seen[256] = { false };
    int kinds = 0;

    (void)state;
    for (uint32_t round_ = 1; round_ <= 40; round_++) {
        struct micro_net *n;

        weights_any(round_);
        n = net_made();
        assert_int_equal(micro_net_rows(n), 2);
        memset(before, -128, sizeof(before));
        for (int run = 0; run < 6; run++) {
            double want, got;

            for (int i = 0; i < 80; i++)
                rows[i / 40][i % 40] = (int8_t)any(-128, 127);
            want = plain_run(before, rows[0]);
            got = micro_net_run(n, rows[0]);
            worst = fabs(got - want) > worst ? fabs(got - want) : worst;
            memcpy(before, rows[1], sizeof(before));
            seen[(int)got] = true;
        }
        micro_net_free(n);
    }
    for (int i = 0; i < 256; i++)
        kinds += seen[i];
    assert_in_range(kinds, 20, 256); /* it is not always the same that is compared */
    if (worst > 14.0)
        fail_msg("an answer is off by %g of 256", worst);
}

static void clearing_is_beginning_anew(void **state)
{
    int8_t rows[2][40];
    uint8_t first, second;
    struct micro_net *n;

    (void)state;
    for (uint32_t from = 1;; from++) { /* weights that hear the ring */
        assert_in_range(from, 1, 200);
        weights_any(from);
        n = net_made();
        memset(rows, -90, sizeof(rows));
        first = micro_net_run(n, rows[0]);
        second = micro_net_run(n, rows[0]);
        if (first != second)
            break;
        micro_net_free(n);
    }
    micro_net_clear(n);
    assert_int_equal(micro_net_run(n, rows[0]), first);
    assert_int_equal(micro_net_run(n, rows[0]), second);
    micro_net_free(n);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void refused(int want, const char *words)
{
    struct micro_net *n = NULL;
    struct err e = ERR_INIT;
    int r;

    made_word_write(&file, &tables);
    r = micro_net_parse(&n, file.at, file.n, &e);
    if (r != want || !strstr(e.text, words))
        fail_msg("%d '%s' instead of %d '%s'", r, e.text, want, words);
    assert_null(n);
}

/* The made word with one change. */
#define REFUSED(change, want, words)         \
    do {                                     \
        made_word_fill(&tables, &weights);   \
        change;                              \
        refused(want, words);                \
    } while (0)

static void other_models_are_refused_by_name(void **state)
{
    (void)state;
    weights_any(3);
    REFUSED(tables.ops[7].code = 34, -ENOTSUP, "PAD (34) is no operator");
    REFUSED(tables.tensors[11].type = TFLITE_FLOAT32, -ENOTSUP, "CONV_2D makes conv, which is not int8");
    REFUSED(tables.tensors[0].dims[2] = 41, -ENOTSUP, "input is not int8 [1, rows, 40]");
    REFUSED(tables.tensors[27].type = TFLITE_INT8, -ENOTSUP, "");
    REFUSED(tables.ops[14].code = TFLITE_RESHAPE, -ENOTSUP, "RESHAPE");
    REFUSED(tables.ops[0].options[0] = 0, -ENOTSUP, "CALL_ONCE");
    REFUSED(tables.init_ops[0].variable = "another", -ENOTSUP, "variable");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    weights_any(3);
    REFUSED(tables.tensors[9].bytes--, -EBADMSG, "tensor conv.w has 479 bytes, its shape needs 480");
    REFUSED(tables.tensors[4].dims[1] = 4, -ENOTSUP, "CONCATENATION: its inputs do not fill");
    REFUSED(tables.tensors[8].dims[1] = 2, -ENOTSUP, "STRIDED_SLICE: its bounds do not fit");
    REFUSED(tables.ops[7].options[2] = 0, -ENOTSUP, "CONV_2D"); /* step */
    REFUSED(tables.tensors[3].dims[3] = 39, -ENOTSUP, "");
    REFUSED(tables.tensors[11].scale = -1.0f, -EBADMSG, "scale 0 is no positive number");
    REFUSED(tables.tensors[25].scale = 1e-30f, -ENOTSUP, "scale");
    REFUSED(tables.ops[7].inputs[0] = 22, -ENOTSUP, "made by nobody before"); /* is made later */
    REFUSED(tables.ops[9].outputs[0] = 11, -ENOTSUP, "made twice");
    REFUSED(tables.tensors[12].data = made_stride, -ENOTSUP, "SPLIT_V: its outputs do not fit"); /* sizes 1, 1 */
}

/* Found by the fuzz target. */
static void outputs_without_a_scale(void **state)
{
    (void)state;
    weights_any(3);
    REFUSED(tables.tensors[11].scale = 0.0f, -ENOTSUP, "CONV_2D: an output");
    REFUSED(tables.tensors[18].scale = 0.0f, -ENOTSUP, "DEPTHWISE_CONV_2D: an output");
    REFUSED(tables.tensors[25].scale = 0.0f, -ENOTSUP, "FULLY_CONNECTED: an output");
    REFUSED(tables.tensors[27].scale = 0.0f, -ENOTSUP, "QUANTIZE");
}

static void variables_by_their_whole_names(void **state)
{
    static const char first[] = "a name of a variable that is longer than what is kept of it/1";

    (void)state;
    weights_any(3);
    REFUSED(tables.ops[2].variable = first, -ENOTSUP, "is too long or not plain");
    REFUSED(tables.ops[2].variable = "r\xc3\xadng", -ENOTSUP, "is too long or not plain");
    REFUSED(tables.init_ops[1].inputs[1] = 0, -ENOTSUP, "");
    REFUSED(tables.init[1].data = NULL, -ENOTSUP, "begins with is no constant");
}

static void no_model_at_all(void **state)
{
    struct micro_net *n = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(micro_net_parse(&n, "", 0, &e), -EBADMSG);
    assert_int_equal(micro_net_parse(&n, "GIF89a....", 10, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "no TensorFlow Lite model"));
    assert_int_equal(micro_net_parse(&n, file.at, MICRO_NET_FILE_MAX + 1, &e), -E2BIG);
}

/* Cut anywhere and with any byte changed: an error with words or a net that runs. */
static void damaged_models(void **state)
{
    static const int8_t rows[2][40];
    static uint8_t copy[MADE_BYTES];

    (void)state;
    weights_any(5);
    micro_net_free(net_made());
    for (size_t at = 0; at < file.n; at += at < 4000 ? 1 : 7)
        for (int kind = 0; kind < 3; kind++) {
            size_t len = kind == 0 ? at : file.n;
            struct micro_net *n = NULL;
            struct err e = ERR_INIT;
            int r;

            memcpy(copy, file.at, file.n);
            if (kind > 0)
                copy[at] = kind == 1 ? 0xff : (uint8_t)(copy[at] ^ 1);
            r = micro_net_parse(&n, copy, len, &e);
            if (r >= 0)
                micro_net_run(n, rows[0]);
            else
                assert_true(e.text[0] && e.code == r && !n);
            micro_net_free(n);
        }
}

/* ---- public models ---------------------------------------------------------------------------- */

/* Noise in six loudnesses with breaks, through the front end: what every implementation of the
 * format must answer, by its checksum. */
static void public_models_answer_as_the_format_says(void **state)
{
    static const struct {
        const char *name;
        uint32_t want;
    } models[] = { { "vad", 0x8cb49f85 }, { "okay_nabu", 0xaaa9b853 }, { "hey_mycroft", 0xecef0062 } };
    const char *data = getenv("JARVIS_DATA");
    static struct micro_tables t;
    static int16_t sound[CRC_SIGNAL];

    (void)state;
    crc_signal(sound);
    if (!data) {
        print_message("JARVIS_DATA is not set: no public models\n");
        skip();
    }
    micro_tables_init(&t);
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        AUTO_FREE char *bytes = NULL;
        struct micro_net *n = NULL;
        struct micro_front f;
        char path[512];
        int8_t rows[3][MICRO_BANDS];
        uint32_t sum = 0, filled = 0;
        size_t len;

        snprintf(path, sizeof(path), "%s/models/microwakeword/%s.tflite", data, models[i].name);
        assert_int_equal(file_read(&bytes, &len, path, MICRO_NET_FILE_MAX, NULL), 0);
        assert_int_equal(micro_net_parse(&n, bytes, len, NULL), 0);
        micro_front_init(&f, &t, 1);
        for (size_t at = 0; at < CRC_SIGNAL; at += MICRO_STEP) {
            uint16_t row[MICRO_BANDS];

            if (!micro_front_run(&f, sound + at, row))
                continue;
            for (int k = 0; k < MICRO_BANDS; k++)
                rows[filled][k] = micro_front_int8(row[k]);
            if (++filled == micro_net_rows(n)) {
                uint8_t answer = micro_net_run(n, rows[0]);

                sum = crc_of(sum, &answer, 1);
                filled = 0;
            }
        }
        micro_net_free(n);
        assert_int_equal(sum, models[i].want);
    }
}

/* Every one that is there loads. */
static void every_public_model_loads(void **state)
{
    static const char *const names[] = {
        "alexa", "hey_jarvis", "experiments/choo_choo_homie", "experiments/hey_home_assistant",
        "experiments/hey_peppa_pig", "experiments/okay_computer",
    };
    const char *data = getenv("JARVIS_DATA");

    (void)state;
    if (!data)
        skip();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AUTO_FREE char *bytes = NULL;
        struct micro_net *n = NULL;
        struct err e = ERR_INIT;
        char path[512];
        size_t len;

        snprintf(path, sizeof(path), "%s/models/microwakeword/%s.tflite", data, names[i]);
        assert_int_equal(file_read(&bytes, &len, path, MICRO_NET_FILE_MAX, NULL), 0);
        if (micro_net_parse(&n, bytes, len, &e) < 0)
            fail_msg("%s: %s", names[i], err_text(&e));
        assert_int_equal(micro_net_rows(n), 3);
        micro_net_free(n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_net_beside_plain_numbers),
        cmocka_unit_test(clearing_is_beginning_anew),
        cmocka_unit_test(other_models_are_refused_by_name),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(outputs_without_a_scale),
        cmocka_unit_test(variables_by_their_whole_names),
        cmocka_unit_test(no_model_at_all),
        cmocka_unit_test(damaged_models),
        cmocka_unit_test(public_models_answer_as_the_format_says),
        cmocka_unit_test(every_public_model_loads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
