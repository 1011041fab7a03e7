/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings.h - the one settings table and where its values come from.
 *
 *     default < etc/jarvis.yaml < state/settings.yaml < JARVIS_* environment
 *
 * settings_rows[] (settings_rows.c) is the only place that knows a setting. The YAML
 * files nest by the dots: `audio: { rate_hz: 48000 }`. A bad value or key is reported
 * with file, line and allowed range; the value from below it stays, and nothing else of the file is
 * lost: not to a byte order mark, a tab, another encoding or a key that stands twice.
 * Threads: a struct settings is a plain value; the daemon's own belongs to the main loop. */
#ifndef JARVIS_CORE_SETTINGS_H
#define JARVIS_CORE_SETTINGS_H

#include "base/cfg.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/paths.h"

enum {
    SETTING_TEXT = 128,
    SETTING_PATH = 256,
    SETTINGS_ROWS_MAX = 128,
    SETTINGS_FILE_BYTES_MAX = 256 << 10,
    SETTINGS_COMPLAINTS_MAX = 32, /* a source; the rest is counted in one more */
};

struct settings {
    /* device */
    char device_name[SETTING_TEXT]; /* how the box calls itself */
    char device_area[SETTING_TEXT]; /* the room it stands in: "turn on the light" means there */
    char language[16];              /* "en", "fr", "de" ... */
    char log_level[8];
    bool log_speech; /* the text of what was said is logged */
    /* audio */
    char audio_backend[8]; /* auto|alsa|sim|null */
    char audio_capture[SETTING_PATH];
    char audio_playback[SETTING_PATH];
    char audio_channel[8]; /* auto|0..7 */
    int64_t audio_rate_hz; /* 0: the device's best */
    int64_t audio_volume_percent;
    bool audio_chime;
    bool audio_realtime;   /* SCHED_FIFO and locked memory for the audio threads */
    /* wake word */
    char wake_engine[16]; /* pocketsphinx|microwakeword|none */
    char wake_phrase[SETTING_TEXT];
    char wake_words[SETTING_TEXT], wake_voice[SETTING_TEXT]; /* models of microwakeword */
    int64_t wake_threshold_exp; /* keyphrase threshold 10^x */
    /* endpoint */
    char stt_embedding[SETTING_PATH]; /* "" = none: the recogniser judges alone */
    char vad_model[SETTING_PATH]; /* "" = none: the loudness tells */
    int64_t endpoint_silence_ms, endpoint_patience_ms; /* of a whole sentence; of any */
    int64_t endpoint_max_ms, endpoint_no_speech_ms;
    /* recogniser and voice */
    bool speech_early; /* a command is done before the silence that ends its sentence */
    char stt_model[SETTING_PATH], stt_dictionary[SETTING_PATH];
    char stt_remote[8]; /* none|whisper|openai|wyoming */
    char stt_url[SETTING_PATH], stt_key[SETTING_PATH], stt_remote_model[SETTING_TEXT];
    int64_t stt_connect_ms, stt_remote_ms;
    /* recognisers that are no part of this package (core/engines.h) */
    char engine_dictation[SETTING_TEXT], engine_commands[SETTING_TEXT];
    char engine_order[16]; /* engine-first|remote-first */
    bool engine_may_act;
    int64_t engine_ms;
    char reply_style[8];          /* full|short|chime */
    char tts_voice[SETTING_TEXT]; /* "" = by language */
    int64_t tts_rate_wpm;
    char tts_remote[8]; /* none|piper|openai|wyoming */
    char tts_url[SETTING_PATH], tts_key[SETTING_PATH];
    char tts_remote_voice[SETTING_TEXT], tts_remote_model[SETTING_TEXT];
    int64_t tts_connect_ms, tts_remote_ms;
    char tts_bank[8]; /* off|said|auto|all */
    int64_t tts_bank_mb, tts_bank_pause_ms;
    /* MQTT */
    bool mqtt_enabled;
    char mqtt_host[SETTING_TEXT];
    int64_t mqtt_port;
    char mqtt_user[SETTING_TEXT], mqtt_password[SETTING_TEXT];
    char mqtt_client_id[SETTING_TEXT];
    char mqtt_ca_file[SETTING_PATH]; /* set: TLS */
    /* language model */
    char llm_kind[8]; /* none|ollama|openai */
    char llm_url[SETTING_PATH];
    char llm_model[SETTING_TEXT];
    char llm_key[SETTING_PATH];
    char llm_prompt[1024]; /* system prompt */
    int64_t llm_connect_ms, llm_first_token_ms, llm_gap_ms, llm_total_ms;
    /* web */
    bool http_enabled;
    char http_bind[64];
    int64_t http_port;
    char http_hosts[SETTING_PATH]; /* further names allowed in Host, comma-separated */
    /* store */
    int64_t store_history_days;
    bool store_missed;
    int64_t store_backup_hours;
    /* board */
    char board_name[SETTING_TEXT];
    char led_backend[8], led_name[SETTING_TEXT];                         /* none|sim|sysfs */
    char button_backend[8], button_chip[SETTING_TEXT];                   /* none|sim|gpio */
    int64_t button_line;
    char mute_backend[8], mute_chip[SETTING_TEXT];
    int64_t mute_line;
};

