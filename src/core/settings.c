/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings.c - the settings from all their sources, and back into the file.
 *
 * A file becomes a tree (base/yaml.h); layer_tree() walks it, joining the keys by dots, and
 * stores each scalar through its row into a struct that already holds what the sources
 * below said. settings_write() reads state/settings.yaml the same way, notes which rows it
 * held, and writes those and the new one back in the order of the rows. */
#include "core/settings.h"

#include "base/file.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "base/yaml.h"

#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 128, WHERE_BYTES = 256, /* longer keys are unknown anyhow */
       SETTINGS_MEND_MAX = 16 };           /* lines of one file that are no YAML */

struct layer {
    struct settings values;
    bool held[SETTINGS_ROWS_MAX];  /* this source set the row */
    const char *name;              /* borrowed: the file, for complaints */
    settings_complain_fn complain; /* NULL: nobody listens */
    void *user;
    int complaints;
    int lost;         /* lines that are no YAML */
    struct err first; /* of them */
};

static void layer_complain(struct layer *l, const struct err *e)
{
    if (l->complaints == 0)
        l->first = *e;
    if (l->complain && l->complaints < SETTINGS_COMPLAINTS_MAX)
        l->complain(err_text(e), l->user);
    l->complaints++;
}

static void layer_complaints_end(struct layer *l)
{
    int more = l->complaints - SETTINGS_COMPLAINTS_MAX;
    struct err e = ERR_INIT;

    if (!l->complain || more <= 0)
        return;
    err_set(&e, -EINVAL, "%s: %d more complaints like these", l->name, more);
    l->complain(err_text(&e), l->user);
}

static int fail_unknown(const char *key, struct err *e)
{
    const char *nearest = cfg_nearest(settings_rows, settings_rows_n, key);

    if (nearest)
        return err_set(e, -ENOENT, "%.100s: no such setting; did you mean %s?", key, nearest);
    return err_set(e, -ENOENT, "%.100s: no such setting; docs/settings.md lists them all", key);
}

/* Does `key` name a group such as "audio"? */
static bool is_section(const char *key)
{
    size_t n = strlen(key);

    for (size_t i = 0; i < settings_rows_n; i++)
        if (strncmp(settings_rows[i].key, key, n) == 0 && settings_rows[i].key[n] == '.')
            return true;
    return false;
}

/* Stores through the row; a bad value is one complaint that says what stays. */
static void layer_store(struct layer *l, const struct cfg_row *row, const char *text,
                        const char *where)
{
    struct err why = ERR_INIT, e = ERR_INIT;
    AUTO_STR stays = STR_INIT;

    if (cfg_store(row, &l->values, text, &why) == 0) {
        l->held[row - settings_rows] = true;
        return;
    }
    cfg_print(&stays, row, &l->values);
    if (row->flags & CFG_SECRET)
        err_set(&e, why.code, "%s: %s; the value before it stays", where, err_text(&why));
    else
        err_set(&e, why.code, "%s: %s; '%.60s' stays", where, err_text(&why), str_text(&stays));
    layer_complain(l, &e);
}

static void layer_scalar(struct layer *l, const char *key, const struct yaml *node)
{
    const struct cfg_row *row = cfg_find(settings_rows, settings_rows_n, key);
    bool empty = !node->quoted && node->text[0] == '\0';
    char where[WHERE_BYTES];
    struct err e = ERR_INIT;

    snprintf(where, sizeof(where), "%s line %d", l->name, node->line);
    if (row) {
        layer_store(l, row, node->text, where);
        return;
    }
    if (!is_section(key))
        fail_unknown(key, &e);
    else if (!empty) /* a section whose settings are all commented out is fine */
        err_set(&e, -EINVAL, "%s: its settings must stand below it, one a line", key);
    else
        return;
    err_wrap(&e, e.code, "%s", where);
    layer_complain(l, &e);
}

static void layer_tree(struct layer *l, const char *prefix, const struct yaml *map);

