/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/model_turn.c - the part of a turn in which a language model answers.
 *
 *   turn_ask() -> [llm_pool.h: a free place] -> question with prompt and memory
 *              -> text -> sentences.h -> turn_say() ... -> turn_tell_end()
 *
 * What was said before the answer broke off stays said, followed by the words for it. */
#include "assistant/turn.h"

#include "assistant/phrase.h"
#include "base/must.h"

static int64_t model_turn_now(const struct turn *t)
{
    return clock_mono_usec(loop_clock(t->parts->loop));
}

static int model_turn_ask(struct llm *l, void *user, struct err *e)
{
    struct turn *t = user;
    const struct settings *s = t->parts->settings;
    const struct memory *old = t->memory;
    struct llm_turn turns[2 * MEMORY_TURNS + 2];
    size_t n = 0;

    turns[n++] = (struct llm_turn){ "system",
                                    s->llm_prompt[0] ? s->llm_prompt : reply_prompt(t->reply) };
    for (size_t i = memory_first(old, model_turn_now(t)); i < old->n; i++) {
        turns[n++] = (struct llm_turn){ "user", old->turns[i].heard };
        turns[n++] = (struct llm_turn){ "assistant", old->turns[i].reply };
    }
    turns[n++] = (struct llm_turn){ "user", t->meant ? t->meant : t->session.heard };
    must(n <= sizeof(turns) / sizeof(turns[0]));
    turn_mark(t, STEP_LLM, s->llm_model);
    return llm_ask(l, turns, n, e);
}

/* What was said and what still waits for the filters. */
static size_t model_turn_bytes(const struct turn *t)
{
    return t->session.reply.len + t->unsaid.len;
}

/* The model's sentences that are whole by now. */
static void model_turn_take(struct turn *t)
{
    char *text;

    while (t->state == TURN_ASKING && model_turn_bytes(t) < TURN_REPLY_BYTES_MAX &&
           sentences_next(&t->sentences, &text) > 0) {
        turn_say(t, text);
        free(text);
    }
}

/* The model said all it will say. `code` < 0: not all that it wanted to. */
static void model_turn_end(struct turn *t, int code, const char *words)
{
    voice_hold(&t->stream, true); /* what comes now may be the last, which waits for the store */
    must(!t->is_told);
    sentences_end(&t->sentences);
    model_turn_take(t);
    if (t->state != TURN_ASKING)
        return; /* the voice was lost while it said the rest */
    if (code == 0 && model_turn_bytes(t) == 0 && !t->filtering) {
        code = -ENODATA;
        words = "the language model's answer holds nothing to say";
    }
    if (code == 0)
        turn_tell_end(t, "done");
    else if (model_turn_bytes(t) == 0 && !t->filtering)
        turn_tell_error(t, phrase_llm_error(code), code, words);
    else
        turn_tell_error(t, REPLY_LLM_BROKEN, code, words);
}

static void model_turn_on_text(const char *text, size_t len, void *user)
{
    struct turn *t = user;

    if (!must(t->state == TURN_ASKING))
        return;
    sentences_add(&t->sentences, text, len);
    model_turn_take(t);
    if (t->state != TURN_ASKING || model_turn_bytes(t) < TURN_REPLY_BYTES_MAX)
        return;
    llm_pool_leave(&t->asker);
    sentences_done(&t->sentences);
    model_turn_end(t, 0, NULL);
}

static void model_turn_on_end(int code, const char *words, void *user)
{
    struct turn *t = user;

    if (must(t->state == TURN_ASKING))
        model_turn_end(t, code, words);
}

void turn_ask(struct turn *t)
{
    must(t->state == TURN_QUEUED && t->session.heard && !t->asker.model);
    turn_enter(t, TURN_ASKING);
    voice_hold(&t->stream, false);
    t->asker.events =
        (struct llm_asker_events){ model_turn_ask, model_turn_on_text, model_turn_on_end, t };
    if (llm_pool_ask(t->parts->model, &t->asker) < 0)
        turn_tell_error(t, REPLY_BUSY, -EBUSY, "too many questions wait for the language model");
}

void turn_ask_drop(struct turn *t)
{
    llm_pool_leave(&t->asker);
}

void turn_ask_late(struct turn *t)
{
    llm_pool_leave(&t->asker);
    model_turn_end(t, -ETIMEDOUT, "the language model did not end in time");
}
