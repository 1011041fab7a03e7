/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply.c - the words of one language.
 *
 * The file's tree is kept as it is and read again at each reply; reply_check() has seen all of it
 * before. Beside the tree stand only the turns: which sentence
 * of a key comes next. */
#include "assistant/reply_file.h"

#include "assistant/answers.h"
#include "base/fold.h"
#include "base/must.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

struct reply_set {
    const char *intent, *key;     /* borrowed from the tree */
    const struct yaml *sentences; /* scalar or list */
    size_t turn;                  /* the sentence that comes next */
};

struct reply {
    struct yaml *tree;     /* owned */
    struct reply_set *set; /* owned; n of them */
    struct answers *answers; /* owned; NULL: none */
    size_t n;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- making one ------------------------------------------------------------------------ */

static int reply_index(struct reply *r, struct err *e)
{
    const struct yaml *intents = yaml_get(r->tree, "intents");
    size_t n = 0;

    yaml_each(intent, intents) n += yaml_count(intent);
    r->set = calloc(n, sizeof(*r->set));
    if (!r->set)
        return err_set(e, -ENOMEM, "responses: out of memory");
    yaml_each(intent, intents)
    {
        yaml_each(key, intent) r->set[r->n++] =
            (struct reply_set){ .intent = intent->key, .key = key->key, .sentences = key };
    }
    return 0;
}

/* Takes the tree. */
static int reply_build(struct reply **ret, const char *name, struct yaml *tree, struct err *e)
{
    AUTO(reply_freep) struct reply *r = calloc(1, sizeof(*r));
    int code;

    if (!r) {
        yaml_free(tree);
        return err_set(e, -ENOMEM, "responses: out of memory");
    }
    r->tree = tree;
    code = reply_check(name, tree, e);
    if (code >= 0)
        code = reply_index(r, e);
    if (code < 0)
        return code;
    *ret = STEAL(r);
    return 0;
}

int reply_parse(struct reply **ret, const char *name, const void *buf, size_t len, struct err *e)
{
    struct yaml *tree = NULL;
    int r = yaml_parse(&tree, name, buf, len, e);

    return r < 0 ? r : reply_build(ret, name, tree, e);
}

int reply_load(struct reply **ret, const char *path, struct err *e)
{
    struct yaml *tree = NULL;
    int r = yaml_load(&tree, path, e);

    return r < 0 ? r : reply_build(ret, path, tree, e);
}

struct reply *reply_free(struct reply *r)
{
    if (!r)
        return NULL;
    yaml_free(r->tree);
    answers_free(r->answers);
    free(r->set);
    free(r);
    return NULL;
}

void reply_adopt(struct reply *r, struct answers *answers)
{
    answers_free(r->answers);
    r->answers = answers;
}

struct answers *reply_answers(const struct reply *r)
{
    return r->answers;
}

const struct yaml *reply_tree(const struct reply *r)
{
    return r->tree;
}

const char *reply_prompt(const struct reply *r)
{
    return yaml_str(r->tree, "prompt", "");
}

/* ---- sentences ------------------------------------------------------------------------- */

static const struct yaml *item_at(const struct yaml *list, size_t i)
{
    const struct yaml *y = list->kind == YAML_LIST ? list->child : list;

    while (y && i-- > 0)
        y = y->next;
    return y;
}

/* The next sentence of the set whose places are known. */
static bool set_make(struct str *out, struct reply_set *s, const struct reply_places *in)
{
    size_t n = s->sentences->kind == YAML_LIST ? yaml_count(s->sentences) : 1;

    for (size_t i = 0; i < n; i++) {
        size_t at = (s->turn + i) % n;

        must(s->turn < n);
        if (reply_render(out, item_at(s->sentences, at)->text, in)) {
            s->turn = (at + 1) % n;
            return true;
        }
    }
    return false;
}

static struct reply_set *set_find(struct reply *r, const char *intent, const char *key)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->set[i].intent, intent) == 0 && strcmp(r->set[i].key, key) == 0)
            return &r->set[i];
    return NULL;
}

/* Adds the key's sentence; false where there is none whose places are known. */
static bool key_make(struct str *out, struct reply *r, const struct reply_choice *c,
                     const char *key)
{
    const struct reply_places in = { reply_place_names, c->places, PLACE_N };
    struct reply_set *s = set_find(r, c->intent, key);
    AUTO_STR text = STR_INIT;

    if (!s || !set_make(&text, s, &in) || text.failed || text.len > REPLY_BYTES_MAX)
        return false;
    text.data[0] = (char)toupper((unsigned char)text.data[0]);
    str_add_bytes(out, text.data, text.len);
    return true;
}

bool reply_try(struct str *out, struct reply *r, const struct reply_choice *c)
{
    must(c->n <= REPLY_KEYS_MAX);
    for (size_t i = 0; i < c->n; i++)
        if (key_make(out, r, c, c->keys[i]))
            return true;
    return false;
}

