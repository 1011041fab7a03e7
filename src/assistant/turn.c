/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/turn.c - one sentence and its answer.
 *
 * Read the two tables first: turn_rows (what a message does in a state) and turn_states (what a
 * state is called, how long it may last, and what passes then). */
#include "assistant/turn.h"

#include "assistant/phrase.h"
#include "base/must.h"
#include "core/deadlines.h"
#include "core/intents.h"

#include <string.h>

/* ---- small helpers ------------------------------------------------------------------------- */

int64_t turn_now(const struct turn *t)
{
    return clock_mono_usec(loop_clock(t->parts->loop));
}

void turn_mark(struct turn *t, enum step step, const char *detail)
{
    session_mark(&t->session, step, turn_now(t), detail);
    t->is_changed = true;
}

struct msg *turn_msg(const struct turn *t, enum msg_type type, const char *text)
{
    AUTO(msg_freep) struct msg *m = msg_new(type, t->session.id);

    if (!m)
        return NULL;
    m->origin = t->session.origin;
    m->endpoint = t->session.endpoint;
    if (text) {
        m->text = str_dup(text);
        if (!m->text)
            return NULL;
    }
    return STEAL(m);
}

static void turn_post(struct turn *t, enum msg_type type, const char *text)
{
    bus_post(t->parts->bus, turn_msg(t, type, text));
}

void turn_changed(struct turn *t)
{
    t->parts->hooks.on_change(t, t->parts->hooks.user);
}

/* ---- states and their deadlines ------------------------------------------------------------ */

static void late_speech(struct turn *t)
{
    turn_post(t, MSG_LISTEN_STOP, NULL);
    turn_early_drop(t);
    turn_tell_error(t, REPLY_NOT_HEARD, -ETIMEDOUT, "the end of speech was not told in time");
}

static void late_transcript(struct turn *t)
{
    turn_post(t, MSG_LISTEN_STOP, NULL);
    turn_early_drop(t);
    turn_tell_error(t, REPLY_NOT_HEARD, -ETIMEDOUT, "the recogniser gave no transcript in time");
}

static void late_filter(struct turn *t)
{
    t->filtering = filter_drop(t->filtering);
    turn_tell_error(t, REPLY_FAILED, -ETIMEDOUT, "the filters did not end in time");
}

static void late_intent(struct turn *t)
{
    turn_tell_error(t, REPLY_FAILED, -ETIMEDOUT, "understanding gave no answer in time");
}

/* Where only what it means was asked nothing has been sent. */
static void late_settling(struct turn *t)
{
    const bool is_meant = t->early.stage == EARLY_MEANING;

    turn_early_drop(t);
    if (is_meant)
        late_intent(t);
    else
        turn_tell_error(t, REPLY_TIMED_OUT, -ETIMEDOUT, "what was done early was not taken back in time");
}

static void late_action(struct turn *t)
{
    turn_tell_error(t, REPLY_TIMED_OUT, -ETIMEDOUT, "the action was not confirmed in time");
}

static void late_question(struct turn *t)
{
    turn_tell_error(t, REPLY_BUSY, -EBUSY, "the question before it takes too long");
}

/* A text is with the filters, which have a deadline of their own: only a lost timer comes here. */
static void late_told(struct turn *t)
{
    t->filtering = filter_drop(t->filtering);
    turn_filter_next(t);
}

static void late_stored(struct turn *t)
{
    turn_mark(t, STEP_ERROR, "the store did not confirm in time");
    turn_release(t);
}

/* What it may say or has said: the voice has deadlines of its own. */
static void late_voice(struct turn *t)
{
    session_fail(&t->session, "the answer took too long");
    voice_leave(&t->stream);
    turn_close(t);
}

