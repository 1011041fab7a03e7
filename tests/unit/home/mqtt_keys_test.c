/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_keys_test.c - the MQTT keys of devices.yaml: for which kinds each is meant,
 * what may stand there, and what a misspelt one is told. */
#include "home/mqtt_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
    const char *key;
    unsigned kinds; /* where it means something */
    enum device_field field; /* a sensor's state_topic measures instead */
} keys[] = {
    { "command_topic", IS_LIGHT | IS_SWITCH | IS_COVER | IS_CLIMATE | IS_SCENE | IS_LOCK,
      FIELD_COMMAND_TOPIC },
    { "payload_on", IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_SCENE, FIELD_ON },
    { "payload_off", IS_LIGHT | IS_SWITCH | IS_CLIMATE, FIELD_OFF },
    { "payload_open", IS_COVER, FIELD_ON },
    { "payload_close", IS_COVER, FIELD_OFF },
    { "payload_stop", IS_COVER, FIELD_STOP },
    { "payload_lock", IS_LOCK, FIELD_ON },
    { "payload_unlock", IS_LOCK, FIELD_OFF },
    { "brightness_max", IS_LIGHT, FIELD_BRIGHTNESS_MAX },
    { "position_topic", IS_COVER, FIELD_POSITION_TOPIC },
    { "temperature_topic", IS_CLIMATE, FIELD_TARGET_TOPIC },
    { "state_topic", IS_ANY & ~IS_SCENE, FIELD_STATE_TOPIC },
    { "state_on", IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_BINARY_SENSOR, FIELD_STATE_ON },
    { "state_closed", IS_COVER, FIELD_STATE_OFF },
    { "state_locked", IS_LOCK, FIELD_STATE_ON },
    { "availability_topic", IS_ANY & ~IS_SCENE, FIELD_ONLINE_TOPIC },
    { "ask_payload", IS_ANY & ~IS_SCENE, FIELD_ASK_PAYLOAD },
    { "Payload_on", 0, 0 },
    { "payload_on ", 0, 0 },
    { "", 0, 0 },
    { "name", 0, 0 }, /* says who it is, fills nothing */
};

static const struct {
    const char *written, *meant;
} misspelt[] = {
    { "comand_topic", "command_topic" }, { "state-topic", "state_topic" },
    { "playload_on", "payload_on" },     { "nmae", "name" },
    { "alias", "aliases" },              { "brightnes_key", "brightness_key" },
    { "colour", "color" },               { "qwertyuiopqwerty", NULL },
};

static const struct {
    const char *key, *text;
    int code;
    const char *words; /* NULL: it may stand there */
} texts[] = {
    { "command_topic", "home/lamp/set", 0, NULL },
    { "command_topic", "/", 0, NULL },
    { "command_topic", "k\u00fcche/licht", 0, NULL },
    { "command_topic", "", -EINVAL, "command_topic: is empty; give a topic or leave the key out" },
    { "command_topic", "home/+/set", -EINVAL, "command_topic: 'home/+/set' has a wildcard; name one topic" },
    { "command_topic", "home/#", -EINVAL, "command_topic: 'home/#' has a wildcard; name one topic" },
    { "command_topic", "$SYS/uptime", -EINVAL, "command_topic: '$SYS/uptime' belongs to the broker" },
    { "command_topic", "a\nb", -EINVAL, "command_topic: " },
    { "command_topic", "a\x7f" "b", -EINVAL, "command_topic: " },
    { "command_topic", "\xff", -EINVAL, "command_topic: " },
    { "brightness_max", "1", 0, NULL },
    { "brightness_max", "254", 0, NULL },
    { "brightness_max", "65535", 0, NULL },
    { "brightness_max", "0", -ERANGE, "brightness_max: 0 is outside 1..65535" },
    { "brightness_max", "65536", -ERANGE, "brightness_max: 65536 is outside 1..65535" },
    { "brightness_max", "-3", -ERANGE, "brightness_max: -3 is outside 1..65535" },
    { "brightness_max", "full", -EINVAL, "brightness_max: 'full' is not a number" },
    { "brightness_max", "255 ", -EINVAL, "brightness_max: '255 ' is not a number" },
    { "brightness_max", "nan", -EINVAL, "brightness_max: 'nan' is not a number" },
    { "brightness_max", "inf", -EINVAL, "brightness_max: 'inf' is not a number" },
    { "brightness_max", "", -EINVAL, "brightness_max: '' is not a number" },
    { "payload_on", "", 0, NULL }, /* an empty payload is one */
    { "payload_on", "{\"state\":\"ON\"}", 0, NULL },
    { "state_key", "POWER1", 0, NULL },
};
/* clang-format on */

