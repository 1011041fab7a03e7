/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/yaml_test.c - trees with lines, what is refused and where, quoting. */
#include "base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/refused.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* The tree on one line: {key@line=text} with quotes where there were some. */
static void show(struct str *out, const struct yaml *y)
{
    if (y->key)
        str_addf(out, "%s", y->key);
    str_addf(out, "@%d", y->line);
    if (y->kind == YAML_SCALAR) {
        str_addf(out, y->quoted ? "='%s'" : "=%s", y->text);
        return;
    }
    str_add(out, y->kind == YAML_MAP ? "{" : "[");
    yaml_each(item, y)
    {
        if (item != y->child)
            str_add(out, " ");
        show(out, item);
    }
    str_add(out, y->kind == YAML_MAP ? "}" : "]");
}

static void trees(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "@1{}" },
        { "# only words\n", "@1{}" },
        { "---\n...\n", "@2{}" },
        { "---\n''\n", "@2=''" },
        { "a: 1\nb: on\nc: \"on\"\nd: 'x'\n", "@1{a@1=1 b@2=on c@3='on' d@4='x'}" },
        { "a:\n  b:\n    - 1\n    - {c: 2}\n", "@1{a@1{b@2[@3=1 @4{c@4=2}]}}" },
        { "- x\n\n- y\n", "@1[@1=x @3=y]" },
        { "a: |\n  two\n  lines\nb:\n", "@1{a@1='two\nlines\n' b@4=}" },
        { "a: {a: 1}\nb: {a: 1}\n", "@1{a@1{a@1=1} b@2{a@2=1}}" },
        { "word", "@1=word" },
        { "caf\u00e9: \U0001f600\n", "@1{caf\u00e9@1=\U0001f600}" },
        { "\xef\xbb\xbf" "a: 1\n", "@1{a@1=1}" },
        { "? a\n: 1\n", "@1{a@1=1}" },
        { "a: &x 1\nb: *x\n", "@1{a@1=1 b@2=1}" },
        { "a: &x '1'\nb: [*x, *x]\n", "@1{a@1='1' b@2[@2='1' @2='1']}" },
        { "a: &x\n  c: [1]\nb: *x\n", "@1{a@1{c@2[@2=1]} b@3{c@2[@2=1]}}" },
        { "- &x 1\n- &x 2\n- *x\n", "@1[@1=1 @2=2 @3=2]" },
        { "a: &x {c: 1, d: 2}\nb:\n  d: 3\n  <<: *x\n  e: 4\n",
          "@1{a@1{c@1=1 d@1=2} b@2{d@3=3 e@5=4 c@1=1}}" },
        { "a: &x {c: 1}\nb: &y {c: 2, d: 2}\ne: {<<: [*x, *y]}\nf: {<<: {g: 1}}\n",
          "@1{a@1{c@1=1} b@2{c@2=2 d@2=2} e@3{c@1=1 d@2=2} f@4{g@4=1}}" },
        { "a: {c: 1, <<: &x {c: [2]}}\nb: *x\n", "@1{a@1{c@1=1} b@2{c@1[@1=2]}}" },
        { "a: &x {c: 1}\nb: &y {<<: *x}\nd: *y\n",
          "@1{a@1{c@1=1} b@2{c@1=1} d@3{c@1=1}}" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(yaml_freep) struct yaml *y = NULL;
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;

        if (yaml_parse(&y, "x.yaml", cases[i].text, strlen(cases[i].text), &e) < 0)
            fail_msg("%s: %s", cases[i].text, err_text(&e));
        show(&got, y);
        assert_string_equal(str_text(&got), cases[i].want);
    }
}

#define TEN "[[[[[[[[[["

