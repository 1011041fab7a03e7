/* SPDX-License-Identifier: Apache-2.0 */
/* base/cleanup.h - scope-bound ownership (gcc/clang cleanup attribute).
 *
 *     AUTO(ring_freep) struct ring *r = NULL;   every early return frees it
 *     *ret = STEAL(r);                          success: ownership leaves
 */
#ifndef JARVIS_BASE_CLEANUP_H
#define JARVIS_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO(fn) __attribute__((__cleanup__(fn)))
#define STEAL(p)                  \
    __extension__({               \
        __typeof__(p) held_ = (p); \
        (p) = NULL;               \
        held_;                    \
    })
#define STEAL_FD(fd)         \
    __extension__({          \
        int held_fd_ = (fd); \
        (fd) = -1;           \
        held_fd_;            \
    })

/* Defines fn##p(type *) for AUTO() from a `type fn(type)` that accepts NULL. */
#define AUTO_DEFINE(type, fn)             \
    static inline void fn##p(type *held_) \
    {                                     \
        if (*held_)                       \
            (void)fn(*held_);             \
    }

static inline void cleanup_freep(void *held)
{
    free(*(void **)held);
}

static inline void cleanup_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_fclosep(FILE **file)
{
    if (*file)
        fclose(*file);
}

#define AUTO_FREE AUTO(cleanup_freep)
#define AUTO_CLOSE AUTO(cleanup_closep)
#define AUTO_FCLOSE AUTO(cleanup_fclosep)

#endif
