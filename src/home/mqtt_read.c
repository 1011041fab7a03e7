/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_read.c - the MQTT keys of a device in devices.yaml -> its topics and payloads.
 *
 * Its own keys (mqtt_keys.h) first, then the make's rows (presets.h) for what is still open, then
 * what follows from the rest (a topic without a payload gets "{value}"), then the checks,
 * and last what all of that lets Jarvis ask and hear: device.can, device.tells. */
#include "base/must.h"
#include "base/str.h"
#include "home/fill.h"
#include "home/mqtt_keys.h"
#include "home/presets.h"
#include "home/text.h"

#include <string.h>

/* clang-format off */
static const struct {
    enum device_field payload, topic;
    const char *standard; /* payload where the file gives a topic alone; NULL: none */
} command_pairs[] = {
    { FIELD_BRIGHTNESS_PAYLOAD, FIELD_BRIGHTNESS_TOPIC, "{value}" },
    { FIELD_COLOR_PAYLOAD,      FIELD_COLOR_TOPIC,      "#{hex}" },
    { FIELD_COLOR_TEMP_PAYLOAD, FIELD_COLOR_TEMP_TOPIC, "{mired}" },
    { FIELD_POSITION_PAYLOAD,   FIELD_POSITION_TOPIC,   "{value}" },
    { FIELD_TARGET_PAYLOAD,     FIELD_TARGET_TOPIC,     "{value}" },
};

static const struct {
    unsigned kinds;
    enum device_field field;
    const char *text;
} standard_payloads[] = {
    { IS_LIGHT | IS_SWITCH | IS_SCENE, FIELD_ON, "ON" },
    { IS_LIGHT | IS_SWITCH, FIELD_OFF, "OFF" },
    { IS_COVER, FIELD_ON, "OPEN" },
    { IS_COVER, FIELD_OFF, "CLOSE" },
    { IS_COVER, FIELD_STOP, "STOP" },
    { IS_LOCK, FIELD_ON, "LOCK" },
    { IS_LOCK, FIELD_OFF, "UNLOCK" },
};

static const struct {
    enum device_prop prop;
    enum device_field topic, key;
} report_rows[] = {
    { PROP_POWER,      FIELD_STATE_TOPIC,            FIELD_STATE_KEY },
    { PROP_BRIGHTNESS, FIELD_BRIGHTNESS_STATE_TOPIC, FIELD_BRIGHTNESS_KEY },
    { PROP_COLOR,      FIELD_COLOR_STATE_TOPIC,      FIELD_COLOR_KEY },
    { PROP_COLOR_TEMP, FIELD_COLOR_TEMP_STATE_TOPIC, FIELD_COLOR_TEMP_KEY },
    { PROP_POSITION,   FIELD_POSITION_STATE_TOPIC,   FIELD_POSITION_KEY },
    { PROP_TARGET,     FIELD_TARGET_STATE_TOPIC,     FIELD_TARGET_KEY },
    { PROP_MEASURED,   FIELD_MEASURED_TOPIC,         FIELD_MEASURED_KEY },
    { PROP_ONLINE,     FIELD_ONLINE_TOPIC,           FIELD_ONLINE_KEY },
};

