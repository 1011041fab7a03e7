/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/bank.c - the voice bank without a voice: what a house's answers fall apart into, and which
 * answers could be said from it when all of that is kept. */
#include "assistant/phrases.h"
#include "base/file.h"
#include "base/paths.h"
#include "home/devices.h"
#include "lab.h"
#include "speech/bank_index.h"
#include "speech/bank_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_BYTES = 4096 };

struct bank_lab {
    const char *language, *devices, *answers; /* borrowed */
    bool lists;            /* print the pieces themselves */
    struct bank_index all; /* owned; keys of all pieces */
    size_t needed, extra, answers_n, said, one_piece;
};

static cJSON *registry_of(const struct devices *all)
{
    AUTO_JSON *list = cJSON_CreateArray();
    bool ok = list != NULL;

    for (size_t i = 0; i < all->n && ok; i++) {
        const struct device *d = &all->list[i];
        cJSON *j = cJSON_CreateObject();

        ok = json_put_text(j, "name", d->name) && json_put_text(j, "area", d->area) &&
             json_put_text(j, "kind", device_kind_name(d->kind)) &&
             json_put_text(j, "class", device_class_name(d->class));
        ok = json_push(list, j) && ok;
    }
    return ok ? STEAL(list) : NULL;
}

/* The words of the language and the names of the house, as the assistant tells them. */
static int phrases_make(cJSON **ret, const struct bank_lab *b, struct err *e)
{
    AUTO(reply_freep) struct reply *reply = NULL;
    struct devices *devices = NULL;
    AUTO_JSON *registry = NULL;
    struct paths paths;
    char path[PATHS_BYTES];
    int r = paths_init(&paths, "", e);

    snprintf(path, sizeof(path), "%.400s/responses/%.15s.yaml", paths.share, b->language);
    if (r >= 0)
        r = reply_load(&reply, path, e);
    if (r >= 0)
        r = devices_load(&devices, b->devices, NULL, e);
    if (r < 0)
        return r;
    registry = registry_of(devices);
    devices_free(devices);
    *ret = registry ? phrases_of(reply, b->language, registry, (int64_t)time(NULL) * 1000000) : NULL;
    return *ret ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int pieces_take(struct bank_lab *b, struct bank_parts *parts, struct err *e)
{
    AUTO_STR text = STR_INIT;
    bool needed;

    while (bank_parts_next(parts, &text, &needed)) {
        struct bank_entry entry = { .key = bank_key(str_text(&text), text.len), .needed = needed };

        if (entry.key == 0 || bank_index_find(&b->all, entry.key))
            continue;
        if (bank_index_add(&b->all, &entry) < 0)
            return err_set(e, -ENOMEM, "out of memory");
        if (needed)
            b->needed++;
        else
            b->extra++;
        if (b->lists)
            printf("%s\t%s\n", needed ? "needed" : "extra", str_text(&text));
    }
    return 0;
}

static bool is_there(uint64_t key, void *user)
{
    return bank_index_find(&((struct bank_lab *)user)->all, key) != NULL;
}

/* "3<tab>Set | the lamp | to 40 percent."; 0: another voice says it. */
static void answer_try(struct bank_lab *b, char *text)
{
    struct bank_split split;

    text[strcspn(text, "\r\n")] = '\0';
    if (text[0] == '\0')
        return;
    bank_split(&split, text, is_there, b);
    b->answers_n++;
    b->said += split.n > 0;
    b->one_piece += split.n == 1;
    printf("%zu\t", split.n);
    for (size_t i = 0; i < split.n; i++)
        printf("%s%.*s", i ? " | " : "", (int)split.part[i].len, text + split.part[i].from);
    printf("%s\n", split.n ? "" : text);
}

static int bank_run(struct bank_lab *b, struct err *e)
{
    AUTO(bank_parts_freep) struct bank_parts *parts = NULL;
    AUTO_JSON *phrases = NULL;
    char line[LINE_BYTES];
    FILE *f;
    int r = phrases_make(&phrases, b, e);

    if (r >= 0)
        r = bank_parts_new(&parts, phrases, e);
    if (r >= 0)
        r = pieces_take(b, parts, e);
    if (r < 0 || !b->answers)
        return r;
    f = fopen(b->answers, "re");
    if (!f)
        return err_set(e, -errno, "%s: %s", b->answers, err_words(errno));
    while (fgets(line, sizeof(line), f))
        answer_try(b, line);
    fclose(f);
    return 0;
}

static bool args_read(struct bank_lab *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--pieces") == 0)
            b->lists = true;
        else if (strcmp(argv[i], "--devices") == 0 && i + 1 < argc)
            b->devices = argv[++i];
        else if (strcmp(argv[i], "--language") == 0 && i + 1 < argc)
            b->language = argv[++i];
        else if (strcmp(argv[i], "--answers") == 0 && i + 1 < argc)
            b->answers = argv[++i];
        else
            return false;
    }
    return b->devices != NULL;
}

int lab_bank(int argc, char **argv)
{
    struct bank_lab b = { .language = "en" };
    struct err e = ERR_INIT;
    int r;

    if (!args_read(&b, argc, argv)) {
        fputs("jarvis-lab: use: bank --devices FILE [--language L] [--pieces] [--answers FILE]\n", stderr);
        return 2;
    }
    r = bank_run(&b, &e);
    bank_index_done(&b.all);
    if (r < 0) {
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
        return 1;
    }
    printf("{\"needed\": %zu, \"extra\": %zu, \"answers\": %zu, \"said\": %zu, \"one_piece\": %zu}\n", b.needed,
           b.extra, b.answers_n, b.said, b.one_piece);
    return 0;
}
