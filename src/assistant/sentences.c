/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/sentences.c - cuts the stream of a language model into speakable sentences.
 *
 * Three stages, each simple: a byte filter for reasoning tags on the way in, a scan for the next
 * cut over the raw text, and a cleaner that takes the Markdown marks out of one cut piece. The
 * scan goes on where it stopped: a model's bytes come by ones and twos. */
#include "assistant/sentences.h"

#include "base/must.h"
#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { HTML_TAG_BYTES_MAX = 40, CP_INVALID = 0xfffd };

/* ---- characters ------------------------------------------------------------------------ */

/* One character at p. Returns its bytes; 0: cut off at the end; invalid bytes are CP_INVALID. */
static size_t char_next(const char *p, size_t len, uint32_t *cp)
{
    size_t n = utf8_next(cp, p, len), wanted = utf8_wanted((unsigned char)p[0]), have = 1;

    if (n > 0)
        return n;
    while (have < len && have < wanted && ((unsigned char)p[have] & 0xc0) == 0x80)
        have++;
    *cp = p[0] == '\0' ? 0 : CP_INVALID;
    return have == len && have < wanted ? 0 : 1;
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == '\n' || cp == '\t' || cp == '\r' || cp == 0xa0 || cp == 0x202f;
}

/* Characters that no voice can say: control characters, marks of direction, emoji. */
static bool is_mute(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0, 0x1f },         { 0x7f, 0x9f },         { 0x200b, 0x200f },
        { 0x2028, 0x202e },  { 0x2060, 0x206f },     { 0x2600, 0x27bf },
        { 0xfe00, 0xfe0f },  { 0xfeff, 0xfeff },     { CP_INVALID, CP_INVALID },
        { 0x1f000, 0x1faff }, { 0xe0000, 0x10ffff },
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

static bool is_spoken(uint32_t cp)
{
    static const uint32_t marks[] = { 0xa1, 0xab, 0xbb, 0xbf, 0x2013, 0x2014, 0x2018, 0x2019,
                                      0x201c, 0x201d, 0x2022, 0x2026, 0x3002, 0xff01, 0xff1f };

    if (cp < 0x80)
        return isalnum((int)cp);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (cp == marks[i])
            return false;
    return !is_mute(cp) && !is_blank(cp);
}

/* ---- reasoning tags -------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool begins;
} think_tags[] = {
    { "<think>", true },     { "</think>", false },     { "<thinking>", true },
    { "</thinking>", false }, { "<reasoning>", true },  { "</reasoning>", false },
};

enum tag_fit { TAG_NONE, TAG_MAYBE, TAG_BEGINS, TAG_ENDS };

static enum tag_fit tag_fit(const char *bytes, size_t len)
{
    enum tag_fit fit = TAG_NONE;

    for (size_t i = 0; i < sizeof(think_tags) / sizeof(think_tags[0]); i++) {
        size_t n = strlen(think_tags[i].text);

        if (len > n || strncasecmp(think_tags[i].text, bytes, len) != 0)
            continue;
        if (len == n)
            return think_tags[i].begins ? TAG_BEGINS : TAG_ENDS;
        fit = TAG_MAYBE;
    }
    return fit;
}

/* What looked like a tag is none: it is text after all. */
static void tag_flush(struct sentences *s)
{
    if (!s->thinking)
        str_add_bytes(&s->raw, s->tag, s->tag_len);
    s->tag_len = 0;
}

static void think_filter(struct sentences *s, char c)
{
    if (c == '<')
        tag_flush(s);
    if (s->tag_len == 0 && c != '<') {
        if (!s->thinking)
            str_add_char(&s->raw, c);
        return;
    }
    if (!must(s->tag_len < SENTENCES_TAG_BYTES))
        tag_flush(s);
    s->tag[s->tag_len++] = c;
    switch (tag_fit(s->tag, s->tag_len)) {
    case TAG_NONE:
        tag_flush(s);
        break;
    case TAG_MAYBE:
        break;
    case TAG_BEGINS:
        s->thinking = true;
        s->tag_len = 0;
        break;
    case TAG_ENDS:
        s->thinking = false;
        s->tag_len = 0;
        break;
    }
}

