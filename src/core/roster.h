/* SPDX-License-Identifier: Apache-2.0 */
/* core/roster.h - the house as the bus tells it: the devices with their newest states.
 *
 *     MSG_DEVICES [{id, name, area, kind, class?, state ...}] --.
 *     MSG_DEVICE  {id, state}  -------------------------------> roster --> {"devices": [...]}
 *                                                                     '--> {"areas": [...]}
 * Who shows the house (the page's model, the control socket) keeps one instead of asking home/.
 * Who owns what: the roster owns its copy; what it gives is a copy of the caller's.
 * What may fail: only memory; a message that cannot be copied leaves the roster as it was.
 * Bounds: as many devices as home/ tells.
 * Threads: one owner; whoever shares it guards it. */
#ifndef JARVIS_CORE_ROSTER_H
#define JARVIS_CORE_ROSTER_H

#include "core/msg.h"

struct roster {
    cJSON *devices; /* owned; array; NULL: none told yet */
};

/* MSG_DEVICES and MSG_DEVICE; others are passed over. */
void roster_take(struct roster *r, const struct msg *m);
void roster_done(struct roster *r);
bool roster_has(const struct roster *r, const char *id);
size_t roster_count(const struct roster *r);
/* {"devices": [up to `count` from `from` on], "total": all}; owned by the caller; NULL: no memory. */
cJSON *roster_devices(const struct roster *r, size_t from, size_t count);
/* {"areas": [{name, devices: [ids]}]}, in the order of the devices; the same. */
cJSON *roster_areas(const struct roster *r);

#endif