/* What a command needs. */
static const struct {
    enum act_command command;
    unsigned kinds;
    enum device_field topic, payload;
} can_rows[] = {
    { ACT_ON,          IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_SCENE, FIELD_COMMAND_TOPIC, FIELD_ON },
    { ACT_OFF,         IS_LIGHT | IS_SWITCH | IS_CLIMATE, FIELD_COMMAND_TOPIC, FIELD_OFF },
    { ACT_TOGGLE,      IS_LIGHT | IS_SWITCH | IS_COVER, FIELD_COMMAND_TOPIC, FIELD_TOGGLE },
    { ACT_OPEN,        IS_COVER,   FIELD_COMMAND_TOPIC,    FIELD_ON },
    { ACT_CLOSE,       IS_COVER,   FIELD_COMMAND_TOPIC,    FIELD_OFF },
    { ACT_STOP,        IS_COVER,   FIELD_COMMAND_TOPIC,    FIELD_STOP },
    { ACT_LOCK,        IS_LOCK,    FIELD_COMMAND_TOPIC,    FIELD_ON },
    { ACT_UNLOCK,      IS_LOCK,    FIELD_COMMAND_TOPIC,    FIELD_OFF },
    { ACT_BRIGHTNESS,  IS_LIGHT,   FIELD_BRIGHTNESS_TOPIC, FIELD_BRIGHTNESS_PAYLOAD },
    { ACT_COLOR,       IS_LIGHT,   FIELD_COLOR_TOPIC,      FIELD_COLOR_PAYLOAD },
    { ACT_COLOR_TEMP,  IS_LIGHT,   FIELD_COLOR_TEMP_TOPIC, FIELD_COLOR_TEMP_PAYLOAD },
    { ACT_POSITION,    IS_COVER,   FIELD_POSITION_TOPIC,   FIELD_POSITION_PAYLOAD },
    { ACT_TEMPERATURE, IS_CLIMATE, FIELD_TARGET_TOPIC,     FIELD_TARGET_PAYLOAD },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One device being read. */
struct read {
    const struct yaml *node;
    struct device *d;
    struct mqtt_device *m;   /* d->link_data */
    const char *via, *topic; /* borrowed from the tree; NULL: not given */
    bool dimmable, color;
    bool color_temp, color_temp_said;
};

/* ---- values ----------------------------------------------------------------------------- */

static int need_scalar(const struct yaml *item, struct err *e)
{
    if (item->kind != YAML_SCALAR)
        return err_set(e, -EINVAL, "%s: must be one text%s", item->key,
                       item->kind == YAML_MAP ? "; put JSON in quotes: '{\"state\":\"ON\"}'" : "");
    return 0;
}

static int take(char **ret, const char *text, struct err *e)
{
    char *copy = str_dup(text);

    if (!copy)
        return err_set(e, -ENOMEM, "devices: out of memory");
    free(*ret);
    *ret = copy;
    return 0;
}

static int read_bool(bool *ret, const struct yaml *node, const char *key, struct err *e)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "true", true },   { "yes", true }, { "on", true },
                  { "false", false }, { "no", false }, { "off", false } };
    const char *text = yaml_str(node, key, NULL);

    if (!text)
        return 0;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i].word, text) == 0) {
            *ret = words[i].value;
            return 0;
        }
    }
    return err_set(e, -EINVAL, "%s: '%s' is neither true nor false", key, text);
}

static int read_via(struct read *rd, struct err *e)
{
    int r = 0;

    rd->via = yaml_str(rd->node, "via", NULL);
    rd->topic = yaml_str(rd->node, "topic", NULL);
    rd->dimmable = true;
    if (rd->via && !rd->topic)
        return err_set(e, -EINVAL, "topic: is missing; %s needs the device's own part of the topic",
                       rd->via);
    if (rd->topic && !rd->via)
        return err_set(e, -EINVAL, "topic: needs via: (%s); or write command_topic and state_topic",
                       preset_names);
    if (rd->topic)
        r = mqtt_key_check_topic("topic", rd->topic, e);
    if (r >= 0)
        r = read_bool(&rd->dimmable, rd->node, "dimmable", e);
    if (r >= 0)
        r = read_bool(&rd->color, rd->node, "color", e);
    rd->color_temp_said = yaml_get(rd->node, "color_temp");
    if (r >= 0)
        r = read_bool(&rd->color_temp, rd->node, "color_temp", e);
    return r;
}

/* ---- fields ----------------------------------------------------------------------------- */

static int complain_key(const struct read *rd, const char *key, bool known, struct err *e)
{
    const char *nearest = known ? NULL : mqtt_key_nearest(key);

    if (known)
        return err_set(e, -EINVAL, "%s: a %s has no such thing; remove the key", key,
                       device_kind_name(rd->d->kind));
    if (nearest)
        return err_set(e, -EINVAL, "%s: no such key; did you mean %s?", key, nearest);
    return err_set(e, -EINVAL, "%s: no such key; remove it", key);
}

