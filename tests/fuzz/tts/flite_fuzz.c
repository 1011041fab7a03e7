/* SPDX-License-Identifier: Apache-2.0 */
/* flite: any text of a model. What is plain is ASCII and terminated, its parts are all of it, and flite
 * takes each (the sound itself is cut at its beginning). */
#include "helpers/tts/flite.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_BYTES = 400 };

static bool cut(const int16_t *frames, size_t count, void *user)
{
    (void)frames, (void)count, (void)user;
    return false;
}

static void want(bool holds)
{
    if (!holds)
        abort();
}

static void speak_parts(const char *plain)
{
    static struct flite *f; /* one for all: to load it takes longer than to speak */

    if (!f)
        want(flite_new(&f, NULL) == 0);
    while (*plain) {
        char part[FLITE_PART_BYTES + 1];
        size_t n = flite_part(plain);
        int r;

        want(n > 0 && n <= FLITE_PART_BYTES && n <= strlen(plain));
        memcpy(part, plain, n);
        part[n] = '\0';
        r = flite_speak(f, part, FLITE_WPM, cut, NULL, NULL);
        want(r == 0 || r == -ECANCELED || r == -EIO);
        plain += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_BYTES + 1], plain[2 * TEXT_BYTES];

    if (size > TEXT_BYTES)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    /* as voice_speak() has it: UTF-8 without control characters */
    if (!utf8_is_valid(text, strlen(text)) || utf8_has_control(text, ""))
        return 0;
    if (!flite_plain(plain, sizeof(plain), text))
        return 0;
    for (const char *p = plain; *p; p++)
        want((unsigned char)*p < 0x80);
    speak_parts(plain);
    return 0;
}
