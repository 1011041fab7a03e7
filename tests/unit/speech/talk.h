/* SPDX-License-Identifier: Apache-2.0 */
/* speech as a whole on the virtual clock: time that waits for helpers, and a sentence that is said to it. */
#ifndef JARVIS_TESTS_SPEECH_TALK_H
#define JARVIS_TESTS_SPEECH_TALK_H

#include "rig.h"

enum { ONE_UTTERANCE = 160 };

static struct rig rig;
static struct speech *speech;
static struct engines *talk_engines; /* NULL: none is ever there */
static bool gave_up; /* what is owed does not come: the virtual clock goes on without */

static void run(int ticks, int patience_ms)
{
    while (ticks-- > 0) {
        int64_t end = rig_real_ms() + patience_ms;

        audio_step(rig.audio);
        speech_step(speech);
        gave_up = gave_up && speech_is_busy(speech);
        while (loop_step(rig.loop, 0) || (speech_is_busy(speech) && !gave_up)) {
            loop_step(rig.loop, 10);
            gave_up = rig_real_ms() >= end;
        }
        clock_advance_usec(&rig.clock, RIG_TICK_USEC);
    }
}

static void speech_open(void)
{
    const struct speech_deps d = { .loop = rig.loop,
                                   .bus = rig.bus,
                                   .audio = rig.audio,
                                   .settings = &rig.settings,
                                   .paths = &rig.paths,
                                   .engines = talk_engines };

    assert_int_equal(speech_new(&speech, &d, NULL), 0);
    assert_int_equal(speech_start(speech, NULL), 0);
    gave_up = false;
}

/* One sentence is said; whoever asked stops to listen, as the assistant does at its deadline. */
static void say_one(uint64_t session, int patience_ms)
{
    static int16_t loud[16000 / 2];
    struct msg *m = msg_new(MSG_LISTEN, session);

    assert_non_null(m);
    m->listen.from_position = UINT64_MAX;
    m->endpoint = ENDPOINT_BOX;
    bus_post(rig.bus, m);
    for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++)
        loud[i] = i % 64 < 32 ? 8000 : -8000;
    rig_hear(&rig, loud, sizeof(loud) / sizeof(loud[0]));
    run(ONE_UTTERANCE, patience_ms);
    rig_post(&rig, MSG_LISTEN_STOP, session, NULL, 0);
    run(20, patience_ms);
}

#endif