/* {topic}, {node} and {object} of the make's text. */
static int fill_topic(char **ret, const struct read *rd, const char *text, struct err *e)
{
    char node[DEVICE_TOPIC_BYTES_MAX + 1] = "";
    const char *slash = rd->topic ? strchr(rd->topic, '/') : NULL;
    const struct fill places[] = {
        { "topic", rd->topic },
        { "node", node },
        { "object", slash ? slash + 1 : "" },
        { NULL, NULL },
    };
    AUTO_STR filled = STR_INIT;

    if (slash)
        memcpy(node, rd->topic, (size_t)(slash - rd->topic)); /* topic was checked for length */
    fill_text(&filled, text, places);
    if (filled.failed)
        return err_set(e, -ENOMEM, "devices: out of memory");
    return take(ret, str_text(&filled), e);
}

static int set_field(struct read *rd, enum device_field field, const char *text, struct err *e)
{
    return fill_topic(&rd->m->field[field], rd, text, e);
}

/* *line is set to the line of the faulty key. */
static int read_keys(struct read *rd, int *line, struct err *e)
{
    yaml_each (item, rd->node) {
        const struct mqtt_key *row;
        bool known;
        int r;

        if (strcmp(item->key, "aliases") == 0)
            continue;
        *line = item->line;
        r = need_scalar(item, e);
        if (r < 0)
            return r;
        if (mqtt_key_is_head(item->key))
            continue;
        row = mqtt_key_find(item->key, rd->d->kind, &known);
        if (!row)
            return complain_key(rd, item->key, known, e);
        r = mqtt_key_check(row, item->text, e);
        if (r >= 0)
            r = set_field(rd, row->field, item->text, e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Colors only where the file says so; a colour temperature unless it says no; a class's own. */
static bool preset_is_wanted(const struct read *rd, const struct preset_row *row)
{
    if (row->classes != 0 && !(row->classes & (1u << rd->d->class)))
        return false;
    if (row->field == FIELD_COLOR_PAYLOAD)
        return rd->color;
    if (row->field == FIELD_COLOR_TEMP_PAYLOAD)
        return rd->color_temp || !rd->color_temp_said;
    if (row->field == FIELD_TARGET_PAYLOAD_ALT)
        return !yaml_get(rd->node, "temperature_payload");
    return true;
}

static int fill_preset(struct read *rd, struct err *e)
{
    bool fits = false;

    for (size_t i = 0; rd->via && i < preset_rows_n; i++) {
        const struct preset_row *row = &preset_rows[i];
        int r;

        if (strcmp(row->via, rd->via) != 0 || !(row->kinds & (1u << rd->d->kind)))
            continue;
        fits = true;
        if (strstr(row->text, "{object}") && !strchr(rd->topic, '/'))
            return err_set(e, -EINVAL, "topic: %s needs 'node/object', such as bedroom-node/fan",
                           rd->via);
        if (rd->m->field[row->field] || !preset_is_wanted(rd, row))
            continue; /* the file's own word counts */
        r = set_field(rd, row->field, row->text, e);
        if (r < 0)
            return r;
    }
    if (rd->via && !fits)
        return err_set(e, -EINVAL, "via: %s has no %s; write the topics out", rd->via,
                       device_kind_name(rd->d->kind));
    return 0;
}

/* A payload without a topic of its own goes to the command topic; a topic without a payload
 * takes the plain value. */
static int fill_commands(const struct device *device, struct err *e)
{
    struct mqtt_device *d = mqtt_device_of(device);
    int r = 0;

    for (size_t i = 0; r >= 0 && i < COUNT(command_pairs); i++) {
        char **payload = &d->field[command_pairs[i].payload];
        char **topic = &d->field[command_pairs[i].topic];

        if (*topic && !*payload)
            r = take(payload, command_pairs[i].standard, e);
        else if (*payload && !*topic && d->field[FIELD_COMMAND_TOPIC])
            r = take(topic, d->field[FIELD_COMMAND_TOPIC], e);
    }
    for (size_t i = 0; r >= 0 && i < COUNT(standard_payloads); i++) {
        char **payload = &d->field[standard_payloads[i].field];

        if (standard_payloads[i].kinds & (1u << device->kind) && !*payload)
            r = take(payload, standard_payloads[i].text, e);
    }
    return r;
}

/* A key without a topic of its own is read in the state topic's payload. */
static int fill_reports(struct mqtt_device *d, struct err *e)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < COUNT(report_rows); i++) {
        char **topic = &d->field[report_rows[i].topic];

        if (!*topic && d->field[report_rows[i].key] && d->field[FIELD_STATE_TOPIC])
            r = take(topic, d->field[FIELD_STATE_TOPIC], e);
    }
    return r;
}

/* What follows from the fields that are there. */
static int fill_rest(struct read *rd, struct err *e)
{
    struct mqtt_device *d = rd->m;
    const char *full = d->field[FIELD_BRIGHTNESS_MAX];
    int r = fill_commands(rd->d, e);

    if (r < 0)
        return r;
    if (!rd->dimmable) {
        free(d->field[FIELD_BRIGHTNESS_PAYLOAD]);
        d->field[FIELD_BRIGHTNESS_PAYLOAD] = NULL;
    }
    d->brightness_max = full ? strtod(full, NULL) : 100;
    return fill_reports(d, e);
}

/* ---- what is heard and what can be asked ------------------------------------------------- */

static int add_report(struct read *rd, enum device_prop prop, const char *topic, const char *key,
                      bool is_alt, struct err *e)
{
    struct mqtt_report *report = &rd->m->reports[rd->m->reports_n];
    int r;

    if (!must(rd->m->reports_n < MQTT_REPORTS_MAX)) /* the tables are smaller */
        return err_set(e, -ENOBUFS, "%s: too many state topics", topic);
    rd->m->reports_n++; /* what is half made is freed with the device */
    report->prop = prop;
    report->is_alt = is_alt;
    r = fill_topic(&report->topic, rd, topic, e);
    if (r >= 0 && key)
        r = take(&report->key, key, e);
    rd->d->tells |= 1u << prop;
    return r;
}

/* Did the file itself say where `prop` stands? Then the make's further places are not looked at. */
static bool is_own_word(const struct read *rd, size_t row)
{
    yaml_each (item, rd->node) {
        bool known;
        const struct mqtt_key *key = mqtt_key_find(item->key, rd->d->kind, &known);

        if (key && (key->field == report_rows[row].topic || key->field == report_rows[row].key))
            return true;
    }
    return false;
}

static int make_reports(struct read *rd, struct err *e)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < COUNT(report_rows); i++) {
        const char *topic = rd->m->field[report_rows[i].topic];

        if (topic)
            r = add_report(rd, report_rows[i].prop, topic, rd->m->field[report_rows[i].key], false,
                           e);
        for (size_t k = 0; rd->via && r >= 0 && k < preset_reports_n; k++) {
            const struct preset_report *also = &preset_reports[k];

            if (also->prop == report_rows[i].prop && strcmp(also->via, rd->via) == 0 &&
                also->kinds & (1u << rd->d->kind) && !is_own_word(rd, i) &&
                (also->prop != PROP_COLOR || rd->color))
                r = add_report(rd, also->prop, also->topic, also->key, true, e);
        }
    }
    return r;
}

