/* SPDX-License-Identifier: Apache-2.0 */
/* intent/sentence.c - normalising a sentence. */
#include "intent/sentence.h"

#include "base/fold.h"
#include "base/must.h"
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

static bool is_punctuation(uint32_t cp)
{
    static const uint32_t set[] = { '.',    ',',    '?',    '!',    ';',    ':',    '"',
                                    '`',    '\'',   0xa1,   0xab,   0xbb,   0xbf,   0x61f,  0x201c,
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

static bool is_ascii_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

/* "to -10", but not "Lamp-2". */
static bool is_minus(const uint32_t *cp, size_t n, size_t i)
{
    return (cp[i] == '-' || cp[i] == 0x2212) && (i == 0 || cp[i - 1] == ' ') && i + 1 < n &&
           is_ascii_digit(cp[i + 1]);
}

size_t sentence_fold(uint32_t *fold, uint32_t *exact, uint16_t *at, const uint32_t *cp, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t letter[FOLD_CHARS_MAX];
        bool minus = is_minus(cp, n, i);
        size_t count = minus ? 1 : fold_char(letter, cp[i]);

        if (minus)
            letter[0] = '-';
        if (len + count > SENTENCE_FOLD_MAX)
            return 0;
        if (count == 1 && letter[0] == ' ' && len > 0 && fold[len - 1] == ' ')
            continue;
        for (size_t k = 0; k < count; k++, len++) {
            fold[len] = letter[k];
            exact[len] = minus ? '-' : fold_case(cp[i]);
            at[len] = (uint16_t)i;
        }
    }
    at[len] = (uint16_t)n;
    must(len <= SENTENCE_FOLD_MAX && n <= UINT16_MAX);
    return len;
}

static int refold(struct sentence *s)
{
    s->len = sentence_fold(s->fold, s->exact, s->at, s->clean, s->clean_len);
    if (s->len > 0 && s->fold[0] == ' ') { /* "-x": nothing starts with a blank */
        memmove(s->fold, s->fold + 1, --s->len * sizeof(s->fold[0]));
        memmove(s->exact, s->exact + 1, s->len * sizeof(s->exact[0]));
        memmove(s->at, s->at + 1, (s->len + 1) * sizeof(s->at[0]));
    }
    must(s->len == 0 || s->fold[s->len - 1] == ' ');
    return s->len == 0 && s->clean_len > SENTENCE_MAX / 2 ? -E2BIG : 0;
}

void sentence_copy(struct sentence *to, const struct sentence *from)
{
    must(to != from && from->len <= SENTENCE_FOLD_MAX && from->clean_len <= SENTENCE_MAX + 1);
    memcpy(to->clean, from->clean, from->clean_len * sizeof(from->clean[0]));
    memcpy(to->fold, from->fold, from->len * sizeof(from->fold[0]));
    memcpy(to->exact, from->exact, from->len * sizeof(from->exact[0]));
    memcpy(to->at, from->at, (from->len + 1) * sizeof(from->at[0]));
    to->clean_len = from->clean_len;
    to->len = from->len;
    to->joined = from->joined;
}

int sentence_parse(struct sentence *ret, const char *text, size_t len, struct err *e)
{
    struct sentence s;
    size_t pos = 0;

    s.clean_len = 0;
    while (pos < len) {
        size_t at = pos;
        uint32_t cp;

        if (!utf8_step(&cp, text, len, &pos))
            return err_set(e, -EINVAL, "sentence: byte %zu is not valid text (UTF-8)", at + 1);
        cp = sentence_straight(cp);
        if (unicode_is_invisible(cp))
            continue;
        if (s.clean_len == SENTENCE_MAX)
            return err_set(e, -E2BIG, "sentence: longer than %d characters", SENTENCE_MAX);
        s.clean[s.clean_len++] = cp;
    }
    s.clean_len = fold_compose(s.clean, s.clean_len);
    drop_punctuation(s.clean, s.clean_len);
    s.clean_len = collapse(s.clean, s.clean_len);
    if (refold(&s) < 0)
        return err_set(e, -E2BIG, "sentence: longer than %d letters", SENTENCE_FOLD_MAX);
    s.joined = false;
    sentence_copy(ret, &s);
    return 0;
}

void sentence_join(struct sentence *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->len; i++)
        if (s->fold[i] != ' ') {
            s->fold[n] = s->fold[i];
            s->exact[n] = s->exact[i];
            s->at[n++] = s->at[i];
        }
    s->at[n] = (uint16_t)s->clean_len;
    must(n <= s->len);
    s->len = n;
    s->joined = true;
}

