/* SPDX-License-Identifier: Apache-2.0 */
/* What a cover is by its name, where nobody wrote its class down: a guess may be too careful, never too
 * bold (docs/safety.md). */
#include "home/guess.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static enum device_class guess(const char *name, const char *alias, const char *area, const char *id)
{
    char a[64], n[64], r[64], i[64], *aliases[1] = { a };
    struct device d = { .name = n, .area = r, .id = i, .aliases = aliases, .kind = KIND_COVER };

    assert_true(str_copy(n, sizeof(n), name) && str_copy(r, sizeof(r), area) && str_copy(i, sizeof(i), id));
    if (alias) {
        assert_true(str_copy(a, sizeof(a), alias));
        d.aliases_n = 1;
    }
    return guess_class(&d);
}

static void names_of_many_languages(void **state)
{
    static const struct {
        const char *name;
        enum device_class want;
    } cases[] = {
        { "Garage", CLASS_GARAGE },           { "GARAGE DOOR", CLASS_GARAGE },     { "garage-door", CLASS_GARAGE },
        { "Garagenrolltor", CLASS_GARAGE },   { "Porte du garage", CLASS_GARAGE }, { "Puerta de la cochera", CLASS_GARAGE },
        { "Portão da garagem", CLASS_GARAGE }, { "Garagepoort", CLASS_GARAGE },    { "Garageport", CLASS_GARAGE },
        { "Brama garażowa", CLASS_GARAGE },   { "Garázsajtó", CLASS_GARAGE },      { "Garážová vrata", CLASS_GARAGE },
        { "Гаражные ворота", CLASS_GATE },    { "Гараж", CLASS_GARAGE },           { "Carport left", CLASS_GARAGE },
        { "Box auto", CLASS_GARAGE },         { "Gartentor", CLASS_GATE },         { "Einfahrtstor", CLASS_GATE },
        { "Gartenpforte", CLASS_GATE },       { "Schranke", CLASS_GATE },          { "Le portillon", CLASS_GATE },
        { "Barrière du jardin", CLASS_GATE }, { "Verja", CLASS_GATE },             { "Tuinhek", CLASS_NONE },
        { "Het hek", CLASS_GATE },            { "Cancello pedonale", CLASS_GATE }, { "Grind", CLASS_GATE },
        { "Kapu", CLASS_GATE },               { "Piharportti", CLASS_GATE },       { "Driveway gates", CLASS_GATE },
        { "Eingangstür", CLASS_DOOR },        { "Haustuer", CLASS_DOOR },          { "Terrassentüre", CLASS_DOOR },
        { "Porte d'entrée", CLASS_DOOR },     { "Puerta principal", CLASS_DOOR },  { "Porta finestra", CLASS_DOOR },
        { "Portone", CLASS_DOOR },            { "Ytterdörr", CLASS_DOOR },         { "Inngangsdør", CLASS_DOOR },
        { "Ulko-ovi", CLASS_DOOR },           { "Drzwi wejściowe", CLASS_DOOR },   { "Vstupní dveře", CLASS_DOOR },
        { "Bejárati ajtó", CLASS_DOOR },      { "Входная дверь", CLASS_DOOR },     { "Patio doors", CLASS_DOOR },
        { "Skylight", CLASS_WINDOW },         { "Dachfenster Bad", CLASS_WINDOW }, { "Fenêtre de toit", CLASS_WINDOW },
        { "Ventana", CLASS_WINDOW },          { "Janela", CLASS_WINDOW },          { "Dakraam", CLASS_WINDOW },
        { "Takfönster", CLASS_WINDOW },       { "Tagvindue", CLASS_WINDOW },       { "Kattoikkuna", CLASS_WINDOW },
        { "Okno", CLASS_WINDOW },             { "Ablak", CLASS_WINDOW },           { "Velux", CLASS_WINDOW },
        /* what opens nothing */
        { "Volet roulant", CLASS_NONE },      { "Rolladen Süd", CLASS_NONE },      { "Persiana", CLASS_NONE },
        { "Tapparella cucina", CLASS_NONE },  { "Rolluik", CLASS_NONE },           { "Markis", CLASS_NONE },
        { "Kaihdin", CLASS_NONE },            { "Шторы", CLASS_NONE },             { "Cover 1", CLASS_NONE },
        { "Motor", CLASS_GATE }, /* too careful, as it may be */
        { "", CLASS_NONE },                   { "!?", CLASS_NONE },                { "42", CLASS_NONE },
        { "Propagator", CLASS_GATE },         { "Doorbell chime", CLASS_NONE },    { "Windowsill", CLASS_NONE },
    };

    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum device_class got = guess(cases[i].name, NULL, "", "x");

        if (got != cases[i].want)
            print_message("'%s' is taken for '%s'\n", cases[i].name, device_class_name(got));
        wrong += got != cases[i].want;
    }
    assert_int_equal(wrong, 0);
}

