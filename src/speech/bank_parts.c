/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_parts.c - how what this box says falls apart.
 *
 * A frame is cut into segments, runs of its words. A segment's pieces are the product of its places' values;
 * a segment is cut where that product would pass PRODUCT_MAX, best behind a mark that makes a pause anyway,
 * else behind the place. Before a place of numbers it is cut so that many frames share their pieces: "Dimmed
 * all the lights" | "by 20 percent." Names are many and stand in many frames: of a `listed` place (one whose values
 * can stand in a row) the words before and behind and the value are pieces of their own, and the segment with
 * all of them is of the third kind where frames times values pass DEMAND_MAX. */
#include "speech/bank_parts.h"

#include "base/fold.h"
#include "base/hash.h"
#include "base/must.h"
#include "base/sha256.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLACES_MAX = 32,
    SEGMENT_PLACES_MAX = 4,
    PRODUCT_MAX = 240,
    MANY = 99, /* values: a place of numbers, alone in its segment and for all frames in common */
    WORDS_BEFORE = 2, /* that such a place takes with it: "It is {time}." */
    DEMAND_MAX = 3000,
    JOINS_MAX = 4,
    SEGMENTS_MAX = PARTS_FRAMES_MAX * 8,
};

struct value {
    char *text; /* owned */
    unsigned kinds;
};

struct place {
    char name[24];
    struct value *values; /* owned */
    size_t n;
    size_t demand; /* frames with it, times values */
    bool is_listed, is_shared;
};

/* A run of words; "{name}" stands for each value of the place. */
struct segment {
    char *text; /* owned */
    size_t len;
    unsigned kinds;
    bool is_extra; /* of the third kind */
};

struct bank_parts {
    char language[16];
    struct place place[PLACES_MAX];
    size_t places;
    struct segment *segment; /* owned */
    size_t segments, room;
    char joins[JOINS_MAX][24]; /* "and", "or" */
    size_t joins_n;
    struct { /* where bank_parts_next() stands */
        bool in_extras;
        size_t segment;
        size_t value[SEGMENT_PLACES_MAX];
    } at;
};

/* ---- names of pieces ----------------------------------------------------------------------- */

/* Without what makes no difference to the sound. */
static bool piece_fold(struct str *out, const char *text, size_t len)
{
    uint32_t cp = 0;
    size_t pos = 0;

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == ','))
        len--;
    if (len == 0 || len > PARTS_TEXT_BYTES_MAX || !utf8_step(&cp, text, len, &pos))
        return false;
    utf8_add(out, fold_case(cp));
    str_add_bytes(out, text + pos, len - pos);
    return !out->failed;
}

uint64_t bank_key(const char *text, size_t len)
{
    AUTO_STR folded = STR_INIT;
    char hex[SHA256_HEX_BYTES];
    uint64_t key = 0;

    if (!piece_fold(&folded, text, len))
        return 0;
    sha256_hex(hex, folded.data, folded.len);
    for (int i = 0; i < 16; i++) {
        char c = hex[i];

        key = key << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return key ? key : 1;
}

/* Behind the word at `at`; a mark that stands alone ("Lequel : la lampe ?") belongs to the word before. */
static size_t word_end(const char *text, size_t at)
{
    size_t to = at + strcspn(text + at, " "), next = to + strspn(text + to, " ");
    size_t mark = strspn(text + next, "?!:;.,");

    return mark > 0 && (text[next + mark] == ' ' || text[next + mark] == '\0') ? next + mark : to;
}

/* ---- an answer into pieces ------------------------------------------------------------------- */

struct words {
    size_t n;
    size_t from[BANK_SPLIT_WORDS], to[BANK_SPLIT_WORDS];
};

static bool words_of(struct words *w, const char *text)
{
    size_t at = 0;

    w->n = 0;
    for (at += strspn(text, " "); text[at]; at += strspn(text + at, " ")) {
        if (w->n == BANK_SPLIT_WORDS)
            return false;
        w->from[w->n] = at;
        at = word_end(text, at);
        w->to[w->n++] = at;
    }
    return w->n > 0;
}

/* From the end: how few pieces say all from word i on, and how many words the first of them has. */
void bank_split(struct bank_split *ret, const char *text, bool (*has)(uint64_t key, void *user),
                void *user)
{
    size_t fewest[BANK_SPLIT_WORDS + 1] = { 0 }, first[BANK_SPLIT_WORDS + 1] = { 0 };
    struct words w;

    ret->n = 0;
    if (!words_of(&w, text))
        return;
    for (size_t i = w.n; i-- > 0;) {
        fewest[i] = SIZE_MAX;
        for (size_t k = BANK_PIECE_WORDS < w.n - i ? BANK_PIECE_WORDS : w.n - i; k > 0; k--) {
            uint64_t key;

            if (fewest[i + k] == SIZE_MAX || fewest[i + k] + 1 >= fewest[i])
                continue;
            key = bank_key(text + w.from[i], w.to[i + k - 1] - w.from[i]);
            if (key == 0 || !has(key, user))
                continue;
            fewest[i] = fewest[i + k] + 1;
            first[i] = k;
        }
    }
    if (fewest[0] > BANK_SPLIT_MAX)
        return;
    for (size_t i = 0; i < w.n; i += first[i]) {
        must(first[i] > 0 && ret->n < BANK_SPLIT_MAX);
        ret->part[ret->n].from = w.from[i];
        ret->part[ret->n++].len = w.to[i + first[i] - 1] - w.from[i];
    }
    must(ret->n == fewest[0]);
}

/* ---- places -------------------------------------------------------------------------------- */

/* The place that the word at p ("{name}." ...) holds; NULL: it holds none that is known. *len: of the braces
 * and what is in them. */
static struct place *place_at(const struct bank_parts *p, const char *at, size_t *len)
{
    const char *end = *at == '{' ? strchr(at, '}') : NULL;

    if (!end)
        return NULL;
    *len = (size_t)(end - at) + 1;
    for (size_t i = 0; i < p->places; i++)
        if (strlen(p->place[i].name) == *len - 2 &&
            memcmp(p->place[i].name, at + 1, *len - 2) == 0)
            return (struct place *)&p->place[i];
    return NULL;
}

/* Text and kinds of a value or a frame: "text", or {text, kinds}. */
static const char *text_of(const cJSON *item, unsigned *kinds)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : json_str(item, "text", "");

    *kinds = (unsigned)json_int(item, "kinds", 0, UINT32_MAX, UINT32_MAX);
    return strlen(text) <= PARTS_TEXT_BYTES_MAX ? text : "";
}