static const struct {
    const char *name; /* for people */
    unsigned ms;      /* 0: turn_state_ms() */
    bool busy;        /* the next sentence of its conversation waits */
    void (*late)(struct turn *t);
} turn_states[TURN_STATE_N] = {
    [TURN_LISTENING] = { "listening", 0, true, late_speech },
    [TURN_RECOGNISING] = { "thinking", DEADLINE_TRANSCRIPT_MS, true, late_transcript },
    [TURN_SETTLING] = { "thinking", DEADLINE_ACTION_MS, true, late_settling },
    [TURN_HEARD] = { "thinking", 2 * DEADLINE_FILTER_MS, true, late_filter },
    [TURN_UNDERSTANDING] = { "thinking", DEADLINE_INTENT_MS, true, late_intent },
    [TURN_ACTING] = { "thinking", DEADLINE_ACTION_MS, false, late_action },
    [TURN_QUEUED] = { "thinking", DEADLINE_QUESTION_MS, false, late_question },
    [TURN_ASKING] = { "thinking", 0, false, turn_ask_late },
    [TURN_TOLD] = { "thinking", 2 * DEADLINE_FILTER_MS, false, late_told },
    [TURN_STORING] = { "thinking", DEADLINE_STORED_MS, false, late_stored },
    [TURN_SPEAKING] = { "speaking", 0, false, late_voice },
    [TURN_OVER] = { "idle", 0, false, NULL },
};

static int64_t turn_state_ms(const struct turn *t)
{
    const struct settings *s = t->parts->settings;

    if (t->state == TURN_LISTENING)
        return s->endpoint_max_ms + s->endpoint_no_speech_ms + DEADLINE_LISTEN_GRACE_MS;
    if (t->state == TURN_RECOGNISING) /* those that may be asked, one after the other */
        return DEADLINE_TRANSCRIPT_MS + (s->engine_dictation[0] ? s->engine_ms : 0) +
               (strcmp(s->stt_remote, "none") != 0 ? s->stt_connect_ms + s->stt_remote_ms : 0);
    if (t->state == TURN_ASKING)
        return s->llm_total_ms + DEADLINE_LLM_GRACE_MS + DEADLINE_QUESTION_MS;
    return turn_states[t->state].ms;
}

/* The budget counts until the reply is released; how long it is spoken is the voice's business. */
void turn_enter(struct turn *t, enum turn_state state)
{
    int64_t at;

    must(t->state != TURN_OVER);
    t->state = state;
    at = turn_now(t) + turn_state_ms(t) * 1000;
    if (state == TURN_SPEAKING || state == TURN_OVER)
        loop_timer_clear(t->timer);
    else
        loop_timer_set(t->timer, at < t->until_usec ? at : t->until_usec);
    turn_changed(t);
}

static void turn_on_late(void *user)
{
    struct turn *t = user;

    if (must(turn_states[t->state].late))
        turn_states[t->state].late(t);
}

const char *turn_state_name(const struct turn *t)
{
    if (t->state != TURN_OVER && voice_stream_speaks(&t->stream))
        return turn_states[TURN_SPEAKING].name;
    /* it waits for the loudspeaker */
    return t->state == TURN_SPEAKING ? turn_states[TURN_STORING].name : turn_states[t->state].name;
}

bool turn_is_busy(const struct turn *t)
{
    return turn_states[t->state].busy;
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Once a session; what is not worth it is not kept. */
void turn_keep(struct turn *t)
{
    struct msg *m;

    if (!must(!t->session.is_kept))
        return;
    t->session.is_kept = true;
    t->is_changed = false;
    m = turn_msg(t, MSG_SESSION, NULL);
    if (m) {
        m->json = session_json(&t->session);
        m->input.speak = t->session.speaks;
        if (!m->json)
            m = msg_free(m);
    }
    bus_post(t->parts->bus, m);
}

/* Nobody wants to find again what was cancelled before anybody spoke. */
static bool turn_is_worth_keeping(const struct turn *t)
{
    const struct session *s = &t->session;

    return s->heard || t->was_voiced || s->reply.len > 0 || s->error || s->sent;
}

static void turn_keep_more(struct turn *t)
{
    struct msg *m;

    if (!t->is_changed || !t->session.speaks)
        return; /* a typed session has no more than "stored" to tell, which the row shows itself */
    m = turn_msg(t, MSG_SESSION_MORE, NULL);
    if (m) {
        m->json = session_json(&t->session);
        if (!m->json)
            m = msg_free(m);
    }
    bus_post(t->parts->bus, m);
}

void turn_refuse(struct bus *bus, const struct origin *to, int code, const char *words)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_ANSWER, 0);

    if (m) {
        m->code = code;
        m->origin = *to;
        m->text = str_dup(words);
    }
    bus_post(bus, STEAL(m));
}

