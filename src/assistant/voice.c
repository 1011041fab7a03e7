/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/voice.c - the box's loudspeaker: who may speak, and what is given to the voice.
 *
 * The row is a list in order of arrival; the owner is one of it. A stream leaves the row before its
 * on_over() is called, so that the callback may say something new or free it. */
#include "assistant/voice.h"

#include "base/must.h"
#include "core/deadlines.h"

#include <string.h>

struct voice {
    struct loop *loop;          /* borrowed */
    struct bus *bus;            /* borrowed */
    struct voice_stream *row;   /* borrowed streams, oldest first */
    struct voice_stream *owner; /* one of the row; NULL: silence */
    struct loop_timer *said;    /* owned; the owner's sentence is late */
    struct loop_timer *place;   /* owned; somebody waits too long, or on_over() is due */
    uint32_t serial;            /* the last one given out */
    bool reserved;
    voice_change_fn changed;    /* NULL: nobody wants to know */
    void *changed_user;         /* borrowed */
};

static void voice_choose(struct voice *v);

static int64_t voice_now(const struct voice *v)
{
    return clock_mono_usec(loop_clock(v->loop));
}

static size_t voice_count(const struct voice *v)
{
    size_t n = 0;

    for (const struct voice_stream *s = v->row; s; s = s->next)
        n++;
    return n;
}

static bool voice_has(const struct voice *v, const struct voice_stream *wanted)
{
    for (const struct voice_stream *s = v->row; s; s = s->next)
        if (s == wanted)
            return true;
    return false;
}

static void voice_check(const struct voice *v)
{
    must(voice_count(v) <= VOICE_STREAMS_MAX);
    must(!v->owner || voice_has(v, v->owner));
    must(!v->owner || v->owner->voice == v);
    must(!v->owner || v->owner->outbox.sent == v->serial || outbox_is_empty(&v->owner->outbox));
}

/* ---- the row ------------------------------------------------------------------------------- */

static void voice_unlink(struct voice *v, struct voice_stream *gone)
{
    struct voice_stream **p = &v->row;

    while (*p && *p != gone)
        p = &(*p)->next;
    if (!must(*p == gone))
        return;
    *p = gone->next;
    gone->next = NULL;
    gone->voice = NULL;
    outbox_clear(&gone->outbox);
    if (v->owner == gone) {
        v->owner = NULL;
        loop_timer_clear(v->said);
    }
}

static void voice_changed(struct voice *v, uint64_t session)
{
    if (v->changed)
        v->changed(session, v->changed_user);
}

/* The stream is over; whoever waits is chosen after its owner was told. */
static void voice_over(struct voice *v, struct voice_stream *s, int code)
{
    struct voice_events events = s->events;
    uint64_t session = s->session;

    voice_unlink(v, s);
    events.on_over(code, events.user);
    voice_choose(v);
    voice_changed(v, session);
}

static void voice_place_timer(struct voice *v)
{
    int64_t at = INT64_MAX;

    for (const struct voice_stream *s = v->row; s; s = s->next)
        if (s != v->owner && s->place_until_usec < at)
            at = s->place_until_usec;
    if (at == INT64_MAX)
        loop_timer_clear(v->place);
    else
        loop_timer_set(v->place, at);
}

static void voice_on_place(void *user)
{
    struct voice *v = user;
    struct voice_stream *s = v->row;

    while (s && (s == v->owner || s->place_until_usec > voice_now(v)))
        s = s->next;
    if (s)
        voice_over(v, s, -ETIMEDOUT);
    voice_place_timer(v);
}

/* ---- the owner ----------------------------------------------------------------------------- */

static void voice_post_hush(struct voice *v, uint64_t session)
{
    struct msg *m = msg_new(MSG_HUSH, session);

    if (m)
        m->endpoint = ENDPOINT_BOX;
    bus_post(v->bus, m);
}

/* Gives the voice what it may have now. */
static void voice_pump(struct voice *v)
{
    struct voice_stream *s = v->owner;
    bool last = false;
    char *text;

    while ((text = outbox_next(&s->outbox, &last))) {
        struct msg *m = msg_new(MSG_SAY, s->session);

        v->serial = s->outbox.sent;
        if (m) {
            m->text = text;
            m->endpoint = ENDPOINT_BOX;
            m->say.serial = v->serial;
            m->say.last = last;
        } else {
            free(text);
        }
        bus_post(v->bus, m);
        loop_timer_after_ms(v->said, DEADLINE_SAY_MS);
        voice_changed(v, s->session);
    }
    voice_check(v);
}

static void voice_own(struct voice *v, struct voice_stream *s)
{
    must(!v->owner && (s->rank == VOICE_BOX || !v->reserved));
    v->owner = s;
    outbox_begin(&s->outbox, v->serial);
    voice_pump(v);
}

static struct voice_stream *voice_first(const struct voice *v, enum voice_rank rank)
{
    struct voice_stream *s = v->row;

    while (s && s->rank != rank)
        s = s->next;
    return s;
}

/* Rules 2 to 4. */
static void voice_choose(struct voice *v)
{
    struct voice_stream *box = voice_first(v, VOICE_BOX), *next = box;

    if (box && v->owner && v->owner->rank != VOICE_BOX) {
        voice_post_hush(v, v->owner->session);
        voice_over(v, v->owner, -ECANCELED); /* comes back here */
        return;
    }
    if (!next && !v->reserved)
        next = voice_first(v, VOICE_OTHER);
    if (!v->owner && next)
        voice_own(v, next);
    voice_place_timer(v);
    voice_check(v);
}

