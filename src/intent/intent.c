/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.c - the bus side: devices and settings in, intents and grammars out. */
#include "intent/intent.h"

#include "base/must.h"
#include "base/file.h"
#include "core/deadlines.h"
#include "intent/hold.h"
#include "intent/languages.h"
#include "intent/learnt.h"
#include "intent/meaning.h"
#include "intent/near.h"
#include "intent/several.h"
#include "intent/teach.h"

#include <string.h>

enum { KEEP_AGAIN_MS = 10 * 1000 };

struct intent {
    struct intent_deps deps;
    struct languages languages;
    struct hold hold;              /* who waits until they are made */
    struct loop_timer *hold_timer; /* owned */
    /* monotonic: until when anybody may wait */
    int64_t hold_usec;  /* for what is being made; 0: nothing is */
    int64_t stale_usec; /* for names that the own language does not know yet; 0: it knows them */
    struct learnt learnt;          /* what people taught */
    struct err unread;             /* why not all of the file is in it: nothing writes over it */
    struct keep *keeps; /* borrowed: on their way to the disk */
    struct loop_timer *keep_timer; /* owned; set while the disk has not taken the list */
    char learnt_path[PATHS_BYTES];
    struct notice taught;
};

/* ---- readiness ---------------------------------------------------------------------------- */

static int64_t now_usec(const struct intent *i)
{
    return clock_mono_usec(loop_clock(i->deps.loop));
}

/* The next end of a window that is open. */
static void window_timer(struct intent *i)
{
    const int64_t a = i->hold_usec, b = i->stale_usec, now = now_usec(i);

    if (a > now && (b <= now || a <= b))
        loop_timer_set(i->hold_timer, a);
    else if (b > now)
        loop_timer_set(i->hold_timer, b);
    else
        loop_timer_clear(i->hold_timer);
}

/* Who comes while something is being made may wait: a while, from its beginning on, or from when
 * names moved. A disk that hangs, or changes that never end, let nobody wait for longer. */
static void window_open(struct intent *i)
{
    const int64_t until = now_usec(i) + DEADLINE_READY_MS * INT64_C(1000);

    if (!i->hold_usec && languages_is_due(&i->languages, true))
        i->hold_usec = until;
    if (!i->stale_usec && languages_is_stale(&i->languages, false))
        i->stale_usec = until;
    window_timer(i);
}

static bool window_is_open(const struct intent *i)
{
    return i->hold_usec > now_usec(i);
}

static void held_again(struct intent *i, const struct held *one);

/* Once each of those that wait now; it may have to wait on. */
static void window_try(struct intent *i)
{
    struct held one;

    for (size_t n = i->hold.n; n > 0 && hold_take(&i->hold, &one); n--) {
        held_again(i, &one);
        msg_free(one.m);
    }
}

static void on_window_end(void *user)
{
    window_try(user);
    window_timer(user);
}

static void on_made(void *user)
{
    struct intent *i = user;

    if (!languages_is_due(&i->languages, true))
        i->hold_usec = 0;
    if (!languages_is_stale(&i->languages, false))
        i->stale_usec = 0;
    window_timer(i);
    window_try(i);
}

void intent_when_made(struct intent *i, hold_fn fn, void *user)
{
    if (!languages_is_due(&i->languages, true))
        fn(0, user);
    else if (!window_is_open(i) || !hold_call(&i->hold, fn, user))
        fn(-EAGAIN, user);
}

void intent_reload(struct intent *i)
{
    languages_reload(&i->languages);
    window_open(i);
}

/* ---- understanding ------------------------------------------------------------------------ */

static bool is_settled(int r, const cJSON *found)
{
    return r != -ENOENT || (found && (cJSON_GetObjectItemCaseSensitive(found, "refused") ||
                                        cJSON_GetObjectItemCaseSensitive(found, "part")));
}

/* Another language than the box's own; NULL: it is not there, or a name in it may mean another
 * device. */
static const struct tongue *other_tongue(const struct intent *i, size_t k)
{
    must(k > 0 && k < i->languages.n);
    return i->languages.list[k].is_stale ? NULL : i->languages.list[k].tongue;
}

