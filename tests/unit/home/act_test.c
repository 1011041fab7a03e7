/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/act_test.c - commands under way and states, on a virtual clock and without a
 * broker: virtual devices, MQTT ones that run dry, and what the registry tells of them. */
#include "home/home.h"
#include "home/link.h"

#include "base/str.h"
#include "home/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "devices:\n"
    "  - {name: Guest mode, area: Hall, kind: switch, via: virtual}\n"
    "  - {name: Mood, area: Hall, kind: light, via: virtual}\n"
    "  - {name: Gate, kind: cover, class: gate, via: virtual}\n"
    "  - {name: Roller door, kind: cover, via: virtual}\n"
    "  - {name: Bolt, kind: lock, via: virtual}\n"
    "  - {name: Party, kind: scene, via: virtual}\n"
    "  - {name: Thermo, kind: climate, via: virtual}\n"
    "  - {name: Far lamp, area: Hall, kind: light, via: zigbee2mqtt, topic: far}\n";

struct rig {
    struct clock clock;
    struct settings settings;
    struct paths paths;
    struct loop *loop;
    struct bus *bus;
    struct home *home;
    struct msg *acted; /* the newest; owned */
    int answers, told;
    struct str last; /* the newest MSG_DEVICE as text */
};

static void on_any(const struct msg *m, void *user)
{
    struct rig *r = user;

    if (m->type == MSG_DEVICE) {
        AUTO_FREE char *text = json_text(m->json);

        r->told++;
        str_clear(&r->last);
        str_add(&r->last, text);
    }
    if (m->type != MSG_ACTED)
        return;
    r->answers++;
    msg_free(r->acted);
    r->acted = msg_new(MSG_ACTED, m->session);
    r->acted->code = m->code;
    r->acted->origin = m->origin;
    r->acted->endpoint = m->endpoint;
    r->acted->text = str_dup(m->text);
    r->acted->json = m->json ? cJSON_Duplicate(m->json, true) : NULL;
}

