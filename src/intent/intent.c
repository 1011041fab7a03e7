/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.c - the bus side: devices and settings in, intents and grammars out. */
#include "intent/intent.h"

#include "base/must.h"
#include "intent/build.h"
#include "intent/meaning.h"
#include "intent/near.h"
#include "intent/several.h"

#include <string.h>

enum {
    BUILD_DELAY_MS = 50, /* many changes shortly after one another cost one build */
    NEXT_DELAY_MS = 5,   /* between the languages */
    BUSY_DELAY_MS = 200, /* the slow worker takes nothing now */
    LINES_TOLD_MAX = 5,  /* of a fault */
};

static const char part_sentences[] = "sentences", part_own[] = "own sentences",
                  part_grammar[] = "grammar";

/* A fault that is told when its words change, and ended when they are gone. */
struct notice {
    const char *part, *well;
    char *text; /* owned; NULL: all is well */
};

/* A build on its way; it finds its way back by the language's name, whatever changed meanwhile. */
struct job {
    struct build *build;   /* owned */
    struct intent *intent; /* NULL: it has gone */
};

struct intent {
    struct intent_deps deps;
    /* [0] is the box's own language; the others are known by their files. */
    struct {
        char name[TONGUE_NAME_MAX];
        struct tongue *tongue; /* owned; NULL: not built yet, or it could not be */
        char *strangers;       /* owned; names of own sentences that are nowhere */
        bool is_due;           /* to be built (again) */
    } languages[TONGUES_MAX + 1];
    size_t languages_n;
    cJSON *devices;           /* owned; as told last, NULL: not yet */
    char *devices_text;       /* owned; what the names are made of */
    struct loop_timer *timer; /* owned; the next build */
    struct job *job;          /* borrowed: the slow worker owns it; NULL: none is on its way */
    uint64_t grammar;         /* hash of the grammar that speech has; 0: none */
    struct err missing;       /* why the own language could not be loaded; code 0: it was */
    struct notice sentences, own, spoken;
};

/* ---- faults ------------------------------------------------------------------------------- */

/* `text`: NULL or "" ends the fault. */
static void notice_tell(struct intent *i, struct notice *n, int code, const char *text)
{
    if (!text || !text[0]) {
        if (n->text)
            bus_post_fault(i->deps.bus, n->part, 0, n->well);
        free(n->text);
        n->text = NULL;
        return;
    }
    if (n->text && strcmp(n->text, text) == 0)
        return;
    bus_post_fault(i->deps.bus, n->part, code, text);
    free(n->text);
    n->text = strdup(text);
}

/* The first lines, and how many more there are. */
static void lines_sum(struct str *out, const char *lines)
{
    unsigned n = 0;

    for (const char *at = lines; *at; n++) {
        size_t len = strcspn(at, "\n");

        if (n < LINES_TOLD_MAX)
            str_addf(out, "%s%.*s", n ? "; " : "", (int)len, at);
        at += len + (at[len] == '\n');
    }
    if (n > LINES_TOLD_MAX)
        str_addf(out, "; and %u more (jarvisctl sentences test shows them)", n - LINES_TOLD_MAX);
}

static void sentences_tell(struct intent *i)
{
    AUTO_STR all = STR_INIT, strangers = STR_INIT, text = STR_INIT;

    for (size_t k = 0; k < i->languages_n; k++) {
        if (i->languages[k].tongue)
            str_add(&all, str_text(&i->languages[k].tongue->complaints));
        if (i->languages[k].strangers)
            str_add(&strangers, i->languages[k].strangers);
    }
    if (i->missing.code < 0)
        str_add(&text, err_text(&i->missing));
    else
        lines_sum(&text, str_text(&all));
    notice_tell(i, &i->sentences, i->missing.code < 0 ? i->missing.code : -EINVAL,
                str_text(&text));
    str_clear(&text);
    lines_sum(&text, str_text(&strangers));
    notice_tell(i, &i->own, -ENOENT, str_text(&text));
}

/* ---- speech grammar ----------------------------------------------------------------------- */

/* Told only when it is another. */
static int grammar_take(struct intent *i, struct build *b, struct err *e)
{
    AUTO(msg_freep) struct msg *m = NULL;

    if (b->grammar_code == -ENOENT && !b->grammar_told.code)
        return 0; /* nothing is meant for speech */
    if (b->grammar_code < 0)
        return err_set(e, b->grammar_code, "%s", err_text(&b->grammar_told));
    if (!b->words)
        return 0;
    m = msg_new(MSG_GRAMMAR, 0);
    if (!m || !(m->text = strdup(b->path)))
        return err_set(e, -ENOMEM, "speech grammar: out of memory");
    m->json = STEAL(b->words);
    bus_post(i->deps.bus, STEAL(m));
    i->grammar = b->grammar;
    return 0;
}

