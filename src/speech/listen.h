/* SPDX-License-Identifier: Apache-2.0 */
/* speech/listen.h - the listen thread: takes the captured blocks and gives them to the wake
 * engine or, while a sentence is taken, to the recogniser and the endpoint.
 *
 *     WAKE --listen_take()--> SENTENCE --endpoint or listen_drop()--> WAKE
 *
 * A sentence starts in the pre-roll: what was said in one breath with the wake word is
 * replayed first. Only while a sentence is taken the voice network runs (speech/voiced.h), so
 * that it costs nothing when nobody speaks. With a virtual clock there is no thread; listen_step() does its work.
 * Threads: new/free/start/take/drop/wake_set on the main loop (a mailbox); step only when
 * there is no thread. */
#ifndef JARVIS_SPEECH_LISTEN_H
#define JARVIS_SPEECH_LISTEN_H

#include "audio/audio.h"
#include "core/bus.h"
#include "core/health.h"
#include "dsp/silero.h"
#include "speech/endpoint.h"
#include "speech/stt.h"
#include "wake/engine.h"

struct listen;

struct listen_opts { /* all borrowed */
    struct audio *audio;
    struct bus *bus;
    struct stt *stt;
    const struct wake_engine *wake;
    const struct silero_net *net; /* tells voices; NULL: the loudness does */
    struct health *health; /* watches the thread; NULL: nobody */
};

struct listen_take {
    uint64_t session;
    uint32_t serial;         /* of stt_expect() */
    uint64_t from_position;  /* first sample for the recogniser; beyond the newest: from now */
    uint64_t speech_position; /* the endpoint begins here (after the wake word) */
    uint64_t wake_from, wake_to; /* the wake word, whose loudness is the talker's; 0, 0: none */
    bool early;         /* what is surely whole may be told before its end (MSG_EARLY) */
    int64_t chime_usec; /* when a chime was begun, which the microphone may hear; 0: none */
    struct endpoint_opts endpoint;
};

int listen_new(struct listen **ret, const struct listen_opts *o, struct err *e);
/* Ends the thread. NULL; itself where the wake engine hangs in it: then what it was given must stay. */
struct listen *listen_free(struct listen *l);
AUTO_DEFINE(struct listen *, listen_free)
int listen_start(struct listen *l, struct err *e);
void listen_step(struct listen *l);
void listen_take(struct listen *l, const struct listen_take *t);
void listen_drop(struct listen *l, uint64_t session); /* that one only: a newer one goes on */
void listen_poke(struct listen *l); /* the wake engine has something to tell; any thread */
void listen_wake_set(struct listen *l, bool on); /* false: muted, or no engine */

#endif
