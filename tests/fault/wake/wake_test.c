/* SPDX-License-Identifier: Apache-2.0 */
/* No memory while a wake word's model is loaded: an error, nothing lost, nothing half made. */
#include "base/file.h"
#include "fault/fault.h"
#include "lib/dir.h"
#include "lib/tflite.h"
#include "wake/micro_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const char manifest[] = "{\"type\": \"micro\", \"version\": 2, \"wake_word\": \"Hey\", "
                               "\"model\": \"a.tflite\", \"micro\": {\"probability_cutoff\": 0.9, "
                               "\"sliding_window_size\": 5}}";
static char dir[64];

static int setup(void **state)
{
    static struct made m;
    static struct made_weights w;
    static struct made_word_tables t;
    char path[128];

    (void)state;
    dir_make(dir, "wake");
    made_weights_even(&w);
    made_word_fill(&t, &w);
    made_word_write(&m, &t);
    snprintf(path, sizeof(path), "%s/a.tflite", dir);
    assert_int_equal(file_write(path, m.at, m.n, 0600, NULL), 0);
    snprintf(path, sizeof(path), "%s/a.json", dir);
    return file_write(path, manifest, strlen(manifest), 0600, NULL);
}

static int teardown(void **state)
{
    (void)state;
    dir_remove(dir);
    return 0;
}

static int engine_make(void)
{
    const char *folders[] = { dir, NULL };
    struct wake_engine e;
    struct err why = ERR_INIT;
    int r = micro_engine_make(&e, "a,a=0.5", "a", folders, &why);

    if (r >= 0)
        e.free(e.self);
    return r < 0 ? r : 0;
}
FAULT_TEST(engine_of_three_words, engine_make())

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(engine_of_three_words) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
