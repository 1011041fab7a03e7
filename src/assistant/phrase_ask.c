/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase_ask.c - what is said when a sentence was not enough, and what an answer to it means
 * (which of several: phrase_which.c). */
#include "assistant/phrase.h"

#include "base/fold.h"
#include "base/must.h"
#include "core/intents.h"

#include <string.h>

enum { PHRASE_EXAMPLES_MAX = 3 };

bool phrase_is_done(const struct phrase_facts *f)
{
    const struct intent_def *def = intents_find(json_str(f->intent, "intent", NULL));
    const cJSON *devices = cJSON_GetObjectItemCaseSensitive(f->acted, "devices");
    const cJSON *missed = cJSON_GetObjectItemCaseSensitive(f->acted, "missed");

    return def && def->where == INTENT_AT_HOME && def->shape == SHAPE_DONE &&
           cJSON_GetArraySize(devices) > 0 && cJSON_GetArraySize(missed) == 0;
}

bool phrase_misheard(struct str *out, const struct reply *r, const cJSON *unsure)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(unsure, "alternatives");
    const char *a = cJSON_GetStringValue(cJSON_GetArrayItem(list, 0));
    const char *b = cJSON_GetStringValue(cJSON_GetArrayItem(list, 1));
    const char *items[2], *places[PLACE_N] = { NULL };
    AUTO_STR first = STR_INIT, second = STR_INIT, joined = STR_INIT;

    if (!a || !b || !a[0] || !b[0])
        return false;
    str_addf(&first, "“%s”", a);
    str_addf(&second, "“%s”", b);
    items[0] = str_text(&first);
    items[1] = str_text(&second);
    reply_join(&joined, r, "or", items, 2);
    places[PLACE_LIST] = str_text(&joined);
    return reply_words(out, r, "misheard", places);
}

bool phrase_meant(struct str *out, const struct reply *r, const cJSON *choices)
{
    const char *items[PHRASE_EXAMPLES_MAX] = { NULL }, *places[PLACE_N] = { NULL };
    struct str quoted[PHRASE_EXAMPLES_MAX] = { STR_INIT };
    AUTO_STR list = STR_INIT;
    const cJSON *one;
    size_t n = 0;
    bool ok;

    cJSON_ArrayForEach(one, choices)
    {
        if (n == PHRASE_EXAMPLES_MAX)
            break;
        str_addf(&quoted[n], "“%s”", json_str(one, "text", "?"));
        items[n] = str_text(&quoted[n]);
        n++;
    }
    reply_join(&list, r, "or", items, n);
    places[PLACE_LIST] = str_text(&list);
    ok = n > 0 && (reply_words(out, r, "meant", places) || reply_words(out, r, "misheard", places));
    while (n > 0)
        str_done(&quoted[--n]);
    return ok;
}

/* A folded text between blanks, so that its words can be looked for. These marks part words too. */
static void words_of(struct str *out, const char *text, const char *marks)
{
    AUTO_STR plain = STR_INIT;

    for (; *text; text++)
        str_add_char(&plain, strchr(marks, *text) ? ' ' : *text);
    str_add_char(out, ' ');
    fold_key(out, str_text(&plain));
    str_add_char(out, ' ');
    out->failed |= plain.failed;
}

static bool words_hold(const struct str *all, const char *text, const char *marks)
{
    AUTO_STR wanted = STR_INIT;

    words_of(&wanted, text, marks);
    return wanted.len > 2 && !wanted.failed && strstr(str_text(all), str_text(&wanted));
}

/* What an answer is looked through for. */
struct answer {
    struct str heard;       /* its words */
    struct str named, small; /* those of the name and the room; those that mean nothing */
};

static bool word_is_in(const struct str *all, const char *word, size_t len)
{
    AUTO_STR wanted = STR_INIT;

    str_add_char(&wanted, ' ');
    str_add_bytes(&wanted, word, len);
    str_add_char(&wanted, ' ');
    return !wanted.failed && strstr(str_text(all), str_text(&wanted));
}

/* Every word is of the name, of the room or means nothing; how many are of the first two. -1: one is of
 * none of them. */
static int words_named(const struct answer *a)
{
    int n = 0;

    for (const char *w = str_text(&a->heard) + 1; *w; w += strcspn(w, " ") + 1) {
        const size_t len = strcspn(w, " ");

        if (len == 0)
            return n;
        if (word_is_in(&a->named, w, len))
            n += !word_is_in(&a->small, w, len);
        else if (!word_is_in(&a->small, w, len))
            return -1;
    }
    return n;
}

