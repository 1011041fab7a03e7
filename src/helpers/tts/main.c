/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/main.c - jarvis-tts: text to speech over the RPC socket (speech/wire.h).
 * One row a frame type; ends when the socket closes. */
#include "base/json.h"
#include "speech/wire.h"
#include "trim.h"
#include "voice.h"

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { SEND_WAIT_MS = 5000, PHONEME_WORDS_MAX = 500, PHONEME_BYTES = 256 };

struct tts {
    int fd;
    uint8_t *packet; /* owned; RPC_FRAME_BYTES_MAX */
    unsigned rate_hz;
};

struct sentence { /* under way */
    struct tts *tts;
    uint32_t serial;
    size_t frames; /* sent */
};

/* Waits for room: sound must not be lost while the daemon is busy. */
static int send_audio(struct sentence *s, const int16_t *frames, size_t count)
{
    const struct wire_speech head = { .rate_hz = s->tts->rate_hz };
    int r;

    do {
        struct pollfd p = { .fd = s->tts->fd, .events = POLLOUT };

        r = rpc_send2(s->tts->fd, TTS_AUDIO, s->serial, &head, sizeof(head), frames,
                      count * sizeof(*frames), NULL);
        if (r == -EAGAIN && poll(&p, 1, SEND_WAIT_MS) <= 0)
            break;
    } while (r == -EAGAIN);
    return r;
}

static int on_trimmed(const int16_t *frames, size_t count, void *user)
{
    struct sentence *s = user;

    while (count > 0) {
        size_t n = count < WIRE_FRAMES_MAX ? count : WIRE_FRAMES_MAX;
        int r = send_audio(s, frames, n);

        if (r < 0)
            return r;
        s->frames += n;
        frames += n;
        count -= n;
    }
    return 0;
}

/* Is the next waiting frame the end of this sentence? It is left where it is unless it is. */
static bool cancel_waits(struct sentence *s)
{
    uint8_t head[RPC_HEADER_BYTES];
    struct rpc_frame f;
    ssize_t n = recv(s->tts->fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);

    if (n == 0)
        return true; /* the daemon is gone */
    if (n != (ssize_t)sizeof(head) || rpc_parse(&f, head, sizeof(head), NULL) < 0)
        return false;
    if (f.type != TTS_CANCEL || f.serial != s->serial)
        return false;
    return recv(s->tts->fd, head, sizeof(head), MSG_DONTWAIT) > 0;
}

struct pipe_ends {
    struct sentence *sentence;
    struct trim *trim;
};

static int on_voice(const int16_t *frames, size_t count, void *user)
{
    struct pipe_ends *p = user;

    if (cancel_waits(p->sentence))
        return -ECANCELED;
    return trim_push(p->trim, frames, count);
}

static int speak(struct sentence *s, const cJSON *j, struct err *e)
{
    struct voice_want w = {
        .voice = json_str(j, "voice", ""),
        .language = json_str(j, "language", "en"),
        .rate_wpm = (int)json_num(j, "rate_wpm", 170),
    };
    struct trim trim;
    struct pipe_ends ends = { s, &trim };
    int r = json_need_str(&w.text, j, "text", e);

    if (r >= 0)
        r = trim_init(&trim, s->tts->rate_hz, on_trimmed, s, e);
    if (r < 0)
        return r;
    r = voice_speak(&w, on_voice, &ends, e);
    if (r >= 0)
        r = trim_finish(&trim);
    trim_done(&trim);
    return r;
}

static void on_speak(struct tts *t, const struct rpc_frame *f)
{
    AUTO_JSON *j = NULL, *end = cJSON_CreateObject();
    struct sentence s = { .tts = t, .serial = f->serial };
    struct err e = ERR_INIT;
    int r = rpc_json(&j, f, &e);

    if (r >= 0)
        r = speak(&s, j, &e);
    if (r < 0) {
        cJSON_AddStringToObject(end, "error", r == -ECANCELED ? "cancelled" : err_text(&e));
    } else {
        cJSON_AddNumberToObject(end, "frames", (double)s.frames);
        cJSON_AddNumberToObject(end, "rate_hz", t->rate_hz);
    }
    rpc_send_json(t->fd, TTS_END, f->serial, end, NULL);
}

static void on_phonemes(struct tts *t, const struct rpc_frame *f)
{
    AUTO_JSON *j = NULL, *out = cJSON_CreateObject();
    const cJSON *word;
    int n = 0;

    if (rpc_json(&j, f, NULL) >= 0) {
        const char *language = json_str(j, "language", "en");

        cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(j, "words"))
        {
            char phonemes[PHONEME_BYTES];

            if (n++ < PHONEME_WORDS_MAX && cJSON_IsString(word) &&
                voice_phonemes(phonemes, sizeof(phonemes), word->valuestring, language, NULL) >= 0)
                cJSON_AddStringToObject(out, word->valuestring, phonemes);
        }
    }
    rpc_send_json(t->fd, TTS_PHONEMES_OK, f->serial, out, NULL);
}

static void on_ping(struct tts *t, const struct rpc_frame *f)
{
    rpc_send(t->fd, RPC_PONG, f->serial, f->payload, f->len, NULL);
}

/* TTS_CANCEL that arrives here names a sentence whose TTS_END is out already. */
static const struct {
    uint16_t type;
    void (*fn)(struct tts *t, const struct rpc_frame *f);
} rows[] = {
    { RPC_PING, on_ping },
    { TTS_SPEAK, on_speak },
    { TTS_PHONEMES, on_phonemes },
};

static void confine(void)
{
    const struct rlimit none = { 0, 0 };
    const struct rlimit files = { 64, 64 };

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(void)
{
    struct tts t = { .fd = HELPER_FD };
    struct err e = ERR_INIT;
    struct rpc_frame f;
    int r;

    t.packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!t.packet)
        return EXIT_FAILURE;
    confine();
    r = voice_open(&t.rate_hz, &e);
    while (r >= 0) {
        r = rpc_recv(t.fd, t.packet, &f, -1, &e);
        for (size_t i = 0; r > 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
            if (rows[i].type == f.type)
                rows[i].fn(&t, &f);
    }
    voice_close();
    free(t.packet);
    if (r != -EPIPE) {
        fprintf(stderr, "jarvis-tts: %s; it is to be started by jarvisd\n", err_text(&e));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
