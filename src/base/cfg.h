/* SPDX-License-Identifier: Apache-2.0 */
/* base/cfg.h - rows that describe settings: one row is the parser, the range check,
 * the documentation, the JSON schema, the environment name and the web form.
 *
 * A row points into a plain struct by offset. Text fields are fixed arrays, so that a
 * settings struct can be copied, compared and swapped whole. Environment name of
 * "audio.rate_hz": JARVIS_AUDIO_RATE_HZ; `env_also` is a second, older name.
 * Threads: rows are constant; the struct belongs to its owner. */
#ifndef JARVIS_BASE_CFG_H
#define JARVIS_BASE_CFG_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cfg_type {
    CFG_INT,    /* int64_t field, min..max, or one of `choices` ("0|16000|48000") */
    CFG_REAL,   /* double field, min..max */
    CFG_BOOL,   /* bool field: true/false, yes/no, on/off, 1/0, capitals or not */
    CFG_TEXT,   /* char[size] field, up to size-1 bytes of UTF-8 without control characters
                 * and line separators */
    CFG_CHOICE, /* char[size] field, one of `choices` ("alsa|sim|null"), capitals or not */
    CFG_N
};

enum cfg_flag {
    CFG_SECRET = 1,  /* never shown or logged: "(set)" or "(empty)" instead */
    CFG_RESTART = 2, /* takes effect when the daemon starts again */
    CFG_LIVE = 8,    /* read anew each time it is used: nobody need hear of it */
    CFG_LOCALE = 4,  /* CFG_CHOICE of languages: "fr_FR.UTF-8" and "fr-CA" mean "fr" */
};

struct cfg_row;
/* Is the text, which its type has taken already, fit for the row? 0, or negative errno with words
 * that begin with the key and name the remedy. Must not wait for anything. */
typedef int (*cfg_check_fn)(const struct cfg_row *row, const char *text, struct err *e);

struct cfg_row {
    const char *key;
    enum cfg_type type;
    size_t offset;       /* in the settings struct */
    size_t size;         /* bytes of the field */
    double min, max;     /* numbers only, both allowed; int64_t bounds within 2^53 */
    const char *def;     /* default, as text */
    const char *choices; /* CFG_CHOICE, and CFG_INT where a range is not enough; else NULL */
    const char *unit;    /* "Hz", "ms" ...; NULL: none */
    unsigned flags;      /* enum cfg_flag */
    cfg_check_fn check;  /* what the type cannot say; NULL: nothing more */
    unsigned apply;      /* the owner's mask of parts that have to hear of a change; 0: none */
    const char *env_also;
    const char *help;    /* one sentence for people */
};

/* Parses, range-checks and checks `text`, then stores it; the field is untouched on failure.
 * -EINVAL "mqtt.port: '16k' is not a whole number", -ERANGE "endpoint.silence_ms: 100 is
 * outside 200..3000 ms" or "audio.rate_hz: 8000 is none of 0|16000|44100|48000 Hz",
 * -ENAMETOOLONG. */
int cfg_store(const struct cfg_row *row, void *base, const char *text, struct err *e);
/* The field as text (never masked): what cfg_store() would read back. */
void cfg_print(struct str *out, const struct cfg_row *row, const void *base);
const struct cfg_row *cfg_find(const struct cfg_row *rows, size_t n, const char *key);
/* Walks "a|b|c": returns the next word with its length and moves *rest, NULL at the end. */
const char *cfg_choice_next(const char **rest, size_t *len);
/* The nearest known key for a misspelt one, or NULL: "no such setting; did you mean ...?" */
const char *cfg_nearest(const struct cfg_row *rows, size_t n, const char *key);
int cfg_defaults(const struct cfg_row *rows, size_t n, void *base, struct err *e);
/* "audio.rate_hz" -> "JARVIS_AUDIO_RATE_HZ" */
void cfg_env_name(char *out, size_t size, const char *key);

#endif
