/* SPDX-License-Identifier: Apache-2.0 */
/* speech/listen.c - the listen thread. */
#include "speech/listen.h"

#include "base/must.h"
#include "base/str.h"
#include "base/worker.h"
#include "core/deadlines.h"
#include "rt/denormal.h"
#include "speech/chime.h"
#include "speech/voiced.h"
#include "wake/preroll.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

enum {
    IDLE_WAIT_MS = 1000,
    LOUDNESS_MS = 200, /* more silence where only the loudness tells: words have soft ends */
    SEND_BLOCKS = 4, /* of a sentence in one frame: 40 ms, and 25 wake-ups a second */
};

struct mail { /* what the main loop wants */
    bool take;
    struct listen_take want;
    uint64_t taken; /* the session that the thread has taken last; 0: none */
    bool drop;      /* its sentence is not wanted any more */
    bool wake_on;
};

struct listen {
    struct listen_opts opts;
    struct worker *worker; /* owned; NULL: not started */
    int mail_fd; /* eventfd; owned */
    pthread_mutex_t lock;
    struct mail mail;     /* guarded by lock */

    /* listen thread only */
    bool wake_on;
    bool in_sentence;
    struct listen_take sentence;
    struct endpoint endpoint;
    struct voiced voiced;
    struct chime_ear chime; /* of the sentence */
    struct preroll preroll;
    struct {
        uint64_t position;
        size_t count; /* samples waiting */
        int16_t frames[SEND_BLOCKS * BLOCK_FRAMES];
    } send;
};

/* ---- listen thread ------------------------------------------------------------------------- */

static void tell_start(struct listen *l)
{
    struct msg *m = msg_new(MSG_SPEECH_START, l->sentence.session);

    if (m)
        m->endpoint = ENDPOINT_BOX;
    if (m)
        m->at_usec = l->endpoint.first_voiced_usec;
    bus_post(l->opts.bus, m);
}

static void tell_end(struct listen *l)
{
    struct msg *m = msg_new(MSG_SPEECH_END, l->sentence.session);

    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->end.reason = l->endpoint.reason;
        m->end.last_voiced_usec = l->endpoint.last_voiced_usec;
    }
    bus_post(l->opts.bus, m);
}

static void wake_clear(struct listen *l)
{
    const struct wake_engine *w = l->opts.wake;

    w->clear(w->self);
}

static void sentence_close(struct listen *l)
{
    must(l->in_sentence);
    l->in_sentence = false;
    audio_capture_batch(l->opts.audio, l->opts.wake->blocks);
    wake_clear(l); /* the sentence must not be heard as the next wake word */
}

/* Since when nobody speaks any more; 0 where nothing may be told before the end. */
static unsigned quiet_ms(const struct listen *l)
{
    int ms = l->endpoint.quiet_ms - (l->opts.net ? 0 : LOUDNESS_MS);

    return l->sentence.early && l->endpoint.started && ms > 0 ? (unsigned)ms : 0;
}

static void send_flush(struct listen *l)
{
    if (l->send.count > 0)
        stt_utt_audio(l->opts.stt, l->send.position, l->send.frames, l->send.count, quiet_ms(l));
    l->send.count = 0;
}

static void send_add(struct listen *l, const struct audio_block *b)
{
    must(l->send.count + BLOCK_FRAMES <= sizeof(l->send.frames) / sizeof(l->send.frames[0]));
    if (l->send.count == 0)
        l->send.position = b->position;
    memcpy(l->send.frames + l->send.count, b->pcm, sizeof(b->pcm));
    l->send.count += BLOCK_FRAMES;
    if (l->send.count == sizeof(l->send.frames) / sizeof(l->send.frames[0]))
        send_flush(l);
}

static void sentence_drop(struct listen *l)
{
    l->send.count = 0;
    stt_utt_drop(l->opts.stt, l->sentence.serial);
}

/* The message goes first: the transcript must not overtake the end of speech. */
static void sentence_end(struct listen *l)
{
    must(l->in_sentence && l->sentence.session != 0);
    tell_end(l);
    if (l->endpoint.reason == END_NO_SPEECH) {
        sentence_drop(l);
    } else {
        send_flush(l);
        stt_utt_end(l->opts.stt, l->sentence.serial);
    }
    sentence_close(l);
}

static void sentence_block(struct listen *l, const struct audio_block *b)
{
    struct endpoint_block e = { b->captured_usec, b->level_db, voiced_step(&l->voiced, b),
                                chime_ear_step(&l->chime, b), WIRE_NOTHING };

    send_add(l, b);
    if (b->position + BLOCK_FRAMES <= l->sentence.speech_position) {
        if (b->position >= l->sentence.wake_from && b->position < l->sentence.wake_to)
            endpoint_wake(&l->endpoint, b->level_db);
        return;
    }
    e.state = stt_utt_state(l->opts.stt);
    switch (endpoint_step(&l->endpoint, &e)) {
    case ENDPOINT_STARTED:
        tell_start(l);
        break;
    case ENDPOINT_ENDED:
        sentence_end(l);
        break;
    case ENDPOINT_NOTHING:
        break;
    }
}

