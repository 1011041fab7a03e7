/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/state_test.c - a device's state as words, as JSON and back, and the values of
 * commands: each bound from both sides. */
#include "home/device_state.h"

#include "home/fill.h"
#include "home/guess.h"
#include "home/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define B(prop) (1u << PROP_##prop)

static struct device device_of(enum device_kind kind, enum device_class class)
{
    return (struct device){ .id = (char *)"d", .name = (char *)"D", .area = (char *)"", .kind = kind,
                            .class = class };
}

/* clang-format off */
static const struct {
    enum device_kind kind;
    enum device_class class;
    const char *on, *off;
} words[] = {
    { KIND_LIGHT, CLASS_NONE, "on", "off" },
    { KIND_SWITCH, CLASS_NONE, "on", "off" },
    { KIND_CLIMATE, CLASS_NONE, "on", "off" },
    { KIND_SCENE, CLASS_NONE, "on", "off" },
    { KIND_COVER, CLASS_NONE, "open", "closed" },
    { KIND_COVER, CLASS_BLIND, "open", "closed" },
    { KIND_COVER, CLASS_GARAGE, "open", "closed" },
    { KIND_LOCK, CLASS_NONE, "locked", "unlocked" },
    { KIND_BINARY_SENSOR, CLASS_NONE, "on", "off" },
    { KIND_BINARY_SENSOR, CLASS_DOOR, "open", "closed" },
    { KIND_BINARY_SENSOR, CLASS_GARAGE, "open", "closed" },
    { KIND_BINARY_SENSOR, CLASS_GATE, "open", "closed" },
    { KIND_BINARY_SENSOR, CLASS_WINDOW, "open", "closed" },
    { KIND_BINARY_SENSOR, CLASS_BATTERY, "low", "normal" },
    { KIND_BINARY_SENSOR, CLASS_LOCK, "unlocked", "locked" }, /* on means unlocked: the other way round */
    { KIND_BINARY_SENSOR, CLASS_MOISTURE, "wet", "dry" },
    { KIND_BINARY_SENSOR, CLASS_PLUG, "plugged", "unplugged" },
    { KIND_BINARY_SENSOR, CLASS_PROBLEM, "problem", "ok" },
    { KIND_BINARY_SENSOR, CLASS_SMOKE, "detected", "clear" },
    { KIND_BINARY_SENSOR, CLASS_CARBON_MONOXIDE, "detected", "clear" },
    { KIND_BINARY_SENSOR, CLASS_MOTION, "detected", "clear" },
    { KIND_BINARY_SENSOR, CLASS_TAMPER, "detected", "clear" },
};

