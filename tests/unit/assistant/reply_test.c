/* SPDX-License-Identifier: Apache-2.0 */
/* Replies: what the shipped files say for every intent, what turns, and what a bad file is told. */
#include "base/yaml.h"
#include "words.h"

#include <time.h>

#define DEV(id, name, kind, area, state)                                                    \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"kind\":\"" kind "\",\"area\":\"" area       \
    "\",\"state\":" state "}"
#define COVER(id, name, class, state)                                                      \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"kind\":\"cover\",\"class\":\"" class       \
    "\",\"area\":\"Bedroom\",\"state\":" state "}"
#define DEVICES(list) "{\"devices\":[" list "]}"
#define ON "{\"state\":\"on\"}"
#define OFF "{\"state\":\"off\"}"
#define OPEN "{\"state\":\"open\"}"
#define CLOSED "{\"state\":\"closed\"}"
#define LOCKED "{\"state\":\"locked\"}"
#define UNLOCKED "{\"state\":\"unlocked\"}"
#define OLD "{\"state\":\"on\",\"stale\":true}"
/* behind a state: what was done */
#define DID(state, what) state ",\"did\":{" what "}"
#define AWAY "{\"state\":\"on\",\"available\":false}"
#define KL(state) DEVICES(DEV("k", "Kitchen light", "light", "Kitchen", state))
#define LAMPE(state) DEVICES(DEV("k", "Lampe du salon", "light", "Salon", state))
#define DOOR(state) DEVICES("{\"id\":\"g\",\"name\":\"garage door\",\"state\":" state "}")
#define TWO DEVICES(DEV("a", "lamp", "light", "Kitchen", ON) "," \
                    DEV("b", "spot", "light", "Kitchen", OFF))
#define HALF_KNOWN(state)                                     \
    DEVICES(DEV("a", "lamp", "light", "Kitchen", state) "," \
            DEV("b", "spot", "light", "Kitchen", "{}"))
#define MIXED DEVICES(DEV("a", "lamp", "light", "Kitchen", ON) "," \
                      DEV("b", "fan", "switch", "Hall", OFF) ","   \
                      DEV("c", "plug", "switch", "Hall", OFF) "," DEV("d", "heater", "switch", "", OFF))
#define SWITCHES DEVICES(DEV("a", "fan", "switch", "Hall", ON) "," DEV("b", "plug", "switch", "Hall", ON))
#define THREE(state) DEV("a", "a lamp", "light", "Kitchen", state) "," \
                     DEV("b", "b lamp", "light", "Hall", state) ","    \
                     DEV("c", "c lamp", "light", "", state)
#define FOUR(state) DEVICES(THREE(state) "," DEV("d", "d lamp", "light", "", state))
#define TWINS(state) DEVICES(DEV("a", "Ceiling light", "light", "Kitchen", state) "," \
                             DEV("b", "Ceiling light", "light", "Hall", state))
#define SEVEN DEVICES(THREE(ON) "," THREE(ON) "," DEV("g", "g lamp", "light", "", ON))
#define BLINDS(a, b) DEVICES(COVER("a", "left blind", "blind", a) "," COVER("b", "right blind", "blind", b))
#define FOUR_MISSED "{\"devices\":[" THREE(OFF) "],\"missed\":[{\"id\":\"x\",\"name\":\"Bedroom lamp\"," \
                    "\"why\":\"away\"}]}"
#define LEFT_OUT "{\"devices\":[" THREE(OFF) "],\"missed\":[{\"name\":\"Bedroom lamp\",\"cause\":" \
                 "\"unknown\"},{\"name\":\"v\",\"cause\":\"off\"},{\"name\":\"w\",\"cause\":\"away\"}]}"
#define MANY_MISSED "{\"devices\":[" THREE(OFF) "],\"missed\":[{\"name\":\"v\"},{\"name\":\"w\"}," \
                    "{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"z\"}]}"
#define UNTOLD(name) "{\"devices\":[" DEV("a", "Lamp 1", "light", "", OFF) "],\"missed\":[{\"name\":\"" name \
                     "\",\"cause\":\"before\"}]}"
#define NAME "\"name\":{\"value\":\"k\",\"text\":\"kitchen light\"}"
#define ALL "\"name\":{\"value\":\"all\",\"text\":\"all\"}"
#define AREA "\"area\":{\"value\":\"Kitchen\",\"text\":\"kitchen\"}"
#define UNSAID_AREA "\"area\":{\"value\":\"Kitchen\"}"
#define DOMAIN(d) "\"domain\":{\"value\":\"" d "\",\"text\":\"" d "\"}"
#define CLASS(c) "\"device_class\":{\"value\":\"" c "\",\"text\":\"" c "\"}"
#define STATE(s) "\"state\":{\"value\":\"" s "\",\"text\":\"" s "\"}"
#define N(slot, value, text) "\"" slot "\":{\"value\":" value ",\"text\":\"" text "\"}"
#define INTENT(name, slots) "{\"intent\":\"" name "\",\"slots\":{" slots "}}"
#define ASKED(response, slots) \
    "{\"intent\":\"HassGetState\",\"response\":\"" response "\",\"slots\":{" slots "}}"

static const char registry[] =
    "[{\"id\":\"k\",\"kind\":\"light\",\"name\":\"Kitchen lamp\",\"area\":\"Kitchen\"},"
    "{\"id\":\"g\",\"kind\":\"cover\",\"class\":\"garage\",\"name\":\"garage door\"},"
    "{\"id\":\"l1\",\"name\":\"Ceiling light\",\"area\":\"Kitchen\"},"
    "{\"id\":\"l2\",\"name\":\"Ceiling light\",\"area\":\"Living room\"}]";

