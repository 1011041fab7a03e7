/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/grammar.h - the command grammar as the decoder searches it.
 *
 * The FSG file holds the sentences. Around them go two things a bare grammar lacks:
 *
 *     lead --(wake phrase words)--> start --- sentences --------------------> final
 *       '----------(nothing)---------^  '-- g_AA | g_AE ... --> filler --(nothing)--^
 *                                                                ^_____| g_AA | g_AE ...
 *
 * the wake phrase, since the sound begins a little before its end, and a loop over all
 * phones, which wins where no sentence fits: an utterance whose best way holds a g_ word
 * is rejected (Bazzi and Glass, "Modeling out-of-vocabulary words", 2000). The loop can be entered
 * behind every word, so that a good beginning does not make a command of what follows it. Every word of
 * the file counts as equally likely, but what is rare (intent/fsg.h) has its price; that of a
 * filler phone decides between a command and a rejection. Silence and noise may stand behind every word.
 * Threads: one. */
#ifndef JARVIS_STT_GRAMMAR_H
#define JARVIS_STT_GRAMMAR_H

#include "dict.h"

#include <pocketsphinx.h>

enum { GRAMMAR_STATES_MAX = 50000 };

/* Reads the file; *ret is owned by the caller (fsg_model_free). -EINVAL with its name. */
int grammar_read(fsg_model_t **ret, const char *path, logmath_t *math, struct err *e);
int grammar_words(struct dict *d, const fsg_model_t *sentences, struct err *e);

struct grammar_opts {
    const char *phrase;        /* wake phrase, "" for none; words nobody can pronounce: none */
    double filler_probability; /* of each filler phone; 0: no filler */
    double inner_probability;  /* of leaving a sentence for the filler; 0: it cannot be left */
    double language_weight;    /* the decoder's -lw */
    const char *noise;         /* the model's word for a sound that is no speech; NULL: it has none */
};

/* The model for ps_set_fsg(); arcs of words that `d` does not know are left out. *ret is owned
 * by the caller. -EINVAL: nothing can be said then. */
int grammar_build(fsg_model_t **ret, fsg_model_t *sentences, logmath_t *math,
                  const struct dict *d, const struct grammar_opts *o, struct err *e);

/* Makes the model a search of the decoder. While the search is laid out the phones of the loops count as
 * silence, so that no word's last sound is looked for once more for each of them. -EINVAL: the decoder
 * refuses it. */
int grammar_set(ps_decoder_t *ps, const char *search, fsg_model_t *m);

/* For models of one's own (rivals.h): an arc of that probability, `word` NULL: without one; and, last, a loop over
 * all phones, which takes the state `aside` for itself and leads nowhere. */
void grammar_arc_add(fsg_model_t *m, int32 from, int32 to, double p, const char *word);
void grammar_aside_add(fsg_model_t *m, int32 aside);
/* Is it a sentence of the grammar, from start to final? Blanks part its words. -ENOMEM. */
int grammar_accepts(const fsg_model_t *m, const char *sentence);
/* The words that may well follow the words of `sentence`, each once, up to `max`: no fillers, nothing that
 * is rare (intent/fsg.h). Borrowed from the model. Returns how many; -ENOMEM. */
int grammar_follow(const fsg_model_t *m, const char *sentence, const char **words, size_t max);
/* The words that may follow every sentence: what begins a courtesy ("please", "for me"). As grammar_follow(). */
int grammar_courtesies(const fsg_model_t *m, const char **words, size_t max);

#endif