/* Some kind that has the key. */
static const struct mqtt_key *row_of(const char *key)
{
    const struct mqtt_key *row = NULL;
    bool known;

    for (int kind = 0; !row && kind < KIND_N; kind++)
        row = mqtt_key_find(key, (enum device_kind)kind, &known);
    assert_non_null(row);
    return row;
}

static void a_key_is_meant_for_its_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(keys); i++) {
        for (int kind = 0; kind < KIND_N; kind++) {
            const bool is_meant = keys[i].kinds & (1u << kind);
            bool known = !keys[i].kinds;
            const struct mqtt_key *row = mqtt_key_find(keys[i].key, (enum device_kind)kind, &known);

            if ((row != NULL) != is_meant || known != (keys[i].kinds != 0))
                fail_msg("%s of a %s: found %d, known %d", keys[i].key,
                         device_kind_name((enum device_kind)kind), row != NULL, known);
            if (row && kind == KIND_SENSOR && strcmp(row->key, "state_topic") == 0)
                assert_int_equal(row->field, FIELD_MEASURED_TOPIC); /* it measures, it has no state */
            else if (row)
                assert_int_equal(row->field, keys[i].field);
        }
    }
}

/* No key both says who the device is and fills a field: it would be read twice. */
static void heads_fill_no_field(void **state)
{
    static const char *const heads[] = { "id", "name", "aliases", "area", "kind", "class", "via", "topic" };
    bool known;

    (void)state;
    for (size_t i = 0; i < N_OF(heads); i++) {
        assert_true(mqtt_key_is_head(heads[i]));
        assert_null(mqtt_key_find(heads[i], KIND_LIGHT, &known));
        assert_false(known);
    }
    for (size_t i = 0; i < N_OF(keys); i++)
        assert_false(keys[i].kinds && mqtt_key_is_head(keys[i].key));
    assert_false(mqtt_key_is_head("Name") || mqtt_key_is_head(""));
}

static void a_misspelt_key_is_told_the_nearest(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(misspelt); i++) {
        const char *near = mqtt_key_nearest(misspelt[i].written);

        if (!misspelt[i].meant)
            assert_null(near);
        else if (!near || strcmp(near, misspelt[i].meant) != 0)
            fail_msg("%s: %s, not %s", misspelt[i].written, near ? near : "none", misspelt[i].meant);
    }
}

static void what_may_stand_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct err e = ERR_INIT;
        const int r = mqtt_key_check(row_of(texts[i].key), texts[i].text, &e);

        if (r != texts[i].code || (r < 0 && strncmp(err_text(&e), texts[i].words, strlen(texts[i].words)) != 0))
            fail_msg("%s '%s': %d %s", texts[i].key, texts[i].text, r, err_text(&e));
    }
}

/* The longest that fits, and one byte more. */
static void lengths(void **state)
{
    static const struct {
        const char *key;
        size_t max;
    } rows[] = { { "command_topic", DEVICE_TOPIC_BYTES_MAX },
                 { "payload_on", DEVICE_PAYLOAD_BYTES_MAX },
                 { "state_key", DEVICE_TEXT_BYTES_MAX } };
    char text[4096];

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct err e = ERR_INIT;

        assert_true(rows[i].max + 1 < sizeof(text));
        memset(text, 'a', rows[i].max + 1);
        text[rows[i].max + 1] = '\0';
        assert_int_equal(mqtt_key_check(row_of(rows[i].key), text, &e), -ENAMETOOLONG);
        assert_int_equal(strncmp(err_text(&e), rows[i].key, strlen(rows[i].key)), 0);
        text[rows[i].max] = '\0';
        assert_int_equal(mqtt_key_check(row_of(rows[i].key), text, NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_meant_for_its_kinds),
        cmocka_unit_test(heads_fill_no_field),
        cmocka_unit_test(a_misspelt_key_is_told_the_nearest),
        cmocka_unit_test(what_may_stand_there),
        cmocka_unit_test(lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
