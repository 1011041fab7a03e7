/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply_file.h - how a response file is written: its names, its sentences, its check. For
 * reply.c only.
 * Threads: no state. */
#ifndef JARVIS_ASSISTANT_REPLY_FILE_H
#define JARVIS_ASSISTANT_REPLY_FILE_H

#include "assistant/reply.h"
#include "base/yaml.h"

/* What the parts of a date may hold; rendered by the same code as sentences. */
enum {
    DATE_HOUR,
    DATE_MINUTE,  /* 05 */
    DATE_MINUTES, /* 5 */
    DATE_WEEKDAY,
    DATE_DAY,
    DATE_MONTH,
    DATE_YEAR,
    DATE_N
};

extern const char *const reply_place_names[PLACE_N];
extern const char *const reply_date_names[DATE_N];
extern const char *const reply_error_names[REPLY_ERROR_N];

struct reply_places { /* borrowed */
    const char *const *names;
    const char *const *texts; /* NULL entries: not known */
    size_t n;
};

/* The file as it stands; borrowed. */
const struct yaml *reply_tree(const struct reply *r);
/* The place that p ("name}...") names; SIZE_MAX: none. *after: behind the brace. */
size_t reply_place_find(const struct reply_places *in, const char *p, const char **after);
/* Adds the sentence; false, and nothing added, where a place is not known. */
bool reply_render(struct str *out, const char *sentence, const struct reply_places *in);
/* -EINVAL "NAME line 12: ...": what the file lacks or holds too much. */
int reply_check(const char *name, const struct yaml *tree, struct err *e);

#endif
