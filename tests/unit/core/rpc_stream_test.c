/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/rpc_stream_test.c - a peer that is not ours: packets cut at every length, with every bit of
 * the head wrong, longer than any frame, of chance; signals while it waits; two threads at once. After each
 * the next good frame is read as if nothing had been. */
#include "core/rpc.h"

#include "lib/chance.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { GOOD_TYPE = 21, PACKETS = 3000, SENT = 4000 };

struct line {
    int fds[2]; /* ours, theirs */
    uint8_t buf[RPC_FRAME_BYTES_MAX];
};

static int setup(void **state)
{
    struct line *l = *state = calloc(1, sizeof(*l));

    return l ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, l->fds) : -1;
}

static int teardown(void **state)
{
    struct line *l = *state;

    close(l->fds[0]);
    close(l->fds[1]);
    free(l);
    return 0;
}

/* As a stranger sends: no frame of ours is made of it. */
static void throw(struct line *l, const void *bytes, size_t len)
{
    assert_int_equal(send(l->fds[1], bytes, len, MSG_DONTWAIT), len);
}

static void a_good_one_comes_through(struct line *l, uint32_t serial)
{
    struct rpc_frame f = { 0 };
    struct err e = ERR_INIT;

    assert_int_equal(rpc_send(l->fds[1], GOOD_TYPE, serial, "good", 4, &e), 0);
    assert_int_equal(rpc_recv(l->fds[0], l->buf, &f, 0, &e), 1);
    assert_int_equal(f.type, GOOD_TYPE);
    assert_int_equal(f.serial, serial);
    assert_int_equal(f.len, 4);
    assert_memory_equal(f.payload, "good", 4);
}

/* Receives what was thrown; tells what a frame was made of, untouched where it was none. */
static int catch(struct line *l, struct rpc_frame *f)
{
    struct err e = ERR_INIT;
    int r;

    *f = (struct rpc_frame){ .type = 9999, .serial = 8888, .len = 7777 };
    r = rpc_recv(l->fds[0], l->buf, f, 0, &e);
    if (r < 0) {
        assert_int_equal(r, -EBADMSG);
        assert_true(e.text[0] != '\0');
        assert_int_equal(f->type, 9999);
        assert_int_equal(f->serial, 8888);
        assert_int_equal(f->len, 7777);
        assert_null(f->payload);
    }
    return r;
}

/* Shorter than its head it is no frame; from there on the payload is what is left, to the byte. */
static void cut_at_every_length(void **state)
{
    static const uint8_t whole[24] = "VJ\x15\x00\x07\x00\x00\x00" "sixteen bytes...";
    struct line *l = *state;
    struct rpc_frame f;

    for (size_t len = 1; len <= sizeof(whole); len++) {
        int r;

        throw(l, whole, len);
        r = catch(l, &f);
        assert_int_equal(r, len < RPC_HEADER_BYTES ? -EBADMSG : 1);
        if (r == 1) {
            assert_int_equal(f.type, 0x15);
            assert_int_equal(f.serial, 7);
            assert_int_equal(f.len, len - RPC_HEADER_BYTES);
            assert_memory_equal(f.payload, whole + RPC_HEADER_BYTES, f.len);
        }
        a_good_one_comes_through(l, (uint32_t)len);
    }
}

/* One wrong bit: in the magic it is no frame, in type or number another frame, never a crash. */
static void every_bit_of_the_head(void **state)
{
    struct line *l = *state;
    struct rpc_frame f;

    for (unsigned bit = 0; bit < RPC_HEADER_BYTES * 8; bit++) {
        uint8_t packet[RPC_HEADER_BYTES + 1] = "VJ\x15\x00\x07\x00\x00\x00" "x";
        int r;

        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        throw(l, packet, sizeof(packet));
        r = catch(l, &f);
        assert_int_equal(r, bit < 16 ? -EBADMSG : 1);
        if (bit >= 16 && bit < 32)
            assert_int_equal(f.type, 0x15 ^ (1u << (bit - 16)));
        if (bit >= 32)
            assert_int_equal(f.serial, 7u ^ (1u << (bit - 32)));
        a_good_one_comes_through(l, bit);
    }
}

static void longer_than_any(void **state)
{
    static const size_t more[] = { 0, 1, 2, 1000, 40000 };
    struct line *l = *state;
    uint8_t *packet = calloc(1, RPC_FRAME_BYTES_MAX + 40000);
    struct rpc_frame f;

    assert_non_null(packet);
    memcpy(packet, "VJ", 2);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        throw(l, packet, RPC_FRAME_BYTES_MAX + more[i]);
        assert_int_equal(catch(l, &f), more[i] == 0 ? 1 : -EBADMSG);
        if (more[i] == 0)
            assert_int_equal(f.len, RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES);
        a_good_one_comes_through(l, (uint32_t)i);
    }
    free(packet);
}

