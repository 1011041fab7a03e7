/* SPDX-License-Identifier: Apache-2.0 */
/* base/hangup.c - a helper ends when nobody talks to it any more. */
#include "base/hangup.h"

#include "base/must.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10 };

static void *hangup_main(void *user)
{
    struct pollfd p = { .fd = (int)(intptr_t)user, .events = 0 }; /* the end is told all the same */

    while (poll(&p, 1, -1) < 0 && errno == EINTR)
        ;
    if (must(p.revents & (POLLHUP | POLLERR | POLLNVAL)))
        _exit(0); /* what hangs may hold any lock: nothing is tidied up */
    return NULL;
}

int hangup_ends_us(int fd, struct err *e)
{
    struct thread t = { .is_started = false };
    const struct thread_opts o = {
        .name = "hangup",
        .main = hangup_main,
        .user = (void *)(intptr_t)fd,
#ifndef JARVIS_SANITIZED
        .stack_bytes = STACK_BYTES,
#endif
    };
    int r = thread_start(&t, &o, e);

    if (r >= 0)
        thread_abandon(&t); /* it ends with the process, or the process with it */
    return r;
}
