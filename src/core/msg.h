/* SPDX-License-Identifier: Apache-2.0 */
/* core/msg.h - the messages by which the feature folders talk to each other.
 *
 * Siblings (speech, intent, assistant, home, web ...) never include one another; what
 * one has to say to another is a row here. Text and JSON are owned by the message and
 * freed with it; a handler borrows them.
 *
 * app/events.c writes the log from them, and app/stop.c counts sessions until they are stored;
 * that stands in no row.
 *
 *   from        message            to          meaning (fields used)
 *   speech      MSG_WAKE           assistant,  wake word heard (wake.*; text = phrase)
 *                                  speech
 *   assistant   MSG_LISTEN         speech      take an utterance (endpoint; listen.from_position)
 *   assistant   MSG_LISTEN_STOP    speech      forget the utterance of `session` (endpoint)
 *   speech      MSG_SPEECH_START   assistant   first voiced frame (at_usec = its time)
 *   speech      MSG_SPEECH_END     assistant,  end of speech (end.reason; end.last_voiced_usec)
 *                                  speech
 *   speech      MSG_EARLY          assistant   what was heard before the end, whole and sure, and nothing
 *                                              likely goes on with it (text); at most once a sentence
 *   speech      MSG_TRANSCRIPT     assistant,  text; code 0, or -ECONNRESET recogniser lost,
 *                                  web         -ENODATA nothing understood, -ENOTSUP said in a
 *                                              language that nobody hears, -ENODEV there is
 *                                              no microphone or it is turned off (text: why).
 *                                              With -ENODATA json may say what to ask back:
 *                                              {unsure: true, alternatives: [a, b]} (b absent: is
 *                                              it a, which one heard that may not act?), or
 *                                              {broken: true, guess}: it broke off
 *   web, app    MSG_TEXT           assistant   a typed sentence (text; origin, endpoint;
 *                                              input.speak; part = source)
 *   app         MSG_ANNOUNCE       assistant   the box shall say a text (text; origin)
 *   assistant   MSG_UNDERSTAND     intent      text -> meaning (text; origin, endpoint; json = the
 *                                              MSG_INTENT that was spoken of before, with
 *                                              reached: [ids])
 *   intent      MSG_INTENT         assistant   json {intent, slots{name:{value,text}},
 *                                              template, response?}; several in one sentence:
 *                                              {commands: [each], text, language}; code -ENOENT: no
 *                                              match (part: what of several was not understood;
 *                                              lacks: what would be a name, intent/near.h), -EAGAIN:
 *                                              not ready to tell.
 *                                              corrected: the text as it was taken; unsure: ask
 *                                              first which of choices [{text, means}] was meant
 *   assistant,  MSG_ACT            home        json {intent, slots, confirmed?}, {device, command,
 *   web ...                                    value?} or {undo: session}; early: true:
 *                                              before its sentence has ended, or that taken back
 *   home        MSG_ACTED          the poster  code 0 (at least one got it) or errno; text = words;
 *                                              json {devices:[{id,name,area,kind,class?,state,
 *                                              did?:{command:value}}], missed:[{id,name,why}],
 *                                              sent:[text]}; state is from before, did is what was
 *                                              done. -ENOKEY: ask first, then MSG_ACT with confirmed
 *                                              (docs/safety.md)
 *   web, app,   MSG_LEARN          intent      json {add: {text, device or means}}, {forget: text} or {}
 *   assistant                                  (intent/learnt.h); who asked (origin) gets MSG_ANSWER
 *                                              with {learnt: [all]}, or code and words
 *   assistant   MSG_SAY            speech      speak text (endpoint; say.serial, say.last)
 *   speech      MSG_SAY_START      assistant   first audio left for the loudspeaker (say.serial)
 *   speech      MSG_SAID           assistant   drained (code 0), cut (-ECANCELED), failed
 *   assistant   MSG_HUSH           speech      stop speaking at once (endpoint)
 *   assistant   MSG_STATE          web, app,   a conversation's state changed (endpoint; text = its
 *                                  speech      name); that of ENDPOINT_BOX is the whole's
 *   assistant   MSG_SESSION        app (store) json of core/session_doc.h, once a session, to be
 *                              web             committed; origin, endpoint
 *   assistant   MSG_SESSION_MORE   app (store) the same session as it ended: sound, being cut; worth
 *                              web             no commit of its own
 *   app         MSG_STORED         assistant   code of the commit (session)
 *   assistant   MSG_ANSWER         web, app    an asker is answered (origin; text, json, code); the
 *                                              bus answers -EBUSY to what it refuses
 *   home        MSG_DEVICES        intent, web json [{id,name,aliases,area,area_aliases?,
 *                                  assistant,  kind,class?,can,state}]
 *                                  app, speech
 *   home        MSG_DEVICE         web, app    json one device's new state
 *   assistant   MSG_PHRASES        speech      what this house's answers are made of, when somebody keeps
 *                                              them ready (json: assistant/phrases.h)
 *   intent      MSG_GRAMMAR        speech      text = path of the FSG file; json [words]
 *   speech      MSG_LEVEL          web         level.* about ten times a second, while somebody looks
 *   any         MSG_FAULT          core/health a part failed (code < 0) or recovered (0):
 *                                  web, app,   part = its name, text = words
 *                                  assistant,
 *                                  speech
 *   app         MSG_SETTINGS       speech, app settings changed (text = key)
 *                                  intent,
 *                                  assistant
 *   app, web    MSG_BUTTON         assistant   pressed (origin; one that asks gets MSG_ANSWER: 0 with
 *                                              the session's json when it is over, -ENODEV, -EBUSY,
 *                                              -ECANCELED: Jarvis was speaking and is quiet now)
 *   app         MSG_MUTE           speech,     the microphone was turned off or on (mute.on)
 *                                  web,
 *                                  assistant
 *
 * Threads: see core/bus.h. */