static void find_commands(struct read *rd)
{
    struct device *d = rd->d;

    for (size_t i = 0; i < COUNT(can_rows); i++)
        if (can_rows[i].kinds & (1u << d->kind) && rd->m->field[can_rows[i].topic] &&
            rd->m->field[can_rows[i].payload])
            d->can |= 1u << can_rows[i].command;
    /* a make's lamp may or may not have one: it tells */
    if (rd->via && !rd->color_temp && !yaml_get(rd->node, "color_temp_payload") &&
        !yaml_get(rd->node, "color_temp_topic"))
        d->can_when_told = d->can & 1u << ACT_COLOR_TEMP;
}

/* ---- checks of the whole device --------------------------------------------------------- */

static int check_needs(const struct device *device, struct err *e)
{
    const struct mqtt_device *d = mqtt_device_of(device);
    const unsigned kind = 1u << device->kind;

    if (kind & (IS_LIGHT | IS_SWITCH | IS_COVER | IS_SCENE | IS_LOCK) &&
        !d->field[FIELD_COMMAND_TOPIC])
        return err_set(e, -EINVAL, "command_topic: is missing; write it or say via: (%s)",
                       preset_names);
    if (device->kind == KIND_CLIMATE &&
        (!d->field[FIELD_TARGET_TOPIC] || !d->field[FIELD_TARGET_PAYLOAD]))
        return err_set(e, -EINVAL, "temperature_topic: is missing; write it or say via: (%s)",
                       preset_names);
    if (device->kind == KIND_BINARY_SENSOR && !d->field[FIELD_STATE_TOPIC])
        return err_set(e, -EINVAL, "state_topic: is missing; write it or say via: (%s)",
                       preset_names);
    if (device->kind == KIND_SENSOR && !d->field[FIELD_MEASURED_TOPIC])
        return err_set(e, -EINVAL, "state_topic: is missing; write it or say via: (%s)",
                       preset_names);
    for (int f = 0; f < FIELD_N; f++)
        if (d->field[f] && strlen(d->field[f]) > DEVICE_PAYLOAD_BYTES_MAX)
            return err_set(e, -ENAMETOOLONG, "topic: makes a payload longer than %d bytes",
                           DEVICE_PAYLOAD_BYTES_MAX);
    return 0;
}

