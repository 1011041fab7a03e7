/* SPDX-License-Identifier: Apache-2.0 */
/* app/status.c - what people ask: `jarvisctl status`, /api/status, the page.
 *
 * Figures are rows of core/counters.h, one table a part; words and lists (faults, complaints,
 * the broker) are told by their owners. */
#include "app/app.h"

#include "base/must.h"

#include <unistd.h>

#define ROWS(t) t, sizeof(t) / sizeof((t)[0])

/* clang-format off */
static const struct counter_row audio_rows[] = {
    COUNTER(struct audio_stats, capture_open, COUNTER_FLAG, "", "The microphone is open."),
    COUNTER(struct audio_stats, capture_rate_hz, COUNTER_GAUGE, "Hz", "Its sampling rate."),
    COUNTER(struct audio_stats, capture_channel, COUNTER_GAUGE, "", "The channel that is heard."),
    COUNTER(struct audio_stats, capture_blocks, COUNTER_TOTAL, "blocks", "Sound taken, 10 ms each."),
    COUNTER(struct audio_stats, capture_overruns, COUNTER_TOTAL, "blocks", "Sound nobody took in time."),
    COUNTER(struct audio_stats, capture_xruns, COUNTER_TOTAL, "", "Gaps of the microphone."),
    COUNTER(struct audio_stats, playback_open, COUNTER_FLAG, "", "The loudspeaker is open."),
    COUNTER(struct audio_stats, playback_rate_hz, COUNTER_GAUGE, "Hz", "Its sampling rate."),
    COUNTER(struct audio_stats, playback_xruns, COUNTER_TOTAL, "", "Gaps of the loudspeaker."),
    COUNTER(struct audio_stats, realtime, COUNTER_FLAG, "", "Real-time priority was granted."),
};

struct speech_figures {
    bool ready;
    struct speech_stats s;
};

static const struct counter_row speech_rows[] = {
    COUNTER(struct speech_figures, ready, COUNTER_FLAG, "", "Both helpers are ready."),
    { "wake", COUNTER_FLAG, COUNTER_BOOL, offsetof(struct speech_figures, s.wake_is_on), "",
      "The wake word is listened for." },
    { "voice_network", COUNTER_FLAG, COUNTER_BOOL, offsetof(struct speech_figures, s.has_network), "",
      "A network tells voices from noise; else the loudness does." },
    { "stt_pid", COUNTER_ID, COUNTER_INT, offsetof(struct speech_figures, s.stt_pid), "",
      "The recogniser's process." },
    { "stt_restarts", COUNTER_TOTAL, COUNTER_UINT, offsetof(struct speech_figures, s.stt_restarts), "",
      "How often the recogniser was started again." },
    { "tts_pid", COUNTER_ID, COUNTER_INT, offsetof(struct speech_figures, s.tts_pid), "",
      "The voice's process." },
    { "tts_restarts", COUNTER_TOTAL, COUNTER_UINT, offsetof(struct speech_figures, s.tts_restarts), "",
      "How often the voice was started again." },
    { "dropped_blocks", COUNTER_TOTAL, COUNTER_U64, offsetof(struct speech_figures, s.dropped_blocks),
      "blocks", "Sound the recogniser did not keep up with." },
    { "grammar_words", COUNTER_GAUGE, COUNTER_UINT, offsetof(struct speech_figures, s.grammar_words), "",
      "Words that can be heard." },
    { "grammar_unknown", COUNTER_GAUGE, COUNTER_UINT,
      offsetof(struct speech_figures, s.grammar_unknown), "", "Words that nobody can pronounce." },
};

static const struct counter_row bank_rows[] = {
    COUNTER(struct bank_stats, is_open, COUNTER_FLAG, "", "The voice of tts.remote is kept."),
    COUNTER(struct bank_stats, pieces, COUNTER_GAUGE, "", "Pieces of speech that are kept."),
    COUNTER(struct bank_stats, bytes, COUNTER_GAUGE, "bytes", "Room they take on the disk."),
    COUNTER(struct bank_stats, bytes_max, COUNTER_GAUGE, "bytes", "Room they may take."),
    COUNTER(struct bank_stats, needed, COUNTER_GAUGE, "", "Pieces that the house's answers fall apart into."),
    COUNTER(struct bank_stats, missing, COUNTER_GAUGE, "", "Those of them that are not kept yet."),
    COUNTER(struct bank_stats, said, COUNTER_TOTAL, "", "Answers said from it."),
    COUNTER(struct bank_stats, rendered, COUNTER_TOTAL, "", "Pieces rendered for it."),
};

