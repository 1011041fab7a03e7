/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_inbox_test.c - what gives way when messages come faster than they are read. */
#include "home/mqtt_inbox.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void put(struct mqtt_inbox *b, const char *topic, const char *payload)
{
    struct mqtt_message *m = mqtt_message_new(topic, payload, strlen(payload));

    assert_non_null(m);
    mqtt_inbox_put(b, m);
}

static char *take_all(struct mqtt_inbox *b)
{
    struct str out = STR_INIT;
    struct mqtt_message *m;

    while ((m = mqtt_inbox_take(b))) {
        str_addf(&out, "%s%s=%s", out.len > 0 ? " " : "", m->topic, m->payload);
        assert_int_equal(strlen(m->payload), m->len);
        mqtt_message_free(m);
    }
    assert_int_equal(b->n, 0);
    assert_int_equal(b->bytes, 0);
    return str_take(&out);
}

/* "a1" is payload 1 of topic a. */
static void order(void **state)
{
    static const struct {
        const char *in, *out;
        uint64_t replaced;
    } cases[] = {
        { "", "", 0 },
        { "a1", "a=1", 0 },
        { "a1 b1 a2", "a=1 b=1 a=2", 0 },
        { "a1 a2 a3 a4 a5 a6 a7 a8", "a=1 a=2 a=3 a=4 a=5 a=6 a=7 a=8", 0 },
        { "a1 b1 a2 a3 a4 a5 a6 a7 a8 a9", "a=2 b=1 a=3 a=4 a=5 a=6 a=7 a=8 a=9", 1 },
        { "a1 a2 a3 a4 a5 a6 a7 a8 a9 aA aB", "a=4 a=5 a=6 a=7 a=8 a=9 a=A a=B", 3 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct mqtt_inbox b = { .n = 0 };
        AUTO_FREE char *in = str_dup(cases[i].in), *got = NULL;
        char *rest = in;

        for (char *word; (word = strsep(&rest, " "));) {
            char topic[2] = { word[0], '\0' };

            if (word[0] != '\0')
                put(&b, topic, word + 1);
        }
        got = take_all(&b);
        assert_string_equal(got, cases[i].out);
        assert_int_equal(b.replaced, cases[i].replaced);
        assert_int_equal(b.dropped, 0);
    }
}

/* After any burst the newest word of each topic is there. */
static void bursts(void **state)
{
    static const struct {
        const char *name;
        int topics, rounds;
        size_t bytes;
        bool loses; /* more topics than the bounds hold */
    } cases[] = {
        { "one chatty topic", 1, 30000, 8, false },
        { "a house", 500, 40, 200, false },
        { "large payloads", 50, 200, 8000, false },
        { "more topics than places", INBOX_MAX + 500, 1, 4, true },
        { "more bytes than places", 2000, 2, 8000, true },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        static struct mqtt_inbox b;
        AUTO_FREE char *payload = malloc(cases[i].bytes + 16);
        struct mqtt_message *m;
        char topic[32] = "", last[16];
        bool is_last_there = false; /* the very last message is never the one that goes */
        size_t newest = 0;

        memset(&b, 0, sizeof(b));
        assert_non_null(payload);
        for (int r = 0; r < cases[i].rounds; r++) {
            for (int t = 0; t < cases[i].topics; t++) {
                snprintf(topic, sizeof(topic), "topic/%d", t);
                snprintf(payload, cases[i].bytes + 16, "%08d", r);
                memset(payload + 8, 'x', cases[i].bytes > 8 ? cases[i].bytes - 8 : 0);
                payload[cases[i].bytes > 8 ? cases[i].bytes : 8] = '\0';
                put(&b, topic, payload);
                assert_true(b.n <= INBOX_MAX && b.bytes <= INBOX_BYTES_MAX);
            }
        }
        snprintf(last, sizeof(last), "%08d", cases[i].rounds - 1);
        while ((m = mqtt_inbox_take(&b))) {
            newest += strncmp(m->payload, last, 8) == 0;
            is_last_there |= strcmp(m->topic, topic) == 0 && strncmp(m->payload, last, 8) == 0;
            mqtt_message_free(m);
        }
        if ((b.dropped > 0) != cases[i].loses ||
            (!cases[i].loses && newest != (size_t)cases[i].topics))
            fail_msg("%s: %zu of %d newest, %llu dropped", cases[i].name, newest, cases[i].topics,
                     (unsigned long long)b.dropped);
        assert_true(is_last_there);
        assert_int_equal(b.bytes, 0);
    }
}

static void freed_full(void **state)
{
    struct mqtt_inbox b = { .n = 0 };

    (void)state;
    for (int i = 0; i < 100; i++)
        put(&b, i % 2 ? "a" : "b", "x");
    mqtt_inbox_done(&b);
    assert_null(mqtt_inbox_take(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(bursts),
        cmocka_unit_test(freed_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