static const struct {
    enum device_kind kind;
    const char *unit;
    struct device_state s;
    const char *json, *summary;
} states[] = {
    { KIND_LIGHT, NULL, { .known = 0 }, "{}", "" },
    { KIND_LIGHT, NULL, { .known = B(POWER), .on = true }, "{'state':'on','summary':'on'}", "on" },
    { KIND_LIGHT, NULL, { .known = B(POWER) | B(BRIGHTNESS), .on = true, .brightness_percent = 78 },
      "{'state':'on','brightness':78,'summary':'on, 78 %'}", "on, 78 %" },
    { KIND_LIGHT, NULL, { .known = B(POWER) | B(BRIGHTNESS), .brightness_percent = 78 },
      "{'state':'off','brightness':78,'summary':'off'}", "off" }, /* what it would be is not told */
    { KIND_LIGHT, NULL, { .known = B(BRIGHTNESS), .brightness_percent = 1 },
      "{'brightness':1,'summary':'1 %'}", "1 %" },
    { KIND_LIGHT, NULL, { .known = B(POWER) | B(COLOR) | B(COLOR_TEMP), .on = true, .kelvin = 2700,
      .color = "#ff8800" }, "{'state':'on','color':'#ff8800','color_temp':2700,'summary':'on'}", "on" },
    { KIND_LIGHT, NULL, { .known = B(POWER) | B(ONLINE), .on = true },
      "{'state':'on','available':false,'summary':'not reachable'}", "not reachable" },
    { KIND_LIGHT, NULL, { .known = B(POWER), .on = true, .stale = true, .at_ms = 1700000000000 },
      "{'state':'on','stale':true,'at':1700000000000,'summary':'on'}", "on" },
    { KIND_COVER, NULL, { .known = B(POWER) | B(POSITION), .on = true, .position_percent = 40 },
      "{'state':'open','position':40,'summary':'open, 40 %'}", "open, 40 %" },
    { KIND_COVER, NULL, { .known = B(POWER) | B(POSITION) },
      "{'state':'closed','position':0,'summary':'closed, 0 %'}", "closed, 0 %" },
    { KIND_CLIMATE, NULL, { .known = B(POWER) | B(TARGET) | B(MEASURED), .on = true, .mode = "heat",
      .target = 20.5, .measured = 19.8 },
      "{'state':'on','mode':'heat','target':20.5,'temperature':19.8,'summary':'on, 19.8\u00b0, set to 20.5\u00b0'}",
      "on, 19.8\u00b0, set to 20.5\u00b0" },
    { KIND_SENSOR, "\u00b0C", { .known = B(MEASURED), .measured = -3.25 },
      "{'state':-3.25,'unit':'\u00b0C','summary':'-3.25 \u00b0C'}", "-3.25 \u00b0C" },
    { KIND_SENSOR, NULL, { .known = B(MEASURED), .measured = 0 }, "{'state':0,'summary':'0'}", "0" },
    { KIND_SENSOR, "lx", { .known = B(MEASURED), .text = "dark" }, "{'state':'dark','summary':'dark'}", "dark" },
    { KIND_LOCK, NULL, { .known = B(POWER), .on = true }, "{'state':'locked','summary':'locked'}", "locked" },
};

/* What a kept document says, and what of it is taken; NULL: nothing, the state is untouched. */
static const struct {
    enum device_kind kind;
    const char *json, *taken;
} kept[] = {
    { KIND_LIGHT, "{}", NULL },
    { KIND_LIGHT, "{'state':7}", NULL },
    { KIND_LIGHT, "{'state':'open'}", NULL }, /* the device was a cover then */
    { KIND_LIGHT, "{'mode':'heat','at':5}", NULL },
    { KIND_LIGHT, "{'brightness':100}", "{'brightness':100,'stale':true,'summary':'100 %'}" },
    { KIND_LIGHT, "{'brightness':100.5}", NULL },
    { KIND_LIGHT, "{'brightness':-1}", NULL },
    { KIND_LIGHT, "{'brightness':'50'}", NULL },
    { KIND_LIGHT, "{'color_temp':20000}", "{'color_temp':20000,'stale':true}" },
    { KIND_LIGHT, "{'color_temp':20001}", NULL },
    { KIND_LIGHT, "{'color':'#12ab00'}", "{'color':'#12ab00','stale':true}" },
    { KIND_LIGHT, "{'color':'#12ab0'}", NULL },
    { KIND_LIGHT, "{'color':'#12ab000'}", NULL },
    { KIND_LIGHT, "{'color':'1234567'}", NULL },
    { KIND_LIGHT, "{'color':'#<b>ad!'}", NULL },
    { KIND_LIGHT, "{'state':'on','stale':false}", "{'state':'on','stale':true,'summary':'on'}" },
    { KIND_LIGHT, "{'state':'on','brightness':999}", "{'state':'on','stale':true,'summary':'on'}" },
    { KIND_COVER, "{'state':'closed','position':0}",
      "{'state':'closed','position':0,'stale':true,'summary':'closed, 0 %'}" },
    { KIND_SENSOR, "{'state':'wet'}", "{'state':'wet','stale':true,'summary':'wet'}" },
    { KIND_SENSOR, "{'state':''}", NULL },
    { KIND_SENSOR, "{'state':21}", "{'state':21,'stale':true,'summary':'21'}" },
    { KIND_CLIMATE, "{'temperature':19}", "{'temperature':19,'stale':true,'summary':'19\u00b0'}" },
};
/* clang-format on */

