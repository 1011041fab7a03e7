/* SPDX-License-Identifier: Apache-2.0 */
/* web/message.h - what clients may say: the bodies of POST /api/chat and /api/devices/{id}, and the
 * messages that come in over the WebSocket. Their tables are the parser, and what docs/api.md says of them.
 * Who owns what: the structs own their texts and values; message_done() and act_done() free them.
 * Threads: no shared state. */
#ifndef JARVIS_WEB_MESSAGE_H
#define JARVIS_WEB_MESSAGE_H

#include "base/fields.h"
#include "base/limit.h"
#include "core/house.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MESSAGE_TEXT_BYTES_MAX = 10240, MESSAGE_REF_MAX = 65535 };

enum message_kind { MESSAGE_TEXT, MESSAGE_LISTEN, MESSAGE_N };

struct message {
    enum message_kind kind;
    char *text;   /* owned; the sentence, blanks around it cut; NULL for MESSAGE_LISTEN */
    bool speak;   /* say the answer aloud as well */
    uint16_t ref; /* chosen by the client, comes back with the answer; 0: none */
    uint64_t conversation; /* chosen by the client; 0: a conversation of its own */
};

/* What a WebSocket message of this kind holds beside its "type". */
struct message_type {
    const char *name; /* its "type" */
    const struct fields *fields;
    struct rate rate; /* of one client */
    const char *help;
};
extern const struct message_type message_types[MESSAGE_N];
extern const struct rate message_any_rate; /* messages of one client, of whatever kind */
extern const struct fields chat_fields; /* the body of POST /api/chat */
extern const struct fields learn_fields; /* of POST /api/learnt */
extern const struct fields act_fields;  /* of POST /api/devices/{id} */

struct act_wish {
    enum act_command command;
    cJSON *value; /* owned; NULL: none was sent */
};
int act_parse(struct act_wish *ret, const void *buf, size_t len, struct err *e);
void act_done(struct act_wish *w);

/* MSG_LEARN's json of {text, device or means} or {forget}; owned by the caller. -EINVAL with words, -ENOMEM. */
int learn_parse(cJSON **ret, const void *buf, size_t len, struct err *e);

/* {"message": "turn on the light", "speak": false}. -EINVAL with words; -EMSGSIZE when the
 * sentence has more than MESSAGE_TEXT_BYTES_MAX bytes; -ENOMEM. *ret is untouched on failure. */
int chat_parse(struct message *ret, const void *buf, size_t len, struct err *e);
/* {"type": "text", "message": ..., "speak": ..., "ref": 7} or {"type": "listen", "ref": 8}. */
int ws_parse(struct message *ret, const void *buf, size_t len, struct err *e);
void message_done(struct message *m);

#endif
