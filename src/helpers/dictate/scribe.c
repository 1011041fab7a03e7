/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/dictate/scribe.c - free English speech by PocketSphinx's general language model. */
#include "scribe.h"

#include "base/must.h"
#include "base/str.h"
#include "speech/wire.h"

#include <ctype.h>
#include <pocketsphinx.h>
#include <string.h>

#define EN_US "/usr/share/pocketsphinx/model/en-us/"

enum { RATE_HZ = 16000, SAMPLES_MAX = SCRIBE_SECONDS_MAX * RATE_HZ, GROW = 8 * RATE_HZ };

static const struct scribe_files packaged = { EN_US "en-us", EN_US "en-us.lm.bin", EN_US "cmudict-en-us.dict" };

struct scribe {
    int fd; /* borrowed */
    struct scribe_files files;
    cmd_ln_t *config;  /* owned; NULL: not configured yet */
    ps_decoder_t *ps;  /* owned; the same */
    int16_t *samples;  /* owned */
    size_t n, cap;
    uint32_t serial;   /* of the sentence under way; 0: none */
    struct err fault;  /* its first */
};

/* ---- the decoder ---------------------------------------------------------------------------- */

static int decoder_open(struct scribe *s, const char *language, struct err *e)
{
    if (s->ps)
        return 0;
    if (language && strncmp(language, "en", 2) != 0)
        return err_set(e, -EINVAL, "jarvis-dictate hears English only, not '%.12s'", language);
    s->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", s->files.acoustic, "-lm", s->files.language, "-dict",
                            s->files.dictionary, NULL);
    s->ps = s->config ? ps_init(s->config) : NULL;
    if (s->ps)
        return 0;
    if (s->config)
        cmd_ln_free_r(s->config);
    s->config = NULL;
    return err_set(e, -ENOENT, "jarvis-dictate: %s and %s cannot be loaded; install pocketsphinx-en-us", s->files.acoustic,
                   s->files.language);
}

/* A word as people write it: no number of its pronunciation, no mark of silence. */
static void word_add(struct str *out, const char *word)
{
    size_t len = strcspn(word, "(");

    if (word[0] == '<' || word[0] == '[' || word[0] == '+' || len == 0)
        return;
    if (out->len > 0)
        str_add_char(out, ' ');
    str_add_bytes(out, word, len);
}

static int decode(struct scribe *s, struct str *out, struct err *e)
{
    if (ps_start_utt(s->ps) < 0)
        return err_set(e, -EIO, "PocketSphinx does not begin");
    ps_process_raw(s->ps, s->samples, s->n, FALSE, TRUE);
    if (ps_end_utt(s->ps) < 0)
        return err_set(e, -EIO, "PocketSphinx does not end");
    for (ps_seg_t *seg = ps_seg_iter(s->ps); seg; seg = ps_seg_next(seg))
        word_add(out, ps_seg_word(seg));
    return out->failed ? err_set(e, -ENOMEM, "out of memory") : 0;
}

/* ---- answers -------------------------------------------------------------------------------- */

static int answer_json(struct scribe *s, uint16_t type, uint32_t serial, cJSON *json)
{
    AUTO_JSON *owned = json;

    return owned ? rpc_send_json(s->fd, type, serial, owned, NULL) : -ENOMEM;
}

static int answer(struct scribe *s, uint16_t type, uint32_t serial, const struct err *why, const void *head,
                  const struct fields *fields)
{
    return answer_json(s, type, serial, why->code < 0 ? wire_error_json(err_text(why)) : fields_put(head, fields));
}

static int on_ping(struct scribe *s, const struct rpc_frame *f)
{
    return rpc_send(s->fd, RPC_PONG, f->serial, f->payload, f->len, NULL);
}

static int on_config(struct scribe *s, const struct rpc_frame *f)
{
    const struct wire_loaded loaded = { .wire = WIRE_VERSION };
    struct wire_config config = { .model = NULL };
    struct err e = ERR_INIT;

    if (wire_take(&config, &wire_config_fields, f, &e) >= 0)
        decoder_open(s, config.language, &e);
    wire_config_done(&config);
    return answer(s, STT_CONFIG_OK, f->serial, &e, &loaded, &wire_loaded_fields);
}

