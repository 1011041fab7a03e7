/* SPDX-License-Identifier: Apache-2.0 */
/* intent/several.c - one text, one command or several. */
#include "intent/several.h"

#include "base/must.h"
#include "core/intents.h"
#include "intent/refer.h"
#include "intent/wordlist.h"

#include <string.h>

struct split { /* a text being cut */
    const struct tongue *t;
    const char *room;
    const cJSON *last; /* what "it" is: of before, then the command before; NULL: nothing */
    struct words words;
    struct gap {
        size_t from, to; /* words of the joint; none for a comma */
    } gaps[SEVERAL_MAX - 1];
    size_t gaps_n;
    unsigned asked;
    cJSON *commands; /* owned */
    struct str donor; /* the sentence before, in full */
    struct str wrong; /* the first part that was not understood */
    size_t waiting[SEVERAL_MAX], waiting_to[SEVERAL_MAX], waiting_n; /* parts that lack the end */
    cJSON *denied;    /* owned; a part that is not to be done; NULL: none */
    bool acts;        /* a part that was understood would do something */
};

static const struct intent_def *def_of(const cJSON *intent)
{
    return intents_find(json_str(intent, "intent", ""));
}

/* One sentence, "it" included. */
static int one_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                    const cJSON *last, unsigned *asked)
{
    if (last && refer_find(ret, t, text, room, last, asked) == 0) {
        (void)cJSON_AddStringToObject(*ret, "text", text);
        return 0;
    }
    ++*asked;
    return meaning_try(ret, t, text, room);
}

/* ---- cutting ------------------------------------------------------------------------------ */

static size_t gap_at(const struct words *w, size_t i, const struct list *joints)
{
    const struct value *which;
    size_t n = 0, one;

    while ((one = words_of_list(w, i + n, joints, &which)) > 0)
        n += one; /* "and then" may be two of them */
    return n;
}

/* Joints between words; none at the ends. */
static void gaps_find(struct split *s, const struct list *joints)
{
    const struct words *w = &s->words;

    for (size_t i = 1; i < w->n; i++) {
        const size_t n = gap_at(w, i, joints);

        if (n == 0 && !w->at[i - 1].comma)
            continue;
        if (i + n >= w->n)
            return;
        if (s->gaps_n == SEVERAL_MAX - 1) {
            s->gaps_n = 0; /* too many: no list of commands */
            return;
        }
        s->gaps[s->gaps_n++] = (struct gap){ i, i + n };
        i += n;
    }
}

static size_t part_from(const struct split *s, size_t i)
{
    return i == 0 ? 0 : s->gaps[i - 1].to;
}

static size_t part_to(const struct split *s, size_t i)
{
    return i == s->gaps_n ? s->words.n : s->gaps[i].from;
}

static void part_text(struct str *out, const struct split *s, size_t from, size_t to)
{
    words_text(out, &s->words, part_from(s, from), part_to(s, to));
}

/* ---- exceptions --------------------------------------------------------------------------- */

/* "all the lights but the hall lamp": a name behind it is rather one more to be left out than a target. */
static bool leaves_out(const cJSON *command)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(command, "slots");

    for (size_t i = 0; i < INTENT_EXCEPTS_N; i++)
        if (cJSON_GetObjectItemCaseSensitive(slots, intents_excepts[i].slot))
            return true;
    return false;
}

static const cJSON *last_of(const struct split *s)
{
    return cJSON_GetArrayItem(s->commands, cJSON_GetArraySize(s->commands) - 1);
}

/* ---- completing --------------------------------------------------------------------------- */

/* Words of the donor before its target, and of the part, that are left out: "turn on the [kitchen
 * light]" + "the hall light". */
static const struct {
    size_t before, first;
} fits[] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 2, 0 }, { 1, 1 } };

static bool same_doing(const cJSON *a, const cJSON *b)
{
    return strcmp(json_str(a, "intent", ""), json_str(b, "intent", "")) == 0;
}

