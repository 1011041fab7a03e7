/* SPDX-License-Identifier: Apache-2.0 */
/* intent/teach.c - what may be taught. */
#include "intent/teach.h"

#include "base/must.h"
#include "core/intents.h"
#include "intent/opposites.h"
#include "intent/several.h"
#include "intent/wordlist.h"

#include <string.h>

enum { LEAST_LETTERS = 3 };

/* Whether some language understands the text, as a command, a question, a denial or anything else. */
static bool says_something(const struct teaching *t, const char *text)
{
    for (size_t i = 0; i < t->n; i++) {
        cJSON *found = NULL;
        const int r = several_try(&found, t->tongues[i], text, t->room, NULL);

        json_free(found);
        if (r != -ENOENT)
            return true;
    }
    return false;
}

static bool is_refusal(const struct tongue *tongue, const char *text, const char *room)
{
    AUTO_JSON *found = NULL;
    const struct intent_def *def;

    if (several_try(&found, tongue, text, room, NULL) != 0)
        return false;
    def = intents_find(json_str(found, "intent", NULL));
    return def && def->shape == SHAPE_REFUSED;
}

/* An example sentence of the language with the text as the name in it; `bare`: without the word before it,
 * which is an article. False: no name stands in it. */
static bool example_with(struct str *out, const char *example, const char *text, bool bare)
{
    const char *at = strstr(example, "{name}"), *end = at;

    if (!at)
        return false;
    while (bare && end > example && end[-1] == ' ')
        end--;
    while (bare && end > example && end[-1] != ' ')
        end--;
    str_add_bytes(out, example, (size_t)(end - example));
    str_add(out, text);
    str_add(out, at + strlen("{name}"));
    return !out->failed;
}

/* "lights", "the blinds": where a sentence with it means something already, a device of that name
 * would take it over. */
static int check_taken(const struct teaching *t, const char *text, struct err *e)
{
    for (size_t i = 0; i < t->n; i++)
        for (const struct example *x = t->tongues[i]->catalog->examples; x; x = x->next)
            for (int bare = 0; bare < 2; bare++) {
                AUTO_STR sentence = STR_INIT;

                if (example_with(&sentence, x->text, text, bare) && says_something(t, str_text(&sentence)))
                    return err_set(e, -EEXIST, "'%s' means something already: '%s' would be no name in it",
                                   str_text(&sentence), text);
            }
    return 0;
}

/* Is it a denial, or something about later, that stands before or behind a command? */
static bool denies(const struct teaching *t, const char *text, const char *means)
{
    for (size_t i = 0; i < t->n; i++)
        for (const char *at = text; at; at = strchr(at, ' ')) {
            AUTO_STR before = STR_INIT, behind = STR_INIT;

            at += *at == ' ';
            str_addf(&before, "%.*s %s", (int)strcspn(at, " "), at, means);
            str_addf(&behind, "%s %s", means, at);
            if (is_refusal(t->tongues[i], str_text(&before), t->room) ||
                is_refusal(t->tongues[i], str_text(&behind), t->room))
                return true;
        }
    return false;
}

/* The next word, from *to on (0 at first); false: there is none. */
static bool next_word(const struct sentence *s, size_t *from, size_t *to)
{
    *from = *to + (*to > 0);
    if (*from >= s->len)
        return false;
    for (*to = *from; *to < s->len && s->fold[*to] != ' ';)
        (*to)++;
    return true;
}

static bool has_word(const struct sentence *s, const uint32_t *fold, size_t len)
{
    for (size_t from, to = 0; next_word(s, &from, &to);)
        if (to - from == len && memcmp(&s->fold[from], fold, len * sizeof(*fold)) == 0)
            return true;
    return false;
}

static bool has_opposite(const struct teaching *t, const struct sentence *s, size_t from, size_t to)
{
    const struct opposites all = { t->tongues, t->n };

    return opposites_has(&all, &s->fold[from], to - from);
}

/* A word with an opposite has to stand in both: "turn off" must never come to mean "unlock". */
static int check_opposites(const struct teaching *t, const char *text, const char *means, struct err *e)
{
    struct sentence s, m;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r >= 0)
        r = sentence_parse(&m, means, strlen(means), e);
    for (size_t from, to = 0; r >= 0 && next_word(&s, &from, &to);)
        if (has_opposite(t, &s, from, to) && !has_word(&m, &s.fold[from], to - from))
            return err_set(e, -EINVAL, "a word of '%.100s' has an opposite and does not stand in '%.100s'", text, means);
    return r;
}

static int refuse_word(const struct sentence *s, size_t from, size_t to, struct err *e)
{
    AUTO_STR word = STR_INIT;

    sentence_text(&word, s, from, to);
    return err_set(e, -EINVAL, "the word '%s' has an opposite: it must not stand in a name",
                   str_text(&word));
}