/* *ret and codes as meaning_find(); *in: the language that it was understood in. */
static int understand(cJSON **ret, size_t *in, struct intent *i, const char *text,
                      const cJSON *last, bool all, struct err *e)
{
    const char *room = i->deps.settings->device_area;
    const struct tongue *own = i->languages.list[0].tongue;
    int r = own ? several_try(ret, own, text, room, last) : -ENOENT;

    must(i->languages.n > 0);
    *in = 0;
    for (size_t k = 1; all && k < i->languages.n && !is_settled(r, *ret); k++) {
        cJSON *other = NULL;
        const struct tongue *t = other_tongue(i, k);
        int code = t ? several_try(&other, t, text, room, last) : -ENOENT;

        if (code == 0 || code == -ENOTUNIQ) {
            json_free(*ret);
            *ret = STEAL(other);
            *in = k;
            return code;
        }
        json_free(other);
    }
    if (!own)
        return err_set(e, -ENOENT, "no sentences are loaded for the language '%s'",
                       i->languages.list[0].name);
    return r == -ENOENT ? several_hint(ret, own, text, room, e) : r;
}

/* How many words a language lacks of the text. */
static unsigned lacking(const struct intent *i, size_t k, const char *text)
{
    const struct tongue *t = i->languages.list[k].tongue;

    return t ? near_unknown(t, text) : NEAR_UNKNOWN_MAX + 1;
}

/* The fewest that any language lacks: mistakes are mended in those that lack no more. */
static unsigned least_lacking(const struct intent *i, const char *text, size_t languages)
{
    unsigned least = NEAR_UNKNOWN_MAX;

    must(languages <= i->languages.n);
    for (size_t k = 0; k < languages; k++) {
        const unsigned n = lacking(i, k, text);

        least = n < least ? n : least;
    }
    return least;
}

/* Whether the words could become a name. */
static bool may_be_taught(const struct intent *i, const char *text)
{
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct teaching t = { tongues, languages_tongues(tongues, &i->languages),
                                i->deps.settings->device_area };

    return strlen(text) <= LEARNT_NAME_MAX && teach_name(&t, text, NULL) == 0;
}

/* What nothing fitted, as it was probably meant, the box's own language first. Codes as
 * near_find(). */
static int mend(cJSON **ret, size_t *in, struct intent *i, const char *text, const cJSON *last,
                bool all)
{
    const size_t languages = all ? i->languages.n : 1;
    const unsigned least = least_lacking(i, text, languages);
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct opposites opposites = { tongues, languages_tongues(tongues, &i->languages) };
    int r = -ENOENT;

    for (size_t k = 0; k < languages && r == -ENOENT; k++)
        if (lacking(i, k, text) <= least) {
            const struct near_query q = { i->languages.list[k].tongue, &opposites,
                                          i->deps.settings->device_area, last };

            r = near_find(ret, &q, text);
            *in = k;
        }
    return r;
}

/* What a name is missing for, in the language that knows the most of the words; NULL: in none. */
static cJSON *lacks_of(size_t *in, const struct intent *i, const char *text, bool all)
{
    const size_t languages = all ? i->languages.n : 1;
    const unsigned least = least_lacking(i, text, languages);
    cJSON *lacks = NULL;

    for (size_t k = 0; k < languages && !lacks; k++) {
        if (lacking(i, k, text) > least)
            continue;
        lacks = near_lacks(i->languages.list[k].tongue, text, i->deps.settings->device_area);
        if (lacks && !may_be_taught(i, json_str(lacks, "text", "")))
            lacks = json_free(lacks);
        *in = lacks ? k : *in;
    }
    return lacks;
}

/* Mended, or with what it lacks. Codes as meaning_find(). */
static int forgive(cJSON **ret, size_t *in, struct intent *i, const char *text, const cJSON *last,
                   bool all)
{
    cJSON *found = NULL, *lacks;
    int r = mend(&found, in, i, text, last, all);

    if (r == 0 || r == -ENOTUNIQ) {
        json_free(*ret);
        *ret = found;
        return r;
    }
    *in = 0;
    lacks = r != -ENOMEM ? lacks_of(in, i, text, all) : NULL;
    return lacks && !json_put(*ret, "lacks", lacks) ? -ENOMEM : r;
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
    if (!i->languages.list[in].tongue)
        return err_set(e, -ENOENT, "no sentences are loaded for the language '%s'",
                       i->languages.list[in].name);
    return meaning_explain(ret, i->languages.list[in].tongue, text, i->deps.settings->device_area,
                           e);
}

