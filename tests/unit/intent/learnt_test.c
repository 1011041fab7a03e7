/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/learnt_test.c - names and sentences that people teach: the list and its file; over the
 * bus: what may be taught, what it does, that it can be forgotten and survives. */
#include "intent/learnt.h"
#include "unit/intent/world.h"

#include "base/file.h"

/* ---- the list --------------------------------------------------------------------------------- */

#define TEN(x) x x x x x x x x x x

static void what_the_list_takes(void **state)
{
    static const struct {
        const char *text, *device, *means;
        int want;
        const char *words;
    } cases[] = {
        { "ree ding lamp", "floor_lamp", NULL, 0, "" },
        { "gimme light", NULL, "turn on the kitchen light", 0, "" },
        { "REE-DING lamp", "other", NULL, -EEXIST, "taught already" },
        { "gimme light", "floor_lamp", NULL, -EEXIST, "taught already" },
        { "x", "floor_lamp", "turn on", -EINVAL, "or the sentence" },
        { "x", NULL, NULL, -EINVAL, "or the sentence" },
        { "", "floor_lamp", NULL, -EINVAL, "text: is empty" },
        { "  ", "floor_lamp", NULL, -EINVAL, "text: is empty" },
        { NULL, "floor_lamp", NULL, -EINVAL, "text: is empty" },
        { "a lamp", "", NULL, -EINVAL, "device: is empty" },
        { "a\nlamp", "floor_lamp", NULL, -EINVAL, "one line" },
        { "\xff lamp", "floor_lamp", NULL, -EINVAL, "one line" },
        { TEN("1234567"), "floor_lamp", NULL, -E2BIG, "longer than 64" },
        { TEN(TEN("abc")), NULL, "turn on", -E2BIG, "longer than 200" },
    };
    struct learnt l = { .list = NULL };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct err e = ERR_INIT;
        const int r = learnt_add(&l, cases[i].text, cases[i].device, cases[i].means, 5, &e);

        if (r != cases[i].want || !strstr(r < 0 ? err_text(&e) : "", cases[i].words))
            fail_msg("%s: %d %s", cases[i].text ? cases[i].text : "NULL", r, err_text(&e));
    }
    assert_int_equal(cJSON_GetArraySize(l.list), 2);
    assert_string_equal(learnt_means(&l, "Gimme  LIGHT"), "turn on the kitchen light");
    assert_string_equal(learnt_means(&l, "gimme light!?"), "turn on the kitchen light");
    assert_null(learnt_means(&l, "ree ding lamp"));
    assert_null(learnt_means(&l, "!"));
    assert_null(learnt_means(&l, ""));
    assert_int_equal(learnt_forget(&l, "Ree ding Lamp", NULL), 0);
    assert_int_equal(learnt_forget(&l, "Ree ding Lamp", NULL), -ENOENT);
    learnt_done(&l);
    assert_null(learnt_means(&l, "gimme light"));
    assert_int_equal(learnt_forget(&l, "gimme light", NULL), -ENOENT);
}

static void the_list_is_bounded(void **state)
{
    struct learnt l = { .list = NULL };
    char name[32];

    (void)state;
    for (int i = 0; i < LEARNT_MAX; i++) {
        snprintf(name, sizeof(name), "name %d", i);
        assert_int_equal(learnt_add(&l, name, "d", NULL, i, NULL), 0);
    }
    assert_int_equal(learnt_add(&l, "one more", "d", NULL, 1, NULL), -ENOSPC);
    assert_int_equal(learnt_forget(&l, "name 7", NULL), 0);
    assert_int_equal(learnt_add(&l, "one more", "d", NULL, 1, NULL), 0);
    learnt_done(&l);
}

