/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/answers_test.c - replies from Home Assistant's files: what they see, when they are said,
 * and what becomes of those that cannot be. */
#include "assistant/answers.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define EN "rootfs-overlay/usr/share/jarvis/responses/en.yaml"
#define DE "rootfs-overlay/usr/share/jarvis/responses/de.yaml"
#define HEAD "language: en\nresponses:\n  intents:\n"

struct folder {
    char path[64];
    unsigned files;
    struct str told; /* owned; a line each */
    struct answers *answers; /* owned, unless a reply took them */
};

static void on_told(const char *text, void *user)
{
    struct folder *f = user;

    str_addf(&f->told, "%s\n", text);
}

static void folder_open(struct folder *f)
{
    *f = (struct folder){ .told = STR_INIT };
    str_copy(f->path, sizeof(f->path), "/tmp/jarvis-answers-XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

static void folder_file(struct folder *f, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%u.yaml", f->path, f->files++);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

static int folder_load(struct folder *f, struct err *e)
{
    const struct answers_told told = { on_told, f };

    return answers_load(&f->answers, f->path, &told, e);
}

static void folder_close(struct folder *f)
{
    answers_free(f->answers);
    for (unsigned i = 0; i < f->files; i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%u.yaml", f->path, i);
        unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0);
    str_done(&f->told);
}

static cJSON *json(const char *text)
{
    cJSON *j = NULL;

    assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
    return j;
}

#define LAMP(state) "{\"id\":\"lamp\",\"name\":\"Lamp\",\"kind\":\"light\",\"area\":\"Hall\",\"state\":" state "}"
#define SPOT(state) "{\"id\":\"spot\",\"name\":\"Spot\",\"kind\":\"light\",\"state\":" state "}"
#define WARM "{\"id\":\"t\",\"name\":\"Heating\",\"kind\":\"climate\",\"class\":\"x\",\"state\":" \
             "{\"state\":\"heat\",\"temperature\":19.5,\"target\":21}}"
#define DEVICES(list) "{\"devices\":[" list "]}"
#define ON "{\"state\":\"on\",\"brightness\":40}"
#define OFF "{\"state\":\"off\"}"
#define ASKED "{\"intent\":\"A\",\"slots\":{\"state\":{\"value\":\"on\",\"text\":\"lit\"}}}"
#define PLAIN "{\"intent\":\"A\",\"slots\":{}}"

/* Sunday the 1st of March 2026, 21:05:07 in London. */
static const int64_t sunday_usec = 1772399107LL * 1000000;

static const struct {
    const char *template, *intent, *acted, *want;
} seen[] = {
    { "{{ slots.name }}", "{\"intent\":\"A\",\"slots\":{\"name\":{\"value\":\"lamp\",\"text\":\"my lamp\"}}}", "{}", "my lamp" },
    { "{{ slots.level + 1 }}", "{\"intent\":\"A\",\"slots\":{\"level\":{\"value\":4}}}", "{}", "5" },
    { "{{ slots.of | join(' ') }}", "{\"intent\":\"A\",\"slots\":{\"of\":{\"value\":[\"a\",\"b\"]}}}", "{}", "a b" },
    { "{{ slots.none is defined }}", PLAIN, "{}", "False" },
    { "{{ slots.time.hour }}:{{ slots.time.minute }}:{{ slots.time.second }}", PLAIN, "{}", "21:5:7" },
    { "{{ slots.date.year }} {{ slots.date.month }} {{ slots.date.day }} {{ slots.date.weekday() }}", PLAIN, "{}",
      "2026 3 1 6" },
    { "{{ state.name }} {{ state.domain }} {{ state.entity_id }}", PLAIN, DEVICES(LAMP(ON)), "Lamp light lamp" },
    { "{{ state.state }} {{ state.attributes.brightness }}", PLAIN, DEVICES(LAMP(ON)), "on 40" },
    { "{{ state.name }}", PLAIN, "{\"devices\":[]}", "" },
    { "{{ state.name }}", PLAIN, "{}", "" },
    { "{{ query.matched | length }} of {{ query.total_results }}", ASKED, DEVICES(LAMP(ON) "," SPOT(OFF)), "1 of 2" },
    { "{{ state.name }}", ASKED, DEVICES(SPOT(OFF) "," LAMP(ON)), "Lamp" },
    { "{{ state.name }}", ASKED, DEVICES(SPOT(OFF)), "Spot" },
    { "{{ query.unmatched | map(attribute='name') | join }}", ASKED, DEVICES(SPOT(OFF) "," LAMP("true")), "Spot" },
    { "{{ query.matched | map(attribute='name') | join }}",
      "{\"intent\":\"A\",\"slots\":{\"state\":{\"value\":[\"off\",\"closed\"]}}}", DEVICES(SPOT(OFF) "," LAMP(ON)), "Spot" },
    { "{{ state.state_with_unit }}", PLAIN,
      DEVICES("{\"id\":\"s\",\"name\":\"S\",\"kind\":\"sensor\",\"state\":{\"state\":21.5,\"unit\":\"C\"}}"), "21.5 C" },
    { "{{ state.attributes.unit_of_measurement }}", PLAIN,
      DEVICES("{\"id\":\"s\",\"name\":\"S\",\"kind\":\"sensor\",\"state\":{\"state\":3,\"unit\":\"C\"}}"), "C" },
    { "{{ state_attr(state.entity_id, 'current_temperature') }} {{ state.attributes.temperature }}", PLAIN,
      DEVICES(WARM), "19.5 21" },
    { "{{ state.attributes.device_class }} {{ state.state }}", PLAIN, DEVICES(WARM), "x heating" },
    { "{{ state_attr('nobody', 'x') is none }}", PLAIN, DEVICES(LAMP(ON)), "True" },
    { "{{ state.state }}", PLAIN, DEVICES(LAMP("\"detected\"")), "active" },
};

static void what_a_template_sees(void **state)
{
    AUTO(reply_freep) struct reply *words = NULL;

    (void)state;
    setenv("TZ", "Europe/London", 1);
    assert_int_equal(reply_load(&words, EN, NULL), 0);
    for (size_t i = 0; i < N_OF(seen); i++) {
        AUTO_JSON *intent = json(seen[i].intent), *acted = json(seen[i].acted);
        const struct phrase_facts f = { intent, acted, NULL, sunday_usec };
        AUTO_STR text = STR_INIT, got = STR_INIT;
        struct err e = ERR_INIT;
        struct folder at;

        folder_open(&at);
        str_addf(&text, HEAD "    A:\n      default: \"%s\"\n", seen[i].template);
        folder_file(&at, str_text(&text));
        assert_int_equal(folder_load(&at, &e), 0);
        if (answers_say(&got, at.answers, "default", words, &f, &e) < 0 ||
            strcmp(str_text(&got), seen[i].want) != 0)
            fail_msg("'%s' gives '%s' (%s)", seen[i].template, str_text(&got), err_text(&e));
        assert_string_equal(str_text(&at.told), "");
        folder_close(&at);
    }
}

#define NAMED "\"slots\":{\"name\":{\"value\":\"lamp\",\"text\":\"lamp\"}}"

static const struct {
    const char *intent, *acted, *want;
} said[] = {
    /* theirs */
    { "{\"intent\":\"HassTurnOn\"," NAMED "}", DEVICES(LAMP(ON)), "Theirs: Lamp" },
    { "{\"intent\":\"HassTurnOn\"," NAMED ",\"response\":\"many\"}", DEVICES(LAMP(ON) "," SPOT(ON)), "Theirs: 2" },
    { "{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}", NULL, "Theirs: 21" },
    { "{\"intent\":\"HassGetState\"," NAMED "}", DEVICES(LAMP(ON)), "Theirs: on" },
    /* a sentence is added where somebody was missed */
    { "{\"intent\":\"HassTurnOn\"," NAMED "}", "{\"devices\":[" LAMP(ON) "],\"missed\":[{\"name\":\"Spot\"}]}",
      "Theirs: Lamp The spot did not answer." },
    /* ours: a key that they have not, several under the key for one, nobody to speak of */
    { "{\"intent\":\"HassTurnOff\"," NAMED "}", DEVICES(LAMP(OFF)), "Turned off the lamp." },
    { "{\"intent\":\"HassTurnOn\"," NAMED ",\"response\":\"nix\"}", DEVICES(LAMP(ON)), "Turned on the lamp." },
    { "{\"intent\":\"HassTurnOn\",\"slots\":{}}", DEVICES(LAMP(ON) "," SPOT(ON)), "Turned on all the lights." },
    { "{\"intent\":\"HassGetState\"," NAMED "}", NULL, "Done." },
    /* ours: what is not certain */
    { "{\"intent\":\"HassGetState\"," NAMED "}", DEVICES(LAMP("{\"state\":\"on\",\"stale\":true}")),
      "The lamp was on when I last heard." },
    { "{\"intent\":\"HassGetState\"," NAMED "}", DEVICES(LAMP("{\"state\":\"on\",\"available\":false}")),
      "I cannot reach the lamp. When I last heard it was on." },
    { "{\"intent\":\"HassGetState\"," NAMED "}", DEVICES(LAMP("\"unknown\"")),
      "I do not know the state of the lamp yet." },
    /* ours: one that cannot be rendered */
    { "{\"intent\":\"HassToggle\"," NAMED "}", DEVICES(LAMP(ON)), "Switched the lamp." },
};

static void when_it_is_said(void **state)
{
    AUTO(reply_freep) struct reply *words = NULL;
    struct folder at;

    (void)state;
    setenv("TZ", "Europe/London", 1);
    folder_open(&at);
    folder_file(&at, HEAD "    HassTurnOn:\n      default: \"Theirs: {{ state.name }}\"\n"
                          "      many: \"Theirs: {{ query.total_results }}\"\n"
                          "    HassGetCurrentTime: { default: \"Theirs: {{ slots.time.hour }}\" }\n"
                          "    HassGetState: { default: \"Theirs: {{ state.state }}\" }\n"
                          "    HassToggle: { default: \"Theirs: {{ 1 / 0 }}\" }\n");
    assert_int_equal(folder_load(&at, NULL), 0);
    assert_int_equal(reply_load(&words, EN, NULL), 0);
    assert_null(reply_answers(words));
    reply_adopt(words, at.answers);
    assert_ptr_equal(reply_answers(words), at.answers);
    at.answers = NULL;
    for (size_t i = 0; i < N_OF(said); i++) {
        AUTO_JSON *intent = json(said[i].intent), *acted = said[i].acted ? json(said[i].acted) : NULL;
        const struct phrase_facts f = { intent, acted, NULL, sunday_usec };
        AUTO_STR got = STR_INIT;

        phrase_done(&got, words, &f);
        if (strcmp(str_text(&got), said[i].want) != 0)
            fail_msg("%zu %s: '%s', want '%s'", i, said[i].intent, str_text(&got), said[i].want);
    }
    folder_close(&at);
}

/* States are told in the language's own words. */
static void in_their_language(void **state)
{
    AUTO(reply_freep) struct reply *words = NULL;
    AUTO_JSON *intent = json("{\"intent\":\"HassGetState\"," NAMED "}"), *acted = json(DEVICES(LAMP(OFF)));
    const struct phrase_facts f = { intent, acted, NULL, 0 };
    AUTO_STR got = STR_INIT;
    struct folder at;

    (void)state;
    folder_open(&at);
    folder_file(&at, "language: de\nresponses: { intents: { HassGetState: { default: \"{{ state.state }}\" } } }\n");
    assert_int_equal(folder_load(&at, NULL), 0);
    assert_int_equal(reply_load(&words, DE, NULL), 0);
    reply_adopt(words, STEAL(at.answers));
    phrase_done(&got, words, &f);
    assert_string_equal(str_text(&got), "aus");
    folder_close(&at);
}

/* Told once, with its place; not asked again. */
static void a_faulty_one_is_told_once(void **state)
{
    static const struct {
        const char *template, *words;
    } faults[] = {
        { "{{ 1 / 0 }}", "a division by zero" },
        { "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "too many rounds" },
        { "{{ nix() }}", "no such function" },
        { "{{ 1 | nix }}", "no such filter" },
    };
    AUTO_JSON *intent = json(PLAIN);
    const struct phrase_facts f = { intent, NULL, NULL, 0 };

    (void)state;
    for (size_t i = 0; i < N_OF(faults); i++) {
        AUTO_STR text = STR_INIT, got = STR_INIT;
        struct folder at;

        folder_open(&at);
        str_addf(&text, HEAD "    A:\n      other: x\n      default: \"%s\"\n", faults[i].template);
        folder_file(&at, str_text(&text));
        assert_int_equal(folder_load(&at, NULL), 0);
        assert_int_equal(at.told.len, 0);
        assert_true(answers_say(&got, at.answers, "default", NULL, &f, NULL) < 0);
        assert_non_null(strstr(str_text(&at.told), faults[i].words));
        assert_non_null(strstr(str_text(&at.told), "0.yaml line 6: "));
        str_clear(&at.told);
        assert_int_equal(answers_say(&got, at.answers, "default", NULL, &f, NULL), -ENOENT);
        assert_int_equal(at.told.len, 0);
        assert_int_equal(answers_say(&got, at.answers, "other", NULL, &f, NULL), 0);
        assert_string_equal(str_text(&got), "x");
        folder_close(&at);
    }
}

static void files_with_faults(void **state)
{
    static const struct {
        const char *text, *words; /* NULL: nothing is told */
    } cases[] = {
        { HEAD "    A: { default: \"{{ a\" }\n", "0.yaml line 4: " },
        { HEAD "    A: { default: \"{% import 'os' %}\" }\n", "no such statement" },
        { HEAD "    A: { default: [a, b] }\n", "a reply must be a text" },
        { "responses: [\n", "0.yaml line " },
        { "\xff\xfe", "0.yaml" },
        { "", NULL },
        { "responses: 5\n", NULL },
        { "responses: { intents: [a, b] }\n", NULL },
        { "responses: { errors: { x: y } }\n", NULL },
    };
    AUTO_JSON *intent = json(PLAIN);
    const struct phrase_facts f = { intent, NULL, NULL, 0 };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        struct folder at;

        folder_open(&at);
        folder_file(&at, cases[i].text);
        folder_file(&at, HEAD "    B: { default: b }\n");
        assert_int_equal(folder_load(&at, NULL), 0);
        if (cases[i].words ? !strstr(str_text(&at.told), cases[i].words) : at.told.len > 0)
            fail_msg("%zu: told '%s'", i, str_text(&at.told));
        assert_int_equal(answers_say(&got, at.answers, "default", NULL, &f, NULL), -ENOENT);
        folder_close(&at);
    }
}

/* Files by name; a later one replaces the template, also by one that is broken. */
static void later_files_replace(void **state)
{
    AUTO_JSON *intent = json(PLAIN);
    const struct phrase_facts f = { intent, NULL, NULL, 0 };
    AUTO_STR got = STR_INIT;
    struct folder at;

    (void)state;
    folder_open(&at);
    folder_file(&at, HEAD "    A: { default: first, b: first, c: first }\n");
    folder_file(&at, HEAD "    A: { default: second, c: \"{{\" }\n");
    assert_int_equal(folder_load(&at, NULL), 0);
    assert_int_equal(answers_say(&got, at.answers, "default", NULL, &f, NULL), 0);
    assert_int_equal(answers_say(&got, at.answers, "b", NULL, &f, NULL), 0);
    assert_string_equal(str_text(&got), "secondfirst");
    assert_int_equal(answers_say(&got, at.answers, "c", NULL, &f, NULL), -ENOENT);
    folder_close(&at);
}

static void no_folder(void **state)
{
    const struct answers_told told = { NULL, NULL };
    struct answers *a = NULL;
    struct err e = ERR_INIT;
    struct folder at;

    (void)state;
    assert_int_equal(answers_load(&a, "/nowhere/responses/en", &told, &e), -ENOENT);
    assert_non_null(strstr(err_text(&e), "/nowhere/responses/en"));
    folder_open(&at);
    assert_int_equal(folder_load(&at, NULL), -ENOENT);
    folder_close(&at);
    assert_null(a);
    assert_null(answers_free(NULL));
}

static void too_many(void **state)
{
    AUTO_STR text = STR_INIT;
    struct folder at;

    (void)state;
    folder_open(&at);
    str_add(&text, HEAD "    A:\n");
    for (int i = 0; i <= ANSWERS_MAX; i++)
        str_addf(&text, "      k%d: x\n", i);
    folder_file(&at, str_text(&text));
    assert_int_equal(folder_load(&at, NULL), 0);
    assert_non_null(strstr(str_text(&at.told), "line 2005: there are too many replies"));
    folder_close(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_template_sees), cmocka_unit_test(when_it_is_said),
        cmocka_unit_test(in_their_language),    cmocka_unit_test(a_faulty_one_is_told_once),
        cmocka_unit_test(files_with_faults),    cmocka_unit_test(later_files_replace),
        cmocka_unit_test(no_folder),            cmocka_unit_test(too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
