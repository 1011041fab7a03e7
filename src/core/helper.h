/* SPDX-License-Identifier: Apache-2.0 */
/* core/helper.h - a supervised helper process on one end of an RPC socket.
 *
 * Starts the program with the socket as descriptor 3, resource limits and no other
 * descriptors but stdin (/dev/null), stdout and stderr, an environment of its own, and confined
 * (base/confine.h): it can neither open a socket nor read or write any file but those of packages
 * and the ones named here. The helper ends by itself when the socket closes (base/hangup.h). When it dies it is started again: at once the first time, then
 * after 100 ms, 200 ms ... 10 s; ten seconds of health reset the back-off. A helper that
 * does not answer RPC_PING within its deadline is killed and so restarted. On the virtual clock
 * nothing is pinged: its time may run far ahead of a helper that works in real time.
 *
 *     main loop                                    helper
 *     helper_new -> spawn --------- fd 3 --------> main()
 *     on_state(up)                                 ... frames ...
 *     on_frame(frame)              <------------   rpc_send()
 *
 * Installed, a helper may be somebody else's: where its socket is there and is ours to use, we connect
 * to it, and systemd starts the program as a user of its own, with more taken away than we can
 * (rootfs-overlay: jarvis-stt.socket, jarvis-stt@.service). It is up when it has answered a first
 * ping. We can neither kill nor reap it: to end it is to hang up, which it cannot miss. For the rest
 * it is the same: back-off, pings, words.
 *
 * Threads: main loop; helper_send() from any thread. */
#ifndef JARVIS_CORE_HELPER_H
#define JARVIS_CORE_HELPER_H

#include "core/loop.h"
#include "core/rpc.h"

#include <stdbool.h>

/* Frame types that every helper knows; a helper's own begin at RPC_OWN. */
enum { RPC_PING = 1, RPC_PONG = 2, RPC_OWN = 16 };
enum { HELPER_FD = 3, HELPER_READABLE_MAX = 4 };

struct helper;

struct helper_opts {
    const char *name;        /* "jarvis-stt"; also stands in complaints; constant */
    const char *program;     /* path; copied */
    const char *const *args; /* further arguments, NULL-terminated; may be NULL; copied */
    size_t memory_bytes_max; /* RLIMIT_AS; 0: none */
    /* Files and folders beside those of packages that it may read; NULL: no more. The list is read
     * at each start: texts of settings may stand in it, and change. */
    const char *readable[HELPER_READABLE_MAX];
    unsigned ping_ms;        /* how often to ping; 0: never */
    unsigned deadline_ms;    /* kill when a ping stays unanswered that long */
    const char *socket;      /* where it may be served already; NULL: nowhere; copied. Not asked on the
                              * virtual clock. Needs deadline_ms */
    /* Main loop, never within helper_new(). The helper is up (frames may be sent) or down (why, in
     * words; a start that fails again for the same reason is not told again). Both callbacks may
     * free the helper. */
    void (*on_state)(struct helper *h, bool up, const char *why, void *user);
    /* Main loop. `f` is borrowed for the call. Pings are answered before this. */
    void (*on_frame)(struct helper *h, const struct rpc_frame *f, void *user);
    void *user; /* borrowed */
};

int helper_new(struct helper **ret, struct loop *loop, const struct helper_opts *o, struct err *e);
struct helper *helper_free(struct helper *h); /* SIGTERM, then SIGKILL after 200 ms; reaps */
AUTO_DEFINE(struct helper *, helper_free)
/* -ENOTCONN while down, else as rpc_send(). Any thread. */
int helper_send(struct helper *h, uint16_t type, uint32_t serial, const void *payload, size_t len,
                struct err *e);
int helper_send2(struct helper *h, uint16_t type, uint32_t serial, const void *head,
                 size_t head_len, const void *bulk, size_t bulk_len, struct err *e);
int helper_send_json(struct helper *h, uint16_t type, uint32_t serial, const cJSON *json,
                     struct err *e);
/* Ends it and starts it again, with what `readable` names now. `why` stands in the words of its end. Main loop. */
void helper_restart(struct helper *h, const char *why);
bool helper_is_up(const struct helper *h);
unsigned helper_restarts(const struct helper *h); /* since helper_new() */
pid_t helper_pid(const struct helper *h);         /* 0 while down, or where it is not ours */

#endif