/* Only an article may be left out: a verb that is not known would have meant something else. */
static bool may_leave_out(const struct tongue *t, const struct words *part, size_t first)
{
    const struct value *which;
    const struct list *articles = words_list(t->catalog, "article");

    return first == 0 || words_of_list(part, 0, articles, &which) == first;
}

/* "turn off the the lamp": nobody says so, and asking is dear. */
static bool has_two_articles(const struct tongue *t, const struct words *donor, size_t from,
                             const struct words *part, size_t fit)
{
    const struct list *articles = words_list(t->catalog, "article");
    const struct value *which;

    return fits[fit].before == 0 && fits[fit].first == 0 && from > 0 &&
           words_of_list(donor, from - 1, articles, &which) == 1 &&
           words_of_list(part, 0, articles, &which) > 0;
}

/* The donor's sentence with the part in the place of words from..to. */
static bool compose(struct str *out, const struct words *donor, size_t from, size_t to,
                    const struct words *part, size_t fit)
{
    if (from < fits[fit].before || part->n <= fits[fit].first)
        return false;
    words_text(out, donor, 0, from - fits[fit].before);
    str_addf(out, "%s", out->len ? " " : "");
    words_text(out, part, fits[fit].first, part->n);
    str_addf(out, "%s", to < donor->n ? " " : "");
    words_text(out, donor, to, donor->n);
    return !out->failed;
}

/* Where the donor's sentence names its target. */
static bool target_in(size_t *from, size_t *to, const struct words *donor, const cJSON *command,
                      const char *slot)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(command, "slots");
    const char *text = json_str(cJSON_GetObjectItemCaseSensitive(slots, slot), "text", NULL);

    for (size_t i = 0; text && i < donor->n; i++) {
        struct words said;
        size_t n;

        words_init(&said, text);
        n = said.n;
        if (n > 0 && i + n <= donor->n && words_are(donor, i, text) == n) {
            *from = i;
            *to = i + n;
            return true;
        }
    }
    return false;
}

/* The part with the words of the donor around it. Neither may leave anything out: nobody can tell where a list
 * of what is left out ends. */
static bool complete(cJSON **ret, struct str *full, struct split *s, const char *part,
                     const char *donor, const cJSON *command)
{
    static const char *const slots[] = { "name", "area", "device_class" };
    struct words d, p;
    size_t from, to;

    words_init(&d, donor);
    words_init(&p, part);
    for (size_t k = 0; k < sizeof(slots) / sizeof(slots[0]) && !leaves_out(command); k++) {
        if (!target_in(&from, &to, &d, command, slots[k]))
            continue;
        for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]) && s->asked < SEVERAL_ASKED_MAX;
             i++) {
            AUTO_JSON *found = NULL;
            AUTO_STR before = *full;
            int r;

            *full = STR_INIT;
            if (!may_leave_out(s->t, &p, fits[i].first) || has_two_articles(s->t, &d, from, &p, i) ||
                !compose(full, &d, from, to, &p, i) || strcmp(str_text(full), str_text(&before)) == 0)
                continue; /* the article left out here or there makes the same sentence */
            s->asked++;
            r = meaning_try(&found, s->t, str_text(full), s->room);
            if ((r == 0 || r == -ENOTUNIQ) && same_doing(found, command) && !leaves_out(found)) {
                *ret = STEAL(found);
                return true;
            }
        }
    }
    return false;
}

/* ---- parts -------------------------------------------------------------------------------- */

/* Nothing but a name: "movie night" behind "turn off the lamp and" is not to be started. */
static bool is_bare(const cJSON *command, const char *part)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(command, "slots");
    const char *name = json_str(cJSON_GetObjectItemCaseSensitive(slots, "name"), "text", NULL);
    struct words all, said;

    if (!name)
        return false;
    words_init(&all, part);
    words_init(&said, name);
    return all.n <= said.n;
}

