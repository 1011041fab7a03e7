/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote_tts.c - a voice on another machine. */
#include "speech/remote_tts.h"

#include "base/must.h"
#include "core/fetch.h"
#include "core/wyoming_link.h"
#include "speech/remote.h"
#include "speech/wav_head.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_BYTES_LEAST = 16 };

struct remote_tts {
    struct loop *loop; /* borrowed */
    const struct way *way;
    struct remote_tts_events events;
    char base[SETTING_PATH], url[SETTING_PATH + 32], key[SETTING_PATH];
    char model[SETTING_TEXT], voice[SETTING_TEXT];
    int64_t connect_ms, gap_ms;
    struct fetch *fetch;       /* owned; piper, openai */
    struct wyoming_link *link; /* owned; wyoming */
    struct wav_in wav;         /* of an HTTP answer */
    struct str sound;          /* owned; samples that nobody has taken yet */
    uint32_t rate_hz;          /* of the text; 0: not known */
    uint64_t samples;          /* of the text so far */
    struct str text;           /* owned; what is said */
    size_t at;                 /* of it: what was asked for so far */
    char language[16];
    enum { STREAMS_UNKNOWN, STREAMS_NOT, STREAMS } streams; /* wyoming: takes a text sentence by sentence */
    bool awaits_info, in_stream;
};

/* A row of tts.remote. */
struct way {
    struct remote_way way;
    cJSON *(*body)(const struct remote_tts *r, const char *text);
};

static const struct fetch_place tts_place = {
    .what = "voice",
    .url_row = "tts.url",
    .key_row = "tts.key",
    .connect_row = "tts.connect_ms",
    .path_rows = "tts.url and tts.remote_voice",
    .kind_rows = "tts.remote and tts.url",
};

static const char *const wav_types[] = {
    "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "application/octet-stream", NULL
};

/* ---- sound ------------------------------------------------------------------------------- */

static void tts_forget(struct remote_tts *r)
{
    wav_in_done(&r->wav);
    str_done(&r->sound);
    str_done(&r->text);
    r->rate_hz = 0;
    r->samples = 0;
    r->at = 0;
    r->awaits_info = r->in_stream = false;
}

/* What was collected leaves. false: the owner has cancelled. */
static bool hand_on(struct remote_tts *r)
{
    AUTO_STR sound = r->sound; /* the owner may cancel, and with it what is collected */
    size_t n = sound.len / sizeof(int16_t);

    r->sound = STR_INIT;
    if (n == 0)
        return true;
    must(r->rate_hz > 0 && sound.len % sizeof(int16_t) == 0);
    r->samples += n;
    r->events.on_sound((const int16_t *)(const void *)sound.data, n, r->rate_hz, r->events.user);
    return remote_tts_is_busy(r);
}

static int too_long(const struct remote_tts *r, struct err *e)
{
    uint64_t n = r->samples + r->sound.len / sizeof(int16_t);

    if (r->rate_hz > 0 && n > (uint64_t)r->rate_hz * REMOTE_TTS_SECONDS_MAX)
        return err_set(e, -EMSGSIZE, "voice at %s: more than %d s of sound", r->base,
                       REMOTE_TTS_SECONDS_MAX);
    return 0;
}

static void tts_end(struct remote_tts *r, int code, const char *words)
{
    struct err kept = ERR_INIT;

    if (code < 0)
        err_set(&kept, code, "%s", words);
    tts_forget(r);
    r->events.on_end(code, kept.text, r->events.user);
}

/* ---- a text by its sentences ----------------------------------------------------------------- */

/* "Dr.", "Mrs.", "St.": a short word that begins large. */
static bool is_short_form(const char *text, size_t from, size_t mark)
{
    size_t word = mark;

    while (word > from && text[word - 1] != ' ')
        word--;
    return text[mark] == '.' && mark - word <= 3 && isupper((unsigned char)text[word]);
}

/* Behind the sentence that begins at `at`: its mark stands at the end of a word, and what follows begins
 * anew. "It is 7. 30 degrees", and what has less than SENTENCE_BYTES_LEAST, goes on. */
static size_t sentence_end(const char *text, size_t at)
{
    for (size_t i = at; text[i]; i++) {
        size_t next = i + 1 + strspn(text + i + 1, " ");

        if (strchr(".!?", text[i]) && next > i + 1 && i - at >= SENTENCE_BYTES_LEAST && text[next] &&
            !islower((unsigned char)text[next]) && !isdigit((unsigned char)text[next]) &&
            !is_short_form(text, at, i))
            return next;
    }
    return strlen(text);
}

