/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_command.c - one command as a message: which field of the device carries it, and what
 * stands in its places. A new kind of payload is a row. */
#include "base/must.h"
#include "home/fill.h"
#include "home/mqtt_device.h"

#include <math.h>

enum { PLACES_N = 7, PLACE_BYTES = 24 };

struct places {
    struct fill fill[PLACES_N];
    char text[PLACES_N][PLACE_BYTES];
    size_t n;
};

/* clang-format off */
static const struct row {
    enum device_field topic, payload;
} rows[ACT_N] = {
    [ACT_ON]          = { FIELD_COMMAND_TOPIC, FIELD_ON },
    [ACT_OFF]         = { FIELD_COMMAND_TOPIC, FIELD_OFF },
    [ACT_TOGGLE]      = { FIELD_COMMAND_TOPIC, FIELD_TOGGLE },
    [ACT_OPEN]        = { FIELD_COMMAND_TOPIC, FIELD_ON },
    [ACT_CLOSE]       = { FIELD_COMMAND_TOPIC, FIELD_OFF },
    [ACT_STOP]        = { FIELD_COMMAND_TOPIC, FIELD_STOP },
    [ACT_LOCK]        = { FIELD_COMMAND_TOPIC, FIELD_ON },
    [ACT_UNLOCK]      = { FIELD_COMMAND_TOPIC, FIELD_OFF },
    [ACT_BRIGHTNESS]  = { FIELD_BRIGHTNESS_TOPIC, FIELD_BRIGHTNESS_PAYLOAD },
    [ACT_COLOR]       = { FIELD_COLOR_TOPIC, FIELD_COLOR_PAYLOAD },
    [ACT_COLOR_TEMP]  = { FIELD_COLOR_TEMP_TOPIC, FIELD_COLOR_TEMP_PAYLOAD },
    [ACT_POSITION]    = { FIELD_POSITION_TOPIC, FIELD_POSITION_PAYLOAD },
    [ACT_TEMPERATURE] = { FIELD_TARGET_TOPIC, FIELD_TARGET_PAYLOAD },
};
/* clang-format on */

static void place(struct places *p, const char *name, double value)
{
    if (!must(p->n + 1 < PLACES_N)) /* the last row ends the list */
        return;
    snprintf(p->text[p->n], PLACE_BYTES, "%.6g", value);
    p->fill[p->n] = (struct fill){ name, p->text[p->n] };
    p->n++;
}

static void place_color(struct places *p, unsigned rgb)
{
    place(p, "r", (rgb >> 16) & 0xff);
    place(p, "g", (rgb >> 8) & 0xff);
    place(p, "b", rgb & 0xff);
    snprintf(p->text[p->n], PLACE_BYTES, "%06x", rgb & 0xffffff);
    p->fill[p->n] = (struct fill){ "hex", p->text[p->n] };
    p->n++;
}

static void place_all(struct places *p, const struct act_step *step)
{
    const double full = mqtt_device_of(step->device)->brightness_max;

    switch (step->command) {
    case ACT_BRIGHTNESS:
        must(step->number > 0 && step->number <= 100); /* none at all is ACT_OFF */
        place(p, "value", fmax(1, round(step->number * full / 100)));
        break;
    case ACT_COLOR:
        place_color(p, step->rgb);
        break;
    case ACT_COLOR_TEMP:
        must(step->number > 0);
        place(p, "value", round(step->number));
        place(p, "mired", round(1e6 / step->number));
        break;
    case ACT_POSITION:
        place(p, "value", round(step->number));
        break;
    case ACT_TEMPERATURE:
        place(p, "value", step->number);
        break;
    default:
        break;
    }
}

int mqtt_command(const char **ret_topic, char **ret_payload, const struct act_step *step,
                 struct err *e)
{
    const struct mqtt_device *m = mqtt_device_of(step->device);
    const struct row *row = &rows[step->command];
    const char *payload;
    struct places p = { .n = 0 };
    AUTO_STR text = STR_INIT;

    if (!must(step->command > ACT_NONE && step->command < ACT_N && (row->topic || row->payload)))
        return err_set(e, -EOPNOTSUPP, "mqtt: no such command");
    payload = m->field[row->payload];
    if (step->command == ACT_TEMPERATURE && m->target_alt && m->field[FIELD_TARGET_PAYLOAD_ALT])
        payload = m->field[FIELD_TARGET_PAYLOAD_ALT];
    if (!m->field[row->topic] || !payload)
        return err_set(e, -EOPNOTSUPP, "the %s cannot do that", step->device->name);
    place_all(&p, step);
    fill_text(&text, payload, p.fill);
    *ret_payload = str_take(&text);
    if (!*ret_payload)
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    *ret_topic = m->field[row->topic];
    return 0;
}
