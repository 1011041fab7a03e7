/* SPDX-License-Identifier: Apache-2.0 */
/* speech/chime.c - a short sound that tells that the box listens. */
#include "speech/chime.h"

#include "base/must.h"

#include <math.h>

enum { RATE_HZ = CHIME_RATE_HZ, TONES = 2, TONE_FRAMES = CHIME_FRAMES / TONES, LOOK_MS = 100, TAIL_MS = 100,
       TAIL_DB = 10 };

static const float tones_hz[TONES] = { 660.0f, 880.0f };
static const float peak = 0.1f; /* -20 dBFS */
static const float own_share = 0.5f; /* see chime.h */

struct chime {
    struct audio *audio;      /* borrowed */
    struct loop_timer *timer; /* owned; gives the source back when all is heard */
    struct play *play;        /* owned; NULL: silent */
    int16_t frames[TONES * TONE_FRAMES];
};

/* Each tone swells and fades as half a sine, so that nothing clicks. */
static void chime_make(int16_t *frames, bool falls)
{
    for (int t = 0; t < TONES; t++)
        for (int i = 0; i < TONE_FRAMES; i++) {
            float x = (float)i / TONE_FRAMES;
            float tone = sinf(2.0f * (float)M_PI * tones_hz[falls ? TONES - 1 - t : t] * (float)i / RATE_HZ);

            frames[t * TONE_FRAMES + i] =
                (int16_t)(32767.0f * peak * sinf((float)M_PI * x) * tone);
        }
}

/* The share of `power` (the sum of squares) that is at `hz`, after Goertzel; 1 for a steady tone. */
static float share_at(float hz, const int16_t *pcm, float power)
{
    const float c = 2.0f * cosf(2.0f * (float)M_PI * hz / RATE_HZ);
    float s1 = 0.0f, s2 = 0.0f;

    for (int i = 0; i < BLOCK_FRAMES; i++) {
        float s = (float)pcm[i] + c * s1 - s2;

        s2 = s1;
        s1 = s;
    }
    return 2.0f * (s1 * s1 + s2 * s2 - c * s1 * s2) / (power * BLOCK_FRAMES);
}

bool chime_sounds_in(const int16_t pcm[BLOCK_FRAMES])
{
    float power = 0.0f, share = 0.0f;

    must_const((int)RATE_HZ == (int)BLOCK_RATE_HZ);
    for (int i = 0; i < BLOCK_FRAMES; i++)
        power += (float)pcm[i] * (float)pcm[i];
    if (power < 1.0f)
        return false;
    for (int t = 0; t < TONES; t++)
        share += share_at(tones_hz[t], pcm, power);
    must(share >= 0.0f);
    return share > own_share;
}

bool chime_ear_step(struct chime_ear *ear, const struct audio_block *b)
{
    int64_t since = b->captured_usec - ear->from_usec;

    if (ear->from_usec == 0 || since < 0 || since >= (int64_t)CHIME_HEARD_MS * 1000)
        return false;
    if (!chime_sounds_in(b->pcm))
        return ear->last_usec > 0 && b->captured_usec - ear->last_usec <= (int64_t)TAIL_MS * 1000 &&
               b->level_db < ear->loudest_db - TAIL_DB;
    if (ear->last_usec == 0 || b->level_db > ear->loudest_db)
        ear->loudest_db = b->level_db;
    ear->last_usec = b->captured_usec;
    return true;
}

void chime_done(int16_t frames[CHIME_FRAMES])
{
    chime_make(frames, true);
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
    chime_make(c->frames, false);
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
