/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/decoder_test.c - what a decoder makes of spoken sentences, of those that break off, of
 * talk, and of calls in the wrong order. */
#include "helpers/stt/decoder.h"

#include "base/file.h"
#include "lib/weights.h"
#include "unit/stt/spoken.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <sphinxbase/err.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static char fsg[] = "/tmp/decoder-test-XXXXXX";
static struct decoder *shared; /* with a grammar and the wake phrase */

static int dict_fill(struct dict *d, struct err *e)
{
    static const char *const words[] = { "turn", "on", "off", "the", "lamp", "kitchen", "light",
                                         "open", "close", "blinds", "please", "jarvis" };
    int r = 0;

    for (size_t i = 0; r >= 0 && i < N_OF(words); i++)
        r = dict_add(d, words[i], e);
    return r < 0 ? r : dict_look_up(d, SPOKEN_MODEL "cmudict-en-us.dict", e);
}

static struct decoder_opts opts_of_house(void)
{
    return (struct decoder_opts){ .model = SPOKEN_MODEL "en-us", .phrase = "jarvis", .wake = true,
                                  .threshold_exp = -20, .fsg = fsg, .filler_probability = 2e-2,
                                  .inner_probability = 1e-4 };
}

static int enter(void **state)
{
    AUTO_DICT d = { .words = NULL };
    struct decoder_opts o = opts_of_house();
    struct err e = ERR_INIT;
    int fd = mkstemp(fsg);

    (void)state;
    err_set_logfp(NULL);
    close(fd);
    if (file_write(fsg, spoken_grammar, strlen(spoken_grammar), 0600, &e) < 0 ||
        dict_fill(&d, &e) < 0 || decoder_new(&shared, &o, &d, &e) < 0) {
        fprintf(stderr, "%s\n", err_text(&e));
        return -1;
    }
    return 0;
}

static int leave(void **state)
{
    (void)state;
    decoder_free(shared);
    unlink(fsg);
    return 0;
}

/* *ret: what was heard. The last state while the sound came in, in pieces of the listen thread. */
static enum wire_state hear(struct decoder_heard *ret, const int16_t *frames, size_t n)
{
    enum { PIECE = 1280 };
    enum wire_state last = WIRE_NOTHING;
    struct err e = ERR_INIT;

    assert_int_equal(decoder_utter_start(shared, &e), 0);
    for (size_t at = 0; at < n; at += PIECE) {
        assert_int_equal(decoder_utter(shared, frames + at, n - at < PIECE ? n - at : PIECE, &e), 0);
        last = decoder_state(shared);
    }
    if (decoder_result(shared, ret, &e) < 0)
        fail_msg("%s", err_text(&e));
    return last;
}

