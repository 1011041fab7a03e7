/* SPDX-License-Identifier: Apache-2.0 */
/* A helper process that is none: the test itself says what it answers, and sees what was sent to
 * it last. Takes the place of core/helper.c. */
#ifndef JARVIS_TESTS_FUZZ_STUB_HELPER_H
#define JARVIS_TESTS_FUZZ_STUB_HELPER_H

#include "core/helper.h"

#include <stdlib.h>
#include <string.h>

struct helper {
    struct helper_opts opts;
    bool up;
    struct {
        uint16_t type;
        uint32_t serial;
        char text[256]; /* of a frame of JSON */
        unsigned n;     /* frames so far */
    } sent;
};

static struct helper *helper_made; /* the one that was made last */

int helper_new(struct helper **ret, struct loop *loop, const struct helper_opts *o, struct err *e)
{
    struct helper *h = calloc(1, sizeof(*h));

    (void)loop;
    if (!h)
        return err_set(e, -ENOMEM, "out of memory");
    h->opts = *o;
    *ret = helper_made = h;
    return 0;
}

struct helper *helper_free(struct helper *h)
{
    free(h);
    return NULL;
}

int helper_send2(struct helper *h, uint16_t type, uint32_t serial, const void *head,
                 size_t head_len, const void *bulk, size_t bulk_len, struct err *e)
{
    (void)head;
    (void)head_len;
    (void)bulk;
    (void)bulk_len;
    if (!h->up)
        return err_set(e, -ENOTCONN, "down");
    h->sent.type = type;
    h->sent.serial = serial;
    h->sent.text[0] = '\0';
    h->sent.n++;
    return 0;
}

int helper_send_json(struct helper *h, uint16_t type, uint32_t serial, const cJSON *json,
                     struct err *e)
{
    AUTO_FREE char *text = json_text(json);
    int r = helper_send2(h, type, serial, NULL, 0, NULL, 0, e);

    if (r == 0 && text)
        strncat(h->sent.text, text, sizeof(h->sent.text) - 1);
    return r;
}

int helper_send(struct helper *h, uint16_t type, uint32_t serial, const void *payload, size_t len,
                struct err *e)
{
    return helper_send2(h, type, serial, payload, len, NULL, 0, e);
}

void helper_restart(struct helper *h, const char *why)
{
    (void)h;
    (void)why;
}

bool helper_is_up(const struct helper *h)
{
    return h->up;
}

unsigned helper_restarts(const struct helper *h)
{
    (void)h;
    return 0;
}

pid_t helper_pid(const struct helper *h)
{
    (void)h;
    return 0;
}

/* The bytes of a fuzz input, taken from the front. */
struct bytes {
    const uint8_t *at;
    size_t n;
};

static inline uint8_t byte_take(struct bytes *b)
{
    if (b->n == 0)
        return 0;
    b->n--;
    return *b->at++;
}

/* A frame of the input: its length stands before it; exact-size, so that reading beyond is seen. */
static inline uint8_t *frame_take(struct bytes *b, struct rpc_frame *ret, uint16_t type,
                                  uint32_t serial)
{
    size_t len = byte_take(b) % 96;
    uint8_t *copy;

    len = len < b->n ? len : b->n;
    copy = malloc(len + 1);
    if (!copy)
        abort();
    for (size_t i = 0; i < len; i++)
        copy[i] = byte_take(b);
    *ret = (struct rpc_frame){ .type = type, .serial = serial, .payload = copy, .len = len };
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Goes up where it was down, and down where it was up. */
static inline void helper_flip(struct helper *h)
{
    h->up = !h->up;
    h->opts.on_state(h, h->up, "by the test", h->opts.user);
}

static inline void helper_says(struct helper *h, const struct rpc_frame *f)
{
    h->opts.on_frame(h, f, h->opts.user);
}

/* What an input says, byte by byte: something jarvisd wants (the high bit), or a frame that comes. */
static inline void talk(struct bytes *b, void (*ask)(void *user, uint8_t what),
                        void (*hear)(void *user, struct bytes *b), void (*turn)(void *user),
                        void *user)
{
    while (b->n > 0) {
        uint8_t op = byte_take(b);

        if (op & 0x80)
            ask(user, op & 7);
        else
            hear(user, b);
        turn(user);
    }
}

#endif
