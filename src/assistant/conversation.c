/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/conversation.c - all conversations: who is talked with, and whose turn it is.
 *
 * A turn ends in the middle of some handler, so it is freed later: talk_on_step() runs from a timer
 * that is due at once, sweeps what is over, and gives the next sentence and the next question their
 * turn. Nothing else frees a turn. */
#include "assistant/conversation.h"

#include "assistant/announce.h"
#include "assistant/question.h"
#include "assistant/typed.h"
#include "base/must.h"

#include <string.h>

struct conversation {
    uint64_t endpoint;
    struct conversation *next;
    struct turn *turns;   /* owned; oldest first */
    struct typed typed;   /* sentences that wait */
    struct question question;
    struct memory memory;
    int64_t used_usec;
    const char *state;    /* constant; the last that was told */
};

must_const(LLM_PARALLEL + LLM_POOL_WAITS_MAX >= CONVERSATIONS_MAX); /* each may ask its one question */

struct talk {
    struct talk_deps deps;
    struct turn_parts parts;
    struct reply *reply;         /* borrowed */
    struct voice *voice;         /* owned */
    struct llm_pool *model;         /* owned */
    struct announcer *announcer; /* owned */
    cJSON *registry;             /* owned; MSG_DEVICES' json */
    struct loop_timer *step;     /* owned */
    struct conversation *list;   /* owned */
    size_t n;
    struct typed_sum sum;        /* of all conversations */
    uint64_t last_id;
    const char *state;           /* constant; of the whole */
    bool no_microphone, is_muted, is_stopping;
    bool is_beginning;           /* the box will listen: nobody may speak in between */
    struct origin press;         /* the last button with its time */
    int64_t press_usec;
    uint64_t refused, given_way;
};

static int64_t talk_now(const struct talk *k)
{
    return clock_mono_usec(loop_clock(k->deps.loop));
}

/* ---- conversations ------------------------------------------------------------------------- */

static bool conversation_is_idle(const struct conversation *c)
{
    return !c->turns && c->typed.n == 0;
}

static struct conversation *conversation_find(const struct talk *k, uint64_t endpoint)
{
    struct conversation *c = k->list;

    while (c && c->endpoint != endpoint)
        c = c->next;
    return c;
}

/* It will listen for the answer as soon as the question is out. */
static bool question_is_spoken(const struct conversation *c)
{
    return c->question.kind != QUESTION_NONE && endpoint_hears(c->endpoint) &&
           c->question.heard_by == 0;
}

static void conversation_free(struct talk *k, struct conversation *gone)
{
    struct conversation **p = &k->list;
    struct typed_text t;

    while (*p && *p != gone)
        p = &(*p)->next;
    if (must(*p == gone)) {
        *p = gone->next;
        k->n--;
    }
    question_forget(&gone->question);
    memory_done(&gone->memory);
    while (typed_take(&gone->typed, &k->sum, &t))
        free(t.text);
    while (gone->turns) {
        struct turn *turn = gone->turns;

        gone->turns = turn->next;
        turn_free(turn);
    }
    free(gone);
}

/* Room for one more: the idle one that rested longest gives way. The box's own stays. */
static bool conversation_give_way(struct talk *k)
{
    struct conversation *oldest = NULL;

    for (struct conversation *c = k->list; c; c = c->next)
        if (conversation_is_idle(c) && c->endpoint != ENDPOINT_BOX &&
            (!oldest || c->used_usec < oldest->used_usec))
            oldest = c;
    if (!oldest)
        return false;
    conversation_free(k, oldest);
    k->given_way++;
    return true;
}

/* NULL: there are too many, or no memory. */
static struct conversation *conversation_get(struct talk *k, uint64_t endpoint)
{
    struct conversation *c = conversation_find(k, endpoint);

    if (!c) {
        /* the last place is the box's: its microphone is never refused */
        size_t most = endpoint == ENDPOINT_BOX ? CONVERSATIONS_MAX : CONVERSATIONS_MAX - 1;

        if (k->n >= most && !conversation_give_way(k))
            return NULL;
        c = calloc(1, sizeof(*c));
        if (!c)
            return NULL;
        c->endpoint = endpoint;
        c->state = "idle";
        c->next = k->list;
        k->list = c;
        k->n++;
    }
    must(k->n <= CONVERSATIONS_MAX);
    c->used_usec = talk_now(k);
    return c;
}