/* Once for each that asks. */
void turn_answer(struct turn *t, int code, enum reply_error error)
{
    struct session *s = &t->session;
    struct msg *m;

    if (!s->asks || !must(!s->is_answered))
        return;
    s->is_answered = true;
    m = turn_msg(t, MSG_ANSWER, code < 0 ? reply_error(t->reply, error) : str_text(&s->reply));
    if (m) {
        m->code = code;
        if (code == 0)
            m->json = session_json(s);
    }
    bus_post(t->parts->bus, m);
}

/* Where every turn ends. */
static void turn_over(struct turn *t)
{
    const struct session *s = &t->session;

    must(s->is_kept || !turn_is_worth_keeping(t));
    must(!s->asks || s->is_answered);
    must(!t->stream.voice && !t->asker.model && !t->filtering);
    if (s->heard && s->reply.len > 0 && strcmp(s->outcome, "done") == 0)
        memory_add(t->memory, turn_now(t), s->heard, str_text(&s->reply));
    turn_enter(t, TURN_OVER);
}

void turn_close(struct turn *t)
{
    t->filtering = filter_drop(t->filtering); /* what comes late is neither kept nor said */
    str_clear(&t->unsaid);
    if (!t->session.is_kept && turn_is_worth_keeping(t)) {
        turn_keep(t);
        turn_enter(t, TURN_STORING);
        return; /* turn_release() comes back here */
    }
    if (t->session.is_kept)
        turn_keep_more(t);
    if (!t->session.is_answered)
        turn_answer(t, 0, REPLY_FAILED);
    turn_over(t);
}

void turn_end_as(struct turn *t, const char *outcome)
{
    t->session.outcome = outcome;
    turn_close(t);
}

void turn_cancel(struct turn *t, const char *outcome, int code, enum reply_error error)
{
    struct session *s = &t->session;
    bool was_speaking = voice_stream_speaks(&t->stream);

    must(code < 0);
    if (t->state == TURN_OVER)
        return;
    t->is_cancelled = true;
    turn_early_drop(t);
    if (t->state == TURN_LISTENING || t->state == TURN_RECOGNISING)
        turn_post(t, MSG_LISTEN_STOP, NULL);
    t->filtering = filter_drop(t->filtering);
    turn_ask_drop(t);
    voice_leave(&t->stream);
    if (!s->is_kept) {
        s->outcome = outcome;
        if (turn_is_worth_keeping(t))
            turn_keep(t);
    } else { /* what was done stays done: the outcome stands */
        if (was_speaking)
            turn_mark(t, STEP_ERROR, "cut short");
        turn_keep_more(t);
    }
    if (!s->is_answered)
        turn_answer(t, s->reply.len > 0 ? 0 : code, error);
    turn_over(t);
}

/* ---- hearing ------------------------------------------------------------------------------- */

static void on_speech_start(struct turn *t, const struct msg *m)
{
    t->was_voiced = true;
    session_mark(&t->session, STEP_SPEECH_START, m->at_usec, NULL);
}

static void on_speech_end(struct turn *t, const struct msg *m)
{
    t->end = m->end.reason;
    session_mark_speech_end(&t->session, m);
    turn_enter(t, TURN_RECOGNISING);
}

void turn_ask_meaning(struct turn *t, const char *text)
{
    const cJSON *last = memory_last(t->memory, turn_now(t));
    struct msg *m = turn_msg(t, MSG_UNDERSTAND, text);

    if (m && last)
        m->json = cJSON_Duplicate(last, true);
    bus_post(t->parts->bus, m);
}

