/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/vocab_test.c - the words of a language, the nearest of them, and what is never taken
 * for its opposite. */
#include "intent/opposites.h"
#include "intent/vocab.h"
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static size_t letters(uint32_t ret[64], const char *word)
{
    size_t n = 0;

    for (; word[n]; n++)
        ret[n] = (unsigned char)word[n];
    assert_true(n < 64);
    return n;
}

static unsigned edits(const char *a, const char *b, unsigned most)
{
    uint32_t x[64], y[64];
    const size_t n = letters(x, a), m = letters(y, b);

    return vocab_edits(x, n, y, m, most);
}

static void edits_are_counted(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned most, want;
    } cases[] = {
        { "lamp", "lamp", 2, 0 },     { "lamp", "lmap", 2, 1 },     { "lamp", "lam", 2, 1 },
        { "lamp", "lampp", 2, 1 },    { "lamp", "lump", 2, 1 },     { "lamp", "palm", 3, 3 },
        { "lamp", "blind", 2, 3 },    { "lamp", "lamppost", 2, 3 }, { "", "ab", 2, 2 },
        { "", "", 0, 0 },             { "ab", "ba", 1, 1 },         { "abcd", "badc", 3, 2 },
        { "lamp", "lump", 0, 1 },     { "unlock", "lock", 3, 2 },   { "on", "off", 3, 2 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        const unsigned there = edits(cases[i].a, cases[i].b, cases[i].most);

        if (there != cases[i].want || edits(cases[i].b, cases[i].a, cases[i].most) != there)
            fail_msg("%s %s: %u", cases[i].a, cases[i].b, there);
    }
    assert_int_equal(edits("a", "a23456789012345678901234567890123", 2), 3); /* longer than any word */
}

static const char sentences[] =
    "language: en\nskip_words: [please, \"would you\"]\n"
    "lists: { shade: { values: [{ in: \"light[ish] grey\", out: grey }, blue] } }\n"
    "expansion_rules: { lamps: \"(light|lamp)[s]\" }\n"
    "intents: { HassTurnOn: { data: [{ sentences: [\"turn on [the] <lamps>\", \"(dim|brighten){x}\",\n"
    "  \"don't {name} temp[erature] {shade:color}\"], slots: { domain: light } }] } }\n";

static struct vocab *vocab_of(struct house *h, const char *devices)
{
    struct vocab *v = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(house_parse(h, "en", sentences, strlen(sentences), devices, &e), 0);
    assert_int_equal(vocab_new(&v, h->catalog, h->names, &e), 0);
    return v;
}

static const struct vocab_word *find(const struct vocab *v, const char *word)
{
    uint32_t cp[64];
    const size_t n = letters(cp, word);

    return vocab_find(v, cp, n);
}

static void words_are_found(void **state)
{
    static const char *const words[] = { "turn", "on", "the", "light", "lights", "lamp", "lamps", "please",
                                         "would", "you", "don", "t", "temp", "temperature", "lightish",
                                         "grey", "blue", "dim", "brighten" };
    static const char *const none[] = { "", "turnon", "s", "erature", "lampss", "kitchens", "don't",
                                        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop" };
    AUTO(house_done) struct house h = { 0 };
    AUTO(vocab_freep) struct vocab *v = vocab_of(&h, house_english);

    (void)state;
    for (size_t i = 0; i < N_OF(words); i++)
        if (!find(v, words[i]))
            fail_msg("no %s", words[i]);
    for (size_t i = 0; i < N_OF(none); i++)
        if (find(v, none[i]))
            fail_msg("there is %s", none[i]);
    assert_true(find(v, "kitchen") && find(v, "kitchen")->is_name);
    assert_false(find(v, "turn")->is_name);
}

static void the_nearest(void **state)
{
    static const struct {
        const char *said, *want; /* "": nothing */
    } cases[] = {
        { "ligth", "light" },  { "lihgts", "lights" },       { "turm", "turn" },  { "plese", "please" },
        { "trun", "turn" },    { "brihgtne", "brighten" },   { "kichen", "kitchen" },
        { "thw", "" }, /* too short to be mended */
        { "on2", "" },         { "lamp2", "" },              { "xylophone", "" }, { "dm", "" },
        { "temperatura", "temperature" }, { "tempratur", "temperature" }, { "tmpratur", "" },
    };
    AUTO(house_done) struct house h = { 0 };
    AUTO(vocab_freep) struct vocab *v = vocab_of(&h, house_english);

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct vocab_near near[VOCAB_NEAR_MAX];
        uint32_t cp[64];
        const size_t n = vocab_nearest(near, v, cp, letters(cp, cases[i].said));
        char got[64] = "";

        for (size_t k = 0; n == 1 && k < near[0].word->len; k++)
            got[k] = (char)near[0].word->fold[k];
        got[n == 1 ? near[0].word->len : 0] = '\0';
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: %zu, %s", cases[i].said, n, got);
    }
}