static void rig_init(struct rig *r, const char *kept)
{
    AUTO_JSON *j = NULL;
    char path[PATHS_BYTES + 32];
    struct home_deps d;
    FILE *f;

    memset(r, 0, sizeof(*r));
    clock_init_virtual(&r->clock, INT64_C(1700000000000000));
    clock_advance_usec(&r->clock, 1000000);
    str_copy(r->paths.etc, sizeof(r->paths.etc), "/tmp/jarvis-act-XXXXXX");
    assert_non_null(mkdtemp(r->paths.etc));
    snprintf(path, sizeof(path), "%s/devices.yaml", r->paths.etc);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(house, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(loop_new(&r->loop, &r->clock, NULL), 0);
    assert_int_equal(bus_new(&r->bus, r->loop, NULL), 0);
    d = (struct home_deps){ r->loop, r->bus, &r->settings, &r->paths };
    assert_int_equal(home_new(&r->home, &d, NULL), 0);
    assert_int_equal(bus_on(r->bus, MSG_ACTED, on_any, r, NULL), 0);
    assert_int_equal(bus_on(r->bus, MSG_DEVICE, on_any, r, NULL), 0);
    if (kept)
        assert_int_equal(json_parse(&j, kept, strlen(kept), NULL), 0);
    assert_int_equal(home_start(r->home, j, NULL), 0);
    bus_drain(r->bus);
}

static void rig_done(struct rig *r)
{
    char path[PATHS_BYTES + 32];

    home_free(r->home);
    bus_free(r->bus);
    loop_free(r->loop);
    msg_free(r->acted);
    str_done(&r->last);
    snprintf(path, sizeof(path), "%s/devices.yaml", r->paths.etc);
    unlink(path);
    rmdir(r->paths.etc);
}

static const struct msg *act(struct rig *r, uint64_t endpoint, const char *json)
{
    struct msg *m = msg_new(MSG_ACT, 7);
    const int before = r->answers;

    assert_non_null(m);
    m->origin = (struct origin){ ORIGIN_HTTP, 12, 34, 0 };
    m->endpoint = endpoint;
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(r->bus, m);
    while (bus_drain(r->bus) > 0)
        ;
    assert_int_equal(r->answers, before + 1); /* exactly one */
    assert_int_equal(r->acted->origin.client, 12);
    assert_int_equal(r->acted->origin.request, 34);
    assert_true(r->acted->endpoint == endpoint);
    return r->acted;
}

#define DO(id, command)    "{\"device\":\"" id "\",\"command\":\"" command "\"}"
#define TO(id, command, v) "{\"device\":\"" id "\",\"command\":\"" command "\",\"value\":" v "}"
#define SAID(i, slots)     "{\"intent\":\"Hass" i "\",\"slots\":{" slots "}}"
#define SURE(i, slots)     "{\"confirmed\":true,\"intent\":\"Hass" i "\",\"slots\":{" slots "}}"

/* clang-format off */
static const struct {
    const char *request;
    bool is_spoken;
    int want;
    const char *sent; /* all of it, '|' between; or words of the answer */
    const char *state; /* part of the newest MSG_DEVICE; NULL: none was told */
} cases[] = {
    { DO("guest_mode", "on"), false, 0, "guest_mode on", "\"state\":\"on\"" },
    { DO("guest_mode", "on"), false, 0, "guest_mode on", NULL }, /* nothing new */
    { TO("mood", "brightness", "40"), false, 0, "mood brightness 40", "\"brightness\":40" },
    { TO("mood", "brightness_step", "-15"), false, 0, "mood brightness 25", "\"brightness\":25" },
    { TO("mood", "brightness", "0"), false, 0, "mood off", "\"state\":\"off\"" },
    { TO("mood", "color", "\"red\""), false, 0, "mood color #ff0000", "\"color\":\"#ff0000\"" },
    { TO("thermo", "temperature", "20.5"), false, 0, "thermo temperature 20.5", "\"target\":20.5" },
    { DO("party", "on"), false, 0, "party on", NULL },
    { DO("bolt", "lock"), false, 0, "bolt lock", "\"state\":\"locked\"" },
    { SAID("TurnOff", "\"name\":\"bolt\""), true, -ENOKEY, "after a confirmation", NULL },
    { SURE("TurnOff", "\"name\":\"bolt\""), true, 0, "bolt unlock", "\"state\":\"unlocked\"" },
    { SAID("TurnOn", "\"name\":\"roller_door\""), true, -ENOKEY, "after a confirmation", NULL },
    { DO("gate", "open"), false, 0, "gate open", "\"state\":\"open\"" },
    { SAID("TurnOff", "\"domain\":\"cover\""), true, -EPERM, "own name", NULL },
    { SAID("TurnOn", "\"area\":\"Hall\",\"domain\":\"light\""), true, 0,
      "mood on|zigbee2mqtt/far/set {\"state\":\"ON\"} (not sent)", NULL },
    { SAID("GetState", "\"name\":\"gate\""), true, 0, "", NULL },
    { DO("nobody", "on"), false, -ENOENT, "no device called nobody", NULL },
};
/* clang-format on */

static void commands(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR sent = STR_INIT;
        const struct msg *m;
        const int told = r.told;
        const cJSON *item;

        clock_advance_usec(&r.clock, 1000000);
        m = act(&r, cases[i].is_spoken ? ENDPOINT_BOX : 0, cases[i].request);
        if (m->code != cases[i].want)
            fail_msg("%s: %d %s", cases[i].request, m->code, m->text ? m->text : "");
        cJSON_ArrayForEach (item, cJSON_GetObjectItem(m->json, "sent"))
            str_addf(&sent, "%s%s", sent.len > 0 ? "|" : "", item->valuestring);
        if (m->code == 0)
            assert_string_equal(str_text(&sent), cases[i].sent);
        else if (sent.len > 0 || !strstr(m->text, cases[i].sent))
            fail_msg("%s: %s, %s", cases[i].request, m->text, str_text(&sent));
        if (m->code == -ENOKEY) /* it says which */
            assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(m->json, "devices")), 1);
        if (cases[i].state && (r.told == told || !strstr(str_text(&r.last), cases[i].state)))
            fail_msg("%s: %d told, %s", cases[i].request, r.told - told, str_text(&r.last));
    }
    rig_done(&r);
}

/* What was kept is old until the device tells again, and says from when it is. */
static void kept_is_old(void **state)
{
    struct rig r;
    const struct msg *m;
    AUTO_FREE char *text = NULL;

    (void)state;
    rig_init(&r, "{\"mood\":{\"state\":\"on\",\"brightness\":50,\"at\":1600000000000}}");
    m = act(&r, 0, SAID("GetState", "\"name\":\"mood\""));
    text = json_text(m->json);
    assert_non_null(strstr(text, "\"stale\":true,\"at\":1600000000000"));
    m = act(&r, 0, TO("mood", "brightness_step", "10"));
    assert_int_equal(m->code, -ENODATA); /* nothing is done relative to what is old */
    assert_int_equal(act(&r, 0, TO("mood", "brightness", "30"))->code, 0);
    assert_non_null(strstr(str_text(&r.last), "\"at\":1700000001000"));
    assert_null(strstr(str_text(&r.last), "stale"));
    assert_int_equal(act(&r, 0, TO("mood", "brightness_step", "10"))->code, 0);
    rig_done(&r);
}

