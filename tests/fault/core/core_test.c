/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/core/core_test.c - each allocation of loop, bus, health, helper and control
 * socket fails once, and then for good. */
#include "core/control.h"
#include "core/health.h"
#include "core/helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"
#include "lib/dir.h"

static struct clock clock_;
static char dir[64], path[108];

static void on_msg(const struct msg *m, void *user)
{
    *(int *)user += m->type == MSG_SAY;
}

static void on_timer(void *user)
{
    *(int *)user += 100;
}

static int run_bus(void)
{
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(bus_freep) struct bus *bus = NULL;
    AUTO(loop_timer_freep) struct loop_timer *t = NULL;
    int seen = 0;
    int r = loop_new(&loop, &clock_, NULL);

    if (r == 0)
        r = bus_new(&bus, loop, NULL);
    if (r == 0)
        r = loop_timer_new(&t, loop, on_timer, &seen, NULL);
    if (r == 0)
        r = bus_on(bus, MSG_SAY, on_msg, &seen, NULL);
    if (r < 0)
        return r;
    bus_post_text(bus, MSG_SAY, 1, "hello");
    bus_post_fault(bus, "mqtt", -EIO, "away");
    loop_timer_after_ms(t, 0);
    while (loop_step(loop, 0))
        ;
    if (seen == 101)
        return 0;
    return seen == 100 && bus_lost(bus) > 0 ? -ENOMEM : -ENOTRECOVERABLE; /* lost, and counted */
}

static int run_health(void)
{
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(bus_freep) struct bus *bus = NULL;
    AUTO(health_freep) struct health *h = NULL;
    AUTO_JSON *j = NULL;
    int r = loop_new(&loop, &clock_, NULL);

    if (r == 0)
        r = bus_new(&bus, loop, NULL);
    if (r == 0)
        r = health_new(&h, loop, bus, NULL);
    if (r < 0)
        return r;
    bus_post_fault(bus, "mqtt", -EIO, "away");
    bus_drain(bus);
    bus_post_fault(bus, "mqtt", -EIO, "still away");
    bus_drain(bus);
    j = health_report(h);
    return j ? 0 : -ENOMEM;
}

static int run_helper(void)
{
    static const char *const args[] = { "-c", "exec sleep 60", NULL };
    const struct helper_opts o = { .name = "sleeper", .program = "/bin/sh", .args = args,
                                   .socket = "/nowhere/sleeper", .deadline_ms = 1000 };
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(helper_freep) struct helper *h = NULL;
    int r = loop_new(&loop, &clock_, NULL);

    if (r == 0)
        r = helper_new(&h, loop, &o, NULL);
    if (r < 0)
        return r;
    for (int i = 0; i < 50 && !helper_is_up(h); i++) { /* a failed start is tried again */
        clock_advance_usec(&clock_, 10000000);
        loop_step(loop, 0);
        if (fault_hit() && !helper_is_up(h))
            fault_disarm(); /* memory is back */
    }
    return helper_is_up(h) ? 0 : -ENOTRECOVERABLE;
}

static void cmd_hello(struct control_call *call, void *args, void *user)
{
    (void)args;
    (void)user;
    control_done(call, NULL);
}

static const struct control_row rows[] = { { "hello", cmd_hello, NULL, "answers" } };

static int run_control(void)
{
    static const char request[] = "{\"cmd\":\"hello\"}";
    static uint8_t buf[RPC_FRAME_BYTES_MAX];
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(control_freep) struct control *c = NULL;
    AUTO_CLOSE int fd = -1;
    struct rpc_frame f;
    int r = loop_new(&loop, &clock_, NULL);

    if (r == 0)
        r = control_new(&c, loop, path, rows, 1, NULL, NULL);
    if (r == 0)
        r = control_connect(&fd, path, NULL);
    if (r == 0)
        r = rpc_send(fd, CONTROL_REQUEST, 1, request, sizeof(request) - 1, NULL);
    if (r < 0)
        return r;
    while (loop_step(loop, 0))
        ;
    r = rpc_recv(fd, buf, &f, 0, NULL);
    if (r == -EPIPE) /* out of memory, the daemon hangs up: an honest answer */
        return -ENOMEM;
    if (r != 1)
        return -ENOTRECOVERABLE;
    return f.len == 2 ? 0 : -ENOMEM; /* {} or {"error": words} */
}

FAULT_TEST(test_bus, run_bus())
FAULT_TEST(test_health, run_health())
FAULT_TEST(test_helper, run_helper())
FAULT_TEST(test_control, run_control())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bus),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_helper),
        cmocka_unit_test(test_control),
    };
    int failed;

    clock_init_virtual(&clock_, 0);
    if (dir_make(dir, "core") < 0)
        return 1;
    snprintf(path, sizeof(path), "%s/control.sock", dir);
    failed = cmocka_run_group_tests_name("core faults", tests, NULL, NULL);
    rmdir(dir);
    return failed;
}
