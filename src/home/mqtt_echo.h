/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_echo.h - our own words, as a broker sends them back to us.
 *
 *     publish home/light/kitchen {"power":"on"}  -> mqtt_echo_sent()
 *     the same comes in, as we listen there      -> mqtt_echo_take(): true, once: it is no report
 *
 * Where a device is told and tells on one topic, each command comes back to its sender, and would be taken for
 * the state of a device that may be dead. MQTT 5 has an option against that ("no local"); for brokers that
 * speak 3.1.1 this takes out the first message of the same topic and payload. A broker sends the echo before
 * whatever the device answers, so what comes after it is the device's own.
 * Bounds: ECHO_MAX of them, the oldest is forgotten; each for ECHO_MS: the broker may keep it to itself.
 * Threads: none of its own; a plain value, zeroed: nothing was sent. */
#ifndef JARVIS_HOME_MQTT_ECHO_H
#define JARVIS_HOME_MQTT_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ECHO_MAX = 256, ECHO_MS = 5000 };

struct mqtt_echo {
    struct echo {
        uint64_t hash; /* of topic and payload */
        int64_t until_ms;
    } at[ECHO_MAX]; /* oldest first */
    size_t n;
};

void mqtt_echo_sent(struct mqtt_echo *e, const char *topic, const void *payload, size_t len, int64_t now_ms);
/* Is it one of ours that comes back? It is taken out. */
bool mqtt_echo_take(struct mqtt_echo *e, const char *topic, const void *payload, size_t len, int64_t now_ms);

#endif
