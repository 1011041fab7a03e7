/* SPDX-License-Identifier: Apache-2.0 */
/* app/rules.c - checks of settings that need more than core knows: one row each. They run when a
 * setting is changed, on the slow thread; at start a value that fails one is a fault of its part. */
#include "app/app.h"

#include "speech/known.h"
#include "wake/micro_engine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The other of the two engines has no dictionary of ours. */
static int rule_phrase(const struct settings *s, const char *text, struct err *e)
{
    if (s->engine_commands[0])
        return 0; /* an engine brings a dictionary of its own: jarvis-stt tells what it lacks */
    return strcmp(s->wake_engine, "pocketsphinx") == 0 ? known_phrase(s->stt_dictionary, text, e)
                                                       : 0;
}

static int rule_dictionary(const struct settings *s, const char *text, struct err *e)
{
    struct err why = ERR_INIT;
    int r;

    if (access(text, R_OK) < 0)
        return err_set(e, -errno, "stt.dictionary: %s cannot be read: %s", text, err_words(errno));
    r = strcmp(s->wake_engine, "pocketsphinx") == 0 ? known_phrase(text, s->wake_phrase, &why)
                                                    : 0;
    return r < 0 ? err_set(e, r, "stt.dictionary: with it the wake word could not be heard: %s",
                           err_text(&why)) : 0;
}

static int rule_voice(const struct settings *s, const char *text, struct err *e)
{
    (void)s;
    return known_voice(text, e);
}

/* A model may be put in place later: only how it is written is looked at. */
static int rule_words(const struct settings *s, const char *text, struct err *e)
{
    (void)s;
    return micro_list_check(text, e);
}

const struct settings_rule configure_rules[] = {
    { "wake.phrase", rule_phrase },
    { "stt.dictionary", rule_dictionary },
    { "tts.voice", rule_voice },
    { "wake.words", rule_words },
};
const size_t configure_rules_n = sizeof(configure_rules) / sizeof(configure_rules[0]);