/* Takes `command`. */
static bool push(struct split *s, cJSON *command, const char *full)
{
    const struct intent_def *def = def_of(command);
    cJSON *reached;

    if (def && def->shape == SHAPE_REFUSED) {
        cJSON_Delete(s->denied);
        s->denied = command;
        return true;
    }
    s->acts |= def && def->risk == RISK_ACTS;
    str_clear(&s->donor);
    str_add(&s->donor, full);
    if (!json_push(s->commands, command))
        return false;
    if (!def || def->where != INTENT_AT_HOME)
        return true;
    reached = cJSON_CreateArray(); /* "it", of the command before */
    if (!reached)
        return false;
    (void)json_push(reached,
                    cJSON_CreateString(json_str(cJSON_GetObjectItemCaseSensitive(
                                                    cJSON_GetObjectItemCaseSensitive(command,
                                                                                     "slots"),
                                                    "name"),
                                                "value", "")));
    s->last = command;
    return json_put(command, "reached", reached);
}

/* Parts before this one that waited for its words. */
static bool settle_waiting(struct split *s, const cJSON *command, const char *full)
{
    for (size_t i = 0; i < s->waiting_n; i++) {
        AUTO_STR part = STR_INIT, whole = STR_INIT;
        cJSON *found = NULL;

        part_text(&part, s, s->waiting[i], s->waiting_to[i]);
        if (!complete(&found, &whole, s, str_text(&part), full, command)) {
            if (s->wrong.len == 0)
                str_add(&s->wrong, str_text(&part));
            continue;
        }
        if (!push(s, found, str_text(&whole)))
            return false;
    }
    s->waiting_n = 0;
    return true;
}

/* The longest run of parts from `i` on that is one sentence; returns the part behind it, 0: none. */
static size_t take_whole(struct split *s, size_t i)
{
    for (size_t j = s->gaps_n + 1; j-- > i;) {
        AUTO_STR text = STR_INIT;
        AUTO_JSON *found = NULL;
        int r;

        if ((i == 0 && j == s->gaps_n) || s->asked >= SEVERAL_ASKED_MAX)
            continue; /* that is the whole, and was tried */
        part_text(&text, s, i, j);
        r = one_find(&found, s->t, str_text(&text), s->room, s->last, &s->asked);
        if ((r != 0 && r != -ENOTUNIQ) || (i > 0 && is_bare(found, str_text(&text))))
            continue;
        if (!settle_waiting(s, found, str_text(&text)) ||
            !push(s, STEAL(found), str_text(&text)))
            return 0;
        return j + 1;
    }
    return 0;
}

/* The longest run that is a target for the command before. */
static size_t take_target(struct split *s, size_t i)
{
    const cJSON *before = last_of(s);

    for (size_t j = s->gaps_n + 1; before && s->waiting_n == 0 && j-- > i;) {
        AUTO_STR text = STR_INIT, full = STR_INIT, donor = STR_INIT;
        cJSON *found = NULL;

        part_text(&text, s, i, j);
        str_add(&donor, str_text(&s->donor));
        if (complete(&found, &full, s, str_text(&text), str_text(&donor), before))
            return push(s, found, str_text(&full)) ? j + 1 : 0;
    }
    return 0;
}

/* Nothing fits it so far: it may end as a later part does, unless it may be left out. */
static void take_none(struct split *s, size_t i)
{
    if (leaves_out(last_of(s))) {
        if (s->wrong.len == 0)
            part_text(&s->wrong, s, i, i);
        return;
    }
    must(s->waiting_n < SEVERAL_MAX);
    s->waiting[s->waiting_n] = s->waiting_to[s->waiting_n] = i;
    s->waiting_n++;
}

static void take_all(struct split *s)
{
    for (size_t i = 0; i <= s->gaps_n;) {
        size_t next = take_whole(s, i);

        if (next == 0)
            next = take_target(s, i);
        if (next == 0) {
            take_none(s, i);
            next = i + 1;
        }
        i = next;
    }
    if (s->waiting_n > 0 && s->wrong.len == 0)
        part_text(&s->wrong, s, s->waiting[0], s->waiting_to[0]);
}

/* ---- the answer ----------------------------------------------------------------------------- */