/* ---- where to cut ---------------------------------------------------------------------- */

static const char *const abbreviations[] = {
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "approx", "no", "e.g", "i.e", "cf",
    "mme", "mlle", "env", "p.ex", "av", "apr",
};

static bool is_abbreviation(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(abbreviations) / sizeof(abbreviations[0]); i++)
        if (strlen(abbreviations[i]) == len && strncasecmp(abbreviations[i], word, len) == 0)
            return true;
    return false;
}

/* "1. Open the window": does the piece begin with the number at p[from], but for marks? */
static bool is_list_number(const char *p, size_t from, size_t dot)
{
    for (size_t i = from; i < dot; i++)
        if (!isdigit((unsigned char)p[i]))
            return false;
    while (from > 0 && strchr(" \t*_#>", p[from - 1]))
        from--;
    return from == 0;
}

/* Is the full stop at p[dot] part of an abbreviation, an initial or a list number? */
static bool dot_is_inner(const char *p, size_t dot)
{
    size_t from = dot, len;

    while (from > 0 && (isalnum((unsigned char)p[from - 1]) || p[from - 1] == '.' ||
                        (unsigned char)p[from - 1] >= 0x80))
        from--;
    len = dot - from;
    if (len == 0)
        return false;
    if (len == 1 && isupper((unsigned char)p[from]))
        return true; /* J. Smith */
    if (len >= 3 && p[dot - 2] == '.' && isalpha((unsigned char)p[dot - 1]))
        return true; /* U.S. */
    return is_list_number(p, from, dot) || is_abbreviation(p + from, len);
}

struct scan {
    const char *p;
    size_t len;
    bool ended;
    struct sentences_mark *done; /* what an earlier call has looked at without a cut */
};

/* The end of the sentence whose mark ends at `at`: behind closing quotes and brackets, before a
 * blank. 0: no end here; SIZE_MAX: cannot be known yet. */
static size_t end_after_mark(const struct scan *sc, size_t at, bool needs_blank)
{
    while (at < sc->len) {
        uint32_t cp;
        size_t n = char_next(sc->p + at, sc->len - at, &cp);

        if (n == 0)
            return sc->ended ? at : SIZE_MAX;
        if (is_blank(cp) || !needs_blank)
            return at;
        if (!(cp < 0x80 && strchr(".!?\"')]}*_`~", (int)cp)) && cp != 0xbb && cp != 0x2019 &&
            cp != 0x201d && cp != 0x2026)
            return 0;
        at += n;
    }
    return sc->ended ? at : SIZE_MAX;
}

/* Does something speakable follow the cut? Far away counts, so that marks cannot pile up. */
static bool is_followed(const struct scan *sc, size_t cut)
{
    size_t at = sc->done->followed > cut ? sc->done->followed : cut;

    while (at < sc->len) {
        uint32_t cp;
        size_t n = char_next(sc->p + at, sc->len - at, &cp);

        if (n == 0)
            break;
        if (is_spoken(cp) || at > cut + SENTENCE_BYTES_MAX)
            return true;
        at += n;
    }
    sc->done->followed = at;
    return sc->ended;
}

/* Ends of sentences in scripts that put no blank behind them. */
static bool is_wide_mark(uint32_t cp)
{
    return cp == 0x3002 || cp == 0xff01 || cp == 0xff1f;
}

/* The place behind the piece that begins at sc->p. 0: none yet, SIZE_MAX: cannot be known yet. */
static size_t scan_step(const struct scan *sc, size_t pos, size_t n, uint32_t cp, size_t chars)
{
    size_t after = pos + n;

    if (cp == '\n')
        return after;
    if (is_wide_mark(cp))
        return end_after_mark(sc, after, false);
    if (cp == '.' && dot_is_inner(sc->p, pos))
        return 0;
    if (cp == '.' || cp == '!' || cp == '?' || cp == 0x2026)
        return end_after_mark(sc, after, true);
    if (chars >= SENTENCE_SOFT_CHARS && (cp == ',' || cp == ';' || cp == ':'))
        return end_after_mark(sc, after, true);
    return chars >= SENTENCE_HARD_CHARS && is_blank(cp) ? after : 0;
}

