/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote_stt.c - a recogniser on another machine. */
#include "speech/remote_stt.h"

#include "base/must.h"
#include "base/utf8.h"
#include "core/fetch.h"
#include "core/wyoming_link.h"
#include "speech/remote.h"
#include "speech/wav_head.h"

#include <stdlib.h>
#include <string.h>

enum { RATE_HZ = 16000, CHUNK_SAMPLES = 1024, BODY_BYTES_MAX = 1 << 20, PARTS = 6 };

struct remote_stt {
    struct loop *loop; /* borrowed */
    const struct way *way;
    remote_stt_end_fn on_end;
    void *user; /* borrowed */
    char base[SETTING_PATH], url[SETTING_PATH + 32], key[SETTING_PATH], model[SETTING_TEXT];
    int64_t connect_ms, total_ms;
    struct fetch *fetch;       /* owned; whisper, openai */
    struct wyoming_link *link; /* owned; wyoming */
    struct loop_timer *timer;  /* owned; the whole, for wyoming */
    struct str body;           /* owned; of an answer */
    struct str text;           /* owned; what was heard */
    bool has_text;
};

/* A row of stt.remote. */
struct way {
    struct remote_way way;
    int (*ask)(struct remote_stt *r, const struct remote_stt_question *q, struct err *e);
};

static const struct fetch_place stt_place = {
    .what = "recogniser",
    .url_row = "stt.url",
    .key_row = "stt.key",
    .connect_row = "stt.connect_ms",
    .path_rows = "stt.url and stt.remote_model",
    .kind_rows = "stt.remote and stt.url",
};

static const char *const json_types[] = { "application/json", NULL };

/* ---- what comes back ------------------------------------------------------------------- */

/* One line: a blank for each run of blanks and line ends, none at the ends. */
static void one_line(struct str *out, const char *text)
{
    bool gap = false;

    str_clear(out);
    for (size_t at = 0, len = strlen(text), n; at < len; at += n) {
        uint32_t cp = 0;

        n = utf8_next(&cp, text + at, len - at);
        if (n == 0)
            n = 1, cp = ' ';
        if (cp == ' ' || utf8_is_control(cp)) {
            gap = out->len > 0;
            continue;
        }
        if (out->len + n + 1 > REMOTE_STT_TEXT_MAX)
            return;
        if (gap)
            str_add_char(out, ' ');
        gap = false;
        str_add_bytes(out, text + at, n);
    }
}

static void stt_forget(struct remote_stt *r)
{
    loop_timer_clear(r->timer);
    str_done(&r->body);
    str_done(&r->text);
    r->has_text = false;
}

static void stt_end(struct remote_stt *r, int code, const char *words)
{
    AUTO_FREE char *text = code < 0 ? NULL : str_take(&r->text);
    struct err kept = ERR_INIT;

    if (code == 0 && !text)
        code = -ENOMEM, words = "recogniser: out of memory";
    if (code < 0)
        err_set(&kept, code, "%s", words);
    stt_forget(r);
    r->on_end(code, code < 0 ? kept.text : text, r->user);
}

/* ---- HTTP ------------------------------------------------------------------------------- */

static int stt_on_body(const void *bytes, size_t len, void *user, struct err *e)
{
    struct remote_stt *r = user;

    if (len > BODY_BYTES_MAX - r->body.len)
        return err_set(e, -EMSGSIZE, "recogniser at %s sent more than %d bytes",
                       fetch_host(r->fetch), BODY_BYTES_MAX);
    str_add_bytes(&r->body, bytes, len);
    return r->body.failed ? err_set(e, -ENOMEM, "recogniser: out of memory") : 0;
}

static int stt_on_whole(void *user, struct err *e)
{
    struct remote_stt *r = user;
    AUTO_JSON *j = NULL;
    const char *text;
    int code = json_parse(&j, str_text(&r->body), r->body.len, e);

    if (code == -ENOMEM)
        return code;
    if (code < 0)
        return err_set(e, -EPROTO, "recogniser at %s sent no JSON: check stt.remote and stt.url",
                       fetch_host(r->fetch));
    text = fetch_error_words(j);
    if (text)
        return err_set(e, -EREMOTEIO, "recogniser at %s: %.160s", fetch_host(r->fetch), text);
    text = json_str(j, "text", NULL);
    if (!text)
        return err_set(e, -EPROTO, "recogniser at %s sent JSON without a text: check stt.remote",
                       fetch_host(r->fetch));
    one_line(&r->text, text);
    return r->text.failed ? err_set(e, -ENOMEM, "recogniser: out of memory") : 0;
}

