/* SPDX-License-Identifier: Apache-2.0 */
/* core/shelf.c - where installed engines stand. */
#include "core/shelf.h"

#include "base/file.h"
#include "base/must.h"
#include "base/str.h"
#include "core/download.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { SPARE_BYTES = 32 << 20, DESCRIPTORS = 16 };

static const char fresh[] = ".new";

int shelf_path(char *out, size_t size, const struct paths *p, const char *name, const char *part,
               struct err *e)
{
    char folder[PATHS_BYTES], own[PATHS_BYTES];
    int r = paths_join(folder, sizeof(folder), p->state, "engines", e);

    if (r == 0 && !name)
        return paths_join(out, size, p->state, "engines", e);
    if (r == 0)
        r = paths_join(part ? own : out, part ? sizeof(own) : size, folder, name, e);
    if (r == 0 && part)
        r = paths_join(out, size, own, part, e);
    return r;
}

/* ---- what is there -------------------------------------------------------------------------- */

static int manifest_load(struct manifest *ret, const char *path, struct err *e)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    int r = file_read(&text, &len, path, MANIFEST_BYTES_MAX, e);

    if (r < 0)
        return r;
    r = manifest_parse(ret, text, len, e);
    return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

static int shelf_take(struct shelf *s, const struct paths *p, const char *name, struct err *e)
{
    struct manifest m = { .name = NULL };
    char path[PATHS_BYTES];
    int r = shelf_path(path, sizeof(path), p, name, MANIFEST_FILE, e);

    if (r == 0)
        r = manifest_load(&m, path, e);
    if (r < 0)
        return r;
    if (strcmp(m.name, name) == 0 && s->n < SHELF_MAX) {
        s->items[s->n++] = m;
        return 0;
    }
    r = err_set(e, -EINVAL, "%s: %s", path, s->n < SHELF_MAX ? "is the manifest of another engine" : "is one engine too many");
    manifest_done(&m);
    return r;
}

static int is_engine(const struct dirent *d)
{
    return manifest_name_fits(d->d_name);
}

void shelf_scan(struct shelf *ret, const struct paths *p, struct str *told)
{
    struct dirent **names = NULL;
    char folder[PATHS_BYTES];
    int n;

    ret->n = 0;
    if (shelf_path(folder, sizeof(folder), p, NULL, NULL, NULL) < 0)
        return;
    n = scandir(folder, &names, is_engine, alphasort); /* < 0: nothing was ever installed */
    for (int i = 0; i < n; i++) {
        struct err e = ERR_INIT;

        if (shelf_take(ret, p, names[i]->d_name, &e) < 0 && told)
            str_addf(told, "%s\n", err_text(&e));
        free(names[i]);
    }
    free(names);
    must(ret->n <= SHELF_MAX);
}

void shelf_done(struct shelf *s)
{
    while (s->n > 0)
        manifest_done(&s->items[--s->n]);
}

const struct manifest *shelf_find(const struct shelf *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i].name, name) == 0)
            return &s->items[i];
    return NULL;
}

/* ---- taking away ---------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path) < 0 ? -errno : 0;
}

/* A folder with all in it; links are removed, not followed. */
static int tree_remove(const char *path, struct err *e)
{
    int r = nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);

    if (r == -1)
        r = -errno;
    return r < 0 && r != -ENOENT ? err_set(e, r, "%s: %s", path, err_words(-r)) : 0;
}

static int folder_sync(const char *path, struct err *e)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    return 0;
}

/* .NAME.new, where one is brought and from where an old one is taken away. */
static int fresh_path(char *out, size_t size, const struct paths *p, const char *name, struct err *e)
{
    char own[MANIFEST_NAME_BYTES + sizeof(fresh) + 1];

    must(manifest_name_fits(name));
    snprintf(own, sizeof(own), ".%s%s", name, fresh);
    return shelf_path(out, size, p, own, NULL, e);
}

int shelf_drop(const struct paths *p, const char *name, struct err *e)
{
    char path[PATHS_BYTES], gone[PATHS_BYTES];
    int r = manifest_name_fits(name) ? 0 : -ENOENT;

    if (r == 0)
        r = shelf_path(path, sizeof(path), p, name, NULL, e);
    if (r == 0)
        r = fresh_path(gone, sizeof(gone), p, name, e);
    if (r == 0)
        r = tree_remove(gone, e);
    if (r == 0 && rename(path, gone) < 0)
        r = -errno;
    if (r == -ENOENT)
        return err_set(e, r, "no engine '%.40s' is installed", name);
    return r < 0 ? err_set(e, r, "%s: %s", path, err_words(-r)) : tree_remove(gone, e);
}

