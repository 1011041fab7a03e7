/* SPDX-License-Identifier: Apache-2.0 */
/* core/rpc.c - the small RPC between jarvisd and its helpers and jarvisctl. */
#include "core/rpc.h"

#include "base/clock.h"
#include "base/must.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct rpc_header {
    uint16_t magic;
    uint16_t type;
    uint32_t serial;
};

_Static_assert(sizeof(struct rpc_header) == RPC_HEADER_BYTES, "the header has no padding");

int rpc_parse(struct rpc_frame *ret, const void *packet, size_t len, struct err *e)
{
    struct rpc_header head;

    if (len < RPC_HEADER_BYTES)
        return err_set(e, -EBADMSG, "frame of %zu bytes is shorter than its header", len);
    if (len > RPC_FRAME_BYTES_MAX)
        return err_set(e, -EBADMSG, "frame of %zu bytes is longer than %d", len,
                       RPC_FRAME_BYTES_MAX);
    memcpy(&head, packet, sizeof(head));
    if (head.magic != RPC_MAGIC)
        return err_set(e, -EBADMSG, "frame begins with 0x%04x, not with the magic 0x%04x",
                       (unsigned)head.magic, (unsigned)RPC_MAGIC);
    must(len - RPC_HEADER_BYTES <= RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES);
    *ret = (struct rpc_frame){
        .type = head.type,
        .serial = head.serial,
        .payload = (const uint8_t *)packet + RPC_HEADER_BYTES,
        .len = len - RPC_HEADER_BYTES,
    };
    return 0;
}

int rpc_send2(int fd, uint16_t type, uint32_t serial, const void *head, size_t head_len,
              const void *bulk, size_t bulk_len, struct err *e)
{
    const size_t most = RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES;
    struct rpc_header header = { RPC_MAGIC, type, serial };
    struct iovec parts[] = {
        { &header, sizeof(header) },
        { (void *)head, head_len },
        { (void *)bulk, bulk_len },
    };
    const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
    ssize_t n;

    if (head_len > most || bulk_len > most - head_len)
        return err_set(e, -EMSGSIZE, "payload of %zu bytes does not fit a frame of %zu",
                       head_len + bulk_len, most);
    do {
        n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return 0;
    switch (errno) {
    case EAGAIN:
    case ENOBUFS:
        return err_set(e, -EAGAIN, "the peer does not read; the frame was dropped");
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
        return err_set(e, -EPIPE, "the peer has gone");
    default:
        return err_set(e, -errno, "sending a frame: %s", err_words(errno));
    }
}

int rpc_send(int fd, uint16_t type, uint32_t serial, const void *payload, size_t len, struct err *e)
{
    return rpc_send2(fd, type, serial, payload, len, NULL, 0, e);
}

int rpc_send_json(int fd, uint16_t type, uint32_t serial, const cJSON *json, struct err *e)
{
    AUTO_FREE char *text = json_text(json);

    if (!text)
        return err_set(e, -ENOMEM, "frame: out of memory");
    return rpc_send(fd, type, serial, text, strlen(text), e);
}

/* 1: readable (or closed), 0: nothing came until `until_ms` (negative: for ever). */
static int rpc_wait(int fd, int64_t until_ms, struct err *e)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    for (;;) {
        int64_t left_ms = until_ms < 0 ? -1 : until_ms - clock_now_ms();
        int n;

        if (until_ms >= 0 && left_ms < 0)
            left_ms = 0;
        n = poll(&p, 1, (int)left_ms);
        if (n >= 0)
            return n > 0;
        if (errno != EINTR)
            return err_set(e, -errno, "waiting for a frame: %s", err_words(errno));
    }
}

/* Bytes of the packet, 0: nothing there, -EPIPE at the end. MSG_TRUNC gives the true length of
 * a packet that is too long. A reset stands in front of frames that are still queued: reading it
 * clears it, so the next call has the frame or the end. */
static ssize_t rpc_read(int fd, void *buf, struct err *e)
{
    ssize_t n;

    do {
        n = recv(fd, buf, RPC_FRAME_BYTES_MAX, MSG_DONTWAIT | MSG_TRUNC);
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n > 0)
        return n;
    if (n == 0)
        return err_set(e, -EPIPE, "the peer closed the connection");
    if (errno == EAGAIN)
        return 0;
    return err_set(e, -errno, "receiving a frame: %s", err_words(errno));
}

int rpc_recv(int fd, void *buf, struct rpc_frame *ret, int wait_ms, struct err *e)
{
    int64_t until_ms = wait_ms < 0 ? -1 : clock_now_ms() + wait_ms;

    for (;;) {
        ssize_t n = rpc_read(fd, buf, e);
        int r;

        if (n < 0)
            return (int)n;
        if (n > 0) {
            r = rpc_parse(ret, buf, (size_t)n, e);
            return r < 0 ? r : 1;
        }
        if (wait_ms == 0)
            return 0;
        r = rpc_wait(fd, until_ms, e);
        if (r <= 0)
            return r;
    }
}

bool rpc_is_socket(int fd)
{
    int type = 0;
    socklen_t len = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int rpc_json(cJSON **ret, const struct rpc_frame *f, struct err *e)
{
    return json_parse(ret, f->payload, f->len, e);
}
