/* SPDX-License-Identifier: Apache-2.0 */
/* intent/build.c - one language, made ready. */
#include "intent/build.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/must.h"
#include "intent/fsg.h"
#include "intent/grammar.h"

#include <string.h>

int build_new(struct build **ret, const struct paths *paths, const char *language,
              const char *room, const cJSON *devices, bool wants_grammar, struct err *e)
{
    AUTO(build_freep) struct build *b = calloc(1, sizeof(*b));

    if (!b)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    b->paths = *paths;
    str_copy(b->language, sizeof(b->language), language);
    str_copy(b->room, sizeof(b->room), room);
    b->wants_grammar = wants_grammar;
    b->devices = devices ? cJSON_Duplicate(devices, true) : NULL;
    if (devices && !b->devices)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    *ret = STEAL(b);
    return 0;
}

size_t build_bytes(const struct build *b)
{
    enum { DEVICE_BYTES = 1500, TONGUE_BYTES = 64 << 10 };

    return sizeof(*b) + TONGUE_BYTES + (size_t)cJSON_GetArraySize(b->devices) * DEVICE_BYTES;
}

struct build *build_free(struct build *b)
{
    if (b) {
        cJSON_Delete(b->devices);
        cJSON_Delete(b->words);
        tongue_free(b->tongue);
        str_done(&b->strangers);
        free(b);
    }
    return NULL;
}

/* What somebody has to know how to say. */
static cJSON *words_said(const struct automaton *a)
{
    AUTO_JSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < a->words_n; i++)
        if (strcmp(a->words[i], AUTOMATON_RARE) != 0 &&
            !json_push(list, cJSON_CreateString(a->words[i])))
            return NULL;
    return STEAL(list);
}

/* Writes the text, unless it is the one that speech has. */
static int grammar_write(struct build *b, const struct automaton *a, struct err *e)
{
    AUTO_STR text = STR_INIT;
    char name[64];
    int r;

    snprintf(name, sizeof(name), "jarvis_%.32s", b->language);
    fsg_write(&text, a, name);
    if (text.failed)
        return err_set(e, -ENOMEM, "speech grammar: out of memory");
    b->grammar = hash_text(HASH_START, text.data);
    if (b->grammar == b->known_grammar)
        return 0;
    snprintf(name, sizeof(name), "grammar-%.32s.fsg", b->language);
    r = paths_join(b->path, sizeof(b->path), b->paths.lent, name, e);
    if (r == 0)
        r = file_write(b->path, text.data, text.len, 0640, e); /* it holds the names of the house */
    if (r < 0)
        return r;
    b->words = words_said(a);
    return b->words ? 0 : err_set(e, -ENOMEM, "speech grammar: out of memory");
}

static int grammar_make(struct build *b, struct err *e)
{
    AUTO(automaton_freep) struct automaton *a = NULL;
    const char *known = names_area(b->tongue->names, b->room);
    const struct pair area = { .key = "area", .value = known ? known : b->room };
    int r = grammar_new(&a, b->tongue->catalog, b->room[0] ? &area : NULL, e);

    if (r == -ENOENT) /* no sentence is meant for speech: no fault */
        *e = ERR_INIT;
    return r < 0 ? r : grammar_write(b, a, e);
}

void build_run(struct build *b)
{
    if (!must(!b->tongue && !b->words))
        return;
    b->code = tongue_new(&b->tongue, &b->paths, b->language, &b->told);
    if (b->code == 0)
        b->tongue->is_heard = b->is_heard;
    if (b->code == 0 && b->devices)
        b->code = tongue_set_devices(b->tongue, b->devices, &b->told);
    if (b->code < 0) {
        b->tongue = tongue_free(b->tongue);
        return;
    }
    tongue_strangers(&b->strangers, b->tongue);
    b->grammar_code = -ENOENT;
    if (b->wants_grammar && b->is_heard)
        b->grammar_code = grammar_make(b, &b->grammar_told);
    must(b->grammar_code < 0 || (b->words != NULL) == (b->grammar != b->known_grammar));
}