static void spoken_sentences(void **state)
{
    static const struct {
        const char *said, *text; /* text: NULL: nothing may come of it */
        enum wire_state last;
    } cases[] = {
        { "turn on the kitchen light", "turn on the kitchen light", WIRE_FINAL },
        { "turn off the lamp", "turn off the lamp", WIRE_FINAL },
        { "close the blinds please", "close the blinds please", WIRE_FINAL },
        { "turn on the kitchen", NULL, WIRE_BEGUN },
        { "open the", NULL, WIRE_BEGUN },
        /* each of them was heard with "on" in it, which nobody said */
        { "turn the lamp", NULL, WIRE_FINAL },
        { "turn the kitchen light", NULL, WIRE_FINAL },
        { "turn the kitchen light please", NULL, WIRE_FINAL },
        { "turn lamp", NULL, WIRE_FINAL },
        { "my mother is coming over on sunday", NULL, WIRE_FINAL },
        { "open the blinds when the sun has gone down again", NULL, WIRE_FINAL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
        struct spoken s;
        enum wire_state last;
        bool done;

        if (!spoken_make(&s, cases[i].said)) {
            spoken_done(&s);
            skip();
        }
        last = hear(&h, s.frames, s.n);
        spoken_done(&s);
        assert_non_null(h.text);
        done = !h.rejected && !h.broken && !h.other;
        if (done != (cases[i].text != NULL) || (done && strcmp(h.text, cases[i].text) != 0))
            fail_msg("'%s' is heard as '%s'%s%s", cases[i].said, h.text,
                     h.rejected ? ", rejected" : "", h.broken ? ", broken" : "");
        if (!h.rejected)
            assert_int_equal(last, cases[i].last);
    }
}

/* Heard before the end: not while a sentence is begun, nor what may be another, and never out of order. */
static void heard_early(void **state)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    struct err e = ERR_INIT;
    struct spoken s;
    size_t at = 0, first = 0;

    (void)state;
    assert_int_equal(decoder_early(shared, &h, &e), -EPROTO);
    if (!spoken_make(&s, "turn off the lamp")) {
        spoken_done(&s);
        skip();
    }
    assert_int_equal(decoder_utter_start(shared, &e), 0);
    for (; at + 640 <= s.n && !first; at += 640) {
        assert_int_equal(decoder_early(shared, &h, &e), 0);
        assert_int_equal(decoder_utter(shared, s.frames + at, 640, &e), 0);
        if (decoder_state(shared) == WIRE_FINAL)
            first = at;
    }
    assert_int_equal(decoder_early(shared, &h, &e), 0); /* the words may still change */
    assert_null(h.text);
    for (; at + 640 <= s.n && !h.text; at += 640) {
        assert_int_equal(decoder_utter(shared, s.frames + at, 640, &e), 0);
        assert_in_range(decoder_early(shared, &h, &e), 0, 1);
    }
    assert_in_range(at, first + 2 * 640, s.n - 8000); /* long before a silence would end it */
    spoken_done(&s);
    assert_string_equal(h.text, "turn off the lamp");
    assert_null(h.other);
    assert_true(h.margin >= 300 && h.misfit <= 6);
    decoder_drop(shared);
    assert_int_equal(decoder_early(shared, &h, &e), -EPROTO);
}

/* The second look tells by how much the opposite fits worse, and is the same at once or ahead. */
static void second_look(void **state)
{
    AUTO(decoder_heard_done) struct decoder_heard ahead = { .text = NULL }, late = { .text = NULL };
    struct spoken s;

    (void)state;
    if (!spoken_make(&s, "turn on the kitchen light")) {
        spoken_done(&s);
        skip();
    }
    hear(&ahead, s.frames, s.n);
    hear(&late, s.frames, s.n - SPOKEN_TAIL + 3200); /* no time before the end */
    spoken_done(&s);
    assert_string_equal(ahead.text, late.text);
    assert_null(ahead.other);
    assert_true(ahead.margin > 300 && late.margin > 300);
}

/* What was said fits about as well as anything; what was not does not, though the grammar takes it. */
static void how_it_fits(void **state)
{
    static const struct {
        const char *said, *text; /* NULL: no sentence may come of it */
    } cases[] = {
        { "turn on the kitchen light", "turn on the kitchen light" },
        { "open the blinds please", "open the blinds please" },
        { "the cat sat on the window and looked out", NULL },
        { "she told him about her holidays in spain", NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
        struct spoken s;

        if (!spoken_make(&s, cases[i].said)) {
            spoken_done(&s);
            skip();
        }
        hear(&h, s.frames, s.n);
        spoken_done(&s);
        if (h.rejected || !cases[i].text) {
            assert_true(h.rejected && !cases[i].text);
            continue;
        }
        assert_string_equal(h.text, cases[i].text);
        if (h.misfit < 0 || h.misfit > 4)
            fail_msg("'%s' is off by %g", cases[i].said, h.misfit);
    }
}

static void nothing_said(void **state)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    static int16_t silence[3 * SPOKEN_RATE_HZ];

    (void)state;
    assert_int_equal(hear(&h, silence, N_OF(silence)), WIRE_NOTHING);
    assert_string_equal(h.text, "");
    assert_true(h.rejected && !h.broken);
    assert_null(h.other);
}

/* More sound than is kept for the second look is no fault. */
static void endless_sound(void **state)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    static int16_t silence[20 * SPOKEN_RATE_HZ];

    (void)state;
    hear(&h, silence, N_OF(silence));
    assert_true(h.rejected);
}