/* Tables are written with ' for ": they are JSON all the same. */
static char *quoted(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    for (char *c = copy; c && *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

static void a_state_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(words); i++) {
        const struct device d = device_of(words[i].kind, words[i].class);

        if (strcmp(state_power_word(true, &d), words[i].on) != 0 ||
            strcmp(state_power_word(false, &d), words[i].off) != 0)
            fail_msg("row %zu: %s, %s", i, state_power_word(true, &d), state_power_word(false, &d));
    }
}

/* As JSON and in words; and back again, where it is old. */
static void a_state_goes_to_json_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(states); i++) {
        struct device d = device_of(states[i].kind, CLASS_NONE);
        AUTO_FREE char *want = quoted(states[i].json), *got = NULL;
        AUTO_JSON *j = NULL;
        AUTO_STR summary = STR_INIT;
        struct device_state back = { .at_ms = 99 }, as_old = states[i].s;

        d.unit = (char *)states[i].unit;
        j = state_json(&states[i].s, &d);
        got = json_text(j);
        assert_string_equal(got, want);
        state_summary(&summary, &states[i].s, &d);
        assert_string_equal(str_text(&summary), states[i].summary);
        state_keep(&back, j, &d);
        if (states[i].s.known == 0) {
            assert_int_equal(back.at_ms, 99);
            continue;
        }
        as_old.stale = true;
        as_old.known &= ~B(ONLINE); /* whether it is there now, nobody knows */
        if (!state_is_same(&back, &as_old) || back.at_ms != as_old.at_ms)
            fail_msg("row %zu: %s does not come back", i, got);
    }
}

static void of_what_was_kept_only_what_fits_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(kept); i++) {
        const struct device d = device_of(kept[i].kind, CLASS_NONE);
        AUTO_FREE char *text = quoted(kept[i].json), *want = quoted(kept[i].taken), *got = NULL;
        AUTO_JSON *j = NULL, *back = NULL;
        struct device_state s = { .at_ms = 99 };

        assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
        state_keep(&s, j, &d);
        if (!want) {
            if (s.known != 0 || s.stale || s.at_ms != 99)
                fail_msg("%s was taken", text);
            continue;
        }
        back = state_json(&s, &d);
        got = json_text(back);
        assert_string_equal(got, want);
    }
}

/* Each field counts, but the time. */
static void states_are_the_same_or_not(void **state)
{
    const struct device_state a = { .known = B(POWER), .color = "#000000", .target = 20 };
    struct device_state b[] = { a, a, a, a, a, a, a, a, a, a, a, a, a };

    (void)state;
    b[0].known |= B(COLOR);
    b[1].on = true;
    b[2].online = true;
    b[3].stale = true;
    b[4].brightness_percent = 1;
    b[5].kelvin = 1;
    b[6].position_percent = 1;
    b[7].target = 20.01;
    b[8].target = 19.99;
    b[9].measured = -0.1;
    b[10].color[6] = '1';
    b[11].text[0] = 'x';
    b[12].mode[0] = 'x';
    for (size_t i = 0; i < N_OF(b); i++)
        if (state_is_same(&a, &b[i]) || state_is_same(&b[i], &a))
            fail_msg("difference %zu is not seen", i);
    b[0] = a;
    b[0].at_ms = 5;
    assert_true(state_is_same(&a, &b[0]));
}

