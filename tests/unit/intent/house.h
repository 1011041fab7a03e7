/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/house.h - a house to test sentences in: the shipped sentence files, and
 * devices of every kind. Included by the tests of intent/ only. */
#ifndef JARVIS_TESTS_UNIT_INTENT_HOUSE_H
#define JARVIS_TESTS_UNIT_INTENT_HOUSE_H

#include "base/file.h"
#include "intent/match.h"
#include "intent/names.h"

#include <string.h>

#define HOUSE_SENTENCES "rootfs-overlay/usr/share/jarvis/sentences/"

static const char house_english[] =
    "[{\"id\":\"kitchen_light\",\"name\":\"Kitchen light\",\"aliases\":[\"cooker lamp\"],"
    "  \"area\":\"Kitchen\",\"kind\":\"light\"},"
    " {\"id\":\"bedside\",\"name\":\"Bedside lamp\",\"area\":\"Bedroom\",\"kind\":\"light\"},"
    " {\"id\":\"cafe\",\"name\":\"Caf\u00e9 lamp\",\"area\":\"Living room\",\"kind\":\"light\"},"
    " {\"id\":\"tv\",\"name\":\"TV 2\",\"area\":\"Living room\",\"kind\":\"switch\"},"
    " {\"id\":\"coffee\",\"name\":\"Coffee machine\",\"area\":\"Kitchen\",\"kind\":\"switch\"},"
    " {\"id\":\"blind\",\"name\":\"Bedroom blind\",\"area\":\"Bedroom\",\"kind\":\"cover\","
    "  \"class\":\"blind\"},"
    " {\"id\":\"garage\",\"name\":\"Garage door\",\"area\":\"Garage\",\"kind\":\"cover\","
    "  \"class\":\"garage\"},"
    " {\"id\":\"radiator\",\"name\":\"Living room radiator\",\"area\":\"Living room\","
    "  \"kind\":\"climate\"},"
    " {\"id\":\"movie\",\"name\":\"Movie night\",\"kind\":\"scene\"},"
    " {\"id\":\"lock\",\"name\":\"Front door lock\",\"area\":\"Hall\",\"kind\":\"lock\"},"
    " {\"id\":\"front\",\"name\":\"Front door\",\"area\":\"Hall\",\"kind\":\"binary_sensor\","
    "  \"class\":\"door\"},"
    " {\"id\":\"outside\",\"name\":\"Outside temperature\",\"kind\":\"sensor\"},"
    " {\"id\":\"pm\",\"name\":\"PM2.5\",\"area\":\"Office\",\"kind\":\"sensor\"}]";

static const char house_french[] =
    "[{\"id\":\"cuisine\",\"name\":\"Lumi\u00e8re de la cuisine\",\"aliases\":[\"plafonnier\"],"
    "  \"area\":\"Cuisine\",\"kind\":\"light\"},"
    " {\"id\":\"chevet\",\"name\":\"Lampe de chevet\",\"area\":\"Chambre\",\"kind\":\"light\"},"
    " {\"id\":\"tele\",\"name\":\"T\u00e9l\u00e9\",\"area\":\"Salon\",\"kind\":\"switch\"},"
    " {\"id\":\"cafe\",\"name\":\"Cafeti\u00e8re\",\"area\":\"Cuisine\",\"kind\":\"switch\"},"
    " {\"id\":\"volet\",\"name\":\"Volet de la chambre\",\"area\":\"Chambre\",\"kind\":\"cover\"},"
    " {\"id\":\"garage\",\"name\":\"Porte du garage\",\"area\":\"Garage\",\"kind\":\"cover\","
    "  \"class\":\"garage\"},"
    " {\"id\":\"serrure\",\"name\":\"Serrure d'entr\u00e9e\",\"area\":\"Entr\u00e9e\","
    "  \"kind\":\"lock\"},"
    " {\"id\":\"fenetre\",\"name\":\"Fen\u00eatre de la cuisine\",\"area\":\"Cuisine\","
    "  \"kind\":\"binary_sensor\",\"class\":\"window\"},"
    " {\"id\":\"lustre\",\"name\":\"Lustre\",\"area\":\"Entr\u00e9e\",\"kind\":\"light\"},"
    " {\"id\":\"poele\",\"name\":\"Po\u00eale\",\"area\":\"Salon\",\"kind\":\"climate\"},"
    " {\"id\":\"cinema\",\"name\":\"Soir\u00e9e cin\u00e9ma\",\"kind\":\"scene\"},"
    " {\"id\":\"dehors\",\"name\":\"Temp\u00e9rature ext\u00e9rieure\",\"kind\":\"sensor\"}]";

