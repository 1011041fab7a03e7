/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/community_test.c - the matcher on Home Assistant's community sentences
 * (home-assistant/intents, CC-BY-4.0), where $JARVIS_DATA has them: each test sentence must
 * give the intent and the slots that its file asks for. */
#include "unit/intent/house.h"

#include "base/yaml.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct community {
    char sentences[512], tests[512];
    const char *language;
    struct catalog *catalog;
    struct arena arena; /* lists of the fixtures */
    unsigned asked, right, shown, complaints;
    unsigned long steps_max;
};

static void complain(const char *text, void *user)
{
    struct community *c = user;

    c->complaints++;
    print_message("%s\n", text);
}

static struct yaml *load(const char *dir, const char *name)
{
    struct yaml *y = NULL;
    struct err e = ERR_INIT;
    char path[800];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (yaml_load(&y, path, &e) < 0)
        fail_msg("%s", err_text(&e));
    return y;
}

static void add_file(struct community *c, const char *name)
{
    AUTO_FREE char *text = NULL;
    struct err e = ERR_INIT;
    char path[800];
    size_t len;

    snprintf(path, sizeof(path), "%s/%s", c->sentences, name);
    if (file_read(&text, &len, path, 1 << 22, &e) < 0 ||
        catalog_parse(c->catalog, name, false, text, len, &e) < 0)
        fail_msg("%s", err_text(&e));
}

