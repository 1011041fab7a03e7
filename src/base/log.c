/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.c - structured log to journal or stderr.
 *
 * The journal's native protocol is one datagram of NAME=value lines; the values here
 * hold no newline (they are escaped before), so the binary form is not needed. */
#include "base/log.h"

#include "base/str.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

struct log {
    pthread_mutex_t lock;
    enum log_level least;
    int journal_fd; /* -1: stderr */
    bool colour;
    uint64_t seq; /* of the newest line */
    struct log_line kept[LOG_KEPT];
};

static const struct {
    const char *name;
    const char *colour;
    int priority; /* syslog's */
} levels[LOG_LEVEL_N] = {
    [LOG_LEVEL_DEBUG] = { "debug", "\033[2m", 7 },
    [LOG_LEVEL_INFO] = { "info", "", 6 },
    [LOG_LEVEL_WARN] = { "warn", "\033[33m", 4 },
    [LOG_LEVEL_ERROR] = { "error", "\033[31m", 3 },
};

/* systemd sets JOURNAL_STREAM to "dev:inode" of our stderr when it is the journal. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long dev, inode;
    struct stat st;
    char *end;

    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return false;
    dev = strtoull(stream, &end, 10);
    if (*end != ':')
        return false;
    inode = strtoull(end + 1, NULL, 10);
    return dev == st.st_dev && inode == st.st_ino;
}

static int journal_open(void)
{
    const struct sockaddr_un to = { .sun_family = AF_UNIX,
                                    .sun_path = "/run/systemd/journal/socket" };
    int fd;

    if (!stderr_is_journal())
        return -1;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int log_new(struct log **ret, enum log_level least, struct err *e)
{
    struct log *log = calloc(1, sizeof(*log));

    if (!log)
        return err_set(e, -ENOMEM, "log: out of memory");
    pthread_mutex_init(&log->lock, NULL);
    log->least = least;
    log->journal_fd = journal_open();
    log->colour = isatty(STDERR_FILENO) == 1;
    *ret = log;
    return 0;
}

struct log *log_free(struct log *log)
{
    if (!log)
        return NULL;
    if (log->journal_fd >= 0)
        close(log->journal_fd);
    pthread_mutex_destroy(&log->lock);
    free(log);
    return NULL;
}

void log_set_level(struct log *log, enum log_level least)
{
    pthread_mutex_lock(&log->lock);
    log->least = least;
    pthread_mutex_unlock(&log->lock);
}

/* Copies with control characters as \xNN: a heard or received text cannot forge a line. */
static void text_escape(char *out, size_t size, const char *text)
{
    size_t n = 0;

    for (; *text && n + 5 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != 0x7f)
            out[n++] = (char)c;
        else
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
    }
    out[n] = '\0';
}

static void line_to_stderr(const struct log *log, const struct log_line *l)
{
    time_t seconds = (time_t)(l->wall_usec / 1000000);
    const char *colour = log->colour ? levels[l->level].colour : "";
    char clock[16] = "";
    struct tm tm;

    if (localtime_r(&seconds, &tm))
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    fprintf(stderr, "%s%s.%03d %-5s %s: %s%s\n", colour, clock,
            (int)(l->wall_usec / 1000 % 1000), levels[l->level].name, l->area, l->text,
            colour[0] ? "\033[0m" : "");
}

static void line_to_journal(const struct log *log, const struct log_line *l)
{
    char packet[LOG_TEXT_BYTES + 256];
    int n = snprintf(packet, sizeof(packet),
                     "PRIORITY=%d\nSYSLOG_IDENTIFIER=jarvisd\nJARVIS_AREA=%s\nJARVIS_SESSION=%llu\n"
                     "MESSAGE=%s: %s\n",
                     levels[l->level].priority, l->area, (unsigned long long)l->session, l->area,
                     l->text);

    if (n > 0 && (size_t)n < sizeof(packet) &&
        send(log->journal_fd, packet, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        line_to_stderr(log, l);
}

void log_write(struct log *log, enum log_level level, const char *area, uint64_t session,
               const char *format, ...)
{
    char text[LOG_TEXT_BYTES];
    struct log_line *l;
    struct timespec ts;
    va_list ap;

    if (!log)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    pthread_mutex_lock(&log->lock);
    if (level >= log->least) {
        l = &log->kept[log->seq % LOG_KEPT];
        l->seq = ++log->seq;
        clock_gettime(CLOCK_REALTIME, &ts);
        l->wall_usec = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
        l->session = session;
        l->level = level;
        str_copy(l->area, sizeof(l->area), area);
        text_escape(l->text, sizeof(l->text), text);
        if (log->journal_fd >= 0)
            line_to_journal(log, l);
        else
            line_to_stderr(log, l);
    }
    pthread_mutex_unlock(&log->lock);
}

size_t log_kept(struct log *log, uint64_t after_seq, struct log_line *out, size_t max)
{
    uint64_t first, n = 0;

    pthread_mutex_lock(&log->lock);
    first = log->seq > LOG_KEPT ? log->seq - LOG_KEPT + 1 : 1;
    if (after_seq + 1 > first)
        first = after_seq + 1;
    for (uint64_t seq = first; seq <= log->seq && n < max; seq++)
        out[n++] = log->kept[(seq - 1) % LOG_KEPT];
    pthread_mutex_unlock(&log->lock);
    return n;
}

const char *log_level_name(enum log_level level)
{
    return level < LOG_LEVEL_N ? levels[level].name : "?";
}

int log_level_parse(enum log_level *ret, const char *name, struct err *e)
{
    for (int i = 0; i < LOG_LEVEL_N; i++) {
        if (strcmp(levels[i].name, name) == 0) {
            *ret = (enum log_level)i;
            return 0;
        }
    }
    return err_set(e, -EINVAL, "log level '%.20s': choose debug, info, warn or error", name);
}