#ifndef JARVIS_CORE_MSG_H
#define JARVIS_CORE_MSG_H

#include "base/cleanup.h"
#include "base/json.h"
#include "core/origin.h"

#include <stdbool.h>
#include <stdint.h>

#define SAY_CHIME "\a"

enum msg_type {
    MSG_NONE,
    MSG_WAKE,
    MSG_LISTEN,
    MSG_LISTEN_STOP,
    MSG_SPEECH_START,
    MSG_SPEECH_END,
    MSG_EARLY,
    MSG_TRANSCRIPT,
    MSG_TEXT,
    MSG_ANNOUNCE,
    MSG_UNDERSTAND,
    MSG_INTENT,
    MSG_ACT,
    MSG_ACTED,
    MSG_LEARN,
    MSG_SAY, /* SAY_CHIME instead of a text: the chime that says "done" */
    MSG_SAY_START,
    MSG_SAID,
    MSG_HUSH,
    MSG_STATE,
    MSG_SESSION,
    MSG_SESSION_MORE,
    MSG_STORED,
    MSG_ANSWER,
    MSG_DEVICES,
    MSG_DEVICE,
    MSG_PHRASES,
    MSG_GRAMMAR,
    MSG_LEVEL,
    MSG_FAULT,
    MSG_SETTINGS,
    MSG_BUTTON,
    MSG_MUTE,
    MSG_N
};

enum end_reason { END_SILENCE, END_TOO_LONG, END_NO_SPEECH, END_N };

struct msg {
    enum msg_type type;
    int code;         /* 0 or negative errno */
    uint64_t session;     /* 0: belongs to none */
    struct origin origin; /* who asked; answers carry it back */
    uint64_t endpoint;    /* where it is heard and answered; 0: none */
    int64_t at_usec;  /* monotonic time of what is told; bus_post() sets it where it is 0 */
    uint64_t number;  /* which posting on its bus this is, from 1; a copy is the same posting */
    const char *part; /* borrowed constant: which part speaks (MSG_FAULT) */
    char *text;       /* owned */
    cJSON *json;      /* owned */
    union {
        struct {
            uint64_t from_position, to_position; /* the wake word in the 16 kHz stream */
            double score;                        /* engine's own scale */
        } wake;
        struct {
            uint64_t from_position; /* first sample of the utterance; the pre-roll holds 2 s */
        } listen;
        struct {
            enum end_reason reason;
            int64_t last_voiced_usec; /* when the last voiced frame was captured */
        } end;
        struct {
            bool speak; /* say the answer aloud as well */
        } input;
        struct {
            uint32_t serial; /* one per MSG_SAY */
            bool last;       /* nothing more of this reply will come */
        } say;
        struct {
            float level_db, noise_db;
            bool voiced;
        } level;
        struct {
            bool on;
        } mute;
    };
    struct { /* the bus's own, while it waits */
        struct msg *next, *prev;
        struct msg *same; /* the next with this hash of the key */
        uint64_t key;     /* what a newer one replaces; 0: nothing */
        size_t bytes;
    } queue;
};

/* A zeroed message; NULL when out of memory. */
struct msg *msg_new(enum msg_type type, uint64_t session);
struct msg *msg_copy(const struct msg *m); /* of all it owns; NULL when out of memory */
struct msg *msg_free(struct msg *m);
AUTO_DEFINE(struct msg *, msg_free)
const char *msg_type_name(enum msg_type type); /* "wake", "listen" ... */

#endif
