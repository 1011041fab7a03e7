/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/message_test.c - what clients may say, and the numbers of sockets. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "web/message.h"

#include "base/str.h"

#include <string.h>

typedef int (*parse_fn)(struct message *ret, const void *buf, size_t len, struct err *e);

static const struct {
    parse_fn parse;
    const char *json;
    int want;
    const char *words; /* of the error, or the sentence */
    enum message_kind kind;
    bool speak;
    uint16_t ref;
} cases[] = {
    { chat_parse, "{\"message\":\"hi\"}", 0, "hi", MESSAGE_TEXT, false, 0 },
    { chat_parse, "{\"message\":\" \\n hi\\tyou \"}", 0, "hi you", MESSAGE_TEXT, false, 0 },
    { chat_parse, "{\"message\":\"h\u00e9\",\"speak\":true,\"more\":[1]}", 0, "h\u00e9",
      MESSAGE_TEXT, true, 0 },
    { chat_parse, "{\"message\":\"a\",\"conversation\":0}", -ERANGE, "conversation", 0, false, 0 },
    { chat_parse, "{\"message\":\"a\",\"conversation\":1.5}", -EINVAL, "conversation", 0, false, 0 },
    { chat_parse, "{}", -EINVAL, "missing", 0, false, 0 },
    { chat_parse, "null", -EINVAL, "object", 0, false, 0 },
    { chat_parse, "", -EINVAL, "nothing", 0, false, 0 },
    { chat_parse, "{\"message\":null}", -EINVAL, "string", 0, false, 0 },
    { chat_parse, "{\"message\":\"\\r\\n\"}", -EINVAL, "empty", 0, false, 0 },
    { chat_parse, "{\"message\":\"\\u007f\"}", -EINVAL, "control", 0, false, 0 },
    { chat_parse, "{\"message\":\"\\u001b[2J\"}", -EINVAL, "control", 0, false, 0 },
    { chat_parse, "{\"message\":\"a\",\"speak\":1}", -EINVAL, "speak", 0, false, 0 },
    { chat_parse, "{\"message\":\"a\"} x", -EINVAL, "follows", 0, false, 0 },
    { ws_parse, "{\"type\":\"listen\"}", 0, NULL, MESSAGE_LISTEN, false, 0 },
    { ws_parse, "{\"type\":\"listen\",\"ref\":3}", 0, NULL, MESSAGE_LISTEN, false, 3 },
    { ws_parse, "{\"type\":\"listen\",\"ref\":1e300}", -ERANGE, "ref", 0, false, 0 },
    { chat_parse, "{\"message\":\"a\\u2028b\"}", -EINVAL, "control", 0, false, 0 },
    { ws_parse, "{\"type\":\"text\",\"message\":\"hi\",\"ref\":65535}", 0, "hi", MESSAGE_TEXT,
      false, 65535 },
    { ws_parse, "{\"type\":\"text\",\"message\":\"hi\",\"speak\":true}", 0, "hi", MESSAGE_TEXT,
      true, 0 },
    { ws_parse, "{\"message\":\"hi\"}", -EINVAL, "type: is missing", 0, false, 0 },
    { ws_parse, "{\"type\":\"x\"}", -EINVAL, "'x' is unknown", 0, false, 0 },
    { ws_parse, "{\"type\":7}", -EINVAL, "type", 0, false, 0 },
    { ws_parse, "{\"type\":\"text\",\"message\":\"a\",\"ref\":-1}", -ERANGE, "ref: must be within 0..65535", 0, false, 0 },
    { ws_parse, "{\"type\":\"text\",\"message\":\"a\",\"ref\":1.5}", -EINVAL, "ref", 0, false, 0 },
    { ws_parse, "{\"type\":\"text\",\"message\":\"a\",\"ref\":\"1\"}", -EINVAL, "ref", 0, false,
      0 },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct message m = { .kind = MESSAGE_N, .ref = 99 };
        struct err e = ERR_INIT;
        int r = cases[i].parse(&m, cases[i].json, strlen(cases[i].json), &e);

        if (r != cases[i].want)
            fail_msg("%s: %d %s", cases[i].json, r, err_text(&e));
        if (r < 0) {
            if (!strstr(err_text(&e), cases[i].words))
                fail_msg("%s: %s", cases[i].json, err_text(&e));
            assert_true(m.kind == MESSAGE_N && m.ref == 99 && !m.text); /* untouched */
            continue;
        }
        assert_int_equal(m.kind, cases[i].kind);
        assert_int_equal(m.speak, cases[i].speak);
        assert_int_equal(m.ref, cases[i].ref);
        if (cases[i].words)
            assert_string_equal(m.text, cases[i].words);
        else
            assert_null(m.text);
        message_done(&m);
    }
}

