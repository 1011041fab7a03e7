/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.c - structured log: one line at a time to the sink, the newest kept in a ring. */
#include "base/log.h"

#include "base/log_sink.h"
#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

struct log {
    pthread_mutex_t lock; /* guards all below */
    enum log_level least;
    struct log_sink sink;
    uint64_t seq; /* of the newest line */
    struct log_line kept[LOG_KEPT];
};

static const char *const level_names[LOG_LEVEL_N] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

int log_new(struct log **ret, enum log_level least, struct err *e)
{
    struct log *log = calloc(1, sizeof(*log));

    if (!log)
        return err_set(e, -ENOMEM, "log: out of memory");
    pthread_mutex_init(&log->lock, NULL);
    log->least = least;
    log_sink_open(&log->sink, LOG_JOURNAL_SOCKET);
    *ret = log;
    return 0;
}

struct log *log_free(struct log *log)
{
    if (!log)
        return NULL;
    log_sink_close(&log->sink);
    pthread_mutex_destroy(&log->lock);
    free(log);
    return NULL;
}

void log_set_level(struct log *log, enum log_level least)
{
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    log->least = least;
    pthread_mutex_unlock(&log->lock);
}

/* Copies with control characters and bytes that are no UTF-8 as \xNN: a heard or received
 * text can neither forge a line nor spoil the JSON it is later shown in. */
static void text_escape(char *out, size_t size, const char *text)
{
    size_t left = strlen(text), used = 0;

    while (left > 0) {
        uint32_t cp = 0;
        size_t n = utf8_next(&cp, text, left);
        bool plain = n > 0 && !utf8_is_control(cp);
        size_t want = plain ? n : 4;

        if (want >= size - used)
            break;
        if (plain)
            memcpy(out + used, text, n);
        else
            snprintf(out + used, size - used, "\\x%02x", (unsigned char)*text);
        used += want;
        n = plain ? n : 1;
        text += n;
        left -= n;
    }
    out[used] = '\0';
}

static int64_t wall_now_usec(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void log_write(struct log *log, enum log_level level, const char *area, uint64_t session,
               const char *format, ...)
{
    struct log_line line = { .session = session, .level = level };
    char text[LOG_TEXT_BYTES];
    va_list ap;

    if (!log)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    text_escape(line.text, sizeof(line.text), text);
    text_escape(line.area, sizeof(line.area), area);
    pthread_mutex_lock(&log->lock);
    if (level >= log->least) {
        line.wall_usec = wall_now_usec();
        line.seq = ++log->seq;
        log->kept[(line.seq - 1) % LOG_KEPT] = line;
        log_sink_write(&log->sink, &line);
    }
    pthread_mutex_unlock(&log->lock);
}

size_t log_kept(struct log *log, uint64_t after_seq, struct log_line *out, size_t max)
{
    uint64_t seq;
    size_t n = 0;

    must(out || max == 0);
    pthread_mutex_lock(&log->lock);
    seq = log->seq > LOG_KEPT ? log->seq - LOG_KEPT : 0; /* the line before the oldest kept */
    if (after_seq > seq)
        seq = after_seq;
    while (seq < log->seq && n < max)
        out[n++] = log->kept[seq++ % LOG_KEPT];
    pthread_mutex_unlock(&log->lock);
    return n;
}

const char *log_level_name(enum log_level level)
{
    return (unsigned)level < LOG_LEVEL_N ? level_names[level] : "?";
}

int log_level_parse(enum log_level *ret, const char *name, struct err *e)
{
    AUTO_STR known = STR_INIT;

    for (int i = 0; i < LOG_LEVEL_N; i++) {
        if (strcmp(level_names[i], name) == 0) {
            *ret = (enum log_level)i;
            return 0;
        }
    }
    for (int i = 0; i < LOG_LEVEL_N; i++)
        str_add_item(&known, level_names[i]);
    return err_set(e, -EINVAL, "log level '%.20s': choose %s", name, str_text(&known));
}
