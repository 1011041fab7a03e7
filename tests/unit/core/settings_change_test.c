/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/settings_change_test.c - changing a setting beside the main loop. */
#include "core/settings_change.h"

#include "base/file.h"

#include "lib/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"

struct rig {
    struct clock clock;
    struct loop *loop;
    struct slow *slow;
    struct settings live;
    struct paths paths;
    struct settings_place place;
    struct str told; /* answers in order */
    char file[PATHS_BYTES + 32], dir[64];
};

/* A rule that needs the other settings, as the wake phrase needs the dictionary. */
static int rule_area(const struct settings *s, const char *text, struct err *e)
{
    return strcmp(text, s->device_name) == 0
               ? err_set(e, -EINVAL, "device.area: the room is not called like the box")
               : 0;
}

static const struct settings_rule rules[] = { { "device.area", rule_area } };

static int rig_new(void **state)
{
    struct rig *g = calloc(1, sizeof(*g));

    if (!g || dir_make(g->dir, "change") < 0)
        return -1;
    clock_init_real(&g->clock);
    snprintf(g->paths.state, sizeof(g->paths.state), "%s", g->dir);
    snprintf(g->paths.etc, sizeof(g->paths.etc), "%s", g->dir);
    snprintf(g->file, sizeof(g->file), "%s/settings.yaml", g->dir);
    if (loop_new(&g->loop, &g->clock, NULL) < 0 ||
        slow_new(&g->slow, g->loop, NULL, NULL) < 0 ||
        settings_load(&g->live, &g->paths, NULL, NULL, NULL) < 0)
        return -1;
    g->place = (struct settings_place){ &g->live, &g->paths, g->slow, rules, 1 };
    *state = g;
    return 0;
}

static int rig_free(void **state)
{
    struct rig *g = *state;

    slow_end(g->slow, -1);
    loop_free(g->loop);
    remove(g->file);
    rmdir(g->dir);
    str_done(&g->told);
    free(g);
    return 0;
}

static void on_done(int code, const char *words, const struct cfg_row *row, void *user)
{
    struct rig *g = user;

    str_addf(&g->told, "%s=%d %s;", row->key, code, words);
}

static int change(struct rig *g, const char *key, const char *value, struct err *e)
{
    return settings_change(&g->place, key, value, on_done, g, e);
}

static void it_is_in_force_when_it_is_kept(void **state)
{
    struct rig *g = *state;
    struct settings again;

    assert_int_equal(change(g, "device.name", "Hal", NULL), 0);
    assert_string_equal(g->live.device_name, "Jarvis"); /* not before it is durable */
    assert_string_equal(str_text(&g->told), "");
    settle(g->loop, g->slow);
    assert_string_equal(g->live.device_name, "Hal");
    assert_string_equal(str_text(&g->told), "device.name=0 ;");
    assert_int_equal(settings_load(&again, &g->paths, NULL, NULL, NULL), 0);
    assert_string_equal(again.device_name, "Hal");
}

static void changes_keep_their_order(void **state)
{
    struct rig *g = *state;
    struct settings again;

    assert_int_equal(change(g, "device.name", "one", NULL), 0);
    assert_int_equal(change(g, "http.port", "8101", NULL), 0);
    assert_int_equal(change(g, "device.name", "two", NULL), 0);
    settle(g->loop, g->slow);
    assert_string_equal(str_text(&g->told), "device.name=0 ;http.port=0 ;device.name=0 ;");
    assert_int_equal(settings_load(&again, &g->paths, NULL, NULL, NULL), 0);
    assert_string_equal(again.device_name, "two");
    assert_int_equal(again.http_port, 8101);
    assert_memory_equal(&again, &g->live, sizeof(again));
}

static void what_is_refused_is_refused_at_once_or_by_its_rule(void **state)
{
    struct rig *g = *state;
    struct err e = ERR_INIT;

    assert_int_equal(change(g, "http.port", "0", &e), -ERANGE);
    assert_int_equal(change(g, "no.such", "0", &e), -ENOENT);
    assert_int_equal(change(g, "device.area", "Jarvis", &e), 0); /* the rule runs beside */
    settle(g->loop, g->slow);
    assert_string_equal(str_text(&g->told),
                        "device.area=-22 device.area: the room is not called like the box;");
    assert_string_equal(g->live.device_area, "");
    assert_false(file_exists(g->file));
}

/* A file that somebody has broken by hand is not written over without a word. */
static void a_damaged_file_is_not_lost(void **state)
{
    struct rig *g = *state;
    AUTO_FREE char *text = NULL;
    size_t len;

    assert_int_equal(file_write(g->file, "a: b: c\nlanguage: fr\n", 21, 0600, NULL), 0);
    assert_int_equal(change(g, "device.name", "Hal", NULL), 0);
    settle(g->loop, g->slow);
    assert_non_null(strstr(str_text(&g->told), "must be mended or removed first"));
    assert_non_null(strstr(str_text(&g->told), "line 1"));
    assert_string_equal(g->live.device_name, "Jarvis");
    assert_int_equal(file_read(&text, &len, g->file, 4096, NULL), 0);
    assert_string_equal(text, "a: b: c\nlanguage: fr\n");
}

/* Somebody waits for it: the daemon's end does not lose it. */
static void the_end_waits_for_it(void **state)
{
    struct rig *g = *state;
    struct settings again;

    assert_int_equal(change(g, "device.name", "Hal", NULL), 0);
    g->slow = slow_end(g->slow, 10000);
    assert_string_equal(str_text(&g->told), "device.name=0 ;");
    assert_int_equal(settings_load(&again, &g->paths, NULL, NULL, NULL), 0);
    assert_string_equal(again.device_name, "Hal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_in_force_when_it_is_kept, rig_new, rig_free),
        cmocka_unit_test_setup_teardown(changes_keep_their_order, rig_new, rig_free),
        cmocka_unit_test_setup_teardown(what_is_refused_is_refused_at_once_or_by_its_rule, rig_new,
                                        rig_free),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_not_lost, rig_new, rig_free),
        cmocka_unit_test_setup_teardown(the_end_waits_for_it, rig_new, rig_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