/* ---- values of commands -------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    enum act_command command;
    const char *json;
    double want; /* of a color: its number */
    const char *words; /* NULL: it is taken */
} values[] = {
    { ACT_BRIGHTNESS, "0", 0, NULL },
    { ACT_BRIGHTNESS, "100", 100, NULL },
    { ACT_BRIGHTNESS, "'42'", 42, NULL },
    { ACT_BRIGHTNESS, "100.01", 0, "a level of 100.01 is outside 0 to 100" },
    { ACT_BRIGHTNESS, "-1", 0, "a level of -1 is outside 0 to 100" },
    { ACT_BRIGHTNESS, "'12 percent'", 0, "level: a number is needed" },
    { ACT_BRIGHTNESS, "''", 0, "level: a number is needed" },
    { ACT_BRIGHTNESS, "true", 0, "level: a number is needed" },
    { ACT_BRIGHTNESS, "null", 0, "level: a number is needed" },
    { ACT_BRIGHTNESS, "[50]", 0, "level: a number is needed" },
    { ACT_BRIGHTNESS, "'nan'", 0, "a level of nan is outside 0 to 100" },
    { ACT_BRIGHTNESS, "'inf'", 0, "a level of inf is outside 0 to 100" },
    { ACT_BRIGHTNESS_STEP, "-100", -100, NULL },
    { ACT_BRIGHTNESS_STEP, "101", 0, "a level of 101 is outside -100 to 100" },
    { ACT_COLOR_TEMP, "1000", 1000, NULL },
    { ACT_COLOR_TEMP, "999", 0, "a level of 999 is outside 1000 to 12000" },
    { ACT_COLOR_TEMP_STEP, "-10000", -10000, NULL },
    { ACT_POSITION, "101", 0, "a level of 101 is outside 0 to 100" },
    { ACT_POSITION_STEP, "-100", -100, NULL },
    { ACT_TEMPERATURE, "5", 5, NULL },
    { ACT_TEMPERATURE, "35", 35, NULL },
    { ACT_TEMPERATURE, "35.5", 0, "a level of 35.5 is outside 5 to 35" },
    { ACT_TEMPERATURE, "4.9", 0, "a level of 4.9 is outside 5 to 35" },
    { ACT_TEMPERATURE_STEP, "-20", -20, NULL },
    { ACT_TEMPERATURE_STEP, "-20.5", 0, "a level of -20.5 is outside -20 to 20" },
    { ACT_COLOR, "'red'", 0xff0000, NULL },
    { ACT_COLOR, "'Turquoise'", 0x40e0d0, NULL },
    { ACT_COLOR, "'#00fF7f'", 0x00ff7f, NULL },
    { ACT_COLOR, "'#00ff7'", 0, "the color '#00ff7' is not known" },
    { ACT_COLOR, "'#00ff7g'", 0, "the color '#00ff7g' is not known" },
    { ACT_COLOR, "'reddish'", 0, "the color 'reddish' is not known" },
    { ACT_COLOR, "16711680", 0, "the color '?' is not known" },
    { ACT_ON, "'anything'", -7, NULL },  /* takes no value: untouched */
    { ACT_STOP, "null", -7, NULL },
};
/* clang-format on */

static void a_value_is_taken_within_its_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(values); i++) {
        AUTO_FREE char *text = quoted(values[i].json), *doc = NULL;
        AUTO_JSON *j = NULL;
        double number = -7;
        unsigned rgb = 7;
        struct err e = ERR_INIT;
        int r;

        assert_true(asprintf(&doc, "{\"slots\":{\"v\":{\"value\":%s,\"text\":\"t\"}}}", text) > 0);
        assert_int_equal(json_parse(&j, doc, strlen(doc), NULL), 0);
        r = value_of_command(&number, &rgb, values[i].command,
                             value_item(cJSON_GetObjectItem(j, "slots"), "v"), "level", &e);
        if (values[i].words) {
            assert_int_equal(r, -EINVAL);
            assert_string_equal(err_text(&e), values[i].words);
            assert_true(number < -6.9 && number > -7.1 && rgb == 7); /* untouched */
            continue;
        }
        if (r < 0)
            fail_msg("%s: %s", values[i].json, err_text(&e));
        if (values[i].command == ACT_COLOR)
            number = rgb;
        assert_true(number <= values[i].want && number >= values[i].want);
    }
}

static void a_slot_stands_alone_or_with_its_words(void **state)
{
    static const char doc[] = "{\"plain\":\"a\",\"said\":{\"value\":\"b\",\"text\":\"bee\"},"
                              "\"meant\":{\"value\":\"c\",\"text\":\"\"},\"bare\":{\"value\":4}}";
    AUTO_JSON *j = NULL;

    (void)state;
    assert_int_equal(json_parse(&j, doc, strlen(doc), NULL), 0);
    assert_string_equal(value_text(j, "plain"), "a");
    assert_string_equal(value_text(j, "said"), "b");
    assert_string_equal(value_text(j, "meant"), "c");
    assert_null(value_text(j, "bare"));
    assert_null(value_text(j, "none"));
    assert_null(value_text(j, "Plain"));
    assert_true(value_is_said(j, "plain") && value_is_said(j, "said"));
    assert_false(value_is_said(j, "meant") || value_is_said(j, "bare"));
}

