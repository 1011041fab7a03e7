/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/french_test.c - what the French sentences understand, and what not. */
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static int load(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    struct err e = ERR_INIT;

    assert_non_null(h);
    if (house_load(h, "fr", house_french, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_string_equal(str_text(&h->complaints), "");
    h->area = (struct pair){ .key = "area", .value = "Cuisine" };
    *state = h;
    return 0;
}

static int unload(void **state)
{
    struct house *h = *state;

    house_done(h);
    free(h);
    return 0;
}

static void understood(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "allume la lumi\u00e8re de la cuisine", "HassTurnOn name=cuisine" },
        { "Allume la lumi\u00e8re de la cuisine !", "HassTurnOn name=cuisine" },
        { "allume la lumiere de la cuisine", "HassTurnOn name=cuisine" },
        { "allumer la lumi\u00e8re de la cuisine", "HassTurnOn name=cuisine" },
        { "Peux-tu allumer la lumi\u00e8re de la cuisine, s'il te pla\u00eet ?",
          "HassTurnOn name=cuisine" },
        { "peux tu allumer le plafonnier stp", "HassTurnOn name=cuisine" },
        { "jarvis, allume le plafonnier", "HassTurnOn name=cuisine" },
        { "allume le plafonnier", "HassTurnOn name=cuisine" },
        { "allumez le lustre", "HassTurnOn name=lustre" },
        { "mets le lustre en marche", "HassTurnOn name=lustre" },
        { "allume le lustre dans l'entr\u00e9e", "HassTurnOn area=Entr\u00e9e name=lustre" },
        { "active la cafeti\u00e8re", "HassTurnOn name=cafe" },
        { "d\u00e9marre la cafeti\u00e8re", "HassTurnOn name=cafe" },
        { "d\u00e9marre la cafetiere", "HassTurnOn name=cafe" },
        { "allume la t\u00e9l\u00e9", "HassTurnOn name=tele" },
        { "allume ma t\u00e9l\u00e9", "HassTurnOn name=tele" },
        { "allume la lampe de chevet", "HassTurnOn name=chevet" },
        { "allume les lumi\u00e8res du salon", "HassTurnOn area=Salon domain=light" },
        { "allume toutes les lumi\u00e8res du salon", "HassTurnOn area=Salon domain=light" },
        { "allume les lampes dans la chambre", "HassTurnOn area=Chambre domain=light" },
        { "allume la lumi\u00e8re dans l'entr\u00e9e", "HassTurnOn area=Entr\u00e9e domain=light" },
        { "allume la lumi\u00e8re de l'entr\u00e9e", "HassTurnOn area=Entr\u00e9e domain=light" },
        { "\u00e9claire la chambre", "HassTurnOn area=Chambre domain=light" },
        { "dans la chambre, allume les lumi\u00e8res", "HassTurnOn area=Chambre domain=light" },
        { "allume la lumi\u00e8re", "HassTurnOn area=Cuisine domain=light" },
        { "allume les lumi\u00e8res", "HassTurnOn area=Cuisine domain=light" },
        { "allume les lumi\u00e8res ici", "HassTurnOn area=Cuisine domain=light" },
        { "allume la lampe dans cette pi\u00e8ce", "HassTurnOn area=Cuisine domain=light" },
        { "lumi\u00e8re", "HassTurnOn area=Cuisine domain=light" },
        { "il fait trop sombre", "HassTurnOn area=Cuisine domain=light" },
        { "allume toutes les lumi\u00e8res", "HassTurnOn domain=light" },
        { "allume tout", "HassTurnOn domain=light" },
        { "allume les lumi\u00e8res partout", "HassTurnOn domain=light" },
        { "allume les lumi\u00e8res dans toute la maison", "HassTurnOn domain=light" },
        { "\u00e9teins la lumi\u00e8re de la cuisine", "HassTurnOff name=cuisine" },
        { "\u00e9teins le plafonnier", "HassTurnOff name=cuisine" },
        { "eteins la tele", "HassTurnOff name=tele" },
        { "\u00c9teins la t\u00e9l\u00e9.", "HassTurnOff name=tele" },
        { "\u00e9teindre la t\u00e9l\u00e9", "HassTurnOff name=tele" },
        { "coupe la cafeti\u00e8re", "HassTurnOff name=cafe" },
        { "arr\u00eate la cafeti\u00e8re", "HassTurnOff name=cafe" },
        { "d\u00e9sactive le po\u00eale", "HassTurnOff name=poele" },
        { "\u00e9teins les lumi\u00e8res du salon", "HassTurnOff area=Salon domain=light" },
        { "\u00e9teins la lumi\u00e8re dans la chambre", "HassTurnOff area=Chambre domain=light" },
        { "\u00e9teins la lumi\u00e8re", "HassTurnOff area=Cuisine domain=light" },
        { "\u00e9teins les lampes", "HassTurnOff area=Cuisine domain=light" },
        { "\u00e9teins toutes les lumi\u00e8res", "HassTurnOff domain=light" },
        { "\u00e9teins tout", "HassTurnOff domain=light" },
        { "ouvre la porte du garage", "HassTurnOn domain=cover name=garage" },
        { "ouvrir la porte du garage", "HassTurnOn domain=cover name=garage" },
        { "l\u00e8ve le volet de la chambre", "HassTurnOn domain=cover name=volet" },
        { "ouvre le volet de la chambre", "HassTurnOn domain=cover name=volet" },
        { "monte le volet de la chambre", "HassTurnOn domain=cover name=volet" },
        { "ferme la porte du garage", "HassTurnOff domain=cover name=garage" },
        { "ferme le volet de la chambre", "HassTurnOff domain=cover name=volet" },
        { "baisse le volet de la chambre", "HassTurnOff domain=cover name=volet" },
        { "descends le volet de la chambre", "HassTurnOff domain=cover name=volet" },
        { "ouvre les volets de la chambre", "HassTurnOn area=Chambre domain=cover" },
        { "ouvre les stores du salon", "HassTurnOn area=Salon domain=cover" },
        { "ferme les rideaux du salon", "HassTurnOff area=Salon domain=cover" },
        { "ferme les volets", "HassTurnOff area=Cuisine domain=cover" },
        { "ouvre les volets", "HassTurnOn area=Cuisine domain=cover" },
        { "ferme tous les volets", "HassTurnOff domain=cover" },
        { "ouvre les volets dans toute la maison", "HassTurnOn domain=cover" },
        { "arr\u00eate la porte du garage", "HassStopMoving domain=cover name=garage" },
        { "stoppe le volet de la chambre", "HassStopMoving domain=cover name=volet" },
        { "active la sc\u00e8ne soir\u00e9e cin\u00e9ma", "HassTurnOn domain=scene name=cinema" },
        { "lance soir\u00e9e cin\u00e9ma", "HassTurnOn domain=scene name=cinema" },
        { "active soir\u00e9e cin\u00e9ma", "HassTurnOn domain=scene name=cinema" },
        { "mode soir\u00e9e cin\u00e9ma", "HassTurnOn domain=scene name=cinema" },
        { "c'est l'heure de la soir\u00e9e cin\u00e9ma", "HassTurnOn domain=scene name=cinema" },
        { "bascule la t\u00e9l\u00e9", "HassToggle name=tele" },
        { "inverse le plafonnier", "HassToggle name=cuisine" },
        { "r\u00e8gle la lumi\u00e8re de la cuisine \u00e0 50 %",
          "HassLightSet brightness=50 name=cuisine" },
        { "r\u00e8gle la lumi\u00e8re de la cuisine \u00e0 50%",
          "HassLightSet brightness=50 name=cuisine" },
        { "r\u00e8gle le plafonnier sur cinquante pour cent",
          "HassLightSet brightness=50 name=cuisine" },
        { "mets la lampe de chevet \u00e0 vingt et un pour cent",
          "HassLightSet brightness=21 name=chevet" },
        { "mets la lampe de chevet \u00e0 vingt-et-un pour cent",
          "HassLightSet brightness=21 name=chevet" },
        { "mets la lampe de chevet \u00e0 soixante et onze pour cent",
          "HassLightSet brightness=71 name=chevet" },
        { "mets la lampe de chevet \u00e0 quatre-vingt-dix pour cent",
          "HassLightSet brightness=90 name=chevet" },
        { "mets la lampe de chevet \u00e0 quatre vingt dix pour cent",
          "HassLightSet brightness=90 name=chevet" },
        { "mets la lampe de chevet \u00e0 nonante pour cent",
          "HassLightSet brightness=90 name=chevet" },
        { "mets la lampe de chevet \u00e0 quatre-vingts %",
          "HassLightSet brightness=80 name=chevet" },
        { "mets le lustre \u00e0 fond", "HassLightSet brightness=100 name=lustre" },
        { "mets le lustre \u00e0 moiti\u00e9", "HassLightSet brightness=50 name=lustre" },
        { "lustre 30%", "HassLightSet brightness=30 name=lustre" },
        { "r\u00e8gle la luminosit\u00e9 du lustre \u00e0 40 %",
          "HassLightSet brightness=40 name=lustre" },
        { "baisse la luminosit\u00e9 du lustre", "HassLightSet brightness=30 name=lustre" },
        { "tamise le lustre", "HassLightSet brightness=30 name=lustre" },
        { "augmente le lustre", "HassLightSet brightness=100 name=lustre" },
        { "baisse le lustre \u00e0 20 %", "HassLightSet brightness=20 name=lustre" },
        { "mets les lumi\u00e8res du salon \u00e0 30 %",
          "HassLightSet area=Salon brightness=30 domain=light" },
        { "r\u00e8gle la luminosit\u00e9 du salon \u00e0 60 %",
          "HassLightSet area=Salon brightness=60 domain=light" },
        { "tamise les lumi\u00e8res de la chambre",
          "HassLightSet area=Chambre brightness=30 domain=light" },
        { "mets la lumi\u00e8re \u00e0 80 %",
          "HassLightSet area=Cuisine brightness=80 domain=light" },
        { "r\u00e8gle la luminosit\u00e9 \u00e0 dix pour cent",
          "HassLightSet area=Cuisine brightness=10 domain=light" },
        { "baisse la lumi\u00e8re", "HassLightSet area=Cuisine brightness=30 domain=light" },
        { "augmente la lumi\u00e8re", "HassLightSet area=Cuisine brightness=100 domain=light" },
        { "il fait trop clair", "HassLightSet area=Cuisine brightness=30 domain=light" },
        { "mets toutes les lumi\u00e8res \u00e0 15 %", "HassLightSet brightness=15 domain=light" },
        { "mets le lustre en bleu", "HassLightSet color=blue name=lustre" },
        { "mets la lampe de chevet en rouge", "HassLightSet color=red name=chevet" },
        { "colore le lustre en vert", "HassLightSet color=green name=lustre" },
        { "mets les lumi\u00e8res du salon en bleu",
          "HassLightSet area=Salon color=blue domain=light" },
        { "change la couleur du lustre en jaune", "HassLightSet color=yellow name=lustre" },
        { "mets la lumi\u00e8re en violet", "HassLightSet area=Cuisine color=purple domain=light" },
        { "ouvre le volet de la chambre \u00e0 30 %", "HassSetPosition name=volet position=30" },
        { "mets le volet de la chambre \u00e0 cinquante pour cent",
          "HassSetPosition name=volet position=50" },
        { "ouvre la porte du garage \u00e0 moiti\u00e9",
          "HassSetPosition name=garage position=50" },
        { "baisse les volets de la chambre \u00e0 20 %",
          "HassSetPosition area=Chambre domain=cover position=20" },
        { "r\u00e8gle le po\u00eale \u00e0 21 degr\u00e9s",
          "HassClimateSetTemperature name=poele temperature=21" },
        { "r\u00e8gle le po\u00eale sur 21,5 degr\u00e9s",
          "HassClimateSetTemperature name=poele temperature=21.5" },
        { "mets le po\u00eale \u00e0 vingt et un degr\u00e9s",
          "HassClimateSetTemperature name=poele temperature=21" },
        { "mets le chauffage \u00e0 vingt degr\u00e9s",
          "HassClimateSetTemperature area=Cuisine temperature=20" },
        { "mets le chauffage du salon \u00e0 19 degr\u00e9s",
          "HassClimateSetTemperature area=Salon temperature=19" },
        { "r\u00e8gle la temp\u00e9rature de la chambre \u00e0 dix-huit degr\u00e9s",
          "HassClimateSetTemperature area=Chambre temperature=18" },
        { "r\u00e8gle le thermostat \u00e0 20\u00b0",
          "HassClimateSetTemperature area=Cuisine temperature=20" },
        { "mets 20 degr\u00e9s dans la chambre",
          "HassClimateSetTemperature area=Chambre temperature=20" },
        { "chauffe la chambre \u00e0 20 degr\u00e9s",
          "HassClimateSetTemperature area=Chambre temperature=20" },
        { "quelle est la temp\u00e9rature dans la chambre",
          "HassClimateGetTemperature area=Chambre" },
        { "quelle temp\u00e9rature fait-il dans le salon", "HassClimateGetTemperature area=Salon" },
        { "quelle temp\u00e9rature fait-il", "HassClimateGetTemperature area=Cuisine" },
        { "combien fait-il dans le salon", "HassClimateGetTemperature area=Salon" },
        { "il fait combien", "HassClimateGetTemperature area=Cuisine" },
        { "fait-il froid dans la chambre", "HassClimateGetTemperature area=Chambre" },
        { "est-ce que la t\u00e9l\u00e9 est allum\u00e9e", "HassGetState name=tele state=on" },
        { "la t\u00e9l\u00e9 est-elle allum\u00e9e", "HassGetState name=tele state=on" },
        { "la t\u00e9l\u00e9 est allum\u00e9e", "HassGetState name=tele state=on" },
        { "est-ce que la lumi\u00e8re de la cuisine est \u00e9teinte",
          "HassGetState name=cuisine state=off" },
        { "la lumi\u00e8re de la cuisine est-elle \u00e9teinte",
          "HassGetState name=cuisine state=off" },
        { "est-ce que la porte du garage est ouverte", "HassGetState name=garage state=open" },
        { "la porte du garage est-elle ferm\u00e9e", "HassGetState name=garage state=closed" },
        { "la porte du garage est encore ouverte", "HassGetState name=garage state=open" },
        { "est-ce que les lumi\u00e8res du salon sont allum\u00e9es",
          "HassGetState area=Salon domain=light state=on" },
        { "quelles lumi\u00e8res sont allum\u00e9es", "HassGetState domain=light state=on" },
        { "est-ce que les volets de la chambre sont ferm\u00e9s",
          "HassGetState area=Chambre domain=cover state=closed" },
        { "quel est l'\u00e9tat de la porte du garage", "HassGetState name=garage" },
        { "comment va le po\u00eale", "HassGetState name=poele" },
        { "quelle est la temp\u00e9rature ext\u00e9rieure", "HassGetState name=dehors" },
        { "temp\u00e9rature ext\u00e9rieure", "HassGetState name=dehors" },
        { "combien indique la temp\u00e9rature ext\u00e9rieure", "HassGetState name=dehors" },
        { "quelle heure est-il", "HassGetCurrentTime" },
        { "Quelle heure est-il ?", "HassGetCurrentTime" },
        { "quelle heure il est", "HassGetCurrentTime" },
        { "il est quelle heure", "HassGetCurrentTime" },
        { "dis-moi l'heure", "HassGetCurrentTime" },
        { "tu as l'heure", "HassGetCurrentTime" },
        { "quelle est la date", "HassGetCurrentDate" },
        { "quelle est la date d'aujourd'hui", "HassGetCurrentDate" },
        { "quel jour sommes-nous", "HassGetCurrentDate" },
        { "on est quel jour", "HassGetCurrentDate" },
        { "on est le combien aujourd'hui", "HassGetCurrentDate" },
        { "quel jour on est", "HassGetCurrentDate" },
        { "laisse tomber", "HassNevermind" },
        { "oublie", "HassNevermind" },
        { "annule", "HassNevermind" },
        { "non laisse tomber", "HassNevermind" },
        { "tant pis", "HassNevermind" },
        { "stop", "JarvisStop" },
        { "tais-toi", "JarvisStop" },
        { "arr\u00eate de parler", "JarvisStop" },
        { "silence", "JarvisStop" },
        { "\u00e7a suffit", "JarvisStop" },
        { "merci", "JarvisThanks" },
        { "merci beaucoup", "JarvisThanks" },
        { "super merci", "JarvisThanks" },
        { "bravo", "JarvisThanks" },
        { "je te remercie", "JarvisThanks" },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;

        house_understand(&got, *state, cases[i].text);
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i].text, str_text(&got), cases[i].want);
    }
}