void shelf_sweep(const struct paths *p)
{
    char folder[PATHS_BYTES];
    struct dirent *d;
    DIR *dir = shelf_path(folder, sizeof(folder), p, NULL, NULL, NULL) < 0 ? NULL : opendir(folder);

    while (dir && (d = readdir(dir))) {
        char path[PATHS_BYTES + 256];
        size_t len = strlen(d->d_name);

        if (d->d_name[0] != '.' || len < sizeof(fresh) || strcmp(d->d_name + len - (sizeof(fresh) - 1), fresh) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
        tree_remove(path, NULL);
    }
    if (dir)
        closedir(dir);
}

/* ---- bringing one --------------------------------------------------------------------------- */

static int room_check(const char *folder, const struct manifest *m, struct err *e)
{
    uint64_t need = manifest_bytes(m) + SPARE_BYTES, have;
    struct statvfs fs;

    if (statvfs(folder, &fs) < 0)
        return err_set(e, -errno, "%s: %s", folder, err_words(errno));
    have = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (have < need)
        return err_set(e, -ENOSPC, "%s: has room for %llu MB, the engine '%s' needs %llu MB", folder,
                       (unsigned long long)have >> 20, m->name, (unsigned long long)need >> 20);
    return 0;
}

/* The folders of `path` below `folder`, which all may read. */
static int folders_make(const char *folder, const char *path, struct err *e)
{
    char at[PATHS_BYTES];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (snprintf(at, sizeof(at), "%s/%.*s", folder, (int)(slash - path), path) >= (int)sizeof(at))
            return err_set(e, -ENAMETOOLONG, "%s: the path is too long", folder);
        if ((mkdir(at, 0755) < 0 && errno != EEXIST) || chmod(at, 0755) < 0)
            return err_set(e, -errno, "%s: %s", at, err_words(errno));
    }
    return 0;
}

static int file_bring(const char *folder, const struct manifest *m, const struct manifest_file *f, int stop,
                      struct err *e)
{
    bool runs = m->program && strcmp(m->program, f->path) == 0;
    char path[PATHS_BYTES];
    const struct download d = { f->url, f->sha256, f->bytes, path, runs ? 0755 : 0644, stop };
    int r = folders_make(folder, f->path, e);

    if (r == 0)
        r = paths_join(path, sizeof(path), folder, f->path, e);
    return r < 0 ? r : download_run(&d, e);
}

static int files_bring(const char *folder, const struct manifest *m, int stop, struct err *e)
{
    const struct manifest_file *files = m->files.items;
    AUTO_FREE char *text = manifest_text(m);
    char path[PATHS_BYTES];
    int r = text ? 0 : err_set(e, -ENOMEM, "engine '%s': out of memory", m->name);

    for (size_t i = 0; r == 0 && i < m->files.n; i++)
        r = file_bring(folder, m, &files[i], stop, e);
    if (r == 0)
        r = paths_join(path, sizeof(path), folder, MANIFEST_FILE, e);
    if (r == 0)
        r = file_write(path, text, strlen(text), 0644, e);
    return r;
}

/* The new folder takes its place; an old one is exchanged for it and then removed under the new one's name. */
static int folder_place(const char *from, const char *to, struct err *e)
{
    unsigned how = file_exists(to) ? RENAME_EXCHANGE : RENAME_NOREPLACE;

    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, how) < 0)
        return err_set(e, -errno, "%s: %s", to, err_words(errno));
    return 0;
}

static int shelf_make(char *shelf, char *folder, const struct paths *p, const struct manifest *m, struct err *e)
{
    int r = shelf_path(shelf, PATHS_BYTES, p, NULL, NULL, e);

    if (r == 0)
        r = fresh_path(folder, PATHS_BYTES, p, m->name, e);
    if (r == 0)
        r = file_mkdirs(shelf, 0755, e);
    if (r == 0 && chmod(shelf, 0755) < 0)
        r = err_set(e, -errno, "%s: %s", shelf, err_words(errno));
    if (r == 0)
        r = tree_remove(folder, e);
    if (r == 0)
        r = room_check(shelf, m, e);
    if (r == 0 && (mkdir(folder, 0755) < 0 || chmod(folder, 0755) < 0))
        r = err_set(e, -errno, "%s: %s", folder, err_words(errno));
    return r;
}

int shelf_put(const struct paths *p, const struct manifest *m, int stop, struct err *e)
{
    char shelf[PATHS_BYTES], folder[PATHS_BYTES], place[PATHS_BYTES];
    int r = shelf_make(shelf, folder, p, m, e);

    if (r < 0)
        return r;
    r = files_bring(folder, m, stop, e);
    if (r == 0)
        r = folder_sync(folder, e);
    if (r == 0)
        r = shelf_path(place, sizeof(place), p, m->name, NULL, e);
    if (r == 0)
        r = folder_place(folder, place, e);
    if (r == 0)
        r = folder_sync(shelf, e);
    tree_remove(folder, NULL); /* a half one, or the one before */
    return r;
}