static void complaints_name_file_and_line(void **state)
{
    static const struct refused_case cases[] = {
        { "two colons", "a: 1\nb: c: d\n", 0, -EINVAL, "x.yaml line 2: mapping values" },
        { "tab", "a:\n\tb: 1\n", 0, -EINVAL, "x.yaml line 2: " },
        { "bracket open", "a: [1, 2\nb: 3\n", 0, -EINVAL, "x.yaml line 2: " },
        { "quote open", "a: \"x\n", 0, -EINVAL, "x.yaml line 2: " },
        { "anchor of a key", "&x a: 1\n", 0, -EINVAL, "line 1: an anchor (&name) of a key" },
        { "alias of nothing", "b: 1\na: *x\n", 0, -EINVAL,
          "line 2: there is no anchor '&x' before '*x'" },
        { "alias before its anchor", "a: *x\nb: &x 1\n", 0, -EINVAL, "line 1: there is no anchor" },
        { "alias inside itself", "a: &x\n  b: *x\n", 0, -EINVAL, "line 2: an alias inside what" },
        { "alias as key", "a: &x 1\n*x : 2\n", 0, -EINVAL, "line 2: a key must be a plain word" },
        { "merge of a text", "<<: b\n", 0, -EINVAL, "line 1: '<<' takes a map" },
        { "merge of texts", "a: &x 1\nb: { <<: [*x] }\n", 0, -EINVAL, "line 2: '<<' takes a map" },
        { "deep by aliases", "a: &a [[[[[[[[[[1]]]]]]]]]]\nb: &b [[[[[[[[[[*a]]]]]]]]]]\n"
                             "c: [[[[[[[[[[[[[*b]]]]]]]]]]]]]\n",
          0, -E2BIG, "line 3: nested too deep" },
        { "large by aliases", "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                              "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                              "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                              "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                              "f: [*e,*e,*e,*e,*e]\n",
          0, -E2BIG, "line 6: too many values" },
        { "tag", "a: !!int 1\n", 0, -EINVAL, "line 1: a tag" },
        { "key twice", "a: 1\nb: 2\na: 3\n", 0, -EINVAL,
          "line 3: the key 'a' stands twice (also in line 1)" },
        { "key twice, quoted", "a: 1\n'a': 3\n", 0, -EINVAL, "line 2: the key 'a'" },
        { "list as key", "? [a]\n: b\n", 0, -EINVAL, "line 1: a key must be a plain word" },
        { "map as key", "{{a: 1}: b}\n", 0, -EINVAL, "line 1: a key must be a plain word" },
        { "two documents", "a: 1\n---\nb: 1\n", 0, -EINVAL, "line 2: only one document" },
        { "NUL", "a: 1\nb\0: 2\n", 10, -EINVAL, "x.yaml line 2: " },
        { "NUL by escape", "a: \"x\\0y\"\n", 0, -EINVAL, "line 1: NUL" },
        { "not UTF-8", "a: 1\nb: \xff\n", 0, -EINVAL, "x.yaml line 2: " },
        { "UTF-16", "\xff\xfe" "a\0", 4, -EINVAL, "x.yaml line 1: " },
        { "control character", "a: 1\n\nb: \x01\n", 0, -EINVAL, "x.yaml line 3: " },
        { "deep", TEN TEN TEN "[[[", 0, -E2BIG, "line 1: nested too deep" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        struct yaml before, *y = &before;
        struct err e = ERR_INIT;
        int r = yaml_parse(&y, "x.yaml", cases[i].text, len, &e);

        if (r != cases[i].want || y != &before)
            fail_msg("%s: gave %d, '%s'", cases[i].name, r, err_text(&e));
        if (!strstr(err_text(&e), cases[i].words))
            fail_msg("%s: says '%s'", cases[i].name, err_text(&e));
    }
}

static int parse_repeated(const char *item, int times, struct err *e)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    AUTO_STR s = STR_INIT;

    for (int i = 0; i < times; i++)
        str_add(&s, item);
    assert_false(s.failed);
    return yaml_parse(&y, "x.yaml", s.data, s.len, e);
}

static void limits(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(parse_repeated("-\n", YAML_NODES_MAX - 1, &e), 0); /* and the list itself */
    assert_int_equal(parse_repeated("-\n", YAML_NODES_MAX, &e), -E2BIG);
    assert_string_equal(err_text(&e), "x.yaml line 200000: too many values in one file");
    assert_int_equal(parse_repeated("#xxxxxx\n", YAML_FILE_BYTES_MAX / 8, &e), 0);
    assert_int_equal(parse_repeated("#xxxxxx\n", YAML_FILE_BYTES_MAX / 8 + 1, &e), -E2BIG);
    assert_non_null(strstr(err_text(&e), "more than the"));
}

/* 60,000 keys: comparing each with each would be seen as a test that hangs. */
static void many_keys_are_quick(void **state)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct yaml *again = NULL;
    AUTO_STR s = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < 60000; i++)
        str_addf(&s, "k%d: 1\n", i);
    assert_int_equal(yaml_parse(&y, "x.yaml", s.data, s.len, &e), 0);
    assert_int_equal(yaml_count(y), 60000);
    str_add(&s, "k777: 1\n");
    assert_int_equal(yaml_parse(&again, "x.yaml", s.data, s.len, &e), -EINVAL);
    assert_string_equal(err_text(&e),
                        "x.yaml line 60001: the key 'k777' stands twice (also in line 778)");
}

static void getters(void **state)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    const char *text = "a: x\nl: [1, 2]\n";

    (void)state;
    assert_int_equal(yaml_parse(&y, "x.yaml", text, strlen(text), NULL), 0);
    assert_string_equal(yaml_str(y, "a", "?"), "x");
    assert_string_equal(yaml_str(y, "l", "?"), "?");
    assert_string_equal(yaml_str(y, "none", "?"), "?");
    assert_int_equal(yaml_count(yaml_get(y, "l")), 2);
    assert_int_equal(yaml_count(NULL), 0);
    assert_null(yaml_get(NULL, "a"));
    assert_null(yaml_get(yaml_get(y, "a"), "a"));
    assert_null(yaml_get(yaml_get(y, "l"), "a"));
}

