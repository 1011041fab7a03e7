/* SPDX-License-Identifier: Apache-2.0 */
/* The session document: what the assistant writes, and what store and page make of it. */
#include "core/session_doc.h"

#include "core/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define ID 1795541745777000ULL

static cJSON *doc_new(bool full)
{
    static struct timeline timeline;
    AUTO_JSON *intent = cJSON_Parse("{\"intent\":\"HassTurnOn\",\"template\":\"t:1\",\"slots\":"
                                    "{\"a\":1},\"response\":\"x\",\"refused\":\"r\",\"examples\":[\"a\"]}");
    AUTO_JSON *sent = cJSON_Parse("[\"home/lamp ON\"]");
    struct session_doc d = { .id = ID, .wall_usec = 1795541745777123, .endpoint = ENDPOINT_BOX,
                             .source = "voice", .outcome = "done", .timeline = &timeline };

    timeline_start(&timeline, 0);
    if (full) {
        d.heard = "lamp on";
        d.reply = "Yes.";
        d.error = "none";
        d.intent = intent;
        d.sent = sent;
    }
    return session_doc_make(&d);
}

static void test_make(void **state)
{
    AUTO_JSON *full = doc_new(true), *bare = doc_new(false);
    AUTO_FREE char *a = json_text(full), *b = json_text(bare);

    (void)state;
    assert_string_equal(a, "{\"id\":1795541745777000,\"at\":1795541745777,\"source\":\"voice\","
                           "\"heard\":\"lamp on\",\"intent\":\"HassTurnOn\",\"reply\":\"Yes.\","
                           "\"outcome\":\"done\",\"endpoint\":\"box\",\"error\":\"none\","
                           "\"template\":\"t:1\",\"refused\":\"r\",\"examples\":[\"a\"],\"slots\":{\"a\":1},\"sent\":"
                           "[\"home/lamp ON\"],\"timeline\":[]}");
    assert_string_equal(b, "{\"id\":1795541745777000,\"at\":1795541745777,\"source\":\"voice\","
                           "\"heard\":\"\",\"intent\":\"\",\"reply\":\"\",\"outcome\":\"done\","
                           "\"endpoint\":\"box\",\"slots\":{},\"sent\":[],\"timeline\":[]}");
}

static void test_readers(void **state)
{
    AUTO_JSON *doc = doc_new(true), *view = session_doc_view(doc, ID);
    AUTO_FREE char *detail = session_doc_detail(doc), *text = json_text(view);

    (void)state;
#define DETAIL                                                                             \
    "{\"endpoint\":\"box\",\"slots\":{\"a\":1},\"sent\":[\"home/lamp ON\"],\"template\":"  \
    "\"t:1\",\"error\":\"none\",\"refused\":\"r\",\"examples\":[\"a\"],\"timeline\":[]}"
    assert_string_equal(detail, DETAIL);
    assert_string_equal(text, "{\"id\":1795541745777000,\"at\":1795541745777,\"source\":\"voice\","
                              "\"heard\":\"lamp on\",\"intent\":\"HassTurnOn\",\"reply\":\"Yes.\","
                              "\"outcome\":\"done\",\"detail\":" DETAIL "}");
}

static void test_id(void **state)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    (void)state;
    assert_true(session_doc_put_id(j, "id", 5));
    assert_true(session_doc_put_id(j, "id", (1ULL << 53) - 1));
    assert_false(session_doc_put_id(NULL, "id", 5));
    text = json_text(j);
    assert_string_equal(text, "{\"id\":9007199254740991}");
}

static void test_endpoint(void **state)
{
    static const struct {
        uint64_t endpoint;
        const char *text;
    } cases[] = {
        { 0, "none" },
        { ENDPOINT_BOX, "box" },
        { (uint64_t)ORIGIN_WEBSOCKET << 56 | 12, "websocket/12" },
        { (uint64_t)ORIGIN_SATELLITE << 56 | ENDPOINT_CLIENT_MAX, "satellite/72057594037927935" },
        { UINT64_MAX, "unknown/72057594037927935" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[64];

        session_doc_endpoint(text, sizeof(text), cases[i].endpoint);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
