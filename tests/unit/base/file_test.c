/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/file_test.c - whole files on a real file system, and what must not be left. */
#include "base/file.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"

static char dir[] = "/tmp/jarvis-file-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(memcpy(dir, "/tmp/jarvis-file-XXXXXX", sizeof(dir))) ? 0 : -1;
}

static int drop_dir(void **state)
{
    (void)state;
    return dir_remove(dir);
}

static void assert_content(const char *path, const char *want)
{
    AUTO_FREE char *got = NULL;
    size_t len = 0;

    assert_int_equal(file_read(&got, &len, path, 1 << 20, NULL), 0);
    assert_int_equal(len, strlen(want));
    assert_string_equal(got, want);
}

static void written_is_read(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(file_write(in_dir("a"), "one", 3, 0600, NULL), 0);
    assert_content(in_dir("a"), "one");
    assert_int_equal(stat(in_dir("a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_write(in_dir("a"), "", 0, 0644, NULL), 0);
    assert_content(in_dir("a"), "");
    assert_int_equal(stat(in_dir("a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(dir_entries(dir), 1);
    assert_true(file_exists(in_dir("a")));
    assert_false(file_exists(in_dir("b")));
}

static void a_name_without_folder_is_here(void **state)
{
    AUTO_CLOSE int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(file_write("bare", "x", 1, 0600, NULL), 0);
    assert_int_equal(fchdir(here), 0);
    assert_content(in_dir("bare"), "x");
}

static void reading_has_limits(void **state)
{
    static const struct {
        const char *name;
        size_t max;
        int want;
        const char *words;
    } cases[] = {
        { "ten", 10, 0, "" },
        { "ten", 9, -EFBIG, "has 10 bytes, more than the 9 allowed" },
        { "none", 9, -ENOENT, "no such file" },
        { "sub", 9, -EINVAL, "no regular file" },
        { "fifo", 9, -EINVAL, "no regular file" },
        { "ten/x", 9, -ENOTDIR, "no folder" },
    };

    (void)state;
    assert_int_equal(file_write(in_dir("ten"), "0123456789", 10, 0600, NULL), 0);
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *const before = (char *)(uintptr_t)cases[i].name;
        char *got = before;
        size_t len = 4711;
        struct err e = ERR_INIT;

        assert_int_equal(file_read(&got, &len, in_dir(cases[i].name), cases[i].max, &e),
                         cases[i].want);
        if (cases[i].want == 0) {
            free(got);
            continue;
        }
        assert_ptr_equal(got, before);
        assert_int_equal(len, 4711);
        if (!strstr(err_text(&e), cases[i].words) || !strstr(err_text(&e), in_dir(cases[i].name)))
            fail_msg("%s: says '%s'", cases[i].name, err_text(&e));
    }
}

static void only_the_file_that_is_meant_is_read(void **state)
{
    static const char sum[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* of "abc" */
    char *got = NULL;
    size_t len = 0;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(file_write(in_dir("meant"), "abc", 3, 0600, NULL), 0);
    assert_int_equal(file_read_meant(&got, &len, in_dir("meant"), 3, sum, &e), 0);
    assert_int_equal(len, 3);
    assert_string_equal(got, "abc");
    free(got);
    got = NULL;
    assert_int_equal(file_read_meant(&got, &len, in_dir("meant"), 2, sum, &e), -EFBIG);
    assert_int_equal(file_write(in_dir("meant"), "abd", 3, 0600, NULL), 0);
    e = ERR_INIT;
    assert_int_equal(file_read_meant(&got, &len, in_dir("meant"), 3, sum, &e), -EBADMSG);
    assert_null(got);
    assert_non_null(strstr(err_text(&e), in_dir("meant")));
    assert_non_null(strstr(err_text(&e), "not the file that is meant"));
}

/* A limit on the file size stands for a full disk: write() fails half-way. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    struct rlimit before, small;
    char big[8192];
    struct err e = ERR_INIT;

    (void)state;
    memset(big, 'x', sizeof(big));
    assert_int_equal(file_write(in_dir("a"), "old", 3, 0600, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ 4096, before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(file_write(in_dir("a"), big, sizeof(big), 0600, &e), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(strstr(err_text(&e), in_dir("a")));
    assert_content(in_dir("a"), "old");
    assert_int_equal(dir_entries(dir), 1);
}

static void writing_says_what_is_wrong(void **state)
{
    char longer[5000];
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    assert_int_equal(file_write(in_dir("sub"), "x", 1, 0600, &e), -EISDIR);
    assert_int_equal(dir_entries(dir), 1);
    assert_int_equal(file_write(in_dir("none/a"), "x", 1, 0600, &e), -ENOENT);
    assert_non_null(strstr(err_text(&e), "none/a"));
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(file_write(longer, "x", 1, 0600, &e), -ENAMETOOLONG);
    assert_int_equal(file_mkdirs(longer, 0700, &e), -ENAMETOOLONG);
}

static void folders_are_made(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(file_mkdirs(in_dir("a/b//c/"), 0700, &e), 0);
    assert_true(file_exists(in_dir("a/b/c")));
    assert_int_equal(file_mkdirs(in_dir("a/b"), 0700, &e), 0);
    assert_int_equal(file_write(in_dir("a/file"), "", 0, 0600, NULL), 0);
    assert_int_equal(file_mkdirs(in_dir("a/file"), 0700, &e), -ENOTDIR);
    assert_non_null(strstr(err_text(&e), "a/file"));
    assert_int_equal(file_mkdirs(in_dir("a/file/x"), 0700, &e), -ENOTDIR);
    assert_int_equal(file_mkdirs("", 0700, &e), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written_is_read, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(a_name_without_folder_is_here, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(reading_has_limits, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(only_the_file_that_is_meant_is_read, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(writing_says_what_is_wrong, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(folders_are_made, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
