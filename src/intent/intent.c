/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.c - the bus side: devices and settings in, intents and grammars out. */
#include "intent/intent.h"

#include "base/must.h"
#include "base/file.h"
#include "intent/build.h"
#include "intent/learnt.h"
#include "intent/meaning.h"
#include "intent/near.h"
#include "intent/several.h"
#include "intent/teach.h"

#include <string.h>

enum {
    BUILD_DELAY_MS = 50, /* many changes shortly after one another cost one build */
    NEXT_DELAY_MS = 5,   /* between the languages */
    BUSY_DELAY_MS = 200, /* the slow worker takes nothing now */
    LINES_TOLD_MAX = 5,  /* of a fault */
};

static const char part_sentences[] = "sentences", part_own[] = "own sentences",
                  part_grammar[] = "grammar", part_learnt[] = "taught names";

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
    struct learnt learnt;     /* what people taught */
    struct err unread;        /* why not all of the file is in it: nothing is written over it; code 0: it is */
    struct keep *keeps;       /* borrowed: on their way to the disk */
    char learnt_path[PATHS_BYTES];
    struct err missing;       /* why the own language could not be loaded; code 0: it was */
    struct notice sentences, own, spoken, taught;
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
    if (r == 0 && !learnt_name((*ret)->devices, &i->learnt)) {
        *ret = build_free(*ret);
        r = err_set(&e, -ENOMEM, "taught names: out of memory");
    }
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

/* How many words a language lacks of the text. */
static unsigned lacking(const struct intent *i, size_t k, const char *text)
{
    const struct tongue *t = i->languages[k].tongue;

    return t ? near_unknown(t, text) : NEAR_UNKNOWN_MAX + 1;
}

/* The fewest that any language lacks: mistakes are mended in those that lack no more. */
static unsigned least_lacking(const struct intent *i, const char *text, size_t languages)
{
    unsigned least = NEAR_UNKNOWN_MAX;

    must(languages <= i->languages_n);
    for (size_t k = 0; k < languages; k++) {
        const unsigned n = lacking(i, k, text);

        least = n < least ? n : least;
    }
    return least;
}

static size_t tongues_of(const struct tongue *ret[TONGUES_MAX + 1], const struct intent *i);

/* Whether the words could become a name. */
static bool may_be_taught(const struct intent *i, const char *text)
{
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct teaching t = { tongues, tongues_of(tongues, i), i->deps.settings->device_area };

    return strlen(text) <= LEARNT_NAME_MAX && teach_name(&t, text, NULL) == 0;
}

/* What nothing fitted, as it was probably meant, the box's own language first. Codes as near_find(). */
static int mend(cJSON **ret, size_t *in, struct intent *i, const char *text, const cJSON *last,
                bool all)
{
    const size_t languages = all ? i->languages_n : 1;
    const unsigned least = least_lacking(i, text, languages);
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct opposites opposites = { tongues, tongues_of(tongues, i) };
    int r = -ENOENT;

    for (size_t k = 0; k < languages && r == -ENOENT; k++)
        if (lacking(i, k, text) <= least) {
            const struct near_query q = { i->languages[k].tongue, &opposites, i->deps.settings->device_area, last };

            r = near_find(ret, &q, text);
            *in = k;
        }
    return r;
}

/* Mended, or with what it lacks in the box's own language. Codes as meaning_find(). */
static int forgive(cJSON **ret, size_t *in, struct intent *i, const char *text, const cJSON *last,
                   bool all)
{
    const struct tongue *own = i->languages[0].tongue;
    cJSON *found = NULL, *lacks;
    int r = mend(&found, in, i, text, last, all);

    if (r == 0 || r == -ENOTUNIQ) {
        json_free(*ret);
        *ret = found;
        return r;
    }
    *in = 0;
    lacks = own && r != -ENOMEM ? near_lacks(own, text, i->deps.settings->device_area) : NULL;
    if (lacks && !may_be_taught(i, json_str(lacks, "text", "")))
        lacks = json_free(lacks);
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

static void understand_msg(struct msg *answer, struct intent *i, const struct msg *m)
{
    const char *said = m->text ? m->text : "", *means = learnt_means(&i->learnt, said);
    const char *text = means ? means : said;
    const bool all = !endpoint_hears(m->endpoint);
    size_t in;

    answer->code = understand(&answer->json, &in, i, text, m->json, all, NULL);
    if (answer->json && !is_settled(answer->code, answer->json))
        answer->code = forgive(&answer->json, &in, i, text, m->json, all);
    answer->text = strdup(said);
    if (answer->code == 0 && (!answer->text || !must(answer->json != NULL)))
        answer->code = -ENOMEM;
}

static void on_understand(const struct msg *m, void *user)
{
    AUTO(msg_freep) struct msg *answer = msg_new(MSG_INTENT, m->session);
    struct intent *i = user;

    if (answer) {
        answer->origin = m->origin;
        answer->endpoint = m->endpoint;
        understand_msg(answer, i, m);
    }
    bus_post(i->deps.bus, STEAL(answer));
}

/* ---- teaching ------------------------------------------------------------------------------ */

static size_t tongues_of(const struct tongue *ret[TONGUES_MAX + 1], const struct intent *i)
{
    size_t n = 0;

    for (size_t k = 0; k < i->languages_n; k++)
        if (i->languages[k].tongue)
            ret[n++] = i->languages[k].tongue;
    must(n <= TONGUES_MAX + 1);
    return n;
}

/* Adds or forgets what the message says; nothing where it only asks. */
static int learn(struct intent *i, const cJSON *wish, struct err *e)
{
    const cJSON *add = cJSON_GetObjectItemCaseSensitive(wish, "add");
    const char *forget = json_str(wish, "forget", NULL), *text = json_str(add, "text", "");
    const char *device = json_str(add, "device", NULL), *means = json_str(add, "means", NULL);
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct teaching t = { tongues, tongues_of(tongues, i), i->deps.settings->device_area };
    int r = 0;

    if ((forget || add) && i->unread.code < 0)
        return err_set(e, i->unread.code, "%.300s; mend the file or take it away, then start jarvisd again",
                       err_text(&i->unread));
    if (forget)
        return learnt_forget(&i->learnt, forget, e);
    if (!add)
        return 0;
    if (device)
        r = teach_device(&t, text, device, e);
    else if (means)
        r = teach_sentence(&t, text, means, e);
    return r < 0 ? r : learnt_add(&i->learnt, text, device, means,
                                  clock_wall_usec(loop_clock(i->deps.loop)) / 1000, e);
}

static void learn_answer(struct intent *i, const struct origin *to, int code, const char *words)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_ANSWER, 0);

    if (to->kind == ORIGIN_NONE)
        return; /* a turn of ours: nobody waits */
    if (m) {
        m->origin = *to;
        m->code = code;
        m->text = strdup(words);
        m->json = code < 0 ? NULL : cJSON_CreateObject();
        if (code == 0 && !(i->learnt.list ? json_put_copy(m->json, "learnt", i->learnt.list)
                                          : cJSON_AddArrayToObject(m->json, "learnt") != NULL))
            m->code = -ENOMEM;
    }
    bus_post(i->deps.bus, STEAL(m));
}