static void files(void **state)
{
    struct yaml *y = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(yaml_load(&y, "/nonexistent/devices.yaml", &e), -ENOENT);
    assert_non_null(strstr(err_text(&e), "/nonexistent/devices.yaml"));
    assert_int_equal(yaml_load(&y, "/proc", &e), -EINVAL);
    assert_null(y);
}

static void quoted_text_reads_back(void **state)
{
    static const char *const texts[] = {
        "", " ", "plain", "it's \"quoted\"", "C:\\dir\\", "a: b # c", "- x", "on", "~", "{}", "\t",
        "two\nlines\r\n", "\x01\x1f\x7f", "caf\u00e9 \u4e16 \U0001f600", "\xc2\x85 \xc2\x80",
        "\u2028\u2029\ufeff\ufffd", "\uffff\U0010ffff", "%TAG", "!x &y *z", " both ends ",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        AUTO(yaml_freep) struct yaml *y = NULL;
        AUTO_STR s = STR_INIT;
        struct err e = ERR_INIT;

        str_add(&s, "k: ");
        yaml_quote(&s, texts[i]);
        str_add(&s, "\n");
        if (yaml_parse(&y, "x.yaml", s.data, s.len, &e) < 0)
            fail_msg("%s: %s", s.data, err_text(&e));
        assert_string_equal(yaml_str(y, "k", NULL), texts[i]);
        assert_true(y->child->quoted);
    }
}

/* Three items as people write them. */
static const char *const item_lines[] = {
    "devices:",      "  - name: a", "    kind: light", "    topic: t", "  - name: b", "    kind: fan",
    "    topic: t", "  - name: c", "    kind: lock",  "    topic: t",
};

static void count_complaint(const char *text, void *user)
{
    assert_non_null(strstr(text, "x.yaml line "));
    ++*(size_t *)user;
}

/* Items that hold all that was written about them, and nothing of another. */
static size_t whole_items(const struct yaml *tree)
{
    static const char *const kinds[] = { "light", "fan", "lock" };
    size_t n = 0;

    yaml_each (item, yaml_get(tree, "devices")) {
        const char *name = yaml_str(item, "name", "-");
        const char *kind = yaml_str(item, "kind", "-");

        n += name[0] >= 'a' && name[0] <= 'c' && name[1] == '\0' &&
             strcmp(kind, kinds[name[0] - 'a']) == 0 && strcmp(yaml_str(item, "topic", "-"), "t") == 0;
    }
    return n;
}

/* A slip as a line more anywhere in the list costs the item that it stands in, no other. */
static void slips_cost_their_item(void **state)
{
    static const char *const slips[] = {
        "area:Hall", "area", "area = Hall", "// area", "; area", "area: [a, b", "area: {a: b",
        "area: \"x", "area: 'it's'", "area: x: y", "area: : y", ": x", "%x", "@x: y", "area: @x",
        "area: `x`", "area: %x", "area: *x", "*x", "area: !x y", "!x", "<<: x", "<<: *x", "<<<<<<< HEAD",
        "=======", ">>>>>>> mine", "{{ area }}", "[area]", "\"area", "'area", "]", "}", ",", "area: ]",
        "area: }", "area:\\x", "\tarea: x",
    };

    (void)state;
    for (size_t k = 0; k < N_OF(slips); k++)
        for (size_t at = 1; at < N_OF(item_lines); at++) {
            const struct yaml_sink sink = { count_complaint, &(size_t){ 0 } };
            AUTO(yaml_freep) struct yaml *tree = NULL;
            AUTO_STR text = STR_INIT;
            struct err e = ERR_INIT;

            for (size_t i = 0; i < N_OF(item_lines); i++) {
                str_addf(&text, "%s\n", item_lines[i]);
                if (i == at)
                    str_addf(&text, "    %s\n", slips[k]);
            }
            if (yaml_parse_items(&tree, "x.yaml", str_text(&text), text.len, &sink, &e) < 0)
                fail_msg("'%s' after line %zu: %s", slips[k], at + 1, err_text(&e));
            else if (whole_items(tree) < 2)
                fail_msg("'%s' after line %zu: %zu items", slips[k], at + 1, whole_items(tree));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_cost_their_item),
        cmocka_unit_test(trees),
        cmocka_unit_test(complaints_name_file_and_line),
        cmocka_unit_test(limits),
        cmocka_unit_test(many_keys_are_quick),
        cmocka_unit_test(getters),
        cmocka_unit_test(files),
        cmocka_unit_test(quoted_text_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