static bool is_refused(const cJSON *found)
{
    return cJSON_GetObjectItemCaseSensitive(found, "refused") != NULL;
}

/* -EAGAIN: it is not understood, and `may_wait` for a language that is being made, or must for one
 * in which names have moved. */
static int understand_msg(struct msg *answer, struct intent *i, const struct msg *m, bool may_wait)
{
    const char *said = m->text ? m->text : "", *means = learnt_means(&i->learnt, said);
    const char *text = means ? means : said;
    const bool all = !endpoint_hears(m->endpoint);
    size_t in;

    answer->code = understand(&answer->json, &in, i, text, m->json, all, NULL);
    if (answer->code == -ENOENT && !is_refused(answer->json) &&
        ((may_wait && languages_is_due(&i->languages, all)) ||
         languages_is_stale(&i->languages, all)))
        return -EAGAIN;
    if (answer->json && !is_settled(answer->code, answer->json))
        answer->code = forgive(&answer->json, &in, i, text, m->json, all);
    answer->text = strdup(said);
    if (answer->code == 0 && (!answer->text || !must(answer->json != NULL)))
        answer->code = -ENOMEM;
    return 0;
}

static void answer_not_ready(struct msg *answer)
{
    answer->json = json_free(answer->json);
    answer->code = -EAGAIN;
    free(answer->text);
    answer->text = strdup("the sentences are being read");
}

/* A sentence in which a name may mean something else by now waits, and so does one that is not
 * understood while a language is being made; the old sentences answer the rest. After a while they
 * answer all that they can, but nothing while a name in it may reach the device that bore it
 * before. */
static void heard_take(struct intent *i, const struct msg *m)
{
    AUTO(msg_freep) struct msg *answer = NULL;
    const bool must_wait = !languages_know_house(&i->languages) ||
                           languages_is_stale(&i->languages, false);
    const bool may_wait = window_is_open(i) || (must_wait && i->stale_usec > now_usec(i));

    if (must_wait && may_wait && hold_message(&i->hold, m))
        return;
    answer = msg_new(MSG_INTENT, m->session);
    if (answer) {
        answer->origin = m->origin;
        answer->endpoint = m->endpoint;
        if (must_wait || understand_msg(answer, i, m, may_wait) == -EAGAIN) {
            if (!must_wait && may_wait && hold_message(&i->hold, m))
                return;
            answer_not_ready(answer);
        }
    }
    bus_post(i->deps.bus, STEAL(answer));
}

static void on_understand(const struct msg *m, void *user)
{
    heard_take(user, m);
}

/* ---- teaching ------------------------------------------------------------------------------ */

