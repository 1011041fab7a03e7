/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/limits_test.c - the limits that docs/api.md names for WebSockets and requests at one
 * less, at themselves and at one more: sizes of messages whole and in parts, sentences, connections of
 * an address, what a bucket holds. */
#include "unit/web/ws.h"

#include "web/conn.h"
#include "web/message.h"
#include "web/route.h"

/* Is the line still served? A listen is answered by state events; an unknown type by an error. */
static void expect_served(const char *name, int fd)
{
    text_send(fd, "{\"type\":\"dance\"}");
    wait_event(fd, "error");
    if (!strstr(payload, "dance") && !strstr(payload, "type"))
        fail_msg("%s: %s", name, payload);
}

/* One text message of `bytes` in all, the sentence filling it. */
static void message_of(struct str *out, size_t bytes)
{
    static const char head[] = "{\"type\":\"dance\",\"pad\":\"", tail[] = "\"}";

    str_add(out, head);
    while (out->len + sizeof(tail) - 1 < bytes)
        str_add_char(out, 'a');
    str_add(out, tail);
    assert_int_equal(out->len, bytes);
}

/* How a message of the limit and one beside it comes: in so many frames. */
static const struct {
    const char *name;
    int more;   /* bytes beyond the limit */
    int frames;
    int code;   /* of the close; 0: it is read, and answered by an error about its type */
} messages[] = {
    { "one less", -1, 1, 0 },         { "the limit", 0, 1, 0 },
    { "one more", 1, 1, 1009 },       { "one less in two", -1, 2, 0 },
    { "the limit in two", 0, 2, 0 },  { "one more in two", 1, 2, 1009 },
    { "the limit in 64", 0, 64, 0 },  { "one more in 64", 1, 64, 1009 },
    { "twice the limit", 65536, 1, 1009 },
};

static void test_message_sizes(void **state)
{
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        AUTO_STR text = STR_INIT;
        int fd = ws_open(rig), n = messages[i].frames;
        size_t sent = 0, part;

        message_of(&text, (size_t)(SOCKET_MESSAGE_BYTES_MAX + messages[i].more));
        part = text.len / (size_t)n;
        for (int k = 0; k < n; k++) {
            size_t len = k == n - 1 ? text.len - sent : part;

            frame_send(fd, (k == n - 1 ? FIN : 0) | (k == 0 ? OP_TEXT : OP_CONT),
                       str_text(&text) + sent, len);
            sent += len;
        }
        if (messages[i].code) {
            int code = wait_close(fd);

            if (code != messages[i].code)
                fail_msg("%s: closed with %d", messages[i].name, code);
        } else {
            wait_event(fd, "error");
            expect_served(messages[i].name, fd);
        }
        close(fd);
    }
}

/* A frame that only announces more than is taken is refused with its first byte; the rest is not waited
 * for. A head that no WebSocket has ends the line without a word (0). */
static void test_announced_sizes(void **state)
{
    static const struct {
        const char *name;
        uint8_t head[14];
        size_t len;
        int code;
    } heads[] = {
        { "65537", { FIN | OP_TEXT, MASK | 127, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4 }, 14, 1009 },
        { "2^32", { FIN | OP_TEXT, MASK | 127, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4 }, 14, 1009 },
        { "2^63 - 1",
          { FIN | OP_TEXT, MASK | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4 },
          14, 1009 },
        { "2^63", { FIN | OP_TEXT, MASK | 127, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 }, 14, 0 },
        { "5 in 16 bits", { FIN | OP_TEXT, MASK | 126, 0, 5, 1, 2, 3, 4 }, 8, 0 },
        { "5 in 64 bits", { FIN | OP_TEXT, MASK | 127, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4 }, 14, 0 },
        { "a ping of 126", { FIN | OP_PING, MASK | 126, 0, 126, 1, 2, 3, 4 }, 8, 0 },
    };
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        int fd = ws_open(rig), code;

        rig_send_plain(fd, heads[i].head, heads[i].len);
        rig_send_plain(fd, "a", 1);
        code = wait_close(fd);
        if (code != heads[i].code)
            fail_msg("%s: closed with %d", heads[i].name, code);
        close(fd);
    }
}

