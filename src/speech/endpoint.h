/* SPDX-License-Identifier: Apache-2.0 */
/* speech/endpoint.h - when a sentence begins and ends, from the VAD's decisions.
 *
 *     blocks   . . v . v v v v v v v . v v . . . . . . .
 *                      start ^              end ^ after silence_ms without a voiced block
 *
 * Start: START_VOICED voiced blocks among the last START_BLOCKS, so that a click starts
 * nothing. End: silence_ms after the last voiced block that had company (HOLD_VOICED of the
 * last HOLD_BLOCKS): a click does not hold the end up either. Hard caps: max_ms of sentence,
 * and no_speech_ms without a start, so that a television cannot keep it listening.
 * Threads: one owner; caller's memory, no heap. */
#ifndef JARVIS_SPEECH_ENDPOINT_H
#define JARVIS_SPEECH_ENDPOINT_H

#include "core/msg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ENDPOINT_START_BLOCKS = 10, ENDPOINT_START_VOICED = 6,
    ENDPOINT_HOLD_BLOCKS = 5, ENDPOINT_HOLD_VOICED = 2,
};

struct endpoint_opts {
    int silence_ms;   /* that ends a sentence */
    int max_ms;       /* from its start */
    int no_speech_ms; /* from the first block */
};

enum endpoint_event { ENDPOINT_NOTHING, ENDPOINT_STARTED, ENDPOINT_ENDED };

struct endpoint {
    struct endpoint_opts opts;
    uint32_t recent;            /* the last blocks' decisions, newest in bit 0 */
    int elapsed_ms;             /* since the first block, or since the start */
    int quiet_ms;               /* since the last voiced block */
    bool started;
    enum end_reason reason;     /* after ENDPOINT_ENDED */
    int64_t last_voiced_usec;   /* capture time of the last voiced block that counted; 0: none */
    int64_t first_voiced_usec;  /* of the block with which the sentence began */
};

void endpoint_init(struct endpoint *p, const struct endpoint_opts *o);
/* One block of 10 ms, captured at `at_usec`. After ENDPOINT_ENDED: init anew, or step on: it comes
 * again while its reason lasts. */
enum endpoint_event endpoint_step(struct endpoint *p, bool voiced, int64_t at_usec);

#endif
