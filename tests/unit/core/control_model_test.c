/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/control_model_test.c - a crowd at the control socket: clients that come, ask, send nonsense,
 * wait, leave in the middle and come again, by chance. Each request of a client that stays has exactly one
 * answer with its number; who waits for an answer keeps its place; the name of a call lives as long as its
 * client. */
#include "core/control.h"

#include "lib/chance.h"
#include "lib/dir.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PEERS = CONTROL_CLIENTS_MAX + 4, ASKED_MAX = CONTROL_CALLS_MAX, HELD_MAX = 512, STEPS = 1200 };

struct peer {
    int fd; /* -1: not there */
    uint32_t asked[ASKED_MAX * 2];
    size_t asked_n; /* not answered yet */
    bool was_sent_away;
};

struct held {
    uint64_t id;
    size_t peer;
    uint32_t serial;
    unsigned life; /* which life of the peer asked */
};

struct scene {
    struct clock clock;
    struct loop *loop;
    struct control *control;
    char dir[64], path[108];
    struct peer peers[PEERS];
    unsigned lives[PEERS];
    struct held held[HELD_MAX];
    size_t held_n;
    uint64_t ids[HELD_MAX * 8]; /* that the handler saw since the last look, in order */
    size_t ids_n;
    uint32_t serial;
    unsigned answered, sent_away, left_waiting;
    struct chance *chance;
    uint8_t buf[RPC_FRAME_BYTES_MAX];
};

static void cmd_now(struct control_call *call, void *args, void *user)
{
    (void)args;
    (void)user;
    control_done(call, NULL);
}

static void cmd_later(struct control_call *call, void *args, void *user)
{
    struct scene *s = user;

    (void)args;
    assert_true(s->ids_n < sizeof(s->ids) / sizeof(s->ids[0]));
    s->ids[s->ids_n++] = control_call_id(call);
}

static const struct control_row rows[] = {
    { "now", cmd_now, NULL, "answered at once" },
    { "later", cmd_later, NULL, "answered when somebody likes to" },
};

static void turn(struct scene *s)
{
    while (loop_step(s->loop, 0))
        ;
}

/* A number that was asked with and not answered, struck off; false: nobody asked so. */
static bool strike(struct peer *p, uint32_t serial)
{
    for (size_t i = 0; i < p->asked_n; i++)
        if (p->asked[i] == serial) {
            p->asked[i] = p->asked[--p->asked_n];
            return true;
        }
    return false;
}

/* Everything that came for this one. Who was sent away had nothing left to wait for. */
static void listen_to(struct scene *s, size_t i)
{
    struct peer *p = &s->peers[i];
    struct rpc_frame f;
    int r;

    while ((r = rpc_recv(p->fd, s->buf, &f, 0, NULL)) == 1) {
        assert_int_equal(f.type, CONTROL_DONE);
        if (f.serial == 0) { /* told without having asked: the place is needed */
            p->was_sent_away = true;
            continue;
        }
        if (!strike(p, f.serial))
            fail_msg("client %zu: an answer to %u, which is answered or was never asked", i, f.serial);
        s->answered++;
    }
    if (r == 0)
        return;
    assert_int_equal(r, -EPIPE);
    assert_true(p->was_sent_away);
    assert_int_equal(p->asked_n, 0);
    close(STEAL_FD(p->fd));
    s->sent_away++;
}

static void listen_to_all(struct scene *s)
{
    turn(s);
    for (size_t i = 0; i < PEERS; i++)
        if (s->peers[i].fd >= 0)
            listen_to(s, i);
}

static void come(struct scene *s, size_t i)
{
    struct err e = ERR_INIT;
    int fd;

    if (s->peers[i].fd >= 0)
        return;
    assert_int_equal(control_connect(&fd, s->path, &e), 0);
    s->peers[i] = (struct peer){ .fd = fd };
    s->lives[i]++;
}

/* Leaves; what it asked for is nobody's then. */
static void leave(struct scene *s, size_t i)
{
    if (s->peers[i].fd < 0)
        return;
    s->left_waiting += s->peers[i].asked_n > 0;
    close(STEAL_FD(s->peers[i].fd));
    s->peers[i].asked_n = 0;
    s->lives[i]++;
}

/* Remembers the call that the handler just got from this one, if it got one. */
static void keep(struct scene *s, size_t i, uint32_t serial)
{
    if (s->ids_n == 0)
        return;
    assert_int_equal(s->ids_n, 1);
    assert_true(s->held_n < HELD_MAX);
    s->held[s->held_n++] = (struct held){ s->ids[--s->ids_n], i, serial, s->lives[i] };
}

