/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/turn_commands.c - what a turn does with what was understood: one command, several in their
 * order, or one about what was done before (undo, "no, the bedroom", "again").
 *
 * Several: each goes to the house when the one before is answered, and all answers are one reply. One
 * that is guarded waits: the others are done, then it is asked about. What is done and what is not is
 * always said (docs/safety.md). */
#include "assistant/phrase.h"
#include "assistant/turn.h"
#include "base/must.h"
#include "core/intents.h"

#include <string.h>

static void commands_next(struct turn *t);

static const struct intent_def *def_of(const cJSON *intent)
{
    return intents_find(json_str(intent, "intent", NULL));
}

static const cJSON *command_now(const struct turn *t)
{
    return cJSON_GetArrayItem(t->commands, t->command_at);
}

static void say(struct turn *t, const cJSON *intent, const cJSON *acted)
{
    const struct phrase_facts f = {
        .intent = intent,
        .acted = acted,
        .registry = *t->parts->registry,
        .wall_usec = clock_wall_usec(loop_clock(t->parts->loop)),
    };

    if (turn_is_brief(t) && phrase_is_done(&f))
        return; /* one word in the end says it for all of them */
    if (t->done.len > 0)
        str_add_char(&t->done, ' ');
    phrase_done(&t->done, t->reply, &f);
}

/* What two commands failed by is said once. */
static void say_error(struct turn *t, const char *words)
{
    const size_t len = strlen(words);

    if (t->done.len >= len && strcmp(t->done.data + t->done.len - len, words) == 0)
        return;
    str_addf(&t->done, "%s%s", t->done.len > 0 ? " " : "", words);
}

/* ---- to the house ------------------------------------------------------------------------------ */

bool turn_post_act(struct turn *t, const cJSON *intent, enum act_how how)
{
    static const char *const words[] = { [ACT_IS_CONFIRMED] = "confirmed", [ACT_IS_EARLY] = "early" };
    AUTO(msg_freep) struct msg *m = turn_msg(t, MSG_ACT, NULL);
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(intent, "slots");
    bool ok;

    if (m)
        m->json = cJSON_CreateObject();
    ok = m && cJSON_AddStringToObject(m->json, "intent", json_str(intent, "intent", "")) &&
         (how == ACT_IS_PLAIN || cJSON_AddTrueToObject(m->json, words[how])) &&
         (slots ? json_put_copy(m->json, "slots", slots)
                : json_put(m->json, "slots", cJSON_CreateObject()));
    if (ok)
        bus_post(t->parts->bus, STEAL(m));
    return ok;
}

void turn_act(struct turn *t, const cJSON *intent, bool confirmed)
{
    if (turn_post_act(t, intent, confirmed ? ACT_IS_CONFIRMED : ACT_IS_PLAIN))
        turn_enter(t, TURN_ACTING);
    else
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
}

void turn_post_undo(struct turn *t, uint64_t session, bool is_early)
{
    struct msg *m = turn_msg(t, MSG_ACT, NULL);

    if (m) {
        m->json = cJSON_CreateObject();
        if (!json_put_int(m->json, "undo", (int64_t)session) ||
            (is_early && !cJSON_AddTrueToObject(m->json, "early")))
            m = msg_free(m);
    }
    bus_post(t->parts->bus, m);
}

void turn_undo(struct turn *t, uint64_t session)
{
    turn_post_undo(t, session, false);
    turn_enter(t, TURN_ACTING);
}

/* ---- learning from a correction --------------------------------------------------------------- */

static void post_learn(struct turn *t, const char *key, const cJSON *what)
{
    struct msg *m = msg_new(MSG_LEARN, t->session.id); /* nobody asked: it has no origin */

    if (m) {
        m->json = cJSON_CreateObject();
        if (!json_put_copy(m->json, key, what))
            m = msg_free(m);
    }
    bus_post(t->parts->bus, m);
}

