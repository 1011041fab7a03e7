/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/english_test.c - what the English sentences understand, and what not. */
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
    if (house_load(h, "en", house_english, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_string_equal(str_text(&h->complaints), "");
    h->area = (struct pair){ .key = "area", .value = "Kitchen" };
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
        { "turn on the kitchen light", "HassTurnOn name=kitchen_light" },
        { "Turn on the Kitchen Light!", "HassTurnOn name=kitchen_light" },
        { "turn the kitchen light on", "HassTurnOn name=kitchen_light" },
        { "switch on kitchen light", "HassTurnOn name=kitchen_light" },
        { "please turn on the kitchen light", "HassTurnOn name=kitchen_light" },
        { "can you turn on the kitchen light, please?", "HassTurnOn name=kitchen_light" },
        { "could you turn the kitchen light on for me", "HassTurnOn name=kitchen_light" },
        { "jarvis, turn on the kitchen light", "HassTurnOn name=kitchen_light" },
        { "hey jarvis turn on my kitchen light", "HassTurnOn name=kitchen_light" },
        { "kitchen light on", "HassTurnOn name=kitchen_light" },
        { "turn on cooker lamp", "HassTurnOn name=kitchen_light" },
        { "turn on the bedside lamp", "HassTurnOn name=bedside" },
        { "turn on the bedside lamp in the bedroom", "HassTurnOn area=Bedroom name=bedside" },
        { "turn on the caf\u00e9 lamp", "HassTurnOn name=cafe" },
        { "turn on the cafe lamp", "HassTurnOn name=cafe" },
        { "turn on the TV 2", "HassTurnOn name=tv" },
        { "turn on tv two", "HassTurnOn name=tv" },
        { "put the coffee machine on", "HassTurnOn name=coffee" },
        { "power on the coffee machine", "HassTurnOn name=coffee" },
        { "i want the coffee machine on", "HassTurnOn name=coffee" },
        { "start the coffee machine", "HassTurnOn name=coffee" },
        { "turn on the living room radiator", "HassTurnOn name=radiator" },
        { "turn on the lights in the bedroom", "HassTurnOn area=Bedroom domain=light" },
        { "turn on all the lights in the living room", "HassTurnOn area=Living room domain=light" },
        { "turn on the bedroom lights", "HassTurnOn area=Bedroom domain=light" },
        { "turn the bedroom lights on", "HassTurnOn area=Bedroom domain=light" },
        { "switch the lights in the bedroom on", "HassTurnOn area=Bedroom domain=light" },
        { "bedroom lights on", "HassTurnOn area=Bedroom domain=light" },
        { "light up the office", "HassTurnOn area=Office domain=light" },
        { "lights in the garage", "HassTurnOn area=Garage domain=light" },
        { "in the bedroom turn on the lights", "HassTurnOn area=Bedroom domain=light" },
        { "turn on the light", "HassTurnOn area=Kitchen domain=light" },
        { "turn the light on", "HassTurnOn area=Kitchen domain=light" },
        { "turn on the lights", "HassTurnOn area=Kitchen domain=light" },
        { "turn on the lights in here", "HassTurnOn area=Kitchen domain=light" },
        { "lights on", "HassTurnOn area=Kitchen domain=light" },
        { "let there be light", "HassTurnOn area=Kitchen domain=light" },
        { "it's too dark", "HassTurnOn area=Kitchen domain=light" },
        { "turn on all the lights", "HassTurnOn domain=light" },
        { "turn on all lights", "HassTurnOn domain=light" },
        { "turn all the lights on", "HassTurnOn domain=light" },
        { "turn on the lights everywhere", "HassTurnOn domain=light" },
        { "turn on every light", "HassTurnOn domain=light" },
        { "turn on everything", "HassTurnOn domain=light" },
        { "switch off the kitchen light", "HassTurnOff name=kitchen_light" },
        { "turn the kitchen light off", "HassTurnOff name=kitchen_light" },
        { "kitchen light off", "HassTurnOff name=kitchen_light" },
        { "turn off tv 2", "HassTurnOff name=tv" },
        { "turn off the tv two", "HassTurnOff name=tv" },
        { "kill the coffee machine", "HassTurnOff name=coffee" },
        { "shut off the coffee machine", "HassTurnOff name=coffee" },
        { "disable the living room radiator", "HassTurnOff name=radiator" },
        { "turn off the lights in the bedroom", "HassTurnOff area=Bedroom domain=light" },
        { "turn the living room lights off", "HassTurnOff area=Living room domain=light" },
        { "turn off the light", "HassTurnOff area=Kitchen domain=light" },
        { "lights out", "HassTurnOff area=Kitchen domain=light" },
        { "lights off", "HassTurnOff area=Kitchen domain=light" },
        { "turn the lights out", "HassTurnOff area=Kitchen domain=light" },
        { "turn off all the lights", "HassTurnOff domain=light" },
        { "turn everything off", "HassTurnOff domain=light" },
        { "turn off all of the lights", "HassTurnOff domain=light" },
        { "open the bedroom blind", "HassTurnOn domain=cover name=blind" },
        { "raise the bedroom blind", "HassTurnOn domain=cover name=blind" },
        { "pull the bedroom blind up", "HassTurnOn domain=cover name=blind" },
        { "open the garage door", "HassTurnOn domain=cover name=garage" },
        { "open up the garage door please", "HassTurnOn domain=cover name=garage" },
        { "close the garage door", "HassTurnOff domain=cover name=garage" },
        { "shut the garage door", "HassTurnOff domain=cover name=garage" },
        { "lower the bedroom blind", "HassTurnOff domain=cover name=blind" },
        { "garage door down", "HassTurnOff domain=cover name=garage" },
        { "open the blinds in the bedroom", "HassTurnOn area=Bedroom domain=cover" },
        { "open the bedroom shutters", "HassTurnOn area=Bedroom domain=cover" },
        { "raise the curtains in the living room", "HassTurnOn area=Living room domain=cover" },
        { "close the bedroom blinds", "HassTurnOff area=Bedroom domain=cover" },
        { "close the blinds", "HassTurnOff area=Kitchen domain=cover" },
        { "open the blinds", "HassTurnOn area=Kitchen domain=cover" },
        { "open all the blinds", "HassTurnOn domain=cover" },
        { "close all the curtains", "HassTurnOff domain=cover" },
        { "lower every blind", "HassTurnOff domain=cover" },
        { "stop the garage door", "HassStopMoving domain=cover name=garage" },
        { "stop the bedroom blind", "HassStopMoving domain=cover name=blind" },
        { "activate movie night", "HassTurnOn domain=scene name=movie" },
        { "turn on movie night", "HassTurnOn domain=scene name=movie" },
        { "start the movie night scene", "HassTurnOn domain=scene name=movie" },
        { "set the scene to movie night", "HassTurnOn domain=scene name=movie" },
        { "it's time for movie night", "HassTurnOn domain=scene name=movie" },
        { "movie night mode", "HassTurnOn domain=scene name=movie" },
        { "toggle the kitchen light", "HassToggle name=kitchen_light" },
        { "toggle the garage door", "HassToggle name=garage" },
        { "flip the coffee machine", "HassToggle name=coffee" },
        { "set the kitchen light to fifty percent",
          "HassLightSet brightness=50 name=kitchen_light" },
        { "set kitchen light to 50%", "HassLightSet brightness=50 name=kitchen_light" },
        { "set the kitchen light to 50 %", "HassLightSet brightness=50 name=kitchen_light" },
        { "set the kitchen light to 50percent", "HassLightSet brightness=50 name=kitchen_light" },
        { "dim the kitchen light to 20 percent", "HassLightSet brightness=20 name=kitchen_light" },
        { "brighten the kitchen light to eighty percent",
          "HassLightSet brightness=80 name=kitchen_light" },
        { "set the brightness of the bedside lamp to 35%",
          "HassLightSet brightness=35 name=bedside" },
        { "bedside lamp 40%", "HassLightSet brightness=40 name=bedside" },
        { "set the bedside lamp to full brightness", "HassLightSet brightness=100 name=bedside" },
        { "set the bedside lamp to maximum", "HassLightSet brightness=100 name=bedside" },
        { "set the kitchen light at half", "HassLightSet brightness=50 name=kitchen_light" },
        { "dim the kitchen light", "HassLightSet brightness=30 name=kitchen_light" },
        { "turn down the kitchen light", "HassLightSet brightness=30 name=kitchen_light" },
        { "make the kitchen light brighter", "HassLightSet brightness=100 name=kitchen_light" },
        { "set the lights in the bedroom to thirty percent",
          "HassLightSet area=Bedroom brightness=30 domain=light" },
        { "set the bedroom lights to 100%",
          "HassLightSet area=Bedroom brightness=100 domain=light" },
        { "set the brightness in the bedroom to 15 percent",
          "HassLightSet area=Bedroom brightness=15 domain=light" },
        { "set the lights to ten percent", "HassLightSet area=Kitchen brightness=10 domain=light" },
        { "set the brightness to twenty-five percent",
          "HassLightSet area=Kitchen brightness=25 domain=light" },
        { "set the brightness to a hundred percent",
          "HassLightSet area=Kitchen brightness=100 domain=light" },
        { "dim the lights", "HassLightSet area=Kitchen brightness=30 domain=light" },
        { "make the bedroom lights darker",
          "HassLightSet area=Bedroom brightness=30 domain=light" },
        { "it's too bright", "HassLightSet area=Kitchen brightness=30 domain=light" },
        { "set all the lights to 5 percent", "HassLightSet brightness=5 domain=light" },
        { "set the kitchen light to blue", "HassLightSet color=blue name=kitchen_light" },
        { "turn the kitchen light red", "HassLightSet color=red name=kitchen_light" },
        { "make the bedside lamp warm white", "HassLightSet color=white name=bedside" },
        { "change the color of the bedside lamp to green",
          "HassLightSet color=green name=bedside" },
        { "turn the bedroom lights purple", "HassLightSet area=Bedroom color=purple domain=light" },
        { "make the lights in the living room orange",
          "HassLightSet area=Living room color=orange domain=light" },
        { "turn the lights blue", "HassLightSet area=Kitchen color=blue domain=light" },
        { "set the bedroom blind to 30 percent", "HassSetPosition name=blind position=30" },
        { "open the bedroom blind to fifty percent", "HassSetPosition name=blind position=50" },
        { "set the position of the bedroom blind to 75%",
          "HassSetPosition name=blind position=75" },
        { "open the garage door halfway", "HassSetPosition name=garage position=50" },
        { "set the bedroom blinds to forty percent",
          "HassSetPosition area=Bedroom domain=cover position=40" },
        { "set the living room radiator to 21 degrees",
          "HassClimateSetTemperature name=radiator temperature=21" },
        { "set the living room radiator to 21.5\u00b0",
          "HassClimateSetTemperature name=radiator temperature=21.5" },
        { "turn up the living room radiator to twenty two",
          "HassClimateSetTemperature name=radiator temperature=22" },
        { "set the temperature in the bedroom to nineteen degrees",
          "HassClimateSetTemperature area=Bedroom temperature=19" },
        { "set the bedroom temperature to 18",
          "HassClimateSetTemperature area=Bedroom temperature=18" },
        { "set the heating to twenty one degrees",
          "HassClimateSetTemperature area=Kitchen temperature=21" },
        { "set the heating to twenty one and a half degrees",
          "HassClimateSetTemperature area=Kitchen temperature=21.5" },
        { "set the thermostat to 20 degrees celsius",
          "HassClimateSetTemperature area=Kitchen temperature=20" },
        { "make it 22 degrees", "HassClimateSetTemperature area=Kitchen temperature=22" },
        { "heat the bedroom to 20 degrees",
          "HassClimateSetTemperature area=Bedroom temperature=20" },
        { "what's the temperature in the living room",
          "HassClimateGetTemperature area=Living room" },
        { "what is the bedroom temperature", "HassClimateGetTemperature area=Bedroom" },
        { "how warm is it in the bedroom", "HassClimateGetTemperature area=Bedroom" },
        { "how cold is it", "HassClimateGetTemperature area=Kitchen" },
        { "what's the temperature", "HassClimateGetTemperature area=Kitchen" },
        { "is it warm in the living room", "HassClimateGetTemperature area=Living room" },
        { "is the kitchen light on", "HassGetState name=kitchen_light state=on" },
        { "is the kitchen light off", "HassGetState name=kitchen_light state=off" },
        { "is the tv two still on", "HassGetState name=tv state=on" },
        { "are the coffee machine on", "HassGetState name=coffee state=on" },
        { "did i leave the coffee machine on", "HassGetState name=coffee state=on" },
        { "is the garage door open", "HassGetState name=garage state=open" },
        { "is the garage door closed", "HassGetState name=garage state=closed" },
        { "is the garage door still open", "HassGetState name=garage state=open" },
        { "are any lights on", "HassGetState domain=light state=on" },
        { "are any lights on in the bedroom", "HassGetState area=Bedroom domain=light state=on" },
        { "are the bedroom lights off", "HassGetState area=Bedroom domain=light state=off" },
        { "are the blinds in the bedroom closed",
          "HassGetState area=Bedroom domain=cover state=closed" },
        { "what's the state of the kitchen light", "HassGetState name=kitchen_light" },
        { "what is the status of the garage door", "HassGetState name=garage" },
        { "what's the outside temperature", "HassGetState name=outside" },
        { "what is the outside temperature right now", "HassGetState name=outside" },
        { "outside temperature", "HassGetState name=outside" },
        { "what's the pm two point five", "HassGetState name=pm" },
        { "what's the PM2.5", "HassGetState name=pm" },
        { "what time is it", "HassGetCurrentTime" },
        { "What time is it now?", "HassGetCurrentTime" },
        { "what's the time", "HassGetCurrentTime" },
        { "What\u2019s the time?", "HassGetCurrentTime" },
        { "tell me the time", "HassGetCurrentTime" },
        { "do you have the time", "HassGetCurrentTime" },
        { "what's the date", "HassGetCurrentDate" },
        { "what is today's date", "HassGetCurrentDate" },
        { "what day is it today", "HassGetCurrentDate" },
        { "which day of the week is it", "HassGetCurrentDate" },
        { "never mind", "HassNevermind" },
        { "nevermind", "HassNevermind" },
        { "oh never mind", "HassNevermind" },
        { "forget it", "HassNevermind" },
        { "cancel that", "HassNevermind" },
        { "stop", "JarvisStop" },
        { "stop talking", "JarvisStop" },
        { "be quiet", "JarvisStop" },
        { "shut up", "JarvisStop" },
        { "that's enough", "JarvisStop" },
        { "thank you", "JarvisThanks" },
        { "thanks a lot", "JarvisThanks" },
        { "great, thank you very much", "JarvisThanks" },
        { "well done", "JarvisThanks" },
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
        "turn on the toaster",
        "turn on",
        "turn",
        "the kitchen light",
        "set the kitchen light to 101 percent",
        "set the kitchen light to -5 percent",
        "set the kitchen light to fifty-fifty percent",
        "set the kitchen light to plaid",
        "open the kitchen light",
        "set the garage door to blue",
        "activate the kitchen lightning",
        "turn on the kitchen lighthouse",
        "turnon the kitchen light",
        "set the heating to 50 degrees",
        "set the heating to 4 degrees",
        "set the heating to 21.3 degrees",
        "is the garage door on",
        "is the kitchen light open",
        "turn off movie night",
        "what time",
        "what is the meaning of life",
        "tell me a joke",
        "play some jazz",
        "who was marie curie",
        "on",
        "off",
        "percent",
        "kitchen",
        "twenty one",
        "set to",
        "dim the garage door",
        "turn on the kitchen light and the bedside lamp",
        "turn on the kitchen light or not",
        "do not turn on the kitchen light",
        "don't turn on the kitchen light",
        "remind me to turn on the kitchen light tomorrow",
        "turn on the kitchen light in an hour",
        "set the temperature to hot",
        "thanks for nothing",
        "stop the world",
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
        { "turn on the lights", "HassTurnOn domain=light" },
        { "turn the light off", "HassTurnOff domain=light" },
        { "close the blinds", "HassTurnOff domain=cover" },
        { "set the heating to 20 degrees", "HassClimateSetTemperature temperature=20" },
        { "how warm is it", "HassClimateGetTemperature" },
        { "dim the lights", "-" },
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
