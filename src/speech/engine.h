/* SPDX-License-Identifier: Apache-2.0 */
/* speech/engine.h - one helper process as jarvisd sees it: what is the same for ears, voice and any
 * engine that comes after them.
 *
 *     helper starts --> on_up --> config() is sent --> answered: ready, told to core/health
 *     engine_ask()  --> its row waits for one answer --> on_answer(head) | on_answer(error)
 *     frames that answer no question                 --> the kind's `frames`
 *     helper dies   --> told to core/health, no question is under way any more, on_down
 *
 * A kind of helper is a constant table: program, words, questions, frames. Of each question one is
 * under way: a newer one takes its place, and the answer to the older is nobody's. So an answer
 * that is lost, comes twice or belongs to a helper that has died can be mistaken for no other.
 *
 * Owner: whoever made it; `user` and what the deps name are borrowed and outlive it.
 * May fail: making (-ENOMEM, a path too long); sending (-ENOTCONN while down, -EAGAIN it does not
 * read, -EMSGSIZE). Nothing is sent again by itself: on_up() and the answer to the configuration
 * are where a kind asks anew.
 * Threads: main loop; engine_send() from any. */
#ifndef JARVIS_SPEECH_ENGINE_H
#define JARVIS_SPEECH_ENGINE_H

#include "base/fields.h"
#include "base/paths.h"
#include "core/bus.h"
#include "core/helper.h"

enum { ENGINE_ASKS_MAX = 4 };

struct engine;

/* A question that has one answer under its own serial. */
struct engine_ask {
    uint16_t type, answer;         /* of the frames */
    const struct fields *answered; /* the answer's head (speech/wire.h) */
    const char *owed;              /* "the recogniser owes that it is configured" */
    /* `error` in words and no `head`, or the other way round; borrowed. May ask again. */
    void (*on_answer)(const void *head, const char *error, void *user);
};

struct engine_frame {
    uint16_t type;
    void (*fn)(const struct rpc_frame *f, void *user);
};

struct engine_kind { /* constant */
    const char *program; /* "jarvis-stt" */
    const char *part;    /* whose faults they are in core/health: "recogniser" */
    const char *down;    /* what is owed while it does not run, in words */
    const char *ready;   /* told when it can work */
    size_t memory_bytes_max;
    unsigned deadline_ms; /* how long it may leave a ping unanswered; 0: the usual */
    const struct engine_ask *asks; /* up to ENGINE_ASKS_MAX */
    size_t asks_n;
    const struct engine_frame *frames;
    size_t frames_n;
    /* The JSON of asks[0], which configures it; owned by the caller, NULL: out of memory. No such
     * function: the helper is ready when it is up. */
    cJSON *(*config)(void *user);
    /* May a right answer to that count? 0, or words that stand for it. NULL: it may. */
    int (*judge)(const void *head, struct err *e);
    void (*on_up)(void *user);   /* before it is configured; may be NULL */
    void (*on_down)(void *user); /* may be NULL */
};

struct engine_deps {
    struct loop *loop;
    struct bus *bus;
    const struct paths *paths;
    /* A program that is not the kind's in paths->helpers: its name in words, borrowed, and its path. NULL: it is. */
    const char *name, *program;
    size_t memory_bytes_max; /* 0: the kind's */
    const char *readable[HELPER_READABLE_MAX]; /* as of helper_opts */
    void *user;
};

int engine_new(struct engine **ret, const struct engine_kind *k, const struct engine_deps *d,
               struct err *e);
struct engine *engine_free(struct engine *n);
AUTO_DEFINE(struct engine *, engine_free)

/* Sends its configuration again; until that is answered it is not ready, and whatever else was
 * asked is asked no more. Nothing while it is down: it comes by itself. */
void engine_configure(struct engine *n);
/* With what `readable` names now; `why` is told. */
void engine_restart(struct engine *n, const char *why);

/* The next serial, never 0. */
uint32_t engine_serial(struct engine *n);
/* Asks, in place of the question of that type under way. A row of the kind. */
int engine_ask(struct engine *n, uint16_t type, const cJSON *json, struct err *e);
/* The answer of that type, should it come, is nobody's. */
void engine_forget(struct engine *n, uint16_t type);

/* A frame without an answer of its own, or whose serial the kind keeps. Any thread. */
int engine_send(struct engine *n, uint16_t type, uint32_t serial, const void *head,
                size_t head_len, const void *bulk, size_t bulk_len);
int engine_send_json(struct engine *n, uint16_t type, uint32_t serial, const cJSON *json,
                     struct err *e);

void engine_fault(struct engine *n, int code, const char *text); /* 0: it is over; any thread */
bool engine_is_ready(const struct engine *n); /* up and configured */
const char *engine_owes(const struct engine *n); /* what is awaited, in words; NULL: nothing */
void engine_stats(const struct engine *n, pid_t *pid, unsigned *restarts);

#endif