/* The next sentence, or with it all that is left where it is the last; "" when all was asked for. */
static void sentence_next(struct remote_tts *r, struct str *out)
{
    size_t end = sentence_end(str_text(&r->text), r->at);

    must(r->at <= end && end <= r->text.len);
    str_add_bytes(out, str_text(&r->text) + r->at, end - r->at);
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    r->at = end;
}

static int ask_next(struct remote_tts *r, struct err *e);

/* What was asked for is there whole. The next sentence is asked for while this one sounds. */
static void tts_whole(struct remote_tts *r)
{
    struct err e = ERR_INIT;
    int code = 0;

    if (r->at < r->text.len)
        code = ask_next(r, &e);
    if (code < 0 || !remote_tts_is_busy(r))
        tts_end(r, code, e.text);
}

/* ---- HTTP -------------------------------------------------------------------------------- */

static int tts_on_body(const void *bytes, size_t len, void *user, struct err *e)
{
    struct remote_tts *r = user;
    int code = wav_in_feed(&r->wav, bytes, len, &r->sound, e);

    if (code < 0)
        return err_wrap(e, code, "voice at %s sent", fetch_host(r->fetch));
    r->rate_hz = r->wav.has_begun ? r->wav.rate_hz : 0;
    return too_long(r, e);
}

static void tts_on_more(void *user)
{
    hand_on(user);
}

static int tts_on_whole(void *user, struct err *e)
{
    struct remote_tts *r = user;

    return r->wav.has_begun
               ? 0
               : err_set(e, -EPROTO, "voice at %s sent no sound: check tts.remote and tts.url",
                         fetch_host(r->fetch));
}

static void tts_on_fetched(int code, const char *words, void *user)
{
    if (code < 0)
        tts_end(user, code, words);
    else
        tts_whole(user);
}

static cJSON *piper_body(const struct remote_tts *r, const char *text)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok =
        json_put_text(j, "text", text) && (!r->voice[0] || json_put_text(j, "voice", r->voice));

    return ok ? STEAL(j) : NULL;
}

static cJSON *openai_body(const struct remote_tts *r, const char *text)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = json_put_text(j, "input", text) && json_put_text(j, "response_format", "wav") &&
              json_put_text(j, "model", r->model[0] ? r->model : "tts-1") &&
              json_put_text(j, "voice", r->voice[0] ? r->voice : "alloy");

    return ok ? STEAL(j) : NULL;
}

static int ask_http(struct remote_tts *r, const char *text, struct err *e)
{
    AUTO_JSON *j = r->way->body(r, text);
    AUTO_FREE char *body = j ? json_text(j) : NULL;
    struct fetch_request q = {
        .url = r->url,
        .key = r->key,
        .accept = "audio/wav",
        .types = wav_types,
        .type = "application/json",
        .body = body,
        .len = body ? strlen(body) : 0,
        .connect_ms = r->connect_ms,
        .gap_ms = r->gap_ms,
        .total_ms = REMOTE_TTS_SECONDS_MAX * 1000LL,
    };

    if (!body)
        return err_set(e, -ENOMEM, "voice: out of memory");
    wav_in_done(&r->wav); /* each sentence is a file of its own */
    return fetch_ask(r->fetch, &q, e);
}

/* ---- Wyoming ----------------------------------------------------------------------------- */

static int take_format(struct remote_tts *r, const struct wyoming_event *event, struct err *e)
{
    struct wyoming_format format = { 0 };
    int code = wyoming_take(&format, &wyoming_format_fields, event, e);

    if (code < 0)
        return code;
    if (format.width != sizeof(int16_t) || format.channels != 1)
        return err_set(e, -EPROTO, "sound of %u channels and %u bytes a sample", format.channels,
                       format.width);
    if (r->rate_hz > 0 && r->rate_hz != format.rate_hz)
        return err_set(e, -EPROTO, "sound that changes from %u to %u Hz", r->rate_hz,
                       format.rate_hz);
    r->rate_hz = format.rate_hz;
    return 0;
}

static int take_chunk(struct remote_tts *r, const struct wyoming_reader *reader, struct err *e)
{
    int code = take_format(r, &reader->event, e);

    if (code < 0)
        return code;
    if (reader->bytes.len % sizeof(int16_t))
        return err_set(e, -EPROTO, "half a sample");
    str_add_bytes(&r->sound, str_text(&reader->bytes), reader->bytes.len);
    return r->sound.failed ? err_set(e, -ENOMEM, "out of memory") : too_long(r, e);
}

static int wyoming_say(struct remote_tts *r, struct err *e);