static int place_add(struct bank_parts *p, const cJSON *list, struct err *e)
{
    struct place *place = &p->place[p->places];
    int n = cJSON_GetArraySize(list);
    const cJSON *item;

    if (p->places == PLACES_MAX || !str_copy(place->name, sizeof(place->name), list->string))
        return 0;
    place->values = calloc((size_t)n + 1, sizeof(*place->values));
    p->places++;
    if (!place->values)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    cJSON_ArrayForEach(item, list)
    {
        unsigned kinds;
        const char *text = text_of(item, &kinds);

        if (text[0] == '\0' || place->n == PARTS_TEXTS_MAX)
            continue;
        place->values[place->n] = (struct value){ str_dup(text), kinds };
        if (!place->values[place->n].text)
            return err_set(e, -ENOMEM, "voice bank: out of memory");
        place->n++;
    }
    return 0;
}

/* ---- segments ------------------------------------------------------------------------------ */

static bool segment_is_there(const struct bank_parts *p, const char *text, size_t len, unsigned kinds)
{
    for (size_t i = 0; i < p->segments; i++)
        if (p->segment[i].kinds == kinds && p->segment[i].len == len &&
            memcmp(p->segment[i].text, text, len) == 0)
            return true;
    return false;
}

static int segment_add(struct bank_parts *p, const char *text, size_t len, unsigned kinds,
                       bool is_extra, struct err *e)
{
    char *copy;

    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (len == 0 || p->segments == SEGMENTS_MAX || segment_is_there(p, text, len, kinds))
        return 0;
    if (p->segments == p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        struct segment *grown = realloc(p->segment, room * sizeof(*grown));

        if (!grown)
            return err_set(e, -ENOMEM, "voice bank: out of memory");
        p->segment = grown;
        p->room = room;
    }
    copy = strndup(text, len);
    if (!copy)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    must(p->segments < p->room);
    p->segment[p->segments++] = (struct segment){ copy, len, kinds, is_extra };
    return 0;
}

/* A frame under way: the words since the last cut. */
struct cut {
    const char *text;
    unsigned kinds;
    size_t from;            /* of the segment */
    size_t after;           /* behind its last place; 0: it has none */
    size_t pause;           /* behind a word with a mark that came after that place; 0: none */
    size_t product, places; /* of the segment */
    bool is_wide;           /* it holds a place that is asked for too often */
};

static int cut_end(struct bank_parts *p, struct cut *c, size_t to, struct err *e)
{
    int r = segment_add(p, c->text + c->from, to - c->from, c->kinds, c->is_wide, e);

    c->from = to + strspn(c->text + to, " ");
    c->after = c->pause = c->places = 0;
    c->product = 1;
    c->is_wide = false;
    return r;
}

