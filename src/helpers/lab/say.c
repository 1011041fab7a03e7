/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/say.c - a text spoken by jarvis-tts into a WAV file, for demos and tests. */
#include "audio/wav.h"
#include "base/paths.h"
#include "base/str.h"
#include "core/helper.h"
#include "lab.h"
#include "speech/wire.h"

#include <getopt.h>
#include <string.h>

enum { SAY_SECONDS_MAX = 60, SAY_WAIT_MS = 20000 };

struct say {
    struct loop *loop; /* borrowed */
    const char *text, *language, *voice;
    int16_t *frames; /* owned */
    size_t count, cap;
    unsigned rate_hz;
    bool done;
    struct err e;
};

static bool say_reserve(struct say *s, size_t more)
{
    size_t cap = s->cap ? s->cap : 65536;
    int16_t *frames;

    while (cap < s->count + more)
        cap *= 2;
    if (cap == s->cap)
        return true;
    frames = realloc(s->frames, cap * sizeof(*frames));
    if (!frames)
        return false;
    s->frames = frames;
    s->cap = cap;
    return true;
}

static void say_on_audio(struct say *s, const struct rpc_frame *f)
{
    struct wire_speech head;
    size_t n;

    if (f->len < sizeof(head))
        return;
    memcpy(&head, f->payload, sizeof(head));
    n = (f->len - sizeof(head)) / sizeof(int16_t);
    s->rate_hz = head.rate_hz;
    if (s->count + n > (size_t)SAY_SECONDS_MAX * 48000 || !say_reserve(s, n)) {
        err_set(&s->e, -EFBIG, "the speech is longer than %d s", SAY_SECONDS_MAX);
        s->done = true;
        return;
    }
    memcpy(s->frames + s->count, f->payload + sizeof(head), n * sizeof(int16_t));
    s->count += n;
}

static void say_on_frame(struct helper *h, const struct rpc_frame *f, void *user)
{
    struct say *s = user;

    (void)h;
    if (f->type == TTS_AUDIO)
        say_on_audio(s, f);
    if (f->type == TTS_END) {
        struct wire_spoken spoken;
        int r = wire_answer_take(&spoken, &wire_spoken_fields, f, &s->e);

        s->done = true;
        if (r < 0)
            err_wrap(&s->e, r, "jarvis-tts");
    }
}

static void say_on_state(struct helper *h, bool up, const char *why, void *user)
{
    struct say *s = user;
    struct wire_speak order;
    AUTO_JSON *j = NULL;

    if (!up) {
        err_set(&s->e, -EIO, "jarvis-tts: %s", why ? why : "ended");
        s->done = true;
        return;
    }
    order = (struct wire_speak){ (char *)s->text, (char *)s->voice, (char *)s->language, 150 }; /* borrowed */
    j = fields_put(&order, &wire_speak_fields);
    if (!j) {
        err_set(&s->e, -ENOMEM, "out of memory");
        s->done = true;
    } else if (helper_send_json(h, TTS_SPEAK, 1, j, &s->e) < 0) {
        s->done = true;
    }
}

static int say_speak(struct say *s, const struct clock *clock)
{
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(helper_freep) struct helper *h = NULL;
    struct paths paths;
    char program[PATHS_BYTES];
    const struct helper_opts o = {
        .name = "jarvis-tts",
        .program = program,
        .on_state = say_on_state,
        .on_frame = say_on_frame,
        .user = s,
    };
    int64_t until = clock_mono_ms(clock) + SAY_WAIT_MS;
    int r = paths_init(&paths, "", &s->e);

    if (r >= 0)
        r = paths_join(program, sizeof(program), paths.helpers, "jarvis-tts", &s->e);
    if (r >= 0)
        r = loop_new(&loop, clock, &s->e);
    if (r >= 0)
        r = helper_new(&h, loop, &o, &s->e);
    if (r < 0)
        return r;
    while (!s->done && clock_mono_ms(clock) < until)
        loop_step(loop, 50);
    if (!s->done)
        return err_set(&s->e, -ETIMEDOUT, "jarvis-tts did not answer");
    return s->e.code;
}

static int say_write(const struct say *s, const char *path, unsigned lead_ms, struct err *e)
{
    size_t lead = (size_t)s->rate_hz * lead_ms / 1000;
    AUTO_FREE int16_t *all = calloc(lead + s->count + 1, sizeof(*all));

    if (!all)
        return err_set(e, -ENOMEM, "out of memory");
    if (s->count)
        memcpy(all + lead, s->frames, s->count * sizeof(*all));
    return wav_save(path, all, lead + s->count, s->rate_hz, e);
}

int lab_say(int argc, char **argv)
{
    static const struct option options[] = {
        { "lead-ms", required_argument, NULL, 'm' },
        { "language", required_argument, NULL, 'l' },
        { "voice", required_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    struct say s = { .language = "en", .voice = "" };
    struct clock clock;
    long lead_ms = 0;
    int c, r;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'm')
            lead_ms = strtol(optarg, NULL, 10);
        else if (c == 'l')
            s.language = optarg;
        else if (c == 'v')
            s.voice = optarg;
        else
            return 2;
    }
    if (argc - optind != 2 || lead_ms < 0 || lead_ms > 60000) {
        fputs("jarvis-lab: use: say [--lead-ms 0..60000] [--language L] [--voice V] TEXT "
              "OUT.wav\n", stderr);
        return 2;
    }
    s.text = argv[optind];
    clock_init_real(&clock);
    r = say_speak(&s, &clock);
    if (r >= 0)
        r = say_write(&s, argv[optind + 1], (unsigned)lead_ms, &s.e);
    if (r < 0)
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&s.e));
    free(s.frames);
    return r < 0 ? 1 : 0;
}
