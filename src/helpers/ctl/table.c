/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/table.c - one row a command: what it takes, does and is told in help, man page and
 * completion. */
#include "ctl.h"

/* clang-format off */
const struct ctl_command ctl_commands[] = {
    { "status", run_status, 0, 0, 0, "status", "state of every part, and what is wrong", NULL, NULL },
    { "ask", run_ask, 1, -1, CTL_SPEAK, "ask [--speak] TEXT...",
      "a typed sentence, as if it had been spoken",
      "Ends with 0 when it was done (or answered), 3 when it was not understood, 4 when it was "
      "understood but not all of it was done.", NULL },
    { "listen", run_listen, 0, 0, 0, "listen", "push to talk: take one spoken sentence",
      "Ends as ask does.", NULL },
    { "say", run_say, 1, -1, 0, "say TEXT...", "speak a text", NULL, NULL },
    { "devices", run_devices, 0, 0, 0, "devices", "the devices of the house and their states",
      "A state marked (old) was told before Jarvis started or the broker was lost.", NULL },
    { "areas", run_areas, 0, 0, 0, "areas", "the rooms and what is in them", NULL, NULL },
    { "sentences", run_sentences, 2, -1, 0, "sentences test TEXT...",
      "how a sentence is understood, and why",
      "Says which templates match and which of them wins; where none does, the nearest one. "
      "Nothing is done. Ends with 3 when the sentence is not understood.", "test" },
    { "log", run_log, 0, 0, CTL_FOLLOW | CTL_COUNT, "log [-f] [-n COUNT]",
      "the newest lines of the log",
      "-n: so many lines (64); the daemon keeps the last 512.", NULL },
    { "history", run_history, 0, 0, CTL_COUNT, "history [-n COUNT]",
      "the last sessions and their timelines",
      "-n: so many sessions (5).", NULL },
    { "missed", run_missed, 0, 0, CTL_COUNT, "missed [-n COUNT]",
      "what was not understood, and what could be taught so that it is",
      "-n: so many texts (5), of the last 5,000 sessions. It is part of the history and goes with it; store.missed "
      "false shows nothing.", NULL },
    { "learn", run_learn, 0, 3, 0, "learn [name TEXT DEVICE | sentence TEXT MEANS]",
      "teach another name of a device, or a sentence that stands for another; without words: all that was taught",
      "jarvisctl learn name \"reading lamp\" floor_lamp; jarvisctl learn sentence \"gimme light\" \"turn on the "
      "kitchen light\". A name that means something already, that has no word of its own (\"lights\", \"it\", "
      "\"two\"), or that has a word with an opposite in it, is refused.",
      "name sentence" },
    { "forget", run_forget, 1, -1, 0, "forget TEXT...", "forget a name or sentence that was taught", NULL, NULL },
    { "config", run_config, 1, 3, 0, "config get [KEY] | set KEY VALUE", "settings",
      "A value may begin with a minus sign: jarvisctl config set wake.threshold_exp -25", "get set" },
    { "engine", run_engine, 1, 3, CTL_YES, "engine list | add [--yes] NAME|FILE | remove NAME | use NAME|none",
      "recognisers that are no part of this package",
      "add takes a manifest by its name (/etc/jarvis/engines.d, /usr/share/jarvis/engines) or by its path (with a slash "
      "in it), shows the licence, and fetches when you agree; --yes agrees. use puts an engine into the setting of its "
      "kind, engine.dictation or engine.commands; use none takes it out of both. See docs/engines.md.",
      "list add remove use" },
    { "mute", run_mute, 0, 1, 0, "mute [on|off]",
      "microphone off or on; without a word: which of them", NULL, "on off" },
    { "acknowledge", run_acknowledge, 0, 0, 0, "acknowledge", "you have read that history was lost",
      "Ends the faults of the parts 'history' and 'states', which else stay, over restarts.", NULL },
    { "reload", run_reload, 0, 0, 0, "reload", "read settings, devices and sentences again", NULL,
      NULL },
};

const struct ctl_option_row ctl_options[] = {
    { "json", 'j', 0, NULL, "answers and errors as JSON, one object a line" },
    { "root", 0, 0, "DIR", "the folder that the daemon was started with (else JARVIS_ROOT)" },
    { "help", 'h', 0, NULL, "this; after a command: what the command does" },
    { "version", 'V', 0, NULL, "the version" },
    { "speak", 's', CTL_SPEAK, NULL, "say the answer aloud as well" },
    { "follow", 'f', CTL_FOLLOW, NULL, "go on with new lines" },
    { "yes", 'y', CTL_YES, NULL, "the licence is agreed to" },
    { "count", 'n', CTL_COUNT, "COUNT", "how many at most" },
};
/* clang-format on */
const size_t ctl_commands_n = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
const size_t ctl_options_n = sizeof(ctl_options) / sizeof(ctl_options[0]);
