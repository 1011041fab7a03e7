/* SPDX-License-Identifier: Apache-2.0 */
/* app/mute.c - may the microphone hear?
 *
 *     switch on the box (a level) ----+
 *                                     +--> either says no: off --> audio, MSG_MUTE
 *     a person by word, kept over ----+
 *     restart and crash (store)
 *
 * What is not known counts as off: a switch that is set but cannot be read, and what a person wanted
 * while the store cannot tell. The store is asked again when it works again, and a person's new word
 * decides at once; until then the fault "mute memory" says why nothing is heard.
 * Threads: main loop; mute_on_kept() on the store's writer thread, it only posts. */
#include "app/app.h"

#include "base/must.h"

#include <string.h>
#include <sys/epoll.h>

static const char mute_key[] = "mute";
static const char *const mute_words[] = {
    [MUTE_UNKNOWN] = "unknown", [MUTE_OFF] = "off", [MUTE_ON] = "on"
};

/* ---- what follows from it ------------------------------------------------------------------ */

static void mute_apply(struct app *a)
{
    bool on = a->mute_switch != MUTE_OFF || a->mute_asked != MUTE_OFF;
    bool changed = on != a->muted;
    struct msg *m;

    a->muted = on;
    audio_mute_set(a->audio, on);
    if (!changed)
        return;
    m = msg_new(MSG_MUTE, 0);
    if (m)
        m->mute.on = on;
    bus_post(a->bus, m);
}

/* ---- by word ------------------------------------------------------------------------------- */

static void mute_kept(struct bus *bus, int code, const char *text)
{
    char words[ERR_TEXT_BYTES];

    snprintf(words, sizeof(words), "the next start may forget whether the microphone is off: %s",
             text ? text : err_words(code));
    bus_post_fault(bus, "mute memory", code, code < 0 ? words : "kept");
}

static void mute_on_kept(int code, const char *text, void *user)
{
    struct app *a = user;

    mute_kept(a->bus, code, text);
}

static void mute_keep(struct app *a)
{
    struct err e = ERR_INIT;
    int r;

    if (a->opts.lab)
        return;
    if (!a->store)
        r = err_set(&e, -EROFS, "there is no store");
    else
        r = store_value_put(a->store, mute_key, mute_words[a->mute_asked == MUTE_ON ? MUTE_ON : MUTE_OFF], mute_on_kept, a, &e);
    if (r < 0)
        mute_kept(a->bus, r, err_text(&e));
}

int mute_set(struct app *a, bool on, struct err *e)
{
    a->mute_asked = on ? MUTE_ON : MUTE_OFF;
    mute_apply(a);
    mute_keep(a);
    must(a->muted || !on);
    if (!on && a->mute_switch == MUTE_ON)
        return err_set(e, -EPERM, "the switch on the box keeps the microphone off");
    if (!on && a->mute_switch == MUTE_UNKNOWN)
        return err_set(e, -EIO, "the mute switch cannot be read, so the microphone stays off; "
                       "mend it, or set mute.backend to none");
    must(a->muted == on || a->mute_switch == MUTE_ON);
    return 0;
}

/* What the store has of it. A file that was lost may have held that it is off: its words are gone, not the
 * person's wish. That stays so, whoever acknowledges the loss, until somebody says what he wants. */
static int mute_read(struct app *a, struct err *e)
{
    AUTO_FREE char *kept = NULL, *lost = NULL;
    int r = store_value_get(&kept, a->reader, mute_key, e);

    if (r == -ENOENT && store_value_get(&lost, a->reader, STORE_LOST_CONFIG, NULL) >= 0) {
        (void)store_value_put(a->store, mute_key, mute_words[MUTE_UNKNOWN], NULL, NULL, NULL);
        return err_set(e, -EUCLEAN, "%.200s", lost);
    }
    if (r == -ENOENT) { /* nobody ever asked for it */
        a->mute_asked = MUTE_OFF;
        return 0;
    }
    if (r < 0)
        return r;
    if (strcmp(kept, mute_words[MUTE_UNKNOWN]) == 0)
        return err_set(e, -EUCLEAN, "config.db was lost");
    a->mute_asked = strcmp(kept, mute_words[MUTE_ON]) == 0 ? MUTE_ON : MUTE_OFF;
    return 0;
}

/* What was wanted when the box ran last. */
static void mute_recall(struct app *a)
{
    struct err e = ERR_INIT;
    int r;

    a->mute_asked = MUTE_UNKNOWN;
    r = a->reader ? mute_read(a, &e) : err_set(&e, -EROFS, "there is no store");
    if (r >= 0)
        return;
    err_wrap(&e, r, "the microphone stays off, for it is not known whether somebody had turned it "
             "off; 'jarvisctl mute off' turns it on");
    bus_post_fault(a->bus, "mute memory", r, e.text);
}

/* The store works again: it may know by now, or can be told. */
void mute_on_fault(const struct msg *m, void *user)
{
    struct app *a = user;

    if (m->part && strcmp(m->part, "mute memory") == 0)
        a->mute_unkept = m->code < 0 && a->mute_asked != MUTE_UNKNOWN;
    if (m->code < 0 || !m->part || strcmp(m->part, "store") != 0)
        return;
    if (a->mute_unkept)
        mute_keep(a);
    if (a->mute_asked != MUTE_UNKNOWN)
        return;
    mute_recall(a);
    if (a->mute_asked == MUTE_UNKNOWN)
        return;
    bus_post_fault(a->bus, "mute memory", 0, "it is known again whether the microphone is off");
    mute_apply(a);
}

/* ---- by the switch ------------------------------------------------------------------------- */

static void mute_switch_lost(struct app *a, const struct err *why)
{
    struct err e = ERR_INIT;

    a->mute_switch = MUTE_UNKNOWN;
    err_set(&e, why->code, "%.200s; the microphone stays off: mend it, or set mute.backend to none",
            err_text(why));
    bus_post_fault(a->bus, "mute", e.code, e.text);
    mute_apply(a);
}

static void mute_on_switch(int fd, uint32_t revents, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;
    bool down = false;
    int r = a->mute_hal->read(a->mute, &down, &e);

    (void)fd;
    (void)revents;
    if (r < 0) {
        a->mute_io = loop_io_free(a->mute_io); /* a broken line must not spin the loop */
        mute_switch_lost(a, &e);
        return;
    }
    a->mute_switch = down ? MUTE_ON : MUTE_OFF;
    mute_apply(a);
}

void mute_open(struct app *a)
{
    const struct settings *s = &a->settings;
    const struct input_opts o = { s->mute_backend, s->mute_chip, s->mute_line, mute_on_switch };
    struct err e = ERR_INIT;
    bool down = false;
    int r = hardware_input(a, &o, &a->mute_hal, &a->mute, &a->mute_io, &e);

    must(a->mute_switch == MUTE_UNKNOWN && !a->audio_started);
    mute_recall(a);
    if (r >= 0) /* it may stand on "muted" since before the power came on */
        r = a->mute_hal->level(a->mute, &down, &e);
    if (r < 0) {
        mute_switch_lost(a, &e);
        return;
    }
    a->mute_switch = down ? MUTE_ON : MUTE_OFF;
    mute_apply(a);
}

void mute_close(struct app *a)
{
    a->mute_io = loop_io_free(a->mute_io);
    if (a->mute_hal)
        a->mute_hal->close(a->mute);
    a->mute = NULL;
}
