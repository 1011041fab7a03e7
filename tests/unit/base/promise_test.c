/* SPDX-License-Identifier: Apache-2.0 */
/* base: what fails leaves its output as it was. One row a function and way to fail. */
#include "base/cfg.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/yaml.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OUT_BYTES = 64, PATTERN = 0x5a };

/* Where each call writes to; as pattern before it. */
static union {
    char bytes[OUT_BYTES];
    void *pointer;
    enum log_level level;
} out;

static struct paths paths;

#define NAMES "abcdefghijklmnopqrstuvwxyz0123456789"
#define POINTER(type) ((type)(void *)&out.pointer)

static int join_name(struct err *e)
{
    return paths_join(out.bytes, 16, "/etc", NAMES, e);
}

static int join_folder(struct err *e)
{
    return paths_join(out.bytes, 16, "/" NAMES, "x", e);
}

static int join_by_one(struct err *e)
{
    return paths_join(out.bytes, sizeof("/etc/x") - 1, "/etc", "x", e);
}

static int join_nothing(struct err *e)
{
    return paths_join(out.bytes, 0, "", "", e);
}

static int model_path(struct err *e)
{
    return paths_model(out.bytes, 16, &paths, "/" NAMES, e);
}

static int model_name(struct err *e)
{
    return paths_model(out.bytes, 16, &paths, NAMES, e);
}

static int read_nothing(struct err *e)
{
    size_t len = PATTERN;
    int r = file_read(POINTER(char **), &len, "/nowhere/at/all", 100, e);

    assert_int_equal(len, PATTERN);
    return r;
}

static int read_folder(struct err *e)
{
    size_t len = PATTERN;
    int r = file_read(POINTER(char **), &len, "/", 100, e);

    assert_int_equal(len, PATTERN);
    return r;
}

static int read_too_much(struct err *e)
{
    size_t len = PATTERN;
    int r = file_read(POINTER(char **), &len, "/proc/self/exe", 1, e);

    assert_int_equal(len, PATTERN);
    return r;
}

static int json_bad(struct err *e)
{
    return json_parse(POINTER(cJSON **), "{\"a\":", 5, e);
}

static int json_twice(struct err *e)
{
    return json_parse(POINTER(cJSON **), "{\"a\":1,\"a\":2}", 13, e);
}

static int str_absent(struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();

    return json_need_str(POINTER(const char **), j, "a", e);
}

static int yaml_bad(struct err *e)
{
    return yaml_parse(POINTER(struct yaml **), "x", "a: [", 4, e);
}

static int yaml_absent(struct err *e)
{
    return yaml_load(POINTER(struct yaml **), "/nowhere/at/all", e);
}

static int items_absent(struct err *e)
{
    return yaml_load_items(POINTER(struct yaml **), "/nowhere/at/all", NULL, e);
}

static int lenient_bad(struct err *e)
{
    int line = 0;

    return yaml_parse_lenient(POINTER(struct yaml **), "x", "a: [", 4, &line, e);
}

static int level_unknown(struct err *e)
{
    return log_level_parse(&out.level, "loud", e);
}

static const struct cfg_row name_row = { .key = "x.name", .type = CFG_TEXT, .offset = 0, .size = 16 };

static int text_too_long(struct err *e)
{
    return cfg_store(&name_row, &out, NAMES, e);
}

static const struct {
    const char *name;
    int (*fn)(struct err *e);
} rows[] = {
    { "join: a name that is too long", join_name },
    { "join: a folder that is too long", join_folder },
    { "join: one byte too long", join_by_one },
    { "join: into nothing", join_nothing },
    { "model: a path that is too long", model_path },
    { "model: a name that is too long", model_name },
    { "read: no file", read_nothing },
    { "read: a folder", read_folder },
    { "read: too much", read_too_much },
    { "JSON: cut off", json_bad },
    { "JSON: a key twice", json_twice },
    { "JSON: no such key", str_absent },
    { "YAML: a bracket that is open", yaml_bad },
    { "YAML: no file", yaml_absent },
    { "YAML: no file of items", items_absent },
    { "YAML: lenient", lenient_bad },
    { "log: no such level", level_unknown },
    { "setting: a text that is too long", text_too_long },
};

static void what_fails_leaves_its_output(void **state)
{
    static char untouched[sizeof(out)];

    (void)state;
    memset(untouched, PATTERN, sizeof(untouched));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;

        memset(&out, PATTERN, sizeof(out));
        if (rows[i].fn(&e) >= 0)
            fail_msg("%s: does not fail", rows[i].name);
        if (memcmp(&out, untouched, sizeof(out)) != 0)
            fail_msg("%s: its output was written", rows[i].name);
        if (e.code >= 0 || err_text(&e)[0] == '\0')
            fail_msg("%s: without words", rows[i].name);
        memset(&out, PATTERN, sizeof(out));
        assert_true(rows[i].fn(NULL) < 0); /* nobody wants the words */
    }
}

/* The longest that fits is taken whole. */
static void what_just_fits_is_taken(void **state)
{
    char path[sizeof("/etc/x")];

    (void)state;
    assert_int_equal(paths_join(path, sizeof(path), "/etc", "x", NULL), 0);
    assert_string_equal(path, "/etc/x");
    assert_int_equal(paths_model(path, sizeof(path), &paths, "/etc/y", NULL), 0);
    assert_string_equal(path, "/etc/y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_leaves_its_output),
        cmocka_unit_test(what_just_fits_is_taken),
    };

    snprintf(paths.models, sizeof(paths.models), "/usr/share");
    return cmocka_run_group_tests_name("promise", tests, NULL, NULL);
}
