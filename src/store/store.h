/* SPDX-License-Identifier: Apache-2.0 */
/* store/store.h - what must survive: SQLite with one writer thread and read-only readers.
 *
 *     main loop, any thread       writer thread (the one read-write connection a file)
 *     -- store_*_put() -->        group commit: 20 ms after the first durable row, or 256
 *        queue (MPSC)             rows, or at once on store_flush()
 *     <-- done(result) --         after COMMIT returned: durable (WAL, synchronous=FULL)
 *
 * Files in the state folder: history.db (sessions with timelines), config.db (device
 * states and small values; later users, automations). Start: quick_check; a corrupt file is moved aside to
 * NAME.corrupt-<time>, the newest good backup takes its place, and the notice says so.
 * Disk full, I/O errors: the request is answered with the error, reading goes on, the next
 * success clears the fault.
 * Why one writer: reference note on the WAL-reset bug in docs/adr; enforced by an assertion. */
#ifndef JARVIS_STORE_STORE_H
#define JARVIS_STORE_STORE_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/* Writer thread. `code` 0: committed and synced; else negative errno with words. */
typedef void (*store_done_fn)(int code, const char *text, void *user);
/* Writer thread or store_open(): faults and recoveries in words (code 0: well again). */
typedef void (*store_notice_fn)(int code, const char *text, void *user);
/* Writer thread, after each group and at least once a second: for the health deadline. */
typedef void (*store_beat_fn)(void *user);

struct store_opts {
    const char *dir; /* state folder; made when absent; copied */
    const struct clock *clock;
    int64_t history_days;   /* sessions older than that are deleted in small steps; 0: keep */
    int64_t backup_hours;   /* 0: no periodic backup */
    store_notice_fn notice; /* may be NULL */
    store_beat_fn beat;     /* may be NULL */
    void *user;             /* borrowed; for notice and beat */
    bool strict;            /* a write from a wrong thread aborts (tests); else it fails */
};

/* Opens, checks, migrates both files and starts the writer. Fails only when neither file nor an
 * empty new one can be opened: -EROFS, -EACCES, -ENOSPC with the path and the remedy; a file of
 * a newer version than known is refused (-EPROTONOSUPPORT), never guessed at. */
int store_open(struct store **ret, const struct store_opts *o, struct err *e);
struct store *store_close(struct store *s); /* after its readers; flushes; NULL is fine */
AUTO_DEFINE(struct store *, store_close)

struct store_session {  /* strings borrowed for the call */
    uint64_t id;        /* < 2^53, rising; the same id again replaces the row */
    int64_t wall_usec;  /* when it began */
    const char *source; /* "voice", "web", "ctl" ... */
    const char *heard;  /* transcript or typed text */
    const char *intent; /* name, "" when none */
    const char *reply;
    const char *outcome; /* "done", "failed", "not_understood", "cancelled" */
    const char *detail;  /* JSON text: timeline, slots, sent */
};

enum {
    STORE_ROW_BYTES_MAX = 256 << 10,
    STORE_QUEUE_MAX = 4096,
    STORE_KEY_MAX = 64,
};

/* `done` may be NULL (best effort: committed with the next durable row, within five seconds).
 * -EINVAL (id, text that is not UTF-8), -E2BIG, -ENOMEM, -EOVERFLOW (STORE_QUEUE_MAX wait);
 * `done` is not called then. */
int store_session_put(struct store *s, const struct store_session *row, store_done_fn done,
                      void *user, struct err *e);
int store_device_put(struct store *s, const char *device_id, const char *state_json,
                     int64_t wall_usec, struct err *e);
/* A small thing that must survive: the mute, a notice that waits to be acknowledged. Keys are
 * 1..STORE_KEY_MAX letters, digits, '.', '_' and '-'; `text` NULL forgets the key. Errors as for a
 * session. */
int store_value_put(struct store *s, const char *key, const char *text, store_done_fn done,
                    void *user, struct err *e);
/* Answers after everything queued before is committed. */
int store_flush(struct store *s, store_done_fn done, void *user, struct err *e);
/* Online backup of both files now, keeping the newest three. */
int store_backup(struct store *s, store_done_fn done, void *user, struct err *e);

/* Readers: one object a thread, read-only connections, no transaction held between calls. */
struct store_reader;
int store_reader_new(struct store_reader **ret, struct store *s, struct err *e);
struct store_reader *store_reader_free(struct store_reader *r);
AUTO_DEFINE(struct store_reader *, store_reader_free)
/* Newest first, at most `limit` (1..200) with id < before (0: newest). *ret: JSON array of
 * {id, at (wall ms), source, heard, intent, reply, outcome, detail:{...}}, owned by the caller.
 * detail.sent: texts for people, what the house was told; also of rows that older versions wrote
 * as `publishes`. */
int store_sessions(cJSON **ret, struct store_reader *r, uint64_t before, int limit, struct err *e);
/* -ENOENT */
int store_session_get(cJSON **ret, struct store_reader *r, uint64_t id, struct err *e);
int store_session_last_id(uint64_t *ret, struct store_reader *r, struct err *e); /* 0: none */
/* {device_id: state} of all; owned by the caller. */
int store_devices(cJSON **ret, struct store_reader *r, struct err *e);

/* The text of a key, owned by the caller. -ENOENT: never put, or forgotten. */
int store_value_get(char **ret, struct store_reader *r, const char *key, struct err *e);

struct store_stats {
    uint64_t commits, rows, errors;
    uint64_t wal_bytes, queued;
    uint64_t backups;    /* copies finished */
    uint64_t violations; /* writes that the guard refused: a bug */
};
void store_stats(const struct store *s, struct store_stats *ret); /* any thread */

#endif
