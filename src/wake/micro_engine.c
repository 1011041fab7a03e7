/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_engine.c - the wake engine that runs microWakeWord models. */
#include "wake/micro_engine.h"

#include "base/file.h"
#include "base/must.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 3,          /* sizes of step: 10, 20, 30 ms */
    LATE_FRAMES = 2784, /* a word ended so long before it is heard: 174 ms at the middle */
    WORD_FRAMES = 12800, /* and began so long before its end */
    PATH_BYTES = 1024,
};

struct micro_engine {
    struct micro_tables tables;
    struct micro_front fronts[STEPS];
    bool is_used[STEPS];
    struct micro_word words[MICRO_WORDS];
    size_t words_n;
    struct micro_word voice; /* net NULL: none */
    uint64_t position;       /* of the next sample */
    double peak;
};

static void micro_clear(void *self)
{
    struct micro_engine *m = self;

    for (unsigned i = 0; i < STEPS; i++)
        micro_front_init(&m->fronts[i], &m->tables, i + 1);
    for (size_t i = 0; i < m->words_n; i++)
        micro_word_clear(&m->words[i]);
    if (m->voice.net)
        micro_word_clear(&m->voice);
}

static void hit_make(struct wake_hit *ret, const struct micro_word *w, uint64_t now)
{
    uint64_t to = now > LATE_FRAMES ? now - LATE_FRAMES : 0;

    *ret = (struct wake_hit){ .from_position = to > WORD_FRAMES ? to - WORD_FRAMES : 0,
                              .to_position = to, .score = micro_word_heard_score(w) };
    str_copy(ret->phrase, sizeof(ret->phrase), w->about.phrase);
}

/* A row for all words of this step; true: the one whose hit is in `ret` was heard. Where no voice is
 * heard a word is not asked: it may still be heard a moment later. */
static bool row_take(struct micro_engine *m, unsigned step_ms, const uint16_t *row,
                     struct wake_hit *ret)
{
    bool is_voice, heard = false;

    if (m->voice.net && m->voice.about.step_ms == step_ms)
        micro_word_row(&m->voice, row);
    is_voice = !m->voice.net || micro_word_is_above(&m->voice);
    for (size_t i = 0; i < m->words_n; i++) {
        struct micro_word *w = &m->words[i];
        double score;

        if (w->about.step_ms != step_ms)
            continue;
        micro_word_row(w, row);
        score = micro_word_score(w);
        m->peak = score > m->peak ? score : m->peak;
        if (!is_voice || !micro_word_heard(w) || heard)
            continue;
        heard = true;
        hit_make(ret, w, m->position);
    }
    return heard;
}

static int micro_feed(void *self, const struct audio_block *b, struct wake_hit *ret)
{
    struct micro_engine *m = self;
    struct wake_hit later;
    uint16_t row[MICRO_BANDS];
    bool heard = false;

    if (!b)
        return 0;
    if (b->lost_before || b->position != m->position)
        micro_clear(m);
    m->position = b->position + BLOCK_FRAMES;
    for (unsigned i = 0; i < STEPS; i++)
        if (m->is_used[i] && micro_front_run(&m->fronts[i], b->wake, row))
            heard |= row_take(m, (i + 1) * BLOCK_MS, row, heard ? &later : ret);
    return heard;
}

static double micro_peak(void *self)
{
    struct micro_engine *m = self;
    double peak = m->peak;

    m->peak = 0.0;
    return peak;
}

static void micro_free(void *self)
{
    struct micro_engine *m = self;

    if (!m)
        return;
    for (size_t i = 0; i < m->words_n; i++)
        micro_word_done(&m->words[i]);
    micro_word_done(&m->voice);
    free(m);
}

/* ---- making -------------------------------------------------------------------------------- */

static int manifest_find(char *ret, size_t size, const char *name, const char *const *folders,
                         struct err *e)
{
    const char *const *first = folders;

    if (strchr(name, '/'))
        return str_copy(ret, size, name) ? 0 : err_set(e, -ENAMETOOLONG, "wake.words: '%.64s...' is "
                                                       "too long", name);
    for (; *folders; folders++)
        for (int shape = 0; shape < 2; shape++) {
            int n = shape == 0 ? snprintf(ret, size, "%s/%s.json", *folders, name)
                           : snprintf(ret, size, "%s/%s/manifest.json", *folders, name);

            if (n > 0 && (size_t)n < size && file_exists(ret))
                return 0;
        }
    return err_set(e, -ENOENT, "wake.words: the model '%s' is not installed; put its .json and .tflite "
                   "into %s", name, *first);
}

