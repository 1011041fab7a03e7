/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices_read.c - devices.yaml -> registry, with complaints that name the remedy.
 *
 * One device at a time: its own keys (device_keys.h), then the preset's rows for what is still
 * open, then what follows from the rest (a topic without a payload gets "{value}"), then
 * the checks. A device is appended to the list before it is filled and taken off again when
 * it has a fault, so that half-read ones are freed in one place. */
#include "base/str.h"
#include "home/device_keys.h"
#include "home/fill.h"
#include "home/presets.h"

#include <string.h>

/* clang-format off */
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
    const struct devices *all; /* the device itself is not in it yet */
    const struct yaml *node;
    struct device *d;        /* owned by the registry's list */
    const char *via, *topic; /* borrowed from the tree; NULL: not given */
    bool dimmable, color;
};

/* ---- words ------------------------------------------------------------------------------ */

static const char *device_words(const struct device *d)
{
    return d->name ? d->name : "a device without a name";
}

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

/* ---- head: who the device is ------------------------------------------------------------ */

/* Name, alias or area: something that can be said. */
static int check_spoken(const char *key, const char *text, struct err *e)
{
    int r = device_key_check_text(key, text, DEVICE_NAME_BYTES_MAX, e);

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
    r = device_key_check_text("id", given, DEVICE_NAME_BYTES_MAX, e);
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
    yaml_each (item, list) {
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
        return err_set(e, -EINVAL,
                       "kind: %s%s; choose light, switch, cover, climate, scene or sensor",
                       kind ? kind : "is missing", kind ? " is unknown" : "");
    r = device_key_check_text("area", area, DEVICE_NAME_BYTES_MAX, e);
    return r < 0 ? r : take(&rd->d->area, area, e);
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
        r = device_key_check_topic("topic", rd->topic, e);
    if (r >= 0)
        r = read_bool(&rd->dimmable, rd->node, "dimmable", e);
    if (r >= 0)
        r = read_bool(&rd->color, rd->node, "color", e);
    return r;
}

/* ---- fields ----------------------------------------------------------------------------- */

static int complain_key(const struct read *rd, const char *key, bool known, struct err *e)
{
    const char *nearest = known ? NULL : device_key_nearest(key);

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
    yaml_each (item, rd->node) {
        const struct device_key *row;
        bool known;
        int r;

        if (strcmp(item->key, "aliases") == 0)
            continue;
        *line = item->line;
        r = need_scalar(item, e);
        if (r < 0)
            return r;
        if (device_key_is_head(item->key))
            continue;
        row = device_key_find(item->key, rd->d->kind, &known);
        if (!row)
            return complain_key(rd, item->key, known, e);
        r = device_key_check(row, item->text, e);
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

/* A payload without a topic of its own goes to the command topic; a topic without a payload
 * takes the plain value. */
static int fill_commands(struct device *d, struct err *e)
{
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
    return r;
}

/* A key without a topic of its own is read in the state topic's payload. */
static int fill_reports(struct device *d, struct err *e)
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
    struct device *d = rd->d;
    const char *full = d->field[FIELD_BRIGHTNESS_MAX];
    int r = fill_commands(d, e);

    if (r < 0)
        return r;
    if (!rd->dimmable) {
        free(d->field[FIELD_BRIGHTNESS_PAYLOAD]);
        d->field[FIELD_BRIGHTNESS_PAYLOAD] = NULL;
    }
    d->brightness_max = full ? strtod(full, NULL) : 100;
    return fill_reports(d, e);
}

/* ---- checks of the whole device --------------------------------------------------------- */

static const char needs_words[] = "or say via: (home, zigbee2mqtt, tasmota, shelly, esphome)";

static int check_needs(const struct device *d, struct err *e)
{
    const unsigned kind = 1u << d->kind;

    if (kind & (IS_LIGHT | IS_SWITCH | IS_COVER | IS_SCENE) && !d->field[FIELD_COMMAND_TOPIC])
        return err_set(e, -EINVAL, "command_topic: is missing; write it %s", needs_words);
    if (d->kind == KIND_CLIMATE &&
        (!d->field[FIELD_TARGET_TOPIC] || !d->field[FIELD_TARGET_PAYLOAD]))
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
    yaml_each (item, list) {
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

/* The list itself, NULL where the file is empty; whatever stands beside it is told. */
static int find_list(const struct yaml **ret, const struct yaml *tree, const char *name,
                     const struct devices_sink *sink, struct err *e)
{
    const struct yaml *list = yaml_get(tree, "devices");

    if (tree->kind != YAML_MAP || (tree->child && !list))
        return err_set(e, -EINVAL, "%s line %d: there must be one key: 'devices:' and its list",
                       name, tree->line);
    if (list && list->kind == YAML_SCALAR && list->text[0] == '\0')
        list = NULL;
    if (list && list->kind != YAML_LIST)
        return err_set(e, -EINVAL, "%s line %d: devices: must be a list, each item from '- name:'",
                       name, list->line);
    yaml_each (item, tree) {
        struct err why = ERR_INIT;

        if (strcmp(item->key, "devices") == 0)
            continue;
        err_set(&why, -EINVAL, "%s line %d: %s: no such key beside 'devices'; remove it", name,
                item->line, item->key);
        complain(sink, err_text(&why));
    }
    *ret = list;
    return 0;
}

int devices_read(struct devices **ret, const struct yaml *tree, const char *name,
                 const struct devices_sink *sink, struct err *e)
{
    AUTO(devices_freep) struct devices *all = NULL;
    const struct yaml *list = NULL;
    size_t n;
    int r = find_list(&list, tree, name, sink, e);

    if (r < 0)
        return r;
    n = list ? yaml_count(list) : 0;
    if (n > DEVICES_MAX)
        return err_set(e, -E2BIG, "%s: %zu devices; at most %d are allowed", name, n, DEVICES_MAX);
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
