/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/download_test.c - one file from elsewhere: whole and right, or not there; from a server that
 * sends too much, too little, something else, nothing at all, and from a file. */
#include "core/download.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/str.h"

#include "lib/dir.h"
#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

struct rig {
    struct fake_server server;
    char dir[DIR_BYTES], path[100], url[100], sum[SHA256_HEX_BYTES];
};

static int rig_open(void **state)
{
    struct rig *g = calloc(1, sizeof(*g));

    if (!g || dir_make(g->dir, "download") < 0 || fake_start(&g->server) != 0)
        return -1;
    snprintf(g->path, sizeof(g->path), "%s/got", g->dir);
    snprintf(g->url, sizeof(g->url), "http://127.0.0.1:%u/a", g->server.port);
    sha256_hex(g->sum, "hello", 5);
    *state = g;
    return 0;
}

static int rig_close(void **state)
{
    struct rig *g = *state;

    fake_stop(&g->server);
    dir_remove(g->dir);
    free(g);
    return 0;
}

static const struct {
    const char *name, *answer;
    enum fake_manner manner;
    uint64_t bytes;
    int want;
    const char *words;
} answers[] = {
    { "right", OK "hello", FAKE_CLOSE, 5, 0, "" },
    { "right, byte by byte", OK "hello", FAKE_TRICKLE, 5, 0, "" },
    { "another file", OK "jello", FAKE_CLOSE, 5, -EBADMSG, "its sha256 is " },
    { "too short", OK "hell", FAKE_CLOSE, 5, -ENODATA, "has 4 bytes, not the 5" },
    { "too long", OK "hello!", FAKE_CLOSE, 5, -EMSGSIZE, "is longer than the 5 bytes" },
    { "without an end", OK "hello", FAKE_FLOOD, 5, -EMSGSIZE, "is longer than the 5 bytes" },
    { "not there", "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", FAKE_CLOSE, 5, -ENOENT, "check url in the manifest" },
    { "cut", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhel", FAKE_CLOSE, 5, -ECONNRESET, "it broke the connection" },
    { "closed", "", FAKE_CLOSE, 5, -ECONNRESET, "without an answer" },
    { "round and round", "HTTP/1.1 302 There\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", FAKE_CLOSE, 5, -EPROTO, "redirects over and over" },
};

static void test_answers(void **state)
{
    struct rig *g = *state;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const struct download d = { g->url, g->sum, answers[i].bytes, g->path, 0640, -1 };
        struct err e = ERR_INIT;
        struct stat st;
        int r;

        fake_script(&g->server, answers[i].answer, answers[i].manner, 1 << 20);
        r = download_run(&d, &e);
        if (r != answers[i].want || !strstr(e.text, answers[i].words))
            fail_msg("%s: %d %s", answers[i].name, r, e.text);
        assert_int_equal(stat(g->path, &st) == 0, r == 0);
        if (r == 0) {
            assert_int_equal(st.st_size, 5);
            assert_int_equal(st.st_mode & 07777, 0640);
            unlink(g->path);
        }
    }
}

/* Stopped before and while the server says nothing. */
static void test_stop(void **state)
{
    struct rig *g = *state;
    AUTO_CLOSE int stop = eventfd(1, EFD_CLOEXEC);
    const struct download d = { g->url, g->sum, 5, g->path, 0644, stop };
    struct err e = ERR_INIT;

    fake_script(&g->server, OK "hel", FAKE_HOLD, 0);
    assert_int_equal(download_run(&d, &e), -ECANCELED);
    assert_false(file_exists(g->path));
}

static void test_files(void **state)
{
    struct rig *g = *state;
    char from[100], url[120];
    struct download d = { url, g->sum, 5, g->path, 0644, -1 };
    AUTO_CLOSE int stop = eventfd(1, EFD_CLOEXEC);
    struct err e = ERR_INIT;

    snprintf(from, sizeof(from), "%s/from", g->dir);
    snprintf(url, sizeof(url), "file://%s", from);
    assert_int_equal(download_run(&d, &e), -ENOENT);
    assert_int_equal(file_write(from, "hello", 5, 0644, NULL), 0);
    assert_int_equal(download_run(&d, &e), 0);
    assert_int_equal(download_run(&d, &e), -EEXIST); /* and what stands there is not touched */
    assert_true(file_exists(g->path));
    unlink(g->path);
    d.stop = stop;
    assert_int_equal(download_run(&d, &e), -ECANCELED);
    d.stop = -1;
    assert_int_equal(chmod(from, 0600), 0); /* what is not for all is not spread */
    assert_int_equal(download_run(&d, &e), -EACCES);
    assert_non_null(strstr(e.text, "all may read"));
    snprintf(url, sizeof(url), "file:///dev/zero");
    assert_int_equal(download_run(&d, &e), -EACCES);
    assert_false(file_exists(g->path));
}

/* A link that stands in the way is not followed. */
static void test_link(void **state)
{
    struct rig *g = *state;
    const struct download d = { g->url, g->sum, 5, g->path, 0644, -1 };
    char target[100];

    snprintf(target, sizeof(target), "%s/target", g->dir);
    assert_int_equal(symlink(target, g->path), 0);
    assert_true(download_run(&d, NULL) < 0);
    assert_false(file_exists(target));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_open, rig_close)
    const struct CMUnitTest tests[] = { TEST(test_answers), TEST(test_stop), TEST(test_files), TEST(test_link) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
