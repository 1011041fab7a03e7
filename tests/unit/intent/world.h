/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/world.h - intent/ with its bus, its files in a folder of their own and a clock
 * that is turned by hand. Included by the tests of intent/ only. */
#ifndef JARVIS_TESTS_UNIT_INTENT_WORLD_H
#define JARVIS_TESTS_UNIT_INTENT_WORLD_H

#include "unit/intent/house.h"

#include "intent/intent.h"
#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct world {
    char root[64];
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct paths paths;
    struct intent *intent;
    /* what was posted */
    struct msg last[MSG_N]; /* text and json owned */
    unsigned count[MSG_N];
    struct str faults;
};

static inline void on_any(const struct msg *m, void *user)
{
    struct world *w = user;
    struct msg *kept = &w->last[m->type];

    free(kept->text);
    cJSON_Delete(kept->json);
    *kept = *m;
    kept->text = m->text ? strdup(m->text) : NULL;
    kept->json = m->json ? cJSON_Duplicate(m->json, true) : NULL;
    w->count[m->type]++;
    if (m->type == MSG_FAULT)
        str_addf(&w->faults, "%s %d %s\n", m->part, m->code, m->text);
}

static inline void path(char *out, size_t size, const struct world *w, const char *name)
{
    snprintf(out, size, "%s/%s", w->root, name);
}

static inline void put(const struct world *w, const char *name, const char *text)
{
    struct err e = ERR_INIT;
    char file[256];

    path(file, sizeof(file), w, name);
    if (file_write(file, text, strlen(text), 0644, &e) < 0)
        fail_msg("%s", err_text(&e));
}

/* The shipped file of this name. */
static inline void install(const struct world *w, const char *language)
{
    AUTO_FREE char *text = NULL;
    char file[256], name[64];
    size_t len;

    snprintf(file, sizeof(file), HOUSE_SENTENCES "%s.yaml", language);
    assert_int_equal(file_read(&text, &len, file, 1 << 20, NULL), 0);
    snprintf(name, sizeof(name), "share/sentences/%s.yaml", language);
    put(w, name, text);
}

static inline int enter(void **state)
{
    static const char *const folders[] = { "run", "state", "etc/sentences",
                                           "share/sentences/speech" };
    static const char *const languages[] = { "en", "fr", "speech/en" };
    struct world *w = calloc(1, sizeof(*w));
    char file[256];

    assert_non_null(w);
    assert_int_equal(dir_make(w->root, "intent"), 0);
    for (size_t i = 0; i < N_OF(folders); i++) {
        path(file, sizeof(file), w, folders[i]);
        assert_int_equal(file_mkdirs(file, 0755, NULL), 0);
    }
    path(w->paths.lent, sizeof(w->paths.lent), w, "run");
    path(w->paths.state, sizeof(w->paths.state), w, "state");
    path(w->paths.etc, sizeof(w->paths.etc), w, "etc");
    path(w->paths.share, sizeof(w->paths.share), w, "share");
    for (size_t i = 0; i < N_OF(languages); i++)
        install(w, languages[i]);
    clock_init_virtual(&w->clock, 0);
    assert_int_equal(loop_new(&w->loop, &w->clock, NULL), 0);
    assert_int_equal(bus_new(&w->bus, w->loop, NULL), 0);
    assert_int_equal(bus_on(w->bus, MSG_N, on_any, w, NULL), 0);
    str_copy(w->settings.language, sizeof(w->settings.language), "en");
    str_copy(w->settings.device_area, sizeof(w->settings.device_area), "kitchen");
    *state = w;
    return 0;
}

static inline void start(struct world *w)
{
    const struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths, NULL, NULL };
    struct err e = ERR_INIT;

    if (intent_new(&w->intent, &d, &e) < 0)
        fail_msg("%s", err_text(&e));
}

/* Also what the handlers post. */
static inline void drain(struct world *w)
{
    while (bus_drain(w->bus))
        ;
}

/* Delivers what waits and lets the grammar's delay pass. */
static inline void settle(struct world *w)
{
    drain(w);
    for (int i = 0; i < 4; i++) {
        clock_advance_usec(&w->clock, 60 * 1000);
        loop_step(w->loop, 0);
        drain(w);
    }
}

static inline void tell(struct world *w, enum msg_type type, const char *text, const char *json)
{
    struct msg *m = msg_new(type, 7);

    assert_non_null(m);
    m->text = text ? strdup(text) : NULL;
    if (json)
        assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(w->bus, m);
}

/* It starts in a house with these devices. */
static inline void move_in(struct world *w, const char *devices)
{
    start(w);
    tell(w, MSG_DEVICES, NULL, devices);
    settle(w);
}

static inline int leave(void **state)
{
    struct world *w = *state;

    intent_free(w->intent);
    bus_off(w->bus, w);
    bus_free(w->bus);
    loop_free(w->loop);
    for (int i = 0; i < MSG_N; i++) {
        free(w->last[i].text);
        cJSON_Delete(w->last[i].json);
    }
    str_done(&w->faults);
    dir_remove(w->root);
    free(w);
    return 0;
}

/* The answer to MSG_UNDERSTAND as one line of JSON without place and source; "" for no match. */
static inline void answer(struct str *out, struct world *w, const char *text)
{
    AUTO_FREE char *line = NULL;
    cJSON *j;

    w->count[MSG_INTENT] = 0;
    tell(w, MSG_UNDERSTAND, text, NULL);
    drain(w);
    assert_int_equal(w->count[MSG_INTENT], 1);
    assert_int_equal(w->last[MSG_INTENT].session, 7);
    if (w->last[MSG_INTENT].code < 0) {
        assert_int_equal(w->last[MSG_INTENT].code, -ENOENT);
        return;
    }
    j = w->last[MSG_INTENT].json;
    assert_non_null(strstr(json_str(j, "template", ""), ".yaml:"));
    assert_string_equal(json_str(j, "text", ""), text);
    cJSON_DeleteItemFromObject(j, "template");
    cJSON_DeleteItemFromObject(j, "language");
    cJSON_DeleteItemFromObject(j, "text");
    line = json_text(j);
    str_add(out, line);
}

/* An own sentence file of one block. */
#define OWN(intent, block)                    \
    "language: en\n"                          \
    "skip_words: [computer]\n"                \
    "intents:\n"                              \
    "  " intent ":\n"                         \
    "    data:\n"                             \
    "      - " block "\n"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

#endif
