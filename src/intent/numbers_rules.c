/* SPDX-License-Identifier: Apache-2.0 */
/* intent/numbers_rules.c - the words of English, French, German, Spanish, Dutch and Italian. */
#include "intent/numbers_rules.h"

#include "base/must.h"

#include <string.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* One of the spellings, separated by '|'; false: there are not so many. */
static bool spelling(struct str *out, const char *words, int alt)
{
    for (; alt > 0; alt--) {
        words = strchr(words, '|');
        if (!words)
            return false;
        words++;
    }
    str_add_bytes(out, words, strcspn(words, "|"));
    return true;
}

/* ---- English ------------------------------------------------------------------------------ */

static bool english_small(struct str *out, int value, int alt)
{
    static const char *const small[] = {
        "zero",     "one",     "two",     "three",     "four",     "five",    "six",
        "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    };
    static const char *const tens[] = { "twenty", "thirty",  "forty",  "fifty",
                                        "sixty",  "seventy", "eighty", "ninety" };

    must(value >= 0 && value < 100);
    if (alt > 0)
        return false;
    if (value < 20)
        str_add(out, small[value]);
    else
        str_add(out, tens[value / 10 - 2]);
    if (value >= 20 && value % 10)
        str_addf(out, "-%s", small[value % 10]);
    return true;
}

static bool english_hundred(struct str *out, int head, bool alone, int alt)
{
    (void)alone;
    if (head == 1)
        return spelling(out, "one hundred|a hundred|hundred", alt);
    if (alt == 0 && english_small(out, head, 0))
        str_add(out, " hundred");
    return alt == 0;
}

/* ---- French ------------------------------------------------------------------------------- */

static const char *const french_words[] = {
    "z\u00e9ro",  "un",     "deux",   "trois",    "quatre",   "cinq",   "six",
    "sept",       "huit",   "neuf",   "dix",      "onze",     "douze",  "treize",
    "quatorze",   "quinze", "seize",  "dix-sept", "dix-huit", "dix-neuf",
};

static void french_standard(struct str *out, int value)
{
    static const char *const tens[] = { "vingt",    "trente",   "quarante",     "cinquante",
                                        "soixante", "soixante", "quatre-vingt", "quatre-vingt" };
    int ten = value / 10, rest = value % 10;

    if (value < 20) {
        str_add(out, french_words[value]);
        return;
    }
    if (ten == 7 || ten == 9)
        rest += 10;
    str_add(out, tens[ten - 2]);
    if (value == 80)
        str_add(out, "s");
    else if (rest % 10 == 1 && ten < 8)
        str_addf(out, " et %s", french_words[rest]);
    else if (rest)
        str_addf(out, "-%s", french_words[rest]);
}

/* Belgian and Swiss: 70 to 79, 80 to 89, 90 to 99. */
static bool french_tens(struct str *out, int value, int alt)
{
    static const char *const tens[] = { "septante", "huitante|octante", "nonante" };
    int ten = value / 10, rest = value % 10;

    if (ten < 7 || !spelling(out, tens[ten - 7], alt))
        return false;
    if (rest)
        str_addf(out, "%s%s", rest == 1 ? " et " : "-", french_words[rest]);
    return true;
}

/* The standard, the feminine, "quatre-vingt" as often typed, other countries' tens. */
static bool french_small(struct str *out, int value, int alt)
{
    bool has_feminine = value % 10 == 1 && value != 11 && value != 71 && value != 91;

    must(value >= 0 && value < 100);
    if (alt-- == 0) {
        french_standard(out, value);
        return true;
    }
    if (has_feminine && alt-- == 0) {
        french_standard(out, value);
        str_add(out, "e");
        return true;
    }
    if (value == 80 && alt-- == 0) {
        str_add(out, "quatre-vingt");
        return true;
    }
    return french_tens(out, value, alt);
}

static bool french_hundred(struct str *out, int head, bool alone, int alt)
{
    if (alt > 1 || (head == 1 && alt > 0))
        return false;
    if (head > 1)
        str_addf(out, "%s ", french_words[head]);
    str_add(out, head > 1 && alone == (alt == 0) ? "cents" : "cent");
    return true;
}

/* ---- German ------------------------------------------------------------------------------- */

static const char *const german_words[] = {
    "null",     "eins|ein|eine|einen|einem|einer", "zwei|zwo", "drei", "vier", "f\u00fcnf", "sechs",
    "sieben",   "acht",     "neun",      "zehn",      "elf",      "zw\u00f6lf", "dreizehn",
    "vierzehn", "f\u00fcnfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
};

static bool german_small(struct str *out, int value, int alt)
{
    static const char *const tens[] = { "zwanzig", "drei\u00dfig", "vierzig", "f\u00fcnfzig",
                                        "sechzig", "siebzig",      "achtzig", "neunzig" };

    must(value >= 0 && value < 100);
    if (value < 20)
        return spelling(out, german_words[value], alt);
    if (alt > 0)
        return false;
    if (value % 10) {
        spelling(out, german_words[value % 10], value % 10 == 1 ? 1 : 0);
        str_add(out, "und");
    }
    str_add(out, tens[value / 10 - 2]);
    return true;
}

static bool german_hundred(struct str *out, int head, bool alone, int alt)
{
    (void)alone;
    if (head == 1)
        return spelling(out, "hundert|einhundert", alt);
    if (alt == 0 && spelling(out, german_words[head], 0))
        str_add(out, "hundert");
    return alt == 0;
}

/* ---- Spanish ------------------------------------------------------------------------------ */

static const char *const spanish_words[] = {
    "cero", "uno|un|una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve",
    "diez", "once", "doce", "trece", "catorce", "quince", "diecis\u00e9is|diez y seis",
    "diecisiete|diez y siete", "dieciocho|diez y ocho", "diecinueve|diez y nueve", "veinte",
    "veintiuno|veinti\u00fan|veintiuna", "veintid\u00f3s", "veintitr\u00e9s", "veinticuatro",
    "veinticinco", "veintis\u00e9is", "veintisiete", "veintiocho", "veintinueve",
};

static bool spanish_small(struct str *out, int value, int alt)
{
    static const char *const tens[] = { "treinta",   "cuarenta", "cincuenta", "sesenta",
                                        "setenta", "ochenta",  "noventa" };

    must(value >= 0 && value < 100);
    if (value < 30)
        return spelling(out, spanish_words[value], alt);
    if (alt > (value % 10 == 1 ? 2 : 0))
        return false;
    str_add(out, tens[value / 10 - 3]);
    if (value % 10 == 0)
        return true;
    str_add(out, " y ");
    return spelling(out, spanish_words[value % 10], alt);
}

static bool spanish_hundred(struct str *out, int head, bool alone, int alt)
{
    static const char *const words[] = {
        "cien|ciento", "doscientos|doscientas", "trescientos|trescientas",
        "cuatrocientos|cuatrocientas", "quinientos|quinientas", "seiscientos|seiscientas",
        "setecientos|setecientas", "ochocientos|ochocientas", "novecientos|novecientas",
    };

    must(head >= 1 && head <= 9);
    return spelling(out, head == 1 && !alone ? "ciento" : words[head - 1], alt);
}

/* ---- Dutch -------------------------------------------------------------------------------- */

static const char *const dutch_words[] = {
    "nul",      "een",      "twee",     "drie",       "vier",     "vijf",   "zes",
    "zeven",    "acht",     "negen",    "tien",       "elf",      "twaalf", "dertien",
    "veertien", "vijftien", "zestien",  "zeventien",  "achttien", "negentien",
};

static bool dutch_small(struct str *out, int value, int alt)
{
    static const char *const tens[] = { "twintig", "dertig",  "veertig",  "vijftig",
                                        "zestig",  "zeventig", "tachtig", "negentig" };
    int one = value % 10;

    must(value >= 0 && value < 100);
    if (alt > (value >= 20 && one ? 1 : 0))
        return false;
    if (value < 20) {
        str_add(out, dutch_words[value]);
        return true;
    }
    if (one && alt == 0)
        str_addf(out, "%s%s", dutch_words[one], one == 2 || one == 3 ? "\u00ebn" : "en");
    else if (one)
        str_addf(out, "%s en ", dutch_words[one]);
    str_add(out, tens[value / 10 - 2]);
    return true;
}

static bool dutch_hundred(struct str *out, int head, bool alone, int alt)
{
    (void)alone;
    if (head == 1)
        return spelling(out, "honderd|eenhonderd", alt);
    if (alt == 0)
        str_addf(out, "%shonderd", dutch_words[head]);
    return alt == 0;
}

/* ---- Italian ------------------------------------------------------------------------------ */

static const char *const italian_words[] = {
    "zero",        "uno|un|una", "due",    "tre",    "quattro",     "cinque",   "sei",
    "sette",       "otto",       "nove",   "dieci",  "undici",      "dodici",   "tredici",
    "quattordici", "quindici",   "sedici", "diciassette", "diciotto", "diciannove",
};

static bool italian_small(struct str *out, int value, int alt)
{
    static const char *const tens[] = { "venti",    "trenta",   "quaranta", "cinquanta",
                                        "sessanta", "settanta", "ottanta",  "novanta" };
    int one = value % 10;

    must(value >= 0 && value < 100);
    if (value < 20)
        return spelling(out, italian_words[value], alt);
    if (alt > (one == 1 ? 1 : 0))
        return false;
    str_add(out, tens[value / 10 - 2]);
    if (out->len > 0 && !out->failed && (one == 1 || one == 8))
        out->data[--out->len] = '\0'; /* ventuno, ventotto */
    if (one == 3)
        str_add(out, "tr\u00e9");
    else if (one)
        spelling(out, italian_words[one], alt);
    return true;
}

static bool italian_hundred(struct str *out, int head, bool alone, int alt)
{
    (void)alone;
    if (alt > 0)
        return false;
    if (head > 1)
        spelling(out, italian_words[head], 0);
    str_add(out, "cento");
    return true;
}

static const struct number_rules rules[] = {
    { .language = "en", .small = english_small, .hundred = english_hundred,
      .hundred_joint = { " and ", " " }, .thousand = { "thousand" }, .a_thousand = { "a " },
      .one_thousand = "one ", .head_joint = " ", .thousand_joint = { " ", " and " },
      .point = { " point " }, .half = { " and a half", " and half" } },
    { .language = "fr", .small = french_small, .hundred = french_hundred,
      .hundred_joint = { " " }, .thousand = { "mille" }, .one_thousand = "", .head_joint = " ",
      .thousand_joint = { " " }, .point = { " virgule " }, .half = { " et demi", " et demie" } },
    { .language = "de", .small = german_small, .hundred = german_hundred,
      .hundred_joint = { "", "und" }, .thousand = { "tausend" }, .one_thousand = "",
      .head_joint = "", .thousand_joint = { "", "und", " " }, .head_alt = 1,
      .point = { " komma " }, .half = { "einhalb", " einhalb", " und ein halb" },
      .umlauts = true },
    { .language = "es", .small = spanish_small, .hundred = spanish_hundred,
      .hundred_joint = { " " }, .thousand = { "mil" }, .one_thousand = "", .head_joint = " ",
      .thousand_joint = { " " }, .head_alt = 1, .point = { " coma ", " punto ", " con " },
      .half = { " y medio", " y media" } },
    { .language = "nl", .small = dutch_small, .hundred = dutch_hundred,
      .hundred_joint = { "", "en", " ", " en " }, .thousand = { "duizend" }, .one_thousand = "",
      .head_joint = "", .thousand_joint = { " ", "", " en " }, .point = { " komma " },
      .half = { " en een half", "eneenhalf", " en een halve" } },
    { .language = "it", .small = italian_small, .hundred = italian_hundred,
      .hundred_joint = { "", " e ", " " }, .thousand = { "mille", "mila" }, .one_thousand = "",
      .head_joint = "", .thousand_joint = { "", " e ", " " }, .thousand_plural = 1,
      .point = { " virgola " }, .half = { " e mezzo", " e mezza" } },
};

const struct number_rules *number_rules_find(const char *language)
{
    for (size_t i = 0; i < N_OF(rules); i++)
        if (strcmp(rules[i].language, language) == 0)
            return &rules[i];
    return NULL;
}