static const struct {
    const char *language, *intent, *acted, *want;
} phrases[] = {
    { "en", INTENT("HassTurnOn", NAME), KL(ON), "Turned on the kitchen light." },
    { "en", INTENT("HassTurnOff", NAME), KL(OFF), "Turned off the kitchen light." },
    /* what was left out is not claimed */
    { "en", INTENT("HassTurnOff", ALL "," DOMAIN("light") "," N("except", "\"d\"", "d lamp")),
      "{\"devices\":[" THREE(OFF) "]}", "Turned off 3 lights." },
    { "en", INTENT("HassTurnOff", DOMAIN("light") "," N("except_area", "\"Hall\"", "hall")),
      "{\"devices\":[" THREE(OFF) "]}", "Turned off 3 lights." },
    { "en", INTENT("HassTurnOff", DOMAIN("light") "," AREA "," N("except", "\"a\"", "lamp")), TWO,
      "Turned off 2 lights in the kitchen." },
    { "fr", INTENT("HassTurnOff", DOMAIN("light") "," N("except", "\"d\"", "d")), "{\"devices\":[" THREE(OFF) "]}",
      "J'ai éteint 3 lumières." },
    { "fr", INTENT("HassTurnOn", NAME), LAMPE(ON), "J'ai allumé la lampe du salon." },
    { "fr", INTENT("HassTurnOff", NAME), LAMPE(OFF), "J'ai éteint la lampe du salon." },
    { "en", INTENT("HassTurnOff", NAME), NULL, "Turned off the kitchen light." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","TV corner","light","",ON)), "Turned on the TV corner." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","Wi-Fi plug","switch","",ON)), "Turned on the Wi-Fi plug." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","sono-Switch 2","switch","",ON)), "Turned on the sono-Switch 2." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","Kitchen Ceiling Light","light","",ON)), "Turned on the kitchen ceiling light." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","Anna's lamp","light","",ON)), "Turned on Anna's lamp." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","the big lamp","light","",ON)), "Turned on the big lamp." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","Élodie","light","",ON)), "Turned on the élodie." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("t","Living room blinds","cover","",OPEN)), "Opened the living room blinds." },
    { "en", INTENT("HassTurnOff", ""), DOOR(CLOSED), "Closed the garage door." },
    { "en", INTENT("HassTurnOn", NAME), DEVICES(DEV("l","front door lock","lock","",LOCKED)), "Locked the front door lock." },
    { "en", INTENT("HassTurnOff", NAME), DEVICES(DEV("l","front door lock","lock","",UNLOCKED)), "Unlocked the front door lock." },
    { "en", INTENT("HassTurnOn", DOMAIN("scene") "," NAME), NULL, "Activated kitchen light." },
    { "en", INTENT("HassTurnOn", DOMAIN("light") "," AREA), TWO, "Turned on the lights in the kitchen." },
    { "fr", INTENT("HassTurnOn", DOMAIN("light") "," AREA), TWO, "J'ai allumé les lumières dans kitchen." },
    { "en", INTENT("HassTurnOff", DOMAIN("light") "," UNSAID_AREA), TWO, "Turned off the lights in the kitchen." },
    { "en", INTENT("HassTurnOn", AREA), MIXED, "Turned on everything in the kitchen." },
    { "en", INTENT("HassTurnOff", ALL "," DOMAIN("light")), FOUR(ON), "Turned off all the lights." },
    { "en", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "Turned off all the lights." },
    { "fr", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "J'ai éteint toutes les lumières." },
    { "en", INTENT("HassTurnOn", DOMAIN("cover") "," CLASS("blind")), BLINDS(OPEN,OPEN), "Opened all the blinds." },
    { "fr", INTENT("HassTurnOn", DOMAIN("cover") "," CLASS("shutter")), BLINDS(OPEN,OPEN), "J'ai ouvert tous les volets." },
    { "en", INTENT("HassTurnOn", DOMAIN("cover") "," CLASS("blind") "," AREA), BLINDS(OPEN,OPEN), "Opened the blinds in the bedroom." },
    { "en", INTENT("HassTurnOff", DOMAIN("vacuum")), FOUR(ON), "Turned everything off." },
    { "en", INTENT("HassTurnOff", NAME), MIXED, "Turned off 4 devices." },
    { "en", INTENT("HassTurnOff", DOMAIN("light")), FOUR_MISSED, "Turned off all the lights. The bedroom lamp did not answer." },
    { "fr", INTENT("HassTurnOff", DOMAIN("light")), FOUR_MISSED, "J'ai éteint toutes les lumières. Pas de réponse : bedroom lamp." },
    { "en", INTENT("HassLightSet", N("brightness_step","20","20")), LEFT_OUT, "Brightened all the lights by 20 percent. The w did not answer. I do not know about the bedroom lamp." },
    { "en", INTENT("HassTurnOff", DOMAIN("light")), MANY_MISSED, "Turned off all the lights. The v, the w, the x and 2 more did not answer." },
    { "en", INTENT("HassToggle", NAME), KL(DID(OFF, "\"on\":true")), "Switched the kitchen light on." },
    { "en", INTENT("HassToggle", NAME), KL(DID(ON, "\"off\":true")), "Switched the kitchen light off." },
    { "en", INTENT("HassToggle", NAME), KL(ON), "Switched the kitchen light." },
    { "en", INTENT("HassToggle", NAME), KL(DID(ON, "\"toggle\":true")), "Switched the kitchen light." },
    { "en", INTENT("HassToggle", NAME), KL("{}"), "Switched the kitchen light." },
    { "fr", INTENT("HassToggle", NAME), LAMPE(DID(ON, "\"off\":true")), "J'ai éteint la lampe du salon." },
    { "en", INTENT("HassLightSet", NAME "," N("brightness","50","fifty")), KL("{}"), "Set the kitchen light to 50 percent." },
    { "en", INTENT("HassLightSet", NAME "," N("brightness_step","-10","10")), KL(DID(ON, "\"brightness\":70")), "Dimmed the kitchen light by 10 percent, to 70." },
    { "en", INTENT("HassLightSet", NAME "," N("brightness_step","20","20")), KL("{\"state\":\"on\"}"), "Brightened the kitchen light by 20 percent." },
    { "fr", INTENT("HassLightSet", NAME "," N("brightness_step","-10","10")), LAMPE(DID(ON, "\"brightness\":70")), "J'ai baissé la lampe du salon de 10 pour cent, à 70." },
    { "en", INTENT("HassLightSet", AREA "," N("brightness_step","-20","")), TWO, "Dimmed the lights in the kitchen by 20 percent." },
    { "en", INTENT("HassLightSet", DOMAIN("light") "," N("brightness_step","20","")), FOUR(ON), "Brightened all the lights by 20 percent." },
    { "en", INTENT("HassLightSet", AREA "," N("color","\"red\"","red")), TWO, "Made the lights in the kitchen red." },
    { "en", INTENT("HassLightSet", NAME "," N("color_temp","2700","warm white")), KL(ON), "Made the kitchen light warm white." },
    { "en", INTENT("HassLightSet", NAME "," N("color_temp_step","-500","")), KL(ON), "Made the kitchen light warmer." },
    { "en", INTENT("HassLightSet", NAME "," N("color_temp_step","500","")), KL(ON), "Made the kitchen light cooler." },
    { "en", INTENT("HassLightSet", N("brightness","5","5")), FOUR(ON), "Set all the lights to 5 percent." },
    { "en", INTENT("HassSetPosition", NAME "," N("position","40","40")), DOOR(OPEN), "Moved the garage door to 40 percent." },
    { "en", INTENT("HassSetPosition", NAME "," N("position_step","-30","30")), DEVICES(DEV("b","Living room blinds","cover","",  DID(OPEN, "\"position\":40"))), "Closed the living room blinds by 30 percent, to 40." },
    { "en", INTENT("HassSetPosition", CLASS("blind") "," N("position","40","40")), BLINDS(OPEN,OPEN), "Moved all the blinds to 40 percent." },
    { "en", INTENT("HassStopMoving", CLASS("blind")), BLINDS(OPEN,OPEN), "Stopped all the blinds." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("on")), TWINS(OFF), "No, the ceiling light in the kitchen and the ceiling light in the hall are off." },
    { "fr", ASKED("all", DOMAIN("light") "," STATE("on")), TWINS(OFF), "Non, ceiling light dans kitchen et ceiling light dans le hall sont \u00e9teints." },
    { "en", INTENT("HassLightSet", NAME "," N("color_temp","2700","2700")), KL(ON), "Made the kitchen light 2700 kelvin." },
    { "fr", INTENT("HassLightSet", NAME "," N("color_temp","2700","2700")), KL(ON), "J'ai mis kitchen light en 2700 kelvins." },
    { "en", INTENT("HassClimateGetTemperature", ""), KL("{\"temperature\":1}"), "It is 1 degree in the kitchen." },
    { "fr", INTENT("HassClimateGetTemperature", ""), DEVICES(DEV("t","Thermostat","climate","","{\"temperature\":-1}")), "Il fait -1 degré." },
    { "en", INTENT("HassClimateSetTemperature", N("temperature","21.5","21.5")), NULL, "Set the temperature to 21.5 degrees." },
    { "fr", INTENT("HassClimateSetTemperature", N("temperature","21.5","21.5")), NULL, "J'ai réglé la température à 21,5 degrés." },
    { "en", INTENT("HassClimateSetTemperature", UNSAID_AREA "," N("temperature","20","20")), DEVICES(DEV("h","Thermostat","climate","Living room","{\"target\":20}")), "Set the temperature in the living room to 20 degrees." },
    { "fr", INTENT("HassClimateSetTemperature", UNSAID_AREA "," N("temperature","20","20")), DEVICES(DEV("h","Thermostat","climate","Salon","{\"target\":20}")), "J'ai réglé la température à 20 degrés dans le salon." },
    { "en", INTENT("HassClimateSetTemperature", N("temperature_step","2","two")), DEVICES(DEV("h","Thermostat","climate","",DID("{}", "\"temperature\":22"))), "Raised the temperature by 2, to 22 degrees." },
    { "en", INTENT("HassClimateSetTemperature", N("temperature_step","-1.5","1.5")), DEVICES(DEV("h","Thermostat","climate","","{}")), "Lowered the temperature by 1.5." },
    { "en", INTENT("HassClimateGetTemperature", ""), KL("{\"state\":\"on\",\"target\":20,\"temperature\":19.25}"), "It is 19.25 degrees in the kitchen." },
    { "en", INTENT("HassClimateGetTemperature", AREA), DEVICES(DEV("s","sensor","sensor","Hall","{\"state\":-3,\"unit\":\"C\"}")), "It is -3 degrees in the hall." },
    { "en", INTENT("HassClimateGetTemperature", ""), KL("{}"), "I do not know the temperature yet." },
    { "en", INTENT("HassGetState", NAME), KL(ON), "The kitchen light is on." },
    { "fr", INTENT("HassGetState", NAME), LAMPE(OFF), "La lampe du salon est éteinte." },
    { "fr", INTENT("HassGetState", NAME), DEVICES(DEV("v","Volets du salon","cover","",CLOSED)), "Les volets du salon sont fermés." },
    { "fr", INTENT("HassGetState", NAME), DEVICES(DEV("v","Écran","switch","",ON)), "L'écran est allumé." },
    { "fr", INTENT("HassGetState", NAME), DEVICES(DEV("v","Truc","switch","",ON)), "Truc est allumé." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("b","Living room blinds","cover","",OPEN)), "The living room blinds are open." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("b","Christmas","light","",ON)), "The christmas is on." },
    { "en", INTENT("HassGetState", NAME), KL("{}"), "I do not know the state of the kitchen light yet." },
    { "en", INTENT("HassGetState", NAME), KL("\"unknown\""), "I do not know the state of the kitchen light yet." },
    { "en", INTENT("HassGetState", NAME), KL(OLD), "The kitchen light was on when I last heard." },
    { "fr", INTENT("HassGetState", NAME), LAMPE(OLD), "La lampe du salon était allumée aux dernières nouvelles." },
    { "en", INTENT("HassGetState", NAME), KL(AWAY), "I cannot reach the kitchen light. When I last heard it was on." },
    { "en", INTENT("HassGetState", NAME), KL("{\"available\":false}"), "I cannot reach the kitchen light." },
    { "fr", INTENT("HassGetState", NAME), LAMPE(AWAY), "La lampe du salon ne répond pas. Aux dernières nouvelles : allumée." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("s","Garden","sensor","","{\"state\":21.5,\"unit\":\"°C\"}")), "The garden is 21.5 °C." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("s","Hall motion","binary_sensor","","{\"state\":\"detected\"}")), "The hall motion is active." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("s","Cellar leak","binary_sensor","","{\"state\":\"dry\"}")), "The cellar leak is dry." },
    { "en", INTENT("HassGetState", NAME), DEVICES(DEV("s","Front door lock","lock","",UNLOCKED)), "The front door lock is unlocked." },
    { "en", INTENT("HassGetState", NAME "," STATE("on")), KL(ON), "Yes, the kitchen light is on." },
    { "en", INTENT("HassGetState", NAME "," STATE("on")), KL(OFF), "No, the kitchen light is off." },
    { "fr", INTENT("HassGetState", NAME "," STATE("on")), LAMPE(OFF), "Non, la lampe du salon est éteinte." },
    { "en", INTENT("HassGetState", NAME "," STATE("on")), KL(OLD), "The kitchen light was on when I last heard." },
    { "en", INTENT("HassGetState", DOMAIN("light") "," STATE("on")), TWO, "The lamp is on." },
    { "en", INTENT("HassGetState", DOMAIN("light") "," STATE("on")), FOUR(ON), "The a lamp, the b lamp, the c lamp and the d lamp are on." },
    { "en", INTENT("HassGetState", DOMAIN("light") "," STATE("on")), SEVEN, "The a lamp, the b lamp, the c lamp, the a lamp, the b lamp, the c lamp and 1 more are on." },
    { "fr", INTENT("HassGetState", DOMAIN("light") "," STATE("on")), FOUR(ON), "A lamp, b lamp, c lamp et d lamp sont allumés." },
    { "en", INTENT("HassGetState", DOMAIN("light") "," STATE("off")), FOUR(ON), "None of the lights is off." },
    { "en", INTENT("HassGetState", STATE("open")), MIXED, "None is open." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("off")), TWO, "No, the lamp is on." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("on")), FOUR(ON), "Yes, all the lights are on." },
    { "fr", ASKED("all", DOMAIN("light") "," STATE("off")), TWO, "Non, lamp est allumé." },
    { "fr", ASKED("all", DOMAIN("light") "," STATE("on")), FOUR(ON), "Oui, tout est allumé." },
    { "en", ASKED("any", DOMAIN("light") "," STATE("on")), TWO, "Yes, the lamp is on." },
    { "en", ASKED("any", DOMAIN("light") "," STATE("off")), FOUR(ON), "No, none of the lights is off." },
    { "fr", ASKED("any", DOMAIN("light") "," STATE("off")), FOUR(ON), "Non, aucun : éteint." },
    { "en", INTENT("HassGetState", ""), MIXED, "The lamp is on, the fan is off, the plug is off, the heater is off." },
    { "en", INTENT("HassGetState", ""), DEVICES(DEV("a","lamp","light","",OLD) "," DEV("b","fan","switch","",OFF)), "The lamp was on when I last heard, the fan is off." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("on")), FOUR(OLD),
      "Yes, all the lights are on. That is what I last heard." },
    { "en", ASKED("which", DOMAIN("light") "," STATE("on")),
      DEVICES(DEV("a", "lamp", "light", "", OLD) "," DEV("b", "spot", "light", "", OFF)),
      "The lamp is on. That is what I last heard." },
    { "fr", ASKED("any", DOMAIN("light") "," STATE("on")),
      DEVICES(DEV("a", "lampe", "light", "", OLD) "," DEV("b", "spot", "light", "", OFF)),
      "Oui, la lampe est allumée. Ce sont les dernières nouvelles." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("off")), HALF_KNOWN(ON),
      "No, the lamp is on. I do not know about the spot." },
    { "en", ASKED("all", DOMAIN("light") "," STATE("on")), HALF_KNOWN(ON),
      "Yes, all the lights are on. I do not know about the spot." },
    { "en", ASKED("any", DOMAIN("light") "," STATE("off")), HALF_KNOWN(ON),
      "No, none of the lights is off. I do not know about the spot." },
    { "en", ASKED("which", DOMAIN("light") "," STATE("on")), HALF_KNOWN(ON),
      "The lamp is on. I do not know about the spot." },
    { "en", ASKED("which", DOMAIN("light") "," STATE("on")), HALF_KNOWN("{}"), "I do not know yet." },
    { "fr", ASKED("all", DOMAIN("light") "," STATE("on")), HALF_KNOWN("\"unknown\""),
      "Je ne sais pas encore." },
    { "en", INTENT("HassGetCurrentTime", ""), NULL, "It is 21:05." },
    { "fr", INTENT("HassGetCurrentTime", ""), NULL, "Il est vingt et une heures 5." },
    { "en", INTENT("HassGetCurrentDate", ""), NULL, "It is Sunday, March 1st, 2026." },
    { "fr", INTENT("HassGetCurrentDate", ""), NULL, "Nous sommes le dimanche 1er mars 2026." },
    { "en", INTENT("HassNevermind", ""), NULL, "Cancelled." },
    { "en", INTENT("JarvisStop", ""), NULL, "Stopped." },
    { "en", INTENT("JarvisThanks", ""), NULL, "You are welcome." },
    { "en", INTENT("JarvisYes", ""), NULL, "There is nothing to confirm." },
    { "fr", INTENT("JarvisNo", ""), NULL, "D'accord." },
    /* a number is told of what they all are, with the room that they share */
    { "en", INTENT("HassTurnOff", ""), BLINDS(CLOSED,CLOSED), "Closed all the blinds." },
    { "en", INTENT("HassTurnOff", DOMAIN("cover") "," N("except", "\"d\"", "d")), BLINDS(CLOSED,CLOSED), "Closed the left blind and the right blind." },
    { "en", INTENT("JarvisUndo", ""), BLINDS(CLOSED,CLOSED), "Put 2 blinds in the bedroom back as before." },
    { "en", INTENT("JarvisUndo", ""), SWITCHES, "Put 2 devices in the hall back as before." },
    { "en", INTENT("JarvisUndo", ""), MIXED, "Put 4 devices back as before." },
    { "en", INTENT("JarvisUndo", ""), TWO, "Put 2 lights in the kitchen back as before." },
    { "fr", INTENT("JarvisUndo", ""), FOUR(OFF), "C'est remis comme avant : 4 lumières." },
    { "fr", INTENT("JarvisUndo", ""), SWITCHES, "C'est remis comme avant : 2 appareils dans le hall." },
    { "de", INTENT("JarvisUndo", ""), FOUR(OFF), "4 Lichter wieder wie vorher." },
    { "de", INTENT("HassTurnOff", DOMAIN("light") "," N("except", "\"d\"", "d")), FOUR(OFF), "4 Lichter ausgeschaltet." },
    { "es", INTENT("HassTurnOff", DOMAIN("light") "," N("except", "\"d\"", "d")), FOUR(OFF), "He apagado 4 luces." },
    { "es", INTENT("JarvisUndo", ""), MIXED, "4 dispositivos están otra vez como antes." },
    { "nl", INTENT("HassTurnOff", DOMAIN("light") "," N("except", "\"d\"", "d")), FOUR(OFF), "Ik heb 4 lampen uitgezet." },
    { "it", INTENT("HassTurnOff", DOMAIN("light") "," N("except", "\"d\"", "d")), FOUR(OFF), "Ho spento 4 luci." },
    /* who never told how it was is not called silent */
    { "en", INTENT("JarvisUndo", ""), UNTOLD("Hall lamp"), "Put the lamp 1 back as before. I do not know how the hall lamp was before." },
    { "en", INTENT("JarvisUndo", ""), UNTOLD("Blinds"), "Put the lamp 1 back as before. I do not know how the blinds were before." },
    { "fr", INTENT("JarvisUndo", ""), UNTOLD("Volets"), "C'est remis comme avant : lamp 1. Je ne sais pas comment étaient les volets avant." },
    { "de", INTENT("JarvisUndo", ""), UNTOLD("Flurlampe"), "Wieder wie vorher: Lamp 1. Ich weiß nicht, wie Flurlampe vorher war." },
    { "es", INTENT("JarvisUndo", ""), UNTOLD("Persianas"), "Otra vez como antes: lamp 1. No sé cómo estaban las persianas antes." },
    { "nl", INTENT("JarvisUndo", ""), UNTOLD("Rolluiken"), "Weer zoals daarvoor: lamp 1. Ik weet niet hoe de rolluiken daarvoor waren." },
    { "it", INTENT("JarvisUndo", ""), UNTOLD("Tapparelle"), "Di nuovo come prima: lamp 1. Non so in che stato erano le tapparelle prima." },
    { "en", INTENT("SomethingNew", ""), TWO, "Done." },
    { "en", "{\"intent\":\"HassTurnOn\",\"slots\":{" NAME "},\"response\":\"scene\"}", NULL, "Activated kitchen light." },
    { "en", "{\"intent\":\"HassTurnOn\",\"slots\":{" NAME "},\"response\":\"unheard_of\"}", NULL, "Turned on the kitchen light." },
    { "en", INTENT("HassTurnOn", ""), NULL, "Done." },
    { "en", "{\"intent\":\"HassTurnOn\"}", "{\"devices\":7}", "Done." },
    { "en", "{\"intent\":5,\"slots\":[1,2]}", "[]", "Done." },
    { "de", INTENT("HassTurnOn", NAME), DEVICES(DEV("k","K\u00fcchenlampe","light","K\u00fcche",ON)), "K\u00fcchenlampe eingeschaltet." },
    { "de", INTENT("HassTurnOff", NAME), DEVICES(DEV("v","Vorhang im Bad","cover","",CLOSED)), "Vorhang im Bad geschlossen." },
    { "de", INTENT("HassTurnOn", DOMAIN("light") "," AREA), TWO, "Ich habe die Lichter im Bereich Kitchen eingeschaltet." },
    { "de", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "Ich habe alle Lichter ausgeschaltet." },
    { "de", INTENT("HassTurnOff", DOMAIN("light")), FOUR_MISSED, "Ich habe alle Lichter ausgeschaltet. Keine Antwort von Bedroom lamp." },
    { "de", INTENT("HassGetState", NAME), DEVICES(DEV("v","Wohnzimmerlampen","light","",ON)), "Wohnzimmerlampen sind an." },
    { "de", INTENT("HassGetState", NAME), DEVICES(DEV("v","Fenster","binary_sensor","",CLOSED)), "Fenster ist geschlossen." },
    { "de", ASKED("all", DOMAIN("light") "," STATE("on")), FOUR(ON), "Ja, alle Lichter sind an." },
    { "de", ASKED("any", DOMAIN("light") "," STATE("off")), FOUR(ON), "Nein, nichts davon ist aus." },
    { "de", INTENT("HassClimateSetTemperature", N("temperature","21.5","21,5")), NULL, "Temperatur auf 21,5 Grad gestellt." },
    { "de", INTENT("HassTurnOn", DOMAIN("scene") "," NAME), DEVICES(DEV("s","Filmabend","scene","","{}")), "Szene Filmabend gestartet." },
    { "de", INTENT("HassGetCurrentTime", ""), NULL, "Es ist 21 Uhr 5." },
    { "de", INTENT("HassGetCurrentDate", ""), NULL, "Heute ist Sonntag, der 1. M\u00e4rz 2026." },
    { "es", INTENT("HassTurnOn", NAME), DEVICES(DEV("k","L\u00e1mpara de la cocina","light","",ON)), "He encendido la l\u00e1mpara de la cocina." },
    { "es", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "He apagado todas las luces." },
    { "es", INTENT("HassTurnOn", DOMAIN("light") "," AREA), DEVICES(DEV("a","Foco","light","Cocina",ON) "," DEV("b","Luz","light","Cocina",ON)), "He encendido las luces en la cocina." },
    { "es", INTENT("HassGetState", NAME), DEVICES(DEV("v","Persianas","cover","",CLOSED)), "Las persianas est\u00e1n cerradas." },
    { "es", INTENT("HassGetState", NAME), DEVICES(DEV("v","Ventilador","fan","",OFF)), "El ventilador est\u00e1 apagado." },
    { "es", INTENT("HassGetState", NAME "," STATE("on")), DEVICES(DEV("v","Luz del sal\u00f3n","light","",OFF)), "No, la luz del sal\u00f3n est\u00e1 apagada." },
    { "es", INTENT("HassClimateGetTemperature", ""), DEVICES(DEV("t","Termostato","climate","","{\"temperature\":1}")), "Hay 1 grado." },
    { "es", INTENT("HassClimateGetTemperature", ""), DEVICES(DEV("t","Termostato","climate","Cocina","{\"temperature\":1}")), "Hay 1 grado en la cocina." },
    { "es", INTENT("HassGetCurrentTime", ""), NULL, "Son las 21 y 5." },
    { "es", INTENT("HassGetCurrentDate", ""), NULL, "Hoy es domingo 1 de marzo de 2026." },
    { "nl", INTENT("HassTurnOn", NAME), DEVICES(DEV("k","Keukenlamp","light","",ON)), "Ik heb de keukenlamp aangezet." },
    { "nl", INTENT("HassTurnOff", NAME), DEVICES(DEV("k","Gordijn","cover","",CLOSED)), "Ik heb het gordijn gesloten." },
    { "nl", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "Ik heb alle lampen uitgezet." },
    { "nl", INTENT("HassGetState", NAME), DEVICES(DEV("v","Rolluiken","cover","",OPEN)), "De rolluiken zijn open." },
    { "nl", INTENT("HassLightSet", NAME "," N("brightness_step","-10","10")), DEVICES(DEV("k","Bureaulamp","light","",DID(ON, "\"brightness\":70"))), "Ik heb de bureaulamp 10 procent gedimd, tot 70." },
    { "nl", INTENT("HassGetCurrentTime", ""), NULL, "Het is 21 uur 5." },
    { "nl", INTENT("HassGetCurrentDate", ""), NULL, "Het is zondag 1 maart 2026." },
    { "it", INTENT("HassTurnOn", NAME), DEVICES(DEV("k","Luce della cucina","light","",ON)), "Ho acceso la luce della cucina." },
    { "it", INTENT("HassTurnOn", DOMAIN("light") "," AREA), DEVICES(DEV("a","Faretto","light","Cucina",ON) "," DEV("b","Luce","light","Cucina",ON)), "Ho acceso le luci in cucina." },
    { "it", INTENT("HassTurnOff", DOMAIN("light")), FOUR(ON), "Ho spento tutte le luci." },
    { "it", INTENT("HassGetState", NAME), DEVICES(DEV("v","Tapparelle","cover","",CLOSED)), "Le tapparelle sono chiuse." },
    { "it", INTENT("HassGetState", NAME), DEVICES(DEV("v","Interruttore","switch","",ON)), "L'interruttore \u00e8 acceso." },
    { "it", INTENT("HassGetState", NAME), LAMPE(OLD), "Lampe du salon era acceso l'ultima volta." },
    { "it", INTENT("HassGetCurrentTime", ""), NULL, "Sono le 21 e 5." },
    { "it", INTENT("HassGetCurrentDate", ""), NULL, "Oggi \u00e8 domenica 1\u00ba marzo 2026." },
};

