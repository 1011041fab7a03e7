/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_parts_test.c - what answers fall apart into: the pieces of a house, that every answer made
 * of its frames and values can be put together from them, in few pieces, and that strange phrases are left out. */
#include "speech/bank_parts.h"

#include "speech/bank_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- keys ---------------------------------------------------------------------------------- */

static uint64_t key(const char *text)
{
    return bank_key(text, strlen(text));
}

static void test_keys(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "the lamp", "The lamp", true },
        { "the lamp", "the lamp,", true }, /* rendered with one anyway */
        { "École", "école", true },
        { "the lamp", "the lamp.", false }, /* the voice falls */
        { "the lamp.", "the lamp?", false },
        { "the lamp", "the Lamp", false },
        { "40", "41", false },
    };
    char large[PARTS_TEXT_BYTES_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if ((key(cases[i].a) == key(cases[i].b)) != cases[i].same)
            fail_msg("%s, %s", cases[i].a, cases[i].b);
    assert_int_equal(key(""), 0);
    assert_int_equal(key(" , "), 0);
    assert_int_equal(key("\xff"), 0);
    memset(large, 'a', sizeof(large));
    assert_int_equal(bank_key(large, sizeof(large)), 0);
    assert_true(bank_key(large, PARTS_TEXT_BYTES_MAX) != 0);
}

/* ---- splitting ----------------------------------------------------------------------------- */

static bool has_one_of(uint64_t wanted, void *user)
{
    for (const char *const *t = user; *t; t++)
        if (key(*t) == wanted)
            return true;
    return false;
}

/* The pieces with bars between them; "": none. */
static void split_text(char *to, size_t size, const char *text, const char *const *kept)
{
    struct bank_split s;
    size_t n = 0;

    bank_split(&s, text, has_one_of, (void *)kept);
    to[0] = '\0';
    for (size_t i = 0; i < s.n; i++)
        n += (size_t)snprintf(to + n, size - n, "%s%.*s", i ? "|" : "", (int)s.part[i].len,
                              text + s.part[i].from);
}

static void test_split(void **state)
{
    static const char *const kept[] = { "Turned on", "the lamp.", "the lamp", "and the fan.",
                                        "the fan",   "Set the lamp", "Set", "to 40 percent.",
                                        "to", "40", "percent.", "Done.", "Lequel :", "ou le volet ?",
                                        "la lampe", NULL };
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "Done.", "Done." },
        { "Turned on the lamp.", "Turned on|the lamp." },
        { "turned on  the lamp.", "turned on|the lamp." }, /* blanks do not count between pieces */
        { "Turned on the lamp and the fan.", "Turned on|the lamp|and the fan." },
        { "Turned on the fan, the lamp and the fan.", "Turned on|the fan,|the lamp|and the fan." },
        { "Set the lamp to 40 percent.", "Set the lamp|to 40 percent." }, /* not the five words */
        { "Set the fan to 40 percent.", "Set|the fan|to 40 percent." },
        { "Done. Turned on the lamp.", "Done.|Turned on|the lamp." },
        { "Lequel : la lampe ou le volet ?", "Lequel :|la lampe|ou le volet ?" },
        { "Set the lamp to 41 percent.", "" },
        { "Turned on the lamp", "Turned on|the lamp" },
        { "Turned on", "Turned on" },
        { "", "" },
        { "   ", "" },
        { "?", "" },
    };
    char said[400];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        split_text(said, sizeof(said), cases[i].text, kept);
        if (strcmp(said, cases[i].want) != 0)
            fail_msg("'%s': '%s'", cases[i].text, said);
    }
}

