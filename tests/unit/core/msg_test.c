/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/msg_test.c - every message has a name of its own, and frees what it owns. */
#include "core/msg.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < MSG_N; i++) {
        assert_non_null(msg_type_name((enum msg_type)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(msg_type_name((enum msg_type)i),
                                    msg_type_name((enum msg_type)k));
    }
    assert_string_equal(msg_type_name(MSG_SPEECH_END), "speech_end");
    assert_string_equal(msg_type_name(MSG_N), "unknown");
}

static void test_new_is_zeroed_and_free_takes_all(void **state)
{
    struct msg *m = msg_new(MSG_SAY, 7);

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->type, MSG_SAY);
    assert_int_equal(m->session, 7);
    assert_int_equal(m->at_usec, 0);
    assert_int_equal(m->say.serial, 0);
    m->text = str_dup("hello");
    m->json = cJSON_CreateObject();
    assert_null(msg_free(m)); /* the address sanitizer sees what would be left */
    assert_null(msg_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_new_is_zeroed_and_free_takes_all),
    };

    return cmocka_run_group_tests_name("msg", tests, NULL, NULL);
}
