/* SPDX-License-Identifier: Apache-2.0 */
/* speech/chime.c - a short sound that tells that the box listens. */
#include "speech/chime.h"

#include "base/must.h"

#include <math.h>

enum { RATE_HZ = 16000, TONE_MS = 60, TONES = 2, TONE_FRAMES = RATE_HZ * TONE_MS / 1000,
       LOOK_MS = 100 };

static const float tones_hz[TONES] = { 660.0f, 880.0f };
static const float peak = 0.1f; /* -20 dBFS */

struct chime {
    struct audio *audio;      /* borrowed */
    struct loop_timer *timer; /* owned; gives the source back when all is heard */
    struct play *play;        /* owned; NULL: silent */
    int16_t frames[TONES * TONE_FRAMES];
};

/* Each tone swells and fades as half a sine, so that nothing clicks. */
static void chime_make(struct chime *c)
{
    for (int t = 0; t < TONES; t++)
        for (int i = 0; i < TONE_FRAMES; i++) {
            float x = (float)i / TONE_FRAMES;
            float tone = sinf(2.0f * (float)M_PI * tones_hz[t] * (float)i / RATE_HZ);

            c->frames[t * TONE_FRAMES + i] =
                (int16_t)(32767.0f * peak * sinf((float)M_PI * x) * tone);
        }
}

static void chime_on_timer(void *user)
{
    struct chime *c = user;

    if (c->play && !play_is_done(c->play))
        loop_timer_after_ms(c->timer, LOOK_MS);
    else
        c->play = play_close(c->play);
}

void chime_play(struct chime *c)
{
    size_t taken;

    c->play = play_close(c->play);
    if (play_open(&c->play, c->audio, PLAY_CHIME, RATE_HZ, NULL) < 0)
        return;
    taken = play_write(c->play, c->frames, TONES * TONE_FRAMES);
    must(taken == TONES * TONE_FRAMES); /* a source's ring holds 2 s */
    play_end(c->play);
    loop_timer_after_ms(c->timer, LOOK_MS);
}

int chime_new(struct chime **ret, struct loop *loop, struct audio *audio, struct err *e)
{
    AUTO(chime_freep) struct chime *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "chime: out of memory");
    c->audio = audio;
    r = loop_timer_new(&c->timer, loop, chime_on_timer, c, e);
    if (r < 0)
        return err_wrap(e, r, "chime");
    chime_make(c);
    *ret = STEAL(c);
    return 0;
}

struct chime *chime_free(struct chime *c)
{
    if (!c)
        return NULL;
    play_close(c->play);
    loop_timer_free(c->timer);
    free(c);
    return NULL;
}
