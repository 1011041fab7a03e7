/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/core/wyoming_test.c - events of the Wyoming protocol when memory runs out: -ENOMEM and
 * nothing lost, and what could not be written shows as failed. */
#include "core/wyoming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"

static const char bytes[] =
    "{\"type\":\"transcript\",\"data\":{\"text\":\"a\",\"language\":\"en\"},\"data_length\":13,"
    "\"payload_length\":3}\n{\"text\":\"on\"}abc{\"type\":\"pong\"}\n";

static int read_events(struct wyoming_reader *r)
{
    struct wyoming_text text = { 0 };
    size_t used = 0;
    int got = wyoming_feed(r, bytes, strlen(bytes), &used, NULL);

    if (got < 0)
        return got;
    assert_int_equal(got, 1);
    got = wyoming_take(&text, &wyoming_text_fields, &r->event, NULL);
    if (got < 0)
        return got;
    assert_string_equal(text.text, "on");
    fields_done(&text, &wyoming_text_fields);
    got = wyoming_feed(r, bytes + used, strlen(bytes) - used, &used, NULL);
    return got < 0 ? got : got == 1 ? 0 : -EBADMSG;
}

static int run_read(void)
{
    struct wyoming_reader r;
    int got;

    wyoming_reader_init(&r);
    got = read_events(&r);
    wyoming_reader_done(&r);
    return got;
}

static int run_write(void)
{
    const struct wyoming_synthesize said = { (char *)"hi", { (char *)"amy", NULL, NULL } };
    AUTO_STR out = STR_INIT;

    wyoming_put_of(&out, "synthesize", &said, &wyoming_synthesize_fields, "ab", 2);
    return out.failed ? -ENOMEM : 0;
}

static int hook_cjson(void **state)
{
    cJSON_Hooks hooks = { malloc, free };

    (void)state;
    cJSON_InitHooks(&hooks);
    return 0;
}

FAULT_TEST(test_read, run_read())
FAULT_TEST(test_write, run_write())

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read), cmocka_unit_test(test_write) };

    return cmocka_run_group_tests(tests, hook_cjson, NULL);
}
