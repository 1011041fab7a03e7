/* SPDX-License-Identifier: Apache-2.0 */
/* intent/tongue.c - a language from its files. */
#include "intent/tongue.h"

#include "base/file.h"
#include "base/must.h"
#include "intent/spoken.h"

#include <dirent.h>
#include <string.h>

enum { SENTENCE_FILE_BYTES_MAX = 4 << 20 };

static const char folder[] = "sentences", ending[] = ".yaml", speech[] = "speech";

static void on_complaint(const char *text, void *user)
{
    struct tongue *t = user;

    if (t->complaints_n++ < CATALOG_COMPLAINTS_MAX)
        str_addf(&t->complaints, "%s\n", text);
}

static bool is_language(const char *text)
{
    return text[0] != '\0' && strlen(text) < TONGUE_NAME_MAX &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

static bool ends_in_yaml(const char *name)
{
    size_t n = strlen(name), tail = sizeof(ending) - 1;

    return n > tail && strcmp(name + n - tail, ending) == 0;
}

/* ---- files -------------------------------------------------------------------------------- */

struct loading {
    struct tongue *t;
    bool is_own;
    unsigned files;
    struct err *e;
};

/* A shipped file is known by its place under sentences/, an own one by its path. */
static int file_add(struct loading *l, const char *path, const char *label)
{
    AUTO_FREE char *text = NULL;
    struct err told = ERR_INIT;
    size_t len;
    int r = file_read(&text, &len, path, SENTENCE_FILE_BYTES_MAX, &told);

    l->files++;
    if (r == 0)
        r = catalog_parse(l->t->catalog, l->is_own ? path : label, l->is_own, text, len, &told);
    if (r == -ENOMEM)
        return err_set(l->e, r, "%s", err_text(&told));
    if (r < 0)
        on_complaint(err_text(&told), l->t);
    return 0;
}

static int is_sentence_file(const struct dirent *d)
{
    return d->d_name[0] != '.' && ends_in_yaml(d->d_name);
}

/* _common.yaml before all others. */
static int compare_files(const struct dirent **a, const struct dirent **b)
{
    bool first_a = (*a)->d_name[0] == '_', first_b = (*b)->d_name[0] == '_';

    return first_a != first_b ? (int)first_b - (int)first_a : strcmp((*a)->d_name, (*b)->d_name);
}

static int folder_add(struct loading *l, const char *dir, const char *language)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_sentence_file, compare_files), r = 0;

    for (int i = 0; i < n; i++) {
        char path[PATHS_BYTES], label[TONGUE_NAME_MAX + 2 + NAME_MAX];

        snprintf(label, sizeof(label), "%s/%s", language, names[i]->d_name);
        if (r == 0 && i < TONGUE_FILES_MAX)
            r = paths_join(path, sizeof(path), dir, names[i]->d_name, l->e);
        if (r == 0 && i < TONGUE_FILES_MAX)
            r = file_add(l, path, label);
        free(names[i]);
    }
    free(names);
    if (r == 0 && n > TONGUE_FILES_MAX)
        on_complaint("sentences: too many files in one folder; the first 500 are read", l->t);
    return r;
}

/* `label` is the file's place below sentences/. */
static int one_add(struct loading *l, const char *base, const char *label)
{
    char path[PATHS_BYTES], name[96];
    int r;

    snprintf(name, sizeof(name), "%s/%s", folder, label);
    r = paths_join(path, sizeof(path), base, name, l->e);
    return r == 0 && file_exists(path) ? file_add(l, path, label) : r;
}

static int place_add(struct loading *l, const char *base, const char *language)
{
    char path[PATHS_BYTES], name[64], label[64];
    int r;

    snprintf(label, sizeof(label), "%s%s", language, ending);
    r = one_add(l, base, label);
    snprintf(label, sizeof(label), "%s/%s%s", speech, language, ending);
    if (r == 0)
        r = one_add(l, base, label);
    if (r < 0)
        return r;
    snprintf(name, sizeof(name), "%s/%s", folder, language);
    r = paths_join(path, sizeof(path), base, name, l->e);
    return r < 0 ? r : folder_add(l, path, language);
}

