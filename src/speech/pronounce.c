/* SPDX-License-Identifier: Apache-2.0 */
/* speech/pronounce.c - espeak-ng's phonemes as the recogniser's phones.
 *
 * The longest row that fits is taken; espeak-ng's English voices write more than the plain
 * alphabet (3: for the vowel of "nurse", I2 for a weak I), so those stand here as well. */
#include "speech/pronounce.h"

#include "base/str.h"

#include <string.h>

static const struct {
    const char *from, *to; /* "" = no sound of its own */
} phones[] = {
    /* clang-format off */
    { "tS", "CH" }, { "dZ", "JH" }, { "aI@", "AY ER" }, { "aI3", "AY ER" }, { "aU@", "AW ER" },
    { "aI", "AY" }, { "aU", "AW" }, { "eI", "EY" }, { "OI", "OY" }, { "oU", "OW" },
    { "@U", "OW" }, { "e@", "EH R" }, { "I@", "IH R" }, { "U@", "UH R" }, { "i@", "IY AH" },
    { "A@", "AA R" }, { "O@", "AO R" }, { "o@", "AO R" }, { "3:", "ER" }, { "A:", "AA" },
    { "O:", "AO" }, { "i:", "IY" }, { "u:", "UW" }, { "@L", "AH L" }, { "@r", "ER" },
    { "I2", "IH" }, { "I#", "IH" }, { "a#", "AH" }, { "@2", "AH" }, { "@5", "AH" }, { "02", "AA" },
    { "E2", "EH" }, { "U2", "UH" }, { "i2", "IY" }, { "n-", "N" }, { "l^", "L" }, { "nj", "N Y" },
    { "A~", "AA N" }, { "O~", "AO N" }, { "E~", "AE N" }, { "W~", "AH N" }, { "n^", "N Y" },
    { "3", "ER" }, { "a", "AE" }, { "A", "AA" }, { "E", "EH" }, { "e", "EH" }, { "I", "IH" },
    { "i", "IY" }, { "0", "AA" }, { "O", "AO" }, { "o", "OW" }, { "V", "AH" }, { "U", "UH" },
    { "u", "UW" }, { "y", "UW" }, { "Y", "ER" }, { "W", "ER" }, { "@", "AH" },
    { "p", "P" }, { "b", "B" }, { "t#", "T" }, { "t", "T" }, { "d", "D" }, { "k", "K" },
    { "g", "G" }, { "f", "F" }, { "v", "V" }, { "T", "TH" }, { "D", "DH" }, { "s", "S" },
    { "z", "Z" }, { "S", "SH" }, { "Z", "ZH" }, { "h", "HH" }, { "x", "HH" }, { "m", "M" },
    { "n", "N" }, { "N", "NG" }, { "l", "L" }, { "r", "R" }, { "R", "R" }, { "*", "D" },
    { "w", "W" }, { "j", "Y" }, { "?", "" },
    { "'", "" }, { ",", "" }, { "%", "" }, { "=", "" }, { ":", "" }, { "_", "" }, { "|", "" },
    { " ", "" }, { "-", "" }, { "!", "" }, { ";", "" }, { "\"", "" },
    /* clang-format on */
};

static bool ends_in_r(const struct str *s)
{
    return s->len >= 2 && strcmp(s->data + s->len - 2, " R") == 0;
}

int pronounce_arpabet(char *out, size_t size, const char *kirshenbaum, struct err *e)
{
    AUTO_STR s = STR_INIT;

    for (const char *p = kirshenbaum; *p;) {
        size_t best = 0, row = 0;

        for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
            size_t n = strlen(phones[i].from);

            if (n > best && strncmp(p, phones[i].from, n) == 0) {
                best = n;
                row = i;
            }
        }
        if (best == 0)
            return err_set(e, -EINVAL, "phonemes '%.60s': no phone for '%.8s'", kirshenbaum, p);
        /* "U@" before a written r holds that r already */
        if (phones[row].to[0] && !(strcmp(phones[row].to, "R") == 0 && ends_in_r(&s)))
            str_addf(&s, "%s%s", s.len ? " " : "", phones[row].to);
        p += best;
    }
    if (s.failed)
        return err_set(e, -ENOMEM, "phonemes: out of memory");
    if (s.len == 0)
        return err_set(e, -EINVAL, "phonemes '%.60s': nothing to say", kirshenbaum);
    if (s.len >= size)
        return err_set(e, -ENOSPC, "phonemes '%.60s': too long", kirshenbaum);
    memcpy(out, s.data, s.len + 1);
    return 0;
}