static const struct counter_row dialogue_rows[] = {
    COUNTER(struct assistant_stats, conversations, COUNTER_GAUGE, "", "Conversations remembered."),
    COUNTER(struct assistant_stats, turns, COUNTER_GAUGE, "", "Sentences under way."),
    COUNTER(struct assistant_stats, waiting, COUNTER_GAUGE, "", "Typed sentences that wait."),
    COUNTER(struct assistant_stats, waiting_bytes, COUNTER_GAUGE, "bytes", "What they take."),
    COUNTER(struct assistant_stats, refused, COUNTER_TOTAL, "", "Sentences and presses refused."),
    COUNTER(struct assistant_stats, given_way, COUNTER_TOTAL, "", "Idle conversations forgotten for others."),
    COUNTER(struct assistant_stats, filtered, COUNTER_TOTAL, "", "Texts that went through filters."),
    COUNTER(struct assistant_stats, filters_late, COUNTER_TOTAL, "", "Filters passed over as late."),
};

static const struct counter_row store_rows[] = {
    COUNTER(struct store_stats, commits, COUNTER_TOTAL, "", "Transactions kept."),
    COUNTER(struct store_stats, rows, COUNTER_TOTAL, "", "Rows kept."),
    COUNTER(struct store_stats, errors, COUNTER_TOTAL, "", "Rows that could not be kept."),
    COUNTER(struct store_stats, wal_bytes, COUNTER_GAUGE, "bytes", "Size of the write-ahead log."),
    COUNTER(struct store_stats, queued, COUNTER_GAUGE, "", "Rows that wait for the disk."),
    COUNTER(struct store_stats, queued_bytes, COUNTER_GAUGE, "bytes", "What they take."),
    COUNTER(struct store_stats, states, COUNTER_GAUGE, "", "Devices whose state waits."),
    COUNTER(struct store_stats, backups, COUNTER_TOTAL, "", "Copies finished."),
    COUNTER(struct store_stats, checks, COUNTER_TOTAL, "", "Files read through and found whole."),
    COUNTER(struct store_stats, violations, COUNTER_TOTAL, "", "Writes that the guard refused."),
    COUNTER(struct store_stats, open, COUNTER_FLAG, "", "The history is kept."),
};

struct bus_figures {
    uint64_t posted, delivered, refused, replaced, lost, waiting, bytes;
};

static const struct counter_row bus_rows[] = {
    COUNTER(struct bus_figures, posted, COUNTER_TOTAL, "", "Messages posted."),
    COUNTER(struct bus_figures, delivered, COUNTER_TOTAL, "", "Messages delivered."),
    COUNTER(struct bus_figures, refused, COUNTER_TOTAL, "", "Messages refused: too many of a kind."),
    COUNTER(struct bus_figures, replaced, COUNTER_TOTAL, "", "States that a newer one stood in for."),
    COUNTER(struct bus_figures, lost, COUNTER_TOTAL, "", "Messages lost: out of memory."),
    COUNTER(struct bus_figures, waiting, COUNTER_GAUGE, "", "Messages that wait."),
    COUNTER(struct bus_figures, bytes, COUNTER_GAUGE, "bytes", "What they take."),
};

struct slow_figures {
    uint64_t posted, refused, failed, waiting;
    int64_t longest_ms;
};

static const struct counter_row slow_rows[] = {
    COUNTER(struct slow_figures, posted, COUNTER_TOTAL, "", "Jobs beside the main loop."),
    COUNTER(struct slow_figures, refused, COUNTER_TOTAL, "", "Jobs refused: too many waited."),
    COUNTER(struct slow_figures, failed, COUNTER_TOTAL, "", "Jobs that failed."),
    COUNTER(struct slow_figures, waiting, COUNTER_GAUGE, "", "Jobs that wait."),
    COUNTER(struct slow_figures, longest_ms, COUNTER_GAUGE, "ms", "The longest of them."),
};

struct must_figures {
    uint64_t broken;
};

static const struct counter_row must_rows[] = {
    COUNTER(struct must_figures, broken, COUNTER_TOTAL, "", "Invariants that did not hold: bugs."),
};
/* clang-format on */

static bool audio_fill(void *stats, void *user)
{
    audio_stats(((struct app *)user)->audio, stats);
    return true;
}