static void turn_understand(struct turn *t, const char *text)
{
    turn_enter(t, TURN_UNDERSTANDING);
    turn_ask_meaning(t, text);
}

static void filter_on_heard(enum filter_verdict verdict, const char *text, void *user)
{
    struct turn *t = user;

    t->filtering = NULL;
    if (verdict != FILTER_STOP) {
        if (strcmp(text, t->session.heard) != 0)
            t->meant = str_dup(text);
        turn_understand(t, text);
        return;
    }
    session_fail(&t->session, "a filter stopped the sentence");
    turn_mark(t, STEP_ERROR, t->session.error);
    turn_end_as(t, "cancelled");
}

/* session.heard stands: what people said is kept as they said it. */
static void turn_heard(struct turn *t)
{
    struct filter_text f;

    if (filters_are_none(t->parts->filters, FILTER_HEARD)) {
        turn_understand(t, t->session.heard);
        return;
    }
    f = turn_filter_text(t, FILTER_HEARD, t->session.heard);
    turn_enter(t, TURN_HEARD);
    if (filter_run(&t->filtering, t->parts->filters, &f, filter_on_heard, t, NULL) < 0)
        turn_understand(t, t->session.heard);
}

/* With what could be said instead, as MSG_INTENT tells it. */
static void turn_not_understood(struct turn *t)
{
    AUTO_STR text = STR_INIT;

    phrase_not_understood(&text, t->reply, t->session.intent, !t->session.is_typed);
    turn_tell(t, str_text(&text), "not_understood");
}

void turn_not_done(struct turn *t)
{
    turn_tell(t, reply_error(t->reply, REPLY_NOT_DONE), "cancelled");
}

void turn_ask_back(struct turn *t, const char *text)
{
    turn_mark(t, STEP_ASKED, text);
    turn_tell(t, text, "asked");
}

/* Two sentences fit, which differ in one word: whether it is asked which depends on what the first would do. A
 * part of one is asked for again as it is. */
static void turn_misheard(struct turn *t, const cJSON *unsure)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(unsure, "alternatives");
    const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(list, 0));

    must(!t->unsure);
    t->unsure = first ? cJSON_Duplicate(unsure, true) : NULL;
    if (t->unsure)
        turn_understand(t, first);
    else
        t->parts->hooks.on_misheard(t, unsure, t->parts->hooks.user);
}

/* No words came. */
static void turn_unheard(struct turn *t, const struct msg *m)
{
    struct session *s = &t->session;

    if (m->code == -ECONNRESET) {
        /* the voice has apologised already */
        session_fail(s, m->text && m->text[0] ? m->text : "the recogniser was lost");
        turn_mark(t, STEP_ERROR, s->error);
        turn_end_as(t, "failed");
    } else if (m->code == -ENODEV) {
        turn_cancel(t, "failed", -ENODEV, REPLY_NO_MICROPHONE);
    } else if (m->code == -ENOTSUP && t->was_voiced && !t->answers) {
        turn_tell_error(t, REPLY_NO_EARS, m->code, m->text);
    } else if (m->code != -ENODATA && m->code != -ENOTSUP) {
        turn_tell_error(t, REPLY_NOT_HEARD, m->code, m->text);
    } else if (t->answers) {
        turn_not_done(t);
    } else if (m->json) {
        turn_misheard(t, m->json);
    } else if (t->end == END_NO_SPEECH || !t->was_voiced) {
        turn_end_as(t, "cancelled"); /* woken by mistake: nobody wants to hear of it */
    } else {
        turn_not_understood(t);
    }
}

void turn_transcribed(struct turn *t, const struct msg *m)
{
    const char *text = m->text ? m->text : "";

    if (m->code < 0) {
        turn_unheard(t, m);
    } else if (strspn(text, " ") == strlen(text)) {
        turn_not_understood(t);
    } else {
        t->session.heard = str_dup(text);
        if (t->session.heard)
            turn_heard(t);
        else
            turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
    }
}

