/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a thread: its name and attributes, and that a refusal is no failure. */
#include "rt/thread_setup.h"

#include "rt/denormal.h"

#include <float.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

struct seen {
    char name[32];
    int policy;
    size_t stack_bytes;
    volatile float tiny; /* half of the smallest normal number */
};

static void *look(void *user)
{
    struct seen *s = user;
    struct sched_param param;
    pthread_attr_t attr;

    pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
    pthread_getschedparam(pthread_self(), &s->policy, &param);
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstacksize(&attr, &s->stack_bytes);
    pthread_attr_destroy(&attr);
    s->tiny = FLT_MIN;
    s->tiny = s->tiny * 0.5f;
    return NULL;
}

/* What a thread of this name and priority sees of itself. */
static struct rt_thread look_once(struct seen *s, const char *name, int priority)
{
    const struct rt_thread_opts o = { name, priority, look, s };
    struct rt_thread t = { .is_started = false };

    *s = (struct seen){ .policy = -1 };
    assert_int_equal(rt_thread_start(&t, &o, NULL), 0);
    rt_thread_join(&t);
    return t;
}

static void normal(void **state)
{
    struct seen s;
    struct rt_thread t = look_once(&s, "a-name-far-too-long", 0);

    (void)state;
    rt_thread_join(&t); /* a second time is nothing */
    assert_string_equal(s.name, "a-name-far-too-");
    assert_int_equal(s.policy, SCHED_OTHER);
    assert_false(t.is_realtime);
    assert_int_equal(t.why_not, 0);
    assert_true(s.stack_bytes >= RT_STACK_BYTES);
#if defined(__SSE__) || defined(__aarch64__)
    assert_true(s.tiny == 0.0f);
#endif
}

static void realtime_or_why_not(void **state)
{
    struct seen s;
    struct rt_thread t = look_once(&s, "fifo", 50);

    (void)state;
    if (t.is_realtime)
        assert_int_equal(s.policy, SCHED_FIFO);
    else
        assert_int_equal(s.policy, SCHED_OTHER);
#ifndef JARVIS_SANITIZED
    assert_int_equal(t.why_not, t.is_realtime ? 0 : -EPERM);
#endif
}

static void refused(void **state)
{
    struct rt_thread t = { .why_not = 77 };
    const struct rt_thread_opts o = { "x", 100, look, NULL };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(rt_thread_start(&t, &o, &e), -EINVAL);
    assert_non_null(strstr(e.text, "0..99"));
    assert_int_equal(t.why_not, 77);
}

static void memory_is_locked_or_words(void **state)
{
    struct rlimit limit;
    struct err e = ERR_INIT;
    int r = rt_memory_lock(&e);

    (void)state;
    if (r < 0) {
        assert_non_null(strstr(e.text, "LimitMEMLOCK"));
        return;
    }
#ifndef JARVIS_SANITIZED
    assert_int_equal(getrlimit(RLIMIT_RTTIME, &limit), 0);
    assert_true(limit.rlim_cur != RLIM_INFINITY);
#else
    (void)limit;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal),
        cmocka_unit_test(realtime_or_why_not),
        cmocka_unit_test(refused),
        cmocka_unit_test(memory_is_locked_or_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
