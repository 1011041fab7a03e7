/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices_read.c - devices.yaml -> registry, with complaints that name the remedy.
 *
 * One device at a time: its own keys (key_rows), then the preset's rows for what is still
 * open, then what follows from the rest (a topic without a payload gets "{value}"), then
 * the checks. A device is appended to the list before it is filled and taken off again when
 * it has a fault, so that half-read ones are freed in one place. */
#include "base/str.h"
#include "home/devices.h"
#include "home/fill.h"
#include "home/presets.h"

#include <math.h>
#include <string.h>

enum key_type { KEY_TOPIC, KEY_PAYLOAD, KEY_TEXT, KEY_NUMBER };

/* clang-format off */
static const struct key_row {
    const char *key;
    enum device_field field;
    enum key_type type;
    unsigned kinds;
} key_rows[] = {
    { "command_topic",           FIELD_COMMAND_TOPIC,      KEY_TOPIC,   IS_ANY & ~IS_SENSOR },
    { "payload_on",              FIELD_ON,                 KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_SCENE },
    { "payload_off",             FIELD_OFF,                KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_CLIMATE },
    { "payload_toggle",          FIELD_TOGGLE,             KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_COVER },
    { "payload_open",            FIELD_ON,                 KEY_PAYLOAD, IS_COVER },
    { "payload_close",           FIELD_OFF,                KEY_PAYLOAD, IS_COVER },
    { "payload_stop",            FIELD_STOP,               KEY_PAYLOAD, IS_COVER },
    { "brightness_topic",        FIELD_BRIGHTNESS_TOPIC,   KEY_TOPIC,   IS_LIGHT },
    { "brightness_payload",      FIELD_BRIGHTNESS_PAYLOAD, KEY_PAYLOAD, IS_LIGHT },
    { "brightness_max",          FIELD_BRIGHTNESS_MAX,     KEY_NUMBER,  IS_LIGHT },
    { "brightness_state_topic",  FIELD_BRIGHTNESS_STATE_TOPIC, KEY_TOPIC, IS_LIGHT },
    { "brightness_key",          FIELD_BRIGHTNESS_KEY,     KEY_TEXT,    IS_LIGHT },
    { "color_topic",             FIELD_COLOR_TOPIC,        KEY_TOPIC,   IS_LIGHT },
    { "color_payload",           FIELD_COLOR_PAYLOAD,      KEY_PAYLOAD, IS_LIGHT },
    { "color_state_topic",       FIELD_COLOR_STATE_TOPIC,  KEY_TOPIC,   IS_LIGHT },
    { "color_key",               FIELD_COLOR_KEY,          KEY_TEXT,    IS_LIGHT },
    { "position_topic",          FIELD_POSITION_TOPIC,     KEY_TOPIC,   IS_COVER },
    { "position_payload",        FIELD_POSITION_PAYLOAD,   KEY_PAYLOAD, IS_COVER },
    { "position_state_topic",    FIELD_POSITION_STATE_TOPIC, KEY_TOPIC, IS_COVER },
    { "position_key",            FIELD_POSITION_KEY,       KEY_TEXT,    IS_COVER },
    { "temperature_topic",       FIELD_TARGET_TOPIC,       KEY_TOPIC,   IS_CLIMATE },
    { "temperature_payload",     FIELD_TARGET_PAYLOAD,     KEY_PAYLOAD, IS_CLIMATE },
    { "temperature_state_topic", FIELD_TARGET_STATE_TOPIC, KEY_TOPIC,   IS_CLIMATE },
    { "temperature_key",         FIELD_TARGET_KEY,         KEY_TEXT,    IS_CLIMATE },
    { "measured_topic",          FIELD_MEASURED_TOPIC,     KEY_TOPIC,   IS_CLIMATE },
    { "measured_key",            FIELD_MEASURED_KEY,       KEY_TEXT,    IS_CLIMATE },
    { "state_topic",             FIELD_STATE_TOPIC,        KEY_TOPIC,   IS_LIGHT | IS_SWITCH | IS_COVER | IS_CLIMATE },
    { "state_topic",             FIELD_MEASURED_TOPIC,     KEY_TOPIC,   IS_SENSOR },
    { "state_key",               FIELD_STATE_KEY,          KEY_TEXT,    IS_LIGHT | IS_SWITCH | IS_COVER | IS_CLIMATE },
    { "state_key",               FIELD_MEASURED_KEY,       KEY_TEXT,    IS_SENSOR },
    { "state_on",                FIELD_STATE_ON,           KEY_TEXT,    IS_LIGHT | IS_SWITCH | IS_CLIMATE },
    { "state_off",               FIELD_STATE_OFF,          KEY_TEXT,    IS_LIGHT | IS_SWITCH | IS_CLIMATE },
    { "state_open",              FIELD_STATE_ON,           KEY_TEXT,    IS_COVER },
    { "state_closed",            FIELD_STATE_OFF,          KEY_TEXT,    IS_COVER },
    { "availability_topic",      FIELD_ONLINE_TOPIC,       KEY_TOPIC,   IS_ANY & ~IS_SCENE },
    { "availability_key",        FIELD_ONLINE_KEY,         KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "payload_available",       FIELD_ONLINE_YES,         KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "payload_not_available",   FIELD_ONLINE_NO,          KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "unit",                    FIELD_UNIT,               KEY_TEXT,    IS_SENSOR },
};