/* Who has to hear of a changed row (cfg_row.apply). */
enum settings_part {
    SETTINGS_BOX = 1, /* its name and room */
    SETTINGS_LOG = 2,
    SETTINGS_LANGUAGE = 4,
    SETTINGS_SOUND = 8,
    SETTINGS_WAKE = 16,
    SETTINGS_STT = 32,
    SETTINGS_VOICE = 64,
    SETTINGS_LLM = 128,
    SETTINGS_EARS = 256, /* the recogniser elsewhere */
    SETTINGS_MISSED = 512, /* what is shown of what was not understood */
};

extern const struct cfg_row settings_rows[];
extern const size_t settings_rows_n;

/* Called per complaint while loading; `text` is whole: file, line, key, remedy. */
typedef void (*settings_complain_fn)(const char *text, void *user);

/* Fills *s from all sources. Complaints do not fail the call; -ENOMEM does and leaves *s
 * untouched. A file that is no YAML at all is one complaint and is left out. */
int settings_load(struct settings *s, const struct paths *p, settings_complain_fn complain,
                  void *user, struct err *e);

struct settings_text { /* the bytes of a settings file; all borrowed */
    const char *name;  /* stands in the complaints */
    const void *bytes;
    size_t len;
};
/* Lays one file's text over *s, complaining as settings_load() does. -EINVAL: no YAML, -E2BIG,
 * -ENOMEM; *s untouched on failure. `complain` may be NULL. */
int settings_parse(struct settings *s, const struct settings_text *text,
                   settings_complain_fn complain, void *user, struct err *e);

/* The three steps of a change; core/settings_change.h takes them off the main loop.
 * Checks: -ENOENT unknown key (with the nearest), -EINVAL, -ERANGE, -ENAMETOOLONG bad value, -EPERM
 * the environment fixes it. *ret is the row. Waits for nothing. */
int settings_check(const struct cfg_row **ret, const char *key, const char *value, struct err *e);
/* Writes state/settings.yaml durably (only values set this way are in it). Waits for the disk.
 * -EINVAL: the file there has faults that would be lost; -EROFS, -ENOSPC ... The file is untouched
 * on failure. One at a time. */
int settings_write(const struct paths *p, const struct cfg_row *row, const char *value,
                   struct err *e);
/* Copies row `i` from another struct; whether that changed anything. */
int settings_take(struct settings *s, const struct settings *from, size_t i);
/* Has a change of `key` (text of MSG_SETTINGS; NULL: of several) to be heard by one of `parts`? */
bool settings_touches(const char *key, unsigned parts);
/* {key: value} of all rows, secrets masked; owned by the caller, NULL when out of memory. */
cJSON *settings_json(const struct settings *s);
/* Generated from the rows: docs/settings.md and the JSON schema (2020-12) of a settings file;
 * the schema is owned by the caller, NULL when out of memory. */
void settings_markdown(struct str *out);
cJSON *settings_schema(void);

#endif
