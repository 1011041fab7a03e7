/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/socket_test.c - WebSockets by raw frames: opening, events, sentences, what the
 * protocol forbids, limits, pings, the end. */
#include "unit/web/ws.h"

/* ---- opening ---- */

static const struct {
    const char *name, *request;
    int status;
    const char *field;
} openings[] = {
    { "plain GET", "GET /ws HTTP/1.1\r\nHost: @\r\n\r\n", 426, "Sec-WebSocket-Version" },
    { "another version",
      "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      426, "Sec-WebSocket-Version" },
    { "no Connection: upgrade",
      "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      426, "Upgrade" },
    { "no key",
      "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n",
      400, "X-Request-Id" },
    { "short key",
      "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n",
      400, "X-Request-Id" },
    { "foreign page",
      "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: "
      "http://evil.example\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      403, "X-Request-Id" },
    { "foreign name",
      "GET /ws HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      421, "X-Request-Id" },
    { "POST", "POST /ws HTTP/1.1\r\nHost: @\r\nContent-Length: 0\r\n\r\n", 405, "Allow" },
};

static void test_openings(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        rig_ask(rig, &answer, openings[i].request);
        if (answer.status != openings[i].status)
            fail_msg("%s: %d", openings[i].name, answer.status);
        assert_non_null(answer_field(&answer, openings[i].field));
    }
}

static void test_hello(void **state)
{
    struct rig *rig = *state;
    AUTO_JSON *j = NULL;
    int fd = ws_open(rig);

    /* the sample of RFC 6455 */
    assert_string_equal(answer_field(&answer, "Sec-WebSocket-Accept"),
                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    wait_event(fd, "hello");
    assert_int_equal(json_parse(&j, payload, strlen(payload), NULL), 0);
    assert_string_equal(json_str(j, "state", ""), "idle");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(j, "devices")), 5);
    assert_string_equal(json_str(cJSON_GetObjectItemCaseSensitive(j, "about"), "wake_phrase", ""),
                        "jarvis");
    close(fd);
}

static void test_own_origin_is_taken(void **state)
{
    struct rig *rig = *state;
    int fd = rig_dial(rig);

    rig_send(rig, fd,
             "GET /ws HTTP/1.1\r\nHost: @\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: "
             "http://@\r\nSec-Fetch-Site: same-origin\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 101);
    close(fd);
}

/* ---- events and sentences ---- */

static void test_text_and_answer(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    wait_event(fd, "hello");
    text_send(fd, "{\"type\":\"text\",\"message\":\"turn on the light\",\"ref\":77}");
    wait_event(fd, "state");
    assert_non_null(strstr(payload, "thinking"));
    wait_event(fd, "session");
    assert_non_null(strstr(payload, "\"detail\":{"));
    wait_event(fd, "device");
    assert_non_null(strstr(payload, "kitchen_light"));
    wait_event(fd, "answer");
    assert_non_null(strstr(payload, "\"ref\":77"));
    assert_non_null(strstr(payload, "Turned on"));
    close(fd);
}

static void test_answer_goes_to_the_one_who_asked(void **state)
{
    struct rig *rig = *state;
    int asks = ws_open(rig), other = ws_open(rig);

    wait_event(asks, "hello");
    wait_event(other, "hello");
    text_send(asks, "{\"type\":\"text\",\"message\":\"x\"}");
    wait_event(asks, "answer");
    bus_post_fault(rig->bus, "mqtt", -ECONNREFUSED, "the broker refuses; start it");
    for (;;) { /* everything up to the fault: no answer among it */
        assert_int_equal(frame_read(other, NULL), OP_TEXT);
        assert_null(strstr(payload, "\"type\":\"answer\""));
        if (strstr(payload, "\"type\":\"fault\""))
            break;
    }
    assert_non_null(strstr(payload, "\"ok\":false"));
    close(asks);
    close(other);
}

static void test_listen_presses_the_button(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    text_send(fd, "{\"type\":\"listen\"}");
    wait_event(fd, "state");
    assert_non_null(strstr(payload, "listening"));
    assert_int_equal(atomic_load(&rig->buttons), 1);
    close(fd);
}

static void test_level(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    wait_event(fd, "hello");
    rig_post_level(rig, -41.25F);
    wait_event(fd, "level");
    assert_string_equal(payload,
                        "{\"type\":\"level\",\"level_db\":-41.2,\"noise_db\":-62,\"voiced\":true}");
    close(fd);
}

static void test_frame_behind_the_opening(void **state)
{
    static const char text[] = "{\"type\":\"text\",\"message\":\"early\",\"ref\":5}";
    struct rig *rig = *state;
    uint8_t frame[256];
    AUTO_STR out = STR_INIT;
    int fd = rig_dial(rig);
    size_t n = frame_make(frame, FIN | OP_TEXT, true, text, strlen(text));

    rig_expand(&out, rig, OPENING, sizeof(OPENING) - 1);
    str_add_bytes(&out, frame, n);
    rig_send_plain(fd, out.data, out.len);
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 101);
    wait_event(fd, "answer");
    assert_non_null(strstr(payload, "\"ref\":5"));
    close(fd);
}

static void test_fragments_and_ping(void **state)
{
    static const char text[] = "{\"type\":\"text\",\"message\":\"in parts\",\"ref\":6}";
    struct rig *rig = *state;
    int fd = ws_open(rig), op;

    wait_event(fd, "hello");
    frame_send(fd, OP_TEXT, text, 5);
    frame_send(fd, FIN | OP_PING, "are you there", 13);
    frame_send(fd, OP_CONT, text + 5, 10);
    frame_send(fd, FIN | OP_CONT, text + 15, strlen(text) - 15);
    do {
        op = frame_read(fd, NULL);
        assert_int_not_equal(op, -1);
    } while (op != OP_PONG);
    assert_string_equal(payload, "are you there");
    wait_event(fd, "answer");
    close(fd);
}

/* ---- what is forbidden ---- */

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    int first;
    const char *data;
    size_t len;
    int code;
} forbidden[] = {
    { "binary", FIN | OP_BINARY, BYTES("x"), 1003 },
    { "reserved bit", FIN | RSV1 | OP_TEXT, BYTES("{}"), 1002 },
    { "reserved opcode 3", FIN | 3, BYTES("{}"), 1002 },
    { "reserved opcode 11", FIN | 11, BYTES("{}"), 1002 },
    { "continuation of nothing", FIN | OP_CONT, BYTES("{}"), 1002 },
    { "ping in parts", OP_PING, BYTES("x"), 0 }, /* wslay tells no code here */
    { "bad UTF-8", FIN | OP_TEXT, BYTES("{\"type\":\"\xff\"}"), 1007 },
    { "surrogate in UTF-8", FIN | OP_TEXT, BYTES("\xed\xa0\x80"), 1007 },
    { "cut UTF-8", FIN | OP_TEXT, BYTES("\xe2\x82"), 1007 },
    { "normal close", FIN | OP_CLOSE, BYTES("\x03\xe8"), 1000 },
    { "close without code", FIN | OP_CLOSE, BYTES(""), 0 },
    { "close with one byte", FIN | OP_CLOSE, BYTES("\x03"), 1002 },
    { "close 1005", FIN | OP_CLOSE, BYTES("\x03\xed"), 1002 },
    { "close 999", FIN | OP_CLOSE, BYTES("\x03\xe7"), 1002 },
    { "close 3000", FIN | OP_CLOSE, BYTES("\x0b\xb8"), 3000 },
    { "close 65535", FIN | OP_CLOSE, BYTES("\xff\xff"), 1002 },
    { "close with bad UTF-8", FIN | OP_CLOSE, BYTES("\x03\xe8\xff"), 1007 },
};

static void test_forbidden(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        int fd = ws_open(rig), code;

        frame_send(fd, forbidden[i].first, forbidden[i].data, forbidden[i].len);
        code = wait_close(fd);
        if (code != forbidden[i].code)
            fail_msg("%s: closed with %d, not %d", forbidden[i].name, code, forbidden[i].code);
        frame_send(fd, FIN | OP_CLOSE, "", 0);
        assert_int_equal(frame_read(fd, NULL), -1); /* and the connection ends */
        close(fd);
    }
}

