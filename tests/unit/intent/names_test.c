/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/names_test.c - names that are shared, that are also words, and in every way in
 * which people write them. */
#include "unit/intent/world.h"

/* Names that several devices bear, or that are also words of the language. */
static void names_that_are_shared(void **state)
{
    static const char devices[] =
        "[{\"id\":\"a\",\"name\":\"Ceiling\",\"area\":\"Bedroom\",\"kind\":\"light\"},"
        " {\"id\":\"b\",\"name\":\"Ceiling\",\"area\":\"Kitchen\",\"kind\":\"light\"},"
        " {\"id\":\"c\",\"name\":\"Ceiling\",\"area\":\"Attic\",\"kind\":\"cover\",\"class\":\"shutter\"},"
        " {\"id\":\"d\",\"name\":\"Free lamp\",\"kind\":\"light\"},"
        " {\"id\":\"e\",\"name\":\"Heater\",\"area\":\"Attic\",\"kind\":\"switch\"},"
        " {\"id\":\"f\",\"name\":\"Heater\",\"area\":\"Attic\",\"kind\":\"climate\"},"
        " {\"id\":\"g\",\"name\":\"B\u00fcro\",\"kind\":\"light\"},"
        " {\"id\":\"h\",\"name\":\"Buro\",\"kind\":\"light\"},"
        " {\"id\":\"i\",\"name\":\"Lights\",\"area\":\"Garage\",\"kind\":\"light\"},"
        " {\"id\":\"j\",\"name\":\"all lights\",\"area\":\"Garage\",\"kind\":\"light\"},"
        " {\"id\":\"k\",\"name\":\"on\",\"kind\":\"switch\"},"
        " {\"id\":\"l\",\"name\":\"Blinds\",\"area\":\"Garage\",\"kind\":\"cover\",\"class\":\"blind\"},"
        " {\"id\":\"l2\",\"name\":\"Left\",\"area\":\"Garage\",\"kind\":\"cover\",\"class\":\"blind\"},"
        " {\"id\":\"m\",\"name\":\"Shade\",\"area\":\"Kitchen\",\"kind\":\"cover\",\"class\":\"shade\"},"
        " {\"id\":\"o\",\"name\":\"Awning\",\"area\":\"Yard\",\"kind\":\"cover\",\"class\":\"awning\"},"
        " {\"id\":\"p\",\"name\":\"Curtains\",\"area\":\"Attic\",\"kind\":\"cover\",\"class\":\"curtain\"},"
        " {\"id\":\"q\",\"name\":\"TV\",\"area\":\"Garage\",\"kind\":\"switch\"},"
        " {\"id\":\"r\",\"name\":\"Everything\",\"area\":\"Garage\",\"kind\":\"switch\"}]";
    static const struct {
        const char *area, *text;
        const char *want; /* device, several with '|' (to be asked), "" for no match, "=" and
                           * area or domain for no device at all */
    } cases[] = {
        { "Kitchen", "turn on the ceiling", "b" },
        { "Bedroom", "turn on the ceiling", "a" },
        { "Cellar", "turn on the ceiling", "a|b" },
        { "", "turn on the ceiling", "a|b" },
        { "Kitchen", "turn on the ceiling in the bedroom", "a" },
        { "Kitchen", "turn on the bedroom ceiling", "a" }, /* as the recogniser can hear it */
        { "", "turn on the kitchen ceiling", "b" },
        { "Bedroom", "turn off the ceiling in the kitchen", "b" },
        { "Kitchen", "turn on the bedroom free lamp", "" },
        { "Kitchen", "open the ceiling", "c" },
        { "Kitchen", "turn on the ceiling in the attic", "" },
        { "Kitchen", "turn on the free lamp in the attic", "d" },
        { "Kitchen", "turn on the heater", "e" },
        { "Kitchen", "turn on the b\u00fcro", "g" },
        { "Kitchen", "turn on the buro", "h" },
        { "Kitchen", "turn off the lights", "=Kitchen" },
        { "Kitchen", "turn off the lights in the bedroom", "=Bedroom" },
        /* a name for several is one device's where its room is said, or where it is all there is */
        { "Garage", "turn off the lights", "=Garage" },
        { "Kitchen", "turn off the lights in the garage", "i" },
        { "", "turn off the lights", "=light" },
        { "", "turn on the light", "=light" },
        { "Kitchen", "turn on all lights", "=light" },
        { "Garage", "turn on all lights", "=light" },
        { "", "turn on all lights", "=light" },
        { "Kitchen", "turn on on", "k" },
        { "Kitchen", "turn on the lights", "=Kitchen" },
        /* the class that a word says is a word of the language like any other */
        { "Kitchen", "open the blinds", "=Kitchen" },
        { "Bedroom", "open the blinds", "l" }, /* there is none here: nothing else can be meant */
        { "", "open the blinds", "=cover" },
        { "Garage", "close the blinds", "=Garage" },
        { "Kitchen", "close the blinds in the garage", "l" },
        { "", "open all the blinds", "=cover" },
        { "Kitchen", "open the awning", "o" },
        { "", "open the curtains", "p" }, /* the only ones */
        { "Cellar", "turn off everything", "=" },
        { "Kitchen", "turn off the tv", "q" },
    };
    struct world *w = *state;

    move_in(w, devices);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *found = NULL;
        AUTO_STR got = STR_INIT;
        const cJSON *slots, *candidate, *name;
        int r;

        str_copy(w->settings.device_area, sizeof(w->settings.device_area), cases[i].area);
        r = intent_understand(&found, w->intent, cases[i].text, NULL);
        slots = cJSON_GetObjectItem(found, "slots");
        name = cJSON_GetObjectItem(slots, "name");
        cJSON_ArrayForEach(candidate, cJSON_GetObjectItem(found, "candidates"))
            str_addf(&got, "%s%s", got.len ? "|" : "", candidate->valuestring);
        assert_int_equal(r == -ENOTUNIQ, got.len > 0);
        if (r == 0 && name)
            str_add(&got, json_str(name, "value", ""));
        if (r == 0 && !name)
            str_addf(&got, "=%s",
                     json_str(cJSON_GetObjectItem(slots, "area"), "value",
                              json_str(cJSON_GetObjectItem(slots, "domain"), "value", "")));
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' in '%s' gives '%s', not '%s'", cases[i].text, cases[i].area,
                     str_text(&got), cases[i].want);
    }
}

