/* SPDX-License-Identifier: Apache-2.0 */
/* web/response.h - the answers: JSON, problem+json (RFC 9457), files of the page; each with the
 * request id and the security fields.
 * Threads: HTTP thread. All return enum MHD_Result. */
#ifndef JARVIS_WEB_RESPONSE_H
#define JARVIS_WEB_RESPONSE_H

#include "web/assets.h"
#include "web/http.h"

/* A further field of the answer; the value is copied and cut to the place for it. */
void call_field(struct call *c, const char *name, const char *value);

/* `text` is taken over; NULL is answered as 500 "out of memory". */
int call_json_text(struct call *c, unsigned status, char *text);
/* `text` is a constant, or outlives the server. */
int call_json_kept(struct call *c, unsigned status, const char *text);
int call_json(struct call *c, unsigned status, const cJSON *json);
/* {type, title, status, detail, instance}. */
int call_problem(struct call *c, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int call_empty(struct call *c, unsigned status);
/* With entity tag, 304, and gzip where the client takes it. */
int call_asset(struct call *c, const struct asset *asset);
/* 101 with the response that was made for the upgrade. */
int call_upgrade(struct call *c, struct MHD_Response *response, const char *accept);
const char *status_title(unsigned status);
/* The text of a problem, owned by the caller; `instance` may be "". NULL: no memory. */
char *problem_text(unsigned status, const char *detail, const char *instance);
void response_secure_text(struct str *out); /* the fields of the page's safety, as lines of a head */

#endif
