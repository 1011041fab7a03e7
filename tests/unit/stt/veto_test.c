/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/veto_test.c - the second judge of the wake word: whose words it knows, that its network is whole,
 * what it says to spoken words, and that what is long past counts no more. */
#include "helpers/stt/veto.h"

#include "lib/weights.h"
#include "unit/stt/spoken.h"

#include <math.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct embedding_net *net; /* NULL: the weights are not installed */

static struct veto *veto_or_skip(void)
{
    struct veto *v = NULL;

    if (!net)
        skip(); /* tools/deps weights */
    assert_int_equal(veto_new(&v, net, NULL), 0);
    return v;
}

static void phrases_it_knows(void **state)
{
    static const struct {
        const char *phrase;
        bool want;
    } cases[] = {
        { "jarvis", true },    { "hey jarvis", true }, { "jarvis please", false }, { "myjarvis", false },
        { "computer", false }, { "", false },          { "jarvi", false },         { "s", false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        if (veto_knows(cases[i].phrase) != cases[i].want)
            fail_msg("'%s'", cases[i].phrase);
}

static void network_is_whole(void **state)
{
    (void)state;
    assert_int_equal(veto_net.inputs, VETO_INPUTS);
    assert_int_equal(veto_net.outputs, 1);
    for (int i = 0; i < SMALL_NET_HIDDEN; i++) {
        int used = 0;

        for (int k = 0; k < VETO_INPUTS; k++)
            used += veto_net.wide[i * VETO_INPUTS + k] != 0;
        assert_true(used > VETO_INPUTS / 4);
        assert_true(veto_net.scale[i] > 0 && isfinite(veto_net.bias[i]) && isfinite(veto_net.out[i]));
    }
}

/* The score when the sound has come in pieces, a little after its end. */
static double score_of(struct veto *v, const struct spoken *s, size_t piece)
{
    size_t end = s->n - SPOKEN_TAIL + SPOKEN_RATE_HZ / 10;

    veto_clear(v);
    for (size_t at = 0; at < end; at += piece)
        veto_push(v, s->frames + at, end - at < piece ? end - at : piece);
    return veto_score(v);
}

static void spoken_words(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        { "jarvis", true },           { "hello jarvis", true },  { "alexa", false }, { "turn on the lamp", false },
        { "good morning all", false }, { "the weather", false },
    };
    AUTO(veto_freep) struct veto *v = NULL;

    (void)state;
    v = veto_or_skip();
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct spoken s;
        double score;

        if (!spoken_make(&s, cases[i].text)) {
            spoken_done(&s);
            skip();
        }
        score = score_of(v, &s, 1280);
        if ((score >= VETO_LEAST) != cases[i].want)
            fail_msg("'%s': %g", cases[i].text, score);
        assert_true(score == score_of(v, &s, 7)); /* however it comes */
        spoken_done(&s);
    }
}

static void what_is_past_counts_no_more(void **state)
{
    AUTO(veto_freep) struct veto *v = NULL;
    int16_t *silence = calloc(2 * VETO_KEPT, sizeof(*silence));
    struct spoken s;

    (void)state;
    assert_non_null(silence);
    v = veto_or_skip();
    if (!spoken_make(&s, "jarvis")) {
        free(silence);
        spoken_done(&s);
        skip();
    }
    assert_true(score_of(v, &s, 1280) >= VETO_LEAST);
    veto_push(v, silence, 2 * VETO_KEPT); /* more than is kept at once */
    assert_true(veto_score(v) < VETO_LEAST);
    assert_true(score_of(v, &s, 1280) >= VETO_LEAST);
    veto_clear(v);
    assert_true(veto_score(v) < VETO_LEAST);
    free(silence);
    spoken_done(&s);
}

static int net_load(void **state)
{
    char path[256];

    (void)state;
    (void)embedding_net_new(&net, weights_path(path, sizeof(path), "speech_embedding_v1.onnx"), NULL);
    return 0;
}

static int net_free(void **state)
{
    (void)state;
    net = embedding_net_free(net);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_it_knows),
        cmocka_unit_test(network_is_whole),
        cmocka_unit_test(spoken_words),
        cmocka_unit_test(what_is_past_counts_no_more),
    };

    return cmocka_run_group_tests(tests, net_load, net_free);
}