static void test_unmasked_frame(void **state)
{
    struct rig *rig = *state;
    uint8_t out[64];
    size_t n = frame_make(out, FIN | OP_TEXT, false, "{}", 2);
    int fd = ws_open(rig);

    assert_int_equal(send(fd, out, n, MSG_NOSIGNAL), n);
    assert_int_equal(wait_close(fd), 1002);
    close(fd);
}

static void test_text_frame_within_a_message(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    frame_send(fd, OP_TEXT, "{", 1);
    frame_send(fd, FIN | OP_TEXT, "{}", 2);
    assert_int_equal(wait_close(fd), 1002);
    close(fd);
}

static void test_message_that_is_too_big(void **state)
{
    struct rig *rig = *state;
    char *big = malloc(SOCKET_MESSAGE_BYTES_MAX + 1);
    int fd = ws_open(rig);

    assert_non_null(big);
    memset(big, 'a', SOCKET_MESSAGE_BYTES_MAX + 1);
    frame_send(fd, FIN | OP_TEXT, big, SOCKET_MESSAGE_BYTES_MAX + 1);
    assert_int_equal(wait_close(fd), 1009);
    close(fd);
    /* in parts it is the same */
    fd = ws_open(rig);
    frame_send(fd, OP_TEXT, big, SOCKET_MESSAGE_BYTES_MAX / 2);
    frame_send(fd, OP_CONT, big, SOCKET_MESSAGE_BYTES_MAX / 2);
    frame_send(fd, FIN | OP_CONT, big, 1);
    assert_int_equal(wait_close(fd), 1009);
    close(fd);
    free(big);
}