/* What is too long is no answer of a house; the most pieces are BANK_SPLIT_MAX. */
static void test_split_bounds(void **state)
{
    static const char *const kept[] = { "a", NULL };
    AUTO_STR text = STR_INIT;
    struct bank_split s;

    (void)state;
    for (size_t n = 1; n <= BANK_SPLIT_WORDS + 1; n++) {
        str_add(&text, n > 1 ? " a" : "a");
        bank_split(&s, str_text(&text), has_one_of, (void *)kept);
        assert_int_equal(s.n, n <= BANK_SPLIT_MAX ? n : 0);
    }
}

/* ---- the pieces of a house -------------------------------------------------------------------- */

struct pieces {
    struct bank_index keys;
    struct str all; /* a line each; needed ones begin with '+' */
    size_t n, extra;
};

static struct bank_parts *parts_of(const char *json)
{
    struct bank_parts *p = NULL;
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;

    if (json_parse(&j, json, strlen(json), &e) < 0 || bank_parts_new(&p, j, &e) < 0)
        fail_msg("%s", e.text);
    return p;
}

static void pieces_take(struct pieces *to, struct bank_parts *p)
{
    AUTO_STR text = STR_INIT;
    bool needed;

    *to = (struct pieces){ .n = 0 };
    while (bank_parts_next(p, &text, &needed)) {
        const struct bank_entry entry = { .key = key(str_text(&text)), .needed = needed };

        assert_true(entry.key != 0);
        assert_null(strchr(str_text(&text), '{'));
        str_addf(&to->all, "%c%s\n", needed ? '+' : '-', str_text(&text));
        to->n += needed;
        to->extra += !needed;
        assert_int_equal(bank_index_add(&to->keys, &entry), 0);
    }
}

static void pieces_done(struct pieces *p)
{
    bank_index_done(&p->keys);
    str_done(&p->all);
}

static bool is_piece(uint64_t k, void *user)
{
    return bank_index_find(&((struct pieces *)user)->keys, k) != NULL;
}

static void expect_said(struct pieces *p, const char *text, size_t most)
{
    struct bank_split s;

    bank_split(&s, text, is_piece, p);
    if (s.n == 0 || s.n > most)
        fail_msg("'%s' in %zu pieces of\n%s", text, s.n, str_text(&p->all));
}

static const char small_house[] =
    "{\"language\": \"en\", \"whole\": [\"Done.\", \"Sorry, I did not understand.\"],"
    " \"frames\": [\"Turned on {name}.\", \"Shall I open {name}?\", \"Set {name} to {n} percent.\","
    "  \"{name} {is} {state}.\", \"{name} {is} {state}\","
    "  \"Dimmed all the lights by {n} percent, to {n}.\", \"It is {time}.\"],"
    " \"places\": {\"name\": [\"the lamp\", \"the fan\", \"the heater\"], \"is\": [\"is\", \"are\"],"
    "  \"state\": [\"on\", \"off\"], \"n\": [\"0\", \"1\", \"40\"], \"time\": [\"7:45\"]},"
    " \"listed\": [\"name\"], \"joins\": [\"and\", \"or\"]}";

/* In a small house nearly every answer is one piece, and every one can be said. */
static void test_small_house(void **state)
{
    AUTO(bank_parts_freep) struct bank_parts *p = parts_of(small_house);
    AUTO(pieces_done) struct pieces all;

    (void)state;
    assert_string_equal(bank_parts_language(p), "en");
    pieces_take(&all, p);
    assert_int_equal(all.extra, 0);
    expect_said(&all, "Sorry, I did not understand.", 1);
    expect_said(&all, "Turned on the lamp.", 1);
    expect_said(&all, "Set the fan to 40 percent.", 1);
    expect_said(&all, "The lamp is on.", 1);
    expect_said(&all, "It is 7:45.", 1);
    expect_said(&all, "Turned on the lamp and the fan.", 3);
    expect_said(&all, "Turned on the lamp, the heater and the fan.", 4);
    expect_said(&all, "Shall I open the lamp or the fan?", 3);
    expect_said(&all, "The lamp is on, the fan is off.", 3);
    expect_said(&all, "Dimmed all the lights by 40 percent, to 1.", 2);
    assert_null(strstr(str_text(&all.all), "{"));
}