static size_t cut_find(const struct scan *sc)
{
    struct sentences_mark *m = sc->done;

    must(m->pos <= sc->len && m->last_blank <= m->pos);
    while (m->pos < sc->len) {
        uint32_t cp;
        size_t n = char_next(sc->p + m->pos, sc->len - m->pos, &cp), cut;

        if (n == 0)
            break;
        cut = scan_step(sc, m->pos, n, cp, m->chars + 1);
        if (cut == SIZE_MAX)
            return 0;
        if (cut > 0)
            return is_followed(sc, cut) ? cut : 0;
        m->chars++;
        m->pos += n;
        if (is_blank(cp))
            m->last_blank = m->pos;
        if (m->pos >= SENTENCE_BYTES_MAX)
            return m->last_blank ? m->last_blank : m->pos;
    }
    return sc->ended ? sc->len : 0;
}

/* ---- Markdown -------------------------------------------------------------------------- */

static const char *const line_mark_texts[] = {
    " ", "\t", ">", "#", "- ", "* ", "+ ", "[ ] ", "[x] ", "[X] ",
};

/* Marks that stand at the start of a line: headings, quotes, list points, check boxes. */
static size_t line_marks(const char *p, size_t len)
{
    size_t pos = 0, i;

    do {
        if (len - pos >= 3 && (memcmp(p + pos, "```", 3) == 0 || memcmp(p + pos, "~~~", 3) == 0))
            return len; /* a fence names at most a programming language */
        for (i = 0; i < sizeof(line_mark_texts) / sizeof(line_mark_texts[0]); i++) {
            size_t n = strlen(line_mark_texts[i]);

            if (len - pos >= n && memcmp(p + pos, line_mark_texts[i], n) == 0) {
                pos += n;
                break;
            }
        }
    } while (i < sizeof(line_mark_texts) / sizeof(line_mark_texts[0]));
    return pos;
}

/* A byte that may be a mark. */
struct spot {
    const char *p;
    size_t len, at;
    bool blank; /* out: a blank takes the mark's place */
};

static bool is_word_byte(const struct spot *x, size_t at)
{
    return at < x->len && (isalnum((unsigned char)x->p[at]) || (unsigned char)x->p[at] >= 0x80);
}

static bool is_next(const struct spot *x, char c)
{
    return x->len - x->at > 1 && x->p[x->at + 1] == c;
}

/* Each returns how many bytes belong to the mark; 0: it is text. */

static size_t mark_always(struct spot *x)
{
    (void)x;
    return 1;
}

static size_t mark_column(struct spot *x)
{
    x->blank = true;
    return 1;
}

/* "2 * 3" keeps its star. */
static size_t mark_star(struct spot *x)
{
    bool before = x->at == 0 || x->p[x->at - 1] == ' ';

    return before && (x->at + 1 == x->len || is_next(x, ' ')) ? 0 : 1;
}

static size_t mark_underscore(struct spot *x)
{
    x->blank = x->at > 0 && is_word_byte(x, x->at - 1) && is_word_byte(x, x->at + 1);
    return 1;
}

static size_t mark_strike(struct spot *x)
{
    return is_next(x, '~') ? 2 : 0;
}

static size_t mark_image(struct spot *x)
{
    return is_next(x, '[') ? 1 : 0;
}

/* "](http://..)" goes with its target. */
static size_t mark_bracket(struct spot *x)
{
    if (!is_next(x, '('))
        return 1;
    for (size_t i = x->at + 2; i < x->len && x->p[i] != ' ' && x->p[i] != '\n'; i++)
        if (x->p[i] == ')')
            return i + 1 - x->at;
    return 1;
}

static size_t mark_escape(struct spot *x)
{
    return x->len - x->at > 1 && ispunct((unsigned char)x->p[x->at + 1]) ? 1 : 0;
}