static int is_yaml(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 5 && d->d_name[0] != '_' && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static const struct pair *pair_of(struct arena *a, const char *key, const char *value,
                                  const struct pair *next)
{
    struct pair *p = arena_alloc(a, sizeof(*p));

    assert_non_null(p);
    *p = (struct pair){ arena_text(a, key, strlen(key)), arena_text(a, value, strlen(value)),
                        next };
    return p;
}

/* {domain: prefix of the id, attributes} */
static const struct pair *entity_context(struct arena *a, const struct yaml *entity)
{
    const char *id = yaml_str(entity, "id", "");
    char domain[64];
    const struct pair *context;

    snprintf(domain, sizeof(domain), "%.*s", (int)strcspn(id, "."), id);
    context = pair_of(a, "domain", domain, NULL);
    yaml_each (item, yaml_get(entity, "attributes"))
        if (item->kind == YAML_SCALAR)
            context = pair_of(a, item->key, item->text, context);
    return context;
}

/* A list of what stands under `key` of the fixtures. */
static struct list *list_of(struct community *c, const struct yaml *fixtures, const char *key)
{
    struct list *l = arena_alloc(&c->arena, sizeof(*l));
    struct value **tail = &l->values;

    yaml_each (item, yaml_get(fixtures, key)) {
        const char *name = yaml_str(item, "name", "");
        struct value *v = arena_alloc(&c->arena, sizeof(*v));
        struct node *in = NULL;

        assert_non_null(v);
        assert_int_equal(template_parse(&in, &c->arena, name, strlen(name), NULL), 0);
        v->in = in;
        v->out = (struct datum){ .kind = in->kind == NODE_TEXT ? DATUM_TEXT : DATUM_HEARD,
                                 .text = arena_text(&c->arena, name, strlen(name)) };
        if (strcmp(key, "entities") == 0)
            v->context = entity_context(&c->arena, item);
        *tail = v;
        tail = &v->next;
    }
    return l;
}

static bool value_is(const struct match_slot *slot, const struct sentence *s,
                     const struct yaml *want)
{
    AUTO_STR text = STR_INIT;

    if (slot->value.kind == DATUM_TEXTS) {
        const struct pair *p = slot->value.texts;

        yaml_each (item, want) {
            if (!p || strcmp(p->value, item->text) != 0)
                return false;
            p = p->next;
        }
        return p == NULL;
    }
    if (want->kind == YAML_LIST) {
        yaml_each (item, want)
            if (value_is(slot, s, item))
                return true;
        return false;
    }
    if (want->kind != YAML_SCALAR)
        return false;
    if (slot->value.kind == DATUM_NUMBER)
        return slot->value.number == strtod(want->text, NULL);
    if (slot->value.kind == DATUM_TEXT)
        str_add(&text, slot->value.text);
    else
        sentence_text(&text, s, slot->from, slot->to);
    return strcasecmp(str_text(&text), want->text) == 0;
}

static bool is_as_wanted(const struct match *m, const struct yaml *want)
{
    const struct yaml *slots = yaml_get(want, "slots");

    if (!m->block || strcmp(m->block->intent, yaml_str(want, "name", "")) != 0 ||
        m->slots_n != yaml_count(slots))
        return false;
    for (size_t i = 0; i < m->slots_n; i++) {
        const struct yaml *value = yaml_get(slots, m->slots[i].name);

        if (!value || !value_is(&m->slots[i], m->s, value))
            return false;
    }
    return true;
}

static void ask(struct community *c, const char *file, const struct yaml *sentence,
                const struct yaml *want)
{
    const struct pair *context = NULL;
    AUTO_STR got = STR_INIT;
    struct sentence s;
    struct said said;
    struct match_query q = { .catalog = c->catalog, .said = &said };
    struct match m;

    yaml_each (item, yaml_get(want, "context"))
        if (item->kind == YAML_SCALAR)
            context = pair_of(&c->arena, item->key, item->text, context);
    c->asked++;
    assert_int_equal(sentence_parse(&s, sentence->text, strlen(sentence->text), NULL), 0);
    said_init(&said, &s, c->catalog);
    q.context = context;
    match_find(&m, &q);
    if (m.steps > c->steps_max)
        c->steps_max = m.steps;
    if (is_as_wanted(&m, want)) {
        c->right++;
    } else if (c->shown++ < 15) {
        house_show(&got, &m);
        print_message("%s:%d '%s' gives %s%s\n", file, sentence->line, sentence->text,
                      str_text(&got), m.is_spent ? " (budget)" : "");
    }
}

static void ask_file(struct community *c, const char *name)
{
    AUTO(yaml_freep) struct yaml *y = load(c->tests, name);

    yaml_each (test, yaml_get(y, "tests"))
        yaml_each (sentence, yaml_get(test, "sentences"))
            ask(c, name, sentence, yaml_get(test, "intent"));
}

static void every_file(struct community *c, const char *dir,
                       void (*fn)(struct community *c, const char *name))
{
    struct dirent **names;
    int n = scandir(dir, &names, is_yaml, alphasort);

    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        fn(c, names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

static void sentences_of(const char *language)
{
    struct community c = { .language = language, .arena = ARENA_INIT(64 << 20) };
    const char *data = getenv("JARVIS_DATA");
    AUTO(yaml_freep) struct yaml *fixtures = NULL;
    static const char *const lists[][2] = { { "name", "entities" },
                                            { "area", "areas" },
                                            { "floor", "floors" } };

    if (!data || !data[0]) {
        print_message("SKIP: JARVIS_DATA is not set: no community sentences for '%s'\n", language);
        skip();
    }
    snprintf(c.sentences, sizeof(c.sentences), "%s/intents/sentences/%s", data, language);
    snprintf(c.tests, sizeof(c.tests), "%s/intents/tests/%s", data, language);
    assert_int_equal(catalog_new(&c.catalog, language, complain, &c, NULL), 0);
    fixtures = load(c.tests, "_fixtures.yaml");
    add_file(&c, "_common.yaml");
    every_file(&c, c.sentences, add_file);
    for (size_t i = 0; i < 3; i++) {
        struct symbol *s = catalog_symbol(c.catalog, lists[i][0], true);

        s->list = list_of(&c, fixtures, lists[i][1]);
    }
    assert_int_equal(catalog_link(c.catalog, NULL), 0);
    every_file(&c, c.tests, ask_file);
    print_message("%s: %u of %u sentences right, %u templates, %u complaints, at most %lu steps\n",
                  language, c.right, c.asked, c.catalog->templates_n, c.complaints, c.steps_max);
    assert_true(c.asked > 500);
    assert_true(c.right * 1000ul >= c.asked * 995ul);
    catalog_free(c.catalog);
    arena_done(&c.arena);
}

static void english(void **state)
{
    (void)state;
    sentences_of("en");
}

static void french(void **state)
{
    (void)state;
    sentences_of("fr");
}

static void spanish(void **state)
{
    (void)state;
    sentences_of("es");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english),
        cmocka_unit_test(french),
        cmocka_unit_test(spanish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
