/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/ws.h - a WebSocket client of raw frames, over the rig's connections. */
#ifndef JARVIS_TESTS_WEB_WS_H
#define JARVIS_TESTS_WEB_WS_H

#include "unit/web/rig.h"

#include "web/socket.h"

static struct answer answer; /* too large for a stack */
static char payload[RIG_ANSWER_BYTES];

enum { OP_CONT = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { FIN = 0x80, RSV1 = 0x40, MASK = 0x80 };

#define OPENING                                                                     \
    "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: keep-alive, " \
    "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* A client's frame: first byte as given, masked unless told. */
static inline size_t frame_make(uint8_t *out, int first, bool masked, const void *data, size_t len)
{
    static const uint8_t mask[4] = { 0x12, 0x34, 0x56, 0x78 };
    const uint8_t *p = data;
    size_t n = 0;

    out[n++] = (uint8_t)first;
    if (len < 126) {
        out[n++] = (uint8_t)(len | (masked ? MASK : 0));
    } else if (len < 65536) {
        out[n++] = (uint8_t)(126 | (masked ? MASK : 0));
        out[n++] = (uint8_t)(len >> 8);
        out[n++] = (uint8_t)len;
    } else {
        out[n++] = (uint8_t)(127 | (masked ? MASK : 0));
        for (int shift = 56; shift >= 0; shift -= 8)
            out[n++] = (uint8_t)((uint64_t)len >> shift);
    }
    if (masked) {
        memcpy(out + n, mask, 4);
        n += 4;
    }
    for (size_t i = 0; i < len; i++)
        out[n++] = (uint8_t)(p[i] ^ (masked ? mask[i % 4] : 0));
    return n;
}

static inline void frame_send(int fd, int first, const void *data, size_t len)
{
    uint8_t *out = malloc(len + 16);

    assert_non_null(out);
    rig_send_plain(fd, out, frame_make(out, first, true, data, len));
    free(out);
}

static inline void text_send(int fd, const char *text)
{
    frame_send(fd, FIN | OP_TEXT, text, strlen(text));
}

static inline bool read_all(int fd, void *to, size_t len)
{
    size_t got = 0;

    while (got < len) {
        size_t n = rig_read(fd, (char *)to + got, len - got);

        if (n == 0)
            return false;
        got += n;
    }
    return true;
}

/* The server's next frame into payload (terminated); its opcode, -1: the connection ended. */
static inline int frame_read(int fd, size_t *len)
{
    uint8_t head[2], more[8];
    size_t n;

    if (!read_all(fd, head, 2))
        return -1;
    assert_true(head[0] & FIN);
    assert_false(head[1] & MASK); /* a server does not mask */
    n = head[1] & 127;
    if (n >= 126) {
        size_t bytes = n == 126 ? 2 : 8;

        assert_true(read_all(fd, more, bytes));
        n = 0;
        for (size_t i = 0; i < bytes; i++)
            n = n << 8 | more[i];
    }
    assert_true(n < sizeof(payload));
    assert_true(read_all(fd, payload, n));
    payload[n] = '\0';
    if (len)
        *len = n;
    return head[0] & 15;
}

static inline int ws_open(const struct rig *rig)
{
    int fd = rig_dial(rig);

    rig_send(rig, fd, OPENING);
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 101);
    return fd;
}

/* Reads events until one of the type: its JSON in payload. */
static inline void wait_event(int fd, const char *type)
{
    AUTO_STR want = STR_INIT;

    str_addf(&want, "{\"type\":\"%s\"", type);
    for (int i = 0; i < 100000; i++) {
        int op = frame_read(fd, NULL);

        if (op == -1)
            fail_msg("the connection ended before '%s'", type);
        if (op == OP_TEXT && (str_starts(payload, want.data) ||
                              (strcmp(type, "answer") == 0 && strstr(payload, "\"answer\""))))
            return;
    }
    fail_msg("no event '%s'", type);
}

/* The close code that the server sends; 0: it closed without one. */
static inline int wait_close(int fd)
{
    size_t len;
    int op;

    do {
        op = frame_read(fd, &len);
    } while (op != -1 && op != OP_CLOSE);
    if (op == -1 || len < 2)
        return 0;
    return (uint8_t)payload[0] << 8 | (uint8_t)payload[1];
}

#endif
