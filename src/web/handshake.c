/* SPDX-License-Identifier: Apache-2.0 */
/* web/handshake.c - the opening of a WebSocket (RFC 6455 section 4.2). */
#include "web/handshake.h"

#include "base/must.h"

#include <string.h>

enum { KEY_CHARS = 24, SHA1_BLOCK = 64 };

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t rotate(uint32_t x, unsigned n)
{
    return (x << n) | (x >> (32 - n));
}

static void sha1_block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (int i = 0; i < 16; i++, p += 4)
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k, t;

        if (i < 20) {
            f = (b & c) | (~b & d);
            k = 0x5a827999;
        } else if (i < 40) {
            f = b ^ c ^ d;
            k = 0x6ed9eba1;
        } else if (i < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d;
            k = 0xca62c1d6;
        }
        t = rotate(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void sha1(uint8_t digest[20], const void *data, size_t len)
{
    uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    uint8_t tail[2 * SHA1_BLOCK] = { 0 };
    const uint8_t *p = data;
    size_t whole = len / SHA1_BLOCK, rest = len % SHA1_BLOCK;
    size_t tail_len = rest + 9 > SHA1_BLOCK ? 2 * SHA1_BLOCK : SHA1_BLOCK;
    uint64_t bits = (uint64_t)len * 8;

    must(rest < SHA1_BLOCK && rest + 9 <= tail_len);
    for (size_t i = 0; i < whole; i++)
        sha1_block(h, p + i * SHA1_BLOCK);
    if (rest)
        memcpy(tail, p + whole * SHA1_BLOCK, rest);
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[tail_len - 1 - i] = (uint8_t)(bits >> (8 * i));
    for (size_t i = 0; i < tail_len; i += SHA1_BLOCK)
        sha1_block(h, tail + i);
    for (size_t i = 0; i < 20; i++)
        digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* 20 bytes become 28 characters, the last of them '='. */
static void base64_digest(char out[WS_ACCEPT_BYTES], const uint8_t digest[20])
{
    size_t o = 0;

    for (size_t i = 0; i < 20; i += 3) {
        uint32_t v = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 |
                     (i + 2 < 20 ? digest[i + 2] : 0u);

        out[o++] = base64[v >> 18];
        out[o++] = base64[v >> 12 & 63];
        out[o++] = base64[v >> 6 & 63];
        out[o++] = i + 2 < 20 ? base64[v & 63] : '=';
    }
    must(o == WS_ACCEPT_BYTES - 1);
    out[o] = '\0';
}

/* 16 bytes in base64: 22 characters and "==". */
static bool key_is_good(const char *key)
{
    return strlen(key) == KEY_CHARS && strspn(key, base64) == KEY_CHARS - 2 &&
           strcmp(key + KEY_CHARS - 2, "==") == 0;
}

int handshake_check(char accept[WS_ACCEPT_BYTES], unsigned *status, const struct head *h,
                    struct err *e)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const char *version = NULL, *key = NULL;
    char joined[KEY_CHARS + sizeof(magic)];
    uint8_t digest[20];
    int r;

    if (!head_has_token(h, "Upgrade", "websocket") || !head_has_token(h, "Connection", "upgrade")) {
        *status = 426;
        return err_set(e, -EPROTO, "this address speaks WebSocket only");
    }
    if (head_find(&version, h, "Sec-WebSocket-Version") != 1 || strcmp(version, "13") != 0) {
        *status = 426;
        return err_set(e, -EPROTO, "WebSocket version 13 is spoken here");
    }
    if (head_find(&key, h, "Sec-WebSocket-Key") != 1 || !key_is_good(key)) {
        *status = 400;
        return err_set(e, -EPROTO, "Sec-WebSocket-Key must be 16 bytes in base64");
    }
    r = check_origin(status, h, e);
    if (r < 0)
        return r;
    memcpy(joined, key, KEY_CHARS);
    memcpy(joined + KEY_CHARS, magic, sizeof(magic));
    sha1(digest, joined, sizeof(joined) - 1);
    base64_digest(accept, digest);
    return 0;
}
