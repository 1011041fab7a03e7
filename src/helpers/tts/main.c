/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/main.c - jarvis-tts: the voice, on flite and espeak-ng.
 * Serves jarvisd on descriptor 3 (speech/wire.h) and ends when that closes. A program of
 * its own: espeak-ng is GPL-3.0-or-later, the rest of Jarvis is not linked with it. */
#include "speaker.h"

#include "base/confine.h"
#include "base/hangup.h"
#include "core/helper.h"
#include "core/rpc.h"

#include <stdio.h>
#include <sys/resource.h>

enum { FILES_MAX = 24 };

/* espeak-ng reads its data, flite is a library below /usr/lib; nothing is ever written. */
static void confine(void)
{
    const struct rlimit files = { FILES_MAX, FILES_MAX };

    hangup_ends_us(HELPER_FD, NULL); /* without it serve() sees the end, unless it hangs */
    confine_calls(true); /* on top of what jarvisd has taken away before the start */
    setrlimit(RLIMIT_NOFILE, &files);
}

static int serve(struct err *e)
{
    AUTO(speaker_freep) struct speaker *s = NULL;
    int r = speaker_new(&s, HELPER_FD, e);

    if (r >= 0)
        r = speaker_serve(s, e);
    return r == -EPIPE ? 0 : r;
}

int main(void)
{
    struct err e = ERR_INIT;

    if (!rpc_is_socket(HELPER_FD)) {
        fputs("jarvis-tts: is started by jarvisd, which passes a socket as descriptor 3\n", stderr);
        return 2;
    }
    confine();
    if (serve(&e) < 0) {
        fprintf(stderr, "jarvis-tts: %s\n", err_text(&e));
        return 1;
    }
    return 0;
}
