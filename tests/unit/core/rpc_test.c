/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/rpc_test.c - frames: parsing table, sending, receiving, the peer's end. */
#include "core/rpc.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static const struct {
    const char *name, *bytes;
    size_t len;
    int want;
    const char *text;
} parse_cases[] = {
    { "header only", "VJ\x10\x00\x07\x00\x00\x00", 8, 0, NULL },
    { "with payload", "VJ\x10\x00\x07\x00\x00\x00xyz", 11, 0, NULL },
    { "empty", "", 0, -EBADMSG, "0 bytes is shorter" },
    { "one byte short", "VJ\x10\x00\x07\x00\x00", 7, -EBADMSG, "7 bytes is shorter" },
    { "wrong magic", "JV\x10\x00\x07\x00\x00\x00", 8, -EBADMSG, "magic" },
    { "text", "GET / HTTP/1.1\r\n", 16, -EBADMSG, "magic" },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
        struct rpc_frame f = { 99, 98, NULL, 97 };
        struct err e = ERR_INIT;
        int r = rpc_parse(&f, parse_cases[i].bytes, parse_cases[i].len, &e);

        print_message("%s\n", parse_cases[i].name);
        assert_int_equal(r, parse_cases[i].want);
        if (r < 0) {
            assert_non_null(strstr(e.text, parse_cases[i].text));
            assert_int_equal(f.type, 99);
            assert_int_equal(f.serial, 98);
            assert_null(f.payload);
            assert_int_equal(f.len, 97);
        } else {
            assert_int_equal(f.type, 16);
            assert_int_equal(f.serial, 7);
            assert_int_equal(f.len, parse_cases[i].len - 8);
            assert_ptr_equal(f.payload, parse_cases[i].bytes + 8);
        }
    }
}

static void test_parse_too_long(void **state)
{
    AUTO_FREE uint8_t *packet = calloc(1, RPC_FRAME_BYTES_MAX + 1);
    struct rpc_frame f;
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(packet);
    memcpy(packet, "VJ", 2);
    assert_int_equal(rpc_parse(&f, packet, RPC_FRAME_BYTES_MAX, &e), 0);
    assert_int_equal(rpc_parse(&f, packet, RPC_FRAME_BYTES_MAX + 1, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "longer than 65536"));
}

struct pair {
    int a, b;
    uint8_t buf[RPC_FRAME_BYTES_MAX];
};

static int setup(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));
    int fds[2];

    if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    p->a = fds[0];
    p->b = fds[1];
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;

    if (p->a >= 0)
        close(p->a);
    if (p->b >= 0)
        close(p->b);
    free(p);
    return 0;
}

static void test_round_trip(void **state)
{
    struct pair *p = *state;
    struct rpc_frame f;
    struct err e = ERR_INIT;

    assert_int_equal(rpc_recv(p->b, p->buf, &f, 0, &e), 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 20, &e), 0);
    assert_int_equal(rpc_send(p->a, 20, 1, "abc", 3, &e), 0);
    assert_int_equal(rpc_send(p->a, 21, 2, NULL, 0, &e), 0);
    assert_int_equal(rpc_send2(p->a, 22, 0xffffffff, "he", 2, "bulk", 4, &e), 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, -1, &e), 1);
    assert_int_equal(f.type, 20);
    assert_int_equal(f.len, 3);
    assert_memory_equal(f.payload, "abc", 3);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 0, &e), 1);
    assert_int_equal(f.type, 21);
    assert_int_equal(f.len, 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 1000, &e), 1);
    assert_int_equal(f.serial, 0xffffffff);
    assert_int_equal(f.len, 6);
    assert_memory_equal(f.payload, "hebulk", 6);
}

static void test_json(void **state)
{
    struct pair *p = *state;
    AUTO_JSON *j = cJSON_CreateObject(), *back = NULL;
    cJSON *untouched = (cJSON *)p;
    struct rpc_frame f;
    struct err e = ERR_INIT;

    cJSON_AddStringToObject(j, "cmd", "status");
    assert_int_equal(rpc_send_json(p->a, 16, 5, j, &e), 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 1000, &e), 1);
    assert_int_equal(rpc_json(&back, &f, &e), 0);
    assert_string_equal(json_str(back, "cmd", ""), "status");
    assert_int_equal(rpc_send(p->a, 16, 6, "{\"a\":1} x", 9, &e), 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 1000, &e), 1);
    assert_int_equal(rpc_json(&untouched, &f, &e), -EINVAL);
    assert_ptr_equal(untouched, p);
}

static void test_limits(void **state)
{
    struct pair *p = *state;
    AUTO_FREE uint8_t *big = calloc(1, RPC_FRAME_BYTES_MAX + 8);
    const size_t most = RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES;
    struct rpc_frame f = { .type = 99 };
    struct err e = ERR_INIT;

    assert_non_null(big);
    assert_int_equal(rpc_send(p->a, 16, 1, big, most + 1, &e), -EMSGSIZE);
    assert_int_equal(rpc_send2(p->a, 16, 1, big, 8, big, most - 7, &e), -EMSGSIZE);
    assert_int_equal(rpc_send2(p->a, 16, 1, big, 8, big, SIZE_MAX - 4, &e), -EMSGSIZE);
    assert_int_equal(rpc_send(p->a, 16, 1, big, most, &e), 0);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 1000, &e), 1);
    assert_int_equal(f.len, most);
    /* a packet from a stranger that is longer than any frame: refused, not cut */
    memcpy(big, "VJ", 2);
    f.type = 99;
    assert_int_equal(send(p->a, big, RPC_FRAME_BYTES_MAX + 8, 0), RPC_FRAME_BYTES_MAX + 8);
    assert_int_equal(rpc_recv(p->b, p->buf, &f, 1000, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "longer"));
    assert_int_equal(f.type, 99);
}

static void test_peer_does_not_read(void **state)
{
    struct pair *p = *state;
    uint8_t block[4096] = { 0 };
    struct err e = ERR_INIT;
    int r = 0, sent = 0;

    while (r == 0 && sent < 100000) {
        r = rpc_send(p->a, 16, (uint32_t)sent, block, sizeof(block), &e);
        sent += r == 0;
    }
    assert_int_equal(r, -EAGAIN);
    assert_in_range(sent, 1, 99999);
    assert_non_null(strstr(e.text, "does not read"));
}

static void test_peer_is_gone(void **state)
{
    struct pair *p = *state;
    struct rpc_frame f;
    struct err e = ERR_INIT;

    /* the last answer is read although the peer left our frame unread (a reset) */
    assert_int_equal(rpc_send(p->b, 30, 9, "last", 4, &e), 0);
    assert_int_equal(rpc_send(p->a, 16, 1, "unread", 6, &e), 0);
    close(STEAL_FD(p->b));
    assert_int_equal(rpc_recv(p->a, p->buf, &f, 0, &e), 1);
    assert_int_equal(f.serial, 9);
    assert_int_equal(rpc_recv(p->a, p->buf, &f, -1, &e), -EPIPE);
    assert_int_equal(rpc_send(p->a, 16, 1, "x", 1, &e), -EPIPE);
    assert_non_null(strstr(e.text, "gone"));
}

static void test_bad_descriptor(void **state)
{
    struct pair *p = *state;
    struct rpc_frame f;
    struct err e = ERR_INIT;

    assert_int_equal(rpc_send(-1, 16, 1, NULL, 0, &e), -EBADF);
    assert_int_equal(rpc_recv(-1, p->buf, &f, 0, &e), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_too_long),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_does_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_descriptor, setup, teardown),
    };

    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
