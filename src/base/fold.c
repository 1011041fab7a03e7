/* SPDX-License-Identifier: Apache-2.0 */
/* base/fold.c - base letters by libutf8proc, and what Unicode leaves apart. */
#include "base/fold.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum {
    DECOMPOSED_MAX = 32, /* the longest of Unicode has 18 */
    RAW_BYTE = 0x110000, /* + byte: no code point, but comparable */
};

/* Small letters that have no decomposition, and letters that are written for one another. */
static const struct {
    uint16_t from;
    char to[3];
    uint16_t to_letter; /* where it is not ASCII */
} letters[] = {
    { 0x00df, "ss", 0 },    { 0x00e6, "ae", 0 },    { 0x00f0, "d", 0 },     { 0x00f8, "o", 0 },
    { 0x00fe, "th", 0 },    { 0x0111, "d", 0 },     { 0x0127, "h", 0 },     { 0x0131, "i", 0 },
    { 0x0138, "k", 0 },     { 0x0142, "l", 0 },     { 0x014b, "n", 0 },     { 0x0153, "oe", 0 },
    { 0x0167, "t", 0 },     { 0x0180, "b", 0 },     { 0x0192, "f", 0 },     { 0x019a, "l", 0 },
    { 0x01e5, "g", 0 },     { 0x0237, "j", 0 },     { 0x0268, "i", 0 },     { 0x0289, "u", 0 },
    { 0x03c2, "", 0x03c3 }, /* final sigma */
    { 0x0629, "", 0x0647 }, /* teh marbuta, written heh */
    { 0x0649, "", 0x064a }, /* alef maksura, yeh */
    { 0x0671, "", 0x0627 }, /* alef wasla */
    { 0x06a9, "", 0x0643 }, /* Persian kaf and yeh */
    { 0x06cc, "", 0x064a },
};

static bool is_joint(uint32_t cp)
{
    return cp == '-' || cp == '_' || (cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212;
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= 0x09 && cp <= 0x0d) || cp == 0x85 ||
           (cp > 0x80 && cp < RAW_BYTE &&
            utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ZS);
}

static bool is_apostrophe(uint32_t cp)
{
    return cp == '\'' || cp == 0x2018 || cp == 0x2019 || cp == 0x02bc || cp == 0xff07;
}

/* Marks that a letter may lose and stays the same to people who type it in a hurry. */
static bool is_light_mark(uint32_t cp)
{
    return (cp >= 0x0300 && cp <= 0x036f) ||                  /* Latin, Greek, Cyrillic */
           (cp >= 0x0591 && cp <= 0x05c7) ||                  /* Hebrew points */
           (cp >= 0x064b && cp <= 0x065f) || cp == 0x0670 ||  /* Arabic vowels, hamza */
           (cp >= 0x06d6 && cp <= 0x06ed) || cp == 0x0640 ||  /* Koranic signs, tatweel */
           (cp >= 0xfe00 && cp <= 0xfe0f);                    /* variants of a picture */
}

static bool is_mark(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC;
}

/* Decimal digits stand in tens that begin at ...0 or ...6. */
static uint32_t digit_of(uint32_t cp)
{
    uint32_t low = cp & 15;

    if (cp < 0x80 || utf8proc_category((utf8proc_int32_t)cp) != UTF8PROC_CATEGORY_ND)
        return cp;
    if (low < 10 && utf8proc_category((utf8proc_int32_t)(cp - low)) == UTF8PROC_CATEGORY_ND)
        return '0' + low;
    return low >= 6 ? '0' + low - 6 : cp;
}

static size_t add_letter(uint32_t ret[FOLD_CHARS_MAX], size_t n, uint32_t cp)
{
    for (size_t i = 0; cp >= 0x80 && i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i].from != cp)
            continue;
        if (letters[i].to_letter) {
            cp = letters[i].to_letter;
            break;
        }
        for (const char *c = letters[i].to; *c && n < FOLD_CHARS_MAX; c++)
            ret[n++] = (unsigned char)*c;
        return n;
    }
    must(n <= FOLD_CHARS_MAX);
    if (n < FOLD_CHARS_MAX)
        ret[n++] = is_blank(cp) || is_joint(cp) ? ' ' : is_apostrophe(cp) ? '\'' : digit_of(cp);
    return n;
}