/* {n} values "0", "1" ... */
static void values_add(struct str *to, const char *name, const char *before, int n)
{
    str_addf(to, "\"%s\": [", name);
    for (int i = 0; i < n; i++)
        str_addf(to, "%s\"%s%d\"", i ? ", " : "", before, i);
    str_add(to, "]");
}

static void large_house(struct str *to, int names, int frames)
{
    str_add(to, "{\"language\": \"en\", \"frames\": [\"Set {name} to {n} percent.\", "
                "\"Moved {kinds} in {area} to {n} percent.\", \"{name} {is} {state}.\", "
                "\"Raised it by {n} percent, to {n}.\", \"Dimmed all the lights by {n} percent.\"");
    for (int i = 0; i < frames; i++)
        str_addf(to, ", \"Did thing %d with {name}.\"", i);
    str_add(to, "], \"places\": {\"is\": [\"is\"], \"state\": [\"on\", \"off\"], \"kinds\": [\"the lights\"], ");
    values_add(to, "name", "the lamp ", names);
    str_add(to, ", ");
    values_add(to, "area", "the room ", 30);
    str_add(to, ", ");
    values_add(to, "n", "", 101);
    str_add(to, "}, \"listed\": [\"name\"], \"joins\": [\"and\"]}");
}

/* In a large one names are pieces of their own first; with their frames they are extras. Pieces are counted in
 * thousands, not in products. */
static void test_large_house(void **state)
{
    AUTO_STR json = STR_INIT;
    AUTO(bank_parts_freep) struct bank_parts *p = NULL;
    AUTO(pieces_done) struct pieces all;

    (void)state;
    large_house(&json, 200, 40);
    p = parts_of(str_text(&json));
    pieces_take(&all, p);
    if (all.n > 3000 || all.extra != 41 * 200) /* "{name}" alone is needed already */
        fail_msg("%zu needed, %zu extra", all.n, all.extra);
    expect_said(&all, "Did thing 7 with the lamp 123.", 1);
    expect_said(&all, "Set the lamp 9 to 99 percent.", 2);
    expect_said(&all, "Moved the lights in the room 3 to 17 percent.", 2);
    expect_said(&all, "The lamp 5 is off.", 2);
    expect_said(&all, "Dimmed all the lights by 12 percent.", 2);
    expect_said(&all, "Raised it by 12 percent, to 100.", 3);
    expect_said(&all, "Did thing 7 with the lamp 1, the lamp 2 and the lamp 3.", 5);
}

/* Without the extras everything can be said as well. */
static void test_needed_is_enough(void **state)
{
    AUTO_STR json = STR_INIT;
    AUTO(bank_parts_freep) struct bank_parts *p = NULL;
    AUTO(pieces_done) struct pieces all, needed = { .n = 0 };
    AUTO_STR text = STR_INIT;
    bool is_needed = true;

    (void)state;
    large_house(&json, 200, 40);
    p = parts_of(str_text(&json));
    pieces_take(&all, p);
    bank_parts_rewind(p);
    while (bank_parts_next(p, &text, &is_needed) && is_needed) {
        const struct bank_entry entry = { .key = key(str_text(&text)), .needed = true };

        needed.n++;
        assert_int_equal(bank_index_add(&needed.keys, &entry), 0);
    }
    assert_int_equal(needed.n, all.n); /* needed ones come first */
    expect_said(&needed, "Did thing 7 with the lamp 123.", 2);
    expect_said(&needed, "Set the lamp 9 to 99 percent.", 3);
    expect_said(&needed, "The lamp 5 is off.", 2);
}

