/* SPDX-License-Identifier: Apache-2.0 */
/* .tflite files as tables: what stands there is read, lies about sizes are refused with words. */
#include "wake/tflite.h"
#include "lib/tflite.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct made file;
static struct made_weights weights;
static struct made_word_tables word;
static struct tflite *model;

static int setup(void **state)
{
    (void)state;
    model = malloc(sizeof(*model));
    made_weights_even(&weights);
    return model ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(model);
    return 0;
}

static int parse(struct err *e)
{
    made_word_write(&file, &word);
    return tflite_parse(model, file.at, file.n, e);
}

static void graphs_and_tensors(void **state)
{
    const struct tflite_graph *g = &model->graphs[0];
    const struct tflite_tensor *t;

    (void)state;
    made_word_fill(&word, &weights);
    assert_int_equal(parse(NULL), 0);
    assert_int_equal(model->graphs_n, 2);
    assert_int_equal(g->tensors_n, MADE_TENSORS);
    assert_int_equal(g->ops_n, MADE_OPS);
    assert_int_equal(g->input, 0);
    assert_int_equal(g->output, 27);
    assert_int_equal(model->graphs[1].input, -1);
    t = &g->tensors[9];
    assert_string_equal(t->name, "conv.w");
    assert_int_equal(t->rank, 4);
    assert_int_equal(t->dims[1], 3);
    assert_int_equal(t->n, 480);
    assert_int_equal(t->bytes, 480);
    assert_true(tflite_scale(t, 0) == 0.01f);
    assert_int_equal(t->data[0], 20);
    assert_int_equal(g->tensors[0].zero, -128);
    assert_null(g->tensors[0].data);
    assert_int_equal(tflite_int32(&g->tensors[12], 1), 2);
}

static void operators(void **state)
{
    const struct tflite_op *op = model->graphs[0].ops;

    (void)state;
    made_word_fill(&word, &weights);
    assert_int_equal(parse(NULL), 0);
    assert_int_equal(op[0].code, TFLITE_CALL_ONCE);
    assert_int_equal(op[0].graph, 1);
    assert_string_equal(op[2].variable, "ring");
    assert_int_equal(op[4].axis, 1);
    assert_int_equal(op[5].begin_mask, 13);
    assert_int_equal(op[5].end_mask, 15);
    assert_int_equal(op[7].inputs_n, 3);
    assert_int_equal(op[7].inputs[2], 10);
    assert_int_equal(op[7].padding, 1);
    assert_int_equal(op[7].stride_t, 1);
    assert_int_equal(op[7].activation, 1);
    assert_int_equal(op[9].multiplier, 1);
    assert_int_equal(op[9].activation, 0);
    assert_int_equal(op[11].axis, -1);
}

static void names_of_operators(void **state)
{
    (void)state;
    assert_string_equal(tflite_code_name(TFLITE_CONV_2D), "CONV_2D");
    assert_string_equal(tflite_code_name(34), "PAD");
    assert_non_null(strstr(tflite_code_name(1000), "not known"));
}

/* What a change makes of it. */
static void refused(int want, const char *words)
{
    struct err e = ERR_INIT;
    int r = parse(&e);

    if (r != want || !strstr(e.text, words))
        fail_msg("%d '%s' instead of %d '%s'", r, e.text, want, words);
    made_word_fill(&word, &weights);
}

static void lies(void **state)
{
    (void)state;
    made_word_fill(&word, &weights);
    word.tensors[9].dims[0] = 5;
    refused(-EBADMSG, "tensor conv.w has 480 bytes, its shape needs 600");
    word.tensors[4].dims[1] = -3;
    refused(-ENOTSUP, "tensor joined: dimension 1 is -3");
    word.tensors[4].dims[1] = TFLITE_ITEMS_MAX;
    refused(-ENOTSUP, "tensor joined: dimension 3");
    word.tensors[0].scale = INFINITY;
    refused(-EBADMSG, "tensor in: scale 0");
    word.tensors[0].zero = 300;
    refused(-EBADMSG, "tensor in: zero point 0 is outside");
    word.ops[4].inputs[1] = 99;
    refused(-EBADMSG, "speaks of tensor 99 of 30");
    word.ops[4].code = 40;
    refused(-ENOTSUP, "MEAN (40) is no operator of a microWakeWord v2 model");
    word.ops[4].code = 777;
    refused(-ENOTSUP, "an operator that is not known (777)");
}

static void counts_have_bounds(void **state)
{
    static struct made_op many[TFLITE_OPS + 1];
    struct made_graph g = { word.tensors, 1, many, TFLITE_OPS + 1, 0, 0 };
    static struct made large;
    struct err e = ERR_INIT;

    (void)state;
    made_word_fill(&word, &weights);
    for (size_t i = 0; i <= TFLITE_OPS; i++)
        many[i] = (struct made_op){ TFLITE_RESHAPE, { -1 }, { -1 }, { 0 }, NULL };
    g.ops_n = TFLITE_CODES + 1; /* each with a kind of its own */
    made_model(&large, &g, 1);
    assert_int_equal(tflite_parse(model, large.at, large.n, &e), -E2BIG);
    assert_non_null(strstr(e.text, "65 kinds of operators, at most 64 are known"));
}

static void another_version(void **state)
{
    struct err e = ERR_INIT;
    size_t root;
    uint32_t offset;

    (void)state;
    made_word_fill(&word, &weights);
    assert_int_equal(parse(NULL), 0);
    memcpy(&offset, file.at, sizeof(offset));
    root = offset;
    made_int(&file, root, 0, 4);
    assert_int_equal(tflite_parse(model, file.at, file.n, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "no TensorFlow Lite model"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_and_tensors),
        cmocka_unit_test(operators),
        cmocka_unit_test(names_of_operators),
        cmocka_unit_test(lies),
        cmocka_unit_test(counts_have_bounds),
        cmocka_unit_test(another_version),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
