/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/tongue_bench.c - what stands around the matcher, on the shipped English set:
 * tongue_bench WHAT DEVICES ROUNDS.
 *   goal     sentences as people type them, those with "and" in them beside single ones (several.h)
 *   forgive  sentences with a mistake in a word or half a name, which nothing fits as they stand (near.h)
 *   missed   a name that nobody bears: what it lacks, and whether that could be taught (teach.h, six languages)
 *   swap     a name more: every installed language is made anew, the first with its speech grammar (build.h)
 * A round is every sentence once, or all six languages. Prints microseconds of this thread (median, mean, p99)
 * and how many were understood; with EACH in the environment each of them. Under callgrind the difference of
 * two runs is the work. */
#include "unit/intent/house.h"

#include "bench/times.h"
#include "intent/build.h"
#include "intent/near.h"
#include "intent/several.h"
#include "intent/teach.h"
#include "lib/dir.h"

#include <stdlib.h>

enum { TIMES_MAX = 100000 };

static const char *const goals[] = {
    "turn on the kitchen light and the bedside lamp",
    "turn off the kitchen light, the bedside lamp and the coffee machine",
    "open the bedroom blind and turn off all the lights",
    "set the kitchen light to fifty percent and close the bedroom blind",
    "turn the kitchen light and the tv 2 off",
    "turn on the toaster and the kitchen light",
    "tell me a joke about a dog and a cat",
    "we went to the park and then to the shop and bought bread and milk",
    "lock the front door and then turn on the coffee machine",
    "i like the kitchen and the bedroom and the office and the hall",
    "turn on the kitchen light", "what time is it",
};
static const char *const mistakes[] = {
    "trun on the kichen light", "turn off the bedsied lamp", "open the bedroom blid",
    "set the kitchn light to 50 percent", "turn on the bedside", "close the garge door",
    "whats the tempreature in the bedroom", "tell me a joke abuot a dog",
};

static const char *const unknown[] = { "turn on the zorblax", "turn off the zorblax lamp", "open the blurf" };
static const char *const languages[] = { "en", "fr", "de", "es", "nl", "it" };
enum { LANGUAGES_N = sizeof(languages) / sizeof(languages[0]) };

static double times[TIMES_MAX];
static int times_n, understood;

static void told(double began, bool is_understood)
{
    if (times_n < TIMES_MAX)
        times[times_n++] = times_usec(CLOCK_THREAD_CPUTIME_ID) - began;
    understood += is_understood;
}

/* The house of the tests and lamps more, each with a name of its own. */
static cJSON *devices_of(int n)
{
    AUTO_STR out = STR_INIT;

    str_add_bytes(&out, house_english, sizeof(house_english) - 2);
    for (int i = 0; i < n - 13; i++)
        str_addf(&out, ",{\"id\":\"l%d\",\"name\":\"Lamp %c%c %d\",\"area\":\"Room %d\",\"kind\":\"light\"}", i,
                 'a' + i % 26, 'a' + i / 26 % 26, i, i / 20);
    str_add(&out, "]");
    return cJSON_Parse(str_text(&out));
}

static struct tongue *tongue_of(const struct paths *paths, const char *language, const cJSON *devices)
{
    struct tongue *t = NULL;
    struct err e = ERR_INIT;

    if (tongue_new(&t, paths, language, &e) < 0 || tongue_set_devices(t, devices, &e) < 0) {
        fprintf(stderr, "tongue_bench: %s\n", err_text(&e));
        exit(1);
    }
    return t;
}

static void goal_round(const struct tongue *t)
{
    for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
        AUTO_JSON *found = NULL;
        const double began = times_usec(CLOCK_THREAD_CPUTIME_ID);
        const int r = several_find(&found, t, goals[i], "Kitchen", NULL, NULL);

        told(began, r == 0 || r == -ENOTUNIQ);
        if (getenv("EACH"))
            printf("%8.1f us %d  %s\n", times[times_n - 1], r, goals[i]);
    }
}

