/* SPDX-License-Identifier: Apache-2.0 */
/* core/counters.h - what every part counts, as tables: read by the status now and by metrics later.
 *
 * A part has one struct of figures, a function that fills it, and a row for each figure:
 *     static const struct counter_row rows[] = {
 *         COUNTER(struct audio_stats, capture_overruns, COUNTER_TOTAL, "blocks", "Blocks the ring ..."),
 *     };
 *     counters_add(c, &(struct counter_part){ "audio", fill, app, sizeof(struct audio_stats), rows, N });
 * In the status the part is an object and the figure a key of it; its name as a metric is
 * jarvis_<part>_<key>, with _total for what only grows.
 *
 * Owner: rows and names are constants; `user` is borrowed. May fail: adding (-ENOSPC beyond
 * COUNTERS_PARTS_MAX), making text or JSON (NULL, failed: out of memory).
 * Threads: main loop; fill() is called there. */
#ifndef JARVIS_CORE_COUNTERS_H
#define JARVIS_CORE_COUNTERS_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { COUNTERS_PARTS_MAX = 24, COUNTERS_STATS_BYTES_MAX = 512 };

enum counter_type {
    COUNTER_TOTAL, /* since the start; only grows */
    COUNTER_GAUGE, /* now */
    COUNTER_FLAG,  /* yes or no */
    COUNTER_ID,    /* of the moment: a process; no metric */
};

enum counter_field { COUNTER_BOOL, COUNTER_INT, COUNTER_UINT, COUNTER_I64, COUNTER_U64 };

struct counter_row {
    const char *key;
    enum counter_type type;
    enum counter_field field;
    size_t offset;
    const char *unit; /* "blocks", "ms"; "" : a plain number */
    const char *help; /* one sentence */
};

/* The kind of field follows from the struct, so that a row cannot disagree with it. */
#define COUNTER(stats, member, kind, of, words)                                                \
    { .key = #member, .type = kind,                                                            \
      .field = _Generic(((stats *)0)->member, bool: COUNTER_BOOL, int: COUNTER_INT,            \
                        unsigned: COUNTER_UINT, int64_t: COUNTER_I64, uint64_t: COUNTER_U64),  \
      .offset = offsetof(stats, member), .unit = of, .help = words }

struct counter_part {
    const char *name; /* key of the status, label of the metrics */
    /* false: the part is not there now (its object is null) */
    bool (*fill)(void *stats, void *user);
    void *user;
    size_t stats_bytes; /* at most COUNTERS_STATS_BYTES_MAX */
    const struct counter_row *rows;
    size_t rows_n;
};

struct counters {
    struct counter_part parts[COUNTERS_PARTS_MAX];
    size_t n;
};

int counters_add(struct counters *c, const struct counter_part *part, struct err *e);
/* Puts an object for each part into `to`; false when out of memory. */
bool counters_json(const struct counters *c, cJSON *to);
/* The text that Prometheus reads. */
void counters_text(const struct counters *c, struct str *out);

#endif
