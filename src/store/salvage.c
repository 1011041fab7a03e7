/* SPDX-License-Identifier: Apache-2.0 */
/* store/salvage.c - reads rows out of a database that SQLite cannot or must not open.
 *
 * The format is SQLite's documented one (sqlite.org/fileformat.html): a page that holds rows begins
 * with its kind, the number of its cells and an array of their places. A cell holds the row's length,
 * its id in a table with row ids, and as much of the row as fits; the rest stands in a chain of
 * overflow pages. A row begins with the types of its columns. Our pages have 4096 bytes, always. */
#include "store/salvage.h"

#include "base/must.h"
#include "base/utf8.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE_BYTES = 4096,
    FILE_HEADER_BYTES = 100, /* before the first page's own header */
    LOG_HEADER_BYTES = 32,
    FRAME_HEADER_BYTES = 24,
    ROW_BYTES_MAX = STORE_ROW_BYTES_MAX + 1024,
    COLUMNS_MAX = 8,
};

/* What a page that holds rows begins with. */
enum { INDEX_INTERIOR = 0x02, INDEX_LEAF = 0x0a, TABLE_LEAF = 0x0d };

static const struct page_kind {
    uint8_t mark;
    uint8_t header_bytes;
    uint8_t child_bytes; /* before each cell's length */
    bool has_id;
    unsigned local_max; /* a longer row overflows */
} page_kinds[] = {
    { TABLE_LEAF, 8, 0, true, PAGE_BYTES - 35 },
    { INDEX_LEAF, 8, 0, false, (PAGE_BYTES - 12) * 64 / 255 - 23 },
    { INDEX_INTERIOR, 12, 4, false, (PAGE_BYTES - 12) * 64 / 255 - 23 },
};
static const unsigned LOCAL_MIN = (PAGE_BYTES - 12) * 32 / 255 - 23;

/* 'r' the row's id (stored as NULL), 't' text, 'w' the wall time */
static const struct {
    bool has_id;
    const char *columns;
} shapes[SALVAGE_N] = {
    [SALVAGE_SESSION] = { true, "rwtttttt" },
    [SALVAGE_DEVICE] = { false, "ttw" },
    [SALVAGE_VALUE] = { false, "twt" },
};

struct salvage {
    int file, log;    /* owned; -1: none */
    uint32_t pages;   /* of file and log together; page numbers begin with 1 */
    uint32_t *frames; /* owned; where in the log the newest copy of a page is; 0: nowhere */
    uint32_t at;      /* the page read next */
    uint64_t unreadable;
    uint8_t page[PAGE_BYTES];
    uint8_t more[PAGE_BYTES]; /* an overflow page */
    uint8_t row[ROW_BYTES_MAX];
    char texts[ROW_BYTES_MAX + COLUMNS_MAX]; /* terminated copies */
};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

/* ---- the log -------------------------------------------------------------------------------- */

static int64_t frame_offset(uint32_t frame)
{
    return LOG_HEADER_BYTES + (int64_t)(frame - 1) * (FRAME_HEADER_BYTES + PAGE_BYTES);
}

static int frames_room(struct salvage *s, uint32_t page)
{
    uint32_t *frames;
    uint32_t pages = page + page / 2 + 64;

    if (page <= s->pages)
        return 0;
    if (pages > SALVAGE_PAGES_MAX)
        pages = SALVAGE_PAGES_MAX;
    frames = realloc(s->frames, (pages + 1) * sizeof(*frames));
    if (!frames)
        return -ENOMEM;
    memset(frames + s->pages + 1, 0, (pages - s->pages) * sizeof(*frames));
    s->frames = frames;
    s->pages = pages;
    must(page <= s->pages);
    return 0;
}

/* Frames of the log's present run carry its two salts. Later ones replace earlier ones. */
static int log_read(struct salvage *s)
{
    uint8_t header[LOG_HEADER_BYTES], frame[FRAME_HEADER_BYTES];

    if (s->log < 0 || pread(s->log, header, sizeof(header), 0) != sizeof(header))
        return 0;
    for (uint32_t n = 1; n < SALVAGE_PAGES_MAX; n++) {
        uint32_t page;

        if (pread(s->log, frame, sizeof(frame), frame_offset(n)) != sizeof(frame))
            break;
        page = be32(frame);
        if (memcmp(frame + 8, header + 16, 8) != 0)
            break;
        if (page == 0 || page > SALVAGE_PAGES_MAX)
            continue;
        if (frames_room(s, page) < 0)
            return -ENOMEM;
        s->frames[page] = n;
    }
    return 0;
}

