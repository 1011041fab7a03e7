/* SPDX-License-Identifier: Apache-2.0 */
/* intent/tongue.c - a language from its files. */
#include "intent/tongue.h"

#include "base/file.h"
#include "base/must.h"
#include "intent/vocab.h"
#include "base/yaml.h"
#include "intent/rbnf.h"
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
    bool is_part;       /* of the newer layout; below for it only */
    const char *intent; /* of the folder; NULL: rules and lists */
    const struct yaml *combinations; /* of the intent, in intents.yaml; NULL: none are known */
    unsigned files;
    struct err *e;
};

/* "name_area.yaml": does the combination mean the room of the box? */
static bool needs_area(const struct loading *l, const char *label)
{
    const char *base = strrchr(label, '/');
    char name[NAME_MAX + 1];

    str_copy(name, sizeof(name), base ? base + 1 : label);
    must(l->intent && ends_in_yaml(name));
    name[strlen(name) - (sizeof(ending) - 1)] = '\0';
    return strcmp(yaml_str(yaml_get(l->combinations, name), "context_area", ""), "true") == 0;
}

static int text_add(struct loading *l, const char *name, const char *label, const char *text, size_t len,
                    struct err *e)
{
    const struct catalog_part part = { name, l->is_own, l->intent, l->intent && needs_area(l, label) };

    return l->is_part ? catalog_parse_part(l->t->catalog, &part, text, len, e)
                      : catalog_parse(l->t->catalog, name, l->is_own, text, len, e);
}

/* A shipped file is known by its place under sentences/, an own one by its path. */
static int file_add(struct loading *l, const char *path, const char *label)
{
    AUTO_FREE char *text = NULL;
    struct err told = ERR_INIT;
    size_t len;
    int r = file_read(&text, &len, path, SENTENCE_FILE_BYTES_MAX, &told);

    l->files++;
    if (r == 0)
        r = text_add(l, l->is_own ? path : label, label, text, len, &told);
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

/* `place`: the folder, as it is called in a label. */
static int folder_add(struct loading *l, const char *dir, const char *place)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_sentence_file, compare_files), r = 0;

    for (int i = 0; i < n; i++) {
        char path[PATHS_BYTES], label[TONGUE_NAME_MAX + 2 * NAME_MAX + 4];

        snprintf(label, sizeof(label), "%s/%s", place, names[i]->d_name);
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

/* ---- the newer layout ----------------------------------------------------------------------- */

static int is_intent_folder(const struct dirent *d)
{
    return d->d_name[0] >= 'A' && d->d_name[0] <= 'Z' && !strchr(d->d_name, '.');
}

/* Rules and lists beside the sentences. */
static int symbols_add(struct loading *l, const char *base, const char *language)
{
    static const char *const places[] = { "lists", "lists/%s", "rules/%s" };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(places) / sizeof(places[0]); i++) {
        char path[PATHS_BYTES], *at;
        AUTO_STR place = STR_INIT;

        str_add(&place, places[i]);
        at = place.data ? strchr(place.data, '%') : NULL;
        if (at) {
            place.len = (size_t)(at - place.data);
            str_add(&place, language);
        }
        if (place.failed)
            return err_set(l->e, -ENOMEM, "sentences: out of memory");
        r = paths_join(path, sizeof(path), base, str_text(&place), l->e);
        if (r == 0)
            r = folder_add(l, path, str_text(&place));
    }
    return r;
}

/* What intents.yaml says; NULL: there is none, or it cannot be read, which is told. */
static struct yaml *intents_load(struct loading *l, const char *base)
{
    char path[PATHS_BYTES];
    struct err told = ERR_INIT;
    struct yaml *y = NULL;

    if (paths_join(path, sizeof(path), base, "intents.yaml", &told) == 0 && file_exists(path) &&
        yaml_load(&y, path, &told) < 0)
        on_complaint(err_text(&told), l->t);
    return y;
}

