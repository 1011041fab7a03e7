/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/settings_fuzz.c - a settings file of any bytes: what remains is a struct in
 * which each value passes its own row, each complaint is one line. */
#include "core/settings.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(const char *text, void *user)
{
    int *complaints = user;

    if (!text[0] || strchr(text, '\n') || !utf8_is_valid(text, strlen(text)))
        abort();
    if (++*complaints > SETTINGS_COMPLAINTS_MAX + 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct settings_text text = { .name = "f", .bytes = data, .len = size };
    struct settings s, before, copy;
    struct err e = ERR_INIT;
    int complaints = 0;

    memset(&s, 0, sizeof(s));
    if (cfg_defaults(settings_rows, settings_rows_n, &s, NULL) < 0)
        abort();
    memcpy(&before, &s, sizeof(s));
    if (settings_parse(&s, &text, complain, &complaints, &e) < 0) {
        if (memcmp(&s, &before, sizeof(s)) != 0 || e.text[0] == '\0')
            abort();
        return 0;
    }
    memcpy(&copy, &before, sizeof(s));
    for (size_t i = 0; i < settings_rows_n; i++) {
        AUTO_STR value = STR_INIT;

        cfg_print(&value, &settings_rows[i], &s);
        if (value.failed || cfg_store(&settings_rows[i], &copy, str_text(&value), NULL) < 0)
            abort();
    }
    if (memcmp(&copy, &s, sizeof(s)) != 0)
        abort();
    return 0;
}
