/* SPDX-License-Identifier: Apache-2.0 */
/* store/internal.h - what store.c and reader.c share. */
#ifndef JARVIS_STORE_INTERNAL_H
#define JARVIS_STORE_INTERNAL_H

#include "store/backup.h"
#include "store/writer.h"

struct store {
    char dir[STORE_PATH_BYTES];
    const struct clock *clock; /* borrowed */
    struct guard *guard;       /* owned */
    struct writer *writer;     /* owned */
};

#endif
