/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences of dialogue messages: each byte is something that happens to the assistant or a change of
 * its siblings. Whatever comes, the loudspeaker has one owner, a session is kept once, who asks is
 * answered once, and left alone it comes to rest (unit/assistant/watch.h). One assistant serves all
 * inputs, as one daemon serves all people. */
#include "unit/assistant/watch.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {
    "wake", "button", "press:7", "press:8", "start", "end", "nospeech", "deaf", "lost",
    "hear:lamp_on", "hear:stop", "hear:sing", "hear:yes", "hear:no", "hear:open_the_garage",
    "hear:light_on", "hear:kitchen", "hear:_", "text:lamp_on", "text:time", "text:sing", "text:yes",
    "text:stop", "text:never_mind", "text:light_on", "text:the_hall_one", "text:allume", "text:",
    "text:crash", "text:strange", "aloud:lamp_off", "aloud:stop", "other:lamp_on", "other:stop",
    "other:light_on", "announce:tea", "announce:", "said", "wait:50", "wait:600", "wait:1100",
    "wait:4000", "wait:21000", "mute:intent", "mute:home", "mute:store", "mute:voice",
    "unmute:intent", "unmute:home", "unmute:store", "unmute:voice", "nomicrophone", "microphone",
    "act:107", "act:110", "act:0", "unsure", "broken", "noears", "early:lamp_on", "early:sing", "early:lamp_off",
};

enum { WORDS_N = sizeof(words) / sizeof(words[0]), INPUT_MAX = 256, REST_S = 700 };

static struct scene *scene_of_all(struct watch *w)
{
    static struct scene s;
    static bool is_made;

    if (is_made)
        return &s;
    if (scene_open(&s) < 0 || scene_start(&s, NULL) < 0 ||
        bus_on(s.bus, MSG_N, watch_on_msg, w, NULL) < 0)
        abort();
    is_made = true;
    return &s;
}

/* The siblings are well again, and nobody says anything more. */
static void scene_rest(struct scene *s)
{
    memset(s->mute, 0, sizeof(s->mute));
    s->act_code = 0;
    scene_play(s, "microphone");
    for (int i = 0; i < REST_S && assistant_is_busy(s->assistant); i++) {
        clock_advance_usec(&s->clock, 1000000);
        scene_settle(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct watch w;
    struct scene *s = scene_of_all(&w);

    for (size_t i = 0; i < size && i < INPUT_MAX; i++)
        scene_play(s, words[data[i] % WORDS_N]);
    scene_rest(s);
    if (!w.fault && (assistant_is_busy(s->assistant) || w.asks != w.answers ||
                     strcmp(assistant_state(s->assistant), "idle") != 0))
        w.fault = "it does not come to rest";
    if (w.fault) {
        fprintf(stderr, "%s (%llu asked, %llu answered): %s\n", w.fault,
                (unsigned long long)w.asks, (unsigned long long)w.answers, str_text(&s->log));
        abort();
    }
    str_clear(&s->log);
    w.kept_n = 0;
    return 0;
}
