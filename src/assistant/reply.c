/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply.c - the words of one language.
 *
 * The file's tree is kept as it is and read again at each reply; loading checks everything once,
 * so that a reply can rely on what it finds. Beside the tree stand only the turns: which sentence
 * of a key comes next. */
#include "assistant/reply.h"

#include "base/utf8.h"
#include "base/yaml.h"

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
    size_t n;
};

static const char *const place_names[PLACE_N] = {
    [PLACE_NAME] = "name",
    [PLACE_AREA] = "area",
    [PLACE_STATE] = "state",
    [PLACE_LIST] = "list",
    [PLACE_COUNT] = "count",
    [PLACE_BRIGHTNESS] = "brightness",
    [PLACE_COLOR] = "color",
    [PLACE_POSITION] = "position",
    [PLACE_TEMPERATURE] = "temperature",
    [PLACE_TIME] = "time",
    [PLACE_DATE] = "date",
};

/* What the parts of a date may hold; rendered by the same code as sentences. */
enum {
    DATE_HOUR,
    DATE_MINUTE,  /* 05 */
    DATE_MINUTES, /* 5 */
    DATE_WEEKDAY,
    DATE_DAY,
    DATE_MONTH,
    DATE_YEAR,
    DATE_N
};
static const char *const date_names[DATE_N] = { "hour",    "minute", "minutes", "weekday",
                                               "day",     "month",  "year" };

static const char *const error_names[REPLY_ERROR_N] = {
    [REPLY_NOT_UNDERSTOOD] = "not_understood",
    [REPLY_NOT_HEARD] = "not_heard",
    [REPLY_NO_DEVICE] = "no_device",
    [REPLY_DEVICE_AWAY] = "device_away",
    [REPLY_BROKER_AWAY] = "broker_away",
    [REPLY_TIMED_OUT] = "timed_out",
    [REPLY_CANNOT] = "cannot",
    [REPLY_BAD_VALUE] = "bad_value",
    [REPLY_FAILED] = "failed",
    [REPLY_LLM_OFFLINE] = "llm_offline",
    [REPLY_LLM_SLOW] = "llm_slow",
    [REPLY_LLM_REFUSED] = "llm_refused",
    [REPLY_LLM_FAILED] = "llm_failed",
    [REPLY_LLM_BROKEN] = "llm_broken",
    [REPLY_TEXT_EMPTY] = "text_empty",
    [REPLY_TEXT_BAD] = "text_bad",
    [REPLY_TEXT_LONG] = "text_long",
    [REPLY_BUSY] = "busy",
    [REPLY_INTERRUPTED] = "interrupted",
    [REPLY_STOPPING] = "stopping",
    [REPLY_LISTENING] = "listening",
    [REPLY_HUSHED] = "hushed",
    [REPLY_NO_MICROPHONE] = "no_microphone",
    [REPLY_MUTED] = "muted",
};