static void not_understood(void **state)
{
    static const char *const cases[] = {
        "allume le grille-pain",
        "allume",
        "la lumi\u00e8re de la cuisine",
        "r\u00e8gle le lustre \u00e0 101 %",
        "r\u00e8gle le lustre \u00e0 cent un pour cent",
        "mets le lustre en \u00e9cossais",
        "ouvre le plafonnier",
        "mets la porte du garage en bleu",
        "allume la lumi\u00e8re de la cuisineuse",
        "allumela t\u00e9l\u00e9",
        "mets le chauffage \u00e0 50 degr\u00e9s",
        "mets le chauffage \u00e0 quatre degr\u00e9s",
        "r\u00e8gle le po\u00eale \u00e0 21,3 degr\u00e9s",
        "est-ce que la porte du garage est allum\u00e9e",
        "est-ce que la t\u00e9l\u00e9 est ouverte",
        "\u00e9teins soir\u00e9e cin\u00e9ma",
        "raconte une blague",
        "qui \u00e9tait marie curie",
        "joue du jazz",
        "vingt et un",
        "pour cent",
        "cuisine",
        "tamise la porte du garage",
        "n'allume pas la t\u00e9l\u00e9",
        "allume la t\u00e9l\u00e9 et le lustre",
        "allume la t\u00e9l\u00e9 dans une heure",
        "merci pour rien",
        "quelle heure",
        "turn on the light",
    };

    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;

        house_understand(&got, *state, cases[i]);
        if (strcmp(str_text(&got), "-") != 0)
            fail_msg("'%s' gives '%s', but must not match", cases[i], str_text(&got));
    }
}

/* Where the room is not known, "the lights" are all of the house. */
static void room_not_known(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "allume la lumi\u00e8re", "HassTurnOn domain=light" },
        { "\u00e9teins les lumi\u00e8res", "HassTurnOff domain=light" },
        { "ferme les volets", "HassTurnOff domain=cover" },
        { "mets le chauffage \u00e0 20 degr\u00e9s", "HassClimateSetTemperature temperature=20" },
        { "il fait combien", "HassClimateGetTemperature" },
        { "baisse la lumi\u00e8re", "-" },
    };
    struct house *h = *state;
    struct pair area = h->area;

    h->area.value = NULL;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;

        house_understand(&got, h, cases[i].text);
        assert_string_equal(str_text(&got), cases[i].want);
    }
    h->area = area;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understood),
        cmocka_unit_test(not_understood),
        cmocka_unit_test(room_not_known),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
