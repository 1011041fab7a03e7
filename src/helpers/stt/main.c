/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/main.c - jarvis-stt: wake keyphrase and command grammar on PocketSphinx.
 * Serves jarvisd on descriptor 3 (speech/wire.h) and ends when that closes. */
#include "recogniser.h"

#include "base/confine.h"
#include "base/hangup.h"
#include "core/rpc.h"
#include "speech/wire.h"

#include <malloc.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

enum { FILES_MAX = 24, FILE_BYTES_MAX = 16 << 20, LARGE_BYTES = 128 << 10 };

/* It reads a model and a dictionary and answers on its socket; it has no business with anything
 * else. */
static void confine(void)
{
    const struct rlimit files = { FILES_MAX, FILES_MAX };
    const struct rlimit size = { FILE_BYTES_MAX, FILE_BYTES_MAX };

    hangup_ends_us(HELPER_FD, NULL); /* without it serve() sees the end, unless it hangs */
    signal(SIGXFSZ, SIG_IGN); /* stderr may be a long file */
    confine_calls(true); /* on top of what jarvisd has taken away before the start */
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_FSIZE, &size); /* the dictionary in memory is a file to the kernel */
}

static int serve(struct err *e)
{
    AUTO(recogniser_freep) struct recogniser *r = NULL;
    AUTO_FREE uint8_t *packet = malloc(RPC_FRAME_BYTES_MAX);
    struct rpc_frame f;
    int code;

    if (!packet)
        return err_set(e, -ENOMEM, "out of memory");
    code = recogniser_new(&r, HELPER_FD, e);
    while (code >= 0) {
        code = rpc_recv(HELPER_FD, packet, &f, -1, e);
        if (code > 0)
            code = recogniser_frame(r, &f);
    }
    return code == -EPIPE ? 0 : code;
}

int main(void)
{
    struct err e = ERR_INIT;

    if (!rpc_is_socket(HELPER_FD)) {
        fputs("jarvis-stt: is started by jarvisd, which passes a socket as descriptor 3\n", stderr);
        return 2;
    }
    err_set_logfp(NULL);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES); /* said, it does not grow with what is freed */
    confine();
    if (serve(&e) < 0) {
        fprintf(stderr, "jarvis-stt: %s\n", err_text(&e));
        return 1;
    }
    return 0;
}