static const char *const intents_needed[] = {
    "HassTurnOn",         "HassTurnOff",       "HassToggle",   "HassLightSet",
    "HassSetPosition",    "HassClimateSetTemperature", "HassClimateGetTemperature",
    "HassGetState",       "HassGetCurrentTime", "HassGetCurrentDate",
    "HassNevermind",      "JarvisStop",        "JarvisThanks",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- sentences with places ------------------------------------------------------------- */

struct places {
    const char *const *names;
    const char *const *texts; /* NULL entries: not known */
    size_t n;
};

/* The place that p ("name}...") names; SIZE_MAX: none. *after: behind the brace. */
static size_t place_find(const struct places *in, const char *p, const char **after)
{
    const char *end = strchr(p, '}');
    size_t len = end ? (size_t)(end - p) : 0;

    for (size_t i = 0; end && i < in->n; i++) {
        if (strlen(in->names[i]) == len && memcmp(in->names[i], p, len) == 0) {
            *after = end + 1;
            return i;
        }
    }
    return SIZE_MAX;
}

/* Adds the sentence; false, and nothing added, where a place is not known. */
static bool sentence_render(struct str *out, const char *sentence, const struct places *in)
{
    size_t from = out->len;

    while (*sentence) {
        size_t plain = strcspn(sentence, "{"), i;

        str_add_bytes(out, sentence, plain);
        sentence += plain;
        if (*sentence == '\0')
            break;
        i = place_find(in, sentence + 1, &sentence);
        if (i == SIZE_MAX || !in->texts[i] || in->texts[i][0] == '\0') {
            if (out->data)
                out->data[out->len = from] = '\0';
            return false;
        }
        str_add(out, in->texts[i]);
    }
    return true;
}

/* ---- checks at load -------------------------------------------------------------------- */

struct check {
    const char *name; /* of the file */
    struct err *e;
};

static int check_fail(const struct check *c, const struct yaml *at, const char *what,
                      const char *detail)
{
    return err_set(c->e, -EINVAL, "%s line %d: %s%s%s", c->name, at->line, what, detail ? ": " : "",
                   detail ? detail : "");
}

static int check_sentence(const struct check *c, const struct yaml *y, const char *const *names,
                          size_t n)
{
    const struct places in = { names, NULL, n };
    const char *p;

    if (y->kind != YAML_SCALAR || strspn(y->text, " \t\r\n") == strlen(y->text))
        return check_fail(c, y, "a sentence must be a text that is not empty", NULL);
    if (strlen(y->text) > REPLY_BYTES_MAX)
        return check_fail(c, y, "a sentence is too long", NULL);
    if (!utf8_is_valid(y->text, strlen(y->text)))
        return check_fail(c, y, "a sentence is not UTF-8", NULL);
    p = y->text;
    while ((p = strpbrk(p, "{}"))) {
        if (*p == '}' || !strchr(p, '}'))
            return check_fail(c, y, "a brace has no partner", y->text);
        if (place_find(&in, p + 1, &p) == SIZE_MAX)
            return check_fail(c, y, "unknown word in braces", y->text);
    }
    return 0;
}

/* A sentence or a list of them. */
static int check_sentences(const struct check *c, const struct yaml *y, const char *const *names,
                           size_t n)
{
    if (y->kind == YAML_SCALAR)
        return check_sentence(c, y, names, n);
    if (y->kind != YAML_LIST || !y->child)
        return check_fail(c, y, "must be a list of sentences", y->key);
    yaml_each(item, y)
    {
        int r = check_sentence(c, item, names, n);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_words(const struct check *c, const struct yaml *words)
{
    static const struct {
        const char *key;
        const char *const *names;
        size_t n;
        bool needed;
    } rows[] = {
        { "and", NULL, 0, true },
        { "decimal", NULL, 0, true },
        { "item", place_names, PLACE_N, true },
        { "time", date_names, DATE_N, true },
        { "full_hour", date_names, DATE_N, false },
        { "date", date_names, DATE_N, true },
    };

    yaml_each(item, words)
    {
        size_t i = 0;
        int r;

        while (i < COUNT(rows) && strcmp(rows[i].key, item->key) != 0)
            i++;
        if (i == COUNT(rows))
            return check_fail(c, item, "unknown word", item->key);
        r = check_sentence(c, item, rows[i].names, rows[i].n);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].needed && !yaml_get(words, rows[i].key))
            return check_fail(c, words, "`words` lacks", rows[i].key);
    return 0;
}

static int check_intents(const struct check *c, const struct yaml *intents)
{
    yaml_each(intent, intents)
    {
        if (intent->kind != YAML_MAP)
            return check_fail(c, intent, "an intent must hold keys with sentences", intent->key);
        yaml_each(key, intent)
        {
            int r = check_sentences(c, key, place_names, PLACE_N);

            if (r < 0)
                return r;
        }
        if (!yaml_get(intent, "default"))
            return check_fail(c, intent, "an intent lacks `default`", intent->key);
    }
    for (size_t i = 0; i < COUNT(intents_needed); i++)
        if (!yaml_get(intents, intents_needed[i]))
            return check_fail(c, intents, "`intents` lacks", intents_needed[i]);
    return 0;
}

static int check_errors(const struct check *c, const struct yaml *errors)
{
    yaml_each(item, errors)
    {
        size_t i = 0;
        int r;

        while (i < REPLY_ERROR_N && strcmp(error_names[i], item->key) != 0)
            i++;
        if (i == REPLY_ERROR_N)
            return check_fail(c, item, "unknown error", item->key);
        r = check_sentences(c, item, NULL, 0);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < REPLY_ERROR_N; i++)
        if (!yaml_get(errors, error_names[i]))
            return check_fail(c, errors, "`errors` lacks", error_names[i]);
    return 0;
}

static int check_states(const struct check *c, const struct yaml *states)
{
    yaml_each(item, states)
    {
        int r = check_sentence(c, item, NULL, 0);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_plain(const struct check *c, const struct yaml *y)
{
    return check_sentences(c, y, NULL, 0);
}

static const struct section {
    const char *key;
    enum yaml_kind kind;
    size_t count; /* of a list; 0: any */
    bool needed;
    int (*check)(const struct check *c, const struct yaml *y);
} sections[] = {
    { "language", YAML_SCALAR, 0, true, check_plain },
    { "prompt", YAML_SCALAR, 0, true, check_plain },
    { "words", YAML_MAP, 0, true, check_words },
    { "hours", YAML_LIST, 24, false, check_plain },
    { "days", YAML_LIST, 31, true, check_plain },
    { "weekdays", YAML_LIST, 7, true, check_plain },
    { "months", YAML_LIST, 12, true, check_plain },
    { "states", YAML_MAP, 0, true, check_states },
    { "intents", YAML_MAP, 0, true, check_intents },
    { "done", YAML_LIST, 0, true, check_plain },
    { "errors", YAML_MAP, 0, true, check_errors },
};

static int check_section(const struct check *c, const struct yaml *y)
{
    static const char *const shapes[] = { [YAML_SCALAR] = "must be a text",
                                          [YAML_MAP] = "must hold keys",
                                          [YAML_LIST] = "must be a list of the right length" };

    for (size_t i = 0; i < COUNT(sections); i++) {
        const struct section *s = &sections[i];

        if (strcmp(s->key, y->key) != 0)
            continue;
        if (y->kind != s->kind || (s->count > 0 && yaml_count(y) != s->count))
            return check_fail(c, y, shapes[s->kind], s->key);
        return s->check(c, y);
    }
    return check_fail(c, y, "unknown section", y->key);
}

static int check_file(const struct check *c, const struct yaml *tree)
{
    if (tree->kind != YAML_MAP)
        return check_fail(c, tree, "must hold sections", NULL);
    yaml_each(y, tree)
    {
        int r = check_section(c, y);

        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < COUNT(sections); i++)
        if (sections[i].needed && !yaml_get(tree, sections[i].key))
            return check_fail(c, tree, "the file lacks", sections[i].key);
    return 0;
}

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
    const struct check c = { name, e };
    AUTO(reply_freep) struct reply *r = calloc(1, sizeof(*r));
    int code;

    if (!r) {
        yaml_free(tree);
        return err_set(e, -ENOMEM, "responses: out of memory");
    }
    r->tree = tree;
    code = check_file(&c, tree);
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
    free(r->set);
    free(r);
    return NULL;
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
static bool set_make(struct str *out, struct reply_set *s, const struct places *in)
{
    size_t n = s->sentences->kind == YAML_LIST ? yaml_count(s->sentences) : 1;

    for (size_t i = 0; i < n; i++) {
        size_t at = (s->turn + i) % n;

        if (sentence_render(out, item_at(s->sentences, at)->text, in)) {
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

void reply_make(struct str *out, struct reply *r, const struct reply_choice *c)
{
    const struct places in = { place_names, c->places, PLACE_N };
    AUTO_STR text = STR_INIT;

    for (size_t i = 0; i <= c->n; i++) {
        struct reply_set *s = set_find(r, c->intent, i < c->n ? c->keys[i] : "default");

        str_clear(&text);
        if (s && set_make(&text, s, &in) && !text.failed && text.len <= REPLY_BYTES_MAX) {
            text.data[0] = (char)toupper((unsigned char)text.data[0]);
            str_add_bytes(out, text.data, text.len);
            return;
        }
    }
    str_add(out, item_at(yaml_get(r->tree, "done"), 0)->text);
}

const char *reply_error(const struct reply *r, enum reply_error error)
{
    return item_at(yaml_get(yaml_get(r->tree, "errors"), error_names[error]), 0)->text;
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

const char *reply_state(const struct reply *r, const char *raw)
{
    return yaml_str(yaml_get(r->tree, "states"), raw, raw);
}

static void date_render(struct str *out, const struct reply *r, const char *form, int64_t wall_usec)
{
    char hour[16], minute[16], minutes[16], day[16], year[16];
    time_t t = (time_t)(wall_usec / 1000000);
    struct tm tm;
    const char *texts[DATE_N];
    const struct places in = { date_names, texts, DATE_N };
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
        sentence_render(out, word(r, "full_hour", word(r, form, "")), &in);
    else
        sentence_render(out, word(r, form, ""), &in);
}

void reply_time(struct str *out, const struct reply *r, int64_t wall_usec)
{
    date_render(out, r, "time", wall_usec);
}

void reply_date(struct str *out, const struct reply *r, int64_t wall_usec)
{
    date_render(out, r, "date", wall_usec);
}

void reply_join(struct str *out, const struct reply *r, const char *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && i + 1 == n)
            str_addf(out, " %s ", word(r, "and", ","));
        else if (i > 0)
            str_add(out, ", ");
        str_add(out, items[i]);
    }
}

void reply_item(struct str *out, const struct reply *r, const char *name, const char *state)
{
    const char *texts[PLACE_N] = { [PLACE_NAME] = name, [PLACE_STATE] = state };
    const struct places in = { place_names, texts, PLACE_N };

    sentence_render(out, word(r, "item", "{name}: {state}"), &in);
}
