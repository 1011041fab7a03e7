/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/rpc_fuzz.c - any packet: parsed or refused, and its payload as JSON; and the same
 * through a socket, as the daemon reads it from a helper or a client. */
#include "core/rpc.h"

#include <string.h>
#include <sys/socket.h>

/* What comes through the socket is what was parsed; a packet never leaves a rest for the next one. */
static void through_a_socket(const uint8_t *data, size_t size, const struct rpc_frame *want, int code)
{
    static uint8_t buf[RPC_FRAME_BYTES_MAX];
    static int pair[2] = { -1, -1 };
    struct rpc_frame f = { 0 };

    if (pair[0] < 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        abort();
    if (size == 0 || send(pair[0], data, size, MSG_DONTWAIT) != (ssize_t)size)
        return; /* nothing is the end of a connection; what the kernel does not take never comes */
    if (rpc_recv(pair[1], buf, &f, 0, NULL) != (code < 0 ? code : 1))
        abort();
    if (code >= 0 && (f.type != want->type || f.serial != want->serial || f.len != want->len ||
                      f.payload != buf + RPC_HEADER_BYTES || memcmp(f.payload, want->payload, f.len) != 0))
        abort();
    if (rpc_recv(pair[1], buf, &f, 0, NULL) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_frame f = { 0 };
    struct err e = ERR_INIT;
    AUTO_JSON *j = NULL;

    const int r = rpc_parse(&f, data, size, &e);

    through_a_socket(data, size, &f, r);
    if (r < 0) {
        if (f.payload || e.code != -EBADMSG || !e.text[0])
            abort();
        return 0;
    }
    if (f.payload != data + RPC_HEADER_BYTES || f.len != size - RPC_HEADER_BYTES)
        abort();
    if (rpc_json(&j, &f, &e) == 0) {
        const char *cmd = NULL;

        json_need_str(&cmd, j, "cmd", &e); /* what the control socket does next */
    }
    return 0;
}
