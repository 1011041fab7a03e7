/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/watch.h - what must hold in every scene, whatever happens: one owner of the
 * loudspeaker, silence while the box listens, each session kept once, each that asks answered once. */
#ifndef JARVIS_TESTS_WATCH_H
#define JARVIS_TESTS_WATCH_H

#include "unit/assistant/scene.h"

enum { WATCH_MAX = 4096 };

struct watch {
    uint64_t kept[WATCH_MAX], last_listen;
    size_t kept_n;
    uint64_t asks, answers;
    uint64_t speaker;     /* the session that has the loudspeaker */
    unsigned outstanding; /* its sentences */
    uint32_t serial;
    bool listens;
    const char *fault;
};

static inline void watch_say(struct watch *w, const struct msg *m)
{
    if (w->outstanding > 0 && w->speaker != m->session)
        w->fault = "two speak at once";
    if (m->say.serial != w->serial + 1)
        w->fault = "serials do not rise one by one";
    if (w->listens)
        w->fault = "it talks into its own microphone";
    w->serial = m->say.serial;
    w->speaker = m->session;
    w->outstanding++;
}

static inline void watch_keep(struct watch *w, const struct msg *m)
{
    if (!json_str(m->json, "outcome", NULL))
        w->fault = "a session without an outcome";
    for (size_t i = 0; i < w->kept_n; i++)
        if (w->kept[i] == m->session)
            w->fault = "a session is kept twice";
    if (w->kept_n < WATCH_MAX)
        w->kept[w->kept_n++] = m->session;
}

/* One owner of the loudspeaker, each session kept once, each that asks answered once. */
static inline void watch_on_msg(const struct msg *m, void *user)
{
    struct watch *w = user;

    if (m->type == MSG_TEXT || m->type == MSG_ANNOUNCE ||
        (m->type == MSG_BUTTON && m->origin.kind != ORIGIN_NONE))
        w->asks++;
    if (m->type == MSG_ANSWER && ++w->answers > w->asks)
        w->fault = "more answers than questions";
    if (m->type == MSG_SAY)
        watch_say(w, m);
    if (m->type == MSG_SAID && w->outstanding > 0)
        w->outstanding--;
    if (m->type == MSG_HUSH)
        w->outstanding = 0;
    if (m->type == MSG_STATE && m->endpoint == ENDPOINT_BOX)
        w->listens = strcmp(m->text, "listening") == 0;
    if (m->type == MSG_SESSION)
        watch_keep(w, m);
    if (m->type == MSG_LISTEN && m->session < w->last_listen)
        w->fault = "ids fall";
    if (m->type == MSG_LISTEN)
        w->last_listen = m->session;
}

#endif