struct house {
    struct catalog *catalog;
    struct names *names;
    struct pair area; /* the room that Jarvis stands in; value NULL: not known */
    struct str complaints;
};

static void house_complain(const char *text, void *user)
{
    struct house *h = user;

    str_addf(&h->complaints, "%s\n", text);
}

static inline void house_done(struct house *h)
{
    catalog_free(h->catalog);
    names_free(h->names);
    str_done(&h->complaints);
    memset(h, 0, sizeof(*h));
}

/* From the text of a sentence file, and that of one for speech alone (NULL: none). */
static inline int house_parse_both(struct house *h, const char *language, const char *yaml,
                                   size_t len, const char *spoken, const char *devices,
                                   struct err *e)
{
    AUTO_JSON *j = NULL;
    int r = catalog_new(&h->catalog, language, house_complain, h, e);

    if (r == 0)
        r = catalog_parse(h->catalog, "test.yaml", false, yaml, len, e);
    if (r == 0 && spoken)
        r = catalog_parse(h->catalog, "speech.yaml", false, spoken, strlen(spoken), e);
    if (r == 0)
        r = catalog_link(h->catalog, e);
    if (r == 0)
        r = json_parse(&j, devices, strlen(devices), e);
    if (r == 0)
        r = names_new(&h->names, j, h->catalog->numbers, spoken_language(language, spoken != NULL), e);
    if (r == 0) {
        catalog_set_list(h->catalog, "name", &h->names->name);
        catalog_set_list(h->catalog, "area", &h->names->area);
    }
    return r;
}

static inline int house_parse(struct house *h, const char *language, const char *yaml, size_t len,
                              const char *devices, struct err *e)
{
    return house_parse_both(h, language, yaml, len, NULL, devices, e);
}

/* With the shipped sentences. */
static inline int house_load(struct house *h, const char *language, const char *devices,
                             struct err *e)
{
    AUTO_FREE char *yaml = NULL, *spoken = NULL;
    char path[256];
    size_t len, spoken_len;
    int r;

    snprintf(path, sizeof(path), HOUSE_SENTENCES "speech/%s.yaml", language);
    if (file_exists(path) && (r = file_read(&spoken, &spoken_len, path, 1 << 20, e)) < 0)
        return r;
    snprintf(path, sizeof(path), HOUSE_SENTENCES "%s.yaml", language);
    r = file_read(&yaml, &len, path, 1 << 20, e);
    return r < 0 ? r : house_parse_both(h, language, yaml, len, spoken, devices, e);
}

/* "HassTurnOn area=Kitchen domain=light", slots by name; "-" for no match. */
static inline void house_show(struct str *out, const struct match *m)
{
    const char *done = "";
    const bool found = m->block && strcmp(m->block->intent, "JarvisRefuse") != 0; /* no command */

    str_add(out, found ? m->block->intent : "-");
    for (size_t count = 0; found && count < m->slots_n; count++) {
        const struct match_slot *next = NULL;

        for (size_t i = 0; i < m->slots_n; i++)
            if (strcmp(m->slots[i].name, done) > 0 &&
                (!next || strcmp(m->slots[i].name, next->name) < 0))
                next = &m->slots[i];
        if (!next)
            return;
        done = next->name;
        str_addf(out, " %s=", done);
        if (next->value.kind == DATUM_NUMBER)
            str_addf(out, "%g", next->value.number);
        else if (next->value.kind == DATUM_TEXT)
            str_add(out, next->value.text);
        else if (next->value.kind == DATUM_HEARD)
            sentence_text(out, m->s, next->from, next->to);
        for (const struct pair *p = next->value.texts; p; p = p->next)
            str_addf(out, "%s%s", p == next->value.texts ? "" : "|", p->value);
    }
}

/* A text, asked; it stays where the match points into it. */
struct house_asked {
    struct said said;
    struct match m;
};

static inline int house_find(struct house_asked *ret, const struct house *h, const char *text,
                             size_t len)
{
    struct match_query q = { .catalog = h->catalog, .said = &ret->said,
                             .context = h->area.value ? &h->area : NULL };
    struct sentence s;
    int r = sentence_parse(&s, text, len, NULL);

    if (r < 0)
        return r;
    said_init(&ret->said, &s, h->catalog);
    match_find(&ret->m, &q);
    return 0;
}

static inline void house_understand(struct str *out, const struct house *h, const char *text)
{
    struct house_asked asked;

    if (house_find(&asked, h, text, strlen(text)) < 0)
        str_add(out, "refused");
    else
        house_show(out, &asked.m);
}

#endif
