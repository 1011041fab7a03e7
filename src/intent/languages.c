/* SPDX-License-Identifier: Apache-2.0 */
/* intent/languages.c - every language of this box, made ready and kept so. */
#include "intent/languages.h"

#include "base/must.h"
#include "base/str.h"
#include "intent/build.h"

#include <string.h>

enum {
    BUILD_DELAY_MS = 50, /* many changes shortly after one another cost one build */
    NEXT_DELAY_MS = 5,   /* between the languages */
    BUSY_DELAY_MS = 200, /* there is no memory, or the slow worker takes nothing now */
    LINES_TOLD_MAX = 5,  /* of a fault */
};

/* A build on its way; it finds its way back by the language's name, whatever changed meanwhile. */
struct language_job {
    struct build *build;         /* owned */
    struct languages *languages; /* NULL: they have gone */
};

/* ---- faults ------------------------------------------------------------------------------- */

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

static void sentences_tell(struct languages *l)
{
    AUTO_STR all = STR_INIT, strangers = STR_INIT, text = STR_INIT;

    for (size_t k = 0; k < l->n; k++) {
        if (l->list[k].tongue)
            str_add(&all, str_text(&l->list[k].tongue->complaints));
        if (l->list[k].strangers)
            str_add(&strangers, l->list[k].strangers);
    }
    if (l->missing.code < 0)
        str_add(&text, err_text(&l->missing));
    else
        lines_sum(&text, str_text(&all));
    notice_tell(&l->sentences, l->deps.bus, l->missing.code < 0 ? l->missing.code : -EINVAL,
                str_text(&text));
    str_clear(&text);
    lines_sum(&text, str_text(&strangers));
    notice_tell(&l->own, l->deps.bus, -ENOENT, str_text(&text));
}

/* ---- speech grammar ----------------------------------------------------------------------- */

/* Told only when it is another. */
static int grammar_take(struct languages *l, struct build *b, struct err *e)
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
    bus_post(l->deps.bus, STEAL(m));
    l->grammar = b->grammar;
    return 0;
}

/* ---- building ----------------------------------------------------------------------------- */

/* The old tongue stays where a new one cannot be had for want of memory, and is built again; a language
 * without sentences leaves none, so that no sentence is taken for one of another language. */
static void build_adopt(struct languages *l, size_t k, struct build *b)
{
    struct err e = ERR_INIT;
    int r;

    must(k < l->n && (b->code < 0) == !b->tongue);
    if (k == 0)
        l->missing = b->told;
    if (b->code == -ENOMEM) {
        l->list[k].is_due = true;
        sentences_tell(l);
        return;
    }
    l->list[k].is_stale = l->list[k].is_stale && l->list[k].is_due;
    tongue_free(l->list[k].tongue);
    free(l->list[k].strangers);
    l->list[k].tongue = STEAL(b->tongue);
    l->list[k].strangers = b->strangers.len ? str_take(&b->strangers) : NULL;
    sentences_tell(l);
    if (k > 0 || b->code < 0 || !b->wants_grammar)
        return;
    r = grammar_take(l, b, &e);
    notice_tell(&l->spoken, l->deps.bus, r, r < 0 ? err_text(&e) : NULL);
}

/* The next language, or this one again when there may be memory. */
static void build_next(struct languages *l, const struct build *b)
{
    loop_timer_after_ms(l->timer, b->code == -ENOMEM ? BUSY_DELAY_MS : NEXT_DELAY_MS);
    l->made(l->user);
}

static int build_of(struct build **ret, struct languages *l, size_t k, bool wants_grammar)
{
    struct err e = ERR_INIT;
    int r;

    must(k < l->n && l->list[k].is_due);
    l->list[k].is_due = false;
    r = build_new(ret, l->deps.paths, l->list[k].name, l->deps.settings->device_area,
                  l->devices, wants_grammar, &e);
    if (r == 0)
        (*ret)->is_heard = engines_hears(l->deps.engines, l->deps.settings, l->list[k].name);
    if (r == 0 && !learnt_name((*ret)->devices, l->learnt)) {
        *ret = build_free(*ret);
        r = err_set(&e, -ENOMEM, "taught names: out of memory");
    }
    if (r < 0)
        notice_tell(&l->sentences, l->deps.bus, r, err_text(&e));
    else
        (*ret)->known_grammar = l->grammar;
    return r;
}

