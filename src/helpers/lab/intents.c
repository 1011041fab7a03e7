/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/intents.c - the matcher and the replies on Home Assistant's own sentence tests.
 *
 *   --data DIR   sentences/, responses/, rules/, lists/, intents.yaml as in their repository
 *   --tests DIR  of one language: _fixtures.yaml, <any>.yaml, <Intent>/<combination>.yaml,
 *                _test_failures.yaml (sentences that must not be as they say)
 *
 * A JSON line each sentence, then one of sums; the exit code is 1 where anything is not as expected. */
#include "assistant/answers.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/must.h"
#include "fixtures.h"
#include "intent/tongue.h"
#include "lab.h"

#include <dirent.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

/* Their tests' clock: the 17th of September 2013, 1:02. */
static const int64_t tests_usec = 1379379720LL * 1000000;

enum { TIMES_MAX = 100000 };

struct lab {
    const char *data, *tests, *language;
    bool only_bad;
    struct tongue *tongue;   /* owned */
    struct answers *answers; /* owned; NULL: no replies */
    struct fixtures house;   /* of the classic tests */
    struct yaml *failures;   /* owned; NULL: none are required */
    double times[TIMES_MAX]; /* microseconds of processor, a sentence each */
    unsigned sentences, right, replies, replies_right, must_fail, as_required, complaints;
};

/* One test of a file. */
struct test {
    const char *file;
    const struct yaml *slots, *context, *response;
    const char *intent;
    struct fixtures *house;
    bool is_part; /* of the newer layout: the room of the box is known, but not by name */
};

static const char box_area[] = "__context_area__";

static double cpu_usec(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- what was understood ------------------------------------------------------------------- */

static bool datum_put(cJSON *to, const struct datum *d, const char *text)
{
    cJSON *list;

    if (d->kind == DATUM_NUMBER)
        return cJSON_AddNumberToObject(to, "value", d->number) != NULL;
    if (d->kind != DATUM_TEXTS)
        return cJSON_AddStringToObject(to, "value", d->kind == DATUM_TEXT ? d->text : text) != NULL;
    list = cJSON_AddArrayToObject(to, "value");
    for (const struct pair *p = d->texts; p; p = p->next)
        if (!json_push(list, cJSON_CreateString(p->value)))
            return false;
    return list != NULL;
}

/* MSG_INTENT's json of the reading; NULL: memory. The room of a box that has none is left out. */
static cJSON *reading_json(const struct match *m)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *slots = j ? cJSON_AddObjectToObject(j, "slots") : NULL;

    if (!slots || !cJSON_AddStringToObject(j, "intent", m->block->intent) ||
        !cJSON_AddStringToObject(j, "response", m->block->response ? m->block->response : "default"))
        return NULL;
    for (size_t i = 0; i < m->slots_n; i++) {
        const struct match_slot *slot = &m->slots[i];
        AUTO_STR text = STR_INIT;
        cJSON *to;

        if (slot->is_copied && slot->value.text && strcmp(slot->value.text, box_area) == 0)
            continue;
        if (slot->to > slot->from)
            sentence_text(&text, m->s, slot->from, slot->to);
        to = cJSON_AddObjectToObject(slots, slot->name);
        if (!to || !datum_put(to, &slot->value, str_text(&text)) ||
            (text.len && !cJSON_AddStringToObject(to, "text", str_text(&text))))
            return NULL;
    }
    return STEAL(j);
}

/* ---- what was wanted ------------------------------------------------------------------------ */

static bool value_is(const cJSON *value, const struct yaml *want)
{
    const cJSON *one = cJSON_IsArray(value) ? value->child : NULL;

    if (cJSON_IsArray(value)) {
        yaml_each (item, want) {
            if (!one || !value_is(one, item))
                return false;
            one = one->next;
        }
        return !one;
    }
    if (want->kind == YAML_LIST) {
        yaml_each (item, want)
            if (value_is(value, item))
                return true;
        return false;
    }
    if (want->kind != YAML_SCALAR)
        return false;
    return cJSON_IsNumber(value) ? value->valuedouble == strtod(want->text, NULL)
                                 : cJSON_IsString(value) && strcasecmp(value->valuestring, want->text) == 0;
}

static bool slots_are(const cJSON *slots, const struct yaml *want)
{
    const cJSON *slot;

    cJSON_ArrayForEach(slot, slots)
    {
        const struct yaml *value = yaml_get(want, slot->string);

        if (value && strcmp(slot->string, "name") == 0 && /* of a name that is a template, any reading */
            value_is(cJSON_GetObjectItemCaseSensitive(slot, "text"), value))
            continue;
        if (!value || !value_is(cJSON_GetObjectItemCaseSensitive(slot, "value"), value))
            return false;
    }
    return (size_t)cJSON_GetArraySize(slots) == yaml_count(want);
}

