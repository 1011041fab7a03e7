/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/turn_tell.c - the reply of a turn on its way: sentences through the filters, into the row
 * before the loudspeaker, and to the store before the last of them is said.
 *
 *   turn_say() -> [filters, one sentence at a time] -> session.reply, voice
 *   turn_tell_end() -> all are through -> kept (MSG_SESSION) -> turn_release() */
#include "assistant/turn.h"

#include "base/must.h"

#include <string.h>

static void stream_on_start(int64_t at_usec, void *user)
{
    struct turn *t = user;

    session_mark(&t->session, STEP_FIRST_AUDIO, at_usec, NULL);
    t->is_changed = true;
    turn_changed(t);
}

static void stream_on_trouble(int code, const char *words, void *user)
{
    struct turn *t = user;

    (void)code;
    session_fail(&t->session, words);
    turn_mark(t, STEP_ERROR, words);
}

/* Cut short by a person, or by the voice. */
static void stream_on_over(int code, void *user)
{
    struct turn *t = user;

    if (t->state == TURN_OVER)
        return;
    if (code == -ECANCELED) {
        turn_mark(t, STEP_ERROR, "cut short");
        turn_cancel(t, "cancelled", -ECANCELED, REPLY_INTERRUPTED);
        return;
    }
    if (code < 0 && !t->session.error) {
        session_fail(&t->session, "the loudspeaker did not become free in time");
        turn_mark(t, STEP_ERROR, t->session.error);
    }
    t->is_unheard = code < 0;
    if (code < 0)
        turn_ask_drop(t); /* nobody will hear the rest */
    else
        turn_mark(t, STEP_SPOKEN, NULL);
    if (t->state == TURN_SPEAKING)
        turn_close(t);
    else if (code < 0 && t->state == TURN_ASKING)
        turn_end_as(t, "failed");
    turn_changed(t);
}

/* A sentence that has passed the filters. */
static void turn_said(struct turn *t, const char *text)
{
    struct session *s = &t->session;

    must(!s->is_kept && t->state != TURN_OVER); /* what is kept is what was said */
    if (text[0] == '\0')
        return;
    if (s->reply.len > 0)
        str_add_char(&s->reply, ' ');
    str_add(&s->reply, text);
    if (s->speaks && !t->is_unheard &&
        voice_say(t->parts->voice, &t->stream, t->is_chimed ? SAY_CHIME : text) < 0)
        turn_mark(t, STEP_ERROR, "too many wait for the loudspeaker");
    if (voice_stream_speaks(&t->stream))
        turn_changed(t);
}

static void turn_store(struct turn *t)
{
    turn_mark(t, STEP_REPLY, str_text(&t->session.reply));
    must(!t->stream.voice || t->stream.outbox.is_held); /* its last sentence is still here */
    voice_end(&t->stream);
    turn_keep(t);
    turn_enter(t, TURN_STORING);
}

/* The reply is whole and through the filters: it is kept, and released when the store has it. */
static void turn_tell_whole(struct turn *t)
{
    must(!t->filtering || t->state != TURN_STORING);
    if (t->is_told && !t->filtering && t->unsaid.len == 0)
        turn_store(t);
}

static void filter_on_said(enum filter_verdict verdict, const char *text, void *user)
{
    struct turn *t = user;

    t->filtering = NULL;
    if (verdict == FILTER_STOP)
        turn_mark(t, STEP_ERROR, "a filter kept a sentence back");
    else
        turn_said(t, text);
    turn_filter_next(t);
}

struct filter_text turn_filter_text(const struct turn *t, enum filter_point point,
                                           const char *text)
{
    return (struct filter_text){ .point = point,
                                 .session = t->session.id,
                                 .endpoint = t->session.endpoint,
                                 .origin = t->session.origin,
                                 .text = text };
}

/* The next sentence that waits goes through the filters; one at a time, so that the order stays. */
void turn_filter_next(struct turn *t)
{
    while (!t->filtering && t->unsaid.len > 0) {
        AUTO_FREE char *all = str_take(&t->unsaid);
        char *end = all ? strchr(all, '\n') : NULL;
        struct filter_text f;

        if (!end)
            break;
        *end = '\0';
        str_add(&t->unsaid, end + 1);
        f = turn_filter_text(t, FILTER_SAID, all);
        if (filter_run(&t->filtering, t->parts->filters, &f, filter_on_said, t, NULL) < 0)
            turn_said(t, all);
        else
            return; /* filter_on_said() goes on, or has done so */
    }
    turn_tell_whole(t);
}

void turn_say(struct turn *t, const char *text)
{
    must(!t->is_told);
    if (filters_are_none(t->parts->filters, FILTER_SAID)) {
        turn_said(t, text);
        return;
    }
    for (; *text; text++)
        str_add_char(&t->unsaid, *text == '\n' ? ' ' : *text);
    str_add_char(&t->unsaid, '\n');
    turn_filter_next(t);
}

void turn_tell_end(struct turn *t, const char *outcome)
{
    must(outcome && !t->is_told);
    t->session.outcome = outcome;
    t->is_told = true;
    if (t->filtering || t->unsaid.len > 0)
        turn_enter(t, TURN_TOLD);
    else
        turn_tell_whole(t);
}

void turn_tell(struct turn *t, const char *text, const char *outcome)
{
    if (t->state == TURN_LISTENING)
        turn_enter(t, TURN_RECOGNISING); /* the microphone is closed: others may know */
    if (t->done.len > 0) { /* commands before it that were done */
        turn_say(t, str_text(&t->done));
        str_clear(&t->done);
    }
    turn_say(t, text);
    turn_tell_end(t, outcome);
}

bool turn_is_brief(const struct turn *t)
{
    return strcmp(t->parts->settings->reply_style, "short") == 0 ||
           strcmp(t->parts->settings->reply_style, "chime") == 0;
}

void turn_tell_done(struct turn *t, const char *outcome)
{
    must(turn_is_brief(t) && t->done.len == 0);
    t->is_chimed = strcmp(t->parts->settings->reply_style, "chime") == 0 && !t->session.is_typed;
    turn_tell(t, reply_done(t->reply), outcome);
}

void turn_tell_error(struct turn *t, enum reply_error error, int code, const char *words)
{
    if (code < 0) {
        session_fail(&t->session, words ? words : err_words(code));
        turn_mark(t, STEP_ERROR, words ? words : err_words(code));
    }
    turn_tell(t, reply_error(t->reply, error), "failed");
}

/* The store has it, or had its time: it may be read and heard. */
void turn_release(struct turn *t)
{
    must(t->session.is_kept && t->state == TURN_STORING); /* stored before spoken */
    if (t->session.is_typed)
        turn_answer(t, 0, REPLY_FAILED);
    if (!t->stream.voice) {
        turn_close(t);
        return;
    }
    turn_enter(t, TURN_SPEAKING);
    voice_hold(&t->stream, false);
    turn_changed(t);
}

void turn_stream_init(struct turn *t)
{
    t->stream.rank = t->session.endpoint == ENDPOINT_BOX ? VOICE_BOX : VOICE_OTHER;
    t->stream.session = t->session.id;
    t->stream.events =
        (struct voice_events){ stream_on_start, stream_on_trouble, stream_on_over, t };
    voice_hold(&t->stream, true); /* until it is stored */
}