/* Where the word before `from` begins, if more than WORDS_BEFORE stand there since the last cut; else 0. */
static size_t cut_before(const struct cut *c, size_t from)
{
    size_t words = 0, last = 0;

    for (size_t at = c->from; at < from;) {
        size_t to = word_end(c->text, at);

        last = at;
        words++;
        at = to + strspn(c->text + to, " ");
    }
    return words > WORDS_BEFORE ? last : 0;
}

/* Where it is to be cut before the place at `from`, with n values, comes in; 0: nowhere. */
static size_t cut_where(const struct cut *c, const struct place *place, size_t n, size_t from)
{
    bool is_full = c->product * n > PRODUCT_MAX || n > MANY || c->product > MANY ||
                   c->places == SEGMENT_PLACES_MAX;

    if (place->is_shared && from > c->from)
        return c->pause ? c->pause : from;
    if (c->after > 0 && is_full)
        return c->pause ? c->pause : c->after;
    return c->after == 0 && n > MANY && !place->is_listed ? cut_before(c, from) : 0;
}

static void cut_place(struct cut *c, const struct place *place, size_t n, size_t to)
{
    c->product *= n;
    c->places++;
    c->after = to;
    c->pause = 0;
    c->is_wide = c->is_wide || (place->is_listed && place->demand > DEMAND_MAX);
}

/* Takes the word from..to; cuts before it, or in what stands before it, where too much would come together. */
static int cut_word(struct bank_parts *p, struct cut *c, size_t from, size_t to, struct err *e)
{
    size_t len = 0, n, at;
    const struct place *place = place_at(p, c->text + from, &len);
    int r = 0;

    if (!place) {
        if (c->after > 0 && strchr(",.;:?!", c->text[to - 1]))
            c->pause = to;
        return 0;
    }
    n = place->n > 0 ? place->n : 1;
    at = cut_where(c, place, n, from);
    if (at > 0)
        r = cut_end(p, c, at, e);
    cut_place(c, place, n, to);
    return r;
}

/* The frame in segments of the second and third kind. */
static int frame_cut(struct bank_parts *p, const char *text, unsigned kinds, struct err *e)
{
    struct cut c = { .text = text, .kinds = kinds, .product = 1 };
    size_t at = 0;
    int r = 0;

    while (text[at] && r == 0) {
        size_t to = word_end(text, at);

        r = cut_word(p, &c, at, to, e);
        at = to + strspn(text + to, " ");
    }
    return r == 0 ? cut_end(p, &c, at, e) : r;
}

/* What stands around a listed place, and the place, as segments of their own: "Turned on" | "{name}." The
 * value without an end, behind "and": a row of them. */
static int frame_around(struct bank_parts *p, const char *text, unsigned kinds, struct err *e)
{
    AUTO_STR rest = STR_INIT;
    size_t at = 0, from = 0, to;
    int r = 0;

    for (; text[at] && r == 0; at = to + strspn(text + to, " ")) {
        size_t len = 0;
        const struct place *place = place_at(p, text + at, &len);

        to = word_end(text, at);
        if (!place || !place->is_listed)
            continue;
        str_clear(&rest);
        str_add_bytes(&rest, text + from, at - from);
        r = rest.failed ? -ENOMEM : frame_cut(p, str_text(&rest), kinds, e);
        for (size_t i = 0; i <= p->joins_n && r == 0; i++) {
            str_clear(&rest);
            str_addf(&rest, "%s%s%.*s", i < p->joins_n ? p->joins[i] : "", i < p->joins_n ? " " : "",
                     (int)(to - at), text + at);
            r = segment_add(p, str_text(&rest), rest.len, UINT32_MAX, false, e);
            if (r == 0 && to - at > len) /* and as one that others follow */
                r = segment_add(p, str_text(&rest), rest.len - (to - at - len), UINT32_MAX, false, e);
        }
        from = to + strspn(text + to, " ");
    }
    return r == 0 && from > 0 ? frame_cut(p, text + from, kinds, e) : r;
}

static void demand_count(struct bank_parts *p, const cJSON *frames)
{
    const cJSON *frame;
    unsigned kinds;

    cJSON_ArrayForEach(frame, frames)
        for (const char *at = text_of(frame, &kinds); *at; at++) {
            size_t len = 0;
            struct place *place = place_at(p, at, &len);

            if (place)
                place->demand += place->n;
        }
}

/* ---- making it ----------------------------------------------------------------------------- */

static bool list_names(const cJSON *phrases, const char *list, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(phrases, list))
        if (cJSON_IsString(item) && strcmp(item->valuestring, name) == 0)
            return true;
    return false;
}

