/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/refusal_test.c - whatever is refused, by us or by libmicrohttpd before it asks us, is
 * problem+json with the fields of the page's safety; and each limit of docs/api.md at one less, at
 * itself and at one more. */
#include "unit/web/rig.h"

#include "web/http.h"
#include "web/message.h"

#include "lib/dir.h"

#include <poll.h>

static struct answer answer; /* too large for a stack */

/* An answer that a script can read: JSON with its own status in it. */
static void expect_problem(const char *name, const struct answer *a)
{
    AUTO_JSON *j = NULL;
    const char *type = answer_field(a, "Content-Type");
    struct err e = ERR_INIT;

    if (!type || strcmp(type, "application/problem+json") != 0)
        fail_msg("%s: %d with %s", name, a->status, type ? type : "no type");
    if (json_parse(&j, a->body, a->body_len, &e) < 0)
        fail_msg("%s: %s in '%.*s'", name, err_text(&e), (int)a->body_len, a->body);
    assert_int_equal(json_int(j, "status", 0, 999, 0), a->status);
    assert_string_equal(json_str(j, "type", ""), "about:blank");
    assert_true(json_str(j, "title", "")[0] != '\0');
    assert_true(json_str(j, "detail", "")[0] != '\0');
    assert_string_equal(answer_field(a, "X-Content-Type-Options"), "nosniff");
    assert_non_null(strstr(answer_field(a, "Content-Security-Policy"), "default-src 'none'"));
    assert_string_equal(answer_field(a, "Cache-Control"), "no-store");
}

/* `%` in a request stands for `fill` letters. */
static const struct {
    const char *name, *request;
    int fill;
    int status, or; /* the one or the other, by the library's version; 0: it hangs up without a word */
} by_the_library[] = {
    { "an address of 40 kB", "GET /% HTTP/1.1\r\nHost: @\r\n\r\n", 40000, 414, 431 },
    { "an address with no end", "GET /%", 80000, 414, 431 },
    { "a query of 40 kB", "GET /health?a=% HTTP/1.1\r\nHost: @\r\n\r\n", 40000, 414, 431 },
    { "a method of 40 kB", "%", 40000, 414, 0 }, /* to libmicrohttpd 1.0 that is no HTTP at all */
    { "a field of 40 kB", "GET /health HTTP/1.1\r\nHost: @\r\nX-A: %\r\n\r\n", 40000, 413, 431 },
    { "a field's name of 40 kB", "GET /health HTTP/1.1\r\nHost: @\r\n%: a\r\n\r\n", 40000, 413, 431 },
    { "a field with no end", "GET /health HTTP/1.1\r\nHost: @\r\nX-A: %", 80000, 413, 431 },
    { "HTTP/9.9", "GET /health HTTP/9.9\r\nHost: @\r\n\r\n", 0, 505, 505 },
    { "a field without a colon", "GET /health HTTP/1.1\r\nHost: @\r\nnonsense\r\n\r\n", 0, 400, 400 },
    { "a length that is none",
      "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Length: ten\r\n\r\n", 0, 400, 400 },
    { "a length below nothing",
      "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Length: -1\r\n\r\n", 0, 400, 400 },
    { "a length beyond all numbers",
      "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Length: 99999999999999999999999\r\n\r\n", 0, 413,
      413 },
};

static void send_filled(const struct rig *rig, int fd, const char *request, int fill)
{
    AUTO_STR out = STR_INIT;

    for (const char *p = request; *p; p++) {
        if (*p != '%')
            str_add_char(&out, *p);
        for (int i = 0; *p == '%' && i < fill; i++)
            str_add_char(&out, 'a');
    }
    rig_send_bytes(rig, fd, str_text(&out), out.len);
}

static void test_by_the_library(void **state)
{
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(by_the_library) / sizeof(by_the_library[0]); i++) {
        int fd = rig_dial(rig);

        send_filled(rig, fd, by_the_library[i].request, by_the_library[i].fill);
        rig_answer(&answer, fd);
        if (answer.status != by_the_library[i].status && answer.status != by_the_library[i].or)
            fail_msg("%s: %d", by_the_library[i].name, answer.status);
        close(fd);
        if (answer.status == 0)
            continue;
        expect_problem(by_the_library[i].name, &answer);
        assert_string_equal(answer_field(&answer, "Connection"), "close");
        assert_null(strstr(answer.body, "<"));
    }
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 200); /* it serves as before */
}

