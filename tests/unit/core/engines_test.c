/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/engines_test.c - engines on their shelf: brought whole or not at all, exchanged, taken away,
 * found again, and which one a setting means. */
#include "core/engines.h"
#include "base/file.h"
#include "base/sha256.h"

#include "lib/dir.h"
#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { STEPS_MAX = 2000, STEP_MS = 10 };

struct rig {
    struct fake_server server;
    struct clock clock;
    struct loop *loop;
    struct paths paths;
    struct engines *engines;
    char dir[DIR_BYTES], sum[SHA256_HEX_BYTES], changed[64];
    int code, ended;
    char words[ERR_TEXT_BYTES];
};

static void on_done(int code, const char *words, void *user)
{
    struct rig *g = user;

    g->ended++;
    g->code = code;
    snprintf(g->words, sizeof(g->words), "%s", words);
}

static void on_change(const char *name, void *user)
{
    struct rig *g = user;

    assert_true(g->ended == 0); /* told before it is answered */
    snprintf(g->changed, sizeof(g->changed), "%s", name);
}

static void engines_open(struct rig *g)
{
    assert_int_equal(engines_new(&g->engines, g->loop, &g->paths, NULL), 0);
    engines_on_change(g->engines, on_change, g);
}

static int rig_open(void **state)
{
    struct rig *g = calloc(1, sizeof(*g));

    if (!g || dir_make(g->dir, "engines") < 0 || fake_start(&g->server) != 0)
        return -1;
    snprintf(g->paths.state, sizeof(g->paths.state), "%s", g->dir);
    clock_init_real(&g->clock);
    assert_int_equal(loop_new(&g->loop, &g->clock, NULL), 0);
    sha256_hex(g->sum, "hello", 5);
    engines_open(g);
    *state = g;
    return 0;
}

static int rig_close(void **state)
{
    struct rig *g = *state;

    engines_free(g->engines);
    loop_free(g->loop);
    fake_stop(&g->server);
    dir_remove(g->dir);
    free(g);
    return 0;
}

static struct manifest manifest_of(const struct rig *g, const char *name, const char *version, const char *url,
                                   uint64_t bytes)
{
    struct manifest m;
    struct err e = ERR_INIT;
    char text[2000];

    snprintf(text, sizeof(text),
             "{\"name\":\"%s\",\"version\":\"%s\",\"licence\":\"MIT\",\"kind\":\"dictation\",\"languages\":[\"en\"],"
             "\"program\":\"bin/ear\",\"files\":[{\"path\":\"bin/ear\",\"url\":\"%s\",\"sha256\":\"%s\",\"bytes\":%llu}]}",
             name, version, url, g->sum, (unsigned long long)bytes);
    if (manifest_parse(&m, text, strlen(text), &e) < 0)
        fail_msg("%s", e.text);
    return m;
}

static int finish(struct rig *g)
{
    for (int i = 0; i < STEPS_MAX && !g->ended; i++)
        loop_step(g->loop, STEP_MS);
    assert_int_equal(g->ended, 1);
    assert_null(engines_busy(g->engines));
    return g->code;
}

/* Begins to bring it from the server. */
static int add(struct rig *g, const char *name, const char *version, const char *answer, enum fake_manner manner)
{
    struct manifest m;
    struct err e = ERR_INIT;
    char url[64];
    int r;

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/ear", g->server.port);
    m = manifest_of(g, name, version, url, 5);
    fake_script(&g->server, answer, manner, 1 << 20);
    g->ended = 0;
    g->changed[0] = '\0';
    r = engines_add(g->engines, &m, on_done, g, &e);
    assert_int_equal(m.name == NULL, r == 0); /* taken over, or not */
    manifest_done(&m);
    return r < 0 ? r : manner == FAKE_HOLD ? 0 : finish(g);
}

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

static bool is_there(const struct rig *g, const char *name)
{
    char path[PATHS_BYTES];

    assert_int_equal(shelf_path(path, sizeof(path), &g->paths, name, NULL, NULL), 0);
    return file_exists(path);
}

