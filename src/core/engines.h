/* SPDX-License-Identifier: Apache-2.0 */
/* core/engines.h - the slot for recognisers that are no part of this package: which are installed, which of
 * them a setting asks for, and one being brought or taken away.
 *
 *     engines_add(), engines_drop()   -> a worker of its own: core/shelf.h
 *     on_change(name), done(code)     <- when the list is the new one
 *     engines_used()                  the one that engine.dictation or engine.commands names, if it fits
 *     engines_hears()                 are commands heard in a language? English always, by the package's model
 *
 * One at a time is brought: it takes minutes, and neither the slow worker nor the main loop waits for it.
 *
 * Owner: a manifest that is pointed to is the list's and stands until on_change(). A job that hangs in the disk
 * at the end is left, with what it uses. May fail: -EBUSY (one is under way), -E2BIG (SHELF_MAX), -ENOENT, -ENOMEM.
 * Threads: main loop. */
#ifndef JARVIS_CORE_ENGINES_H
#define JARVIS_CORE_ENGINES_H

#include "core/loop.h"
#include "core/settings.h"
#include "core/shelf.h"

struct engines;

/* Main loop, exactly once unless it was refused: 0, or words. */
typedef void (*engines_done_fn)(int code, const char *words, void *user);

/* Reads what is installed: before the loop runs. `loop` NULL: none is ever added. */
int engines_new(struct engines **ret, struct loop *loop, const struct paths *p, struct err *e);
/* Stops what is under way and waits up to a second for it. */
struct engines *engines_free(struct engines *n);
AUTO_DEFINE(struct engines *, engines_free)
/* Told before done(), when engine `name` is another one or gone. */
void engines_on_change(struct engines *n, void (*fn)(const char *name, void *user), void *user);

/* `m` is taken over (zeroed) where it is taken on. */
int engines_add(struct engines *n, struct manifest *m, engines_done_fn done, void *user, struct err *e);
int engines_drop(struct engines *n, const char *name, engines_done_fn done, void *user, struct err *e);
void engines_stop(struct engines *n);                /* what is under way ends with -ECANCELED */
const char *engines_busy(const struct engines *n);   /* with which engine; NULL: none */

const struct shelf *engines_shelf(const struct engines *n);
/* The engine of that kind that the settings name, where it is installed and hears `language`. NULL: none;
 * `e` (may be NULL) then says why: code 0 none is wanted, -ENOENT, -EINVAL. */
const struct manifest *engines_used(const struct engines *n, const struct settings *s, enum manifest_kind kind,
                                    const char *language, struct err *e);
/* May the setting of that kind be `name`? "" is none. -ENOENT, -EINVAL with the setting's name. */
int engines_check(const struct engines *n, enum manifest_kind kind, const char *name, struct err *e);
/* `n` NULL: only what comes with the package. */
/* Where a part of an installed engine is (NULL: its folder). -ENAMETOOLONG. */
int engines_path(char *out, size_t size, const struct engines *n, const struct manifest *m, const char *part,
                 struct err *e);
/* Its program: one of its own files, which no link has led out of its folder, or a helper of the system.
 * -EACCES, -ENOENT, -EINVAL: it is no engine with a program. */
int engines_program(char *out, size_t size, const struct engines *n, const struct manifest *m, struct err *e);
bool engines_hears(const struct engines *n, const struct settings *s, const char *language);
extern const char *const engines_settings[MANIFEST_KINDS_N]; /* "engine.dictation" .. */

#endif
