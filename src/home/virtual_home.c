/* SPDX-License-Identifier: Apache-2.0 */
/* home/virtual_home.c - devices that exist in Jarvis alone (`via: virtual`): what is asked of one
 * is at once its state. A switch for guests or holidays that automations look at, a demo house
 * without a broker. The second row of the table, which shows what a link has to be. */
#include "base/must.h"
#include "home/link.h"

#include <string.h>

struct link {
    struct link_host host;
    uint64_t sent;
};

static const char *const vias[] = { "virtual", NULL };

/* clang-format off */
static const struct {
    enum device_kind kind;
    unsigned can, tells;
} rows[] = {
    { KIND_LIGHT,   1u << ACT_ON | 1u << ACT_OFF | 1u << ACT_BRIGHTNESS | 1u << ACT_COLOR | 1u << ACT_COLOR_TEMP,
                    1u << PROP_POWER | 1u << PROP_BRIGHTNESS | 1u << PROP_COLOR | 1u << PROP_COLOR_TEMP },
    { KIND_SWITCH,  1u << ACT_ON | 1u << ACT_OFF, 1u << PROP_POWER },
    { KIND_COVER,   1u << ACT_OPEN | 1u << ACT_CLOSE | 1u << ACT_STOP | 1u << ACT_POSITION,
                    1u << PROP_POWER | 1u << PROP_POSITION },
    { KIND_CLIMATE, 1u << ACT_ON | 1u << ACT_OFF | 1u << ACT_TEMPERATURE, 1u << PROP_POWER | 1u << PROP_TARGET },
    { KIND_SCENE,   1u << ACT_ON, 0 },
    { KIND_LOCK,    1u << ACT_LOCK | 1u << ACT_UNLOCK, 1u << PROP_POWER },
};
/* clang-format on */

static const char *const keys[] = { "id", "name", "aliases", "area", "kind", "class", "via" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int virtual_device_read(struct device *d, const struct yaml *node, int *line, struct err *e)
{
    yaml_each (item, node) {
        bool known = false;

        for (size_t i = 0; i < COUNT(keys); i++)
            known |= strcmp(keys[i], item->key) == 0;
        if (known)
            continue;
        *line = item->line;
        return err_set(e, -EINVAL, "%s: a virtual device has no such key; remove it", item->key);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].kind != d->kind)
            continue;
        d->can = rows[i].can;
        d->tells = rows[i].tells;
        return 0;
    }
    return err_set(e, -EINVAL, "via: nothing is measured by a virtual %s; choose another kind",
                   device_kind_name(d->kind));
}

static int virtual_open(struct link **ret, const struct link_deps *deps, struct err *e)
{
    struct link *l = calloc(1, sizeof(*l));

    if (!l)
        return err_set(e, -ENOMEM, "virtual: out of memory");
    l->host = deps->host;
    *ret = l;
    return 0;
}

static struct link *virtual_close(struct link *l)
{
    free(l);
    return NULL;
}

static int virtual_listen(struct link *l, const struct devices *all, struct err *e)
{
    (void)l;
    (void)all;
    (void)e;
    return 0;
}

static bool virtual_is_up(const struct link *l)
{
    (void)l;
    return true;
}

static int virtual_describe(struct str *out, cJSON **ret_detail, const struct act_step *step,
                            struct err *e)
{
    (void)ret_detail;
    str_addf(out, "%s %s", step->device->id, act_command_name(step->command));
    if (step->command == ACT_COLOR)
        str_addf(out, " #%06x", step->rgb);
    else if (step->command >= ACT_BRIGHTNESS)
        str_addf(out, " %.6g", step->number);
    return out->failed ? err_set(e, -ENOMEM, "virtual: out of memory") : 0;
}

static void know(struct device_state *s, enum device_prop prop)
{
    s->known |= 1u << prop;
}

/* What the device is after the command. */
static void virtual_apply(struct device_state *s, const struct act_step *step)
{
    switch (step->command) {
    case ACT_BRIGHTNESS:
        s->brightness_percent = (int)step->number;
        know(s, PROP_BRIGHTNESS);
        s->on = true;
        break;
    case ACT_COLOR:
        snprintf(s->color, sizeof(s->color), "#%06x", step->rgb & 0xffffff);
        know(s, PROP_COLOR);
        s->on = true;
        break;
    case ACT_COLOR_TEMP:
        s->kelvin = (int)step->number;
        know(s, PROP_COLOR_TEMP);
        s->on = true;
        break;
    case ACT_POSITION:
        s->position_percent = (int)step->number;
        s->on = step->number > 0;
        know(s, PROP_POSITION);
        break;
    case ACT_TEMPERATURE:
        s->target = step->number;
        know(s, PROP_TARGET);
        return;
    case ACT_STOP:
        return;
    default:
        s->on = step->command == ACT_ON || step->command == ACT_OPEN || step->command == ACT_LOCK;
        s->position_percent = s->on ? 100 : 0;
        break;
    }
    know(s, PROP_POWER);
}

static int virtual_send(struct link *l, uint64_t token, const struct act_step *step, struct err *e)
{
    struct device_state s = *l->host.state(step->device, l->host.user);

    must(step->device->link == &link_virtual && step->device->can & (1u << step->command));
    (void)e;
    if (step->device->kind != KIND_SCENE) {
        virtual_apply(&s, step);
        s.stale = false;
        l->host.report(step->device, &s, l->host.user);
    }
    l->sent++;
    l->host.done(token, 0, l->host.user);
    return 0;
}

static bool virtual_status(const struct link *l, const struct settings *s, cJSON *to)
{
    (void)s;
    return cJSON_AddNumberToObject(to, "virtual_sent", l ? (double)l->sent : 0);
}

const struct link_type link_virtual = {
    .name = "virtual",
    .vias = vias,
    .device_read = virtual_device_read,
    .open = virtual_open,
    .close = virtual_close,
    .listen = virtual_listen,
    .is_up = virtual_is_up,
    .describe = virtual_describe,
    .send = virtual_send,
    .status = virtual_status,
};
