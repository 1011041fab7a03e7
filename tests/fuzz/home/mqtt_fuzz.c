/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/home/mqtt_fuzz.c - a stream from the broker as the relay sees it, and messages as they wait:
 * first byte: where the stream is cut; the rest is read as packets, and as "topic payload" lines. */
#include "base/str.h"
#include "home/mqtt_inbox.h"
#include "home/mqtt_relay.h"

#include <stdlib.h>
#include <string.h>

enum { MAX = 4096, TOPICS = 16 };

/* However the stream is cut, the verdict is the same. */
static void frames(const uint8_t *data, size_t size, size_t cut)
{
    struct mqtt_frame whole = { .left = 0 }, parts = { .left = 0 };
    const int want = mqtt_frame_take(&whole, data, size, MAX);
    int got = 0;

    for (size_t at = 0; got == 0 && at < size; at += cut)
        got = mqtt_frame_take(&parts, data + at, size - at < cut ? size - at : cut, MAX);
    if (got != want || (want == 0 && (parts.left != whole.left || whole.left > MAX)))
        abort();
}

/* The newest of each topic is there in the end, and in the order in which it came. */
static void inbox(const uint8_t *data, size_t size)
{
    static struct mqtt_inbox b;
    int newest[TOPICS];
    struct mqtt_message *m;

    memset(&b, 0, sizeof(b));
    memset(newest, -1, sizeof(newest));
    for (size_t i = 0; i < size; i++) {
        const char topic[2] = { (char)('a' + data[i] % TOPICS), '\0' };

        m = mqtt_message_new(topic, &data[i], 1);
        if (!m)
            return;
        newest[data[i] % TOPICS] = data[i];
        mqtt_inbox_put(&b, m);
        if (data[i] % 5 == 0) /* somebody reads meanwhile */
            mqtt_message_free(mqtt_inbox_take(&b));
        if (b.n > INBOX_TOPIC_MAX * TOPICS || b.dropped > 0)
            abort();
    }
    while ((m = mqtt_inbox_take(&b))) {
        const int t = m->topic[0] - 'a';

        if (m->len != 1 || (uint8_t)m->payload[0] % TOPICS != t)
            abort();
        if (newest[t] == (uint8_t)m->payload[0])
            newest[t] = -2; /* seen; a later one would be older */
        mqtt_message_free(m);
    }
    if (b.bytes != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    frames(data + 1, size - 1, 1 + data[0] % 16);
    inbox(data + 1, size - 1);
    return 0;
}