/* Keys that are no field; read in read_head() and read_switches(). */
static const char *const head_keys[] = {
    "id", "name", "aliases", "area", "kind", "via", "topic", "dimmable", "color",
};

static const struct {
    enum device_field payload, topic;
    const char *standard; /* payload where the file gives a topic alone; NULL: none */
} command_pairs[] = {
    { FIELD_BRIGHTNESS_PAYLOAD, FIELD_BRIGHTNESS_TOPIC, "{value}" },
    { FIELD_COLOR_PAYLOAD,      FIELD_COLOR_TOPIC,      "#{hex}" },
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
};

static const struct {
    enum device_prop prop;
    enum device_field topic, key;
} report_rows[] = {
    { PROP_POWER,      FIELD_STATE_TOPIC,            FIELD_STATE_KEY },
    { PROP_BRIGHTNESS, FIELD_BRIGHTNESS_STATE_TOPIC, FIELD_BRIGHTNESS_KEY },
    { PROP_COLOR,      FIELD_COLOR_STATE_TOPIC,      FIELD_COLOR_KEY },
    { PROP_POSITION,   FIELD_POSITION_STATE_TOPIC,   FIELD_POSITION_KEY },
    { PROP_TARGET,     FIELD_TARGET_STATE_TOPIC,     FIELD_TARGET_KEY },
    { PROP_MEASURED,   FIELD_MEASURED_TOPIC,         FIELD_MEASURED_KEY },
    { PROP_ONLINE,     FIELD_ONLINE_TOPIC,           FIELD_ONLINE_KEY },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One device being read. */
struct read {
    const struct devices *all;  /* the device itself is not in it yet */
    const struct yaml *node;
    struct device *d;           /* owned by the registry's list */
    const char *via, *topic;    /* borrowed from the tree; NULL: not given */
    bool dimmable, color;
};

/* ---- words ------------------------------------------------------------------------------ */

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Edits between two keys (Levenshtein, one row); keys are at most 32 bytes here. */
static size_t key_distance(const char *a, const char *b)
{
    size_t row[33], n = strlen(b);

    if (n >= COUNT(row) || strlen(a) >= COUNT(row))
        return COUNT(row);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t above = row[j + 1];

            row[j + 1] = smallest(above + 1, row[j] + 1, corner + (a[i] != b[j]));
            corner = above;
        }
    }
    return row[n];
}

static const char *key_nearest(const char *key)
{
    const char *best = NULL;
    size_t least = 4; /* further away is another word */

    for (size_t i = 0; i < COUNT(key_rows) + COUNT(head_keys); i++) {
        const char *known =
            i < COUNT(key_rows) ? key_rows[i].key : head_keys[i - COUNT(key_rows)];
        size_t distance = key_distance(key, known);

        if (distance < least) {
            least = distance;
            best = known;
        }
    }
    return best;
}

static const char *device_words(const struct device *d)
{
    return d->name ? d->name : "a device without a name";
}

/* ---- values ----------------------------------------------------------------------------- */

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static int check_text(const char *key, const char *text, size_t max, struct err *e)
{
    if (strlen(text) > max)
        return err_set(e, -ENAMETOOLONG, "%s: longer than %zu bytes", key, max);
    if (!str_is_utf8(text, strlen(text)))
        return err_set(e, -EINVAL, "%s: not UTF-8; save the file as UTF-8", key);
    if (has_control(text))
        return err_set(e, -EINVAL, "%s: holds a control character or a line break", key);
    return 0;
}

