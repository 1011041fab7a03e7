/* SPDX-License-Identifier: Apache-2.0 */
/* An invariant that does not hold stops a test, and is counted in a release. */
#include "base/must.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The exit of a child in which `one == 2` had to hold. */
static int violate(const char *strict)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        volatile int one = 1;

        close(STDERR_FILENO);
        if (strict)
            setenv("MUST_ABORT", strict, 1);
        else
            unsetenv("MUST_ABORT");
        if (!must(one == 1) || must_broken() != 0)
            _exit(1);
        if (must(one == 2) || must_broken() != 1 || !strstr(must_broken_at(), "one == 2"))
            _exit(2);
        _exit(3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_a_strict_run_stops(void **state)
{
    int status = violate("1");

    (void)state;
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) > 3);
}

static void test_a_release_counts(void **state)
{
    int status;

    (void)state;
    if (JARVIS_STRICT)
        return;
    status = violate(NULL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_strict_run_stops),
        cmocka_unit_test(test_a_release_counts),
    };

    return cmocka_run_group_tests_name("base/must", tests, NULL, NULL);
}
