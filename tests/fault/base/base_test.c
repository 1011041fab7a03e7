/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/base/base_test.c - every allocation of base fails once, and from one on. */
#include "base/cfg.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"

static const char json[] = "{\"a\":[1,2,{\"b\":\"c\"}],\"d\":null,\"e\":1.5}";
static const char yaml[] = "a: 1\nb:\n  - x\n  - {c: d}\ne: \"f\"\n";

/* cJSON's allocations go through the same wrapped functions. */
static int hook_cjson(void **state)
{
    cJSON_Hooks hooks = { malloc, free };

    (void)state;
    cJSON_InitHooks(&hooks);
    return 0;
}

static int run_json(void)
{
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;
    int r = json_parse(&j, json, strlen(json), &e);

    if (r < 0) {
        assert_null(j);
        assert_non_null(strstr(err_text(&e), "out of memory"));
        return r;
    }
    AUTO_FREE char *text = json_text(j);

    if (!text)
        return -ENOMEM;
    assert_string_equal(text, json);
    return 0;
}

FAULT_TEST(json_faults, run_json())

static int run_yaml(void)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct err e = ERR_INIT;
    int r = yaml_parse(&y, "x.yaml", yaml, strlen(yaml), &e);

    if (r < 0) {
        assert_null(y);
        assert_string_equal(err_text(&e), "x.yaml: out of memory");
        return r;
    }
    assert_string_equal(yaml_str(y, "e", NULL), "f");
    return 0;
}

FAULT_TEST(yaml_faults, run_yaml())

/* Enough keys that the table of keys grows. */
static int run_yaml_keys(void)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    char text[4096];
    size_t len = 0;

    for (int i = 0; i < 300; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "k%d: 1\n", i);
    return yaml_parse(&y, "x.yaml", text, len, NULL);
}

FAULT_TEST(yaml_key_faults, run_yaml_keys())

static int run_str(void)
{
    AUTO_STR s = STR_INIT;

    for (int i = 0; i < 50; i++)
        str_addf(&s, "%d %s", i, "words");
    yaml_quote(&s, "a \"b\"");
    AUTO_FREE char *copy = str_dup("x");
    AUTO_FREE char *text = str_take(&s);

    return text && copy ? 0 : -ENOMEM;
}

FAULT_TEST(str_faults, run_str())

static int run_cfg(void)
{
    static const struct cfg_row row = { .key = "name", .type = CFG_TEXT, .size = 64, .def = "",
                                        .help = "Name." };
    char field[64] = "value";
    AUTO_STR s = STR_INIT;

    cfg_print(&s, &row, field);
    return s.failed ? -ENOMEM : 0;
}

FAULT_TEST(cfg_faults, run_cfg())

static int run_log(void)
{
    AUTO(log_freep) struct log *log = NULL;
    struct log_line line;
    int r = log_new(&log, LOG_LEVEL_ERROR, NULL);

    if (r < 0)
        return r;
    log_info(log, "test", "below the level: not shown");
    assert_int_equal(log_kept(log, 0, &line, 1), 0);
    return 0;
}

FAULT_TEST(log_faults, run_log())

static int run_file(void)
{
    AUTO_FREE char *text = NULL;
    size_t len = 4711;
    int r = file_read(&text, &len, "/proc/self/exe", 64 << 20, NULL);

    if (r < 0) {
        assert_null(text);
        assert_int_equal(len, 4711);
    }
    return r;
}

FAULT_TEST(file_faults, run_file())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_faults), cmocka_unit_test(yaml_faults),
        cmocka_unit_test(yaml_key_faults), cmocka_unit_test(str_faults),
        cmocka_unit_test(cfg_faults), cmocka_unit_test(log_faults),
        cmocka_unit_test(file_faults),
    };

    return cmocka_run_group_tests(tests, hook_cjson, NULL);
}
