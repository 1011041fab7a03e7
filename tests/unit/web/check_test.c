/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/check_test.c - names, targets, framing, origins and fields, as tables. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "web/check.h"

#include "base/str.h"

#include <string.h>

static struct head head_of(const char *method, const char *target, size_t n,
                           const struct head_field *fields)
{
    struct head h = { .method = method, .target = target, .version = "HTTP/1.1" };

    for (size_t i = 0; i < n && fields[i].name; i++)
        h.fields[h.n++] = fields[i];
    return h;
}

static struct site site_of(unsigned port)
{
    struct site s;

    assert_int_equal(site_init(&s, "kitchen-pi", "192.168.1.7", port,
                               " assistant.example , proxy.example:443,", NULL),
                     0);
    return s;
}

static void test_names(void **state)
{
    static const struct {
        const char *host;
        unsigned port; /* ours */
        bool want;
    } cases[] = {
        { "localhost:8100", 8100, true },
        { "LocalHost:8100", 8100, true },
        { "127.0.0.1:8100", 8100, true },
        { "[::1]:8100", 8100, true },
        { "jarvis.local:8100", 8100, true },
        { "kitchen-pi:8100", 8100, true },
        { "kitchen-pi.local:8100", 8100, true },
        { "192.168.1.7:8100", 8100, true },
        { "assistant.example:8100", 8100, true },
        { "proxy.example:443", 8100, true },
        { "localhost", 80, true },
        { "localhost:80", 80, true },
        { "localhost", 8100, false },
        { "localhost:80", 8100, false },
        { "proxy.example:8100", 8100, false },
        { "proxy.example", 8100, false },
        { "evil.example:8100", 8100, false },
        { "localhost.evil.example:8100", 8100, false },
        { "evil-localhost:8100", 8100, false },
        { "127.0.0.2:8100", 8100, false },
        { "localhost.:8100", 8100, false },
        { "localhost:08100", 8100, true }, /* the same number */
        { "localhost:8100 ", 8100, false },
        { "localhost:", 8100, false },
        { "localhost:0", 8100, false },
        { "localhost:99999", 8100, false },
        { "localhost:8100:8100", 8100, false },
        { "user@localhost:8100", 8100, false },
        { "::1", 80, false },
        { "[::1", 80, false },
        { "[]", 80, false },
        { "", 80, false },
        { ":80", 80, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site s = site_of(cases[i].port);

        if (site_has(&s, cases[i].host) != cases[i].want)
            fail_msg("'%s' at port %u", cases[i].host, cases[i].port);
    }
}

/* The page by the box's own address (bound to every interface): no foreign name is an IP address,
 * so rebinding gains nothing by it. */
static void test_addresses_of_the_box(void **state)
{
    static const struct {
        const char *bind, *host;
        bool want;
    } cases[] = {
        { "0.0.0.0", "192.168.1.20:8100", true },
        { "0.0.0.0", "[fd00::5]:8100", true },
        { "::", "[fe80::1]:8100", true },
        { "::", "10.0.0.1:8100", true },
        { "0.0.0.0", "192.168.1.20:8101", false },
        { "0.0.0.0", "192.168.1.20", false }, /* port 80 */
        { "0.0.0.0", "192.168.1.20.evil.example:8100", false },
        { "0.0.0.0", "192.168.1:8100", false },
        { "0.0.0.0", "0x7f000001:8100", false },
        { "0.0.0.0", "3232235796:8100", false },
        { "0.0.0.0", "[192.168.1.20]:8100", false },
        { "0.0.0.0", "[fd00::5::1]:8100", false },
        { "0.0.0.0", "evil.example:8100", false },
        { "0.0.0.0", "kitchen-pi:8100", true },
        { "0.0.0.0", "kitchen-pi.lan:8100", true },
        { "0.0.0.0", "kitchen-pi.local:8100", true },
        { "0.0.0.0", "kitchen-pi.lan.local:8100", false },
        { "127.0.0.1", "192.168.1.20:8100", false },
        { "192.168.1.7", "192.168.1.20:8100", false },
        { "192.168.1.7", "192.168.1.7:8100", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site s;

        assert_int_equal(site_init(&s, "kitchen-pi.lan", cases[i].bind, 8100, "", NULL), 0);
        if (site_has(&s, cases[i].host) != cases[i].want)
            fail_msg("bound to %s: '%s'", cases[i].bind, cases[i].host);
    }
}

static void test_bad_names_in_the_settings(void **state)
{
    static const struct {
        const char *more;
        int want;
        const char *words;
    } cases[] = {
        { "good.example,bad name", -EINVAL, "'bad name'" },
        { "http://x", -EINVAL, "'http://x'" },
        { "x:port", -EINVAL, "name:port" },
        { "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z", -E2BIG, "more than 24" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site s = { .port = 77 };
        struct err e = ERR_INIT;

        assert_int_equal(site_init(&s, "", "127.0.0.1", 1, cases[i].more, &e), cases[i].want);
        assert_non_null(strstr(err_text(&e), cases[i].words));
        assert_int_equal(s.port, 77); /* untouched */
    }
}

static void test_odd_host_name_is_left_out(void **state)
{
    struct site s;

    (void)state;
    assert_int_equal(site_init(&s, "my box", "0.0.0.0", 80, "", NULL), 0);
    assert_int_equal(s.n, 4);
    assert_int_equal(site_init(&s, "", "::1", 80, "", NULL), 0);
    assert_true(site_has(&s, "[::1]"));
}

#define OUR_HOST                 \
    {                            \
        "Host", "localhost:8100" \
    }

static const struct {
    const char *name, *method, *target;
    struct head_field fields[4];
    unsigned want; /* 0: fine */
    const char *words;
} requests[] = {
    { "plain", "GET", "/", { OUR_HOST }, 0, "" },
    { "query", "GET", "/a?b=%20c&d=..", { OUR_HOST }, 0, "" },
    { "dots in a name", "GET", "/a..b/...", { OUR_HOST }, 0, "" },
    { "options of all", "OPTIONS", "*", { OUR_HOST }, 0, "" },
    { "get of all", "GET", "*", { OUR_HOST }, 400, "begin with '/'" },
    { "empty", "GET", "", { OUR_HOST }, 400, "begin with '/'" },
    { "up", "GET", "/..", { OUR_HOST }, 400, "'..'" },
    { "up before a query", "GET", "/a/..?x", { OUR_HOST }, 400, "'..'" },
    { "backslash", "GET", "/a\\b", { OUR_HOST }, 400, "backslash" },
    { "tab", "GET", "/a\tb", { OUR_HOST }, 400, "control" },
    { "delete", "GET", "/a\x7f", { OUR_HOST }, 400, "control" },
    { "%1f", "GET", "/%1f", { OUR_HOST }, 400, "escaped" },
    { "%7F", "GET", "/%7F", { OUR_HOST }, 400, "escaped" },
    { "cut escape", "GET", "/%", { OUR_HOST }, 0, "" },
    { "keys that differ", "GET", "/a?limit=5&limits=5&=3&lim=", { OUR_HOST }, 0, "" },
    { "key twice", "GET", "/a?limit=5&x&limit=9", { OUR_HOST }, 400, "limit: stands twice" },
    { "key twice without value", "GET", "/a?x&x", { OUR_HOST }, 400, "x: stands twice" },
    { "many keys", "GET", "/a?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p", { OUR_HOST }, 0, "" },
    { "too many keys", "GET", "/a?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", { OUR_HOST }, 400,
      "too many parameters" },
    { "100-continue", "GET", "/", { OUR_HOST, { "Expect", "100-Continue" } }, 0, "" },
    { "expectation", "GET", "/", { OUR_HOST, { "Expect", "foo" } }, 417, "100-continue" },
    { "two expectations", "GET", "/",
      { OUR_HOST, { "Expect", "100-continue" }, { "Expect", "100-continue" } }, 417, "" },
    { "field name with blank", "GET", "/", { OUR_HOST, { " X", "y" } }, 400, "token" },
    { "field name empty", "GET", "/", { OUR_HOST, { "", "y" } }, 400, "token" },
    { "control in a value", "GET", "/", { OUR_HOST, { "X", "a\x01" } }, 400, "control" },
    { "tab in a value", "GET", "/", { OUR_HOST, { "X", "a\tb" } }, 0, "" },
    { "no host", "GET", "/", { { "X", "y" } }, 400, "missing" },
    { "two hosts", "GET", "/", { OUR_HOST, { "hOST", "localhost:8100" } }, 400, "more than one" },
    { "length", "POST", "/", { OUR_HOST, { "Content-Length", "12" } }, 0, "" },
    { "length and coding",
      "POST",
      "/",
      { OUR_HOST, { "Content-Length", "1" }, { "Transfer-Encoding", "chunked" } },
      400,
      "together" },
    { "length of letters", "POST", "/", { OUR_HOST, { "Content-Length", "1a" } }, 400, "number" },
    { "empty length", "POST", "/", { OUR_HOST, { "Content-Length", "" } }, 400, "number" },
    { "Chunked", "POST", "/", { OUR_HOST, { "Transfer-Encoding", "Chunked" } }, 0, "" },
    { "two codings",
      "POST",
      "/",
      { OUR_HOST, { "Transfer-Encoding", "gzip, chunked" } },
      501,
      "chunked" },
    { "own origin", "POST", "/", { OUR_HOST, { "Origin", "http://localhost:8100" } }, 0, "" },
    { "own origin behind TLS",
      "POST",
      "/",
      { OUR_HOST, { "Origin", "https://localhost:8100" } },
      0,
      "" },
    { "other port", "POST", "/", { OUR_HOST, { "Origin", "http://localhost:81" } }, 403, "Origin" },
    { "begins like ours",
      "POST",
      "/",
      { OUR_HOST, { "Origin", "http://localhost:81000" } },
      403,
      "Origin" },
    { "another of our names",
      "POST",
      "/",
      { OUR_HOST, { "Origin", "http://127.0.0.1:8100" } },
      403,
      "Origin" },
    { "file origin", "POST", "/", { OUR_HOST, { "Origin", "null" } }, 403, "Origin" },
    { "same site is not same origin",
      "POST",
      "/",
      { OUR_HOST, { "Sec-Fetch-Site", "same-site" } },
      403,
      "another site" },
    { "typed address", "POST", "/", { OUR_HOST, { "Sec-Fetch-Site", "none" } }, 0, "" },
    { "reading is free", "GET", "/", { OUR_HOST, { "Origin", "http://evil.example" } }, 0, "" },
};

static void test_requests(void **state)
{
    struct site s = site_of(8100);

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct head h = head_of(requests[i].method, requests[i].target, 4, requests[i].fields);
        struct err e = ERR_INIT;
        unsigned status = 0;
        int r = check_request(&status, &h, &s, &e);

        if (r != (requests[i].want ? -EPROTO : 0) || status != requests[i].want ||
            !strstr(e.text, requests[i].words))
            fail_msg("%s: %d, status %u: %s", requests[i].name, r, status, e.text);
    }
}

static void test_body_bytes(void **state)
{
    static const struct {
        struct head_field field;
        int64_t want;
    } cases[] = {
        { { "Content-Length", "0" }, 0 },
        { { "content-length", "65536" }, 65536 },
        { { "Content-Length", "99999999999999999999999" }, 1LL << 53 },
        { { "Transfer-Encoding", "chunked" }, -EINPROGRESS },
        { { "X", "y" }, -ENODATA },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct head h = head_of("POST", "/", 1, &cases[i].field);

        assert_int_equal(head_body_bytes(&h), cases[i].want);
    }
}

static void test_fields(void **state)
{
    static const struct {
        bool (*fn)(const struct head *h);
        struct head_field fields[2];
        bool want;
    } cases[] = {
        { head_is_json, { { "Content-Type", "application/json" } }, true },
        { head_is_json, { { "Content-Type", "Application/JSON; charset=utf-8" } }, true },
        { head_is_json, { { "Content-Type", "application/json ;x" } }, true },
        { head_is_json, { { "Content-Type", "application/jsonx" } }, false },
        { head_is_json, { { "Content-Type", "text/plain; application/json" } }, false },
        { head_is_json, { { "Content-Type", "" } }, false },
        { head_is_json, { { "X", "y" } }, false },
        { head_is_json,
          { { "Content-Type", "application/json" }, { "Content-Type", "text/plain" } },
          false },
        { head_is_json,
          { { "Content-Type", "application/json" }, { "Content-Encoding", "gzip" } },
          false },
        { head_is_json,
          { { "Content-Type", "application/json" }, { "Content-Encoding", "identity" } },
          true },
        { head_takes_gzip, { { "Accept-Encoding", "gzip" } }, true },
        { head_takes_gzip, { { "Accept-Encoding", "deflate, GZIP;q=0.5" } }, true },
        { head_takes_gzip, { { "Accept-Encoding", "br" }, { "Accept-Encoding", "gzip" } }, true },
        { head_takes_gzip, { { "Accept-Encoding", "*" } }, true },
        { head_takes_gzip, { { "Accept-Encoding", "gzip; q=0" } }, false },
        { head_takes_gzip, { { "Accept-Encoding", "gzip;q=0.000" } }, false },
        { head_takes_gzip, { { "Accept-Encoding", "xgzip, gzipx" } }, false },
        { head_takes_gzip, { { "Accept-Encoding", "" } }, false },
        { head_takes_gzip, { { "Accept-Encoding", ",,;," } }, false },
        { head_takes_gzip, { { "X", "gzip" } }, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct head h = head_of("GET", "/", 2, cases[i].fields);

        if (cases[i].fn(&h) != cases[i].want)
            fail_msg("%s: %s", cases[i].fields[0].name, cases[i].fields[0].value);
    }
}

static void test_tags_and_tokens(void **state)
{
    static const struct {
        const char *value;
        bool want;
    } tags[] = {
        { "\"abc\"", true },   { "\"x\", \"abc\"", true }, { "W/\"abc\"", true }, { "*", true },
        { "\"abcd\"", false }, { "abc", false },           { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        const struct head_field f = { "If-None-Match", tags[i].value };
        struct head h = head_of("GET", "/", 1, &f);

        assert_int_equal(head_has_etag(&h, "\"abc\""), tags[i].want);
    }
    {
        const struct head_field f = { "Connection", "keep-alive ,\tUpgrade" };
        struct head h = head_of("GET", "/", 1, &f);

        assert_true(head_has_token(&h, "connection", "upgrade"));
        assert_false(head_has_token(&h, "connection", "upgrad"));
        assert_false(head_has_token(&h, "connection", "keep"));
        assert_false(head_has_token(&h, "upgrade", "upgrade"));
    }
}

static void test_request_ids(void **state)
{
    char longest[REQUEST_ID_BYTES + 1];

    (void)state;
    memset(longest, 'a', sizeof(longest));
    longest[REQUEST_ID_BYTES] = '\0';
    assert_false(request_id_is_harmless(longest));
    longest[REQUEST_ID_BYTES - 1] = '\0';
    assert_true(request_id_is_harmless(longest));
    assert_true(request_id_is_harmless("0f-Aa_1.2"));
    assert_false(request_id_is_harmless(""));
    assert_false(request_id_is_harmless("a b"));
    assert_false(request_id_is_harmless("a\r\nSet-Cookie: x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_addresses_of_the_box),
        cmocka_unit_test(test_bad_names_in_the_settings),
        cmocka_unit_test(test_requests),    cmocka_unit_test(test_odd_host_name_is_left_out),
        cmocka_unit_test(test_body_bytes),  cmocka_unit_test(test_fields),
        cmocka_unit_test(test_request_ids), cmocka_unit_test(test_tags_and_tokens),
    };

    return cmocka_run_group_tests_name("web/check", tests, NULL, NULL);
}