/* "lam" is as near to more words than can be asked about: none of them is taken. */
static void too_many_are_none(void **state)
{
    static const char more[] =
        "language: en\nintents: { HassTurnOn: { data: [{ sentences: [\"(band|hand|land|sand|wand) {name}\"] }] } }\n";
    AUTO(house_done) struct house h = { 0 };
    AUTO(vocab_freep) struct vocab *v = NULL;
    struct vocab_near near[VOCAB_NEAR_MAX];
    uint32_t cp[64];

    (void)state;
    assert_int_equal(house_parse(&h, "en", more, strlen(more), house_english, NULL), 0);
    assert_int_equal(vocab_new(&v, h.catalog, NULL, NULL), 0);
    assert_int_equal(vocab_nearest(near, v, cp, letters(cp, "rand")), 0);
    assert_int_equal(vocab_nearest(near, v, cp, letters(cp, "hands")), 1);
}

/* ---- opposites ---------------------------------------------------------------------------------- */

static bool allows(const char *said, const char *word)
{
    uint32_t a[64], b[64];
    const size_t n = letters(a, said), m = letters(b, word);

    return opposites_allow(a, n, b, m, vocab_edits(a, n, b, m, 5));
}

/* Whatever one wrong letter makes of a word, it is never taken for the other one, and it is taken for
 * itself only where the other one is farther away. */
static void pairs_are_kept_apart(void **state)
{
    (void)state;
    assert_true(opposites_n > 100);
    for (size_t i = 0; i < opposites_n; i++) {
        const char *pair[2] = { opposites_table[i].one, opposites_table[i].other };

        for (size_t k = 0; k < 2; k++) {
            const char *word = pair[k], *other = pair[1 - k];
            uint32_t cp[64];

            assert_true(opposites_has(cp, letters(cp, word)));
            assert_false(allows(word, other));
            for (size_t at = 0; word[at]; at++) { /* a letter is missing, or is another */
                char said[64];

                snprintf(said, sizeof(said), "%.*s%s", (int)at, word, word + at + 1);
                if (allows(said, other) && edits(said, word, 9) <= edits(said, other, 9) + 1)
                    fail_msg("'%s' is taken for '%s', not for '%s'", said, other, word);
                snprintf(said, sizeof(said), "%.*sx%s", (int)at, word, word + at + 1);
                if (allows(said, other) && edits(said, word, 9) <= edits(said, other, 9) + 1)
                    fail_msg("'%s' is taken for '%s', not for '%s'", said, other, word);
            }
        }
    }
}

static void what_is_allowed(void **state)
{
    static const struct {
        const char *said, *word;
        bool want;
    } cases[] = {
        { "opne", "open", true },        { "clsoe", "close", true },   { "unlok", "unlock", true },
        { "nlock", "lock", false },      { "nlock", "unlock", false }, { "ulock", "lock", false },
        { "lampp", "lamp", true },       { "verouille", "verrouille", true },
        { "deverouille", "deverrouille", true },                       { "averrouille", "verrouille", false },
        { "ausschaltn", "ausschalten", true },  { "asschalten", "ausschalten", false },
        { "anschalten", "ausschalten", false }, { "enschalten", "einschalten", true },
        { "sblocc", "blocca", false },   { "bloca", "blocca", false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        if (allows(cases[i].said, cases[i].word) != cases[i].want)
            fail_msg("%s for %s", cases[i].said, cases[i].word);
    assert_false(opposites_has((const uint32_t[]){ 'l', 'a', 'm', 'p' }, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted), cmocka_unit_test(words_are_found),
        cmocka_unit_test(the_nearest),       cmocka_unit_test(too_many_are_none),
        cmocka_unit_test(pairs_are_kept_apart), cmocka_unit_test(what_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
