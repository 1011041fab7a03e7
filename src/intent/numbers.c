/* SPDX-License-Identifier: Apache-2.0 */
/* intent/numbers.c - number words.
 *
 * A language is a row: a function that spells 0..99, one that gives other spellings, and the
 * words for hundreds and fractions. numbers_new() spells all forms once; matching compares
 * the text with them, because their number (about 150) is small and no grammar is shared. */
#include "intent/numbers.h"

#include "base/fold.h"
#include "base/must.h"
#include "base/utf8.h"
#include "intent/unicode.h"

#include <string.h>

enum { FORM_CHARS = 32, FORMS_MAX = 240, WORD_LISTS = 3 };

struct tongue {
    const char *language;
    void (*spell)(struct str *out, int value);            /* 0..99 */
    bool (*also)(struct str *out, int value, int number); /* another spelling; false: no more */
    const char *one[WORD_LISTS], *hundred[WORD_LISTS];    /* "a hundred", "cents" */
    bool says_one_hundred;                                /* "one hundred", but "cent" */
    bool plural_alone;                                    /* "deux cents", but "deux cent un" */
    const char *and_;                                     /* "two hundred and five" */
    const char *point, *half[WORD_LISTS];
};

struct form {
    int value;
    size_t len;
    uint32_t cp[FORM_CHARS]; /* folded */
};

struct numbers {
    const struct tongue *tongue; /* NULL: a language without words */
    size_t n;
    struct form forms[FORMS_MAX];
};

static void spell_english(struct str *out, int value)
{
    static const char *const small[] = {
        "zero",    "one",     "two",       "three",    "four",     "five",   "six",
        "seven",   "eight",   "nine",      "ten",      "eleven",   "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen",  "seventeen", "eighteen", "nineteen",
    };
    static const char *const tens[] = { "twenty", "thirty",  "forty",  "fifty",
                                        "sixty",  "seventy", "eighty", "ninety" };

    if (value < 20) {
        str_add(out, small[value]);
        return;
    }
    str_add(out, tens[value / 10 - 2]);
    if (value % 10)
        str_addf(out, "-%s", small[value % 10]);
}

static bool also_english(struct str *out, int value, int number)
{
    (void)out, (void)value, (void)number;
    return false;
}

static const char *const french_small[] = {
    "z\u00e9ro", "un",       "deux",     "trois",    "quatre", "cinq",  "six",
    "sept",       "huit",     "neuf",     "dix",      "onze",   "douze", "treize",
    "quatorze",   "quinze",   "seize",    "dix-sept", "dix-huit", "dix-neuf",
};

static void spell_french(struct str *out, int value)
{
    static const char *const tens[] = { "vingt",    "trente",   "quarante",     "cinquante",
                                        "soixante", "soixante", "quatre-vingt", "quatre-vingt" };
    int ten = value / 10, rest = value % 10;

    if (value < 20) {
        str_add(out, french_small[value]);
        return;
    }
    if (ten == 7 || ten == 9)
        rest += 10;
    str_add(out, tens[ten - 2]);
    if (value == 80)
        str_add(out, "s");
    else if (rest % 10 == 1 && ten < 8)
        str_addf(out, " et %s", french_small[rest]);
    else if (rest)
        str_addf(out, "-%s", french_small[rest]);
}

/* Belgian and Swiss: 70 to 79, 80 to 89, 90 to 99. */
static bool also_tens(struct str *out, int value, int number)
{
    static const char *const tens[][3] = { { "septante", NULL, NULL },
                                           { "huitante", "octante", NULL },
                                           { "nonante", NULL, NULL } };
    int ten = value / 10, rest = value % 10;

    if (ten < 7 || number >= 3 || !tens[ten - 7][number])
        return false;
    str_add(out, tens[ten - 7][number]);
    if (rest)
        str_addf(out, "%s%s", rest == 1 ? " et " : "-", french_small[rest]);
    return true;
}

/* The feminine, then "zero" and "quatre-vingt" as often typed, then other countries' tens. */
static bool also_french(struct str *out, int value, int number)
{
    bool has_feminine = value % 10 == 1 && value != 11 && value != 71 && value != 91;

    if (has_feminine && number-- == 0) {
        spell_french(out, value);
        str_add(out, "e");
        return true;
    }
    if ((value == 0 || value == 80) && number-- == 0) {
        str_add(out, value ? "quatre-vingt" : "zero");
        return true;
    }
    return also_tens(out, value, number);
}