/* ---- building ----------------------------------------------------------------------------- */

/* The old tongue stays where a new one cannot be had for want of memory; a language without
 * sentences leaves none, so that no sentence is taken for one of another language. */
static void build_adopt(struct intent *i, size_t k, struct build *b)
{
    struct err e = ERR_INIT;
    int r;

    must(k < i->languages_n && (b->code < 0) == !b->tongue);
    if (k == 0)
        i->missing = b->told;
    if (b->code == -ENOMEM) {
        sentences_tell(i);
        return;
    }
    tongue_free(i->languages[k].tongue);
    free(i->languages[k].strangers);
    i->languages[k].tongue = STEAL(b->tongue);
    i->languages[k].strangers = b->strangers.len ? str_take(&b->strangers) : NULL;
    sentences_tell(i);
    if (k > 0 || b->code < 0 || !b->wants_grammar)
        return;
    r = grammar_take(i, b, &e);
    notice_tell(i, &i->spoken, r, r < 0 ? err_text(&e) : NULL);
}

static int build_of(struct build **ret, struct intent *i, size_t k, bool wants_grammar)
{
    struct err e = ERR_INIT;
    int r;

    must(k < i->languages_n);
    i->languages[k].is_due = false;
    r = build_new(ret, i->deps.paths, i->languages[k].name, i->deps.settings->device_area,
                  i->devices, wants_grammar, &e);
    if (r < 0)
        notice_tell(i, &i->sentences, r, err_text(&e));
    else
        (*ret)->known_grammar = i->grammar;
    return r;
}

static size_t language_find(const struct intent *i, const char *name)
{
    size_t k = 0;

    while (k < i->languages_n && strcmp(i->languages[k].name, name) != 0)
        k++;
    return k;
}

static int job_run(void *user, struct err *e)
{
    struct job *job = user;

    (void)e; /* a build keeps its own words */
    build_run(job->build);
    return 0;
}

static void on_build_done(int code, const char *words, void *user)
{
    struct job *job = user;
    struct intent *i = job->intent;

    (void)words; /* those of a build are its own; -ECANCELED: we stop */
    if (i) {
        size_t k = language_find(i, job->build->language);

        must(i->job == job);
        i->job = NULL;
        if (code == 0 && k < i->languages_n)
            build_adopt(i, k, job->build);
        loop_timer_after_ms(i->timer, NEXT_DELAY_MS);
    }
    build_free(job->build);
    free(job);
}

/* Gives the build to the slow worker, or runs it where there is none. Takes `b`. */
static void build_send(struct intent *i, size_t k, struct build *b)
{
    struct slow_job slow = { .what = "sentences", .run = job_run, .done = on_build_done,
                             .bytes = build_bytes(b) };
    struct job *job = i->deps.slow ? calloc(1, sizeof(*job)) : NULL;

    if (!job) {
        build_run(b);
        build_adopt(i, k, b);
        build_free(b);
        loop_timer_after_ms(i->timer, NEXT_DELAY_MS);
        return;
    }
    must(!i->job);
    *job = (struct job){ b, i };
    i->job = job;
    slow.job = job;
    if (slow_post(i->deps.slow, &slow, NULL) < 0) {
        i->job = NULL;
        build_free(b);
        free(job);
        i->languages[k].is_due = true;
        loop_timer_after_ms(i->timer, BUSY_DELAY_MS);
    }
}

static void on_build_due(void *user)
{
    struct intent *i = user;
    struct build *b = NULL;
    size_t k = 0;

    while (k < i->languages_n && !i->languages[k].is_due)
        k++;
    if (i->job || k == i->languages_n)
        return; /* the one on its way asks again when it is done */
    if (build_of(&b, i, k, k == 0) == 0)
        build_send(i, k, b);
}

static void build_plan(struct intent *i)
{
    for (size_t k = 0; k < i->languages_n; k++)
        i->languages[k].is_due = true;
    loop_timer_after_ms(i->timer, BUILD_DELAY_MS);
}

static void language_drop(struct intent *i, size_t k)
{
    tongue_free(i->languages[k].tongue);
    free(i->languages[k].strangers);
    memset(&i->languages[k], 0, sizeof(i->languages[k]));
}

