/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices.c - the devices of the house: lookup and ownership (reading: devices_read.c). */
#include "home/devices.h"

#include "base/fold.h"
#include "base/hash.h"
#include "base/must.h"
#include "home/link.h"

#include <stdlib.h>
#include <string.h>

bool device_name_is(const char *a, const char *b)
{
    return fold_is_same(a, b);
}

uint64_t device_name_hash(const char *name)
{
    AUTO_STR key = STR_INIT;

    fold_key(&key, name);
    return hash_text(HASH_START, str_text(&key));
}

static bool device_is_called(const struct device *d, const char *name)
{
    if (device_name_is(d->name, name))
        return true;
    for (size_t i = 0; i < d->aliases_n; i++)
        if (device_name_is(d->aliases[i], name))
            return true;
    return false;
}

const struct device *devices_by_id(const struct devices *d, const char *id)
{
    size_t low = 0, high = d->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(d->list[d->by_id[mid]].id, id);

        if (order == 0)
            return &d->list[d->by_id[mid]];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct device *devices_find(const struct devices *d, const char *name)
{
    const struct device *found = devices_by_id(d, name);

    for (size_t i = 0; !found && i < d->n; i++)
        if (device_is_called(&d->list[i], name))
            found = &d->list[i];
    return found;
}

size_t devices_index(const struct devices *all, const struct device *d)
{
    must(d >= all->list && d < all->list + all->n);
    return (size_t)(d - all->list);
}

void device_done(struct device *d)
{
    if (d->link && d->link->device_done)
        d->link->device_done(d);
    must(!d->link_data); /* whoever made it has freed it */
    free(d->id);
    free(d->name);
    free(d->area);
    free(d->unit);
    for (size_t i = 0; i < d->aliases_n; i++)
        free(d->aliases[i]);
    free(d->aliases);
    memset(d, 0, sizeof(*d));
}

struct devices *devices_free(struct devices *d)
{
    if (!d)
        return NULL;
    for (size_t i = 0; i < d->n; i++)
        device_done(&d->list[i]);
    free(d->list);
    free(d->by_id);
    areas_done(&d->areas);
    free(d);
    return NULL;
}
