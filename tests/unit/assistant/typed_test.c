/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in a conversation: typed sentences with their bounds, what was said lately, ids. */
#include "assistant/typed.h"

#include "assistant/assistant.h"
#include "assistant/memory.h"
#include "assistant/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_check(void **state)
{
    static const struct {
        const char *text;
        int code;
        enum reply_error error;
    } cases[] = {
        { "lamp on", 0, 0 },
        { "lampe allumée", 0, 0 },
        { "two\nlines\tand a tab\r", 0, 0 },
        { NULL, -EINVAL, REPLY_TEXT_EMPTY },
        { "", -EINVAL, REPLY_TEXT_EMPTY },
        { " \t\r\n", -EINVAL, REPLY_TEXT_EMPTY },
        { "a\x01", -EINVAL, REPLY_TEXT_BAD },
        { "a\x7f", -EINVAL, REPLY_TEXT_BAD },
        { "a\x1b[2J", -EINVAL, REPLY_TEXT_BAD },
        { "a\xc2\x85", -EINVAL, REPLY_TEXT_BAD },
        { "a\xff", -EINVAL, REPLY_TEXT_BAD },
        { "a\xed\xa0\x80", -EINVAL, REPLY_TEXT_BAD },
    };
    char longest[ASSISTANT_TEXT_BYTES_MAX + 2];
    enum reply_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error = 0;
        assert_int_equal(typed_check_text(cases[i].text, &error), cases[i].code);
        assert_int_equal(error, cases[i].error);
    }
    memset(longest, 'x', sizeof(longest));
    longest[ASSISTANT_TEXT_BYTES_MAX] = '\0';
    assert_int_equal(typed_check_text(longest, &error), 0);
    longest[ASSISTANT_TEXT_BYTES_MAX] = 'x';
    longest[ASSISTANT_TEXT_BYTES_MAX + 1] = '\0';
    assert_int_equal(typed_check_text(longest, &error), -E2BIG);
    assert_int_equal(error, REPLY_TEXT_LONG);
}

static int add(struct typed *t, struct typed_sum *sum, size_t len, uint64_t client)
{
    struct msg *m = msg_new(MSG_TEXT, 0);
    enum reply_error error;
    int r;

    m->text = malloc(len + 1);
    memset(m->text, 'x', len);
    m->text[len] = '\0';
    m->origin = (struct origin){ .kind = ORIGIN_HTTP, .client = client };
    m->at_usec = (int64_t)client;
    m->input.speak = client % 2;
    r = typed_add(t, sum, m, &error);
    if (r < 0)
        assert_int_equal(error, REPLY_BUSY);
    msg_free(m);
    return r;
}

static void drain(struct typed *t, struct typed_sum *sum)
{
    struct typed_text one;

    while (typed_take(t, sum, &one))
        free(one.text);
}

static void test_order(void **state)
{
    struct typed t = { 0 };
    struct typed_sum sum = { 0 };
    struct typed_text one;

    (void)state;
    for (uint64_t i = 1; i <= TYPED_MAX; i++)
        assert_int_equal(add(&t, &sum, (size_t)i, i), 0);
    assert_int_equal(add(&t, &sum, 1, 99), -EBUSY);
    assert_int_equal(sum.n, TYPED_MAX);
    assert_int_equal(sum.bytes, TYPED_MAX * (TYPED_MAX + 1) / 2);
    for (uint64_t i = 1; i <= TYPED_MAX; i++) {
        assert_true(typed_take(&t, &sum, &one));
        assert_int_equal(strlen(one.text), i);
        assert_int_equal(one.origin.client, i);
        assert_int_equal(one.at_usec, i);
        assert_int_equal(one.speaks, i % 2);
        assert_string_equal(one.source, "text");
        free(one.text);
    }
    assert_false(typed_take(&t, &sum, &one));
    assert_true(sum.n == 0 && sum.bytes == 0);
}

/* In bytes as well, in one conversation and in all of them. */
static void test_bytes(void **state)
{
    enum { BIG = 10000, MANY = 64 };
    static struct typed t[MANY];
    struct typed_sum sum = { 0 };
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(&t[0], &sum, BIG, 1), 0);
    assert_int_equal(add(&t[0], &sum, BIG, 1), -EBUSY);
    assert_int_equal(add(&t[0], &sum, TYPED_BYTES_MAX - 3 * BIG, 1), 0);
    assert_int_equal(add(&t[0], &sum, 1, 1), -EBUSY);
    for (size_t i = 1; i < MANY; i++)
        while (add(&t[i], &sum, BIG, i) == 0)
            n++;
    assert_true(sum.bytes <= TYPED_SUM_BYTES_MAX && sum.bytes > TYPED_SUM_BYTES_MAX - BIG);
    assert_true(n > 90);
    for (size_t i = 0; i < MANY; i++)
        drain(&t[i], &sum);
    assert_true(sum.n == 0 && sum.bytes == 0);
    n = 0;
    for (size_t i = 0; i < MANY; i++)
        while (add(&t[i], &sum, 1, i) == 0)
            n++;
    assert_int_equal(n, TYPED_SUM_MAX);
    for (size_t i = 0; i < MANY; i++)
        drain(&t[i], &sum);
}

static void test_memory_bounds(void **state)
{
    static struct memory m;
    char text[MEMORY_TEXT_BYTES * 2];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    text[MEMORY_TEXT_BYTES - 2] = (char)0xc3; /* a character that would be cut in two */
    text[MEMORY_TEXT_BYTES - 1] = (char)0xa9;
    for (int i = 0; i < MEMORY_TURNS + 3; i++)
        memory_add(&m, i * 1000000LL, text, "ok");
    assert_int_equal(m.n, MEMORY_TURNS);
    assert_int_equal(m.turns[0].at_usec, 3000000);
    assert_int_equal(strlen(m.turns[0].heard), MEMORY_TEXT_BYTES - 2);
    assert_int_equal(memory_first(&m, 8000000), 0);
    assert_int_equal(memory_first(&m, 5000000 + MEMORY_AGE_MS * 1000LL), 2);
    assert_int_equal(memory_first(&m, 1LL << 50), MEMORY_TURNS);
}

static void test_marks_never_go_back(void **state)
{
    struct session s = { .reply = STR_INIT };
    struct msg end = { .at_usec = 5000000 };

    (void)state;
    timeline_start(&s.timeline, 1000000);
    session_mark(&s, STEP_WAKE, 3000000, NULL);
    session_mark(&s, STEP_SPEECH_START, 2000000, NULL);
    assert_int_equal(s.timeline.marks[1].at_usec, 3000000);
    end.end.last_voiced_usec = 4400000;
    session_mark_speech_end(&s, &end);
    assert_string_equal(s.timeline.marks[2].detail, "silence of 600 ms");
    end.end.reason = END_N;
    session_mark_speech_end(&s, &end);
    assert_string_equal(s.timeline.marks[3].detail, "?");
    session_fail(&s, "first");
    session_fail(&s, "second");
    assert_string_equal(s.error, "first");
    session_done(&s);
    assert_null(s.error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),         cmocka_unit_test(test_order),
        cmocka_unit_test(test_bytes),         cmocka_unit_test(test_memory_bounds),
        cmocka_unit_test(test_marks_never_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
