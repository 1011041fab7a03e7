/* SPDX-License-Identifier: Apache-2.0 */
/* app/commands.h - between app/commands.c (the table, and what changes something), app/look.c (what only
 * looks) and app/engines.c. Nobody else includes it.
 * Threads: main loop. */
#ifndef JARVIS_APP_COMMANDS_H
#define JARVIS_APP_COMMANDS_H

#include "app/app.h"
#include "core/roster.h"

struct commands {
    struct app *app; /* borrowed */
    struct roster roster;
};

/* engines.c: recognisers that are no part of this package. */
extern const struct fields engine_show_fields, engine_add_fields, engine_remove_fields;
void engine_list(struct control_call *call, void *args, void *user);
void engine_show(struct control_call *call, void *args, void *user);
void engine_add(struct control_call *call, void *args, void *user);
void engine_remove(struct control_call *call, void *args, void *user);

extern const struct fields page_fields, sentence_fields, log_fields, history_fields, get_fields;

void look_status(struct control_call *call, void *args, void *user);
void look_devices(struct control_call *call, void *args, void *user);
void look_areas(struct control_call *call, void *args, void *user);
void look_sentence(struct control_call *call, void *args, void *user);
void look_log(struct control_call *call, void *args, void *user);
void look_missed(struct control_call *call, void *args, void *user);
void look_history(struct control_call *call, void *args, void *user);
void look_config(struct control_call *call, void *args, void *user);

#endif