/* The same words, whatever blanks stand between them. */
static bool words_are(const char *a, const char *b)
{
    static const char blanks[] = " \t\r\n";

    for (;;) {
        size_t n = strcspn(a += strspn(a, blanks), blanks), m = strcspn(b += strspn(b, blanks), blanks);

        if (n != m || memcmp(a, b, n) != 0)
            return false;
        if (n == 0)
            return true;
        a += n;
        b += n;
    }
}

static bool response_is(const char *got, const struct yaml *want)
{
    if (want->kind == YAML_SCALAR)
        return words_are(got, want->text);
    yaml_each (item, want)
        if (item->kind == YAML_SCALAR && words_are(got, item->text))
            return true;
    return false;
}

static bool fails_by_rule(const struct yaml *y, const char *text)
{
    if (y && y->kind == YAML_SCALAR)
        return strcmp(y->text, text) == 0;
    yaml_each (item, y)
        if (fails_by_rule(item, text))
            return true;
    return false;
}

/* ---- one sentence -------------------------------------------------------------------------- */

/* Their tests of one layout do not see the sentences of the other. */
static bool is_of_layout(struct match *m, void *user)
{
    const struct test *t = user;
    const char *first = strchr(m->block->file, '/'); /* "en/HassTurnOn/name_only.yaml" */

    return (first && strchr(first + 1, '/')) == t->is_part;
}

/* The reading, and what it took; NULL: none, or no memory. */
static cJSON *understand(struct lab *l, const struct test *t, const char *text, double *usec)
{
    AUTO_ARENA arena = ARENA_INIT(1 << 20);
    struct pair *context = NULL, *p;
    struct sentence s;
    struct said said;
    struct match m;
    struct match_query q = { .catalog = l->tongue->catalog, .said = &said, .judge = is_of_layout,
                             .user = (void *)t, .by_reference = true };
    double began;

    yaml_each (item, t->context) {
        p = item->kind == YAML_SCALAR ? arena_alloc(&arena, sizeof(*p)) : NULL;
        if (p) {
            *p = (struct pair){ item->key, item->text, context };
            context = p;
        }
    }
    p = t->is_part ? arena_alloc(&arena, sizeof(*p)) : NULL;
    if (p) {
        *p = (struct pair){ "area", box_area, context };
        context = p;
    }
    q.context = context;
    began = cpu_usec();
    if (sentence_parse(&s, text, strlen(text), NULL) < 0)
        return NULL;
    said_init(&said, &s, l->tongue->catalog);
    match_find(&m, &q);
    *usec = cpu_usec() - began;
    return m.block ? reading_json(&m) : NULL;
}

/* Adds what the box would say; false: nothing. */
static bool reply(struct str *out, struct lab *l, const struct test *t, const cJSON *intent)
{
    const char *name = json_str(intent, "intent", "");
    AUTO_JSON *seen = cJSON_Duplicate(intent, true);
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(seen, "slots");
    const char *told = json_str(cJSON_GetObjectItemCaseSensitive(slots, "response"), "value", NULL);
    AUTO_JSON *acted = NULL;
    struct phrase_facts f = { .wall_usec = tests_usec };
    int r;

    if (strcmp(name, "HassRespond") == 0 && told) { /* the sentence's own */
        str_add(out, told);
        return true;
    }
    if (!slots || !l->answers || !(acted = fixtures_acted(t->house, name, slots)) ||
        !fixtures_slots(t->house, name, slots))
        return false;
    f.intent = seen;
    f.acted = acted;
    r = answers_say(out, l->answers, json_str(seen, "response", "default"), NULL, &f, NULL);
    return r == 0 || r == -ENOENT; /* where there is no template, nothing is said */
}

static void line_print(const struct lab *l, const struct test *t, const struct yaml *sentence,
                       const cJSON *got, const char *verdict, const char *said, double usec)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    if (!j || (l->only_bad && strcmp(verdict, "right") == 0))
        return;
    (void)cJSON_AddStringToObject(j, "file", t->file);
    (void)json_put_int(j, "line", sentence->line);
    (void)cJSON_AddStringToObject(j, "text", sentence->text);
    (void)cJSON_AddStringToObject(j, "verdict", verdict);
    if (got)
        (void)json_put_copy(j, "got", got);
    if (said)
        (void)cJSON_AddStringToObject(j, "response", said);
    (void)cJSON_AddNumberToObject(j, "usec", usec);
    text = cJSON_PrintUnformatted(j);
    puts(text ? text : "{}");
}

