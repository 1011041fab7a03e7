/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/ctl.h - jarvisctl: one request on the control socket, the answer for people
 * or as JSON. Threads: one. */
#ifndef JARVIS_CTL_CTL_H
#define JARVIS_CTL_CTL_H

#include "base/err.h"
#include "base/json.h"

#include <stdio.h>

/* Sends {cmd, args...} and waits for the end. *ret: the CONTROL_DONE object, owned by the caller.
 * -EREMOTEIO: the daemon answered with an error (its words in `e`). */
int ctl_request(cJSON **ret, int fd, const char *cmd, const cJSON *args, struct err *e);

void print_status(const cJSON *j, FILE *out);
void print_session(const cJSON *session, FILE *out); /* question, answer, timeline */
void print_log_line(const cJSON *line, FILE *out);
void print_flat(const cJSON *object, FILE *out); /* key = value, one a line */

#endif