static void test_nonsense_is_told_and_ends(void **state)
{
    static const char *const nonsense[SOCKET_ERRORS_MAX] = {
        "hello",
        "[]",
        "{\"type\":\"dance\"}",
        "{\"type\":\"text\"}",
        "{\"type\":\"text\",\"message\":\"x\",\"ref\":65536}",
    };
    struct rig *rig = *state;
    int fd = ws_open(rig);

    wait_event(fd, "hello");
    for (size_t i = 0; i < SOCKET_ERRORS_MAX; i++) {
        text_send(fd, nonsense[i]);
        wait_event(fd, "error");
    }
    assert_int_equal(wait_close(fd), 1008);
    assert_int_equal(atomic_load(&rig->texts), 0);
    close(fd);
}

/* ---- limits ---- */

static void test_too_many_sentences(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    for (int i = 0; i < 11; i++)
        text_send(fd, "{\"type\":\"text\",\"message\":\"x\"}");
    wait_event(fd, "error");
    assert_non_null(strstr(payload, "try again"));
    rig_wait(&rig->texts, 10);
    clock_advance_usec(&rig->clock, 1000000);
    text_send(fd, "{\"type\":\"text\",\"message\":\"x\",\"ref\":9}");
    do
        wait_event(fd, "answer");
    while (!strstr(payload, "\"ref\":9"));
    assert_int_equal(atomic_load(&rig->texts), 11);
    close(fd);
}

/* A flood of any kind costs the flooder, not the house: at most the burst is posted, the rest is
 * told or thrown away, and another client is served as if nothing were. */
static void test_floods_are_not_posted(void **state)
{
    static const struct {
        const char *name, *text;
        int messages;
        unsigned most_texts, most_buttons;
    } floods[] = {
        { "listen", "{\"type\":\"listen\"}", 20000, 0, 5 },
        { "text", "{\"type\":\"text\",\"message\":\"never\"}", 20000, 10, 0 },
        { "nonsense", "{\"type\":\"dance\"}", 1000, 0, 0 },
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
        unsigned texts = atomic_load(&rig->texts), buttons = atomic_load(&rig->buttons);
        int fd = ws_open(rig), other;

        for (int n = 0; n < floods[i].messages; n++)
            text_send(fd, floods[i].text);
        other = ws_open(rig); /* the thread has read all of the flood before it answers this */
        text_send(other, "{\"type\":\"text\",\"message\":\"x\",\"ref\":3}");
        wait_event(other, "answer");
        frame_send(fd, FIN | OP_CLOSE, "\x03\xe8", 2);
        while (frame_read(fd, NULL) != -1)
            ;
        if (atomic_load(&rig->texts) - texts > floods[i].most_texts + 1 ||
            atomic_load(&rig->buttons) - buttons > floods[i].most_buttons)
            fail_msg("%s: %u texts and %u presses were posted", floods[i].name,
                     atomic_load(&rig->texts) - texts, atomic_load(&rig->buttons) - buttons);
        close(fd);
        close(other);
    }
}

static void test_listen_too_fast_is_told(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig);

    for (int i = 0; i < 6; i++)
        text_send(fd, "{\"type\":\"listen\",\"ref\":8}");
    wait_event(fd, "error");
    assert_non_null(strstr(payload, "type listen; try again in"));
    assert_non_null(strstr(payload, "\"ref\":8"));
    rig_wait(&rig->buttons, 5);
    clock_advance_usec(&rig->clock, 1000000); /* one more */
    text_send(fd, "{\"type\":\"listen\"}");
    rig_wait(&rig->buttons, 6);
    close(fd);
}

