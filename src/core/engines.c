/* SPDX-License-Identifier: Apache-2.0 */
/* core/engines.c - the slot for recognisers that are no part of this package. */
#include "core/engines.h"

#include "base/must.h"
#include "base/worker.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

enum { END_WAIT_MS = 1000 };

const char *const engines_settings[MANIFEST_KINDS_N] = { "engine.dictation", "engine.commands" };

/* One engine being brought or taken away; the worker's until `done_fd` is readable. */
struct job {
    struct paths paths;
    struct manifest manifest; /* owned; name only: it is taken away */
    bool drops;
    int stop, done_fd; /* eventfds, owned */
    int code;
    struct err told;
    struct shelf shelf; /* owned; what is there afterwards */
};

struct engines {
    struct loop *loop; /* borrowed; NULL: only looked at */
    struct paths paths;
    struct shelf shelf;     /* owned */
    struct job *job;        /* owned; NULL: none */
    struct worker *worker;  /* of the job */
    struct loop_io *job_io; /* owned */
    engines_done_fn done;
    void *user; /* borrowed, as of `done` */
    void (*on_change)(const char *name, void *user);
    void *change_user; /* borrowed */
};

/* ---- worker --------------------------------------------------------------------------------- */

static void job_main(struct worker *w, void *user)
{
    const uint64_t one = 1;
    struct job *j = user;

    (void)w;
    j->code = j->drops ? shelf_drop(&j->paths, j->manifest.name, &j->told)
                       : shelf_put(&j->paths, &j->manifest, j->stop, &j->told);
    shelf_scan(&j->shelf, &j->paths, NULL);
    must(write(j->done_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
}

static void job_wake(void *user)
{
    const uint64_t one = 1;
    struct job *j = user;

    must(write(j->stop, &one, sizeof(one)) == (ssize_t)sizeof(one));
}

static struct job *job_free(struct job *j)
{
    if (!j)
        return NULL;
    manifest_done(&j->manifest);
    shelf_done(&j->shelf);
    if (j->stop >= 0)
        close(j->stop);
    if (j->done_fd >= 0)
        close(j->done_fd);
    free(j);
    return NULL;
}
AUTO_DEFINE(struct job *, job_free)

/* ---- main loop ------------------------------------------------------------------------------ */

static void on_job(int fd, uint32_t revents, void *user)
{
    struct engines *n = user;
    AUTO(job_freep) struct job *j = STEAL(n->job);
    engines_done_fn done = n->done;
    struct shelf old = n->shelf;

    (void)fd;
    (void)revents;
    n->job_io = loop_io_free(n->job_io);
    must(worker_end(STEAL(n->worker), -1) == 0); /* it has written its last */
    n->shelf = j->shelf;
    j->shelf.n = 0;
    n->done = NULL;
    if (n->on_change && j->code == 0)
        n->on_change(j->manifest.name, n->change_user);
    shelf_done(&old);
    if (done)
        done(j->code, j->code < 0 ? err_text(&j->told) : "", n->user);
}

/* `m` is taken over where it begins. */
static int job_begin(struct engines *n, struct manifest *m, bool drops, struct err *e)
{
    AUTO(job_freep) struct job *j = calloc(1, sizeof(*j));
    int r;

    if (!j)
        return err_set(e, -ENOMEM, "engines: out of memory");
    j->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    j->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    j->paths = n->paths;
    j->drops = drops;
    if (j->stop < 0 || j->done_fd < 0)
        return err_set(e, -EMFILE, "engines: no descriptor");
    r = loop_io_new(&n->job_io, n->loop, j->done_fd, EPOLLIN, on_job, n, e);
    if (r < 0)
        return r;
    j->manifest = *m;
    *m = (struct manifest){ .name = NULL };
    r = worker_start(&n->worker, &(struct worker_opts){ .name = "engines", .main = job_main, .wake = job_wake, .user = j }, e);
    if (r < 0) {
        *m = j->manifest;
        j->manifest = (struct manifest){ .name = NULL };
        n->job_io = loop_io_free(n->job_io);
        return r;
    }
    n->job = STEAL(j);
    return 0;
}

static int engines_begin(struct engines *n, struct manifest *m, bool drops, engines_done_fn done, void *user,
                         struct err *e)
{
    int r;

    if (!must(n->loop))
        return -EINVAL;
    if (n->job)
        return err_set(e, -EBUSY, "the engine '%s' is being %s; one at a time", n->job->manifest.name,
                       n->job->drops ? "removed" : "fetched");
    r = job_begin(n, m, drops, e);
    if (r < 0)
        return r;
    n->done = done;
    n->user = user;
    return 0;
}

int engines_add(struct engines *n, struct manifest *m, engines_done_fn done, void *user, struct err *e)
{
    if (n->shelf.n >= SHELF_MAX && !shelf_find(&n->shelf, m->name))
        return err_set(e, -E2BIG, "%d engines are installed; remove one first", SHELF_MAX);
    return engines_begin(n, m, false, done, user, e);
}

int engines_drop(struct engines *n, const char *name, engines_done_fn done, void *user, struct err *e)
{
    struct manifest m = { .name = NULL };
    int r;

    if (!shelf_find(&n->shelf, name))
        return err_set(e, -ENOENT, "no engine '%.40s' is installed", name);
    m.name = str_dup(name);
    if (!m.name)
        return err_set(e, -ENOMEM, "engines: out of memory");
    r = engines_begin(n, &m, true, done, user, e);
    manifest_done(&m);
    return r;
}

void engines_stop(struct engines *n)
{
    if (n->job)
        job_wake(n->job);
}

const char *engines_busy(const struct engines *n)
{
    return n->job ? n->job->manifest.name : NULL;
}

/* ---- what there is -------------------------------------------------------------------------- */

const struct shelf *engines_shelf(const struct engines *n)
{
    return &n->shelf;
}

int engines_check(const struct engines *n, enum manifest_kind kind, const char *name, struct err *e)
{
    const struct manifest *m = name[0] ? shelf_find(&n->shelf, name) : NULL;

    must(kind < MANIFEST_KINDS_N);
    if (name[0] == '\0')
        return 0;
    if (!m)
        return err_set(e, -ENOENT, "%s: no engine '%.40s' is installed; see: jarvisctl engine list",
                       engines_settings[kind], name);
    if (m->kind != kind)
        return err_set(e, -EINVAL, "%s: the engine '%s' is one for %s; it belongs into %s", engines_settings[kind],
                       m->name, manifest_kinds[m->kind], engines_settings[m->kind]);
    return 0;
}

const struct manifest *engines_used(const struct engines *n, const struct settings *s, enum manifest_kind kind,
                                    const char *language, struct err *e)
{
    const char *name = kind == MANIFEST_DICTATION ? s->engine_dictation : s->engine_commands;
    const struct manifest *m;

    if (!n || name[0] == '\0' || engines_check(n, kind, name, e) < 0)
        return NULL;
    m = shelf_find(&n->shelf, name);
    must(m && m->kind == kind);
    if (!manifest_speaks(m, language)) {
        err_set(e, -EINVAL, "%s: the engine '%s' does not hear the language '%.8s'", engines_settings[kind], name,
                language);
        return NULL;
    }
    return m;
}

int engines_path(char *out, size_t size, const struct engines *n, const struct manifest *m, const char *part,
                 struct err *e)
{
    return shelf_path(out, size, &n->paths, m->name, part, e);
}

/* What stands at `path` is a file of that folder itself, by whatever way it is reached. */
static int program_check(const char *path, const char *folder, struct err *e)
{
    AUTO_FREE char *within = realpath(folder, NULL), *real = within ? realpath(path, NULL) : NULL;
    size_t len;
    struct stat st;

    if (!real || stat(real, &st) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    len = strlen(within);
    if (strncmp(real, within, len) != 0 || real[len] != '/' || !S_ISREG(st.st_mode))
        return err_set(e, -EACCES, "%s: leads out of the engine's folder; add the engine again", path);
    return 0;
}

int engines_program(char *out, size_t size, const struct engines *n, const struct manifest *m, struct err *e)
{
    char folder[PATHS_BYTES];
    int r;

    if (!must(m->program && m->kind == MANIFEST_DICTATION))
        return -EINVAL;
    if (!manifest_owns_program(m))
        return paths_join(out, size, n->paths.helpers, m->program, e);
    r = engines_path(folder, sizeof(folder), n, m, NULL, e);
    if (r == 0)
        r = engines_path(out, size, n, m, m->program, e);
    return r < 0 ? r : program_check(out, folder, e);
}

bool engines_hears(const struct engines *n, const struct settings *s, const char *language)
{
    if (strncmp(language, "en", 2) == 0 && (language[2] == '\0' || language[2] == '-'))
        return true;
    return engines_used(n, s, MANIFEST_COMMANDS, language, NULL) != NULL;
}

/* ---- making one ----------------------------------------------------------------------------- */

void engines_on_change(struct engines *n, void (*fn)(const char *name, void *user), void *user)
{
    n->on_change = fn;
    n->change_user = user;
}

int engines_new(struct engines **ret, struct loop *loop, const struct paths *p, struct err *e)
{
    struct engines *n = calloc(1, sizeof(*n));

    if (!n)
        return err_set(e, -ENOMEM, "engines: out of memory");
    n->loop = loop;
    n->paths = *p;
    if (loop)
        shelf_sweep(p);
    shelf_scan(&n->shelf, p, NULL);
    *ret = n;
    return 0;
}

struct engines *engines_free(struct engines *n)
{
    if (!n)
        return NULL;
    n->job_io = loop_io_free(n->job_io);
    if (n->done)
        n->done(-ECANCELED, "jarvisd ends", n->user);
    if (n->worker && worker_end(n->worker, END_WAIT_MS) < 0)
        n->job = NULL; /* it hangs in the disk, and keeps what it uses */
    job_free(n->job);
    shelf_done(&n->shelf);
    free(n);
    return NULL;
}
