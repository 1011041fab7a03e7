/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/speaker.c - what jarvisd asks of jarvis-tts. */
#include "speaker.h"

#include "base/must.h"
#include "base/str.h"
#include "core/rpc.h"
#include "speech/wire.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

enum { REST_LOOK_MS = 30000, INBOX_MAX = 32 };

struct letter { /* a frame that waits */
    struct rpc_frame frame;
    void *payload; /* owned */
};

struct speaker {
    int fd;              /* borrowed */
    struct voice *voice; /* owned */
    uint8_t *packet;     /* owned; RPC_FRAME_BYTES_MAX */
    struct letter inbox[INBOX_MAX];
    size_t n;
    bool speaking;       /* a sentence is being made */
    bool cancelled;      /* and jarvisd does not want it any more */
    uint32_t serial;     /* its name */
    size_t frames;       /* sent of it */
};

int speaker_new(struct speaker **ret, int fd, struct err *e)
{
    AUTO(speaker_freep) struct speaker *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "out of memory");
    s->fd = fd;
    s->packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!s->packet)
        return err_set(e, -ENOMEM, "out of memory");
    r = voice_new(&s->voice, e);
    if (r < 0)
        return r;
    *ret = STEAL(s);
    return 0;
}

struct speaker *speaker_free(struct speaker *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n; i++)
        free(s->inbox[i].payload);
    voice_free(s->voice);
    free(s->packet);
    free(s);
    return NULL;
}

/* ---- out ---------------------------------------------------------------------------------- */

static int inbox_read(struct speaker *s, int wait_ms, struct err *e);

/* A frame that must arrive: waits for a reader that is behind, but not for one that cancels. */
static int send_surely(struct speaker *s, uint16_t type, uint32_t serial, const void *head,
                       size_t head_len, const void *bulk, size_t bulk_len)
{
    for (;;) {
        struct pollfd p = { .fd = s->fd, .events = POLLOUT };
        int r = rpc_send2(s->fd, type, serial, head, head_len, bulk, bulk_len, NULL);

        if (r != -EAGAIN)
            return r;
        if (type == TTS_AUDIO && s->cancelled)
            return -ECANCELED;
        poll(&p, 1, 100);
        r = inbox_read(s, 0, NULL);
        if (r < 0)
            return r;
    }
}

static int send_json(struct speaker *s, uint16_t type, uint32_t serial, const cJSON *json)
{
    AUTO_FREE char *text = json_text(json);

    if (!text)
        return -ENOMEM;
    return send_surely(s, type, serial, text, strlen(text), NULL, 0);
}

static int send_error(struct speaker *s, uint16_t type, uint32_t serial, const char *words)
{
    AUTO_JSON *answer = wire_error_json(words);

    return send_json(s, type, serial, answer);
}

/* ---- in ----------------------------------------------------------------------------------- */

static int inbox_put(struct speaker *s, const struct rpc_frame *f)
{
    uint16_t answer = f->type == TTS_SPEAK ? TTS_END : TTS_PHONEMES_OK;
    struct letter *l;

    if (s->n == INBOX_MAX)
        return send_error(s, answer, f->serial, "too many sentences wait");
    must(s->n < INBOX_MAX);
    l = &s->inbox[s->n];
    l->payload = malloc(f->len + 1);
    if (!l->payload)
        return -ENOMEM;
    memcpy(l->payload, f->payload, f->len);
    l->frame = *f;
    l->frame.payload = l->payload;
    s->n++;
    return 0;
}

static void inbox_take(struct speaker *s, size_t i, struct letter *ret)
{
    must(i < s->n && s->n <= INBOX_MAX);
    *ret = s->inbox[i];
    s->n--;
    memmove(s->inbox + i, s->inbox + i + 1, (s->n - i) * sizeof(s->inbox[0]));
}

static int on_cancel(struct speaker *s, uint32_t serial)
{
    if (s->speaking && serial == s->serial)
        s->cancelled = true;
    for (size_t i = 0; i < s->n; i++) {
        struct letter l;

        if (s->inbox[i].frame.type != TTS_SPEAK || s->inbox[i].frame.serial != serial)
            continue;
        inbox_take(s, i, &l);
        free(l.payload);
        return send_error(s, TTS_END, serial, "cancelled");
    }
    return 0;
}

static int frame_sort(struct speaker *s, const struct rpc_frame *f)
{
    switch (f->type) {
    case RPC_PING:
        rpc_send(s->fd, RPC_PONG, f->serial, f->payload, f->len, NULL);
        return 0; /* one that does not read does not miss it */
    case TTS_CANCEL:
        return on_cancel(s, f->serial);
    case TTS_SPEAK:
    case TTS_PHONEMES:
        return inbox_put(s, f);
    default:
        return 0;
    }
}

