/* SPDX-License-Identifier: Apache-2.0 */
/* Words of microWakeWord: manifests, the decision, and the engine that listens for several. */
#include "wake/micro_engine.h"
#include "base/file.h"
#include "base/str.h"
#include "lib/dir.h"
#include "lib/tflite.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char dir[64];
static struct made file;

#define MANIFEST(phrase, model, micro)                                                           \
    "{\"type\": \"micro\", \"version\": 2, \"wake_word\": \"" phrase "\", \"author\": \"us\", "    \
    "\"model\": \"" model "\", \"trained_languages\": [\"en\"], \"micro\": {" micro "}}"
#define USUAL "\"probability_cutoff\": 0.9, \"sliding_window_size\": 5, \"feature_step_size\": 10"

static void put(const char *name, const void *bytes, size_t n)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(file_write(path, bytes, n, 0600, NULL), 0);
}

static int setup(void **state)
{
    static struct made_weights w;
    static struct made_word_tables t;
    static const char usual[] = MANIFEST("Hey You", "loud.tflite", USUAL);
    static const char slow[] = MANIFEST("Slow One", "loud.tflite", "\"probability_cutoff\": 0.5, "
                                        "\"sliding_window_size\": 2, \"feature_step_size\": 20");
    char own[128];

    (void)state;
    dir_make(dir, "wake");
    made_weights_even(&w);
    made_word_fill(&t, &w);
    made_word_write(&file, &t);
    put("loud.tflite", file.at, file.n);
    put("loud.json", usual, strlen(usual));
    put("slow.json", slow, strlen(slow));
    snprintf(own, sizeof(own), "%s/own", dir);
    assert_int_equal(file_mkdirs(own, 0700, NULL), 0);
    put("own/loud.tflite", file.at, file.n);
    put("own/manifest.json", usual, strlen(usual));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dir_remove(dir);
    return 0;
}

/* ---- manifests ------------------------------------------------------------------------------- */

