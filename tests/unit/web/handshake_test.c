/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/handshake_test.c - SHA-1 by the samples of its standard, and the opening. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "web/handshake.h"

#include <stdio.h>
#include <string.h>

static void test_sha1(void **state)
{
    static const struct {
        const char *text;
        int times;
        const char *want;
    } cases[] = {
        /* RFC 3174 section 7.3, and the edges of a block */
        { "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "0123456701234567012345670123456701234567012345670123456701234567", 10,
          "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
        { "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a" },
        { "a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699" },
        { "a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char data[1024] = "", hex[41];
        uint8_t digest[20];
        size_t n = strlen(cases[i].text), len = 0;

        for (int t = 0; t < cases[i].times; t++, len += n)
            memcpy(data + len, cases[i].text, n);
        sha1(digest, data, len);
        for (size_t b = 0; b < sizeof(digest); b++)
            snprintf(hex + 2 * b, 3, "%02x", digest[b]);
        assert_string_equal(hex, cases[i].want);
    }
}

#define OPEN                    \
    { "Upgrade", "websocket" }, \
    {                           \
        "Connection", "Upgrade" \
    }
#define KEY                                             \
    {                                                   \
        "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==" \
    }
#define V13                           \
    {                                 \
        "Sec-WebSocket-Version", "13" \
    }

static void test_opening(void **state)
{
    static const struct {
        const char *name;
        struct head_field fields[8];
        unsigned want; /* 0: fine */
    } cases[] = {
        { "fine", { { "Host", "a" }, OPEN, KEY, V13 }, 0 },
        { "own origin", { { "Host", "a" }, OPEN, KEY, V13, { "Origin", "http://a" } }, 0 },
        { "foreign origin", { { "Host", "a" }, OPEN, KEY, V13, { "Origin", "http://b" } }, 403 },
        { "nothing", { { "Host", "a" } }, 426 },
        { "no version", { { "Host", "a" }, OPEN, KEY }, 426 },
        { "version 12", { OPEN, KEY, { "Sec-WebSocket-Version", "12" } }, 426 },
        { "two versions", { OPEN, KEY, V13, V13 }, 426 },
        { "no key", { OPEN, V13 }, 400 },
        { "two keys", { OPEN, KEY, KEY, V13 }, 400 },
        { "key of other letters",
          { OPEN, V13, { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q==" } },
          400 },
        { "key too long",
          { OPEN, V13, { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ===" } },
          400 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct head h = { .method = "GET", .target = "/ws", .version = "HTTP/1.1" };
        char accept[WS_ACCEPT_BYTES] = "untouched";
        unsigned status = 0;

        for (size_t n = 0; n < 8 && cases[i].fields[n].name; n++)
            h.fields[h.n++] = cases[i].fields[n];
        handshake_check(accept, &status, &h, NULL);
        if (status != cases[i].want)
            fail_msg("%s: %u", cases[i].name, status);
        assert_string_equal(accept, cases[i].want ? "untouched" : "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_opening),
    };

    return cmocka_run_group_tests_name("web/handshake", tests, NULL, NULL);
}
