/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/assistant/words_test.c - what is said, kept and filtered without memory: loading words
 * fails cleanly; a reply is made as far as memory goes and never crashes; a filter that cannot be asked
 * is told to its caller. */
#include "assistant/phrase.h"
#include "assistant/voice.h"
#include "core/filter.h"
#include "core/session_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fault/fault.h"

#define EN "rootfs-overlay/usr/share/jarvis/responses/en.yaml"

static struct clock clock_;

static int load(void)
{
    AUTO(reply_freep) struct reply *r = NULL;

    return reply_load(&r, EN, NULL);
}

/* Made before the allocations are counted. */
static struct reply *words;
static cJSON *intent, *acted, *registry;

static int open_words(void **state)
{
    static const char text[] =
        "{\"intent\":\"HassTurnOff\",\"slots\":{\"domain\":{\"value\":\"light\",\"text\":\"lights\"}},"
        "\"examples\":[\"stop\",\"turn on the lamp\"],\"alternatives\":[\"on\",\"off\"]}";
    static const char done[] =
        "{\"devices\":[{\"id\":\"a\",\"name\":\"Kitchen light\",\"kind\":\"light\",\"area\":\"Kitchen\","
        "\"state\":{\"state\":\"on\",\"stale\":true},\"did\":{\"off\":true}},{\"id\":\"b\",\"name\":\"spot\","
        "\"kind\":\"light\",\"state\":{}}],\"missed\":[{\"id\":\"c\",\"name\":\"lamp\"}]}";
    static const char house[] = "[{\"id\":\"a\",\"name\":\"light\",\"area\":\"Hall\"},"
                                "{\"id\":\"b\",\"name\":\"light\",\"area\":\"Kitchen\"}]";

    (void)state;
    intent = cJSON_Parse(text);
    acted = cJSON_Parse(done);
    registry = cJSON_Parse(house);
    clock_init_virtual(&clock_, 1700000000000000);
    return reply_load(&words, EN, NULL);
}

static int close_words(void **state)
{
    (void)state;
    words = reply_free(words);
    cJSON_Delete(intent);
    cJSON_Delete(acted);
    cJSON_Delete(registry);
    return 0;
}

/* Every way of making a sentence; a text that memory does not suffice for has `failed`. */
static int say_all(void)
{
    AUTO_JSON *ids = NULL;
    const struct phrase_facts f = { intent, acted, registry, 1772395500LL * 1000000 };
    AUTO_STR a = STR_INIT, b = STR_INIT, c = STR_INIT, d = STR_INIT, e = STR_INIT;

    ids = cJSON_Parse("[\"a\",\"b\"]");
    if (!ids)
        return -ENOMEM;
    phrase_done(&a, words, &f);
    phrase_confirm(&b, words, &f);
    phrase_which(&c, words, ids, registry);
    phrase_not_understood(&d, words, intent, false);
    phrase_misheard(&e, words, intent);
    return a.len && b.len && c.len && d.len && e.len && !a.failed && !b.failed && !c.failed &&
                   !d.failed && !e.failed
               ? 0
               : -ENOMEM;
}

static void *counted(size_t n)
{
    return malloc(n);
}

/* cJSON allocates inside its library; here it is made to ask us. */
static int make_documents(void)
{
    cJSON_Hooks ours = { counted, free };
    struct timeline t;
    const struct session_doc d = { .id = 7, .source = "voice", .outcome = "done", .heard = "lamp on",
                                   .reply = "Yes.", .intent = intent, .timeline = &t };
    AUTO_JSON *doc = NULL, *view = NULL;
    AUTO_FREE char *detail = NULL;

    timeline_start(&t, 0);
    timeline_mark(&t, STEP_TEXT, 1000, "lamp on");
    cJSON_InitHooks(&ours);
    doc = session_doc_make(&d);
    view = doc ? session_doc_view(doc, 7) : NULL;
    detail = view ? session_doc_detail(doc) : NULL;
    cJSON_InitHooks(NULL);
    return detail ? 0 : -ENOMEM;
}

static enum filter_verdict add_x(const struct filter_text *t, uint64_t ticket, char **replace,
                                 void *user)
{
    (void)ticket;
    (void)user;
    *replace = str_dup(t->text);
    return *replace ? FILTER_REPLACE : FILTER_PASS;
}

static void on_done(enum filter_verdict verdict, const char *text, void *user)
{
    int *n = user;

    assert_int_equal(verdict, FILTER_PASS);
    assert_string_equal(text, "lamp on");
    (*n)++;
}

static int filter_one(void)
{
    const struct filter_def def = { .name = "x", .point = FILTER_SAID, .deadline_ms = 10, .fn = add_x };
    const struct filter_text text = { .point = FILTER_SAID, .text = "lamp on" };
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(filters_freep) struct filters *filters = NULL;
    struct filter_run *run = NULL;
    int n = 0, r = loop_new(&loop, &clock_, NULL);

    if (r >= 0)
        r = filters_new(&filters, loop, NULL);
    if (r >= 0)
        r = filter_add(filters, &def, NULL);
    if (r >= 0)
        r = filter_run(&run, filters, &text, on_done, &n, NULL);
    if (r >= 0)
        assert_int_equal(n, 1);
    assert_null(run);
    return r;
}

static void voice_on_start(int64_t at_usec, void *user)
{
    (void)at_usec;
    (void)user;
}

static void voice_on_trouble(int code, const char *text, void *user)
{
    (void)code;
    (void)text;
    (void)user;
}

static void voice_on_over(int code, void *user)
{
    (void)code;
    *(bool *)user = true;
}

/* A sentence that cannot be copied is left out, and the stream goes on. */
static int speak(void)
{
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(bus_freep) struct bus *bus = NULL;
    AUTO(voice_freep) struct voice *voice = NULL;
    bool is_over = false;
    struct voice_stream s = { .rank = VOICE_BOX, .session = 1,
                              .events = { voice_on_start, voice_on_trouble, voice_on_over,
                                          &is_over } };
    int r = loop_new(&loop, &clock_, NULL);

    if (r >= 0)
        r = bus_new(&bus, loop, NULL);
    if (r >= 0)
        r = voice_new(&voice, loop, bus, NULL);
    if (r < 0)
        return r;
    assert_int_equal(voice_say(voice, &s, "One."), 0);
    assert_int_equal(voice_say(voice, &s, "Two."), 0);
    voice_leave(&s);
    assert_true(voice_is_idle(voice) && !is_over);
    return fault_hit() ? -ENOMEM : 0;
}

FAULT_TEST(test_load, load())
FAULT_TEST(test_say, say_all())
FAULT_TEST(test_documents, make_documents())
FAULT_TEST(test_filter, filter_one())
FAULT_TEST(test_voice, speak())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_say),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_voice),
    };

    return cmocka_run_group_tests(tests, open_words, close_words);
}
