/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/route_test.c - finding rows, parameters, and the pages made from the table. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "web/event.h"
#include "web/route.h"
#include "web/web.h"

#include <string.h>

static void test_find(void **state)
{
    static const struct {
        const char *method, *path;
        int want;
        const char *row, *segment;
    } cases[] = {
        { "GET", "/", 0, "/", "" },
        { "HEAD", "/health", 0, "/health", "" },
        { "POST", "/api/chat", 0, "/api/chat", "" },
        { "GET", "/api/sessions", 0, "/api/sessions", "" },
        { "GET", "/api/sessions/17", 0, "/api/sessions/{id}", "17" },
        { "GET", "/assets/app.js", 0, "/assets/{name}", "app.js" },
        { "GET", "/api/sessions/", -ENOENT, NULL, NULL },
        { "GET", "/api/sessions/17/x", -ENOENT, NULL, NULL },
        { "GET", "/api/session", -ENOENT, NULL, NULL },
        { "GET", "/API/STATUS", -ENOENT, NULL, NULL },
        { "GET", "/health/", -ENOENT, NULL, NULL },
        { "GET", "", -ENOENT, NULL, NULL },
        { "GET",
          "/api/sessions/"
          "1234567890123456789012345678901234567890123456789012345678901234",
          -ENOENT, NULL, NULL },
        { "DELETE", "/health", -EOPNOTSUPP, NULL, NULL },
        { "GET", "/api/chat", -EOPNOTSUPP, NULL, NULL },
        { "get", "/health", -EOPNOTSUPP, NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct route *row = NULL;
        char segment[ROUTE_SEGMENT_BYTES] = "";
        int r = route_find(&row, segment, cases[i].method, cases[i].path);

        if (r != cases[i].want)
            fail_msg("%s %s: %d", cases[i].method, cases[i].path, r);
        if (r < 0) {
            assert_null(row);
            assert_string_equal(segment, "");
            continue;
        }
        assert_string_equal(row->path, cases[i].row);
        assert_string_equal(segment, cases[i].segment);
    }
}

static void test_allow(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        { "/health", "GET, HEAD, OPTIONS" },
        { "/api/chat", "POST, OPTIONS" },
        { "*", "GET, HEAD, POST, OPTIONS" },
        { "/nothing", "OPTIONS" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_STR s = STR_INIT;

        route_allow(&s, cases[i].path);
        assert_string_equal(str_text(&s), cases[i].want);
    }
}

static void test_params(void **state)
{
    static const struct route_param limit = { "limit", 1, 200, 20, "" };
    static const struct {
        const char *text;
        int want;
        int64_t value;
        const char *words;
    } cases[] = {
        { NULL, 0, 20, "" },
        { "1", 0, 1, "" },
        { "200", 0, 200, "" },
        { "0", -ERANGE, 0, "1..200" },
        { "201", -ERANGE, 0, "201" },
        { "", -EINVAL, 0, "''" },
        { "-5", -EINVAL, 0, "'-5'" },
        { "5x", -EINVAL, 0, "whole number" },
        { "9999999999999999999", -EINVAL, 0, "whole number" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err e = ERR_INIT;
        int64_t v = 77;

        assert_int_equal(route_param_parse(&v, &limit, cases[i].text, &e), cases[i].want);
        assert_int_equal(v, cases[i].want < 0 ? 77 : cases[i].value);
        assert_non_null(strstr(e.text, cases[i].words));
    }
}

/* Each example is JSON; rows are unique; a body needs an example of it. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_n; i++) {
        const struct route *row = &routes[i];
        const char *const examples[] = { row->request, row->answer };

        assert_true(row->fn && row->summary && row->path[0] == '/');
        assert_int_equal(row->body_bytes > 0, row->request != NULL);
        for (size_t n = 0; n < 2; n++) {
            AUTO_JSON *j = NULL;

            if (examples[n] && json_parse(&j, examples[n], strlen(examples[n]), NULL) < 0)
                fail_msg("%s: %s", row->path, examples[n]);
        }
        for (size_t n = 0; n < i; n++)
            assert_false(strcmp(routes[n].path, row->path) == 0 &&
                         strcmp(routes[n].method, row->method) == 0);
    }
}

static void test_pages(void **state)
{
    AUTO_STR page = STR_INIT;
    AUTO_JSON *api = describe_openapi();
    const cJSON *chat, *list, *param;

    (void)state;
    web_api_markdown(&page);
    assert_false(page.failed);
    for (size_t i = 0; i < routes_n; i++) {
        AUTO_STR title = STR_INIT;

        str_addf(&title, "### %s %s\n", routes[i].method, routes[i].path);
        assert_non_null(strstr(page.data, title.data));
    }
    for (size_t i = 0; i < event_docs_n; i++)
        assert_non_null(strstr(page.data, event_docs[i].type));

    chat = cJSON_GetObjectItemCaseSensitive(api, "paths");
    list = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(chat, "/api/sessions"),
                                         "get"),
        "parameters");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    param = cJSON_GetArrayItem(list, 0);
    assert_string_equal(json_str(param, "in", ""), "query");
    chat = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(chat, "/api/chat"),
                                            "post");
    assert_non_null(cJSON_GetObjectItemCaseSensitive(chat, "requestBody"));
    assert_non_null(cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(chat, "responses"), "504"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),  cmocka_unit_test(test_allow), cmocka_unit_test(test_params),
        cmocka_unit_test(test_table), cmocka_unit_test(test_pages),
    };

    return cmocka_run_group_tests_name("web/route", tests, NULL, NULL);
}
