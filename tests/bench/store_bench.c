/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/store_bench.c - the store: store_bench DIR ROWS SINGLES.
 * ROWS sessions as fast as the queue takes them, then SINGLES one by one, each waited for, then
 * reads. Prints rows a second, microseconds of a durable row and of reads. */
#include "store/store.h"

#include "lib/waiter.h"
#include "bench/times.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES_MAX = 20000 };
static double times[TIMES_MAX];
static char detail[400];

static void tell(const char *name, int n)
{
    qsort(times, (size_t)n, sizeof(times[0]), times_compare);
    printf("%s_us\t%.1f\n%s_p99_us\t%.1f\n", name, times[n / 2], name, times[n * 99 / 100]);
}

static int put(struct store *s, uint64_t id, store_done_fn done, void *user)
{
    const struct store_session row = {
        .id = id, .wall_usec = (int64_t)id * 1000, .source = "voice", .heard = "turn on the light",
        .intent = "HassTurnOn", .reply = "OK", .outcome = "done", .detail = detail,
    };
    int r;

    while ((r = store_session_put(s, &row, done, user, NULL)) == -EOVERFLOW)
        sched_yield();
    return r;
}

static int groups(struct store *s, int rows)
{
    struct waiter w = WAITER_INIT;
    double began = times_usec(CLOCK_MONOTONIC);

    for (int i = 1; i <= rows; i++)
        if (put(s, (uint64_t)i, i == rows ? waiter_done : NULL, &w) < 0)
            return 1;
    if (waiter_wait(&w) < 0)
        return 1;
    printf("rows_per_s\t%.0f\n", rows / (times_usec(CLOCK_MONOTONIC) - began) * 1e6);
    return 0;
}

static int singles(struct store *s, int first, int n)
{
    struct waiter w = WAITER_INIT;

    for (int i = 0; i < n; i++) {
        double began = times_usec(CLOCK_MONOTONIC);

        if (put(s, (uint64_t)(first + i), waiter_done, &w) < 0 || waiter_wait(&w) < 0)
            return 1;
        times[i] = times_usec(CLOCK_MONOTONIC) - began;
    }
    tell("durable", n);
    return 0;
}

static int reads(struct store *s, int rows, int n)
{
    AUTO(store_reader_freep) struct store_reader *r = NULL;

    if (store_reader_new(&r, s, NULL) < 0)
        return 1;
    for (int i = 0; i < n; i++) {
        AUTO_JSON *one = NULL;
        double began = times_usec(CLOCK_MONOTONIC);

        if (store_session_get(&one, r, (uint64_t)(1 + i * 7919LL % rows), NULL) < 0)
            return 1;
        times[i] = times_usec(CLOCK_MONOTONIC) - began;
    }
    tell("get", n);
    for (int i = 0; i < n; i++) {
        AUTO_JSON *list = NULL;
        double began = times_usec(CLOCK_MONOTONIC);

        if (store_sessions(&list, r, 0, 20, NULL) < 0)
            return 1;
        times[i] = times_usec(CLOCK_MONOTONIC) - began;
    }
    tell("newest20", n);
    return 0;
}

int main(int argc, char **argv)
{
    int rows = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 0, n = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0, r;
    struct clock clock;
    struct store_opts o = { .dir = argc > 1 ? argv[1] : NULL, .clock = &clock };
    AUTO(store_closep) struct store *s = NULL;
    struct err e = ERR_INIT;

    memset(detail, ' ', sizeof(detail) - 1);
    memcpy(detail, "{\"timeline\":[]", 14);
    detail[sizeof(detail) - 2] = '}';
    clock_init_real(&clock);
    if (rows < 1 || n < 100 || n > TIMES_MAX || store_open(&s, &o, &e) < 0) {
        fprintf(stderr, "store_bench DIR ROWS SINGLES (100..%d): %s\n", TIMES_MAX, err_text(&e));
        return 2;
    }
    r = groups(s, rows);
    if (r == 0)
        r = singles(s, rows + 1, n);
    return r == 0 ? reads(s, rows, n) : r;
}
