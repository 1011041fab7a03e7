/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/turn_early.c - a command that is done before its sentence has ended.
 *
 *   MSG_EARLY -> MSG_UNDERSTAND -> MSG_INTENT, closed? -> MSG_ACT {early} -> MSG_ACTED
 *                                                the turn goes on: LISTENING, RECOGNISING
 *   MSG_TRANSCRIPT  the same sentence: it is done, or being done, already; its answer is told
 *                   anything else:     MSG_ACT {undo, early}, then the sentence as any other
 *   no transcript, or the turn is cancelled: taken back
 *
 * So being early changes when something is done and never what, and the house is told a command once.
 * While answers of what was early are owed a transcript is held (TURN_SETTLING): MSG_INTENT and MSG_ACTED
 * name a session and no request, and must not be taken for those of the sentence.
 * Once a turn: what is said after it was taken back has an end of its own. */
#include "assistant/turn.h"

#include "assistant/phrase.h"
#include "base/must.h"
#include "core/intents.h"

#include <string.h>

/* ---- what may be early ---------------------------------------------------------------------- */

/* One command about a device or room that was named, and no step from what is so: that is what the sentence
 * would go out from once more. What is harmless the house knows (home/undo.h). */
static bool is_closed(const cJSON *intent)
{
    static const char *const open[] = { "unsure", "corrected", "commands", "lacks" };
    const struct intent_def *def = intents_find(json_str(intent, "intent", NULL));
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(intent, "slots"), *slot;

    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        if (cJSON_HasObjectItem(intent, open[i]))
            return false;
    cJSON_ArrayForEach(slot, slots)
        if (strncmp(slot->string, "except", 6) == 0 || strstr(slot->string, "_step"))
            return false;
    return def && def->where == INTENT_AT_HOME && def->risk == RISK_ACTS && def->shape == SHAPE_DONE &&
           (cJSON_HasObjectItem(slots, "name") || cJSON_HasObjectItem(slots, "area"));
}

/* A filter may want to change or stop the sentence, and an answer to what was asked back is no command. */
static bool may_be_early(const struct turn *t, const struct msg *m)
{
    return t->early.stage == EARLY_NONE && t->parts->settings->speech_early && !t->answers && m->text &&
           m->text[0] && filters_are_none(t->parts->filters, FILTER_HEARD);
}

void turn_early(struct turn *t, const struct msg *m)
{
    struct early *early = &t->early;

    if (!may_be_early(t, m))
        return;
    early->text = str_dup(m->text);
    if (!early->text)
        return;
    early->stage = EARLY_MEANING;
    turn_mark(t, STEP_EARLY, m->text);
    turn_ask_meaning(t, m->text);
}

/* ---- the transcript ------------------------------------------------------------------------- */

static void hold(struct turn *t, const struct msg *m)
{
    must(!t->early.held);
    t->early.held = msg_copy(m);
    if (t->early.held)
        turn_enter(t, TURN_SETTLING);
    else
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
}

/* Nothing is owed any more: the sentence goes its way. */
static void release(struct turn *t)
{
    AUTO(msg_freep) struct msg *m = STEAL(t->early.held);

    must(t->early.stage == EARLY_LEFT && t->early.owed == 0);
    if (m && must(t->state == TURN_SETTLING))
        turn_transcribed(t, m);
}

static void take_back(struct turn *t)
{
    must(t->early.stage == EARLY_ACTING || t->early.stage == EARLY_DONE);
    t->early.stage = EARLY_BACK;
    t->early.owed++;
    turn_post_undo(t, t->session.id, true);
}

/* It went out, or may have. */
static bool is_done(const struct early *early)
{
    return early->acted->code == 0 || early->acted->code == -ETIMEDOUT;
}