#define EARLY(i, slots)    "{\"early\":true,\"intent\":\"Hass" i "\",\"slots\":{" slots "}}"
#define TAKEN_BACK         "{\"undo\":7,\"early\":true}"

static void sends(struct rig *r, const char *json, int code, const char *want)
{
    const struct msg *m = act(r, ENDPOINT_BOX, json);
    const cJSON *sent = cJSON_GetObjectItem(m->json, "sent");

    if (m->code != code)
        fail_msg("%s: %d %s", json, m->code, m->text ? m->text : "");
    if (want)
        assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(sent, 0)), want);
    else
        assert_null(sent);
}

/* An early action that is taken back was never done: "undo that" goes back to before it, and is only about
 * what the sentence did in the end. */
static void early_and_taken_back(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    sends(&r, TO("mood", "brightness", "40"), 0, "mood brightness 40");
    sends(&r, "{\"undo\":7}", -ESTALE, NULL); /* nobody knew how it was */
    sends(&r, EARLY("TurnOff", "\"name\":\"mood\""), 0, "mood off");
    sends(&r, TAKEN_BACK, 0, "mood brightness 40");
    sends(&r, TAKEN_BACK, -ENOENT, NULL); /* once */
    sends(&r, EARLY("TurnOff", "\"name\":\"mood\""), -EAGAIN, NULL); /* late: behind what takes it back */
    sends(&r, SAID("TurnOff", "\"name\":\"mood\""), 0, "mood off");
    sends(&r, "{\"undo\":7}", 0, "mood brightness 40");
    rig_done(&r);
}

static void not_before_the_end(void **state)
{
    static const char *const requests[] = {
        EARLY("TurnOff", "\"name\":\"bolt\""),      EARLY("TurnOn", "\"name\":\"bolt\""),
        EARLY("TurnOn", "\"name\":\"roller_door\""), EARLY("TurnOn", "\"name\":\"party\""),
        EARLY("TurnOn", "\"name\":\"guest_mode\""),  EARLY("TurnOn", "\"name\":\"far_lamp\""),
        EARLY("ClimateSetTemperature", "\"name\":\"thermo\",\"temperature\":20"),
        EARLY("TurnOff", "\"area\":\"Hall\""),
    };
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    sends(&r, TO("mood", "brightness", "40"), 0, "mood brightness 40");
    sends(&r, DO("guest_mode", "on"), 0, "guest_mode on");
    for (size_t i = 0; i < N_OF(requests); i++)
        sends(&r, requests[i], -EAGAIN, NULL);
    sends(&r, EARLY("TurnOn", "\"name\":\"nobody\""), -ENOENT, NULL);
    rig_done(&r);
}

static bool give_twice(struct msg *m, void *user)
{
    struct rig *r = user;

    if (m->type != MSG_ACT)
        return false;
    bus_give(r->bus, msg_copy(m));
    return false;
}

/* A message that is delivered twice is done and answered once; the same wish anew is a new one. */
static void delivered_twice_is_done_once(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    assert_int_equal(act(&r, 0, TO("mood", "brightness", "50"))->code, 0);
    bus_tap(r.bus, give_twice, &r);
    for (int i = 1; i <= 3; i++) { /* act() wants one answer each */
        char now[32];

        assert_int_equal(act(&r, 0, TO("mood", "brightness_step", "10"))->code, 0);
        clock_advance_usec(&r.clock, 1000000);
        loop_step(r.loop, 0);
        bus_drain(r.bus);
        snprintf(now, sizeof(now), "\"brightness\":%d", 50 + 10 * i);
        if (!strstr(str_text(&r.last), now))
            fail_msg("step %d: %s", i, str_text(&r.last));
    }
    rig_done(&r);
}

/* A device that tells all the time is told ten times a second, and its newest state in the end. */
static void chatty(void **state)
{
    struct rig r;
    char request[128];

    (void)state;
    rig_init(&r, NULL);
    for (int i = 1; i <= 100; i++) {
        snprintf(request, sizeof(request), TO("mood", "brightness", "%d"), i);
        assert_int_equal(act(&r, 0, request)->code, 0);
        clock_advance_usec(&r.clock, 1000);
        loop_step(r.loop, 0);
    }
    for (int i = 0; i < 20; i++) {
        clock_advance_usec(&r.clock, 50000);
        loop_step(r.loop, 0);
        bus_drain(r.bus);
    }
    assert_in_range(r.told, 2, 4);
    assert_non_null(strstr(str_text(&r.last), "\"brightness\":100"));
    rig_done(&r);
}

static const char *missed_now(const struct rig *r, const char *key)
{
    const cJSON *missed = cJSON_GetObjectItem(r->acted->json, "missed");

    return cJSON_GetArraySize(missed) == 1 ? json_str(missed->child, key, "") : "";
}

