/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_change.h - changes one setting of the running daemon without waiting for the disk.
 *
 *     main loop: settings_check() --refused at once--> the asker
 *        '--> slow thread: what is dear to check (rules), settings_write() (fsync)
 *               '--> main loop: into the live struct, done(0): now it is true after a power cut
 *
 * Changes are made in the order they were asked for. Until done(0) the old value is in force.
 * Who owns what: the live struct, paths and rules are borrowed and outlive the change.
 * What may fail: see settings_check() and settings_write(); -EBUSY when too many wait.
 * Threads: main loop; a rule's check runs on the slow thread. */
#ifndef JARVIS_CORE_SETTINGS_CHANGE_H
#define JARVIS_CORE_SETTINGS_CHANGE_H

#include "core/settings.h"
#include "core/slow.h"

/* A check that needs knowledge core does not have (is the wake phrase in the dictionary?), given by
 * app. Slow thread; `s` is a copy of the settings as they were when the change was asked for. */
struct settings_rule {
    const char *key;
    int (*check)(const struct settings *s, const char *text, struct err *e);
};

struct settings_place {
    struct settings *live;
    const struct paths *paths;
    struct slow *slow;
    const struct settings_rule *rules;
    size_t rules_n;
};

/* Main loop. code 0: kept and in force; else `words`. `row` is constant. */
typedef void (*settings_done_fn)(int code, const char *words, const struct cfg_row *row,
                                 void *user);

/* < 0: refused at once, done() is not called. 0: done() is called once, later. */
int settings_change(const struct settings_place *p, const char *key, const char *value,
                    settings_done_fn done, void *user, struct err *e);

#endif