static bool is_as_wanted(const cJSON *got, const struct test *t)
{
    return strcmp(json_str(got, "intent", ""), t->intent) == 0 &&
           slots_are(cJSON_GetObjectItemCaseSensitive(got, "slots"), t->slots);
}

static void ask(struct lab *l, const struct test *t, const struct yaml *sentence)
{
    static const char *const verdict[] = { "wrong", "right, another response", "right" };
    static const char *const verdict_that_must_fail[] = { "wrong, as it must be",
                                                          "right, though it must not be" };
    double usec = 0;
    AUTO_JSON *got = understand(l, t, sentence->text, &usec);
    AUTO_STR said = STR_INIT;
    const bool is_meant = got && is_as_wanted(got, t);
    const bool is_asked = is_meant && t->response;
    const bool replies = is_asked && reply(&said, l, t, got) && response_is(str_text(&said), t->response);
    const bool fails = fails_by_rule(l->failures, sentence->text);
    const bool is_right = is_meant && (!is_asked || replies);

    if (l->sentences < TIMES_MAX)
        l->times[l->sentences] = usec;
    must(!replies || is_asked);
    must(!is_right || is_meant);
    l->sentences++;
    l->right += is_meant;
    l->replies += is_asked;
    l->replies_right += replies;
    l->must_fail += fails;
    l->as_required += is_right != fails;
    line_print(l, t, sentence, got,
               fails ? verdict_that_must_fail[is_right] : !got ? "none" : verdict[is_meant + is_right],
               is_asked ? str_text(&said) : NULL, usec);
}

/* ---- files --------------------------------------------------------------------------------- */

static int load(struct yaml **ret, const char *dir, const char *name, struct err *e)
{
    char path[PATHS_BYTES];
    int r = paths_join(path, sizeof(path), dir, name, e);

    return r < 0 ? r : yaml_load(ret, path, e);
}

/* Of the classic layout: each test says its intent. */
static int file_classic(struct lab *l, const char *dir, const char *name, struct err *e)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    int r = load(&y, dir, name, e);

    if (r < 0)
        return r;
    fixtures_adopt(&l->house, l->tongue->catalog);
    yaml_each (test, yaml_get(y, "tests")) {
        const struct yaml *intent = yaml_get(test, "intent");
        const struct test t = { .file = name, .intent = yaml_str(intent, "name", ""), .house = &l->house,
                                .slots = yaml_get(intent, "slots"), .context = yaml_get(intent, "context"),
                                .response = yaml_get(test, "response") };

        yaml_each (sentence, yaml_get(test, "sentences"))
            if (sentence->kind == YAML_SCALAR)
                ask(l, &t, sentence);
    }
    return 0;
}

/* A house of its own for one test: what the test says goes before what the file says. */
static int house_of(struct fixtures *ret, const struct yaml *file, const struct yaml *test, struct err *e)
{
    struct fixtures of_test = { .devices = NULL };
    int r = fixtures_read(ret, file, e);

    if (r == 0)
        r = fixtures_read(&of_test, test, e);
    if (r == 0 && yaml_get(test, "timers")) {
        json_free(ret->timers);
        ret->timers = STEAL(of_test.timers);
    }
    if (r == 0 && yaml_get(test, "media")) {
        json_free(ret->media);
        ret->media = STEAL(of_test.media);
    }
    fixtures_done(&of_test);
    return r;
}

/* Of the newer one: the folder says the intent, and the file has its own house. */
static int file_part(struct lab *l, const char *dir, const char *intent, const char *name, struct err *e)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    char label[2 * NAME_MAX + 2];
    int r = load(&y, dir, name, e);

    snprintf(label, sizeof(label), "%s/%s", intent, name);
    yaml_each (test, yaml_get(y, "tests")) {
        struct fixtures house = { .devices = NULL };
        const struct test t = { .file = label, .intent = intent, .house = &house, .is_part = true,
                                .slots = yaml_get(test, "slots"), .response = yaml_get(test, "response") };

        if (r == 0)
            r = house_of(&house, y, test, e);
        if (r == 0)
            fixtures_adopt(&house, l->tongue->catalog);
        yaml_each (sentence, yaml_get(test, "sentences"))
            if (r == 0 && sentence->kind == YAML_SCALAR)
                ask(l, &t, sentence);
        fixtures_adopt(&l->house, l->tongue->catalog);
        fixtures_done(&house);
    }
    return r;
}

static int is_seen(const struct dirent *d)
{
    return d->d_name[0] != '.' && d->d_name[0] != '_';
}

