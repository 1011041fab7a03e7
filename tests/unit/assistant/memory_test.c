/* SPDX-License-Identifier: Apache-2.0 */
/* What a conversation remembers: its last turns, and what "it" is. */
#include "assistant/memory.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { SECOND = 1000 * 1000 };

/* Asserts that what was asked last is `want` ("HassTurnOn [lamp,fan]"; "": nothing). */
static void assert_last(const struct memory *m, int64_t now_usec, const char *want)
{
    const cJSON *last = memory_last(m, now_usec), *id;
    AUTO_STR got = STR_INIT;
    const char *comma = "";

    if (last) {
        str_addf(&got, "%s [", json_str(last, "intent", "?"));
        cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(last, "reached")) {
            str_addf(&got, "%s%s", comma, id->valuestring);
            comma = ",";
        }
        str_add_char(&got, ']');
    }
    assert_string_equal(str_text(&got), want);
}

static void told(struct memory *m, const char *command, const char *acted, uint64_t session,
                 int64_t now_usec)
{
    AUTO_JSON *what = NULL, *done = NULL;

    assert_int_equal(json_parse(&what, command, strlen(command), NULL), 0);
    assert_int_equal(json_parse(&done, acted, strlen(acted), NULL), 0);
    memory_about(m, what, done, session, now_usec);
}

static void what_it_is(void **state)
{
    static const struct {
        const char *command, *acted;
        const char *last;
        uint64_t session; /* that can be taken back afterwards */
    } steps[] = {
        { "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[{\"id\":\"lamp\"}]}", "HassTurnOn [lamp]", 1 },
        /* a question is spoken of, and does nothing that could be taken back */
        { "{\"intent\":\"HassGetState\"}", "{\"devices\":[{\"id\":\"window\"}]}",
          "HassGetState [window]", 1 },
        /* neither does what the box answers by itself */
        { "{\"intent\":\"HassGetCurrentTime\"}", "{}", "HassGetState [window]", 1 },
        { "{\"intent\":\"JarvisThanks\"}", "{\"devices\":[{\"id\":\"x\"}]}", "HassGetState [window]", 1 },
        /* an undo can be undone, and "it" stays what it was */
        { "{\"intent\":\"JarvisUndo\"}", "{\"devices\":[{\"id\":\"lamp\"}]}", "HassGetState [window]", 5 },
        { "{\"intent\":\"HassTurnOff\",\"reached\":[\"old\"]}",
          "{\"devices\":[{\"id\":\"lamp\"},{\"id\":\"fan\"}]}", "HassTurnOff [lamp,fan]", 6 },
        { "{\"intent\":\"HassTurnOff\"}", "{}", "HassTurnOff []", 7 },
        /* strange ones change nothing */
        { "{\"intent\":\"Unknown\"}", "{\"devices\":[{\"id\":\"x\"}]}", "HassTurnOff []", 7 },
        { "{\"intent\":7}", "[]", "HassTurnOff []", 7 },
        { "{}", "null", "HassTurnOff []", 7 },
        { "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[{},{\"id\":3},{\"id\":\"b\"}]}",
          "HassTurnOn [,,b]", 11 },
    };
    struct memory m = { .n = 0 };

    (void)state;
    assert_last(&m, 0, "");
    for (size_t i = 0; i < N_OF(steps); i++) {
        told(&m, steps[i].command, steps[i].acted, i + 1, (int64_t)i * SECOND);
        assert_last(&m, (int64_t)i * SECOND, steps[i].last);
        assert_int_equal(m.session, steps[i].session);
    }
    memory_done(&m);
    assert_last(&m, 0, "");
    assert_int_equal(m.session, 0);
}

static void forgotten_in_time(void **state)
{
    const int64_t then = 90 * (int64_t)SECOND, about = (int64_t)MEMORY_ABOUT_MS * 1000;
    struct memory m = { .n = 0 };

    (void)state;
    told(&m, "{\"intent\":\"HassTurnOn\"}", "{\"devices\":[{\"id\":\"lamp\"}]}", 1, then);
    assert_last(&m, then, "HassTurnOn [lamp]");
    assert_last(&m, then + about, "HassTurnOn [lamp]");
    assert_last(&m, then + about + 1, "");
    told(&m, "{\"intent\":\"HassGetCurrentTime\"}", "{}", 2, then + about); /* it was spoken with */
    assert_last(&m, then + about + 1, "HassTurnOn [lamp]");
    memory_done(&m);
}