static struct turn *conversation_turn_at(const struct conversation *c, enum turn_state state)
{
    struct turn *t = c ? c->turns : NULL;

    while (t && t->state != state)
        t = t->next;
    return t;
}

static size_t conversation_count(const struct conversation *c, enum turn_state state)
{
    size_t n = 0;

    for (const struct turn *t = c->turns; t; t = t->next)
        n += t->state == state ? 1 : 0;
    return n;
}

static size_t conversation_turns(const struct conversation *c)
{
    size_t n = 0;

    for (const struct turn *t = c->turns; t; t = t->next)
        n += t->state != TURN_OVER ? 1 : 0;
    must(n <= TURNS_MAX);
    return n;
}

static bool conversation_is_busy(const struct conversation *c)
{
    size_t n = 0;

    for (const struct turn *t = c->turns; t; t = t->next)
        n += turn_is_busy(t) ? 1 : 0;
    must(n <= 1);
    return n > 0;
}

static bool conversation_is_open(const struct conversation *c)
{
    for (const struct turn *t = c ? c->turns : NULL; t; t = t->next)
        if (t->state != TURN_OVER)
            return true;
    return c && question_is_spoken(c);
}

static void conversation_cancel(struct conversation *c, const char *outcome, int code,
                                enum reply_error error)
{
    for (struct turn *t = c ? c->turns : NULL; t; t = t->next)
        turn_cancel(t, outcome, code, error);
}

/* ---- states -------------------------------------------------------------------------------- */

static const char *const state_ranks[] = { "idle", "thinking", "speaking", "listening" };

static size_t state_rank(const char *name)
{
    size_t i = 0;

    while (i < sizeof(state_ranks) / sizeof(state_ranks[0]) && strcmp(state_ranks[i], name) != 0)
        i++;
    must(i < sizeof(state_ranks) / sizeof(state_ranks[0]));
    return i;
}

static const char *conversation_state(const struct conversation *c)
{
    size_t rank = 0;

    for (const struct turn *t = c->turns; t; t = t->next) {
        size_t one = state_rank(turn_state_name(t));

        rank = one > rank ? one : rank;
    }
    return state_ranks[rank];
}

static void talk_post_state(struct talk *k, uint64_t endpoint, uint64_t session, const char *state)
{
    struct msg *m = msg_new(MSG_STATE, session);

    if (m) {
        m->endpoint = endpoint;
        m->text = str_dup(state);
        if (!m->text)
            m = msg_free(m);
    }
    bus_post(k->deps.bus, m);
}

/* The box's conversation as it is; of the others only that they work. */
static const char *talk_state(const struct talk *k)
{
    size_t rank = voice_is_speaking(k->voice) ? state_rank("speaking") : 0;

    for (const struct conversation *c = k->list; c; c = c->next) {
        size_t one = state_rank(c->state);

        if (c->endpoint != ENDPOINT_BOX && one > state_rank("thinking"))
            one = state_rank("thinking");
        rank = one > rank ? one : rank;
    }
    return state_ranks[rank];
}

static void talk_tell_state(struct talk *k, struct conversation *c, uint64_t session)
{
    const char *state = c ? conversation_state(c) : NULL;

    if (c && strcmp(state, c->state) != 0) {
        c->state = state;
        if (c->endpoint != ENDPOINT_BOX)
            talk_post_state(k, c->endpoint, session, state);
    }
    state = talk_state(k);
    if (strcmp(state, k->state) == 0)
        return;
    k->state = state;
    talk_post_state(k, ENDPOINT_BOX, session, state);
}

/* ---- what turns tell ----------------------------------------------------------------------- */

static void talk_kick(struct talk *k)
{
    if (!loop_timer_is_set(k->step))
        loop_timer_after_ms(k->step, 0);
}

static void talk_reserve(struct talk *k)
{
    const struct conversation *box = conversation_find(k, ENDPOINT_BOX);

    must(!k->is_stopping || !k->is_beginning);
    voice_reserve(k->voice, k->is_beginning || conversation_is_open(box));
}