static bool speech_fill(void *stats, void *user)
{
    const struct app *a = user;
    struct speech_figures *f = stats;

    speech_stats(a->speech, &f->s);
    f->ready = speech_is_ready(a->speech);
    return true;
}

static bool bank_fill(void *stats, void *user)
{
    struct speech_stats s;

    speech_stats(((struct app *)user)->speech, &s);
    *(struct bank_stats *)stats = s.bank;
    return true;
}

static bool store_fill(void *stats, void *user)
{
    const struct app *a = user;

    if (a->store)
        store_stats(a->store, stats);
    return a->store != NULL;
}

static bool dialogue_fill(void *stats, void *user)
{
    struct app *a = user;

    assistant_stats(a->assistant, stats);
    return true;
}

static bool bus_fill(void *stats, void *user)
{
    struct app *a = user;
    struct bus_stats s;

    bus_stats(a->bus, &s);
    *(struct bus_figures *)stats = (struct bus_figures){ s.posted,   s.delivered,       s.refused,
                                                         s.replaced, bus_lost(a->bus), s.waiting,
                                                         s.bytes };
    return true;
}

static bool slow_fill(void *stats, void *user)
{
    struct app *a = user;
    struct slow_stats s;

    if (!a->slow)
        return false;
    slow_stats(a->slow, &s);
    *(struct slow_figures *)stats = (struct slow_figures){ s.posted, s.refused, s.failed, s.waiting,
                                                           s.longest_ms };
    return true;
}

static bool must_fill(void *stats, void *user)
{
    (void)user;
    ((struct must_figures *)stats)->broken = must_broken();
    return true;
}

int status_new(struct app *a, struct err *e)
{
    const struct counter_part parts[] = {
        { "audio", audio_fill, a, sizeof(struct audio_stats), ROWS(audio_rows) },
        { "speech", speech_fill, a, sizeof(struct speech_figures), ROWS(speech_rows) },
        { "voice_bank", bank_fill, a, sizeof(struct bank_stats), ROWS(bank_rows) },
        { "dialogue", dialogue_fill, a, sizeof(struct assistant_stats), ROWS(dialogue_rows) },
        { "store", store_fill, a, sizeof(struct store_stats), ROWS(store_rows) },
        { "bus", bus_fill, a, sizeof(struct bus_figures), ROWS(bus_rows) },
        { "slow", slow_fill, a, sizeof(struct slow_figures), ROWS(slow_rows) },
        { "invariants", must_fill, a, sizeof(struct must_figures), ROWS(must_rows) },
    };
    int r = 0;

    for (size_t i = 0; r >= 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
        r = counters_add(&a->counters, &parts[i], e);
    return r;
}

static bool status_box(cJSON *to, struct app *a)
{
    const struct {
        const char *key, *text;
    } texts[] = {
        { "version", JARVIS_VERSION },
        { "name", a->settings.device_name },
        { "area", a->settings.device_area },
        { "language", a->settings.language },
        { "wake_phrase", speech_wake_phrase(a->speech) },
        { "state", assistant_state(a->assistant) },
    };
    int64_t uptime_ms = (clock_mono_usec(a->clock) - a->started_usec) / 1000;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!json_put_text(to, texts[i].key, texts[i].text))
            return false;
    return json_put_int(to, "pid", getpid()) && json_put_int(to, "uptime_ms", uptime_ms) &&
           json_put_int(to, "bus_lost", (int64_t)bus_lost(a->bus));
}

/* What else belongs to a part's object but is no figure. */
static bool status_words(cJSON *to, struct app *a)
{
    cJSON *audio = cJSON_GetObjectItemCaseSensitive(to, "audio");
    cJSON *speech = cJSON_GetObjectItemCaseSensitive(to, "speech");
    cJSON *invariants = cJSON_GetObjectItemCaseSensitive(to, "invariants");

    return json_put_bool(audio, "muted", a->muted) &&
           json_put_copy(speech, "grammar_unknown_words", speech_unknown_words(a->speech)) &&
           json_put(speech, "ears", speech_order(a->speech)) &&
           json_put_text(invariants, "first", must_broken_at()) &&
           json_put(to, "home", home_status(a->home)) &&
           json_put(to, "settings", configure_status(a)) &&
           json_put(to, "health", health_report(a->health));
}

cJSON *status_json(struct app *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && status_box(j, a) && counters_json(&a->counters, j) && status_words(j, a);

    return ok ? STEAL(j) : NULL;
}