static void manifests(void **state)
{
    static const struct {
        const char *text;
        int want;
        const char *words;
    } cases[] = {
        { MANIFEST("Hey", "a.tflite", USUAL), 0, "" },
        { "{", -EINVAL, "JSON" },
        { "[]", -EINVAL, "" },
        { MANIFEST("", "a.tflite", USUAL), 0x1000, "wake_word" },
        { MANIFEST("Hey", "../a.tflite", USUAL), -EINVAL, "'../a.tflite' is no plain file name" },
        { MANIFEST("Hey", ".a", USUAL), -EINVAL, "plain file name" },
        { MANIFEST("Hey", "a", "\"sliding_window_size\": 5"), -EINVAL, "probability_cutoff" },
        { MANIFEST("Hey", "a", "\"probability_cutoff\": 0.9"), -EINVAL, "sliding_window_size" },
        { MANIFEST("Hey", "a", "\"probability_cutoff\": 1.5, \"sliding_window_size\": 5"), -ERANGE,
          "probability_cutoff" },
        { MANIFEST("Hey", "a", "\"probability_cutoff\": 0, \"sliding_window_size\": 5"), -EINVAL,
          "probability_cutoff" },
        { MANIFEST("Hey", "a", "\"probability_cutoff\": 0.9, \"sliding_window_size\": 101"), -ERANGE,
          "sliding_window_size" },
        { MANIFEST("Hey", "a", "\"probability_cutoff\": 0.9, \"sliding_window_size\": 5, "
                   "\"feature_step_size\": 15"), -EINVAL, "feature_step_size: is 15" },
        { "{\"type\": \"onnx\", \"version\": 2, \"wake_word\": \"x\", \"model\": \"a\", "
          "\"micro\": {" USUAL "}}", -EINVAL, "type" },
        { "{\"type\": \"micro\", \"version\": 3, \"wake_word\": \"x\", \"model\": \"a\", "
          "\"micro\": {" USUAL "}}", -ERANGE, "version" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct micro_manifest m = { .window = 77 };
        struct err e = ERR_INIT;
        int r = micro_manifest_parse(&m, cases[i].text, strlen(cases[i].text), &e);

        if (cases[i].want == 0x1000 ? r >= 0 : r != cases[i].want)
            fail_msg("%s: %d '%s'", cases[i].text, r, e.text);
        assert_non_null(strstr(e.text, cases[i].words));
        if (r < 0)
            assert_int_equal(m.window, 77);
    }
}

static void version_1(void **state)
{
    static const char text[] = "{\"type\": \"micro\", \"version\": 1, \"wake_word\": \"Hey\", "
                               "\"model\": \"a.tflite\", \"micro\": {\"probability_cutoff\": 0.5, "
                               "\"sliding_window_average_size\": 10}}";
    struct micro_manifest m;

    (void)state;
    assert_int_equal(micro_manifest_parse(&m, text, strlen(text), NULL), 0);
    assert_int_equal(m.step_ms, 20);
    assert_int_equal(m.window, 10);
    assert_string_equal(m.phrase, "Hey");
}

/* ---- decision -------------------------------------------------------------------------------- */

static const struct micro_manifest about = { "Hey You", "loud.tflite", 0.9, 5, 10, 2 };

/* Rows of one value; returns how often the word was heard. */
static unsigned say(struct micro_word *w, uint16_t value, unsigned rows)
{
    uint16_t row[MICRO_BANDS];
    unsigned n = 0;

    for (int i = 0; i < MICRO_BANDS; i++)
        row[i] = value;
    for (unsigned i = 0; i < rows; i++) {
        micro_word_row(w, row);
        n += micro_word_heard(w);
    }
    return n;
}

static void heard_once_however_long(void **state)
{
    struct micro_word w;

    (void)state;
    assert_int_equal(micro_word_init(&w, &about, 0.0, file.at, file.n, NULL), 0);
    assert_int_equal(say(&w, 0, 200), 0);
    assert_true(micro_word_score(&w) < 0.1);
    assert_int_equal(say(&w, 660, 8), 0); /* four answers of five */
    assert_int_equal(say(&w, 660, 4), 1);
    assert_true(micro_word_heard_score(&w) > 0.9 && micro_word_score(&w) < 0.9);
    assert_int_equal(say(&w, 660, 1000), 0); /* one long word */
    assert_int_equal(say(&w, 0, MICRO_COOL_ROWS - 4), 0);
    assert_int_equal(say(&w, 660, 12), 0); /* too soon after it */
    assert_int_equal(say(&w, 0, 200), 0);
    assert_int_equal(say(&w, 660, 14), 1);
    micro_word_done(&w);
}

/* After a start and after a gap nothing is believed for 0.74 s. */
static void not_believed_at_once(void **state)
{
    struct micro_word w;

    (void)state;
    assert_int_equal(micro_word_init(&w, &about, 0.0, file.at, file.n, NULL), 0);
    assert_int_equal(say(&w, 660, 40), 0);
    say(&w, 0, 300);
    micro_word_clear(&w);
    assert_int_equal(say(&w, 660, 40), 0);
    micro_word_done(&w);
}

/* Strictly above it: nothing is above 1. */
static void another_cut_off(void **state)
{
    static const struct {
        double cutoff;
        unsigned stored, heard;
    } cases[] = { { 0.999, 254, 1 }, { 1.0, 255, 0 }, { 0.0, 229, 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct micro_word w;

        assert_int_equal(micro_word_init(&w, &about, cases[i].cutoff, file.at, file.n, NULL), 0);
        assert_int_equal(w.cutoff, cases[i].stored);
        say(&w, 0, 200);
        assert_int_equal(say(&w, 660, 30), cases[i].heard);
        micro_word_done(&w);
    }
}

/* ---- engine ---------------------------------------------------------------------------------- */

static uint64_t position;

/* Blocks of noise or silence; returns how often a word was heard, the last hit in `hit`. */
static unsigned play(const struct wake_engine *e, bool is_loud, unsigned blocks, struct wake_hit *hit)
{
    static uint32_t s = 1;
    unsigned n = 0;

    for (unsigned i = 0; i < blocks; i++) {
        struct audio_block b = { .position = position };
        int r;

        for (int k = 0; is_loud && k < BLOCK_FRAMES; k++) {
            s = s * 1664525u + 1013904223u;
            b.wake[k] = (int16_t)(s >> 16);
        }
        position += BLOCK_FRAMES;
        r = e->feed(e->self, &b, hit);
        assert_in_range(r, 0, 1);
        n += (unsigned)r;
    }
    return n;
}

static int engine(struct wake_engine *ret, const char *list, const char *voice, struct err *e)
{
    const char *folders[] = { "/nonexistent", dir, NULL };

    position = 0;
    return micro_engine_make(ret, list, voice, folders, e);
}

static void words_at_once(void **state)
{
    struct wake_engine e;
    struct wake_hit hit = { .score = 0.0 };

    (void)state;
    assert_int_equal(engine(&e, " loud , slow=0.4 ", "", NULL), 0);
    assert_int_equal(e.version, WAKE_ENGINE_VERSION);
    assert_int_equal(play(&e, false, 200, &hit), 0);
    assert_true(e.peak(e.self) < 0.3);
    assert_in_range(play(&e, true, 40, &hit), 1, 2);
    assert_true(strcmp(hit.phrase, "Hey You") == 0 || strcmp(hit.phrase, "Slow One") == 0);
    assert_true(hit.from_position < hit.to_position && hit.to_position < position);
    assert_true(e.peak(e.self) > 0.3 && e.peak(e.self) < 0.3 + 1.0);
    assert_int_equal(e.feed(e.self, NULL, &hit), 0);
    e.free(e.self);
}

static void a_gap_is_silence(void **state)
{
    struct wake_engine e;
    struct wake_hit hit;

    (void)state;
    assert_int_equal(engine(&e, "own", "", NULL), 0);
    play(&e, false, 200, &hit);
    position += 16000;
    assert_int_equal(play(&e, true, 60, &hit), 0);
    e.free(e.self);
}

/* A second model must hear a voice at that moment: the word's own does when it does. */
static void with_a_voice(void **state)
{
    struct wake_engine e;
    struct wake_hit hit;

    (void)state;
    assert_int_equal(engine(&e, "loud", "slow=1", NULL), 0);
    play(&e, false, 200, &hit);
    assert_int_equal(play(&e, true, 60, &hit), 0); /* never above 1 */
    e.free(e.self);
    assert_int_equal(engine(&e, "loud", "slow=0.1", NULL), 0);
    play(&e, false, 200, &hit);
    assert_int_equal(play(&e, true, 60, &hit), 1);
    e.free(e.self);
}

/* A voice that begins after the word's own model is sure is not too late, and one voice serves for
 * every word that is said in it. */
static void a_voice_that_comes_later(void **state)
{
    struct wake_engine e;
    struct wake_hit hit = { .score = 0.0 };

    (void)state;
    assert_int_equal(engine(&e, "loud=0.3", "slow=0.9", NULL), 0); /* 20 ms a row: it comes later */
    play(&e, false, 200, &hit);
    assert_int_equal(play(&e, true, 60, &hit), 1);
    assert_true(hit.score > 0.3 && hit.score <= 1.0);
    play(&e, false, 200, &hit);
    assert_int_equal(play(&e, true, 60, &hit), 1);
    e.free(e.self);
}

static void lists_that_are_refused(void **state)
{
    static const struct {
        const char *list, *voice;
        int want;
        const char *words;
    } cases[] = {
        { "", "", -EINVAL, "names no word" },
        { " , ,", "", -EINVAL, "names no word" },
        { "nobody", "", -ENOENT, "the model 'nobody' is not installed; put its .json" },
        { "loud=2", "", -EINVAL, "'loud' has the cut-off '2'" },
        { "loud=nan", "", -EINVAL, "cut-off" },
        { "loud=0.5x", "", -EINVAL, "cut-off" },
        { "loud", "nobody", -ENOENT, "'nobody'" },
        { "/nonexistent/loud.json", "", -ENOENT, "loud.json" },
        { "loud,loud,loud,loud,loud,loud,loud,loud,loud", "", -EINVAL, "more than 8 words" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wake_engine w;
        struct err e = ERR_INIT;

        assert_int_equal(engine(&w, cases[i].list, cases[i].voice, &e), cases[i].want);
        if (!strstr(e.text, cases[i].words))
            fail_msg("'%s' lacks '%s'", e.text, cases[i].words);
        /* what is wrong with the list alone is told before anything is looked for */
        assert_int_equal(micro_list_check(cases[i].list, NULL), cases[i].want == -EINVAL ? -EINVAL : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifests),
        cmocka_unit_test(version_1),
        cmocka_unit_test(heard_once_however_long),
        cmocka_unit_test(not_believed_at_once),
        cmocka_unit_test(another_cut_off),
        cmocka_unit_test(words_at_once),
        cmocka_unit_test(a_gap_is_silence),
        cmocka_unit_test(with_a_voice),
        cmocka_unit_test(a_voice_that_comes_later),
        cmocka_unit_test(lists_that_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