static int check_topic(const char *key, const char *topic, struct err *e)
{
    int r = check_text(key, topic, DEVICE_TOPIC_BYTES_MAX, e);

    if (r < 0)
        return r;
    if (topic[0] == '\0')
        return err_set(e, -EINVAL, "%s: is empty; give a topic or leave the key out", key);
    if (strpbrk(topic, "+#"))
        return err_set(e, -EINVAL, "%s: '%s' has a wildcard; name one topic", key, topic);
    if (topic[0] == '$')
        return err_set(e, -EINVAL, "%s: '%s' belongs to the broker", key, topic);
    return 0;
}

static int check_number(const char *key, const char *text, struct err *e)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(v))
        return err_set(e, -EINVAL, "%s: '%s' is not a number", key, text);
    if (v < 1 || v > 65535)
        return err_set(e, -ERANGE, "%s: %s is outside 1..65535", key, text);
    return 0;
}

static int check_value(const struct key_row *row, const char *text, struct err *e)
{
    switch (row->type) {
    case KEY_TOPIC:
        return check_topic(row->key, text, e);
    case KEY_PAYLOAD:
        return check_text(row->key, text, DEVICE_PAYLOAD_BYTES_MAX, e);
    case KEY_NUMBER:
        return check_number(row->key, text, e);
    case KEY_TEXT:
    default:
        return check_text(row->key, text, DEVICE_TEXT_BYTES_MAX, e);
    }
}

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

/* ---- head: who the device is ------------------------------------------------------------ */

/* Name, alias or area: something that can be said. */
static int check_spoken(const char *key, const char *text, struct err *e)
{
    int r = check_text(key, text, DEVICE_NAME_BYTES_MAX, e);

    if (r >= 0 && text[strspn(text, " ")] == '\0')
        r = err_set(e, -EINVAL, "%s: is empty", key);
    return r;
}

static int read_name(struct read *rd, struct err *e)
{
    const char *name = yaml_str(rd->node, "name", NULL);
    int r;

    if (!name)
        return err_set(e, -EINVAL, "name: is missing; give the name that people say");
    r = check_spoken("name", name, e);
    if (r >= 0)
        r = take(&rd->d->name, name, e);
    return r;
}