static void forgive_round(const struct tongue *t)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        AUTO_JSON *found = NULL;
        const double began = times_usec(CLOCK_THREAD_CPUTIME_ID);
        const struct opposites opposites = { &t, 1 };
        const struct near_query q = { t, &opposites, "Kitchen", NULL };
        const int r = near_find(&found, &q, mistakes[i]);

        told(began, r == 0 || r == -ENOTUNIQ);
        if (getenv("EACH"))
            printf("%8.1f us %d  %s\n", times[times_n - 1], r, mistakes[i]);
    }
}

static void missed_round(const struct tongue *const t[LANGUAGES_N])
{
    const struct teaching all = { t, LANGUAGES_N, "Kitchen" };

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        const double began = times_usec(CLOCK_THREAD_CPUTIME_ID);
        AUTO_JSON *lacks = near_lacks(t[0], unknown[i], "Kitchen");
        const double middle = times_usec(CLOCK_THREAD_CPUTIME_ID);
        const int r = lacks ? teach_name(&all, json_str(lacks, "text", ""), NULL) : -ENOENT;

        told(began, r == 0);
        if (getenv("EACH"))
            printf("%8.1f us, of them %.1f the words; %d  %s\n", times[times_n - 1], middle - began, r, unknown[i]);
    }
}

static void swap_round(const struct paths *paths, const cJSON *devices)
{
    const double began = times_usec(CLOCK_THREAD_CPUTIME_ID);
    bool ok = true;

    for (size_t i = 0; i < LANGUAGES_N; i++) {
        AUTO(build_freep) struct build *b = NULL;
        const double here = times_usec(CLOCK_THREAD_CPUTIME_ID);

        ok = build_new(&b, paths, languages[i], "Kitchen", devices, i == 0, NULL) == 0 && ok;
        if (b) {
            b->is_heard = i == 0;
            build_run(b);
        }
        ok = b && b->code == 0 && (i > 0 || b->grammar_code == 0) && ok;
        if (getenv("EACH"))
            printf("%8.1f us %s\n", times_usec(CLOCK_THREAD_CPUTIME_ID) - here, languages[i]);
    }
    told(began, ok);
}

static void report(void)
{
    double sum = 0;

    qsort(times, (size_t)times_n, sizeof(times[0]), times_compare);
    for (int i = 0; i < times_n; i++)
        sum += times[i];
    if (times_n > 0)
        printf("times\t%d\nunderstood\t%d\nmedian_us\t%.2f\nmean_us\t%.2f\np99_us\t%.2f\nmost_us\t%.2f\n", times_n, understood,
               times[times_n / 2], sum / times_n, times[times_n * 99 / 100], times[times_n - 1]);
}

int main(int argc, char **argv)
{
    const char *what = argc == 4 ? argv[1] : "";
    AUTO_JSON *devices = devices_of(argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0);
    struct paths paths = { .share = "rootfs-overlay/usr/share/jarvis", .etc = "/nowhere", 
                           .lent = "/tmp/tongue-XXXXXX" };
    struct tongue *t[LANGUAGES_N];

    if (argc != 4 || !devices || !mkdtemp(paths.lent)) {
        fputs("use: tongue_bench goal|forgive|missed|swap DEVICES ROUNDS\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < LANGUAGES_N; i++)
        t[i] = tongue_of(&paths, languages[i], devices);
    for (long rounds = strtol(argv[3], NULL, 10); rounds > 0; rounds--) {
        if (strcmp(what, "goal") == 0)
            goal_round(t[0]);
        else if (strcmp(what, "forgive") == 0)
            forgive_round(t[0]);
        else if (strcmp(what, "missed") == 0)
            missed_round((const struct tongue *const *)t);
        else
            swap_round(&paths, devices);
    }
    report();
    for (size_t i = 0; i < LANGUAGES_N; i++)
        tongue_free(t[i]);
    dir_remove(paths.lent);
    return 0;
}
