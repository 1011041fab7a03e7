/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors by name out of made ONNX files: the right branch, sizes, and files that lie. */
#include "base/onnx.h"
#include "lib/onnx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const float six[] = { 1, 2, 3, 4, 5, -6.5f }, two[] = { 7, 8 };
static const uint32_t dims_six[3] = { 3, 1, 2 }, dims_two[3] = { 2, 0, 0 };

static const struct onnx_row wanted[] = {
    { "layer.weight", { 3, 1, 2 }, NULL },
    { "layer.bias", { 2 }, NULL },
};

static struct onnx_text branch_whole(void)
{
    struct onnx_text b = { 0 };

    onnx_tensor(&b, "other", dims_two, two);
    onnx_tensor(&b, "layer.weight", dims_six, six);
    onnx_part(&b, 1, onnx_node("Conv", "group", 3, onnx_word("no tensor")));
    onnx_tensor(&b, "layer.bias", dims_two, two);
    return b;
}

static void test_found(void **state)
{
    struct onnx_text file = onnx_file("then_branch", branch_whole());
    struct onnx_row rows[] = { wanted[0], wanted[1] };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(onnx_find(rows, 2, "then_branch", file.at, file.n, &e), 0);
    for (size_t i = 0; i < 6; i++)
        assert_true(onnx_float(rows[0].raw, i) == six[i]);
    assert_true(onnx_float(rows[1].raw, 1) == 8.0f);
    free(file.at);
}

/* Dimensions may also come as one packed field. */
static void test_packed_dims(void **state)
{
    struct onnx_text branch = { 0 }, tensor = { 0 }, dims = { 0 }, raw = { 0 };
    struct onnx_row rows[] = { wanted[0] };

    (void)state;
    for (int i = 0; i < 3; i++)
        onnx_varint(&dims, dims_six[i]);
    onnx_bytes(&raw, six, sizeof(six));
    onnx_part(&tensor, 1, dims);
    onnx_number(&tensor, 2, 1);
    onnx_part(&tensor, 8, onnx_word("layer.weight"));
    onnx_part(&tensor, 9, raw);
    onnx_part(&branch, 1, onnx_node("Constant", "value", 5, tensor));

    struct onnx_text file = onnx_file("then_branch", branch);

    assert_int_equal(onnx_find(rows, 1, "then_branch", file.at, file.n, NULL), 0);
    assert_true(onnx_float(rows[0].raw, 5) == -6.5f);
    free(file.at);
}

