/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase_error.c - which sentence tells a failure. */
#include "assistant/phrase.h"

#include <errno.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct error_row {
    int code;
    enum reply_error error;
};

static enum reply_error error_find(const struct error_row *rows, size_t n, int code,
                                   enum reply_error fallback)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].code == code)
            return rows[i].error;
    return fallback;
}

enum reply_error phrase_action_error(int code)
{
    static const struct error_row rows[] = {
        { -ENODEV, REPLY_NO_DEVICE },      { -ENOENT, REPLY_NO_DEVICE },
        { -EHOSTDOWN, REPLY_DEVICE_AWAY }, { -ENOTCONN, REPLY_BROKER_AWAY },
        { -ECONNREFUSED, REPLY_BROKER_AWAY }, { -EHOSTUNREACH, REPLY_BROKER_AWAY },
        { -ENETUNREACH, REPLY_BROKER_AWAY },  { -ECONNRESET, REPLY_BROKER_AWAY },
        { -EPIPE, REPLY_BROKER_AWAY },     { -ETIMEDOUT, REPLY_TIMED_OUT },
        { -EOPNOTSUPP, REPLY_CANNOT },     { -EBADMSG, REPLY_CANNOT },
        { -ENOSYS, REPLY_CANNOT },         { -EINVAL, REPLY_BAD_VALUE },
        { -ERANGE, REPLY_BAD_VALUE },          { -ENODATA, REPLY_STATE_UNKNOWN },
        { -EPERM, REPLY_GUARDED },             { -EBUSY, REPLY_BUSY },
        { -ENOTUNIQ, REPLY_WHICH_ROOM },       { -ESTALE, REPLY_BEFORE_UNKNOWN },
    };

    return error_find(rows, COUNT(rows), code, REPLY_FAILED);
}

enum reply_error phrase_llm_error(int code)
{
    static const struct error_row rows[] = {
        { -ECONNREFUSED, REPLY_LLM_OFFLINE }, { -EHOSTUNREACH, REPLY_LLM_OFFLINE },
        { -EHOSTDOWN, REPLY_LLM_OFFLINE },    { -ECONNRESET, REPLY_LLM_OFFLINE },
        { -EAGAIN, REPLY_LLM_OFFLINE },       { -ETIMEDOUT, REPLY_LLM_SLOW },
        { -EACCES, REPLY_LLM_REFUSED },
    };

    return error_find(rows, COUNT(rows), code, REPLY_LLM_FAILED);
}
