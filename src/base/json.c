/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.c - strict reading of untrusted JSON on top of cJSON, and typed getters.
 *
 * The text is checked against RFC 8259 before cJSON sees it, because cJSON lets pass what
 * others would read differently: control characters as blanks, "01", "1.", a BOM, the
 * escape \u0000 that cuts C strings short. What the check lets through cJSON can only
 * refuse for want of memory. Repeated keys are looked for in the tree, where escapes are
 * resolved, by sorting: comparing each with each would let a body of short keys take minutes. */
#include "base/json.h"

#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    const char *p; /* borrowed */
    size_t len, pos;
    int depth;
    struct err *e;
};

static int scan_value(struct scan *s);

static int scan_fail(struct scan *s, const char *what)
{
    return err_set(s->e, -EINVAL, "JSON byte %zu: %s", s->pos, what);
}

/* The next byte, or NUL at the end (the text holds none). */
static char scan_peek(const struct scan *s)
{
    return s->pos < s->len ? s->p[s->pos] : '\0';
}

static bool scan_take(struct scan *s, char c)
{
    if (scan_peek(s) != c)
        return false;
    s->pos++;
    return true;
}

static void scan_blanks(struct scan *s)
{
    while (s->pos < s->len && memchr(" \t\r\n", s->p[s->pos], 4))
        s->pos++;
}

static size_t scan_digits(struct scan *s)
{
    size_t start = s->pos;

    while (scan_peek(s) >= '0' && scan_peek(s) <= '9')
        s->pos++;
    return s->pos - start;
}

static int scan_number(struct scan *s)
{
    scan_take(s, '-');
    if (!scan_take(s, '0') && scan_digits(s) == 0)
        return scan_fail(s, "no JSON value starts like this");
    if (scan_take(s, '.') && scan_digits(s) == 0)
        return scan_fail(s, "digits must follow the point");
    if (scan_take(s, 'e') || scan_take(s, 'E')) {
        if (!scan_take(s, '+'))
            scan_take(s, '-');
        if (scan_digits(s) == 0)
            return scan_fail(s, "digits must follow the exponent sign");
    }
    return 0;
}

/* The four digits after \u; -1 when they are not there. */
static int32_t scan_hex4(struct scan *s)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char c = scan_peek(s);
        const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

        if (!at)
            return -1;
        value = value * 16 + (int32_t)(at - digits);
        s->pos++;
    }
    return value;
}

static int scan_escape(struct scan *s)
{
    char c = scan_peek(s);
    int32_t point;

    if (c == '\0' || !strchr("\"\\/bfnrtu", c))
        return scan_fail(s, "no such escape");
    s->pos++;
    if (c != 'u')
        return 0;
    point = scan_hex4(s);
    if (point < 0)
        return scan_fail(s, "four hexadecimal digits must follow \\u");
    if (point == 0)
        return scan_fail(s, "NUL in a string");
    if (point >= 0xdc00 && point <= 0xdfff)
        return scan_fail(s, "second half of a surrogate pair without the first");
    if (point < 0xd800 || point > 0xdbff)
        return 0;
    if (scan_take(s, '\\') && scan_take(s, 'u')) {
        point = scan_hex4(s);
        if (point >= 0xdc00 && point <= 0xdfff)
            return 0;
    }
    return scan_fail(s, "first half of a surrogate pair without the second");
}

static int scan_string(struct scan *s)
{
    if (!scan_take(s, '"'))
        return scan_fail(s, "a string must stand here");
    while (s->pos < s->len) {
        unsigned char c = (unsigned char)s->p[s->pos];

        if (c < 0x20)
            return scan_fail(s, "control character in a string");
        s->pos++;
        if (c == '"')
            return 0;
        if (c == '\\') {
            int r = scan_escape(s);

            if (r < 0)
                return r;
        }
    }
    return scan_fail(s, "the string has no end");
}

/* The items of an object or array, after its opening bracket. */
static int scan_items(struct scan *s, bool object)
{
    char close = object ? '}' : ']';
    int r;

    scan_blanks(s);
    if (scan_take(s, close))
        return 0;
    do {
        scan_blanks(s);
        if (object) {
            r = scan_string(s);
            if (r < 0)
                return r;
            scan_blanks(s);
            if (!scan_take(s, ':'))
                return scan_fail(s, "':' must follow the key");
        }
        r = scan_value(s);
        if (r < 0)
            return r;
    } while (scan_take(s, ','));
    if (!scan_take(s, close))
        return scan_fail(s, object ? "',' or '}' must stand here" : "',' or ']' must stand here");
    return 0;
}

static int scan_nested(struct scan *s)
{
    bool object = s->p[s->pos] == '{';
    int r;

    if (s->depth >= JSON_DEPTH_MAX)
        return scan_fail(s, "nested too deep");
    s->pos++;
    s->depth++;
    r = scan_items(s, object);
    s->depth--;
    return r;
}

/* true, false or null, where one of them stands here. */
static bool scan_word(struct scan *s)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);

        if (s->len - s->pos >= n && memcmp(s->p + s->pos, words[i], n) == 0) {
            s->pos += n;
            return true;
        }
    }
    return false;
}

/* One value with the blanks around it. Recursion ends at JSON_DEPTH_MAX. */
static int scan_value(struct scan *s)
{
    int r = 0;
    char c;

    scan_blanks(s);
    c = scan_peek(s);
    if (c == '"')
        r = scan_string(s);
    else if (c == '{' || c == '[')
        r = scan_nested(s);
    else if (!scan_word(s))
        r = scan_number(s);
    if (r < 0)
        return r;
    scan_blanks(s);
    return 0;
}