static void sentence_open(struct listen *l, const struct listen_take *want)
{
    size_t i = preroll_find(&l->preroll, want->from_position);
    struct endpoint_opts o = want->endpoint;

    must(want->serial != 0 && i <= l->preroll.fill);
    if (l->in_sentence)
        sentence_drop(l);
    l->sentence = *want;
    l->in_sentence = true;
    l->chime = (struct chime_ear){ .from_usec = want->chime_usec };
    audio_capture_batch(l->opts.audio, 1);
    voiced_init(&l->voiced, l->opts.net);
    if (!l->opts.net)
        o.silence_ms += LOUDNESS_MS;
    if (o.patience_ms < o.silence_ms)
        o.patience_ms = o.silence_ms;
    endpoint_init(&l->endpoint, &o);
    stt_utt_start(l->opts.stt, want->serial, want->from_position);
    for (; i < l->preroll.fill && l->in_sentence; i++)
        sentence_block(l, preroll_at(&l->preroll, i));
}

static void mail_read(struct listen *l)
{
    struct mail mail;
    eventfd_t count;

    eventfd_read(l->mail_fd, &count);
    pthread_mutex_lock(&l->lock);
    mail = l->mail;
    if (mail.take)
        l->mail.taken = mail.want.session;
    l->mail.take = l->mail.drop = false;
    pthread_mutex_unlock(&l->lock);
    if (mail.wake_on != l->wake_on) {
        l->wake_on = mail.wake_on;
        wake_clear(l);
    }
    must(!l->in_sentence || l->sentence.session == mail.taken);
    if (mail.drop && l->in_sentence) {
        sentence_drop(l);
        sentence_close(l);
    }
    if (mail.take)
        sentence_open(l, &mail.want);
}

/* The one place that tells of a wake word. */
static void wake_block(struct listen *l, const struct audio_block *b)
{
    const struct wake_engine *w = l->opts.wake;
    struct wake_hit hit;
    struct msg *m;

    if (b && b->lost_before)
        w->clear(w->self);
    if (w->feed(w->self, b, &hit) != 1)
        return;
    m = msg_new(MSG_WAKE, 0);
    if (m) {
        m->endpoint = ENDPOINT_BOX;
        m->wake.from_position = hit.from_position;
        m->wake.to_position = hit.to_position;
        m->wake.score = hit.score;
        m->text = str_dup(hit.phrase);
    }
    bus_post(l->opts.bus, m);
}

static void listen_block(struct listen *l, const struct audio_block *b)
{
    preroll_add(&l->preroll, b);
    if (l->in_sentence) {
        sentence_block(l, b);
    } else if (l->wake_on) {
        wake_block(l, b);
    }
}

void listen_step(struct listen *l)
{
    struct audio_block b;

    mail_read(l);
    if (l->wake_on && !l->in_sentence)
        wake_block(l, NULL); /* what an engine elsewhere has heard meanwhile */
    while (audio_capture_pop(l->opts.audio, &b))
        listen_block(l, &b);
}

static void listen_main(struct worker *w, void *user)
{
    struct listen *l = user;
    struct pollfd fds[] = { { .fd = audio_capture_fd(l->opts.audio), .events = POLLIN },
                            { .fd = l->mail_fd, .events = POLLIN } };

    denormal_flush(); /* the voice network and the engines compute */
    while (!worker_is_ending(w)) {
        eventfd_t count;

        poll(fds, 2, IDLE_WAIT_MS);
        if (fds[0].revents & POLLIN)
            eventfd_read(fds[0].fd, &count);
        worker_beat(w);
        listen_step(l);
    }
}

static void listen_wake(void *user)
{
    listen_poke(user);
}

/* ---- main loop ----------------------------------------------------------------------------- */

static void mail_ring(struct listen *l)
{
    eventfd_write(l->mail_fd, 1);
}

void listen_poke(struct listen *l)
{
    mail_ring(l);
}

void listen_take(struct listen *l, const struct listen_take *t)
{
    pthread_mutex_lock(&l->lock);
    l->mail.take = true; /* opening a sentence drops the one before */
    l->mail.want = *t;
    pthread_mutex_unlock(&l->lock);
    mail_ring(l);
}

void listen_drop(struct listen *l, uint64_t session)
{
    pthread_mutex_lock(&l->lock);
    if (l->mail.want.session == session)
        l->mail.take = false;
    if (l->mail.taken == session) /* of others the thread knows nothing any more */
        l->mail.drop = true;
    pthread_mutex_unlock(&l->lock);
    mail_ring(l);
}

void listen_wake_set(struct listen *l, bool on)
{
    pthread_mutex_lock(&l->lock);
    l->mail.wake_on = on;
    pthread_mutex_unlock(&l->lock);
    mail_ring(l);
}

int listen_new(struct listen **ret, const struct listen_opts *o, struct err *e)
{
    struct listen *l = calloc(1, sizeof(*l));

    if (!l)
        return err_set(e, -ENOMEM, "listen thread: out of memory");
    l->opts = *o;
    l->mail_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->mail_fd < 0) {
        int r = err_set(e, -errno, "listen thread: %s", err_words(errno));

        free(l);
        return r;
    }
    pthread_mutex_init(&l->lock, NULL);
    audio_capture_batch(o->audio, o->wake->blocks);
    *ret = l;
    return 0;
}

int listen_start(struct listen *l, struct err *e)
{
    const struct worker_opts o = {
        .name = "listen",
        .deadline_ms = DEADLINE_LISTEN_MS,
        .watch = health_watcher(l->opts.health),
        .main = listen_main,
        .wake = listen_wake,
        .user = l,
    };

    return worker_start(&l->worker, &o, e);
}

struct listen *listen_free(struct listen *l)
{
    if (!l)
        return NULL;
    if (worker_end(STEAL(l->worker), DEADLINE_STOP_LISTEN_MS) < 0)
        return l;
    close(l->mail_fd);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return NULL;
}