static void files(void **state)
{
    static const struct {
        const char *text;
        int want;
        int entries;
        unsigned left_out;
    } cases[] = {
        { "[]", 0, 0, 0 },
        { "[{\"text\":\"a lamp\",\"device\":\"d\"}]", 0, 1, 0 },
        { "[{\"text\":\"a lamp\",\"device\":\"d\"},{\"text\":\"A LAMP\",\"device\":\"e\"},7,{},[],\"x\","
          "{\"text\":3,\"device\":\"d\"},{\"text\":\"b\",\"device\":\"d\",\"means\":\"x\"}]", 0, 1, 7 },
        { "{}", -EINVAL, 0, 0 },
        { "[", -EINVAL, 0, 0 },
        { "", -EINVAL, 0, 0 },
        { "\xff", -EINVAL, 0, 0 },
    };
    struct world *w = *state;
    char path[PATHS_BYTES];

    assert_int_equal(paths_join(path, sizeof(path), w->paths.lent, "some.json", NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct learnt l;
        struct err e = ERR_INIT;

        assert_int_equal(file_write(path, cases[i].text, strlen(cases[i].text), 0600, NULL), 0);
        if (learnt_read(&l, path, &e) != cases[i].want)
            fail_msg("%s: %s", cases[i].text, err_text(&e));
        assert_int_equal(cJSON_GetArraySize(l.list), cases[i].entries);
        assert_int_equal(l.left_out, cases[i].left_out);
        learnt_done(&l);
    }
}

/* ---- over the bus ------------------------------------------------------------------------------- */

static const struct msg *teach(struct world *w, const char *json)
{
    struct msg *m = msg_new(MSG_LEARN, 0);

    assert_non_null(m);
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = 7 };
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(w->bus, m);
    settle(w);
    assert_int_equal(w->last[MSG_ANSWER].origin.client, 7);
    return &w->last[MSG_ANSWER];
}

static void what_may_be_taught(void **state)
{
    static const struct {
        const char *wish;
        int want;
        const char *words;
    } cases[] = {
        { "{\"add\":{\"text\":\"big shiny\",\"device\":\"kitchen_light\"}}", 0, "" },
        { "{\"add\":{\"text\":\"big shiny\",\"device\":\"bedside\"}}", -EEXIST, "already" },
        { "{\"add\":{\"text\":\"cooker lamp\",\"device\":\"bedside\"}}", -EEXIST, "name of a device" },
        { "{\"add\":{\"text\":\"Bedroom\",\"device\":\"bedside\"}}", -EEXIST, "name of a device or a room" },
        { "{\"add\":{\"text\":\"lamp off\",\"device\":\"bedside\"}}", -EINVAL, "'off' has an opposite" },
        { "{\"add\":{\"text\":\"unlock\",\"device\":\"bedside\"}}", -EINVAL, "opposite" },
        { "{\"add\":{\"text\":\"what time is it\",\"device\":\"bedside\"}}", -EEXIST, "a sentence already" },
        { "{\"add\":{\"text\":\"it\",\"device\":\"bedside\"}}", -EINVAL, "too short" },
        { "{\"add\":{\"text\":\"shiny thing\",\"device\":\"nowhere\"}}", -ENOENT, "no device nowhere" },
        /* a word of the language never becomes one device's */
        { "{\"add\":{\"text\":\"lights\",\"device\":\"bedside\"}}", -EEXIST, "means something already" },
        { "{\"add\":{\"text\":\"lamps\",\"device\":\"bedside\"}}", -EEXIST, "means something already" },
        { "{\"add\":{\"text\":\"the blinds\",\"device\":\"bedside\"}}", -EEXIST, "means something already" },
        { "{\"add\":{\"text\":\"the gate\",\"device\":\"bedside\"}}", -EEXIST, "means something already" },
        { "{\"add\":{\"text\":\"everything\",\"device\":\"bedside\"}}", -EINVAL, "has an opposite" },
        { "{\"add\":{\"text\":\"fan\",\"device\":\"bedside\"}}", 0, "" }, /* no sentence of the language has it */
        { "{\"add\":{\"text\":\"scene\",\"device\":\"movie\"}}", -EINVAL, "add a word that only this device has" },
        { "{\"add\":{\"text\":\"reading lights\",\"device\":\"bedside\"}}", 0, "" },
        /* nor half a command another one, nor a denial one at all */
        { "{\"add\":{\"text\":\"turn off\",\"means\":\"turn on the kitchen light\"}}", -EINVAL, "has an opposite" },
        { "{\"add\":{\"text\":\"don't move\",\"means\":\"turn on the kitchen light\"}}", -EINVAL, "denies" },
        { "{\"add\":{\"text\":\"please never\",\"means\":\"turn on the kitchen light\"}}", -EINVAL, "denies" },
        { "{\"add\":{\"text\":\"in ten minutes\",\"means\":\"turn on the kitchen light\"}}", -EINVAL, "denies" },
        { "{\"add\":{\"text\":\"gimme light\",\"means\":\"turn on the kitchen light\"}}", 0, "" },
        { "{\"add\":{\"text\":\"turn off the kitchen light\",\"means\":\"turn on the kitchen light\"}}", -EEXIST,
          "understood already" },
        { "{\"add\":{\"text\":\"don't turn on the kitchen light\",\"means\":\"what time is it\"}}", -EEXIST,
          "understood already" },
        { "{\"add\":{\"text\":\"shazam\",\"means\":\"sing a sonnet\"}}", -EINVAL, "is not understood" },
        { "{\"add\":{\"text\":\"ok\",\"means\":\"what time is it\"}}", -EINVAL, "too short" },
        { "{\"add\":{}}", -EINVAL, "or the sentence" },
        { "{\"forget\":\"never taught\"}", -ENOENT, "was not taught" },
        { "{}", 0, "" },
    };
    struct world *w = *state;

    move_in(w, house_english);
    for (size_t i = 0; i < N_OF(cases); i++) {
        const struct msg *m = teach(w, cases[i].wish);

        if (m->code != cases[i].want || !strstr(m->text ? m->text : "", cases[i].words))
            fail_msg("%s: %d %s", cases[i].wish, m->code, m->text);
    }
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(w->last[MSG_ANSWER].json, "learnt")), 4);
}