/* Sunday the 1st of March 2026, 21:05 in Paris. */
static const int64_t sunday_usec = 1772395500LL * 1000000;

static void test_phrases(void **state)
{
    size_t failed = 0;

    (void)state;
    setenv("TZ", "Europe/Paris", 1);
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(phrases[i].language);
        AUTO_JSON *intent = json(phrases[i].intent), *acted = json(phrases[i].acted);
        AUTO_JSON *devices = json(registry);
        AUTO_STR out = STR_INIT;
        const struct phrase_facts f = { intent, acted, devices, sunday_usec };

        phrase_done(&out, r, &f);
        if (strcmp(str_text(&out), phrases[i].want) == 0)
            continue;
        failed++;
        print_error("%zu %s %s: '%s', want '%s'\n", i, phrases[i].language, phrases[i].intent,
                    str_text(&out), phrases[i].want);
    }
    assert_int_equal(failed, 0);
}

static const struct {
    const char *language, *intent, *acted, *want;
} confirms[] = {
    { "en", INTENT("HassTurnOn", NAME), DOOR(CLOSED), "Shall I open the garage door?" },
    { "en", INTENT("HassTurnOff", NAME), DOOR(OPEN), "Shall I close the garage door?" },
    { "fr", INTENT("HassTurnOn", NAME), DEVICES(COVER("p", "Portail", "gate", CLOSED)),
      "Dois-je ouvrir le portail ?" },
    { "en", INTENT("HassTurnOff", NAME), DEVICES(DEV("l", "Front door", "lock", "", LOCKED)),
      "Shall I unlock the front door?" },
    { "fr", INTENT("HassTurnOff", NAME), DEVICES(DEV("l", "Porte d'entrée", "lock", "", LOCKED)),
      "Dois-je déverrouiller la porte d'entrée ?" },
    { "en", INTENT("HassSetPosition", NAME "," N("position", "40", "40")), DOOR(OPEN),
      "Shall I move the garage door to 40 percent?" },
    { "en", INTENT("HassToggle", NAME), DOOR(OPEN), "Shall I move the garage door?" },
};