/* Is something there to read, soon? What comes later is not looked at. */
static bool has_answered(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, 30) == 1;
}

/* Heads that nobody wrote: what is answered at all is JSON, and the server goes on. */
static void test_by_chance(void **state)
{
    static const char *const pieces[] = {
        "GET", "POST", " ", "/", "/health", "/api/chat", "HTTP/1.1", "HTTP/1.0", "\r\n", "\n", "\r",
        "Host: @", "Host:", ":", "Content-Length: 5", "Transfer-Encoding: chunked", "\t", "%00",
        "\x01", "\xff", "5\r\nhello\r\n", "0\r\n\r\n", "\r\n\r\n", "Expect: 100-continue",
    };
    const struct rig *rig = *state;
    unsigned seed = 20261127;
    int answered = 0;

    for (int round = 0; round < 200; round++) {
        AUTO_STR out = STR_INIT;
        int fd = rig_dial(rig), n = rand_r(&seed) % 12 + 1;

        for (int i = 0; i < n; i++)
            str_add(&out, pieces[(size_t)rand_r(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
        rig_send_bytes(rig, fd, str_text(&out), out.len);
        if (!has_answered(fd)) { /* it waits for more */
            close(fd);
            continue;
        }
        rig_answer(&answer, fd);
        if (answer.status >= 400) {
            expect_problem(str_text(&out), &answer);
            answered++;
        }
        close(fd);
    }
    assert_true(answered > 0);
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 200);
}

/* ---- the limits of docs/api.md ---------------------------------------------------------- */

static void post_sized(const struct rig *rig, const char *path, const char *head, const char *tail,
                       size_t bytes)
{
    AUTO_STR body = STR_INIT;
    int fd = rig_dial(rig);

    str_add(&body, head);
    while (body.len + strlen(tail) < bytes)
        str_add_char(&body, 'a');
    str_add(&body, tail);
    assert_int_equal(body.len, bytes);
    rig_post(rig, fd, path, str_text(&body));
    rig_answer(&answer, fd);
    close(fd);
}

#define SENTENCE "{\"message\":\""
#define PAD      "{\"message\":\"hello\",\"other\":\""
#define DO_ON    "{\"command\":\"on\""
enum { SENTENCE_BYTES = sizeof(SENTENCE) - 1 + 2 };

static const struct {
    const char *name, *path, *head, *tail;
    size_t bytes;
    int status;
    const char *words;
} sized[] = {
    /* text of 1 to 10240 bytes */
    { "message of none", "/api/chat", SENTENCE, "\"}", SENTENCE_BYTES, 400, "message" },
    { "message of 1", "/api/chat", SENTENCE, "\"}", SENTENCE_BYTES + 1, 200, NULL },
    { "message of 10239", "/api/chat", SENTENCE, "\"}", SENTENCE_BYTES + 10239, 200, NULL },
    { "message of 10240", "/api/chat", SENTENCE, "\"}", SENTENCE_BYTES + 10240, 200, NULL },
    { "message of 10241", "/api/chat", SENTENCE, "\"}", SENTENCE_BYTES + 10241, 413, "10240" },
    /* a body of 65536; a key that is unknown is none of ours there */
    { "chat body of 65535", "/api/chat", PAD, "\"}", 65535, 200, NULL },
    { "chat body of 65536", "/api/chat", PAD, "\"}", 65536, 200, NULL },
    { "chat body of 65537", "/api/chat", PAD, "\"}", 65537, 413, "at most 65536" },
    { "device body of 1023", "/api/devices/lamp", DO_ON ",\"pad\":\"", "\"}", 1023, 400, "pad" },
    { "device body of 1024", "/api/devices/lamp", DO_ON ",\"pad\":\"", "\"}", 1024, 400, "pad" },
    { "device body of 1025", "/api/devices/lamp", DO_ON ",\"pad\":\"", "\"}", 1025, 413,
      "at most 1024" },
};

static void test_bodies(void **state)
{
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
        post_sized(rig, sized[i].path, sized[i].head, sized[i].tail, sized[i].bytes);
        if (answer.status != sized[i].status)
            fail_msg("%s: %d %.*s", sized[i].name, answer.status, (int)answer.body_len, answer.body);
        if (answer.status >= 400)
            expect_problem(sized[i].name, &answer);
        if (sized[i].words && !strstr(answer.body, sized[i].words))
            fail_msg("%s: no '%s' in %s", sized[i].name, sized[i].words, answer.body);
    }
}

/* Numbers in bodies and addresses: the least, the most, and one beyond each. */
static const struct {
    const char *request, *body; /* body NULL: GET */
    int status;
} numbers[] = {
    { "/api/chat", "{\"message\":\"a\",\"conversation\":0}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":1}", 200 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":4503599627370496}", 200 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":4503599627370497}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":1.5}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":-1}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":\"1\"}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"conversation\":null}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"speak\":1}", 400 },
    { "/api/chat", "{\"message\":\"a\",\"message\":\"b\"}", 400 },
    { "/api/chat", "{\"message\":\"a\"}x", 400 },
    { "/api/chat", "[]", 400 },
    { "/api/chat", "\"a\"", 400 },
    { "/api/chat", "{\"message\":\"a\\u0000b\"}", 400 },
    { "/api/chat", "{\"message\":\"\xff\"}", 400 },
    { "/api/devices/lamp", "{\"command\":\"fly\"}", 400 },
    { "/api/devices/lamp", "{\"command\":\"\"}", 400 },
    { "/api/devices/lamp", "{\"command\":1}", 400 },
    { "/api/devices/lamp", "{}", 400 },
    { "/api/devices/nobody", "{\"command\":\"on\"}", 404 },
    { "/api/sessions?limit=0", NULL, 400 },
    { "/api/sessions?limit=1", NULL, 200 },
    { "/api/sessions?limit=200", NULL, 200 },
    { "/api/sessions?limit=201", NULL, 400 },
    { "/api/sessions?limit=-1", NULL, 400 },
    { "/api/sessions?limit=", NULL, 400 },
    { "/api/sessions?limit=1e2", NULL, 400 },
    { "/api/sessions?before=0", NULL, 400 },
    { "/api/sessions?before=1", NULL, 200 },
    { "/api/sessions?before=9007199254740991", NULL, 200 },
    { "/api/sessions?before=9007199254740993", NULL, 400 },
    { "/api/sessions/0", NULL, 404 },
    { "/api/sessions/9007199254740993", NULL, 404 },
    { "/api/sessions/18446744073709551617", NULL, 404 },
};

