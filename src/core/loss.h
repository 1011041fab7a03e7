/* SPDX-License-Identifier: Apache-2.0 */
/* core/loss.h - the notice that history was lost, on the bus: it stays until somebody has read it.
 *
 *   store: STORE_NOTICE_LOST_* --> loss_tell() --> MSG_FAULT "history" or "states" (of the devices, and the mute), at each start
 *   jarvisctl acknowledge, POST /api/acknowledge/history --> loss_acknowledge() --> store
 *       --> [writer thread] it is written down --> store: STORE_NOTICE_LOST_* with 0 --> the faults end
 *
 * Who owns what: store and bus are borrowed; the bus outlives the store, whose writer answers late.
 * What may fail: the store is closed (its reason, at once), or fails to write (a fault "store").
 * Threads: any. */
#ifndef JARVIS_CORE_LOSS_H
#define JARVIS_CORE_LOSS_H

#include "core/bus.h"
#include "store/store.h"

/* `kind`: STORE_NOTICE_LOST_HISTORY or _CONFIG: each is a fault of its own. `code` 0: it was acknowledged. */
void loss_tell(struct bus *bus, enum store_notice kind, int code, const char *text);
/* 0: it is being written down; the end of the fault tells that it is. -ENOENT: there is no store. */
int loss_acknowledge(struct store *s, struct bus *bus, struct err *e);

#endif
