/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/home/payload_fuzz.c - any bytes on a state topic, for a device of every kind.
 *
 * What was understood must survive the way through the store. */
#include "home/mqtt_payload.h"

#include <stdint.h>
#include <string.h>

static const char house[] =
    "devices:\n"
    "  - {name: a, kind: light, via: home, topic: t, color: true}\n"
    "  - {name: b, kind: light, command_topic: c, state_topic: s, state_on: AN, state_off: AUS}\n"
    "  - {name: c, kind: cover, via: zigbee2mqtt, topic: t}\n"
    "  - {name: d, kind: climate, via: home, topic: t}\n"
    "  - {name: e, kind: sensor, state_topic: s, unit: C}\n"
    "  - {name: f, kind: sensor, state_topic: s, state_key: a.b.c}\n"
    "  - {name: g, kind: switch, via: zigbee2mqtt, topic: t}\n";

/* Every property that the device tells, as if all came in one payload. */
static void one_device(const struct device *d, const uint8_t *data, size_t size)
{
    struct device_state s = { .known = 0 }, kept = { .known = 0 };
    const struct device_state before = s;
    const struct mqtt_device *m = mqtt_device_of(d);
    struct payload_form f = { .device = d };
    AUTO_JSON *json = NULL, *again = NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < m->reports_n; i++) {
        f.report[0] = &m->reports[i];
        f.n = 1;
        if (payload_parse(&s, &f, data, size, &e) < 0)
            continue;
        if (!state_knows(&s, f.report[0]->prop) || s.stale)
            abort();
    }
    s = before;
    for (f.n = 0; f.n < m->reports_n; f.n++)
        f.report[f.n] = &m->reports[f.n];
    if (f.n == 0)
        return;
    if (payload_parse(&s, &f, data, size, &e) < 0 && !state_is_same(&s, &before))
        abort();
    json = state_json(&s, d);
    if (!json)
        abort();
    state_keep(&kept, json, d);
    again = state_json(&kept, d);
    if (!again)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct devices *d; /* read once: the fuzzer is for the payloads */

    if (!d) {
        AUTO(yaml_freep) struct yaml *tree = NULL;

        if (yaml_parse(&tree, "d", house, sizeof(house) - 1, NULL) < 0 ||
            devices_read(&d, tree, "d", NULL, NULL) < 0 || d->n != 7)
            abort();
    }
    for (size_t i = 0; i < d->n; i++)
        one_device(&d->list[i], data, size);
    return 0;
}
