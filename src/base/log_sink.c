/* SPDX-License-Identifier: Apache-2.0 */
/* base/log_sink.c - a log line to the journal or to stderr.
 *
 * A journal record is one datagram of NAME=value lines. The values here hold no newline
 * (base/log.c escapes them), so the length-prefixed form for binary values is not needed. */
#include "base/log_sink.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static const struct {
    int priority; /* syslog's */
    const char *colour;
} levels[LOG_LEVEL_N] = {
    [LOG_LEVEL_DEBUG] = { 7, "\033[2m" },
    [LOG_LEVEL_INFO] = { 6, "" },
    [LOG_LEVEL_WARN] = { 4, "\033[33m" },
    [LOG_LEVEL_ERROR] = { 3, "\033[31m" },
};

static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char ours[64];
    struct stat st;

    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return false;
    snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    return strcmp(stream, ours) == 0;
}

static int journal_open(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    AUTO_CLOSE int fd = -1;

    if (!stderr_is_journal() || !str_copy(to.sun_path, sizeof(to.sun_path), path))
        return -1;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        return -1;
    return STEAL_FD(fd);
}

void log_sink_open(struct log_sink *s, const char *journal_socket)
{
    s->journal_fd = journal_open(journal_socket);
    s->colour = isatty(STDERR_FILENO) == 1;
}

void log_sink_close(struct log_sink *s)
{
    if (s->journal_fd >= 0)
        close(s->journal_fd);
    s->journal_fd = -1;
}

/* "12:00:01.123 warn  mqtt: broker refused". One write, so that lines of several programs on
 * one terminal stay whole. */
static void stderr_write(const struct log_sink *s, const struct log_line *l)
{
    time_t seconds = (time_t)(l->wall_usec / 1000000);
    const char *colour = s->colour ? levels[l->level].colour : "";
    char clock[16] = "", line[LOG_TEXT_BYTES + 128];
    struct tm tm;
    int n;

    if (localtime_r(&seconds, &tm))
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    n = snprintf(line, sizeof(line), "%s%s.%03d %-5s %s: %s%s\n", colour, clock,
                 (int)(l->wall_usec / 1000 % 1000), log_level_name(l->level), l->area, l->text,
                 colour[0] ? "\033[0m" : "");
    fwrite(line, 1, (size_t)n, stderr);
}

static bool journal_write(const struct log_sink *s, const struct log_line *l)
{
    char record[LOG_TEXT_BYTES + 256];
    int n = snprintf(record, sizeof(record),
                     "PRIORITY=%d\nSYSLOG_IDENTIFIER=%.64s\nJARVIS_AREA=%s\n",
                     levels[l->level].priority, program_invocation_short_name, l->area);
    size_t len = (size_t)n;

    if (l->session > 0)
        len += (size_t)snprintf(record + len, sizeof(record) - len, "JARVIS_SESSION=%llu\n",
                                (unsigned long long)l->session);
    len += (size_t)snprintf(record + len, sizeof(record) - len, "MESSAGE=%s: %s\n", l->area,
                            l->text);
    return send(s->journal_fd, record, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

void log_sink_write(const struct log_sink *s, const struct log_line *l)
{
    if (s->journal_fd < 0 || !journal_write(s, l))
        stderr_write(s, l);
}