/* The own language first, then what is installed. Tongues that are there are kept. */
static void languages_scan(struct intent *i)
{
    char found[TONGUES_MAX][TONGUE_NAME_MAX];
    const char *own = i->deps.settings->language;
    size_t n = tongue_list(found, i->deps.paths), used = 1;

    if (i->languages_n == 0 || strcmp(i->languages[0].name, own) != 0)
        for (size_t k = 0; k < i->languages_n; k++)
            language_drop(i, k);
    for (size_t k = 1; k < i->languages_n; k++)
        language_drop(i, k);
    str_copy(i->languages[0].name, TONGUE_NAME_MAX, own);
    for (size_t k = 0; k < n; k++)
        if (strcmp(found[k], own) != 0 && must(used <= TONGUES_MAX))
            str_copy(i->languages[used++].name, TONGUE_NAME_MAX, found[k]);
    i->languages_n = used;
    must(used >= 1 && used <= TONGUES_MAX + 1 && !i->languages[used - 1].is_due);
}

void intent_reload(struct intent *i)
{
    languages_scan(i);
    build_plan(i);
}

/* ---- understanding ------------------------------------------------------------------------ */

static bool is_settled(int r, const cJSON *found)
{
    return r != -ENOENT || (found && (cJSON_GetObjectItemCaseSensitive(found, "refused") ||
                                        cJSON_GetObjectItemCaseSensitive(found, "part")));
}

/* *ret and codes as meaning_find(); *in: the language that it was understood in. */
static int understand(cJSON **ret, size_t *in, struct intent *i, const char *text,
                      const cJSON *last, bool all, struct err *e)
{
    const char *room = i->deps.settings->device_area;
    int r = -ENOENT;

    must(i->languages_n > 0 && !*ret);
    *in = 0;
    if (i->languages[0].tongue)
        r = several_find(ret, i->languages[0].tongue, text, room, last, e);
    else
        err_set(e, -ENOENT, "no sentences are loaded for the language '%s'",
                i->languages[0].name);
    for (size_t k = 1; all && k < i->languages_n && !is_settled(r, *ret); k++) {
        cJSON *other = NULL;
        int code = i->languages[k].tongue
                       ? several_find(&other, i->languages[k].tongue, text, room, last, NULL)
                       : -ENOENT;

        if (code == 0 || code == -ENOTUNIQ) {
            json_free(*ret);
            *ret = STEAL(other);
            *in = k;
            return code;
        }
        json_free(other);
    }
    return r;
}

/* The language that has the fewest words missing, the box's own first: mistakes are mended in one. */
static size_t nearest_language(const struct intent *i, const char *text, bool all)
{
    unsigned least = NEAR_UNKNOWN_MAX + 1;
    size_t best = 0;

    for (size_t k = 0; k < (all ? i->languages_n : 1); k++) {
        const unsigned n = i->languages[k].tongue ? near_unknown(i->languages[k].tongue, text)
                                                  : NEAR_UNKNOWN_MAX + 1;

        if (n < least) {
            least = n;
            best = k;
        }
    }
    must(best < i->languages_n);
    return best;
}

/* What nothing fitted, as it was probably meant, or with what it lacks. Codes as meaning_find(). */
static int forgive(cJSON **ret, size_t *in, struct intent *i, const char *text, const cJSON *last,
                   bool all)
{
    const size_t k = nearest_language(i, text, all);
    const struct tongue *t = i->languages[k].tongue;
    const char *room = i->deps.settings->device_area;
    cJSON *found = NULL, *lacks;
    int r = t ? near_find(&found, t, text, room, last) : -ENOENT;

    if (r == 0 || r == -ENOTUNIQ) {
        json_free(*ret);
        *ret = found;
        *in = k;
        return r;
    }
    lacks = t && r != -ENOMEM ? near_lacks(t, text, room) : NULL;
    if (lacks && !json_put(*ret, "lacks", lacks))
        r = -ENOMEM;
    return r;
}

int intent_understand(cJSON **ret, struct intent *i, const char *text, struct err *e)
{
    AUTO_JSON *found = NULL;
    size_t in;
    int r = understand(&found, &in, i, text, NULL, false, e);

    if (r == 0 || r == -ENOTUNIQ)
        *ret = STEAL(found);
    return r;
}

int intent_explain(cJSON **ret, struct intent *i, const char *text, struct err *e)
{
    AUTO_JSON *found = NULL;
    size_t in;
    int r = understand(&found, &in, i, text, NULL, true, e);

    if (r == -ENOMEM)
        return r;
    if (!i->languages[in].tongue)
        return err_set(e, -ENOENT, "no sentences are loaded for the language '%s'",
                       i->languages[in].name);
    return meaning_explain(ret, i->languages[in].tongue, text, i->deps.settings->device_area, e);
}

