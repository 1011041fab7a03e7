/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_relay_test.c - packets as they pass, and a broker that lies about their length. */
#include "home/mqtt_relay.h"

#include "base/str.h"
#include "mqtt_rig.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { MAX = 1000 };

static const struct {
    const char *name, *bytes;
    size_t len;
    int want;
    uint32_t left; /* of the last packet, where it is well */
} streams[] = {
    { "nothing", "", 0, 0, 0 },
    { "ping", "\xd0\x00", 2, 0, 0 },
    { "two pings", "\xd0\x00\xd0\x00", 4, 0, 0 },
    { "a body",
      "\x30\x03"
      "abc",
      5, 0, 0 },
    { "half a body",
      "\x30\x03"
      "a",
      3, 0, 2 },
    { "a body that looks like headers", "\x30\x04\xff\xff\xff\xff\xd0\x00", 8, 0, 0 },
    { "two bytes of length", "\x30\xe7\x07", 3, 0, 999 },
    { "just the limit", "\x30\xe8\x07", 3, 0, 1000 },
    { "one too many", "\x30\xe9\x07", 3, -EMSGSIZE, 0 },
    { "250 MB", "\x30\xff\xff\xff\x7f", 5, -EMSGSIZE, 0 },
    { "250 MB behind a ping", "\xd0\x00\x30\xff\xff\xff\x7f", 7, -EMSGSIZE, 0 },
    { "a length that never ends", "\x30\x80\x80\x80\x80\x80", 6, -EPROTO, 0 },
};

/* Whole, byte by byte, and cut anywhere: the same. */
static void frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(streams); i++) {
        for (size_t cut = 1; cut <= streams[i].len + 1; cut++) {
            struct mqtt_frame f = { .left = 0 };
            int r = 0;

            for (size_t at = 0; r == 0 && at < streams[i].len; at += cut) {
                const size_t left = streams[i].len - at;

                r = mqtt_frame_take(&f, streams[i].bytes + at, left < cut ? left : cut, MAX);
            }
            if (r != streams[i].want || (r == 0 && f.left != streams[i].left))
                fail_msg("%s, cut %zu: %d, %u left", streams[i].name, cut, r, f.left);
        }
    }
}

/* Bytes go both ways unchanged, the end of one side reaches the other behind what came before. */
static void passes_on(void **state)
{
    static struct mqtt_relay r;
    char buf[64] = "";
    int pair[2], lib;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    lib = pair[0];
    mqtt_relay_init(&r);
    assert_false(mqtt_relay_is_open(&r));
    assert_int_equal(mqtt_relay_pump(&r, MAX), 0); /* not in between: nothing to do */
    assert_int_equal(mqtt_relay_open(&r, lib, NULL), 0);
    assert_int_equal(send(pair[1],
                          "\x30\x02"
                          "hi",
                          4, 0),
                     4);
    assert_int_equal(mqtt_relay_pump(&r, MAX), 4);
    assert_int_equal(recv(lib, buf, sizeof(buf), MSG_DONTWAIT), 4);
    assert_memory_equal(buf, "\x30\x02hi", 4);
    assert_int_equal(send(lib, "back", 4, 0), 4);
    assert_int_equal(mqtt_relay_pump(&r, MAX), 0);
    assert_int_equal(recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT), 4);
    assert_memory_equal(buf, "back", 4);
    assert_int_equal(send(pair[1], "\xd0\x00", 2, 0), 2);
    close(pair[1]);
    for (int i = 0; i < 3; i++)
        assert_true(mqtt_relay_pump(&r, MAX) >= 0);
    assert_int_equal(recv(lib, buf, sizeof(buf), MSG_DONTWAIT), 2);
    assert_int_equal(recv(lib, buf, sizeof(buf), MSG_DONTWAIT), 0);
    mqtt_relay_close(&r);
    close(lib);
}

/* ---- a broker that announces 250 MB ------------------------------------------------------- */

struct liar {
    int fd;
    pthread_t thread;
};

static void *liar_run(void *user)
{
    static const char yes[] = "\x20\x03\x00\x00\x00", lie[] = "\x30\xff\xff\xff\x7f\x00\x01"
                                                              "a";
    struct liar *l = user;
    int fd;

    while ((fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        char in[512];

        (void)!recv(fd, in, sizeof(in), 0);
        (void)!send(fd, yes, sizeof(yes) - 1, MSG_NOSIGNAL);
        (void)!recv(fd, in, sizeof(in), 0); /* its greeting: it is up */
        (void)!send(fd, lie, sizeof(lie) - 1, MSG_NOSIGNAL);
        while (recv(fd, in, sizeof(in), 0) > 0)
            ;
        close(fd);
    }
    return NULL;
}

static void refuses_the_lie(void **state)
{
    struct liar l;
    struct rig r;
    int port;

    (void)state;
    l.fd = loopback_socket(&port, 16);
    assert_int_equal(pthread_create(&l.thread, NULL, liar_run, &l), 0);
    rig_init(&r);
    rig_open(&r, rig_opts(&r, port));
    UNTIL(&r, r.code == -EMSGSIZE);
    assert_non_null(strstr(r.words, "it announces a packet of"));
    assert_int_equal(r.messages, 0);
    rig_done(&r);
    shutdown(l.fd, SHUT_RDWR);
    pthread_join(l.thread, NULL);
    close(l.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(passes_on),
        cmocka_unit_test(refuses_the_lie),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
