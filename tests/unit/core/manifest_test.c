/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/manifest_test.c - manifests of engines: what is taken, and every way out of the engine's
 * folder refused with the name of what is wrong. */
#include "core/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FILE_ROW(path) "{\"path\":\"" path "\",\"url\":\"https://example.org/a\",\"sha256\":\"" SUM "\",\"bytes\":5}"
#define HEAD "\"version\":\"1.0\",\"licence\":\"MIT\","
#define EAR(more) "{\"name\":\"ear\"," HEAD "\"kind\":\"dictation\",\"languages\":[\"en\"],\"program\":\"ear\",\"files\":[" \
                  FILE_ROW("ear") "]" more "}"
#define WITH(name, languages, kind, more, files) \
    "{\"name\":\"" name "\"," HEAD "\"kind\":\"" kind "\",\"languages\":[" languages "]," more "\"files\":[" files "]}"
#define PATH(path) WITH("ear", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", FILE_ROW(path))
#define FRENCH(more, files) WITH("french", "\"fr\"", "commands", more, files)
#define URL(url) "{\"name\":\"ear\"," HEAD "\"kind\":\"dictation\",\"languages\":[\"en\"],\"program\":\"ear\",\"files\":[" \
                 "{\"path\":\"ear\",\"url\":\"" url "\",\"sha256\":\"" SUM "\",\"bytes\":5}]}"

