/* SPDX-License-Identifier: Apache-2.0 */
/* core/manifest.c - what an engine brings: one table, and what no table can say. */
#include "core/manifest.h"

#include "base/must.h"
#include "core/fetch.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 4, LANGUAGES_MAX = 200, LANGUAGE_BYTES_MAX = 12, LICENCE_BYTES_MAX = 4000, URL_BYTES_MAX = 1000 };

static const char own_program[] = "jarvis-"; /* helpers of the system begin so */

const char *const manifest_kinds[] = { "dictation", "commands", NULL };

/* clang-format off */
static const struct field file_rows[] = {
    { "path", FIELD_TEXT, FIELD_AT(struct manifest_file, path), .min = 1, .max = MANIFEST_PATH_MAX, .flags = FIELD_NEEDED,
      .help = "where it is put, below the engine's folder" },
    { "url", FIELD_TEXT, FIELD_AT(struct manifest_file, url), .min = 8, .max = URL_BYTES_MAX, .flags = FIELD_NEEDED,
      .help = "where it is fetched: https, http or file" },
    { "sha256", FIELD_TEXT, FIELD_AT(struct manifest_file, sha256), .min = 64, .max = 64, .flags = FIELD_NEEDED,
      .help = "its sum, in lower-case hexadecimal digits" },
    { "bytes", FIELD_UINT, FIELD_AT(struct manifest_file, bytes), .max = INT64_C(8) << 30, .flags = FIELD_NEEDED,
      .help = "its size" },
};
static const struct fields file_fields = FIELDS_STRICT(struct manifest_file, file_rows);

static const struct field language_rows[] = {
    { NULL, FIELD_TEXT, 0, sizeof(char *), .min = 1, .max = LANGUAGE_BYTES_MAX },
};
static const struct fields language_fields = { language_rows, 1, sizeof(char *), false };

static const struct field manifest_rows[] = {
    { "name", FIELD_TEXT, FIELD_AT(struct manifest, name), .min = 1, .max = MANIFEST_NAME_BYTES - 1, .flags = FIELD_NEEDED,
      .help = "lower-case letters, digits, and - _ . inside" },
    { "version", FIELD_TEXT, FIELD_AT(struct manifest, version), .min = 1, .max = 40, .flags = FIELD_NEEDED,
      .help = "of the engine" },
    { "about", FIELD_TEXT, FIELD_AT(struct manifest, about), .max = 400, .flags = FIELD_SPARSE | FIELD_LINE,
      .help = "what it is, in a sentence" },
    { "licence", FIELD_TEXT, FIELD_AT(struct manifest, licence), .min = 2, .max = LICENCE_BYTES_MAX, .flags = FIELD_NEEDED | FIELD_LINES,
      .help = "its name, or all of its words; shown before anything is fetched" },
    { "licence_url", FIELD_TEXT, FIELD_AT(struct manifest, licence_url), .max = URL_BYTES_MAX, .flags = FIELD_SPARSE,
      .help = "where it can be read" },
    { "kind", FIELD_CHOICE, FIELD_AT(struct manifest, kind), .words = manifest_kinds, .flags = FIELD_NEEDED,
      .help = "dictation: a program that hears free speech; commands: a model of PocketSphinx" },
    { "languages", FIELD_LIST, FIELD_AT(struct manifest, languages), .min = 1, .max = LANGUAGES_MAX, .of = &language_fields, .flags = FIELD_NEEDED,
      .help = "that it hears, such as fr; * for any (dictation)" },
    { "program", FIELD_TEXT, FIELD_AT(struct manifest, program), .min = 1, .max = MANIFEST_PATH_MAX, .flags = FIELD_SPARSE,
      .help = "dictation: one of its files, or a helper of this package that begins with jarvis-" },
    { "model", FIELD_TEXT, FIELD_AT(struct manifest, model), .min = 1, .max = MANIFEST_PATH_MAX, .flags = FIELD_SPARSE,
      .help = "a file or folder of it, told to the program; absent: its whole folder" },
    { "dictionary", FIELD_TEXT, FIELD_AT(struct manifest, dictionary), .min = 1, .max = MANIFEST_PATH_MAX, .flags = FIELD_SPARSE,
      .help = "the same; commands: the pronunciation dictionary" },
    { "memory_mb", FIELD_UINT, FIELD_AT(struct manifest, memory_mb), .min = 16, .max = 16384, .fallback = 512,
      .help = "the address space that its program may take, in MB; 512 where nothing is said" },
    { "files", FIELD_LIST, FIELD_AT(struct manifest, files), .max = MANIFEST_FILES_MAX, .of = &file_fields, .flags = FIELD_NEEDED,
      .help = "all that is fetched" },
};
/* clang-format on */
const struct fields manifest_fields = FIELDS_STRICT(struct manifest, manifest_rows);