/* The sentence is what was heard early: what became of that is the answer. False: out of memory. */
static bool adopt(struct turn *t)
{
    struct early *early = &t->early;

    t->session.heard = str_dup(early->text);
    if (!t->session.heard)
        return false;
    if (early->stage == EARLY_MEANING) { /* it has only been asked what it means */
        early->stage = EARLY_LEFT;
        turn_enter(t, TURN_UNDERSTANDING);
        return true;
    }
    must(early->intent && !t->session.intent);
    t->session.intent = STEAL(early->intent);
    early->stage = EARLY_COUNTS;
    turn_enter(t, TURN_ACTING);
    if (early->acted)
        turn_acted(t, early->acted);
    return true;
}

bool turn_early_hears(struct turn *t, const struct msg *m)
{
    struct early *early = &t->early;
    const bool is_same = m->code == 0 && m->text && early->text && strcmp(m->text, early->text) == 0;

    if (early->stage == EARLY_NONE || early->stage == EARLY_LEFT)
        return false;
    must(early->stage != EARLY_COUNTS);
    if (is_same && early->stage != EARLY_BACK && adopt(t))
        return true;
    if (early->stage == EARLY_DONE && !is_done(early)) {
        early->stage = EARLY_LEFT;
        return false;
    }
    if (early->stage == EARLY_ACTING || early->stage == EARLY_DONE)
        take_back(t);
    hold(t, m);
    return true;
}

/* ---- answers -------------------------------------------------------------------------------- */

void turn_early_intent(struct turn *t, const struct msg *m)
{
    struct early *early = &t->early;

    if (early->stage != EARLY_MEANING)
        return;
    early->stage = EARLY_LEFT;
    if (!early->held && m->code == 0 && is_closed(m->json)) {
        early->intent = cJSON_Duplicate(m->json, true);
        if (early->intent && turn_post_act(t, early->intent, ACT_IS_EARLY)) {
            early->stage = EARLY_ACTING;
            early->owed++;
        }
    }
    if (early->stage == EARLY_LEFT)
        release(t);
}

/* What was taken back, or could not be: then it is said. */
static void back(struct turn *t, const struct msg *m)
{
    if (m->code == 0) {
        turn_mark(t, STEP_TAKEN_BACK, t->early.text);
    } else if (m->code != -ENOENT && m->code != -EAGAIN) { /* there was something to take back */
        session_fail(&t->session, m->text ? m->text : err_words(m->code));
        turn_mark(t, STEP_ERROR, t->session.error);
        str_add(&t->done, reply_error(t->reply, phrase_action_error(m->code)));
    }
    t->early.stage = EARLY_LEFT;
}

void turn_early_acted(struct turn *t, const struct msg *m)
{
    struct early *early = &t->early;

    if (early->owed == 0)
        return;
    early->owed--;
    if (m->code != -EAGAIN && m->code != -ENOENT) /* those sent nothing */
        session_acted(&t->session, m);
    if (early->stage == EARLY_ACTING && m->code == -EAGAIN) {
        early->stage = EARLY_LEFT; /* nothing was sent */
    } else if (early->stage == EARLY_ACTING) {
        early->acted = msg_copy(m);
        early->stage = EARLY_DONE;
        if (!early->acted) /* its answer cannot be told: nor is it done */
            take_back(t);
    } else if (early->stage == EARLY_BACK && early->owed == 0) {
        back(t, m);
    }
    if (early->stage == EARLY_LEFT)
        release(t);
}

bool turn_early_counts(struct turn *t, const struct msg *m)
{
    if (t->early.stage != EARLY_COUNTS)
        return false;
    t->early.stage = EARLY_LEFT;
    if (m->code != -EAGAIN)
        return false;
    turn_do(t, t->session.intent); /* nothing was sent: now it may be */
    return true;
}

/* ---- the end -------------------------------------------------------------------------------- */

void turn_early_drop(struct turn *t)
{
    struct early *early = &t->early;

    if (early->stage == EARLY_ACTING || (early->stage == EARLY_DONE && is_done(early)))
        take_back(t); /* its answer finds nobody */
    if (early->stage != EARLY_NONE)
        early->stage = EARLY_LEFT;
    early->held = msg_free(early->held);
}

void turn_early_done(struct early *early)
{
    free(early->text);
    cJSON_Delete(early->intent);
    msg_free(early->acted);
    msg_free(early->held);
}
