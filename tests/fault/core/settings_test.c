/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/core/settings_test.c - loading, keeping and describing without memory: all or
 * nothing, in the struct as in the file. */
#include "core/settings.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"
#include "lib/dir.h"
#include "lib/settings.h"

static struct paths paths;
static char dir[64], state_file[PATHS_BYTES + 16], etc_file[PATHS_BYTES + 16];
static const char old_text[] = "audio:\n  volume_percent: 20\n";

static int set_up(void **state)
{
    static const char etc[] = "mqtt: {port: 7, host: \"a\"}\nhttp:\n  port: 0\n  prot: 1\n";
    cJSON_Hooks hooks = { malloc, free };

    (void)state;
    cJSON_InitHooks(&hooks);
    if (dir_make(dir, "settings") < 0)
        return -1;
    snprintf(paths.etc, sizeof(paths.etc), "%s", dir);
    snprintf(paths.state, sizeof(paths.state), "%s", dir);
    snprintf(etc_file, sizeof(etc_file), "%s/jarvis.yaml", dir);
    snprintf(state_file, sizeof(state_file), "%s/settings.yaml", dir);
    return file_write(etc_file, etc, strlen(etc), 0600, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    remove(etc_file);
    remove(state_file);
    return rmdir(dir);
}

static void count(const char *text, void *user)
{
    (void)text;
    ++*(int *)user;
}

static int run_load(void)
{
    struct settings s, before;
    int complaints = 0, r;

    memset(&s, 0x5a, sizeof(s));
    memcpy(&before, &s, sizeof(s));
    r = settings_load(&s, &paths, count, &complaints, NULL);
    if (r < 0) {
        assert_memory_equal(&s, &before, sizeof(s));
        return r;
    }
    assert_int_equal(complaints, 2);
    assert_int_equal(s.mqtt_port, 7);
    assert_int_equal(s.http_port, 8100);
    return 0;
}

FAULT_TEST(load_faults, run_load())

/* One change: it is in the struct and in the file, or in neither. */
static int run_set(void)
{
    struct settings s, before;
    char text[256] = "";
    FILE *f;
    int r;

    memset(&s, 0, sizeof(s));
    memcpy(&before, &s, sizeof(s));
    f = fopen(state_file, "we"); /* not through the functions under test */
    assert_non_null(f);
    fputs(old_text, f);
    fclose(f);
    r = settings_set(&s, &paths, "device.name", "a \"b\"", NULL);
    f = fopen(state_file, "re");
    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    if (r < 0) {
        assert_memory_equal(&s, &before, sizeof(s));
        assert_string_equal(text, old_text);
        return r;
    }
    assert_string_equal(s.device_name, "a \"b\"");
    assert_non_null(strstr(text, "device:\n  name: \"a \\\"b\\\"\"\n"
                                 "audio:\n  volume_percent: 20\n"));
    return 0;
}

FAULT_TEST(set_faults, run_set())

static int run_describe(void)
{
    struct settings s;
    AUTO_JSON *j = NULL, *schema = NULL;
    AUTO_STR page = STR_INIT;

    memset(&s, 0, sizeof(s));
    if (cfg_defaults(settings_rows, settings_rows_n, &s, NULL) < 0)
        return -EINVAL;
    j = settings_json(&s);
    schema = settings_schema();
    settings_markdown(&page);
    if (!j || !schema || page.failed)
        return -ENOMEM;
    assert_int_equal(cJSON_GetArraySize(j), settings_rows_n);
    return 0;
}

FAULT_TEST(describe_faults, run_describe())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_faults),
        cmocka_unit_test(set_faults),
        cmocka_unit_test(describe_faults),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
