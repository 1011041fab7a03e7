/* SPDX-License-Identifier: Apache-2.0 */
/* app/stop.c - the daemon ends in stages, so that nothing that was acted upon is forgotten:
 *
 *   1. stop taking    new sentences are refused, with words
 *   2. close          conversations under way end as "stopped"; who asked is answered
 *   3. drain          until the bus is empty and every session is in the store (or 2 s are over)
 *   4. free           app_free(), in the reverse order of app_new()
 *
 * A second signal goes straight to 4. kill -9 goes through none of them and loses nothing that was
 * answered either: answers come after the commit (ADR 0006). */
#include "app/app.h"

#include "base/must.h"
#include "core/deadlines.h"

#include <systemd/sd-daemon.h>

enum { STOP_LOOK_MS = 5 };

struct stop {
    struct app *app;         /* borrowed */
    struct loop_timer *look; /* owned */
    bool stopping;
    int open;           /* sessions posted and not stored yet */
    int64_t until_usec; /* monotonic */
};

static bool stop_is_drained(struct stop *s)
{
    struct bus_stats st;

    bus_stats(s->app->bus, &st);
    return st.waiting == 0 && s->open == 0;
}

static void stop_on_look(void *user)
{
    struct stop *s = user;
    struct app *a = s->app;
    bool late = clock_mono_usec(a->clock) >= s->until_usec;

    if (!stop_is_drained(s) && !late) {
        loop_timer_after_ms(s->look, STOP_LOOK_MS);
        return;
    }
    if (late)
        log_warn(a->log, "app", "%d sessions could not be stored in time", s->open);
    loop_quit(a->loop, 0);
}

static void stop_on_session(const struct msg *m, void *user)
{
    struct stop *s = user;

    if (m->type == MSG_SESSION)
        s->open++;
    else if (s->open > 0) /* a store that says it twice takes no other session's place */
        s->open--;
}

int stop_new(struct stop **ret, struct app *a, struct err *e)
{
    struct stop *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "stop: out of memory");
    s->app = a;
    r = bus_on(a->bus, MSG_SESSION, stop_on_session, s, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_STORED, stop_on_session, s, e);
    if (r >= 0)
        r = loop_timer_new(&s->look, a->loop, stop_on_look, s, e);
    if (r < 0) {
        stop_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct stop *stop_free(struct stop *s)
{
    if (!s)
        return NULL;
    bus_off(s->app->bus, s);
    loop_timer_free(s->look);
    free(s);
    return NULL;
}

void app_stop(struct app *a, const char *why)
{
    struct stop *s = a->stop;

    if (s->stopping) {
        log_warn(a->log, "app", "stopping at once (%s again)", why);
        loop_quit(a->loop, 0);
        return;
    }
    log_info(a->log, "app", "stopping (%s)", why);
    sd_notify(0, "STOPPING=1");
    s->stopping = true;
    s->until_usec = clock_mono_usec(a->clock) +
                    (DEADLINE_STOP_SESSIONS_MS + DEADLINE_STOP_STORE_MS) * INT64_C(1000);
    must(s->until_usec > clock_mono_usec(a->clock));
    assistant_stop(a->assistant);
    loop_timer_after_ms(s->look, STOP_LOOK_MS);
}
