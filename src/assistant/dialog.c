/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/dialog.c - the dialogue's state machine.
 *
 * Read the two tables first: dialog_rows (what a message does in a state) and dialog_waits (what
 * passes when an answer stays away). The way of a session:
 *
 *   dialog_open -> [hear] -> dialog_heard -> on_intent -> [act | model] -> dialog_tell
 *               -> dialog_keep (MSG_SESSION) -> dialog_release (answer, voice) -> dialog_close
 *
 * Memory: a message that cannot be made counts as lost on the bus; the deadline of what waits for
 * it then ends the step, so that nothing hangs. */
#include "assistant/dialog.h"

#include "assistant/assistant.h"
#include "assistant/memory.h"
#include "assistant/outbox.h"
#include "assistant/phrase.h"
#include "assistant/sentences.h"
#include "assistant/session.h"
#include "assistant/texts.h"

#include <string.h>

enum dialog_state { STATE_IDLE, STATE_LISTENING, STATE_THINKING, STATE_SPEAKING, STATE_N };

enum dialog_wait {
    WAIT_NONE,
    WAIT_SPEECH,
    WAIT_TRANSCRIPT,
    WAIT_INTENT,
    WAIT_ACTION,
    WAIT_LLM,
    WAIT_STORED,
    WAIT_N
};

struct dialog {
    struct dialog_deps deps;
    struct reply *reply; /* borrowed */
    struct llm *llm;     /* borrowed; NULL: none */
    cJSON *registry;     /* owned; MSG_DEVICES' json, for the kinds of devices */
    struct memory memory;
    uint64_t last_id;

    enum dialog_state state;
    enum dialog_wait wait;
    struct loop_timer *wait_timer; /* owned; deadline of `wait` */
    struct loop_timer *say_timer;  /* owned; deadline of the voice */
    struct session session;
    enum end_reason end;  /* of the utterance */
    bool was_voiced;      /* somebody spoke */
    int code;             /* of MSG_ANSWER */
    struct sentences sentences;
    struct outbox outbox; /* what the voice still has to get, and what it has not said yet */

    struct texts texts; /* typed sentences that wait */
};

static void dialog_tell_error(struct dialog *d, enum reply_error error, int code,
                              const char *words);
static void dialog_llm_end(struct dialog *d, int code, const char *words);
static void dialog_release(struct dialog *d);
static void dialog_close(struct dialog *d, const char *outcome);
static void dialog_heard(struct dialog *d);
static void dialog_ask_llm(struct dialog *d);
static void dialog_next_text(struct dialog *d);

/* ---- small helpers --------------------------------------------------------------------- */

static int64_t dialog_now(const struct dialog *d)
{
    return clock_mono_usec(loop_clock(d->deps.loop));
}

static const char *const state_names[STATE_N] = {
    [STATE_IDLE] = "idle",
    [STATE_LISTENING] = "listening",
    [STATE_THINKING] = "thinking",
    [STATE_SPEAKING] = "speaking",
};

static void dialog_set_state(struct dialog *d, enum dialog_state state)
{
    if (d->state == state)
        return;
    d->state = state;
    bus_post_text(d->deps.bus, MSG_STATE, d->session.id, state_names[state]);
}

static void dialog_mark(struct dialog *d, enum step step, const char *detail)
{
    session_mark(&d->session, step, dialog_now(d), detail);
}

static void dialog_post(struct dialog *d, enum msg_type type, const char *text)
{
    bus_post_text(d->deps.bus, type, d->session.id, text);
}

/* ---- deadlines ------------------------------------------------------------------------- */

static void late_speech(struct dialog *d)
{
    dialog_post(d, MSG_LISTEN_STOP, NULL);
    dialog_tell_error(d, REPLY_NOT_HEARD, -ETIMEDOUT, "the end of speech was not told in time");
}

static void late_transcript(struct dialog *d)
{
    dialog_post(d, MSG_LISTEN_STOP, NULL);
    dialog_tell_error(d, REPLY_NOT_HEARD, -ETIMEDOUT, "the recogniser gave no transcript in time");
}

