/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/lab/everyday_test.c - what people say, through the real intent and the real plan, counted
 * as right, wrong, asked and refused.
 *
 *   everyday/house_<language>.yaml   the house; the box stands in its kitchen
 *   everyday/<language>.txt          sentences with what is to be done
 *   everyday/second_, third_<language>.txt   more of them, counted before anything was mended for them
 *   everyday/near_<language>.txt     sentences for which nothing may be done
 *
 * A file: "$set id id" names devices; "= what" says what is to be done for the sentences below it:
 *   on id id; brightness=30 id     commands of core/house.h with ids or sets; "ask": only asked about
 *   ? id id                        asked back, which of these
 *   ! later                        refused, with the response of JarvisRefuse
 *   @ JarvisHelp                   answered without the house
 *   x                              understood, and not possible: the plan refuses it
 *   none                           not understood
 * "> sentence" goes on with what the line above was about. "#" is a comment. */
#include "base/file.h"
#include "base/must.h"
#include "core/intents.h"
#include "home/plan.h"
#include "intent/near.h"
#include "intent/several.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/unit/lab/everyday/"
enum { LINE_MAX_BYTES = 512, ACTS_MAX = 200, SETS_MAX = 32, EVERYDAY_LEAST = 380, LATER_LEAST = 55,
       MISTYPED_EACH = 4, SMALL_LEAST = 8 };

struct home {
    struct devices *devices;
    struct device_state states[64];
    struct tongue *tongue;
    const char *room;
    cJSON *last; /* what was spoken of */
    char sets[SETS_MAX][LINE_MAX_BYTES];
    size_t sets_n;
};

struct count {
    unsigned all, right, wrong, asked, refused;
};

/* Languages of which the common sentences are there share a small house. */
static bool is_small(const char *language)
{
    return strcmp(language, "en") != 0 && strcmp(language, "fr") != 0;
}

/* ---- the house ------------------------------------------------------------------------------ */

static cJSON *devices_json(const struct devices *all)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < all->n; i++) {
        const struct device *d = &all->list[i];
        cJSON *j = cJSON_CreateObject(), *aliases;

        cJSON_AddStringToObject(j, "id", d->id);
        cJSON_AddStringToObject(j, "name", d->name);
        cJSON_AddStringToObject(j, "area", d->area);
        cJSON_AddStringToObject(j, "kind", device_kind_name(d->kind));
        if (d->class != CLASS_NONE)
            cJSON_AddStringToObject(j, "class", device_class_name(d->class));
        aliases = cJSON_AddArrayToObject(j, "aliases");
        for (size_t k = 0; k < d->aliases_n; k++)
            json_push(aliases, cJSON_CreateString(d->aliases[k]));
        json_push(list, j);
    }
    return list;
}

/* Everything is on, half open, half bright and at 20 degrees, so that every step is possible. */
static void states_set(struct home *h)
{
    for (size_t i = 0; i < h->devices->n; i++)
        h->states[i] = (struct device_state){
            .known = (1u << PROP_N) - 1, .on = true, .online = true, .brightness_percent = 50,
            .kelvin = 3000, .position_percent = 50, .target = 20, .measured = 19,
        };
}

