/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/fixtures.h - the house that a file of Home Assistant's sentence tests describes.
 *
 *   floors, areas {name, id, floor}, entities {name, id or domain, area, state, attributes}, timers, media
 *
 * As lists for the matcher, and as MSG_ACTED's devices for the replies.
 * Threads: one owner. */
#ifndef JARVIS_LAB_FIXTURES_H
#define JARVIS_LAB_FIXTURES_H

#include "base/json.h"
#include "base/yaml.h"
#include "intent/match.h"

enum { FIXTURES_BYTES_MAX = 64 << 20 };

struct fixtures {
    struct arena arena;
    struct list name, area, floor;
    cJSON *devices, *timers, *media; /* owned; lists */
};

/* -EINVAL (a name that is no template), -ENOMEM; *f is then to be freed as well. */
int fixtures_read(struct fixtures *f, const struct yaml *y, struct err *e);
void fixtures_done(struct fixtures *f);
void fixtures_adopt(const struct fixtures *f, struct catalog *c);
/* The devices that an intent with these slots is about, as MSG_ACTED's json; NULL: memory. */
cJSON *fixtures_acted(const struct fixtures *f, const char *intent, const cJSON *slots);
/* Adds the slots that a template of this intent sees besides: timers, canceled, media. */
bool fixtures_slots(const struct fixtures *f, const char *intent, cJSON *slots);

#endif