/* The first command that leaves open who is meant; a second one is not understood. */
static int candidates_lift(cJSON *to, struct split *s)
{
    const cJSON *command;
    int n = 0;

    cJSON_ArrayForEach(command, s->commands)
    {
        const cJSON *ids = cJSON_GetObjectItemCaseSensitive(command, "candidates");

        if (!ids)
            continue;
        if (n++ > 0) {
            str_add(&s->wrong, json_str(command, "text", ""));
            return -ENOENT;
        }
        if (!json_put_copy(to, "candidates", ids))
            return -ENOMEM;
    }
    return n ? -ENOTUNIQ : 0;
}

/* `*ret` is what the whole text was told; it is replaced, or gets `part`. */
static int split_answer(cJSON **ret, struct split *s, const char *text)
{
    AUTO_JSON *j = cJSON_CreateObject();
    int r = j ? 0 : -ENOMEM;

    if (s->denied) {
        json_free(*ret);
        *ret = STEAL(s->denied);
        return 0;
    }
    if (r == 0 && s->wrong.len == 0)
        r = candidates_lift(j, s);
    if (r == -ENOMEM)
        return r;
    if (s->wrong.len > 0 || cJSON_GetArraySize(s->commands) < 2) {
        if (s->acts && s->wrong.len > 0 &&
            !cJSON_AddStringToObject(*ret, "part", str_text(&s->wrong)))
            return -ENOMEM;
        return -ENOENT;
    }
    if (!json_put(j, "commands", STEAL(s->commands)) ||
        !cJSON_AddStringToObject(j, "language", s->t->language) ||
        !cJSON_AddStringToObject(j, "text", text))
        return -ENOMEM;
    json_free(*ret);
    *ret = STEAL(j);
    return r;
}

static int split_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                      const cJSON *last)
{
    const struct list *joints = words_list(t->catalog, "joint");
    struct split s = { .t = t, .room = room, .last = last };
    int r = -ENOENT;

    words_init(&s.words, text);
    if (joints)
        gaps_find(&s, joints);
    if (s.gaps_n > 0) {
        s.commands = cJSON_CreateArray();
        take_all(&s);
        r = s.commands ? split_answer(ret, &s, text) : -ENOMEM;
    }
    cJSON_Delete(s.commands);
    cJSON_Delete(s.denied);
    str_done(&s.donor);
    str_done(&s.wrong);
    return r;
}

int several_try(cJSON **ret, const struct tongue *t, const char *text, const char *room, const cJSON *last)
{
    const cJSON *commands = cJSON_GetObjectItemCaseSensitive(last, "commands");
    const cJSON *before = commands ? cJSON_GetArrayItem(commands, cJSON_GetArraySize(commands) - 1)
                                   : last;
    unsigned asked = 0;
    int r;

    *ret = NULL;
    r = one_find(ret, t, text, room, before, &asked);
    if (r == -ENOENT && *ret && !cJSON_GetObjectItemCaseSensitive(*ret, "refused"))
        r = split_find(ret, t, text, room, before);
    must(r == -ENOMEM || *ret);
    return r;
}

int several_hint(cJSON **ret, const struct tongue *t, const char *text, const char *room, struct err *e)
{
    const cJSON *part = cJSON_GetObjectItemCaseSensitive(*ret, "part");
    const char *refused = json_str(*ret, "refused", NULL);
    AUTO_JSON *hint = NULL;
    int r;

    if (refused) /* all is said, and asking again may be dear */
        return err_set(e, -ENOENT, "the sentence is refused: %s", refused);
    r = meaning_find(&hint, t, text, room, e);
    if (r == -ENOMEM || !must(r == -ENOENT) || (part && !json_put_copy(hint, "part", part)))
        return err_set(e, -ENOMEM, "intent: out of memory");
    json_free(*ret);
    *ret = STEAL(hint);
    return r;
}

int several_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                 const cJSON *last, struct err *e)
{
    const int r = several_try(ret, t, text, room, last);

    if (r == -ENOENT)
        return several_hint(ret, t, text, room, e);
    if (r == -ENOTUNIQ)
        return err_set(e, r, "several devices bear this name");
    return r < 0 ? err_set(e, r, "intent: out of memory") : r;
}