static bool holds(const struct answer *a, const struct phrase_target *t, const char *marks, enum phrase_how how)
{
    if (how == PHRASE_IN_PART)
        return words_named(a) > 0;
    if (words_named(a) < 0)
        return false;
    return how == PHRASE_BY_LABEL ? words_hold(&a->heard, t->label, marks)
                                  : words_hold(&a->heard, t->name, marks) || words_hold(&a->heard, t->area, marks);
}

static bool chooses(const struct reply *r, const char *text, const struct phrase_target *t, const char *marks,
                    enum phrase_how how)
{
    static const char *const none[PLACE_N] = { NULL };
    struct answer a = { STR_INIT, STR_INIT, STR_INIT };
    AUTO_STR small = STR_INIT;
    bool ok;

    reply_words(&small, r, "chosen", none);
    words_of(&a.heard, text, marks);
    words_of(&a.named, t->name, marks);
    words_of(&a.named, t->area, marks);
    words_of(&a.named, t->label, marks);
    words_of(&a.small, str_text(&small), marks);
    ok = !a.heard.failed && !small.failed && !a.named.failed && !a.small.failed && holds(&a, t, marks, how);
    str_done(&a.heard);
    str_done(&a.named);
    str_done(&a.small);
    return ok;
}

/* "Kyles office" is Kyle's, and "l'entrée" is the Entrée. */
bool phrase_chooses(const struct reply *r, const char *text, const struct phrase_target *t, enum phrase_how how)
{
    must(t->name && t->area && t->label);
    return chooses(r, text, t, ".,;!?", how) || chooses(r, text, t, ".,;!?'", how);
}

/* Is the text one of these, "first, the former", and nothing else but words that mean nothing? */
static bool says_one_of(const struct reply *r, const char *text, const char *key)
{
    static const char *const none[PLACE_N] = { NULL };
    AUTO_STR all = STR_INIT;

    if (!reply_words(&all, r, key, none))
        return false;
    for (const char *at = str_text(&all); *at; at += strspn(at, ", ")) {
        const size_t len = strcspn(at, ",");
        AUTO_STR one = STR_INIT;

        str_add_bytes(&one, at, len);
        if (!one.failed && phrase_chooses(r, text, &(struct phrase_target){ str_text(&one), "", "" }, PHRASE_BY_NAME))
            return true;
        at += len;
    }
    return false;
}

int phrase_picks(const struct reply *r, const char *text, int n)
{
    static const char *const keys[] = { "first", "second", "third" };

    if (says_one_of(r, text, "neither"))
        return PHRASE_NEITHER;
    if (says_one_of(r, text, "both"))
        return PHRASE_ALL;
    for (int i = 0; i < 3 && i < n; i++)
        if (says_one_of(r, text, keys[i]))
            return i;
    return says_one_of(r, text, "last") && n > 0 ? n - 1 : PHRASE_NO_PICK;
}

void phrase_not_understood(struct str *out, const struct reply *r, const cJSON *intent, bool spoken)
{
    AUTO_STR examples = STR_INIT;

    str_add(out, reply_error(r, REPLY_NOT_UNDERSTOOD));
    if (phrase_examples(&examples, r, intent, spoken))
        str_addf(out, " %s", str_text(&examples));
}

bool phrase_examples(struct str *out, const struct reply *r, const cJSON *intent, bool spoken)
{
    const cJSON *examples = cJSON_GetObjectItemCaseSensitive(intent, "examples"), *one;
    const char *items[PHRASE_EXAMPLES_MAX], *places[PLACE_N] = { NULL };
    struct str quoted[PHRASE_EXAMPLES_MAX] = { STR_INIT };
    AUTO_STR list = STR_INIT;
    const char *shortest = NULL;
    size_t n = 0;
    bool any;

    cJSON_ArrayForEach(one, examples)
    {
        const char *text = cJSON_IsString(one) ? one->valuestring : "";

        if (text[0] == '\0' || n == PHRASE_EXAMPLES_MAX)
            continue;
        if (!shortest || strlen(text) < strlen(shortest))
            shortest = text;
        str_addf(&quoted[n], "“%s”", text);
        items[n] = str_text(&quoted[n]);
        n++;
    }
    if (n > 0 && !spoken)
        reply_join(&list, r, "or", items, n);
    places[PLACE_LIST] = spoken ? shortest : str_text(&list);
    any = n > 0 && reply_words(out, r, spoken ? "example" : "examples", places);
    while (n > 0)
        str_done(&quoted[--n]);
    return any;
}