static void on_transcript(struct turn *t, const struct msg *m)
{
    const char *text = m->text ? m->text : "";

    session_mark(&t->session, STEP_TRANSCRIPT, m->at_usec,
                 m->code < 0 && !text[0] ? err_words(m->code) : text);
    if (!turn_early_hears(t, m))
        turn_transcribed(t, m);
}

void turn_listen(struct turn *t, enum step step, uint64_t from_position, const char *detail)
{
    struct msg *m = turn_msg(t, MSG_LISTEN, NULL);

    must(endpoint_hears(t->session.endpoint) && !t->session.is_typed);
    session_mark(&t->session, step, t->session.timeline.start_usec, detail);
    if (m)
        m->listen.from_position = from_position;
    bus_post(t->parts->bus, m);
    turn_enter(t, TURN_LISTENING);
}

void turn_read(struct turn *t, char *text)
{
    must(!t->session.heard && text);
    t->session.is_typed = true;
    t->session.heard = text;
    session_mark(&t->session, STEP_TEXT, t->session.timeline.start_usec, text);
    turn_heard(t);
}

/* ---- understanding and acting -------------------------------------------------------------- */

void turn_phrase(struct turn *t, const cJSON *acted, const char *outcome)
{
    AUTO_STR text = STR_INIT;
    const struct phrase_facts f = {
        .intent = t->session.intent,
        .acted = acted,
        .registry = *t->parts->registry,
        .wall_usec = clock_wall_usec(loop_clock(t->parts->loop)),
    };

    if (turn_is_brief(t) && phrase_is_done(&f)) {
        turn_tell_done(t, outcome);
        return;
    }
    phrase_done(&text, t->reply, &f);
    turn_tell(t, str_text(&text), outcome);
}

/* One of several commands was not understood: none is done, and it is said which. */
static bool turn_lacks_part(struct turn *t, const struct msg *m)
{
    const char *places[PLACE_N] = { NULL };
    AUTO_STR text = STR_INIT;

    places[PLACE_LIST] = json_str(m->json, "part", NULL);
    if (!places[PLACE_LIST] || !reply_words(&text, t->reply, "part", places))
        return false;
    turn_tell(t, str_text(&text), "not_understood");
    return true;
}

/* No sentence of the house: a question for the model, where there is one. */
static void turn_no_match(struct turn *t, const struct msg *m)
{
    const cJSON *lacks = cJSON_GetObjectItemCaseSensitive(m->json, "lacks");

    if (turn_lacks_part(t, m))
        return;
    if (lacks)
        memory_lack(t->memory, lacks, turn_now(t));
    if (llm_pool_is_there(t->parts->model)) {
        turn_enter(t, TURN_QUEUED);
        t->parts->hooks.on_question(t, t->parts->hooks.user);
        return;
    }
    session_json_keep(&t->session.intent, m->json);
    turn_not_understood(t);
}

void turn_answer_here(struct turn *t, const struct intent_def *def)
{
    if (def->hushes)
        voice_hush(t->parts->voice, t->session.id);
    if (def->hushes || strcmp(def->outcome, "cancelled") == 0)
        t->parts->hooks.on_stop(t, t->parts->hooks.user);
    turn_phrase(t, NULL, def->outcome);
}

static void turn_understood(struct turn *t, const cJSON *intent)
{
    session_json_keep(&t->session.intent, intent);
    if (!t->session.intent)
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
    else
        turn_do(t, t->session.intent);
}

static void turn_believed(struct turn *t, const struct msg *m, const char *text)
{
    t->session.heard = str_dup(text);
    if (!t->session.heard)
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
    else if (m->code == 0 && json_str(m->json, "intent", NULL))
        turn_understood(t, m->json);
    else
        turn_no_match(t, m);
}

