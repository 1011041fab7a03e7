/* SPDX-License-Identifier: Apache-2.0 */
/* app/reload.c - settings, devices and sentences are read again (HUP, `jarvisctl reload`).
 *
 * A disk may hang. So the slow worker reads the files first, until they are in the kernel's memory; only
 * then the main loop takes them from there, in one go, so that nobody sees half of a new house. While a
 * disk hangs the old house goes on. The sentences are read by the slow worker itself (intent/intent.h). */
#include "app/app.h"

#include "base/file.h"
#include "base/must.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 8 << 20 };

struct reload { /* owned by the slow worker until it is done */
    struct app *app;
    reload_done_fn done;
    void *user;
};

/* What is wrong with a file is told by whoever takes it; here it only has to come into memory. */
static void touch(const char *folder, const char *name)
{
    char path[PATHS_BYTES];
    AUTO_FREE char *text = NULL;
    size_t len;

    if (paths_join(path, sizeof(path), folder, name, NULL) >= 0)
        file_read(&text, &len, path, FILE_BYTES_MAX, NULL);
}

static int reload_run(void *job, struct err *e)
{
    const struct reload *r = job;

    (void)e;
    touch(r->app->paths.etc, "jarvis.yaml");
    touch(r->app->paths.etc, "devices.yaml");
    touch(r->app->paths.state, "settings.yaml");
    return 0;
}

static void reload_finish(int code, const char *words, void *job)
{
    AUTO_FREE struct reload *r = job;
    struct err e = ERR_INIT;

    must(r->app && r->done);
    if (code < 0)
        err_set(&e, code, "%s", words);
    else
        code = configure_reload(r->app, &e);
    r->done(code, code < 0 ? err_text(&e) : "", r->user);
}

int reload_begin(struct app *a, reload_done_fn done, void *user, struct err *e)
{
    struct reload *r = calloc(1, sizeof(*r));
    struct slow_job job = { "reload", reload_run, reload_finish, r, sizeof(*r), false };
    int code;

    if (!r)
        return err_set(e, -ENOMEM, "reload: out of memory");
    *r = (struct reload){ a, done, user };
    code = slow_post(a->slow, &job, e);
    if (code < 0)
        free(r);
    return code;
}