static void turn_on_change(struct turn *t, void *user)
{
    struct talk *k = user;
    struct conversation *c = t->owner;

    talk_tell_state(k, c, t->session.id);
    if (c->endpoint == ENDPOINT_BOX)
        talk_reserve(k);
    talk_kick(k);
}

/* One question of a conversation is with the model; a few may wait for it. */
static void turn_on_question(struct turn *t, void *user)
{
    struct conversation *c = t->owner;

    (void)user;
    if (!conversation_turn_at(c, TURN_ASKING))
        turn_ask(t);
    else if (!must(conversation_count(c, TURN_ASKING) == 1) ||
             conversation_count(c, TURN_QUEUED) > QUESTIONS_MAX)
        turn_tell_error(t, REPLY_BUSY, -EBUSY, "too many questions wait in this conversation");
}

static void turn_on_guarded(struct turn *t, const struct msg *m, void *user)
{
    struct conversation *c = t->owner;

    (void)user;
    question_guarded(&c->question, t, m);
}

static void turn_on_misheard(struct turn *t, const cJSON *unsure, void *user)
{
    struct conversation *c = t->owner;

    (void)user;
    question_misheard(&c->question, t, unsure);
}

static bool turn_on_intent(struct turn *t, const struct msg *m, void *user)
{
    struct conversation *c = t->owner;

    (void)user;
    return question_intent(&c->question, t, m);
}

static struct reply *talk_words(const char *language, void *user)
{
    struct talk *k = user;

    return k->deps.words ? k->deps.words(language, k->deps.user) : NULL;
}

/* What is being answered ends; what the house was told to do is not undone by it. */
static void turn_on_stop(struct turn *t, void *user)
{
    const struct conversation *c = t->owner;

    (void)user;
    for (struct turn *other = c->turns; other; other = other->next)
        if (other != t && (other->state == TURN_QUEUED || other->state == TURN_ASKING ||
                           other->state == TURN_TOLD || other->state == TURN_SPEAKING))
            turn_cancel(other, "cancelled", -ECANCELED, REPLY_INTERRUPTED);
}

/* ---- turns begin --------------------------------------------------------------------------- */

static struct turn *talk_begin(struct talk *k, struct conversation *c, struct turn_begin *b)
{
    int64_t wall = clock_wall_usec(loop_clock(k->deps.loop)) - (talk_now(k) - b->at_usec);
    struct turn **p = &c->turns;
    struct turn *t = NULL;

    must(!conversation_is_busy(c));
    b->id = session_id_next(k->last_id, wall);
    must(b->id > k->last_id);
    b->endpoint = c->endpoint;
    b->owner = c;
    b->memory = &c->memory;
    b->reply = k->reply;
    if (turn_new(&t, &k->parts, b, NULL) < 0)
        return NULL;
    k->last_id = b->id;
    c->used_usec = talk_now(k);
    must(t->session.id == k->last_id && !t->next);
    while (*p)
        p = &(*p)->next;
    *p = t;
    return t;
}

static void talk_refuse(struct talk *k, const struct origin *to, int code, enum reply_error error)
{
    k->refused++;
    turn_refuse(k->deps.bus, to, code, reply_error(k->reply, error));
}

static bool origin_asks(const struct origin *o)
{
    return o->kind != ORIGIN_NONE && o->kind != ORIGIN_BOX;
}

