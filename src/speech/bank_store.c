/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_store.c - the pieces of the voice bank on the disk, and their sound.
 *
 * Each job carries copies of all that its run() looks at, so that the thread never sees the store. A job of
 * an older `epoch` (another voice was opened since) changes nothing any more. */
#include "speech/bank_store.h"

#include "base/file.h"
#include "base/must.h"
#include "base/paths.h"
#include "core/deadlines.h"
#include "core/slow.h"
#include "speech/bank_file.h"
#include "speech/bank_sound.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    NAME_BYTES = 24,
    VICTIMS_MAX = 16, /* pieces that give way to one */
    STEP = BANK_RATE_HZ / 2, /* samples decoded at a time */
    BLOCK_BYTES = 4096,
    SPOT_BYTES = 12 * 1024, /* what a piece is taken to need before it is encoded */
};

#define FREE_BYTES_LEAST (UINT64_C(64) << 20)
#define SUFFIX           ".voice"

struct bank_store {
    struct slow *slow; /* owned */
    struct loop *loop; /* borrowed */
    struct bank_store_events events;
    char folder[PATHS_BYTES]; /* of all voices */
    char voice[NAME_BYTES];   /* "": none */
    unsigned epoch;
    bool is_open, is_keeping;
    struct say *say; /* the one under way; NULL: none */
    struct bank_index index;
};

static void piece_path(char path[PATHS_BYTES], const char *folder, uint64_t key)
{
    int n = snprintf(path, PATHS_BYTES, "%.*s/%016" PRIx64 SUFFIX, PATHS_BYTES - 32, folder, key);

    must(n > 0 && n < PATHS_BYTES);
}

/* The key that a file's name says; 0: it is none of ours. */
static uint64_t name_key(const char *name)
{
    char *end;
    uint64_t key;

    if (strlen(name) != 16 + strlen(SUFFIX) || strspn(name, "0123456789abcdef") != 16 ||
        strcmp(name + 16, SUFFIX) != 0)
        return 0;
    key = strtoull(name, &end, 16);
    return end == name + 16 ? key : 0;
}

static uint32_t disk_bytes(off_t size)
{
    return (uint32_t)((size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES);
}

static void voice_path(char path[PATHS_BYTES], const struct bank_store *s)
{
    snprintf(path, PATHS_BYTES, "%.*s/%s", PATHS_BYTES - 64, s->folder, s->voice);
}

static int job_post(struct bank_store *s, void *job, int (*run)(void *, struct err *),
                    void (*done)(int, const char *, void *), size_t bytes, struct err *e)
{
    const struct slow_job j = { .what = "voice bank", .run = run, .done = done, .job = job,
                                .bytes = bytes };

    return slow_post(s->slow, &j, e);
}

/* ---- opening ------------------------------------------------------------------------------- */

struct opening {
    struct bank_store *store; /* main loop only */
    unsigned epoch;
    char path[PATHS_BYTES];
    struct bank_index found; /* owned */
};

/* One entry of the folder: a piece, or something that is not to be there. */
static int opening_take(struct opening *o, int dir, const char *name)
{
    struct bank_entry entry = { .key = name_key(name) };
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    if (entry.key == 0 || !S_ISREG(st.st_mode) || st.st_size < BANK_FILE_HEAD_BYTES ||
        st.st_size > BANK_FILE_BYTES_MAX) {
        unlinkat(dir, name, 0);
        return 0;
    }
    entry.bytes = disk_bytes(st.st_size);
    entry.used_s = (uint32_t)st.st_mtim.tv_sec;
    return bank_index_add(&o->found, &entry) == -ENOMEM ? -ENOMEM : 0;
}

static int opening_run(void *job, struct err *e)
{
    struct opening *o = job;
    struct dirent *entry;
    int r = file_mkdirs(o->path, 0750, e);
    DIR *d = r < 0 ? NULL : opendir(o->path);

    if (r >= 0 && !d)
        return err_set(e, -errno, "%s: %s", o->path, err_words(errno));
    while (d && r >= 0 && (entry = readdir(d)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = opening_take(o, dirfd(d), entry->d_name);
    if (d)
        closedir(d);
    return r == -ENOMEM ? err_set(e, r, "voice bank: out of memory") : r;
}

static void opening_done(int code, const char *words, void *job)
{
    struct opening *o = job;
    struct bank_store *s = o->store;

    if (code != -ECANCELED && o->epoch == s->epoch) {
        bank_index_done(&s->index);
        s->index = o->found;
        o->found = (struct bank_index){ .list = NULL };
        s->is_open = code >= 0;
        if (code < 0)
            s->events.on_kept(0, code, words, s->events.user);
        else
            s->events.on_open(s->events.user);
    }
    bank_index_done(&o->found);
    free(o);
}

void bank_store_open(struct bank_store *s, const char *voice)
{
    struct opening *o;

    bank_store_hush(s);
    s->epoch++;
    s->is_open = s->is_keeping = false;
    str_copy(s->voice, sizeof(s->voice), voice);
    bank_index_done(&s->index);
    if (voice[0] == '\0')
        return;
    o = calloc(1, sizeof(*o));
    if (!o)
        return; /* it stays closed, and the own voice speaks */
    o->store = s;
    o->epoch = s->epoch;
    voice_path(o->path, s);
    if (job_post(s, o, opening_run, opening_done, 0, NULL) < 0)
        free(o);
}

bool bank_store_is_open(const struct bank_store *s)
{
    return s->is_open;
}

/* ---- other voices ----------------------------------------------------------------------------- */

struct sweeping {
    char folder[PATHS_BYTES], but[NAME_BYTES];
};

/* Only what looks like ours goes: a folder named by a key, and files named as pieces in it. */
static void sweep_one(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!d) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(d)))
        if (strstr(entry->d_name, SUFFIX))
            unlinkat(fd, entry->d_name, 0);
    closedir(d);
    unlinkat(dir, name, AT_REMOVEDIR);
}