static const char *name_in_house(const struct turn *t, const char *id)
{
    const cJSON *d;

    cJSON_ArrayForEach(d, *t->parts->registry)
        if (strcmp(json_str(d, "id", ""), id) == 0)
            return json_str(d, "name", NULL);
    return NULL;
}

/* What was corrected was done: its words are a name from now on, and that is said. */
static void learn_name(struct turn *t)
{
    const char *text = json_str(t->teaches, "text", ""), *places[PLACE_N] = { NULL };
    const char *name = name_in_house(t, json_str(t->teaches, "device", ""));
    AUTO_STR quoted = STR_INIT, said = STR_INIT, words = STR_INIT;

    must(t->has_acted && text[0]);
    if (!name)
        return;
    reply_name(&said, t->reply, name);
    str_addf(&quoted, "“%s”", text);
    places[PLACE_NAME] = str_text(&said);
    places[PLACE_LIST] = str_text(&quoted);
    if (!reply_words(&words, t->reply, "learnt", places))
        return; /* nothing is learnt behind anybody's back */
    str_addf(&t->done, " %s", str_text(&words));
    post_learn(t, "add", t->teaches);
    memory_taught(t->memory, text, t->session.id);
}

/* A name that was learnt in the session that is undone goes as well. */
static void unlearn(struct turn *t)
{
    struct memory *m = t->memory;
    AUTO_JSON *text = m->taught && m->taught_by == m->session ? cJSON_CreateString(m->taught) : NULL;

    if (!text)
        return;
    post_learn(t, "forget", text);
    memory_taught(m, "", 0);
}

/* ---- several ------------------------------------------------------------------------------ */

static void commands_end(struct turn *t)
{
    AUTO(msg_freep) struct msg *guarded = STEAL(t->guarded);
    AUTO_FREE char *text = NULL;
    const char *outcome = t->has_acted && !t->has_failed ? "done" : "failed"; /* not all done is not done */

    t->commands = NULL;
    if (guarded) {
        AUTO_JSON *intent = STEAL(t->guarded_intent);

        session_json_keep(&t->session.intent, intent);
        t->parts->hooks.on_guarded(t, guarded, t->parts->hooks.user);
        return;
    }
    if (t->teaches && t->has_acted)
        learn_name(t);
    if (t->done.len == 0 && t->has_acted && turn_is_brief(t)) {
        turn_tell_done(t, outcome);
        return;
    }
    text = str_take(&t->done);
    if (text && text[0])
        turn_tell(t, text, outcome);
    else /* nothing was asked for, or no word of it could be kept */
        turn_tell_error(t, REPLY_FAILED, -ENODATA, "no answer could be made of what was done");
}

static void commands_next(struct turn *t)
{
    for (const cJSON *c; (c = command_now(t)); t->command_at++) {
        const struct intent_def *def = def_of(c);

        must(t->command_at < cJSON_GetArraySize(t->commands));
        if (def && def->shape == SHAPE_UNDO) {
            turn_undo(t, t->memory->session);
            return;
        }
        if (!def || def->where == INTENT_AT_HOME) {
            turn_act(t, c, false);
            return;
        }
        say(t, c, NULL);
        t->has_acted = true;
    }
    commands_end(t);
}

void turn_commands_acted(struct turn *t, const struct msg *m)
{
    const cJSON *c = command_now(t);
    const struct intent_def *def = def_of(c);

    must(c != NULL);
    if (m->code == -ENOKEY && !t->guarded) {
        t->guarded = msg_copy(m);
        t->guarded_intent = cJSON_Duplicate(c, true);
    } else if (m->code < 0 && (!def || def->shape != SHAPE_UNDO)) {
        t->has_failed = true;
        session_fail(&t->session, m->text ? m->text : err_words(m->code));
        say_error(t, reply_error(t->reply, m->code == -ENOKEY ? REPLY_NOT_DONE
                                                              : phrase_action_error(m->code)));
    } else if (m->code == 0) {
        t->has_acted = true;
        say(t, c, m->json);
        memory_about(t->memory, c, m->json, t->session.id, turn_now(t));
    }
    t->command_at++;
    commands_next(t);
}

