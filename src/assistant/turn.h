/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/turn.h - one sentence and its answer: a state machine that knows no other turn.
 *
 *   spoken: LISTENING -> RECOGNISING -.
 *   typed: ---------------------------+-> HEARD (filters) -> UNDERSTANDING -> [answered here]
 *                                                 | -> ACTING (home) -> | -> ASKING (model) -> |
 *   -> TOLD (filters) -> STORING -> SPEAKING -> OVER
 *   while it listens, a command that is surely whole may be done (turn_early.c); RECOGNISING -> SETTLING until
 *   that is taken back, should the sentence be another
 *
 * turn.c is a table of (message, states) -> handler and a table of states with their deadlines;
 * turn_tell.c is how a reply leaves; what a language model adds is model_turn.c. A turn is handed a message only when it is its own (by
 * session); a message without a row for the state is passed over.
 * Stored before spoken: the session is kept (MSG_SESSION) exactly once, in the same step in which
 * MSG_ACTED came or the reply was whole, and its answer leaves after MSG_STORED or
 * DEADLINE_STORED_MS later. What comes after - sound, being cut - is told by MSG_SESSION_MORE, which
 * costs no commit of its own. A model's answer is spoken while it is written; for it the rule holds
 * for the last sentence. A session that was cancelled before anybody spoke is not kept.
 * Who asked gets exactly one MSG_ANSWER: a text when its reply is stored, a button when the session
 * is over.
 *
 * Who owns what: conversation.c owns turns; `hooks` are called when one changes; it is freed later,
 * never from within. The voice's stream and the model's asker are members and leave with it.
 * What may fail: memory. A message that cannot be made counts as lost on the bus, and the deadline
 * of what waits for it ends the step: nothing hangs. All steps together end after DEADLINE_ANSWER_MS.
 * Bound: what was heard and the reply (TURN_REPLY_BYTES_MAX), a timeline, one JSON of each sibling.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_TURN_H
#define JARVIS_ASSISTANT_TURN_H

#include "assistant/memory.h"
#include "assistant/llm_pool.h"
#include "assistant/reply.h"
#include "assistant/sentences.h"
#include "assistant/session.h"
#include "assistant/voice.h"
#include "core/bus.h"
#include "core/filter.h"
#include "core/intents.h"
#include "core/settings.h"

enum { TURN_REPLY_BYTES_MAX = 16384 };

enum turn_state {
    TURN_LISTENING,
    TURN_RECOGNISING,
    TURN_SETTLING, /* what was done early is not what was said: until it is taken back */
    TURN_HEARD,
    TURN_UNDERSTANDING,
    TURN_ACTING,
    TURN_QUEUED, /* a question that waits for the model's answer before it in its conversation */
    TURN_ASKING,
    TURN_TOLD,
    TURN_STORING,
    TURN_SPEAKING,
    TURN_OVER,
    TURN_STATE_N
};

enum early_stage {
    EARLY_NONE,    /* nothing was heard before the end */
    EARLY_MEANING, /* MSG_INTENT is owed */
    EARLY_ACTING,  /* MSG_ACTED is owed */
    EARLY_DONE,    /* it was done, or failed */
    EARLY_BACK,    /* it is being taken back */
    EARLY_COUNTS,  /* the sentence was the same: its answer is the turn's */
    EARLY_LEFT,    /* nothing of it is done or owed */
};

struct early { /* zeroed: none; turn_early.c */
    enum early_stage stage;
    char *text;        /* owned; what was heard before the end */
    cJSON *intent;     /* owned; what is done; NULL: nothing */
    struct msg *acted; /* owned; what became of it: EARLY_DONE */
    struct msg *held;  /* owned; MSG_TRANSCRIPT, while answers are owed */
    unsigned owed;     /* MSG_ACTED */
};

struct turn;

