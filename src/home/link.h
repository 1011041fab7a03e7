/* SPDX-License-Identifier: Apache-2.0 */
/* home/link.h - how devices are reached: one row a way (MQTT, virtual; later Home Assistant,
 * ESPHome, a cluster peer).
 *
 *     devices.yaml  -> device_read()      the link's own keys -> d->can, d->tells, d->link_data
 *     act           -> describe(), send() one step to one device ... host.done(token, code) once
 *     registry      <- host.report()      a device told something
 *     home          <- host.changed()     the way is there (0) or not, in words with the remedy
 *
 * A link alone knows topics, payloads, addresses. The rest of Jarvis knows a device by what it
 * `can` and `tells`, and of a command only the words of describe().
 * Ownership: the instance belongs to home; devices are borrowed until the next listen().
 * Threads: main loop; host functions are called there and may not free the link. */
#ifndef JARVIS_HOME_LINK_H
#define JARVIS_HOME_LINK_H

#include "base/json.h"
#include "base/str.h"
#include "base/paths.h"
#include "core/loop.h"
#include "core/settings.h"
#include "home/device_state.h"

#include <stdint.h>

struct link; /* an instance; each link defines its own */

/* What is asked of one device; the value by the command (core/house.h). */
struct act_step {
    const struct device *device; /* borrowed */
    enum act_command command;    /* never a step, ACT_NONE: only asked about */
    double number;               /* percent, kelvin, degrees */
    unsigned rgb;                /* ACT_COLOR */
};

struct link_host {
    /* The state is borrowed and whole: link_host.state() with what was told changed. */
    void (*report)(const struct device *d, const struct device_state *s, void *user);
    const struct device_state *(*state)(const struct device *d, void *user);
    /* Once for each accepted send(): 0 it arrived; -ENOTCONN it never left; -ETIMEDOUT it left and
     * nobody knows; -EACCES refused. */
    void (*done)(uint64_t token, int code, void *user);
    void (*changed)(const struct link_type *type, int code, const char *words, void *user);
    void *user; /* borrowed */
};

struct link_deps {
    struct loop *loop;
    const struct settings *settings;
    const struct paths *paths;
    struct link_host host;
};

struct link_type {
    const char *name;        /* "mqtt"; also the part that its faults are told of */
    const char *const *vias; /* `via:` in devices.yaml; up to NULL */
    bool is_default;         /* takes devices without a `via:` */
    /* Reads the link's own keys. *line is set to the line of a faulty key. Errors with words. */
    int (*device_read)(struct device *d, const struct yaml *node, int *line, struct err *e);
    void (*device_done)(struct device *d); /* frees d->link_data and sets it to NULL */

    /* *ret stays NULL with 0: the settings leave this link out, its devices run dry. */
    int (*open)(struct link **ret, const struct link_deps *deps, struct err *e);
    struct link *(*close)(struct link *l); /* NULL */
    /* These are the devices now, also where it fails; those of other links are to be skipped. */
    int (*listen)(struct link *l, const struct devices *all, struct err *e);
    bool (*is_up)(const struct link *l);
    /* What a step is in words for people: "home/light/kitchen ON"; works without an instance.
     * *ret_detail (owned by the caller; may stay NULL): the same for programs, one item of the
     * answer's `detail_key`. */
    int (*describe)(struct str *out, cJSON **ret_detail, const struct act_step *step,
                    struct err *e);
    const char *detail_key; /* NULL: it has no details */
    /* Hands one step over. Not accepted (then done() does not come): -ENOTCONN, -ENOBUFS, -ENOMEM. */
    int (*send)(struct link *l, uint64_t token, const struct act_step *step, struct err *e);
    /* NULL: cannot. -EOPNOTSUPP: not this device. */
    int (*ask_state)(struct link *l, const struct device *d, struct err *e);
    /* Somebody waits too long: what has not left may never leave; done() comes for all. NULL: no need. */
    void (*give_up)(struct link *l);
    bool (*status)(const struct link *l, const struct settings *s,
                   cJSON *to); /* adds its counters */
    /* What a code of send() or done() means on this way, for people. NULL, or NULL from it: link_words()
     * has words that fit every way. */
    const char *(*words)(int code);
};

enum { LINKS_N = 2 };

extern const struct link_type *const link_types[LINKS_N];
extern const struct link_type link_mqtt, link_virtual;

/* The row for a `via:` (NULL: none given); NULL: no such. */
const struct link_type *link_by_via(const char *via);
size_t link_index(const struct link_type *type);
const char *link_words(const struct link_type *type, int code); /* code < 0; a constant */
void link_vias(struct str *out); /* "home, zigbee2mqtt ...", for complaints */

#endif
