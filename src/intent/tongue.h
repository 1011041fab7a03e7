/* SPDX-License-Identifier: Apache-2.0 */
/* intent/tongue.h - one language as it stands on this box: its sentence files read, and the names
 * of the house in it.
 *
 *   share/sentences/<language>.yaml, share/sentences/<language>/<any>.yaml     shipped
 *   share/sentences/speech/<language>.yaml              what the recogniser listens for
 *   etc/sentences/<language>.yaml,   etc/sentences/<language>/<any>.yaml       a person's own
 * A folder is Home Assistant's layout (also its custom_sentences); in it _common.yaml goes first,
 * the rest by name. Own sentences go before shipped ones. Its newer layout lies beside it:
 *   sentences/<language>/<Intent>/<combination>.yaml, rules/<language>/<any>.yaml,
 *   lists/<any>.yaml, lists/<language>/<any>.yaml, and intents.yaml, which says of a combination whether
 *   it means the room of the box (context_area)
 * Number words of further languages: etc/rbnf/<language>.xml, CLDR's rules (rbnf.h).
 * Threads: one owner; matching only reads. */
#ifndef JARVIS_INTENT_TONGUE_H
#define JARVIS_INTENT_TONGUE_H

#include "base/paths.h"
#include "intent/names.h"

enum { TONGUE_NAME_MAX = 32, TONGUES_MAX = 64, TONGUE_FILES_MAX = 500 };

struct tongue {
    char language[TONGUE_NAME_MAX];
    bool is_heard; /* the box hears it: set before tongue_set_devices(); English always is */
    struct catalog *catalog; /* owned; linked */
    struct names *names;     /* owned; NULL: no devices are known yet */
    struct vocab *vocab;     /* owned; its words and those of the names, for near.h; as `names` */
    struct str complaints;   /* a line each, at most CATALOG_COMPLAINTS_MAX */
    unsigned complaints_n;
};

/* -EINVAL (no name of a language), -ENOENT (there is no file of it), -ENOMEM; faults inside the
 * files are complaints. tongue_read() does not hold the sentences against core/intents.h: for a look at
 * files that are for another program, too. */
int tongue_read(struct tongue **ret, const struct paths *paths, const char *language,
                struct err *e);
int tongue_new(struct tongue **ret, const struct paths *paths, const char *language,
               struct err *e);
struct tongue *tongue_free(struct tongue *t);
AUTO_DEFINE(struct tongue *, tongue_free)
/* MSG_DEVICES' json. The old names stay after -ENOMEM. */
int tongue_set_devices(struct tongue *t, const cJSON *devices, struct err *e);
/* Names and rooms that own sentences give and that are nowhere in the house, a line each with file
 * and line; "" for none. Check out->failed. */
void tongue_strangers(struct str *out, const struct tongue *t);

/* The languages that have files, sorted, into ret[]; returns how many. */
size_t tongue_list(char ret[TONGUES_MAX][TONGUE_NAME_MAX], const struct paths *paths);

#endif