/* ---- about what was done before ------------------------------------------------------------- */

static const char *kind_of(const struct turn *t, const char *id)
{
    const cJSON *d;

    cJSON_ArrayForEach(d, *t->parts->registry)
        if (strcmp(json_str(d, "id", ""), id) == 0)
            return json_str(d, "kind", "");
    return "";
}

static const char *last_kind(const struct turn *t)
{
    const cJSON *reached = cJSON_GetObjectItemCaseSensitive(t->memory->last, "reached");
    const char *id = cJSON_GetStringValue(cJSON_GetArrayItem(reached, 0));

    return id ? kind_of(t, id) : "";
}

/* To turn on means another thing for a cover, a lock, a heater: the command does not go over to them. */
static bool goes_over(const char *from, const char *to)
{
    static const char *const alike[] = { "light", "switch" };
    bool a = false, b = false;

    if (from[0] == '\0') /* nobody knows any more what it was */
        return false;
    for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
        a |= strcmp(alike[i], from) == 0;
        b |= strcmp(alike[i], to) == 0;
    }
    return (a && b) || strcmp(from, to) == 0;
}

/* The last command for another device or room; NULL: it does not fit. Owned by the caller. */
static cJSON *retarget(const struct turn *t, const cJSON *to)
{
    AUTO_JSON *j = cJSON_Duplicate(t->memory->last, true);
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(j, "slots");
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(to, "slots");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(wanted, "name");
    const cJSON *area = cJSON_GetObjectItemCaseSensitive(wanted, "area");
    const struct intent_def *def = def_of(j);
    const bool was_one = cJSON_HasObjectItem(slots, "name");
    const char *kind = last_kind(t);

    if (!slots || !def || def->risk != RISK_ACTS || (!name && !area))
        return NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(slots, "area");
    cJSON_DeleteItemFromObjectCaseSensitive(slots, "name");
    for (size_t i = 0; i < INTENT_EXCEPTS_N; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(slots, intents_excepts[i].slot);
    if (name) {
        cJSON_DeleteItemFromObjectCaseSensitive(slots, "domain");
        cJSON_DeleteItemFromObjectCaseSensitive(slots, "device_class");
        if (!goes_over(kind, kind_of(t, json_str(name, "value", ""))) ||
            !json_put_copy(slots, "name", name))
            return NULL;
    } else if (!json_put_copy(slots, "area", area)) {
        return NULL;
    } else if (was_one && !cJSON_HasObjectItem(slots, "domain") &&
               !json_put(slots, "domain", cJSON_CreateString(kind))) {
        return NULL;
    }
    return STEAL(j);
}

/* Keeps what is done as a list of commands and begins with it. Takes `one`. */
static void do_list(struct turn *t, bool undoes, cJSON *one)
{
    AUTO_JSON *j = cJSON_CreateObject(), *undo = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(j, "commands");
    bool ok = one && list && undo && cJSON_AddStringToObject(undo, "intent", "JarvisUndo");

    if (ok && undoes)
        ok = json_push(list, STEAL(undo));
    if (!ok || !json_push(list, one)) {
        turn_tell_error(t, REPLY_FAILED, -ENOMEM, NULL);
        return;
    }
    session_json_keep(&t->session.intent, j);
    turn_do(t, t->session.intent);
}

static bool is_fresh(const struct turn *t)
{
    return memory_last(t->memory, turn_now(t)) != NULL;
}

static void say_key(struct turn *t, const char *key)
{
    (void)cJSON_AddStringToObject(t->session.intent, "response", key);
    turn_phrase(t, NULL, "cancelled");
}

static void do_undo(struct turn *t)
{
    if (t->memory->session && is_fresh(t)) {
        unlearn(t);
        turn_undo(t, t->memory->session);
    } else {
        say_key(t, "empty");
    }
}

/* "I meant the reading lamp", after a sentence whose name nobody knew: that sentence, with this device.
 * NULL: there was none, or the command is for other things. Owned by the caller. */
static cJSON *complete_lacked(struct turn *t)
{
    const cJSON *lacks = memory_lacked(t->memory, turn_now(t));
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(t->session.intent, "slots"), "name");
    AUTO_JSON *j = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(lacks, "as"), true);
    AUTO_JSON *teaches = cJSON_CreateObject();
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(j, "slots");
    const char *id = json_str(name, "value", "");

    if (!slots || !id[0] || !goes_over(json_str(lacks, "kind", ""), kind_of(t, id)) ||
        !json_put_copy(slots, "name", name) ||
        !json_put_text(teaches, "text", json_str(lacks, "text", "")) ||
        !json_put_text(teaches, "device", id))
        return NULL;
    cJSON_Delete(t->teaches);
    t->teaches = STEAL(teaches);
    return STEAL(j);
}