static void on_understand(const struct msg *m, void *user)
{
    AUTO(msg_freep) struct msg *answer = msg_new(MSG_INTENT, m->session);
    struct intent *i = user;
    const char *text = m->text ? m->text : "";
    const bool all = !endpoint_hears(m->endpoint);
    size_t in;

    if (answer) {
        answer->origin = m->origin;
        answer->endpoint = m->endpoint;
        answer->code = understand(&answer->json, &in, i, text, m->json, all, NULL);
        if (answer->json && !is_settled(answer->code, answer->json))
            answer->code = forgive(&answer->json, &in, i, text, m->json, all);
        answer->text = strdup(text);
        if (answer->code == 0 && (!answer->text || !must(answer->json != NULL)))
            answer->code = -ENOMEM;
    }
    bus_post(i->deps.bus, STEAL(answer));
}

/* ---- devices and settings ----------------------------------------------------------------- */

/* Everything of the devices that the names are made of. */
static char *devices_text(const cJSON *devices)
{
    AUTO_STR out = STR_INIT;
    const cJSON *d, *alias;

    cJSON_ArrayForEach(d, devices)
    {
        str_addf(&out, "%s\n%s\n%s\n%s\n%s\n", json_str(d, "id", ""), json_str(d, "name", ""),
                 json_str(d, "area", ""), json_str(d, "kind", ""), json_str(d, "class", ""));
        cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(d, "aliases"))
            str_addf(&out, "\t%s\n", cJSON_IsString(alias) ? alias->valuestring : "");
    }
    return str_take(&out);
}

/* The parts of a device that names are made of; its state is not kept. */
static cJSON *devices_copy(const cJSON *devices)
{
    static const char *const keys[] = { "id", "name", "area", "kind", "class", "aliases" };
    AUTO_JSON *copy = cJSON_CreateArray();
    const cJSON *d;

    cJSON_ArrayForEach(d, devices)
    {
        cJSON *one = cJSON_CreateObject();

        if (!json_push(copy, one))
            return NULL;
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            const cJSON *value = cJSON_GetObjectItemCaseSensitive(d, keys[i]);

            if (value && !json_put(one, keys[i], cJSON_Duplicate(value, true)))
                return NULL;
        }
    }
    return STEAL(copy);
}

static void on_devices(const struct msg *m, void *user)
{
    AUTO_FREE char *text = devices_text(m->json);
    AUTO_JSON *copy = NULL;
    struct intent *i = user;

    if (text && i->devices_text && strcmp(text, i->devices_text) == 0)
        return;
    copy = text ? devices_copy(m->json) : NULL;
    if (!copy) {
        bus_post_fault(i->deps.bus, part_sentences, -ENOMEM, "device names: out of memory");
        return;
    }
    cJSON_Delete(i->devices);
    free(i->devices_text);
    i->devices = STEAL(copy);
    i->devices_text = STEAL(text);
    build_plan(i);
}

static void on_settings(const struct msg *m, void *user)
{
    struct intent *i = user;

    if (m->text && strcmp(m->text, "language") == 0)
        intent_reload(i);
    else if (m->text && strcmp(m->text, "device.area") == 0)
        build_plan(i);
}

/* ---- life --------------------------------------------------------------------------------- */

int intent_new(struct intent **ret, const struct intent_deps *d, struct err *e)
{
    AUTO(intent_freep) struct intent *i = calloc(1, sizeof(*i));
    AUTO(build_freep) struct build *first = NULL;
    int r;

    if (!i)
        return err_set(e, -ENOMEM, "intent: out of memory");
    i->deps = *d;
    i->sentences = (struct notice){ .part = part_sentences, .well = "all sentences are loaded" };
    i->own = (struct notice){ .part = part_own, .well = "every name in them is known" };
    i->spoken = (struct notice){ .part = part_grammar, .well = "the speech grammar is made" };
    r = loop_timer_new(&i->timer, d->loop, on_build_due, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_DEVICES, on_devices, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_UNDERSTAND, on_understand, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_SETTINGS, on_settings, i, e);
    if (r < 0)
        return r;
    languages_scan(i);
    r = build_of(&first, i, 0, false); /* the first sentence may come at once */
    if (r < 0)
        return err_set(e, r, "intent: out of memory");
    build_run(first);
    build_adopt(i, 0, first);
    if (i->missing.code == -ENOMEM)
        return err_set(e, -ENOMEM, "%s", err_text(&i->missing));
    build_plan(i);
    *ret = STEAL(i);
    return 0;
}

struct intent *intent_free(struct intent *i)
{
    if (i) {
        if (i->job)
            i->job->intent = NULL;
        bus_off(i->deps.bus, i);
        loop_timer_free(i->timer);
        for (size_t k = 0; k < i->languages_n; k++)
            language_drop(i, k);
        cJSON_Delete(i->devices);
        free(i->devices_text);
        free(i->sentences.text);
        free(i->own.text);
        free(i->spoken.text);
        free(i);
    }
    return NULL;
}