static void stt_on_fetched(int code, const char *words, void *user)
{
    stt_end(user, code, words);
}

static void add_field(struct fetch_part *parts, size_t *n, const char *name, const char *value)
{
    if (value && value[0])
        parts[(*n)++] = (struct fetch_part){ name, NULL, NULL, value, strlen(value) };
}

/* whisper.cpp and the compatible ones take the same form; what one does not know it passes over. */
static int ask_http(struct remote_stt *r, const struct remote_stt_question *q, struct err *e)
{
    size_t bytes = q->n * sizeof(int16_t), n = 1;
    AUTO_FREE uint8_t *wav = malloc(WAV_HEAD_BYTES + bytes);
    struct fetch_part parts[PARTS] = {
        { "file", "speech.wav", "audio/wav", wav, WAV_HEAD_BYTES + bytes },
    };
    struct fetch_request ask = {
        .url = r->url,
        .key = r->key,
        .accept = "application/json",
        .types = json_types,
        .parts = parts,
        .connect_ms = r->connect_ms,
        .total_ms = r->total_ms,
    };

    if (!wav)
        return err_set(e, -ENOMEM, "recogniser: out of memory");
    wav_head_put(wav, RATE_HZ, (uint32_t)q->n);
    memcpy(wav + WAV_HEAD_BYTES, q->samples, bytes);
    add_field(parts, &n, "model", r->model);
    add_field(parts, &n, "language", q->language);
    add_field(parts, &n, "prompt", q->names);
    add_field(parts, &n, "response_format", "json");
    add_field(parts, &n, "temperature", "0");
    ask.parts_n = n;
    must(n <= PARTS);
    return fetch_ask(r->fetch, &ask, e);
}

/* ---- Wyoming ---------------------------------------------------------------------------- */

static int take_transcript(struct remote_stt *r, const struct wyoming_event *event, struct err *e)
{
    struct wyoming_text text = { 0 };
    int code = wyoming_take(&text, &wyoming_text_fields, event, e);

    if (code < 0)
        return code;
    one_line(&r->text, text.text ? text.text : "");
    fields_done(&text, &wyoming_text_fields);
    r->has_text = true;
    return 0;
}

static void stt_on_event(const struct wyoming_reader *reader, void *user)
{
    struct remote_stt *r = user;
    struct err e = ERR_INIT;
    int code = 0;

    if (strcmp(reader->event.type, "transcript") == 0)
        code = take_transcript(r, &reader->event, &e);
    else if (strcmp(reader->event.type, "error") == 0)
        code = remote_error(&reader->event, &e);
    else
        return; /* pieces of a transcript, and what is not known yet */
    wyoming_link_close(
        r->link); /* many servers close now; one that does not is not asked again on it */
    if (code < 0)
        err_wrap(&e, code, "recogniser at %s", r->base);
    stt_end(r, code, e.text);
}

static void stt_on_link_end(int code, const char *words, void *user)
{
    struct remote_stt *r = user;

    must(!r->has_text);
    if (code == 0)
        stt_end(r, -ECONNRESET, "recogniser: it closed the connection without a transcript");
    else
        stt_end(r, code, words);
}

static void stt_on_timer(void *user)
{
    struct remote_stt *r = user;
    struct err e = ERR_INIT;

    wyoming_link_close(r->link);
    err_set(&e, -ETIMEDOUT, "recogniser at %s: no transcript within %lld ms", r->base,
            (long long)r->total_ms);
    stt_end(r, e.code, e.text);
}

static void put_sound(struct str *out, const struct remote_stt_question *q)
{
    const struct wyoming_transcribe ask = { (char *)q->language, NULL };
    struct wyoming_format format = { RATE_HZ, sizeof(int16_t), 1, 0 };

    wyoming_put_of(out, "transcribe", &ask, &wyoming_transcribe_fields, NULL, 0);
    wyoming_put_of(out, "audio-start", &format, &wyoming_format_fields, NULL, 0);
    for (size_t at = 0; at < q->n; at += CHUNK_SAMPLES) {
        size_t n = q->n - at < CHUNK_SAMPLES ? q->n - at : CHUNK_SAMPLES;

        format.timestamp_ms = (int64_t)(at * 1000 / RATE_HZ);
        wyoming_put_of(out, "audio-chunk", &format, &wyoming_format_fields, q->samples + at,
                       n * sizeof(int16_t));
    }
    wyoming_put(out, "audio-stop", NULL, NULL, 0);
}

