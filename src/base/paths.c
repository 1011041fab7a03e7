/* SPDX-License-Identifier: Apache-2.0 */
/* base/paths.c - where everything stands. */
#include "base/paths.h"

#include "base/file.h"
#include "base/must.h"
#include "base/str.h"

#include <string.h>
#include <unistd.h>

int paths_join(char *out, size_t size, const char *dir, const char *name, struct err *e)
{
    if (strlen(dir) + strlen("/") + strlen(name) >= size)
        return err_set(e, -ENAMETOOLONG, "%s/%s: the path is too long", dir, name);
    snprintf(out, size, "%s/%s", dir, name);
    return 0;
}

/* Folder of the running program; "" when the kernel does not tell. */
static void program_folder(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size);
    char *slash;

    out[n > 0 && (size_t)n < size ? n : 0] = '\0'; /* a cut path is none */
    slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
}

static bool holds(const char *dir, const char *name)
{
    char path[PATHS_BYTES];

    return dir && dir[0] && paths_join(path, sizeof(path), dir, name, NULL) == 0 &&
           file_exists(path);
}

static int helpers_find(struct paths *p, const char *program, struct err *e)
{
    const char *const places[] = { getenv("JARVIS_HELPERS"), program, "/usr/lib/jarvis" };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!holds(places[i], "jarvis-tts"))
            continue;
        if (!str_copy(p->helpers, sizeof(p->helpers), places[i]))
            return err_set(e, -ENAMETOOLONG, "%s: the path is too long", places[i]);
        return 0;
    }
    return err_set(e, -ENOENT,
                   "the helpers jarvis-stt and jarvis-tts are neither in %s nor in "
                   "/usr/lib/jarvis; set JARVIS_HELPERS to their folder",
                   program);
}

static int share_find(struct paths *p, const char *root, const char *program, struct err *e)
{
    char of_root[PATHS_BYTES], of_tree[PATHS_BYTES], of_variant[PATHS_BYTES];
    const char *const places[] = { getenv("JARVIS_SHARE"), of_root, of_tree, of_variant };
    int r = paths_join(of_root, sizeof(of_root), root, "usr/share/jarvis", e);

    if (r >= 0)
        r = paths_join(of_tree, sizeof(of_tree), program,
                       "../../rootfs-overlay/usr/share/jarvis", e);
    if (r >= 0)
        r = paths_join(of_variant, sizeof(of_variant), program,
                       "../../../rootfs-overlay/usr/share/jarvis", e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!holds(places[i], "sentences"))
            continue;
        if (!str_copy(p->share, sizeof(p->share), places[i]))
            return err_set(e, -ENAMETOOLONG, "%s: the path is too long", places[i]);
        return 0;
    }
    /* a test's root holds no copy of what is installed */
    str_copy(p->share, sizeof(p->share), "/usr/share/jarvis");
    return 0;
}

/* Below a build/ the weights stand beside bin/; the variants' own bin/ is one folder deeper. */
static int models_find(struct paths *p, const char *program, struct err *e)
{
    static const char *const places[] = { "../models", "../../models" };
    char path[PATHS_BYTES];
    int r = paths_join(p->models, sizeof(p->models), p->share, "models", e);

    for (size_t i = 0; r >= 0 && i < sizeof(places) / sizeof(places[0]); i++) {
        if (file_exists(p->models))
            break;
        r = paths_join(path, sizeof(path), program, places[i], e);
        if (r >= 0 && file_exists(path))
            str_copy(p->models, sizeof(p->models), path);
    }
    return r;
}

int paths_model(char *out, size_t size, const struct paths *p, const char *name, struct err *e)
{
    if (name[0] != '/')
        return paths_join(out, size, p->models, name, e);
    if (strlen(name) >= size)
        return err_set(e, -ENAMETOOLONG, "%s: the path is too long", name);
    must(str_copy(out, size, name));
    return 0;
}

int paths_init(struct paths *p, const char *root, struct err *e)
{
    struct paths found;
    char program[PATHS_BYTES];
    int r = paths_join(found.etc, sizeof(found.etc), root, "etc/jarvis", e);

    if (r >= 0)
        r = paths_join(found.state, sizeof(found.state), root, "var/lib/jarvis", e);
    if (r >= 0)
        r = paths_join(found.run, sizeof(found.run), root, "run/jarvis", e);
    if (r >= 0)
        r = paths_join(found.sockets, sizeof(found.sockets), root, "run/jarvis-helpers", e);
    if (r >= 0)
        r = paths_join(found.lent, sizeof(found.lent), root, "run/jarvis-grammar", e);
    if (r < 0)
        return err_wrap(e, r, "--root");
    if (!file_exists(found.lent))
        str_copy(found.lent, sizeof(found.lent), found.run);
    program_folder(program, sizeof(program));
    r = helpers_find(&found, program, e);
    if (r >= 0)
        r = share_find(&found, root, program, e);
    if (r >= 0)
        r = models_find(&found, program, e);
    if (r < 0)
        return r;
    *p = found;
    return 0;
}
