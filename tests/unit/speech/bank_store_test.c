/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_store_test.c - pieces on the disk: what was kept is said, joined without a click and equally
 * loud; it is still there after a start; who gives way; damaged and strange files; a full disk; another voice. */
#include "speech/bank_store.h"

#include "base/file.h"
#include "base/str.h"
#include "lib/dir.h"
#include "speech/bank_file.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cmocka.h>

enum { MB = 1000000, RATE = 22050 };

#define VOICE "0123456789abcdef"
#define OTHER "fedcba9876543210"

struct bench {
    char dir[DIR_BYTES];
    struct clock clock;
    struct loop *loop;
    struct bank_store *store;
    unsigned opened, kept, said;
    int kept_code, said_code;
    char words[ERR_TEXT_BYTES];
    struct str sound;
    bool hush_on_sound;
};

static void on_open(void *user)
{
    ((struct bench *)user)->opened++;
}

static void on_kept(uint64_t key, int code, const char *words, void *user)
{
    struct bench *b = user;

    (void)key;
    b->kept++;
    b->kept_code = code;
    str_copy(b->words, sizeof(b->words), words);
}

static void on_sound(const int16_t *frames, size_t n, void *user)
{
    struct bench *b = user;

    assert_true(n > 0);
    str_add_bytes(&b->sound, frames, n * sizeof(*frames));
    if (b->hush_on_sound)
        bank_store_hush(b->store);
}

static void on_said(int code, const char *words, void *user)
{
    struct bench *b = user;

    b->said++;
    b->said_code = code;
    str_copy(b->words, sizeof(b->words), words);
}

static void steps(struct bench *b)
{
    for (int i = 0; i < 200; i++)
        loop_step(b->loop, 0);
}

static void store_make(struct bench *b)
{
    const struct bank_store_events events = { on_open, on_kept, on_sound, on_said, b };

    assert_int_equal(bank_store_new(&b->store, b->dir, b->loop, NULL, &events, NULL), 0);
    bank_store_open(b->store, VOICE);
    steps(b);
    assert_true(bank_store_is_open(b->store));
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    *state = b;
    clock_init_virtual(&b->clock, INT64_C(1800000000000000));
    if (dir_make(b->dir, "voices") < 0 || loop_new(&b->loop, &b->clock, NULL) < 0)
        return -1;
    store_make(b);
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    b->store = bank_store_free(b->store);
    assert_null(b->store);
    loop_free(b->loop);
    dir_remove(b->dir);
    str_done(&b->sound);
    free(b);
    return 0;
}

/* A hum of this height, with silence around it. */
static int keep_hum(struct bench *b, const char *text, unsigned ms, double height, uint64_t max,
                    bool makes_room, bool is_needed)
{
    size_t n = RATE * (size_t)ms / 1000, quiet = RATE / 5;
    AUTO_FREE int16_t *frames = calloc(n + 2 * quiet, sizeof(*frames));
    const struct bank_keep keep = { text, frames, n + 2 * quiet, RATE, max, makes_room, is_needed };
    int r;

    for (size_t i = 0; i < n; i++)
        frames[quiet + i] = (int16_t)(height * sin(6.2832 * 250 * (double)i / RATE));
    b->kept_code = 4711;
    r = bank_store_keep(b->store, &keep, NULL);
    steps(b);
    return r < 0 ? r : b->kept_code;
}

static void keep(struct bench *b, const char *text, unsigned ms)
{
    assert_int_equal(keep_hum(b, text, ms, 8000, 60 * MB, true, false), 0);
}

static bool is_kept(uint64_t key, void *user)
{
    return bank_store_has(user, key);
}

/* Says it with what is kept; returns the code. */
static int say(struct bench *b, const char *text)
{
    struct bank_split split;
    unsigned before = b->said;
    int r;

    str_clear(&b->sound);
    bank_split(&split, text, is_kept, b->store);
    r = bank_store_say(b->store, text, &split, NULL);
    if (r < 0)
        return r;
    steps(b);
    assert_int_equal(b->said, before + 1);
    return b->said_code;
}

static unsigned sound_ms(const struct bench *b)
{
    return (unsigned)(b->sound.len / sizeof(int16_t) * 1000 / BANK_RATE_HZ);
}

static uint64_t key(const char *text)
{
    return bank_key(text, strlen(text));
}