/* {tts: [{supports_synthesize_streaming, ..}]}: the first of them is the one that speaks. */
static int take_info(struct remote_tts *r, const struct wyoming_reader *reader, struct err *e)
{
    const cJSON *tts = cJSON_GetObjectItemCaseSensitive(reader->event.data, "tts");

    if (!r->awaits_info)
        return 0;
    r->awaits_info = false;
    r->streams = json_bool(cJSON_GetArrayItem(tts, 0), "supports_synthesize_streaming", false)
                     ? STREAMS : STREAMS_NOT;
    return wyoming_say(r, e);
}

/* What an event means: < 0 a fault, 1 what was asked for is there. */
static int take_event(struct remote_tts *r, const struct wyoming_reader *reader, struct err *e)
{
    const char *type = reader->event.type;

    if (strcmp(type, "info") == 0)
        return take_info(r, reader, e);
    if (strcmp(type, "audio-start") == 0)
        return take_format(r, &reader->event, e);
    if (strcmp(type, "audio-chunk") == 0)
        return take_chunk(r, reader, e);
    if (strcmp(type, "error") == 0)
        return remote_error(&reader->event, e);
    return strcmp(type, r->in_stream ? "synthesize-stopped" : "audio-stop") == 0;
}

static void tts_on_event(const struct wyoming_reader *reader, void *user)
{
    struct remote_tts *r = user;
    struct err e = ERR_INIT;
    int code = take_event(r, reader, &e);

    if (code >= 0 && !hand_on(r))
        return;
    if (code == 0)
        return;
    wyoming_link_close(r->link);
    if (code > 0) {
        tts_whole(r);
        return;
    }
    err_wrap(&e, code, "voice at %s", r->base);
    tts_end(r, code, e.text);
}

static void tts_on_link_end(int code, const char *words, void *user)
{
    struct remote_tts *r = user;

    if (r->awaits_info) { /* one that does not tell what it can: sentence by sentence */
        r->awaits_info = false;
        r->streams = STREAMS_NOT;
        tts_whole(r);
        return;
    }
    if (code < 0)
        r->streams = STREAMS_UNKNOWN; /* who comes back may be another one */
    tts_end(user, code < 0 ? code : -ECONNRESET,
            code < 0 ? words : "voice: it closed the connection before the end of the sound");
}

static void wyoming_put_text(struct str *out, const struct remote_tts *r, const char *type,
                             const char *text)
{
    const struct wyoming_synthesize said = {
        (char *)text,
        { r->voice[0] ? (char *)r->voice : NULL, r->voice[0] ? NULL : (char *)r->language, NULL }
    };
    const struct wyoming_text chunk = { (char *)text, NULL };

    if (strcmp(type, "synthesize-chunk") == 0)
        wyoming_put_of(out, type, &chunk, &wyoming_text_fields, NULL, 0);
    else
        wyoming_put_of(out, type, &said, &wyoming_synthesize_fields, NULL, 0);
}

/* A text in one stream: what is left of it sentence by sentence, and once whole for servers that know no
 * streams, which the others pass over. */
static void wyoming_put_stream(struct str *out, struct remote_tts *r)
{
    size_t from = r->at;

    wyoming_put_text(out, r, "synthesize-start", NULL);
    while (r->at < r->text.len) {
        AUTO_STR sentence = STR_INIT;

        sentence_next(r, &sentence);
        if (r->at < r->text.len)
            str_add_char(&sentence, ' ');
        wyoming_put_text(out, r, "synthesize-chunk", str_text(&sentence));
    }
    wyoming_put_text(out, r, "synthesize", str_text(&r->text) + from);
    wyoming_put(out, "synthesize-stop", NULL, NULL, 0);
    r->in_stream = true;
}

/* The connection stands, or will. */
static int wyoming_say(struct remote_tts *r, struct err *e)
{
    AUTO_STR out = STR_INIT, sentence = STR_INIT;
    int code;

    if (r->streams == STREAMS) {
        wyoming_put_stream(&out, r);
    } else {
        sentence_next(r, &sentence);
        wyoming_put_text(&out, r, "synthesize", str_text(&sentence));
    }
    code = out.failed ? err_set(e, -ENOMEM, "voice: out of memory") : wyoming_link_send(r->link, &out, e);
    if (code == 0)
        wyoming_link_await(r->link);
    return code;
}

/* A text of one sentence needs no stream, and nobody need be asked whether he knows them. */
static int ask_wyoming(struct remote_tts *r, struct err *e)
{
    AUTO_STR out = STR_INIT;
    int code = wyoming_link_open(r->link, r->base, r->connect_ms, r->gap_ms, e);
    bool is_one = sentence_end(str_text(&r->text), r->at) == r->text.len;

    if (code < 0)
        return code;
    if (is_one || r->streams != STREAMS_UNKNOWN) {
        code = wyoming_say(r, e);
    } else {
        wyoming_put(&out, "describe", NULL, NULL, 0);
        code = wyoming_link_send(r->link, &out, e);
        r->awaits_info = code == 0;
        if (code == 0)
            wyoming_link_await(r->link);
    }
    if (code < 0)
        wyoming_link_close(r->link);
    return code;
}

