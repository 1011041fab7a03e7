/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/settings.h - one change of a setting, all its steps at once (the daemon takes them on
 * two threads, core/settings_change.h). */
#ifndef JARVIS_TESTS_LIB_SETTINGS_H
#define JARVIS_TESTS_LIB_SETTINGS_H

#include "core/settings.h"

static inline int settings_set(struct settings *s, const struct paths *p, const char *key,
                               const char *value, struct err *e)
{
    const struct cfg_row *row = NULL;
    int r = settings_check(&row, key, value, e);

    if (r >= 0)
        r = settings_write(p, row, value, e);
    return r < 0 ? r : cfg_store(row, s, value, e);
}

#endif