static void path_of(char path[DIR_PATH_BYTES], const struct bench *b, const char *text)
{
    snprintf(path, DIR_PATH_BYTES, "%s/" VOICE "/%016llx.voice", b->dir,
             (unsigned long long)key(text));
}

/* ---- kept and said --------------------------------------------------------------------------- */

static void test_kept_and_said(void **state)
{
    struct bench *b = *state;
    char path[DIR_PATH_BYTES];
    struct stat st;

    keep(b, "Done.", 700);
    assert_true(bank_store_has(b->store, key("done.")));
    path_of(path, b, "Done.");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(say(b, "Done."), 0);
    assert_true(sound_ms(b) > 680 && sound_ms(b) < 800); /* the silence around it is gone */
    bank_store_free(b->store);
    store_make(b); /* the next start */
    assert_int_equal(bank_store_index(b->store)->n, 1);
    assert_int_equal(say(b, "Done."), 0);
    assert_true(sound_ms(b) > 680 && sound_ms(b) < 800);
}

/* A joint is no step, what is soft is lifted to the first one, and sentences are apart. */
static void test_joints(void **state)
{
    struct bench *b = *state;
    const int16_t *frames;
    size_t n;
    int steepest = 0;
    double loud[2] = { 0, 0 };

    assert_int_equal(keep_hum(b, "Turned on", 400, 12000, 60 * MB, true, false), 0);
    assert_int_equal(keep_hum(b, "the lamp.", 400, 7000, 60 * MB, true, false), 0);
    assert_int_equal(say(b, "Turned on the lamp. Turned on the lamp."), 0);
    frames = (const int16_t *)(const void *)b->sound.data;
    n = b->sound.len / sizeof(*frames);
    assert_true(sound_ms(b) > 4 * 400 + 250 + 2 * 15 && sound_ms(b) < 4 * 480 + 250 + 2 * 15);
    for (size_t i = 1; i < n; i++)
        steepest = abs(frames[i] - frames[i - 1]) > steepest ? abs(frames[i] - frames[i - 1]) : steepest;
    assert_true(steepest < 13000 * 6.2832 * 250 / BANK_RATE_HZ * 1.3);
    for (size_t i = 0; i < BANK_RATE_HZ / 10; i++) { /* 100 ms within each of the first two */
        loud[0] += pow(frames[BANK_RATE_HZ / 5 + i], 2);
        loud[1] += pow(frames[BANK_RATE_HZ * 2 / 3 + i], 2);
    }
    assert_true(fabs(10 * log10(loud[0] / loud[1])) < 1.5);
}

static void test_says_one_at_a_time(void **state)
{
    struct bench *b = *state;
    struct bank_split none = { .n = 0 }, one = { .n = 1, .part = { { 0, 5 } } };

    keep(b, "Done.", 3000);
    assert_int_equal(bank_store_say(b->store, "Done.", &none, NULL), -EBUSY);
    assert_int_equal(bank_store_say(b->store, "Done.", &one, NULL), 0);
    assert_int_equal(bank_store_say(b->store, "Done.", &one, NULL), -EBUSY);
    bank_store_hush(b->store);
    steps(b);
    assert_int_equal(b->said, 0);
    b->hush_on_sound = true;
    str_clear(&b->sound);
    assert_int_equal(bank_store_say(b->store, "Done.", &one, NULL), 0);
    steps(b);
    assert_int_equal(b->said, 0);
    assert_true(sound_ms(b) > 0 && sound_ms(b) <= 500); /* no second piece of it */
    b->hush_on_sound = false;
    assert_int_equal(say(b, "Done."), 0);
}

/* ---- what is wrong on the disk ------------------------------------------------------------------ */

static void test_damaged(void **state)
{
    static const char *const damages[] = { "cut", "garbled", "empty", "gone", "a folder" };
    struct bench *b = *state;
    char path[DIR_PATH_BYTES];

    keep(b, "Turned on", 400);
    path_of(path, b, "the lamp.");
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        AUTO_FREE char *bytes = NULL;
        size_t len;

        keep(b, "the lamp.", 400);
        assert_int_equal(file_read(&bytes, &len, path, 1 << 20, NULL), 0);
        unlink(path);
        bytes[len / 2] ^= 1;
        if (i < 3)
            assert_int_equal(file_write(path, bytes, i == 0 ? len / 2 : i == 1 ? len : 0, 0640, NULL), 0);
        if (i == 4)
            assert_int_equal(mkdir(path, 0700), 0);
        assert_true(say(b, "Turned on the lamp.") < 0);
        assert_int_equal(b->sound.len, 0); /* not one sample of its sound half */
        if (i < 3) {
            assert_int_equal(b->said_code, -EBADMSG);
            assert_non_null(strstr(b->words, "thrown away"));
            assert_false(file_exists(path));
        }
        assert_false(bank_store_has(b->store, key("the lamp.")));
        assert_true(bank_store_has(b->store, key("Turned on")));
        rmdir(path);
    }
    assert_int_equal(say(b, "Turned on"), 0);
}