/* ---- words --------------------------------------------------------------------------------- */

static bool is_word(const char *text, size_t len, const char *marks)
{
    if (len == 0 || !isalnum((unsigned char)text[0]))
        return false; /* no hidden file, no "..", no option of a program */
    for (size_t i = 0; i < len; i++)
        if ((text[i] & 0x80) || (!isalnum((unsigned char)text[i]) && !strchr(marks, text[i])))
            return false;
    return true;
}

bool manifest_name_fits(const char *name)
{
    size_t len = strlen(name);

    for (const char *p = name; *p; p++)
        if (isupper((unsigned char)*p))
            return false;
    return len < MANIFEST_NAME_BYTES && is_word(name, len, "-_.") && strcmp(name, "none") != 0;
}

/* Words with single slashes between them: nothing leaves the folder that it begins in. */
static bool path_fits(const char *path)
{
    int depth = 0;

    for (;;) {
        size_t len = strcspn(path, "/");

        if (!is_word(path, len, "-_.+") || ++depth > DEPTH_MAX)
            return false;
        if (!path[len])
            return true;
        path += len + 1;
    }
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool language_fits(const char *language, enum manifest_kind kind)
{
    size_t n = strspn(language, "abcdefghijklmnopqrstuvwxyz");

    if (strcmp(language, MANIFEST_ANY) == 0)
        return kind == MANIFEST_DICTATION;
    return n >= 2 && n <= 3 && (!language[n] || (language[n] == '-' && is_word(language + n + 1, strlen(language + n + 1), "-")));
}

/* ---- what no table can say ----------------------------------------------------------------- */

static int url_check(const char *url, struct err *e)
{
    char host[256];

    if (str_starts(url, "file:///"))
        return 0;
    return fetch_url_check(url, "url", host, sizeof(host), e);
}

static int file_check(const struct manifest *m, size_t i, struct err *e)
{
    const struct manifest_file *files = m->files.items, *f = &files[i];

    if (!path_fits(f->path) || strcmp(f->path, MANIFEST_FILE) == 0)
        return err_set(e, -EINVAL, "files[%zu].path: '%.60s' is no place in the engine's folder: letters, digits and "
                       "- _ . +, at most %d folders deep, none begins with a dot", i, f->path, DEPTH_MAX - 1);
    if (strspn(f->sha256, "0123456789abcdef") != 64)
        return err_set(e, -EINVAL, "files[%zu].sha256: must be 64 lower-case hexadecimal digits", i);
    for (size_t k = 0; k < i; k++)
        if (strcmp(files[k].path, f->path) == 0 || is_below(files[k].path, f->path) || is_below(f->path, files[k].path))
            return err_set(e, -EINVAL, "files[%zu].path: '%.60s' and '%.60s' cannot both be there", i, f->path, files[k].path);
    return url_check(f->url, e) < 0 ? err_wrap(e, -EINVAL, "files[%zu]", i) : 0;
}

/* A file that is brought, or a folder with such files in it. */
static bool is_brought(const struct manifest *m, const char *path, bool folder_too)
{
    const struct manifest_file *files = m->files.items;

    for (size_t i = 0; i < m->files.n; i++)
        if (strcmp(files[i].path, path) == 0 || (folder_too && is_below(files[i].path, path)))
            return true;
    return false;
}

bool manifest_owns_program(const struct manifest *m)
{
    return m->program && is_brought(m, m->program, false);
}

static int program_check(const struct manifest *m, struct err *e)
{
    if (m->kind == MANIFEST_COMMANDS)
        return m->program ? err_set(e, -EINVAL, "program: an engine of commands has none; jarvis-stt loads its model") : 0;
    if (!m->program)
        return err_set(e, -EINVAL, "program: is missing");
    if (manifest_owns_program(m))
        return 0;
    if (!str_starts(m->program, own_program) || !is_word(m->program, strlen(m->program), "-_"))
        return err_set(e, -EINVAL, "program: '%.60s' is none of the files and no helper of this package", m->program);
    return 0;
}

static int parts_check(const struct manifest *m, struct err *e)
{
    const bool needed = m->kind == MANIFEST_COMMANDS;

    if ((needed && !m->model) || (m->model && !is_brought(m, m->model, true)))
        return err_set(e, -EINVAL, "model: %s", m->model ? "is none of the files" : "is missing");
    if ((needed && !m->dictionary) || (m->dictionary && !is_brought(m, m->dictionary, !needed)))
        return err_set(e, -EINVAL, "dictionary: %s", m->dictionary ? "is none of the files" : "is missing");
    return 0;
}

static int manifest_check(const struct manifest *m, struct err *e)
{
    char *const *languages = m->languages.items;
    int r = 0;

    if (!manifest_name_fits(m->name))
        return err_set(e, -EINVAL, "name: '%.60s' is no name of an engine: lower-case letters, digits, and - _ . inside",
                       m->name);
    for (size_t i = 0; i < m->languages.n; i++)
        if (!language_fits(languages[i], m->kind))
            return err_set(e, -EINVAL, "languages[%zu]: '%.20s' is no language such as fr", i, languages[i]);
    for (size_t i = 0; r == 0 && i < m->files.n; i++)
        r = file_check(m, i, e);
    if (r == 0)
        r = program_check(m, e);
    return r < 0 ? r : parts_check(m, e);
}

/* ---- interface ----------------------------------------------------------------------------- */

int manifest_parse(struct manifest *ret, const void *text, size_t len, struct err *e)
{
    struct manifest m = { .name = NULL };
    int r;

    if (len > MANIFEST_BYTES_MAX)
        return err_set(e, -EMSGSIZE, "manifest: has %zu bytes, at most %d are taken", len, MANIFEST_BYTES_MAX);
    r = fields_parse(&m, &manifest_fields, text, len, e);
    if (r < 0)
        return err_wrap(e, r, "manifest");
    r = manifest_check(&m, e);
    if (r < 0) {
        manifest_done(&m);
        return err_wrap(e, r, "manifest");
    }
    must(m.name && m.version && m.licence && m.kind < MANIFEST_KINDS_N && m.languages.n > 0);
    *ret = m;
    return 0;
}

void manifest_done(struct manifest *m)
{
    fields_done(m, &manifest_fields);
}

char *manifest_text(const struct manifest *m)
{
    AUTO_JSON *j = fields_put(m, &manifest_fields);

    return j ? json_text(j) : NULL;
}

uint64_t manifest_bytes(const struct manifest *m)
{
    const struct manifest_file *files = m->files.items;
    uint64_t sum = 0;

    for (size_t i = 0; i < m->files.n; i++)
        sum += files[i].bytes;
    return sum;
}

bool manifest_speaks(const struct manifest *m, const char *language)
{
    char *const *languages = m->languages.items;

    for (size_t i = 0; i < m->languages.n; i++) {
        size_t n = strlen(languages[i]);

        if (strcmp(languages[i], MANIFEST_ANY) == 0 ||
            (strncmp(language, languages[i], n) == 0 && (language[n] == '\0' || language[n] == '-')))
            return true;
    }
    return false;
}
