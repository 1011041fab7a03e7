/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/dsp/dsp_test.c - each allocation while weights are read fails once, and then for good. */
#include "dsp/embedding.h"
#include "dsp/silero.h"
#include "lib/weights.h"

#include "fault/fault.h"

/* The real files: a made one of a megabyte proves no more. Without them there is nothing to read. */
static char path[256];

static int loaded(int r, const void *net, const struct err *e)
{
    assert_true((r == 0) == (net != NULL));
    assert_true(r == 0 || strstr(e->text, "out of memory"));
    return r;
}

static int run_embedding(void)
{
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    struct err e = ERR_INIT;
    int r = embedding_net_new(&net, path, &e);

    return loaded(r, net, &e);
}

static int run_silero(void)
{
    AUTO(silero_net_freep) struct silero_net *net = NULL;
    struct err e = ERR_INIT;
    int r = silero_net_new(&net, path, &e);

    return loaded(r, net, &e);
}

static void installed(const char *name)
{
    if (access(weights_path(path, sizeof(path), name), R_OK) != 0)
        skip(); /* tools/deps weights */
}

static void embedding_faults(void **state)
{
    (void)state;
    installed("speech_embedding_v1.onnx");
    FAULT_LOOP(run_embedding());
}

static void silero_faults(void **state)
{
    (void)state;
    installed("silero_vad_v6.onnx");
    FAULT_LOOP(run_silero());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedding_faults),
        cmocka_unit_test(silero_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