static void layer_node(struct layer *l, const char *prefix, const struct yaml *node)
{
    struct err e = ERR_INIT;
    char key[KEY_BYTES];
    int n = snprintf(key, sizeof(key), "%s%s%s", prefix, prefix[0] ? "." : "", node->key);

    if (n < 0 || (size_t)n >= sizeof(key))
        fail_unknown(key, &e);
    else if (node->twice && node->kind == YAML_SCALAR)
        err_set(&e, -EINVAL, "%s stands twice (also in line %d); this one is left out", key,
                node->twice);
    else if (node->kind == YAML_SCALAR)
        layer_scalar(l, key, node);
    else if (cfg_find(settings_rows, settings_rows_n, key))
        err_set(&e, -EINVAL, "%s: must be a single value", key);
    else if (node->kind == YAML_MAP)
        layer_tree(l, key, node);
    else
        fail_unknown(key, &e);
    if (e.code == 0)
        return;
    err_wrap(&e, e.code, "%s line %d", l->name, node->line);
    layer_complain(l, &e);
}

/* Recursion is bounded by YAML_DEPTH_MAX. */
static void layer_tree(struct layer *l, const char *prefix, const struct yaml *map)
{
    yaml_each(node, map)
        layer_node(l, prefix, node);
}

/* Where line `number` (from 1) begins; the end beyond the last. */
static char *line_find(char *text, size_t len, int number)
{
    char *p = text, *end = text + len;

    for (int i = 1; i < number && p < end; i++) {
        char *next = memchr(p, '\n', (size_t)(end - p));

        p = next ? next + 1 : end;
    }
    return p;
}

/* Makes comments of the lines: what stands in them is lost, what follows keeps its number. */
static void lines_blank(char *text, size_t len, int first, int last)
{
    const char *end = line_find(text, len, last + 1);

    must(first <= last);
    for (char *p = line_find(text, len, first); p < end; p++)
        if (*p != '\n')
            *p = '#';
}

enum line_kind { LINE_EMPTY, LINE_ENTRY, LINE_OTHER };

/* Has it the form 'key: value' or 'key:'? A blank belongs behind the colon. */
static enum line_kind line_kind(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    if (p == end || *p == '\n' || *p == '\r' || *p == '#')
        return LINE_EMPTY;
    for (; p < end && *p != '\n'; p++)
        if (*p == ':' && (p + 1 == end || strchr(" \r\n", p[1])))
            return LINE_ENTRY;
    return LINE_OTHER;
}

/* A line that is no entry ("port:80", "- x", "x") is taken for the beginning of the one below, where
 * the fault is then seen: the line whose fault it is. */
static int line_of_fault(char *text, size_t len, int seen)
{
    while (seen > 1 && line_kind(line_find(text, len, seen), text + len) == LINE_EMPTY)
        seen--; /* the end of the file shows a fault above it */
    for (int number = seen - 1; number > 0; number--) {
        const enum line_kind kind = line_kind(line_find(text, len, number), text + len);

        if (kind != LINE_EMPTY)
            return kind == LINE_OTHER ? number : seen;
    }
    return seen;
}

/* The last line of the entry that begins in line `first`: what stands deeper, or only closes it. */
static int entry_end(char *text, size_t len, int first)
{
    const char *end = text + len, *p = line_find(text, len, first);
    const size_t indent = strspn(p, " ");
    int last = first;

    for (int number = first + 1; (p = line_find(text, len, number)) < end; number++) {
        if (line_kind(p, end) == LINE_EMPTY)
            continue;
        if (strspn(p, " ") <= indent && !strchr("]}:", p[strspn(p, " ")]))
            break;
        last = number;
    }
    return last;
}

/* What editors do to a line and YAML cannot read: bytes of another encoding, tabs as indentation.
 * NULL: nothing of that. */
static const char *line_fault(const char *line, size_t len)
{
    size_t indent = 0;

    while (indent < len && (line[indent] == ' ' || line[indent] == '\t'))
        indent++;
    if (!utf8_is_valid(line, len))
        return "is not UTF-8; save the file as UTF-8";
    if (indent < len && memchr(line, '\t', indent))
        return "begins with a tab; indent with blanks";
    return NULL;
}

