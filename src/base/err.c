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
        snprintf(inner, sizeof(inner), "%s", strerror(code < 0 ? -code : code));
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
    return strerror(e->code < 0 ? -e->code : e->code);
}