/* What stands for several things, for what was spoken of, or for a number: in every language that is understood,
 * whatever the box's own is. */
static void no_name_by_itself(void **state)
{
    static const char *const words[] = {
        "them", "all of them", "that one", "the other one", "it and them", "two", "twenty one", "100", "the two",
        "all", "every", "both", "everywhere", "all lights", "lighting", "all the blinds", "curtains", "devices", "none",
        "tout", "toutes", "rien", "les deux", "lumières", "volets", "celle-là", "vingt et un", "partout", "quatre",
        "alles", "beide", "Lichter", "alle Rollläden", "die andere Lampe", "einundzwanzig", "überall",
        "todo", "las luces", "persianas", "veintiuno", "todas las luces",
        "alles", "allemaal", "de lichten", "gordijnen", "eenentwintig",
        "tutto", "le luci", "tapparelle", "ventuno", "tutte le luci",
    };
    static const char *const languages[] = { "de", "es", "nl", "it" };
    struct world *w = *state;

    for (size_t i = 0; i < N_OF(languages); i++)
        install(w, languages[i]);
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    move_in(w, house_english);
    for (size_t i = 0; i < N_OF(words); i++) {
        AUTO_STR wish = STR_INIT;
        const struct msg *m;

        str_addf(&wish, "{\"add\":{\"text\":\"%s\",\"device\":\"bedside\"}}", words[i]);
        m = teach(w, str_text(&wish));
        if (m->code == 0)
            fail_msg("'%s' became a name", words[i]);
        assert_true(m->text && m->text[0]);
    }
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(w->last[MSG_ANSWER].json, "learnt")), 0);
}

static void understood_as(struct world *w, const char *text, const char *want)
{
    AUTO_STR got = STR_INIT;

    answer(&got, w, text);
    assert_string_equal(str_text(&got), want);
}

#define SHINY "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"text\":\"big shiny\",\"value\":\"kitchen_light\"}}}"
/* What it stands for is understood, and stands in the answer. */
static void understood_for(struct world *w, const char *text, const char *means)
{
    tell(w, MSG_UNDERSTAND, text, NULL);
    drain(w);
    assert_int_equal(w->last[MSG_INTENT].code, means ? 0 : -ENOENT);
    assert_string_equal(w->last[MSG_INTENT].text, text);
    if (means)
        assert_string_equal(json_str(w->last[MSG_INTENT].json, "text", ""), means);
}

