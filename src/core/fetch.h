/* SPDX-License-Identifier: Apache-2.0 */
/* core/fetch.h - asking HTTP servers from the main loop: language models, recognisers, voices.
 *
 *   fetch_ask() -> libcurl multi on the main loop (sockets by loop_io, time by loop_timer)
 *       on_body()   the answer's bytes, from within libcurl: they are collected, nothing else
 *       on_more()   after libcurl has returned: what was collected is handed on
 *       on_whole()  the transfer is over and was right so far: is the answer?
 *       on_end()    exactly once, with words that name the server, the fault and the setting
 *   fetch_cancel(): the connection is closed before it returns; no event follows
 *
 * Nothing blocks, names are resolved in a thread of libcurl. http and https only, redirects are not
 * followed unless asked for, no proxy is taken from the environment, the key stands in no words. An answer of another
 * status or type than asked for never reaches on_body(); its own words of error stand in those of
 * on_end(). fetch_connect() ends with a connection that its owner speaks on. A circuit breaker (core/breaker.h) leaves a server alone that failed three times.
 *
 * Who owns what: one request at a time; what it needs is copied. The place and the events are borrowed.
 * Bounds: FETCH_ANSWER_BYTES_MAX of an answer, FETCH_REFUSAL_BYTES of one that is refused.
 * Threads: main loop. */
#ifndef JARVIS_CORE_FETCH_H
#define JARVIS_CORE_FETCH_H

#include "base/json.h"
#include "core/breaker.h"
#include "core/loop.h"

#include <stddef.h>

enum { FETCH_ANSWER_BYTES_MAX = 32 << 20, FETCH_REFUSAL_BYTES = 4096 };

struct fetch;

/* How the server is called in words, and the settings that a person would change. */
struct fetch_place {
    const char *what;        /* "language model" */
    const char *url_row;     /* "llm.url" */
    const char *key_row;     /* "llm.key" */
    const char *connect_row; /* "llm.connect_ms" */
    const char *path_rows;   /* for 404: "llm.url and llm.model" */
    const char *kind_rows;   /* for an answer of another type: "llm.kind and llm.url" */
};

struct fetch_events {
    /* From within libcurl; may look at nothing but its own. 0: go on, 1: that is all that is wanted,
     * < 0: a fault with its words. */
    int (*on_body)(const void *bytes, size_t len, void *user, struct err *e);
    /* Main loop. May fetch_cancel(). NULL: nobody wants to know. */
    void (*on_more)(void *user);
    /* Main loop, before the last on_more(). 0, or the fault of an answer that came whole. NULL: right. */
    int (*on_whole)(void *user, struct err *e);
    /* Main loop, never from within fetch_ask(). 0, or what went wrong: -ECONNREFUSED, -EHOSTUNREACH,
     * -ECONNRESET, -ETIMEDOUT, -EACCES, -ENOENT, -EBUSY, -EAGAIN, -EPROTO, -EREMOTEIO, -EMSGSIZE. May
     * fetch_ask() again. */
    void (*on_end)(int code, const char *words, void *user);
    /* fetch_connect() only: there is a connection; `fd` is the owner's. on_end(0) follows. */
    void (*on_socket)(int fd, void *user);
    void *user; /* borrowed */
};

struct fetch_part {                     /* of a form; borrowed */
    const char *name, *filename, *type; /* filename and type: NULL for a plain field */
    const void *data;
    size_t len;
};

struct fetch_request {        /* borrowed */
    const char *url;          /* as fetch_url_check() took it, or a path behind it */
    const char *key;          /* "" for none; sent as bearer */
    const char *accept;       /* header; NULL: none */
    const char *const *types; /* of answers that are taken, up to NULL; NULL: any */
    const char *type;         /* of the body; NULL with a form */
    const void *body;         /* NULL and no parts: GET */
    size_t len;
    const struct fetch_part *parts; /* a form of several parts */
    size_t parts_n;
    int64_t connect_ms;
    int64_t gap_ms; /* without a byte of the answer; 0: unbounded */
    int64_t total_ms;
    uint64_t bytes_max; /* of the answer; 0: FETCH_ANSWER_BYTES_MAX */
    /* How many redirects are followed, for what is judged by its sum and not by its place; from https to
     * https only. No key may go with it. */
    unsigned redirects;
};

int fetch_new(struct fetch **ret, struct loop *loop, const struct fetch_place *place,
              const struct fetch_events *events, struct err *e);
struct fetch *fetch_free(struct fetch *f); /* cancels */
AUTO_DEFINE(struct fetch *, fetch_free)
/* Borrowed: what one of them learns of the server, all know. */
void fetch_share_breaker(struct fetch *f, struct breaker *b);
/* -EBUSY: one is under way; -EHOSTDOWN: the breaker is open, with the time; -EINVAL: url; -ENOMEM. */
int fetch_ask(struct fetch *f, const struct fetch_request *q, struct err *e);
/* Resolves and connects, for a protocol of the owner's own: on_socket(), on_end(). `url`: http://host:port.
 * Errors as fetch_ask(). */
int fetch_connect(struct fetch *f, const char *url, int64_t connect_ms, struct err *e);
void fetch_cancel(struct fetch *f); /* NULL and nothing under way are fine */
/* The owner's own fault, a deadline of his: ends as if the transfer had failed so. Not from on_body(). */
void fetch_fail(struct fetch *f, struct err *e);
bool fetch_is_busy(const struct fetch *f);     /* NULL: no */
const char *fetch_host(const struct fetch *f); /* of the last request; borrowed */

/* Is it an http or https address without user and password? Its host to `host`. -EINVAL with the row's
 * name, -ENOMEM. */
int fetch_url_check(const char *url, const char *row, char *host, size_t size, struct err *e);
/* The words of {"error": "..."} or {"error": {"message": "..."}}; NULL where there is none. */
const char *fetch_error_words(const cJSON *j);

#endif