/* One that may not act has heard it (speech/second.h): what would be done is asked, and of several it is left. */
static void turn_doubted_alone(struct turn *t, const struct msg *m, const char *text)
{
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));
    const bool is_clear = m->code == 0 && !cJSON_HasObjectItem(m->json, "unsure"),
               acts = cJSON_HasObjectItem(m->json, "commands") || (def && def->risk == RISK_ACTS);
    AUTO_JSON *choice = is_clear && acts ? turn_choice(text, m->json) : NULL;

    if (choice)
        t->parts->hooks.on_misheard(t, choice, t->parts->hooks.user);
    else if (m->code == -ENOENT || (is_clear && !acts))
        turn_believed(t, m, text);
    else
        turn_not_done(t);
}

/* What would do nothing is not worth a question: it is refused, or answered, as if there were no doubt. */
static void turn_doubted(struct turn *t, const struct msg *m)
{
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));
    AUTO_JSON *unsure = STEAL(t->unsure);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(unsure, "alternatives");

    must(!t->session.heard && unsure);
    if (cJSON_GetArraySize(list) == 1)
        turn_doubted_alone(t, m, cJSON_GetStringValue(cJSON_GetArrayItem(list, 0)));
    else if (m->code == -ENOENT)
        turn_not_understood(t);
    else if (m->code == 0 && intents_is_told(def))
        turn_understood(t, m->json);
    else
        t->parts->hooks.on_misheard(t, unsure, t->parts->hooks.user);
}

/* Not a word about what was said: neither "not understood" nor a language model's answer. */
static void turn_not_ready(struct turn *t, const struct msg *m)
{
    t->unsure = json_free(t->unsure);
    session_mark(&t->session, STEP_INTENT, m->at_usec, "not ready");
    turn_tell_error(t, REPLY_NOT_READY, m->code, m->text);
}

static void on_intent(struct turn *t, const struct msg *m)
{
    const char *name = json_str(m->json, "intent", NULL);
    const bool several = cJSON_HasObjectItem(m->json, "commands");
    struct reply *words = t->parts->hooks.words(json_str(m->json, "language", ""), t->parts->hooks.user);

    if (m->code == -EAGAIN)
        return turn_not_ready(t, m);
    if (words && t->session.is_typed)
        t->reply = words; /* who writes French is answered in French */
    session_mark(&t->session, STEP_INTENT, m->at_usec, m->code < 0 || !(name || several) ? "no match" : name ? name : "several");
    if (t->unsure) {
        turn_doubted(t, m);
        return;
    }
    if (t->parts->hooks.on_intent(t, m, t->parts->hooks.user))
        return;
    if (m->code == -ENOENT || (m->code == 0 && !name && !several)) {
        turn_no_match(t, m);
        return;
    }
    if (m->code < 0) {
        turn_tell_error(t, REPLY_FAILED, m->code, m->text);
        return;
    }
    turn_understood(t, m->json);
}

/* With what would be possible, where the language has words for it. */
static void turn_not_acted(struct turn *t, const struct msg *m)
{
    const struct intent_def *def = intents_find(json_str(t->session.intent, "intent", NULL));
    enum reply_error error = phrase_action_error(m->code);
    AUTO_STR text = STR_INIT;

    if (m->code == -ENOENT && def && def->shape == SHAPE_UNDO) {
        (void)cJSON_AddStringToObject(t->session.intent, "response", "empty");
        turn_phrase(t, NULL, "cancelled");
        return;
    }

    if (error != REPLY_BAD_VALUE || !phrase_impossible(&text, t->reply, t->session.intent)) {
        turn_tell_error(t, error, m->code, m->text);
        return;
    }
    session_fail(&t->session, m->text ? m->text : err_words(m->code));
    turn_mark(t, STEP_ERROR, t->session.error);
    turn_tell(t, str_text(&text), "failed");
}

void turn_acted(struct turn *t, const struct msg *m)
{
    if (turn_early_counts(t, m))
        return;
    if (t->commands) {
        turn_commands_acted(t, m);
        return;
    }
    if (m->code == 0)
        memory_about(t->memory, t->session.intent, m->json, t->session.id, turn_now(t));
    if (m->code == -ENOKEY)
        t->parts->hooks.on_guarded(t, m, t->parts->hooks.user);
    else if (m->code < 0)
        turn_not_acted(t, m);
    else
        turn_phrase(t, m->json, "done");
}