static int key_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int object_check_keys(const cJSON *j, struct err *e)
{
    size_t n = (size_t)cJSON_GetArraySize(j), i = 0;
    AUTO_FREE const char **keys = NULL;
    const cJSON *item;

    if (n < 2)
        return 0;
    keys = malloc(n * sizeof(*keys));
    if (!keys)
        return err_set(e, -ENOMEM, "JSON: out of memory");
    cJSON_ArrayForEach(item, j)
    {
        keys[i++] = item->string;
    }
    qsort(keys, n, sizeof(*keys), key_compare);
    for (i = 1; i < n; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            return err_set(e, -EINVAL, "JSON: key '%.60s' stands twice", keys[i]);
    return 0;
}

static int tree_check(const cJSON *j, struct err *e)
{
    const cJSON *item;
    int r = cJSON_IsObject(j) ? object_check_keys(j, e) : 0;

    if (r < 0)
        return r;
    if (cJSON_IsNumber(j) && !isfinite(j->valuedouble))
        return err_set(e, -EINVAL, "JSON: a number is too large");
    cJSON_ArrayForEach(item, j)
    {
        r = tree_check(item, e);
        if (r < 0)
            return r;
    }
    return 0;
}

int json_parse(cJSON **ret, const void *buf, size_t len, struct err *e)
{
    struct scan scan = { .p = buf, .len = len, .e = e };
    AUTO_JSON *j = NULL;
    int r;

    if (len == 0)
        return err_set(e, -EINVAL, "JSON: nothing there");
    if (!utf8_is_valid(buf, len))
        return err_set(e, -EINVAL, "JSON: not UTF-8, or a NUL byte");
    r = scan_value(&scan);
    if (r < 0)
        return r;
    if (scan.pos < len)
        return scan_fail(&scan, "something follows the value");
    j = cJSON_ParseWithLengthOpts(buf, len, NULL, false);
    if (!j)
        return err_set(e, -ENOMEM, "JSON: out of memory");
    r = tree_check(j, e);
    if (r < 0)
        return r;
    *ret = STEAL(j);
    return 0;
}

/* The number at `at`, of `len` bytes, as it is or without its exponent. */
static void number_add(struct str *out, const char *at, size_t len)
{
    double d = strtod(at, NULL);

    if (memchr(at, 'e', len) && fabs(d) <= (double)JSON_INT_MAX && d == floor(d))
        str_addf(out, "%lld", (long long)d);
    else
        str_add_bytes(out, at, len);
}

/* cJSON's own text with whole numbers written whole; it prints no blanks, so that whatever is no
 * string and begins with a digit or a sign is a number. */
static char *numbers_whole(const char *text)
{
    AUTO_STR out = STR_INIT;

    while (*text) {
        size_t n = strcspn(text, "\"-0123456789");

        str_add_bytes(&out, text, n);
        text += n;
        if (*text == '"') {
            for (n = 1; text[n] != '"'; n++)
                n += text[n] == '\\';
            n++;
            str_add_bytes(&out, text, n);
        } else {
            n = strspn(text, "+-.eE0123456789");
            number_add(&out, text, n);
        }
        text += n;
    }
    return str_take(&out);
}

char *json_text(const cJSON *j)
{
    AUTO_FREE char *text = j ? cJSON_PrintUnformatted(j) : NULL;

    return text && strstr(text, "e+") ? numbers_whole(text) : STEAL(text);
}

const char *json_str(const cJSON *obj, const char *key, const char *fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsString(v) ? v->valuestring : fallback;
}

double json_num(const cJSON *obj, const char *key, double fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

bool json_bool(const cJSON *obj, const char *key, bool fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

/* A whole number within min..max? 2^63 is the first double that no int64_t holds, and
 * (double)INT64_MAX rounds up to it. */
static bool number_is_int(double d, int64_t min, int64_t max)
{
    return d == floor(d) && d >= (double)min && d <= (double)max && d < 0x1p63;
}

int64_t json_int(const cJSON *obj, const char *key, int64_t min, int64_t max, int64_t fallback)
{
    double d = json_num(obj, key, NAN);

    return number_is_int(d, min, max) ? (int64_t)d : fallback;
}

static bool is_loose(const cJSON *item)
{
    return !item->next && !item->prev;
}

bool json_put(cJSON *obj, const char *key, cJSON *item)
{
    if (item && !must(is_loose(item)))
        return false; /* it hangs elsewhere: that place frees it */
    if (obj && item && cJSON_AddItemToObject(obj, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

bool json_push(cJSON *list, cJSON *item)
{
    if (item && !must(is_loose(item)))
        return false;
    if (list && item && cJSON_AddItemToArray(list, item))
        return true;
    cJSON_Delete(item);
    return false;
}

bool json_put_copy(cJSON *obj, const char *key, const cJSON *item)
{
    return json_put(obj, key, item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
}

bool json_put_text(cJSON *obj, const char *key, const char *text)
{
    return json_put(obj, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

bool json_put_int(cJSON *obj, const char *key, int64_t value)
{
    must(value >= -JSON_INT_MAX && value <= JSON_INT_MAX);
    return json_put(obj, key, cJSON_CreateNumber((double)value));
}

bool json_put_bool(cJSON *obj, const char *key, bool value)
{
    return json_put(obj, key, cJSON_CreateBool(value));
}

int json_need_str(const char **ret, const cJSON *obj, const char *key, struct err *e)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    if (!v)
        return err_set(e, -EINVAL, "%s: is missing", key);
    if (!cJSON_IsString(v))
        return err_set(e, -EINVAL, "%s: must be a string", key);
    *ret = v->valuestring;
    return 0;
}
