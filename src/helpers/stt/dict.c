/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/dict.c - a dictionary cut down to the words that are needed. */
#include "dict.h"

#include "base/fold.h"
#include "base/must.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { DICT_FILE_BYTES_MAX = 64 << 20, TAIL_PHONES_MIN = 3 };

const char *const dict_phones[DICT_PHONES] = {
    "AA", "AE", "AH", "AO", "AW", "AY", "B",  "CH", "D", "DH", "EH", "ER", "EY",
    "F",  "G",  "HH", "IH", "IY", "JH", "K",  "L",  "M", "N",  "NG", "OW", "OY",
    "P",  "R",  "S",  "SH", "T",  "TH", "UH", "UW", "V", "W",  "Y",  "Z",  "ZH",
};

void dict_done(struct dict *d)
{
    for (size_t i = 0; i < d->n; i++) {
        for (size_t k = 0; k < d->words[i].n_sounds; k++)
            free(d->words[i].sounds[k]);
        free(d->words[i].word);
    }
    free(d->words);
    *d = (struct dict){ .words = NULL };
}

/* The order of strcmp(), for a word that is not terminated. */
static int word_compare(const char *word, size_t len, const char *other)
{
    int c = strncmp(word, other, len);

    return c != 0 ? c : -(other[len] != '\0');
}

