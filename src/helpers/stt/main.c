/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/main.c - jarvis-stt: the wake keyphrase and the command grammar, asked over
 * the RPC socket (speech/wire.h). One row a frame type; ends when the socket closes. */
#include "base/json.h"
#include "decoder.h"
#include "grammar.h"
#include "speech/wire.h"

#include <sphinxbase/err.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

enum {
    PATH_BYTES = 512,
    PHRASE_BYTES = 128,
    UTTERANCE_FRAMES_MAX = 60 * 16000, /* more than every cap of the endpoint */
    FILES_MAX = 64,
};

/* Chosen on spoken home commands and on speech that is none; see docs/adr/0007. */
static const double filler_probability = 3e-3;

struct stt {
    int fd;
    uint8_t *packet;           /* owned; RPC_FRAME_BYTES_MAX */
    struct decoder *decoder;   /* owned; NULL before STT_CONFIG */
    char model[PATH_BYTES], dictionary[PATH_BYTES], phrase[PHRASE_BYTES];
    int threshold_exp;
    bool wake;                 /* the wake phrase is wanted */
    struct utterance {
        bool open;
        uint32_t serial;
        uint64_t frames;       /* taken so far */
        int64_t cpu_usec;      /* spent so far */
        struct err e;          /* what went wrong; told in the result */
    } utt;
};