/* Words with an opposite, and names that are too little. */
static int check_words(const struct teaching *t, const char *text, struct err *e)
{
    struct sentence s;
    size_t longest = 0;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r < 0)
        return r;
    for (size_t from, to = 0; next_word(&s, &from, &to);) {
        longest = to - from > longest ? to - from : longest;
        if (has_opposite(t, &s, from, to))
            return refuse_word(&s, from, to, e);
    }
    if (longest < LEAST_LETTERS)
        return err_set(e, -EINVAL, "'%s' is too short for a name", text);
    return 0;
}

/* ---- words that are nobody's name ------------------------------------------------------------- */

/* Whether the word is a number, in words or digits. */
static bool is_number(const struct tongue *t, const struct words *w, size_t i)
{
    struct number_end ends[NUMBERS_ENDS_MAX];
    struct sentence s;
    AUTO_STR word = STR_INIT;
    size_t n;

    words_text(&word, w, i, i + 1);
    if (word.len == 0 || strspn(str_text(&word), "0123456789.,") == word.len)
        return true;
    if (sentence_parse(&s, str_text(&word), word.len, NULL) < 0)
        return false;
    n = numbers_match(t->catalog->numbers, s.fold, s.len, 0, false, ends);
    for (size_t k = 0; k < n; k++)
        if (ends[k].end + 1 >= s.len)
            return true;
    return false;
}

/* How many words from `i` on stand for something else than one device: several, what was spoken of, a
 * number, or nothing. */
static size_t reserved_at(const struct tongue *t, const struct words *w, size_t i)
{
    static const char *const lists[] = { "article", "collective", "pronoun", "other", "there", "joint" };
    size_t most = is_number(t, w, i) ? 1 : 0;

    for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
        const struct value *which;
        const size_t n = words_of_list(w, i, words_list(t->catalog, lists[k]), &which);

        most = n > most ? n : most;
    }
    must(i + most <= w->n);
    return most;
}

static bool is_reserved(const struct tongue *t, const struct words *w)
{
    size_t i = 0, n;

    while (i < w->n && (n = reserved_at(t, w, i)) > 0)
        i += n;
    return i == w->n;
}

/* One word, beside an article, that sentences have as their own. */
static bool is_said(const struct tongue *t, const struct words *w)
{
    const struct value *which;
    const size_t at = words_of_list(w, 0, words_list(t->catalog, "article"), &which);
    const struct vocab_word *word;
    struct sentence s;
    AUTO_STR text = STR_INIT;

    if (at + 1 != w->n || !t->vocab)
        return false;
    words_text(&text, w, at, at + 1);
    if (sentence_parse(&s, str_text(&text), text.len, NULL) < 0 || s.len < 2)
        return false;
    word = vocab_find(t->vocab, s.fold, s.len - 1); /* a blank stands behind it */
    return word && word->is_said;
}

static int check_own_word(const struct teaching *t, const char *text, struct err *e)
{
    struct words w;

    words_init(&w, text);
    for (size_t i = 0; i < t->n; i++)
        if (is_reserved(t->tongues[i], &w) || (i == 0 && is_said(t->tongues[i], &w)))
            return err_set(e, -EINVAL,
                           "'%s' is what sentences say of other things; add a word that only this device has",
                           text);
    return 0;
}

int teach_name(const struct teaching *t, const char *text, struct err *e)
{
    int r = check_words(t, text, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n; i++)
        if (t->tongues[i]->names &&
            (names_know(t->tongues[i]->names, text) || names_area(t->tongues[i]->names, text)))
            return err_set(e, -EEXIST, "'%s' is the name of a device or a room already", text);
    if (says_something(t, text))
        return err_set(e, -EEXIST, "'%s' is a sentence already", text);
    r = check_taken(t, text, e);
    return r < 0 ? r : check_own_word(t, text, e);
}

int teach_device(const struct teaching *t, const char *text, const char *device, struct err *e)
{
    const struct names *names = t->n > 0 ? t->tongues[0]->names : NULL;

    for (const struct named *d = names ? names->devices : NULL; d; d = d->next)
        if (strcmp(d->id, device) == 0)
            return teach_name(t, text, e);
    return err_set(e, -ENOENT, "there is no device %.64s: `jarvisctl devices` lists them", device);
}

int teach_sentence(const struct teaching *t, const char *text, const char *means, struct err *e)
{
    struct sentence s;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r < 0)
        return r;
    if (s.len <= LEAST_LETTERS)
        return err_set(e, -EINVAL, "'%s' is too short for a sentence", text);
    if (says_something(t, text))
        return err_set(e, -EEXIST, "'%s' is understood already", text);
    if (!says_something(t, means))
        return err_set(e, -EINVAL, "'%s' is not understood", means);
    must(strcmp(text, means) != 0);
    if (denies(t, text, means))
        return err_set(e, -EINVAL, "'%s' denies, or puts off: it never comes to do something", text);
    return check_opposites(t, text, means, e);
}
