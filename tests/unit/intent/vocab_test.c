/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/vocab_test.c - the words of a language, the nearest of them, and what is never taken
 * for its opposite. */
#include "intent/opposites.h"
#include "intent/vocab.h"
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

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

static const char *const languages[] = { "en", "fr", "de", "es", "nl", "it" };

struct world { /* every language that is shipped */
    struct tongue *tongues[N_OF(languages)]; /* owned */
    struct opposites all;
};

static int world_open(void **state)
{
    const struct paths paths = { .etc = "/nowhere", .share = "rootfs-overlay/usr/share/jarvis" };
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    for (size_t i = 0; i < N_OF(languages); i++) {
        assert_int_equal(tongue_new(&w->tongues[i], &paths, languages[i], NULL), 0);
        assert_string_equal(str_text(&w->tongues[i]->complaints), "");
    }
    w->all = (struct opposites){ (const struct tongue *const *)w->tongues, N_OF(languages) };
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < N_OF(languages); i++)
        tongue_free(w->tongues[i]);
    free(w);
    return 0;
}

static bool allows(const struct opposites *o, const char *said, const char *word)
{
    uint32_t a[64], b[64];
    const size_t n = letters(a, said), m = letters(b, word);
    const struct vocab_word w = { .fold = b, .exact = b, .len = (uint8_t)m };

    return opposites_allow(o, a, n, &(struct vocab_near){ &w, vocab_edits(a, n, b, m, 5) });
}

static void text_of(char out[64], const struct skip_word *w)
{
    assert_true(w->len > 0 && w->len < 64);
    for (size_t i = 0; i < w->len; i++) {
        assert_in_range(w->fold[i], 'a', 'z'); /* one word, of base letters */
        out[i] = (char)w->fold[i];
    }
    out[w->len] = '\0';
}

/* Whatever one wrong letter makes of a word, it is never taken for the other one, and it is taken for
 * itself only where the other one is farther away. */
static void pair_is_kept_apart(const struct opposites *o, const char *word, const char *other)
{
    uint32_t cp[64];

    assert_true(opposites_has(o, cp, letters(cp, word)));
    assert_false(allows(o, word, other));
    for (size_t at = 0; word[at]; at++) { /* a letter is missing, or is another */
        char said[80];

        if (at > 0 || word[1]) { /* something is left of it */
            snprintf(said, sizeof(said), "%.*s%s", (int)at, word, word + at + 1);
            if (allows(o, said, other) && edits(said, word, 9) <= edits(said, other, 9) + 1)
                fail_msg("'%s' is taken for '%s', not for '%s'", said, other, word);
        }
        snprintf(said, sizeof(said), "%.*sx%s", (int)at, word, word + at + 1);
        if (allows(o, said, other) && edits(said, word, 9) <= edits(said, other, 9) + 1)
            fail_msg("'%s' is taken for '%s', not for '%s'", said, other, word);
    }
}

static void pairs_are_kept_apart(void **state)
{
    const struct world *w = *state;
    size_t n = 0;

    for (size_t i = 0; i < N_OF(languages); i++) {
        const struct opposite *row = w->tongues[i]->catalog->opposites;

        assert_non_null(row); /* a language without them would forgive too much */
        for (; row; row = row->next, n++) {
            char one[64], other[64];

            text_of(one, &row->one);
            text_of(other, &row->other);
            pair_is_kept_apart(&w->all, one, other);
            pair_is_kept_apart(&w->all, other, one);
        }
    }
    assert_true(n >= 120);
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
    const struct world *w = *state;
    const struct opposites english = { w->all.tongues, 1 };

    for (size_t i = 0; i < N_OF(cases); i++)
        if (allows(&w->all, cases[i].said, cases[i].word) != cases[i].want)
            fail_msg("%s for %s", cases[i].said, cases[i].word);
    assert_false(opposites_has(&w->all, (const uint32_t[]){ 'l', 'a', 'm', 'p' }, 4));
    /* each language knows its own */
    assert_true(allows(&english, "bloca", "blocca"));
    assert_false(allows(&english, "nlock", "unlock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted), cmocka_unit_test(words_are_found),
        cmocka_unit_test(the_nearest),       cmocka_unit_test(too_many_are_none),
        cmocka_unit_test_setup_teardown(pairs_are_kept_apart, world_open, world_close),
        cmocka_unit_test_setup_teardown(what_is_allowed, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