/* Control frames carry up to 125 bytes, and come back whole. */
static void test_ping_sizes(void **state)
{
    const struct rig *rig = *state;
    char data[126];
    int fd = ws_open(rig);

    memset(data, 'p', sizeof(data));
    for (size_t len = 0; len <= 125; len += len < 120 ? 40 : 1) {
        size_t got = 0;
        int op;

        frame_send(fd, FIN | OP_PING, data, len);
        while ((op = frame_read(fd, &got)) == OP_TEXT)
            ;
        assert_int_equal(op, OP_PONG);
        assert_int_equal(got, len);
        assert_memory_equal(payload, data, len);
    }
    close(fd);
}

/* Sentences of 1 to 10240 bytes, counted as they are meant: escapes are one letter. */
static const struct {
    const char *name, *unit; /* repeated */
    size_t n;
    bool taken;
} sentences[] = {
    { "none", "", 0, false },
    { "1", "a", 1, true },
    { "10239", "a", 10239, true },
    { "10240", "a", 10240, true },
    { "10241", "a", 10241, false },
    { "10240 in two-byte letters", "\xc3\xa9", 5120, true },
    { "10242 in two-byte letters", "\xc3\xa9", 5121, false },
    { "10240 as escapes", "\\u0061", 10240, true },
    { "10241 as escapes", "\\u0061", 10241, false },
};

static void test_sentences(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        unsigned texts = atomic_load(&rig->texts);
        AUTO_STR text = STR_INIT;
        int fd = ws_open(rig);

        str_add(&text, "{\"type\":\"text\",\"ref\":7,\"message\":\"");
        for (size_t k = 0; k < sentences[i].n; k++)
            str_add(&text, sentences[i].unit);
        str_add(&text, "\"}");
        if (text.len > SOCKET_MESSAGE_BYTES_MAX) { /* six bytes a letter are too many */
            frame_send(fd, FIN | OP_TEXT, str_text(&text), text.len);
            close(fd);
            continue;
        }
        text_send(fd, str_text(&text));
        wait_event(fd, sentences[i].taken ? "answer" : "error");
        assert_int_equal(atomic_load(&rig->texts) - texts, sentences[i].taken ? 1 : 0);
        close(fd);
    }
}

static void test_refs(void **state)
{
    static const struct {
        const char *ref;
        bool taken;
    } refs[] = {
        { "0", true }, { "1", true }, { "65534", true }, { "65535", true }, { "65536", false },
        { "-1", false }, { "1.5", false }, { "\"1\"", false }, { "null", false }, { "1e4", true },
    };
    const struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
        AUTO_STR text = STR_INIT;
        int fd = ws_open(rig);

        str_addf(&text, "{\"type\":\"text\",\"message\":\"hello\",\"ref\":%s}", refs[i].ref);
        text_send(fd, str_text(&text));
        wait_event(fd, refs[i].taken ? "answer" : "error");
        if (!refs[i].taken && !strstr(payload, "ref"))
            fail_msg("%s: %s", refs[i].ref, payload);
        close(fd);
    }
}

/* ---- buckets ---- */

/* So many sentences at once; the next one is told to wait, and taken when its time has come. */
static void test_sentences_at_once(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    for (int i = 0; i < 10; i++) {
        text_send(fd, "{\"type\":\"text\",\"message\":\"hello\"}");
        wait_event(fd, "answer");
    }
    text_send(fd, "{\"type\":\"text\",\"message\":\"hello\"}");
    wait_event(fd, "error");
    assert_int_equal(atomic_load(&rig->texts), 10);
    clock_advance_usec(&rig->clock, 400000); /* two a second */
    text_send(fd, "{\"type\":\"text\",\"message\":\"hello\"}");
    wait_event(fd, "error");
    clock_advance_usec(&rig->clock, 200000);
    text_send(fd, "{\"type\":\"text\",\"message\":\"hello\"}");
    wait_event(fd, "answer");
    assert_int_equal(atomic_load(&rig->texts), 11);
    close(fd);
}

/* The classes of routes: so many requests of an address at once, one more is 429 and says when. */
static const struct {
    const char *name, *request;
    enum route_rate class;
    int status; /* of those that are taken */
} classes[] = {
    { "read", "GET /api/sessions HTTP/1.1\r\nHost: @\r\n\r\n", RATE_READ, 503 },
    { "open", "GET /ws HTTP/1.1\r\nHost: @\r\n\r\n", RATE_OPEN, 426 },
    { "write", "POST /api/acknowledge/x HTTP/1.1\r\nHost: @\r\nContent-Length: 0\r\n\r\n", RATE_WRITE,
      404 },
};

