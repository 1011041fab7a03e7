/* SPDX-License-Identifier: Apache-2.0 */
/* A signal to a process that a test watches. Never to 0, which would be the whole process group: the
 * test's runner and everything that runs beside it. */
#ifndef JARVIS_TESTS_LIB_HURT_H
#define JARVIS_TESTS_LIB_HURT_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

static inline void hurt(pid_t pid, int signal)
{
    assert_true(pid > 0);
    kill(pid, signal);
}

#endif
