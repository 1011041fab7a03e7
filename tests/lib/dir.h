/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/dir.h - folders of a test: make one, count what is in it, remove it with all it holds. */
#ifndef JARVIS_TESTS_LIB_DIR_H
#define JARVIS_TESTS_LIB_DIR_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIR_BYTES = 64, DIR_PATH_BYTES = 600 };

/* A new folder in /tmp. Returns 0, or -1 when there is none. */
static inline int dir_make(char dir[DIR_BYTES], const char *name)
{
    snprintf(dir, DIR_BYTES, "/tmp/jarvis-%.32s-XXXXXX", name);
    return mkdtemp(dir) ? 0 : -1;
}

/* What stands in it; -1: there is no such folder. */
static inline int dir_entries(const char *path)
{
    DIR *d = opendir(path);
    int n = -2; /* . and .. */

    if (!d)
        return -1;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Is there an entry whose name holds `part`? */
static inline bool dir_holds(const char *path, const char *part)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    bool found = false;

    while (d && (entry = readdir(d)))
        found = found || strstr(entry->d_name, part);
    if (d)
        closedir(d);
    return found;
}

static inline int dir_remove(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        char sub[DIR_PATH_BYTES];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(sub, sizeof(sub), "%.300s/%.255s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            dir_remove(sub);
        else
            unlink(sub);
    }
    if (d)
        closedir(d);
    return rmdir(path);
}

#endif
