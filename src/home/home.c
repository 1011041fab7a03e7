/* SPDX-License-Identifier: Apache-2.0 */
/* home/home.c - the devices of the house and how to reach them: registry, act and links joined.
 *
 *     MSG_ACT -> act -> link -> device            device -> link -> registry -> MSG_DEVICE
 *
 * When a way is there (again), devices whose state is old or unknown are asked for it, ASK_AT_ONCE
 * every ASK_MS, once what the broker keeps has had ASK_WAIT_MS to come by itself. */
#include "home/home.h"

#include "base/must.h"
#include "home/act.h"
#include "home/link.h"
#include "home/registry.h"

enum { ASK_WAIT_MS = 1500, ASK_MS = 100, ASK_AT_ONCE = 10 };

struct home {
    struct home_deps deps;
    struct registry *registry;   /* owned */
    struct acting *acting;       /* owned */
    struct link *links[LINKS_N]; /* owned; NULL: not there */
    bool is_dry[LINKS_N];        /* the settings leave it out */
    struct loop_timer *asking;   /* owned */
    size_t ask_next;             /* the device to be asked next */
    uint64_t asked;
};

/* ---- asking ----------------------------------------------------------------------------- */

static bool ask(struct home *h, const struct device *d)
{
    const struct device_state *s = registry_state(h->registry, d);
    struct link *l = h->links[link_index(d->link)];

    if (!l || !d->link->ask_state || !d->link->is_up(l) || (s->known != 0 && !s->stale))
        return false;
    return d->link->ask_state(l, d, NULL) >= 0;
}

static void on_ask(void *user)
{
    struct home *h = user;
    const struct devices *all = registry_devices(h->registry);
    size_t asked = 0;

    for (; h->ask_next < all->n && asked < ASK_AT_ONCE; h->ask_next++)
        asked += ask(h, &all->list[h->ask_next]);
    must(asked <= ASK_AT_ONCE && h->ask_next <= all->n);
    h->asked += asked;
    if (h->ask_next < all->n)
        loop_timer_after_ms(h->asking, ASK_MS);
}

static void ask_all(struct home *h)
{
    h->ask_next = 0;
    loop_timer_after_ms(h->asking, ASK_WAIT_MS);
}

/* ---- what links tell -------------------------------------------------------------------- */

static void on_report(const struct device *d, const struct device_state *s, void *user)
{
    struct home *h = user;

    registry_report(h->registry, d, s);
}

static const struct device_state *on_state(const struct device *d, void *user)
{
    const struct home *h = user;

    return registry_state(h->registry, d);
}

static void on_done(uint64_t token, int code, void *user)
{
    struct home *h = user;

    acting_done(h->acting, token, code);
}

static void on_changed(const struct link_type *type, int code, const char *words, void *user)
{
    struct home *h = user;
    struct link *l = h->links[link_index(type)];

    bus_post_fault(h->deps.bus, type->name, code, words);
    if (l && type->is_up(l))
        ask_all(h);
    else
        registry_age(h->registry, type);
}

/* ---- links ------------------------------------------------------------------------------ */

/* Each link hears of the new devices, whatever became of the one before: the old ones are gone. */
static int listen_all(struct home *h, struct err *e)
{
    int first = 0;

    for (size_t i = 0; i < LINKS_N; i++) {
        const struct devices *all = registry_devices(h->registry);
        int r = h->links[i] ? link_types[i]->listen(h->links[i], all, first < 0 ? NULL : e) : 0;

        if (first >= 0)
            first = r;
    }
    return first;
}

/* A link that cannot be opened is a fault of its own; the others work. */
static int open_links(struct home *h, struct err *e)
{
    const struct link_deps deps = {
        .loop = h->deps.loop,
        .settings = h->deps.settings,
        .paths = h->deps.paths,
        .host = { on_report, on_state, on_done, on_changed, h },
    };

    for (size_t i = 0; i < LINKS_N; i++) {
        struct err why = ERR_INIT;
        int r = link_types[i]->open(&h->links[i], &deps, &why);

        h->is_dry[i] = r >= 0 && !h->links[i];
        if (r >= 0 && h->links[i])
            r = link_types[i]->listen(h->links[i], registry_devices(h->registry), &why);
        if (r == -ENOMEM)
            return err_set(e, r, "%s", err_text(&why));
        if (r < 0)
            bus_post_fault(h->deps.bus, link_types[i]->name, r, err_text(&why));
    }
    return 0;
}

/* ---- life ------------------------------------------------------------------------------- */

int home_new(struct home **ret, const struct home_deps *d, struct err *e)
{
    AUTO(home_freep) struct home *h = calloc(1, sizeof(*h));
    struct registry_deps registry = { d->loop, d->bus, d->paths };
    struct acting_deps acting = { d->loop, d->bus, NULL, NULL, NULL };
    int r;

    if (!h)
        return err_set(e, -ENOMEM, "home: out of memory");
    h->deps = *d;
    r = registry_new(&h->registry, &registry, e);
    if (r < 0)
        return r;
    acting.registry = h->registry;
    acting.links = h->links;
    acting.is_dry = h->is_dry;
    r = acting_new(&h->acting, &acting, e);
    if (r >= 0)
        r = loop_timer_new(&h->asking, d->loop, on_ask, h, e);
    if (r < 0)
        return r;
    *ret = STEAL(h);
    return 0;
}

struct home *home_free(struct home *h)
{
    if (!h)
        return NULL;
    loop_timer_free(h->asking);
    for (size_t i = 0; i < LINKS_N; i++)
        link_types[i]->close(h->links[i]);
    acting_free(h->acting);
    registry_free(h->registry);
    free(h);
    return NULL;
}

int home_start(struct home *h, const cJSON *kept_states, struct err *e)
{
    struct err why = ERR_INIT;
    int r = registry_load(h->registry, kept_states, &why);

    if (r == -ENOMEM)
        return err_set(e, r, "%s", err_text(&why));
    registry_tell_all(h->registry);
    return open_links(h, e);
}

int home_reload(struct home *h, struct err *e)
{
    const char *first;
    size_t n;
    int r = registry_load(h->registry, NULL, e);

    if (r < 0)
        return r;
    registry_tell_all(h->registry);
    r = listen_all(h, e);
    if (r < 0)
        return r;
    ask_all(h);
    n = registry_complaints(h->registry, &first);
    if (n > 0)
        return err_set(e, -EINVAL, "devices loaded: %zu, faults: %zu; %.300s",
                       registry_devices(h->registry)->n, n, first);
    return 0;
}

cJSON *home_status(const struct home *h)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool whole =
        j && cJSON_AddNumberToObject(j, "devices", (double)registry_devices(h->registry)->n) &&
        cJSON_AddNumberToObject(j, "waiting", (double)acting_waiting(h->acting)) &&
        cJSON_AddNumberToObject(j, "asked", (double)h->asked) && registry_status(h->registry, j);

    for (size_t i = 0; whole && i < LINKS_N; i++)
        whole = link_types[i]->status(h->links[i], h->deps.settings, j);
    return whole ? STEAL(j) : NULL;
}