static int sweeping_run(void *job, struct err *e)
{
    const struct sweeping *w = job;
    DIR *d = opendir(w->folder);
    struct dirent *entry;

    (void)e;
    while (d && (entry = readdir(d)))
        if (strlen(entry->d_name) == 16 && strspn(entry->d_name, "0123456789abcdef") == 16 &&
            strcmp(entry->d_name, w->but) != 0)
            sweep_one(dirfd(d), entry->d_name);
    if (d)
        closedir(d);
    return 0;
}

static void sweeping_done(int code, const char *words, void *job)
{
    (void)code;
    (void)words;
    free(job);
}

void bank_store_sweep(struct bank_store *s)
{
    struct sweeping *w = calloc(1, sizeof(*w));

    if (!w)
        return;
    str_copy(w->folder, sizeof(w->folder), s->folder);
    str_copy(w->but, sizeof(w->but), s->voice);
    if (job_post(s, w, sweeping_run, sweeping_done, 0, NULL) < 0)
        free(w);
}

/* ---- keeping ------------------------------------------------------------------------------- */

struct keeping {
    struct bank_store *store; /* main loop only */
    unsigned epoch;
    char folder[PATHS_BYTES];
    struct bank_entry entry;
    uint64_t victims[VICTIMS_MAX];
    size_t victims_n;
    unsigned rate_hz;
    size_t n;
    int16_t frames[]; /* as the voice sent them */
};

