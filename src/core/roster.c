/* SPDX-License-Identifier: Apache-2.0 */
/* core/roster.c - the devices with their newest states. */
#include "core/roster.h"

#include "base/must.h"

#include <string.h>

static cJSON *by_text(const cJSON *list, const char *key, const char *text)
{
    cJSON *item;

    cJSON_ArrayForEach (item, list)
        if (strcmp(json_str(item, key, ""), text) == 0)
            return item;
    return NULL;
}

static void take_all(struct roster *r, const cJSON *devices)
{
    cJSON *copy = cJSON_IsArray(devices) ? cJSON_Duplicate(devices, true) : NULL;

    if (!copy)
        return;
    cJSON_Delete(r->devices);
    r->devices = copy;
}

static void take_state(struct roster *r, const cJSON *told)
{
    const char *id = json_str(told, "id", NULL);
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(told, "state");
    cJSON *device = id && state ? by_text(r->devices, "id", id) : NULL;
    cJSON *copy = device ? cJSON_Duplicate(state, true) : NULL;
    bool had_one;

    if (!copy)
        return;
    had_one = cJSON_HasObjectItem(device, "state");
    /* the new one behind the old one, which goes only then: never without either */
    if (json_put(device, "state", copy) && had_one)
        cJSON_DeleteItemFromObjectCaseSensitive(device, "state");
}

void roster_take(struct roster *r, const struct msg *m)
{
    if (m->type == MSG_DEVICES)
        take_all(r, m->json);
    else if (m->type == MSG_DEVICE)
        take_state(r, m->json);
    must(!r->devices || cJSON_IsArray(r->devices));
}

void roster_done(struct roster *r)
{
    cJSON_Delete(r->devices);
    r->devices = NULL;
}

bool roster_has(const struct roster *r, const char *id)
{
    return by_text(r->devices, "id", id) != NULL;
}

size_t roster_count(const struct roster *r)
{
    return (size_t)cJSON_GetArraySize(r->devices);
}

cJSON *roster_devices(const struct roster *r, size_t from, size_t count)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(j, "devices");
    const cJSON *device;
    size_t i = 0;
    bool ok = list && json_put_int(j, "total", (int64_t)roster_count(r));

    cJSON_ArrayForEach (device, r->devices) {
        if (i >= from && i - from < count)
            ok = ok && json_push(list, cJSON_Duplicate(device, true));
        i++;
    }
    must(!ok || (size_t)cJSON_GetArraySize(list) <= count);
    return ok ? STEAL(j) : NULL;
}

/* The row of an area in a list, made when there is none; NULL: out of memory. */
static cJSON *area_of(cJSON *areas, const char *name, const cJSON *device)
{
    const cJSON *aliases = cJSON_GetObjectItemCaseSensitive(device, "area_aliases");
    AUTO_JSON *j = NULL;
    cJSON *area = by_text(areas, "name", name);

    if (area)
        return area;
    area = j = cJSON_CreateObject();
    if (!json_put_text(j, "name", name) || (aliases && !json_put_copy(j, "aliases", aliases)) ||
        !cJSON_AddArrayToObject(j, "devices") ||
        !json_push(areas, STEAL(j)))
        return NULL;
    return area;
}

cJSON *roster_areas(const struct roster *r)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *areas = cJSON_AddArrayToObject(j, "areas");
    const cJSON *device;
    bool ok = areas != NULL;

    cJSON_ArrayForEach (device, r->devices) {
        const char *name = json_str(device, "area", "");
        cJSON *area = ok && name[0] ? area_of(areas, name, device) : NULL;

        if (name[0])
            ok = area && json_push(cJSON_GetObjectItemCaseSensitive(area, "devices"),
                                   cJSON_CreateString(json_str(device, "id", "")));
    }
    return ok ? STEAL(j) : NULL;
}