struct turn_hooks {
    void (*on_change)(struct turn *t, void *user); /* of the state, or of the voice */
    void (*on_question)(struct turn *t, void *user); /* TURN_QUEUED: turn_ask() when it may */
    /* MSG_INTENT came: has the conversation asked something that this answers, or is something to be
     * asked back (-ENOTUNIQ)? true: taken. */
    bool (*on_intent)(struct turn *t, const struct msg *m, void *user);
    /* It may have been misheard, and what was heard would be done: is asked back. `unsure`: MSG_TRANSCRIPT's. */
    void (*on_misheard)(struct turn *t, const cJSON *unsure, void *user);
    /* MSG_ACTED -ENOKEY: is asked back. */
    void (*on_guarded)(struct turn *t, const struct msg *m, void *user);
    struct reply *(*words)(const char *language, void *user); /* NULL: there are none for it */
    void (*on_stop)(struct turn *t, void *user); /* "stop", "never mind" */
    void *user; /* borrowed */
};

struct turn_parts { /* all borrowed; the same for all turns */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    struct filters *filters; /* NULL: none */
    struct voice *voice;
    struct llm_pool *model;
    const cJSON *const *registry; /* MSG_DEVICES' json, for the kinds of devices */
    struct turn_hooks hooks;
};

struct turn {
    const struct turn_parts *parts;
    struct turn *next;           /* of the same conversation */
    void *owner;                 /* borrowed; for the hooks */
    struct memory *memory;       /* borrowed; of the conversation */
    struct reply *reply;         /* borrowed; the words of its language */
    enum turn_state state;
    struct loop_timer *timer;    /* owned; deadline of `state` */
    int64_t until_usec;          /* deadline of the whole */
    struct session session;
    enum end_reason end;         /* of the utterance */
    bool was_voiced;             /* somebody spoke */
    bool is_told;                /* the reply is whole */
    bool answers;                /* something that was asked back: silence is an answer */
    bool is_cancelled;           /* it did not come to its end */
    bool is_unheard;             /* the loudspeaker gave up on it: the rest is not said */
    bool is_changed;             /* since it was kept */
    cJSON *unsure;               /* owned; MSG_TRANSCRIPT's, while it is looked what it would do; NULL: none */
    bool is_chimed;              /* its reply is not spoken, a chime sounds instead */
    char *meant;                 /* owned; what the filters made of it; NULL: what was heard */
    struct filter_run *filtering; /* owned; a text on its way through the filters */
    struct str unsaid;           /* owned; sentences that wait for the filters, each with a LF */
    struct sentences sentences;  /* of the model */
    struct llm_asker asker;
    struct voice_stream stream;
    const cJSON *commands;       /* borrowed from session.intent: several, one after another */
    int command_at;              /* the one that is done now */
    bool has_acted, has_failed;  /* one of them was done, one was not */
    struct str done;             /* owned; what is to be said of those that were */
    struct msg *guarded;         /* owned; the first that waits for a yes: MSG_ACTED, NULL: none */
    cJSON *guarded_intent;       /* owned; and what it was */
    struct early early;
    cJSON *teaches;         /* owned; {text, device}: learnt when it was done; NULL: nothing */
};

/* What is known of a sentence before it is heard or read. */
struct turn_begin {
    uint64_t id, endpoint;
    const char *source; /* constant */
    struct origin origin;
    int64_t at_usec;
    bool asks;   /* MSG_ANSWER is waited for */
    bool speaks; /* the reply is said aloud */
    void *owner;
    struct memory *memory;
    struct reply *reply;
};

int turn_new(struct turn **ret, const struct turn_parts *p, const struct turn_begin *b,
             struct err *e);
struct turn *turn_free(struct turn *t); /* nobody but the voice is told */
AUTO_DEFINE(struct turn *, turn_free)
/* `detail` stands in the timeline: the phrase, "button", "asked back". */
void turn_listen(struct turn *t, enum step step, uint64_t from_position, const char *detail);
void turn_read(struct turn *t, char *text); /* takes the text */
void turn_take(struct turn *t, const struct msg *m); /* a message of its session */
/* Ends it from wherever it is: outcome "cancelled" or "stopped"; who asked is told `code` with the
 * words of `error` where there is no reply. Nothing when it is over. */
void turn_cancel(struct turn *t, const char *outcome, int code, enum reply_error error);
const char *turn_state_name(const struct turn *t); /* "listening", "thinking", "speaking", "idle" */
/* Others of its conversation wait for it: it is heard or understood. Commands of one conversation go to
 * the house in their order, but none waits for its answer about another. */
bool turn_is_busy(const struct turn *t);

