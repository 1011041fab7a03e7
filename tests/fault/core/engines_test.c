/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/core/engines_test.c - manifests and engines when memory runs out at any allocation: -ENOMEM or
 * another fault with words, nothing lost, no half engine on the shelf. */
#include "core/engines.h"
#include "base/file.h"
#include "base/sha256.h"

#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fault/fault.h"

static char dir[DIR_BYTES], text[2000];
static struct paths paths;

static int prepare(void **state)
{
    cJSON_Hooks hooks = { malloc, free };
    char from[100], sum[SHA256_HEX_BYTES];

    (void)state;
    cJSON_InitHooks(&hooks);
    if (dir_make(dir, "engines-fault") < 0)
        return -1;
    snprintf(paths.state, sizeof(paths.state), "%s", dir);
    snprintf(from, sizeof(from), "%s/from", dir);
    if (file_write(from, "hello", 5, 0644, NULL) < 0)
        return -1;
    sha256_hex(sum, "hello", 5);
    snprintf(text, sizeof(text),
             "{\"name\":\"ear\",\"version\":\"1\",\"about\":\"hears\",\"licence\":\"MIT\",\"licence_url\":\"u\",\"kind\":\"dictation\","
             "\"languages\":[\"en\",\"fr\"],\"program\":\"bin/ear\",\"model\":\"bin\",\"files\":[{\"path\":\"bin/ear\","
             "\"url\":\"file://%s\",\"sha256\":\"%s\",\"bytes\":5}]}", from, sum);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    return dir_remove(dir);
}

static int run_manifest(void)
{
    struct manifest m;
    AUTO_FREE char *again = NULL;
    int r = manifest_parse(&m, text, strlen(text), NULL);

    if (r < 0)
        return r;
    again = manifest_text(&m);
    manifest_done(&m);
    return again ? 0 : -ENOMEM;
}

FAULT_TEST(test_manifest, run_manifest())

static int shelf_entries(void)
{
    char path[PATHS_BYTES];

    assert_int_equal(shelf_path(path, sizeof(path), &paths, NULL, NULL, NULL), 0);
    return dir_entries(path);
}

/* Brought, found again, taken away. */
static int run_shelf(void)
{
    struct manifest m;
    struct shelf shelf;
    bool found;
    int r = manifest_parse(&m, text, strlen(text), NULL);

    if (r < 0)
        return r;
    r = shelf_put(&paths, &m, -1, NULL);
    manifest_done(&m);
    assert_true(shelf_entries() == (r == 0) || shelf_entries() < 0); /* none is half there */
    if (r < 0)
        return r;
    shelf_scan(&shelf, &paths, NULL);
    found = shelf_find(&shelf, "ear") != NULL;
    shelf_done(&shelf);
    r = shelf_drop(&paths, "ear", NULL);
    return r < 0 ? r : found ? 0 : -ENOMEM;
}

FAULT_TEST(test_shelf, run_shelf())

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_manifest), cmocka_unit_test(test_shelf) };

    return cmocka_run_group_tests(tests, prepare, tidy);
}
