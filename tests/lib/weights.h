/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/weights.h - what every test of a network does: made weights by chance, a file that is
 * well made but not the one that is meant, and the real one where it is installed. */
#ifndef JARVIS_TESTS_LIB_WEIGHTS_H
#define JARVIS_TESTS_LIB_WEIGHTS_H

#include "base/err.h"
#include "lib/onnx.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static uint32_t weights_seed;

/* From -scale to scale. */
static inline float weights_noise(float scale)
{
    weights_seed = weights_seed * 1664525u + 1013904223u;
    return scale * ((float)(weights_seed >> 8) / 8388608.0f - 1.0f);
}

/* `file` is taken over; `load` must refuse it, and a path where nothing is. */
static inline void weights_other_refused(struct onnx_text file, int (*load)(const char *, struct err *))
{
    char path[] = "/tmp/jarvis_weights_XXXXXX";
    struct err e = ERR_INIT;
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, file.at, file.n), (ssize_t)file.n);
    close(fd);
    assert_int_equal(load(path, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "SHA-256"));
    remove(path);
    assert_int_equal(load(path, &e), -ENOENT);
    free(file.at);
}

/* `file`, which is taken over, lacks the tensor `name`: `parse` must say so. */
static inline void weights_missing_refused(struct onnx_text file, const char *name,
                                           int (*parse)(struct onnx_text, struct err *))
{
    struct err e = ERR_INIT;

    assert_int_equal(parse(file, &e), -ENOENT);
    if (!strstr(e.text, name))
        fail_msg("'%s' is not named: %s", name, e.text);
    free(file.at);
}

/* The installed file `name`; $JARVIS_WEIGHTS names another folder. */
static inline const char *weights_path(char *path, size_t n, const char *name)
{
    const char *folder = getenv("JARVIS_WEIGHTS");

    snprintf(path, n, "%s/%s", folder ? folder : "build/models", name);
    return path;
}

#endif