/* Warm is red, cold is blue, and between two rows it goes the straight way. */
static void the_color_of_a_glow(void **state)
{
    static const struct {
        double kelvin;
        unsigned rgb;
    } rows[] = { { 0, 0xff3800 },    { 1000, 0xff3800 },  { 1500, 0xff6107 },  { 2700, 0xffa757 },
                 { 6500, 0xfffefa }, { 12000, 0xc3d1ff }, { 50000, 0xc3d1ff } };
    unsigned blue = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(value_kelvin_rgb(rows[i].kelvin), rows[i].rgb);
    for (double k = 1000; k <= 12000; k += 50) {
        const unsigned now = value_kelvin_rgb(k) & 0xff;

        assert_true(now >= blue);
        blue = now;
    }
}

/* ---- places of a text ---------------------------------------------------------------------- */

static void only_the_places_named_are_filled(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "plain", "plain" },
        { "{value}", "128" },
        { "{\"b\":{value}}", "{\"b\":128}" },
        { "{value}{value}", "128128" },
        { "{none}", "" }, /* a place without a value */
        { "{values}", "{values}" },
        { "{ value }", "{ value }" },
        { "{value", "{value" },
        { "{{value}}", "{128}" },
        { "}value{", "}value{" },
        { "{topic}/set", "{value}/set" }, /* what is filled in is not filled again */
    };
    const struct fill places[] = { { "value", "128" }, { "none", NULL }, { "topic", "{value}" },
                                   { NULL, NULL } };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_STR out = STR_INIT;

        str_add(&out, "> ");
        fill_text(&out, rows[i].text, places);
        assert_string_equal(str_text(&out) + 2, rows[i].want);
    }
}

/* ---- what a cover is by its name ------------------------------------------------------------- */

static void a_guarded_cover_is_known_by_its_name(void **state)
{
    static const struct {
        const char *name, *area;
        enum device_class class;
    } rows[] = {
        { "Garage door", "", CLASS_GARAGE },      { "Garagentor", "", CLASS_GARAGE },
        { "Porte de garage", "", CLASS_GARAGE },  { "Garage shutter", "", CLASS_GARAGE },
        { "Front gate", "", CLASS_GATE },         { "Hoftor", "", CLASS_GATE },
        { "Portail", "", CLASS_GATE },            { "Cancello", "", CLASS_GATE },
        { "Front door", "", CLASS_DOOR },         { "Haustür", "", CLASS_DOOR },
        { "Roof window", "", CLASS_WINDOW },      { "Dachfenster", "", CLASS_WINDOW },
        { "Door curtain", "", CLASS_NONE },       { "Window blind", "", CLASS_NONE },
        { "Rideau de porte", "", CLASS_NONE },    { "Bedroom blind", "", CLASS_NONE },
        { "Roller shutter door", "", CLASS_DOOR }, { "Motor", "", CLASS_GATE },
        { "Cover 1", "Garage", CLASS_GARAGE },    { "Blind", "Garage", CLASS_NONE },
        { "Cover 1", "Kitchen", CLASS_NONE },     { "Gateway", "", CLASS_NONE },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct device d = device_of(KIND_COVER, CLASS_NONE);

        d.name = (char *)rows[i].name;
        d.area = (char *)rows[i].area;
        if (guess_class(&d) != rows[i].class)
            fail_msg("%s in '%s': %s", rows[i].name, rows[i].area, device_class_name(guess_class(&d)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_has_its_words),
        cmocka_unit_test(a_state_goes_to_json_and_back),
        cmocka_unit_test(of_what_was_kept_only_what_fits_is_taken),
        cmocka_unit_test(states_are_the_same_or_not),
        cmocka_unit_test(a_value_is_taken_within_its_range),
        cmocka_unit_test(a_slot_stands_alone_or_with_its_words),
        cmocka_unit_test(the_color_of_a_glow),
        cmocka_unit_test(only_the_places_named_are_filled),
        cmocka_unit_test(a_guarded_cover_is_known_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
