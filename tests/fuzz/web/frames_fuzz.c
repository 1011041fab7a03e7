/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/frames_fuzz.c - bytes of a WebSocket connection through web/client.c and wslay: what
 * frames of whatever kind, cut wherever, post onto the bus and send back.
 *
 * First byte: into how many pieces the rest is cut. At most the burst of each kind is posted,
 * what is sent back is bounded, and a client that is done stays done. */
#include "core/bus.h"
#include "web/client.h"
#include "web/message.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned posted[2]; /* texts, presses */

/* In place of the library's: the descriptor is ours. */
enum MHD_Result MHD_upgrade_action(struct MHD_UpgradeResponseHandle *urh,
                                   enum MHD_UpgradeAction action, ...)
{
    (void)urh;
    (void)action;
    return MHD_YES;
}

static void on_text(const struct msg *m, void *user)
{
    (void)user;
    if (!m->text || !m->text[0] || strlen(m->text) > MESSAGE_TEXT_BYTES_MAX ||
        m->origin.kind != ORIGIN_WEBSOCKET || m->origin.request > MESSAGE_REF_MAX)
        abort();
    posted[0]++;
}

static void on_button(const struct msg *m, void *user)
{
    (void)user;
    if (m->text || m->endpoint != ENDPOINT_BOX)
        abort();
    posted[1]++;
}

static void drain(int fd)
{
    static char buf[65536];

    while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
        ;
}

static void feed(struct client *c, int fd, const uint8_t *data, size_t size, size_t pieces)
{
    size_t each = size / pieces + 1;

    for (size_t at = 0; at < size && !client_is_done(c); at += each) {
        size_t n = size - at < each ? size - at : each;

        if (send(fd, data + at, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
        client_read(c);
        drain(fd);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct clock clock;
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(bus_freep) struct bus *bus = NULL;
    const struct limit_key address = { { 0 } };
    struct socket_deps deps = { .clock = &clock };
    struct client *c = NULL;
    int fds[2], epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (size < 1 || epoll_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return 0;
    clock_init_virtual(&clock, 1760000000LL * 1000000);
    clock_advance_usec(&clock, 1000000);
    posted[0] = posted[1] = 0;
    if (loop_new(&loop, &clock, NULL) < 0 || bus_new(&bus, loop, NULL) < 0 ||
        bus_on(bus, MSG_TEXT, on_text, NULL, NULL) < 0 ||
        bus_on(bus, MSG_BUTTON, on_button, NULL, NULL) < 0)
        abort();
    deps.bus = bus;
    if (client_new(&c, fds[0], NULL, &address, "", 0) < 0 ||
        client_open(c, epoll_fd, 7, &deps) < 0)
        abort();
    feed(c, fds[1], data + 1, size - 1, 1 + data[0] % 8);
    client_tick(c, clock_mono_usec(&clock) + 1);
    client_close(c, CLIENT_GOING_AWAY, "the end");
    client_free(c);
    while (bus_drain(bus) > 0)
        ;
    if (posted[0] > (unsigned)message_types[MESSAGE_TEXT].rate.burst ||
        posted[1] > (unsigned)message_types[MESSAGE_LISTEN].rate.burst)
        abort();
    close(fds[0]);
    close(fds[1]);
    close(epoll_fd);
    return 0;
}
