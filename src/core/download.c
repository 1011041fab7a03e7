/* SPDX-License-Identifier: Apache-2.0 */
/* core/download.c - one file from elsewhere. */
#include "core/download.h"

#include "base/must.h"
#include "base/sha256.h"
#include "base/str.h"
#include "core/fetch.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

enum {
    CONNECT_MS = 10000,
    BEGIN_MS = 60000,
    SLOWEST_BYTES_PER_MS = 8, /* a line slower than that is told as too slow */
    REDIRECTS_MAX = 5,
    COPY_BYTES = 64 << 10,
};

static const char file_scheme[] = "file://";

static const struct fetch_place download_place = {
    .what = "download",
    .url_row = "url in the manifest",
    .key_row = "url in the manifest",
    .connect_row = "10 s",
    .path_rows = "url in the manifest",
    .kind_rows = "url in the manifest",
};

struct transfer {
    const struct download *want; /* borrowed */
    int fd;                      /* owned; of the new file */
    struct sha256 sum;
    uint64_t bytes;
    struct loop *loop; /* borrowed */
    int code;          /* of the end */
    struct err *e;
};

/* ---- what comes --------------------------------------------------------------------------- */

static int transfer_write(struct transfer *t, const char *bytes, size_t len, struct err *e)
{
    while (len > 0) {
        ssize_t n = write(t->fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, -errno, "%s: %s", t->want->path, err_words(errno));
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

static int transfer_add(struct transfer *t, const void *bytes, size_t len, struct err *e)
{
    must(t->bytes <= t->want->bytes);
    if (len > t->want->bytes - t->bytes)
        return err_set(e, -EMSGSIZE, "%s: is longer than the %llu bytes of the manifest", t->want->url,
                       (unsigned long long)t->want->bytes);
    sha256_add(&t->sum, bytes, len);
    t->bytes += len;
    return transfer_write(t, bytes, len, e);
}

static int transfer_judge(struct transfer *t, struct err *e)
{
    const struct download *d = t->want;
    char sum[SHA256_HEX_BYTES];

    if (t->bytes != d->bytes)
        return err_set(e, -ENODATA, "%s: has %llu bytes, not the %llu of the manifest", d->url,
                       (unsigned long long)t->bytes, (unsigned long long)d->bytes);
    sha256_end(&t->sum, sum);
    if (strcmp(sum, d->sha256) != 0)
        return err_set(e, -EBADMSG, "%s: is another file than the manifest's: its sha256 is %s", d->url, sum);
    if (fchmod(t->fd, d->mode) < 0 || fsync(t->fd) < 0)
        return err_set(e, -errno, "%s: %s", d->path, err_words(errno));
    return 0;
}

/* ---- from a server -------------------------------------------------------------------------- */

static int on_body(const void *bytes, size_t len, void *user, struct err *e)
{
    return transfer_add(user, bytes, len, e);
}

static void on_end(int code, const char *words, void *user)
{
    struct transfer *t = user;

    t->code = code < 0 ? err_set(t->e, code, "%s", words) : 0;
    loop_quit(t->loop, 0);
}

static void on_stop(int fd, uint32_t revents, void *user)
{
    struct transfer *t = user;

    (void)fd;
    (void)revents;
    t->code = err_set(t->e, -ECANCELED, "the download was stopped");
    loop_quit(t->loop, 0);
}

static int fetch_begin_of(struct fetch *f, const struct download *d, struct err *e)
{
    const struct fetch_request q = {
        .url = d->url,
        .key = "",
        .connect_ms = CONNECT_MS,
        .gap_ms = DOWNLOAD_GAP_MS,
        .total_ms = BEGIN_MS + (int64_t)(d->bytes / SLOWEST_BYTES_PER_MS),
        .bytes_max = (uint64_t)JSON_INT_MAX, /* transfer_add() has a narrower one, with better words */
        .redirects = REDIRECTS_MAX,
    };

    return fetch_ask(f, &q, e);
}

static int transfer_fetch(struct transfer *t, struct err *e)
{
    const struct fetch_events events = { .on_body = on_body, .on_end = on_end, .user = t };
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(fetch_freep) struct fetch *fetch = NULL;
    AUTO(loop_io_freep) struct loop_io *stop = NULL;
    struct clock clock;
    int r;

    clock_init_real(&clock);
    r = loop_new(&loop, &clock, e);
    if (r < 0)
        return r;
    t->loop = loop;
    t->e = e;
    r = fetch_new(&fetch, loop, &download_place, &events, e);
    if (r >= 0 && t->want->stop >= 0)
        r = loop_io_new(&stop, loop, t->want->stop, EPOLLIN, on_stop, t, e);
    if (r >= 0)
        r = fetch_begin_of(fetch, t->want, e);
    if (r >= 0)
        r = loop_run(loop, e);
    return r < 0 ? r : t->code;
}

/* ---- from a file ---------------------------------------------------------------------------- */

static bool is_stopped(int stop)
{
    struct pollfd p = { .fd = stop, .events = POLLIN };

    return stop >= 0 && poll(&p, 1, 0) > 0;
}

static int transfer_copy(struct transfer *t, struct err *e)
{
    const char *path = t->want->url + sizeof(file_scheme) - 1;
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO_FREE char *buf = malloc(COPY_BYTES);
    struct stat st;
    ssize_t n = 1;
    int r = 0;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH)) /* what is ours alone is not spread */
        return err_set(e, -EACCES, "%s: is no regular file that all may read", path);
    if (!buf)
        return err_set(e, -ENOMEM, "%s: out of memory", path);
    while (r == 0 && n > 0) {
        if (is_stopped(t->want->stop))
            return err_set(e, -ECANCELED, "the download was stopped");
        n = read(fd, buf, COPY_BYTES);
        if (n < 0)
            return err_set(e, -errno, "%s: %s", path, err_words(errno));
        r = transfer_add(t, buf, (size_t)n, e);
    }
    return r;
}

int download_run(const struct download *d, struct err *e)
{
    AUTO_CLOSE int fd = open(d->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct transfer t = { .want = d, .fd = fd };
    int r;

    if (fd < 0)
        return err_set(e, -errno, "%s: %s", d->path, err_words(errno));
    sha256_begin(&t.sum);
    r = str_starts(d->url, file_scheme) ? transfer_copy(&t, e) : transfer_fetch(&t, e);
    if (r == 0)
        r = transfer_judge(&t, e);
    if (r < 0)
        unlink(d->path);
    must(r <= 0 && (r < 0 || t.bytes == d->bytes));
    return r;
}
