/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/own_test.c - a person's own sentences: what wins, what is refused, what is told,
 * from files and folders, read again. */
#include "unit/intent/world.h"

static void own_sentences(void **state)
{
    struct world *w = *state;
    AUTO_STR got = STR_INIT;

    put(w, "etc/sentences/en.yaml", "language: en\n"
                                    "intents:\n"
                                    "  HassTurnOff:\n"
                                    "    data:\n"
                                    "      - sentences: ['good night', 'bad (one']\n"
                                    "        slots: {domain: light}\n");
    move_in(w, house_english);
    answer(&got, w, "good night");
    assert_string_equal(str_text(&got), "{\"intent\":\"HassTurnOff\",\"slots\":"
                                        "{\"domain\":{\"value\":\"light\"}}}");
    assert_true(str_starts(str_text(&w->faults), "sentences -22 /tmp/"));
    assert_non_null(strstr(str_text(&w->faults), "/etc/sentences/en.yaml line 5: column 9: '(' is "
                                                 "not closed by ')'\n"));
    put(w, "etc/sentences/en.yaml", "a: [");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    str_clear(&got);
    answer(&got, w, "what time is it"); /* the shipped ones stay */
    assert_true(got.len > 0);
}

/* One own file each: the sentence, what comes of it, and what is told. */
static void own_sentences_of_every_kind(void **state)
{
    static const struct {
        const char *yaml, *text;
        const char *want;  /* intent, and the value of name; "" for no match */
        const char *fault; /* in the faults; "" for none */
    } cases[] = {
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: movie } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: Movie Night } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: MOVIE } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: COOKER-LAMP } }"), "relax",
          "HassTurnOn kitchen_light", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: cellar lamp } }"), "relax", "",
          "en.yaml line 6: there is no device 'cellar lamp'" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { area: kitchen } }"), "relax",
          "HassTurnOn", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { area: Moon } }"), "relax",
          "HassTurnOn", "en.yaml line 6: there is no room 'Moon'" },
        /* a shipped sentence that matches as well loses */
        { OWN("HassTurnOn", "{ sentences: ['lights off'], slots: { name: movie } }"),
          "lights off", "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: ['turn off the kitchen light'], slots: { name: tv } }"),
          "Turn off the kitchen light!", "HassTurnOn tv", "" },
        { OWN("HassTurnOn", "{ sentences: ['turn off the {name}'] }"),
          "turn off the kitchen light", "HassTurnOn kitchen_light", "" },
        /* skip words inside an own sentence are said */
        { OWN("HassTurnOn", "{ sentences: ['computer please go'], slots: { name: tv } }"),
          "computer please go", "HassTurnOn tv", "" },
        { OWN("HassTurnOn", "{ sentences: [go], slots: { name: tv } }"), "computer please go",
          "HassTurnOn tv", "" },
        /* what lacks a rule is refused; what can be read as it stands is done */
        { OWN("HassTurnOff", "{ sentences: ['turn <nix>'] }"), "turn on tv 2", "HassTurnOn tv",
          "no expansion rule <nix>" },
        { OWN("HassTurnOn", "{ sentences: ['blorp <nix>'], slots: { name: tv } }"), "blorp it", "",
          "no expansion rule <nix>" },
        /* what would reach everything, or what nobody can do, is refused */
        { OWN("HassTurnOn", "{ sentences: ['alpha seven'] }"), "alpha seven", "",
          "en.yaml line 6: HassTurnOn without {name}, {area} or 'slots' would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha [the {name}]'] }"), "alpha", "",
          "would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha ({name}|seven)'] }"), "alpha seven", "",
          "would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha ({name}|{area})'] }"), "alpha kitchen",
          "HassTurnOff", "" },
        { OWN("HassTurnOff", "{ sentences: ['(a;{name})'] }"), "a tv 2", "HassTurnOff tv", "" },
        { OWN("HassTurnOff", "{ sentences: [alpha], requires_context: { area: { slot: true } } }"),
          "alpha", "HassTurnOff", "" },
        { OWN("HassLightSet", "{ sentences: [alpha], slots: { brightness: 5 } }"), "alpha", "",
          "HassLightSet without {name}" },
        { OWN("HassTurnOn", "{ sentences: ['boost {name}'], slots: { brightness: 5 } }"),
          "boost kitchen light", "", "HassTurnOn takes no 'brightness'; it takes name, area" },
        { OWN("HassTurnOn", "{ sentences: ['boost {name} {color}'] }"), "boost kitchen light red",
          "", "HassTurnOn takes no 'color'" },
        { OWN("hassturnon", "{ sentences: [alpha], slots: { name: tv } }"), "alpha", "",
          "en.yaml line 6: 'hassturnon' is nothing that Jarvis can do; did you mean HassTurnOn" },
        { OWN("HassMakeTea", "{ sentences: [tea] }"), "tea", "", "'HassMakeTea' is nothing" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: [a, b] } }"), "relax",
          "HassTurnOn", "" },
    };
    struct world *w = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *found = NULL;
        AUTO_STR got = STR_INIT;
        const cJSON *name;

        put(w, "etc/sentences/en.yaml", cases[i].yaml);
        str_clear(&w->faults);
        start(w);
        tell(w, MSG_DEVICES, NULL, house_english);
        settle(w);
        if (intent_understand(&found, w->intent, cases[i].text, NULL) == 0) {
            name = cJSON_GetObjectItem(cJSON_GetObjectItem(found, "slots"), "name");
            str_add(&got, json_str(found, "intent", ""));
            if (json_str(name, "value", "")[0])
                str_addf(&got, " %s", json_str(name, "value", ""));
        }
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s' (%s)", cases[i].text, str_text(&got),
                     cases[i].want, str_text(&w->faults));
        if (!strstr(str_text(&w->faults), cases[i].fault) ||
            (!cases[i].fault[0] && w->faults.len))
            fail_msg("'%s' tells '%s'", cases[i].text, str_text(&w->faults));
        w->intent = intent_free(w->intent);
    }
}

