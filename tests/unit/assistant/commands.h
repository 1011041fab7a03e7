/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/commands.h - sentences of several commands, and about what was done before. */
#ifndef JARVIS_TESTS_COMMANDS_H
#define JARVIS_TESTS_COMMANDS_H

#include "unit/assistant/scene.h"

#define NAME(id, text) "\"slots\":{\"name\":{\"value\":\"" id "\",\"text\":\"" text "\"}}"
#define ON(id, text) "{\"intent\":\"HassTurnOn\"," NAME(id, text) "}"
#define OFF(id, text) "{\"intent\":\"HassTurnOff\"," NAME(id, text) "}"
#define LIST(commands) "{\"commands\":[" commands "]}"

static const struct scene_meaning commands_meanings[] = {
    { "both", 0, LIST(ON("lamp", "the lamp") "," OFF("light1", "light")) },
    { "dead first", 0, LIST(ON("dead", "the fan") "," ON("lamp", "the lamp")) },
    { "dead last", 0, LIST(ON("lamp", "the lamp") "," ON("dead", "the fan")) },
    { "both dead", 0, LIST(ON("dead", "the fan") "," OFF("dead", "the fan")) },
    { "lamp and time", 0, LIST(ON("lamp", "the lamp") ",{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}") },
    { "time twice", 0,
      LIST("{\"intent\":\"HassGetCurrentTime\",\"slots\":{}},{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}") },
    { "garage and lamp", 0, LIST(ON("garage", "garage door") "," ON("lamp", "the lamp")) },
    { "lamp and garage", 0, LIST(ON("lamp", "the lamp") "," ON("garage", "garage door")) },
    { "garage twice", 0, LIST(ON("garage", "garage door") "," ON("garage", "garage door")) },
    { "strange and lamp", 0, LIST("{\"intent\":\"HassNothing\"}," ON("lamp", "the lamp")) },
    { "none", 0, LIST("") },
    { "lamp and part", -ENOENT, "{\"part\":\"sing a song\"}" },
    { "light1 on", 0, ON("light1", "light") },
    { "zorblax on", -ENOENT,
      "{\"lacks\":{\"text\":\"zorblax\",\"kind\":\"light\",\"devices\":[],\"as\":{\"intent\":\"HassTurnOn\","
      "\"slots\":{}}}}" },
    { "undo", 0, "{\"intent\":\"JarvisUndo\",\"slots\":{}}" },
    { "no light2", 0, "{\"intent\":\"JarvisCorrect\"," NAME("light2", "light") "}" },
    { "no the hall", 0,
      "{\"intent\":\"JarvisCorrect\",\"slots\":{\"area\":{\"value\":\"Hall\",\"text\":\"hall\"}}}" },
    { "no garage", 0, "{\"intent\":\"JarvisCorrect\"," NAME("garage", "garage door") "}" },
    { "no nothing", 0, "{\"intent\":\"JarvisCorrect\",\"slots\":{}}" },
    { "also light2", 0, "{\"intent\":\"JarvisAlso\"," NAME("light2", "light") "}" },
    { "again", 0, "{\"intent\":\"JarvisAgain\",\"slots\":{}}" },
    { "say again", 0, "{\"intent\":\"JarvisRepeat\",\"slots\":{}}" },
    { "help", 0,
      "{\"intent\":\"JarvisHelp\",\"slots\":{},\"examples\":[\"turn on the lamp\",\"stop\"]}" },
    { "help none", 0, "{\"intent\":\"JarvisHelp\",\"slots\":{}}" },
};

/* scene_open() with these meanings, and a house that answers for the device that was named. */
static inline int commands_open(struct scene *s)
{
    int r = scene_open(s);

    s->more = commands_meanings;
    s->more_n = sizeof(commands_meanings) / sizeof(commands_meanings[0]);
    s->by_name = true;
    return r;
}

#endif