/* A room by its further names, in every language that is installed; its value is the one name. */
static void rooms_of_several_names(void **state)
{
    static const char devices[] =
        "[{\"id\":\"a\",\"name\":\"Lamp\",\"area\":\"Kitchen\",\"area_aliases\":[\"K\u00fcche\",\"cuisine\",7],"
        "  \"kind\":\"light\"},"
        " {\"id\":\"b\",\"name\":\"Spot\",\"area\":\"Kitchen\",\"area_aliases\":[\"K\u00fcche\",\"cuisine\"],"
        "  \"kind\":\"light\"},"
        " {\"id\":\"c\",\"name\":\"Lampe\",\"area\":\"Room 2\",\"area_aliases\":[\"chambre\",\"Kitchen\"],"
        "  \"kind\":\"light\"}]";
    static const struct {
        const char *text, *said; /* said: NULL for no match */
    } rows[] = {
        { "turn off the lights in the kitchen", "kitchen" },
        { "turn off the lights in the k\u00fcche", "k\u00fcche" },
        { "turn off the kuche lights", "kuche" },
        { "\u00e9teins les lumi\u00e8res de la cuisine", "cuisine" },
        { "turn off the lights in the cellar", NULL },
    };
    struct world *w = *state;

    move_in(w, devices);
    for (size_t i = 0; i < N_OF(rows); i++) {
        const cJSON *area;

        tell(w, MSG_UNDERSTAND, rows[i].text, NULL);
        drain(w);
        area = cJSON_GetObjectItem(cJSON_GetObjectItem(w->last[MSG_INTENT].json, "slots"), "area");
        if (w->last[MSG_INTENT].code == 0 ? !rows[i].said || strcmp(json_str(area, "text", ""), rows[i].said) != 0 ||
                                                strcmp(json_str(area, "value", ""), "Kitchen") != 0
                                          : rows[i].said != NULL)
            fail_msg("'%s': %d %s = %s", rows[i].text, w->last[MSG_INTENT].code, json_str(area, "text", "-"),
                     json_str(area, "value", "-"));
    }
    /* another alias is another house */
    tell(w, MSG_DEVICES, NULL, "[{\"id\":\"a\",\"name\":\"Lamp\",\"area\":\"Kitchen\",\"area_aliases\":[\"cuisine\",\"cellar\"],"
                               "\"kind\":\"light\"}]");
    settle(w);
    tell(w, MSG_UNDERSTAND, "turn off the lights in the cellar", NULL);
    drain(w);
    assert_int_equal(w->last[MSG_INTENT].code, 0);
    tell(w, MSG_SETTINGS, "device.area", NULL); /* the box may stand in a room by any of its names */
    str_copy(w->settings.device_area, sizeof(w->settings.device_area), "cuisine");
    settle(w);
    tell(w, MSG_UNDERSTAND, "lights off", NULL);
    drain(w);
    assert_string_equal(json_str(cJSON_GetObjectItem(cJSON_GetObjectItem(w->last[MSG_INTENT].json, "slots"), "area"),
                                 "value", ""), "Kitchen");
}

