/* SPDX-License-Identifier: Apache-2.0 */
/* core/wyoming.h - events of the Wyoming protocol, both ends (voice services on the local network).
 *
 *     {"type": "audio-chunk", "data_length": 44, "payload_length": 2048}\n
 *     {"rate": 16000, "width": 2, "channels": 1}     data_length bytes, merged over `data` above
 *     ....                                           payload_length raw bytes
 *
 *   bytes --wyoming_feed()--> one event after the other: type, data, payload
 *   wyoming_put() --> bytes: data always behind the line, because readers bound the line to 64 KiB
 *
 * A peer's null is as good as nothing (the reference implementation writes them), so it is taken out
 * of `data`. Unknown keys and events are the caller's to pass over.
 * The protocol has no authentication and no encryption: who listens or connects bounds it.
 * Format: the protocol text of OHF-Voice/wyoming 1.9.0.
 *
 * Who owns what: the reader owns the event; it stands until the next wyoming_feed().
 * What may fail: -EPROTO (what came is no event), -EMSGSIZE (beyond the limits below), -ENOMEM. After a
 * failure nothing more may be fed: where the next event begins is not known.
 * Threads: one owner. */
#ifndef JARVIS_CORE_WYOMING_H
#define JARVIS_CORE_WYOMING_H

#include "base/fields.h"

#include <stddef.h>
#include <stdint.h>

enum {
    WYOMING_LINE_BYTES_MAX = 65536,
    WYOMING_DATA_BYTES_MAX = 1 << 20,
    WYOMING_PAYLOAD_BYTES_MAX = 1 << 20,
};

/* What is awaited next. */
enum wyoming_part { WYOMING_LINE, WYOMING_DATA, WYOMING_PAYLOAD, WYOMING_PART_N };

struct wyoming_event {
    char *type;  /* owned */
    cJSON *data; /* owned; an object, never NULL in an event that is whole */
    size_t data_length, payload_length;
};

struct wyoming_reader {
    struct wyoming_event event;
    struct str bytes; /* owned; of the part under way; at the end the payload */
    enum wyoming_part part;
    bool is_whole; /* `event` was handed out */
};

void wyoming_reader_init(struct wyoming_reader *r);
void wyoming_reader_done(struct wyoming_reader *r); /* frees; may be initialised again */
/* Takes bytes up to the end of an event; *used tells how many. 1: r->event is whole, its payload is
 * r->bytes (data, len); feed the rest after it was used. 0: all are taken, more are needed. */
int wyoming_feed(struct wyoming_reader *r, const void *bytes, size_t len, size_t *used,
                 struct err *e);
/* Nothing of an event is under way: the peer may close here. */
bool wyoming_is_between(const struct wyoming_reader *r);

/* Adds one event. `data` is borrowed, an object or NULL; payload may be NULL when len is 0. Memory that
 * was out shows in out->failed. Too much of anything is the caller's fault (must). */
void wyoming_put(struct str *out, const char *type, const cJSON *data, const void *payload,
                 size_t len);

/* ---- data of the events, by tables; wyoming_take() and wyoming_put_of() ---- */

/* audio-start, audio-chunk; 16 bit samples of one channel are all that is spoken here. */
struct wyoming_format {
    uint32_t rate_hz;
    uint32_t width; /* bytes a sample */
    uint32_t channels;
    int64_t timestamp_ms;
};
extern const struct fields wyoming_format_fields;

/* transcript, transcript-chunk, handled, not-handled, not-recognized, synthesize-chunk */
struct wyoming_text {
    char *text;     /* owned; "" where it is absent */
    char *language; /* owned; NULL: not said */
};
extern const struct fields wyoming_text_fields;

/* transcribe */
struct wyoming_transcribe {
    char *language, *name; /* owned; NULL: the server's own */
};
extern const struct fields wyoming_transcribe_fields;

/* synthesize, synthesize-start */
struct wyoming_voice {
    char *name, *language, *speaker; /* owned; NULL: the server's own */
};
struct wyoming_synthesize {
    char *text; /* owned; NULL in synthesize-start */
    struct wyoming_voice voice;
};
extern const struct fields wyoming_synthesize_fields;

/* error */
struct wyoming_error {
    char *text, *code; /* owned */
};
extern const struct fields wyoming_error_fields;

/* The event's data by a table. -EPROTO with the event's name, -ENOMEM. */
int wyoming_take(void *ret, const struct fields *f, const struct wyoming_event *event,
                 struct err *e);
/* wyoming_put() of a struct of the table; a key that is NULL or 0 is left out. */
void wyoming_put_of(struct str *out, const char *type, const void *of, const struct fields *f,
                    const void *payload, size_t len);

#endif
