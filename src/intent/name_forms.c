/* SPDX-License-Identifier: Apache-2.0 */
/* intent/name_forms.c - numbers in names, in digits and in words. */
#include "intent/name_forms.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>

enum { DIGITS_SPELLED_MAX = 3 }; /* longer ones are said digit by digit */

struct former {
    struct str *out;
    const struct numbers *n;
    const struct sentence *s;
    enum name_form form;
    unsigned found; /* numbers */
    int failed;
};

static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static void gap(struct str *out)
{
    if (out->len > 0 && out->data[out->len - 1] != ' ')
        str_add_char(out, ' ');
}

static void add_words(struct former *f, int value)
{
    AUTO_STR words = STR_INIT;
    int r = numbers_spell(&words, f->n, value, NULL);

    if (r < 0)
        f->failed = r;
    gap(f->out);
    str_add(f->out, str_text(&words));
    str_add_char(f->out, ' ');
    f->out->failed = f->out->failed || words.failed;
}

/* One number of `len` digits at i, of which the text says `value`. */
static void add_number(struct former *f, const char *digits, size_t len, int value)
{
    bool spelled = len <= DIGITS_SPELLED_MAX && (digits[0] != '0' || len == 1);

    f->found++;
    switch (f->form) {
    case NAME_APART:
    case NAME_BEFORE:
        gap(f->out);
        str_add_bytes(f->out, digits, len);
        if (f->form == NAME_APART)
            str_add_char(f->out, ' ');
        return;
    case NAME_JOINED:
        while (f->out->len > 0 && f->out->data[f->out->len - 1] == ' ')
            f->out->data[--f->out->len] = '\0';
        str_add_bytes(f->out, digits, len);
        return;
    case NAME_WORDS:
        if (spelled)
            add_words(f, value);
        for (size_t i = 0; !spelled && i < len; i++)
            add_words(f, digits[i] - '0');
        return;
    case NAME_FORMS_N:
        f->failed = -EINVAL;
        return;
    }
}

/* Digits at i; returns the index behind them. */
static size_t take_digits(struct former *f, size_t i)
{
    char digits[SENTENCE_MAX];
    size_t len = 0;
    int value = 0;

    for (; i < f->s->len && is_digit(f->s->fold[i]) && len < sizeof(digits); i++) {
        digits[len++] = (char)f->s->fold[i];
        value = len <= DIGITS_SPELLED_MAX ? value * 10 + (int)(f->s->fold[i] - '0') : 0;
    }
    add_number(f, digits, len, value);
    return i;
}

/* A number word at i, the longest; 0: there is none. */
static size_t take_word(struct former *f, size_t i)
{
    struct number_end ends[NUMBERS_ENDS_MAX];
    size_t n = 0;
    char digits[8];

    if (i == 0 || f->s->fold[i - 1] == ' ')
        n = numbers_match(f->n, f->s->fold, f->s->len, i, false, ends);
    if (n == 0 || ends[0].value < 0 || ends[0].value > NUMBERS_MAX)
        return 0;
    snprintf(digits, sizeof(digits), "%d", (int)ends[0].value);
    add_number(f, digits, strlen(digits), (int)ends[0].value);
    return ends[0].end;
}

int name_form_add(struct str *out, const struct numbers *n, const struct sentence *name,
                  enum name_form form)
{
    struct former f = { .out = out, .n = n, .s = name, .form = form };

    for (size_t i = 0; i < name->len;) {
        size_t end = is_digit(name->fold[i]) ? take_digits(&f, i) : take_word(&f, i);

        if (end) {
            must(end > i && end <= name->len);
            i = end;
        } else if (name->fold[i] == ' ') {
            gap(out);
            i++;
        } else {
            utf8_add(out, name->fold[i++]);
        }
    }
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    if (out->failed)
        return -ENOMEM;
    return f.found && !f.failed ? 0 : -ENOENT;
}
