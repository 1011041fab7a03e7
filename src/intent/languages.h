/* SPDX-License-Identifier: Apache-2.0 */
/* intent/languages.h - every language of this box, made ready and kept so.
 *
 *   languages_set_devices(), languages_reload(), languages_plan() --> [50 ms] --> a build (build.h)
 *       of each that is due, the box's own first --> [slow worker] --> adopted --> made()
 *       --> the next
 *   a new grammar of the own language --> MSG_GRAMMAR
 *
 * The old sentences serve until the new ones are made, also those of a language that becomes the
 * box's own. Who can answer while something is due asks: languages_is_due(), and
 * languages_is_stale(): what a language knows of the house is not so any more.
 * Who owns what: tongues and devices are the languages' own; what is taught is borrowed. A build on
 * its way owns copies and finds its way back by the language's name.
 * What may fail: a build for want of memory (tried again), a language without files (its tongue is
 * NULL, told), the grammar's file (told). Changes that follow upon one another cost one build, and
 * none puts it off.
 * Threads: main loop; builds run on the slow worker. */
#ifndef JARVIS_INTENT_LANGUAGES_H
#define JARVIS_INTENT_LANGUAGES_H

#include "core/slow.h"
#include "intent/intent.h"
#include "intent/learnt.h"
#include "intent/notice.h"
#include "intent/tongue.h"

struct language_job;

struct language {
    char name[TONGUE_NAME_MAX];
    struct tongue *tongue; /* owned; NULL: not built yet, or it could not be */
    char *strangers;       /* owned; names of own sentences that are nowhere */
    bool is_due;           /* to be built (again) */
    bool is_stale;         /* until it is built: names in it mean something else now, or nothing */
};

struct languages {
    struct intent_deps deps;
    const struct learnt *learnt; /* borrowed: names that people taught */
    void (*made)(void *user);    /* one was adopted, or could not be made */
    void *user;
    /* [0] is the box's own; the others are known by their files */
    struct language list[TONGUES_MAX + 1];
    size_t n;
    cJSON *devices;           /* owned; as told last, NULL: not yet */
    char *devices_text;       /* owned; what the names are made of */
    struct loop_timer *timer; /* owned; the next build */
    struct language_job *job; /* borrowed: the slow worker owns it; NULL: none is on its way */
    uint64_t grammar;         /* hash of the grammar that speech has; 0: none */
    struct err missing;       /* why the own language could not be loaded; code 0: it was */
    struct notice sentences, own, spoken;
};

/* The own language is built at once, without devices: the first sentence may come before they do.
 * -ENOMEM. */
int languages_init(struct languages *l, struct err *e);
void languages_done(struct languages *l);
/* The files are read again, also those of languages that came. */
void languages_reload(struct languages *l);
void languages_plan(struct languages *l); /* all are built again */
/* MSG_DEVICES' json; nothing happens where the names are the same. */
void languages_set_devices(struct languages *l, const cJSON *devices);
/* Names mean something else from now on, or nothing: each language is stale until it is built. */
void languages_stale(struct languages *l);
/* Is the own language to be built, or with `all` any? */
bool languages_is_due(const struct languages *l, bool all);
/* Do names mean something else than in the own language, or with `all` in any that is there? */
bool languages_is_stale(const struct languages *l, bool all);
/* Does the own language know the devices of this house, the ones there were last at least? */
bool languages_know_house(const struct languages *l);
/* Borrowed, those that are there; returns how many. */
size_t languages_tongues(const struct tongue *ret[TONGUES_MAX + 1], const struct languages *l);

#endif