static void test_strange_files(void **state)
{
    static const char *const names[] = { "0123456789abcdef.voice.new", "x.voice", "notes.txt",
                                         "0123456789ABCDEF.voice", "0000000000000001.voice" };
    struct bench *b = *state;
    char path[DIR_PATH_BYTES], folder[DIR_PATH_BYTES];

    keep(b, "Done.", 300);
    snprintf(folder, sizeof(folder), "%s/" VOICE, b->dir);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%.500s/%s", folder, names[i]);
        assert_int_equal(file_write(path, "short", 5, 0600, NULL), 0);
    }
    bank_store_free(b->store);
    store_make(b);
    assert_int_equal(bank_store_index(b->store)->n, 1);
    assert_int_equal(dir_entries(folder), 1);
    assert_int_equal(say(b, "Done."), 0);
}

/* The folder cannot be made: told, and nothing is kept or said. */
static void test_no_folder(void **state)
{
    struct bench *b = *state;
    char path[DIR_PATH_BYTES];
    const int16_t frames[1] = { 1 };
    const struct bank_keep k = { "Done.", frames, 1, RATE, MB, true, true };

    snprintf(path, sizeof(path), "%s/" OTHER, b->dir);
    assert_int_equal(file_write(path, "in the way", 10, 0600, NULL), 0);
    bank_store_open(b->store, OTHER);
    steps(b);
    assert_false(bank_store_is_open(b->store));
    assert_int_equal(b->kept, 1);
    assert_true(b->kept_code < 0 && b->words[0]);
    assert_int_equal(bank_store_keep(b->store, &k, NULL), -EBUSY);
    unlink(path);
}

/* The folder goes away under way: the next piece is refused with words. */
static void test_folder_lost(void **state)
{
    struct bench *b = *state;
    char folder[DIR_PATH_BYTES];

    snprintf(folder, sizeof(folder), "%s/" VOICE, b->dir);
    assert_int_equal(dir_remove(folder), 0);
    assert_true(keep_hum(b, "Done.", 300, 8000, 60 * MB, true, false) < 0);
    assert_non_null(strstr(b->words, VOICE));
    assert_false(bank_store_has(b->store, key("Done.")));
    assert_false(bank_store_is_keeping(b->store));
}

/* ---- room ---------------------------------------------------------------------------------- */

static void test_who_gives_way(void **state)
{
    static const char *const texts[] = { "One.", "Two.", "Three.", "Four." };
    struct bench *b = *state;
    uint64_t room;

    for (size_t i = 0; i < 4; i++) {
        clock_advance_usec(&b->clock, 1000000);
        keep(b, texts[i], 500);
    }
    room = bank_store_index(b->store)->bytes + 11000; /* less than the room that one more is given */
    clock_advance_usec(&b->clock, 1000000);
    assert_int_equal(say(b, "One."), 0);       /* used last */
    bank_store_need(b->store, key("Two."));    /* needed */
    assert_int_equal(keep_hum(b, "Five.", 500, 8000, room, false, false), -ENOSPC);
    assert_int_equal(keep_hum(b, "Five.", 500, 8000, room, true, false), 0);
    assert_true(bank_store_has(b->store, key("One.")));
    assert_true(bank_store_has(b->store, key("Two.")));
    assert_false(bank_store_has(b->store, key("Three.")));
    assert_true(bank_store_has(b->store, key("Five.")));
    for (size_t i = 0; i < 4; i++)
        bank_store_need(b->store, key(texts[i]));
    bank_store_need(b->store, key("Five."));
    assert_int_equal(keep_hum(b, "Six.", 500, 8000, room, true, true), -ENOSPC);
    bank_store_need_none(b->store);
    assert_int_equal(keep_hum(b, "Six.", 500, 8000, room, true, true), 0);
    assert_true(bank_store_index(b->store)->bytes <= room + 12 * 1024);
    assert_int_equal(dir_entries(b->dir), 1);
}

