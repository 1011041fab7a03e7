/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/dictate/main.c - jarvis-dictate: a dictation engine of ours (docs/engines.md), which needs nothing but
 * Debian's PocketSphinx and its English models. Serves jarvisd on descriptor 3 and ends when that closes. */
#include "scribe.h"

#include "base/confine.h"
#include "base/hangup.h"
#include "core/helper.h"

#include <sphinxbase/err.h>

int main(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    AUTO(scribe_freep) struct scribe *s = NULL;
    struct rpc_frame f;
    struct err e = ERR_INIT;
    int r;

    if (!rpc_is_socket(HELPER_FD)) {
        fputs("jarvis-dictate: is started by jarvisd; see docs/engines.md\n", stderr);
        return 2;
    }
    err_set_logfp(NULL); /* of PocketSphinx: it tells each frame */
    hangup_ends_us(HELPER_FD, NULL);
    confine_calls(true);
    r = scribe_new(&s, HELPER_FD, NULL, &e);
    while (r >= 0 && (r = rpc_recv(HELPER_FD, packet, &f, -1, &e)) > 0)
        r = scribe_frame(s, &f);
    if (r >= 0 || r == -EPIPE)
        return 0;
    fprintf(stderr, "jarvis-dictate: %s\n", err_text(&e));
    return 1;
}