/* 32 that say nothing: of an address that has too many, its own longest idle one gives way. */
static void test_idle_pages_lock_nobody_out(void **state)
{
    struct rig *rig = *state;
    int fds[SOCKETS_PER_ADDRESS_MAX], one_more;

    for (size_t i = 0; i < SOCKETS_PER_ADDRESS_MAX; i++) {
        fds[i] = ws_open(rig);
        wait_event(fds[i], "hello");
        clock_advance_usec(&rig->clock, 1000);
    }
    text_send(fds[0], "{\"type\":\"text\",\"message\":\"x\"}"); /* the second is the idlest now */
    wait_event(fds[0], "answer");
    one_more = ws_open(rig);
    wait_event(one_more, "hello");
    assert_int_equal(wait_close(fds[1]), 1001);
    text_send(fds[0], "{\"type\":\"text\",\"message\":\"y\"}");
    wait_event(fds[0], "answer");
    for (size_t i = 0; i < SOCKETS_PER_ADDRESS_MAX; i++)
        close(fds[i]);
    close(one_more);
}

static void test_all_places_taken(void **state)
{
    struct rig *rig = *state;
    int fds[SOCKETS_MAX], one_more;

    for (unsigned i = 0; i < SOCKETS_MAX; i++) {
        fds[i] = rig_dial_from(rig, 2 + i / SOCKETS_PER_ADDRESS_MAX);
        rig_send(rig, fds[i], OPENING);
        rig_answer(&answer, fds[i]);
        assert_int_equal(answer.status, 101);
        wait_event(fds[i], "hello");
        clock_advance_usec(&rig->clock, 1000);
    }
    one_more = ws_open(rig); /* from a third address */
    wait_event(one_more, "hello");
    assert_int_equal(wait_close(fds[0]), 1001);
    for (unsigned i = 0; i < SOCKETS_MAX; i++)
        close(fds[i]);
    close(one_more);
}

static void test_client_that_does_not_read(void **state)
{
    struct rig *rig = *state;
    const int small = 4096;
    int slow = rig_dial(rig), good = ws_open(rig), events = 0;
    char *text = malloc(8193);

    assert_non_null(text);
    memset(text, 'w', 8192);
    text[8192] = '\0';
    setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    rig_send(rig, slow, OPENING);
    rig_answer(&answer, slow);
    assert_int_equal(answer.status, 101);
    wait_event(good, "hello");
    /* it is dropped when what waits here and in the kernel is full: far below 2 MB */
    while (rig_is_open(slow) && events++ < 256) {
        bus_post_fault(rig->bus, "mqtt", -EIO, text);
        wait_event(good, "fault"); /* keeps in step, so that no event is lost on the way */
    }
    assert_in_range(events, SOCKET_WAITING_BYTES_MAX / 8300, 200);
    rig_post_level(rig, -30);
    wait_event(good, "level");
    close(slow);
    close(good);
    free(text);
}

static void test_ping_and_silence(void **state)
{
    struct rig *rig = *state;
    int fd = ws_open(rig), op;

    wait_event(fd, "hello");
    clock_advance_usec(&rig->clock, (SOCKET_PING_S + 1) * 1000000LL);
    do {
        op = frame_read(fd, NULL);
        assert_int_not_equal(op, -1);
    } while (op != OP_PING);
    /* no pong: after a minute of silence it counts as gone */
    clock_advance_usec(&rig->clock, SOCKET_SILENCE_S * 1000000LL);
    while (frame_read(fd, NULL) != -1)
        ;
    close(fd);
}

static void test_server_says_goodbye(void **state)
{
    struct rig *rig = malloc(sizeof(*rig));
    int fd;

    (void)state;
    assert_non_null(rig);
    rig_init(rig, true, 0, NULL);
    rig_start(rig);
    fd = ws_open(rig);
    wait_event(fd, "hello");
    rig_stop(rig);
    assert_int_equal(wait_close(fd), 1001);
    close(fd);
    free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(test_openings),
        WEB_TEST(test_hello),
        WEB_TEST(test_own_origin_is_taken),
        WEB_TEST(test_text_and_answer),
        WEB_TEST(test_answer_goes_to_the_one_who_asked),
        WEB_TEST(test_listen_presses_the_button),
        WEB_TEST(test_level),
        WEB_TEST(test_frame_behind_the_opening),
        WEB_TEST(test_fragments_and_ping),
        WEB_TEST(test_forbidden),
        WEB_TEST(test_unmasked_frame),
        WEB_TEST(test_text_frame_within_a_message),
        WEB_TEST(test_message_that_is_too_big),
        WEB_TEST(test_nonsense_is_told_and_ends),
        WEB_TEST(test_too_many_sentences),
        WEB_TEST(test_floods_are_not_posted),
        WEB_TEST(test_listen_too_fast_is_told),
        WEB_TEST(test_idle_pages_lock_nobody_out),
        WEB_TEST(test_all_places_taken),
        WEB_TEST(test_client_that_does_not_read),
        WEB_TEST(test_ping_and_silence),
        cmocka_unit_test(test_server_says_goodbye),
    };

    return cmocka_run_group_tests_name("web/socket", tests, NULL, NULL);
}