static void last_turns(void **state)
{
    const int64_t age = (int64_t)MEMORY_AGE_MS * 1000;
    struct memory m = { .n = 0 };
    char heard[32];

    (void)state;
    assert_int_equal(memory_first(&m, 0), 0);
    for (int i = 0; i < MEMORY_TURNS + 2; i++) {
        snprintf(heard, sizeof(heard), "sentence %d", i);
        memory_add(&m, i * (int64_t)SECOND, heard, "yes");
        assert_in_range(m.n, 1, MEMORY_TURNS);
        assert_string_equal(m.turns[m.n - 1].heard, heard);
    }
    assert_string_equal(m.turns[0].heard, "sentence 2");
    assert_int_equal(memory_first(&m, 8 * (int64_t)SECOND), 0);
    assert_int_equal(memory_first(&m, age + 4 * (int64_t)SECOND), 2);
    assert_int_equal(memory_first(&m, age + 8 * (int64_t)SECOND), MEMORY_TURNS);
    memory_done(&m);
    assert_int_equal(m.n, 0);
}

/* Cut between characters: half a character would make the request to the model invalid. */
static void cut_at_a_character(void **state)
{
    static const char *const letters[] = { "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };

    (void)state;
    for (size_t i = 0; i < N_OF(letters); i++)
        for (size_t before = 0; before < 4; before++) {
            struct memory m = { .n = 0 };
            AUTO_STR text = STR_INIT;
            size_t size = strlen(letters[i]), len;

            for (size_t n = 0; n < before; n++)
                str_add_char(&text, '.');
            while (text.len < MEMORY_TEXT_BYTES + 8)
                str_add(&text, letters[i]);
            memory_add(&m, 0, str_text(&text), str_text(&text));
            len = strlen(m.turns[0].heard);
            assert_in_range(len, MEMORY_TEXT_BYTES - 1 - 3, MEMORY_TEXT_BYTES - 1);
            assert_int_equal((len - before) % size, 0);
            assert_memory_equal(m.turns[0].heard, str_text(&text), len);
            assert_string_equal(m.turns[0].reply, m.turns[0].heard);
            memory_done(&m);
        }
}

/* What a sentence lacked: until something else was done, or it is too long ago. */
static void what_was_lacking(void **state)
{
    struct memory m = { .n = 0 };
    AUTO_JSON *lacks = cJSON_Parse("{\"text\":\"ree ding lamp\"}");

    (void)state;
    assert_null(memory_lacked(&m, SECOND));
    memory_lack(&m, lacks, 5 * SECOND);
    assert_string_equal(json_str(memory_lacked(&m, 5 * SECOND), "text", ""), "ree ding lamp");
    assert_non_null(memory_lacked(&m, 5 * SECOND + (int64_t)MEMORY_ABOUT_MS * 1000));
    assert_null(memory_lacked(&m, 5 * SECOND + (int64_t)MEMORY_ABOUT_MS * 1000 + 1));
    told(&m, "{\"intent\":\"HassTurnOn\",\"slots\":{}}", "{\"devices\":[{\"id\":\"lamp\"}]}", 3, 6 * SECOND);
    assert_null(memory_lacked(&m, 6 * SECOND)); /* that is what would be corrected now */
    memory_lack(&m, lacks, 7 * SECOND);
    assert_non_null(memory_lacked(&m, 7 * SECOND));
    memory_taught(&m, "one", 3);
    memory_taught(&m, "two", 4);
    assert_string_equal(m.taught, "two");
    assert_int_equal(m.taught_by, 4);
    memory_done(&m);
    assert_null(m.lacked);
    assert_null(m.taught);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_is),
        cmocka_unit_test(forgotten_in_time),
        cmocka_unit_test(last_turns),
        cmocka_unit_test(cut_at_a_character),
        cmocka_unit_test(what_was_lacking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
