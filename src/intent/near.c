/* SPDX-License-Identifier: Apache-2.0 */
/* intent/near.c - typing and hearing mistakes, and names said in part. */
#include "intent/near.h"

#include "base/must.h"
#include "core/house.h"
#include "core/intents.h"
#include "intent/near_text.h"
#include "intent/pick.h"
#include "intent/several.h"

#include <string.h>

enum { FOUND_MAX = 3, CHANGES_MAX = 8, CANDIDATES_MAX = 6 };

/* One way to mend words from..to. */
struct change {
    size_t from, to;
    const struct vocab_word *word, *second; /* second: it was two words */
    unsigned edits;
    bool is_doubtful; /* the opposite is nearly as near */
};

struct meant { /* what a mended text means */
    cJSON *found;  /* owned */
    struct str text, key;
    bool is_doubtful;
};

struct near {
    const struct tongue *t;
    const struct near_query *q;
    struct near_text text;
    struct change changes[NEAR_UNKNOWN_MAX][CHANGES_MAX];
    size_t changes_n[NEAR_UNKNOWN_MAX];
    struct meant meant[FOUND_MAX];
    size_t meant_n;
    unsigned tries;
    bool many; /* more meanings than can be asked about */
};

static const struct intent_def *def_of(const cJSON *intent)
{
    return intents_find(json_str(intent, "intent", ""));
}

static const cJSON *name_of(const cJSON *intent)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(intent, "slots"), "name");
}

static const struct named *device_by_id(const struct tongue *t, const char *id)
{
    const struct named *d = t->names ? t->names->devices : NULL;

    while (d && (!id || strcmp(d->id, id) != 0))
        d = d->next;
    return d;
}

/* ---- what it means ---------------------------------------------------------------------------- */

/* Intent and values, whatever the words were. */
static void key_write(struct str *out, const cJSON *found)
{
    const cJSON *slot, *one;

    str_addf(out, "%s", json_str(found, "intent", ""));
    cJSON_ArrayForEach(slot, cJSON_GetObjectItemCaseSensitive(found, "slots"))
    {
        AUTO_FREE char *value = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(slot, "value"));

        str_addf(out, " %s=%s", slot->string, value ? value : "?");
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "candidates"))
        str_addf(out, " or %s", cJSON_IsString(one) ? one->valuestring : "");
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "commands"))
    {
        str_add_char(out, ';');
        key_write(out, one);
    }
}

/* Takes `found`. */
static void meant_keep(struct near *n, cJSON *found, const char *text, bool is_doubtful)
{
    struct meant m = { .found = found, .text = STR_INIT, .key = STR_INIT, .is_doubtful = is_doubtful };

    key_write(&m.key, found);
    str_add(&m.text, text);
    for (size_t i = 0; i < n->meant_n; i++)
        if (strcmp(str_text(&n->meant[i].key), str_text(&m.key)) == 0) {
            n->meant[i].is_doubtful &= is_doubtful;
            cJSON_Delete(found);
            str_done(&m.key);
            str_done(&m.text);
            return;
        }
    if (n->meant_n < FOUND_MAX) {
        n->meant[n->meant_n++] = m;
        return;
    }
    n->many = true;
    cJSON_Delete(found);
    str_done(&m.key);
    str_done(&m.text);
}

/* "Yess" opens no garage: an answer is said plainly or not at all. */
static bool is_taken(const cJSON *found)
{
    const struct intent_def *def = def_of(found);

    return cJSON_HasObjectItem(found, "commands") || (def && def->shape != SHAPE_YES);
}

/* Whether the text is understood, and no longer tries than are left. */
static bool try_text(struct near *n, const char *text, bool is_doubtful)
{
    cJSON *found = NULL;
    int r;

    if (n->tries >= NEAR_TRIES_MAX)
        return false;
    n->tries++;
    r = several_find(&found, n->t, text, n->q->room, n->q->last, NULL);
    if ((r != 0 && r != -ENOTUNIQ) || !is_taken(found)) {
        cJSON_Delete(found);
        return false;
    }
    meant_keep(n, found, text, is_doubtful);
    return true;
}

/* ---- words that are none ---------------------------------------------------------------------- */

static void change_add(struct near *n, size_t u, struct change c)
{
    if (n->changes_n[u] == CHANGES_MAX)
        return;
    must(c.word && c.from < c.to && c.to <= n->text.n);
    n->changes[u][n->changes_n[u]++] = c;
}

