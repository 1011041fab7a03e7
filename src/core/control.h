/* SPDX-License-Identifier: Apache-2.0 */
/* core/control.h - the control socket for jarvisctl: run/control.sock, mode 0660.
 *
 * One request frame (CONTROL_REQUEST, JSON {cmd, ...}) is answered by any number of
 * CONTROL_EVENT frames and one CONTROL_DONE (JSON; {"error": words} on failure), all
 * with the request's serial. The commands are rows of a table that app/ passes in; what
 * stands beside "cmd" is taken by the row's table of fields, so that a handler never sees
 * what does not fit.
 *
 * Bounds: CONTROL_CLIENTS_MAX clients; when one more comes, the one that has been idle
 * longest gives way (16 that say nothing lock nobody out), and only where all wait for an
 * answer it is refused. CONTROL_CALLS_MAX requests of a client wait. Nothing is queued
 * here: an answer that does not fit the kernel's buffer costs the client its connection.
 * Threads: main loop. */
#ifndef JARVIS_CORE_CONTROL_H
#define JARVIS_CORE_CONTROL_H

#include "base/fields.h"
#include "core/loop.h"
#include "core/rpc.h"

enum { CONTROL_REQUEST = 16, CONTROL_EVENT = 17, CONTROL_DONE = 18 };
enum { CONTROL_CLIENTS_MAX = 16, CONTROL_CALLS_MAX = 16 };

struct control;
struct control_call; /* one request that is not answered yet; dies with its client */

/* Main loop. Answer now or later through the call: control_event() any number of times, then
 * control_done() exactly once. `args` is the struct of the row's table (NULL where it has none),
 * borrowed for the call: what outlives it is copied or stolen. */
typedef void (*control_fn)(struct control_call *call, void *args, void *user);

struct control_row {
    const char *cmd;
    control_fn fn;
    const struct fields *args; /* NULL: nothing is taken */
    const char *help;          /* one line for people */
};

int control_new(struct control **ret, struct loop *loop, const char *path,
                const struct control_row *rows, size_t n, void *user, struct err *e);
struct control *control_free(struct control *c);
AUTO_DEFINE(struct control *, control_free)

/* A number for the call that stays valid as a name after its client has gone; find returns NULL
 * then. A `call` itself is valid until done or fail, or until the loop's turn ends. */
uint64_t control_call_id(const struct control_call *call);
struct control_call *control_call_find(struct control *c, uint64_t id);
void control_event(struct control_call *call, const cJSON *json);
void control_done(struct control_call *call, const cJSON *json); /* NULL: {} */
void control_fail(struct control_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Client side (jarvisctl, tests): connects, blocking. -ENOENT/-ECONNREFUSED with the remedy. */
int control_connect(int *ret_fd, const char *path, struct err *e);

#endif