static int64_t cpu_usec(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void answer(struct stt *s, uint16_t type, uint32_t serial, const cJSON *json)
{
    rpc_send_json(s->fd, type, serial, json, NULL); /* a peer that is gone ends the main loop */
}

static void answer_error(struct stt *s, uint16_t type, uint32_t serial, const struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (j && cJSON_AddStringToObject(j, "error", err_text(e)))
        answer(s, type, serial, j);
}

/* ---- configuration and grammar --------------------------------------------------------- */

/* The phrase's words are looked up like the grammar's. */
static int phrase_words(struct dict *d, const char *phrase, struct err *e)
{
    for (const char *p = phrase + strspn(phrase, " "); *p;) {
        char word[DICT_WORD_BYTES];
        size_t n = strcspn(p, " ");
        int r;

        if (n >= sizeof(word))
            return err_set(e, -EINVAL, "wake phrase '%s': a word is too long", phrase);
        memcpy(word, p, n);
        word[n] = '\0';
        r = dict_add(d, word, e);
        if (r < 0)
            return err_wrap(e, r, "wake phrase");
        p += n + strspn(p + n, " ");
    }
    return 0;
}

static int lexicon_add(struct dict *d, const cJSON *lexicon, struct err *e)
{
    const cJSON *word, *sound;

    cJSON_ArrayForEach(word, lexicon)
    {
        cJSON_ArrayForEach(sound, word)
        {
            int r = -EINVAL;

            if (cJSON_IsString(sound))
                r = dict_sound_add(d, word->string, sound->valuestring, e);
            if (r == -ENOMEM)
                return r; /* a pronunciation that is wrong leaves its word unknown */
        }
    }
    return 0;
}

static int fsg_words(struct dict *d, const char *fsg, struct err *e)
{
    logmath_t *math = logmath_init(1.0001, 0, 0);
    fsg_model_t *sentences = NULL;
    int r;

    if (!math)
        return err_set(e, -ENOMEM, "out of memory for the grammar");
    r = grammar_read(&sentences, fsg, math, e);
    if (r >= 0) {
        r = grammar_words(d, sentences, e);
        fsg_model_free(sentences);
    }
    logmath_free(math);
    return r;
}

/* Makes a decoder for the grammar (NULL: the wake phrase alone) and puts it in the old one's place. */
static int decoder_replace(struct stt *s, const char *fsg, const cJSON *lexicon, struct dict *d,
                           struct err *e)
{
    const struct decoder_opts o = {
        .model = s->model,
        .phrase = s->wake ? s->phrase : "",
        .threshold_exp = s->threshold_exp,
        .fsg = fsg,
        .filler_probability = filler_probability,
    };
    struct decoder *decoder = NULL;
    int r = phrase_words(d, s->phrase, e);

    if (r >= 0 && fsg)
        r = fsg_words(d, fsg, e);
    if (r >= 0)
        r = lexicon_add(d, lexicon, e);
    if (r >= 0)
        r = dict_look_up(d, s->dictionary, e);
    if (r >= 0)
        r = decoder_new(&decoder, &o, d, e);
    if (r < 0)
        return r;
    decoder_adopt(decoder, s->decoder);
    decoder_free(s->decoder);
    s->decoder = decoder;
    if (s->utt.open)
        err_set(&s->utt.e, -EAGAIN, "the grammar was changed in mid-sentence");
    return 0;
}

static void on_config(struct stt *s, const struct rpc_frame *f)
{
    AUTO_JSON *j = NULL;
    AUTO_DICT dict = { .words = NULL };
    struct err e = ERR_INIT;
    int r = rpc_json(&j, f, &e);

    if (r >= 0 && (!str_copy(s->model, sizeof(s->model), json_str(j, "model", "")) ||
                   !str_copy(s->dictionary, sizeof(s->dictionary), json_str(j, "dictionary", "")) ||
                   !str_copy(s->phrase, sizeof(s->phrase), json_str(j, "phrase", ""))))
        r = err_set(&e, -ENAMETOOLONG, "configuration: a path or the phrase is too long");
    if (r >= 0) {
        s->threshold_exp = (int)json_num(j, "threshold_exp", -20);
        s->wake = json_bool(j, "wake", true);
        s->decoder = decoder_free(s->decoder);
        r = decoder_replace(s, NULL, NULL, &dict, &e);
    }
    if (r < 0)
        answer_error(s, STT_CONFIG, f->serial, &e);
    else
        rpc_send(s->fd, STT_CONFIG, f->serial, "{}", 2, NULL);
}

static void on_grammar(struct stt *s, const struct rpc_frame *f)
{
    AUTO_JSON *j = NULL, *reply = cJSON_CreateObject();
    AUTO_DICT dict = { .words = NULL };
    const char *fsg;
    cJSON *unknown = reply ? cJSON_AddArrayToObject(reply, "unknown") : NULL;
    struct err e = ERR_INIT;
    int r = rpc_json(&j, f, &e);

    if (r >= 0)
        r = json_need_str(&fsg, j, "fsg", &e);
    if (r >= 0 && !s->model[0])
        r = err_set(&e, -EPROTO, "a grammar before the configuration");
    if (r >= 0)
        r = decoder_replace(s, fsg, cJSON_GetObjectItemCaseSensitive(j, "lexicon"), &dict, &e);
    if (r < 0 || !unknown) {
        answer_error(s, STT_GRAMMAR_OK, f->serial, &e);
        return;
    }
    for (size_t i = 0; i < dict.n; i++)
        if (dict.words[i].n_sounds == 0)
            cJSON_AddItemToArray(unknown, cJSON_CreateString(dict.words[i].word));
    cJSON_AddNumberToObject(reply, "words", (double)dict.n);
    answer(s, STT_GRAMMAR_OK, f->serial, reply);
}

/* ---- sound ------------------------------------------------------------------------------- */

/* The samples behind the frame's head, in aligned memory. */
static const int16_t *samples(struct stt *s, const struct rpc_frame *f, uint64_t *position,
                              size_t *ret_count)
{
    struct wire_audio head;
    size_t count;

    if (f->len < sizeof(head))
        return NULL;
    count = (f->len - sizeof(head)) / sizeof(int16_t);
    if (count > WIRE_FRAMES_MAX)
        return NULL;
    memcpy(&head, f->payload, sizeof(head));
    *position = head.position;
    *ret_count = count;
    memmove(s->packet, f->payload + sizeof(head), count * sizeof(int16_t));
    return (const int16_t *)(const void *)s->packet;
}

static void on_wake_audio(struct stt *s, const struct rpc_frame *f)
{
    struct wire_progress p = { .position = 0 };
    struct decoder_hit hit;
    uint64_t position = 0;
    size_t count = 0;
    const int16_t *frames = samples(s, f, &position, &count);

    if (frames && s->decoder && !s->utt.open &&
        decoder_wake(s->decoder, position, frames, count, &hit, NULL) == 1) {
        p.heard = 1;
        p.from_position = hit.from_position;
        p.to_position = hit.to_position;
        p.score = hit.score;
    }
    p.position = position + count;
    rpc_send(s->fd, WAKE_PROGRESS, f->serial, &p, sizeof(p), NULL);
}

static void on_wake_clear(struct stt *s, const struct rpc_frame *f)
{
    (void)f;
    if (s->decoder)
        decoder_wake_clear(s->decoder);
}

static void on_utt_start(struct stt *s, const struct rpc_frame *f)
{
    int64_t began = cpu_usec();

    s->utt = (struct utterance){ .open = true, .serial = f->serial };
    if (!s->decoder)
        err_set(&s->utt.e, -EPROTO, "sound before the configuration");
    else
        decoder_utter_start(s->decoder, &s->utt.e);
    s->utt.cpu_usec = cpu_usec() - began;
}

static void on_utt_audio(struct stt *s, const struct rpc_frame *f)
{
    int64_t began = cpu_usec();
    uint64_t position = 0;
    size_t count = 0;
    const int16_t *frames = samples(s, f, &position, &count);

    if (!s->utt.open || f->serial != s->utt.serial || !frames || s->utt.e.code < 0)
        return;
    s->utt.frames += count;
    if (s->utt.frames > UTTERANCE_FRAMES_MAX)
        err_set(&s->utt.e, -EFBIG, "the utterance is too long");
    else
        decoder_utter(s->decoder, frames, count, &s->utt.e);
    s->utt.cpu_usec += cpu_usec() - began;
}

static void on_utt_end(struct stt *s, const struct rpc_frame *f)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;
    int64_t began = cpu_usec();
    bool rejected = true;

    if (!s->utt.open || f->serial != s->utt.serial)
        return;
    s->utt.open = false;
    if (s->utt.e.code == 0)
        decoder_result(s->decoder, &text, &rejected, &s->utt.e);
    if (s->utt.e.code < 0 || !j) {
        answer_error(s, UTT_RESULT, f->serial, &s->utt.e);
        return;
    }
    s->utt.cpu_usec += cpu_usec() - began;
    cJSON_AddStringToObject(j, "text", text);
    cJSON_AddBoolToObject(j, "rejected", rejected);
    cJSON_AddNumberToObject(j, "cpu_ms", (double)s->utt.cpu_usec / 1000);
    cJSON_AddNumberToObject(j, "audio_ms", (double)s->utt.frames / 16);
    answer(s, UTT_RESULT, f->serial, j);
}