/* A syllable or letter whose parts are no letters of their own stays whole. */
static bool is_whole(const utf8proc_int32_t *part, utf8proc_ssize_t n)
{
    if (n <= 0 || n > DECOMPOSED_MAX)
        return true;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        if ((is_mark((uint32_t)part[i]) && !is_light_mark((uint32_t)part[i])) ||
            (part[i] >= 0x1100 && part[i] <= 0x11ff))
            return true;
    return false;
}

size_t fold_char(uint32_t ret[FOLD_CHARS_MAX], uint32_t cp)
{
    utf8proc_int32_t part[DECOMPOSED_MAX];
    utf8proc_ssize_t n;
    size_t count = 0;
    int boundary = 0;

    if (cp < 0x80)
        return add_letter(ret, 0, cp >= 'A' && cp <= 'Z' ? cp + 32 : cp);
    if (cp >= RAW_BYTE || is_light_mark(cp))
        return cp >= RAW_BYTE ? add_letter(ret, 0, cp) : 0;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, part, DECOMPOSED_MAX,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD,
                                &boundary);
    if (is_whole(part, n))
        return add_letter(ret, 0, fold_case(cp));
    for (utf8proc_ssize_t i = 0; i < n; i++)
        if (!is_light_mark((uint32_t)part[i]))
            count = add_letter(ret, count, (uint32_t)part[i]);
    must(count <= FOLD_CHARS_MAX);
    return count;
}

uint32_t fold_case(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    if (is_apostrophe(cp))
        return '\'';
    switch (cp) {
    case 0x0130: /* dotted I */
        return 'i';
    case 0x017f: /* long s */
        return 's';
    case 0x03c2: /* final sigma */
        return 0x03c3;
    default:
        return cp >= RAW_BYTE ? cp : digit_of((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp));
    }
}

size_t fold_compose(uint32_t *cp, size_t len)
{
    utf8proc_ssize_t n;
    bool plain = true;

    must_const(sizeof(uint32_t) == sizeof(utf8proc_int32_t));
    for (size_t i = 0; plain && i < len; i++)
        plain = cp[i] < 0x300;
    if (plain)
        return len;
    n = utf8proc_normalize_utf32((utf8proc_int32_t *)cp, (utf8proc_ssize_t)len,
                                 UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return must(n >= 0 && (size_t)n <= len) ? (size_t)n : len;
}

/* ---- texts -------------------------------------------------------------------------------- */

/* Yields the letters of a key one by one. */
struct reader {
    const char *at;
    uint32_t held[FOLD_CHARS_MAX];
    size_t n, i;      /* of held */
    bool begun, gap;  /* a letter was yielded; a blank is owed */
    uint32_t waiting; /* the letter behind the owed blank; 0: none */
};

static uint32_t next_raw(struct reader *r)
{
    while (r->i == r->n) {
        uint32_t cp = RAW_BYTE + (unsigned char)*r->at;
        size_t used = utf8_next(&cp, r->at, strnlen(r->at, UTF8_BYTES_MAX));

        if (*r->at == '\0')
            return 0;
        r->at += used ? used : 1;
        r->i = 0;
        r->n = fold_char(r->held, cp);
        must(r->n <= FOLD_CHARS_MAX);
    }
    return r->held[r->i++];
}

/* 0: the end. */
static uint32_t next_letter(struct reader *r)
{
    uint32_t cp = r->waiting;

    r->waiting = 0;
    while (cp == 0) {
        cp = next_raw(r);
        if (cp == 0)
            return 0;
        if (cp == ' ')
            r->gap = true;
        if (cp == ' ' || cp == '\'') {
            cp = 0;
        } else if (r->gap && r->begun) {
            r->gap = false;
            r->waiting = cp;
            return ' ';
        }
    }
    r->gap = false;
    r->begun = true;
    return cp;
}

void fold_key(struct str *out, const char *text)
{
    struct reader r = { .at = text };

    for (uint32_t cp = next_letter(&r); cp; cp = next_letter(&r)) {
        if (cp >= RAW_BYTE)
            str_add_char(out, (char)(cp - RAW_BYTE));
        else
            utf8_add(out, cp);
    }
}

bool fold_is_same(const char *a, const char *b)
{
    struct reader x = { .at = a }, y = { .at = b };

    for (;;) {
        uint32_t p = next_letter(&x), q = next_letter(&y);

        if (p != q)
            return false;
        if (p == 0)
            return true;
    }
}