/* Wherever a word that opens the house stands, and whatever stands beside it. */
static void no_word_makes_it_harmless(void **state)
{
    static const char *const forms[][3] = { { "", " ", "" }, { "the ", " of ", "" }, { "", " ", " 2" },
                                            { "left ", ", ", "" }, { "", "-", "" } };

    (void)state;
    for (size_t w = 0; w < COUNT(words); w++) {
        if (!words[w].is_strong)
            continue;
        for (size_t h = 0; h < COUNT(harmless); h++)
            for (size_t f = 0; f < 2 * COUNT(forms); f++) {
                const char *a = f % 2 ? words[w].word : harmless[h], *b = f % 2 ? harmless[h] : words[w].word;
                char name[64];

                snprintf(name, sizeof(name), "%s%s%s%s%s", forms[f / 2][0], a, forms[f / 2][1], b, forms[f / 2][2]);
                if (guess(name, NULL, "", "x") == CLASS_NONE)
                    fail_msg("'%s' opens with \"all the blinds\"", name);
            }
    }
}

/* A word counts in the name, then in the aliases, then in the id, then in the room. */
static void places(void **state)
{
    static const struct {
        const char *name, *alias, *area, *id;
        enum device_class want;
    } cases[] = {
        { "Cover", "garage door", "", "x", CLASS_GARAGE },
        { "Cover", "blind", "", "x", CLASS_NONE },
        { "Cover", NULL, "", "garage_door", CLASS_GARAGE },
        { "Cover", NULL, "", "front-gate", CLASS_GATE },
        { "Cover", NULL, "Garage", "x", CLASS_GARAGE },
        { "Cover", NULL, "Kitchen", "x", CLASS_NONE },
        { "Cover", NULL, "Gate house", "x", CLASS_NONE }, /* only a garage's room is no harmless one */
        { "Blind", NULL, "Garage", "x", CLASS_NONE },
        { "Blind", "garage door", "", "x", CLASS_GARAGE },
        { "Front door", "gate", "Garage", "garage", CLASS_DOOR }, /* the name first */
        { "Roller", "roller", "Garage", "x", CLASS_GARAGE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum device_class got = guess(cases[i].name, cases[i].alias, cases[i].area, cases[i].id);

        if (got != cases[i].want)
            fail_msg("row %zu: '%s' is taken for '%s'", i, cases[i].name, device_class_name(got));
    }
}

/* Whatever it is, it is one that is guarded: a guess never makes a gate a blind. */
static void only_guarded_classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        AUTO_STR key = STR_INIT;

        assert_true(device_is_guarded(KIND_COVER, words[i].class));
        fold_key(&key, words[i].word); /* else it could never stand in a folded name */
        assert_string_equal(str_text(&key), words[i].word);
    }
    for (size_t i = 0; i < COUNT(harmless); i++) {
        AUTO_STR key = STR_INIT;

        fold_key(&key, harmless[i]);
        assert_string_equal(str_text(&key), harmless[i]);
        assert_int_equal(guess(harmless[i], NULL, "", "x"), CLASS_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_many_languages),
        cmocka_unit_test(no_word_makes_it_harmless),
        cmocka_unit_test(places),
        cmocka_unit_test(only_guarded_classes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
