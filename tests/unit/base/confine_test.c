/* SPDX-License-Identifier: Apache-2.0 */
/* base/confine: what the kernel lacks is told in words, and what it has is what is found. What a helper
 * may then do stands in tests/unit/core/helper_test.c. */
#include "base/confine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void what_is_missing_is_told(void **state)
{
    static const struct {
        struct confine_support has;
        const char *words; /* NULL: nothing is missing */
    } rows[] = {
        { { 1, true }, NULL },
        { { 7, true }, NULL },
        { { 0, true }, "may read what jarvisd may: this kernel has no Landlock, or the unit's SystemCallFilter" },
        { { 4, false }, "may open sockets: this kernel has no seccomp" },
        { { 0, false }, "neither Landlock nor seccomp" },
        { { -1, true }, "no Landlock" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *lack = confine_lack(&rows[i].has);

        if (!rows[i].words)
            assert_null(lack);
        else if (!lack || !strstr(lack, rows[i].words))
            fail_msg("row %zu: %s", i, lack ? lack : "nothing");
    }
}

/* Looking changes nothing, and a process that is confined already is told the same. */
static void what_is_there_is_found_again(void **state)
{
    struct confine_support has, again;
    int status = 0;
    pid_t pid;

    (void)state;
    confine_has(&has);
    confine_has(&again);
    assert_true(has.landlock == again.landlock && has.seccomp == again.seccomp);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int r = has.seccomp ? confine_calls(false) : 0;

        if (r < 0 && r != -ENOSYS) /* beside a sanitizer there is no filter */
            _exit(2);
        confine_has(&again);
        _exit(again.seccomp == has.seccomp ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(what_is_there_is_found_again),
    };

    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