bool sentence_take(const struct sentence *s, size_t *at, const uint32_t *letters,
                   const uint32_t *exact, size_t len, bool *loose)
{
    must(*at <= s->len);
    for (size_t i = 0; i < len;) {
        uint32_t here = *at < s->len ? s->fold[*at] : 0;

        if (here == letters[i]) {
            *loose = *loose || (exact && s->exact[*at] != exact[i]);
            ++*at;
            i++;
        } else if ((*at == s->len || s->joined) && letters[i] == ' ') {
            i++;
        } else if (letters[i] == '\'' && (i + 1 < len || here == ' ')) {
            *at += i + 1 == len;
            *loose = true;
            i++;
        } else if (here == '\'' && *at > 0) {
            *loose = true;
            ++*at;
        } else {
            return false;
        }
    }
    return true;
}

bool sentence_word_stands(const struct sentence *s, size_t at, const struct skip_word *w, size_t *end)
{
    bool loose = false;

    must(at < s->len);
    if (w->len == 0 || (!s->joined && at > 0 && unicode_is_word(s->fold[at - 1])))
        return false;
    *end = at;
    return sentence_take(s, end, w->fold, NULL, w->len, &loose) &&
           (s->joined || *end >= s->len || !unicode_is_word(s->fold[*end]));
}

static void blank(struct sentence *s, size_t from, size_t to)
{
    must(from < to && to <= s->len);
    for (size_t i = from; i < to; i++)
        s->fold[i] = ' ';
    for (size_t i = s->at[from]; i < s->at[to]; i++)
        s->clean[i] = ' ';
}

static void close_gaps(struct sentence *s)
{
    size_t before = s->clean_len;

    s->clean_len = collapse(s->clean, s->clean_len);
    refold(s);
    must(s->clean_len <= before);
}

bool sentence_skip(struct sentence *s, const struct skip_word *words)
{
    bool changed = false;

    for (const struct skip_word *w = words; w; w = w->next)
        for (size_t i = 0; i < s->len; i++) {
            size_t end;

            if (sentence_word_at(s, i, w, &end)) {
                blank(s, i, end);
                changed = true;
            }
        }
    if (changed)
        close_gaps(s);
    return changed;
}

/* One word at either end; false: none is left there. */
static bool skip_end(struct sentence *s, const struct skip_word *words)
{
    for (const struct skip_word *w = words; w; w = w->next)
        for (size_t i = 0; i < s->len; i++) {
            size_t end;

            if (!sentence_word_at(s, i, w, &end) || (i > 0 && end + 1 < s->len))
                continue;
            blank(s, i, end);
            close_gaps(s);
            return true;
        }
    return false;
}

bool sentence_skip_ends(struct sentence *s, const struct skip_word *words)
{
    bool changed = false;

    while (s->len > 0 && skip_end(s, words))
        changed = true;
    return changed;
}

void sentence_text(struct str *out, const struct sentence *s, size_t from, size_t to)
{
    must(from <= to && to <= s->len);
    from = s->at[from];
    to = s->at[to];
    while (from < to && s->clean[from] == ' ')
        from++;
    while (to > from && s->clean[to - 1] == ' ')
        to--;
    for (size_t i = from; i < to; i++)
        utf8_add(out, s->clean[i]);
}
