/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/match_bench.c - the matcher on the shipped English set: match_bench DEVICES ROUNDS.
 * A round is every sentence once. Prints microseconds of a sentence (median, mean, p99) and how many
 * were understood; under callgrind the difference of two runs gives the instructions of a round.
 * ROUNDS 0: the house and the sentences as JSON, for a peer to answer the same. */
#include "unit/intent/house.h"

#include "bench/times.h"

#include <stdlib.h>

static const char *const sentences[] = {
    "turn on the kitchen light", "please turn off the bedside lamp in the bedroom",
    "set the kitchen light to fifty percent", "open the bedroom blind",
    "what time is it", "how warm is it in the bedroom", "is the garage door open",
    "turn on all the lights", "set the heating to twenty one degrees", "stop",
    "turn on the toaster", "tell me a joke about a dog and a cat",
};
enum { HOUSE_N = 13, /* devices of house_english */ SENTENCES_N = sizeof(sentences) / sizeof(sentences[0]), TIMES_MAX = 100000 };

/* The house of the tests and `n` lamps more, each with a name of its own. */
static void devices_write(struct str *out, int n)
{
    str_add_bytes(out, house_english, sizeof(house_english) - 2);
    for (int i = 0; i < n; i++)
        str_addf(out, ",{\"id\":\"l%d\",\"name\":\"Lamp %c%c %d\",\"area\":\"Room %d\",\"kind\":\"light\"}", i,
                 'a' + i % 26, 'a' + i / 26 % 26, i, i / 20);
    str_add(out, "]");
}

/* What a peer is to be asked. */
static int dump(const char *devices)
{
    printf("{\"devices\":%s,\"sentences\":[", devices);
    for (size_t i = 0; i < SENTENCES_N; i++)
        printf("%s\"%s\"", i ? "," : "", sentences[i]);
    printf("]}\n");
    return 0;
}

static double times[TIMES_MAX];

static void measure(const struct house *h, int rounds)
{
    int n = 0, understood = 0;
    double sum = 0;

    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < SENTENCES_N && n < TIMES_MAX; i++) {
            AUTO_STR out = STR_INIT;
            double began = times_usec(CLOCK_MONOTONIC);

            house_understand(&out, h, sentences[i]);
            times[n] = times_usec(CLOCK_MONOTONIC) - began;
            sum += times[n++];
            understood += round == 0 && strcmp(str_text(&out), "-") != 0;
        }
    qsort(times, (size_t)n, sizeof(times[0]), times_compare);
    printf("sentences\t%d\nunderstood\t%d\nmedian_us\t%.2f\nmean_us\t%.2f\np99_us\t%.2f\n", SENTENCES_N, understood,
           times[n / 2], sum / n, times[n * 99 / 100]);
}

int main(int argc, char **argv)
{
    int devices = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0, rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : -1;
    AUTO_STR json = STR_INIT;
    struct house h = { 0 };
    struct err e = ERR_INIT;

    devices_write(&json, devices > HOUSE_N ? devices - HOUSE_N : 0);
    if (rounds == 0)
        return dump(str_text(&json));
    if (rounds < 0 || house_load(&h, "en", str_text(&json), &e) < 0) {
        fprintf(stderr, "match_bench DEVICES ROUNDS: %s\n", err_text(&e));
        return 1;
    }
    h.area = (struct pair){ .key = "area", .value = "Kitchen" };
    measure(&h, rounds);
    house_done(&h);
    return 0;
}
