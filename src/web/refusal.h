/* SPDX-License-Identifier: Apache-2.0 */
/* web/refusal.h - what libmicrohttpd refuses before it asks us is answered as everything else is: with
 * problem+json and the fields of the page's safety.
 *
 *   call_queue() --> refusal_queue() --------------------> libmicrohttpd's MHD_queue_response()
 *   libmicrohttpd: a head too long, no HTTP ...
 *       --> MHD_queue_response(), found in the program first --> our answer on the line; the line ends
 *
 * The library has no hook for its refusals; it queues them by its own public function, which the
 * linker looks for in the program before the library. Told that this failed, it closes the line: the
 * answer has been sent by then. (Version 0.9.75 would send the heads of some of its refusals twice.) A
 * build of the library that binds the name within itself keeps its HTML; nothing else changes
 * (tests/unit/web/refusal_test.c tells).
 * What may fail: memory, a client that does not read; then the line just ends.
 * Threads: HTTP thread. */
#ifndef JARVIS_WEB_REFUSAL_H
#define JARVIS_WEB_REFUSAL_H

#include <microhttpd.h>

/* An answer of ours, as it is. The caller keeps its reference. */
enum MHD_Result refusal_queue(struct MHD_Connection *connection, unsigned status,
                              struct MHD_Response *response);

#endif