static void taught_used_and_forgotten(void **state)
{
    struct world *w = *state;

    move_in(w, house_english);
    understood_as(w, "turn on the big shiny", "");
    assert_string_equal(
        json_str(cJSON_GetObjectItem(w->last[MSG_INTENT].json, "lacks"), "text", ""), "big shiny");
    assert_int_equal(teach(w, "{\"add\":{\"text\":\"big shiny\",\"device\":\"kitchen_light\"}}")->code, 0);
    understood_as(w, "turn on the big shiny", SHINY);
    assert_int_equal(
        teach(w, "{\"add\":{\"text\":\"gimme light\",\"means\":\"turn on the kitchen light\"}}")->code, 0);
    understood_for(w, "Gimme light", "turn on the kitchen light");
    /* another start reads it */
    w->intent = intent_free(w->intent);
    move_in(w, house_english);
    understood_as(w, "turn on the big shiny", SHINY);
    understood_for(w, "gimme light", "turn on the kitchen light");
    assert_int_equal(teach(w, "{\"forget\":\"BIG shiny\"}")->code, 0);
    assert_int_equal(teach(w, "{\"forget\":\"gimme light\"}")->code, 0);
    understood_as(w, "turn on the big shiny", "");
    understood_for(w, "gimme light", NULL);
    assert_string_equal(str_text(&w->faults), "");
}

/* What a sentence of another language lacks can be taught as well, and counts in all of them. */
static void taught_in_every_language(void **state)
{
    struct world *w = *state;
    const cJSON *lacks;

    move_in(w, house_english);
    understood_as(w, "allume la lampe zibeline", "");
    lacks = cJSON_GetObjectItem(w->last[MSG_INTENT].json, "lacks");
    assert_non_null(strstr(json_str(lacks, "text", ""), "zibeline"));
    assert_string_equal(json_str(lacks, "kind", ""), "light");
    assert_int_equal(teach(w, "{\"add\":{\"text\":\"lampe zibeline\",\"device\":\"kitchen_light\"}}")->code, 0);
    understood_as(w, "allume la lampe zibeline",
                  "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"text\":\"lampe zibeline\","
                  "\"value\":\"kitchen_light\"}}}");
    understood_as(w, "turn on the lampe zibeline",
                  "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"text\":\"lampe zibeline\","
                  "\"value\":\"kitchen_light\"}}}");
}

/* A disk that takes nothing: told, and the list is kept when it does, without another word. */
static void kept_when_there_is_room(void **state)
{
    struct world *w = *state;
    AUTO_FREE char *text = NULL;
    const struct msg *got;
    char file[256];
    size_t len;

    move_in(w, house_english);
    path(file, sizeof(file), w, "state");
    assert_int_equal(remove(file), 0);
    got = teach(w, "{\"add\":{\"text\":\"zorblax\",\"device\":\"bedside\"}}");
    assert_int_equal(got->code, -ENOENT);
    assert_non_null(strstr(got->text, "could not be kept so far"));
    assert_non_null(strstr(str_text(&w->faults), "taught names -2 "));
    assert_int_equal(file_mkdirs(file, 0700, NULL), 0);
    w->count[MSG_ANSWER] = 0;
    clock_advance_usec(&w->clock, 10 * 1000000);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "taught names 0 they are kept"));
    assert_int_equal(w->count[MSG_ANSWER], 0); /* who asked has been answered */
    path(file, sizeof(file), w, "state/learnt.json");
    assert_int_equal(file_read(&text, &len, file, 4096, NULL), 0);
    assert_non_null(strstr(text, "zorblax"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_list_takes),
        cmocka_unit_test(the_list_is_bounded),
        CASE(files),
        CASE(what_may_be_taught),
        CASE(no_name_by_itself),
        CASE(taught_used_and_forgotten),
        CASE(taught_in_every_language),
        CASE(kept_when_there_is_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
