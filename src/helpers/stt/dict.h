/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/dict.h - a dictionary cut down to the words that are needed.
 *
 * The full cmudict text (134,000 entries, 3 MB) costs 20 MB inside the decoder; a home's
 * grammar uses some hundred words of it. So the text is scanned once and only the words
 * asked for are kept, with their alternative pronunciations:
 *
 *     word R OW1 ..        cmudict, or the caller's own pronunciations for new words
 *     word(2) ..
 *     w_jarvis ..          DICT_WAKE: the wake phrase's words, optional before a command; of the last
 *     w_jarvis(2) V IH S   also its ends, for a sound that begins within it
 *
 * and beside it the filler words: those of the model (silence, noise) and
 *
 *     g_AA AA ..           DICT_FILLER: one word a phone, for speech that is no command
 *
 * A filler word is looked for without regard to its neighbours. As plain words the 39 phones were looked
 * for once for each left neighbour, and each word of the grammar once for each of them as right one:
 * 13 MB for the grammar of 13 names and not 5.
 *
 * Threads: one. */
#ifndef JARVIS_STT_DICT_H
#define JARVIS_STT_DICT_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define DICT_WAKE "w_"
#define DICT_FILLER "g_"

enum { DICT_PHONES = 39, DICT_PHONES_MAX = 120, DICT_PHONE_BYTES = 12, DICT_WORD_BYTES = 64, DICT_WORDS_MAX = 8192, DICT_SOUNDS_MAX = 8 };

extern const char *const dict_phones[DICT_PHONES]; /* of the English model, without silence; names of the loops */

struct dict_word {
    char *word;                     /* owned; lower case */
    char *sounds[DICT_SOUNDS_MAX];  /* owned; "JH AA R V IH S" */
    size_t n_sounds;                /* 0: nobody knows how it is pronounced */
};

struct dict {
    struct dict_word *words; /* owned; kept sorted by word */
    size_t n, cap;
    /* Of another model: dict_phones_read(). None: dict_phones. */
    char phones[DICT_PHONES_MAX][DICT_PHONE_BYTES];
    size_t phones_n;
};

void dict_done(struct dict *d);
#define AUTO_DICT AUTO(dict_done) struct dict

/* Adds a word once. -EINVAL: no word (empty, blank or control characters, too long), -ENOSPC. */
int dict_add(struct dict *d, const char *word, struct err *e);
/* One more pronunciation of a word that was added; phones the model does not know are -EINVAL,
 * a ninth pronunciation is left out. */
int dict_sound_add(struct dict *d, const char *word, const char *phones, struct err *e);
/* The phones are those that the dictionary file uses, and its words are compared by their base letters from now
 * on ("éteins" is "eteins", as the grammar spells it). Before any pronunciation is added. -ENOSPC: more than
 * DICT_PHONES_MAX phones; -EINVAL: none. */
int dict_phones_read(struct dict *d, const char *path, struct err *e);
/* Finds the pronunciations of all words that have none yet in the dictionary file. */
int dict_look_up(struct dict *d, const char *path, struct err *e);
bool dict_is_known(const struct dict *d, const char *word);
bool dict_has_all(const struct dict *d, const char *phrase); /* some words, and all are known */
/* The text of a PocketSphinx dictionary: known words, the phrase's words as DICT_WAKE words. */
void dict_print(struct str *out, const struct dict *d, const char *phrase);
/* The text of its filler dictionary; `of_model` is that of the acoustic model's own. The loops' words bear the
 * names of English phones; of another model each stands for the phone of that name, else for one that is left. */
void dict_print_fillers(struct str *out, const struct dict *d, const char *of_model);

#endif
