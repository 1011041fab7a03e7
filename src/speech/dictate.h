/* SPDX-License-Identifier: Apache-2.0 */
/* speech/dictate.h - client side of a dictation engine (core/engines.h): the sound of one sentence in, what it
 * heard out. Its program speaks jarvis-stt's wire (docs/engines.md).
 *
 *   dictate_ask(sound) -> UTT_START, UTT_AUDIO .. by a window of DICTATE_WINDOW, UTT_END
 *                      -> on_end(0, text) or on_end(code, words), once
 *
 * It is believed in nothing: a result that fits no table, an answer to what was not asked, a crash, silence
 * (engine.ms) end the one sentence with words, and never reach the recogniser of commands. What fails three times in a
 * row is left alone for a while (core/breaker.h); the supervisor brings it back (core/helper.h). One that speaks
 * another version of the wire is never asked.
 *
 * Who owns what: the samples are borrowed until on_end() or dictate_cancel(). One question at a time.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_DICTATE_H
#define JARVIS_SPEECH_DICTATE_H

#include "core/bus.h"
#include "core/engines.h"

#include <stddef.h>
#include <stdint.h>

enum { DICTATE_WINDOW = 4, DICTATE_TEXT_MAX = 4096 };

struct dictate;

struct dictate_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct engines *engines; /* NULL: none is ever there */
    /* Never from within dictate_ask(). Code 0: `text` is what was heard, "" nothing; else words. */
    void (*on_end)(int code, const char *text, void *user);
    void *user;
};

/* -ENOENT: the settings name none that is there and hears the language; -EACCES: its program is not its own. */
int dictate_new(struct dictate **ret, const struct dictate_deps *d, struct err *e);
struct dictate *dictate_free(struct dictate *d); /* cancels */
AUTO_DEFINE(struct dictate *, dictate_free)
/* Is it what the settings and the shelf say? NULL is right for none. */
bool dictate_fits(const struct dictate *d, const struct dictate_deps *deps);

/* -EBUSY, -EHOSTDOWN (the breaker), -ENOTCONN (it does not run), -EAGAIN: on_end() does not come. */
int dictate_ask(struct dictate *d, const int16_t *samples, size_t n, struct err *e);
void dictate_cancel(struct dictate *d); /* NULL and nothing under way are fine */
const char *dictate_name(const struct dictate *d);
bool dictate_is_ready(const struct dictate *d);

#endif