/* Sorts everything that has come; waits for a first frame when `wait_ms` is not 0. */
static int inbox_read(struct speaker *s, int wait_ms, struct err *e)
{
    for (;;) {
        struct rpc_frame f;
        int r = rpc_recv(s->fd, s->packet, &f, wait_ms, e);

        if (r <= 0)
            return r;
        r = frame_sort(s, &f);
        if (r < 0)
            return r;
        wait_ms = 0;
    }
}

/* ---- work --------------------------------------------------------------------------------- */

static int on_piece(const int16_t *frames, size_t count, void *user)
{
    struct speaker *s = user;
    const struct wire_speech head = { .rate_hz = voice_rate_hz(s->voice) };
    int r = inbox_read(s, 0, NULL);

    must(s->speaking && head.rate_hz > 0 && count <= RPC_FRAME_BYTES_MAX / sizeof(*frames));
    if (r < 0)
        return r;
    if (s->cancelled)
        return -ECANCELED;
    r = send_surely(s, TTS_AUDIO, s->serial, &head, sizeof(head), frames, count * sizeof(*frames));
    if (r >= 0)
        s->frames += count;
    return r;
}

static int speak(struct speaker *s, const struct rpc_frame *f, struct err *e)
{
    AUTO(wire_speak_done) struct wire_speak order = { .text = NULL };
    int r = wire_take(&order, &wire_speak_fields, f, e);

    if (r >= 0)
        r = voice_choose(s->voice, order.voice, order.language, e);
    if (r >= 0)
        r = voice_speak(s->voice, order.text, order.rate_wpm, on_piece, s, e);
    return r;
}

static int on_speak(struct speaker *s, const struct rpc_frame *f)
{
    AUTO_JSON *answer = NULL;
    struct wire_spoken spoken;
    struct err e = ERR_INIT;
    int r;

    must(!s->speaking); /* one sentence at a time */
    s->speaking = true;
    s->cancelled = false;
    s->serial = f->serial;
    s->frames = 0;
    r = speak(s, f, &e);
    s->speaking = false;
    if (r == -EPIPE)
        return r;
    if (r < 0)
        return send_error(s, TTS_END, f->serial, err_text(&e));
    spoken = (struct wire_spoken){ s->frames, voice_rate_hz(s->voice) };
    answer = fields_put(&spoken, &wire_spoken_fields);
    return send_json(s, TTS_END, f->serial, answer);
}

/* Those that espeak-ng can say, and that fit into an answer. */
static int phonemes(struct wire_sounds *ret, struct speaker *s, const struct rpc_frame *f,
                    struct err *e)
{
    AUTO(wire_words_done) struct wire_words order = { .language = NULL };
    size_t room = WIRE_ROOM_BYTES;
    int r = wire_take(&order, &wire_words_fields, f, e);

    if (r >= 0)
        r = voice_choose(s->voice, "", order.language, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < order.words.n; i++) {
        const char *word = ((char *const *)order.words.items)[i];
        char sounds[VOICE_SOUND_BYTES];

        if (voice_phonemes(s->voice, word, sounds, sizeof(sounds), NULL) < 0)
            continue;
        if (wire_sound_add(&ret->words, &room, word, sounds) == -ENOMEM)
            return err_set(e, -ENOMEM, "out of memory for phonemes");
    }
    return 0;
}

static int on_phonemes(struct speaker *s, const struct rpc_frame *f)
{
    AUTO(wire_sounds_done) struct wire_sounds sounds = { .words = { NULL, 0 } };
    AUTO_JSON *answer = NULL;
    struct err e = ERR_INIT;

    if (phonemes(&sounds, s, f, &e) < 0)
        return send_error(s, TTS_PHONEMES_OK, f->serial, err_text(&e));
    answer = fields_put(&sounds, &wire_sounds_fields);
    return send_json(s, TTS_PHONEMES_OK, f->serial, answer);
}

int speaker_serve(struct speaker *s, struct err *e)
{
    for (;;) {
        struct letter l;
        int r = inbox_read(s, s->n > 0 ? 0 : REST_LOOK_MS, e);

        if (r < 0)
            return r;
        if (s->n == 0) {
            voice_rest(s->voice);
            continue;
        }
        inbox_take(s, 0, &l);
        r = l.frame.type == TTS_SPEAK ? on_speak(s, &l.frame) : on_phonemes(s, &l.frame);
        free(l.payload);
        if (r < 0)
            return err_set(e, r, "the answer could not be sent");
    }
}