static void home_open(struct home *h, const char *language, const char *tongue)
{
    struct paths paths = { .etc = "/nowhere", .share = "rootfs-overlay/usr/share/jarvis" };
    struct err e = ERR_INIT;
    char path[256];
    AUTO_JSON *list = NULL;

    memset(h, 0, sizeof(*h));
    snprintf(path, sizeof(path), FOLDER "house_%s.yaml", is_small(language) ? "four" : language);
    if (devices_load(&h->devices, path, NULL, &e) < 0 ||
        tongue_new(&h->tongue, &paths, tongue, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_true(h->devices->n > (is_small(language) ? 7 : 40) && h->devices->n <= 64);
    assert_string_equal(str_text(&h->tongue->complaints), "");
    list = devices_json(h->devices);
    assert_int_equal(tongue_set_devices(h->tongue, list, &e), 0);
    h->room = is_small(language) ? "Studio" : strcmp(language, "fr") == 0 ? "Cuisine" : "Kitchen";
    states_set(h);
}

static void home_close(struct home *h)
{
    devices_free(h->devices);
    tongue_free(h->tongue);
    cJSON_Delete(h->last);
}

/* ---- what is done --------------------------------------------------------------------------- */

struct acts { /* "on kitchen_light", sorted */
    char *at[ACTS_MAX];
    size_t n;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void acts_add(struct acts *a, const char *what, const char *id)
{
    AUTO_STR text = STR_INIT;

    assert_true(a->n < ACTS_MAX);
    str_addf(&text, "%s %s", what, id);
    a->at[a->n++] = str_take(&text);
}

static void acts_text(struct str *out, struct acts *a)
{
    qsort(a->at, a->n, sizeof(a->at[0]), compare);
    for (size_t i = 0; i < a->n; i++) {
        str_addf(out, "%s%s", i ? "; " : "", a->at[i]);
        free(a->at[i]);
    }
    a->n = 0;
}

static void command_write(char *out, size_t size, const struct act_step *s)
{
    if (s->command == ACT_NONE)
        snprintf(out, size, "ask");
    else if (s->command == ACT_COLOR)
        snprintf(out, size, "color=#%06x", s->rgb);
    else if (s->command >= ACT_BRIGHTNESS)
        snprintf(out, size, "%s=%g", act_command_name(s->command), s->number);
    else
        snprintf(out, size, "%s", act_command_name(s->command));
}

/* One command to the house; false: it is not possible. */
static bool do_one(struct acts *acts, const struct home *h, cJSON *command)
{
    AUTO(plan_done) struct plan p = { .steps = NULL };
    cJSON *reached = cJSON_CreateArray();

    if (plan_make(&p, h->devices, h->states, command, false, NULL) < 0) {
        cJSON_Delete(reached);
        return false;
    }
    for (size_t i = 0; i < p.steps_n; i++) {
        char what[64];

        command_write(what, sizeof(what), &p.steps[i]);
        acts_add(acts, what, p.steps[i].device->id);
        json_push(reached, cJSON_CreateString(p.steps[i].device->id));
    }
    cJSON_DeleteItemFromObject(command, "reached");
    return json_put(command, "reached", reached);
}

static void say_asked(struct str *out, const cJSON *found)
{
    struct acts a = { .n = 0 };
    const cJSON *id;

    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(found, "candidates"))
        acts_add(&a, "?", id->valuestring);
    acts_text(out, &a);
}

/* What is done for one command or the only one; false: nothing, and *out says why. */
static bool act_on(struct str *out, struct acts *acts, const struct home *h, cJSON *command)
{
    const struct intent_def *def = intents_find(json_str(command, "intent", ""));

    if (!def)
        str_add(out, "?? no intent");
    else if (def->shape == SHAPE_REFUSED)
        str_addf(out, "! %s", json_str(command, "response", ""));
    else if (def->where == INTENT_HERE)
        str_addf(out, "@ %s", def->name);
    else if (!do_one(acts, h, command))
        str_add(out, "x");
    return out->len == 0;
}

/* As intent.c does in one language: mistakes are forgiven where nothing fitted. */
static int understand(cJSON **ret, const struct home *h, const char *text, const cJSON *last)
{
    const struct tongue *tongue = h->tongue;
    const struct opposites opposites = { &tongue, 1 };
    int r = several_find(ret, h->tongue, text, h->room, last, NULL), near;
    cJSON *found = NULL;

    if (r != -ENOENT || cJSON_HasObjectItem(*ret, "refused") || cJSON_HasObjectItem(*ret, "part"))
        return r;
    near = near_find(&found, &(struct near_query){ tongue, &opposites, h->room, last }, text);
    if (near != 0 && near != -ENOTUNIQ)
        return r;
    cJSON_Delete(*ret);
    *ret = found;
    return near;
}

static void say_unsure(struct str *out, const cJSON *found)
{
    const cJSON *choice;

    cJSON_ArrayForEach(choice, cJSON_GetObjectItemCaseSensitive(found, "choices"))
        str_addf(out, "%s'%s'", out->len ? " or " : "? ", json_str(choice, "text", "?"));
}

static void say(struct str *out, struct home *h, const char *text, bool follows)
{
    struct acts acts = { .n = 0 };
    cJSON *found = NULL, *command;
    const int r = understand(&found, h, text, follows ? h->last : NULL);
    cJSON *commands = cJSON_GetObjectItemCaseSensitive(found, "commands");

    if (r == -ENOTUNIQ)
        say_asked(out, found);
    else if (cJSON_HasObjectItem(found, "unsure"))
        say_unsure(out, found);
    else if (r == -ENOENT && cJSON_GetObjectItemCaseSensitive(found, "part"))
        str_addf(out, "none, for the part '%s'", json_str(found, "part", ""));
    else if (r < 0)
        str_add(out, "none");
    else if (commands)
        cJSON_ArrayForEach(command, commands)(void) act_on(out, &acts, h, command);
    else
        (void)act_on(out, &acts, h, found);
    if (acts.n > 0) {
        AUTO_STR done = STR_INIT;

        acts_text(&done, &acts);
        str_addf(out, "%s%s", out->len ? "; " : "", str_text(&done));
    }
    if (r == 0) {
        cJSON_Delete(h->last);
        h->last = found;
    } else {
        cJSON_Delete(found);
    }
}

/* ---- what is wanted ------------------------------------------------------------------------- */

static const char *set_find(const struct home *h, const char *name)
{
    for (size_t i = 0; i < h->sets_n; i++) {
        const size_t n = strcspn(h->sets[i], " ");

        if (strlen(name) == n && strncmp(h->sets[i], name, n) == 0)
            return h->sets[i] + n;
    }
    return NULL;
}

/* "on $hall desk" */
static void want_one(struct acts *acts, const struct home *h, char *part)
{
    char *rest, *what = strtok_r(part, " ", &rest), *id;

    while (what && (id = strtok_r(NULL, " ", &rest))) {
        char ids[LINE_MAX_BYTES], *more, *one;

        if (id[0] == '$' && !set_find(h, id))
            fail_msg("no set %s", id);
        snprintf(ids, sizeof(ids), "%s", id[0] == '$' ? set_find(h, id) : id);
        for (one = strtok_r(ids, " ", &more); one; one = strtok_r(NULL, " ", &more)) {
            if (!devices_by_id(h->devices, one))
                fail_msg("no device %s", one);
            acts_add(acts, what, one);
        }
    }
}

static void want_write(struct str *out, const struct home *h, const char *want)
{
    char copy[LINE_MAX_BYTES], *rest, *part;
    struct acts acts = { .n = 0 };

    snprintf(copy, sizeof(copy), "%s", want);
    if (strchr("!@xn", copy[0]) && (copy[1] == ' ' || copy[1] == '\0' || copy[1] == 'o')) {
        str_add(out, want);
        return;
    }
    for (part = strtok_r(copy, ";", &rest); part; part = strtok_r(NULL, ";", &rest))
        want_one(&acts, h, part + strspn(part, " "));
    acts_text(out, &acts);
}

/* ---- the files ------------------------------------------------------------------------------ */

static bool is_done(const char *got)
{
    return !strchr("?!@xn", got[0]) && strncmp(got, "ask ", 4) != 0;
}

static void compare_said(struct count *c, const char *text, const char *want, const char *got)
{
    c->all++;
    if (strcmp(want, got) == 0) {
        c->right++;
        return;
    }
    if (is_done(got))
        c->wrong++;
    else if (got[0] == '?')
        c->asked++;
    else
        c->refused++;
    print_message("%s %s\n    wanted %s\n    got    %s\n", is_done(got) ? "WRONG" : "missed", text,
                  want, got);
}

static void sentence(struct count *c, struct home *h, const char *line, const char *want)
{
    const bool follows = line[0] == '>';
    AUTO_STR got = STR_INIT, wanted = STR_INIT;

    line += follows ? 1 + strspn(line + 1, " ") : 0;
    say(&got, h, line, follows);
    if (!want) { /* nothing may be done */
        c->all++;
        c->wrong += is_done(str_text(&got));
        c->right += !is_done(str_text(&got));
        if (is_done(str_text(&got)))
            print_message("ACTS %s\n    got %s\n", line, str_text(&got));
        return;
    }
    want_write(&wanted, h, want);
    compare_said(c, line, str_text(&wanted), str_text(&got));
}

/* ---- with mistakes ---------------------------------------------------------------------------- */

static unsigned chance(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

/* One letter of a word of four or more is left out, doubled, wrong, or changes places; false: there is no
 * such word. Only plain letters are touched. */
static bool mistype(char *out, const char *text, unsigned *seed)
{
    size_t words[40], n = 0, at, len = strlen(text);

    for (size_t i = 0; i < len && n < 40; i += strspn(text + i, " ")) {
        const size_t word = strspn(text + i, "abcdefghijklmnopqrstuvwxyz");

        if (word >= 4 && (text[i + word] == ' ' || text[i + word] == '\0'))
            words[n++] = i;
        i += strcspn(text + i, " ");
    }
    if (n == 0)
        return false;
    at = words[chance(seed, (unsigned)n)];
    at += chance(seed, (unsigned)strcspn(text + at, " ") - 1);
    memcpy(out, text, len + 1);
    switch (chance(seed, 4)) {
    case 0:
        memmove(out + at, text + at + 1, len - at);
        break;
    case 1:
        memmove(out + at + 1, text + at, len - at + 1);
        break;
    case 2:
        out[at] = (char)('a' + chance(seed, 26));
        break;
    default:
        out[at] = text[at + 1];
        out[at + 1] = text[at];
    }
    return true;
}

static void mistyped(struct count *c, struct home *h, const char *line, const char *want, unsigned *seed)
{
    char wrong[2 * LINE_MAX_BYTES];
    AUTO_STR got = STR_INIT, wanted = STR_INIT;

    if (line[0] == '>' || !mistype(wrong, line, seed))
        return;
    say(&got, h, wrong, false);
    c->all++;
    if (want)
        want_write(&wanted, h, want);
    if (want && strcmp(str_text(&got), str_text(&wanted)) == 0)
        c->right++;
    else if (is_done(str_text(&got))) {
        c->wrong++;
        print_message("WRONG %s\n    wanted %s\n    got    %s\n", wrong, str_text(&wanted), str_text(&got));
    } else if (str_text(&got)[0] == '?')
        c->asked++;
    else
        c->refused++;
}

/* `mistakes`: how many mistyped forms of each sentence there are, in its place; 0: it is as it stands. */
static struct count run(const char *language, const char *tongue, const char *file, bool near,
                        unsigned mistakes)
{
    char path[256], want[LINE_MAX_BYTES] = "none";
    unsigned seed = mistakes;
    struct count c = { 0 };
    AUTO_FREE char *text = NULL;
    struct home h;
    size_t len;
    char *rest, *line;

    home_open(&h, language, tongue);
    snprintf(path, sizeof(path), FOLDER "%s.txt", file);
    assert_int_equal(file_read(&text, &len, path, 1 << 20, NULL), 0);
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '#')
            continue;
        if (line[0] == '$')
            snprintf(h.sets[h.sets_n++], LINE_MAX_BYTES, "%s", line);
        else if (line[0] == '=')
            snprintf(want, sizeof(want), "%s", line + 1 + strspn(line + 1, " "));
        else if (mistakes == 0)
            sentence(&c, &h, line, near ? NULL : want);
        for (unsigned i = 0; i < mistakes && !strchr("#$=", line[0]); i++)
            mistyped(&c, &h, line, near ? NULL : want, &seed);
    }
    home_close(&h);
    print_message("everyday %-8s in %s%s: %4u sentences: right %u (%.1f %%), wrong %u, asked %u, refused %u\n",
                  file, tongue, mistakes ? ", mistyped" : "", c.all, c.right, 100.0 * c.right / (c.all ? c.all : 1), c.wrong, c.asked,
                  c.refused);
    return c;
}

/* 97 of 100 right, and never a wrong action. */
static void everyday(const char *language)
{
    const struct count c = run(language, language, language, false, 0);

    assert_int_equal(c.wrong, 0);
    assert_true(c.all >= (is_small(language) ? 10 : EVERYDAY_LEAST));
    assert_true(c.right * 100 >= c.all * 97);
}

/* What is typed is tried in every language. */
static void nothing(const char *language)
{
    static const char *const tongues[] = { "en", "fr", "de", "es", "nl", "it" };
    AUTO_STR file = STR_INIT;

    str_addf(&file, "near_%s", language);
    for (size_t i = 0; i < sizeof(tongues) / sizeof(tongues[0]); i++) {
        const struct count c = run(language, tongues[i], str_text(&file), true, 0);

        assert_int_equal(c.wrong, 0);
        assert_true(c.all >= (is_small(language) ? SMALL_LEAST : EVERYDAY_LEAST));
    }
}

/* The lots that came later: what was right at the first run stands in docs/safety.md. */
static void later_lots(void **state)
{
    static const char *const files[] = { "second_en", "second_fr", "third_en", "third_fr", "fourth_en", "fourth_fr" };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *language = strcmp(files[i] + strlen(files[i]) - 2, "en") == 0 ? "en" : "fr";
        const struct count c = run(language, language, files[i], false, 0);

        assert_int_equal(c.wrong, 0);
        assert_true(c.all >= LATER_LEAST && c.right * 100 >= c.all * 90);
    }
}