/* Whatever is being said, a turn's reply or not, must not be heard as a command. */
static void talk_listen(struct talk *k, const struct msg *m, uint64_t from, const char *phrase)
{
    uint64_t endpoint = endpoint_hears(m->endpoint) ? m->endpoint : ENDPOINT_BOX;
    struct conversation *c = conversation_get(k, endpoint);
    bool asks = m->type == MSG_BUTTON && origin_asks(&m->origin);
    struct turn_begin b = { .source = "voice",
                            .origin = m->origin,
                            .at_usec = m->at_usec,
                            .asks = asks,
                            .speaks = true };
    struct turn *t = NULL;

    if (k->is_stopping)
        return;
    k->is_beginning = endpoint == ENDPOINT_BOX;
    if (k->is_beginning) {
        talk_reserve(k);
        voice_hush(k->voice, 0);
    }
    if (c)
        question_forget(&c->question);
    conversation_cancel(c, "cancelled", -ECANCELED, REPLY_INTERRUPTED);
    if (c)
        t = talk_begin(k, c, &b);
    if (t)
        turn_listen(t, STEP_WAKE, from, phrase);
    else if (asks)
        talk_refuse(k, &m->origin, c ? -ENOMEM : -EBUSY, REPLY_BUSY);
    k->is_beginning = false;
    talk_reserve(k);
}

static void talk_next_text(struct talk *k, struct conversation *c)
{
    struct typed_text text;
    struct turn *t;

    if (conversation_is_busy(c) || conversation_turns(c) >= TURNS_MAX ||
        !typed_take(&c->typed, &k->sum, &text))
        return;
    t = talk_begin(k, c,
                   &(struct turn_begin){ .source = text.source,
                                         .origin = text.origin,
                                         .at_usec = text.at_usec,
                                         .asks = true,
                                         .speaks = text.speaks });
    if (t) {
        turn_read(t, text.text);
        return;
    }
    talk_refuse(k, &text.origin, -ENOMEM, REPLY_BUSY);
    free(text.text);
}

/* The oldest question that waits, when the model has answered the one before. */
static void talk_next_question(struct conversation *c)
{
    struct turn *t = conversation_turn_at(c, TURN_QUEUED);

    if (t && !conversation_turn_at(c, TURN_ASKING))
        turn_ask(t);
}

static void conversation_sweep(struct conversation *c)
{
    struct turn **p = &c->turns;

    while (*p) {
        struct turn *t = *p;

        if (t->state != TURN_OVER) {
            p = &t->next;
            continue;
        }
        *p = t->next;
        /* nobody heard the question, or its answer has come in one way or other */
        if ((t->session.id == c->question.asked_by && t->is_cancelled) ||
            (t->session.id == c->question.heard_by))
            question_forget(&c->question);
        turn_free(t);
    }
}

/* The question is out: listen again, without the wake word. */
static void talk_next_answer(struct talk *k, struct conversation *c)
{
    struct turn *t;

    if (!question_is_spoken(c) || c->turns)
        return;
    t = talk_begin(k, c,
                   &(struct turn_begin){
                       .source = "voice", .at_usec = talk_now(k), .speaks = true });
    if (!t) {
        question_forget(&c->question);
        return;
    }
    t->answers = true;
    must(t->session.id > c->question.asked_by);
    c->question.heard_by = t->session.id;
    turn_listen(t, STEP_ASKED, UINT64_MAX, NULL);
}

static void talk_on_step(void *user)
{
    struct talk *k = user;
    size_t n = 0;

    for (struct conversation *c = k->list; c; c = c->next, n++) {
        conversation_sweep(c);
        talk_next_answer(k, c);
        talk_next_question(c);
        talk_next_text(k, c);
    }
    must(n == k->n && n <= CONVERSATIONS_MAX);
    talk_reserve(k); /* a question that was forgotten holds nobody up */
}

/* ---- messages ------------------------------------------------------------------------------ */

static void talk_on_wake(struct talk *k, const struct msg *m)
{
    talk_listen(k, m, m->wake.to_position, m->text);
}

/* Why a button does not make it listen; 0: it does. */
static int talk_press(struct talk *k, const struct msg *m, enum reply_error *error)
{
    bool again = origin_is(&k->press, &m->origin) && k->press_usec > 0 &&
                 talk_now(k) - k->press_usec < (int64_t)CONVERSATION_PRESS_MS * 1000;
    const struct conversation *box = conversation_find(k, ENDPOINT_BOX);
    bool listens = conversation_turn_at(box, TURN_LISTENING) != NULL;

    k->press = m->origin;
    k->press_usec = talk_now(k);
    *error = k->no_microphone ? REPLY_NO_MICROPHONE : REPLY_MUTED;
    if (k->no_microphone || k->is_muted)
        return -ENODEV;
    *error = REPLY_LISTENING;
    if (listens && (again || origin_asks(&m->origin)))
        return -EBUSY;
    *error = REPLY_HUSHED;
    return voice_is_speaking(k->voice) ? -ECANCELED : 0;
}

