/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/settings_test.c - no value of any setting keeps the daemon from starting.
 *
 * Every row is tried with every text that somebody might write there, by the file of the people and
 * by the one that jarvisctl writes, each time with the whole wiring: app_new() must make it, and what
 * is wrong must be told. */
#include "app/app.h"

#include "base/file.h"
#include "base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static char root[64], etc_file[256];

static int make_root(void **state)
{
    static const char *const helpers[] = { "jarvis-stt", "jarvis-tts" };
    char folder[128];

    (void)state;
    if (dir_make(root, "start") < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/etc/jarvis", root);
    snprintf(etc_file, sizeof(etc_file), "%s/jarvis.yaml", folder);
    setenv("JARVIS_HELPERS", root, 1); /* looked for, not started */
    setenv("JARVIS_SHARE", "rootfs-overlay/usr/share/jarvis", 1);
    for (size_t i = 0; i < N_OF(helpers); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", root, helpers[i]);
        if (file_write(path, "#!/bin/false\n", 13, 0700, NULL) < 0)
            return -1;
    }
    return file_mkdirs(folder, 0700, NULL);
}

static int drop_root(void **state)
{
    (void)state;
    return dir_remove(root);
}

/* The daemon's parts with this settings file, threads and doors too where it `starts`; the
 * complaints are in `told`. */
static int start_with(const char *yaml, bool starts, struct str *told, struct err *e)
{
    struct clock clock;
    const struct app_opts o = { .root = root, .clock = &clock };
    AUTO(app_freep) struct app *a = NULL;
    const cJSON *text;
    int r;

    clock_init_real(&clock);
    assert_int_equal(file_write(etc_file, yaml, strlen(yaml), 0600, NULL), 0);
    r = app_new(&a, &o, e);
    if (r >= 0 && starts)
        r = app_start(a, e);
    if (r < 0)
        return r;
    for (int i = 0; starts && i < 5; i++) /* libmicrohttpd aborts when it is ended before it began */
        loop_step(a->loop, 10);
    cJSON_ArrayForEach(text, a->complaints)
        str_addf(told, "%s\n", text->valuestring);
    return 0;
}

static void row_yaml(struct str *out, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');

    if (dot)
        str_addf(out, "%.*s:\n  ", (int)(dot - key), key);
    str_addf(out, "%s: ", dot ? dot + 1 : key);
    yaml_quote(out, value);
    str_add(out, "\n");
}

static void no_setting_keeps_it_from_starting(void **state)
{
    static const char *const values[] = {
        "", " ", "no such thing", "-1", "99999999999999999999", "nan", "/dev/null", "/no/such",
        "0.0.0.0", "hw:99,9", "\u00e9", "none", "true", "a,b;c|d", "%s%n",
        "0123456789012345678901234567890123456789012345678901234567890123456789",
    };

    (void)state;
    for (size_t i = 0; i < settings_rows_n; i++) {
        for (size_t k = 0; k < N_OF(values); k++) {
            AUTO_STR yaml = STR_INIT, told = STR_INIT;
            struct err e = ERR_INIT;
            struct settings scratch;
            bool fits = cfg_store(&settings_rows[i], &scratch, values[k], NULL) == 0;

            /* What is refused leaves the default, whose start every other test shows. A start
             * takes a quarter of a second: each row has its third of the values. */
            bool starts = fits && (settings_rows[i].flags & CFG_RESTART) && k % 3 == i % 3;

            row_yaml(&yaml, settings_rows[i].key, values[k]);
            if (start_with(yaml.data, starts, &told, &e) < 0)
                fail_msg("%s: '%s' keeps the daemon from starting: %s", settings_rows[i].key,
                         values[k], err_text(&e));
            if (fits != (told.len == 0))
                fail_msg("%s: '%s': %s", settings_rows[i].key, values[k], str_text(&told));
        }
    }
}

/* Nobody can tell whether the microphone had been turned off: the daemon runs, and it stays off. */
static void nor_does_a_store_that_does_not_open(void **state)
{
    char folder[128], history[160], config[160];
    struct clock clock;
    const struct app_opts o = { .root = root, .clock = &clock };
    AUTO(app_freep) struct app *a = NULL;
    struct err e = ERR_INIT;

    (void)state;
    snprintf(folder, sizeof(folder), "%s/var/lib/jarvis", root);
    snprintf(history, sizeof(history), "%s/history.db", folder);
    snprintf(config, sizeof(config), "%s/config.db", folder);
    assert_int_equal(dir_remove(folder), 0);
    assert_int_equal(file_mkdirs(history, 0700, NULL), 0); /* folders, where files should be */
    assert_int_equal(file_mkdirs(config, 0700, NULL), 0);
    clock_init_real(&clock);
    assert_int_equal(file_write(etc_file, "", 0, 0600, NULL), 0);
    if (app_new(&a, &o, &e) < 0 || app_start(a, &e) < 0)
        fail_msg("%s", err_text(&e));
    for (int i = 0; i < 5; i++)
        loop_step(a->loop, 10);
    assert_true(a->audio_started && a->ready_told);
    assert_true(a->muted);
}

/* The words of the row are the names of hal's table, which core may not include. */
static void boards_are_those_of_the_table(void **state)
{
    const struct cfg_row *row = cfg_find(settings_rows, settings_rows_n, "board.name");
    AUTO_STR words = STR_INIT;

    (void)state;
    str_add(&words, "auto");
    for (size_t i = 0; i < hal_boards_n; i++)
        str_addf(&words, "|%s", hal_boards[i].name);
    assert_string_equal(row->choices, words.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_setting_keeps_it_from_starting),
        cmocka_unit_test(nor_does_a_store_that_does_not_open),
        cmocka_unit_test(boards_are_those_of_the_table),
    };

    return cmocka_run_group_tests(tests, make_root, drop_root);
}
