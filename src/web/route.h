/* SPDX-License-Identifier: Apache-2.0 */
/* web/route.h - the one table of addresses: what the server answers, what docs/api.md and
 * /api/openapi.json say. A row has everything that is known of an address.
 * Threads: constant. */
#ifndef JARVIS_WEB_ROUTE_H
#define JARVIS_WEB_ROUTE_H

#include "base/err.h"
#include "base/fields.h"
#include "base/limit.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct call;

enum { ROUTE_PARAMS_MAX = 3, ROUTE_ANSWERS_MAX = 10, ROUTE_SEGMENT_BYTES = 64 };

/* HTTP thread. Answers through web/response.h, or parks the call and is called again. Returns
 * enum MHD_Result. */
typedef int (*route_fn)(struct call *call);

struct route_param {  /* one whole number in the query */
    const char *name; /* NULL ends the list */
    int64_t min, max, fallback;
    const char *help;
};

/* What a request costs; web/http.c has a rate for each. */
enum route_rate {
    RATE_FREE,  /* from memory: no more than the line itself */
    RATE_READ,  /* reads the store */
    RATE_OPEN,  /* opens a WebSocket */
    RATE_WRITE, /* makes the house or the assistant do something */
    RATE_N
};
extern const struct rate route_rates[RATE_N]; /* for each address */

struct route {
    const char *method;
    const char *path;  /* "{name}" stands for one segment */
    enum route_rate rate;
    size_t body_bytes; /* largest body taken; 0: none */
    const struct fields *body; /* what it holds; NULL: none */
    route_fn fn;
    const char *summary;
    struct route_param params[ROUTE_PARAMS_MAX];
    const char *request;                  /* example, JSON; NULL: no body */
    const char *answer;                   /* example; NULL: no JSON */
    unsigned failures[ROUTE_ANSWERS_MAX]; /* statuses beyond those of every request; 0 ends */
};

extern const struct route routes[];
extern const size_t routes_n;

/* The row for a method and a path without its query; HEAD finds GET. `segment` (may be NULL) gets
 * what stood for "{name}". -ENOENT: nothing at this path; -EOPNOTSUPP: other methods are. */
int route_find(const struct route **ret, char segment[ROUTE_SEGMENT_BYTES], const char *method,
               const char *path);
/* The methods of a path for the Allow field: "GET, HEAD, OPTIONS". */
void route_allow(struct str *out, const char *path);
/* The number of a query parameter given as text (NULL: absent). -EINVAL, -ERANGE with the words
 * for the client. */
int route_param_parse(int64_t *ret, const struct route_param *p, const char *text, struct err *e);

/* describe.c: pages made from the table. */
void describe_markdown(struct str *out);
cJSON *describe_openapi(void); /* OpenAPI 3.1; owned by the caller; NULL: out of memory */

#endif
