/* SPDX-License-Identifier: Apache-2.0 */
/* store/store.h - what must survive: SQLite with one writer thread and read-only readers.
 *
 *     main loop, any thread       writer thread (the one read-write connection a file)
 *     -- store_*_put() -->        group commit: at once; what comes during its fsync is the
 *        queue.h (bounded)        next group
 *     <-- done(result) --         after COMMIT returned: durable (WAL, synchronous=FULL)
 *     -- store_device_put() -->   newest state a device, written every five minutes, at a flush
 *                                 and at the end
 *
 * Files in the state folder: history.db (sessions with timelines), config.db (device states and
 * small values). What may fail, and how it shows:
 *     a write fails (disk full, I/O)   the request is answered with the error, a notice FAULT says
 *                                      so, reading goes on; the row waits, is tried again with each
 *                                      newcomer and every 10 s, and the next success ends the fault
 *     the files cannot be opened       the store is closed: puts and reads answer why, rows wait; it
 *                                      tries again every 10 s and then "works again"
 *     a file is damaged, empty, gone   it is moved aside, an empty one is used at once, and every row
 *                                      that can be read, there and in the backups, comes back in the
 *                                      background; a notice LOST stays, over restarts, until
 *                                      store_acknowledge()
 *     it is damaged again and again    after three in a row the store is closed, says so (-EIO), and
 *                                      tries again in growing pauses
 *     the disk hangs                   answers do not come; nobody but the writer waits
 * The time until it is open does not grow with the history: only after an unclean end is a file read
 * through, in the background.
 * Why one writer: docs/adr/0001; why the rest: docs/adr/0007. */
#ifndef JARVIS_STORE_STORE_H
#define JARVIS_STORE_STORE_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/* Writer thread. `code` 0: committed and synced; else negative errno with words. */
typedef void (*store_done_fn)(int code, const char *text, void *user);
enum store_notice {
    STORE_NOTICE_FAULT,  /* of writing, a condition: code < 0 it began, 0 it is over */
    STORE_NOTICE_BACKUP, /* of making copies, the same */
    STORE_NOTICE_LOST_HISTORY, /* an event: told again at each start until store_acknowledge(): 0 */
    STORE_NOTICE_LOST_CONFIG,  /* the same of the other file */
};
/* Writer thread, the first ones before store_open() returns: in words for people. */
typedef void (*store_notice_fn)(enum store_notice kind, int code, const char *text, void *user);

struct store_opts {
    const char *dir; /* state folder; made when absent; copied */
    const struct clock *clock;
    int64_t history_days;   /* sessions older than that are deleted in small steps; 0: keep */
    int64_t backup_hours;   /* 0: no periodic backup */
    store_notice_fn notice; /* may be NULL */
    void *user;             /* borrowed; for notice */
    struct worker_watch watch; /* of the writer, which beats after each group and at least once a
                                * second; begin NULL: not watched */
    unsigned deadline_ms;   /* for the watch */
    int end_wait_ms;        /* how long store_close() waits for a disk that hangs; 0: 8 s */
    bool strict;            /* a write from a wrong thread aborts (tests); else it fails */
};

/* Starts the writer and waits for its first try to open the files, but no longer than a few
 * seconds. Fails for want of memory or of a thread, and for a path that is too long: whatever is
 * wrong with the disk or the files, the store is there, closed, and opens by itself when it can. A
 * file of a newer version than known is left alone (-EPROTONOSUPPORT), never guessed at. */
int store_open(struct store **ret, const struct store_opts *o, struct err *e);
/* Writes what waits and ends the writer. After its readers where it shall leave whole files: only the
 * writer puts the journal into them, and only as the last to close. NULL is fine. -ETIMEDOUT: a disk that
 * hangs is given up on. The writer's thread is left behind with all that it uses, and may still answer
 * when the disk comes back: store, notice and answers must stay. */
int store_end(struct store *s);
/* After its readers; ends it where nobody has. NULL, or itself where the disk hangs. */
struct store *store_close(struct store *s);
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
    STORE_QUEUE_MAX = 4096,       /* durable rows that wait */
    STORE_QUEUE_BYTES = 16 << 20, /* and their bytes */
    STORE_KEY_MAX = 64,
};