/* A contact says true when it is closed, whatever else says true when it is open. */
static int turn_contact(struct mqtt_device *m, struct err *e)
{
    const char *key = m->field[FIELD_STATE_KEY];
    int r = 0;

    if (!key || strcmp(key, "contact") != 0 || m->field[FIELD_STATE_ON] ||
        m->field[FIELD_STATE_OFF])
        return 0;
    r = take(&m->field[FIELD_STATE_ON], "false", e);
    return r < 0 ? r : take(&m->field[FIELD_STATE_OFF], "true", e);
}

static int check_class(const struct read *rd, struct err *e)
{
    if (rd->d->kind == KIND_BINARY_SENSOR && rd->d->class == CLASS_NONE && rd->via &&
        strcmp(rd->via, "zigbee2mqtt") == 0 && !rd->m->field[FIELD_STATE_KEY])
        return err_set(e, -EINVAL,
                       "class: is missing; say door, window, motion, moisture, smoke ... or the "
                       "state_key");
    return 0;
}

int mqtt_device_read(struct device *d, const struct yaml *node, int *line, struct err *e)
{
    struct read rd = { .node = node, .d = d };
    int r;

    must(!d->link_data);
    d->link_data = rd.m = calloc(1, sizeof(*rd.m));
    if (!rd.m)
        return err_set(e, -ENOMEM, "devices: out of memory");
    r = read_via(&rd, e);
    if (r < 0)
        return r;
    r = read_keys(&rd, line, e);
    if (r < 0)
        return r;
    *line = node->line;
    r = fill_preset(&rd, e);
    if (r >= 0)
        r = check_class(&rd, e);
    if (r >= 0 && d->kind == KIND_BINARY_SENSOR)
        r = turn_contact(rd.m, e);
    if (r >= 0)
        r = fill_rest(&rd, e);
    if (r >= 0)
        r = check_needs(d, e);
    if (r >= 0)
        r = make_reports(&rd, e);
    find_commands(&rd);
    must((d->can_when_told & ~d->can) == 0);
    return r;
}

void mqtt_device_done(struct device *d)
{
    struct mqtt_device *m = mqtt_device_of(d);

    for (int f = 0; m && f < FIELD_N; f++)
        free(m->field[f]);
    for (size_t i = 0; m && i < m->reports_n; i++) {
        free(m->reports[i].topic);
        free(m->reports[i].key);
    }
    free(m);
    d->link_data = NULL;
}
