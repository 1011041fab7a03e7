/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_rows.h - the wake engines there are, one row each; wake.engine names one.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_WAKE_ROWS_H
#define JARVIS_SPEECH_WAKE_ROWS_H

#include "base/paths.h"
#include "core/settings.h"
#include "speech/stt.h"
#include "wake/engine.h"

struct wake_deps { /* all borrowed */
    struct stt *stt;
    const struct settings *settings;
    const struct paths *paths;
};

struct wake_row {
    const char *name;
    bool listens; /* false: nobody can wake it by word */
    int (*make)(struct wake_engine *ret, const struct wake_deps *d, struct err *e);
};

extern const struct wake_row wake_rows[];
extern const size_t wake_rows_n;

const struct wake_row *wake_row_find(const char *name); /* NULL: unknown */
/* Makes the engine of a row and compares its version. -EINVAL, -ENOMEM, errors of the engine's own
 * files. */
int wake_row_make(struct wake_engine *ret, const struct wake_row *row, const struct wake_deps *d,
                  struct err *e);

#endif
