/* SPDX-License-Identifier: Apache-2.0 */
/* home/guess.c - what class a cover is by the words of its name. */
#include "home/guess.h"

#include "base/fold.h"
#include "base/must.h"

#include <ctype.h>
#include <string.h>

enum match {
    WORD,   /* the whole word */
    END,    /* the end of a word: "Haustor" */
    WITHIN, /* anywhere: "Garagentor" */
};

/* clang-format off */
/* Folded (base/fold.h), as the names are before they are looked at. */
static const struct {
    const char *word;
    enum match match;
    bool is_strong;
    enum device_class class;
} words[] = {
    { "garage", WITHIN, true, CLASS_GARAGE },     { "garag", WITHIN, true, CLASS_GARAGE },
    { "garaj", WITHIN, true, CLASS_GARAGE },      { "carport", WITHIN, true, CLASS_GARAGE },
    { "garaz", WITHIN, true, CLASS_GARAGE },
    { "box auto", WITHIN, true, CLASS_GARAGE },   { "cochera", WITHIN, true, CLASS_GARAGE },
    { "gate", WORD, true, CLASS_GATE },           { "gates", WORD, true, CLASS_GATE },
    { "barrier", WORD, true, CLASS_GATE },        { "driveway", WITHIN, true, CLASS_GATE },
    { "portail", WITHIN, true, CLASS_GATE },      { "portillon", WITHIN, true, CLASS_GATE },
    { "barriere", WITHIN, true, CLASS_GATE },
    { "tor", END, true, CLASS_GATE },             { "schranke", END, true, CLASS_GATE },
    { "pforte", END, true, CLASS_GATE },          { "poort", END, true, CLASS_GATE },
    { "portone", WORD, true, CLASS_DOOR }, /* before the gate that stands in it */
    { "hek", WORD, true, CLASS_GATE },            { "porton", WITHIN, true, CLASS_GATE },
    { "verja", WORD, true, CLASS_GATE },
    { "cancello", WITHIN, true, CLASS_GATE },     { "portao", WITHIN, true, CLASS_GATE },
    { "grind", WORD, true, CLASS_GATE },
    { "brama", WORD, true, CLASS_GATE },          { "portti", END, true, CLASS_GATE },
    { "brana", WORD, true, CLASS_GATE },          { "kapu", WORD, true, CLASS_GATE },
    { "ворота", WITHIN, true, CLASS_GATE },
    { "гараж", WITHIN, true, CLASS_GARAGE },
    { "door", END, false, CLASS_DOOR },           { "doors", END, false, CLASS_DOOR },
    { "porte", WORD, false, CLASS_DOOR },         { "tur", END, false, CLASS_DOOR },
    { "ture", END, false, CLASS_DOOR },           { "tuer", END, false, CLASS_DOOR },
    { "puerta", WORD, false, CLASS_DOOR },        { "porta", WORD, false, CLASS_DOOR },
    { "deur", END, false, CLASS_DOOR },
    { "dorr", END, false, CLASS_DOOR },           { "dor", END, false, CLASS_DOOR },
    { "ovi", END, false, CLASS_DOOR },            { "drzwi", WORD, false, CLASS_DOOR },
    { "dvere", WORD, false, CLASS_DOOR },         { "vrata", WORD, false, CLASS_DOOR },
    { "ajto", END, false, CLASS_DOOR },           { "дверь", END, false, CLASS_DOOR },
    { "window", END, false, CLASS_WINDOW },       { "skylight", WORD, false, CLASS_WINDOW },
    { "windows", END, false, CLASS_WINDOW },      { "roof light", WITHIN, false, CLASS_WINDOW },
    { "fenster", END, false, CLASS_WINDOW },      { "fenetre", WORD, false, CLASS_WINDOW },
    { "velux", WORD, false, CLASS_WINDOW },
    { "ventana", WORD, false, CLASS_WINDOW },     { "finestra", WORD, false, CLASS_WINDOW },
    { "janela", WORD, false, CLASS_WINDOW },      { "raam", END, false, CLASS_WINDOW },
    { "fonster", END, false, CLASS_WINDOW },      { "vindue", END, false, CLASS_WINDOW },
    { "vindu", END, false, CLASS_WINDOW },        { "ikkuna", END, false, CLASS_WINDOW },
    { "okno", WORD, false, CLASS_WINDOW },        { "ablak", WORD, false, CLASS_WINDOW },
    { "окно", WORD, false, CLASS_WINDOW },
};