static const struct {
    const char *name, *text;
    int want;
    const char *words;
} cases[] = {
    { "whole", EAR(""), 0, NULL },
    { "with all",
      EAR(",\"about\":\"an ear\",\"licence_url\":\"https://e.org\",\"memory_mb\":64,\"model\":\"ear\",\"dictionary\":\"ear\""),
      0, NULL },
    { "any language",
      WITH("ear", "\"*\"", "dictation", "\"program\":\"ear\",", FILE_ROW("ear")),
      0, NULL },
    { "a helper of ours, no file",
      WITH("ear", "\"en\",\"en-gb\"", "dictation", "\"program\":\"jarvis-dictate\",", ""),
      0, NULL },
    { "commands",
      FRENCH("\"model\":\"fr\",\"dictionary\":\"fr.dict\",", FILE_ROW("fr/mdef") ","
      FILE_ROW("fr.dict")),
      0, NULL },
    { "nothing", "", -EINVAL, "manifest: " },
    { "no object", "[]", -EINVAL, "manifest: " },
    { "unknown key", EAR(",\"postinst\":\"rm\""), -EINVAL, "postinst" },
    { "no licence",
      "{\"name\":\"ear\",\"version\":\"1\",\"kind\":\"dictation\",\"languages\":[\"en\"],\"files\":[]}",
      -EINVAL, "licence: is missing" },
    { "unknown kind", WITH("ear", "\"en\"", "singing", "", ""), -EINVAL, "kind" },
    { "a name with a slash",
      WITH("../ear", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", ""),
      -EINVAL, "name: '../ear'" },
    { "a hidden name",
      WITH(".ear", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", ""),
      -EINVAL, "name: " },
    { "a name that is a word of ours",
      WITH("none", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", ""),
      -EINVAL, "name: " },
    { "capitals",
      WITH("Ear", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", ""),
      -EINVAL, "name: " },
    { "no language",
      WITH("ear", "", "dictation", "\"program\":\"ear\",", FILE_ROW("ear")),
      -ERANGE, "languages" },
    { "a strange language",
      WITH("ear", "\"English\"", "dictation", "\"program\":\"ear\",", FILE_ROW("ear")),
      -EINVAL, "languages[0]: 'English'" },
    { "commands of any language",
      WITH("ear", "\"*\"", "commands",
      "\"model\":\"ear\",\"dictionary\":\"ear\",", FILE_ROW("ear")),
      -EINVAL, "languages[0]" },
    { "above the folder", PATH("../ear"), -EINVAL, "files[0].path: '../ear'" },
    { "above it within", PATH("a/../../ear"), -EINVAL, "files[0].path" },
    { "from the root", PATH("/etc/passwd"), -EINVAL, "files[0].path" },
    { "a dot", PATH("./ear"), -EINVAL, "files[0].path" },
    { "two slashes", PATH("a//b"), -EINVAL, "files[0].path" },
    { "a folder", PATH("a/"), -EINVAL, "files[0].path" },
    { "hidden", PATH(".ssh/keys"), -EINVAL, "files[0].path" },
    { "an option", PATH("-rf"), -EINVAL, "files[0].path" },
    { "too deep", PATH("a/b/c/d/e"), -EINVAL, "3 folders deep" },
    { "its own manifest", PATH("manifest.json"), -EINVAL, "files[0].path" },
    { "no ASCII", PATH("\u00e9ar"), -EINVAL, "files[0].path" },
    { "twice",
      WITH("ear", "\"en\"", "dictation", "\"program\":\"a\",", FILE_ROW("a") "," FILE_ROW("a")),
      -EINVAL, "cannot both be there" },
    { "a file that is a folder",
      WITH("ear", "\"en\"", "dictation", "\"program\":\"a\",", FILE_ROW("a") "," FILE_ROW("a/b")),
      -EINVAL, "cannot both be there" },
    { "ftp",
      URL("ftp://example.org/a"),
      -EINVAL, "files[0]: url: must be an http or https address" },
    { "a password",
      URL("https://me:secret@example.org/a"),
      -EINVAL, "must hold no user or password" },
    { "a file", URL("file:///usr/share/a"), 0, NULL },
    { "a file of another host", URL("file://example.org/a"), -EINVAL, "files[0]: url" },
    { "a short sum", "{\"name\":\"ear\"," HEAD "\"kind\":\"dictation\",\"languages\":[\"en\"],\"program\":\"ear\",\"files\":["
      "{\"path\":\"ear\",\"url\":\"https://e.org/a\",\"sha256\":\"abc\",\"bytes\":5}]}", -ERANGE, "files[0].sha256" },
    { "no program",
      WITH("ear", "\"en\"", "dictation", "", FILE_ROW("ear")),
      -EINVAL, "program: is missing" },
    { "a program of the system",
      WITH("ear", "\"en\"", "dictation", "\"program\":\"/bin/sh\",", FILE_ROW("ear")),
      -EINVAL, "program: '/bin/sh'" },
    { "one beside ours",
      WITH("ear", "\"en\"", "dictation", "\"program\":\"jarvis-../../bin/sh\",", FILE_ROW("ear")),
      -EINVAL, "program: " },
    { "one that is not brought",
      WITH("ear", "\"en\"", "dictation", "\"program\":\"sh\",", FILE_ROW("ear")),
      -EINVAL, "program: 'sh'" },
    { "a model that is not brought",
      EAR(",\"model\":\"tiny\""),
      -EINVAL, "model: is none of the files" },
    { "commands with a program",
      FRENCH("\"program\":\"fr.dict\",\"model\":\"fr\",\"dictionary\":\"fr.dict\",", FILE_ROW("fr/mdef")
      "," FILE_ROW("fr.dict")),
      -EINVAL, "program: an engine of commands has none" },
    { "commands without a model",
      FRENCH("\"dictionary\":\"fr.dict\",", FILE_ROW("fr.dict")),
      -EINVAL, "model: is missing" },
    { "commands without a dictionary",
      FRENCH("\"model\":\"fr\",", FILE_ROW("fr/mdef")),
      -EINVAL, "dictionary: is missing" },
    { "a dictionary that is a folder",
      FRENCH("\"model\":\"fr\",\"dictionary\":\"fr\",", FILE_ROW("fr/mdef")),
      -EINVAL, "dictionary: is none of the files" },
    { "too little memory", EAR(",\"memory_mb\":1"), -ERANGE, "memory_mb" },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct manifest m = { .name = (char *)"untouched" };
        struct err e = ERR_INIT;
        int r = manifest_parse(&m, cases[i].text, strlen(cases[i].text), &e);

        if ((r < 0) != (cases[i].want < 0) || (cases[i].words && !strstr(e.text, cases[i].words)))
            fail_msg("%s: %d %s", cases[i].name, r, e.text);
        if (r < 0)
            assert_string_equal(m.name, "untouched");
        else
            manifest_done(&m);
    }
}

/* What is written is read back as the same. */
static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *first = NULL, *second = NULL;
        struct manifest m;

        if (cases[i].want < 0)
            continue;
        assert_int_equal(manifest_parse(&m, cases[i].text, strlen(cases[i].text), NULL), 0);
        first = manifest_text(&m);
        manifest_done(&m);
        assert_int_equal(manifest_parse(&m, first, strlen(first), NULL), 0);
        second = manifest_text(&m);
        manifest_done(&m);
        assert_string_equal(first, second);
    }
}

static void test_too_long(void **state)
{
    AUTO_FREE char *text = malloc(MANIFEST_BYTES_MAX + 2);
    struct manifest m;
    struct err e = ERR_INIT;

    (void)state;
    memset(text, ' ', MANIFEST_BYTES_MAX + 1);
    assert_int_equal(manifest_parse(&m, text, MANIFEST_BYTES_MAX + 1, &e), -EMSGSIZE);
    assert_non_null(strstr(e.text, "at most 32768"));
}

static void test_languages(void **state)
{
    static const struct {
        const char *has, *asked;
        bool want;
    } rows[] = {
        { "\"fr\"", "fr", true },    { "\"fr\"", "fr-ca", true },  { "\"fr\"", "fro", false },
        { "\"fr-ca\"", "fr", false }, { "\"de\",\"fr\"", "fr", true }, { "\"*\"", "fr", true },
        { "\"fr\"", "f", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct manifest m;
        char text[1000];

        snprintf(text, sizeof(text), WITH("ear", "%s", "dictation", "\"program\":\"jarvis-dictate\",", ""), rows[i].has);
        assert_int_equal(manifest_parse(&m, text, strlen(text), NULL), 0);
        assert_int_equal(manifest_speaks(&m, rows[i].asked), rows[i].want);
        manifest_done(&m);
    }
}

static void test_figures(void **state)
{
    static const char two[] = WITH("ear", "\"en\"", "dictation", "\"program\":\"b\",", FILE_ROW("a") "," FILE_ROW("b"));
    static const char ours[] = WITH("ear", "\"en\"", "dictation", "\"program\":\"jarvis-dictate\",", FILE_ROW("a"));
    struct manifest m;

    (void)state;
    assert_int_equal(fields_check(&manifest_fields, NULL), 0);
    assert_int_equal(manifest_parse(&m, two, strlen(two), NULL), 0);
    assert_int_equal(manifest_bytes(&m), 10);
    assert_true(manifest_owns_program(&m));
    assert_int_equal(m.memory_mb, 512);
    manifest_done(&m);
    assert_int_equal(manifest_parse(&m, ours, strlen(ours), NULL), 0);
    assert_false(manifest_owns_program(&m));
    manifest_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),     cmocka_unit_test(test_round_trip), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_languages), cmocka_unit_test(test_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