/* "name" or "name=0.9", blanks around; cut in place. */
static int entry_split(char *entry, const char **name, double *cutoff, struct err *e)
{
    char *sign, *end;

    entry += strspn(entry, " \t");
    for (size_t n = strlen(entry); n > 0 && strchr(" \t", entry[n - 1]); n--)
        entry[n - 1] = '\0';
    *name = entry;
    *cutoff = 0.0;
    sign = strchr(entry, '=');
    if (!sign)
        return 0;
    *sign = '\0';
    *cutoff = strtod(sign + 1, &end);
    if (end == sign + 1 || *end || !(*cutoff > 0.0 && *cutoff <= 1.0))
        return err_set(e, -EINVAL, "wake.words: '%s' has the cut-off '%s', a number above 0 and up "
                       "to 1 is possible", entry, sign + 1);
    return 0;
}

static int word_open(struct micro_engine *m, struct micro_word *w, char *entry,
                     const char *const *folders, struct err *e)
{
    char path[PATH_BYTES];
    const char *name;
    double cutoff;
    int r = entry_split(entry, &name, &cutoff, e);

    if (r >= 0)
        r = manifest_find(path, sizeof(path), name, folders, e);
    if (r >= 0)
        r = micro_word_load(w, path, cutoff, e);
    if (r < 0)
        return r;
    must(w->about.step_ms % BLOCK_MS == 0 && w->about.step_ms <= STEPS * BLOCK_MS);
    m->is_used[w->about.step_ms / BLOCK_MS - 1] = true;
    return 0;
}

struct opening {
    struct micro_engine *engine;
    const char *const *folders;
};

static int word_add(char *entry, void *user, struct err *e)
{
    struct opening *o = user;
    struct micro_engine *m = o->engine;
    int r = word_open(m, &m->words[m->words_n], entry, o->folders, e);

    if (r >= 0)
        m->words_n++;
    return r;
}

static int word_look(char *entry, void *user, struct err *e)
{
    const char *name;
    double cutoff;

    (void)user;
    return entry_split(entry, &name, &cutoff, e);
}

/* Each entry of a list, up to the first that fails. */
static int list_walk(const char *list, int (*fn)(char *entry, void *user, struct err *e), void *user,
                     struct err *e)
{
    char copy[MICRO_LIST];
    char *next = copy, *entry;
    size_t n = 0;

    if (!str_copy(copy, sizeof(copy), list))
        return err_set(e, -EINVAL, "wake.words: is longer than %d bytes", MICRO_LIST - 1);
    while ((entry = strsep(&next, ","))) {
        int r;

        if (entry[strspn(entry, " \t")] == '\0')
            continue;
        if (n++ == MICRO_WORDS)
            return err_set(e, -EINVAL, "wake.words: names more than %d words", MICRO_WORDS);
        r = fn(entry, user, e);
        if (r < 0)
            return r;
    }
    return n > 0 ? 0 : err_set(e, -EINVAL, "wake.words: names no word");
}

int micro_list_check(const char *list, struct err *e)
{
    return list_walk(list, word_look, NULL, e);
}

int micro_engine_make(struct wake_engine *ret, const char *list, const char *voice,
                      const char *const *folders, struct err *e)
{
    struct micro_engine *m = calloc(1, sizeof(*m));
    char copy[MICRO_LIST];
    int r = m ? 0 : err_set(e, -ENOMEM, "wake word: out of memory");

    if (r >= 0) {
        micro_tables_init(&m->tables);
        r = list_walk(list, word_add, &(struct opening){ m, folders }, e);
    }
    if (r >= 0 && voice[0])
        r = str_copy(copy, sizeof(copy), voice)
                ? word_open(m, &m->voice, copy, folders, e)
                : err_set(e, -EINVAL, "wake.voice: is longer than %d bytes", MICRO_LIST - 1);
    if (r < 0) {
        micro_free(m);
        return r;
    }
    micro_clear(m);
    *ret = (struct wake_engine){
        .version = WAKE_ENGINE_VERSION,
        .name = "microwakeword",
        .blocks = 3, /* no model answers more often */
        .self = m,
        .feed = micro_feed,
        .clear = micro_clear,
        .peak = micro_peak,
        .free = micro_free,
    };
    str_copy(ret->phrase, sizeof(ret->phrase), m->words[0].about.phrase);
    return 0;
}
