/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/home/devices_fuzz.c - any bytes as devices.yaml; what loads must keep the promises
 * that the rest of home/ relies on, and commands to it must work. */
#include "home/action.h"

#include <stdint.h>
#include <string.h>

static void check_topic(const char *topic)
{
    if (topic && (topic[0] == '\0' || strpbrk(topic, "+#")))
        abort();
}

static void check_device(const struct devices *all, const struct device *d)
{
    static const enum device_field topics[] = {
        FIELD_COMMAND_TOPIC, FIELD_BRIGHTNESS_TOPIC, FIELD_POSITION_TOPIC, FIELD_TARGET_TOPIC,
        FIELD_STATE_TOPIC,   FIELD_MEASURED_TOPIC,   FIELD_ONLINE_TOPIC,   FIELD_COLOR_TOPIC,
    };

    if (!d->id || !d->name || !d->area || devices_find(all, d->id) != d || d->kind >= KIND_N ||
        !(d->brightness_max >= 1))
        abort();
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
        check_topic(d->field[topics[i]]);
}

static void command(const struct devices *all, const struct device_state *states, const char *json)
{
    AUTO(action_done) struct action a = { NULL, 0 };
    AUTO_JSON *request = NULL;

    if (json_parse(&request, json, strlen(json), NULL) < 0)
        abort();
    if (action_plan(&a, all, states, request, NULL) == 0 && a.n == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;
    AUTO(devices_freep) struct devices *d = NULL;
    AUTO_FREE struct device_state *states = NULL;
    struct err e = ERR_INIT;

    if (yaml_parse(&tree, "d.yaml", data, size, &e) < 0 ||
        devices_read(&d, tree, "d.yaml", NULL, &e) < 0)
        return 0;
    states = calloc(d->n + 1, sizeof(*states));
    if (!states)
        return 0;
    for (size_t i = 0; i < d->n; i++)
        check_device(d, &d->list[i]);
    for (size_t i = 1; i < d->reports_n; i++)
        if (strcmp(d->reports[i - 1].topic, d->reports[i].topic) > 0)
            abort();
    command(d, states, "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":\"all\"}}");
    command(d, states,
            "{\"intent\":\"HassLightSet\",\"slots\":{\"brightness\":7,\"color\":\"red\"}}");
    command(d, states, "{\"intent\":\"HassSetPosition\",\"slots\":{\"position\":50}}");
    command(d, states,
            "{\"intent\":\"HassClimateSetTemperature\",\"slots\":{\"temperature\":21.5}}");
    return 0;
}
