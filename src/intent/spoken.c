/* SPDX-License-Identifier: Apache-2.0 */
/* intent/spoken.c - how a name is said. */
#include "intent/spoken.h"

#include "base/must.h"

#include "intent/sentence.h"

#include <string.h>

enum spoken spoken_language(const char *language, bool is_heard)
{
    return strcmp(language, "en") == 0 ? SPOKEN_ENGLISH : is_heard ? SPOKEN_BARE : SPOKEN_NOT;
}

static void gap(struct str *out)
{
    if (out->len > 0 && out->data[out->len - 1] != ' ')
        str_add_char(out, ' ');
}

/* A number with its hyphens as blanks. */
static void add_number(struct str *out, const struct numbers *n, int value)
{
    AUTO_STR words = STR_INIT;

    if (numbers_spell(&words, n, value, NULL) < 0)
        return;
    gap(out);
    for (const char *p = str_text(&words); *p; p++)
        str_add_char(out, *p == '-' ? ' ' : *p);
    out->failed = out->failed || words.failed;
    str_add_char(out, ' ');
}

/* Digits at s[i]: up to three as a number, longer ones and those with a leading zero one by
 * one. Returns the index behind them. */
static size_t add_digits(struct str *out, const struct numbers *n, const struct sentence *s,
                         size_t i)
{
    size_t end = i;
    int value = 0;

    while (end < s->len && s->fold[end] >= '0' && s->fold[end] <= '9')
        end++;
    must(end > i);
    if (end - i <= 3 && (s->fold[i] != '0' || end - i == 1)) {
        for (; i < end; i++)
            value = value * 10 + (int)(s->fold[i] - '0');
        add_number(out, n, value);
        return end;
    }
    for (; i < end; i++)
        add_number(out, n, (int)(s->fold[i] - '0'));
    return end;
}

static const char *sign_word(const struct sentence *s, size_t i)
{
    bool in_number = i > 0 && i + 1 < s->len && s->fold[i - 1] >= '0' && s->fold[i - 1] <= '9' &&
                     s->fold[i + 1] >= '0' && s->fold[i + 1] <= '9';

    switch (s->fold[i]) {
    case '&':
        return "and";
    case '+':
        return "plus";
    case '%':
        return "percent";
    case '.':
    case ',':
        return in_number ? "point" : "";
    default:
        return "";
    }
}

/* A letter, or an apostrophe between two. */
static bool is_sounded(const struct sentence *s, size_t i, uint32_t cp)
{
    if (cp == '\'')
        return i > 0 && i + 1 < s->len && unicode_is_word(s->fold[i - 1]) &&
               unicode_is_word(s->fold[i + 1]);
    return cp >= 'a' && cp <= 'z';
}

int spoken_words(struct str *out, const struct numbers *n, enum spoken how, const char *text, struct err *e)
{
    size_t from = out->len;
    struct sentence s;
    int r = sentence_parse(&s, text, strlen(text), e);

    must(how != SPOKEN_NOT);
    if (r < 0)
        return r;
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = s.fold[i];

        if (cp >= '0' && cp <= '9') {
            i = add_digits(out, n, &s, i);
            continue;
        }
        if (is_sounded(&s, i, cp)) {
            str_add_char(out, (char)cp);
        } else if (cp >= 0x80 && unicode_is_word(cp)) {
            return err_set(e, -EINVAL, "'%s' cannot be spoken in this language", text);
        } else {
            gap(out);
            str_add(out, how == SPOKEN_ENGLISH ? sign_word(&s, i) : "");
            gap(out);
        }
        i++;
    }
    must(out->len >= from);
    while (out->len > from && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    if (out->failed)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    if (out->len == from)
        return err_set(e, -EINVAL, "'%s' holds no word to speak", text);
    return 0;
}