static const char *const harmless[] = {
    "blind",   "curtain",  "shade",   "shutter", "awning",    "drape",  "screen",
    "volet",   "store",    "rideau",  "rollo",   "rolladen",  "rollladen", "jalousie", "raffstore",
    "vorhang", "markise",  "gardine", "plissee", "persiana",  "cortina", "toldo",   "tapparella",
    "tenda",   "gordijn",  "rolluik", "zonwering", "gardin",  "persienn", "markis", "verho",
    "kaihdin", "roleta",   "rolet",   "zaluzie", "estore",    "штор",   "жалюзи",
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_edge(char c)
{
    return c == '\0' || ((unsigned char)c < 0x80 && !isalnum((unsigned char)c));
}

static bool word_stands(const char *text, const char *word, enum match match)
{
    const size_t n = strlen(word);

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        const bool begins = at == text || is_edge(at[-1]), ends = is_edge(at[n]);

        if (match == WITHIN || (ends && (match == END || begins)))
            return true;
    }
    return false;
}

/* Is the thing itself a harmless one? Its noun stands last or first: "door curtain", "rideau de porte"; in
 * "roller shutter door" it does neither. */
static bool is_harmless(const char *name)
{
    const char *last = strrchr(name, ' ');

    for (size_t i = 0; i < COUNT(harmless); i++) {
        const char *at = strstr(name, harmless[i]);

        if (at && (!strchr(name, ' ') || strcspn(name, " ") > (size_t)(at - name) ||
                   (last && strstr(last, harmless[i]))))
            return true;
    }
    return false;
}

static enum device_class guess_name(const char *name)
{
    AUTO_STR key = STR_INIT;
    bool harmless_too;

    fold_key(&key, name);
    if (key.failed)
        return CLASS_DOOR; /* not known: guarded */
    harmless_too = is_harmless(str_text(&key));
    for (size_t i = 0; i < COUNT(words); i++)
        if ((words[i].is_strong || !harmless_too) &&
            word_stands(str_text(&key), words[i].word, words[i].match))
            return words[i].class;
    return CLASS_NONE;
}

/* What moves in a garage and is not called by a harmless word ("roller", "cover 1") may be its door. */
static enum device_class guess_area(const struct device *d)
{
    AUTO_STR key = STR_INIT;

    fold_key(&key, d->name);
    if (!key.failed && is_harmless(str_text(&key)))
        return CLASS_NONE;
    if (guess_name(d->area) == CLASS_GARAGE)
        return CLASS_GARAGE;
    for (size_t i = 0; d->room && i < d->room->aliases_n; i++) /* "Unten", which is also "garage" */
        if (guess_name(d->room->aliases[i]) == CLASS_GARAGE)
            return CLASS_GARAGE;
    return CLASS_NONE;
}

enum device_class guess_class(const struct device *d)
{
    enum device_class found = guess_name(d->name);

    for (size_t i = 0; found == CLASS_NONE && i < d->aliases_n; i++)
        found = guess_name(d->aliases[i]);
    if (found == CLASS_NONE)
        found = guess_name(d->id);
    if (found == CLASS_NONE && d->kind == KIND_COVER)
        found = guess_area(d);
    must(found == CLASS_NONE || device_is_guarded(KIND_COVER, found));
    return found;
}