/* The first word that is not before `word`; the words are kept sorted. */
static size_t dict_place(const struct dict *d, const char *word, size_t len)
{
    size_t low = 0, high = d->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (word_compare(word, len, d->words[mid].word) > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct dict_word *dict_find(const struct dict *d, const char *word, size_t len)
{
    size_t at = dict_place(d, word, len);

    must(at <= d->n);
    return at < d->n && word_compare(word, len, d->words[at].word) == 0 ? &d->words[at] : NULL;
}

static int word_check(const char *word, struct err *e)
{
    size_t len = strlen(word);

    if (len == 0 || len >= DICT_WORD_BYTES)
        return err_set(e, -EINVAL, "a word of %zu bytes (1..%d are possible)", len,
                       DICT_WORD_BYTES - 1);
    for (const char *p = word; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '(' || *p == 0x7f)
            return err_set(e, -EINVAL, "'%s' is no word", word);
    return 0;
}

int dict_add(struct dict *d, const char *word, struct err *e)
{
    size_t at, len;
    char *copy;
    int r = word_check(word, e);

    if (r < 0)
        return r;
    len = strlen(word);
    if (dict_find(d, word, len))
        return 0;
    if (d->n >= DICT_WORDS_MAX)
        return err_set(e, -ENOSPC, "more than %d words", DICT_WORDS_MAX);
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 64;
        struct dict_word *words = realloc(d->words, cap * sizeof(*words));

        if (!words)
            return err_set(e, -ENOMEM, "out of memory for %zu words", cap);
        d->words = words;
        d->cap = cap;
    }
    copy = str_dup(word);
    if (!copy)
        return err_set(e, -ENOMEM, "out of memory for a word");
    at = dict_place(d, word, len);
    must(d->n < d->cap && at <= d->n);
    must(at == 0 || strcmp(d->words[at - 1].word, word) < 0); /* the words stay sorted */
    memmove(d->words + at + 1, d->words + at, (d->n - at) * sizeof(*d->words));
    d->words[at] = (struct dict_word){ .word = copy };
    d->n++;
    return 0;
}

static bool phone_is(const char *known, const char *phone, size_t len)
{
    return strncmp(known, phone, len) == 0 && known[len] == '\0';
}

static bool phone_is_known(const struct dict *d, const char *phone, size_t len)
{
    for (size_t i = 0; i < d->phones_n; i++)
        if (phone_is(d->phones[i], phone, len))
            return true;
    for (size_t i = 0; i < DICT_PHONES && d->phones_n == 0; i++)
        if (phone_is(dict_phones[i], phone, len))
            return true;
    return false;
}

static int sound_check(const struct dict *d, const char *phones, size_t len, struct err *e)
{
    size_t i = 0, count = 0;

    while (i < len) {
        size_t n = 0;

        while (i + n < len && phones[i + n] != ' ')
            n++;
        if (n > 0 && !phone_is_known(d, phones + i, n))
            return err_set(e, -EINVAL, "'%.*s' is no phone of the model", (int)n, phones + i);
        count += n > 0;
        i += n + 1;
    }
    return count > 0 ? 0 : err_set(e, -EINVAL, "a pronunciation without phones");
}

static int sound_add(const struct dict *d, struct dict_word *w, const char *phones, size_t len, struct err *e)
{
    int r = sound_check(d, phones, len, e);
    char *copy;

    if (r < 0)
        return err_wrap(e, r, "'%s'", w->word);
    if (w->n_sounds == DICT_SOUNDS_MAX)
        return 0;
    copy = strndup(phones, len);
    if (!copy)
        return err_set(e, -ENOMEM, "out of memory for a pronunciation");
    must(w->n_sounds < DICT_SOUNDS_MAX);
    w->sounds[w->n_sounds++] = copy;
    return 0;
}

int dict_sound_add(struct dict *d, const char *word, const char *phones, struct err *e)
{
    struct dict_word *w = dict_find(d, word, strlen(word));

    if (!w)
        return err_set(e, -ENOENT, "'%s' is not among the words", word);
    return sound_add(d, w, phones, strlen(phones), e);
}

/* The base letters of a word, in lower case; false: they do not fit. Apostrophes stay. */
static bool word_fold(char ret[DICT_WORD_BYTES], const char *word, size_t len)
{
    size_t n = 0, step;

    for (size_t at = 0; at < len; at += step) {
        uint32_t cp = 0, base[FOLD_CHARS_MAX];
        size_t bases;

        step = utf8_next(&cp, word + at, len - at);
        if (step == 0)
            return false;
        bases = fold_char(base, cp);
        for (size_t i = 0; i < bases; i++) {
            if (base[i] >= 0x80 || n + 1 >= DICT_WORD_BYTES)
                return false;
            ret[n++] = (char)base[i];
        }
    }
    ret[n] = '\0';
    return n > 0;
}

/* The word that an entry of the file belongs to; NULL: none. */
static struct dict_word *entry_find(const struct dict *d, const char *entry, size_t len)
{
    char folded[DICT_WORD_BYTES];

    if (d->phones_n == 0)
        return dict_find(d, entry, len);
    return word_fold(folded, entry, len) ? dict_find(d, folded, strlen(folded)) : NULL;
}

/* One line of the file: "word", "word(2)" ... then the phones. `own` marks words whose
 * pronunciations the caller gave: they stay as they are. */
static int line_take(struct dict *d, const bool *own, const char *line, size_t len, struct err *e)
{
    const char *blank = memchr(line, ' ', len);
    size_t word_len, head;
    const char *paren;
    struct dict_word *w;

    if (!blank)
        return 0;
    head = (size_t)(blank - line);
    paren = memchr(line, '(', head);
    word_len = paren ? (size_t)(paren - line) : head;
    w = entry_find(d, line, word_len);
    if (!w || own[w - d->words])
        return 0;
    while (len > head && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    while (head < len && line[head] == ' ')
        head++;
    return sound_add(d, w, line + head, len - head, e);
}

static int dict_scan(struct dict *d, const char *text, size_t size, struct err *e)
{
    AUTO_FREE bool *own = calloc(d->n + 1, sizeof(*own));
    size_t at = 0;
    int r = 0;

    if (!own)
        return err_set(e, -ENOMEM, "out of memory for %zu words", d->n);
    for (size_t i = 0; i < d->n; i++)
        own[i] = d->words[i].n_sounds > 0;
    while (r >= 0 && at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t len = end ? (size_t)(end - text) - at : size - at;

        r = line_take(d, own, text + at, len, e);
        at += len + 1;
    }
    return r;
}

/* The whole file, to be given back by munmap(). */
static int dict_map(void **ret, size_t *ret_size, const char *path, struct err *e)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *text;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set(e, -errno, "dictionary %s: %s; install pocketsphinx-en-us", path,
                       err_words(errno));
    if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > DICT_FILE_BYTES_MAX)
        return err_set(e, -EINVAL, "dictionary %s: no text file of at most %d bytes", path,
                       DICT_FILE_BYTES_MAX);
    text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return err_set(e, -errno, "dictionary %s: %s", path, err_words(errno));
    *ret = text;
    *ret_size = (size_t)st.st_size;
    return 0;
}

/* One more phone, unless it is known. */
static int phone_add(struct dict *d, const char *phone, size_t len, struct err *e)
{
    if (d->phones_n > 0 && phone_is_known(d, phone, len))
        return 0;
    if (len >= DICT_PHONE_BYTES || d->phones_n == DICT_PHONES_MAX)
        return err_set(e, -ENOSPC, "has more than %d phones, or one of more than %d letters", DICT_PHONES_MAX,
                       DICT_PHONE_BYTES - 1);
    memcpy(d->phones[d->phones_n], phone, len);
    d->phones[d->phones_n++][len] = '\0';
    return 0;
}