/* A number that is wrong by a letter is another number. */
static bool counts(const struct near *n, const struct vocab_word *w)
{
    struct number_end ends[NUMBERS_ENDS_MAX];

    return numbers_match(n->t->catalog->numbers, w->fold, w->len, 0, false, ends) > 0;
}

static void change_nearest(struct near *n, size_t u, size_t i)
{
    const struct near_word *w = &n->text.at[i];
    struct vocab_near near[VOCAB_NEAR_MAX];
    const uint32_t *said = &n->text.s.fold[w->from];
    const size_t count = vocab_nearest(near, n->t->vocab, said, w->to - w->from);

    for (size_t k = 0; k < count; k++)
        if (!counts(n, near[k].word))
            change_add(n, u,
                       (struct change){ i, i + 1, near[k].word, NULL, near[k].edits,
                                        !opposites_allow(n->q->opposites, said, w->to - w->from, &near[k]) });
}

/* "bed side", of which one is no word, for "bedside". */
static void change_joined(struct near *n, size_t u, size_t i)
{
    uint32_t cp[VOCAB_WORD_MAX];
    const struct near_word *a = &n->text.at[i], *b = a + 1;
    const size_t first = a->to - a->from, second = i + 1 < n->text.n ? b->to - b->from : 0;
    const struct vocab_word *w;

    if (i + 1 >= n->text.n || first + second > VOCAB_WORD_MAX)
        return;
    memcpy(cp, &n->text.s.fold[a->from], first * sizeof(cp[0]));
    memcpy(cp + first, &n->text.s.fold[b->from], second * sizeof(cp[0]));
    w = vocab_find(n->t->vocab, cp, first + second);
    if (w)
        change_add(n, u, (struct change){ i, i + 2, w, NULL, 1,
                                          opposites_has(n->q->opposites, cp, first + second) });
}

/* "bedsidelamp" for two words. */
static void change_parted(struct near *n, size_t u, size_t i)
{
    enum { SHORTEST = 3 };
    const struct near_word *w = &n->text.at[i];
    const uint32_t *cp = &n->text.s.fold[w->from];
    const size_t len = w->to - w->from;

    for (size_t at = SHORTEST; at + SHORTEST <= len; at++) {
        const struct vocab_word *a = vocab_find(n->t->vocab, cp, at);
        const struct vocab_word *b = a ? vocab_find(n->t->vocab, cp + at, len - at) : NULL;

        if (b && (a->is_name || b->is_name))
            change_add(n, u, (struct change){ i, i + 1, a, b, 1, false });
    }
}

/* The text with one or two changes; false: they touch each other. */
static bool mend(struct str *out, const struct near *n, const struct change *a, const struct change *b)
{
    if (b && a->from > b->from) {
        const struct change *swap = a;

        a = b;
        b = swap;
    }
    if (b && a->to > b->from)
        return false;
    near_text_copy(out, &n->text, 0, a->from);
    near_text_word(out, a->word, a->second);
    near_text_copy(out, &n->text, a->to, b ? b->from : n->text.n);
    if (b) {
        near_text_word(out, b->word, b->second);
        near_text_copy(out, &n->text, b->to, n->text.n);
    }
    return !out->failed;
}

/* A joined pair may hold both words that are none. */
static bool covers_both(const struct near *n, const struct change *c)
{
    return n->text.unknown_n < 2 || (c->from <= n->text.unknown[0] && c->to > n->text.unknown[1]);
}

/* Two words that are no names: it may be another language's sentence ("ferme ... quoi"). */
static bool is_doubtful(const struct change *a, const struct change *b)
{
    return a->is_doubtful || (b && (b->is_doubtful || (!a->word->is_name && !b->word->is_name)));
}

static void try_changes(struct near *n, unsigned edits)
{
    const size_t first = n->changes_n[0], second = n->text.unknown_n > 1 ? n->changes_n[1] : 0;

    for (size_t i = 0; i < first; i++) {
        const struct change *a = &n->changes[0][i];

        for (size_t k = 0; k < second || (k == 0 && covers_both(n, a)); k++) {
            const struct change *b = covers_both(n, a) ? NULL : &n->changes[1][k];
            AUTO_STR text = STR_INIT;

            if (a->edits + (b ? b->edits : 0) == edits && mend(&text, n, a, b))
                (void)try_text(n, str_text(&text), is_doubtful(a, b));
            if (!b)
                break;
        }
    }
}

