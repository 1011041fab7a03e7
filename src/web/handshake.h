/* SPDX-License-Identifier: Apache-2.0 */
/* web/handshake.h - the opening of a WebSocket (RFC 6455 section 4.2).
 * Threads: no shared state. */
#ifndef JARVIS_WEB_HANDSHAKE_H
#define JARVIS_WEB_HANDSHAKE_H

#include "web/check.h"

#include <stdint.h>

enum { WS_ACCEPT_BYTES = 29 }; /* 28 characters and the end */

/* Sec-WebSocket-Accept for the client's fields. -EPROTO with words and *status: 426 where it is
 * no WebSocket of version 13, 400 where a field is wrong, 403 where another site's page asks;
 * `accept` is untouched then. */
int handshake_check(char accept[WS_ACCEPT_BYTES], unsigned *status, const struct head *h,
                    struct err *e);

/* SHA-1 (RFC 3174), which the protocol prescribes and which protects nothing here. */
void sha1(uint8_t digest[20], const void *data, size_t len);

#endif