static int ask_wyoming(struct remote_stt *r, const struct remote_stt_question *q, struct err *e)
{
    AUTO_STR out = STR_INIT;
    int code;

    put_sound(&out, q);
    code = wyoming_link_open(r->link, r->base, r->connect_ms, r->total_ms, e);
    if (code < 0)
        return code;
    code = wyoming_link_send(r->link, &out, e);
    if (code < 0) {
        wyoming_link_close(r->link);
        return code;
    }
    wyoming_link_await(r->link);
    loop_timer_after_ms(r->timer, r->connect_ms + r->total_ms);
    return 0;
}

/* ---- the table, and its like ------------------------------------------------------------- */

static const struct way ways[] = {
    { { "whisper", "/inference" }, ask_http },
    { { "openai", "/v1/audio/transcriptions" }, ask_http },
    { { "wyoming", NULL }, ask_wyoming },
};

static const struct way *way_find(const char *name)
{
    return (const struct way *)(const void *)remote_way_find(ways, sizeof(ways) / sizeof(ways[0]),
                                                             sizeof(ways[0]), name);
}

bool remote_stt_is_busy(const struct remote_stt *r)
{
    return r && (fetch_is_busy(r->fetch) || wyoming_link_is_open(r->link));
}

int remote_stt_ask(struct remote_stt *r, const struct remote_stt_question *q, struct err *e)
{
    if (remote_stt_is_busy(r))
        return err_set(e, -EBUSY, "recogniser: a sentence is under way");
    if (q->n > REMOTE_STT_SECONDS_MAX * RATE_HZ)
        return err_set(e, -EMSGSIZE, "recogniser: a sentence of more than %d s",
                       REMOTE_STT_SECONDS_MAX);
    stt_forget(r);
    return r->way->ask(r, q, e);
}

void remote_stt_cancel(struct remote_stt *r)
{
    if (!remote_stt_is_busy(r))
        return;
    fetch_cancel(r->fetch);
    wyoming_link_close(r->link);
    stt_forget(r);
}

static int open_ways(struct remote_stt *r, struct err *e)
{
    int code = loop_timer_new(&r->timer, r->loop, stt_on_timer, r, e);

    if (code == 0)
        code = remote_url(r->url, sizeof(r->url), r->base, r->way->way.path, &stt_place, e);
    if (code < 0)
        return code;
    if (!r->way->way.path)
        return wyoming_link_new(&r->link, r->loop, &stt_place,
                                &(struct wyoming_link_events){ stt_on_event, stt_on_link_end, r },
                                e);
    return fetch_new(
        &r->fetch, r->loop, &stt_place,
        &(struct fetch_events){ stt_on_body, NULL, stt_on_whole, stt_on_fetched, NULL, r }, e);
}

int remote_stt_new(struct remote_stt **ret, struct loop *loop, const struct settings *s,
                   remote_stt_end_fn on_end, void *user, struct err *e)
{
    AUTO(remote_stt_freep) struct remote_stt *r = calloc(1, sizeof(*r));
    int code;

    if (!r)
        return err_set(e, -ENOMEM, "recogniser: out of memory");
    r->way = way_find(s->stt_remote);
    if (!r->way)
        return err_set(e, -ENOENT, "stt.remote: is none");
    r->loop = loop;
    r->on_end = on_end;
    r->user = user;
    str_copy(r->base, sizeof(r->base), s->stt_url);
    str_copy(r->key, sizeof(r->key), s->stt_key);
    str_copy(r->model, sizeof(r->model), s->stt_remote_model);
    r->connect_ms = s->stt_connect_ms;
    r->total_ms = s->stt_remote_ms;
    code = open_ways(r, e);
    if (code < 0)
        return code;
    *ret = STEAL(r);
    return 0;
}

struct remote_stt *remote_stt_free(struct remote_stt *r)
{
    if (!r)
        return NULL;
    fetch_free(r->fetch);
    wyoming_link_free(r->link);
    loop_timer_free(r->timer);
    str_done(&r->body);
    str_done(&r->text);
    explicit_bzero(r->key, sizeof(r->key));
    free(r);
    return NULL;
}

bool remote_stt_fits(const struct remote_stt *r, const struct settings *s)
{
    if (!r)
        return !way_find(s->stt_remote);
    return strcmp(r->way->way.name, s->stt_remote) == 0 && strcmp(r->base, s->stt_url) == 0 &&
           strcmp(r->key, s->stt_key) == 0 && strcmp(r->model, s->stt_remote_model) == 0 &&
           r->connect_ms == s->stt_connect_ms && r->total_ms == s->stt_remote_ms;
}
