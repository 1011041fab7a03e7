/* SPDX-License-Identifier: Apache-2.0 */
/* core/rpc.h - the small RPC between jarvisd and its helpers and jarvisctl.
 *
 * AF_UNIX SEQPACKET: one packet is one frame; no length prefix can lie about a stream.
 *     u16 magic 'J''V' | u16 type | u32 serial | payload (rest of the packet)
 * in host byte order (both ends are on one machine). Types and payloads of the speech
 * helpers stand in speech/wire.h, those of the control socket in core/control.h. A reply
 * carries the serial of its request. Sending never blocks.
 * Threads: rpc_send() from any thread; receiving from one. */
#ifndef JARVIS_CORE_RPC_H
#define JARVIS_CORE_RPC_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RPC_MAGIC = 0x4a56, RPC_HEADER_BYTES = 8, RPC_FRAME_BYTES_MAX = 65536 };

struct rpc_frame {
    uint16_t type;
    uint32_t serial;
    const uint8_t *payload; /* borrowed from the packet */
    size_t len;
};

/* -EBADMSG with words (too short, wrong magic, too long); *ret untouched on failure. */
int rpc_parse(struct rpc_frame *ret, const void *packet, size_t len, struct err *e);

/* One packet; `payload` may be NULL when len is 0. -EAGAIN: the peer does not read (dropped),
 * -EPIPE: the peer is gone, -EMSGSIZE. Never raises SIGPIPE. */
int rpc_send(int fd, uint16_t type, uint32_t serial, const void *payload, size_t len,
             struct err *e);
/* Two-part payload without a copy: a small fixed head and the bulk (audio). */
int rpc_send2(int fd, uint16_t type, uint32_t serial, const void *head, size_t head_len,
              const void *bulk, size_t bulk_len, struct err *e);
int rpc_send_json(int fd, uint16_t type, uint32_t serial, const cJSON *json, struct err *e);

/* Receives one packet into buf (RPC_FRAME_BYTES_MAX) and parses it. 1: a frame came, 0: nothing
 * there (non-blocking), -EPIPE: the peer closed, -EBADMSG: not ours. `wait_ms` < 0: for ever. */
int rpc_recv(int fd, void *buf, struct rpc_frame *ret, int wait_ms, struct err *e);
/* Is `fd` such a socket? A helper that a person starts by hand has none. */
bool rpc_is_socket(int fd);
/* The payload as strictly parsed JSON, owned by the caller. */
int rpc_json(cJSON **ret, const struct rpc_frame *f, struct err *e);

#endif
