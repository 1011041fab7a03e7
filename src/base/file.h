/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.h - whole files: bounded reading, atomic durable writing, paths.
 * Threads: no shared state. */
#ifndef JARVIS_BASE_FILE_H
#define JARVIS_BASE_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads a regular file of at most `max` bytes; *ret is terminated and owned by the caller.
 * -ENOENT, -EACCES, -EFBIG, -EINVAL (no regular file) ... each with the path. */
int file_read(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e);
/* The same for one file of all: its SHA-256 must be `sum` (hex), else -EBADMSG with what it is. */
int file_read_meant(char **ret, size_t *ret_len, const char *path, size_t max, const char *sum,
                    struct err *e);
/* A nameless file in the same folder, write, fsync, a name (PATH.new), rename, fsync of the folder:
 * after 0 the new content survives a power cut, on failure the old file stands as it was. Killed at
 * the worst moment it leaves PATH.new, which file_sweep() takes away. One writer a path at a time.
 * Waits for the disk: not for the main loop. */
int file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e);
void file_sweep(const char *path); /* removes what a killed file_write() of `path` left */
int file_mkdirs(const char *path, mode_t mode, struct err *e); /* like mkdir -p */
bool file_exists(const char *path);

#endif
