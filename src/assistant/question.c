/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/question.c - what Jarvis asked back, and what its answer does. */
#include "assistant/question.h"

#include "assistant/phrase.h"
#include "base/must.h"
#include "core/deadlines.h"
#include "core/intents.h"

#include <string.h>

static int64_t question_now(const struct turn *t)
{
    return clock_mono_usec(loop_clock(t->parts->loop));
}

void question_forget(struct question *q)
{
    cJSON_Delete(q->intent);
    *q = (struct question){ 0 };
}

/* Keeps what will be done; without memory nothing is asked, and nothing is done. */
static bool question_ask(struct question *q, struct turn *t, enum question_kind kind,
                         const cJSON *intent, const char *text)
{
    question_forget(q);
    q->intent = cJSON_Duplicate(intent, true);
    if (!q->intent)
        return false;
    must(kind != QUESTION_NONE && q->heard_by == 0);
    q->kind = kind;
    q->asked_by = t->session.id;
    q->until_usec = question_now(t) + (int64_t)DEADLINE_CONFIRM_MS * 1000;
    turn_ask_back(t, text);
    return true;
}

void question_guarded(struct question *q, struct turn *t, const struct msg *m)
{
    AUTO_STR text = STR_INIT;
    const struct phrase_facts f = { t->session.intent, m->json, *t->parts->registry, 0 };

    phrase_confirm(&text, t->reply, &f);
    if (!question_ask(q, t, QUESTION_CONFIRM, t->session.intent, str_text(&text)))
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
}

/* ---- what it was probably meant to be ------------------------------------------------------- */

static const cJSON *choices_of(const cJSON *intent)
{
    return cJSON_GetObjectItemCaseSensitive(intent, "choices");
}

/* "Did you mean “unlock the front door”?" Without memory nothing is asked, and nothing is done. */
static void question_meant(struct question *q, struct turn *t, const cJSON *unsure)
{
    AUTO_STR text = STR_INIT;

    must(cJSON_GetArraySize(choices_of(unsure)) > 0);
    session_json_keep(&t->session.intent, unsure);
    if (!phrase_meant(&text, t->reply, choices_of(unsure)) ||
        !question_ask(q, t, QUESTION_MEANT, unsure, str_text(&text)))
        turn_not_done(t);
}

void question_misheard(struct question *q, struct turn *t, const cJSON *unsure)
{
    AUTO_STR text = STR_INIT;

    must(!t->answers && !t->session.heard);
    if (choices_of(unsure)) {
        question_forget(q); /* what waited cannot be answered by what may not have been said */
        question_meant(q, t, unsure);
        return;
    }
    if (!phrase_misheard(&text, t->reply, unsure))
        str_add(&text, reply_error(t->reply, REPLY_SAY_AGAIN));
    if (!question_ask(q, t, QUESTION_AGAIN, unsure, str_text(&text)))
        turn_tell_error(t, REPLY_NOT_HEARD, -ENOMEM, NULL);
}

static bool question_candidates(struct question *q, struct turn *t, const struct msg *m)
{
    AUTO_STR text = STR_INIT;
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(m->json, "candidates");

    session_json_keep(&t->session.intent, m->json);
    return phrase_which(&text, t->reply, ids, *t->parts->registry) &&
           question_ask(q, t, QUESTION_WHICH, m->json, str_text(&text));
}

static const cJSON *question_device(const struct turn *t, const cJSON *id)
{
    const cJSON *d;

    cJSON_ArrayForEach(d, *t->parts->registry)
        if (cJSON_IsString(id) && strcmp(json_str(d, "id", ""), id->valuestring) == 0)
            return d;
    return NULL;
}

/* The id of the device that the answer names; NULL: none, or several. */
static const char *question_by_name(const struct turn *t, const cJSON *ids, bool in_part)
{
    const cJSON *d = phrase_named(t->reply, t->session.heard, ids, *t->parts->registry, in_part);

    return d ? json_str(d, "id", "") : NULL;
}

/* The i-th of those that were told; as the registry has it, since the question may go first. */
static const char *question_nth(const struct turn *t, const cJSON *ids, int i)
{
    const cJSON *id, *d;

    cJSON_ArrayForEach(id, ids)
        if ((d = question_device(t, id)) && i-- == 0)
            return json_str(d, "id", "");
    return NULL;
}

static int question_told(const struct turn *t, const cJSON *ids)
{
    const cJSON *id;
    int n = 0;

    cJSON_ArrayForEach(id, ids)
        n += question_device(t, id) != NULL;
    return n < PHRASE_LIST_MAX ? n : PHRASE_LIST_MAX;
}

/* By its name or room, by "the first", by a word that only one of them has. */
static const char *question_pick(const struct turn *t, const cJSON *ids, int nth)
{
    const char *id = question_by_name(t, ids, false);

    must(nth < PHRASE_LIST_MAX);
    if (!id && nth >= 0)
        id = question_nth(t, ids, nth);
    return id ? id : question_by_name(t, ids, true);
}

/* The intent that waits, with the device that was picked. */
static bool question_with_name(cJSON *intent, const char *id)
{
    cJSON *slots, *name, *command;

    cJSON_ArrayForEach(command, cJSON_GetObjectItemCaseSensitive(intent, "commands"))
        if (cJSON_HasObjectItem(command, "candidates"))
            return question_with_name(command, id);
    slots = cJSON_GetObjectItemCaseSensitive(intent, "slots");
    name = cJSON_GetObjectItemCaseSensitive(slots, "name");

    cJSON_DeleteItemFromObjectCaseSensitive(intent, "candidates");
    cJSON_DeleteItemFromObjectCaseSensitive(name, "value");
    if (!name)
        name = cJSON_AddObjectToObject(slots, "name");
    return name && cJSON_AddStringToObject(name, "value", id);
}