/* Bytes that the process has taken and not freed. */
static size_t taken(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

/* Loud noise keeps many ways open; they were kept with the search until the next utterance. */
static void nothing_stays_of_an_utterance(void **state)
{
    enum { STAYS_MAX = 128 << 10 };
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    static int16_t noise[10 * SPOKEN_RATE_HZ];
    uint32_t x = 1;
    size_t before, after;

    (void)state;
    for (size_t i = 0; i < N_OF(noise); i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (int16_t)((int)(x >> 20) - 2048);
    }
    decoder_rest(shared);
    before = taken();
    hear(&h, noise, N_OF(noise));
    decoder_rest(shared);
    after = taken();
    if (after > before + STAYS_MAX)
        fail_msg("%zu bytes stay of a noise", after - before);
    decoder_heard_done(&h);
    assert_int_equal(decoder_utter_start(shared, NULL), 0); /* and it still works */
    decoder_drop(shared);
}

static size_t taken_by(double filler, double inner)
{
    AUTO(decoder_freep) struct decoder *d = NULL;
    AUTO_DICT words = { .words = NULL };
    struct decoder_opts o = opts_of_house();
    size_t before;

    o.filler_probability = filler;
    o.inner_probability = inner;
    o.wake = false;
    assert_int_equal(dict_fill(&words, NULL), 0);
    before = taken();
    assert_int_equal(decoder_new(&d, &o, &words, NULL), 0);
    return taken() - before;
}

/* The loops that reject stand behind every word, and every word stands in the memory once all the
 * same. */
static void the_loops_cost_little(void **state)
{
    enum { LOOPS_BYTES_MAX = 128 << 10 };
    size_t bare = taken_by(0, 0), with = taken_by(2e-2, 1e-4);

    (void)state;
    if (with > bare + LOOPS_BYTES_MAX)
        fail_msg("the loops cost %zu bytes", with - bare);
}

static void wrong_order(void **state)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    struct err e = ERR_INIT;
    int16_t frames[160] = { 0 };

    (void)state;
    assert_int_equal(decoder_utter(shared, frames, 160, &e), -EPROTO);
    assert_int_equal(decoder_result(shared, &h, &e), -EPROTO);
    assert_int_equal(decoder_state(shared), WIRE_NOTHING);
    assert_int_equal(decoder_utter_start(shared, &e), 0);
    assert_int_equal(decoder_utter_start(shared, &e), 0); /* the one before is forgotten */
    decoder_drop(shared);
    decoder_drop(shared);
    assert_int_equal(decoder_result(shared, &h, &e), -EPROTO);
}

static void wake_stream(void **state)
{
    static int16_t silence[SPOKEN_RATE_HZ];
    struct decoder_hit hit;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(decoder_wake(shared, 0, silence, N_OF(silence), &hit, &e), 0);
    assert_int_equal(decoder_wake(shared, 900000, silence, 160, &hit, &e), 0); /* a jump */
    decoder_wake_clear(shared);
    assert_int_equal(decoder_utter_start(shared, &e), 0); /* ends the wake stream */
    assert_int_equal(decoder_wake(shared, 0, silence, 160, &hit, &e), 0); /* and the other way */
}

/* How often the wake word is heard in the sound, after which it is silent for a second. */
static int wakes_in(struct decoder *d, const struct spoken *s, bool backwards)
{
    enum { PIECE = 1280 };
    static uint64_t position = 5000000; /* of a stream that goes on; each sound is after a jump */
    struct decoder_hit hit;
    int wakes = 0;

    position += PIECE;
    for (size_t at = 0; at + PIECE <= s->n; at += PIECE, position += PIECE) {
        int16_t piece[PIECE];

        for (size_t i = 0; i < PIECE; i++)
            piece[i] = s->frames[backwards ? s->n - 1 - at - i : at + i];
        if (decoder_wake(d, position, piece, PIECE, &hit, NULL) <= 0)
            continue;
        wakes++;
        assert_true(hit.from_position < hit.to_position && hit.to_position <= position + PIECE);
    }
    return wakes;
}

