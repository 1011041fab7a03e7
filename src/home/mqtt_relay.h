/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_relay.h - stands between the socket and libmosquitto, and looks at the length of each packet.
 *
 *     broker <-- tcp --> relay <-- socket pair --> libmosquitto
 *
 * libmosquitto takes whatever length a packet announces and allocates it before a byte of it has come:
 * a broker that lies takes 250 MB of memory. The relay reads the fixed headers as they pass and
 * stops at one that is too long. It is put in after the connect, by giving libmosquitto's
 * descriptor number to one end of a socket pair; so the socket itself is ours, for its options
 * too. Not with TLS, where lengths cannot be seen: there the broker has proved who it is.
 * Threads: the MQTT thread. Owns both descriptors. */
#ifndef JARVIS_HOME_MQTT_RELAY_H
#define JARVIS_HOME_MQTT_RELAY_H

#include "base/err.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in a stream of MQTT packets we are. Zeroed: at the start of one. */
struct mqtt_frame {
    bool in_length;  /* the type was read, the length is being read */
    unsigned shift;  /* bits of the length read so far */
    uint32_t length; /* of the packet whose header is being read; after -EMSGSIZE: too long */
    uint32_t left;   /* bytes of the body still to come */
};

/* Walks over bytes that were received. 0; -EMSGSIZE: a packet announces more than `max` bytes;
 * -EPROTO: a length that never ends. */
int mqtt_frame_take(struct mqtt_frame *f, const void *bytes, size_t len, uint32_t max);

enum { RELAY_BYTES = 16384 };

struct relay_pipe {
    uint8_t bytes[RELAY_BYTES];
    size_t from, to; /* what waits to be written */
};

struct mqtt_relay {
    int tcp, inner; /* owned; -1: not in between */
    struct relay_pipe in, out;
    struct mqtt_frame frame;
    bool is_over; /* the broker hung up */
    int error;    /* errno of the socket; 0: none */
};

void mqtt_relay_init(struct mqtt_relay *r);
/* Takes the socket over; `fd` is libmosquitto's end from now on. */
int mqtt_relay_open(struct mqtt_relay *r, int fd, struct err *e);
void mqtt_relay_close(struct mqtt_relay *r);
static inline bool mqtt_relay_is_open(const struct mqtt_relay *r)
{
    return r->tcp >= 0;
}
/* What to wait for; entries with fd -1 where it is not in between. */
void mqtt_relay_poll(const struct mqtt_relay *r, struct pollfd fds[2]);
/* Moves what can be moved. Bytes that came from the broker (0: none); -EMSGSIZE, -EPROTO: see above. */
int mqtt_relay_pump(struct mqtt_relay *r, uint32_t max);

#endif