/* All but the first word of each line. */
static int phones_scan(struct dict *d, const char *text, size_t size, struct err *e)
{
    bool first = true;
    int r = 0;

    for (size_t at = 0, len; r == 0 && at < size; at += len) {
        for (len = 0; at + len < size && !strchr(" \t\r\n", text[at + len]); len++)
            ;
        if (len > 0 && !first)
            r = phone_add(d, text + at, len, e);
        first = first && len == 0;
        for (; at + len < size && text[at + len] && strchr(" \t\r\n", text[at + len]); len++)
            first = first || text[at + len] == '\n';
        if (len == 0)
            return err_set(e, -EINVAL, "is no text");
    }
    return r;
}

int dict_phones_read(struct dict *d, const char *path, struct err *e)
{
    void *text;
    size_t size;
    int r = dict_map(&text, &size, path, e);

    must(d->phones_n == 0);
    if (r < 0)
        return r;
    r = phones_scan(d, text, size, e);
    munmap(text, size);
    if (r == 0 && d->phones_n == 0)
        r = err_set(e, -EINVAL, "holds no pronunciation");
    return r < 0 ? err_wrap(e, r, "dictionary %s", path) : 0;
}

int dict_look_up(struct dict *d, const char *path, struct err *e)
{
    void *text;
    size_t size;
    int r = dict_map(&text, &size, path, e);

    if (r < 0)
        return r;
    r = dict_scan(d, text, size, e);
    munmap(text, size);
    return r < 0 ? err_wrap(e, r, "dictionary %s", path) : 0;
}

bool dict_is_known(const struct dict *d, const char *word)
{
    const struct dict_word *w = dict_find(d, word, strlen(word));

    return w && w->n_sounds > 0;
}

bool dict_has_all(const struct dict *d, const char *phrase)
{
    const char *p = phrase + strspn(phrase, " ");

    if (*p == '\0')
        return false;
    while (*p) {
        size_t n = strcspn(p, " ");
        const struct dict_word *w = dict_find(d, p, n);

        if (!w || w->n_sounds == 0)
            return false;
        p += n + strspn(p + n, " ");
    }
    return true;
}

static void word_print(struct str *out, const struct dict_word *w, const char *prefix)
{
    for (size_t i = 0; i < w->n_sounds; i++) {
        if (i == 0)
            str_addf(out, "%s%s %s\n", prefix, w->word, w->sounds[i]);
        else
            str_addf(out, "%s%s(%zu) %s\n", prefix, w->word, i + 1, w->sounds[i]);
    }
}

/* Its ends as further ways to say it, from `number` on: an utterance may begin within the wake word.
 * Fewer than TAIL_PHONES_MIN are not told from the beginning of a command ("is"). */
static void tails_print(struct str *out, const struct dict_word *w, size_t number)
{
    const char *sounds = w->n_sounds > 0 ? w->sounds[0] : "";
    size_t phones = sounds[0] != '\0';

    for (const char *p = sounds; *p; p++)
        phones += *p == ' ';
    for (; phones > TAIL_PHONES_MIN; phones--) {
        sounds = strchr(sounds, ' ') + 1;
        str_addf(out, DICT_WAKE "%s(%zu) %s\n", w->word, ++number, sounds);
    }
}

void dict_print(struct str *out, const struct dict *d, const char *phrase)
{
    for (size_t i = 0; i < d->n; i++)
        word_print(out, &d->words[i], "");
    for (const char *p = phrase; *p;) {
        size_t n = strcspn(p, " ");
        const struct dict_word *w = dict_find(d, p, n);

        if (n > 0 && w)
            word_print(out, w, DICT_WAKE);
        p += n + strspn(p + n, " ");
        if (w && *p == '\0')
            tails_print(out, w, w->n_sounds);
    }
}

/* What the i-th of the loops' words stands for. */
static const char *filler_phone(const struct dict *d, size_t i)
{
    must(i < DICT_PHONES);
    if (d->phones_n == 0)
        return dict_phones[i];
    for (size_t k = 0; k < d->phones_n; k++)
        if (strcasecmp(d->phones[k], dict_phones[i]) == 0)
            return d->phones[k];
    return d->phones[i % d->phones_n];
}

void dict_print_fillers(struct str *out, const struct dict *d, const char *of_model)
{
    str_add(out, of_model);
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        str_add_char(out, '\n');
    for (size_t i = 0; i < DICT_PHONES; i++)
        str_addf(out, DICT_FILLER "%s %s\n", dict_phones[i], filler_phone(d, i));
}
