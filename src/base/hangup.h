/* SPDX-License-Identifier: Apache-2.0 */
/* base/hangup.h - a helper ends when nobody talks to it any more, whatever it is just doing.
 *
 * One that waits for frames sees by itself that its socket was closed. One that hangs in a decoder
 * does not, and jarvisd may not kill a helper that runs as another user: it can only hang up. So a
 * thread waits for that and ends the process.
 *
 * Threads: called once, before the process confines itself. */
#ifndef JARVIS_BASE_HANGUP_H
#define JARVIS_BASE_HANGUP_H

#include "base/err.h"

/* From here on the process ends (exit code 0) as soon as the other end of `fd`, a connected socket,
 * is closed. -EAGAIN, -ENOMEM, -EPERM: then only whoever reads `fd` sees it. */
int hangup_ends_us(int fd, struct err *e);

#endif
