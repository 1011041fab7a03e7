/* SPDX-License-Identifier: Apache-2.0 */
/* core/origin.h - who asked, and where it is heard and answered.
 *
 * Every message that somebody outside causes carries its origin. Limits are kept per origin
 * (kind and client), and whoever asks gets exactly one answer, found by client and request.
 * An endpoint is where a conversation takes place: the box itself, a browser, a satellite, a
 * typed conversation. Each endpoint has one conversation at a time; different ones do not wait
 * for each other.
 * Threads: plain values. */
#ifndef JARVIS_CORE_ORIGIN_H
#define JARVIS_CORE_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

enum origin_kind {
    ORIGIN_NONE,       /* nobody in particular */
    ORIGIN_BOX,        /* the box's own microphone, button and switches */
    ORIGIN_CONTROL,    /* jarvisctl: client = call */
    ORIGIN_HTTP,       /* one request: client = its token */
    ORIGIN_WEBSOCKET,  /* a browser: client = connection */
    ORIGIN_SATELLITE,  /* a remote microphone: client = its number */
    ORIGIN_AUTOMATION,
    ORIGIN_PLUGIN,
    ORIGIN_N
};

struct origin {
    enum origin_kind kind;
    uint64_t client;  /* within the kind; < 2^56 */
    uint64_t request; /* the client's own number for what it asked; comes back in the answer */
    uint64_t user;    /* account; 0: not known */
};

/* An endpoint is kind and client in one number; 0 is none. */
#define ENDPOINT_CLIENT_MAX ((1ULL << 56) - 1)
#define ENDPOINT_BOX ((uint64_t)ORIGIN_BOX << 56)

static inline uint64_t endpoint_of(enum origin_kind kind, uint64_t client)
{
    return (uint64_t)kind << 56 | (client & ENDPOINT_CLIENT_MAX);
}

static inline enum origin_kind endpoint_kind(uint64_t endpoint)
{
    return (enum origin_kind)(endpoint >> 56);
}

/* Is what is asked there spoken, so that it may have been misheard? */
static inline bool endpoint_hears(uint64_t endpoint)
{
    return endpoint_kind(endpoint) == ORIGIN_BOX || endpoint_kind(endpoint) == ORIGIN_SATELLITE;
}

static inline bool origin_is(const struct origin *a, const struct origin *b)
{
    return a->kind == b->kind && a->client == b->client;
}

const char *origin_kind_name(enum origin_kind kind); /* "box", "control", "http" ... */

#endif
