/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/recogniser.c - what jarvisd asks of jarvis-stt, one row of a table a frame. */
#include "recogniser.h"

#include "base/must.h"
#include "decoder.h"
#include "grammar.h"
#include "speech/wire.h"

#include <malloc.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* Of each phone of the rejecting loop. Measured with the beams of decoder.c and the English
 * grammar of the example home, on 84 of its sentences in seven synthetic voices (60 are
 * understood to the word without the loop), 40 synthetic sentences that are none of it and 39
 * human orders of another domain:
 *     probability        3e-3   5e-3   1e-2   2e-2   3e-2   5e-2
 *     understood           59     59     59     58     58     57
 *     others rejected   12/40  18/40  24/40  34/40  37/40  38/40
 *     orders rejected   21/39  29/39  37/39  39/39  39/39  39/39 */
static const double filler_probability = 2e-2;
/* Of leaving a sentence behind any of its words. From 1e-4 to 1e-1 the same made sentences that go on
 * after a command ("... when I leave") are rejected; 1e-1 also rejects right ones. */
static const double inner_probability = 1e-4;

/* How people say a word, where the dictionary's first way is not it. "jarvis": 13 of 46 misses
 * fewer and no more false alarms on 226 human recordings and 255 of other wake words. "off": heard
 * as "on" 5 times in 79 synthetic commands without its second way, never with it. */
static const struct {
    const char *word;
    const char *sounds[3];
} heard_as[] = {
    { "jarvis", { "JH AA R V IH S", "JH AA R V AH S", NULL } },
    { "off", { "AO F", "AA F", NULL } },
};

/* The voice has fallen: stops within a word are shorter. */
enum { EARLY_QUIET_MS = 100 };

struct recogniser {
    int fd;         /* borrowed */
    struct wire_config config;   /* owned; model NULL before the first */
    struct wire_grammar grammar; /* owned; that is loaded; fsg NULL: none */
    struct wire_grammar waiting; /* owned; that came within an utterance; fsg NULL: none */
    uint32_t waiting_serial;
    struct embedding_net *net; /* owned; NULL: none is wanted or installed, as the next */
    struct veto *veto;         /* owned */
    struct decoder *decoder; /* owned; NULL before the first good configuration */
    bool in_utterance;
    bool is_told_early;        /* UTT_EARLY went out in this utterance */
    uint32_t utterance_serial; /* of its UTT_START */
    struct err utterance_err; /* first fault of the utterance under way */
    uint64_t utterance_samples;
    double utterance_cpu; /* of the process when it began, in s */
    int16_t samples[WIRE_FRAMES_MAX];
};

static double cpu_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

int recogniser_new(struct recogniser **ret, int fd, struct err *e)
{
    struct recogniser *r = calloc(1, sizeof(*r));

    if (!r)
        return err_set(e, -ENOMEM, "out of memory");
    r->fd = fd;
    *ret = r;
    return 0;
}

struct recogniser *recogniser_free(struct recogniser *r)
{
    if (!r)
        return NULL;
    decoder_free(r->decoder);
    veto_free(r->veto);
    embedding_net_free(r->net);
    wire_config_done(&r->config);
    wire_grammar_done(&r->grammar);
    wire_grammar_done(&r->waiting);
    free(r);
    return NULL;
}

/* ---- dictionary and decoder --------------------------------------------------------------- */

static int dict_add_phrase(struct dict *d, const char *phrase, struct err *e)
{
    int r = 0;

    for (const char *p = phrase + strspn(phrase, " "); r >= 0 && *p;) {
        char word[DICT_WORD_BYTES];
        size_t n = strcspn(p, " ");

        if (n >= sizeof(word))
            return err_set(e, -EINVAL, "wake phrase: a word of more than %zu bytes",
                           sizeof(word) - 1);
        memcpy(word, p, n);
        word[n] = '\0';
        r = dict_add(d, word, e);
        p += n + strspn(p + n, " ");
    }
    return r;
}

/* Pronunciations that are unknown to the model are left out: the word is told as unknown. */
static int dict_add_lexicon(struct dict *d, const struct field_list *lexicon, struct err *e)
{
    const struct wire_sound *said = lexicon->items;
    int r;

    for (size_t i = 0; i < sizeof(heard_as) / sizeof(heard_as[0]); i++)
        for (size_t k = 0; heard_as[i].sounds[k]; k++) {
            r = dict_sound_add(d, heard_as[i].word, heard_as[i].sounds[k], e);
            if (r == -ENOMEM)
                return r;
        }
    for (size_t i = 0; i < lexicon->n; i++) {
        r = dict_sound_add(d, said[i].word, said[i].sound, e);
        if (r == -ENOMEM)
            return r;
    }
    return 0;
}