/* One wrong letter: never a wrong action, and half of them are mended (the other half hit a number, a short
 * word, or make another word). */
static void mistyped_everyday(void **state)
{
    static const char *const files[] = { "en", "fr", "second_en", "second_fr", "third_en", "third_fr", "fourth_en", "fourth_fr" };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *language = strcmp(files[i] + strlen(files[i]) - 2, "en") == 0 ? "en" : "fr";
        const struct count c = run(language, language, files[i], false, MISTYPED_EACH);

        assert_int_equal(c.wrong, 0);
        assert_true(c.all > 200 && c.right * 2 > c.all);
    }
}

static void mistyped_near(void **state)
{
    static const char *const files[] = { "near_en", "near_fr" };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *language = strcmp(files[i] + strlen(files[i]) - 2, "en") == 0 ? "en" : "fr";
        const struct count c = run(language, language, files[i], true, MISTYPED_EACH);

        assert_int_equal(c.wrong, 0);
        assert_true(c.all > 1000);
    }
}

static void english(void **state)
{
    (void)state;
    everyday("en");
}

static void french(void **state)
{
    (void)state;
    everyday("fr");
}

static void four_more(void **state)
{
    static const char *const languages[] = { "de", "es", "nl", "it" };

    (void)state;
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        everyday(languages[i]);
}

static void four_more_near(void **state)
{
    static const char *const languages[] = { "de", "es", "nl", "it" };

    (void)state;
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        nothing(languages[i]);
}

static void english_near(void **state)
{
    (void)state;
    nothing("en");
}

static void french_near(void **state)
{
    (void)state;
    nothing("fr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english),
        cmocka_unit_test(french),
        cmocka_unit_test(four_more),
        cmocka_unit_test(later_lots),
        cmocka_unit_test(mistyped_everyday),
        cmocka_unit_test(mistyped_near),
        cmocka_unit_test(english_near),
        cmocka_unit_test(french_near),
        cmocka_unit_test(four_more_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