static void test_confirm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(confirms) / sizeof(confirms[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(confirms[i].language);
        AUTO_JSON *intent = json(confirms[i].intent), *acted = json(confirms[i].acted);
        AUTO_JSON *devices = json(registry);
        AUTO_STR out = STR_INIT;
        const struct phrase_facts f = { intent, acted, devices, 0 };

        phrase_confirm(&out, r, &f);
        assert_string_equal(str_text(&out), confirms[i].want);
    }
}

static void test_impossible(void **state)
{
    static const struct {
        const char *language, *intent, *want; /* NULL: no words */
    } cases[] = {
        { "en", INTENT("HassLightSet", NAME "," N("brightness", "150", "150")),
          "I can set 0 to 100 percent." },
        { "en", INTENT("HassClimateSetTemperature", N("temperature", "50", "50")),
          "I can set 5 to 35 degrees." },
        { "fr", INTENT("HassSetPosition", N("position", "150", "150")),
          "Je peux régler de 0 à 100 pour cent." },
        { "en", INTENT("HassTurnOn", NAME), NULL },
        { "en", INTENT("Unheard", N("brightness", "150", "150")), NULL },
        { "en", "{}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        AUTO_JSON *intent = json(cases[i].intent);
        AUTO_STR out = STR_INIT;

        assert_int_equal(phrase_impossible(&out, r, intent), cases[i].want != NULL);
        assert_string_equal(str_text(&out), cases[i].want ? cases[i].want : "");
    }
}

static void test_zone(void **state)
{
    AUTO(reply_freep) struct reply *en = load("en"), *fr = load("fr");
    AUTO_STR out = STR_INIT;

    (void)state;
    setenv("TZ", "Asia/Kolkata", 1);
    reply_time(&out, en, sunday_usec);
    reply_date(&out, fr, sunday_usec);
    reply_time(&out, fr, sunday_usec - 95 * 60 * 1000000LL); /* on the hour */
    setenv("TZ", "UTC", 1);
    reply_time(&out, fr, sunday_usec - 485 * 60 * 1000000LL);
    assert_string_equal(str_text(&out), "1:35lundi 2 mars 2026minuitmidi");
}

static void test_numbers(void **state)
{
    static const struct {
        double number;
        const char *want;
    } cases[] = { { 0, "0" },        { -0.0, "0" },      { 21, "21" },       { 21.5, "21,5" },
                  { 0.25, "0,25" },  { -3.1, "-3,1" },   { 100, "100" },     { 1e13, "?" },
                  { 1.0 / 3, "0,33" }, { -0.001, "0" } };
    AUTO(reply_freep) struct reply *fr = load("fr");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_STR out = STR_INIT;

        reply_number(&out, fr, cases[i].number);
        assert_string_equal(str_text(&out), cases[i].want);
    }
}

