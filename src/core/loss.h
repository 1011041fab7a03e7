/* SPDX-License-Identifier: Apache-2.0 */
/* core/loss.h - the notice that history was lost, on the bus: it stays until somebody has read it.
 *
 *   store: STORE_NOTICE_LOST --> loss_tell() --> MSG_FAULT "history", at each start
 *   jarvisctl acknowledge, POST /api/acknowledge/history --> loss_acknowledge() --> store
 *       --> [writer thread] it is written down --> MSG_FAULT "history" ends
 *
 * Who owns what: store and bus are borrowed; the bus outlives the store, whose writer answers late.
 * What may fail: the store is closed (its reason, at once), or fails to write (a fault "store").
 * Threads: any. */
#ifndef JARVIS_CORE_LOSS_H
#define JARVIS_CORE_LOSS_H

#include "core/bus.h"
#include "store/store.h"

void loss_tell(struct bus *bus, int code, const char *text);
/* 0: it is being written down; the end of the fault tells that it is. -ENOENT: there is no store. */
int loss_acknowledge(struct store *s, struct bus *bus, struct err *e);

#endif
