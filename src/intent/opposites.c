/* SPDX-License-Identifier: Apache-2.0 */
/* intent/opposites.c - what must not be mixed up. */
#include "intent/opposites.h"

#include "base/must.h"
#include "intent/vocab.h"

#include <string.h>

/* clang-format off */
const struct opposites opposites_table[] = {
    /* English */
    { "on", "off" }, { "open", "close" }, { "open", "shut" }, { "opened", "closed" },
    { "lock", "unlock" }, { "locked", "unlocked" }, { "bolt", "unbolt" }, { "up", "down" },
    { "raise", "lower" }, { "lift", "lower" }, { "brighter", "darker" }, { "brighter", "dimmer" },
    { "lighter", "darker" }, { "brighten", "darken" }, { "brighten", "dim" }, { "warmer", "cooler" },
    { "warmer", "colder" }, { "hotter", "colder" }, { "hotter", "cooler" }, { "warm", "cool" },
    { "heat", "cool" }, { "increase", "decrease" }, { "increase", "reduce" }, { "start", "stop" },
    { "enable", "disable" }, { "activate", "deactivate" }, { "more", "less" }, { "first", "last" },
    { "everything", "nothing" }, { "with", "without" }, { "always", "never" },
    /* French */
    { "allume", "eteins" }, { "allumer", "eteindre" }, { "allumee", "eteinte" }, { "allume", "coupe" },
    { "rallume", "eteins" }, { "ouvre", "ferme" }, { "ouvrir", "fermer" }, { "ouvert", "ferme" },
    { "rouvre", "referme" }, { "verrouille", "deverrouille" }, { "verrouiller", "deverrouiller" },
    { "active", "desactive" }, { "activer", "desactiver" }, { "activez", "desactivez" },
    { "monte", "baisse" }, { "monter", "baisser" }, { "monte", "descends" }, { "leve", "baisse" },
    { "augmente", "diminue" }, { "augmente", "reduis" }, { "plus", "moins" }, { "chaud", "froid" },
    { "clair", "sombre" }, { "demarre", "arrete" }, { "lance", "arrete" }, { "marche", "arret" },
    { "haut", "bas" }, { "toujours", "jamais" }, { "tout", "rien" },
    /* German */
    { "an", "aus" }, { "ein", "aus" }, { "auf", "zu" }, { "offne", "schliesse" },
    { "offnen", "schliessen" }, { "offen", "geschlossen" }, { "verriegle", "entriegle" },
    { "verriegele", "entriegele" }, { "heller", "dunkler" }, { "warmer", "kalter" },
    { "warmer", "kuhler" }, { "hoher", "niedriger" }, { "hoch", "runter" },
    { "einschalten", "ausschalten" }, { "anschalten", "ausschalten" }, { "anmachen", "ausmachen" },
    { "aktiviere", "deaktiviere" }, { "starte", "stoppe" }, { "eingeschaltet", "ausgeschaltet" },
    { "eine", "keine" }, { "immer", "nie" },
    /* Spanish */
    { "enciende", "apaga" }, { "encender", "apagar" }, { "abre", "cierra" }, { "abrir", "cerrar" },
    { "abierto", "cerrado" }, { "bloquea", "desbloquea" }, { "bloquear", "desbloquear" },
    { "sube", "baja" }, { "subir", "bajar" }, { "activa", "desactiva" }, { "activar", "desactivar" },
    { "aumenta", "reduce" }, { "mas", "menos" }, { "siempre", "nunca" }, { "todo", "nada" },
    /* Dutch */
    { "aan", "uit" }, { "open", "dicht" }, { "open", "sluit" }, { "vergrendel", "ontgrendel" },
    { "omhoog", "omlaag" }, { "lichter", "donkerder" }, { "feller", "donkerder" },
    { "warmer", "kouder" }, { "hoger", "lager" }, { "een", "geen" }, { "altijd", "nooit" },
    /* Italian */
    { "accendi", "spegni" }, { "accendere", "spegnere" }, { "acceso", "spento" },
    { "apri", "chiudi" }, { "aprire", "chiudere" }, { "aperto", "chiuso" },
    { "blocca", "sblocca" }, { "bloccare", "sbloccare" }, { "alza", "abbassa" },
    { "attiva", "disattiva" }, { "attivare", "disattivare" }, { "piu", "meno" },
    { "sempre", "mai" },
};
/* clang-format on */
const size_t opposites_n = sizeof(opposites_table) / sizeof(opposites_table[0]);

/* All of them are of base letters. */
static size_t letters(uint32_t ret[VOCAB_WORD_MAX], const char *word)
{
    size_t n = strlen(word);

    must(n > 0 && n <= VOCAB_WORD_MAX);
    for (size_t i = 0; i < n; i++)
        ret[i] = (unsigned char)word[i];
    return n;
}

static bool is_word(const uint32_t *cp, size_t len, const char *word)
{
    uint32_t other[VOCAB_WORD_MAX];

    return letters(other, word) == len && memcmp(cp, other, len * sizeof(cp[0])) == 0;
}

/* What says the opposite of the word in this row; NULL: it has none there. */
static const char *opposite_in(const struct opposites *row, const uint32_t *word, size_t len)
{
    return is_word(word, len, row->one) ? row->other : is_word(word, len, row->other) ? row->one : NULL;
}

bool opposites_has(const uint32_t *word, size_t len)
{
    for (size_t i = 0; i < opposites_n; i++)
        if (opposite_in(&opposites_table[i], word, len))
            return true;
    return false;
}

bool opposites_allow(const uint32_t *said, size_t said_len, const uint32_t *word, size_t word_len,
                     unsigned edits)
{
    for (size_t i = 0; i < opposites_n; i++) {
        const char *other = opposite_in(&opposites_table[i], word, word_len);
        uint32_t cp[VOCAB_WORD_MAX];
        size_t n;

        if (!other)
            continue;
        n = letters(cp, other);
        if (vocab_edits(said, said_len, cp, n, edits + OPPOSITES_MARGIN) < edits + OPPOSITES_MARGIN)
            return false;
    }
    return true;
}
