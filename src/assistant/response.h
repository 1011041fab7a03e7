/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/response.h - the reply templates of Home Assistant's sentence collections, rendered.
 *
 *   {% if query.matched %} Yes {% else %} No, {{ state.state_with_unit }} {% endif %}
 *
 * A subset of Jinja2, bounded: statements if/elif/else, for (loop.first, last, index, index0, length),
 * set (also of a namespace's field); operators and or not in is, comparison, arithmetic, ~, [ ],
 * slices, attributes, "a if b else c"; lists and dicts; the filters and tests of response_filter.c;
 * methods get items keys values weekday lower upper strip title capitalize replace startswith format;
 * functions state_attr, namespace, range. No import, include, macro, no call beyond these: a template
 * reads what it is given and nothing else. What is not defined renders as nothing.
 *
 * Why it ends: a loop runs over what exists already, each round and each value costs a step, and
 * steps, nesting, memory and output have limits (RESPONSE_*).
 * Ownership: a response owns its tree; values live as long as one rendering.
 * Threads: a parsed response is constant. Format read from the Jinja2 manual. */
#ifndef JARVIS_ASSISTANT_RESPONSE_H
#define JARVIS_ASSISTANT_RESPONSE_H

#include "base/json.h"
#include "base/str.h"

enum {
    RESPONSE_TEMPLATE_BYTES_MAX = 64 << 10,
    RESPONSE_OUTPUT_BYTES_MAX = 64 << 10,
    RESPONSE_ROUNDS_MAX = 10000,   /* of all loops together */
    RESPONSE_STEPS_MAX = 200000,   /* values looked at */
    RESPONSE_DEPTH_MAX = 32,       /* brackets and statements in one another */
    RESPONSE_MEMORY_MAX = 4 << 20, /* values of one rendering */
};

struct response;

/* -EINVAL with line and reason, -E2BIG (limits), -ENOMEM; *ret untouched on failure. */
int response_parse(struct response **ret, const char *text, size_t len, struct err *e);
struct response *response_free(struct response *r);
AUTO_DEFINE(struct response *, response_free)

/* Adds the text, blanks collapsed and trimmed. `vars`: an object, its keys are the variables
 * (slots, state, query, metadata); its key "states" {entity_id: {name: value}} is what state_attr()
 * asks. -E2BIG (limits), -EINVAL (a division by zero), -ENOMEM; nothing is added then. */
int response_render(struct str *out, const struct response *r, const cJSON *vars, struct err *e);

#endif
