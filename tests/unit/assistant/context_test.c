/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/context_test.c - what a model is told of the conversation before, and when a
 * model that fails is left alone: both by tables of what happens when. */
#include "core/breaker.h"
#include "assistant/memory.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS(n) ((int64_t)(n) * 1000)
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- memory -------------------------------------------------------------------------------- */

static void remember(struct memory *m, int64_t at_ms, int number)
{
    char heard[16], reply[16];

    snprintf(heard, sizeof(heard), "q%d", number);
    snprintf(reply, sizeof(reply), "a%d", number);
    memory_add(m, MS(at_ms), heard, reply);
}

static void the_newest_turns_stay_in_order(void **state)
{
    static struct memory m;

    (void)state;
    assert_int_equal(memory_first(&m, 0), 0);
    for (int i = 1; i <= MEMORY_TURNS * 2; i++) {
        char oldest[16], newest[16];
        const int left = i < MEMORY_TURNS ? i : MEMORY_TURNS;

        remember(&m, i, i);
        snprintf(oldest, sizeof(oldest), "q%d", i - left + 1);
        snprintf(newest, sizeof(newest), "a%d", i);
        assert_int_equal(m.n, left);
        assert_string_equal(m.turns[0].heard, oldest);
        assert_string_equal(m.turns[m.n - 1].reply, newest);
        assert_int_equal(memory_first(&m, MS(i)), 0);
    }
}

/* To the microsecond: what is older belongs to another conversation. */
static void old_turns_are_left_out(void **state)
{
    static struct memory m;
    static const struct {
        int64_t now_usec;
        size_t first;
    } rows[] = {
        { MS(2000), 0 },
        { MS(MEMORY_AGE_MS), 0 },
        { MS(MEMORY_AGE_MS) + 1, 1 },
        { MS(MEMORY_AGE_MS + 1000), 1 },
        { MS(MEMORY_AGE_MS + 1000) + 1, 2 },
        { MS(MEMORY_AGE_MS + 2000) + 1, 3 },
        { INT64_MAX, 3 },
    };

    (void)state;
    for (int i = 0; i < 3; i++)
        remember(&m, i * 1000, i);
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(memory_first(&m, rows[i].now_usec), rows[i].first);
    assert_int_equal(m.n, 3); /* asking forgets nothing */
}

/* A long text is cut, never within a character. */
static void long_texts_are_cut_at_a_character(void **state)
{
    static struct memory m;
    char text[MEMORY_TEXT_BYTES * 2];

    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        size_t n = 0, len;

        for (; n < shift; n++)
            text[n] = 'a';
        for (; n + 3 < sizeof(text); n += 3)
            memcpy(text + n, "\xe2\x82\xac", 3);
        text[n] = '\0';
        memory_add(&m, MS(shift), text, "short");
        len = strlen(m.turns[m.n - 1].heard);
        assert_in_range(len, MEMORY_TEXT_BYTES - 3, MEMORY_TEXT_BYTES - 1);
        assert_int_equal((len - shift) % 3, 0);
        assert_memory_equal(m.turns[m.n - 1].heard, text, len);
        assert_string_equal(m.turns[m.n - 1].reply, "short");
    }
}

/* ---- breaker ------------------------------------------------------------------------------- */

/* A script of "word:ms" at that time: begun, failed, good (succeeded), cancelled, and wait=N: so many
 * milliseconds until one may go. */
static const struct {
    const char *name, *script;
} scripts[] = {
    { "closed", "wait=0:0 begun:0 good:5 wait=0:5" },
    { "two failures do not open it", "begun:0 failed:1 begun:1 failed:2 wait=0:2" },
    { "three do", "begun:0 failed:1 begun:1 failed:2 begun:2 failed:3 wait=30000:3 wait=1:30002 wait=0:30003" },
    { "not three in all, three in a row",
      "failed:1 failed:2 good:3 failed:4 failed:5 wait=0:5 failed:6 wait=30000:6" },
    { "one probe, the others wait", "failed:0 failed:0 failed:0 begun:30000 wait=30000:30000" },
    { "the probe is good", "failed:0 failed:0 failed:0 begun:30000 good:30001 wait=0:30001 failed:30002 wait=0:30002" },
    { "the probe fails: twice as long",
      "failed:0 failed:0 failed:0 begun:30000 failed:30000 wait=60000:30000 begun:90000 failed:90000 "
      "wait=120000:90000" },
    { "never longer than five minutes",
      "failed:0 failed:0 failed:0 begun:30000 failed:30000 begun:90000 failed:90000 begun:210000 "
      "failed:210000 wait=240000:210000 begun:450000 failed:450000 wait=300000:450000 begun:750000 "
      "failed:750000 wait=300000:750000" },
    { "a probe that is given up lets the next one go",
      "failed:0 failed:0 failed:0 begun:30000 cancelled:30500 wait=0:30500 begun:30500 wait=30000:30500" },
    { "who was under way when it opened says nothing new",
      "failed:0 failed:0 failed:0 failed:10 failed:20 wait=29980:20" },
    { "giving up while it is closed changes nothing", "begun:0 cancelled:1 wait=0:1 failed:2 failed:3 wait=0:3" },
    { "after the longest it begins anew",
      "failed:0 failed:0 failed:0 begun:30000 failed:30000 begun:90000 good:90001 failed:90002 failed:90002 "
      "failed:90002 wait=30000:90002" },
};

/* Does one word of a script hold? */
static bool step(struct breaker *b, const char *word)
{
    const char *colon = strchr(word, ':');
    const int64_t now = MS(strtoll(colon + 1, NULL, 10));

    if (str_starts(word, "wait="))
        return breaker_wait_ms(b, now) == strtoll(word + strlen("wait="), NULL, 10);
    if (str_starts(word, "begun"))
        breaker_begun(b, now);
    else if (str_starts(word, "failed"))
        breaker_failed(b, now);
    else if (str_starts(word, "good"))
        breaker_succeeded(b);
    else if (str_starts(word, "cancelled"))
        breaker_cancelled(b, now);
    else
        return false;
    return true;
}

static void the_breaker_opens_and_closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(scripts); i++) {
        AUTO_FREE char *copy = str_dup(scripts[i].script);
        struct breaker b = { 0 };
        char *rest = copy, *word;

        while ((word = strsep(&rest, " ")))
            if (!step(&b, word))
                fail_msg("%s: '%s' does not hold", scripts[i].name, word);
    }
}

/* Rounded up: who waits so long may really go. */
static void a_part_of_a_millisecond_counts(void **state)
{
    struct breaker b = { .open_ms = BREAKER_OPEN_MS, .probe_at_usec = 5001 };

    (void)state;
    assert_int_equal(breaker_wait_ms(&b, 5002), 0);
    assert_int_equal(breaker_wait_ms(&b, 5001), 0);
    assert_int_equal(breaker_wait_ms(&b, 5000), 1);
    assert_int_equal(breaker_wait_ms(&b, 4001), 1);
    assert_int_equal(breaker_wait_ms(&b, 4000), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_turns_stay_in_order),
        cmocka_unit_test(old_turns_are_left_out),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(the_breaker_opens_and_closes),
        cmocka_unit_test(a_part_of_a_millisecond_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