/* "Kitchen light" -> "kitchen_light" */
static int id_from_name(char *out, const char *name, struct err *e)
{
    size_t n = 0;

    for (; *name != '\0'; name++) {
        char c = *name;

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    if (n > 0 && out[n - 1] == '_')
        n--;
    out[n] = '\0';
    if (n == 0)
        return err_set(e, -EINVAL, "id: cannot be made from the name; give one of a-z, 0-9, _");
    return 0;
}

static int read_id(struct read *rd, struct err *e)
{
    const char *given = yaml_str(rd->node, "id", NULL);
    char made[DEVICE_NAME_BYTES_MAX + 1];
    int r;

    if (!given) {
        r = id_from_name(made, rd->d->name, e);
        return r < 0 ? r : take(&rd->d->id, made, e);
    }
    r = check_text("id", given, DEVICE_NAME_BYTES_MAX, e);
    if (r < 0)
        return r;
    if (given[0] == '\0' || given[strspn(given, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
        return err_set(e, -EINVAL, "id: '%s' may hold only a-z, 0-9, '_' and '-'", given);
    return take(&rd->d->id, given, e);
}

static int read_aliases(struct read *rd, struct err *e)
{
    const struct yaml *list = yaml_get(rd->node, "aliases");
    struct device *d = rd->d;
    size_t n = list ? yaml_count(list) : 0;

    if (!list)
        return 0;
    if (list->kind != YAML_LIST)
        return err_set(e, -EINVAL, "aliases: must be a list: [ceiling lamp, big light]");
    if (n > DEVICE_ALIASES_MAX)
        return err_set(e, -E2BIG, "aliases: more than %d", DEVICE_ALIASES_MAX);
    d->aliases = calloc(n ? n : 1, sizeof(*d->aliases));
    if (!d->aliases)
        return err_set(e, -ENOMEM, "devices: out of memory");
    yaml_each(item, list)
    {
        int r;

        if (item->kind != YAML_SCALAR)
            return err_set(e, -EINVAL, "aliases: each must be one text");
        r = check_spoken("aliases", item->text, e);
        if (r >= 0)
            r = take(&d->aliases[d->aliases_n], item->text, e);
        if (r < 0)
            return r;
        d->aliases_n++;
    }
    return 0;
}

static int read_kind(struct read *rd, struct err *e)
{
    const char *kind = yaml_str(rd->node, "kind", NULL);
    const char *area = yaml_str(rd->node, "area", "");
    int r;

    if (!kind || device_kind_parse(&rd->d->kind, kind) < 0)
        return err_set(e, -EINVAL, "kind: %s%s; choose light, switch, cover, climate, scene or sensor",
                       kind ? kind : "is missing", kind ? " is unknown" : "");
    r = check_text("area", area, DEVICE_NAME_BYTES_MAX, e);
    return r < 0 ? r : take(&rd->d->area, area, e);
}

static int read_bool(bool *ret, const struct yaml *node, const char *key, struct err *e)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "true", true }, { "yes", true }, { "on", true },
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
        r = check_topic("topic", rd->topic, e);
    if (r >= 0)
        r = read_bool(&rd->dimmable, rd->node, "dimmable", e);
    if (r >= 0)
        r = read_bool(&rd->color, rd->node, "color", e);
    return r;
}

/* ---- fields ----------------------------------------------------------------------------- */

static bool key_is_head(const char *key)
{
    for (size_t i = 0; i < COUNT(head_keys); i++)
        if (strcmp(head_keys[i], key) == 0)
            return true;
    return false;
}

static const struct key_row *key_find(const char *key, enum device_kind kind, bool *known)
{
    *known = false;
    for (size_t i = 0; i < COUNT(key_rows); i++) {
        if (strcmp(key_rows[i].key, key) != 0)
            continue;
        *known = true;
        if (key_rows[i].kinds & (1u << kind))
            return &key_rows[i];
    }
    return NULL;
}

static int complain_key(const struct read *rd, const char *key, bool known, struct err *e)
{
    const char *nearest = known ? NULL : key_nearest(key);

    if (known)
        return err_set(e, -EINVAL, "%s: a %s has no such thing; remove the key", key,
                       device_kind_name(rd->d->kind));
    if (nearest)
        return err_set(e, -EINVAL, "%s: no such key; did you mean %s?", key, nearest);
    return err_set(e, -EINVAL, "%s: no such key; remove it", key);
}

static int set_field(struct read *rd, enum device_field field, const char *text, struct err *e)
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
    return take(&rd->d->field[field], str_text(&filled), e);
}

/* *line is set to the line of the faulty key. */
static int read_keys(struct read *rd, int *line, struct err *e)
{
    yaml_each(item, rd->node)
    {
        const struct key_row *row;
        bool known;
        int r;

        if (strcmp(item->key, "aliases") == 0)
            continue;
        *line = item->line;
        r = need_scalar(item, e);
        if (r < 0)
            return r;
        if (key_is_head(item->key))
            continue;
        row = key_find(item->key, rd->d->kind, &known);
        if (!row)
            return complain_key(rd, item->key, known, e);
        r = check_value(row, item->text, e);
        if (r >= 0)
            r = set_field(rd, row->field, item->text, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int fill_preset(struct read *rd, struct err *e)
{
    bool known = false, fits = false;

    for (size_t i = 0; rd->via && i < preset_rows_n; i++) {
        const struct preset_row *row = &preset_rows[i];
        int r;

        if (strcmp(row->via, rd->via) != 0)
            continue;
        known = true;
        if (!(row->kinds & (1u << rd->d->kind)))
            continue;
        fits = true;
        if (strstr(row->text, "{object}") && !strchr(rd->topic, '/'))
            return err_set(e, -EINVAL, "topic: %s needs 'node/object', such as bedroom-node/fan",
                           rd->via);
        if (row->field == FIELD_COLOR_PAYLOAD && !rd->color)
            continue;
        if (rd->d->field[row->field])
            continue; /* the file's own word counts */
        r = set_field(rd, row->field, row->text, e);
        if (r < 0)
            return r;
    }
    if (rd->via && !known)
        return err_set(e, -EINVAL, "via: %s is unknown; choose %s", rd->via, preset_names);
    if (rd->via && !fits)
        return err_set(e, -EINVAL, "via: %s has no %s; write the topics out", rd->via,
                       device_kind_name(rd->d->kind));
    return 0;
}

/* What follows from the fields that are there. */
static int fill_rest(struct read *rd, struct err *e)
{
    struct device *d = rd->d;
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

        if (standard_payloads[i].kinds & (1u << d->kind) && !*payload)
            r = take(payload, standard_payloads[i].text, e);
    }
    if (r >= 0 && !rd->dimmable) {
        free(d->field[FIELD_BRIGHTNESS_PAYLOAD]);
        d->field[FIELD_BRIGHTNESS_PAYLOAD] = NULL;
    }
    d->brightness_max =
        d->field[FIELD_BRIGHTNESS_MAX] ? strtod(d->field[FIELD_BRIGHTNESS_MAX], NULL) : 100;
    /* a key without a topic of its own is read in the state topic's payload */
    for (size_t i = 0; r >= 0 && i < COUNT(report_rows); i++) {
        char **topic = &d->field[report_rows[i].topic];

        if (!*topic && d->field[report_rows[i].key] && d->field[FIELD_STATE_TOPIC])
            r = take(topic, d->field[FIELD_STATE_TOPIC], e);
    }
    return r;
}

/* ---- checks of the whole device --------------------------------------------------------- */

static const char needs_words[] = "or say via: (home, zigbee2mqtt, tasmota, shelly, esphome)";

static int check_needs(const struct device *d, struct err *e)
{
    const unsigned kind = 1u << d->kind;

    if (kind & (IS_LIGHT | IS_SWITCH | IS_COVER | IS_SCENE) && !d->field[FIELD_COMMAND_TOPIC])
        return err_set(e, -EINVAL, "command_topic: is missing; write it %s", needs_words);
    if (d->kind == KIND_CLIMATE && (!d->field[FIELD_TARGET_TOPIC] || !d->field[FIELD_TARGET_PAYLOAD]))
        return err_set(e, -EINVAL, "temperature_topic: is missing; write it %s", needs_words);
    if (d->kind == KIND_SENSOR && !d->field[FIELD_MEASURED_TOPIC])
        return err_set(e, -EINVAL, "state_topic: is missing; write it %s", needs_words);
    for (int f = 0; f < FIELD_N; f++)
        if (d->field[f] && strlen(d->field[f]) > DEVICE_PAYLOAD_BYTES_MAX)
            return err_set(e, -ENAMETOOLONG, "topic: makes a payload longer than %d bytes",
                           DEVICE_PAYLOAD_BYTES_MAX);
    return 0;
}

/* Something else that is called `name`, or NULL. */
static const struct device *name_owner(const struct devices *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct device *d = &all->list[i];

        if (device_name_is(d->name, name))
            return d;
        for (size_t k = 0; k < d->aliases_n; k++)
            if (device_name_is(d->aliases[k], name))
                return d;
    }
    return NULL;
}

static int check_unique(const struct devices *all, const struct device *d, struct err *e)
{
    const struct device *other = name_owner(all, d->name);

    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->list[i].id, d->id) == 0)
            return err_set(e, -EEXIST, "id: '%s' is taken by the device of line %d; give another",
                           d->id, all->list[i].line);
    if (other)
        return err_set(e, -EEXIST, "name: '%s' also names the device of line %d; give another",
                       d->name, other->line);
    for (size_t i = 0; i < d->aliases_n; i++) {
        other = name_owner(all, d->aliases[i]);
        if (other)
            return err_set(e, -EEXIST, "aliases: '%s' also names the device of line %d; remove it",
                           d->aliases[i], other->line);
    }
    return 0;
}