static bool is_yaml(const char *name)
{
    const char *end = strrchr(name, '.');

    return end && strcmp(end, ".yaml") == 0;
}

/* `intent`: NULL for the folder of the language. */
static int folder_ask(struct lab *l, const char *dir, const char *intent, struct err *e)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_seen, alphasort), r = 0;

    if (n < 0)
        return err_set(e, -ENOENT, "%s: no such folder", dir);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        char path[PATHS_BYTES];

        if (r == 0 && is_yaml(name))
            r = intent ? file_part(l, dir, intent, name, e) : file_classic(l, dir, name, e);
        else if (r == 0 && !intent)
            r = paths_join(path, sizeof(path), dir, name, e) < 0 ? e->code : folder_ask(l, path, name, e);
        free(names[i]);
    }
    free(names);
    return r;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void on_complaint(const char *text, void *user)
{
    struct lab *l = user;

    l->complaints++;
    fprintf(stderr, "jarvis-lab: %s\n", text);
}

static int optional(int r, struct err *e)
{
    if (r == -ENOENT)
        *e = ERR_INIT;
    return r == -ENOENT ? 0 : r;
}

static int lab_open(struct lab *l, struct err *e)
{
    const struct answers_told told = { on_complaint, l };
    AUTO(yaml_freep) struct yaml *fixtures = NULL;
    AUTO_STR folder = STR_INIT;
    struct paths paths = { .etc = "/nonexistent" };
    int r;

    str_copy(paths.share, sizeof(paths.share), l->data);
    str_addf(&folder, "%s/responses/%s", l->data, l->language);
    r = tongue_read(&l->tongue, &paths, l->language, e);
    if (r == 0)
        r = optional(answers_load(&l->answers, str_text(&folder), &told, e), e);
    if (r == 0)
        r = load(&fixtures, l->tests, "_fixtures.yaml", e);
    if (r == 0)
        r = fixtures_read(&l->house, fixtures, e);
    if (r == 0)
        r = optional(load(&l->failures, l->tests, "_test_failures.yaml", e), e);
    if (r == 0) {
        l->complaints += l->tongue->complaints_n;
        fputs(str_text(&l->tongue->complaints), stderr);
    }
    return r;
}

static void lab_close(struct lab *l)
{
    tongue_free(l->tongue);
    answers_free(l->answers);
    fixtures_done(&l->house);
    yaml_free(l->failures);
    free(l);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void sums_print(struct lab *l)
{
    const size_t n = l->sentences < TIMES_MAX ? l->sentences : TIMES_MAX;

    must(l->replies_right <= l->replies && l->replies <= l->right && l->right <= l->sentences);
    qsort(l->times, n, sizeof(l->times[0]), compare);
    printf("{\"language\":\"%s\",\"templates\":%u,\"complaints\":%u,\"sentences\":%u,\"right\":%u,"
           "\"responses\":%u,\"responses_right\":%u,\"must_fail\":%u,\"as_required\":%u,"
           "\"median_usec\":%.1f,\"p99_usec\":%.1f,\"max_usec\":%.1f}\n",
           l->language, l->tongue->catalog->templates_n, l->complaints, l->sentences, l->right, l->replies,
           l->replies_right, l->must_fail, l->as_required, n ? l->times[n / 2] : 0,
           n ? l->times[n * 99 / 100] : 0, n ? l->times[n - 1] : 0);
}

static bool options_read(struct lab *l, int argc, char **argv)
{
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },
        { "lang", required_argument, NULL, 'l' },
        { "tests", required_argument, NULL, 't' },
        { "bad", no_argument, NULL, 'b' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'd': l->data = optarg; break;
        case 'l': l->language = optarg; break;
        case 't': l->tests = optarg; break;
        case 'b': l->only_bad = true; break;
        default: return false;
        }
    }
    return l->data && l->language && l->tests && optind == argc;
}

int lab_intents(int argc, char **argv)
{
    struct lab *l = calloc(1, sizeof(*l));
    struct err e = ERR_INIT;
    int r, code;

    if (!l || !options_read(l, argc, argv)) {
        free(l);
        fputs("jarvis-lab: use: intents --data DIR --lang LANGUAGE --tests DIR [--bad]\n", stderr);
        return 2;
    }
    setenv("TZ", "UTC", 1);
    r = lab_open(l, &e);
    if (r == 0)
        r = folder_ask(l, l->tests, NULL, &e);
    if (r == 0 && l->sentences == 0)
        r = err_set(&e, -ENOENT, "%s: no test was found", l->tests);
    if (r < 0)
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    else
        sums_print(l);
    code = r < 0 ? 2 : l->as_required == l->sentences ? 0 : 1;
    lab_close(l);
    return code;
}