static void late_intent(struct dialog *d)
{
    dialog_tell_error(d, REPLY_FAILED, -ETIMEDOUT, "understanding gave no answer in time");
}

static void late_action(struct dialog *d)
{
    dialog_tell_error(d, REPLY_TIMED_OUT, -ETIMEDOUT, "the action was not confirmed in time");
}

static void late_llm(struct dialog *d)
{
    llm_cancel(d->llm);
    dialog_llm_end(d, -ETIMEDOUT, "the language model did not end in time");
}

static void late_stored(struct dialog *d)
{
    dialog_mark(d, STEP_ERROR, "the store did not confirm in time");
    dialog_release(d);
}

static const struct {
    unsigned ms; /* 0: from the settings, see dialog_wait_ms() */
    void (*late)(struct dialog *d);
} dialog_waits[WAIT_N] = {
    [WAIT_SPEECH] = { 0, late_speech },
    [WAIT_TRANSCRIPT] = { DIALOG_TRANSCRIPT_MS, late_transcript },
    [WAIT_INTENT] = { DIALOG_INTENT_MS, late_intent },
    [WAIT_ACTION] = { DIALOG_ACTION_MS, late_action },
    [WAIT_LLM] = { 0, late_llm },
    [WAIT_STORED] = { DIALOG_STORED_MS, late_stored },
};

static int64_t dialog_wait_ms(const struct dialog *d, enum dialog_wait wait)
{
    const struct settings *s = d->deps.settings;

    if (wait == WAIT_SPEECH)
        return s->endpoint_max_ms + s->endpoint_no_speech_ms + DIALOG_LISTEN_GRACE_MS;
    if (wait == WAIT_LLM)
        return s->llm_total_ms + DIALOG_LLM_GRACE_MS;
    return dialog_waits[wait].ms;
}

static void dialog_wait_for(struct dialog *d, enum dialog_wait wait)
{
    d->wait = wait;
    if (wait == WAIT_NONE)
        loop_timer_clear(d->wait_timer);
    else
        loop_timer_after_ms(d->wait_timer, dialog_wait_ms(d, wait));
}

static void dialog_on_wait(void *user)
{
    struct dialog *d = user;
    enum dialog_wait wait = d->wait;

    d->wait = WAIT_NONE;
    if (dialog_waits[wait].late)
        dialog_waits[wait].late(d);
    dialog_next_text(d);
}

/* ---- the voice ------------------------------------------------------------------------- */

/* Gives the voice what it may have now. The last sentence of a reply waits for the store. */
static void dialog_pump(struct dialog *d)
{
    bool last;
    char *text;

    while ((text = outbox_next(&d->outbox, d->wait != WAIT_STORED, &last))) {
        struct msg *m = msg_new(MSG_SAY, d->session.id);

        if (m) {
            m->text = text;
            m->say.serial = d->outbox.sent;
            m->say.last = last;
        } else {
            free(text);
        }
        bus_post(d->deps.bus, m);
        loop_timer_after_ms(d->say_timer, DIALOG_SAY_MS);
        dialog_set_state(d, STATE_SPEAKING);
    }
}

static void dialog_finish_if_over(struct dialog *d)
{
    if (d->wait != WAIT_NONE || !outbox_is_over(&d->outbox))
        return; /* not all is told, said and kept */
    if (d->session.speaks && d->outbox.sent > d->outbox.first)
        dialog_mark(d, STEP_SPOKEN, NULL);
    dialog_close(d, d->session.outcome);
}

static void dialog_on_say_late(void *user)
{
    struct dialog *d = user;

    session_fail(&d->session, "the voice did not finish in time");
    dialog_mark(d, STEP_ERROR, "the voice did not finish in time");
    dialog_post(d, MSG_HUSH, NULL);
    llm_cancel(d->llm);
    dialog_close(d, "failed");
    dialog_next_text(d);
}

/* ---- the end of a session -------------------------------------------------------------- */

