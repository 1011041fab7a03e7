/* SPDX-License-Identifier: Apache-2.0 */
/* intent/sentence.c - normalising a sentence. */
#include "intent/sentence.h"

#include "base/utf8.h"
#include <string.h>

uint32_t sentence_straight(uint32_t cp)
{
    if (cp == 0x2019 || cp == 0x2018 || cp == 0x2bc || cp == 0xff07)
        return '\'';
    if (cp == 0x2010 || cp == 0x2011)
        return '-';
    return unicode_is_blank(cp) ? ' ' : cp;
}

size_t sentence_compose(uint32_t *cp, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        uint32_t whole = n > 0 ? unicode_compose(cp[n - 1], cp[i]) : 0;

        if (whole)
            cp[n - 1] = whole;
        else
            cp[n++] = cp[i];
    }
    return n;
}

static bool is_punctuation(uint32_t cp)
{
    static const uint32_t set[] = { '.',    ',',    '?',    '!',    ';',    ':',    '"',
                                    '`',    0xa1,   0xab,   0xbb,   0xbf,   0x61f,  0x201c,
                                    0x201d, 0x201e, 0x2026, 0x3002, 0xff01, 0xff0c, 0xff1a,
                                    0xff1b, 0xff1f };

    for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
        if (set[i] == cp)
            return true;
    return false;
}

/* "A.C.": the dot behind a single letter that follows a dot belongs to the word. */
static bool is_abbreviation(const uint32_t *cp, size_t i)
{
    return cp[i] == '.' && i >= 2 && cp[i - 2] == '.' && unicode_is_word(cp[i - 1]) &&
           !(cp[i - 1] >= '0' && cp[i - 1] <= '9');
}

/* Blanks punctuation that touches a blank or an end; runs of it go from both sides. */
static void drop_punctuation(uint32_t *cp, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_punctuation(cp[i]) && (i == 0 || cp[i - 1] == ' '))
            cp[i] = ' ';
    for (size_t i = len; i-- > 0;)
        if (is_punctuation(cp[i]) && (i + 1 == len || cp[i + 1] == ' ') &&
            !is_abbreviation(cp, i))
            cp[i] = ' ';
}

static size_t collapse(uint32_t *cp, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        if (cp[i] != ' ' || (n > 0 && cp[n - 1] != ' '))
            cp[n++] = cp[i];
    if (n > 0 && cp[n - 1] != ' ')
        cp[n++] = ' ';
    return n;
}

int sentence_parse(struct sentence *ret, const char *text, size_t len, struct err *e)
{
    struct sentence s;
    size_t pos = 0;

    s.len = 0;
    while (pos < len) {
        size_t at = pos;
        uint32_t cp;

        if (!utf8_step(&cp, text, len, &pos))
            return err_set(e, -EINVAL, "sentence: byte %zu is not valid text (UTF-8)", at + 1);
        cp = sentence_straight(cp);
        if (unicode_is_invisible(cp))
            continue;
        if (s.len == SENTENCE_MAX)
            return err_set(e, -E2BIG, "sentence: longer than %d characters", SENTENCE_MAX);
        s.clean[s.len++] = cp;
    }
    s.len = sentence_compose(s.clean, s.len);
    drop_punctuation(s.clean, s.len);
    s.len = collapse(s.clean, s.len);
    for (size_t i = 0; i < s.len; i++)
        s.fold[i] = unicode_fold(s.clean[i]);
    memcpy(ret->clean, s.clean, s.len * sizeof(s.clean[0]));
    memcpy(ret->fold, s.fold, s.len * sizeof(s.fold[0]));
    ret->len = s.len;
    return 0;
}

static uint32_t joined(uint32_t cp)
{
    return cp == '-' || cp == '_' ? ' ' : cp;
}

bool sentence_is_alike(uint32_t typed, uint32_t wanted)
{
    return joined(typed) == joined(wanted) || (wanted >= 0xc0 && unicode_strip(wanted) == typed);
}

static bool stands_at(const struct sentence *s, size_t i, const struct skip_word *w)
{
    if (w->len == 0 || w->len > s->len - i || (i > 0 && unicode_is_word(s->fold[i - 1])) ||
        (i + w->len < s->len && unicode_is_word(s->fold[i + w->len])))
        return false;
    for (size_t j = 0; j < w->len; j++)
        if (!sentence_is_alike(s->fold[i + j], w->fold[j]))
            return false;
    return true;
}

void sentence_skip(struct sentence *s, const struct skip_word *words)
{
    bool changed = false;

    for (const struct skip_word *w = words; w; w = w->next) {
        for (size_t i = 0; i < s->len; i++) {
            if (!stands_at(s, i, w))
                continue;
            for (size_t j = 0; j < w->len; j++)
                s->fold[i + j] = s->clean[i + j] = ' ';
            changed = true;
        }
    }
    if (changed) {
        s->len = collapse(s->clean, s->len);
        for (size_t i = 0; i < s->len; i++)
            s->fold[i] = unicode_fold(s->clean[i]);
    }
}

void sentence_text(struct str *out, const struct sentence *s, size_t from, size_t to)
{
    while (from < to && s->clean[from] == ' ')
        from++;
    while (to > from && s->clean[to - 1] == ' ')
        to--;
    for (size_t i = from; i < to; i++)
        utf8_add(out, s->clean[i]);
}
