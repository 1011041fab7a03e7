/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/voiced_test.c - blocks into chunks, and whose word counts: the network's (the
 * real one, where its weights are installed) or the loudness's. */
#include "speech/voiced.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct audio_block block_of(float level)
{
    struct audio_block b = { .voiced = level > 0.1f };

    for (int i = 0; i < BLOCK_FRAMES; i++)
        b.pcm[i] = (int16_t)(level * 20000.0f * sinf((float)i * 0.3f));
    return b;
}

static void loudness_without_a_network(void **state)
{
    static const float levels[] = { 0, 0.5f, 0.05f, 1, 1, 0 };
    struct voiced v;

    (void)state;
    voiced_init(&v, NULL);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct audio_block b = block_of(levels[i]);

        assert_int_equal(voiced_step(&v, &b), b.voiced);
    }
    assert_int_equal(v.fill, 0);
}

static struct silero_net *net_or_skip(void)
{
    struct silero_net *net = NULL;

    if (silero_net_new(&net, "build/models/silero_vad_v6.onnx", NULL) < 0)
        skip(); /* tools/deps weights */
    return net;
}

/* Sixteen blocks are five chunks; the network says no to a tone that the loudness takes for a voice. */
static void chunks_of_blocks(void **state)
{
    AUTO(silero_net_freep) struct silero_net *net = net_or_skip();
    struct audio_block b = block_of(1.0f);
    struct voiced v;

    (void)state;
    voiced_init(&v, net);
    for (size_t i = 1; i <= 64; i++) {
        assert_false(voiced_step(&v, &b));
        assert_int_equal(v.fill, i * BLOCK_FRAMES % SILERO_CHUNK);
    }
}

/* The samples reach the network whole and in order, wherever a block begins in a chunk. */
static void samples_in_order(void **state)
{
    AUTO(silero_net_freep) struct silero_net *net = net_or_skip();
    int16_t all[16 * BLOCK_FRAMES];
    struct silero plain;
    struct voiced v;

    (void)state;
    for (int i = 0; i < 16 * BLOCK_FRAMES; i++)
        all[i] = (int16_t)(3000.0f * sinf(0.001f * (float)i * (float)(i % 700)));
    silero_init(&plain, net);
    for (int i = 0; i < 5; i++)
        silero_run(&plain, all + i * SILERO_CHUNK);
    voiced_init(&v, net);
    for (int i = 0; i < 16; i++) {
        struct audio_block b = { .voiced = false };

        memcpy(b.pcm, all + i * BLOCK_FRAMES, sizeof(b.pcm));
        voiced_step(&v, &b);
    }
    assert_memory_equal(plain.h, v.silero.h, sizeof(plain.h));
    assert_memory_equal(plain.context, v.silero.context, sizeof(plain.context));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loudness_without_a_network),
        cmocka_unit_test(chunks_of_blocks),
        cmocka_unit_test(samples_in_order),
    };

    return cmocka_run_group_tests_name("voiced", tests, NULL, NULL);
}
