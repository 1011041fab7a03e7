/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/missed_test.c - rows of what was not understood -> what is shown, with proposals. */
#include "core/missed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROW "\"text\":\"turn on the xy\",\"count\":2,\"session\":7,\"at\":5"

static void rows_become_proposals(void **state)
{
    static const struct {
        const char *rows, *want;
    } cases[] = {
        { "[]", "{\"missed\":[]}" },
        { "null", "{\"missed\":[]}" },
        { "[{" ROW "}]", "{\"missed\":[{\"proposals\":[],\"text\":\"turn on the xy\",\"count\":2,\"at\":5,\"session\":7}]}" },
        { "[{" ROW ",\"lacks\":{\"text\":\"xy\",\"kind\":\"light\",\"devices\":[\"a\",\"b\",3]}}]",
          "{\"missed\":[{\"proposals\":[{\"text\":\"xy\",\"device\":\"a\"},{\"text\":\"xy\",\"device\":\"b\"}],"
          "\"text\":\"turn on the xy\",\"count\":2,\"at\":5,\"session\":7,\"lacks\":\"xy\",\"kind\":\"light\"}]}" },
        { "[{" ROW ",\"lacks\":{\"text\":\"xy\",\"kind\":\"light\"}}]",
          "{\"missed\":[{\"proposals\":[],\"text\":\"turn on the xy\",\"count\":2,\"at\":5,\"session\":7,"
          "\"lacks\":\"xy\",\"kind\":\"light\"}]}" },
        { "[{" ROW ",\"then\":\"turn on the lamp\"},{\"text\":\"a\"}]",
          "{\"missed\":[{\"proposals\":[{\"text\":\"turn on the xy\",\"means\":\"turn on the lamp\"}],"
          "\"text\":\"turn on the xy\",\"count\":2,\"at\":5,\"session\":7},"
          "{\"proposals\":[],\"text\":\"a\",\"count\":null,\"at\":null,\"session\":null}]}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON *rows = cJSON_Parse(cases[i].rows), *j = missed_view(rows);
        AUTO_FREE char *text = json_text(j);

        assert_non_null(text);
        assert_string_equal(text, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_become_proposals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