static const struct tongue tongues[] = {
    { .language = "en", .spell = spell_english, .also = also_english, .one = { "a" },
      .hundred = { "hundred" }, .says_one_hundred = true, .and_ = "and", .point = "point",
      .half = { "and a half" } },
    { .language = "fr", .spell = spell_french, .also = also_french, .hundred = { "cent", "cents" },
      .plural_alone = true, .point = "virgule", .half = { "et demi", "et demie" } },
};

static int form_add(struct numbers *n, int value, const char *text)
{
    struct form *f = &n->forms[n->n];
    size_t pos = 0, len = strlen(text);
    uint32_t cp;

    if (n->n == FORMS_MAX)
        return -E2BIG;
    f->value = value;
    while (f->len + FOLD_CHARS_MAX <= FORM_CHARS && utf8_step(&cp, text, len, &pos))
        f->len += fold_char(f->cp + f->len, cp);
    n->n++;
    must(value >= 0 && value < 100 && f->len > 0);
    return must(pos == len) ? 0 : -E2BIG;
}

static int forms_fill(struct numbers *n, struct err *e)
{
    for (int value = 0; value < 100; value++) {
        AUTO_STR text = STR_INIT;

        n->tongue->spell(&text, value);
        for (int also = 0;; also++) {
            if (text.failed)
                return err_set(e, -ENOMEM, "numbers: out of memory");
            if (form_add(n, value, str_text(&text)) < 0)
                return err_set(e, -E2BIG, "numbers: more than %d words", FORMS_MAX);
            str_clear(&text);
            if (!n->tongue->also(&text, value, also))
                break;
        }
    }
    return 0;
}

int numbers_new(struct numbers **ret, const char *language, struct err *e)
{
    AUTO(numbers_freep) struct numbers *n = calloc(1, sizeof(*n));

    if (!n)
        return err_set(e, -ENOMEM, "numbers: out of memory");
    for (size_t i = 0; i < sizeof(tongues) / sizeof(tongues[0]); i++)
        if (strcmp(tongues[i].language, language) == 0)
            n->tongue = &tongues[i];
    if (n->tongue) {
        int r = forms_fill(n, e);

        if (r < 0)
            return r;
    }
    *ret = STEAL(n);
    return 0;
}

struct numbers *numbers_free(struct numbers *n)
{
    free(n);
    return NULL;
}

struct place {
    const uint32_t *cp;
    size_t len;
};

static bool is_end(const struct place *p, size_t at)
{
    return at >= p->len || !unicode_is_word(p->cp[at]);
}

/* The index behind the word at `at`, or 0; the word must end there. */
static size_t word_at(const struct place *p, size_t at, const char *word)
{
    size_t n = strlen(word);

    if (n > p->len - at)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (p->cp[at + i] != (unsigned char)word[i])
            return 0;
    return is_end(p, at + n) ? at + n : 0;
}

static size_t form_at(const struct place *p, size_t at, const struct form *f)
{
    if (at >= p->len || f->len > p->len - at || f->cp[0] != p->cp[at])
        return 0;
    for (size_t i = 1; i < f->len; i++)
        if (p->cp[at + i] != f->cp[i])
            return 0;
    return is_end(p, at + f->len) ? at + f->len : 0;
}

struct ends {
    struct number_end *at;
    size_t n;
};

static void end_add(struct ends *ends, size_t end, double value)
{
    for (size_t i = 0; i < ends->n; i++)
        if (ends->at[i].end == end && ends->at[i].value == value)
            return;
    if (ends->n < NUMBERS_ENDS_MAX)
        ends->at[ends->n++] = (struct number_end){ end, value };
}

static bool is_gap(const struct place *p, size_t at)
{
    return at < p->len && p->cp[at] == ' ';
}

/* Behind "hundred": the end itself and what 1..99 may follow. */
static void tail_match(const struct numbers *n, const struct place *p, size_t at, int hundreds,
                       struct ends *ends)
{
    size_t joint;

