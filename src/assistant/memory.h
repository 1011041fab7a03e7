/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/memory.h - the last turns of the conversation, as context for the language model.
 *
 * MEMORY_TURNS turns of what was heard and answered; a turn older than MEMORY_AGE_MS belongs to
 * another conversation and is left out. Lives in memory only.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_MEMORY_H
#define JARVIS_ASSISTANT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum { MEMORY_ABOUT_MS = 180000, /* "it" is what was spoken of so long ago at most */
       MEMORY_TURNS = 6, MEMORY_TEXT_BYTES = 1024, MEMORY_AGE_MS = 600000 };

struct memory { /* zeroed: empty */
    struct memory_turn {
        int64_t at_usec;               /* monotonic */
        char heard[MEMORY_TEXT_BYTES]; /* cut at a character where too long */
        char reply[MEMORY_TEXT_BYTES];
    } turns[MEMORY_TURNS]; /* oldest first */
    size_t n;
    cJSON *last;          /* owned; what was asked of the house last, with `reached` [ids]; NULL: nothing */
    uint64_t session;     /* that did something last; 0: none */
    int64_t about_usec;   /* when */
    cJSON *lacked;        /* owned; MSG_INTENT's `lacks` of a sentence that was not understood; NULL: none */
    int64_t lacked_usec;  /* when */
    char *taught;         /* owned; the name that was learnt from a correction last; NULL: none */
    uint64_t taught_by;   /* the session of it: undone, it is forgotten */
};

void memory_add(struct memory *m, int64_t now_usec, const char *heard, const char *reply);
/* What a command of MSG_INTENT did or told, by MSG_ACTED's json: "it" from now on. */
void memory_about(struct memory *m, const cJSON *command, const cJSON *acted, uint64_t session,
                  int64_t now_usec);
const cJSON *memory_last(const struct memory *m, int64_t now_usec); /* NULL: too long ago */
/* What a sentence lacked; until it is too long ago, or something else was done. */
void memory_lack(struct memory *m, const cJSON *lacks, int64_t now_usec);
const cJSON *memory_lacked(const struct memory *m, int64_t now_usec); /* NULL: nothing */
/* A name was learnt in this session. */
void memory_taught(struct memory *m, const char *text, uint64_t session);
void memory_done(struct memory *m);
/* The first turn that still belongs to the conversation; m->n: none does. */
size_t memory_first(const struct memory *m, int64_t now_usec);

#endif
