/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/voice.h - the box's loudspeaker: who may speak, and what is given to the voice.
 *
 *   turn, announcement: a stream --voice_say()--> [place in the row] --MSG_SAY--> speech
 *                                                    owner  <--MSG_SAY_START, MSG_SAID--
 *
 * One owner at a time. The rules:
 *   1. The wake word and the button silence whoever speaks (voice_hush): his stream ends with
 *      -ECANCELED. So does "stop", from wherever it is said.
 *   2. While the box's own conversation is open (voice_reserve) - it listens, thinks or speaks -
 *      nobody else begins: Jarvis does not talk into his own microphone or in between.
 *   3. VOICE_BOX, the answer of the box's conversation, takes the loudspeaker from anybody.
 *   4. VOICE_OTHER - an announcement (`jarvisctl say`), an answer to a typed sentence that shall be
 *      heard - speaks to its end before the next one, first come, first served. Who waits longer than
 *      DEADLINE_VOICE_PLACE_MS ends with -ETIMEDOUT; more than VOICE_STREAMS_MAX is -EBUSY.
 * A stream keeps the loudspeaker until it is over, also while a model still writes its next sentence.
 * All sentences have one space of serials, so that a late word about an old one is not taken for a
 * new one. A sentence that neither begins nor ends within DEADLINE_SAY_MS ends its stream.
 *
 * Who owns what: the stream is a member of its owner, who calls voice_leave() before he goes; its
 * events may call any function here. What may fail: memory (a sentence is left out, counted on the
 * bus), the voice (on_trouble, the stream goes on), time.
 * Bound: VOICE_STREAMS_MAX streams, each as large as its owner lets it be.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_VOICE_H
#define JARVIS_ASSISTANT_VOICE_H

#include "assistant/outbox.h"
#include "core/bus.h"

enum { VOICE_STREAMS_MAX = 24 };
enum voice_rank { VOICE_BOX, VOICE_OTHER };

struct voice;

struct voice_events {
    void (*on_start)(int64_t at_usec, void *user); /* its first sound */
    void (*on_trouble)(int code, const char *words, void *user);
    /* The stream is out of the row: 0 all was said, else why not. Exactly once for each time that
     * voice_say() put it there, never from within voice_say(); not after voice_leave(). */
    void (*on_over)(int code, void *user);
    void *user; /* borrowed */
};

struct voice_stream { /* zeroed: not in the row */
    struct voice *voice; /* NULL: not in the row */
    struct voice_stream *next;
    struct voice_events events;
    enum voice_rank rank;
    uint64_t session;
    struct outbox outbox;
    int64_t place_until_usec;
};

/* voice_is_speaking() may have changed; never while a stream leaves, but afterwards. */
typedef void (*voice_change_fn)(uint64_t session, void *user);

int voice_new(struct voice **ret, struct loop *loop, struct bus *bus, struct err *e);
struct voice *voice_free(struct voice *v); /* after its streams have left */
AUTO_DEFINE(struct voice *, voice_free)

void voice_watch(struct voice *v, voice_change_fn fn, void *user); /* `user` is borrowed */
/* One more sentence; the first one takes a place in the row (events, rank and session are set).
 * -EBUSY: the row is full. */
int voice_say(struct voice *v, struct voice_stream *s, const char *text);
void voice_end(struct voice_stream *s);             /* nothing more will come */
void voice_hold(struct voice_stream *s, bool held); /* the last sentence that waits may not go yet */
/* Out of the row, without an event; silences it if it speaks. */
void voice_leave(struct voice_stream *s);
/* Rule 1. Always tells speech: what it says may be none of ours (an apology). */
void voice_hush(struct voice *v, uint64_t session);
void voice_reserve(struct voice *v, bool reserved); /* rule 2 */
bool voice_is_speaking(const struct voice *v); /* the owner of the loudspeaker has begun */
bool voice_is_idle(const struct voice *v);     /* nobody speaks or waits to */
bool voice_stream_speaks(const struct voice_stream *s); /* it is the owner and has begun */

#endif
