/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/engine.c - jarvisctl engine: engines that are installed, adding one by its manifest after its
 * licence was agreed to, removing and choosing one.
 *
 * The manifest is read here, by whoever types, so that jarvisd reads no file that it is told to. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "ctl.h"

#include <dirent.h>
#include <string.h>

enum { MANIFEST_BYTES = 32 << 10, ANSWER_BYTES = 16 };

static const char ending[] = ".json", usage[] = "use: engine list | add [--yes] NAME|FILE | remove NAME | use NAME|none";

/* ---- manifests ------------------------------------------------------------------------------ */

/* Where they wait to be added, the one before the other. */
static int folder_of(char *out, size_t size, const struct ctl *c, int i, struct err *e)
{
    return i == 0 ? paths_join(out, size, c->paths->etc, "engines.d", e)
                  : paths_join(out, size, c->paths->share, "engines", e);
}

static int manifest_find(char *out, size_t size, const struct ctl *c, const char *name, struct err *e)
{
    char folder[PATHS_BYTES];
    int r = 0;

    if (strchr(name, '/')) {
        if (!str_copy(out, size, name))
            r = err_set(e, -ENAMETOOLONG, "%.80s...: the path is too long", name);
        return r;
    }
    for (int i = 0; r == 0 && i < 2; i++) {
        r = folder_of(folder, sizeof(folder), c, i, e);
        if (r == 0 && snprintf(out, size, "%s/%s%s", folder, name, ending) < (int)size && file_exists(out))
            return 0;
    }
    return r < 0 ? r : err_set(e, -ENOENT, "there is no manifest %.60s%s in %.100s/engines.d or %.100s/engines; one that stands "
                               "elsewhere is named by its path, such as ./%.60s%s", name, ending, c->paths->etc,
                               c->paths->share, name, ending);
}

/* {"manifest": its text}, owned by the caller. */
static int manifest_args(cJSON **ret, const struct ctl *c, const char *name, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;
    char path[PATHS_BYTES];
    size_t len = 0;
    int r = manifest_find(path, sizeof(path), c, name, e);

    if (r == 0)
        r = file_read(&text, &len, path, MANIFEST_BYTES, e);
    if (r < 0)
        return r;
    if (strlen(text) != len)
        return err_set(e, -EINVAL, "%s: is no JSON", path);
    if (!json_put_text(args, "manifest", text))
        return no_memory(e);
    *ret = STEAL(args);
    return 0;
}

/* ---- what people see ------------------------------------------------------------------------ */

static void languages_print(const cJSON *engine, FILE *out)
{
    const cJSON *one;

    cJSON_ArrayForEach (one, cJSON_GetObjectItemCaseSensitive(engine, "languages"))
        fprintf(out, " %s", cJSON_IsString(one) ? one->valuestring : "?");
}

static void engine_print(const cJSON *engine, FILE *out)
{
    fprintf(out, "%s %s: %s in", json_str(engine, "name", "?"), json_str(engine, "version", "?"),
            json_str(engine, "kind", "?"));
    languages_print(engine, out);
    fprintf(out, ", %.0f MB%s\n", json_num(engine, "bytes", 0) / 1e6, json_bool(engine, "used", false) ? "  (in use)" : "");
    if (json_str(engine, "about", "")[0])
        fprintf(out, "    %s\n", json_str(engine, "about", ""));
}