/* What is asked of a template that lacks a rule is refused with its words, and never done. */
static void missing_rules_are_named(void **state)
{
    struct world *w = *state;
    AUTO_JSON *found = NULL;
    struct err e = ERR_INIT;

    put(w, "etc/sentences/en.yaml",
        OWN("HassTurnOn", "{ sentences: ['blorp <nix>'], slots: { name: tv } }"));
    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_int_equal(intent_understand(&found, w->intent, "blorp it", &e), -ENOENT);
    assert_non_null(strstr(err_text(&e), "'blorp <nix>' ("));
    assert_non_null(strstr(err_text(&e), "cannot be read"));
}

/* A name that is missing is told until the device or the sentence comes. */
static void strangers_come_home(void **state)
{
    struct world *w = *state;

    put(w, "etc/sentences/en.yaml",
        OWN("HassTurnOn", "{ sentences: [relax], slots: { name: tv } }"));
    start(w);
    settle(w);
    assert_string_equal(str_text(&w->faults), ""); /* no devices were told yet */
    tell(w, MSG_DEVICES, NULL, "[]");
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "own sentences -2 "));
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "own sentences 0 "));
}

/* Files of folders, read again on request. */
static void folders_and_reload(void **state)
{
    static const char *const texts[] = { "zap the coffee machine", "unzap the coffee machine" };
    struct world *w = *state;
    char folder[256];

    move_in(w, house_english);
    path(folder, sizeof(folder), w, "etc/sentences/en");
    assert_int_equal(file_mkdirs(folder, 0755, NULL), 0);
    put(w, "etc/sentences/en/light.yaml",
        "language: en\nintents: { HassTurnOff: { data: [ { sentences: ['<zap> [the] {name}'] } ] "
        "} }\n");
    put(w, "etc/sentences/en/_common.yaml",
        "language: en\nexpansion_rules: { zap: '(unzap|zip)' }\nintents: { HassTurnOn: { data: [ "
        "{ sentences: ['zap [the] {name}'] } ] } }\n");
    for (size_t i = 0; i < N_OF(texts); i++) {
        AUTO_STR before = STR_INIT, after = STR_INIT;

        answer(&before, w, texts[i]);
        assert_int_equal(before.len, 0);
        intent_reload(w->intent);
        settle(w);
        answer(&after, w, texts[i]);
        assert_true(after.len > 0);
        if (i == 0) {
            intent_free(w->intent);
            path(folder, sizeof(folder), w, "etc/sentences/en/_common.yaml");
            assert_int_equal(rename(folder, "/dev/null/x"), -1);
            w->intent = NULL;
            put(w, "etc/sentences/en/light.yaml", "language: en\n");
            start(w);
            tell(w, MSG_DEVICES, NULL, house_english);
            settle(w);
            put(w, "etc/sentences/en/light.yaml",
                "language: en\nintents: { HassTurnOff: { data: [ { sentences: ['<zap> [the] "
                "{name}'] } ] } }\n");
        }
    }
    assert_string_equal(str_text(&w->faults), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(own_sentences),
        CASE(own_sentences_of_every_kind),
        CASE(missing_rules_are_named),
        CASE(strangers_come_home),
        CASE(folders_and_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
