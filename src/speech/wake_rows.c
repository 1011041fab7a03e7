/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_rows.c - the wake engines there are. */
#include "speech/wake_rows.h"

#include "base/must.h"
#include "speech/wake_helper.h"
#include "wake/micro_engine.h"

#include <string.h>

static int deaf_feed(void *self, const struct audio_block *b, struct wake_hit *ret)
{
    (void)self;
    (void)b;
    (void)ret;
    return 0;
}

static void deaf_nothing(void *self)
{
    (void)self;
}

static int deaf_make(struct wake_engine *ret, const struct wake_deps *d, struct err *e)
{
    (void)d;
    (void)e;
    *ret = (struct wake_engine){
        .version = WAKE_ENGINE_VERSION,
        .name = "none",
        .blocks = WAKE_HELPER_BLOCKS,
        .feed = deaf_feed,
        .clear = deaf_nothing,
        .free = deaf_nothing,
    };
    return 0;
}

static int helper_make(struct wake_engine *ret, const struct wake_deps *d, struct err *e)
{
    return wake_helper_make(ret, d->stt, e);
}

/* Own models first, then those that came with the system. */
static int micro_make(struct wake_engine *ret, const struct wake_deps *d, struct err *e)
{
    char own[PATHS_BYTES], shipped[PATHS_BYTES];
    const char *folders[] = { own, shipped, NULL };
    int r = paths_join(own, sizeof(own), d->paths->state, "wake", e);

    if (r >= 0)
        r = paths_join(shipped, sizeof(shipped), d->paths->models, "wake", e);
    return r < 0 ? r : micro_engine_make(ret, d->settings->wake_words, d->settings->wake_voice,
                                         folders, e);
}

const struct wake_row wake_rows[] = {
    { "pocketsphinx", true, helper_make },
    { "microwakeword", true, micro_make },
    { "none", false, deaf_make },
};
const size_t wake_rows_n = sizeof(wake_rows) / sizeof(wake_rows[0]);

const struct wake_row *wake_row_find(const char *name)
{
    for (size_t i = 0; i < wake_rows_n; i++)
        if (strcmp(wake_rows[i].name, name) == 0)
            return &wake_rows[i];
    return NULL;
}

int wake_row_make(struct wake_engine *ret, const struct wake_row *row, const struct wake_deps *d,
                  struct err *e)
{
    int r = row->make(ret, d, e);

    if (r < 0)
        return r;
    if (ret->version != WAKE_ENGINE_VERSION) {
        ret->free(ret->self);
        return err_set(e, -EINVAL, "wake engine '%s' is of version %d, not %d", row->name,
                       ret->version, WAKE_ENGINE_VERSION);
    }
    must(ret->blocks >= 1 && ret->feed && ret->clear && ret->free);
    return 0;
}