static int read_device(struct read *rd, int *line, struct err *e)
{
    int r;

    if (rd->node->kind != YAML_MAP)
        return err_set(e, -EINVAL, "a device must be a list of keys: '- name: ...'");
    r = read_name(rd, e);
    if (r >= 0)
        r = read_kind(rd, e);
    if (r >= 0)
        r = read_id(rd, e);
    if (r >= 0)
        r = read_aliases(rd, e);
    if (r >= 0)
        r = read_via(rd, e);
    if (r < 0)
        return r;
    r = read_keys(rd, line, e);
    if (r < 0)
        return r;
    *line = rd->node->line;
    r = fill_preset(rd, e);
    if (r >= 0)
        r = fill_rest(rd, e);
    if (r >= 0)
        r = check_needs(rd->d, e);
    if (r >= 0)
        r = check_unique(rd->all, rd->d, e);
    return r;
}

/* ---- the list --------------------------------------------------------------------------- */

static int report_compare(const void *a, const void *b)
{
    const struct device_report *x = a, *y = b;
    int order = strcmp(x->topic, y->topic);

    if (order != 0)
        return order;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (int)x->prop - (int)y->prop;
}

static int make_reports(struct devices *all, struct err *e)
{
    all->reports = calloc(all->n * COUNT(report_rows) + 1, sizeof(*all->reports));
    if (!all->reports)
        return err_set(e, -ENOMEM, "devices: out of memory");
    for (size_t i = 0; i < all->n; i++) {
        for (size_t k = 0; k < COUNT(report_rows); k++) {
            const char *topic = all->list[i].field[report_rows[k].topic];

            if (topic)
                all->reports[all->reports_n++] =
                    (struct device_report){ topic, i, report_rows[k].prop };
        }
    }
    qsort(all->reports, all->reports_n, sizeof(*all->reports), report_compare);
    return 0;
}

