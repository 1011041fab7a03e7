/* SPDX-License-Identifier: Apache-2.0 */
/* web/check.h - what a request must look like before any route sees it.
 *
 *   target:   begins with "/", no control byte, blank or %00 in it, no way up by ".."
 *   fields:   names are tokens, values have no control bytes
 *   query:    no key twice
 *   Host:     exactly one, and one of our names with our port (DNS rebinding: a foreign
 *             name that was pointed at us sends that foreign name). Where the server is bound
 *             to every interface, any IP address is ours, too: no foreign name is one, and
 *             it is how people open the page from another machine
 *   framing:  at most one Content-Length of digits, or "Transfer-Encoding: chunked",
 *             never both (request smuggling); Expect is 100-continue or absent
 *   origin:   a request that changes something, and the WebSocket, come from our own page
 *             or from a program, never from another site's page
 *
 * libmicrohttpd lets most of that pass. Nothing here allocates.
 * Threads: no shared state; a struct site is constant once made. */
#ifndef JARVIS_WEB_CHECK_H
#define JARVIS_WEB_CHECK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_FIELDS_MAX = 64, SITE_NAMES_MAX = 24, SITE_NAME_BYTES = 256, REQUEST_ID_BYTES = 65 };

struct head_field {
    const char *name, *value; /* borrowed */
};

struct head { /* all text borrowed */
    const char *method;
    const char *target;  /* as sent, with the query */
    const char *version; /* "HTTP/1.1" */
    size_t n;
    struct head_field fields[HEAD_FIELDS_MAX];
};

struct site { /* the names we answer to */
    unsigned port;
    bool any_address; /* bound to every interface: each IP address with our port is ours */
    size_t n;
    struct site_name {
        char name[SITE_NAME_BYTES];
        unsigned port; /* the port that must follow the name */
    } names[SITE_NAMES_MAX];
};

/* The built-in names, `hostname` (may be ""), `bind` where it is one address, and `more`: comma
 * separated names, with a port where it is not ours ("jarvis.example:443").
 * -EINVAL names a bad entry of http.hosts, -E2BIG too many. */
int site_init(struct site *ret, const char *hostname, const char *bind, unsigned port,
              const char *more, struct err *e);
/* Is a Host field's value one of ours? The port may be left out only where it is 80. */
bool site_has(const struct site *s, const char *host);

/* How often `name` stands there; *ret: the value of the first, untouched when there is none. */
size_t head_find(const char **ret, const struct head *h, const char *name);
/* Does the comma separated list of all fields `name` hold `token` (letters of either case)? */
bool head_has_token(const struct head *h, const char *name, const char *token);

/* 0, or -EPROTO with words and *status = 400, 403, 417, 421, 501 (untouched when all is well). */
int check_request(unsigned *status, const struct head *h, const struct site *s, struct err *e);
/* Alone, for the WebSocket and for methods that change something: 403. */
int check_origin(unsigned *status, const struct head *h, struct err *e);

/* Bytes the body will have; -ENODATA: no body told, -EINPROGRESS: chunked. Call it after
 * check_request(). A length beyond 2^53 is told as 2^53. */
int64_t head_body_bytes(const struct head *h);
/* Is Content-Type application/json (parameters allowed), and not compressed? */
bool head_is_json(const struct head *h);
/* Does the client take gzip (Accept-Encoding, with its q=0)? */
bool head_takes_gzip(const struct head *h);
/* Does If-None-Match name this entity tag (with quotes), or "*"? */
bool head_has_etag(const struct head *h, const char *etag);
/* A request id that may be copied into headers and logs: 1..64 of A-Z a-z 0-9 . _ - */
bool request_id_is_harmless(const char *id);

#endif