void reply_make(struct str *out, struct reply *r, const struct reply_choice *c)
{
    if (!reply_try(out, r, c) && !key_make(out, r, c, "default"))
        str_add(out, reply_done(r));
}

const char *reply_done(const struct reply *r)
{
    return item_at(yaml_get(r->tree, "done"), 0)->text;
}

const char *reply_error(const struct reply *r, enum reply_error error)
{
    must(error < REPLY_ERROR_N);
    return item_at(yaml_get(yaml_get(r->tree, "errors"), reply_error_names[error]), 0)->text;
}

/* ---- forms for speaking ---------------------------------------------------------------- */

static const char *word(const struct reply *r, const char *key, const char *fallback)
{
    return yaml_str(yaml_get(r->tree, "words"), key, fallback);
}

static const char *list_word(const struct reply *r, const char *list, int i)
{
    const struct yaml *y = yaml_get(r->tree, list);
    const struct yaml *item = y && i >= 0 ? item_at(y, (size_t)i) : NULL;

    return item ? item->text : NULL;
}

void reply_number(struct str *out, const struct reply *r, double number)
{
    char digits[32];
    size_t len;
    char *dot;

    if (!isfinite(number) || fabs(number) > 1e12) {
        str_add_char(out, '?');
        return;
    }
    snprintf(digits, sizeof(digits), "%.2f", number);
    len = strlen(digits);
    while (digits[len - 1] == '0')
        digits[--len] = '\0';
    if (digits[len - 1] == '.' || digits[len - 1] == ',')
        digits[--len] = '\0';
    if (strcmp(digits, "-0") == 0)
        memmove(digits, digits + 1, 2);
    dot = strpbrk(digits, ".,");
    if (!dot) {
        str_add(out, digits);
        return;
    }
    str_add_bytes(out, digits, (size_t)(dot - digits));
    str_add(out, word(r, "decimal", "."));
    str_add(out, dot + 1);
}

static const char *form_word(const struct reply *r, const char *section, const char *key,
                             unsigned form, const char *fallback)
{
    const struct yaml *y = yaml_get(yaml_get(r->tree, section), key);

    must(form < FORM_N);
    return y ? item_at(y, y->kind == YAML_LIST ? form : 0)->text : fallback;
}

const char *reply_state(const struct reply *r, const char *raw, unsigned form)
{
    return form_word(r, "states", raw, form, raw);
}

const char *reply_verb(const struct reply *r, const char *verb, unsigned form)
{
    return form_word(r, "verbs", verb, form, "");
}

const char *reply_kinds(const struct reply *r, const char *kind, enum reply_several form)
{
    const struct yaml *y = kind ? yaml_get(yaml_get(r->tree, "kinds"), kind) : NULL;

    return y && form < yaml_count(y) ? item_at(y, form)->text : NULL;
}

/* ---- names ----------------------------------------------------------------------------- */

/* Kitchen, not TV, Wi-Fi, WLED or Anna's: a word that is written large only because it comes first. */
static bool word_is_plain(const char *word, size_t len)
{
    uint32_t cp;
    size_t pos = 0, n = 0;

    for (; utf8_step(&cp, word, len, &pos); n++)
        if ((fold_case(cp) != cp) != (n == 0) || (cp < 0x80 && !isalpha((int)cp)) || cp == 0x2019)
            return false;
    return n > 1;
}

static void word_add_small(struct str *out, const char *word, size_t len)
{
    uint32_t cp = 0;
    size_t pos = 0;

    utf8_step(&cp, word, len, &pos);
    utf8_add(out, fold_case(cp));
    str_add_bytes(out, word + pos, len - pos);
}

/* "Kitchen Light", "Kitchen light" -> "kitchen light"; "Alarm of Anna" keeps what is not first
 * where not every word begins large. */
void reply_plain(struct str *out, const struct reply *r, const char *name)
{
    bool every = true;

    if (strcmp(yaml_str(r->tree, "names", ""), "as_written") == 0) { /* its nouns are written large */
        str_add(out, name);
        return;
    }

    for (const char *p = name; *p; p += strcspn(p, " "), p += strspn(p, " "))
        every = every && !islower((unsigned char)*p);
    for (const char *p = name; *p;) {
        size_t len = strcspn(p, " ");

        if ((p == name || every) && word_is_plain(p, len))
            word_add_small(out, p, len);
        else
            str_add_bytes(out, p, len);
        p += len;
        len = strspn(p, " ");
        str_add_bytes(out, p, len > 0 ? 1 : 0);
        p += len;
    }
}

static bool str_ends(const char *text, const char *end)
{
    size_t n = strlen(text), len = strlen(end);

    return n >= len && strcmp(text + n - len, end) == 0;
}