static void dialog_keep(struct dialog *d)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_SESSION, d->session.id);

    if (m) {
        m->json = session_json(&d->session);
        m->origin = d->session.origin;
        m->input.speak = d->session.speaks;
        if (!m->json)
            m = msg_free(m);
    }
    bus_post(d->deps.bus, STEAL(m));
}

static struct msg *answer_new(uint64_t session, const struct origin *to, int code,
                              const char *text)
{
    struct msg *m = msg_new(MSG_ANSWER, session);

    if (!m)
        return NULL;
    m->code = code;
    m->origin = *to;
    m->text = str_dup(text);
    return m;
}

/* Once a typed session: when the store has the reply, or when something ends it before. */
static void dialog_answer(struct dialog *d)
{
    struct session *s = &d->session;
    bool has_reply = s->reply.len > 0;
    struct msg *m;

    if (!s->is_typed || s->is_answered)
        return;
    s->is_answered = true;
    m = answer_new(s->id, &s->origin, has_reply ? 0 : -ECANCELED,
                   has_reply ? str_text(&s->reply) : reply_error(d->reply, REPLY_INTERRUPTED));
    if (m && has_reply)
        m->json = session_json(s);
    bus_post(d->deps.bus, m);
}

/* The one place where a session ends. */
static void dialog_close(struct dialog *d, const char *outcome)
{
    struct session *s = &d->session;

    s->outcome = outcome;
    dialog_answer(d);
    dialog_keep(d);
    if (s->heard && s->reply.len > 0 && strcmp(outcome, "done") == 0)
        memory_add(&d->memory, dialog_now(d), s->heard, str_text(&s->reply));
    dialog_wait_for(d, WAIT_NONE);
    loop_timer_clear(d->say_timer);
    outbox_clear(&d->outbox);
    sentences_done(&d->sentences);
    dialog_set_state(d, STATE_IDLE);
    session_done(s);
}

/* The reply is whole: it is kept, and released when the store has it. */
static void dialog_tell_end(struct dialog *d, const char *outcome)
{
    struct session *s = &d->session;

    s->outcome = outcome;
    dialog_mark(d, STEP_REPLY, str_text(&s->reply));
    d->outbox.is_whole = true;
    dialog_keep(d);
    dialog_wait_for(d, WAIT_STORED);
    dialog_pump(d);
}

/* One more sentence of the reply. */
static void dialog_say(struct dialog *d, const char *text)
{
    if (d->session.reply.len > 0)
        str_add_char(&d->session.reply, ' ');
    str_add(&d->session.reply, text);
    if (d->session.speaks)
        outbox_add(&d->outbox, text);
}

static void dialog_tell(struct dialog *d, const char *text, const char *outcome)
{
    if (d->state == STATE_LISTENING)
        dialog_set_state(d, STATE_THINKING);
    dialog_say(d, text);
    dialog_tell_end(d, outcome);
}

static void dialog_tell_error(struct dialog *d, enum reply_error error, int code,
                              const char *words)
{
    const char *outcome = error == REPLY_NOT_UNDERSTOOD ? "not_understood" : "failed";

    if (code < 0) {
        session_fail(&d->session, words ? words : strerror(-code));
        dialog_mark(d, STEP_ERROR, words ? words : strerror(-code));
    }
    dialog_tell(d, reply_error(d->reply, error), outcome);
}

/* The store has the reply, or had its time: it may be read and heard. */
static void dialog_release(struct dialog *d)
{
    dialog_wait_for(d, WAIT_NONE);
    dialog_answer(d);
    dialog_pump(d);
    dialog_finish_if_over(d);
}

/* ---- the beginning of a session -------------------------------------------------------- */

static void dialog_open(struct dialog *d, const char *source, int64_t at_usec)
{
    struct session *s = &d->session;
    int64_t now = dialog_now(d);
    int64_t wall = clock_wall_usec(loop_clock(d->deps.loop)) - (now - at_usec);

    session_done(s);
    s->id = session_id_next(d->last_id, wall);
    s->wall_usec = wall;
    s->source = source;
    s->speaks = true;
    d->last_id = s->id;
    d->end = END_SILENCE;
    d->was_voiced = false;
    sentences_init(&d->sentences);
    timeline_start(&s->timeline, at_usec);
}

