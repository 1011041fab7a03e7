/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/sentences.h - cuts the stream of a language model into speakable sentences.
 *
 *   bytes, split anywhere -> reasoning left out (<think>..</think>) -> cut -> Markdown marks
 *   left out -> "A whole sentence."
 *
 * A cut is made after a sentence's full stop, question or exclamation mark, at a line break, at a
 * comma or colon after SENTENCE_SOFT_CHARS, at any blank after SENTENCE_HARD_CHARS; only a "word"
 * of more than SENTENCE_BYTES_MAX is ever cut itself. A sentence leaves when something speakable
 * follows it, so that the last one of an answer is always still here when the answer ends and can
 * be told as the last. Full stops of abbreviations, initials, decimals and list numbers do not cut.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_SENTENCES_H
#define JARVIS_ASSISTANT_SENTENCES_H

#include "base/str.h"

enum { SENTENCE_SOFT_CHARS = 60, SENTENCE_HARD_CHARS = 120, SENTENCE_BYTES_MAX = 512 };
enum { SENTENCES_TAG_BYTES = 16 };

/* How far the search for the next cut has come, from `head` on: no cut before pos; nothing
 * speakable between the cut at pos and `followed`. */
struct sentences_mark {
    size_t pos, chars, last_blank, followed;
};

struct sentences {
    struct str raw; /* owned; reasoning is out, marks are still in */
    size_t head;    /* bytes of raw that are already spoken */
    struct sentences_mark scanned;
    bool at_line_start;
    bool ended;     /* nothing more comes: what is left is a sentence */
    bool thinking;  /* between <think> and </think> */
    char tag[SENTENCES_TAG_BYTES]; /* what may become a tag */
    size_t tag_len;
};

void sentences_init(struct sentences *s);
void sentences_done(struct sentences *s); /* frees; may be initialised again */
/* Any bytes: UTF-8 may be cut in the middle, what is no UTF-8 is left out. -ENOMEM. */
int sentences_add(struct sentences *s, const char *bytes, size_t len);
void sentences_end(struct sentences *s);
/* 1: *ret is the next sentence (valid UTF-8, one line, at least one speakable character; owned by
 * the caller); 0: none yet, or none any more; -ENOMEM. *ret is untouched but for 1. */
int sentences_next(struct sentences *s, char **ret);

#endif