static void test_numbers(void **state)
{
    struct rig rig;
    char dir[] = "/tmp/jarvis-refusal-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(dir));
    rig_init(&rig, true, 0, dir);
    rig_start(&rig);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int fd = rig_dial_from(&rig, 1 + (unsigned)i); /* each address has its own bucket */

        if (numbers[i].body) {
            rig_post(&rig, fd, numbers[i].request, numbers[i].body);
        } else {
            AUTO_STR request = STR_INIT;

            str_addf(&request, "GET %s HTTP/1.1\r\nHost: @\r\n\r\n", numbers[i].request);
            rig_send(&rig, fd, str_text(&request));
        }
        rig_answer(&answer, fd);
        if (answer.status != numbers[i].status)
            fail_msg("%s %s: %d %s", numbers[i].request, numbers[i].body ? numbers[i].body : "",
                     answer.status, answer.body);
        if (answer.status >= 400)
            expect_problem(numbers[i].request, &answer);
        close(fd);
    }
    rig_stop(&rig);
    dir_remove(dir);
}

/* Whole heads around the limit, by a long field and by a long address: each is answered, and what is
 * longer by far than the library has memory for as well. */
static const struct {
    const char *name, *request;
    int status;
} heads[] = {
    { "a long field", "GET /health HTTP/1.1\r\nHost: @\r\nX-A: %\r\n\r\n", 431 },
    { "a long query", "GET /health?% HTTP/1.1\r\nHost: @\r\n\r\n", 414 },
};