static int dict_add_grammar(struct dict *d, const char *fsg, struct err *e)
{
    logmath_t *math = logmath_init(1.0001, 0, FALSE);
    fsg_model_t *m = NULL;
    int r = grammar_read(&m, fsg, math, e);

    if (r >= 0)
        r = grammar_words(d, m, e);
    fsg_model_free(m);
    logmath_free(math);
    return r;
}

static int dict_make(struct dict *d, const struct wire_config *config,
                     const struct wire_grammar *grammar, struct err *e)
{
    int r = config->language ? dict_phones_read(d, config->dictionary, e) : 0;

    if (r >= 0)
        r = dict_add_phrase(d, config->phrase, e);
    if (r >= 0 && grammar->fsg)
        r = dict_add_grammar(d, grammar->fsg, e);
    if (r >= 0)
        r = dict_add_lexicon(d, &grammar->lexicon, e);
    if (r >= 0)
        r = dict_look_up(d, config->dictionary, e);
    return r;
}

static int dict_told(struct wire_loaded *ret, const struct dict *d, struct err *e)
{
    size_t room = WIRE_ROOM_BYTES;

    ret->wire = WIRE_VERSION;
    ret->words = (unsigned)d->n;
    for (size_t i = 0; i < d->n; i++) {
        if (d->words[i].n_sounds > 0)
            continue;
        ret->unknown_n++;
        if (wire_word_add(&ret->unknown, &room, d->words[i].word) == -ENOMEM)
            return err_set(e, -ENOMEM, "out of memory for an answer");
    }
    return 0;
}

/* A decoder for the two takes the place of the one before; *ret: what is told of it. */
static int recogniser_load(struct wire_loaded *ret, struct recogniser *r,
                           const struct wire_config *config, const struct wire_grammar *grammar,
                           struct err *e)
{
    AUTO_DICT dict = { .words = NULL };
    struct decoder *decoder = NULL;
    const struct decoder_opts o = {
        .model = config->model,
        .phrase = config->phrase,
        .wake = config->wake,
        .veto = config->embedding && veto_knows(config->phrase) ? r->veto : NULL,
        .threshold_exp = config->threshold_exp,
        .fsg = grammar->fsg,
        .filler_probability = filler_probability,
        .inner_probability = inner_probability,
    };
    int code = dict_make(&dict, config, grammar, e);

    if (code >= 0)
        code = decoder_new(&decoder, &o, &dict, e);
    if (code < 0)
        return code;
    must(decoder && decoder != r->decoder);
    decoder_adopt(decoder, r->decoder);
    decoder_free(r->decoder);
    r->decoder = decoder;
    malloc_trim(0); /* what making it took */
    return dict_told(ret, &dict, e);
}

static int answer_send(struct recogniser *r, uint16_t type, uint32_t serial, const void *head,
                       const struct fields *fields)
{
    AUTO_JSON *answer = fields_put(head, fields);

    return rpc_send_json(r->fd, type, serial, answer, NULL);
}

static int answer_error(struct recogniser *r, uint16_t type, uint32_t serial, const struct err *why)
{
    AUTO_JSON *answer = wire_error_json(err_text(why));

    return rpc_send_json(r->fd, type, serial, answer, NULL);
}

/* ---- frames ------------------------------------------------------------------------------- */

static int utterance_over(struct recogniser *r);

/* Without it the recogniser judges alone; that it is not installed is no fault. Once there it stays: a
 * decoder may point to it. *ret: owned; why it is not there. */
static int embedding_load(char **ret, struct recogniser *r, const char *weights, struct err *e)
{
    struct err why = ERR_INIT;
    int code = r->net || !weights ? 0 : embedding_net_new(&r->net, weights, &why);

    if (code == 0)
        return r->net && !r->veto ? veto_new(&r->veto, r->net, e) : 0;
    if (code == -ENOENT)
        return 0;
    *ret = str_dup(err_text(&why));
    return *ret ? 0 : err_set(e, -ENOMEM, "out of memory for an answer");
}

static int on_config(struct recogniser *r, const struct rpc_frame *f)
{
    AUTO(wire_config_done) struct wire_config config = { .model = NULL };
    AUTO(wire_loaded_done) struct wire_loaded loaded = { .words = 0 };
    struct err e = ERR_INIT;
    int code = wire_take(&config, &wire_config_fields, f, &e);

    if (code >= 0)
        code = embedding_load(&loaded.embedding, r, config.embedding, &e);
    if (code >= 0)
        code = recogniser_load(&loaded, r, &config, &r->grammar, &e);
    if (code < 0)
        return answer_error(r, STT_CONFIG_OK, f->serial, &e);
    wire_config_done(&r->config);
    r->config = config;
    config = (struct wire_config){ .model = NULL };
    code = answer_send(r, STT_CONFIG_OK, f->serial, &loaded, &wire_loaded_fields);
    return code < 0 ? code : utterance_over(r);
}