/* Sentences take turns in order; one whose place is not known does not take its turn. */
static void test_turns(void **state)
{
    AUTO(reply_freep) struct reply *r = load("en");
    struct reply_choice c = { .intent = "HassTurnOn",
                              .places = { [PLACE_NAME] = "lamp", [PLACE_IS] = "is" } };
    static const char *const want[] = { "Turned on lamp.", "Lamp is on.", "Turned on lamp." };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        AUTO_STR out = STR_INIT;

        reply_make(&out, r, &c);
        assert_string_equal(str_text(&out), want[i]);
    }
}

static void test_errors(void **state)
{
    static const struct {
        int code;
        enum reply_error want;
    } cases[] = { { -ENOENT, REPLY_NO_DEVICE },     { -ENOTCONN, REPLY_BROKER_AWAY },
                  { -ETIMEDOUT, REPLY_TIMED_OUT },  { -EOPNOTSUPP, REPLY_CANNOT },
                  { -EINVAL, REPLY_BAD_VALUE },     { -EHOSTDOWN, REPLY_DEVICE_AWAY },
                  { -ENOTUNIQ, REPLY_WHICH_ROOM },  { -EIO, REPLY_FAILED } };
    AUTO(reply_freep) struct reply *fr = load("fr");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(phrase_action_error(cases[i].code), cases[i].want);
    assert_int_equal(phrase_llm_error(-EHOSTDOWN), REPLY_LLM_OFFLINE);
    assert_int_equal(phrase_llm_error(-ETIMEDOUT), REPLY_LLM_SLOW);
    assert_int_equal(phrase_llm_error(-EPROTO), REPLY_LLM_FAILED);
    for (int i = 0; i < REPLY_ERROR_N; i++)
        assert_true(strlen(reply_error(fr, i)) > 3);
    assert_true(strlen(reply_prompt(fr)) > 100);
}