/* Nothing but `n` engines: no half one, no old one. */
static void assert_engines(const struct rig *g, int n)
{
    char path[PATHS_BYTES];

    assert_int_equal(shelf_path(path, sizeof(path), &g->paths, NULL, NULL, NULL), 0);
    assert_int_equal(dir_entries(path), n);
    assert_int_equal(engines_shelf(g->engines)->n, n);
}

static void test_whole(void **state)
{
    struct rig *g = *state;
    char path[PATHS_BYTES];
    struct stat st;

    assert_int_equal(add(g, "ear", "1.0", OK "hello", FAKE_CLOSE), 0);
    assert_string_equal(g->changed, "ear");
    assert_engines(g, 1);
    assert_int_equal(shelf_path(path, sizeof(path), &g->paths, "ear", "bin/ear", NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755); /* its program, whatever the umask is */
    assert_int_equal(shelf_path(path, sizeof(path), &g->paths, "ear", MANIFEST_FILE, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    /* another version takes its place */
    assert_int_equal(add(g, "ear", "2.0", OK "hello", FAKE_CLOSE), 0);
    assert_engines(g, 1);
    assert_string_equal(shelf_find(engines_shelf(g->engines), "ear")->version, "2.0");
    /* and is found again */
    engines_free(g->engines);
    engines_open(g);
    assert_string_equal(shelf_find(engines_shelf(g->engines), "ear")->version, "2.0");
    g->ended = 0;
    assert_int_equal(engines_drop(g->engines, "ear", on_done, g, NULL), 0);
    assert_int_equal(finish(g), 0);
    assert_engines(g, 0);
}

/* Whatever goes wrong, the one before stays and nothing else does. */
static void test_nothing_stays(void **state)
{
    static const struct {
        const char *answer;
        int want;
    } rows[] = {
        { OK "jello", -EBADMSG }, { OK "hell", -ENODATA }, { OK "hello!", -EMSGSIZE }, { "", -ECONNRESET },
    };
    struct rig *g = *state;

    assert_int_equal(add(g, "ear", "1.0", OK "hello", FAKE_CLOSE), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(add(g, "ear", "2.0", rows[i].answer, FAKE_CLOSE), rows[i].want);
        assert_int_equal(add(g, "nose", "1.0", rows[i].answer, FAKE_CLOSE), rows[i].want);
        assert_string_equal(g->changed, "");
        assert_engines(g, 1);
        assert_string_equal(shelf_find(engines_shelf(g->engines), "ear")->version, "1.0");
    }
}

static void test_stop_and_busy(void **state)
{
    struct rig *g = *state;
    struct err e = ERR_INIT;

    assert_int_equal(add(g, "ear", "1.0", OK "hel", FAKE_HOLD), 0);
    assert_string_equal(engines_busy(g->engines), "ear");
    assert_int_equal(add(g, "nose", "1.0", OK "hel", FAKE_HOLD), -EBUSY);
    g->ended = 0;
    engines_stop(g->engines);
    engines_stop(g->engines);
    assert_int_equal(finish(g), -ECANCELED);
    assert_engines(g, 0);
    assert_int_equal(engines_drop(g->engines, "ear", on_done, g, &e), -ENOENT);
    /* at the end of the daemon what is under way is answered and stopped */
    assert_int_equal(add(g, "ear", "1.0", OK "hel", FAKE_HOLD), 0);
    g->engines = engines_free(g->engines);
    assert_int_equal(g->code, -ECANCELED);
    assert_false(is_there(g, ".ear.new"));
    engines_open(g);
}

static void test_no_room(void **state)
{
    struct rig *g = *state;
    struct manifest m = manifest_of(g, "ear", "1.0", "http://127.0.0.1:1/a", UINT64_C(8) << 30);
    struct manifest many = m;
    struct manifest_file *files = calloc(MANIFEST_FILES_MAX, sizeof(*files));

    for (size_t i = 0; i < MANIFEST_FILES_MAX; i++) {
        char path[20];

        snprintf(path, sizeof(path), "f%zu", i);
        files[i] = (struct manifest_file){ strdup(path), strdup("http://127.0.0.1:1/a"), strdup(g->sum), INT64_C(1) << 50 };
    }
    many.files = (struct field_list){ files, MANIFEST_FILES_MAX };
    m = (struct manifest){ .files = m.files };
    manifest_done(&m);
    g->ended = 0;
    assert_int_equal(engines_add(g->engines, &many, on_done, g, NULL), 0);
    assert_int_equal(finish(g), -ENOSPC); /* before anything is asked of the server */
    assert_non_null(strstr(g->words, "has room for"));
    assert_int_equal(g->server.requests, 0);
    assert_engines(g, 0);
}

/* What a power cut or a hand leaves behind. */
static void test_sweep_and_strangers(void **state)
{
    struct rig *g = *state;
    AUTO_STR told = STR_INIT;
    char path[PATHS_BYTES + 64];
    struct shelf shelf;

    assert_int_equal(add(g, "ear", "1.0", OK "hello", FAKE_CLOSE), 0);
    snprintf(path, sizeof(path), "%s/engines/.nose.new/sub", g->dir);
    assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
    snprintf(path, sizeof(path), "%s/engines/.nose.new/link", g->dir);
    assert_int_equal(symlink("/etc", path), 0);
    snprintf(path, sizeof(path), "%s/engines/renamed", g->dir);
    assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
    snprintf(path, sizeof(path), "%s/engines/renamed/manifest.json", g->dir);
    assert_int_equal(file_write(path, "{}", 2, 0644, NULL), 0);
    engines_free(g->engines);
    engines_open(g);
    assert_false(is_there(g, ".nose.new"));
    assert_true(file_exists("/etc/passwd"));
    shelf_scan(&shelf, &g->paths, &told);
    assert_int_equal(shelf.n, 1);
    assert_non_null(strstr(str_text(&told), "renamed/manifest.json: manifest: "));
    shelf_done(&shelf);
}

static void test_used(void **state)
{
    struct rig *g = *state;
    struct settings s = { .language = "en" };
    struct err e = ERR_INIT;

    assert_int_equal(add(g, "ear", "1.0", OK "hello", FAKE_CLOSE), 0);
    assert_null(engines_used(g->engines, &s, MANIFEST_DICTATION, "en", &e));
    assert_int_equal(e.code, 0);
    str_copy(s.engine_dictation, sizeof(s.engine_dictation), "ear");
    assert_string_equal(engines_used(g->engines, &s, MANIFEST_DICTATION, "en-gb", &e)->name, "ear");
    assert_null(engines_used(g->engines, &s, MANIFEST_DICTATION, "fr", &e));
    assert_non_null(strstr(e.text, "'ear' does not hear the language 'fr'"));
    str_copy(s.engine_dictation, sizeof(s.engine_dictation), "nose");
    assert_null(engines_used(g->engines, &s, MANIFEST_DICTATION, "en", &e));
    assert_non_null(strstr(e.text, "engine.dictation: no engine 'nose' is installed"));
    assert_int_equal(engines_check(g->engines, MANIFEST_COMMANDS, "ear", &e), -EINVAL);
    assert_non_null(strstr(e.text, "it belongs into engine.dictation"));
    assert_int_equal(engines_check(g->engines, MANIFEST_COMMANDS, "", &e), 0);
    assert_true(engines_hears(g->engines, &s, "en"));
    assert_true(engines_hears(NULL, &s, "en-us"));
    assert_false(engines_hears(g->engines, &s, "fr"));
    assert_false(engines_hears(g->engines, &s, "enx"));
    assert_false(engines_hears(g->engines, &s, "EN"));
    assert_false(engines_hears(g->engines, &s, "e"));
    assert_false(engines_hears(g->engines, &s, ""));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(test_whole),   TEST(test_nothing_stays),       TEST(test_stop_and_busy),
        TEST(test_no_room), TEST(test_sweep_and_strangers), TEST(test_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