/* Adds or forgets what the message says; nothing where it only asks. */
static int learn(struct intent *i, const cJSON *wish, struct err *e)
{
    const cJSON *add = cJSON_GetObjectItemCaseSensitive(wish, "add");
    const char *forget = json_str(wish, "forget", NULL), *text = json_str(add, "text", "");
    const char *device = json_str(add, "device", NULL), *means = json_str(add, "means", NULL);
    const struct tongue *tongues[TONGUES_MAX + 1];
    const struct teaching t = { tongues, languages_tongues(tongues, &i->languages),
                                i->deps.settings->device_area };
    int r = 0;

    if ((forget || add) && i->unread.code < 0)
        return err_set(e, i->unread.code,
                       "%.300s; mend the file or take it away, then start jarvisd again",
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
            str_addf(&told, "it is known, but could not be kept so far: %s", words);
        notice_tell(&i->taught, i->deps.bus, code, code < 0 ? str_text(&told) : NULL);
        if (code < 0)
            loop_timer_after_ms(i->keep_timer, KEEP_AGAIN_MS);
        else
            loop_timer_clear(i->keep_timer); /* the whole list is there */
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

/* There may be room by now. */
static void on_keep_again(void *user)
{
    const struct origin nobody = { .kind = ORIGIN_NONE };

    keep_learnt(user, &nobody);
}

/* What would be taught is held against the names and sentences of every language: not while one is
 * being made. */
static void learn_take(struct intent *i, const struct msg *m)
{
    struct err e = ERR_INIT;
    const bool adds = cJSON_HasObjectItem(m->json, "add");
    const bool forgets = cJSON_HasObjectItem(m->json, "forget");
    const bool is_early = adds && languages_is_due(&i->languages, true);
    int r;

    if (is_early && window_is_open(i) && hold_message(&i->hold, m))
        return;
    r = is_early ? err_set(&e, -EAGAIN, "the names are being read; try again in a moment")
                 : learn(i, m->json, &e);
    if (r < 0 || (!adds && !forgets)) {
        learn_answer(i, &m->origin, r, r < 0 ? err_text(&e) : "");
        return;
    }
    if (forgets) /* what is forgotten does nothing any more */
        languages_stale(&i->languages);
    languages_plan(&i->languages);
    window_open(i);
    keep_learnt(i, &m->origin);
}

static void on_learn(const struct msg *m, void *user)
{
    learn_take(user, m);
}

static void held_again(struct intent *i, const struct held *one)
{
    if (one->fn)
        intent_when_made(i, one->fn, one->user);
    else if (one->m->type == MSG_LEARN)
        learn_take(i, one->m);
    else
        heard_take(i, one->m);
}

/* Read once, when Jarvis starts. */
static void learnt_open(struct intent *i)
{
    struct err e = ERR_INIT;
    AUTO_STR told = STR_INIT;
    int r = paths_join(i->learnt_path, sizeof(i->learnt_path), i->deps.paths->state, "learnt.json",
                       &e);

    if (r == 0)
        r = learnt_read(&i->learnt, i->learnt_path, &e);
    if (r == 0 && i->learnt.left_out > 0)
        r = err_set(&e, -EINVAL, "%s: %u entries make no sense and are left out", i->learnt_path,
                    i->learnt.left_out);
    i->unread = e;
    i->unread.code = r;
    notice_tell(&i->taught, i->deps.bus, r, r < 0 ? err_text(&e) : NULL);
}

/* ---- devices and settings ----------------------------------------------------------------- */

static void on_devices(const struct msg *m, void *user)
{
    struct intent *i = user;

    languages_set_devices(&i->languages, m->json);
    window_open(i);
}

static void on_settings(const struct msg *m, void *user)
{
    struct intent *i = user;

    if (m->text && (strcmp(m->text, "language") == 0 ||
                    strcmp(m->text, engines_settings[MANIFEST_COMMANDS]) == 0))
        intent_reload(i);
    else if (m->text && strcmp(m->text, "device.area") == 0)
        languages_plan(&i->languages);
    window_open(i);
}

/* ---- life --------------------------------------------------------------------------------- */

static int intent_listen(struct intent *i, struct err *e)
{
    static const struct {
        enum msg_type type;
        bus_fn fn;
    } rows[] = {
        { MSG_DEVICES, on_devices },
        { MSG_UNDERSTAND, on_understand },
        { MSG_SETTINGS, on_settings },
        { MSG_LEARN, on_learn },
    };
    int r = 0;

    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]) && r >= 0; k++)
        r = bus_on(i->deps.bus, rows[k].type, rows[k].fn, i, e);
    return r;
}

int intent_new(struct intent **ret, const struct intent_deps *d, struct err *e)
{
    AUTO(intent_freep) struct intent *i = calloc(1, sizeof(*i));
    int r;

    if (!i)
        return err_set(e, -ENOMEM, "intent: out of memory");
    i->deps = *d;
    i->taught = (struct notice){ .part = "taught names", .well = "they are kept" };
    i->languages = (struct languages){
        .deps = *d, .learnt = &i->learnt, .made = on_made, .user = i
    };
    r = loop_timer_new(&i->hold_timer, d->loop, on_window_end, i, e);
    if (r >= 0)
        r = loop_timer_new(&i->keep_timer, d->loop, on_keep_again, i, e);
    if (r >= 0)
        r = intent_listen(i, e);
    if (r < 0)
        return r;
    learnt_open(i);
    r = languages_init(&i->languages, e);
    if (r < 0)
        return r;
    window_open(i);
    *ret = STEAL(i);
    return 0;
}

struct intent *intent_free(struct intent *i)
{
    if (i) {
        for (struct keep *k = i->keeps; k; k = k->next)
            k->intent = NULL;
        bus_off(i->deps.bus, i);
        languages_done(&i->languages);
        hold_done(&i->hold);
        loop_timer_free(i->hold_timer);
        loop_timer_free(i->keep_timer);
        learnt_done(&i->learnt);
        free(i->taught.text);
        free(i);
    }
    return NULL;
}
