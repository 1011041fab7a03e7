/* SPDX-License-Identifier: Apache-2.0 */
/* base/confine.h - what a helper process may still do: compute, and answer on its socket.
 *
 * A helper holds a large third-party decoder that reads what people say. Nobody who takes it over
 * shall reach the network, the history, the control socket or another program:
 *
 *   files   Landlock: nothing may be written or made; read and executed only what is named
 *   calls   seccomp:  no sockets, no processes, no exec, no tracing, no mounts, no keys ... (-EPERM);
 *           another architecture's calls end the process
 *
 *     jarvisd: confine_files_new()  fork  [confine_files_enter, confine_calls(false)]  exec
 *     helper:  confine_calls(true): from here on no exec either
 *
 * Both are kernel features that an old or odd kernel may lack (Debian 12 and 13 have them): then
 * the rest still holds, and confine_has() says what is missing. Sanitizer builds are not confined,
 * their run-time needs more.
 * Threads: entering confines the calling thread and what it starts: before there are others.
 * Between fork and exec only the two marked async-signal-safe may be called.
 * Owner: the rule set is a descriptor of the caller. May fail: -ENOMEM; -ENOSYS for what is missing. */
#ifndef JARVIS_BASE_CONFINE_H
#define JARVIS_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

struct confine_support {
    int landlock; /* version of its interface; 0: none */
    bool seccomp;
};

void confine_has(struct confine_support *ret);
/* What is missing and what it means, in words; NULL: nothing is. */
const char *confine_lack(const struct confine_support *has);
/* A rule set: files below each of `readable` (those that are there) may be read and executed.
 * Returns the descriptor (close-on-exec), -ENOSYS without Landlock. */
int confine_files_new(const char *const *readable, size_t n);
/* Async-signal-safe. For ever: also after exec. */
int confine_files_enter(int fd);
/* Async-signal-safe. For ever. `no_exec`: starting another program is refused as well. */
int confine_calls(bool no_exec);

#endif