static int files_add(struct tongue *t, const struct paths *paths, struct err *e)
{
    struct loading l = { .t = t, .e = e };
    int r = place_add(&l, paths->share, t->language);

    l.is_own = true;
    if (r == 0)
        r = place_add(&l, paths->etc, t->language);
    if (r == 0 && l.files == 0)
        return err_set(e, -ENOENT, "no sentences for the language '%s': there is no %s/%s/%s%s",
                       t->language, paths->share, folder, t->language, ending);
    return r;
}

int tongue_new(struct tongue **ret, const struct paths *paths, const char *language,
               struct err *e)
{
    AUTO(tongue_freep) struct tongue *t = NULL;
    int r;

    if (!is_language(language))
        return err_set(e, -EINVAL, "language: '%s' is no name of a language", language);
    t = calloc(1, sizeof(*t));
    if (!t)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    str_copy(t->language, sizeof(t->language), language);
    r = catalog_new(&t->catalog, language, on_complaint, t, e);
    if (r == 0)
        r = files_add(t, paths, e);
    if (r == 0)
        r = catalog_link(t->catalog, e);
    must(r < 0 || !t->names);
    if (r == 0)
        catalog_check(t->catalog);
    if (r == 0 && t->complaints.failed)
        r = err_set(e, -ENOMEM, "sentences: out of memory");
    if (r < 0)
        return r;
    *ret = STEAL(t);
    return 0;
}

struct tongue *tongue_free(struct tongue *t)
{
    if (t) {
        catalog_free(t->catalog);
        names_free(t->names);
        str_done(&t->complaints);
        free(t);
    }
    return NULL;
}

int tongue_set_devices(struct tongue *t, const cJSON *devices, struct err *e)
{
    AUTO(names_freep) struct names *names = NULL;
    struct names *old = t->names;
    int r = names_new(&names, devices, t->catalog->numbers, spoken_language(t->language), e);

    if (r < 0)
        return r;
    must(names->devices_n <= NAMES_DEVICES_MAX);
    t->names = STEAL(names);
    catalog_set_list(t->catalog, "name", &t->names->name);
    catalog_set_list(t->catalog, "area", &t->names->area);
    names_free(old);
    return 0;
}

/* ---- names in own sentences --------------------------------------------------------------- */

static void stranger_add(struct str *out, const struct tongue *t, const struct block *b,
                         const struct fixed *f)
{
    bool is_name = strcmp(f->slot, "name") == 0, is_area = strcmp(f->slot, "area") == 0;

    if (f->value.kind != DATUM_TEXT || (!is_name && !is_area))
        return;
    if (is_name && strcmp(f->value.text, "all") != 0 && !names_know(t->names, f->value.text))
        str_addf(out, "%s line %d: there is no device '%s'\n", b->file, f->line, f->value.text);
    if (is_area && !names_area(t->names, f->value.text))
        str_addf(out, "%s line %d: there is no room '%s'\n", b->file, f->line, f->value.text);
}

void tongue_strangers(struct str *out, const struct tongue *t)
{
    for (const struct block *b = t->names ? t->catalog->blocks : NULL; b; b = b->next)
        for (const struct fixed *f = b->is_own ? b->fixed : NULL; f; f = f->next)
            stranger_add(out, t, b, f);
}

/* ---- which languages there are ------------------------------------------------------------ */

static bool is_listed(char list[TONGUES_MAX][TONGUE_NAME_MAX], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static size_t place_list(char ret[TONGUES_MAX][TONGUE_NAME_MAX], size_t n, const char *base)
{
    char path[PATHS_BYTES];
    struct dirent **names = NULL;
    int count = paths_join(path, sizeof(path), base, folder, NULL) < 0
                    ? 0
                    : scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char name[NAME_MAX + 1];

        str_copy(name, sizeof(name), names[i]->d_name);
        if (ends_in_yaml(name))
            name[strlen(name) - (sizeof(ending) - 1)] = '\0';
        if (is_language(name) && strcmp(name, speech) != 0 && n < TONGUES_MAX && !is_listed(ret, n, name))
            str_copy(ret[n++], TONGUE_NAME_MAX, name);
        free(names[i]);
    }
    free(names);
    return n;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t tongue_list(char ret[TONGUES_MAX][TONGUE_NAME_MAX], const struct paths *paths)
{
    size_t n = place_list(ret, place_list(ret, 0, paths->share), paths->etc);

    must(n <= TONGUES_MAX);
    qsort(ret, n, TONGUE_NAME_MAX, compare_names);
    return n;
}
