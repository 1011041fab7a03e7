/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.h - structured log: level, area, words, fields; to journal or stderr.
 *
 * Only app/, helpers' main functions and event callbacks log (docs/architecture.md);
 * libraries return errors. A line is one record with fields:
 *     log_write(log, LOG_LEVEL_WARN, "mqtt", session, "broker %s:%d refused: %s", ...)
 * On stderr: "12:00:01.123 warn  mqtt: broker 127.0.0.1:1883 refused: ...". When
 * JOURNAL_STREAM names our stderr the native journal protocol is used (PRIORITY,
 * JARVIS_AREA, JARVIS_SESSION). The newest LOG_KEPT lines stay in memory for `jarvisctl log`.
 * Control characters in the text and bytes that are no UTF-8 are shown as \xNN: no log forging.
 * Threads: any thread but the real-time ones (one mutex). */
#ifndef JARVIS_BASE_LOG_H
#define JARVIS_BASE_LOG_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL_N };

enum { LOG_KEPT = 512, LOG_TEXT_BYTES = 512 };

struct log_line {
    uint64_t seq;      /* 1, 2, 3 ... */
    int64_t wall_usec; /* since 1970 UTC */
    uint64_t session;  /* 0: none */
    enum log_level level;
    char area[16];
    char text[LOG_TEXT_BYTES];
};

struct log;
int log_new(struct log **ret, enum log_level least, struct err *e);
struct log *log_free(struct log *log);
AUTO_DEFINE(struct log *, log_free)
void log_set_level(struct log *log, enum log_level least);
/* `log` may be NULL (nothing happens). `session` 0: none. */
void log_write(struct log *log, enum log_level level, const char *area, uint64_t session,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
#define log_debug(log, area, ...) log_write(log, LOG_LEVEL_DEBUG, area, 0, __VA_ARGS__)
#define log_info(log, area, ...) log_write(log, LOG_LEVEL_INFO, area, 0, __VA_ARGS__)
#define log_warn(log, area, ...) log_write(log, LOG_LEVEL_WARN, area, 0, __VA_ARGS__)
#define log_error(log, area, ...) log_write(log, LOG_LEVEL_ERROR, area, 0, __VA_ARGS__)

/* Copies up to `max` kept lines newer than `after_seq`, oldest first; returns how many. */
size_t log_kept(struct log *log, uint64_t after_seq, struct log_line *out, size_t max);
const char *log_level_name(enum log_level level); /* "debug" "info" "warn" "error" */
int log_level_parse(enum log_level *ret, const char *name, struct err *e);

#endif