/* Push to talk: from now on; UINT64_MAX is beyond what the pre-roll holds. */
static void talk_on_button(struct talk *k, const struct msg *m)
{
    enum reply_error error;
    int r = k->is_stopping ? -ESHUTDOWN : talk_press(k, m, &error);

    if (r == 0) {
        talk_listen(k, m, UINT64_MAX, "button");
        return;
    }
    if (r == -ESHUTDOWN)
        error = REPLY_STOPPING;
    if (r == -ECANCELED)
        voice_hush(k->voice, 0);
    if (origin_asks(&m->origin))
        talk_refuse(k, &m->origin, r, error);
}

static void talk_on_text(struct talk *k, const struct msg *m)
{
    uint64_t endpoint = m->endpoint ? m->endpoint : endpoint_of(m->origin.kind, m->origin.client);
    enum reply_error error = k->is_stopping ? REPLY_STOPPING : REPLY_BUSY;
    struct conversation *c;
    int r = k->is_stopping ? -ESHUTDOWN : typed_check_text(m->text, &error);

    if (r >= 0) {
        c = conversation_get(k, endpoint);
        r = c ? typed_add(&c->typed, &k->sum, m, &error) : -EBUSY;
    }
    if (r < 0)
        talk_refuse(k, &m->origin, r, error);
    else
        talk_next_text(k, c);
}

static void talk_on_announce(struct talk *k, const struct msg *m)
{
    if (k->is_stopping)
        talk_refuse(k, &m->origin, -ESHUTDOWN, REPLY_STOPPING);
    else
        announce_take(k->announcer, m);
}

static void talk_on_voice(uint64_t session, void *user)
{
    talk_tell_state(user, NULL, session);
}

static void talk_on_devices(struct talk *k, const struct msg *m)
{
    session_json_keep(&k->registry, m->json);
}

static void talk_on_fault(struct talk *k, const struct msg *m)
{
    if (m->part && strcmp(m->part, "microphone") == 0)
        k->no_microphone = m->code < 0;
}

static void talk_on_mute(struct talk *k, const struct msg *m)
{
    k->is_muted = m->mute.on;
}

static void talk_on_turn(struct talk *k, const struct msg *m)
{
    for (struct conversation *c = m->session ? k->list : NULL; c; c = c->next) {
        for (struct turn *t = c->turns; t; t = t->next) {
            if (t->session.id == m->session) {
                turn_take(t, m);
                return;
            }
        }
    }
}

static const struct talk_row {
    enum msg_type type;
    void (*fn)(struct talk *k, const struct msg *m);
} talk_rows[] = {
    { MSG_WAKE, talk_on_wake },         { MSG_BUTTON, talk_on_button },
    { MSG_TEXT, talk_on_text },         { MSG_ANNOUNCE, talk_on_announce },
    { MSG_SPEECH_START, talk_on_turn }, { MSG_SPEECH_END, talk_on_turn },
    { MSG_EARLY, talk_on_turn },
    { MSG_TRANSCRIPT, talk_on_turn },   { MSG_INTENT, talk_on_turn },
    { MSG_ACTED, talk_on_turn },        { MSG_STORED, talk_on_turn },
    { MSG_DEVICES, talk_on_devices },   { MSG_FAULT, talk_on_fault },
    { MSG_MUTE, talk_on_mute },
};

static void talk_on_msg(const struct msg *m, void *user)
{
    for (size_t i = 0; i < sizeof(talk_rows) / sizeof(talk_rows[0]); i++) {
        if (talk_rows[i].type == m->type) {
            talk_rows[i].fn(user, m);
            return;
        }
    }
}

/* ---- for its users ------------------------------------------------------------------------- */

const cJSON *talk_registry(const struct talk *k)
{
    return k->registry;
}

void talk_set_reply(struct talk *k, struct reply *reply)
{
    k->reply = reply;
}

void talk_settings_changed(struct talk *k)
{
    llm_pool_settings_changed(k->model);
}

