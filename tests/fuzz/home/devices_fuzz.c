/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/home/devices_fuzz.c - any bytes as devices.yaml; what loads must keep the promises
 * that the rest of home/ relies on, and commands to it must work. */
#include "home/mqtt_device.h"
#include "home/plan.h"

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

    const struct mqtt_device *m = d->link == &link_mqtt ? mqtt_device_of(d) : NULL;

    if (!d->id || !d->name || !d->area || devices_by_id(all, d->id) != d || d->kind >= KIND_N ||
        (m && !(m->brightness_max >= 1)) || (d->can_when_told & ~d->can))
        abort();
    for (size_t i = 0; m && i < m->reports_n; i++)
        check_topic(m->reports[i].topic);
    for (size_t i = 0; m && i < sizeof(topics) / sizeof(topics[0]); i++)
        check_topic(m->field[topics[i]]);
}

static void command(const struct devices *all, const struct device_state *states, const char *json)
{
    AUTO(plan_done) struct plan a = { .steps = NULL };
    AUTO_JSON *request = NULL;

    if (json_parse(&request, json, strlen(json), NULL) < 0)
        abort();
    if (plan_make(&a, all, states, request, true, NULL) == 0 && a.steps_n == 0)
        abort();
    for (size_t i = 0; i < a.steps_n; i++) { /* docs/safety.md */
        AUTO_STR text = STR_INIT;
        AUTO_JSON *detail = NULL;

        if (device_is_guarded(a.steps[i].device->kind, a.steps[i].device->class))
            abort();
        if (a.steps[i].device->link->describe(&text, &detail, &a.steps[i], NULL) < 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;
    AUTO(devices_freep) struct devices *d = NULL;
    AUTO_FREE struct device_state *states = NULL;
    struct err e = ERR_INIT;

    if (yaml_parse_items(&tree, "d.yaml", data, size, NULL, &e) < 0 ||
        devices_read(&d, tree, "d.yaml", NULL, &e) < 0)
        return 0;
    states = calloc(d->n + 1, sizeof(*states));
    if (!states)
        return 0;
    for (size_t i = 0; i < d->n; i++)
        check_device(d, &d->list[i]);
    command(d, states, "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":\"all\"}}");
    command(
        d, states,
        "{\"intent\":\"HassLightSet\",\"slots\":{\"name\":\"all\",\"brightness\":7,\"color\":\"red\"}}");
    command(d, states,
            "{\"intent\":\"HassSetPosition\",\"slots\":{\"domain\":\"cover\",\"position\":50}}");
    command(d, states,
            "{\"intent\":\"HassClimateSetTemperature\",\"slots\":{\"temperature\":21.5}}");
    return 0;
}
