/* SPDX-License-Identifier: Apache-2.0 */
/* store/writer.h - the thread that owns the writing connections.
 *
 *     any thread                         writer thread
 *     writer_post(request) -- queue -->  take a group -> one transaction a file, a savepoint a
 *                                        request -> COMMIT -> done(code) for each
 *                                        between groups: a piece of upkeep.h
 *
 *     OPENING --> OPEN --(a file is damaged)--> OPENING     `generation` rises with each OPEN
 *        |          ^
 *        v          |  every RETRY_MS; after damage again and again: store/heals.h
 *      CLOSED ------'  requests are refused with the reason; rows and states wait all the same
 *
 * A row that the disk does not take now is answered with the reason and waits on, in its place: it is tried again with
 * every newcomer and every RETRY_MS. A value's words say "not done yet", and its `done` is called once more at its end:
 * what is told as not done must not be done later. So nothing is lost that somebody was told is done, unless the daemon ends
 * before the disk takes it; and a fault ends by itself: where nothing waits, a small write tries the disk.
 *
 * Who owns what: a posted request is the writer's, which answers and frees it; the writing
 * connections never leave the thread.
 * What may fail: opening is no error of writer_new(): the writer stays CLOSED, says why, and tries
 * again. A disk that hangs hangs this thread alone.
 * Threads: writer_post(), writer_state(), writer_doubt() and writer_stats() from any; new and free
 * from one. */
#ifndef JARVIS_STORE_WRITER_H
#define JARVIS_STORE_WRITER_H

#include "store/guard.h"
#include "store/queue.h"

enum { WRITER_RETRY_MS = 10 * 1000 };

struct writer;

/* Waits for the first try to open the files, but not for ever. Fails only for want of memory or of
 * a thread. o->dir and the guard outlive the writer. */
int writer_new(struct writer **ret, const struct store_opts *o, struct guard *guard, struct err *e);
/* Commits what waits and ends the thread. -ETIMEDOUT: the disk hangs and it cannot be ended: then it
 * and all that it uses must stay. NULL is fine; more than once, too. */
int writer_end(struct writer *w);
void writer_free(struct writer *w); /* once it has ended; NULL is fine */
/* Takes *r, and sets it to NULL, when it succeeds. -EOVERFLOW; while it is closed: the reason, with words: then a
 * row is taken all the same and waits; of a session without its `done`. */
int writer_post(struct writer *w, struct request **r, struct err *e);
/* 0: the files of this generation can be read; else why not, with words. */
int writer_state(struct writer *w, unsigned *generation, struct err *e);
/* A reader met damage: the file will be checked. */
void writer_doubt(struct writer *w, unsigned file);
void writer_stats(struct writer *w, struct store_stats *ret);

#endif
