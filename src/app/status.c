/* SPDX-License-Identifier: Apache-2.0 */
/* app/status.c - what people ask: `jarvisctl status`, /api/status, the page. */
#include "app/app.h"

#include <unistd.h>

static bool status_audio(cJSON *to, struct app *a)
{
    struct audio_stats s;
    cJSON *j = cJSON_AddObjectToObject(to, "audio");

    audio_stats(a->audio, &s);
    return j && cJSON_AddBoolToObject(j, "capture_open", s.capture_open) &&
           cJSON_AddNumberToObject(j, "capture_rate_hz", s.capture_rate_hz) &&
           cJSON_AddNumberToObject(j, "capture_channel", s.capture_channel) &&
           cJSON_AddNumberToObject(j, "capture_blocks", (double)s.capture_blocks) &&
           cJSON_AddNumberToObject(j, "capture_overruns", (double)s.capture_overruns) &&
           cJSON_AddNumberToObject(j, "capture_xruns", (double)s.capture_xruns) &&
           cJSON_AddBoolToObject(j, "playback_open", s.playback_open) &&
           cJSON_AddNumberToObject(j, "playback_rate_hz", s.playback_rate_hz) &&
           cJSON_AddNumberToObject(j, "playback_xruns", (double)s.playback_xruns) &&
           cJSON_AddBoolToObject(j, "realtime", s.realtime) &&
           cJSON_AddBoolToObject(j, "muted", a->muted);
}

static bool status_speech(cJSON *to, struct app *a)
{
    struct speech_stats s;
    cJSON *j = cJSON_AddObjectToObject(to, "speech");

    speech_stats(a->speech, &s);
    return j && cJSON_AddBoolToObject(j, "ready", speech_is_ready(a->speech)) &&
           cJSON_AddBoolToObject(j, "wake", s.wake_is_on) &&
           cJSON_AddNumberToObject(j, "stt_pid", s.stt_pid) &&
           cJSON_AddNumberToObject(j, "stt_restarts", s.stt_restarts) &&
           cJSON_AddNumberToObject(j, "tts_pid", s.tts_pid) &&
           cJSON_AddNumberToObject(j, "tts_restarts", s.tts_restarts) &&
           cJSON_AddNumberToObject(j, "dropped_blocks", (double)s.dropped_blocks) &&
           cJSON_AddNumberToObject(j, "grammar_words", s.grammar_words) &&
           cJSON_AddNumberToObject(j, "grammar_unknown", s.grammar_unknown);
}

static bool status_store(cJSON *to, struct app *a)
{
    struct store_stats s;
    cJSON *j;

    if (!a->store)
        return cJSON_AddNullToObject(to, "store") != NULL;
    store_stats(a->store, &s);
    j = cJSON_AddObjectToObject(to, "store");
    return j && cJSON_AddNumberToObject(j, "commits", (double)s.commits) &&
           cJSON_AddNumberToObject(j, "rows", (double)s.rows) &&
           cJSON_AddNumberToObject(j, "errors", (double)s.errors) &&
           cJSON_AddNumberToObject(j, "wal_bytes", (double)s.wal_bytes) &&
           cJSON_AddNumberToObject(j, "queued", (double)s.queued) &&
           cJSON_AddNumberToObject(j, "states", (double)s.states) &&
           cJSON_AddBoolToObject(j, "open", s.open);
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
        { "wake_phrase", a->settings.wake_phrase },
        { "state", assistant_state(a->assistant) },
    };
    int64_t uptime_ms = (clock_mono_usec(a->clock) - a->started_usec) / 1000;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!cJSON_AddStringToObject(to, texts[i].key, texts[i].text))
            return false;
    return cJSON_AddNumberToObject(to, "pid", getpid()) &&
           cJSON_AddNumberToObject(to, "uptime_ms", (double)uptime_ms) &&
           cJSON_AddNumberToObject(to, "bus_lost", (double)bus_lost(a->bus));
}

cJSON *status_json(struct app *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && status_box(j, a) && status_audio(j, a) && status_speech(j, a) &&
              status_store(j, a) && json_put(j, "home", home_status(a->home)) &&
              json_put(j, "settings", configure_status(a)) &&
              json_put(j, "health", health_report(a->health));

    return ok ? STEAL(j) : NULL;
}