static size_t language_find(const struct languages *l, const char *name)
{
    size_t k = 0;

    while (k < l->n && strcmp(l->list[k].name, name) != 0)
        k++;
    return k;
}

static int job_run(void *user, struct err *e)
{
    struct language_job *job = user;

    (void)e; /* a build keeps its own words */
    build_run(job->build);
    return 0;
}

static void on_build_done(int code, const char *words, void *user)
{
    struct language_job *job = user;
    struct languages *l = job->languages;

    (void)words; /* those of a build are its own; -ECANCELED: we stop */
    if (l) {
        size_t k = language_find(l, job->build->language);

        must(l->job == job);
        l->job = NULL;
        if (code == 0 && k < l->n)
            build_adopt(l, k, job->build);
        build_next(l, job->build);
    }
    build_free(job->build);
    free(job);
}

/* Takes `b`. */
static void build_here(struct languages *l, size_t k, struct build *b)
{
    build_run(b);
    build_adopt(l, k, b);
    build_next(l, b);
    build_free(b);
}

/* Gives the build to the slow worker; false: it was not taken, and `b` is the caller's still. */
static bool build_send(struct languages *l, struct build *b)
{
    struct slow_job slow = { .what = "sentences", .run = job_run, .done = on_build_done,
                             .bytes = build_bytes(b) };
    struct language_job *job = calloc(1, sizeof(*job));

    must(!l->job);
    if (!job)
        return false;
    *job = (struct language_job){ b, l };
    l->job = job;
    slow.job = job;
    if (slow_post(l->deps.slow, &slow, NULL) < 0) {
        l->job = NULL;
        free(job);
        return false;
    }
    return true;
}

static void on_build_due(void *user)
{
    struct languages *l = user;
    struct build *b = NULL;
    size_t k = 0;

    while (k < l->n && !l->list[k].is_due)
        k++;
    if (l->job || k == l->n)
        return; /* the one on its way asks again when it is done */
    if (build_of(&b, l, k, k == 0) == 0) {
        if (!l->deps.slow) {
            build_here(l, k, b);
            return;
        }
        if (build_send(l, b))
            return;
        build_free(b);
    }
    l->list[k].is_due = true;
    loop_timer_after_ms(l->timer, BUSY_DELAY_MS);
}

/* A build that is planned is not put off: changes that never end would let nothing be built. */
static void build_plan(struct languages *l, int64_t delay_ms)
{
    for (size_t k = 0; k < l->n; k++)
        l->list[k].is_due = true;
    if (!l->job && !loop_timer_is_set(l->timer))
        loop_timer_after_ms(l->timer, delay_ms);
}

void languages_plan(struct languages *l)
{
    build_plan(l, BUILD_DELAY_MS);
}

/* ---- which there are ---------------------------------------------------------------------- */

static void language_done(struct language *one)
{
    tongue_free(one->tongue);
    free(one->strangers);
    *one = (struct language){ .name = "" };
}

/* A place with what is known of the language. */
static void language_take(struct languages *l, const char *name, struct language *before, size_t before_n)
{
    struct language *to;

    if (!must(l->n <= TONGUES_MAX))
        return;
    to = &l->list[l->n++];
    str_copy(to->name, sizeof(to->name), name);
    for (size_t k = 0; k < before_n; k++)
        if (strcmp(before[k].name, name) == 0) {
            to->tongue = STEAL(before[k].tongue);
            to->strangers = STEAL(before[k].strangers);
            to->is_stale = before[k].is_stale;
        }
}