/* Ends what is under way, for something more urgent. */
static void dialog_cancel(struct dialog *d)
{
    if (d->state == STATE_IDLE)
        return;
    llm_cancel(d->llm);
    if (d->state == STATE_LISTENING || d->wait == WAIT_TRANSCRIPT)
        dialog_post(d, MSG_LISTEN_STOP, NULL);
    dialog_close(d, "cancelled");
}

static void dialog_listen(struct dialog *d, const struct msg *m, uint64_t from, const char *phrase)
{
    struct msg *listen;

    /* whatever is being said, a session's reply or not, must not be heard as a command */
    bus_post(d->deps.bus, msg_new(MSG_HUSH, d->session.id));
    dialog_cancel(d);
    dialog_open(d, "voice", m->at_usec);
    session_mark(&d->session, STEP_WAKE, m->at_usec, phrase);
    listen = msg_new(MSG_LISTEN, d->session.id);
    if (listen)
        listen->listen.from_position = from;
    bus_post(d->deps.bus, listen);
    dialog_set_state(d, STATE_LISTENING);
    dialog_wait_for(d, WAIT_SPEECH);
}

static void on_wake(struct dialog *d, const struct msg *m)
{
    dialog_listen(d, m, m->wake.to_position, m->text);
}

/* Push to talk: from now on; UINT64_MAX is beyond what the pre-roll holds. */
static void on_button(struct dialog *d, const struct msg *m)
{
    dialog_listen(d, m, UINT64_MAX, "button");
}

static void on_button_speaking(struct dialog *d, const struct msg *m)
{
    (void)m;
    dialog_post(d, MSG_HUSH, NULL);
    dialog_cancel(d);
}

/* ---- typed sentences ------------------------------------------------------------------- */

static void on_text(struct dialog *d, const struct msg *m)
{
    enum reply_error error;
    int r = texts_add(&d->texts, m, &error);

    if (r < 0)
        bus_post(d->deps.bus, answer_new(0, &m->origin, r, reply_error(d->reply, error)));
}

/* Every way into the dialogue ends here: an idle one takes the text that waits. */
static void dialog_next_text(struct dialog *d)
{
    struct session *s = &d->session;
    struct text t;

    if (d->state != STATE_IDLE || !texts_take(&d->texts, &t))
        return;
    dialog_open(d, t.source, t.at_usec);
    s->is_typed = true;
    s->speaks = t.speaks;
    s->origin = t.origin;
    s->heard = t.text;
    session_mark(s, STEP_TEXT, t.at_usec, t.text);
    dialog_set_state(d, STATE_THINKING);
    dialog_heard(d);
}

/* ---- hearing --------------------------------------------------------------------------- */

static void on_speech_start(struct dialog *d, const struct msg *m)
{
    d->was_voiced = true;
    session_mark(&d->session, STEP_SPEECH_START, m->at_usec, NULL);
}

static void on_speech_end(struct dialog *d, const struct msg *m)
{
    d->end = m->end.reason;
    session_mark_speech_end(&d->session, m);
    dialog_set_state(d, STATE_THINKING);
    dialog_wait_for(d, WAIT_TRANSCRIPT);
}

static void on_transcript(struct dialog *d, const struct msg *m)
{
    struct session *s = &d->session;
    bool is_empty = !m->text || strspn(m->text, " ") == strlen(m->text);

    if (d->wait != WAIT_TRANSCRIPT && d->wait != WAIT_SPEECH)
        return;
    session_mark(s, STEP_TRANSCRIPT, m->at_usec, m->code < 0 ? strerror(-m->code) : m->text);
    if (m->code == -ECONNRESET) {
        /* the voice has apologised already */
        session_fail(s, m->text && m->text[0] ? m->text : "the recogniser was lost");
        dialog_mark(d, STEP_ERROR, s->error);
        dialog_close(d, "failed");
    } else if (m->code == -ENODATA && (d->end == END_NO_SPEECH || !d->was_voiced)) {
        dialog_close(d, "cancelled"); /* woken by mistake: nobody wants to hear of it */
    } else if (m->code == -ENODATA || (m->code == 0 && is_empty)) {
        dialog_tell_error(d, REPLY_NOT_UNDERSTOOD, 0, NULL);
    } else if (m->code < 0) {
        dialog_tell_error(d, REPLY_NOT_HEARD, m->code, m->text);
    } else {
        s->heard = str_dup(m->text);
        dialog_set_state(d, STATE_THINKING);
        dialog_heard(d);
    }
}