/* ---- bad files: a good one with one thing changed -------------------------------------- */

static const struct {
    const char *name, *from, *to; /* in en.yaml */
    const char *words;
} bad[] = {
    { "unknown place", "Turned on {name}.", "Turned on {nome}.", "unknown word in braces: " },
    { "the state before", "Turned on {name}.", "{name} {is} {state}.", "unknown word in braces: " },
    { "open brace", "Turned on {name}.", "Turned on {name.", "a brace has no partner" },
    { "closing brace", "Turned on {name}.", "Turned on name}.", "a brace has no partner" },
    { "place in an error", "Sorry, that did not work.", "Sorry, {name}.",
      "unknown word in braces" },
    { "no default", "  JarvisThanks:\n    default:", "  JarvisThanks:\n    other:",
      "lacks `default`: JarvisThanks" },
    { "missing intent", "  JarvisStop:", "  JarvisHalt:", "`intents` lacks: JarvisStop" },
    { "missing error", "  busy:", "  not_heard2:", "unknown error: not_heard2" },
    { "unknown section", "done:", "dune:", "unknown section: dune" },
    { "eleven months", "[January, February,", "[January,", "list of the right length: months" },
    { "empty list", "[\"Stopped.\"]", "[]", "list of sentences: default" },
    { "empty sentence", "[\"Stopped.\"]", "[\" \"]", "not empty" },
    { "a map for a sentence", "[\"Stopped.\"]", "[{a: b}]", "not empty" },
    { "intent without keys", "  JarvisStop:\n    default: [\"Stopped.\"]", "  JarvisStop: Stopped.",
      "keys with sentences: JarvisStop" },
    { "unknown word", "  decimal:", "  decimals:", "unknown word: decimals" },
    { "words of the date", "{weekday}, {month}", "{weekday}, {name}", "unknown word in braces" },
    { "three forms", "is: [is, is, are, are]", "is: [is, is, are]", "one word or four" },
    { "one word for a kind", "light: [the lights, all the lights, lights, light]", "light: [the lights]",
      "two to four words" },
    { "five words for a kind", "light: [the lights, all the lights, lights, light]", "light: [a, b, c, d, e]",
      "two to four words" },
    { "unknown key of a noun", "{ article: the }", "{ artikel: the }", "unknown key of a noun" },
    { "no form", "article: the, form: 2", "article: the, form: 4", "form must be" },
    { "a noun that is none", "  - { article: the }", "  - the", "must hold article" },
    { "an article of words", "{ article: the }", "{ article: [the] }", "must be a text" },
    { "no word for more", "  more: \"{count} more\"\n", "", "`words` lacks: more" },
    { "names of another kind", "language: en", "language: en\nnames: shouted", "as_written" },
    { "bad YAML", "done: [", "done: [[", "line " },
};