struct keep { /* the list on its way to the disk; owned by the slow worker */
    struct intent *intent; /* NULL: it has gone */
    struct keep *next;     /* of intent->keeps */
    char *text;            /* owned */
    char path[PATHS_BYTES];
    struct origin to;
};

static int keep_run(void *user, struct err *e)
{
    const struct keep *k = user;

    return file_write(k->path, k->text, strlen(k->text), 0640, e);
}

static void keep_done(int code, const char *words, void *user)
{
    struct keep *k = user;
    struct intent *i = k->intent;
    AUTO_STR told = STR_INIT;

    if (i) {
        struct keep **at = &i->keeps;

        while (*at != k && must(*at))
            at = &(*at)->next;
        *at = k->next;
        if (code < 0)
            str_addf(&told, "it is known until Jarvis ends, but could not be kept: %s", words);
        notice_tell(i, &i->taught, code, code < 0 ? str_text(&told) : NULL);
        learn_answer(i, &k->to, code, str_text(&told));
    }
    free(k->text);
    free(k);
}

/* The whole list, written by the slow worker, or at once where there is none. */
static void keep_learnt(struct intent *i, const struct origin *to)
{
    struct keep *k = calloc(1, sizeof(*k));
    struct slow_job job = { .what = "taught names", .run = keep_run, .done = keep_done, .job = k,
                            .must = true };
    struct err e = ERR_INIT;
    int r;

    if (!k || !(k->text = json_text(i->learnt.list))) {
        free(k);
        learn_answer(i, to, -ENOMEM, "out of memory");
        return;
    }
    k->intent = i;
    k->to = *to;
    str_copy(k->path, sizeof(k->path), i->learnt_path);
    k->next = i->keeps;
    i->keeps = k;
    job.bytes = sizeof(*k) + strlen(k->text);
    if (!i->deps.slow) {
        r = keep_run(k, &e);
        keep_done(r, r < 0 ? err_text(&e) : "", k);
    } else if ((r = slow_post(i->deps.slow, &job, &e)) < 0) {
        keep_done(r, err_text(&e), k);
    }
}

static void on_learn(const struct msg *m, void *user)
{
    struct intent *i = user;
    struct err e = ERR_INIT;
    const bool changes = cJSON_HasObjectItem(m->json, "add") || cJSON_HasObjectItem(m->json, "forget");
    const int r = learn(i, m->json, &e);

    if (r < 0 || !changes) {
        learn_answer(i, &m->origin, r, r < 0 ? err_text(&e) : "");
        return;
    }
    build_plan(i);
    keep_learnt(i, &m->origin);
}

/* Read once, when Jarvis starts. */
static void learnt_open(struct intent *i)
{
    struct err e = ERR_INIT;
    AUTO_STR told = STR_INIT;
    int r = paths_join(i->learnt_path, sizeof(i->learnt_path), i->deps.paths->state, "learnt.json", &e);

    if (r == 0)
        r = learnt_read(&i->learnt, i->learnt_path, &e);
    if (r == 0 && i->learnt.left_out > 0)
        r = err_set(&e, -EINVAL, "%s: %u entries make no sense and are left out", i->learnt_path,
                    i->learnt.left_out);
    i->unread = e;
    i->unread.code = r;
    notice_tell(i, &i->taught, r, r < 0 ? err_text(&e) : NULL);
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
    i->taught = (struct notice){ .part = part_learnt, .well = "they are kept" };
    r = loop_timer_new(&i->timer, d->loop, on_build_due, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_DEVICES, on_devices, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_UNDERSTAND, on_understand, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_SETTINGS, on_settings, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_LEARN, on_learn, i, e);
    if (r < 0)
        return r;
    learnt_open(i);
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
        for (struct keep *k = i->keeps; k; k = k->next)
            k->intent = NULL;
        learnt_done(&i->learnt);
        free(i->taught.text);
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
