/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/bank_bench.c - the voice bank's disk and its first sound: bank_bench FOLDER ROUNDS FILE.wav...
 * Keeps each file as a piece, then says answers of one and of three of them, ROUNDS each, on the real clock and its own
 * thread. Prints what the pieces take and the ms from bank_store_say() to the first sample (median, p99). */
#include "audio/wav.h"
#include "speech/bank_file.h"
#include "speech/bank_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_MAX = 10000 };

struct bench {
    struct loop *loop;
    struct bank_store *store;
    bool is_open, is_kept, is_said;
    int code;
    double began_ms, first_ms; /* first: 0 until a sample came */
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_open(void *user)
{
    ((struct bench *)user)->is_open = true;
}

static void on_kept(uint64_t key, int code, const char *words, void *user)
{
    struct bench *b = user;

    (void)key;
    if (code < 0)
        fprintf(stderr, "bank_bench: %s\n", words);
    b->is_kept = true;
    b->code = code;
}

static void on_sound(const int16_t *frames, size_t n, void *user)
{
    struct bench *b = user;

    (void)frames;
    (void)n;
    if (b->first_ms == 0)
        b->first_ms = now_ms() - b->began_ms;
}

static void on_said(int code, const char *words, void *user)
{
    struct bench *b = user;

    if (code < 0)
        fprintf(stderr, "bank_bench: %s\n", words);
    b->is_said = true;
    b->code = code;
}

static bool wait_until(struct bench *b, const bool *what)
{
    double until = now_ms() + 10000;

    while (!*what && now_ms() < until)
        loop_step(b->loop, 100);
    return *what;
}

static bool keep(struct bench *b, int piece, const char *path, double *seconds)
{
    AUTO_FREE int16_t *frames = NULL;
    char text[32];
    struct bank_keep k = { .text = text, .rate_hz = BANK_RATE_HZ, .bytes_max = UINT64_C(1) << 40 };
    struct err e = ERR_INIT;

    snprintf(text, sizeof(text), "piece%d", piece);
    if (wav_load(&frames, &k.n, path, BANK_RATE_HZ, &e) < 0) {
        fprintf(stderr, "bank_bench: %s\n", err_text(&e));
        return false;
    }
    k.frames = frames;
    *seconds += (double)k.n / BANK_RATE_HZ;
    b->is_kept = false;
    return bank_store_keep(b->store, &k, NULL) == 0 && wait_until(b, &b->is_kept) && b->code == 0;
}

static bool has_all(uint64_t key, void *user)
{
    return bank_store_has(user, key);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* An answer of `n` pieces each time, of others every time. */
static bool say(struct bench *b, int rounds, int pieces, int n)
{
    static double times[ROUNDS_MAX];

    for (int round = 0; round < rounds; round++) {
        AUTO_STR text = STR_INIT;
        struct bank_split split;

        for (int i = 0; i < n; i++)
            str_addf(&text, "%spiece%d", i ? " " : "", (round * n + i) % pieces);
        b->first_ms = 0;
        b->is_said = false;
        b->began_ms = now_ms();
        bank_split(&split, str_text(&text), has_all, b->store);
        if (bank_store_say(b->store, str_text(&text), &split, NULL) < 0 ||
            !wait_until(b, &b->is_said) || b->code < 0 || b->first_ms == 0)
            return false;
        times[round] = b->first_ms;
    }
    qsort(times, (size_t)rounds, sizeof(times[0]), compare);
    printf("first_of_%d_ms\t%.3f\nfirst_of_%d_p99_ms\t%.3f\n", n, times[rounds / 2], n, times[rounds * 99 / 100]);
    return true;
}

static bool measure(struct bench *b, int rounds, int files, char **paths)
{
    double seconds = 0;

    bank_store_open(b->store, "0123456789abcdef");
    if (!wait_until(b, &b->is_open))
        return false;
    for (int i = 0; i < files; i++)
        if (!keep(b, i, paths[i], &seconds))
            return false;
    printf("pieces\t%d\nbytes\t%.0f\nseconds\t%.2f\n", files, (double)bank_store_index(b->store)->bytes, seconds);
    return say(b, rounds, files, 1) && say(b, rounds, files, 3);
}

int main(int argc, char **argv)
{
    struct bench b = { .loop = NULL };
    const struct bank_store_events events = { on_open, on_kept, on_sound, on_said, &b };
    int rounds = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    struct clock clock;
    bool ok;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fputs("bank_bench FOLDER ROUNDS FILE.wav...\n", stderr);
        return 2;
    }
    clock_init_real(&clock);
    ok = loop_new(&b.loop, &clock, NULL) == 0 &&
         bank_store_new(&b.store, argv[1], b.loop, NULL, &events, NULL) == 0 &&
         measure(&b, rounds, argc - 3, argv + 3);
    bank_store_free(b.store);
    loop_free(b.loop);
    return ok ? 0 : 1;
}