/* `done` may be NULL (best effort: committed with the next durable row, within five seconds).
 * -EINVAL (id, text that is not UTF-8), -E2BIG, -ENOMEM, -EOVERFLOW (STORE_QUEUE_MAX wait): `done` is not called
 * then. Nor with the reason why the store is closed: the row waits until it opens. An error that `done` tells is the
 * disk's at that time: the row waits as well, as long as the process lives. */
int store_session_put(struct store *s, const struct store_session *row, store_done_fn done,
                      void *user, struct err *e);
/* The newest state of a device replaces the one that waits. Never refused because the store is
 * closed; -EOVERFLOW for more devices than any house has. */
int store_device_put(struct store *s, const char *device_id, const char *state_json,
                     int64_t wall_usec, struct err *e);
/* A small thing that must survive: the mute, a notice that waits to be acknowledged. Keys are
 * 1..STORE_KEY_MAX letters, digits, '.', '_' and '-'; `text` NULL forgets the key. Errors as for a
 * session, but what waits says so ("not done yet: ..."), by `done` or, while the store is closed, by what is returned;
 * then `done` is called once more when it is done, or at the end with the reason why it never will be. `user` lives
 * until store_close(). */
int store_value_put(struct store *s, const char *key, const char *text, store_done_fn done,
                    void *user, struct err *e);
/* The notices of lost data have been read: they are not told again. */
int store_acknowledge(struct store *s, store_done_fn done, void *user, struct err *e);
/* Answers when everything put before is committed, states too; with the error of those that came
 * with it into one group. */
int store_flush(struct store *s, store_done_fn done, void *user, struct err *e);
/* Online backup of both files now, keeping the newest three. */
int store_backup(struct store *s, store_done_fn done, void *user, struct err *e);

/* Readers: one object a thread, read-only connections, no transaction held between calls. Made
 * whether the store is open or not; while it is closed each question is answered with the reason
 * (-ENOSPC, -EROFS, -EAGAIN while it is being opened ...) and words. */
struct store_reader;
int store_reader_new(struct store_reader **ret, struct store *s, struct err *e);
struct store_reader *store_reader_free(struct store_reader *r);
AUTO_DEFINE(struct store_reader *, store_reader_free)
/* Newest first, at most `limit` (1..200) with id < before (0: newest). *ret: JSON array of
 * {id, at (wall ms), source, heard, intent, reply, outcome, detail:{...}}, owned by the caller.
 * detail.sent: texts for people, what the house was told; also of rows that older versions wrote
 * as `publishes`. */
int store_sessions(cJSON **ret, struct store_reader *r, uint64_t before, int limit, struct err *e);
/* What was not understood, each text once, the newest first, of the last 5,000 sessions, with session <
 * before (0: newest): [{text, count, session (the newest), at (wall ms), lacks? (intent/near.h), then? (what was done within a minute after)}];
 * owned by the caller. It goes with the sessions that it stands in. */
int store_missed(cJSON **ret, struct store_reader *r, uint64_t before, int limit, struct err *e);
/* -ENOENT */
int store_session_get(cJSON **ret, struct store_reader *r, uint64_t id, struct err *e);
int store_session_last_id(uint64_t *ret, struct store_reader *r, struct err *e); /* 0: none */
/* {device_id: state} of all; owned by the caller. */
int store_devices(cJSON **ret, struct store_reader *r, struct err *e);

/* The key that is there while a loss of the values themselves is not acknowledged; its text says what. */
#define STORE_LOST_CONFIG "lost.config.db"
/* The text of a key, owned by the caller. -ENOENT: never put, or forgotten, or lost. */
int store_value_get(char **ret, struct store_reader *r, const char *key, struct err *e);

struct store_stats {
    uint64_t commits, rows, errors;
    uint64_t wal_bytes, queued, queued_bytes;
    uint64_t states;     /* devices whose state waits */
    uint64_t backups;    /* copies finished */
    uint64_t checks;     /* files read through and found whole */
    uint64_t violations; /* writes that the guard refused: a bug */
    bool open;
};
void store_stats(const struct store *s, struct store_stats *ret); /* any thread */

#endif