static void test_length(void **state)
{
    static const struct {
        size_t bytes;
        int want;
    } sizes[] = { { MESSAGE_TEXT_BYTES_MAX, 0 }, { MESSAGE_TEXT_BYTES_MAX + 1, -EMSGSIZE } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_STR s = STR_INIT;
        struct message m = { 0 };

        str_add(&s, "{\"message\":\"");
        for (size_t n = 0; n < sizes[i].bytes; n++)
            str_add_char(&s, 'a');
        str_add(&s, "\"}");
        assert_int_equal(chat_parse(&m, s.data, s.len, NULL), sizes[i].want);
        message_done(&m);
    }
}

static void test_tables(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(fields_check(&chat_fields, &e), 0);
    for (size_t i = 0; i < MESSAGE_N; i++) {
        char json[64];
        struct message m = { 0 };
        int r;

        if (fields_check(message_types[i].fields, &e) < 0)
            fail_msg("%s: %s", message_types[i].name, err_text(&e));
        /* each name is known as a type, and means this row */
        snprintf(json, sizeof(json), "{\"type\":\"%s\",\"message\":\"a\"}",
                 message_types[i].name);
        r = ws_parse(&m, json, strlen(json), &e);
        if (r < 0 || m.kind != (enum message_kind)i)
            fail_msg("%s: %s", json, err_text(&e));
        message_done(&m);
    }
}

static void test_learn(void **state)
{
    static const struct {
        const char *body, *want; /* want: MSG_LEARN's json, or words of the refusal */
        int code;
    } wishes[] = {
        { "{\"text\":\"a b\",\"device\":\"x\"}", "{\"add\":{\"text\":\"a b\",\"device\":\"x\"}}", 0 },
        { "{\"text\":\"a\",\"means\":\"b\"}", "{\"add\":{\"text\":\"a\",\"means\":\"b\"}}", 0 },
        { "{\"text\":\"a\"}", "{\"add\":{\"text\":\"a\"}}", 0 }, /* refused by who has the sentences */
        { "{\"forget\":\"a\"}", "{\"forget\":\"a\"}", 0 },
        { "{}", "text or forget", -EINVAL },
        { "{\"text\":\"a\",\"forget\":\"a\"}", "text or forget", -EINVAL },
        { "{\"text\":7}", "text", -EINVAL },
        { "{\"text\":\"a\\nb\",\"device\":\"x\"}", "{\"add\":{\"text\":\"a b\",\"device\":\"x\"}}", 0 },
        { "{\"name\":\"a\"}", "name", -EINVAL },
        { "[]", "", -EINVAL },
        { "{\"text\":", "", -EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        AUTO_JSON *j = NULL;
        AUTO_FREE char *text = NULL;
        struct err e = ERR_INIT;
        const int r = learn_parse(&j, wishes[i].body, strlen(wishes[i].body), &e);

        text = j ? json_text(j) : NULL;
        if (r != wishes[i].code || (r == 0 && strcmp(text, wishes[i].want) != 0) ||
            (r < 0 && (j || !strstr(err_text(&e), wishes[i].want))))
            fail_msg("%s: %d %s %s", wishes[i].body, r, text ? text : "", err_text(&e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_learn),
    };

    return cmocka_run_group_tests_name("web/message", tests, NULL, NULL);
}