/* ---- thinking -------------------------------------------------------------------------- */

static void dialog_heard(struct dialog *d)
{
    dialog_post(d, MSG_UNDERSTAND, d->session.heard);
    dialog_wait_for(d, WAIT_INTENT);
}

static void dialog_phrase(struct dialog *d, const cJSON *acted, const char *outcome)
{
    AUTO_STR text = STR_INIT;
    const struct phrase_facts f = {
        .intent = d->session.intent,
        .acted = acted,
        .registry = d->registry,
        .wall_usec = clock_wall_usec(loop_clock(d->deps.loop)),
    };

    phrase_done(&text, d->reply, &f);
    dialog_tell(d, str_text(&text), outcome);
}

static void dialog_act(struct dialog *d)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_ACT, d->session.id);
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(d->session.intent, "slots");
    bool ok;

    if (m)
        m->json = cJSON_CreateObject();
    ok = m && cJSON_AddStringToObject(m->json, "intent",
                                      json_str(d->session.intent, "intent", "")) &&
         (slots ? json_put_copy(m->json, "slots", slots)
                : json_put(m->json, "slots", cJSON_CreateObject()));
    if (!ok) {
        dialog_tell_error(d, REPLY_FAILED, -ENOMEM, NULL);
        return;
    }
    bus_post(d->deps.bus, STEAL(m));
    dialog_wait_for(d, WAIT_ACTION);
}

static void on_intent(struct dialog *d, const struct msg *m)
{
    const struct local_row *local;
    const char *name = json_str(m->json, "intent", NULL);

    if (d->wait != WAIT_INTENT)
        return;
    session_mark(&d->session, STEP_INTENT, m->at_usec, m->code < 0 || !name ? "no match" : name);
    if (m->code == -ENOENT && d->llm) {
        dialog_ask_llm(d);
        return;
    }
    if (m->code == -ENOENT || (m->code == 0 && !name)) {
        dialog_tell_error(d, REPLY_NOT_UNDERSTOOD, 0, NULL);
        return;
    }
    if (m->code < 0) {
        dialog_tell_error(d, REPLY_FAILED, m->code, m->text);
        return;
    }
    session_json_keep(&d->session.intent, m->json);
    local = local_find(name);
    if (!local) {
        dialog_act(d);
        return;
    }
    if (local->hushes)
        dialog_post(d, MSG_HUSH, NULL);
    dialog_phrase(d, NULL, local->outcome);
}

static void on_acted(struct dialog *d, const struct msg *m)
{
    if (d->wait != WAIT_ACTION)
        return;
    session_acted(&d->session, m);
    if (m->code < 0)
        dialog_tell_error(d, phrase_action_error(m->code), m->code, m->text);
    else
        dialog_phrase(d, m->json, "done");
}

/* ---- language model -------------------------------------------------------------------- */

static void dialog_ask_llm(struct dialog *d)
{
    const struct settings *s = d->deps.settings;
    struct llm_turn turns[2 * MEMORY_TURNS + 2];
    struct err e = ERR_INIT;
    size_t n = 0;
    int r;

    turns[n++] = (struct llm_turn){ "system",
                                    s->llm_prompt[0] ? s->llm_prompt : reply_prompt(d->reply) };
    for (size_t i = memory_first(&d->memory, dialog_now(d)); i < d->memory.n; i++) {
        turns[n++] = (struct llm_turn){ "user", d->memory.turns[i].heard };
        turns[n++] = (struct llm_turn){ "assistant", d->memory.turns[i].reply };
    }
    turns[n++] = (struct llm_turn){ "user", d->session.heard };
    dialog_mark(d, STEP_LLM, s->llm_model);
    r = llm_ask(d->llm, turns, n, &e);
    if (r < 0)
        dialog_tell_error(d, phrase_llm_error(r), r, err_text(&e));
    else
        dialog_wait_for(d, WAIT_LLM);
}