/* With a second judge the search listens for less, and what is not the word wakes nobody. */
static void veto_on_the_wake_word(void **state)
{
    static const struct {
        const char *text;
        bool backwards;
        int wakes;
    } cases[] = { { "jarvis", false, 1 }, { "jarvis", true, 0 }, { "good morning", false, 0 }, { "jarvis", false, 1 } };
    AUTO_DICT d = { .words = NULL };
    AUTO(decoder_freep) struct decoder *judged = NULL;
    AUTO(veto_freep) struct veto *veto = NULL;
    AUTO(embedding_net_freep) struct embedding_net *net = NULL;
    struct decoder_opts o = opts_of_house();
    char path[256];

    (void)state;
    if (embedding_net_new(&net, weights_path(path, sizeof(path), "speech_embedding_v1.onnx"), NULL) < 0)
        skip(); /* tools/deps weights */
    assert_int_equal(veto_new(&veto, net, NULL), 0);
    assert_int_equal(dict_fill(&d, NULL), 0);
    o.veto = veto;
    assert_int_equal(decoder_new(&judged, &o, &d, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct spoken s;

        if (!spoken_make(&s, cases[i].text)) {
            spoken_done(&s);
            skip();
        }
        assert_int_equal(wakes_in(judged, &s, cases[i].backwards), cases[i].wakes);
        spoken_done(&s);
    }
    judged = decoder_free(judged); /* before what it borrows */
}

static void what_cannot_be_made(void **state)
{
    static const struct {
        const char *model, *phrase, *fsg;
        int want;
        const char *words;
    } cases[] = {
        { "/nowhere", "jarvis", NULL, -EINVAL, "acoustic model /nowhere: cannot be loaded" },
        { SPOKEN_MODEL "en-us", "jarvis", "/nowhere", -EINVAL, "grammar /nowhere" },
        { SPOKEN_MODEL "en-us", "jarvis jarvis jarvis jarvis jarvis jarvis jarvis jarvis jarvis "
                                "jarvis jarvis jarvis jarvis jarvis jarvis jarvis jarvis jarvis jarvis",
          NULL, -ENAMETOOLONG, "is too long" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_DICT d = { .words = NULL };
        struct decoder_opts o = opts_of_house();
        struct decoder *none = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(dict_fill(&d, &e), 0);
        o.model = cases[i].model;
        o.phrase = cases[i].phrase;
        o.fsg = cases[i].fsg;
        assert_int_equal(decoder_new(&none, &o, &d, &e), cases[i].want);
        assert_null(none);
        assert_non_null(strstr(err_text(&e), cases[i].words));
    }
}

static void without_grammar_and_phrase(void **state)
{
    AUTO(decoder_freep) struct decoder *bare = NULL;
    AUTO_DICT d = { .words = NULL };
    struct decoder_opts o = opts_of_house();
    int16_t frames[160] = { 0 };
    struct decoder_hit hit;
    struct err e = ERR_INIT;

    (void)state;
    o.fsg = NULL;
    o.phrase = "";
    assert_int_equal(dict_fill(&d, &e), 0);
    assert_int_equal(decoder_new(&bare, &o, &d, &e), 0);
    assert_int_equal(decoder_utter_start(bare, &e), -ENOENT);
    assert_int_equal(decoder_wake(bare, 0, frames, 160, &hit, &e), -ENOENT);
    decoder_adopt(bare, NULL);
    decoder_adopt(bare, shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoken_sentences),    cmocka_unit_test(heard_early),
        cmocka_unit_test(second_look),
        cmocka_unit_test(how_it_fits),         cmocka_unit_test(nothing_said),        cmocka_unit_test(endless_sound),
        cmocka_unit_test(nothing_stays_of_an_utterance), cmocka_unit_test(the_loops_cost_little),
        cmocka_unit_test(wrong_order),         cmocka_unit_test(wake_stream),
        cmocka_unit_test(veto_on_the_wake_word),
        cmocka_unit_test(what_cannot_be_made), cmocka_unit_test(without_grammar_and_phrase),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