/* What was said last before a stop counts after it: the file's time says so. */
static void test_use_is_remembered(void **state)
{
    struct bench *b = *state;
    const struct timeval old[2] = { { 1000, 0 }, { 1000, 0 } };
    char path[DIR_PATH_BYTES];

    keep(b, "One.", 500);
    keep(b, "Two.", 500);
    path_of(path, b, "One.");
    assert_int_equal(utimes(path, old), 0);
    path_of(path, b, "Two.");
    assert_int_equal(utimes(path, old), 0);
    assert_int_equal(say(b, "One."), 0);
    bank_store_free(b->store);
    store_make(b);
    assert_int_equal(bank_index_least(bank_store_index(b->store))->key, key("Two."));
}

static void test_what_is_not_kept(void **state)
{
    struct bench *b = *state;
    static int16_t loud[100] = { 20000 };
    const struct bank_keep nothing = { "Done.", loud, 0, RATE, MB, true, false };
    const struct bank_keep nameless = { "", loud, 100, RATE, MB, true, false };

    assert_int_equal(bank_store_keep(b->store, &nothing, NULL), -EINVAL);
    assert_int_equal(bank_store_keep(b->store, &nameless, NULL), -EINVAL);
    assert_int_equal(keep_hum(b, "Done.", 300, 0, MB, true, false), -ENODATA);
    assert_int_equal(keep_hum(b, "Done.", 20000, 8000, MB, true, false), -EINVAL);
    assert_int_equal(bank_store_index(b->store)->n, 0);
    keep(b, "Done.", 300);
}

/* ---- voices -------------------------------------------------------------------------------- */

static void test_another_voice(void **state)
{
    struct bench *b = *state;
    char mine[DIR_PATH_BYTES], other[DIR_PATH_BYTES], notes[DIR_PATH_BYTES];

    keep(b, "Done.", 300);
    snprintf(mine, sizeof(mine), "%s/" VOICE, b->dir);
    snprintf(other, sizeof(other), "%s/" OTHER, b->dir);
    snprintf(notes, sizeof(notes), "%s/notes.txt", b->dir);
    assert_int_equal(file_write(notes, "mine", 4, 0600, NULL), 0);
    bank_store_open(b->store, OTHER);
    assert_false(bank_store_has(b->store, key("Done."))); /* another voice never says it */
    steps(b);
    assert_int_equal(b->opened, 2);
    assert_int_equal(dir_entries(mine), 1); /* not yet: it may be wanted again */
    bank_store_open(b->store, VOICE);
    steps(b);
    assert_true(bank_store_has(b->store, key("Done.")));
    bank_store_open(b->store, OTHER);
    bank_store_sweep(b->store);
    steps(b);
    assert_int_equal(dir_entries(mine), -1);
    assert_int_equal(dir_entries(other), 0);
    bank_store_open(b->store, "");
    bank_store_sweep(b->store);
    steps(b);
    assert_int_equal(dir_entries(other), -1);
    assert_true(file_exists(notes)); /* what is not ours stays */
}

/* The voice changes while a piece is written and one is said: neither comes into the new one. */
static void test_changed_under_way(void **state)
{
    struct bench *b = *state;
    static int16_t loud[RATE];
    const struct bank_keep k = { "Two.", loud, RATE, RATE, MB, true, false };
    struct bank_split one = { .n = 1, .part = { { 0, 4 } } };

    for (size_t i = 0; i < RATE; i++)
        loud[i] = i % 50 < 25 ? 6000 : -6000;
    keep(b, "One.", 300);
    b->kept = 0;
    assert_int_equal(bank_store_keep(b->store, &k, NULL), 0);
    assert_int_equal(bank_store_say(b->store, "One.", &one, NULL), 0);
    bank_store_open(b->store, OTHER);
    steps(b);
    assert_int_equal(b->kept, 0);
    assert_int_equal(b->said, 0);
    assert_int_equal(b->sound.len, 0);
    assert_int_equal(bank_store_index(b->store)->n, 0);
    keep(b, "Three.", 300);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)
    static const struct CMUnitTest tests[] = {
        CASE(test_kept_and_said),     CASE(test_joints),       CASE(test_says_one_at_a_time),
        CASE(test_damaged),           CASE(test_strange_files), CASE(test_no_folder),
        CASE(test_folder_lost),       CASE(test_who_gives_way), CASE(test_use_is_remembered),
        CASE(test_what_is_not_kept),  CASE(test_another_voice), CASE(test_changed_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
