/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/known_test.c - words of a dictionary, voices of a folder. */
#include "speech/known.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/dir.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64], dictionary[128];

static void put(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

static int make_files(void **state)
{
    static const char *const folders[] = { "lang/gmw", "voices/!v" };

    (void)state;
    if (dir_make(dir, "known") < 0)
        return -1;
    for (size_t i = 0; i < N_OF(folders); i++) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
        if (file_mkdirs(path, 0700, NULL) < 0)
            return -1;
    }
    snprintf(dictionary, sizeof(dictionary), "%s/dict", dir);
    put("dict", "hey HH EY\njarvis JH AA R V IH S\njarvis(2) JH AA V IH S\nmarvin M AA\n");
    put("lang/gmw/en-US", "name English (America)\nlanguage en-us 2\nlanguage en 3\n");
    put("lang/gmw/de", "name German\nlanguage de\n");
    put("voices/!v/f3", "language variant\nname female3\n");
    return 0;
}

static int drop_files(void **state)
{
    static const char *const entries[] = { "dict", "lang/gmw/en-US", "lang/gmw/de", "lang/gmw",
                                           "lang", "voices/!v/f3", "voices/!v", "voices" };

    (void)state;
    for (size_t i = 0; i < N_OF(entries); i++) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]);
        remove(path);
    }
    return rmdir(dir);
}

struct known_case {
    const char *text, *words; /* NULL: it is known */
};

static void is_known(const struct known_case *c,
                     int (*known)(const char *where, const char *text, struct err *e),
                     const char *where)
{
    struct err e = ERR_INIT;
    int r = known(where, c->text, &e);

    assert_int_equal(r, c->words ? -EINVAL : 0);
    if (c->words && !strstr(err_text(&e), c->words))
        fail_msg("%s: %s", c->text, err_text(&e));
}

static void a_wake_phrase_can_be_heard(void **state)
{
    static const struct known_case cases[] = {
        { "jarvis", NULL },
        { "Jarvis", NULL },
        { "hey  jarvis ", NULL },
        { "blorgonk", "'blorgonk', it does not stand in stt.dictionary" },
        { "hey jarviss", "'jarviss', it does not stand in stt.dictionary; did you mean jarvis?" },
        { "he jarvis", "did you mean hey?" },
        { "a a a a a a a a a a a a a a a a a", "too long" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        is_known(&cases[i], known_phrase, dictionary);
    assert_int_equal(known_phrase("/no/such/file", "blorgonk", NULL), 0); /* told by the engine */
}

static void a_voice_is_there(void **state)
{
    static const struct known_case cases[] = {
        { "", NULL },
        { "de", NULL },
        { "en-us", NULL },
        { "EN-US", NULL },
        { "en", NULL },
        { "en-us+f3", NULL },
        { "flite", NULL },
        { "flite+f3", "no voice 'flite'" },
        { "klingon", "no voice 'klingon'" },
        { "en-us+f9", "no variant 'f9'" },
        { "variant", "no voice" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        is_known(&cases[i], known_voice_in, dir);
    assert_int_equal(known_voice_in("/no/such", "klingon", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wake_phrase_can_be_heard),
        cmocka_unit_test(a_voice_is_there),
    };

    return cmocka_run_group_tests(tests, make_files, drop_files);
}
