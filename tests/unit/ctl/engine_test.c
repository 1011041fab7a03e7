/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/ctl/engine_test.c - jarvisctl engine add: which manifest is meant, that nothing is fetched before the
 * licence was agreed to, and that what was shown goes back with it. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "core/control.h"
#include "helpers/ctl/ctl.h"

#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

struct rig {
    char dir[DIR_BYTES];
    struct paths paths;
    int fds[2];
};

static void put(const struct rig *g, const char *folder, const char *text)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/%s", g->dir, folder);
    assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
    snprintf(path, sizeof(path), "%s/%s/ear.json", g->dir, folder);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
}

static int rig_open(void **state)
{
    struct rig *g = calloc(1, sizeof(*g));

    if (!g || dir_make(g->dir, "ctl-engine") < 0)
        return -1;
    snprintf(g->paths.etc, sizeof(g->paths.etc), "%s/etc", g->dir);
    snprintf(g->paths.share, sizeof(g->paths.share), "%s/share", g->dir);
    *state = g;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, g->fds);
}

static int rig_close(void **state)
{
    struct rig *g = *state;

    close(g->fds[0]);
    close(g->fds[1]);
    dir_remove(g->dir);
    free(g);
    return 0;
}

static void answer(const struct rig *g, const char *text)
{
    AUTO_JSON *j = NULL;

    assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
    assert_int_equal(rpc_send_json(g->fds[1], CONTROL_DONE, 1, j, NULL), 0);
}

/* The next request, owned by the caller; NULL: there is none. */
static cJSON *asked(const struct rig *g)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;
    cJSON *j = NULL;

    if (rpc_recv(g->fds[1], packet, &f, 0, NULL) != 1)
        return NULL;
    assert_int_equal(rpc_json(&j, &f, NULL), 0);
    return j;
}

static int add(struct rig *g, const char *what, unsigned set, struct err *e)
{
    char *argv[] = { (char *)"add", (char *)what };
    struct ctl c = { .fd = g->fds[0], .paths = &g->paths, .json = true, .set = set, .argc = 2, .argv = argv };
    enum ctl_exit exit = CTL_DONE;

    return run_engine(&c, &exit, e);
}

static void test_which_manifest(void **state)
{
    struct rig *g = *state;
    char path[200];
    const char *names[] = { "ear", "ear", path };
    static const char *const want[] = { "of share", "of etc", "of its own" };

    snprintf(path, sizeof(path), "%s/own/ear.json", g->dir);
    put(g, "share/engines", "of share");
    for (size_t i = 0; i < 3; i++) {
        AUTO_JSON *show = NULL;

        if (i == 1)
            put(g, "etc/engines.d", "of etc");
        put(g, "own", "of its own");
        answer(g, "{\"error\":\"no manifest\"}");
        assert_int_equal(add(g, names[i], 0, NULL), -EREMOTEIO);
        show = asked(g);
        assert_string_equal(json_str(show, "cmd", ""), "engine.show");
        assert_string_equal(json_str(show, "manifest", ""), want[i]);
        assert_null(asked(g));
    }
}

/* Asked by a program, only --yes agrees. */
static void test_agreed(void **state)
{
    static const char shown[] = "{\"name\":\"ear\",\"licence\":\"as free\\nas air\"}";
    struct rig *g = *state;
    struct err e = ERR_INIT;

    put(g, "share/engines", "text");
    answer(g, shown);
    assert_int_equal(add(g, "ear", 0, &e), -EPERM);
    assert_non_null(strstr(e.text, "say --yes"));
    json_free(asked(g));
    assert_null(asked(g)); /* nothing but looking */
    answer(g, shown);
    answer(g, "{}");
    assert_int_equal(add(g, "ear", CTL_YES, &e), 0);
    json_free(asked(g));
    {
        AUTO_JSON *added = asked(g);

        assert_string_equal(json_str(added, "cmd", ""), "engine.add");
        assert_string_equal(json_str(added, "manifest", ""), "text");
        assert_string_equal(json_str(added, "licence", ""), "as free\nas air");
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_open, rig_close)
    const struct CMUnitTest tests[] = { TEST(test_which_manifest), TEST(test_agreed) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
