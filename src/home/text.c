/* SPDX-License-Identifier: Apache-2.0 */
/* home/text.c - what a text of devices.yaml may be. */
#include "home/text.h"

#include "base/utf8.h"

#include <string.h>

int text_check(const char *key, const char *text, size_t max, struct err *e)
{
    if (strlen(text) > max)
        return err_set(e, -ENAMETOOLONG, "%s: longer than %zu bytes", key, max);
    if (!utf8_is_valid(text, strlen(text)) || strstr(text, "\xef\xbf\xbd"))
        return err_set(e, -EINVAL, "%s: not UTF-8; save the file as UTF-8", key);
    if (utf8_has_control(text, ""))
        return err_set(e, -EINVAL, "%s: holds a control character or a line break", key);
    return 0;
}