/* Without a branch those of the graph itself are meant, of up to four dimensions. */
static void test_of_the_graph(void **state)
{
    static const uint32_t four[4] = { 1, 3, 1, 2 }, short_two[4] = { 2 };
    struct onnx_text graph = { 0 };
    struct onnx_row rows[] = { { "kernel", { 1, 3, 1, 2 }, NULL }, wanted[1] };
    struct err e = ERR_INIT;

    (void)state;
    onnx_part(&graph, 1, onnx_node("If", "then_branch", 6, branch_whole()));
    onnx_initializer(&graph, "kernel", four, six);
    onnx_initializer(&graph, "layer.bias", short_two, six);

    struct onnx_text file = onnx_model(graph);

    assert_int_equal(onnx_find(rows, 2, NULL, file.at, file.n, &e), 0);
    assert_true(onnx_float(rows[0].raw, 5) == -6.5f);
    assert_true(onnx_float(rows[1].raw, 1) == 2.0f); /* and not the branch's 8 */
    rows[1] = wanted[0];
    assert_int_equal(onnx_find(rows, 2, NULL, file.at, file.n, &e), -ENOENT);
    free(file.at);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static struct onnx_text file_other_branch(void)
{
    return onnx_file("else_branch", branch_whole());
}

static struct onnx_text file_bias_missing(void)
{
    struct onnx_text b = { 0 };

    onnx_tensor(&b, "layer.weight", dims_six, six);
    return onnx_file("then_branch", b);
}

static struct onnx_text file_twice(void)
{
    struct onnx_text b = branch_whole();

    onnx_tensor(&b, "layer.bias", dims_two, two);
    return onnx_file("then_branch", b);
}

static struct onnx_text file_other_dims(void)
{
    static const uint32_t turned[3] = { 2, 1, 3 };
    struct onnx_text b = { 0 };

    onnx_tensor(&b, "layer.weight", turned, six);
    return onnx_file("then_branch", b);
}

static struct onnx_text file_more_dims(void)
{
    static const uint32_t more[3] = { 2, 1, 0 };
    struct onnx_text b = { 0 };

    onnx_tensor(&b, "layer.bias", more, two);
    return onnx_file("then_branch", b);
}

static struct onnx_text file_of_kind(unsigned kind, size_t bytes)
{
    struct onnx_text b = { 0 }, tensor = { 0 }, raw = { 0 };

    onnx_number(&tensor, 1, 2);
    onnx_number(&tensor, 2, kind);
    onnx_part(&tensor, 8, onnx_word("layer.bias"));
    onnx_bytes(&raw, six, bytes);
    onnx_part(&tensor, 9, raw);
    onnx_part(&b, 1, onnx_node("Constant", "value", 5, tensor));
    return onnx_file("then_branch", b);
}

static struct onnx_text file_halves(void)
{
    return file_of_kind(10, 8); /* FLOAT16 */
}

static struct onnx_text file_short_data(void)
{
    return file_of_kind(1, 4);
}

static struct onnx_text file_empty(void)
{
    return onnx_word("");
}

static struct onnx_text file_words(void)
{
    return onnx_word("this is a text and no model");
}

static struct onnx_text file_long_varint(void)
{
    return onnx_word("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

static struct onnx_text file_group(void)
{
    return onnx_word("\x3b"); /* wire type 3, long gone from the format */
}

static const struct {
    const char *name;
    struct onnx_text (*make)(void);
    int code;
    const char *words;
} refused[] = {
    { "the other branch", file_other_branch, -ENOENT, "'layer.weight' is missing" },
    { "a tensor is missing", file_bias_missing, -ENOENT, "'layer.bias' is missing" },
    { "twice", file_twice, -EEXIST, "'layer.bias' stands there twice" },
    { "turned", file_other_dims, -EINVAL, "'layer.weight' is of another size" },
    { "one dimension more", file_more_dims, -EINVAL, "'layer.bias' is of another size" },
    { "half floats", file_halves, -EINVAL, "size or kind" },
    { "too few bytes", file_short_data, -EINVAL, "size or kind" },
    { "empty", file_empty, -EBADMSG, "no ONNX file" },
    { "a text", file_words, -EBADMSG, "garbled" },
    { "an endless number", file_long_varint, -EBADMSG, "garbled" },
    { "an unknown wire type", file_group, -EBADMSG, "garbled" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct onnx_text file = refused[i].make();
        struct onnx_row rows[] = { wanted[0], wanted[1] };
        struct err e = ERR_INIT;
        int r = onnx_find(rows, 2, "then_branch", file.at, file.n, &e);

        if (r != refused[i].code || !strstr(e.text, refused[i].words))
            print_error("case: %s: %d %s\n", refused[i].name, r, e.text);
        assert_int_equal(r, refused[i].code);
        assert_non_null(strstr(e.text, refused[i].words));
        assert_null(rows[0].raw); /* as they were */
        assert_null(rows[1].raw);
        free(file.at);
    }
}

/* Cut anywhere it is refused, and nothing beyond the cut is read (a copy of its own: ASan looks). */
static void test_cut_anywhere(void **state)
{
    struct onnx_text file = onnx_file("then_branch", branch_whole());

    (void)state;
    for (size_t n = 0; n < file.n; n++) {
        uint8_t *cut = malloc(n + 1);
        struct onnx_row rows[] = { wanted[0], wanted[1] };

        assert_non_null(cut);
        memcpy(cut, file.at, n);
        cut = realloc(cut, n > 0 ? n : 1);
        assert_true(onnx_find(rows, 2, "then_branch", cut, n, NULL) < 0);
        free(cut);
    }
    free(file.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_packed_dims),
        cmocka_unit_test(test_of_the_graph),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