/* A frame about covers is said of covers only. */
static void test_kinds(void **state)
{
    AUTO(bank_parts_freep) struct bank_parts *p = parts_of(
        "{\"language\": \"en\", \"frames\": [{\"text\": \"Opened {name} now.\", \"kinds\": 4}],"
        " \"places\": {\"name\": [{\"text\": \"the blind\", \"kinds\": 4}, {\"text\": \"the lamp\","
        " \"kinds\": 1}]}}");
    AUTO(pieces_done) struct pieces all;

    (void)state;
    pieces_take(&all, p);
    assert_string_equal(str_text(&all.all), "+Opened the blind now.\n");
}

static void test_strange_phrases(void **state)
{
    static const struct {
        const char *name, *json, *want;
    } cases[] = {
        { "nothing", "{\"language\": \"en\"}", "" },
        { "wrong types", "{\"language\": \"en\", \"whole\": {\"a\": 1}, \"frames\": \"x\", \"places\": [1, 2]}",
          "" },
        { "numbers for texts", "{\"language\": \"en\", \"whole\": [1, null, \"Yes.\"]}", "+Yes.\n" },
        { "an unknown place", "{\"language\": \"en\", \"frames\": [\"It is {nothing} here.\", \"It is {x}.\"],"
          " \"places\": {\"x\": [\"so\"]}}", "+It is so.\n" },
        { "a place without values", "{\"language\": \"en\", \"frames\": [\"It is {x}.\"], \"places\": {\"x\": []}}",
          "" },
        { "a brace that stays open", "{\"language\": \"en\", \"frames\": [\"It is {x\"], \"places\": {\"x\": "
          "[\"so\"]}}", "" },
        { "the same twice", "{\"language\": \"en\", \"whole\": [\"Yes.\", \"Yes.\"]}", "+Yes.\n" },
        { "blanks", "{\"language\": \"en\", \"whole\": [\"\", \"Yes. \"], \"frames\": [\"  It  is {x}. \"], "
          "\"places\": {\"x\": [\"so\"]}}", "+Yes.\n+  It  is so.\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(bank_parts_freep) struct bank_parts *p = parts_of(cases[i].json);
        AUTO(pieces_done) struct pieces all;

        pieces_take(&all, p);
        if (strcmp(str_text(&all.all), cases[i].want) != 0)
            fail_msg("%s: '%s'", cases[i].name, str_text(&all.all));
    }
}

static void test_no_language(void **state)
{
    struct bank_parts *p = NULL;
    AUTO_JSON *j = cJSON_CreateObject();
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(bank_parts_new(&p, j, &e), -EINVAL);
    assert_int_equal(bank_parts_new(&p, NULL, &e), -EINVAL);
    assert_null(p);
    assert_non_null(strstr(e.text, "without a language"));
}

/* A value of 10 KB, ten thousand values, two thousand frames: bounded, and what fits is there. */
static void test_bounds(void **state)
{
    AUTO(bank_parts_freep) struct bank_parts *p = NULL;
    AUTO(pieces_done) struct pieces all;
    AUTO_STR json = STR_INIT;

    (void)state;
    str_add(&json, "{\"language\": \"en\", \"whole\": [\"");
    for (int i = 0; i < 10000; i++)
        str_add_char(&json, 'a');
    str_add(&json, "\"], \"frames\": [\"{n}.\"");
    for (int i = 0; i < 2000; i++)
        str_addf(&json, ", \"Frame %d.\"", i);
    str_add(&json, "], \"places\": {");
    values_add(&json, "n", "", 10000);
    str_add(&json, "}}");
    p = parts_of(str_text(&json));
    pieces_take(&all, p);
    assert_int_equal(all.n, PARTS_TEXTS_MAX + PARTS_FRAMES_MAX - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),         cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_bounds), cmocka_unit_test(test_small_house),
        cmocka_unit_test(test_large_house),  cmocka_unit_test(test_needed_is_enough),
        cmocka_unit_test(test_kinds),        cmocka_unit_test(test_strange_phrases),
        cmocka_unit_test(test_no_language),  cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
