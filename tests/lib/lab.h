/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/lab.h - the whole daemon in one process on a virtual clock, with faults in its messages.
 *
 * The wiring is the daemon's own (app_new, app_start); the house is virtual devices, the helpers are
 * files that cannot be started. A fault is one line, "type:kind:nth", and is replayed by
 *     FAULT=intent:lose:1 build/gcc/tests/unit/app/lab_test
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

enum { LAB_DELAY_MS = 700, LAB_STEP_MS = 10 };

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
    struct msg *held;
    struct loop_timer *release;
    int posted[MSG_N], delivered[MSG_N];
};

static inline void lab_let_go(void *user)
{
    struct lab *l = user;

    if (l->held)
        bus_give(l->app->bus, STEAL(l->held));
}

/* The tap of the bus. All of it runs on one thread here. */
static inline bool lab_tap(struct msg *m, void *user)
{
    struct lab *l = user;
    bool hit = m->type == l->type && l->kind != LAB_NONE && ++l->seen == l->nth;

    l->posted[m->type]++;
    if (!hit && l->held && l->kind == LAB_REORDER) { /* what was held goes behind this one */
        bus_give(l->app->bus, m);
        lab_let_go(l);
        return true;
    }
    if (!hit)
        return false;
    if (l->kind == LAB_LOSE) {
        msg_free(m);
        return true;
    }
    if (l->kind == LAB_REPEAT) {
        bus_give(l->app->bus, msg_copy(m));
        return false;
    }
    l->held = m;
    loop_timer_after_ms(l->release, LAB_DELAY_MS);
    return true;
}

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

static inline void lab_open(struct lab *l, const char *devices)
{
    const struct app_opts o = { .root = l->root, .clock = &l->clock, .lab = true,
                                .log_least = LOG_LEVEL_N };
    char etc[128];
    struct err e = ERR_INIT;

    assert_int_equal(dir_make(l->root, "lab"), 0);
    snprintf(etc, sizeof(etc), "%s/etc/jarvis", l->root);
    assert_int_equal(file_mkdirs(etc, 0700, NULL), 0);
    lab_write(l, "jarvis-stt", "");
    lab_write(l, "jarvis-tts", "");
    lab_write(l, "etc/jarvis/jarvis.yaml", "audio: {backend: 'null', realtime: no}\n"
                                           "mqtt: {enabled: no}\ndevice: {area: Kitchen}\n");
    lab_write(l, "etc/jarvis/devices.yaml", devices);
    setenv("JARVIS_HELPERS", l->root, 1);
    setenv("JARVIS_SHARE", "rootfs-overlay/usr/share/jarvis", 1);
    clock_init_virtual(&l->clock, INT64_C(1700000000000000));
    if (app_new(&l->app, &o, &e) < 0 || app_start(l->app, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_int_equal(loop_timer_new(&l->release, l->app->loop, lab_let_go, l, NULL), 0);
    assert_int_equal(bus_on(l->app->bus, MSG_N, lab_count, l, NULL), 0);
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
    clock_advance_usec(&l->clock, LAB_STEP_MS * 1000);
    for (int i = 0; i < 1000 && loop_step(l->app->loop, 0); i++)
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
    bus_tap(l->app->bus, lab_tap, l);
}

#endif