/* Complains about such lines and takes each of them out, alone. */
static void text_mend(struct layer *l, char *text, size_t len)
{
    int number = 1;

    for (char *p = text; p < text + len; number++) {
        char *end = memchr(p, '\n', len - (size_t)(p - text));
        size_t n = end ? (size_t)(end - p) : len - (size_t)(p - text);
        const char *why = line_fault(p, n);
        struct err e = ERR_INIT;

        if (why) {
            err_set(&e, -EINVAL, "%s line %d: %s; the line is left out", l->name, number, why);
            layer_complain(l, &e);
            l->lost++;
            memset(p, '#', n);
        }
        p += n + 1;
    }
}

static void text_complain(struct layer *l, const int lines[2], bool is_formless, const struct err *why)
{
    struct err e = ERR_INIT;
    char lost[64] = "the line is left out";

    if (lines[1] > lines[0])
        snprintf(lost, sizeof(lost), "the lines %d to %d are left out", lines[0], lines[1]);
    if (!is_formless)
        err_set(&e, -EINVAL, "%s; %s", err_text(why), lost);
    else
        err_set(&e, -EINVAL, "%s line %d: is not of the form 'key: value', with a blank after the "
                "colon; %s", l->name, lines[0], lost);
    layer_complain(l, &e);
    l->lost++;
}

/* Reads a text, leaving out entry by entry what is no YAML, and complaining about each. `text` ends with a
 * zero byte. */
static int text_parse(struct yaml **ret, struct layer *l, char *text, size_t len, struct err *e)
{
    for (int tries = 0;; tries++) {
        struct err why = ERR_INIT;
        int seen = 0, lines[2];
        int r = yaml_parse_lenient(ret, l->name, text, len, &seen, &why);

        if (r >= 0)
            return 0;
        if (r != -EINVAL || seen == 0 || tries == SETTINGS_MEND_MAX)
            return err_set(e, r, "%s", err_text(&why));
        lines[0] = line_of_fault(text, len, seen);
        lines[1] = entry_end(text, len, lines[0]);
        text_complain(l, lines, lines[0] != seen && line_kind(line_find(text, len, lines[0]), text + len) ==
                                                        LINE_OTHER, &why);
        lines_blank(text, len, lines[0], lines[1]);
    }
}

/* Lays the text over l->values; they are untouched where it fails. A fault costs its own line and
 * one complaint, whatever an editor has done to the file. */
static int layer_text(struct layer *l, const struct settings_text *text, struct err *e)
{
    AUTO(yaml_freep) struct yaml *root = NULL;
    AUTO_FREE char *copy = NULL;
    size_t len = text->len;
    int r;

    if (text->len > SETTINGS_FILE_BYTES_MAX)
        return err_set(e, -E2BIG, "%s: has %zu bytes, more than the %d allowed", text->name,
                       text->len, SETTINGS_FILE_BYTES_MAX);
    copy = malloc(len + 1);
    if (!copy)
        return err_set(e, -ENOMEM, "%s: out of memory", text->name);
    if (len > 0)
        memcpy(copy, text->bytes, len);
    copy[len] = '\0';
    l->name = text->name;
    if (memchr(copy, '\0', len))
        return err_set(e, -EINVAL, "%s: holds NUL bytes, it is no text", text->name);
    text_mend(l, copy, len);
    r = text_parse(&root, l, copy, len, e);
    if (r < 0)
        return r;
    if (root->kind != YAML_MAP)
        return err_set(e, -EINVAL, "%s line %d: lines of the form 'key: value' must stand here",
                       text->name, root->line);
    layer_tree(l, "", root);
    layer_complaints_end(l);
    return 0;
}

/* -ENOENT: there is no such file. */
static int layer_file(struct layer *l, const char *path, struct err *e)
{
    AUTO_FREE char *bytes = NULL;
    struct settings_text text = { .name = path };
    int r = file_read(&bytes, &text.len, path, SETTINGS_FILE_BYTES_MAX, e);

    if (r < 0)
        return r;
    text.bytes = bytes;
    return layer_text(l, &text, e);
}

static const char *row_env(const struct cfg_row *row, char *name, size_t size)
{
    const char *value;

    cfg_env_name(name, size, row->key);
    value = getenv(name);
    if (value || !row->env_also)
        return value;
    str_copy(name, size, row->env_also);
    return getenv(name);
}