static int on_start(struct scribe *s, const struct rpc_frame *f)
{
    s->serial = f->serial;
    s->n = 0;
    s->fault = ERR_INIT;
    if (!s->ps)
        err_set(&s->fault, -EPROTO, "a sentence before the configuration");
    return 0;
}

static int samples_add(struct scribe *s, const void *samples, size_t n, struct err *e)
{
    size_t cap = s->cap;

    if (n > SAMPLES_MAX - s->n)
        return err_set(e, -EMSGSIZE, "a sentence of more than %d s", SCRIBE_SECONDS_MAX);
    while (cap < s->n + n)
        cap += GROW;
    if (cap > s->cap) {
        int16_t *more = realloc(s->samples, cap * sizeof(*more));

        if (!more)
            return err_set(e, -ENOMEM, "out of memory");
        s->samples = more;
        s->cap = cap;
    }
    must(s->n + n <= s->cap);
    if (n > 0)
        memcpy(s->samples + s->n, samples, n * sizeof(*s->samples));
    s->n += n;
    return 0;
}

static int on_sound(struct scribe *s, const struct rpc_frame *f)
{
    struct wire_progress p = { .state = WIRE_BEGUN };
    struct wire_audio head = { .position = 0 };
    size_t bytes = f->len < sizeof(head) ? 0 : f->len - sizeof(head);

    if (f->len >= sizeof(head))
        memcpy(&head, f->payload, sizeof(head));
    if (s->serial && s->fault.code == 0 && bytes > 0)
        samples_add(s, f->payload + sizeof(head), bytes / sizeof(int16_t), &s->fault);
    p.position = head.position + bytes / sizeof(int16_t);
    return rpc_send(s->fd, UTT_PROGRESS, f->serial, &p, sizeof(p), NULL);
}

static int on_end(struct scribe *s, const struct rpc_frame *f)
{
    struct wire_result result = { .audio_ms = (double)(s->n / 16) };
    AUTO_STR text = STR_INIT;

    if (s->serial != f->serial || s->serial == 0)
        err_set(&s->fault, -EPROTO, "the end of a sentence that did not start");
    else if (s->fault.code == 0 && s->n > 0)
        decode(s, &text, &s->fault);
    s->serial = 0;
    result.text = (char *)str_text(&text);
    result.rejected = text.len == 0;
    return answer(s, UTT_RESULT, f->serial, &s->fault, &result, &wire_result_fields);
}

static int on_drop(struct scribe *s, const struct rpc_frame *f)
{
    (void)f;
    s->serial = 0;
    s->n = 0;
    return 0;
}

static const struct {
    uint16_t type;
    int (*fn)(struct scribe *s, const struct rpc_frame *f);
} rows[] = {
    { RPC_PING, on_ping },  { STT_CONFIG, on_config }, { UTT_START, on_start },
    { UTT_AUDIO, on_sound }, { UTT_END, on_end },      { UTT_DROP, on_drop },
};

int scribe_frame(struct scribe *s, const struct rpc_frame *f)
{
    size_t i = 0;

    while (i < sizeof(rows) / sizeof(rows[0]) && rows[i].type != f->type)
        i++;
    return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].fn(s, f) : 0;
}

int scribe_new(struct scribe **ret, int fd, const struct scribe_files *files, struct err *e)
{
    struct scribe *s = calloc(1, sizeof(*s));

    if (!s)
        return err_set(e, -ENOMEM, "out of memory");
    s->fd = fd;
    s->files = files ? *files : packaged;
    *ret = s;
    return 0;
}

struct scribe *scribe_free(struct scribe *s)
{
    if (!s)
        return NULL;
    if (s->ps)
        ps_free(s->ps);
    if (s->config)
        cmd_ln_free_r(s->config);
    free(s->samples);
    free(s);
    return NULL;
}
