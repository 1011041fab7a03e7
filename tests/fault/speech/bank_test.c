/* SPDX-License-Identifier: Apache-2.0 */
/* the voice bank without memory: phrases, splitting, pieces of sound as files, the table of them. What could not be
 * had leaves everything as it was. */
#include "fault/fault.h"
#include "speech/bank_file.h"
#include "speech/bank_index.h"
#include "speech/bank_parts.h"
#include "speech/bank_sound.h"
#include "speech/pcm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 2400 };

static const char phrases_text[] =
    "{\"language\": \"en\", \"whole\": [\"Done.\"], \"frames\": [\"Turned on {name}.\", {\"text\": \"Set {name} to {n}.\","
    " \"kinds\": 1}], \"places\": {\"name\": [\"the lamp\", {\"text\": \"the fan\", \"kinds\": 2}], \"n\": [\"1\"]},"
    " \"listed\": [\"name\"], \"joins\": [\"and\", \"or\"]}";
static cJSON *phrases;
static int16_t loud[SAMPLES];

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++)
        loud[i] = i % 80 < 40 ? 7000 : -7000;
    return json_parse(&phrases, phrases_text, strlen(phrases_text), NULL);
}

static int tear_down(void **state)
{
    (void)state;
    cJSON_Delete(phrases);
    return 0;
}

static int run_parts(void)
{
    struct bank_parts *p = NULL;
    int r = bank_parts_new(&p, phrases, NULL);

    assert_int_equal(r < 0, p == NULL);
    bank_parts_free(p);
    return r;
}

static bool has_all(uint64_t key, void *user)
{
    (*(size_t *)user)++;
    return key != 0;
}

/* Without memory a text has no name; then it is not said from the bank, and no half of it is. */
static int run_split(void)
{
    static const char text[] = "Turned on the lamp.";
    struct bank_split s;
    size_t asked = 0;

    bank_split(&s, text, has_all, &asked);
    for (size_t i = 0, at = 0; i < s.n; i++) {
        assert_int_equal(s.part[i].from, at);
        at += s.part[i].len + 1;
        assert_true(i + 1 < s.n || at == sizeof(text));
    }
    return fault_hit() ? -ENOMEM : s.n == 1 ? 0 : -EIO;
}

/* Pieces go on coming; one that could not be made is left out. */
static int run_next(void)
{
    static struct bank_parts *p;
    AUTO_STR text = STR_INIT;
    bool needed;
    size_t n = 0;

    if (!p && bank_parts_new(&p, phrases, NULL) < 0)
        return -ENOMEM;
    bank_parts_rewind(p);
    while (bank_parts_next(p, &text, &needed)) {
        assert_true(text.len > 0 && !text.failed);
        n++;
    }
    if (fault_hit())
        return -ENOMEM;
    p = bank_parts_free(p);
    return n > 8 ? 0 : -EIO;
}

static int run_file(void)
{
    AUTO_STR bytes = STR_INIT;
    AUTO(bank_reader_freep) struct bank_reader *reader = NULL;
    static int16_t out[SAMPLES];
    struct bank_file f;
    int r = bank_file_put(&bytes, loud, SAMPLES, 100, NULL);

    if (r == 0)
        r = bank_file_parse(&f, bytes.data, bytes.len, NULL);
    if (r == 0)
        r = bank_reader_new(&reader, &f, NULL);
    assert_int_equal(r == 0, reader != NULL);
    return r < 0 ? r : bank_reader_take(reader, out, SAMPLES) == SAMPLES ? 0 : -EIO;
}

static int run_sound(void)
{
    int16_t *made = NULL;
    size_t n = 77;
    int r = bank_sound_make(&made, &n, loud, SAMPLES, 16000, NULL);

    assert_int_equal(r < 0, made == NULL);
    assert_true(r == 0 || n == 77);
    free(made);
    return r;
}

/* What was in the table before stays in it. */
static int run_index(void)
{
    struct bank_index x = { .list = NULL };
    struct bank_entry entry = { .key = 1, .bytes = 10 };
    int r = 0;

    for (; entry.key <= 1000 && r == 0; entry.key += r == 0)
        r = bank_index_add(&x, &entry);
    assert_int_equal(x.n, entry.key - 1);
    assert_int_equal(x.bytes, 10 * x.n);
    for (uint64_t key = 1; key < entry.key; key++)
        assert_non_null(bank_index_find(&x, key));
    bank_index_done(&x);
    return r;
}

static int run_pcm(void)
{
    struct pcm a = { .frames = NULL }, b = { .frames = NULL };
    int r = 0;

    for (int i = 0; i < 40 && r == 0; i++) {
        r = pcm_add(&a, loud, SAMPLES, 16000);
        assert_int_equal(a.count, (size_t)(i + (r == 0)) * SAMPLES);
    }
    if (r == 0 && !pcm_copy(&b, &a))
        r = -ENOMEM;
    assert_true(r < 0 || b.count == a.count);
    assert_int_equal(pcm_add(&a, loud, 0, 7999), -EBADMSG);
    pcm_done(&a);
    pcm_done(&b);
    return r;
}

FAULT_TEST(parts, run_parts())
FAULT_TEST(split, run_split())
FAULT_TEST(next, run_next())
FAULT_TEST(file, run_file())
FAULT_TEST(sound, run_sound())
FAULT_TEST(table, run_index())
FAULT_TEST(pcm, run_pcm())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts), cmocka_unit_test(split), cmocka_unit_test(next), cmocka_unit_test(file),
        cmocka_unit_test(sound), cmocka_unit_test(table), cmocka_unit_test(pcm),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
