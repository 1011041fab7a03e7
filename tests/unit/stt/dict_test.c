/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/dict_test.c - what may be a word of the recogniser's dictionary, and how its
 * pronunciations are kept. */
#include "helpers/stt/dict.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void words_are_checked(void **state)
{
    static const struct {
        const char *word;
        int want;
    } rows[] = {
        { "lamp", 0 }, { "", -EINVAL }, { "two words", -EINVAL }, { "tab\t", -EINVAL }, { "caf\u00e9", 0 },
        { "a-word-of-more-than-sixty-three-bytes-is-longer-than-any-in-a-house", -EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_DICT d = { .words = NULL };

        if (dict_add(&d, rows[i].word, NULL) != rows[i].want || d.n != (rows[i].want == 0))
            fail_msg("'%s'", rows[i].word);
        assert_false(dict_is_known(&d, rows[i].word)); /* nobody has said how it sounds */
    }
}

static void a_ninth_sound_is_left_out(void **state)
{
    static const char *const vowels[] = { "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH" };
    AUTO_DICT d = { .words = NULL };

    (void)state;
    assert_int_equal(dict_add(&d, "a", NULL), 0);
    for (size_t i = 0; i < N_OF(vowels); i++)
        assert_int_equal(dict_sound_add(&d, "a", vowels[i], NULL), 0);
    assert_int_equal(d.words[0].n_sounds, DICT_SOUNDS_MAX);
    assert_int_equal(dict_sound_add(&d, "a", "QQ", NULL), -EINVAL);
    assert_true(dict_is_known(&d, "a"));
}

/* The phrase's words stand there once more, the last one with its ends. */
static void printed(void **state)
{
    static const char *const rows[][2] = { { "jarvis", "JH AA R V IH S" }, { "jarvis", "JH AA R" },
                                           { "hey", "HH EY" }, { "on", "AA N" } };
    static const struct {
        const char *phrase, *line;
        bool want;
    } cases[] = {
        { "jarvis", "\njarvis JH AA R V IH S\njarvis(2) JH AA R\n", true },
        { "jarvis", "\nw_jarvis JH AA R V IH S\nw_jarvis(2) JH AA R\n", true },
        { "jarvis", "\nw_jarvis(3) AA R V IH S\n", true },
        { "jarvis", "\nw_jarvis(5) V IH S\n", true },
        { "jarvis", "w_jarvis(5) IH S", false },
        { "jarvis", "(6)", false }, /* two sounds could be the beginning of a command */
        { "hey jarvis", "\nw_hey HH EY\n", true },
        { "hey jarvis", "\nw_jarvis(5) V IH S\n", true },
        { "jarvis hey", "w_jarvis(3)", false }, /* not the last word */
        { "", "w_", false },
        { "computer", "w_", false },
        { "", "g_", false }, /* those are fillers */
    };
    AUTO_DICT d = { .words = NULL };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_int_equal(dict_add(&d, rows[i][0], NULL), 0);
        assert_int_equal(dict_sound_add(&d, rows[i][0], rows[i][1], NULL), 0);
    }
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT;

        str_add_char(&text, '\n');
        dict_print(&text, &d, cases[i].phrase);
        if ((strstr(str_text(&text), cases[i].line) != NULL) != cases[i].want)
            fail_msg("'%s': '%s' in\n%s", cases[i].phrase, cases[i].line, str_text(&text));
    }
}

/* The model's own come first, each phone once behind them. */
static void fillers_printed(void **state)
{
    static const struct {
        const char *of_model, *line;
        bool want;
    } cases[] = {
        { "<sil> SIL\n", "\n<sil> SIL\ng_AA AA\n", true },
        { "<sil> SIL", "\n<sil> SIL\ng_AA AA\n", true }, /* its last line may lack an end */
        { "<sil> SIL\n", "\ng_ZH ZH\n", true },
        { "<sil> SIL\n", "g_SIL", false },
        { "", "\n\ng_AA", false },
        { "", "g_AA AA\n", true },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT, shown = STR_INIT;

        dict_print_fillers(&text, &(struct dict){ .words = NULL }, cases[i].of_model);
        str_addf(&shown, "\n%s", str_text(&text));
        if ((strstr(str_text(&shown), cases[i].line) != NULL) != cases[i].want)
            fail_msg("'%s': '%s' in\n%s", cases[i].of_model, cases[i].line, str_text(&shown));
    }
}

