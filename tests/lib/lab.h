/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/lab.h - the whole daemon in one process on a virtual clock, with faults in its messages.
 *
 * The wiring is the daemon's own (app_new, app_start); the house is virtual devices, the helpers are
 * files that cannot be started, or ears and a voice that this file plays on the bus (l->hears). A
 * fault is one line, "type:kind:nth", or many faults that a number stands for; they are replayed by
 *     FAULT=intent:lose:1 build/gcc/tests/unit/app/lab_test
 *     SEED=17 build/gcc/tests/unit/app/lab_test
 *   lose     the nth message of the type never arrives
 *   repeat   it arrives twice
 *   delay    it arrives LAB_DELAY_MS late
 *   reorder  it arrives behind the next message, whatever that is */
#ifndef JARVIS_TESTS_LIB_LAB_H
#define JARVIS_TESTS_LIB_LAB_H

#include "app/app.h"
#include "base/file.h"
#include "base/must.h"

#include <string.h>

#include "lib/dir.h"

enum { LAB_DELAY_MS = 700, LAB_STEP_MS = 10, LAB_DICE = 32, LAB_REAL_WAIT_MS = 20 };

enum lab_fault { LAB_NONE, LAB_LOSE, LAB_REPEAT, LAB_DELAY, LAB_REORDER, LAB_FAULTS_N };

static const char *const lab_fault_names[LAB_FAULTS_N] = { "none", "lose", "repeat", "delay",
                                                           "reorder" };

struct lab {
    struct clock clock;
    struct app *app;
    char root[DIR_BYTES];
    enum msg_type type; /* the fault */
    enum lab_fault kind;
    int nth;
    int seen; /* messages of that type so far */
    bool is_random; /* any message may be hit, by the seed; else only the one above */
    unsigned seed;
    struct msg *held;
    bool held_for_next; /* LAB_REORDER */
    struct loop_timer *release;
    const char *more_settings;        /* lines of jarvis.yaml; NULL: none. Set before lab_open() */
    const char *hears;                /* what is said to the box in each session; NULL: nobody hears */
    const char *hears_early;          /* what is heard of it before its end, which waits for MSG_ACTED then; NULL */
    uint64_t heard;                   /* the newest session that was heard or is not wanted any more */
    const _Atomic bool *works_beside; /* real time is given to a thread while it is set; NULL */
    uint64_t ends;                    /* the session whose sentence ends with MSG_ACTED; 0: none */
    int sent_before;                  /* commands that lab_sent() does not count */
    int posted[MSG_N], delivered[MSG_N];
};

static inline void lab_let_go(void *user)
{
    struct lab *l = user;

    if (l->held)
        bus_give(l->app->bus, STEAL(l->held));
}

/* Does the asker's own message go through it? He alone could notice. */
static inline bool lab_is_askers(enum msg_type type)
{
    return type == MSG_TEXT || type == MSG_BUTTON || type == MSG_ANSWER;
}

static inline enum lab_fault lab_choose(struct lab *l, enum msg_type type)
{
    unsigned dice;

    if (!l->is_random)
        return type == l->type && l->kind != LAB_NONE && ++l->seen == l->nth ? l->kind : LAB_NONE;
    dice = (unsigned)rand_r(&l->seed) / 7 % LAB_DICE;
    return lab_is_askers(type) || dice >= LAB_FAULTS_N ? LAB_NONE : (enum lab_fault)dice;
}

/* The tap of the bus. All of it runs on one thread here. */
static inline bool lab_tap(struct msg *m, void *user)
{
    struct lab *l = user;
    enum lab_fault kind = lab_choose(l, m->type);

    l->posted[m->type]++;
    if (kind >= LAB_DELAY && l->held)
        kind = LAB_NONE; /* one at a time */
    switch (kind) {
    case LAB_LOSE:
        msg_free(m);
        return true;
    case LAB_REPEAT:
        bus_give(l->app->bus, msg_copy(m));
        return false;
    case LAB_DELAY:
    case LAB_REORDER:
        l->held = m;
        l->held_for_next = kind == LAB_REORDER;
        loop_timer_after_ms(l->release, LAB_DELAY_MS);
        return true;
    default:
        break;
    }
    if (!l->held || !l->held_for_next)
        return false;
    bus_give(l->app->bus, m); /* what was held goes behind this one */
    lab_let_go(l);
    return true;
}

/* ---- ears and voice ------------------------------------------------------------------------ */

static inline void lab_speech_says(struct lab *l, enum msg_type type, const struct msg *to)
{
    struct msg *m = msg_new(type, to->session);

    m->endpoint = to->endpoint;
    if (type == MSG_TRANSCRIPT || type == MSG_EARLY)
        m->text = str_dup(type == MSG_EARLY ? l->hears_early : l->hears);
    if (to->type == MSG_SAY)
        m->say.serial = to->say.serial;
    bus_post(l->app->bus, m);
}