static int head_status(const struct rig *rig, const char *request, int bytes)
{
    int fd = rig_dial(rig);
    int port_bytes = snprintf(NULL, 0, "localhost:%u", web_port(rig->web));

    /* '@' stands for the port's name, '%' for the filling; the last empty line is no part of it */
    send_filled(rig, fd, request, bytes - ((int)strlen(request) - 4 + port_bytes));
    rig_answer(&answer, fd);
    close(fd);
    return answer.status;
}

static void test_heads_around_the_limit(void **state)
{
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        for (int more = -1; more <= 2; more++) {
            int status = head_status(rig, heads[i].request, HTTP_HEAD_BYTES_MAX + more);

            if (status != (more <= 0 ? 200 : heads[i].status))
                fail_msg("%s, %+d: %d", heads[i].name, more, status);
            if (status != 200)
                expect_problem(heads[i].name, &answer);
        }
        for (int bytes = 17000; bytes < 28000; bytes += 1000) {
            assert_int_equal(head_status(rig, heads[i].request, bytes), heads[i].status);
            expect_problem(heads[i].name, &answer);
        }
    }
}

/* Field after field: as many as are taken, and one more. */
static void test_many_fields(void **state)
{
    const struct rig *rig = *state;

    for (int n = HEAD_FIELDS_MAX - 1; n <= HEAD_FIELDS_MAX + 1; n++) {
        AUTO_STR out = STR_INIT;
        int fd = rig_dial(rig);

        str_add(&out, "GET /health HTTP/1.1\r\nHost: @\r\n");
        for (int i = 1; i < n; i++)
            str_addf(&out, "X-%d: a\r\n", i);
        str_add(&out, "\r\n");
        rig_send(rig, fd, str_text(&out));
        rig_answer(&answer, fd);
        close(fd);
        assert_int_equal(answer.status, n <= HEAD_FIELDS_MAX ? 200 : 400);
        if (n > HEAD_FIELDS_MAX)
            expect_problem("many fields", &answer);
    }
}

/* ---- what became of a command to a device ----------------------------------------------- */

static const struct {
    int code;
    int status;
    const char *retry; /* Retry-After; NULL: none */
} acted[] = {
    { EINVAL, 400, NULL },       { ERANGE, 400, NULL },     { EBADMSG, 400, NULL },
    { EPERM, 403, NULL },        { ENOKEY, 403, NULL },     { ENOENT, 404, NULL },
    { EOPNOTSUPP, 409, NULL },   { ENODATA, 409, NULL },    { EALREADY, 409, NULL },
    { ENOTUNIQ, 409, NULL },     { E2BIG, 413, NULL },      { EMSGSIZE, 413, NULL },
    { EACCES, 502, NULL },       { EPROTO, 502, NULL },     { ENOTCONN, 503, "2" },
    { ENETUNREACH, 503, "2" },   { EHOSTUNREACH, 503, "2" }, { EHOSTDOWN, 503, "2" },
    { ENOBUFS, 503, "2" },       { EBUSY, 503, "2" },       { EAGAIN, 503, "2" },
    { EOVERFLOW, 503, "2" },     { ESHUTDOWN, 503, "2" },   { ECONNRESET, 503, "2" },
    { ENOMEM, 503, "2" },        { ETIMEDOUT, 504, NULL },
};

static void test_what_the_house_said(void **state)
{
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(acted) / sizeof(acted[0]); i++) {
        int fd = rig_dial_from(rig, 1 + (unsigned)i % 8);
        char body[80];

        snprintf(body, sizeof(body), "{\"command\":\"color_temp\",\"value\":%d}", acted[i].code);
        rig_post(rig, fd, "/api/devices/lamp", body);
        rig_answer(&answer, fd);
        close(fd);
        if (answer.status != acted[i].status)
            fail_msg("%s: %d", err_words(acted[i].code), answer.status);
        expect_problem(err_words(acted[i].code), &answer);
        assert_non_null(strstr(answer.body, "the house said no"));
        if (acted[i].retry)
            assert_string_equal(answer_field(&answer, "Retry-After"), acted[i].retry);
        else
            assert_null(answer_field(&answer, "Retry-After"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(test_by_the_library),
        WEB_TEST(test_by_chance),
        WEB_TEST(test_bodies),
        cmocka_unit_test(test_numbers),
        WEB_TEST(test_heads_around_the_limit),
        WEB_TEST(test_many_fields),
        WEB_TEST(test_what_the_house_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
