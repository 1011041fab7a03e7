/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/paths_test.c - everything hangs off the root; where helpers are looked for. */
#include "base/paths.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/jarvis-paths-XXXXXX");
    unsetenv("JARVIS_HELPERS");
    unsetenv("JARVIS_SHARE");
    return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
    static const char *const made[] = { "s/models", "h/jarvis-tts", "h", "s/sentences", "s",
                                        "usr/share/jarvis/sentences", "usr/share/jarvis",
                                        "usr/share", "usr" };

    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", dir, made[i]);
        remove(path);
    }
    unsetenv("JARVIS_HELPERS");
    unsetenv("JARVIS_SHARE");
    return rmdir(dir);
}

static void have_helpers(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/h", dir);
    setenv("JARVIS_HELPERS", path, 1);
    assert_int_equal(file_mkdirs(path, 0700, NULL), 0);
    snprintf(path, sizeof(path), "%s/h/jarvis-tts", dir);
    assert_int_equal(file_write(path, "", 0, 0700, NULL), 0);
}

static void have_sentences(const char *folder)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s/sentences", dir, folder);
    assert_int_equal(file_mkdirs(path, 0700, NULL), 0);
}

static void the_installed_system(void **state)
{
    struct paths p;

    (void)state;
    have_helpers();
    assert_int_equal(paths_init(&p, "", NULL), 0);
    assert_string_equal(p.etc, "/etc/jarvis");
    assert_string_equal(p.state, "/var/lib/jarvis");
    assert_string_equal(p.run, "/run/jarvis");
    assert_string_equal(p.helpers, getenv("JARVIS_HELPERS"));
}

static void a_root_moves_all(void **state)
{
    struct paths p;
    char want[128];

    (void)state;
    have_helpers();
    have_sentences("usr/share/jarvis");
    assert_int_equal(paths_init(&p, dir, NULL), 0);
    snprintf(want, sizeof(want), "%s/etc/jarvis", dir);
    assert_string_equal(p.etc, want);
    snprintf(want, sizeof(want), "%s/var/lib/jarvis", dir);
    assert_string_equal(p.state, want);
    snprintf(want, sizeof(want), "%s/run/jarvis", dir);
    assert_string_equal(p.run, want);
    assert_string_equal(p.lent, want); /* nobody made a folder for helpers of another user */
    snprintf(want, sizeof(want), "%s/usr/share/jarvis", dir);
    assert_string_equal(p.share, want);
    have_sentences("s");
    snprintf(want, sizeof(want), "%s/s", dir);
    setenv("JARVIS_SHARE", want, 1);
    assert_int_equal(paths_init(&p, dir, NULL), 0);
    assert_string_equal(p.share, want);
}

static void models_stand_in_share(void **state)
{
    char want[144], share[128], path[PATHS_BYTES], small[8] = "old";
    struct paths p;

    (void)state;
    have_helpers();
    have_sentences("s");
    snprintf(share, sizeof(share), "%s/s", dir);
    setenv("JARVIS_SHARE", share, 1);
    snprintf(want, sizeof(want), "%s/models", share);
    assert_int_equal(file_mkdirs(want, 0700, NULL), 0);
    assert_int_equal(paths_init(&p, dir, NULL), 0);
    assert_string_equal(p.models, want);
    assert_int_equal(paths_model(path, sizeof(path), &p, "x.onnx", NULL), 0);
    assert_true(strncmp(path, want, strlen(want)) == 0);
    assert_string_equal(path + strlen(want), "/x.onnx");
    assert_int_equal(paths_model(path, sizeof(path), &p, "/a/y.onnx", NULL), 0);
    assert_string_equal(path, "/a/y.onnx");
    assert_int_equal(paths_model(small, sizeof(small), &p, "/a/y.onnx", NULL), -ENAMETOOLONG);
}

static void failures_leave_the_struct(void **state)
{
    char longer[PATHS_BYTES + 10];
    struct paths p, before;
    struct err e = ERR_INIT;

    (void)state;
    have_helpers();
    memset(&p, 0x5a, sizeof(p));
    memcpy(&before, &p, sizeof(p));
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(paths_init(&p, longer, &e), -ENAMETOOLONG);
    assert_memory_equal(&p, &before, sizeof(p));
    if (file_exists("/usr/lib/jarvis/jarvis-tts"))
        return; /* installed here: helpers are always found */
    setenv("JARVIS_HELPERS", dir, 1);
    assert_int_equal(paths_init(&p, dir, &e), -ENOENT);
    assert_non_null(strstr(err_text(&e), "JARVIS_HELPERS"));
    assert_memory_equal(&p, &before, sizeof(p));
}

static void joining(void **state)
{
    char out[8] = "old";
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(paths_join(out, sizeof(out), "/a", "b.c", &e), 0);
    assert_string_equal(out, "/a/b.c");
    assert_int_equal(paths_join(out, sizeof(out), "/abc", "defg", &e), -ENAMETOOLONG);
    assert_non_null(strstr(err_text(&e), "/abc/defg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_installed_system, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(a_root_moves_all, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(failures_leave_the_struct, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(models_stand_in_share, make_dir, drop_dir),
        cmocka_unit_test(joining),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