static void do_other(struct turn *t, const struct intent_def *def)
{
    cJSON *lacked = def->shape == SHAPE_CORRECT ? complete_lacked(t) : NULL;
    cJSON *one = lacked ? NULL : is_fresh(t) ? retarget(t, t->session.intent) : NULL;

    if (lacked)
        do_list(t, false, lacked);
    else if (one)
        do_list(t, def->shape == SHAPE_CORRECT && t->memory->session, one);
    else
        turn_phrase(t, NULL, "cancelled");
}

static void do_again(struct turn *t)
{
    const struct intent_def *def = def_of(t->memory->last);

    if (is_fresh(t) && def)
        do_list(t, false, cJSON_Duplicate(t->memory->last, true));
    else
        turn_phrase(t, NULL, "cancelled");
}

static void do_repeat(struct turn *t)
{
    const struct memory *m = t->memory;

    if (memory_first(m, turn_now(t)) < m->n)
        turn_tell(t, m->turns[m->n - 1].reply, "done");
    else
        turn_phrase(t, NULL, "done");
}

static void do_help(struct turn *t)
{
    AUTO_STR text = STR_INIT;

    if (phrase_examples(&text, t->reply, t->session.intent, !t->session.is_typed))
        turn_tell(t, str_text(&text), "done");
    else
        turn_phrase(t, NULL, "done");
}

/* ---- the choice ----------------------------------------------------------------------------- */

void turn_do(struct turn *t, const cJSON *intent)
{
    const struct intent_def *def = def_of(intent);

    must(!t->commands);
    t->commands = cJSON_GetObjectItemCaseSensitive(intent, "commands");
    t->command_at = 0;
    if (t->commands)
        commands_next(t);
    else if (!def || def->where == INTENT_AT_HOME)
        turn_act(t, intent, false);
    else if (def->shape == SHAPE_UNDO)
        do_undo(t);
    else if (def->shape == SHAPE_CORRECT || def->shape == SHAPE_ALSO)
        do_other(t, def);
    else if (def->shape == SHAPE_AGAIN)
        do_again(t);
    else if (def->shape == SHAPE_REPEAT)
        do_repeat(t);
    else if (def->shape == SHAPE_HELP)
        do_help(t);
    else
        turn_answer_here(t, def);
}

cJSON *turn_choice(const char *text, const cJSON *means)
{
    AUTO_JSON *j = cJSON_CreateObject(), *one = cJSON_CreateObject();
    cJSON *choices = j ? cJSON_AddArrayToObject(j, "choices") : NULL;

    if (!json_put_bool(j, "unsure", true) || !json_put_text(one, "text", text) || !json_put_copy(one, "means", means) ||
        !json_push(choices, STEAL(one)))
        return NULL;
    return STEAL(j);
}