/* Without case and marks: the start of `name` up to its apostrophe. */
static bool name_elides(const char *name, const char *start)
{
    AUTO_STR head = STR_INIT;
    const char *end = strchr(name, '\'');

    if (!end)
        return false;
    str_add_bytes(&head, name, (size_t)(end - name) + 1);
    return fold_is_same(str_text(&head), start);
}

/* Does one of the words begin the name? A word that ends with an apostrophe needs no blank. */
static bool noun_begins(const struct yaml *words, const char *name)
{
    const struct yaml *w;

    for (size_t i = 0; words && (w = item_at(words, i)); i++) {
        AUTO_STR first = STR_INIT;
        size_t len = strcspn(name, " ");

        if (str_ends(w->text, "'") && name_elides(name, w->text))
            return true;
        str_add_bytes(&first, name, len);
        if (fold_is_same(str_text(&first), w->text))
            return true;
        if (words->kind != YAML_LIST)
            break;
    }
    return false;
}

static bool noun_ends(const struct yaml *ends, const char *name)
{
    const struct yaml *w;

    for (size_t i = 0; ends && (w = item_at(ends, i)); i++) {
        size_t n = strlen(name), len = strlen(w->text);

        if (n >= len && strcasecmp(name + n - len, w->text) == 0)
            return true;
        if (ends->kind != YAML_LIST)
            break;
    }
    return false;
}

static const struct yaml *noun_find(const struct reply *r, const char *name)
{
    yaml_each(noun, yaml_get(r->tree, "nouns"))
    {
        const struct yaml *first = yaml_get(noun, "first"), *ends = yaml_get(noun, "ends");
        const struct yaml *first_ends = yaml_get(noun, "first_ends");
        AUTO_STR head = STR_INIT;

        str_add_bytes(&head, name, strcspn(name, " "));
        if ((!first && !ends && !first_ends) || noun_begins(first, name) || noun_ends(ends, name) ||
            noun_ends(first_ends, str_text(&head)))
            return noun;
    }
    return NULL;
}

unsigned reply_name(struct str *out, const struct reply *r, const char *name)
{
    const struct yaml *noun = noun_find(r, name);
    const char *article = noun ? yaml_str(noun, "article", "") : "";

    str_add(out, article);
    if (article[0] != '\0' && !str_ends(article, "'"))
        str_add_char(out, ' ');
    reply_plain(out, r, name);
    return noun ? (unsigned)(yaml_str(noun, "form", "0")[0] - '0') : 0;
}

/* ---- time ------------------------------------------------------------------------------ */

static void date_render(struct str *out, const struct reply *r, const char *form, int64_t wall_usec)
{
    char hour[16], minute[16], minutes[16], day[16], year[16];
    time_t t = (time_t)(wall_usec / 1000000);
    struct tm tm;
    const char *texts[DATE_N];
    const struct reply_places in = { reply_date_names, texts, DATE_N };
    const char *special;

    tzset(); /* the zone may have been changed since the start */
    if (!localtime_r(&t, &tm))
        return;
    snprintf(hour, sizeof(hour), "%d", tm.tm_hour);
    snprintf(minute, sizeof(minute), "%02d", tm.tm_min);
    snprintf(minutes, sizeof(minutes), "%d", tm.tm_min);
    snprintf(day, sizeof(day), "%d", tm.tm_mday);
    snprintf(year, sizeof(year), "%d", tm.tm_year + 1900);
    special = list_word(r, "hours", tm.tm_hour);
    texts[DATE_HOUR] = special ? special : hour;
    texts[DATE_MINUTE] = minute;
    texts[DATE_MINUTES] = minutes;
    texts[DATE_WEEKDAY] = list_word(r, "weekdays", tm.tm_wday);
    special = list_word(r, "days", tm.tm_mday - 1);
    texts[DATE_DAY] = special ? special : day;
    texts[DATE_MONTH] = list_word(r, "months", tm.tm_mon);
    texts[DATE_YEAR] = year;
    if (strcmp(form, "time") == 0 && tm.tm_min == 0)
        reply_render(out, word(r, "full_hour", word(r, form, "")), &in);
    else
        reply_render(out, word(r, form, ""), &in);
}

void reply_time(struct str *out, const struct reply *r, int64_t wall_usec)
{
    date_render(out, r, "time", wall_usec);
}

void reply_date(struct str *out, const struct reply *r, int64_t wall_usec)
{
    date_render(out, r, "date", wall_usec);
}

void reply_join(struct str *out, const struct reply *r, const char *and_or,
                const char *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && i + 1 == n)
            str_addf(out, " %s ", word(r, and_or, ","));
        else if (i > 0)
            str_add(out, ", ");
        str_add(out, items[i]);
    }
}

bool reply_words(struct str *out, const struct reply *r, const char *name,
                 const char *const places[PLACE_N])
{
    const struct reply_places in = { reply_place_names, places, PLACE_N };

    return reply_render(out, word(r, name, "{?}"), &in);
}
