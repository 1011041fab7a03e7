/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote.c - what recognisers and voices on other machines share. */
#include "speech/remote.h"

#include "core/settings.h"
#include "core/wyoming_link.h"

#include <string.h>

enum { WORDS_BYTES = 160 };

const struct remote_way *remote_way_find(const void *rows, size_t n, size_t stride,
                                         const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const struct remote_way *way = (const void *)((const char *)rows + i * stride);

        if (strcmp(way->name, name) == 0)
            return way;
    }
    return NULL;
}

int remote_url(char *url, size_t size, const char *base, const char *path,
               const struct fetch_place *place, struct err *e)
{
    AUTO_FREE char *taken = NULL;
    char host[SETTING_PATH];
    const char *slash;
    int r;

    if (!path)
        return wyoming_link_url(&taken, base, place->url_row, e);
    r = fetch_url_check(base, place->url_row, host, sizeof(host), e);
    if (r < 0)
        return r;
    slash = strchr(strstr(base, "://") + 3, '/');
    if (slash && slash[1])
        str_copy(url, size, base);
    else
        snprintf(url, size, "%.*s%s", (int)(slash ? (size_t)(slash - base) : strlen(base)), base,
                 path);
    return 0;
}

int remote_error(const struct wyoming_event *event, struct err *e)
{
    struct wyoming_error error = { 0 };
    int r = wyoming_take(&error, &wyoming_error_fields, event, e);

    if (r == 0)
        r = err_set(e, -EREMOTEIO, "%.*s", WORDS_BYTES, error.text);
    fields_done(&error, &wyoming_error_fields);
    return r;
}