/* Each name in each way that people write it. */
static void names_as_people_write_them(void **state)
{
    static const char devices[] =
        "[{\"id\":\"tv\",\"name\":\"TV 2\",\"kind\":\"switch\"},"
        " {\"id\":\"lamp\",\"name\":\"Lamp-2\",\"kind\":\"switch\"},"
        " {\"id\":\"two\",\"name\":\"Plug two\",\"kind\":\"switch\"},"
        " {\"id\":\"room\",\"name\":\"Room21b\",\"kind\":\"switch\"},"
        " {\"id\":\"kueche\",\"name\":\"K\u00fcche-Lampe\",\"kind\":\"switch\"},"
        " {\"id\":\"kyle\",\"name\":\"Kyle's office\",\"kind\":\"switch\"},"
        " {\"id\":\"kids\",\"name\":\"Kids fan\",\"kind\":\"switch\"},"
        " {\"id\":\"street\",\"name\":\"Stra\u00dfe\",\"kind\":\"switch\"},"
        " {\"id\":\"isik\",\"name\":\"I\u015f\u0131k\",\"kind\":\"switch\"},"
        " {\"id\":\"lodz\",\"name\":\"\u0141\u00f3d\u017a\",\"kind\":\"switch\"},"
        " {\"id\":\"fires\",\"name\":\"\u041e\u0433\u043d\u0438\",\"kind\":\"switch\"},"
        " {\"id\":\"lantern\",\"name\":\"\u0645\u0635\u0628\u0627\u062d\","
        "  \"kind\":\"switch\"},"
        " {\"id\":\"hey\",\"name\":\"Jarvis plug\",\"kind\":\"switch\"},"
        " {\"id\":\"x\",\"name\":\"Sono_Switch  2\",\"kind\":\"switch\"}]";
    static const char *const cases[][2] = {
        { "tv 2", "tv" },
        { "TV2", "tv" },
        { "tv two", "tv" },
        { "tv-2", "tv" },
        { "tv 3", "" },
        { "tv 22", "" },
        { "lamp 2", "lamp" },
        { "lamp-2", "lamp" },
        { "lamp two", "lamp" },
        { "lamp2", "lamp" },
        { "plug 2", "two" },
        { "plug2", "two" },
        { "plug two", "two" },
        { "room 21 b", "room" },
        { "room 21b", "room" },
        { "room twenty one b", "room" },
        { "kuche lampe", "kueche" },
        { "k\u00fcche lampe", "kueche" },
        { "KU\u0308CHE_LAMPE", "kueche" },
        { "kyle's office", "kyle" },
        { "Kyle\u2019s office", "kyle" },
        { "kyles office", "kyle" },
        { "kid's fan", "kids" },
        { "kids' fan", "kids" },
        { "strasse", "street" },
        { "STRASSE", "street" },
        { "isik", "isik" },
        { "I\u015eIK", "isik" },
        { "lodz", "lodz" },
        { "\u041e\u0413\u041d\u0418", "fires" },
        { "\u0645\u0650\u0635\u0652\u0628\u064e\u0627\u062d", "lantern" },
        { "\u0645\u0635\u0640\u0628\u0627\u062d", "lantern" },
        { "jarvis plug", "hey" },
        { "jarvis plug please", "hey" },
        { "sono switch 2", "x" },
        { "sono-switch two", "x" },
        { "'tv 2'", "tv" },
    };
    struct world *w = *state;

    move_in(w, devices);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT;
        AUTO_JSON *found = NULL;
        const char *got;

        str_addf(&text, "turn on the %s", cases[i][0]);
        intent_understand(&found, w->intent, str_text(&text), NULL);
        got = json_str(cJSON_GetObjectItem(cJSON_GetObjectItem(found, "slots"), "name"), "value",
                       "");
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("'%s' gives '%s', not '%s'", str_text(&text), got, cases[i][1]);
    }
}

/* As many as there may be: each is understood. */
static void two_thousand(void **state)
{
    struct world *w = *state;
    AUTO_STR devices = STR_INIT;

    str_add(&devices, "[");
    for (int i = 0; i < NAMES_DEVICES_MAX + 1; i++)
        str_addf(&devices,
                 "%s{\"id\":\"d%d\",\"name\":\"Lamp %d\",\"area\":\"Room %d\",\"kind\":\"light\"}",
                 i ? "," : "", i, i, i % 150);
    str_add(&devices, "]");
    start(w);
    tell(w, MSG_DEVICES, NULL, str_text(&devices));
    settle(w);
    for (int i = 0; i < NAMES_DEVICES_MAX + 1; i += 97) {
        AUTO_STR text = STR_INIT, want = STR_INIT;
        AUTO_JSON *found = NULL;
        const cJSON *name;

        str_addf(&text, "set the lamp%s%d to 40 percent", i % 2 ? " " : "-", i);
        str_addf(&want, "d%d", i);
        assert_int_equal(intent_understand(&found, w->intent, str_text(&text), NULL), 0);
        name = cJSON_GetObjectItem(cJSON_GetObjectItem(found, "slots"), "name");
        assert_string_equal(json_str(name, "value", ""), str_text(&want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rooms_of_several_names),
        CASE(names_that_are_shared),
        CASE(names_as_people_write_them),
        CASE(two_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
