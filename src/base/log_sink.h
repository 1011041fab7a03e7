/* SPDX-License-Identifier: Apache-2.0 */
/* base/log_sink.h - where base/log.c puts a line: the journal or stderr.
 *
 * The journal is taken when JOURNAL_STREAM names our stderr ("dev:inode", systemd sets it)
 * and its socket answers; a line that it does not take at once goes to stderr instead.
 * Source: systemd's "Native Journal Protocol". Threads: one at a time. */
#ifndef JARVIS_BASE_LOG_SINK_H
#define JARVIS_BASE_LOG_SINK_H

#include "base/log.h"

#include <stdbool.h>

#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

struct log_sink {
    int journal_fd; /* owned; -1: stderr */
    bool colour;    /* stderr is a terminal */
};

void log_sink_open(struct log_sink *s, const char *journal_socket);
void log_sink_close(struct log_sink *s);
void log_sink_write(const struct log_sink *s, const struct log_line *line);

#endif