static int parts_places(struct bank_parts *p, const cJSON *phrases, struct err *e)
{
    const cJSON *item;
    int r = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(phrases, "places"))
    {
        r = place_add(p, item, e);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < p->places; i++) {
        p->place[i].is_listed = list_names(phrases, "listed", p->place[i].name);
        p->place[i].is_shared = list_names(phrases, "shared", p->place[i].name);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(phrases, "joins"))
        if (p->joins_n < JOINS_MAX && cJSON_IsString(item) &&
            str_copy(p->joins[p->joins_n], sizeof(p->joins[0]), item->valuestring))
            p->joins_n++;
    return 0;
}

static int parts_frames(struct bank_parts *p, const cJSON *phrases, struct err *e)
{
    const cJSON *frames = cJSON_GetObjectItemCaseSensitive(phrases, "frames"), *item;
    size_t n = 0;
    unsigned kinds;
    int r = 0;

    demand_count(p, frames);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(phrases, "whole"))
    {
        const char *text = text_of(item, &kinds);

        if (r == 0 && n++ < PARTS_FRAMES_MAX)
            r = segment_add(p, text, strlen(text), UINT32_MAX, false, e);
    }
    n = 0;
    cJSON_ArrayForEach(item, frames)
    {
        const char *text = text_of(item, &kinds);

        if (r < 0 || n++ >= PARTS_FRAMES_MAX)
            break;
        r = frame_around(p, text, kinds, e);
        if (r == 0)
            r = frame_cut(p, text, kinds, e);
    }
    return r;
}

int bank_parts_new(struct bank_parts **ret, const cJSON *phrases, struct err *e)
{
    AUTO(bank_parts_freep) struct bank_parts *p = NULL;
    const char *language = json_str(phrases, "language", "");
    int r;

    if (language[0] == '\0')
        return err_set(e, -EINVAL, "voice bank: phrases without a language");
    p = calloc(1, sizeof(*p));
    if (!p)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    str_copy(p->language, sizeof(p->language), language);
    r = parts_places(p, phrases, e);
    if (r == 0)
        r = parts_frames(p, phrases, e);
    if (r < 0)
        return r;
    *ret = STEAL(p);
    return 0;
}

struct bank_parts *bank_parts_free(struct bank_parts *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < p->places; i++) {
        while (p->place[i].n > 0)
            free(p->place[i].values[--p->place[i].n].text);
        free(p->place[i].values);
    }
    for (size_t i = 0; i < p->segments; i++)
        free(p->segment[i].text);
    free(p->segment);
    free(p);
    return NULL;
}

const char *bank_parts_language(const struct bank_parts *p)
{
    return p->language;
}

/* ---- the pieces, in turn --------------------------------------------------------------------- */

void bank_parts_rewind(struct bank_parts *p)
{
    memset(&p->at, 0, sizeof(p->at));
}

/* The segment with the values that are its turn. false: such a piece there is not. */
static bool segment_say(const struct bank_parts *p, const struct segment *s, struct str *out)
{
    unsigned kinds = s->kinds;
    size_t k = 0;

    str_clear(out);
    for (const char *at = s->text; *at;) {
        size_t len = 0;
        const struct place *place = place_at(p, at, &len);

        if (*at == '{' && (!place || k == SEGMENT_PLACES_MAX || place->n == 0))
            return false; /* nobody knows what may stand there */
        if (!place) {
            str_add_char(out, *at++);
            continue;
        }
        must(p->at.value[k] < place->n);
        kinds &= place->values[p->at.value[k]].kinds;
        str_add(out, place->values[p->at.value[k++]].text);
        at += len;
    }
    return kinds != 0 && !out->failed && out->len <= PARTS_TEXT_BYTES_MAX;
}

/* The next values; false: those were all of the segment. */
static bool segment_step(struct bank_parts *p, const struct segment *s)
{
    size_t k = 0;

    for (const char *at = s->text; *at && k < SEGMENT_PLACES_MAX; at++) {
        size_t len = 0;
        const struct place *place = place_at(p, at, &len);

        if (!place)
            continue;
        if (++p->at.value[k] < place->n)
            return true;
        p->at.value[k++] = 0;
    }
    return false;
}

bool bank_parts_next(struct bank_parts *p, struct str *out, bool *needed)
{
    for (;;) {
        const struct segment *s;
        bool said = false;

        if (p->at.segment == p->segments) {
            if (p->at.in_extras)
                return false;
            p->at.in_extras = true;
            p->at.segment = 0;
            continue;
        }
        s = &p->segment[p->at.segment];
        if (s->is_extra == p->at.in_extras)
            said = segment_say(p, s, out);
        if (s->is_extra != p->at.in_extras || !segment_step(p, s)) {
            memset(p->at.value, 0, sizeof(p->at.value));
            p->at.segment++;
        }
        *needed = !s->is_extra;
        if (said)
            return true;
    }
}