/* The model's sentences that are whole by now. */
static void dialog_take_sentences(struct dialog *d)
{
    char *text;

    while (d->session.reply.len < DIALOG_REPLY_BYTES_MAX &&
           sentences_next(&d->sentences, &text) > 0) {
        dialog_say(d, text);
        free(text);
    }
}

/* The model said all it will say. `code` < 0: not all that it wanted to. */
static void dialog_llm_end(struct dialog *d, int code, const char *words)
{
    sentences_end(&d->sentences);
    dialog_take_sentences(d);
    if (code == 0 && d->session.reply.len == 0) {
        code = -ENODATA;
        words = "the language model's answer holds nothing to say";
    }
    if (code == 0)
        dialog_tell_end(d, "done");
    else if (d->session.reply.len == 0)
        dialog_tell_error(d, phrase_llm_error(code), code, words);
    else
        dialog_tell_error(d, REPLY_LLM_BROKEN, code, words);
}

static void dialog_on_llm_text(const char *text, size_t len, void *user)
{
    struct dialog *d = user;

    if (d->wait != WAIT_LLM)
        return;
    sentences_add(&d->sentences, text, len);
    dialog_take_sentences(d);
    if (d->session.reply.len < DIALOG_REPLY_BYTES_MAX) {
        dialog_pump(d);
        return;
    }
    llm_cancel(d->llm);
    sentences_done(&d->sentences);
    dialog_llm_end(d, 0, NULL);
}

static void dialog_on_llm_end(int code, const char *words, void *user)
{
    struct dialog *d = user;

    if (d->wait == WAIT_LLM)
        dialog_llm_end(d, code, words);
    dialog_next_text(d);
}

/* ---- kept and spoken ------------------------------------------------------------------- */

static void on_stored(struct dialog *d, const struct msg *m)
{
    if (m->code == 0)
        session_mark(&d->session, STEP_STORED, m->at_usec, NULL);
    else
        session_mark(&d->session, STEP_ERROR, m->at_usec, m->text ? m->text : strerror(-m->code));
    if (d->wait == WAIT_STORED)
        dialog_release(d);
}

static void on_say_start(struct dialog *d, const struct msg *m)
{
    if (!outbox_owns(&d->outbox, m->say.serial))
        return;
    if (m->say.serial == d->outbox.first + 1)
        session_mark(&d->session, STEP_FIRST_AUDIO, m->at_usec, NULL);
    loop_timer_after_ms(d->say_timer, DIALOG_SAY_MS);
}

static void on_said(struct dialog *d, const struct msg *m)
{
    if (!outbox_owns(&d->outbox, m->say.serial))
        return;
    if (m->code < 0) {
        session_fail(&d->session, m->text && m->text[0] ? m->text : strerror(-m->code));
        dialog_mark(d, STEP_ERROR, d->session.error);
    }
    outbox_said(&d->outbox, m->say.serial);
    if (outbox_is_silent(&d->outbox))
        loop_timer_clear(d->say_timer);
    else
        loop_timer_after_ms(d->say_timer, DIALOG_SAY_MS);
    dialog_pump(d);
    dialog_finish_if_over(d);
}

static void on_devices(struct dialog *d, const struct msg *m)
{
    session_json_keep(&d->registry, m->json);
}

/* ---- the table ------------------------------------------------------------------------- */

enum { IDLE = 1 << STATE_IDLE, LISTENING = 1 << STATE_LISTENING,
       THINKING = 1 << STATE_THINKING, SPEAKING = 1 << STATE_SPEAKING };
