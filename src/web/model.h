/* SPDX-License-Identifier: Apache-2.0 */
/* web/model.h - what the page shows: a snapshot that bus handlers keep, and events to sockets.
 *
 *   main loop:    MSG_STATE, MSG_DEVICES, MSG_DEVICE, MSG_MUTE -> snapshot + event
 *                 MSG_SESSION, MSG_LEVEL, MSG_TRANSCRIPT, MSG_FAULT -> event only
 *                 MSG_ANSWER, MSG_ACTED -> the waiting request or the socket that asked
 *   any thread:   model_hello(), model_devices(), model_status()
 *
 * Events are JSON objects with a "type"; docs/api.md lists them (web/describe.c).
 * /api/status is made by web_deps.status() on the main loop, when somebody asks and at
 * most once a second.
 * Threads: new/free/start on the main loop; readers anywhere (mutex). */
#ifndef JARVIS_WEB_MODEL_H
#define JARVIS_WEB_MODEL_H

#include "web/pending.h"
#include "web/web.h"

struct model;

struct model_out { /* any of them may be called from the main loop only; all borrowed */
    /* To every socket. `brief`: may be left out for a slow client (level). */
    void (*event)(const char *text, bool brief, void *user);
    /* To the socket with this number. */
    void (*direct)(uint32_t socket, const char *text, void *user);
    /* Is anybody connected? Nothing is made for nobody. */
    bool (*has_audience)(void *user);
    void *user;
    struct pending *pending;
};

int model_new(struct model **ret, const struct web_deps *d, const struct model_out *out,
              struct err *e);
struct model *model_free(struct model *m);
AUTO_DEFINE(struct model *, model_free)
void model_start(struct model *m); /* first status; main loop */

/* The first event for a new socket: {"type":"hello", state, muted, faults, devices ...}. Owned by
 * the caller; NULL: out of memory. */
char *model_hello(struct model *m);
/* {"devices": [...]}; owned by the caller; NULL: out of memory. */
char *model_devices(struct model *m);
/* {"areas": [{name, devices: [ids]}]}; the same. */
char *model_areas(struct model *m);
bool model_has_device(struct model *m, const char *id);
/* The status when it is younger than a second (with `any_age`: the last one); owned by the caller;
 * NULL: there is none such. */
char *model_status(struct model *m, bool any_age);
/* Asks the main loop for a new one; pending_wake(WAIT_STATUS) follows. Park the request first. */
void model_ask_status(struct model *m);

#endif