static void on_utt_drop(struct stt *s, const struct rpc_frame *f)
{
    if (!s->utt.open || f->serial != s->utt.serial)
        return;
    s->utt.open = false;
    if (s->decoder)
        decoder_drop(s->decoder);
}

static void on_ping(struct stt *s, const struct rpc_frame *f)
{
    rpc_send(s->fd, RPC_PONG, f->serial, f->payload, f->len, NULL);
}

static const struct {
    uint16_t type;
    void (*fn)(struct stt *s, const struct rpc_frame *f);
} rows[] = {
    { RPC_PING, on_ping },           { STT_CONFIG, on_config },   { STT_GRAMMAR, on_grammar },
    { WAKE_AUDIO, on_wake_audio },   { WAKE_CLEAR, on_wake_clear }, { UTT_START, on_utt_start },
    { UTT_AUDIO, on_utt_audio },     { UTT_END, on_utt_end },     { UTT_DROP, on_utt_drop },
};

/* No new privileges, no files beyond the few it reads, nothing written. */
static void confine(void)
{
    const struct rlimit files = { FILES_MAX, FILES_MAX };
    const struct rlimit none = { 0, 0 };

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CORE, &none);
}

int main(void)
{
    struct stt s = { .fd = HELPER_FD };
    struct err e = ERR_INIT;
    struct rpc_frame f;
    int r = 0;

    s.packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!s.packet)
        return EXIT_FAILURE;
    err_set_logfp(NULL); /* PocketSphinx keeps quiet */
    confine();
    while ((r = rpc_recv(s.fd, s.packet, &f, -1, &e)) >= 0) {
        for (size_t i = 0; r > 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
            if (rows[i].type == f.type)
                rows[i].fn(&s, &f);
    }
    decoder_free(s.decoder);
    free(s.packet);
    if (r != -EPIPE) {
        fprintf(stderr, "jarvis-stt: %s; it is to be started by jarvisd\n", err_text(&e));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
