/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/base/file_test.c - every system call of file_read() and file_write() fails once,
 * with each of the errors a card or a full disk gives.
 *
 * The functions below take the place of libc's for our own objects; what they do not fail
 * they hand to the kernel. */
#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "lib/dir.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static long countdown; /* calls until one fails; 0: none does */
static int give;       /* the errno */
static bool hit;

static bool fails_now(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    hit = true;
    errno = give;
    return true;
}

int open(const char *path, int flags, ...)
{
    return fails_now() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

ssize_t read(int fd, void *buf, size_t n)
{
    return fails_now() ? -1 : syscall(SYS_read, fd, buf, n < 3 ? n : 3); /* always short */
}

ssize_t write(int fd, const void *buf, size_t n)
{
    return fails_now() ? -1 : syscall(SYS_write, fd, buf, n < 3 ? n : 3); /* always short */
}

int fsync(int fd)
{
    return fails_now() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
    return fails_now() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int rename(const char *from, const char *to)
{
    return fails_now() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return fails_now() ? -1 : (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

static char dir[] = "/tmp/jarvis-iofault-XXXXXX", path[64];

static int make_dir(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/file", mkdtemp(dir));
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir); /* fails where something was left behind */
}

static void assert_content(const char *want)
{
    AUTO_FREE char *text = NULL;
    size_t len;

    assert_int_equal(file_read(&text, &len, path, 64, NULL), 0);
    assert_string_equal(text, want);
}

static const int errors[] = { ENOSPC, EIO, EROFS, EMFILE, EINTR };

/* The folder's fsync comes after the rename: only then may the new content be there. */
static void writing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(errors); i++) {
        for (long nth = 1;; nth++) {
            struct err e = ERR_INIT;
            int r;

            assert_int_equal(file_write(path, "old text", 8, 0600, NULL), 0);
            countdown = nth;
            give = errors[i];
            hit = false;
            r = file_write(path, "the new text", 12, 0600, &e);
            countdown = 0;
            assert_int_equal(dir_entries(dir), 1);
            if (!hit) {
                assert_int_equal(r, 0);
                assert_content("the new text");
                assert_in_range(nth, 9, 12); /* as many calls as a write takes, and one */
                break;
            }
            if (r == 0) {
                assert_int_equal(give, EINTR);
                assert_content("the new text");
                continue;
            }
            assert_int_equal(r, -give);
            assert_non_null(strstr(err_text(&e), path));
            assert_content(strstr(err_text(&e), "folder") ? "the new text" : "old text");
        }
    }
}

static void reading(void **state)
{
    (void)state;
    assert_int_equal(file_write(path, "old text", 8, 0600, NULL), 0);
    for (size_t i = 0; i < N_OF(errors); i++) {
        for (long nth = 1;; nth++) {
            AUTO_FREE char *text = NULL;
            size_t len = 4711;
            int r;

            countdown = nth;
            give = errors[i];
            hit = false;
            r = file_read(&text, &len, path, 64, NULL);
            countdown = 0;
            if (r == 0) {
                assert_true(!hit || give == EINTR);
                assert_string_equal(text, "old text");
                assert_int_equal(len, 8);
            } else {
                assert_int_equal(r, -give);
                assert_null(text);
                assert_int_equal(len, 4711);
            }
            if (!hit)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing),
        cmocka_unit_test(reading),
    };

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