static void on_acted(struct turn *t, const struct msg *m)
{
    session_acted(&t->session, m);
    turn_acted(t, m);
}

static void on_stored(struct turn *t, const struct msg *m)
{
    if (m->code == 0)
        session_mark(&t->session, STEP_STORED, m->at_usec, NULL);
    else
        turn_mark(t, STEP_ERROR, m->text ? m->text : err_words(m->code));
    if (t->state == TURN_STORING)
        turn_release(t);
}

/* ---- the table ----------------------------------------------------------------------------- */

#define AT(state) (1u << (state))
enum { HEARING = AT(TURN_LISTENING) | AT(TURN_RECOGNISING) | AT(TURN_SETTLING) };

static const struct turn_row {
    enum msg_type type;
    unsigned states;
    void (*fn)(struct turn *t, const struct msg *m);
} turn_rows[] = {
    { MSG_SPEECH_START, AT(TURN_LISTENING), on_speech_start },
    { MSG_SPEECH_END, AT(TURN_LISTENING), on_speech_end },
    { MSG_EARLY, AT(TURN_LISTENING), turn_early },
    { MSG_INTENT, HEARING, turn_early_intent },
    { MSG_ACTED, HEARING, turn_early_acted },
    { MSG_TRANSCRIPT, AT(TURN_LISTENING) | AT(TURN_RECOGNISING), on_transcript },
    { MSG_INTENT, AT(TURN_UNDERSTANDING), on_intent },
    { MSG_ACTED, AT(TURN_ACTING), on_acted },
    { MSG_STORED, AT(TURN_STORING) | AT(TURN_SPEAKING), on_stored },
};

void turn_take(struct turn *t, const struct msg *m)
{
    must(m->session == t->session.id);
    for (size_t i = 0; i < sizeof(turn_rows) / sizeof(turn_rows[0]); i++) {
        const struct turn_row *row = &turn_rows[i];

        if (row->type == m->type && (row->states & AT(t->state))) {
            row->fn(t, m);
            return;
        }
    }
}

/* ---- making one ---------------------------------------------------------------------------- */

int turn_new(struct turn **ret, const struct turn_parts *p, const struct turn_begin *b,
             struct err *e)
{
    AUTO(turn_freep) struct turn *t = calloc(1, sizeof(*t));
    int64_t now = clock_mono_usec(loop_clock(p->loop));
    int r;

    if (!t)
        return err_set(e, -ENOMEM, "turn: out of memory");
    t->parts = p;
    t->owner = b->owner;
    t->memory = b->memory;
    t->reply = b->reply;
    session_done(&t->session);
    t->session.id = b->id;
    t->session.endpoint = b->endpoint;
    t->session.source = b->source;
    t->session.origin = b->origin;
    t->session.asks = b->asks;
    t->session.speaks = b->speaks;
    t->session.wall_usec = clock_wall_usec(loop_clock(p->loop)) - (now - b->at_usec);
    timeline_start(&t->session.timeline, b->at_usec);
    sentences_init(&t->sentences);
    t->end = END_SILENCE;
    t->until_usec = now + (int64_t)DEADLINE_ANSWER_MS * 1000;
    turn_stream_init(t);
    r = loop_timer_new(&t->timer, p->loop, turn_on_late, t, e);
    if (r < 0)
        return r;
    *ret = STEAL(t);
    return 0;
}

struct turn *turn_free(struct turn *t)
{
    if (!t)
        return NULL;
    filter_drop(t->filtering);
    turn_ask_drop(t);
    voice_leave(&t->stream);
    msg_free(t->guarded);
    cJSON_Delete(t->guarded_intent);
    cJSON_Delete(t->teaches);
    str_done(&t->done);
    cJSON_Delete(t->unsure);
    free(t->meant);
    turn_early_done(&t->early);
    loop_timer_free(t->timer);
    str_done(&t->unsaid);
    sentences_done(&t->sentences);
    session_done(&t->session);
    free(t);
    return NULL;
}
