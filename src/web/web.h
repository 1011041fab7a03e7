/* SPDX-License-Identifier: Apache-2.0 */
/* web/web.h - HTTP, WebSocket and the page. Parses untrusted bytes beside the microphone,
 * so it touches the rest only by bus messages and its own store reader.
 *
 *   MHD's epoll thread:  strict request checks, route table, reads the store and the
 *                        snapshot (mutex), posts MSG_TEXT and suspends the connection
 *   WebSocket thread:    wslay; events out, text in
 *   main loop:           bus handlers keep the snapshot, wake suspended connections
 *
 * Below this: http.h (server and checks), route.h (table), api.h (handlers), socket.h
 * (WebSocket), model.h (snapshot), assets (the page, gzipped into the program).
 * Threads: new/free/start on the main loop. */
#ifndef JARVIS_WEB_WEB_H
#define JARVIS_WEB_WEB_H

#include "core/bus.h"
#include "core/health.h"
#include "core/settings.h"
#include "store/store.h"

struct web;

struct web_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    const struct settings *settings;
    struct store *store; /* may be NULL: sessions are then empty */
    /* Main loop: the parts of /api/status that other folders know, owned by the caller. */
    cJSON *(*status)(void *user);
    void *user;
};

int web_new(struct web **ret, const struct web_deps *d, struct err *e);
struct web *web_free(struct web *w);
AUTO_DEFINE(struct web *, web_free)
/* Binds and serves. -EADDRINUSE "port 8100 is in use by another program: ..." etc. */
int web_start(struct web *w, struct err *e);
bool web_is_watched(const struct web *w); /* a page is open */
unsigned web_port(const struct web *w); /* the bound port, also for port 0 */
void web_api_markdown(struct str *out); /* docs/api.md from the route table */

#endif