static bool page_read(struct salvage *s, uint32_t page, uint8_t *out)
{
    ssize_t n;

    must(s->pages <= SALVAGE_PAGES_MAX && s->frames);
    if (page == 0 || page > s->pages)
        return false;
    if (s->frames[page])
        n = pread(s->log, out, PAGE_BYTES, frame_offset(s->frames[page]) + FRAME_HEADER_BYTES);
    else
        n = pread(s->file, out, PAGE_BYTES, (int64_t)(page - 1) * PAGE_BYTES);
    if (n > 0 && n < PAGE_BYTES) /* cut off: what is there may hold rows */
        memset(out + n, 0, (size_t)(PAGE_BYTES - n));
    s->unreadable += n < 0;
    return n > 0;
}

/* ---- one row -------------------------------------------------------------------------------- */

/* A number of 1 to 9 bytes; returns how many, 0: it does not end within `size`. */
static unsigned varint(const uint8_t *p, size_t size, uint64_t *ret)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 9 && i < size; i++) {
        if (i == 8) {
            *ret = v << 8 | p[i];
            return 9;
        }
        v = v << 7 | (p[i] & 0x7f);
        if (!(p[i] & 0x80)) {
            *ret = v;
            return i + 1;
        }
    }
    return 0;
}

static int64_t integer(const uint8_t *p, unsigned bytes)
{
    uint64_t v = bytes > 0 && p[0] & 0x80 ? UINT64_MAX : 0;

    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

struct column {
    uint64_t type;
    const uint8_t *at; /* into the row */
    size_t bytes;
};

static size_t type_bytes(uint64_t type)
{
    static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

    return type < 12 ? sizes[type] : (size_t)((type - 12) / 2);
}

static bool type_is_text(uint64_t type)
{
    return type >= 13 && type % 2 == 1;
}

static bool type_is_integer(uint64_t type)
{
    return (type >= 1 && type <= 6) || type == 8 || type == 9;
}

/* The columns of a row of `size` bytes; 0: it has another shape. */
static unsigned columns_read(const uint8_t *row, size_t size, struct column *out)
{
    uint64_t header = 0;
    size_t at = varint(row, size, &header), body;
    unsigned n = 0;

    if (at == 0 || header > size)
        return 0;
    for (body = (size_t)header; at < header; n++) {
        unsigned used = n < COLUMNS_MAX ? varint(row + at, (size_t)header - at, &out[n].type) : 0;

        if (used == 0 || type_bytes(out[n].type) > size - body)
            return 0;
        out[n].at = row + body;
        out[n].bytes = type_bytes(out[n].type);
        at += used;
        body += out[n].bytes;
    }
    return body == size ? n : 0;
}

static bool column_fits(const struct column *c, char letter)
{
    if (letter == 'r')
        return c->type == 0;
    return letter == 't' ? type_is_text(c->type) : type_is_integer(c->type);
}

static bool columns_fit(const struct column *c, unsigned n, enum salvage_kind kind, bool has_id)
{
    const char *want = shapes[kind].columns;

    if (has_id != shapes[kind].has_id || strlen(want) != n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!column_fits(&c[i], want[i]))
            return false;
    return true;
}

static int64_t column_integer(const struct column *c)
{
    return c->type >= 8 ? (int64_t)c->type - 8 : integer(c->at, (unsigned)c->bytes);
}

/* Terminated copies of the texts; false: one is no text that we would have written. */
static bool row_fill(struct salvage *s, struct salvage_row *row, const struct column *c, unsigned n)
{
    char *out = s->texts;
    unsigned texts = 0;

    for (unsigned i = 0; i < n; i++) {
        if (shapes[row->kind].columns[i] == 'w')
            row->wall_usec = column_integer(&c[i]);
        if (shapes[row->kind].columns[i] != 't')
            continue;
        must(out + c[i].bytes + 1 <= s->texts + sizeof(s->texts) && texts < SALVAGE_TEXTS);
        memcpy(out, c[i].at, c[i].bytes);
        out[c[i].bytes] = '\0';
        if (strlen(out) != c[i].bytes || !utf8_is_valid(out, c[i].bytes))
            return false;
        row->texts[texts++] = out;
        out += c[i].bytes + 1;
    }
    return true;
}

static void row_judge(struct salvage *s, size_t size, const uint64_t *id, salvage_row_fn fn,
                      void *user)
{
    struct column c[COLUMNS_MAX];
    unsigned n = columns_read(s->row, size, c);

    must(n <= COLUMNS_MAX && size <= ROW_BYTES_MAX);
    for (size_t kind = 0; kind < SALVAGE_N; kind++) {
        struct salvage_row row = { .kind = (enum salvage_kind)kind };

        if (!columns_fit(c, n, row.kind, id != NULL))
            continue;
        if (id && (*id == 0 || *id > (UINT64_C(1) << 53) - 1))
            return;
        row.id = id ? (int64_t)*id : 0;
        if (row_fill(s, &row, c, n) && (id || row.texts[0][0]))
            fn(&row, user);
        return;
    }
}

/* ---- one page ------------------------------------------------------------------------------- */

/* Follows the chain of overflow pages; each one gives what it holds, so the chain ends. */
static bool row_overflow(struct salvage *s, uint32_t page, size_t at, size_t size)
{
    must(size <= ROW_BYTES_MAX);
    while (at < size) {
        size_t n = size - at < PAGE_BYTES - 4 ? size - at : PAGE_BYTES - 4;

        if (!page_read(s, page, s->more))
            return false;
        memcpy(s->row + at, s->more + 4, n);
        at += n;
        page = be32(s->more);
    }
    return true;
}

static size_t row_local(const struct page_kind *kind, size_t size)
{
    size_t local = LOCAL_MIN + (size - LOCAL_MIN) % (PAGE_BYTES - 4);

    if (size <= kind->local_max)
        return size;
    return local <= kind->local_max ? local : LOCAL_MIN;
}

static void cell_read(struct salvage *s, const struct page_kind *kind, size_t at, salvage_row_fn fn,
                      void *user)
{
    uint64_t size = 0, id = 0;
    unsigned used;
    size_t local;

    at += kind->child_bytes;
    used = at < PAGE_BYTES ? varint(s->page + at, PAGE_BYTES - at, &size) : 0;
    if (used == 0 || size == 0 || size > ROW_BYTES_MAX)
        return;
    at += used;
    if (kind->has_id) {
        used = varint(s->page + at, PAGE_BYTES - at, &id);
        if (used == 0)
            return;
        at += used;
    }
    local = row_local(kind, (size_t)size);
    must(local <= size && local <= kind->local_max);
    if (local > PAGE_BYTES - at || (local < size && PAGE_BYTES - at - local < 4))
        return;
    memcpy(s->row, s->page + at, local);
    if (local < size && !row_overflow(s, be32(s->page + at + local), local, (size_t)size))
        return;
    row_judge(s, (size_t)size, kind->has_id ? &id : NULL, fn, user);
}

static void page_judge(struct salvage *s, size_t at, salvage_row_fn fn, void *user)
{
    const struct page_kind *kind = NULL;
    uint32_t cells;

    for (size_t i = 0; i < sizeof(page_kinds) / sizeof(page_kinds[0]); i++)
        if (page_kinds[i].mark == s->page[at])
            kind = &page_kinds[i];
    if (!kind)
        return;
    cells = be16(s->page + at + 3);
    for (uint32_t i = 0; i < cells; i++) {
        size_t place = at + kind->header_bytes + 2 * (size_t)i;

        if (place + 2 > PAGE_BYTES)
            return;
        cell_read(s, kind, be16(s->page + place), fn, user);
    }
}

bool salvage_page(struct salvage *s, salvage_row_fn fn, void *user)
{
    if (s->at > s->pages)
        return false;
    if (page_read(s, s->at, s->page))
        page_judge(s, s->at == 1 ? FILE_HEADER_BYTES : 0, fn, user);
    s->at++;
    return s->at <= s->pages;
}

/* ---- opening -------------------------------------------------------------------------------- */

static uint32_t pages_of(int64_t bytes)
{
    int64_t pages = bytes / PAGE_BYTES + 1; /* a file that was cut ends in a part of one */

    return pages < SALVAGE_PAGES_MAX ? (uint32_t)pages : SALVAGE_PAGES_MAX;
}

int salvage_new_of(struct salvage **ret, int file, int log, struct err *e)
{
    AUTO(salvage_freep) struct salvage *s = calloc(1, sizeof(*s));
    struct stat st;
    int r = s ? 0 : -ENOMEM;

    if (!s) {
        close(file);
        if (log >= 0)
            close(log);
        return err_set(e, r, "out of memory");
    }
    s->file = file;
    s->log = log;
    s->at = 1;
    if (fstat(file, &st) < 0)
        return err_set(e, -errno, "%s", err_words(errno));
    r = frames_room(s, pages_of(st.st_size));
    if (r >= 0)
        r = log_read(s);
    if (r < 0)
        return err_set(e, r, "out of memory");
    *ret = STEAL(s);
    return 0;
}

int salvage_new(struct salvage **ret, const char *path, struct err *e)
{
    char log_path[1024];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int log, r;

    if (file < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    snprintf(log_path, sizeof(log_path), "%s-wal", path);
    log = open(log_path, O_RDONLY | O_CLOEXEC); /* there is none after a clean end */
    r = salvage_new_of(ret, file, log, e);
    return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

struct salvage *salvage_free(struct salvage *s)
{
    if (!s)
        return NULL;
    close(s->file);
    if (s->log >= 0)
        close(s->log);
    free(s->frames);
    free(s);
    return NULL;
}

uint64_t salvage_unreadable(const struct salvage *s)
{
    return s->unreadable;
}