/* One that has not told how it was did not fail to answer: it is not asked, and said so. */
static void undo_tells_why(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    assert_int_equal(act(&r, 0, DO("mood", "on"))->code, 0);
    assert_int_equal(act(&r, 0, "{\"undo\":7}")->code, -ESTALE); /* and that is forgotten */
    assert_int_equal(act(&r, 0, SAID("TurnOff", "\"area\":\"Hall\",\"domain\":\"light\""))->code, 0);
    assert_int_equal(act(&r, 0, "{\"undo\":7}")->code, 0);
    assert_string_equal(missed_now(&r, "id"), "far_lamp");
    assert_string_equal(missed_now(&r, "cause"), "before");
    rig_done(&r);
}

/* What never left is nothing to be undone: neither sent then nor spoken of. */
static void undo_is_of_what_was_sent(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    home_free(r.home);
    r.settings.mqtt_enabled = true; /* there is a link, and it never comes up */
    r.settings.mqtt_port = 1;
    str_copy(r.settings.mqtt_host, sizeof(r.settings.mqtt_host), "127.0.0.1");
    assert_int_equal(home_new(&r.home, &(struct home_deps){ r.loop, r.bus, &r.settings, &r.paths }, NULL), 0);
    assert_int_equal(home_start(r.home, NULL, NULL), 0);
    bus_drain(r.bus);
    assert_int_equal(act(&r, 0, DO("mood", "off"))->code, 0);
    assert_int_equal(act(&r, 0, "{\"undo\":7}")->code, -ESTALE);
    assert_int_equal(act(&r, 0, SAID("TurnOn", "\"area\":\"Hall\",\"domain\":\"light\""))->code, 0);
    assert_string_equal(missed_now(&r, "cause"), "away");
    assert_int_equal(act(&r, 0, "{\"undo\":7}")->code, 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(r.acted->json, "missed")), 0);
    assert_int_equal(act(&r, 0, DO("far_lamp", "on"))->code, -ENOTCONN);
    assert_int_equal(act(&r, 0, "{\"undo\":7}")->code, 0); /* the undo itself, and nothing of the far lamp */
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(r.acted->json, "devices")), 1);
    rig_done(&r);
}

static void status(void **state)
{
    struct rig r;
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    rig_init(&r, NULL);
    assert_int_equal(act(&r, 0, DO("guest_mode", "on"))->code, 0);
    j = home_status(r.home);
    text = json_text(j);
    assert_non_null(strstr(text, "\"devices\":8,\"waiting\":0"));
    assert_non_null(strstr(text, "\"guessed\":[{\"id\":\"roller_door\",\"class\":\"door\""));
    assert_non_null(strstr(text, "\"virtual_sent\":1"));
    assert_non_null(strstr(text, "\"enabled\":false"));
    rig_done(&r);
}

/* What a way says of itself: the broker's words for MQTT alone, and words that fit every way. */
static const struct {
    const struct link_type *type;
    int code;
    const char *words;
} said[] = {
    { &link_mqtt, -ENOTCONN, "the home broker cannot be reached" },
    { &link_mqtt, -ETIMEDOUT, "the home broker did not confirm it: I do not know whether it was done" },
    { &link_mqtt, -EACCES, "the home broker refused the command; allow it in its ACL" },
    { &link_mqtt, -ENOBUFS, "the home broker is too slow: too many commands wait for it" },
    { &link_mqtt, -ENOMEM, "out of memory" },
    { &link_mqtt, -EBUSY, "too many commands at once; try again in a moment" },
    { &link_virtual, -ENOTCONN, "it cannot be reached" },
    { &link_virtual, -ETIMEDOUT, "it did not confirm: I do not know whether it was done" },
    { &link_virtual, -EACCES, "the command was refused" },
    { &link_virtual, -ENOBUFS, "too many commands wait for it" },
    { &link_virtual, -EPIPE, "the other side has gone" },
};

static void words_are_the_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(said); i++)
        assert_string_equal(link_words(said[i].type, said[i].code), said[i].words);
    for (size_t i = 0; i < LINKS_N; i++) /* every way has words for every code that it may give */
        for (int code = 1; code < 132; code++) {
            const char *words = link_words(link_types[i], -code);

            assert_true(words && words[0]);
            assert_true(link_types[i] == &link_mqtt || !strstr(words, "broker"));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(kept_is_old),
        cmocka_unit_test(early_and_taken_back),
        cmocka_unit_test(not_before_the_end),
        cmocka_unit_test(delivered_twice_is_done_once),
        cmocka_unit_test(chatty),
        cmocka_unit_test(undo_tells_why),
        cmocka_unit_test(undo_is_of_what_was_sent),
        cmocka_unit_test(status),
        cmocka_unit_test(words_are_the_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
