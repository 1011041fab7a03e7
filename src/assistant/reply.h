/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply.h - the words of one language: share/responses/<language>.yaml.
 *
 *   sets:    (intent, key) -> sentences with {places}, taken in turn, never at random
 *   errors:  one sentence for each enum reply_error
 *   spoken:  numbers, states, names with their article, time and date as a voice says them
 *
 * A name has a form - what follows agrees with it: "the blinds are open", "la lampe est allumée" -
 * which the rows of `nouns` tell from its first word or its end, as far as that can be known.
 * All is checked when the file is loaded, with file and line: unknown places and sections, braces
 * that do not close, an intent of core/intents.h without words or without `default`, a list of the
 * wrong length. The format is described in en.yaml. Which key fits is the business of phrase.h; no
 * intent is known by name here.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_REPLY_H
#define JARVIS_ASSISTANT_REPLY_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { REPLY_BYTES_MAX = 4096, REPLY_KEYS_MAX = 16 };

/* What the words after a name agree with; bits. A language without genders uses only the second. */
enum { FORM_FEMININE = 1, FORM_PLURAL = 2, FORM_N = 4 };

enum reply_place {
    PLACE_NAME,
    PLACE_AREA,
    PLACE_STATE,
    PLACE_TITLE, /* the name without its article */
    PLACE_IS,    /* "is" or "are", as the name wants it */
    PLACE_WAS,
    PLACE_LIST,
    PLACE_COUNT,
    PLACE_COUNTED, /* "3 lights in the kitchen" */
    PLACE_KINDS, /* "the lights" */
    PLACE_ALL,   /* "all the lights" */
    PLACE_STEP,
    PLACE_BRIGHTNESS,
    PLACE_COLOR,
    PLACE_WARMTH,
    PLACE_POSITION,
    PLACE_TEMPERATURE,
    PLACE_TIME,
    PLACE_DATE,
    PLACE_N
};

enum reply_error {
    REPLY_NOT_UNDERSTOOD,
    REPLY_NOT_HEARD,
    REPLY_SAY_AGAIN,
    REPLY_NO_DEVICE,
    REPLY_WHICH_ROOM,
    REPLY_DEVICE_AWAY,
    REPLY_BROKER_AWAY,
    REPLY_TIMED_OUT,
    REPLY_CANNOT,
    REPLY_BAD_VALUE,
    REPLY_STATE_UNKNOWN,
    REPLY_BEFORE_UNKNOWN,
    REPLY_GUARDED,
    REPLY_FAILED,
    REPLY_LLM_OFFLINE,
    REPLY_LLM_SLOW,
    REPLY_LLM_REFUSED,
    REPLY_LLM_FAILED,
    REPLY_LLM_BROKEN,
    REPLY_TEXT_EMPTY,
    REPLY_TEXT_BAD,
    REPLY_TEXT_LONG,
    REPLY_BUSY,
    REPLY_NOT_READY,
    REPLY_INTERRUPTED,
    REPLY_STOPPING,
    REPLY_LISTENING,
    REPLY_HUSHED,
    REPLY_NO_MICROPHONE,
    REPLY_NO_EARS,
    REPLY_MUTED,
    REPLY_NOT_DONE,
    REPLY_ERROR_N
};

struct reply;
struct answers;

/* What is to be said. All borrowed. */
struct reply_choice {
    const char *intent;
    const char *keys[REPLY_KEYS_MAX]; /* the most special first; "default" need not be named */
    size_t n;
    const char *places[PLACE_N]; /* NULL: not known */
};

/* `name` stands in the complaints. -EINVAL "en.yaml line 12: ...", -ENOMEM; *ret is untouched on
 * failure. */
int reply_parse(struct reply **ret, const char *name, const void *buf, size_t len, struct err *e);
int reply_load(struct reply **ret, const char *path, struct err *e); /* + -ENOENT ... */
struct reply *reply_free(struct reply *r);
AUTO_DEFINE(struct reply *, reply_free)
/* Replies that a person has installed (answers.h), which go before our own; taken; NULL: none. */
void reply_adopt(struct reply *r, struct answers *answers);
struct answers *reply_answers(const struct reply *r);
const char *reply_prompt(const struct reply *r); /* system prompt for a language model */

/* Adds the sentence of the first key that has one whose places are all known; "Done." where none
 * has. At most REPLY_BYTES_MAX are added. */
void reply_make(struct str *out, struct reply *r, const struct reply_choice *c);
/* The same without `default` and "Done.": false where no key fits. */
bool reply_try(struct str *out, struct reply *r, const struct reply_choice *c);
/* The word for what was done as it was meant; borrowed. */
const char *reply_done(const struct reply *r);
/* The sentence of an error; borrowed. */
const char *reply_error(const struct reply *r, enum reply_error error);

/* Forms for speaking. */
void reply_number(struct str *out, const struct reply *r, double number); /* at most 2 decimals */
/* Itself where it is unknown; agrees with a name of `form`. */
const char *reply_state(const struct reply *r, const char *raw, unsigned form);
/* "is" and the like; "" where the language has none. */
const char *reply_verb(const struct reply *r, const char *verb, unsigned form);
/* A name as it stands within a sentence, with its article; returns its form. "Kitchen light" ->
 * "the kitchen light", "TV corner" -> "the TV corner". */
unsigned reply_name(struct str *out, const struct reply *r, const char *name);
/* A name without article, as people say it ("movie night"). */
void reply_plain(struct str *out, const struct reply *r, const char *name);
/* How several of a kind or class are called; NULL: no word for it, or none of that form. */
enum reply_several {
    SEVERAL_MEANT,   /* "the lights" */
    SEVERAL_ALL,     /* "all the lights" */
    SEVERAL_COUNTED, /* "lights" */
    SEVERAL_ONE,     /* of them: "light" */
};
const char *reply_kinds(const struct reply *r, const char *kind, enum reply_several form);
void reply_time(struct str *out, const struct reply *r, int64_t wall_usec); /* in the local zone */
void reply_date(struct str *out, const struct reply *r, int64_t wall_usec);
/* "a", "a and b", "a, b and c"; `word` is "and" or "or". */
void reply_join(struct str *out, const struct reply *r, const char *word, const char *const *items,
                size_t n);
/* The sentence of `words` by that name with these places; false: there is none, or a place of it is
 * not known. "item": one device and its state. */
bool reply_words(struct str *out, const struct reply *r, const char *name,
                 const char *const places[PLACE_N]);

#endif