static void conversation_stop(struct talk *k, struct conversation *c)
{
    struct typed_text text;

    while (typed_take(&c->typed, &k->sum, &text)) {
        talk_refuse(k, &text.origin, -ESHUTDOWN, REPLY_STOPPING);
        free(text.text);
    }
    question_forget(&c->question);
    conversation_cancel(c, "stopped", -ESHUTDOWN, REPLY_STOPPING);
}

void talk_stop(struct talk *k)
{
    k->is_stopping = true;
    announcer_stop(k->announcer);
    for (struct conversation *c = k->list; c; c = c->next)
        conversation_stop(k, c);
    must(k->sum.n == 0 && k->sum.bytes == 0);
    must(strcmp(k->state, "idle") == 0);
}

const char *talk_state_name(const struct talk *k)
{
    return k->state;
}

void talk_ids_above(struct talk *k, uint64_t last)
{
    if (last > k->last_id && last < SESSION_ID_MAX)
        k->last_id = last;
}

bool talk_is_busy(const struct talk *k)
{
    for (const struct conversation *c = k->list; c; c = c->next)
        if (conversation_is_open(c) || c->typed.n > 0)
            return true;
    return !voice_is_idle(k->voice);
}

void talk_stats(const struct talk *k, struct talk_stats *ret)
{
    *ret = (struct talk_stats){ .conversations = k->n,
                                .waiting = k->sum.n,
                                .waiting_bytes = k->sum.bytes,
                                .refused = k->refused,
                                .given_way = k->given_way };
    for (const struct conversation *c = k->list; c; c = c->next)
        ret->turns += conversation_turns(c);
}

/* ---- making one ---------------------------------------------------------------------------- */

static int talk_make(struct talk *k, struct err *e)
{
    int r = voice_new(&k->voice, k->deps.loop, k->deps.bus, e);

    if (r >= 0)
        voice_watch(k->voice, talk_on_voice, k);
    if (r >= 0)
        r = llm_pool_new(&k->model, k->deps.loop, k->deps.bus, k->deps.settings, e);
    if (r >= 0)
        r = announcer_new(&k->announcer, k->voice, k->deps.bus, &k->reply, e);
    if (r >= 0)
        r = loop_timer_new(&k->step, k->deps.loop, talk_on_step, k, e);
    for (size_t i = 0; r >= 0 && i < sizeof(talk_rows) / sizeof(talk_rows[0]); i++)
        r = bus_on(k->deps.bus, talk_rows[i].type, talk_on_msg, k, e);
    return r;
}

int talk_new(struct talk **ret, const struct talk_deps *deps, struct err *e)
{
    AUTO(talk_freep) struct talk *k = calloc(1, sizeof(*k));
    int r;

    if (!k)
        return err_set(e, -ENOMEM, "conversations: out of memory");
    k->deps = *deps;
    k->last_id = deps->last_session_id;
    k->state = "idle";
    r = talk_make(k, e);
    if (r < 0)
        return err_wrap(e, r, "conversations");
    k->parts = (struct turn_parts){
        .loop = deps->loop,
        .bus = deps->bus,
        .settings = deps->settings,
        .filters = deps->filters,
        .voice = k->voice,
        .model = k->model,
        .registry = (const cJSON *const *)&k->registry,
        .hooks = { .on_change = turn_on_change,
                   .on_question = turn_on_question,
                   .on_intent = turn_on_intent,
                   .on_guarded = turn_on_guarded,
                   .on_misheard = turn_on_misheard,
                   .on_stop = turn_on_stop,
                   .words = talk_words,
                   .user = k },
    };
    *ret = STEAL(k);
    return 0;
}

struct talk *talk_free(struct talk *k)
{
    if (!k)
        return NULL;
    bus_off(k->deps.bus, k);
    while (k->list)
        conversation_free(k, k->list);
    must(k->n == 0 && k->sum.n == 0);
    announcer_free(k->announcer);
    llm_pool_free(k->model);
    voice_free(k->voice);
    loop_timer_free(k->step);
    cJSON_Delete(k->registry);
    free(k);
    return NULL;
}
