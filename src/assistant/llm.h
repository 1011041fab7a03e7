/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/llm.h - client of a language model server: Ollama (/api/chat) or an
 * OpenAI-compatible one (/v1/chat/completions), streamed.
 *
 *   llm_ask() -> libcurl multi on the main loop (sockets by loop_io, time by loop_timer)
 *             -> stream.h -> on_text() any number of times -> on_end() exactly once
 *   llm_cancel(): the connection is closed before it returns; on_end() does not come
 *
 * Nothing blocks, names are resolved in a thread of libcurl. http and https only, redirects are not
 * followed, no proxy is taken from the environment, the key stands in no error text. Time-outs for
 * connecting, the first token, a gap between tokens and the whole answer come from the settings;
 * bytes without a well-formed token do not count as life. A circuit breaker leaves a server alone
 * that failed three times.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_LLM_H
#define JARVIS_ASSISTANT_LLM_H

#include "core/breaker.h"
#include "core/loop.h"
#include "core/settings.h"

struct llm;

struct llm_turn { /* borrowed */
    const char *role; /* "system", "user", "assistant" */
    const char *text;
};

struct llm_events {
    /* Main loop, never from within llm_ask(). New content, valid UTF-8; may call llm_cancel(). */
    void (*on_text)(const char *text, size_t len, void *user);
    /* Main loop, never from within llm_ask(). 0, or what went wrong in words: -ECONNREFUSED,
     * -EHOSTUNREACH, -ECONNRESET, -ETIMEDOUT, -EACCES, -ENOENT (path or model), -EPROTO (no such
     * stream), -EREMOTEIO (the server's error), -EMSGSIZE. May call llm_ask(). */
    void (*on_end)(int code, const char *words, void *user);
    void *user; /* borrowed */
};

/* Copies what it needs of the settings. -EINVAL: llm.url is no http(s) address, llm.model is empty. */
int llm_new(struct llm **ret, struct loop *loop, const struct settings *s,
            const struct llm_events *events, struct err *e);
struct llm *llm_free(struct llm *l); /* cancels */
AUTO_DEFINE(struct llm *, llm_free)
/* Borrowed: what one of them learns of the server, all know. */
void llm_share_breaker(struct llm *l, struct breaker *b);
/* Is `l` what these settings ask for? NULL is right for llm.kind none. */
bool llm_fits(const struct llm *l, const struct settings *s);
/* -EBUSY: one is under way; -EHOSTDOWN: the breaker is open, with the time; -ENOMEM. */
int llm_ask(struct llm *l, const struct llm_turn *turns, size_t n, struct err *e);
void llm_cancel(struct llm *l); /* NULL and nothing under way are fine */
bool llm_is_busy(const struct llm *l);

#endif