static void voice_on_late(void *user)
{
    struct voice *v = user;
    struct voice_stream *s = v->owner;

    if (!must(s))
        return;
    voice_post_hush(v, s->session);
    s->events.on_trouble(-ETIMEDOUT, "the voice did not finish in time", s->events.user);
    if (v->owner == s)
        voice_over(v, s, -ETIMEDOUT);
}

/* ---- from speech --------------------------------------------------------------------------- */

static void voice_on_start(const struct msg *m, void *user)
{
    struct voice *v = user;
    struct voice_stream *s = v->owner;

    if (!s || !outbox_owns(&s->outbox, m->say.serial))
        return;
    loop_timer_after_ms(v->said, DEADLINE_SAY_MS);
    if (m->say.serial == s->outbox.first + 1)
        s->events.on_start(m->at_usec, s->events.user);
}

static void voice_on_said(const struct msg *m, void *user)
{
    struct voice *v = user;
    struct voice_stream *s = v->owner;

    if (!s || !outbox_owns(&s->outbox, m->say.serial))
        return;
    outbox_said(&s->outbox, m->say.serial);
    if (m->code < 0) {
        s->events.on_trouble(m->code, m->text && m->text[0] ? m->text : err_words(m->code),
                             s->events.user);
        if (v->owner != s)
            return;
    }
    if (outbox_is_silent(&s->outbox))
        loop_timer_clear(v->said);
    else
        loop_timer_after_ms(v->said, DEADLINE_SAY_MS);
    voice_pump(v);
    if (outbox_is_over(&s->outbox))
        voice_over(v, s, 0);
}

/* ---- for its users ------------------------------------------------------------------------- */

void voice_watch(struct voice *v, voice_change_fn fn, void *user)
{
    v->changed = fn;
    v->changed_user = user;
}

int voice_say(struct voice *v, struct voice_stream *s, const char *text)
{
    struct voice_stream **p = &v->row;

    if (s->voice) {
        outbox_add(&s->outbox, text);
        if (v->owner == s)
            voice_pump(v);
        return 0;
    }
    if (voice_count(v) >= VOICE_STREAMS_MAX)
        return -EBUSY;
    must(s->events.on_over && s->events.on_start && s->events.on_trouble);
    while (*p)
        p = &(*p)->next;
    *p = s;
    s->next = NULL;
    s->voice = v;
    s->place_until_usec = voice_now(v) + (int64_t)DEADLINE_VOICE_PLACE_MS * 1000;
    outbox_add(&s->outbox, text);
    voice_choose(v);
    return 0;
}

void voice_end(struct voice_stream *s)
{
    struct voice *v = s->voice;

    if (!v)
        return;
    s->outbox.is_whole = true;
    if (v->owner == s)
        voice_pump(v);
    if (outbox_is_over(&s->outbox)) /* its last sentence was said before it was the last */
        voice_over(v, s, 0);
}

void voice_hold(struct voice_stream *s, bool held)
{
    s->outbox.is_held = held;
    if (s->voice && s->voice->owner == s)
        voice_pump(s->voice);
}

void voice_leave(struct voice_stream *s)
{
    struct voice *v = s->voice;
    bool speaks = v && v->owner == s && !outbox_is_silent(&s->outbox);

    if (!v)
        return;
    if (speaks)
        voice_post_hush(v, s->session);
    voice_unlink(v, s);
    voice_choose(v);
    voice_changed(v, s->session);
}

void voice_hush(struct voice *v, uint64_t session)
{
    voice_post_hush(v, v->owner ? v->owner->session : session);
    if (v->owner)
        voice_over(v, v->owner, -ECANCELED);
}

void voice_reserve(struct voice *v, bool reserved)
{
    const struct voice_stream *s = v->owner;

    v->reserved = reserved;
    if (reserved && s && s->rank == VOICE_OTHER && s->outbox.sent == s->outbox.first)
        v->owner = NULL; /* it has not begun: it keeps its place in the row */
    voice_choose(v);
}

bool voice_is_speaking(const struct voice *v)
{
    return v->owner && v->owner->outbox.sent != v->owner->outbox.first;
}

bool voice_is_idle(const struct voice *v)
{
    return !v->row;
}

bool voice_stream_speaks(const struct voice_stream *s)
{
    return s->voice && s->voice->owner == s && s->outbox.sent != s->outbox.first;
}

/* ---- making one ---------------------------------------------------------------------------- */

int voice_new(struct voice **ret, struct loop *loop, struct bus *bus, struct err *e)
{
    AUTO(voice_freep) struct voice *v = calloc(1, sizeof(*v));
    int r;

    if (!v)
        return err_set(e, -ENOMEM, "voice: out of memory");
    v->loop = loop;
    v->bus = bus;
    r = loop_timer_new(&v->said, loop, voice_on_late, v, e);
    if (r >= 0)
        r = loop_timer_new(&v->place, loop, voice_on_place, v, e);
    if (r >= 0)
        r = bus_on(bus, MSG_SAY_START, voice_on_start, v, e);
    if (r >= 0)
        r = bus_on(bus, MSG_SAID, voice_on_said, v, e);
    if (r < 0)
        return err_wrap(e, r, "voice");
    *ret = STEAL(v);
    return 0;
}

struct voice *voice_free(struct voice *v)
{
    if (!v)
        return NULL;
    must(!v->row);
    bus_off(v->bus, v);
    loop_timer_free(v->said);
    loop_timer_free(v->place);
    free(v);
    return NULL;
}