/* In the place of speech/: hears one sentence in each session, says at once what is to be said. */
static inline void lab_speech(const struct msg *m, void *user)
{
    struct lab *l = user;
    bool is_new = m->session > l->heard;

    if ((m->type == MSG_LISTEN || m->type == MSG_LISTEN_STOP) && is_new)
        l->heard = m->session;
    if (m->type == MSG_LISTEN && is_new)
        lab_speech_says(l, MSG_SPEECH_START, m);
    if (m->type == MSG_LISTEN && is_new && l->hears_early) {
        lab_speech_says(l, MSG_EARLY, m);
        l->ends = m->session;
    } else if ((m->type == MSG_LISTEN && is_new) || (m->type == MSG_ACTED && m->session == l->ends)) {
        l->ends = 0;
        lab_speech_says(l, MSG_SPEECH_END, m);
        lab_speech_says(l, MSG_TRANSCRIPT, m);
    }
    if (m->type == MSG_SAY) {
        lab_speech_says(l, MSG_SAY_START, m);
        lab_speech_says(l, MSG_SAID, m);
    }
}

/* ---- the house ----------------------------------------------------------------------------- */

static inline void lab_count(const struct msg *m, void *user)
{
    ((struct lab *)user)->delivered[m->type]++;
}

static inline void lab_write(const struct lab *l, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", l->root, name);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

/* English alone: a lab is opened hundreds of times, and each language costs time to read. */
static inline void lab_share(const struct lab *l)
{
    static const char *const files[] = { "sentences/en.yaml", "sentences/speech/en.yaml", "responses/en.yaml" };
    char from[PATH_MAX], to[PATH_MAX], share[PATH_MAX];

    assert_non_null(realpath("rootfs-overlay/usr/share/jarvis", share));
    snprintf(to, sizeof(to), "%s/share/sentences/speech", l->root);
    assert_int_equal(file_mkdirs(to, 0700, NULL), 0);
    snprintf(to, sizeof(to), "%s/share/responses", l->root);
    assert_int_equal(file_mkdirs(to, 0700, NULL), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(from, sizeof(from), "%.2048s/%s", share, files[i]);
        snprintf(to, sizeof(to), "%s/share/%s", l->root, files[i]);
        assert_int_equal(symlink(from, to), 0);
    }
    snprintf(to, sizeof(to), "%s/share", l->root);
    setenv("JARVIS_SHARE", to, 1);
}


static inline void lab_open(struct lab *l, const char *devices)
{
    const struct app_opts o = { .root = l->root, .clock = &l->clock, .lab = true,
                                .log_least = LOG_LEVEL_N };
    char etc[128], settings[1024];
    struct err e = ERR_INIT;

    assert_int_equal(dir_make(l->root, "lab"), 0);
    snprintf(etc, sizeof(etc), "%s/etc/jarvis", l->root);
    assert_int_equal(file_mkdirs(etc, 0700, NULL), 0);
    lab_write(l, "jarvis-stt", "");
    lab_write(l, "jarvis-tts", "");
    snprintf(settings, sizeof(settings), "audio: {backend: 'null', realtime: no}\n"
             "mqtt: {enabled: no}\ndevice: {area: Kitchen}\n%s",
             l->more_settings ? l->more_settings : "");
    lab_write(l, "etc/jarvis/jarvis.yaml", settings);
    lab_write(l, "etc/jarvis/devices.yaml", devices);
    setenv("JARVIS_HELPERS", l->root, 1);
    lab_share(l);
    clock_init_virtual(&l->clock, INT64_C(1700000000000000));
    if (app_new(&l->app, &o, &e) < 0 || app_start(l->app, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_int_equal(loop_timer_new(&l->release, l->app->loop, lab_let_go, l, NULL), 0);
    assert_int_equal(bus_on(l->app->bus, MSG_N, lab_count, l, NULL), 0);
    if (!l->hears)
        return;
    bus_off(l->app->bus, l->app->speech);
    assert_int_equal(bus_on(l->app->bus, MSG_N, lab_speech, l, NULL), 0);
}

/* How many commands have reached a device: what counts, whatever is said of it. */
static inline int lab_sent(const struct lab *l)
{
    AUTO_JSON *status = home_status(l->app->home);

    return (int)json_num(status, "virtual_sent", -1) - l->sent_before;
}

static inline void lab_close(struct lab *l)
{
    bus_tap(l->app->bus, NULL, NULL);
    msg_free(STEAL(l->held));
    loop_timer_free(l->release);
    l->app = app_free(l->app);
    dir_remove(l->root);
}

/* Moves time on by one step and lets everything run that became due. */
static inline void lab_step(struct lab *l)
{
    bool waits = l->works_beside && *l->works_beside;

    clock_advance_usec(&l->clock, LAB_STEP_MS * 1000);
    for (int i = 0; i < 1000 && loop_step(l->app->loop, waits ? LAB_REAL_WAIT_MS : 0); i++)
        ;
}

/* Until the condition holds, at most `ms` of virtual time; whether it does. */
#define LAB_UNTIL(l, condition, ms)                                            \
    __extension__({                                                            \
        int64_t lab_end_ = clock_mono_ms(&(l)->clock) + (ms);                  \
        while (!(condition) && clock_mono_ms(&(l)->clock) < lab_end_)          \
            lab_step(l);                                                       \
        (condition);                                                           \
    })

/* "intent:lose:1" */
static inline void lab_fault_set(struct lab *l, enum msg_type type, enum lab_fault kind, int nth)
{
    l->type = type;
    l->kind = kind;
    l->nth = nth;
    l->seen = 0;
    l->is_random = false;
    bus_tap(l->app->bus, lab_tap, l);
}

static inline void lab_seed_set(struct lab *l, unsigned seed)
{
    lab_fault_set(l, MSG_NONE, LAB_NONE, 0);
    l->is_random = true;
    l->seed = seed;
}

#endif
