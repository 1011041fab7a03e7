/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/llm_pool.h - the language model for all conversations: LLM_PARALLEL answers at once, the
 * others wait in order.
 *
 *   llm_pool_ask() -> [row of askers] -> a free place: ask(llm) -> on_text() ... -> on_end()
 *
 * Fair: a conversation has at most one question here (conversation.h), so first come, first served
 * goes round all conversations. What failed is told as the fault "llm" and ends with the next answer
 * that comes whole.
 * Who owns what: the asker is a member of its owner, who calls llm_pool_leave() before he goes; the
 * events may call anything here. Bound: LLM_POOL_WAITS_MAX askers wait, then -EBUSY.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_LLM_POOL_H
#define JARVIS_ASSISTANT_LLM_POOL_H

#include "assistant/llm.h"
#include "core/bus.h"

/* Together as many as there are conversations (conversation.h): each may have its one question here. */
enum { LLM_PARALLEL = 4, LLM_POOL_WAITS_MAX = 124 };

struct llm_pool;

struct llm_asker_events {
    /* A place is free: llm_ask() with what is to be asked; its code is returned. */
    int (*ask)(struct llm *l, void *user, struct err *e);
    void (*on_text)(const char *text, size_t len, void *user); /* as in llm.h */
    /* As in llm.h, also where ask() failed (then from within llm_pool_ask() or the end of another);
     * the asker is out of the row. Not after llm_pool_leave(). */
    void (*on_end)(int code, const char *words, void *user);
    void *user; /* borrowed */
};

struct llm_asker { /* zeroed: asks nothing */
    struct llm_pool *model; /* NULL: not in the row, no place */
    struct llm_asker *next;
    struct llm_asker_events events;
    bool has_place;
};

int llm_pool_new(struct llm_pool **ret, struct loop *loop, struct bus *bus,
              const struct settings *settings, struct err *e);
struct llm_pool *llm_pool_free(struct llm_pool *m); /* after its askers have left */
AUTO_DEFINE(struct llm_pool *, llm_pool_free)
/* Takes the settings as they are now. Answers under way end with -ECANCELED where they changed. */
void llm_pool_settings_changed(struct llm_pool *m);
bool llm_pool_is_there(const struct llm_pool *m); /* one is set and can be asked */
/* events are set. -EBUSY: too many wait. */
int llm_pool_ask(struct llm_pool *m, struct llm_asker *a);
void llm_pool_leave(struct llm_asker *a); /* closes the connection; no event */

#endif