/* `grammar` is taken over. */
static int grammar_take(struct recogniser *r, struct wire_grammar *grammar, uint32_t serial)
{
    AUTO(wire_grammar_done) struct wire_grammar owned = *grammar;
    AUTO(wire_loaded_done) struct wire_loaded loaded = { .words = 0 };
    struct err e = ERR_INIT;
    int code = r->config.model ? 0 : err_set(&e, -EPROTO, "a grammar before the configuration");

    *grammar = (struct wire_grammar){ .fsg = NULL };
    if (code >= 0)
        code = recogniser_load(&loaded, r, &r->config, &owned, &e);
    if (code < 0)
        return answer_error(r, STT_GRAMMAR_OK, serial, &e);
    wire_grammar_done(&r->grammar);
    r->grammar = owned;
    owned = (struct wire_grammar){ .fsg = NULL };
    return answer_send(r, STT_GRAMMAR_OK, serial, &loaded, &wire_loaded_fields);
}

static int on_grammar(struct recogniser *r, const struct rpc_frame *f)
{
    struct wire_grammar grammar;
    struct err e = ERR_INIT;

    if (wire_take(&grammar, &wire_grammar_fields, f, &e) < 0)
        return answer_error(r, STT_GRAMMAR_OK, f->serial, &e);
    if (!r->in_utterance)
        return grammar_take(r, &grammar, f->serial);
    if (r->waiting.fsg) {
        err_set(&e, -ECANCELED, "a newer grammar took its place");
        answer_error(r, STT_GRAMMAR_OK, r->waiting_serial, &e);
        wire_grammar_done(&r->waiting);
    }
    r->waiting = grammar;
    r->waiting_serial = f->serial;
    return 0;
}

/* Head and samples of an audio frame, aligned; the count of samples, or -1 for a bad length. */
static long audio_take(struct recogniser *r, const struct rpc_frame *f, struct wire_audio *head)
{
    size_t bytes;

    if (f->len < sizeof(*head))
        return -1;
    bytes = f->len - sizeof(*head);
    if (bytes % sizeof(int16_t) != 0 || bytes > sizeof(r->samples))
        return -1;
    must(bytes / sizeof(int16_t) <= WIRE_FRAMES_MAX);
    memcpy(head, f->payload, sizeof(*head));
    memcpy(r->samples, f->payload + sizeof(*head), bytes);
    return (long)(bytes / sizeof(int16_t));
}

static int on_wake_audio(struct recogniser *r, const struct rpc_frame *f)
{
    struct wire_progress p = { 0 };
    struct decoder_hit hit = { 0 };
    struct wire_audio head = { 0 };
    struct err e = ERR_INIT;
    long n = audio_take(r, f, &head);

    p.position = head.position + (uint64_t)(n > 0 ? n : 0);
    if (n > 0 && r->decoder) {
        if (r->in_utterance && utterance_over(r) < 0) /* its end was lost */
            return -EPIPE;
        if (decoder_wake(r->decoder, head.position, r->samples, (size_t)n, &hit, &e) > 0) {
            must(hit.from_position <= hit.to_position);
            p.heard = 1;
            p.from_position = hit.from_position;
            p.to_position = hit.to_position;
            p.score = hit.score;
        }
    }
    return rpc_send(r->fd, WAKE_PROGRESS, f->serial, &p, sizeof(p), &e);
}

static int on_wake_clear(struct recogniser *r, const struct rpc_frame *f)
{
    (void)f;
    if (r->decoder)
        decoder_wake_clear(r->decoder);
    return 0;
}

static int on_utt_start(struct recogniser *r, const struct rpc_frame *f)
{
    if (r->in_utterance && utterance_over(r) < 0) /* its end was lost */
        return -EPIPE;
    must(!r->in_utterance && !r->waiting.fsg); /* what waited was taken at the end of the last */
    r->in_utterance = true;
    r->is_told_early = false;
    r->utterance_serial = f->serial;
    r->utterance_err = ERR_INIT;
    r->utterance_samples = 0;
    r->utterance_cpu = cpu_now();
    if (!r->decoder)
        err_set(&r->utterance_err, -ENOENT, "no acoustic model is loaded");
    else
        decoder_utter_start(r->decoder, &r->utterance_err);
    return 0;
}