/* Bytes of chance, half of them behind a right magic; several wait at once. */
static void noise(struct chance *c)
{
    void *state;
    struct line *l;
    struct rpc_frame f;

    assert_int_equal(setup(&state), 0);
    l = state;
    for (int i = 0; i < PACKETS; i++) {
        uint8_t packet[64];
        size_t len = 1 + chance_of(c, sizeof(packet));
        bool is_ours = chance_of(c, 2);
        int r;

        for (size_t k = 0; k < len; k++)
            packet[k] = (uint8_t)chance_next(c);
        if (is_ours)
            memcpy(packet, "VJ", len < 2 ? len : 2);
        throw(l, packet, len);
        r = catch(l, &f);
        if (is_ours)
            assert_int_equal(r, len < RPC_HEADER_BYTES ? -EBADMSG : 1);
        if (r == 1)
            assert_int_equal(f.len, len - RPC_HEADER_BYTES);
    }
    a_good_one_comes_through(l, 1);
    teardown(&state);
}

static void packets_of_chance(void **state)
{
    (void)state;
    chance_each(3, noise);
}

static void on_alarm(int signal)
{
    (void)signal;
}

/* A wait that signals interrupt goes on, and ends when its time is over or a frame comes. */
static void signals_do_not_end_a_wait(void **state)
{
    const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
    struct sigaction quiet = { .sa_handler = on_alarm }, before; /* no SA_RESTART */
    struct line *l = *state;
    struct rpc_frame f;
    struct err e = ERR_INIT;

    assert_int_equal(sigaction(SIGALRM, &quiet, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    assert_int_equal(rpc_recv(l->fds[0], l->buf, &f, 60, &e), 0);
    assert_int_equal(rpc_send(l->fds[1], GOOD_TYPE, 5, NULL, 0, &e), 0);
    assert_int_equal(rpc_recv(l->fds[0], l->buf, &f, -1, &e), 1);
    assert_int_equal(f.serial, 5);
    assert_int_equal(f.len, 0);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
}

static void *sender_run(void *user)
{
    struct line *l = user;
    uint8_t bulk[300];

    for (uint32_t i = 0; i < SENT; i++) {
        int r;

        memset(bulk, (int)(i & 0xff), sizeof(bulk));
        do {
            r = rpc_send2(l->fds[1], (uint16_t)(GOOD_TYPE + i % 3), i, &i, sizeof(i), bulk, i % sizeof(bulk), NULL);
        } while (r == -EAGAIN); /* the reader is slower: not one is lost that was not refused */
        if (r < 0)
            return user;
    }
    return NULL;
}

static void in_order_between_threads(void **state)
{
    struct line *l = *state;
    pthread_t thread;
    void *failed = NULL;

    assert_int_equal(pthread_create(&thread, NULL, sender_run, l), 0);
    for (uint32_t i = 0; i < SENT; i++) {
        struct rpc_frame f;
        struct err e = ERR_INIT;
        uint32_t head;

        assert_int_equal(rpc_recv(l->fds[0], l->buf, &f, 20000, &e), 1);
        assert_int_equal(f.serial, i);
        assert_int_equal(f.type, GOOD_TYPE + i % 3);
        assert_int_equal(f.len, sizeof(head) + i % 300);
        memcpy(&head, f.payload, sizeof(head));
        assert_int_equal(head, i);
        for (size_t k = sizeof(head); k < f.len; k++)
            assert_int_equal(f.payload[k], i & 0xff);
    }
    pthread_join(thread, &failed);
    assert_null(failed);
}

/* What a person gives a helper that he starts by hand is told apart. */
static void other_descriptors_are_no_line(void **state)
{
    struct line *l = *state;
    int fds[2];

    assert_true(rpc_is_socket(l->fds[0]));
    assert_false(rpc_is_socket(-1));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_false(rpc_is_socket(fds[0])); /* no packets: one frame would run into the next */
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_false(rpc_is_socket(fds[0]));
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cut_at_every_length, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit_of_the_head, setup, teardown),
        cmocka_unit_test_setup_teardown(longer_than_any, setup, teardown),
        cmocka_unit_test(packets_of_chance),
        cmocka_unit_test_setup_teardown(signals_do_not_end_a_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(in_order_between_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(other_descriptors_are_no_line, setup, teardown),
    };

    return cmocka_run_group_tests_name("frames of strangers", tests, NULL, NULL);
}
