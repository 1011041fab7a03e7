/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_rows.c - the settings, one row each. Nothing else in the program knows a
 * setting's key, range, default or help; docs/settings.md and the schema are made from here.
 *
 * A row is read anew where it is used (CFG_LIVE), by the receivers of MSG_SETTINGS (apply), or when the
 * daemon starts again (CFG_RESTART). */
#include "core/settings_check.h"

#include "core/deadlines.h"

#define PLACE(f) .offset = offsetof(struct settings, f), .size = sizeof(((struct settings *)0)->f)
/* The type follows from the field, so that a row cannot disagree with it. */
#define FIELD(f)                                                                           \
    .type = _Generic(((struct settings *)0)->f, int64_t: CFG_INT, double: CFG_REAL,        \
                     bool: CFG_BOOL, char *: CFG_TEXT),                                    \
    PLACE(f)
#define CHOICE(f, words) .type = CFG_CHOICE, PLACE(f), .choices = words

/* The words of hal/common/board.c, which core may not include; a test holds the two together. */
#define SETTINGS_BOARDS "auto|generic|rpi3|rpi4|rpi5|zero2w|respeaker-2mic|sim"
#define EN_US "/usr/share/pocketsphinx/model/en-us/"

/* clang-format off */
const struct cfg_row settings_rows[] = {
    { .key = "device.name", FIELD(device_name), .def = "Jarvis",
      .check = settings_check_name, .apply = SETTINGS_BOX,
      .help = "How this box calls itself." },
    { .key = "device.area", FIELD(device_area), .def = "",
      .apply = SETTINGS_BOX,
      .help = "The room it stands in: \"turn on the light\" then means the light in that room." },
    { .key = "language", CHOICE(language, "en|fr|de|es|nl|it"), .def = "en",
      .flags = CFG_LOCALE, .apply = SETTINGS_LANGUAGE,
      .help = "The language of the sentences, the replies and the voice." },
    { .key = "log.level", CHOICE(log_level, "debug|info|warn|error"), .def = "info",
      .apply = SETTINGS_LOG,
      .help = "The least important kind of line that is logged." },
    { .key = "log.speech", FIELD(log_speech), .def = "false", .flags = CFG_LIVE,
      .help = "Writes what was said, typed and answered into the log as well; the log keeps it as "
              "long as the system's journal does, whatever store.history_days says." },

    { .key = "audio.backend", CHOICE(audio_backend, "auto|alsa|sim|null"), .def = "auto",
      .flags = CFG_RESTART,
      .help = "Where sound comes from and goes to: auto and alsa use the sound card, sim uses WAV "
              "files, null is silent." },
    { .key = "audio.capture", FIELD(audio_capture), .def = "default", .flags = CFG_RESTART,
      .help = "The microphone: an ALSA device such as plughw:1,0, or a WAV file for sim." },
    { .key = "audio.playback", FIELD(audio_playback), .def = "default", .flags = CFG_RESTART,
      .help = "The loudspeaker: an ALSA device, or the WAV file that sim writes." },
    { .key = "audio.rate_hz", FIELD(audio_rate_hz), .max = 48000, .choices = "0|16000|44100|48000",
      .def = "0", .unit = "Hz", .flags = CFG_RESTART,
      .help = "The sampling rate of the sound card; 0 takes the best it has." },
    { .key = "audio.channel", CHOICE(audio_channel, "auto|0|1|2|3|4|5|6|7"), .def = "auto",
      .flags = CFG_RESTART,
      .help = "Which channel of the microphone is heard; auto finds the one with the voice." },
    { .key = "audio.chime", FIELD(audio_chime), .def = "false",
      .apply = SETTINGS_SOUND,
      .help = "Plays two soft tones when it begins to listen; whoever speaks on in one breath "
              "speaks over them. They are not taken for speech." },
    { .key = "audio.volume_percent", FIELD(audio_volume_percent), .max = 100, .def = "70",
      .unit = "%", .apply = SETTINGS_SOUND,
      .help = "How loud replies are." },
    { .key = "audio.realtime", FIELD(audio_realtime), .def = "true", .flags = CFG_RESTART,
      .help = "Gives the audio threads real-time priority and locked memory." },

    { .key = "wake.engine", CHOICE(wake_engine, "pocketsphinx|microwakeword|none"),
      .def = "pocketsphinx", .apply = SETTINGS_WAKE,
      .help = "What listens for the wake word: pocketsphinx for wake.phrase, microwakeword for the "
              "models of wake.words (one takes over from the other at the next start); none: only "
              "typed text and the button start a conversation." },
    { .key = "wake.phrase", FIELD(wake_phrase), .def = "jarvis",
      .check = settings_check_phrase, .apply = SETTINGS_WAKE,
      .help = "The word or words that wake the assistant; they must stand in stt.dictionary." },
    { .key = "wake.words", FIELD(wake_words), .def = "hey_jarvis", .flags = CFG_RESTART,
      .help = "The microWakeWord models that are listened for, by the names of their manifests in "
              "the folder wake of the state or of the models, or by whole paths: up to 8, with "
              "commas; NAME=0.95 sets the cut-off." },
    { .key = "wake.voice", FIELD(wake_voice), .def = "", .flags = CFG_RESTART,
      .help = "A microWakeWord model that must hear a voice at the same moment, such as vad; empty: "
              "none." },
    { .key = "wake.threshold_exp", FIELD(wake_threshold_exp), .min = -50, .max = 0, .def = "-20",
      .apply = SETTINGS_WAKE,
      .help = "The keyphrase threshold as a power of ten: lower wakes more easily, and more often "
              "by mistake." },

    { .key = "vad.model", FIELD(vad_model), .def = "silero_vad_v6.onnx", .flags = CFG_RESTART,
      .help = "The file of the network that tells voices from noise, by its name in the folder of "
              "models or its whole path; empty or missing: the loudness alone tells." },
    { .key = "endpoint.silence_ms", FIELD(endpoint_silence_ms), .min = 200, .max = 3000,
      .def = "400", .unit = "ms", .flags = CFG_RESTART,
      .help = "The silence that ends a sentence which may end there." },
    { .key = "endpoint.patience_ms", FIELD(endpoint_patience_ms), .min = 400, .max = 5000,
      .def = "1000", .unit = "ms", .flags = CFG_RESTART,
      .help = "The silence that ends any: for who stops to think in the middle of a sentence." },
    { .key = "endpoint.max_ms", FIELD(endpoint_max_ms), .min = 3000, .max = 30000,
      .def = "10000", .unit = "ms", .flags = CFG_RESTART,
      .help = "The longest sentence; what follows is cut off." },
    { .key = "endpoint.no_speech_ms", FIELD(endpoint_no_speech_ms), .min = 1000, .max = 15000,
      .def = "3000", .unit = "ms", .flags = CFG_RESTART,
      .help = "How long to wait for the first word after the wake word." },

    { .key = "speech.early", FIELD(speech_early), .def = "false", .flags = CFG_LIVE,
      .help = "A command that is surely whole is done before the silence that ends its sentence, and taken back "
              "should the sentence go on; only lamps and blinds." },
    { .key = "stt.model", FIELD(stt_model), .def = EN_US "en-us",
      .check = settings_check_path, .apply = SETTINGS_STT,
      .help = "The folder of the PocketSphinx acoustic model." },
    { .key = "stt.dictionary", FIELD(stt_dictionary), .def = EN_US "cmudict-en-us.dict",
      .check = settings_check_path, .apply = SETTINGS_STT,
      .help = "The pronunciation dictionary that fits the model." },
    { .key = "stt.embedding", FIELD(stt_embedding), .def = "speech_embedding_v1.onnx", .apply = SETTINGS_STT,
      .help = "The file of the speech embedding, on which a second judge listens again to what sounded like the "
              "wake word, by its name in the folder of models; empty or missing: the "
              "recogniser judges alone." },
    { .key = "stt.remote", CHOICE(stt_remote, "none|whisper|openai|wyoming"), .def = "none",
      .apply = SETTINGS_EARS,
      .help = "A recogniser on another machine, asked where this box is not sure what was said: "
              "whisper is whisper.cpp's server, openai any server with that audio API. The sound of "
              "such a sentence goes there, to these two with the names of rooms and devices." },
    { .key = "stt.url", FIELD(stt_url), .def = "",
      .check = settings_check_service, .apply = SETTINGS_EARS,
      .help = "The address of stt.remote, such as http://192.168.1.5:8080, or tcp://192.168.1.5:10300 "
              "for wyoming." },
    { .key = "stt.key", FIELD(stt_key), .def = "", .flags = CFG_SECRET,
      .apply = SETTINGS_EARS,
      .help = "The key that stt.remote asks for; empty sends none." },
    { .key = "stt.remote_model", FIELD(stt_remote_model), .def = "",
      .apply = SETTINGS_EARS,
      .help = "The model's name at stt.remote; empty takes the server's own." },
    { .key = "stt.connect_ms", FIELD(stt_connect_ms), .min = 100, .max = 30000, .def = "1000",
      .unit = "ms", .apply = SETTINGS_EARS,
      .help = "How long connecting to stt.remote may take." },
    { .key = "stt.remote_ms", FIELD(stt_remote_ms), .min = 500, .max = 60000, .def = "8000",
      .unit = "ms", .apply = SETTINGS_EARS,
      .help = "How long stt.remote may take for one sentence." },
    { .key = "engine.dictation", FIELD(engine_dictation), .def = "",
      .check = settings_check_word, .apply = SETTINGS_EARS,
      .help = "An installed engine that hears free speech, asked where this box is not sure what was said "
              "(jarvisctl engine list); empty: none." },
    { .key = "engine.commands", FIELD(engine_commands), .def = "",
      .check = settings_check_word, .apply = SETTINGS_LANGUAGE | SETTINGS_STT,
      .help = "An installed engine that brings a model and a dictionary of another language: commands are "
              "heard in it when it is the language of the box; empty: English alone." },
    { .key = "engine.order", CHOICE(engine_order, "engine-first|remote-first"), .def = "engine-first",
      .flags = CFG_LIVE,
      .help = "Which is asked first where both engine.dictation and stt.remote are there; the other one is asked "
              "when the first has no answer." },
    { .key = "engine.may_act", FIELD(engine_may_act), .def = "false", .flags = CFG_LIVE,
      .help = "A command that only engine.dictation has heard is done at once; else it is asked back whether it "
              "was meant." },
    { .key = "engine.ms", FIELD(engine_ms), .min = 500, .max = 60000, .def = "8000", .unit = "ms",
      .flags = CFG_LIVE,
      .help = "How long engine.dictation may take for one sentence." },
    { .key = "reply.style", CHOICE(reply_style, "full|short|chime"), .def = "full", .flags = CFG_LIVE,
      .help = "What is said when a command was done as it was meant: a sentence that names what was "
              "done, one word, or by voice a falling chime (typed: the word). Questions are always "
              "answered in full, and so is what was not done, or not by all." },
    { .key = "tts.voice", FIELD(tts_voice), .def = "",
      .check = settings_check_word, .apply = SETTINGS_VOICE,
      .help = "The voice of this box: flite (English), or one of `espeak-ng --voices` such as en-us; "
              "empty takes flite for English where libflite1 is installed, else espeak-ng's of the "
              "language." },
    { .key = "tts.rate_wpm", FIELD(tts_rate_wpm), .min = 80, .max = 450, .def = "170",
      .unit = "words/min",
      .apply = SETTINGS_VOICE,
      .help = "How fast replies are spoken." },
    { .key = "tts.remote", CHOICE(tts_remote, "none|piper|openai|wyoming"), .def = "none",
      .apply = SETTINGS_VOICE,
      .help = "A voice on another machine that speaks where it can be reached: piper is its HTTP "
              "server, openai any server with that audio API. This box's own voice stands in for it." },
    { .key = "tts.url", FIELD(tts_url), .def = "",
      .check = settings_check_service, .apply = SETTINGS_VOICE,
      .help = "The address of tts.remote, such as http://192.168.1.5:5000, or tcp://192.168.1.5:10200 "
              "for wyoming." },
    { .key = "tts.key", FIELD(tts_key), .def = "", .flags = CFG_SECRET,
      .apply = SETTINGS_VOICE,
      .help = "The key that tts.remote asks for; empty sends none." },
    { .key = "tts.remote_voice", FIELD(tts_remote_voice), .def = "",
      .apply = SETTINGS_VOICE,
      .help = "The voice's name at tts.remote; empty takes the server's own." },
    { .key = "tts.remote_model", FIELD(tts_remote_model), .def = "",
      .apply = SETTINGS_VOICE,
      .help = "The model's name at tts.remote, where it has several (openai)." },
    { .key = "tts.connect_ms", FIELD(tts_connect_ms), .min = 100, .max = 30000, .def = "500",
      .unit = "ms", .apply = SETTINGS_VOICE,
      .help = "How long connecting to tts.remote may take." },
    { .key = "tts.remote_ms", FIELD(tts_remote_ms), .min = 200, .max = 60000, .def = "2500",
      .unit = "ms", .apply = SETTINGS_VOICE,
      .help = "How long tts.remote may be silent before this box's own voice speaks instead." },
    { .key = "tts.bank", CHOICE(tts_bank, "off|said|all|auto"), .def = "auto",
      .apply = SETTINGS_VOICE,
      .help = "Keeps the voice of tts.remote on this box, for when it is away: said keeps the house's "
              "answers as they are spoken, all also has the others rendered while nobody is served, "
              "auto is all for piper and wyoming and said for openai. off removes what was kept." },
    { .key = "tts.bank_mb", FIELD(tts_bank_mb), .min = 1, .max = 2000, .def = "60",
      .unit = "MB", .apply = SETTINGS_VOICE,
      .help = "How much room tts.bank may take." },
    { .key = "tts.bank_pause_ms", FIELD(tts_bank_pause_ms), .min = 0, .max = 600000, .def = "2000",
      .unit = "ms", .flags = CFG_LIVE,
      .help = "How long tts.remote is left alone between two sentences that are rendered to be kept." },

    { .key = "mqtt.enabled", FIELD(mqtt_enabled), .def = "true", .flags = CFG_RESTART,
      .help = "Connects to the MQTT broker that the devices are on." },
    { .key = "mqtt.host", FIELD(mqtt_host), .def = "127.0.0.1", .flags = CFG_RESTART,
      .check = settings_check_host,
      .help = "The broker's host name or address." },
    { .key = "mqtt.port", FIELD(mqtt_port), .min = 1, .max = 65535, .def = "1883",
      .flags = CFG_RESTART, .help = "The broker's port; usually 8883 with TLS." },
    { .key = "mqtt.user", FIELD(mqtt_user), .def = "", .flags = CFG_RESTART,
      .help = "The user name at the broker; empty connects without one." },
    { .key = "mqtt.password", FIELD(mqtt_password), .def = "", .flags = CFG_SECRET | CFG_RESTART,
      .help = "The password at the broker." },
    { .key = "mqtt.client_id", FIELD(mqtt_client_id), .def = "", .flags = CFG_RESTART,
      .check = settings_check_client_id,
      .help = "The name of this connection at the broker, which two boxes must not share; empty "
              "takes one of this box's own." },
    { .key = "mqtt.ca_file", FIELD(mqtt_ca_file), .def = "", .flags = CFG_RESTART,
      .help = "The PEM file of the authority that signed the broker's certificate; set, the "
              "connection uses TLS." },

    { .key = "llm.kind", CHOICE(llm_kind, "none|ollama|openai"), .def = "none",
      .apply = SETTINGS_LLM,
      .help = "The language model that answers what no sentence template matches; openai is any "
              "server with that chat API." },
    { .key = "llm.url", FIELD(llm_url), .def = "", .env_also = "OLLAMA_URL",
      .check = settings_check_url, .apply = SETTINGS_LLM,
      .help = "The model server's address, such as http://127.0.0.1:11434." },
    { .key = "llm.model", FIELD(llm_model), .def = "",
      .apply = SETTINGS_LLM,
      .help = "The model's name at that server." },
    { .key = "llm.key", FIELD(llm_key), .def = "", .flags = CFG_SECRET,
      .apply = SETTINGS_LLM,
      .help = "The key that the server asks for; empty sends none." },
    { .key = "llm.prompt", FIELD(llm_prompt), .def = "",
      .apply = SETTINGS_LLM,
      .help = "What the model is told about its role; empty takes the words of the language." },
    { .key = "llm.connect_ms", FIELD(llm_connect_ms), .min = 100, .max = 30000, .def = "1000",
      .unit = "ms", .apply = SETTINGS_LLM,
      .help = "How long connecting may take." },
    { .key = "llm.first_token_ms", FIELD(llm_first_token_ms), .min = 500, .max = 120000,
      .def = "10000", .unit = "ms",
      .apply = SETTINGS_LLM,
      .help = "How long the first word of an answer may take." },
    { .key = "llm.gap_ms", FIELD(llm_gap_ms), .min = 500, .max = 60000, .def = "5000",
      .unit = "ms", .apply = SETTINGS_LLM,
      .help = "How long an answer may pause." },
    { .key = "llm.total_ms", FIELD(llm_total_ms), .min = 1000, .max = DEADLINE_LLM_MAX_MS,
      .def = "60000",
      .unit = "ms", .apply = SETTINGS_LLM,
      .help = "How long a whole answer may take." },

    { .key = "http.enabled", FIELD(http_enabled), .def = "true", .flags = CFG_RESTART,
      .help = "Serves the page and the API." },
    { .key = "http.bind", FIELD(http_bind), .def = "127.0.0.1", .flags = CFG_RESTART,
      .check = settings_check_bind,
      .help = "The address to listen on; anything but loopback opens the page to the network." },
    { .key = "http.port", FIELD(http_port), .min = 1, .max = 65535, .def = "8100",
      .flags = CFG_RESTART, .help = "The port to listen on." },
    { .key = "http.hosts", FIELD(http_hosts), .def = "", .flags = CFG_RESTART,
      .check = settings_check_hosts,
      .help = "Further names under which browsers may call the page, separated by commas." },

    { .key = "store.history_days", FIELD(store_history_days), .max = 3650, .def = "90",
      .unit = "days", .flags = CFG_RESTART,
      .help = "How long past conversations are kept; 0 keeps them for ever." },
    { .key = "store.missed", FIELD(store_missed), .def = "true", .apply = SETTINGS_MISSED,
      .help = "Shows what was not understood, with proposals (`jarvisctl missed`, the page). It is read from the "
              "history and goes with it; false shows nothing of it." },
    { .key = "store.backup_hours", FIELD(store_backup_hours), .max = 168, .def = "24",
      .unit = "h", .flags = CFG_RESTART,
      .help = "How often the databases are copied; a large history more rarely, to spare the disk; 0 "
              "makes no copies." },

    { .key = "board.name", CHOICE(board_name, SETTINGS_BOARDS), .def = "generic", .flags = CFG_RESTART,
      .help = "The board, which knows its sound devices, light and button; auto asks the device "
              "tree." },
    { .key = "led.backend", CHOICE(led_backend, "none|sim|sysfs"), .def = "none",
      .flags = CFG_RESTART, .help = "What drives the light that shows the assistant's state." },
    { .key = "led.name", FIELD(led_name), .def = "", .flags = CFG_RESTART,
      .check = settings_check_chip,
      .help = "The light's name under /sys/class/leds; empty takes the board's." },
    { .key = "button.backend", CHOICE(button_backend, "none|sim|gpio"), .def = "none",
      .flags = CFG_RESTART, .help = "What reads the button that starts a conversation." },
    { .key = "button.chip", FIELD(button_chip), .def = "", .flags = CFG_RESTART,
      .check = settings_check_chip,
      .help = "The button's GPIO chip, such as gpiochip0; empty takes the board's." },
    { .key = "button.line", FIELD(button_line), .max = 1023, .def = "17", .flags = CFG_RESTART,
      .help = "The button's line on that chip." },
    { .key = "mute.backend", CHOICE(mute_backend, "none|sim|gpio"), .def = "none",
      .flags = CFG_RESTART, .help = "What reads the switch that mutes the microphone." },
    { .key = "mute.chip", FIELD(mute_chip), .def = "", .flags = CFG_RESTART,
      .check = settings_check_chip,
      .help = "The mute switch's GPIO chip; empty takes the board's." },
    { .key = "mute.line", FIELD(mute_line), .max = 1023, .def = "27", .flags = CFG_RESTART,
      .help = "The mute switch's line on that chip." },
};
/* clang-format on */

const size_t settings_rows_n = sizeof(settings_rows) / sizeof(settings_rows[0]);
_Static_assert(sizeof(settings_rows) / sizeof(settings_rows[0]) <= SETTINGS_ROWS_MAX,
               "settings.c keeps a flag for each row");