/* The folders of intents in `dir`, with what they need from `base`. */
static int parts_add(struct loading *l, const char *base, const char *dir, const char *language)
{
    AUTO(yaml_freep) struct yaml *intents = NULL;
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_intent_folder, alphasort), r = 0;

    must(!l->is_part && !l->intent);
    l->is_part = true;
    if (n > 0) {
        r = symbols_add(l, base, language);
        intents = intents_load(l, base);
    }
    for (int i = 0; i < n; i++) {
        char path[PATHS_BYTES], place[TONGUE_NAME_MAX + NAME_MAX + 2];

        snprintf(place, sizeof(place), "%s/%s", language, names[i]->d_name);
        l->intent = names[i]->d_name;
        l->combinations = yaml_get(yaml_get(intents, l->intent), "slot_combinations");
        if (r == 0 && i < TONGUE_FILES_MAX)
            r = paths_join(path, sizeof(path), dir, names[i]->d_name, l->e);
        if (r == 0 && i < TONGUE_FILES_MAX)
            r = folder_add(l, path, place);
        free(names[i]);
    }
    free(names);
    l->is_part = false;
    l->intent = NULL;
    l->combinations = NULL;
    return r;
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
    if (r == 0)
        r = folder_add(l, path, language);
    return r < 0 ? r : parts_add(l, base, path, language);
}

/* CLDR's number words, where a person has put them: of "pt-BR", else of "pt". */
static int numbers_add(struct tongue *t, const struct paths *paths, struct err *e)
{
    const size_t lengths[] = { strlen(t->language), strcspn(t->language, "-_") };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char name[TONGUE_NAME_MAX + 16], path[PATHS_BYTES];
        AUTO_FREE char *text = NULL;
        struct err told = ERR_INIT;
        size_t len;
        int r;

        snprintf(name, sizeof(name), "rbnf/%.*s.xml", (int)lengths[i], t->language);
        r = paths_join(path, sizeof(path), paths->etc, name, e);
        if (r < 0 || !file_exists(path))
            continue;
        r = file_read(&text, &len, path, RBNF_BYTES_MAX, &told);
        if (r == 0)
            r = numbers_read(t->catalog->numbers, path, text, len, &told);
        if (r == -ENOMEM)
            return err_set(e, r, "%s", err_text(&told));
        if (r < 0)
            on_complaint(err_text(&told), t);
        return 0;
    }
    return 0;
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

int tongue_read(struct tongue **ret, const struct paths *paths, const char *language,
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
        r = numbers_add(t, paths, e);
    if (r == 0)
        r = files_add(t, paths, e);
    if (r == 0)
        r = catalog_link(t->catalog, e);
    must(r < 0 || !t->names);
    if (r == 0 && t->complaints.failed)
        r = err_set(e, -ENOMEM, "sentences: out of memory");
    if (r < 0)
        return r;
    *ret = STEAL(t);
    return 0;
}

int tongue_new(struct tongue **ret, const struct paths *paths, const char *language,
               struct err *e)
{
    AUTO(tongue_freep) struct tongue *t = NULL;
    int r = tongue_read(&t, paths, language, e);

    if (r < 0)
        return r;
    catalog_check(t->catalog);
    if (t->complaints.failed)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    *ret = STEAL(t);
    return 0;
}

struct tongue *tongue_free(struct tongue *t)
{
    if (t) {
        catalog_free(t->catalog);
        names_free(t->names);
        vocab_free(t->vocab);
        str_done(&t->complaints);
        free(t);
    }
    return NULL;
}

int tongue_set_devices(struct tongue *t, const cJSON *devices, struct err *e)
{
    AUTO(names_freep) struct names *names = NULL;
    AUTO(vocab_freep) struct vocab *vocab = NULL;
    struct names *old = t->names;
    int r = names_new(&names, devices, t->catalog->numbers, spoken_language(t->language, t->is_heard), e);

    if (r == 0)
        r = vocab_new(&vocab, t->catalog, names, e);
    if (r < 0)
        return r;
    must(names->devices_n <= NAMES_DEVICES_MAX);
    vocab_free(t->vocab);
    t->vocab = STEAL(vocab);
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
