/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/counters_test.c - figures as JSON and as the text of metrics. */
#include "core/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct figures {
    bool open;
    int pid;
    unsigned waiting;
    int64_t longest_ms;
    uint64_t bytes;
};

static const struct counter_row rows[] = {
    COUNTER(struct figures, open, COUNTER_FLAG, "", "It is open."),
    COUNTER(struct figures, pid, COUNTER_ID, "", "The process."),
    COUNTER(struct figures, waiting, COUNTER_GAUGE, "", "What waits."),
    COUNTER(struct figures, longest_ms, COUNTER_GAUGE, "ms", "The longest."),
    COUNTER(struct figures, bytes, COUNTER_TOTAL, "bytes", "What came."),
};

static bool fill(void *stats, void *user)
{
    if (user)
        *(struct figures *)stats = *(struct figures *)user;
    return user != NULL;
}

static const struct figures sample = { true, -7, 4000000000u, -1, UINT64_MAX };

static void it_is_json(void **state)
{
    struct counters c = { .n = 0 };
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    (void)state;
    assert_int_equal(counters_add(&c, &(struct counter_part){ "disk", fill, (void *)&sample,
                                                              sizeof(sample), rows, N_OF(rows) },
                                  NULL), 0);
    assert_int_equal(counters_add(&c, &(struct counter_part){ "gone", fill, NULL, sizeof(sample),
                                                              rows, N_OF(rows) }, NULL), 0);
    assert_true(counters_json(&c, j));
    text = json_text(j);
    /* beyond what JSON numbers hold exactly a figure stands still rather than lie */
    assert_string_equal(text, "{\"disk\":{\"open\":true,\"pid\":-7,\"waiting\":4000000000,"
                              "\"longest_ms\":-1,\"bytes\":4503599627370496},\"gone\":null}");
}

static void it_is_text_for_metrics(void **state)
{
    static const struct figures small = { false, 5, 1, 2, 3 };
    struct counters c = { .n = 0 };
    AUTO_STR out = STR_INIT;

    (void)state;
    counters_add(&c, &(struct counter_part){ "disk", fill, (void *)&small, sizeof(small), rows,
                                             N_OF(rows) }, NULL);
    counters_add(&c, &(struct counter_part){ "gone", fill, NULL, sizeof(small), rows, N_OF(rows) },
                 NULL);
    counters_text(&c, &out);
    assert_string_equal(out.data, "# HELP jarvis_disk_open It is open.\n"
                                  "# TYPE jarvis_disk_open gauge\njarvis_disk_open 0\n"
                                  "# HELP jarvis_disk_waiting What waits.\n"
                                  "# TYPE jarvis_disk_waiting gauge\njarvis_disk_waiting 1\n"
                                  "# HELP jarvis_disk_longest_ms The longest. In ms.\n"
                                  "# TYPE jarvis_disk_longest_ms gauge\njarvis_disk_longest_ms 2\n"
                                  "# HELP jarvis_disk_bytes_total What came. In bytes.\n"
                                  "# TYPE jarvis_disk_bytes_total counter\n"
                                  "jarvis_disk_bytes_total 3\n");
}

static void places_are_bounded(void **state)
{
    static char names[COUNTERS_PARTS_MAX + 1][8];
    struct counters c = { .n = 0 };
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i <= COUNTERS_PARTS_MAX; i++) {
        struct counter_part p = { names[i], fill, NULL, sizeof(sample), rows, N_OF(rows) };

        snprintf(names[i], sizeof(names[i]), "p%d", i);
        assert_int_equal(counters_add(&c, &p, &e), i < COUNTERS_PARTS_MAX ? 0 : -ENOSPC);
    }
    assert_non_null(strstr(err_text(&e), "counters of p24"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_json),
        cmocka_unit_test(it_is_text_for_metrics),
        cmocka_unit_test(places_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
