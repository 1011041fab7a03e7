/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/fault.c - allocation functions that fail on demand (linked with --wrap). */
#include "fault.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static _Atomic long countdown; /* 0: not armed */
static _Atomic bool stays, hit;

void fault_arm(long nth, bool for_ever)
{
    hit = false;
    stays = for_ever;
    countdown = nth;
}

bool fault_hit(void)
{
    return hit;
}

void fault_disarm(void)
{
    countdown = 0;
}

static bool fault_now(void)
{
    long left = countdown;

    if (left == 0)
        return false;
    if (left > 1) {
        countdown = left - 1;
        return false;
    }
    hit = true;
    if (!stays)
        countdown = 0;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fault_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fault_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fault_now() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = __wrap_malloc(n);

    if (copy)
        memcpy(copy, s, n);
    return copy;
}
