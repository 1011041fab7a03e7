/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/response_test.c - reply templates: every construct, what is refused, bounds. */
#include "assistant/response.h"

#include "base/yaml.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char vars_text[] =
    "{\"slots\":{\"name\":\"kitchen LAMP\",\"state\":\"on\",\"time\":{\"hour\":13,\"minute\":5},"
    "  \"timers\":[{\"name\":\"tea\",\"is_active\":true,\"left\":30},"
    "              {\"name\":\"egg\",\"is_active\":false,\"left\":10}]},"
    " \"state\":{\"state\":\"21.5\",\"domain\":\"climate\",\"entity_id\":\"climate.a\","
    "  \"attributes\":{\"temperature\":-3,\"unit\":\"hPa\"}},"
    " \"query\":{\"matched\":[{\"name\":\"Zoe\"},{\"name\":\"adam\"},{\"name\":\"Eva\"}],"
    "  \"unmatched\":[]},"
    " \"states\":{\"climate.a\":{\"current_temperature\":19.5}}}";

static int render(struct str *out, const char *text, struct err *e)
{
    AUTO(response_freep) struct response *r = NULL;
    AUTO_JSON *vars = NULL;
    int code;

    assert_int_equal(json_parse(&vars, vars_text, strlen(vars_text), NULL), 0);
    code = response_parse(&r, text, strlen(text), e);
    return code < 0 ? code : response_render(out, r, vars, e);
}

struct sample {
    const char *text, *want;
};