/* A dictionary file with what such files hold. */
static void looked_up(void **state)
{
    static const char file[] = ";;; a comment\nhey HH EY\nhey(2) HH AY\nheyday HH EY D EY\n\n"
                               "JARVIS  JH AA R V IH S\nbroken\non AA N\r\n";
    static const struct {
        const char *word;
        size_t sounds;
    } cases[] = { { "hey", 2 }, { "heyd", 0 }, { "broken", 0 }, { "own", 1 } };
    AUTO_DICT d = { .words = NULL };
    char path[64];
    int fd = memfd_create("dictionary", MFD_CLOEXEC);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(write(fd, file, sizeof(file) - 1), sizeof(file) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    for (size_t i = 0; i < N_OF(cases); i++)
        assert_int_equal(dict_add(&d, cases[i].word, NULL), 0);
    assert_int_equal(dict_sound_add(&d, "own", "OW N", NULL), 0);
    assert_int_equal(dict_look_up(&d, path, NULL), 0);
    for (size_t i = 0; i < d.n; i++)
        for (size_t k = 0; k < N_OF(cases); k++)
            if (strcmp(d.words[i].word, cases[k].word) == 0 && d.words[i].n_sounds != cases[k].sounds)
                fail_msg("'%s' has %zu sounds", cases[k].word, d.words[i].n_sounds);
    assert_true(dict_has_all(&d, "hey own"));
    assert_false(dict_has_all(&d, "hey broken"));
    assert_false(dict_has_all(&d, ""));
    assert_true(dict_look_up(&d, "/nowhere", &e) < 0);
    assert_non_null(strstr(err_text(&e), "/nowhere"));
    close(fd);
}

/* A file in memory; the descriptor is the caller's. */
static int text_of(char *path, size_t size, const char *text)
{
    int fd = memfd_create("dictionary", MFD_CLOEXEC);

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return fd;
}

/* Of another model: its own phones, and words by their base letters. */
static void another_language(void **state)
{
    static const char text[] = "\u00e9teins ei tt in\r\nlumi\u00e8re ll uu mm yy ai rr\nou  uu\no\u00f9 uu ou\nlumi\u00e8re(2) ll uu mm\n"
                               "\u0153uvre oe vv rr\nr\u00e9p\u00e8te";
    static const struct {
        const char *word;
        size_t sounds;
    } rows[] = { { "eteins", 1 }, { "lumiere", 2 }, { "ou", 2 }, { "oeuvre", 1 }, { "repete", 0 }, { "jarvis", 0 } };
    AUTO_DICT d = { .words = NULL };
    AUTO_STR fillers = STR_INIT;
    struct err e = ERR_INIT;
    char path[40];
    int fd = text_of(path, sizeof(path), text);

    (void)state;
    if (dict_phones_read(&d, path, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(d.phones_n, 12); /* ei tt in ll uu mm yy ai rr ou oe vv */
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(dict_add(&d, rows[i].word, NULL), 0);
    assert_int_equal(dict_sound_add(&d, "jarvis", "JH AA R", NULL), -EINVAL); /* phones of English */
    assert_int_equal(dict_look_up(&d, path, NULL), 0);
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t k = 0; k < d.n; k++)
            if (strcmp(d.words[k].word, rows[i].word) == 0 && d.words[k].n_sounds != rows[i].sounds)
                fail_msg("'%s' has %zu sounds", rows[i].word, d.words[k].n_sounds);
    assert_int_equal(dict_sound_add(&d, "jarvis", "yy ai rr", NULL), 0);
    /* each of the loops' words stands for a phone that the model has */
    dict_print_fillers(&fillers, &d, "<sil> SIL\n");
    assert_non_null(strstr(str_text(&fillers), "\ng_OW "));
    assert_null(strstr(str_text(&fillers), " OW\n"));
    assert_non_null(strstr(str_text(&fillers), "\ng_AA ei\n"));
    close(fd);
}

/* The name of a loop's word is kept where the model has that phone, in whatever case. */
static void loops_keep_their_phones(void **state)
{
    AUTO_DICT d = { .words = NULL };
    AUTO_STR fillers = STR_INIT;
    char path[40];
    int fd = text_of(path, sizeof(path), "a t AA s\nb k\n");

    (void)state;
    assert_int_equal(dict_phones_read(&d, path, NULL), 0);
    dict_print_fillers(&fillers, &d, "");
    assert_non_null(strstr(str_text(&fillers), "g_AA AA\n"));
    assert_non_null(strstr(str_text(&fillers), "g_T t\n"));
    assert_non_null(strstr(str_text(&fillers), "g_K k\n"));
    close(fd);
}

static int phones_of(const char *text, struct err *e)
{
    AUTO_DICT d = { .words = NULL };
    char path[40];
    int fd = text_of(path, sizeof(path), text);
    int r = dict_phones_read(&d, path, e);

    close(fd);
    return r;
}

static void phones_that_are_none(void **state)
{
    static const struct {
        const char *text;
        int want;
    } rows[] = {
        { "word\nanother\n", -EINVAL }, { "\n\n", -EINVAL }, { "a alongphonename\n", -ENOSPC }, { "a b", 0 },
    };
    AUTO_STR many = STR_INIT;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(phones_of(rows[i].text, &e), rows[i].want);
        assert_int_equal(e.text[0] != '\0', rows[i].want < 0);
    }
    for (int i = 0; i <= DICT_PHONES_MAX; i++)
        str_addf(&many, "w%d p%d\n", i, i);
    assert_int_equal(phones_of(str_text(&many), NULL), -ENOSPC);
    assert_int_equal(dict_phones_read(&(struct dict){ .words = NULL }, "/nowhere", NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed),
        cmocka_unit_test(fillers_printed),
        cmocka_unit_test(looked_up),
        cmocka_unit_test(words_are_checked),
        cmocka_unit_test(a_ninth_sound_is_left_out),
        cmocka_unit_test(another_language),
        cmocka_unit_test(loops_keep_their_phones),
        cmocka_unit_test(phones_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
