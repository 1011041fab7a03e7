/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.c - error codes with words. */
#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Words quote what came from outside and are cut at a byte: they must stay one line of UTF-8. */
static void text_finish(char *text, int wanted)
{
    if (wanted >= ERR_TEXT_BYTES)
        memcpy(text + ERR_TEXT_BYTES - 4, "...", 4);
    utf8_clean(text);
}

int err_set(struct err *e, int code, const char *format, ...)
{
    va_list ap;
    int n;

    if (!e)
        return code;
    e->code = code;
    va_start(ap, format);
    n = vsnprintf(e->text, sizeof(e->text), format, ap);
    va_end(ap);
    text_finish(e->text, n);
    return code;
}

int err_wrap(struct err *e, int code, const char *format, ...)
{
    char inner[ERR_TEXT_BYTES];
    va_list ap;
    int n;

    if (!e)
        return code;
    if (e->text[0] == '\0')
        snprintf(inner, sizeof(inner), "%s", err_words(code));
    else
        memcpy(inner, e->text, sizeof(inner));
    e->code = code;
    va_start(ap, format);
    n = vsnprintf(e->text, sizeof(e->text), format, ap);
    va_end(ap);
    if (n < ERR_TEXT_BYTES - 1) {
        size_t room = sizeof(e->text) - (size_t)n;
        int m = snprintf(e->text + n, room, ": %s", inner);

        n += m;
    }
    text_finish(e->text, n);
    return code;
}

const char *err_text(const struct err *e)
{
    if (!e)
        return "no details";
    if (e->text[0] != '\0')
        return e->text;
    return err_words(e->code);
}

/* clang-format off */
static const struct {
    int code;
    const char *words;
} errno_rows[] = {
    { EACCES,        "no permission: look at owner and mode, and at what the service may" },
    { EPERM,         "not permitted: look at what the service may" },
    { ENOENT,        "no such file or folder" },
    { EEXIST,        "it is there already" },
    { EISDIR,        "it is a folder, not a file" },
    { ENOTDIR,       "a part of the path is no folder" },
    { ENOTEMPTY,     "the folder is not empty" },
    { ELOOP,         "links that lead in a circle" },
    { ENAMETOOLONG,  "the path is too long" },
    { ENOSPC,        "no space left on the disk: make room" },
    { EDQUOT,        "the quota of the disk is used up: make room" },
    { EROFS,         "the disk is read-only: mount it writable" },
    { EFBIG,         "it is too large" },
    { EIO,           "reading or writing failed: look at the disk or the device" },
    { EMFILE,        "too many files are open: raise LimitNOFILE of the service" },
    { ENFILE,        "too many files are open on this machine: close programs" },
    { ENOMEM,        "out of memory: close programs, or turn off what is not needed" },
    { ENODEV,        "no such device: is it plugged in?" },
    { ENXIO,         "no such device: is it plugged in?" },
    { ENOEXEC,       "it is no program of this machine" },
    { EBUSY,         "it is busy: try again in a moment, or end the program that uses it" },
    { EAGAIN,        "not possible now: try again in a moment" },
    { ENOBUFS,       "too much waits: try again in a moment" },
    { EADDRINUSE,    "another program uses it: end that one, or choose another" },
    { EADDRNOTAVAIL, "this machine has no such address: choose one of its own" },
    { EAFNOSUPPORT,  "this machine has no such kind of address" },
    { ECONNREFUSED,  "nobody answers there: is it started, and is the port right?" },
    { ECONNRESET,    "the other side broke the connection off: its log may tell why" },
    { ECONNABORTED,  "the connection was broken off: try again" },
    { EPIPE,         "the other side has gone" },
    { ENOTCONN,      "there is no connection" },
    { EHOSTUNREACH,  "it cannot be reached: is it switched on, and in this network?" },
    { EHOSTDOWN,     "it cannot be reached: is it switched on?" },
    { ENETUNREACH,   "there is no network: look at cable or wireless" },
    { ENETDOWN,      "there is no network: look at cable or wireless" },
    { ETIMEDOUT,     "no answer in time: is it switched on and connected?" },
    { EPROTO,        "what came is not what was expected: look at version and address" },
    { EBADMSG,       "what came cannot be read" },
    { ENODATA,       "nothing came" },
    { ECANCELED,     "it was broken off" },
    { EALREADY,      "it is so already" },
    { ESTALE,        "it is out of date: try again" },
    { EINVAL,        "it is not as it must be" },
    { ERANGE,        "the value is out of range" },
    { EMSGSIZE,      "it is too long" },
    { E2BIG,         "it is too long" },
    { ENOSYS,        "this system cannot do it" },
    { EOPNOTSUPP,    "it cannot do that" },
    { ENOTUNIQ,      "there are several: say which" },
    { ENOKEY,        "it wants a confirmation" },
};
/* clang-format on */

/* One constant text a number, so that it is kept without a buffer that threads would share. */
#define UNKNOWN(n) "the system refused it, with no reason that Jarvis knows (error " #n ")"
#define UNKNOWN_TEN(t)                                                                            \
    UNKNOWN(t##0), UNKNOWN(t##1), UNKNOWN(t##2), UNKNOWN(t##3), UNKNOWN(t##4), UNKNOWN(t##5),     \
        UNKNOWN(t##6), UNKNOWN(t##7), UNKNOWN(t##8), UNKNOWN(t##9)

static const char *const unknown_rows[] = {
    UNKNOWN_TEN(),  UNKNOWN_TEN(1), UNKNOWN_TEN(2), UNKNOWN_TEN(3),  UNKNOWN_TEN(4),  UNKNOWN_TEN(5),  UNKNOWN_TEN(6),
    UNKNOWN_TEN(7), UNKNOWN_TEN(8), UNKNOWN_TEN(9), UNKNOWN_TEN(10), UNKNOWN_TEN(11), UNKNOWN_TEN(12), UNKNOWN_TEN(13),
};
enum { UNKNOWN_N = sizeof(unknown_rows) / sizeof(unknown_rows[0]) };

const char *err_words(int code)
{
    for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++)
        if (code == errno_rows[i].code || code == -errno_rows[i].code)
            return errno_rows[i].words;
    if (code > -UNKNOWN_N && code < UNKNOWN_N)
        return unknown_rows[code < 0 ? -code : code];
    return "the system refused it, with no reason that Jarvis knows";
}