static void mend_words(struct near *n)
{
    for (size_t u = 0; u < n->text.unknown_n; u++) {
        const size_t i = n->text.unknown[u];

        change_nearest(n, u, i);
        change_joined(n, u, i);
        if (i > 0 && !(u > 0 && n->text.unknown[u - 1] == i - 1))
            change_joined(n, u, i - 1);
        change_parted(n, u, i);
    }
    for (unsigned edits = 1; edits <= 4 && n->meant_n == 0; edits++)
        try_changes(n, edits);
}

/* ---- a part of a name ------------------------------------------------------------------------- */

/* A run of words that stand in names. */
static bool run_of(const struct near *n, size_t *from, size_t *to)
{
    while (*from < n->text.n && !n->text.at[*from].is_name)
        ++*from;
    *to = *from;
    while (*to < n->text.n && n->text.at[*to].is_name)
        ++*to;
    return *to > *from;
}

/* Takes what was found for the device, if it means it. */
static bool means_device(const cJSON *found, const struct named *d)
{
    const char *id = json_str(name_of(found), "value", NULL);

    return id && strcmp(id, d->id) == 0;
}

static bool is_listed(const struct named *const *list, size_t n, const struct named *d)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == d)
            return true;
    return false;
}

/* How many devices hold the words of the run; the first CANDIDATES_MAX of them. */
static size_t holders(const struct named *ret[CANDIDATES_MAX], const struct near *n, size_t from,
                      size_t to)
{
    size_t count = 0;

    for (const struct value *v = n->t->names->name.values; v; v = v->next) {
        if (v->in->kind != NODE_TEXT || !v->named ||
            !near_text_in_name(&n->text, from, to, v->in->cp, v->in->len) ||
            is_listed(ret, count < CANDIDATES_MAX ? count : CANDIDATES_MAX, v->named))
            continue;
        if (count++ < CANDIDATES_MAX)
            ret[count - 1] = v->named;
    }
    return count;
}

static void complete_run(struct near *n, size_t from, size_t to)
{
    const struct named *list[CANDIDATES_MAX];
    const size_t count = holders(list, n, from, to);

    for (size_t i = 0; i < count && count <= CANDIDATES_MAX && n->tries < NEAR_TRIES_MAX; i++) {
        AUTO_STR text = STR_INIT;
        cJSON *found = NULL;

        near_text_copy(&text, &n->text, 0, from);
        near_text_add(&text, list[i]->name);
        near_text_copy(&text, &n->text, to, n->text.n);
        n->tries++;
        if (!text.failed && meaning_try(&found, n->t, str_text(&text), n->q->room) == 0 &&
            means_device(found, list[i]))
            meant_keep(n, STEAL(found), str_text(&text), true);
        cJSON_Delete(found);
    }
}

static void complete_names(struct near *n)
{
    size_t from = 0, to;

    while (n->t->names && run_of(n, &from, &to)) {
        if (near_text_is_worth(&n->text, from, to))
            complete_run(n, from, to);
        from = to;
    }
}

/* ---- the answer --------------------------------------------------------------------------------- */

static bool is_guarded(const struct tongue *t, const cJSON *found)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(found, "slots");
    const struct named *d = device_by_id(t, json_str(name_of(found), "value", NULL));
    enum device_class class = CLASS_NONE;

    if (!d)
        return cJSON_HasObjectItem(slots, "single") || cJSON_HasObjectItem(found, "candidates");
    if (d->device_class && device_class_parse(&class, d->device_class) < 0)
        return true; /* of no class that is known to be harmless */
    return device_is_guarded(d->kind, class);
}

static bool acts(const cJSON *found)
{
    const struct intent_def *def = def_of(found);

    return cJSON_HasObjectItem(found, "commands") || (def && def->risk == RISK_ACTS);
}

/* A lamp or a scene by half its name is no great thing. */
static bool is_harmless(const struct tongue *t, const cJSON *found)
{
    const struct named *d = device_by_id(t, json_str(name_of(found), "value", NULL));

    return d && (d->kind == KIND_LIGHT || d->kind == KIND_SCENE);
}

static bool wants_question(const struct near *n, const struct meant *m, bool in_part)
{
    const cJSON *command;

    if (!acts(m->found))
        return false;
    cJSON_ArrayForEach(command, cJSON_GetObjectItemCaseSensitive(m->found, "commands"))
        if (is_guarded(n->t, command))
            return true;
    if (is_guarded(n->t, m->found))
        return true;
    return in_part ? !is_harmless(n->t, m->found) : m->is_doubtful;
}

