/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/stream.h - the streamed answers of language models, parsed byte by byte.
 *
 *   STREAM_NDJSON  Ollama /api/chat: one JSON object a line, until {"done":true}
 *   STREAM_SSE     OpenAI-compatible /v1/chat/completions: "data: {..}" events, until [DONE] or
 *                  a finish_reason
 *
 * Bytes may be split anywhere; lines end by LF, CRLF or CR; comments, empty lines and unknown
 * fields are passed over. Only spoken content comes out: `thinking`, `reasoning_content` and tool
 * calls stay inside. An {"error"} inside a stream of status 200 is an error.
 * Formats: the Ollama API and server-sent events of the HTML standard, section 9.2.
 * Threads: one owner. */
#ifndef JARVIS_ASSISTANT_STREAM_H
#define JARVIS_ASSISTANT_STREAM_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

enum { STREAM_LINE_BYTES_MAX = 1 << 20, STREAM_BYTES_MAX = 8 << 20 };

enum stream_kind { STREAM_NDJSON, STREAM_SSE, STREAM_KIND_N };

struct stream {
    enum stream_kind kind;
    struct str line;   /* owned; the line under way */
    struct str data;   /* owned; SSE: the event's data lines */
    struct str text;   /* owned; content that nobody has taken yet */
    size_t bytes;      /* of the whole answer */
    unsigned events;   /* well-formed objects so far, with or without content */
    bool has_begun;    /* a line was seen: no byte order mark may come */
    bool after_cr;     /* a LF now belongs to the CR before it */
    bool has_data;     /* SSE: the event under way has data */
    bool is_finished;  /* finish_reason came; the end of the body is a good end */
    bool is_complete;  /* done or [DONE] came; what follows is passed over */
};

void stream_init(struct stream *s, enum stream_kind kind);
void stream_done(struct stream *s); /* frees; may be initialised again */
/* New content stands in s->text; the caller takes and clears it. -EPROTO (no such stream),
 * -EREMOTEIO (the server told an error; its words), -EMSGSIZE (limits), -ENOMEM. After a failure
 * nothing more may be fed. */
int stream_feed(struct stream *s, const void *bytes, size_t len, struct err *e);
/* The body is over. -EPROTO where the answer is not. */
int stream_end(struct stream *s, struct err *e);

#endif