static void complain(const struct devices_sink *sink, const char *text)
{
    if (sink && sink->complain)
        sink->complain(text, sink->user);
}

/* Reads every item of the list; faulty ones are told and left out. */
static int read_list(struct devices *all, const struct yaml *list, const char *name,
                     const struct devices_sink *sink, struct err *e)
{
    yaml_each(item, list)
    {
        struct read rd = { .all = all, .node = item, .d = &all->list[all->n] };
        struct err why = ERR_INIT;
        int line = item->line, r;

        r = read_device(&rd, &line, &why);
        if (r >= 0) {
            rd.d->line = item->line;
            all->n++;
            continue;
        }
        if (r == -ENOMEM) {
            device_done(rd.d);
            return err_set(e, r, "%s", err_text(&why));
        }
        err_wrap(&why, r, "%s line %d: %s left out", name, line, device_words(rd.d));
        complain(sink, err_text(&why));
        device_done(rd.d);
    }
    return 0;
}

int devices_read(struct devices **ret, const struct yaml *tree, const char *name,
                 const struct devices_sink *sink, struct err *e)
{
    const struct yaml *list = yaml_get(tree, "devices");
    size_t n = list ? yaml_count(list) : 0;
    AUTO(devices_freep) struct devices *all = NULL;
    int r;

    if (tree->kind != YAML_MAP || (tree->child && !list))
        return err_set(e, -EINVAL, "%s line %d: there must be one key: 'devices:' and its list",
                       name, tree->line);
    if (list && list->kind != YAML_LIST && !(list->kind == YAML_SCALAR && list->text[0] == '\0'))
        return err_set(e, -EINVAL, "%s line %d: devices: must be a list, each item from '- name:'",
                       name, list->line);
    if (n > DEVICES_MAX)
        return err_set(e, -E2BIG, "%s: %zu devices; at most %d are allowed", name, n, DEVICES_MAX);
    yaml_each(item, tree)
    {
        struct err why = ERR_INIT;

        if (item == list)
            continue;
        err_set(&why, -EINVAL, "%s line %d: %s: no such key beside 'devices'; remove it", name,
                item->line, item->key);
        complain(sink, err_text(&why));
    }
    all = calloc(1, sizeof(*all));
    if (all)
        all->list = calloc(n ? n : 1, sizeof(*all->list));
    if (!all || !all->list)
        return err_set(e, -ENOMEM, "devices: out of memory");
    r = read_list(all, list, name, sink, e);
    if (r >= 0)
        r = make_reports(all, e);
    if (r < 0)
        return r;
    *ret = STEAL(all);
    return 0;
}

int devices_load(struct devices **ret, const char *path, const struct devices_sink *sink,
                 struct err *e)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;
    int r = yaml_load(&tree, path, e);

    if (r == -ENOENT)
        return err_set(e, r, "%s is missing: Jarvis knows no device; write one", path);
    if (r < 0)
        return r;
    return devices_read(ret, tree, path, sink, e);
}
