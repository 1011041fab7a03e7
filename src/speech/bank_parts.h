/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_parts.h - how what this box says falls apart into pieces that can be kept: the one place that
 * knows it, on both sides.
 *
 *   MSG_PHRASES {whole, frames, places, ..} -> bank_parts_next(): the pieces worth keeping, in turn
 *       1. whole answers             "Sorry, I did not understand."
 *       2. of each frame, cut so that few pieces say it with every value
 *              "Set {name} to {brightness} percent."  ->  "Set" | "the lamp" | "to 40 percent."
 *       3. frames with their names   "Set the lamp"          where the room suffices: fewer joints
 *   an answer -> bank_split(): the fewest pieces that make it, out of those that are kept
 *
 * A `shared` place is always cut off from what stands before it: the same values stand in many frames.
 * Splitting knows nothing of frames: words are joined to every piece that `has()` knows. So what was kept
 * for one sentence serves every other, and an answer in one piece is that piece.
 * Two texts are the same piece where they differ in the case of the first letter or in a comma at the end:
 * a piece without an end is rendered with a comma, so that the voice does not fall.
 *
 * Who owns what: bank_parts copies what it needs. What may fail: -ENOMEM, -EINVAL (not of the form).
 * Bounds: PARTS_FRAMES_MAX frames, PARTS_TEXTS_MAX values a place, a split of BANK_SPLIT_WORDS words.
 * Threads: one owner. */
#ifndef JARVIS_SPEECH_BANK_PARTS_H
#define JARVIS_SPEECH_BANK_PARTS_H

#include "base/json.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PARTS_FRAMES_MAX = 1024,
    PARTS_TEXTS_MAX = 4096,
    PARTS_TEXT_BYTES_MAX = 255, /* of a value, a frame, a piece */
    BANK_SPLIT_MAX = 16,        /* pieces of one answer */
    BANK_SPLIT_WORDS = 80,      /* longer answers are none of ours */
    BANK_PIECE_WORDS = 24,
};

/* What a piece is called in the bank (the first half of a SHA-256); 0: the text is none that can be kept (empty,
 * too long). */
uint64_t bank_key(const char *text, size_t len);

struct bank_split {
    size_t n; /* 0: it cannot be said */
    struct {
        size_t from, len; /* bytes of the text */
    } part[BANK_SPLIT_MAX];
};

/* The fewest pieces; `has` is asked for each candidate: has(key, user). */
void bank_split(struct bank_split *ret, const char *text, bool (*has)(uint64_t key, void *user),
                void *user);

struct bank_parts;
/* *ret untouched on failure. What of `phrases` is not of the form is left out. */
int bank_parts_new(struct bank_parts **ret, const cJSON *phrases, struct err *e);
struct bank_parts *bank_parts_free(struct bank_parts *p);
AUTO_DEFINE(struct bank_parts *, bank_parts_free)
const char *bank_parts_language(const struct bank_parts *p);
void bank_parts_rewind(struct bank_parts *p);
/* The next piece to `out` (cleared first); false: that was all. *needed: of 1. or 2. */
bool bank_parts_next(struct bank_parts *p, struct str *out, bool *needed);

#endif
