/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/home/topics_fuzz.c - what a broker may send, from the topic to the bus.
 *
 * Lines of input: the first byte picks a topic that the house listens to, or 0xff: the topic itself
 * stands before a blank. Whatever comes, MSG_DEVICE is about a device of this house, holds a whole
 * state, and the registry and the message say the same. */
#include "home/mqtt_home.c" /* its way from a topic to the devices is no interface */
#include "home/registry.h"
#include "lib/dir.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char devices_yaml[] =
    "devices:\n"
    "  - {name: Lamp, kind: light, via: home, topic: t, color: true}\n"
    "  - {name: Lamp two, kind: light, via: zigbee2mqtt, topic: t}\n"
    "  - {name: Strip, kind: light, via: tasmota, topic: t, color: true}\n"
    "  - {name: Plug, kind: switch, via: shelly, topic: t}\n"
    "  - {name: Own, kind: light, command_topic: c, state_topic: s, state_on: AN, state_off: AUS}\n"
    "  - {name: Same topic, kind: switch, command_topic: c, state_topic: s}\n"
    "  - {name: Blind, kind: cover, via: zigbee2mqtt, topic: b}\n"
    "  - {name: Heating, kind: climate, via: home, topic: h}\n"
    "  - {name: Outside, kind: sensor, state_topic: o, unit: C}\n"
    "  - {name: Inside, kind: sensor, state_topic: o, state_key: a.b.c}\n"
    "  - {name: Node, kind: light, via: esphome, topic: node/light}\n"
    "  - {name: Window, kind: binary_sensor, class: window, via: zigbee2mqtt, topic: w}\n"
    "  - {name: Front lock, kind: lock, via: zigbee2mqtt, topic: l}\n";

struct house {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct paths paths;
    struct registry *registry;
    struct link link;
    unsigned long told, reported;
};

static void host_report(const struct device *d, const struct device_state *s, void *user)
{
    struct house *h = user;

    h->reported++;
    registry_report(h->registry, d, s);
}

static const struct device_state *host_state(const struct device *d, void *user)
{
    struct house *h = user;

    return registry_state(h->registry, d);
}

static void on_device(const struct msg *m, void *user)
{
    struct house *h = user;
    const struct devices *all = registry_devices(h->registry);
    const char *id = json_str(m->json, "id", "");
    AUTO_JSON *now = NULL;
    size_t i = 0;

    h->told++;
    while (i < all->n && strcmp(all->list[i].id, id) != 0)
        i++;
    if (i == all->n || !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(m->json, "state")))
        abort();
    now = registry_device_json(h->registry, &all->list[i]);
    if (!now)
        abort();
}

static void house_make(struct house *h)
{
    char file[DIR_PATH_BYTES], dir[DIR_BYTES];
    const char *complaint = NULL;
    struct err e = ERR_INIT;
    int r;

    clock_init_virtual(&h->clock, 1000000);
    if (dir_make(dir, "topics") < 0)
        abort();
    str_copy(h->paths.etc, sizeof(h->paths.etc), dir);
    snprintf(file, sizeof(file), "%s/devices.yaml", dir);
    r = file_write(file, devices_yaml, sizeof(devices_yaml) - 1, 0600, &e);
    if (r == 0)
        r = loop_new(&h->loop, &h->clock, &e);
    if (r == 0)
        r = bus_new(&h->bus, h->loop, &e);
    if (r == 0)
        r = registry_new(&h->registry, &(struct registry_deps){ h->loop, h->bus, &h->paths }, &e);
    if (r == 0)
        r = registry_load(h->registry, NULL, &e);
    if (r == 0)
        r = bus_on(h->bus, MSG_DEVICE, on_device, h, &e);
    h->link.host = (struct link_host){ .report = host_report, .state = host_state, .user = h };
    if (r == 0)
        r = index_devices(&h->link, registry_devices(h->registry), &e);
    dir_remove(dir);
    if (r < 0 || registry_complaints(h->registry, &complaint)) {
        fprintf(stderr, "topics_fuzz: %s%s\n", err_text(&e), complaint ? complaint : "");
        abort();
    }
}

/* One line: a topic and what is said on it. */
static void house_hear(struct house *h, const uint8_t *line, size_t len)
{
    char topic[256];
    const uint8_t *blank;
    size_t n;

    if (len == 0)
        return;
    if (line[0] != 0xff) {
        on_message(h->link.heard[line[0] % h->link.heard_n].topic, line + 1, len - 1, &h->link);
        return;
    }
    blank = memchr(line, ' ', len);
    n = blank ? (size_t)(blank - line) - 1 : len - 1;
    if (n >= sizeof(topic))
        return;
    memcpy(topic, line + 1, n);
    topic[n] = '\0';
    on_message(topic, blank ? blank + 1 : line, blank ? len - n - 2 : 0, &h->link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct house h; /* one house hears all inputs, as in life */
    size_t at = 0;

    if (!h.bus)
        house_make(&h);
    for (int lines = 0; at < size && lines < 64; lines++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;

        house_hear(&h, data + at, len);
        at += len + 1;
        clock_advance_usec(&h.clock, (REGISTRY_TELL_MS + 1) * 1000LL);
        while (loop_step(h.loop, 0))
            ;
        bus_drain(h.bus);
    }
    if (h.told > h.reported)
        abort(); /* a word that nobody said */
    return 0;
}