static void ask(struct scene *s, size_t i)
{
    static const char *const asks[] = { "{\"cmd\":\"later\"}", "{\"cmd\":\"later\"}", "{\"cmd\":\"now\"}", "{\"cmd\":\"never\"}",
                                        "{\"cmd\":", "{\"cmd\":\"now\",\"more\":1}", "" };
    const char *text = asks[chance_of(s->chance, sizeof(asks) / sizeof(asks[0]))];
    struct peer *p = &s->peers[i];
    uint32_t serial = ++s->serial;

    if (p->fd < 0)
        return;
    listen_to_all(s); /* whoever is to be sent away is by now */
    if (p->fd < 0 || s->held_n == HELD_MAX)
        return;
    assert_int_equal(rpc_send(p->fd, CONTROL_REQUEST, serial, text, strlen(text), NULL), 0);
    p->asked[p->asked_n++] = serial;
    assert_true(p->asked_n <= CONTROL_CALLS_MAX + 1);
    turn(s);
    keep(s, i, serial);
    listen_to_all(s);
    assert_true(p->asked_n <= CONTROL_CALLS_MAX); /* one beyond is refused, and that is its answer */
}

/* Somebody answers a call that was kept for later; its client may have gone, and come again. */
static void answer(struct scene *s)
{
    size_t at = s->held_n ? chance_of(s->chance, s->held_n) : 0;
    struct held h = s->held[at];
    struct control_call *call;

    if (s->held_n == 0)
        return;
    turn(s);
    s->held[at] = s->held[--s->held_n];
    call = control_call_find(s->control, h.id);
    assert_true((call != NULL) == (s->lives[h.peer] == h.life && s->peers[h.peer].fd >= 0));
    if (!call)
        return;
    assert_int_equal(control_call_id(call), h.id);
    if (chance_of(s->chance, 2))
        control_done(call, NULL);
    else
        control_fail(call, "not today");
    assert_null(control_call_find(s->control, h.id)); /* once */
    listen_to_all(s);
}

static void open_scene(struct scene *s, struct chance *c)
{
    struct err e = ERR_INIT;

    s->chance = c;
    assert_true(dir_make(s->dir, "crowd") >= 0);
    snprintf(s->path, sizeof(s->path), "%s/control.sock", s->dir);
    clock_init_virtual(&s->clock, 1760000000LL * 1000000);
    assert_int_equal(loop_new(&s->loop, &s->clock, NULL), 0);
    assert_int_equal(control_new(&s->control, s->loop, s->path, rows, sizeof(rows) / sizeof(rows[0]), s, &e), 0);
    for (size_t i = 0; i < PEERS; i++)
        s->peers[i].fd = -1;
}

static void close_scene(struct scene *s)
{
    for (size_t i = 0; i < PEERS; i++)
        leave(s, i);
    turn(s);
    for (size_t i = 0; i < s->held_n; i++)
        assert_null(control_call_find(s->control, s->held[i].id));
    control_free(s->control);
    loop_free(s->loop);
    assert_int_equal(rmdir(s->dir), 0); /* the socket is gone */
}

static void crowd(struct chance *c)
{
    static struct scene scene;
    struct scene *s = &scene;

    memset(s, 0, sizeof(*s));
    open_scene(s, c);
    for (int step = 0; step < STEPS; step++) {
        size_t i = chance_of(c, PEERS);

        switch (chance_of(c, 12)) {
        case 0:
        case 1:
        case 2:
            come(s, i);
            break;
        case 3:
            leave(s, i);
            break;
        case 4:
        case 5:
            answer(s);
            break;
        default:
            ask(s, i);
        }
        clock_advance_usec(&s->clock, 1000);
        listen_to_all(s);
    }
    while (s->held_n > 0)
        answer(s);
    listen_to_all(s);
    for (size_t i = 0; i < PEERS; i++)
        assert_int_equal(s->peers[i].asked_n, 0); /* nobody who stayed was forgotten */
    assert_true(s->answered > 100 && s->sent_away > 0 && s->left_waiting > 0);
    close_scene(s);
}

static void everybody_is_answered_once(void **state)
{
    (void)state;
    chance_each(6, crowd);
}

/* Ended while calls are kept: their clients see the end, nothing is answered any more. */
static void the_end_in_the_middle(void **state)
{
    static struct scene scene;
    struct scene *s = &scene;
    struct chance c = { 1 };

    (void)state;
    open_scene(s, &c);
    for (size_t i = 0; i < 5; i++) {
        come(s, i);
        turn(s);
        assert_int_equal(rpc_send(s->peers[i].fd, CONTROL_REQUEST, 7, "{\"cmd\":\"later\"}", 15, NULL), 0);
        turn(s);
    }
    assert_int_equal(s->ids_n, 5);
    s->control = control_free(s->control);
    for (size_t i = 0; i < 5; i++) {
        struct rpc_frame f;

        assert_int_equal(rpc_recv(s->peers[i].fd, s->buf, &f, 1000, NULL), -EPIPE);
        close(s->peers[i].fd);
    }
    loop_free(s->loop);
    assert_int_equal(rmdir(s->dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_answered_once),
        cmocka_unit_test(the_end_in_the_middle),
    };

    return cmocka_run_group_tests_name("a crowd at the control socket", tests, NULL, NULL);
}