static void test_bad(void **state)
{
    FILE *f = fopen(FOLDER "en.yaml", "re");
    static char good[32768];
    size_t len = f ? fread(good, 1, sizeof(good) - 1, f) : 0;

    (void)state;
    assert_true(len > 1000 && len < sizeof(good) - 1);
    fclose(f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_STR text = STR_INIT;
        const char *at = strstr(good, bad[i].from);
        struct reply *r = (struct reply *)&text;
        struct err e = ERR_INIT;

        assert_non_null(at);
        str_add_bytes(&text, good, (size_t)(at - good));
        str_add(&text, bad[i].to);
        str_add(&text, at + strlen(bad[i].from));
        if (reply_parse(&r, "en.yaml", text.data, text.len, &e) != -EINVAL ||
            r != (struct reply *)&text || !strstr(e.text, bad[i].words) ||
            !strstr(e.text, "en.yaml line "))
            fail_msg("%s: '%s'", bad[i].name, e.text);
    }
    assert_int_equal(reply_parse(&(struct reply *){ NULL }, "x", "", 0, NULL), -EINVAL);
    assert_int_equal(reply_load(&(struct reply *){ NULL }, FOLDER "xx.yaml", NULL), -ENOENT);
}

/* Each language has its own words for each key that English has, and for no other. */
static void test_same_keys(void **state)
{
    static const char *const languages[] = { "de", "es", "fr", "it", "nl" };
    AUTO(yaml_freep) struct yaml *en = NULL;

    (void)state;
    assert_int_equal(yaml_load(&en, FOLDER "en.yaml", NULL), 0);
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        AUTO(yaml_freep) struct yaml *other = NULL;
        char path[128];

        snprintf(path, sizeof(path), FOLDER "%s.yaml", languages[i]);
        assert_int_equal(yaml_load(&other, path, NULL), 0);
        assert_string_equal(yaml_str(other, "language", ""), languages[i]);
        yaml_each (intent, yaml_get(en, "intents")) {
            const struct yaml *there = yaml_get(yaml_get(other, "intents"), intent->key);

            if (yaml_count(there) != yaml_count(intent))
                fail_msg("%s: %s has %zu keys, not %zu", path, intent->key, yaml_count(there),
                         yaml_count(intent));
            yaml_each (key, intent)
                if (!yaml_get(there, key->key))
                    fail_msg("%s: %s lacks %s", path, intent->key, key->key);
        }
        yaml_each (state_word, yaml_get(en, "states"))
            assert_non_null(yaml_get(yaml_get(other, "states"), state_word->key));
        yaml_each (kind, yaml_get(en, "kinds"))
            assert_int_equal(yaml_count(yaml_get(yaml_get(other, "kinds"), kind->key)), 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_keys),
        cmocka_unit_test(test_phrases), cmocka_unit_test(test_confirm),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_turns),
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
