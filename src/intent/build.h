/* SPDX-License-Identifier: Apache-2.0 */
/* intent/build.h - everything dear about a language, made in one go and away from the main loop:
 * its files read, the names of the house put in, the speech grammar spelled, minimised and written.
 *
 *   build_new() [main loop]  ->  build_run() [any thread]  ->  the maker takes what was made
 * A build owns copies of what it needs, so that nothing is shared while it runs.
 * Threads: one owner at a time. */
#ifndef JARVIS_INTENT_BUILD_H
#define JARVIS_INTENT_BUILD_H

#include "intent/tongue.h"

struct build {
    /* asked for */
    struct paths paths;
    char language[64], room[128];
    cJSON *devices; /* owned; NULL: none are known yet */
    bool wants_grammar;
    bool is_heard; /* the box has an acoustic model for the language; set by the maker */
    uint64_t known_grammar; /* hash of the one that speech has; 0: none */
    /* made */
    int code; /* of the tongue: 0, or as tongue_new() */
    struct err told;
    struct tongue *tongue; /* owned */
    struct str strangers;  /* tongue_strangers() */
    int grammar_code;      /* 0 made; -ENOENT without words: nothing is meant for speech */
    struct err grammar_told;
    uint64_t grammar;         /* its hash */
    char path[PATHS_BYTES];   /* of the PocketSphinx text, in paths.lent */
    cJSON *words;             /* owned; of the grammar; NULL: it is the known one */
};

/* About what it holds in memory while it waits. */
size_t build_bytes(const struct build *b);
/* -ENOMEM. */
int build_new(struct build **ret, const struct paths *paths, const char *language,
              const char *room, const cJSON *devices, bool wants_grammar, struct err *e);
void build_run(struct build *b);
struct build *build_free(struct build *b);
AUTO_DEFINE(struct build *, build_free)

#endif