/* The caller owns what was asked; nothing is asked any more. */
static cJSON *question_take(struct question *q)
{
    cJSON *intent = STEAL(q->intent);

    must(intent);
    question_forget(q);
    return intent;
}

static void question_confirmed(struct turn *t, const struct msg *m, cJSON *intent)
{
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));

    if (m->code < 0 || !def || def->shape != SHAPE_YES) {
        turn_not_done(t);
        return;
    }
    must(intent && m->code == 0); /* a door opens after a yes, and after nothing else */
    session_json_keep(&t->session.intent, intent);
    turn_act(t, intent, true);
}

/* "Both": the command for each of those that were told. Owned by the caller; NULL: it is one of several
 * commands, or there is no memory. */
static cJSON *question_for_all(const struct turn *t, const cJSON *intent)
{
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(intent, "candidates");
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = cJSON_HasObjectItem(intent, "commands") ? NULL : cJSON_AddArrayToObject(j, "commands");
    const int n = question_told(t, ids);

    for (int i = 0; list && i < n; i++) {
        cJSON *one = cJSON_Duplicate(intent, true);

        if (!one || !question_with_name(one, question_nth(t, ids, i)) || !json_push(list, one))
            return NULL;
    }
    return list ? STEAL(j) : NULL;
}

static void question_do(struct turn *t, const cJSON *intent)
{
    session_json_keep(&t->session.intent, intent);
    if (t->session.intent)
        turn_do(t, t->session.intent);
    else
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
}

/* A whole sentence is one of its own, also one that leaves open who is meant: the question is forgotten.
 * But what names one of those that were told is the answer, whatever else it could say. */
static bool question_chosen(struct turn *t, const struct msg *m, cJSON *intent)
{
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(intent, "candidates");
    const int nth = phrase_picks(t->reply, t->session.heard, question_told(t, ids));
    const char *id = question_pick(t, ids, nth);
    AUTO_JSON *all = nth == PHRASE_ALL ? question_for_all(t, intent) : NULL;

    if (all) {
        question_do(t, all);
        return true;
    }
    if (!id && nth != PHRASE_NEITHER && m->code == 0 && def && def->shape != SHAPE_NO &&
        def->shape != SHAPE_YES)
        return false;
    if (m->code == -ENOTUNIQ && !id)
        return false;
    if (!id || !question_with_name(intent, id))
        turn_not_done(t);
    else
        question_do(t, intent);
    return true;
}

/* ---- which of what was meant --------------------------------------------------------------- */

/* The only one that a word of the answer belongs to; -1: none, or several. */
static int choice_by_word(const struct turn *t, const cJSON *choices)
{
    const cJSON *one;
    int i = 0, picked = -1;

    cJSON_ArrayForEach(one, choices)
    {
        const struct phrase_target target = { json_str(one, "text", ""), "", "" };

        if (phrase_chooses(t->reply, t->session.heard, &target, PHRASE_IN_PART))
            picked = picked == -1 ? i : -2;
        i++;
    }
    return picked < 0 ? -1 : picked;
}

/* Which of them the answer takes: the only one by a yes, else the first, or one of its words. */
static int choice_taken(const struct turn *t, const struct msg *m, const cJSON *choices)
{
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));
    const int n = cJSON_GetArraySize(choices), nth = phrase_picks(t->reply, t->session.heard, n);

    if (m->code == 0 && def && def->shape == SHAPE_YES && n == 1)
        return 0;
    return nth >= 0 ? nth : nth == PHRASE_NO_PICK && n > 1 ? choice_by_word(t, choices) : -1;
}

/* False: it is a sentence of its own, and the question is forgotten. */
static bool question_meaning(struct turn *t, const struct msg *m, const cJSON *intent)
{
    const cJSON *choices = choices_of(intent);
    const struct intent_def *def = intents_find(json_str(m->json, "intent", NULL));
    const int i = choice_taken(t, m, choices);
    const cJSON *means = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(choices, i), "means");

    if (i < 0 && (m->code == 0 || m->code == -ENOTUNIQ) &&
        (!def || (def->shape != SHAPE_NO && def->shape != SHAPE_YES)))
        return false;
    if (i < 0 || !means) {
        turn_not_done(t);
        return true;
    }
    session_json_keep(&t->session.intent, means);
    def = intents_find(json_str(t->session.intent, "intent", NULL));
    if (def && def->where == INTENT_AT_HOME)
        turn_act(t, t->session.intent, true); /* who says that it was meant is not asked again */
    else if (t->session.intent)
        turn_do(t, t->session.intent);
    else
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
    return true;
}

bool question_intent(struct question *q, struct turn *t, const struct msg *m)
{
    enum question_kind kind = q->kind;
    AUTO_JSON *intent = NULL;

    must((kind == QUESTION_NONE) == (q->intent == NULL));
    must(q->heard_by == 0 || q->heard_by > q->asked_by);
    if (kind != QUESTION_NONE && question_now(t) < q->until_usec) {
        intent = question_take(q);
        if (kind == QUESTION_CONFIRM) {
            question_confirmed(t, m, intent);
            return true;
        }
        if (kind == QUESTION_WHICH && question_chosen(t, m, intent))
            return true;
        if (kind == QUESTION_MEANT && question_meaning(t, m, intent))
            return true;
    }
    question_forget(q);
    if (m->code == 0 && cJSON_HasObjectItem(m->json, "unsure")) {
        question_meant(q, t, m->json);
        return true;
    }
    return m->code == -ENOTUNIQ && question_candidates(q, t, m);
}
