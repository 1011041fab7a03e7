/* SPDX-License-Identifier: Apache-2.0 */
/* web/listen.h - the listening socket, with words for what goes wrong.
 * Threads: no shared state. */
#ifndef JARVIS_WEB_LISTEN_H
#define JARVIS_WEB_LISTEN_H

#include "base/err.h"

/* A TCP socket that listens on an IP address (no names: nothing is looked up) and port (0: any
 * free one; *port is the one it got). -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES with the
 * remedy; the outputs are untouched then. */
int listen_open(int *ret_fd, unsigned *port, const char *bind_ip, unsigned wanted, struct err *e);

#endif