/* ---- between turn.c and turn_tell.c ---- */
void turn_changed(struct turn *t);
void turn_keep(struct turn *t);                 /* MSG_SESSION, once */
void turn_answer(struct turn *t, int code, enum reply_error error); /* MSG_ANSWER, once */
void turn_close(struct turn *t);                /* it is over when it is kept */
void turn_end_as(struct turn *t, const char *outcome);
void turn_release(struct turn *t);              /* it is kept, or had its time */
void turn_filter_next(struct turn *t);
struct filter_text turn_filter_text(const struct turn *t, enum filter_point point,
                                    const char *text);
void turn_stream_init(struct turn *t);

/* ---- between turn.c and turn_commands.c ---- */
/* Does what was understood; `intent` is session.intent. */
void turn_do(struct turn *t, const cJSON *intent);
void turn_commands_acted(struct turn *t, const struct msg *m); /* MSG_ACTED for one of several */
void turn_undo(struct turn *t, uint64_t session);              /* MSG_ACT {undo} */
void turn_answer_here(struct turn *t, const struct intent_def *def);
int64_t turn_now(const struct turn *t);
/* A message of its session to be posted; NULL: out of memory. `text` may be NULL. */
struct msg *turn_msg(const struct turn *t, enum msg_type type, const char *text);

/* ---- between turn.c and turn_early.c ---- */
void turn_early(struct turn *t, const struct msg *m);        /* MSG_EARLY */
void turn_early_intent(struct turn *t, const struct msg *m); /* MSG_INTENT before the transcript */
void turn_early_acted(struct turn *t, const struct msg *m);  /* MSG_ACTED likewise */
/* MSG_TRANSCRIPT: true: it was done early, or waits until that is taken back. */
bool turn_early_hears(struct turn *t, const struct msg *m);
/* MSG_ACTED of the sentence: true: it had to wait for the end and is done now. */
bool turn_early_counts(struct turn *t, const struct msg *m);
void turn_early_drop(struct turn *t); /* no transcript comes: what was done is taken back */
void turn_early_done(struct early *early); /* frees */
void turn_ask_meaning(struct turn *t, const char *text);     /* MSG_UNDERSTAND */
void turn_transcribed(struct turn *t, const struct msg *m);  /* a transcript that counts */
void turn_acted(struct turn *t, const struct msg *m);        /* what became of it, noted already */
enum act_how { ACT_IS_PLAIN, ACT_IS_CONFIRMED, ACT_IS_EARLY };
bool turn_post_act(struct turn *t, const cJSON *intent, enum act_how how); /* false: out of memory */
void turn_post_undo(struct turn *t, uint64_t session, bool is_early);
/* {unsure, choices: [{text, means}]} as of MSG_INTENT, owned by the caller; NULL: out of memory. */
cJSON *turn_choice(const char *text, const cJSON *means);

/* ---- for the hooks and model_turn.c ---- */
void turn_enter(struct turn *t, enum turn_state state);
void turn_mark(struct turn *t, enum step step, const char *detail);
void turn_act(struct turn *t, const cJSON *intent, bool confirmed); /* MSG_ACT */
void turn_say(struct turn *t, const char *text);     /* one more sentence */
void turn_tell_end(struct turn *t, const char *outcome); /* the reply is whole */
/* Does a person want no more than a word where all was done? */
bool turn_is_brief(const struct turn *t);
/* That word, or by voice a chime where that is wanted. */
void turn_tell_done(struct turn *t, const char *outcome);
void turn_tell(struct turn *t, const char *text, const char *outcome);
/* The words for what was done, or is asked, by phrase.h. */
void turn_phrase(struct turn *t, const cJSON *acted, const char *outcome);
void turn_ask_back(struct turn *t, const char *text); /* outcome "asked" */
void turn_not_done(struct turn *t);                   /* a "no" to what was asked back */
void turn_tell_error(struct turn *t, enum reply_error error, int code, const char *words);
void turn_ask(struct turn *t);                       /* the language model; model_turn.c */
void turn_ask_drop(struct turn *t);
void turn_ask_late(struct turn *t);
/* Posts MSG_ANSWER to one who asked without a turn. */
void turn_refuse(struct bus *bus, const struct origin *to, int code, const char *words);

#endif
