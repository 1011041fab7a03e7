/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_echo.c - our own words, as a broker sends them back to us. */
#include "home/mqtt_echo.h"

#include "base/hash.h"
#include "base/must.h"

#include <string.h>

static uint64_t echo_hash(const char *topic, const void *payload, size_t len)
{
    /* the end of the topic counts, so that no letter can pass from it to the payload */
    return hash_bytes(hash_bytes(HASH_START, topic, strlen(topic) + 1), payload, len);
}

static void echo_drop(struct mqtt_echo *e, size_t i)
{
    must(i < e->n && e->n <= ECHO_MAX);
    memmove(&e->at[i], &e->at[i + 1], (e->n - i - 1) * sizeof(e->at[0]));
    e->n--;
}

void mqtt_echo_sent(struct mqtt_echo *e, const char *topic, const void *payload, size_t len, int64_t now_ms)
{
    if (e->n == ECHO_MAX)
        echo_drop(e, 0);
    must(e->n < ECHO_MAX);
    e->at[e->n++] = (struct echo){ echo_hash(topic, payload, len), now_ms + ECHO_MS };
}

bool mqtt_echo_take(struct mqtt_echo *e, const char *topic, const void *payload, size_t len, int64_t now_ms)
{
    uint64_t hash;

    while (e->n > 0 && e->at[0].until_ms < now_ms)
        echo_drop(e, 0);
    if (e->n == 0)
        return false;
    hash = echo_hash(topic, payload, len);
    for (size_t i = 0; i < e->n; i++)
        if (e->at[i].hash == hash) {
            echo_drop(e, i);
            return true;
        }
    return false;
}