/* All of them are the same but for the device: it is asked which. */
static bool only_devices_differ(const struct near *n)
{
    for (size_t i = 0; i < n->meant_n; i++) {
        const cJSON *a = n->meant[0].found, *b = n->meant[i].found;
        const cJSON *slots = cJSON_GetObjectItemCaseSensitive(b, "slots"), *slot;

        if (!json_str(name_of(b), "value", NULL) ||
            strcmp(json_str(a, "intent", ""), json_str(b, "intent", "")) != 0)
            return false;
        cJSON_ArrayForEach(slot, slots)
        {
            const cJSON *other = cJSON_GetObjectItemCaseSensitive(
                cJSON_GetObjectItemCaseSensitive(a, "slots"), slot->string);

            if (strcmp(slot->string, "name") != 0 &&
                !cJSON_Compare(cJSON_GetObjectItemCaseSensitive(slot, "value"),
                               cJSON_GetObjectItemCaseSensitive(other, "value"), true))
                return false;
        }
    }
    return n->meant_n > 1;
}

static int answer_which(cJSON **ret, struct near *n)
{
    AUTO_JSON *j = STEAL(n->meant[0].found);
    cJSON *list = cJSON_AddArrayToObject(j, "candidates");
    bool ok = list && json_push(list, cJSON_Duplicate(
                                          cJSON_GetObjectItemCaseSensitive(name_of(j), "value"), false));

    for (size_t i = 1; ok && i < n->meant_n; i++)
        ok = json_push(list, cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(
                                                 name_of(n->meant[i].found), "value"), false));
    if (!ok)
        return -ENOMEM;
    *ret = STEAL(j);
    return -ENOTUNIQ;
}

static int answer_one(cJSON **ret, struct near *n, bool in_part)
{
    const bool asks = n->meant_n > 1 || wants_question(n, &n->meant[0], in_part);
    const bool leaves_open = cJSON_HasObjectItem(n->meant[0].found, "candidates");
    AUTO_JSON *j = STEAL(n->meant[0].found);
    cJSON *list = NULL;
    bool ok = json_put_text(j, "corrected", str_text(&n->meant[0].text));

    if (asks && leaves_open)
        return -ENOENT; /* two questions in one are none */
    list = cJSON_CreateArray();
    for (size_t i = 0; ok && asks && i < n->meant_n; i++) {
        cJSON *one = cJSON_CreateObject();

        ok = json_push(list, one) && json_put_text(one, "text", str_text(&n->meant[i].text)) &&
             json_put(one, "means", i ? STEAL(n->meant[i].found) : cJSON_Duplicate(j, true));
    }
    if (asks)
        ok = ok && json_put(j, "choices", STEAL(list)) && cJSON_AddTrueToObject(j, "unsure");
    json_free(list);
    if (!ok)
        return -ENOMEM;
    *ret = STEAL(j);
    return leaves_open ? -ENOTUNIQ : 0;
}

static int near_answer(cJSON **ret, struct near *n, bool in_part)
{
    if (n->meant_n == 0 || n->many)
        return -ENOENT;
    if (only_devices_differ(n))
        return answer_which(ret, n);
    return answer_one(ret, n, in_part);
}

static void near_done(struct near *n)
{
    for (size_t i = 0; i < n->meant_n; i++) {
        cJSON_Delete(n->meant[i].found);
        str_done(&n->meant[i].key);
        str_done(&n->meant[i].text);
    }
    free(n);
}

unsigned near_unknown(const struct tongue *t, const char *text)
{
    struct near_text *x = calloc(1, sizeof(*x));
    unsigned n = NEAR_UNKNOWN_MAX + 1;

    if (x && near_text_read(x, t, text))
        n = (unsigned)x->unknown_n;
    free(x);
    return n;
}

int near_find(cJSON **ret, const struct near_query *q, const char *text)
{
    struct near *n = calloc(1, sizeof(*n));
    int r = -ENOENT;

    *ret = NULL;
    if (!n)
        return -ENOMEM;
    n->t = q->t;
    n->q = q;
    if (near_text_read(&n->text, q->t, text)) {
        const bool in_part = n->text.unknown_n == 0;

        if (in_part)
            complete_names(n);
        else
            mend_words(n);
        must(n->tries <= NEAR_TRIES_MAX);
        r = near_answer(ret, n, in_part);
    }
    near_done(n);
    must((r == 0 || r == -ENOTUNIQ) == (*ret != NULL));
    return r;
}