/* JARVIS_BOGUS=3 is most likely a slip of somebody who wonders why nothing happens. */
static void layer_env_known(struct layer *l, const char *variable)
{
    /* not settings: folders (base/paths.h), the demo's and the tests' own */
    static const char *const others[] = { "JARVIS_HELPERS=", "JARVIS_SHARE=", "JARVIS_DATA=",
                                          "JARVIS_ROOT=",
                                          "JARVIS_DEMO_" };
    struct nearest near = nearest_to("", 4);
    char name[KEY_BYTES], names[SETTINGS_ROWS_MAX][KEY_BYTES];
    struct err e = ERR_INIT;

    str_copy(name, sizeof(name), variable);
    name[strcspn(name, "=")] = '\0';
    near.word = name;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (str_starts(variable, others[i]))
            return;
    for (size_t i = 0; i < settings_rows_n; i++) {
        cfg_env_name(names[i], KEY_BYTES, settings_rows[i].key);
        if (strcmp(names[i], name) == 0)
            return;
        nearest_try(&near, names[i]);
    }
    err_set(&e, -ENOENT, "environment variable %s: no such setting%s%s%s", name,
            near.found ? "; did you mean " : "", near.found ? near.found : "",
            near.found ? "?" : "");
    layer_complain(l, &e);
}

static void layer_env(struct layer *l)
{
    l->name = "environment";
    for (size_t i = 0; i < settings_rows_n; i++) {
        char name[KEY_BYTES], where[WHERE_BYTES];
        const char *value = row_env(&settings_rows[i], name, sizeof(name));

        if (!value)
            continue;
        snprintf(where, sizeof(where), "environment variable %s", name);
        layer_store(l, &settings_rows[i], value, where);
    }
    for (char *const *p = environ; *p; p++)
        if (str_starts(*p, "JARVIS_"))
            layer_env_known(l, *p);
    layer_complaints_end(l);
}

static int state_path(char *out, size_t size, const struct paths *p, struct err *e)
{
    return paths_join(out, size, p->state, "settings.yaml", e);
}

int settings_parse(struct settings *s, const struct settings_text *text,
                   settings_complain_fn complain, void *user, struct err *e)
{
    struct layer l = { .values = *s, .complain = complain, .user = user };
    int r = layer_text(&l, text, e);

    if (r < 0)
        return r;
    *s = l.values;
    return 0;
}

int settings_load(struct settings *s, const struct paths *p, settings_complain_fn complain,
                  void *user, struct err *e)
{
    struct layer l = { .complain = complain, .user = user };
    char files[2][PATHS_BYTES];
    int r = paths_join(files[0], PATHS_BYTES, p->etc, "jarvis.yaml", e);

    if (r >= 0)
        r = state_path(files[1], PATHS_BYTES, p, e);
    if (r >= 0)
        r = cfg_defaults(settings_rows, settings_rows_n, &l.values, e);
    if (r < 0)
        return r;
    file_sweep(files[1]);
    for (int i = 0; i < 2; i++) {
        struct err why = ERR_INIT;

        l.complaints = 0;
        r = layer_file(&l, files[i], &why);
        if (r == -ENOMEM)
            return err_set(e, r, "%s", err_text(&why));
        if (r < 0 && r != -ENOENT)
            layer_complain(&l, &why);
    }
    l.complaints = 0;
    layer_env(&l);
    *s = l.values;
    return 0;
}

static bool is_text(const struct cfg_row *row)
{
    return row->type == CFG_TEXT || row->type == CFG_CHOICE;
}

static void write_value(struct str *out, const struct cfg_row *row, const struct settings *s)
{
    const char *text = (const char *)s + row->offset;

    if (is_text(row))
        yaml_quote(out, text);
    else
        cfg_print(out, row, s);
}

/* One level of nesting: a key is "section.name" or "name". */
static void write_layer(struct str *out, const struct layer *l)
{
    const char *section = "";
    size_t section_len = 0;

    str_add(out, "# Written by jarvisd when a setting is changed; /etc/jarvis/jarvis.yaml is for "
                 "people.\n");
    for (size_t i = 0; i < settings_rows_n; i++) {
        const char *key = settings_rows[i].key, *dot = strchr(key, '.');
        size_t len = dot ? (size_t)(dot - key) : 0;

        if (!l->held[i])
            continue;
        if (dot && (len != section_len || memcmp(key, section, len) != 0))
            str_addf(out, "%.*s:\n", (int)len, key);
        section = key;
        section_len = len;
        str_addf(out, "%s%s: ", dot ? "  " : "", dot ? dot + 1 : key);
        write_value(out, &settings_rows[i], &l->values);
        str_add(out, "\n");
    }
}

