/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.c - monotonic and wall time, real or virtual. */
#include "base/clock.h"

static int64_t clock_read_usec(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void clock_init_real(struct clock *c)
{
    c->is_virtual = false;
    atomic_init(&c->mono_usec, 0);
    c->wall_base_usec = 0;
}

void clock_init_virtual(struct clock *c, int64_t wall_base_usec)
{
    c->is_virtual = true;
    atomic_init(&c->mono_usec, 0);
    c->wall_base_usec = wall_base_usec;
}

int64_t clock_now_usec(void)
{
    return clock_read_usec(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(void)
{
    return clock_now_usec() / 1000;
}

struct timespec clock_timespec(int64_t usec)
{
    return (struct timespec){ usec / 1000000, usec % 1000000 * 1000 };
}

int64_t clock_mono_usec(const struct clock *c)
{
    if (c->is_virtual)
        return atomic_load_explicit(&c->mono_usec, memory_order_relaxed);
    return clock_now_usec();
}

int64_t clock_mono_ms(const struct clock *c)
{
    return clock_mono_usec(c) / 1000;
}

int64_t clock_wall_usec(const struct clock *c)
{
    if (c->is_virtual)
        return c->wall_base_usec + clock_mono_usec(c);
    return clock_read_usec(CLOCK_REALTIME);
}

void clock_advance_usec(struct clock *c, int64_t usec)
{
    if (c->is_virtual)
        atomic_fetch_add_explicit(&c->mono_usec, usec, memory_order_relaxed);
}