static int keeping_write(struct keeping *k, const struct str *file, struct err *e)
{
    char path[PATHS_BYTES];
    struct statvfs fs;

    for (size_t i = 0; i < k->victims_n; i++) {
        piece_path(path, k->folder, k->victims[i]);
        unlink(path);
    }
    if (statvfs(k->folder, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < FREE_BYTES_LEAST)
        return err_set(e, -ENOSPC, "voice bank: less than %d MB are free on the disk of %s",
                       (int)(FREE_BYTES_LEAST >> 20), k->folder);
    piece_path(path, k->folder, k->entry.key);
    return file_write(path, file->data, file->len, 0640, e);
}

static int keeping_run(void *job, struct err *e)
{
    struct keeping *k = job;
    AUTO_FREE int16_t *made = NULL;
    AUTO_STR file = STR_INIT;
    size_t n = 0;
    int r = bank_sound_make(&made, &n, k->frames, k->n, k->rate_hz, e);

    if (r >= 0)
        r = bank_file_put(&file, made, n, bank_sound_level(made, n), e);
    if (r >= 0)
        r = keeping_write(k, &file, e);
    k->entry.bytes = disk_bytes((off_t)file.len);
    return r;
}

static void keeping_done(int code, const char *words, void *job)
{
    struct keeping *k = job;
    struct bank_store *s = k->store;

    if (k->epoch == s->epoch && code != -ECANCELED) {
        s->is_keeping = false;
        if (code >= 0)
            code = bank_index_add(&s->index, &k->entry);
        s->events.on_kept(k->entry.key, code,
                          code < 0 && words[0] == '\0' ? err_words(-code) : words, s->events.user);
    }
    free(k);
}

/* Room for one piece more: whom it takes away is out of the index at once. */
static int room_make(struct bank_store *s, struct keeping *k, const struct bank_keep *want,
                     struct err *e)
{
    while (s->index.bytes + SPOT_BYTES > want->bytes_max || s->index.n >= BANK_INDEX_MAX) {
        const struct bank_entry *least = NULL;

        if (want->makes_room && k->victims_n < VICTIMS_MAX)
            least = bank_index_least(&s->index);
        if (!least)
            return err_set(e, -ENOSPC, "voice bank: it is full (tts.bank_mb)");
        k->victims[k->victims_n++] = least->key;
        bank_index_remove(&s->index, least->key);
    }
    return 0;
}

static struct keeping *keeping_new(struct bank_store *s, const struct bank_keep *want)
{
    struct keeping *k = calloc(1, sizeof(*k) + want->n * sizeof(*want->frames));

    if (!k)
        return NULL;
    k->store = s;
    k->epoch = s->epoch;
    voice_path(k->folder, s);
    k->entry = (struct bank_entry){
        .key = bank_key(want->text, strlen(want->text)),
        .used_s = (uint32_t)(clock_wall_usec(loop_clock(s->loop)) / 1000000),
        .needed = want->is_needed,
    };
    k->rate_hz = want->rate_hz;
    k->n = want->n;
    memcpy(k->frames, want->frames, want->n * sizeof(*want->frames));
    return k;
}

int bank_store_keep(struct bank_store *s, const struct bank_keep *want, struct err *e)
{
    struct keeping *k;
    int r;

    if (!s->is_open || s->is_keeping)
        return err_set(e, -EBUSY, "voice bank: a piece is being kept");
    if (bank_key(want->text, strlen(want->text)) == 0 || want->n == 0 ||
        want->n > (size_t)want->rate_hz * BANK_FILE_SECONDS_MAX)
        return err_set(e, -EINVAL, "voice bank: no piece that can be kept");
    k = keeping_new(s, want);
    if (!k)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    r = room_make(s, k, want, e);
    if (r == 0)
        r = job_post(s, k, keeping_run, keeping_done, want->n * sizeof(*want->frames), e);
    if (r < 0) {
        free(k);
        return r;
    }
    s->is_keeping = true;
    return 0;
}

bool bank_store_is_keeping(const struct bank_store *s)
{
    return s->is_keeping;
}

/* ---- saying -------------------------------------------------------------------------------- */

struct piece {
    uint64_t key;
    unsigned pause_ms; /* behind it */
    char *bytes;       /* owned; the file */
    struct bank_file file;
    bool is_bad; /* missing or damaged: it is out of the bank */
};

/* Owned by the job; store->say points to it while it is wanted. */
struct say {
    struct bank_store *store; /* main loop only; NULL: nobody listens any more */
    char folder[PATHS_BYTES];
    struct piece piece[BANK_SPLIT_MAX];
    size_t n, at;              /* pieces, the one that is decoded */
    bool is_read;
    struct bank_reader *reader; /* owned; of that piece */
    size_t silence;            /* samples of the pause that are left */
    size_t made;               /* samples in `frames` */
    int16_t frames[STEP];
};

static void say_free(struct say *y)
{
    bank_reader_free(y->reader);
    for (size_t i = 0; i < y->n; i++)
        free(y->piece[i].bytes);
    free(y);
}

/* Reads one piece; a damaged one is removed. */
static int piece_read(struct say *y, struct piece *p, struct err *e)
{
    char path[PATHS_BYTES];
    size_t len = 0;
    int r;

    piece_path(path, y->folder, p->key);
    r = file_read(&p->bytes, &len, path, BANK_FILE_BYTES_MAX, e);
    if (r >= 0) {
        r = bank_file_parse(&p->file, p->bytes, len, e);
        if (r < 0) {
            unlink(path);
            err_wrap(e, r, "voice bank: %s was thrown away: it", path);
        }
    }
    p->is_bad = r < 0 && r != -ENOMEM;
    if (r >= 0)
        utimensat(AT_FDCWD, path, NULL, 0); /* it was used now; no harm where that fails */
    return r;
}

static int say_read(struct say *y, struct err *e)
{
    int r = 0;

    for (size_t i = 0; i < y->n && r >= 0; i++)
        r = piece_read(y, &y->piece[i], e);
    y->is_read = r >= 0;
    return r;
}

/* The next samples of the piece at y->at, as loud as the first one. */
static int say_piece(struct say *y, struct err *e)
{
    struct piece *p = &y->piece[y->at];
    size_t got;

    if (!y->reader) {
        int r = bank_reader_new(&y->reader, &p->file, e);

        if (r < 0)
            return r;
    }
    got = bank_reader_take(y->reader, y->frames + y->made, STEP - y->made);
    bank_sound_match(y->frames + y->made, got, p->file.level_ddb, y->piece[0].file.level_ddb);
    y->made += got;
    if (got == 0) {
        y->reader = bank_reader_free(y->reader);
        if (++y->at < y->n)
            y->silence = (size_t)BANK_RATE_HZ * p->pause_ms / 1000;
    }
    return 0;
}

static int say_run(void *job, struct err *e)
{
    struct say *y = job;
    int r = y->is_read ? 0 : say_read(y, e);

    y->made = 0;
    while (r >= 0 && y->made < STEP && y->at < y->n) {
        size_t n = y->silence < STEP - y->made ? y->silence : STEP - y->made;

        memset(y->frames + y->made, 0, n * sizeof(*y->frames));
        y->made += n;
        y->silence -= n;
        if (y->made < STEP)
            r = say_piece(y, e);
    }
    return r;
}

/* What is damaged or gone is forgotten, so that the next sentence does not count on it. */
static void say_forget_bad(struct bank_store *s, const struct say *y)
{
    for (size_t i = 0; i < y->n; i++)
        if (y->piece[i].is_bad)
            bank_index_remove(&s->index, y->piece[i].key);
}

static void say_done(int code, const char *words, void *job);

static void say_on(struct bank_store *s, struct say *y)
{
    struct err e = ERR_INIT;
    int r = job_post(s, y, say_run, say_done, 0, &e);

    if (r >= 0)
        return;
    s->say = NULL;
    s->events.on_said(r, err_text(&e), s->events.user);
    say_free(y);
}

static void say_done(int code, const char *words, void *job)
{
    struct say *y = job;
    struct bank_store *s = y->store;

    if (s && code != -ECANCELED) {
        must(s->say == y);
        say_forget_bad(s, y);
        if (code >= 0 && y->made > 0)
            s->events.on_sound(y->frames, y->made, s->events.user);
        s = y->store; /* it may have been hushed */
    }
    if (s && code >= 0 && y->at < y->n) {
        say_on(s, y);
        return;
    }
    if (s) {
        s->say = NULL;
        if (code != -ECANCELED)
            s->events.on_said(code, words, s->events.user);
    }
    say_free(y);
}

int bank_store_say(struct bank_store *s, const char *text, const struct bank_split *split,
                   struct err *e)
{
    struct say *y;
    int r;

    if (!s->is_open || s->say || split->n == 0)
        return err_set(e, -EBUSY, "voice bank: a sentence is under way");
    y = calloc(1, sizeof(*y));
    if (!y)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    must(split->n <= BANK_SPLIT_MAX);
    y->store = s;
    voice_path(y->folder, s);
    for (y->n = 0; y->n < split->n; y->n++) {
        AUTO_STR piece = STR_INIT;
        struct bank_entry *entry;

        str_add_bytes(&piece, text + split->part[y->n].from, split->part[y->n].len);
        y->piece[y->n].key = bank_key(str_text(&piece), piece.len);
        y->piece[y->n].pause_ms = bank_sound_pause_ms(str_text(&piece));
        entry = bank_index_find(&s->index, y->piece[y->n].key);
        if (entry)
            entry->used_s = (uint32_t)(clock_wall_usec(loop_clock(s->loop)) / 1000000);
    }
    s->say = y;
    r = job_post(s, y, say_run, say_done, 0, e);
    if (r < 0) {
        s->say = NULL;
        say_free(y);
    }
    return r;
}

void bank_store_hush(struct bank_store *s)
{
    if (s->say)
        s->say->store = NULL; /* the job frees it */
    s->say = NULL;
}

/* ---- the rest ------------------------------------------------------------------------------ */

bool bank_store_has(const struct bank_store *s, uint64_t key)
{
    return s->is_open && bank_index_find(&s->index, key) != NULL;
}

void bank_store_need(struct bank_store *s, uint64_t key)
{
    struct bank_entry *entry = bank_index_find(&s->index, key);

    if (entry)
        entry->needed = true;
}

void bank_store_need_none(struct bank_store *s)
{
    for (size_t i = 0; i < s->index.room; i++)
        s->index.list[i].needed = false;
}

const struct bank_index *bank_store_index(const struct bank_store *s)
{
    return &s->index;
}

int bank_store_new(struct bank_store **ret, const char *folder, struct loop *loop,
                   struct health *health, const struct bank_store_events *events, struct err *e)
{
    struct bank_store *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "voice bank: out of memory");
    s->loop = loop;
    s->events = *events;
    if (!str_copy(s->folder, sizeof(s->folder) - 64, folder)) {
        free(s);
        return err_set(e, -ENAMETOOLONG, "voice bank: %s is too long a path", folder);
    }
    r = slow_new_named(&s->slow, "bank", loop, health, e);
    if (r < 0) {
        free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct bank_store *bank_store_free(struct bank_store *s)
{
    if (!s)
        return NULL;
    bank_store_hush(s);
    s->epoch++;
    s->slow = slow_end(s->slow, DEADLINE_STOP_SLOW_MS);
    if (s->slow)
        return s;
    bank_index_done(&s->index);
    free(s);
    return NULL;
}