static int layer_save(const struct layer *l, const struct paths *p, const char *path,
                      struct err *e)
{
    AUTO_STR text = STR_INIT;
    int r;

    write_layer(&text, l);
    if (text.failed)
        return err_set(e, -ENOMEM, "%s: out of memory", path);
    r = file_mkdirs(p->state, 0750, e);
    if (r < 0)
        return r;
    return file_write(path, text.data, text.len, 0600, e); /* it may hold passwords */
}

int settings_check(const struct cfg_row **ret, const char *key, const char *value, struct err *e)
{
    const struct cfg_row *row = cfg_find(settings_rows, settings_rows_n, key);
    char name[KEY_BYTES];
    struct settings scratch;
    int r;

    if (!row)
        return fail_unknown(key, e);
    r = cfg_store(row, &scratch, value, e);
    if (r < 0)
        return r;
    if (row_env(row, name, sizeof(name)))
        return err_set(e, -EPERM, "%s: the environment variable %s decides; unset it first", key,
                       name);
    *ret = row;
    return 0;
}

/* The file as it is, to add one value to. A file with faults is not touched: what is wrong in it
 * would be gone without a word. */
static int file_keep(struct layer *l, const char *path, const char *key, struct err *e)
{
    struct err why = ERR_INIT;
    int r = layer_file(l, path, &why);

    if (r == -ENOENT)
        return 0;
    if (r >= 0 && l->lost == 0)
        return 0;
    if (r >= 0)
        why = l->first;
    return err_set(e, r < 0 ? r : -EINVAL,
                   "%s: not kept, the file must be mended or removed first: %s", key,
                   err_text(&why));
}

int settings_write(const struct paths *p, const struct cfg_row *row, const char *value,
                   struct err *e)
{
    char path[PATHS_BYTES];
    struct layer l = { 0 };
    int r = state_path(path, sizeof(path), p, e);

    if (r >= 0)
        r = cfg_defaults(settings_rows, settings_rows_n, &l.values, e);
    if (r >= 0)
        r = file_keep(&l, path, row->key, e);
    if (r >= 0)
        r = cfg_store(row, &l.values, value, e);
    if (r < 0)
        return r;
    l.held[row - settings_rows] = true;
    r = layer_save(&l, p, path, e);
    return r < 0 ? err_wrap(e, r, "%s: not kept", row->key) : 0;
}

int settings_take(struct settings *s, const struct settings *from, size_t i)
{
    const struct cfg_row *row = &settings_rows[i];
    char *mine = (char *)s + row->offset;
    const char *theirs = (const char *)from + row->offset;

    if (!must(i < settings_rows_n && row->offset + row->size <= sizeof(*s)))
        return 0;
    if (memcmp(mine, theirs, row->size) == 0)
        return 0;
    memcpy(mine, theirs, row->size);
    return 1;
}

bool settings_touches(const char *key, unsigned parts)
{
    const struct cfg_row *row = key ? cfg_find(settings_rows, settings_rows_n, key) : NULL;

    return !key || (row && (row->apply & parts) != 0);
}

static cJSON *row_json(const struct cfg_row *row, const struct settings *s)
{
    const char *text = (const char *)s + row->offset;
    AUTO_STR value = STR_INIT;

    if (row->flags & CFG_SECRET)
        return cJSON_CreateString(text[0] ? "(set)" : "(empty)");
    if (is_text(row))
        return cJSON_CreateString(text);
    cfg_print(&value, row, s); /* true, false or a number: JSON as it stands */
    return value.failed ? NULL : cJSON_Parse(value.data);
}

cJSON *settings_json(const struct settings *s)
{
    AUTO_JSON *all = cJSON_CreateObject();

    for (size_t i = 0; all && i < settings_rows_n; i++) {
        cJSON *value = row_json(&settings_rows[i], s);

        if (!json_put(all, settings_rows[i].key, value))
            return NULL;
    }
    return STEAL(all);
}