static void offers_print(const char *folder, FILE *out)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        size_t len = strlen(names[i]->d_name);

        if (len > sizeof(ending) - 1 && strcmp(names[i]->d_name + len - (sizeof(ending) - 1), ending) == 0)
            fprintf(out, "can be added: %.*s\n", (int)(len - (sizeof(ending) - 1)), names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

static int engine_list(const struct ctl *c, struct err *e)
{
    AUTO_JSON *answer = NULL;
    char folder[PATHS_BYTES];
    const cJSON *list, *one;
    int r = ctl_request(&answer, c->fd, "engine.list", NULL, e);

    if (r < 0)
        return r;
    if (c->json) {
        out_json(answer);
        return 0;
    }
    list = cJSON_GetObjectItemCaseSensitive(answer, "engines");
    if (cJSON_GetArraySize(list) == 0)
        puts("no engine is installed: this box hears by what comes with it");
    cJSON_ArrayForEach (one, list)
        engine_print(one, stdout);
    for (int i = 0; i < 2; i++)
        if (folder_of(folder, sizeof(folder), c, i, NULL) == 0)
            offers_print(folder, stdout);
    return 0;
}

/* ---- adding --------------------------------------------------------------------------------- */

/* Shown and agreed to, by --yes or by whoever sits there. */
static int licence_agree(const struct ctl *c, const cJSON *shown, struct err *e)
{
    char answer[ANSWER_BYTES] = "";

    if (c->set & CTL_YES)
        return 0;
    if (c->json || !isatty(STDIN_FILENO))
        return err_set(e, -EPERM, "the licence of '%s' is not agreed to; read it, then say --yes: %.200s",
                       json_str(shown, "name", "?"), json_str(shown, "licence", "?"));
    engine_print(shown, stdout);
    printf("\nlicence: %s\n%s\nfetch it and agree to its licence? [y/N] ", json_str(shown, "licence", "?"),
           json_str(shown, "licence_url", ""));
    fflush(stdout);
    if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
        return err_set(e, -ECANCELED, "nothing was fetched");
    return 0;
}

/* --yes may stand behind the word as well, where people write it. */
static int engine_add(const struct ctl *c, const char *name, struct err *e)
{
    AUTO_JSON *args = NULL, *shown = NULL, *answer = NULL;
    int r = manifest_args(&args, c, name, e);

    if (r == 0)
        r = ctl_request(&shown, c->fd, "engine.show", args, e);
    if (r == 0)
        r = licence_agree(c, shown, e);
    if (r < 0)
        return r;
    if (!json_put_text(args, "licence", json_str(shown, "licence", "")))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "engine.add", args, e);
    if (r < 0)
        return r;
    if (c->json)
        out_json(shown);
    else
        printf("%s is installed; jarvisctl engine use %s\n", json_str(shown, "name", "?"), json_str(shown, "name", "?"));
    return 0;
}

/* ---- choosing and removing ------------------------------------------------------------------- */

static int setting_set(const struct ctl *c, const char *kind, const char *name, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    char key[40];

    snprintf(key, sizeof(key), "engine.%.20s", kind);
    if (!json_put_text(args, "key", key) || !json_put_text(args, "value", name))
        return no_memory(e);
    return ctl_request(&answer, c->fd, "config.set", args, e);
}

/* Into the setting of its kind; "none": out of all where one stands. */
static int engine_use(const struct ctl *c, const char *name, struct err *e)
{
    const bool none = strcmp(name, "none") == 0;
    AUTO_JSON *answer = NULL;
    const cJSON *one;
    bool found = none;
    int r = ctl_request(&answer, c->fd, "engine.list", NULL, e);

    if (r == 0 && none)
        r = setting_set(c, "dictation", "", e);
    if (r == 0 && none)
        r = setting_set(c, "commands", "", e);
    cJSON_ArrayForEach (one, cJSON_GetObjectItemCaseSensitive(answer, "engines"))
        if (r == 0 && strcmp(json_str(one, "name", ""), name) == 0) {
            r = setting_set(c, json_str(one, "kind", ""), name, e);
            found = true;
        }
    if (r == 0 && !found)
        r = err_set(e, -ENOENT, "no engine '%.60s' is installed; see: jarvisctl engine list", name);
    if (r == 0)
        puts(c->json ? "{}" : none ? "no engine is used" : "it is used");
    return r;
}

static int engine_remove(const struct ctl *c, const char *name, struct err *e)
{
    AUTO_JSON *args = cJSON_CreateObject(), *answer = NULL;
    int r;

    if (!json_put_text(args, "name", name))
        return no_memory(e);
    r = ctl_request(&answer, c->fd, "engine.remove", args, e);
    if (r == 0 && c->json)
        out_json(answer);
    else if (r == 0)
        printf("%s is removed\n", name);
    return r;
}

int run_engine(const struct ctl *c, enum ctl_exit *exit, struct err *e)
{
    static const struct {
        const char *word;
        int (*fn)(const struct ctl *c, const char *name, struct err *e);
    } rows[] = { { "add", engine_add }, { "remove", engine_remove }, { "use", engine_use } };

    if (c->argc == 1 && strcmp(c->argv[0], "list") == 0)
        return engine_list(c, e);
    if (c->argc == 3 && (strcmp(c->argv[1], "--yes") == 0 || strcmp(c->argv[1], "-y") == 0)) {
        char *words[] = { c->argv[0], c->argv[2] };
        struct ctl agreed = *c;

        agreed.set |= CTL_YES;
        agreed.argc = 2;
        agreed.argv = words;
        return run_engine(&agreed, exit, e);
    }
    for (size_t i = 0; c->argc == 2 && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(c->argv[0], rows[i].word) == 0)
            return rows[i].fn(c, c->argv[1], e);
    *exit = CTL_USAGE;
    return err_set(e, -EINVAL, "%s", usage);
}