/* ---- the table, and its like --------------------------------------------------------------- */

static const struct way ways[] = {
    { { "piper", "/synthesize" }, piper_body },
    { { "openai", "/v1/audio/speech" }, openai_body },
    { { "wyoming", NULL }, NULL },
};

static const struct way *way_find(const char *name)
{
    return (const struct way *)(const void *)remote_way_find(ways, sizeof(ways) / sizeof(ways[0]),
                                                             sizeof(ways[0]), name);
}

static int ask_next(struct remote_tts *r, struct err *e)
{
    AUTO_STR sentence = STR_INIT;

    if (!r->way->way.path)
        return ask_wyoming(r, e);
    sentence_next(r, &sentence);
    return ask_http(r, str_text(&sentence), e);
}

bool remote_tts_is_busy(const struct remote_tts *r)
{
    return r && (fetch_is_busy(r->fetch) || wyoming_link_is_open(r->link));
}

int remote_tts_speak(struct remote_tts *r, const char *text, const char *language, struct err *e)
{
    if (remote_tts_is_busy(r))
        return err_set(e, -EBUSY, "voice: a sentence is under way");
    if (strlen(text) > REMOTE_TTS_TEXT_MAX)
        return err_set(e, -EMSGSIZE, "voice: a sentence of more than %d bytes",
                       REMOTE_TTS_TEXT_MAX);
    must(text[0] != '\0'); /* servers answer 500 to nothing */
    tts_forget(r);
    str_add(&r->text, text);
    str_copy(r->language, sizeof(r->language), language);
    if (r->text.failed)
        return err_set(e, -ENOMEM, "voice: out of memory");
    return ask_next(r, e);
}

void remote_tts_cancel(struct remote_tts *r)
{
    if (!remote_tts_is_busy(r))
        return;
    fetch_cancel(r->fetch);
    wyoming_link_close(r->link);
    tts_forget(r);
}

int remote_tts_new(struct remote_tts **ret, struct loop *loop, const struct settings *s,
                   const struct remote_tts_events *events, struct err *e)
{
    AUTO(remote_tts_freep) struct remote_tts *r = calloc(1, sizeof(*r));
    int code;

    if (!r)
        return err_set(e, -ENOMEM, "voice: out of memory");
    r->way = way_find(s->tts_remote);
    if (!r->way)
        return err_set(e, -ENOENT, "tts.remote: is none");
    r->loop = loop;
    r->events = *events;
    wav_in_init(&r->wav);
    str_copy(r->base, sizeof(r->base), s->tts_url);
    str_copy(r->key, sizeof(r->key), s->tts_key);
    str_copy(r->model, sizeof(r->model), s->tts_remote_model);
    str_copy(r->voice, sizeof(r->voice), s->tts_remote_voice);
    r->connect_ms = s->tts_connect_ms;
    r->gap_ms = s->tts_remote_ms;
    code = remote_url(r->url, sizeof(r->url), r->base, r->way->way.path, &tts_place, e);
    if (code == 0 && r->way->way.path)
        code = fetch_new(&r->fetch, loop, &tts_place,
                         &(struct fetch_events){ tts_on_body, tts_on_more, tts_on_whole,
                                                 tts_on_fetched, NULL, r },
                         e);
    else if (code == 0)
        code =
            wyoming_link_new(&r->link, loop, &tts_place,
                             &(struct wyoming_link_events){ tts_on_event, tts_on_link_end, r }, e);
    if (code < 0)
        return code;
    *ret = STEAL(r);
    return 0;
}

struct remote_tts *remote_tts_free(struct remote_tts *r)
{
    if (!r)
        return NULL;
    fetch_free(r->fetch);
    wyoming_link_free(r->link);
    tts_forget(r);
    explicit_bzero(r->key, sizeof(r->key));
    free(r);
    return NULL;
}

bool remote_tts_fits(const struct remote_tts *r, const struct settings *s)
{
    if (!r)
        return !way_find(s->tts_remote);
    return strcmp(r->way->way.name, s->tts_remote) == 0 && strcmp(r->base, s->tts_url) == 0 &&
           strcmp(r->key, s->tts_key) == 0 && strcmp(r->model, s->tts_remote_model) == 0 &&
           strcmp(r->voice, s->tts_remote_voice) == 0 && r->connect_ms == s->tts_connect_ms &&
           r->gap_ms == s->tts_remote_ms;
}