/* The own language first, then what is installed. */
static void languages_scan(struct languages *l)
{
    char found[TONGUES_MAX][TONGUE_NAME_MAX];
    struct language before[TONGUES_MAX + 1];
    const char *own = l->deps.settings->language;
    const size_t n = tongue_list(found, l->deps.paths), before_n = l->n;

    must(before_n <= TONGUES_MAX + 1);
    memcpy(before, l->list, sizeof(before));
    memset(l->list, 0, sizeof(l->list));
    l->n = 0;
    language_take(l, own, before, before_n);
    for (size_t k = 0; k < n; k++)
        if (strcmp(found[k], own) != 0)
            language_take(l, found[k], before, before_n);
    for (size_t k = 0; k < before_n; k++)
        language_done(&before[k]);
    must(l->n >= 1 && l->n <= TONGUES_MAX + 1);
}

void languages_reload(struct languages *l)
{
    languages_scan(l);
    languages_plan(l);
}

bool languages_is_due(const struct languages *l, bool all)
{
    for (size_t k = 0; k < (all ? l->n : 1); k++)
        if (l->list[k].is_due || (l->job && strcmp(l->job->build->language, l->list[k].name) == 0))
            return true;
    return false;
}

bool languages_is_stale(const struct languages *l, bool all)
{
    for (size_t k = 0; k < (all ? l->n : 1); k++)
        if (l->list[k].is_stale && l->list[k].tongue)
            return true;
    return false;
}

bool languages_know_house(const struct languages *l)
{
    const struct tongue *own = l->list[0].tongue;

    return !l->devices || (own ? own->names != NULL : !languages_is_due(l, false));
}

size_t languages_tongues(const struct tongue *ret[TONGUES_MAX + 1], const struct languages *l)
{
    size_t n = 0;

    for (size_t k = 0; k < l->n; k++)
        if (l->list[k].tongue)
            ret[n++] = l->list[k].tongue;
    must(n <= TONGUES_MAX + 1);
    return n;
}

/* ---- devices ------------------------------------------------------------------------------ */

/* The parts of a device that names are made of; its state is not kept. */
static cJSON *devices_copy(const cJSON *devices)
{
    static const char *const keys[] = { "id", "name", "area", "kind", "class", "aliases", "area_aliases" };
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

void languages_stale(struct languages *l)
{
    for (size_t k = 0; k < l->n; k++)
        l->list[k].is_stale = true;
}

void languages_set_devices(struct languages *l, const cJSON *devices)
{
    AUTO_JSON *copy = devices_copy(devices);
    AUTO_FREE char *text = json_text(copy);
    const bool is_first = !l->devices;

    if (text && l->devices_text && strcmp(text, l->devices_text) == 0)
        return;
    if (!copy || !text) {
        notice_tell(&l->sentences, l->deps.bus, -ENOMEM, "device names: out of memory");
        return;
    }
    cJSON_Delete(l->devices);
    free(l->devices_text);
    l->devices = STEAL(copy);
    l->devices_text = STEAL(text);
    languages_stale(l);
    build_plan(l, is_first ? NEXT_DELAY_MS : BUILD_DELAY_MS);
}

/* ---- life --------------------------------------------------------------------------------- */

int languages_init(struct languages *l, struct err *e)
{
    struct build *first = NULL;
    int r;

    l->sentences = (struct notice){ .part = "sentences", .well = "all sentences are loaded" };
    l->own = (struct notice){ .part = "own sentences", .well = "every name in them is known" };
    l->spoken = (struct notice){ .part = "spoken sentences", .well = "the speech grammar is made" };
    r = loop_timer_new(&l->timer, l->deps.loop, on_build_due, l, e);
    if (r < 0)
        return r;
    languages_scan(l);
    l->list[0].is_due = true;
    r = build_of(&first, l, 0, false);
    if (r < 0)
        return err_set(e, r, "intent: out of memory");
    build_run(first);
    build_adopt(l, 0, first);
    build_free(first);
    if (l->missing.code == -ENOMEM)
        return err_set(e, -ENOMEM, "%s", err_text(&l->missing));
    languages_plan(l);
    return 0;
}

void languages_done(struct languages *l)
{
    if (l->job)
        l->job->languages = NULL;
    l->job = NULL;
    l->timer = loop_timer_free(l->timer);
    for (size_t k = 0; k < l->n; k++)
        language_done(&l->list[k]);
    l->n = 0;
    cJSON_Delete(l->devices);
    free(l->devices_text);
    free(l->sentences.text);
    free(l->own.text);
    free(l->spoken.text);
}
