/* SPDX-License-Identifier: Apache-2.0 */
/* core/intents.h - the one table of what Jarvis can be asked: an intent is a row, and nobody else
 * knows one by name.
 *
 *   intent/     refuses sentences of an intent that has no row, of slots it does not take, and
 *               those that lack a target where one is needed
 *   home/       plans what is done (`does`, `kinds`)
 *   assistant/  answers (`where`, `outcome`, `shape`)
 *
 * Threads: constant. */
#ifndef JARVIS_CORE_INTENTS_H
#define JARVIS_CORE_INTENTS_H

#include "core/house.h"

enum intent_where {
    INTENT_AT_HOME, /* MSG_ACT */
    INTENT_HERE,    /* answered by the assistant */
};

enum intent_risk {
    RISK_NONE, /* only tells */
    RISK_ACTS, /* something in the house changes */
};

/* What the answer is about. */
enum intent_shape {
    SHAPE_DONE, /* what was done, or nothing to tell */
    SHAPE_STATE, /* what is so, or yes and no where the sentence says which state */
    SHAPE_TEMPERATURE,
    SHAPE_TIME,
    SHAPE_DATE,
    SHAPE_YES, /* an answer to what was asked back */
    SHAPE_NO,
    SHAPE_REFUSED, /* a command that is not to be done now: denied, later, on a condition */
    SHAPE_UNDO,    /* the last action is taken back */
    SHAPE_CORRECT, /* the same, and done again for what is named now */
    SHAPE_ALSO,    /* done again for what is named now */
    SHAPE_AGAIN,   /* done again */
    SHAPE_REPEAT,  /* the last answer is said again */
    SHAPE_HELP,    /* what can be said in this house */
};

enum { INTENT_COMMANDS_MAX = 6, INTENT_SLOTS_MAX = 16 };

struct intent_does {
    enum act_command command;
    const char *slot; /* that asks for it; NULL: always */
};

struct intent_def {
    const char *name;
    enum intent_where where;
    enum intent_risk risk;
    enum intent_shape shape;
    unsigned kinds;       /* meant where no name and no domain is said; 0: none */
    bool needs_target;    /* a name, an area or a domain must be there: else it would mean all */
    bool hushes;          /* what is being said stops */
    const char *outcome;  /* of the session when it is answered here */
    const char *slots[INTENT_SLOTS_MAX];          /* that it takes; up to the first NULL */
    struct intent_does does[INTENT_COMMANDS_MAX]; /* up to the first ACT_NONE */
};

/* Slots of a target that leave out what the rest of it means: "all the lights but the hall and the desk lamp". */
enum { INTENT_EXCEPTS_N = 4 };
extern const struct intent_except {
    const char *slot;
    bool is_area; /* a room; else all that bear the name of one device */
} intents_excepts[INTENT_EXCEPTS_N];

const struct intent_def *intents_find(const char *name); /* NULL: none */
/* Is it only told what is so, or that nothing was done? What was misheard as it does no harm. NULL: no. */
bool intents_is_told(const struct intent_def *def);
const struct intent_def *intents_at(size_t i);           /* NULL: beyond the last */

#endif