static void test_requests_at_once(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        const struct rate *rate = &route_rates[classes[i].class];
        int fd = rig_dial_from(rig, 10 + (unsigned)i), other;

        for (int k = 0; k < (int)rate->burst; k++) {
            rig_send(rig, fd, classes[i].request);
            rig_answer(&answer, fd);
            if (answer.status != classes[i].status)
                fail_msg("%s %d: %d %s", classes[i].name, k, answer.status, answer.body);
        }
        rig_send(rig, fd, classes[i].request);
        rig_answer(&answer, fd);
        assert_int_equal(answer.status, 429);
        assert_string_equal(answer_field(&answer, "Retry-After"), "1");
        other = rig_dial_from(rig, 20 + (unsigned)i); /* another address has its own */
        rig_send(rig, other, classes[i].request);
        rig_answer(&answer, other);
        assert_int_equal(answer.status, classes[i].status);
        close(other);
        close(fd);
        clock_advance_usec(&rig->clock, 1000000);
        fd = rig_dial_from(rig, 10 + (unsigned)i);
        rig_send(rig, fd, classes[i].request);
        rig_answer(&answer, fd);
        assert_int_equal(answer.status, classes[i].status);
        close(fd);
    }
}

/* ---- connections ---- */

/* Of one address as many as are allowed stay; with one more the one that has asked for nothing longest
 * goes, and nobody else. */
static void test_sockets_of_an_address(void **state)
{
    const struct rig *rig = *state;
    int fds[SOCKETS_PER_ADDRESS_MAX + 1];

    for (int i = 0; i < SOCKETS_PER_ADDRESS_MAX; i++) {
        fds[i] = ws_open(rig);
        wait_event(fds[i], "hello");
    }
    for (int i = 0; i < SOCKETS_PER_ADDRESS_MAX; i++)
        expect_served("within", fds[i]);
    fds[SOCKETS_PER_ADDRESS_MAX] = ws_open(rig);
    wait_event(fds[SOCKETS_PER_ADDRESS_MAX], "hello");
    assert_int_equal(wait_close(fds[0]), 1001);
    for (int i = 1; i <= SOCKETS_PER_ADDRESS_MAX; i++)
        expect_served("beyond", fds[i]);
    for (int i = 0; i <= SOCKETS_PER_ADDRESS_MAX; i++)
        close(fds[i]);
}

/* Idle HTTP connections of one address: the oldest makes room, the others are served. */
static void test_connections_of_an_address(void **state)
{
    const struct rig *rig = *state;
    static const char request[] = "GET /health HTTP/1.1\r\nHost: @\r\n\r\n";
    int fds[CONNS_PER_ADDRESS_MAX + 1];
    char byte;

    for (int i = 0; i < CONNS_PER_ADDRESS_MAX; i++) {
        fds[i] = rig_dial(rig);
        rig_send(rig, fds[i], request);
        rig_answer(&answer, fds[i]);
        assert_int_equal(answer.status, 200);
    }
    fds[CONNS_PER_ADDRESS_MAX] = rig_dial(rig);
    rig_send(rig, fds[CONNS_PER_ADDRESS_MAX], request);
    rig_answer(&answer, fds[CONNS_PER_ADDRESS_MAX]);
    assert_int_equal(answer.status, 200);
    assert_true(recv(fds[0], &byte, 1, 0) <= 0); /* the one that had waited longest */
    for (int i = 1; i <= CONNS_PER_ADDRESS_MAX; i++) {
        rig_send(rig, fds[i], request);
        rig_answer(&answer, fds[i]);
        assert_int_equal(answer.status, 200);
    }
    for (int i = 0; i <= CONNS_PER_ADDRESS_MAX; i++)
        close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(test_message_sizes),
        WEB_TEST(test_announced_sizes),
        WEB_TEST(test_ping_sizes),
        WEB_TEST(test_sentences),
        WEB_TEST(test_refs),
        WEB_TEST(test_sentences_at_once),
        WEB_TEST(test_requests_at_once),
        WEB_TEST(test_sockets_of_an_address),
        WEB_TEST(test_connections_of_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