static int early_tell(struct recogniser *r);

static int on_utt_audio(struct recogniser *r, const struct rpc_frame *f)
{
    struct wire_progress p = { 0 };
    struct wire_audio head = { 0 };
    long n = audio_take(r, f, &head);

    p.position = head.position + (uint64_t)(n > 0 ? n : 0);
    if (r->in_utterance && n > 0 && r->utterance_err.code == 0) {
        must(r->decoder); /* without one the utterance began with a fault */
        r->utterance_samples += (uint64_t)n;
        decoder_utter(r->decoder, r->samples, (size_t)n, &r->utterance_err);
        p.state = decoder_state(r->decoder);
        if (head.quiet_ms >= EARLY_QUIET_MS && early_tell(r) < 0)
            return -EPIPE;
    }
    return rpc_send(r->fd, UTT_PROGRESS, f->serial, &p, sizeof(p), NULL);
}

static int utterance_over(struct recogniser *r)
{
    r->in_utterance = false;
    if (r->decoder)
        decoder_rest(r->decoder);
    return r->waiting.fsg ? grammar_take(r, &r->waiting, r->waiting_serial) : 0;
}

static unsigned words_count(const char *text)
{
    unsigned n = 0;

    for (const char *p = text; *p; p++)
        n += *p != ' ' && (p == text || p[-1] == ' ');
    return n;
}

/* The texts are those of `h`. */
static struct wire_result heard_answer(const struct decoder_heard *h)
{
    return (struct wire_result){
        .text = h->text,
        .other = h->other,
        .rejected = h->rejected,
        .broken = h->broken,
        .words = words_count(h->text),
        .margin = h->margin,
        .misfit = h->misfit,
    };
}

/* A fault of it is none of the utterance: the end asks again. */
static int early_tell(struct recogniser *r)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    struct wire_result answer;

    if (r->is_told_early || decoder_early(r->decoder, &h, NULL) <= 0)
        return 0;
    must(!h.rejected && !h.other && !h.broken);
    r->is_told_early = true;
    answer = heard_answer(&h);
    return answer_send(r, UTT_EARLY, r->utterance_serial, &answer, &wire_result_fields);
}

/* The texts of `ret` are those of `h`. */
static int utterance_answer(struct wire_result *ret, struct recogniser *r, struct decoder_heard *h)
{
    double ended = cpu_now();

    if (!r->in_utterance)
        return err_set(&r->utterance_err, -EPROTO, "the end of an utterance that did not start");
    if (r->utterance_err.code < 0)
        return r->utterance_err.code;
    if (decoder_result(r->decoder, h, &r->utterance_err) < 0)
        return r->utterance_err.code;
    must(h->text);
    *ret = heard_answer(h);
    ret->cpu_ms = round((cpu_now() - r->utterance_cpu) * 1e3);
    ret->audio_ms = (double)(r->utterance_samples / 16);
    ret->late_ms = round((cpu_now() - ended) * 1e4) / 10;
    return 0;
}

static int on_utt_end(struct recogniser *r, const struct rpc_frame *f)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    struct wire_result answer;
    int code;

    if (utterance_answer(&answer, r, &h) < 0)
        code = answer_error(r, UTT_RESULT, f->serial, &r->utterance_err);
    else
        code = answer_send(r, UTT_RESULT, f->serial, &answer, &wire_result_fields);
    return code < 0 ? code : utterance_over(r);
}

static int on_utt_drop(struct recogniser *r, const struct rpc_frame *f)
{
    (void)f;
    if (r->decoder)
        decoder_drop(r->decoder);
    return utterance_over(r);
}

static int on_ping(struct recogniser *r, const struct rpc_frame *f)
{
    return rpc_send(r->fd, RPC_PONG, f->serial, f->payload, f->len, NULL);
}

static const struct {
    uint16_t type;
    int (*fn)(struct recogniser *r, const struct rpc_frame *f);
} frames[] = {
    { RPC_PING, on_ping },
    { STT_CONFIG, on_config },
    { STT_GRAMMAR, on_grammar },
    { WAKE_AUDIO, on_wake_audio },
    { WAKE_CLEAR, on_wake_clear },
    { UTT_START, on_utt_start },
    { UTT_AUDIO, on_utt_audio },
    { UTT_END, on_utt_end },
    { UTT_DROP, on_utt_drop },
};

int recogniser_frame(struct recogniser *r, const struct rpc_frame *f)
{
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        if (frames[i].type == f->type)
            return frames[i].fn(r, f);
    return 0;
}
