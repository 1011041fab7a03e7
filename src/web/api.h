/* SPDX-License-Identifier: Apache-2.0 */
/* web/api.h - the handlers that stand in the route table.
 * Threads: HTTP thread. They read the snapshot and the store and post to the bus. */
#ifndef JARVIS_WEB_API_H
#define JARVIS_WEB_API_H

#include "core/deadlines.h"

struct call;

enum {
    CHAT_DEADLINE_MS = DEADLINE_CHAT_MS,
    ACT_DEADLINE_MS = DEADLINE_ACT_REQUEST_MS,
    STATUS_DEADLINE_MS = DEADLINE_STATUS_MS,
};

int api_health(struct call *c);
int api_ready(struct call *c);
int api_status(struct call *c);
int api_chat(struct call *c);
int api_sessions(struct call *c);
int api_session(struct call *c);
int api_devices(struct call *c);
int api_device_act(struct call *c);
int api_areas(struct call *c);
int api_missed(struct call *c);
int api_learnt(struct call *c);
int api_learn(struct call *c);
int api_acknowledge(struct call *c);
int api_openapi(struct call *c);
int api_socket(struct call *c);
int api_page(struct call *c);

#endif