/* "<br>", "</b>" */
static size_t mark_html(struct spot *x)
{
    const char *p = x->p + x->at;
    size_t len = x->len - x->at;

    x->blank = true;
    if (len < 3 || !(isalpha((unsigned char)p[1]) || p[1] == '/'))
        return 0;
    for (size_t i = 2; i < len && i < HTML_TAG_BYTES_MAX; i++)
        if (p[i] == '>')
            return i + 1;
    return 0;
}

static const struct {
    char c;
    size_t (*bytes)(struct spot *x);
} inline_marks[] = {
    { '`', mark_always },  { '[', mark_always },      { '*', mark_star },
    { '_', mark_underscore }, { '~', mark_strike },   { '!', mark_image },
    { ']', mark_bracket }, { '|', mark_column },      { '\\', mark_escape },
    { '<', mark_html },
};

/* How many bytes of a mark stand at the spot; 0: it is text. */
static size_t inline_mark(struct spot *x)
{
    if (x->at > 0 && x->p[x->at - 1] == '\\')
        return 0; /* escaped */
    for (size_t i = 0; i < sizeof(inline_marks) / sizeof(inline_marks[0]); i++)
        if (inline_marks[i].c == x->p[x->at])
            return inline_marks[i].bytes(x);
    return 0;
}

/* One cut piece without marks, blanks made single; false: nothing to say is left. */
static bool piece_clean(struct str *out, const char *p, size_t len, bool at_line_start)
{
    bool spoken = false, gap = false;
    size_t pos = at_line_start ? line_marks(p, len) : 0;

    while (pos < len) {
        uint32_t cp;
        struct spot x = { p, len, pos, false };
        size_t n = inline_mark(&x);

        if (n > 0) {
            gap = gap || x.blank;
            pos += n;
            continue;
        }
        n = char_next(p + pos, len - pos, &cp);
        if (n == 0)
            break;
        if (is_blank(cp)) {
            gap = true;
        } else if (!is_mute(cp)) {
            if (gap && out->len > 0)
                str_add_char(out, ' ');
            gap = false;
            str_add_bytes(out, p + pos, n);
            spoken = spoken || is_spoken(cp);
        }
        pos += n;
    }
    return spoken;
}

/* ---- interface ------------------------------------------------------------------------- */

void sentences_init(struct sentences *s)
{
    *s = (struct sentences){ .raw = STR_INIT, .at_line_start = true };
}

void sentences_done(struct sentences *s)
{
    str_done(&s->raw);
    sentences_init(s);
}

int sentences_add(struct sentences *s, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != '\0')
            think_filter(s, bytes[i]);
    return s->raw.failed ? -ENOMEM : 0;
}

void sentences_end(struct sentences *s)
{
    tag_flush(s);
    s->ended = true;
    must(s->tag_len == 0);
}

/* Spoken bytes are thrown away when they are the larger part: each is moved about once. */
static void raw_take(struct sentences *s, size_t n)
{
    s->head += n;
    must(n > 0 && s->head <= s->raw.len);
    s->scanned = (struct sentences_mark){ 0 };
    if (s->head < s->raw.len && s->head * 2 < s->raw.len)
        return;
    s->raw.len -= s->head;
    memmove(s->raw.data, s->raw.data + s->head, s->raw.len);
    s->raw.data[s->raw.len] = '\0';
    s->head = 0;
}

int sentences_next(struct sentences *s, char **ret)
{
    AUTO_STR out = STR_INIT;

    while (s->raw.len > s->head) {
        struct scan sc = { s->raw.data + s->head, s->raw.len - s->head, s->ended, &s->scanned };
        size_t cut = cut_find(&sc);
        bool at_line_start = s->at_line_start, spoken;
        char *text;

        if (cut == 0)
            return s->raw.failed ? -ENOMEM : 0;
        s->at_line_start = sc.p[cut - 1] == '\n';
        spoken = piece_clean(&out, sc.p, cut, at_line_start);
        raw_take(s, cut);
        if (!spoken && !out.failed) {
            str_clear(&out);
            continue;
        }
        text = str_take(&out);
        if (!text)
            return -ENOMEM;
        invariant(!strpbrk(text, "\n\r") && utf8_is_valid(text, strlen(text)));
        *ret = text;
        return 1;
    }
    return s->raw.failed ? -ENOMEM : 0;
}
