/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices.c - the registry of the house: lookup and ownership (reading: devices_read.c). */
#include "home/devices.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

static const enum device_field prop_keys[PROP_N] = {
    [PROP_POWER] = FIELD_STATE_KEY,   [PROP_BRIGHTNESS] = FIELD_BRIGHTNESS_KEY,
    [PROP_COLOR] = FIELD_COLOR_KEY,   [PROP_POSITION] = FIELD_POSITION_KEY,
    [PROP_TARGET] = FIELD_TARGET_KEY, [PROP_MEASURED] = FIELD_MEASURED_KEY,
    [PROP_ONLINE] = FIELD_ONLINE_KEY,
};

const char *device_prop_key(const struct device *d, enum device_prop prop)
{
    return d->field[prop_keys[prop]];
}

bool device_name_is(const char *a, const char *b)
{
    return fold_is_same(a, b);
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

const struct device *devices_find(const struct devices *d, const char *name)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->list[i].id, name) == 0)
            return &d->list[i];
    for (size_t i = 0; i < d->n; i++)
        if (device_is_called(&d->list[i], name))
            return &d->list[i];
    return NULL;
}

size_t devices_reports(const struct device_report **ret, const struct devices *d, const char *topic)
{
    size_t low = 0, high = d->reports_n, n = 0;

    while (low < high) { /* the first row that is not before `topic` */
        size_t mid = low + (high - low) / 2;

        if (strcmp(d->reports[mid].topic, topic) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < d->reports_n && strcmp(d->reports[low + n].topic, topic) == 0)
        n++;
    if (n > 0)
        *ret = &d->reports[low];
    return n;
}

void device_done(struct device *d)
{
    free(d->id);
    free(d->name);
    free(d->area);
    for (size_t i = 0; i < d->aliases_n; i++)
        free(d->aliases[i]);
    free(d->aliases);
    for (int f = 0; f < FIELD_N; f++)
        free(d->field[f]);
    memset(d, 0, sizeof(*d));
}

struct devices *devices_free(struct devices *d)
{
    if (!d)
        return NULL;
    for (size_t i = 0; i < d->n; i++)
        device_done(&d->list[i]);
    free(d->list);
    free(d->reports);
    free(d);
    return NULL;
}