    end_add(ends, at, hundreds);
    if (!is_gap(p, at))
        return;
    at++;
    joint = n->tongue->and_ ? word_at(p, at, n->tongue->and_) : 0;
    if (joint && is_gap(p, joint))
        at = joint + 1;
    for (size_t i = 0; i < n->n; i++) {
        size_t end = n->forms[i].value ? form_at(p, at, &n->forms[i]) : 0;

        if (end)
            end_add(ends, end, hundreds + n->forms[i].value);
    }
}

static void hundreds_match(const struct numbers *n, const struct place *p, size_t at, int head,
                           struct ends *ends)
{
    for (size_t i = 0; i < WORD_LISTS && n->tongue->hundred[i]; i++) {
        size_t end = word_at(p, at, n->tongue->hundred[i]);

        if (end)
            tail_match(n, p, end, head * 100, ends);
    }
}

static void whole_match(const struct numbers *n, const struct place *p, size_t pos,
                        struct ends *ends)
{
    hundreds_match(n, p, pos, 1, ends);
    for (size_t i = 0; i < WORD_LISTS && n->tongue->one[i]; i++) {
        size_t end = word_at(p, pos, n->tongue->one[i]);

        if (end && is_gap(p, end))
            hundreds_match(n, p, end + 1, 1, ends);
    }
    for (size_t i = 0; i < n->n; i++) {
        size_t end = form_at(p, pos, &n->forms[i]);

        if (!end)
            continue;
        end_add(ends, end, n->forms[i].value);
        if (n->forms[i].value >= 1 && n->forms[i].value <= 9 && is_gap(p, end))
            hundreds_match(n, p, end + 1, n->forms[i].value, ends);
    }
}

/* "and a half", "point five" behind each whole number found. */
static void fraction_match(const struct numbers *n, const struct place *p, struct ends *ends)
{
    size_t whole = ends->n;

    for (size_t i = 0; i < whole; i++) {
        size_t at = ends->at[i].end + 1, point;
        double value = ends->at[i].value;

        if (!is_gap(p, at - 1))
            continue;
        for (size_t h = 0; h < WORD_LISTS && n->tongue->half[h]; h++) {
            size_t end = word_at(p, at, n->tongue->half[h]);

            if (end)
                end_add(ends, end, value + 0.5);
        }
        point = word_at(p, at, n->tongue->point);
        for (size_t f = 0; point && is_gap(p, point) && f < n->n; f++) {
            size_t end = n->forms[f].value < 10 ? form_at(p, point + 1, &n->forms[f]) : 0;

            if (end)
                end_add(ends, end, value + n->forms[f].value / 10.0);
        }
    }
}

size_t numbers_match(const struct numbers *n, const uint32_t *cp, size_t len, size_t pos,
                     bool fractions, struct number_end ret[NUMBERS_ENDS_MAX])
{
    const struct place p = { cp, len };
    struct ends ends = { ret, 0 };

    if (!n->tongue || pos >= len)
        return 0;
    whole_match(n, &p, pos, &ends);
    if (fractions)
        fraction_match(n, &p, &ends);
    for (size_t i = 1; i < ends.n; i++)
        for (size_t j = i; j > 0 && ret[j].end > ret[j - 1].end; j--) {
            struct number_end held = ret[j];

            ret[j] = ret[j - 1];
            ret[j - 1] = held;
        }
    for (size_t i = 0; i < ends.n; i++)
        must(ret[i].end > pos && ret[i].end <= len && (i == 0 || ret[i].end <= ret[i - 1].end));
    return ends.n;
}

int numbers_spell(struct str *out, const struct numbers *n, int value, struct err *e)
{
    const struct tongue *t = n->tongue;

    if (!t)
        return err_set(e, -ENOENT, "numbers: no number words are known for this language");
    if (value < 0 || value > NUMBERS_MAX)
        return err_set(e, -ERANGE, "numbers: %d is outside 0..%d", value, NUMBERS_MAX);
    if (value >= 100) {
        int head = value / 100, rest = value % 100;

        if (head > 1 || t->says_one_hundred) {
            t->spell(out, head);
            str_add_char(out, ' ');
        }
        str_add(out, t->hundred[t->plural_alone && head > 1 && rest == 0 ? 1 : 0]);
        if (rest == 0)
            return 0;
        str_add_char(out, ' ');
        if (t->and_)
            str_addf(out, "%s ", t->and_);
        value = rest;
    }
    t->spell(out, value);
    return 0;
}
