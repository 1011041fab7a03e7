/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/flite.h - English text to sound by flite's voice "slt", which is made of a person's recordings.
 *
 * The voice's libraries (4 MB, and up to 7 MB of work) are there only while a struct flite is: they are
 * loaded by flite_new() (2 ms) and given back by flite_free(). A system without libflite1 has none, and
 * espeak-ng speaks instead.
 *
 *     flite_speak(text) -> parts of a sentence -> flite -> sink(), while the rest is being made
 *
 * Threads: one; one object at a time, the libraries keep state. */
#ifndef JARVIS_TTS_FLITE_H
#define JARVIS_TTS_FLITE_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLITE_RATE_HZ = 16000,
    FLITE_WPM = 170,       /* its own pace: that of the setting's default */
    FLITE_PART_BYTES = 160, /* most text that is made at once: what is heard first waits for no more */
};

struct flite;

/* The next samples, FLITE_RATE_HZ, mono, borrowed; false stops the sentence. */
typedef bool (*flite_sink_fn)(const int16_t *frames, size_t count, void *user);

int flite_new(struct flite **ret, struct err *e); /* -ENOENT: libflite1 is not installed */
struct flite *flite_free(struct flite *f);
AUTO_DEFINE(struct flite *, flite_free)
/* `text` in letters that flite reads, into `out` of `size` bytes: accents are left out, other quotes
 * and dashes become plain ones. False: there is something else in it, or no room; `out` is then of no use. */
bool flite_plain(char *out, size_t size, const char *text);
/* How many bytes of `text` are made next, at most FLITE_PART_BYTES: to the end of a sentence, else of
 * a clause, else of a word. 0 only for an empty text. */
size_t flite_part(const char *text);
/* Speaks a text that flite_plain() gave. -ECANCELED: the sink did not want more; -EIO. */
int flite_speak(struct flite *f, const char *text, unsigned rate_wpm, flite_sink_fn sink, void *user,
                struct err *e);

#endif
