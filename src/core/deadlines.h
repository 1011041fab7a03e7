/* SPDX-License-Identifier: Apache-2.0 */
/* core/deadlines.h - how long everything may take, in one table: who waits for whom.
 *
 * Whoever waits must wait longer than what it waits for, or the asker hears "no answer" about
 * something that is then done. The assertions at the end say so; change a number here and the
 * compiler tells what else has to move.
 *
 *   jarvisctl > chat request > turn (intent, action, model, store)      an answer by text
 *   say       > longest sentence the voice makes                        an answer by voice
 *   watchdog  > thread deadlines                                        who is restarted
 *
 * Milliseconds. Threads: constants. */
#ifndef JARVIS_CORE_DEADLINES_H
#define JARVIS_CORE_DEADLINES_H

#include "base/must.h"

enum deadline {
    /* threads: silent for longer, systemd is not told that we live */
    DEADLINE_MAIN_MS = 5000,
    DEADLINE_AUDIO_MS = 5000,
    DEADLINE_LISTEN_MS = 5000,
    DEADLINE_STORE_MS = 10000,
    DEADLINE_HTTP_MS = 10000,
    DEADLINE_SOCKET_MS = 10000,
    DEADLINE_MQTT_MS = 15000,
    DEADLINE_SLOW_MS = 60000, /* one job; a restart mends no disk, so it is the longest */

    /* the steps of one conversation, in the order that a sentence meets them */
    DEADLINE_FILTER_MS = 500,       /* all filters of one point together */
    DEADLINE_LISTEN_GRACE_MS = 2000, /* beyond the endpoint's own limits (settings endpoint.*) */
    DEADLINE_TRANSCRIPT_MS = 5000,
    DEADLINE_READY_MS = 2000,  /* a sentence waits until its language is made: from the beginning of that */
    DEADLINE_INTENT_MS = 3000,
    DEADLINE_LINK_MS = 2000,   /* the house confirms a command */
    DEADLINE_ACTION_MS = 3000, /* MSG_ACT until MSG_ACTED */
    DEADLINE_QUESTION_MS = 20000,   /* a question waits for the model's answer before it */
    DEADLINE_LLM_MAX_MS = 300000, /* the most that llm.total_ms can be set to */
    DEADLINE_LLM_GRACE_MS = 2000, /* beyond the model's own limits */
    DEADLINE_STORED_MS = 500,
    DEADLINE_SENTENCE_MS = 120000, /* the longest one sentence can be to say */
    DEADLINE_SAY_MS = 130000,
    DEADLINE_VOICE_PLACE_MS = 60000, /* until the loudspeaker is free */
    DEADLINE_CONFIRM_MS = 20000,     /* what Jarvis asked back may be answered so long */

    /* how long an asker waits for its one answer */
    DEADLINE_ANSWER_MS = DEADLINE_FILTER_MS * 2 + DEADLINE_INTENT_MS + DEADLINE_ACTION_MS +
                         DEADLINE_QUESTION_MS + DEADLINE_LLM_MAX_MS + DEADLINE_LLM_GRACE_MS + DEADLINE_STORED_MS,
    DEADLINE_CHAT_MS = DEADLINE_ANSWER_MS + 2500, /* POST /api/chat */
    DEADLINE_ACT_REQUEST_MS = DEADLINE_ACTION_MS + 2000, /* POST /api/devices/{id} */
    DEADLINE_STATUS_MS = 2000,                    /* GET /api/status */
    DEADLINE_CTL_MS = DEADLINE_CHAT_MS + 10000,   /* jarvisctl, whatever it asked */

    /* the daemon stops; TimeoutStopSec of the unit is longer than their sum */
    DEADLINE_STOP_SESSIONS_MS = 500, /* conversations close */
    DEADLINE_STOP_STORE_MS = 2000,   /* until what was acted upon is durable */
    DEADLINE_STOP_SLOW_MS = 2000,    /* settings that somebody waits for */
    DEADLINE_STOP_HTTP_MS = 500,     /* who waits hears that we stop */
    DEADLINE_STOP_LISTEN_MS = 1000,  /* a wake engine finishes its block */
    DEADLINE_STOP_DISK_MS = 3000,    /* the writer finishes its group */
};

must_const(DEADLINE_INTENT_MS > DEADLINE_READY_MS);
must_const(DEADLINE_ACTION_MS > DEADLINE_LINK_MS);
must_const(DEADLINE_SAY_MS > DEADLINE_SENTENCE_MS);
must_const(DEADLINE_CHAT_MS > DEADLINE_ANSWER_MS);
must_const(DEADLINE_ACT_REQUEST_MS > DEADLINE_ACTION_MS);
must_const(DEADLINE_CTL_MS > DEADLINE_VOICE_PLACE_MS + DEADLINE_SAY_MS);
must_const(DEADLINE_CTL_MS > DEADLINE_CHAT_MS && DEADLINE_CTL_MS > DEADLINE_SAY_MS);
must_const(DEADLINE_SLOW_MS > DEADLINE_STORE_MS);
must_const(DEADLINE_STOP_SESSIONS_MS + DEADLINE_STOP_STORE_MS + DEADLINE_STOP_SLOW_MS +
               DEADLINE_STOP_HTTP_MS + DEADLINE_STOP_LISTEN_MS + DEADLINE_STOP_DISK_MS < 10000);

#endif