static void check(const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;

        if (render(&got, samples[i].text, &e) < 0)
            fail_msg("'%s': %s", samples[i].text, err_text(&e));
        if (strcmp(str_text(&got), samples[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", samples[i].text, str_text(&got),
                     samples[i].want);
    }
}

static void statements(void **state)
{
    static const struct sample samples[] = {
        { "  plain \n text ", "plain text" },
        { "", "" },
        { "{# {{ nothing }} #}a", "a" },
        { "{% if slots.state == 'on' %}yes{% else %}no{% endif %}", "yes" },
        { "{% if query.unmatched: %}a{% elif slots.none %}b{% else: %}c{% endif %}", "c" },
        { "{% if not query.matched %}a{% elif query.matched %}b{% endif %}", "b" },
        { "{% if true %}{% if false %}a{% else %}b{% endif %}c{% endif %}", "bc" },
        { "{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}", "2" },
        { "{% set a = 1 %}{% for x in [5] %}{% set a = x %}{% endfor %}{{ a }}", "1" },
        { "{% set n = namespace(a=1) %}{% for x in [5] %}{% set n.a = x %}{% endfor %}{{ n.a }}",
          "5" },
        { "{% for p in query.matched -%} {% if not loop.first and not loop.last %}, "
          "{% elif loop.last and not loop.first %} and {% endif -%} {{ p.name }} {%- endfor %}",
          "Zoe, adam and Eva" },
        { "{% if 0 %}a{% else %}{{ 1 }}b{% if 1 %}c{% endif %}{% endif %}d", "1bcd" },
        { "{% for x in [] %}a{% else %}none{% endfor %}", "none" },
        { "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{{ loop.index }} {% endfor %}",
          "a11 b22" },
        { "{% for x in range(3) %}{{ x }}{% endfor %}", "012" },
        { "a {%- if true -%} b {%- endif -%} c", "abc" },
        { "a {{- 1 -}} b", "a1b" },
    };

    (void)state;
    check(samples, N_OF(samples));
}

static void expressions(void **state)
{
    static const struct sample samples[] = {
        { "{{ 1 + 2 * 3 }}", "7" },
        { "{{ (1 + 2) * 3 }}", "9" },
        { "{{ 7 // 2 }} {{ 7 % 4 }} {{ -7 // 2 }} {{ 2 ** 3 }}", "3 3 -4 8" },
        { "{{ 3 / 2 }} {{ 4 / 2 }}", "1.5 2.0" },
        { "{{ 0.1 + 0.2 }}", "0.30000000000000004" },
        { "{{ -3 | abs }} {{ 1 - -1 }}", "-3 2" },
        { "{{ 'a' ~ 1 ~ 2.0 }}", "a12.0" },
        { "{{ 'a' ~ 'B' | lower }}", "ab" },
        { "{{ 'x' if slots.state == 'on' else 'y' }}{{ 'z' if false }}", "x" },
        { "{{ 1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 != 2 }}", "True" },
        { "{{ 1 == 1.0 }} {{ '1' == 1 }} {{ none == 0 }}", "True False False" },
        { "{{ 'b' in ['a', 'b'] }} {{ 'x' not in 'abc' }} {{ 'k' in {'k': 1} }}",
          "True True True" },
        { "{{ not false or true and false }}", "True" },
        { "{{ query.matched[0].name }} {{ query.matched[-1]['name'] }}", "Zoe Eva" },
        { "{{ [1, 2, 3, 4][:3] | join('') }} {{ [1, 2, 3][1:] | join }} {{ 'abc'[0] }}", "123 23" },
        { "{{ 'abcd'[1:3] }}", "bc" },
        { "{{ {1: 'a', 2: 'b',}[2] }}", "b" },
        { "{{ {'a': 'x'}.get('b', 'y') }} {{ {'a': 1}.get('b') is none }}", "y True" },
        { "{{ nothing.at.all }}{{ slots.nope }}{{ [1][9] }}", "" },
        { "{{ state_attr(state.entity_id, 'current_temperature') }}", "19.5" },
        { "{{ state_attr('light.x', 'y') is none }}", "True" },
        { "{{ 'it\\'s' }} {{ \"two\\nlines\" }}", "it's two lines" },
    };

    (void)state;
    check(samples, N_OF(samples));
}

static void filters(void **state)
{
    static const struct sample samples[] = {
        { "{{ slots.name | capitalize }}|{{ slots.name | upper }}|{{ slots.name | title }}",
          "Kitchen lamp|KITCHEN LAMP|Kitchen Lamp" },
        { "{{ '\u00c9TE\u0301' | lower }} {{ '\u00e9t\u00e9' | capitalize }}",
          "\u00e9te\u0301 \u00c9t\u00e9" },
        { "{{ query.matched | length }} {{ 'abc' | count }}", "3 3" },
        { "{{ query.matched | map(attribute='name') | sort | list | join(', ') }}",
          "adam, Eva, Zoe" },
        { "{{ slots.timers | sort(attribute='left') | map(attribute='name') | join(' ') }}",
          "egg tea" },
        { "{{ (slots.timers | selectattr('is_active') | list)[0].name }}", "tea" },
        { "{{ slots.timers | rejectattr('is_active') | map(attribute='name') | first }}", "egg" },
        { "{{ slots.timers | selectattr('name', 'eq', 'egg') | list | length }}", "1" },
        { "{{ ['a', '', 'b'] | select() | join('-') }} {{ [1, 0] | reject | join }}", "a-b 0" },
        { "{{ ['a', 'b'] | map('upper') | join }}", "AB" },
        { "{{ '21.7' | float }} {{ '21.7' | int }} {{ 'x' | int }} {{ 'x' | float(1) }}",
          "21.7 21 0 1.0" },
        { "{{ 2.5 | round }} {{ 2.567 | round(1) }} {{ 3.7 | round | int }}", "2.0 2.6 4" },
        { "{{ (-3.5) | abs }} {{ state.attributes.temperature | abs }}", "3.5 3" },
        { "{{ state.state | replace('.', ',') }} {{ 'aaa'.replace('a', 'bb') }}", "21,5 bbbbbb" },
        { "[{{ '  a b ' | trim }}] {{ ' x '.strip() }}", "[a b] x" },
        { "{{ slots.nope | default('d') }} {{ slots.state | default('d') }}", "d on" },
        { "{{ [3, 4] | last }} {{ 5 | string ~ '!' }}", "4 5!" },
        { "{{ '{0:02d}:{1:02d}'.format(slots.time.hour, slots.time.minute) }} {{ '{}'.format('a') }}",
          "13:05 a" },
        { "{{ slots.name is defined }} {{ x is defined }} {{ x is not defined }}",
          "True False True" },
        { "{{ 1 is number }} {{ '1' is number }} {{ '1' is string }} {{ none is none }}",
          "True False True True" },
        { "{{ 'abc'.startswith('ab') }} {{ 'AbC'.lower() }}", "True abc" },
    };

    (void)state;
    check(samples, N_OF(samples));
}

static void refused(void **state)
{
    static const struct {
        const char *text, *words;
        int code;
    } cases[] = {
        { "{{ a", "'}}' is missing", -EINVAL },
        { "a\n{% if a %}b", "line 2: an 'if' or 'for' is not closed", -EINVAL },
        { "{% endif %}", "no such statement", -EINVAL },
        { "{% import 'os' %}", "no such statement", -EINVAL },
        { "{% macro x() %}", "no such statement", -EINVAL },
        { "{{ 'a }}", "a text is not closed", -EINVAL },
        { "{# a", "a comment is not closed", -EINVAL },
        { "{{ [1, 2 }}", "',' is missing", -EINVAL },
        { "{{ {1} }}", "':' is missing", -EINVAL },
        { "{{ }}", "a name is missing", -EINVAL },
        { "{{ a | }}", "a name is missing", -EINVAL },
        { "{{ open('x') }}", "no such function", -EINVAL },
        { "{{ 1 | eval }}", "no such filter", -EINVAL },
        { "{{ 1 is odd_or_so }}", "no such test", -EINVAL },
        { "{{ 'a'.encode() }}", "no such method", -EINVAL },
        { "{{ 1 / 0 }}", "a division by zero", -EINVAL },
        { "{{ 1 % 0 }}", "a division by zero", -EINVAL },
        { "\xff", "not valid UTF-8", -EINVAL },
        { "{{ range(100000) | length }}", "a range is too long", -E2BIG },
        { "{% for a in range(200) %}{% for b in range(200) %}{% endfor %}{% endfor %}",
          "too many rounds", -E2BIG },
        { "{% set n = namespace(a='xxxxxxxx') %}{% for a in range(99) %}{% set n.a = n.a ~ n.a %}"
          "{% endfor %}", "too long", -E2BIG },
        { "{% for a in range(9000) %}0123456789{% endfor %}", "the text is too long", -E2BIG },
        { "{% for a in range(900) %}{% set b = range(900) | sort | list %}{% endfor %}",
          "too many steps", -E2BIG },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;
        int code = render(&got, cases[i].text, &e);

        if (code != cases[i].code || !strstr(err_text(&e), cases[i].words))
            fail_msg("'%s' gives %d '%s'", cases[i].text, code, err_text(&e));
        assert_int_equal(got.len, 0);
    }
}

/* Brackets, chains and statements that go deep end with words, whatever the stack. */
static void deep(void **state)
{
    static const struct {
        const char *open, *middle, *close;
        int code;
    } cases[] = {
        { "(", "1", ")", -E2BIG },
        { "-", "1", "", -E2BIG },
        { "not ", "1", "", -E2BIG },
        { "[", "", "]", -E2BIG },
        { "1 + ", "1", "", -E2BIG },
        { "1 if 1 else ", "1", "", -E2BIG },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT, got = STR_INIT;
        struct err e = ERR_INIT;

        str_add(&text, "{{ ");
        for (int n = 0; n < 2000; n++)
            str_add(&text, cases[i].open);
        str_add(&text, cases[i].middle);
        for (int n = 0; n < 2000; n++)
            str_add(&text, cases[i].close);
        str_add(&text, " }}");
        assert_int_equal(render(&got, str_text(&text), &e), cases[i].code);
    }
}

static void too_long(void **state)
{
    AUTO_STR text = STR_INIT, got = STR_INIT;

    (void)state;
    for (int i = 0; i <= RESPONSE_TEMPLATE_BYTES_MAX / 10; i++)
        str_add(&text, "0123456789");
    assert_int_equal(render(&got, str_text(&text), NULL), -E2BIG);
    assert_null(response_free(NULL));
}

static unsigned render_each(const struct yaml *y, const char *file)
{
    unsigned n = 0;

    yaml_each (item, y) {
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;

        n += render_each(item, file);
        if (item->kind != YAML_SCALAR || strcmp(item->key ? item->key : "", "language") == 0)
            continue;
        if (render(&got, item->text, &e) < 0)
            fail_msg("%s line %d: %s", file, item->line, err_text(&e));
        n++;
    }
    return n;
}

/* Every reply of Home Assistant's collection can be read and rendered, whatever is known. */
static void community(void **state)
{
    static const char *const languages[] = { "en", "fr", "es" };
    const char *data = getenv("JARVIS_DATA");
    unsigned n = 0;

    (void)state;
    if (!data || !data[0]) {
        print_message("SKIP: JARVIS_DATA is not set: no community replies\n");
        skip();
    }
    for (size_t l = 0; l < N_OF(languages); l++) {
        struct dirent **names = NULL;
        char dir[512];
        int count;

        snprintf(dir, sizeof(dir), "%s/intents/responses/%s", data, languages[l]);
        count = scandir(dir, &names, NULL, alphasort);
        for (int i = 0; i < count; i++) {
            AUTO(yaml_freep) struct yaml *y = NULL;
            char path[800];

            snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
            if (names[i]->d_name[0] != '.' && yaml_load(&y, path, NULL) == 0)
                n += render_each(y, names[i]->d_name);
            free(names[i]);
        }
        free(names);
    }
    print_message("%u community replies rendered\n", n);
    assert_true(n > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements), cmocka_unit_test(expressions), cmocka_unit_test(filters),
        cmocka_unit_test(refused),    cmocka_unit_test(deep),        cmocka_unit_test(too_long),
        cmocka_unit_test(community),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