enum { ALL = IDLE | LISTENING | THINKING | SPEAKING };

static const struct dialog_row {
    enum msg_type type;
    unsigned states;
    bool needs_session; /* the message must belong to the session that is open */
    void (*fn)(struct dialog *d, const struct msg *m);
} dialog_rows[] = {
    { MSG_WAKE, ALL, false, on_wake },
    { MSG_BUTTON, IDLE | LISTENING | THINKING, false, on_button },
    { MSG_BUTTON, SPEAKING, false, on_button_speaking },
    { MSG_TEXT, ALL, false, on_text },
    { MSG_DEVICES, ALL, false, on_devices },
    { MSG_SPEECH_START, LISTENING, true, on_speech_start },
    { MSG_SPEECH_END, LISTENING, true, on_speech_end },
    { MSG_TRANSCRIPT, LISTENING | THINKING, true, on_transcript },
    { MSG_INTENT, THINKING, true, on_intent },
    { MSG_ACTED, THINKING, true, on_acted },
    { MSG_STORED, THINKING | SPEAKING, true, on_stored },
    { MSG_SAY_START, SPEAKING, true, on_say_start },
    { MSG_SAID, SPEAKING, true, on_said },
};

static void dialog_on_msg(const struct msg *m, void *user)
{
    struct dialog *d = user;

    for (size_t i = 0; i < sizeof(dialog_rows) / sizeof(dialog_rows[0]); i++) {
        const struct dialog_row *row = &dialog_rows[i];

        if (row->type != m->type || !(row->states & (1u << d->state)) ||
            (row->needs_session && m->session != d->session.id))
            continue;
        row->fn(d, m);
        break;
    }
    dialog_next_text(d);
}

/* ---- making one ------------------------------------------------------------------------ */

int dialog_new(struct dialog **ret, const struct dialog_deps *deps, struct err *e)
{
    AUTO(dialog_freep) struct dialog *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return err_set(e, -ENOMEM, "dialogue: out of memory");
    d->deps = *deps;
    d->last_id = deps->last_session_id;
    session_done(&d->session);
    sentences_init(&d->sentences);
    r = loop_timer_new(&d->wait_timer, deps->loop, dialog_on_wait, d, e);
    if (r >= 0)
        r = loop_timer_new(&d->say_timer, deps->loop, dialog_on_say_late, d, e);
    for (size_t i = 0; r >= 0 && i < sizeof(dialog_rows) / sizeof(dialog_rows[0]); i++)
        if (i == 0 || dialog_rows[i].type != dialog_rows[i - 1].type)
            r = bus_on(deps->bus, dialog_rows[i].type, dialog_on_msg, d, e);
    if (r < 0)
        return err_wrap(e, r, "dialogue");
    *ret = STEAL(d);
    return 0;
}

struct dialog *dialog_free(struct dialog *d)
{
    if (!d)
        return NULL;
    bus_off(d->deps.bus, d);
    llm_cancel(d->llm);
    loop_timer_free(d->wait_timer);
    loop_timer_free(d->say_timer);
    texts_clear(&d->texts);
    outbox_clear(&d->outbox);
    sentences_done(&d->sentences);
    session_done(&d->session);
    cJSON_Delete(d->registry);
    free(d);
    return NULL;
}

void dialog_set_reply(struct dialog *d, struct reply *reply)
{
    d->reply = reply;
}

void dialog_set_llm(struct dialog *d, struct llm *llm)
{
    llm_cancel(d->llm);
    d->llm = llm;
    if (d->wait == WAIT_LLM)
        dialog_llm_end(d, -ECANCELED, "the settings of the language model were changed");
}

void dialog_llm_events(struct dialog *d, struct llm_events *ret)
{
    *ret = (struct llm_events){ dialog_on_llm_text, dialog_on_llm_end, d };
}

const char *dialog_state_name(const struct dialog *d)
{
    return state_names[d->state];
}

bool dialog_is_busy(const struct dialog *d)
{
    return d->state != STATE_IDLE || d->texts.n > 0;
}
