/* SPDX-License-Identifier: Apache-2.0 */
/* base/paths.h - where everything stands; all of it hangs off one root for tests.
 *
 * --root "" (the installed system): /etc/jarvis, /var/lib/jarvis, /run/jarvis,
 * /usr/share/jarvis, helpers in /usr/lib/jarvis.
 * --root DIR: DIR/etc/jarvis ... A program run from the build tree finds the helpers
 * beside itself and the shared data in the tree's rootfs-overlay (see paths_init()).
 * Threads: constant after paths_init(). */
#ifndef JARVIS_BASE_PATHS_H
#define JARVIS_BASE_PATHS_H

#include "base/err.h"

#include <stddef.h>

enum { PATHS_BYTES = 512 };

struct paths {
    char etc[PATHS_BYTES];     /* jarvis.yaml, devices.yaml */
    char state[PATHS_BYTES];   /* databases, settings.yaml, backups */
    char run[PATHS_BYTES];     /* control socket; gone at boot */
    char lent[PATHS_BYTES];    /* what helpers of another user read as well: the grammar; gone at boot */
    char share[PATHS_BYTES];   /* sentences/, responses/ */
    char models[PATHS_BYTES];  /* weights of networks (tools/weights.txt); may be missing */
    char helpers[PATHS_BYTES]; /* jarvis-stt, jarvis-tts */
    char sockets[PATHS_BYTES]; /* where systemd serves them; may be missing */
};

/* `root` "" or a directory. -ENAMETOOLONG; -ENOENT when no helpers are found. Order of search
 * for helpers: $JARVIS_HELPERS, the folder of the running program, /usr/lib/jarvis; for share:
 * $JARVIS_SHARE, <root>/usr/share/jarvis, <program>/../../rootfs-overlay/usr/share/jarvis; for models: <share>/models,
 * <program>/../models. `lent` is <root>/run/jarvis-grammar where it was made for a group (tmpfiles.d), which what
 * is written there inherits; else `run`: then the helpers are our own. */
int paths_init(struct paths *p, const char *root, struct err *e);
/* dir + "/" + name into out; -ENAMETOOLONG: untouched, as of the next. */
int paths_join(char *out, size_t size, const char *dir, const char *name, struct err *e);
/* A model by its name in the folder of models, or by its whole path. */
int paths_model(char *out, size_t size, const struct paths *p, const char *name, struct err *e);

#endif
