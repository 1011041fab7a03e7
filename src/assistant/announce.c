/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/announce.c - texts that somebody wants spoken by the box. */
#include "assistant/announce.h"

#include "assistant/turn.h"
#include "assistant/typed.h"
#include "base/must.h"

#include <string.h>

struct announcement {
    struct announcer *announcer;
    struct voice_stream stream; /* stream.voice: the place is taken */
    struct origin origin;
    int code;                   /* of the voice; 0: no trouble */
    char words[128];            /* for it */
};

struct announcer {
    struct voice *voice; /* borrowed */
    struct bus *bus;     /* borrowed */
    struct reply *const *words; /* borrowed */
    struct announcement list[ANNOUNCE_MAX];
};

static void announce_on_start(int64_t at_usec, void *user)
{
    (void)at_usec;
    (void)user;
}

static void announce_on_trouble(int code, const char *words, void *user)
{
    struct announcement *one = user;

    one->code = code;
    str_copy(one->words, sizeof(one->words), words);
}

static void announce_on_over(int code, void *user)
{
    struct announcement *one = user;
    const struct reply *r = *one->announcer->words;
    const char *words = "";

    must(!one->stream.voice && code <= 0 && r);
    if (one->code < 0)
        words = one->words;
    else if (code < 0)
        words = reply_error(r, code == -ECANCELED ? REPLY_INTERRUPTED : REPLY_BUSY);
    turn_refuse(one->announcer->bus, &one->origin, one->code < 0 ? one->code : code, words);
}

static int announce_check(const char *text, enum reply_error *error)
{
    int r = typed_check_text(text, error);

    if (r >= 0 && strlen(text) > ANNOUNCE_TEXT_BYTES_MAX) {
        *error = REPLY_TEXT_LONG;
        return -E2BIG;
    }
    return r;
}

static struct announcement *announce_place(struct announcer *a)
{
    for (size_t i = 0; i < ANNOUNCE_MAX; i++)
        if (!a->list[i].stream.voice)
            return &a->list[i];
    return NULL;
}

void announce_take(struct announcer *a, const struct msg *m)
{
    enum reply_error error = REPLY_BUSY;
    int r = announce_check(m->text, &error);
    struct announcement *one = r < 0 ? NULL : announce_place(a);

    if (one) {
        must(one >= a->list && one < a->list + ANNOUNCE_MAX);
        *one = (struct announcement){ .announcer = a, .origin = m->origin };
        one->stream.rank = VOICE_OTHER;
        one->stream.events = (struct voice_events){ announce_on_start, announce_on_trouble,
                                                    announce_on_over, one };
        voice_hold(&one->stream, true); /* until it is known as the last */
        r = voice_say(a->voice, &one->stream, m->text);
        if (r >= 0) {
            voice_end(&one->stream);
            voice_hold(&one->stream, false);
            return;
        }
    }
    turn_refuse(a->bus, &m->origin, r < 0 ? r : -EBUSY, reply_error(*a->words, error));
}

void announcer_stop(struct announcer *a)
{
    for (size_t i = 0; i < ANNOUNCE_MAX; i++) {
        struct announcement *one = &a->list[i];

        if (!one->stream.voice)
            continue;
        voice_leave(&one->stream);
        turn_refuse(a->bus, &one->origin, -ESHUTDOWN, reply_error(*a->words, REPLY_STOPPING));
    }
}

int announcer_new(struct announcer **ret, struct voice *voice, struct bus *bus,
                  struct reply *const *words, struct err *e)
{
    struct announcer *a = calloc(1, sizeof(*a));

    if (!a)
        return err_set(e, -ENOMEM, "announcements: out of memory");
    a->voice = voice;
    a->bus = bus;
    a->words = words;
    *ret = a;
    return 0;
}

struct announcer *announcer_free(struct announcer *a)
{
    if (!a)
        return NULL;
    for (size_t i = 0; i < ANNOUNCE_MAX; i++)
        voice_leave(&a->list[i].stream);
    free(a);
    return NULL;
}
