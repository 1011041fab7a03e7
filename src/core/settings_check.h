/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_check.h - the checks of the settings rows that a type and a range cannot make.
 *
 * All have the form of cfg_check_fn: they look at the text alone, wait for nothing, and their words
 * name the remedy. A value that one of them refuses never gets in, by whichever way: page,
 * jarvisctl, file, environment. What only the running box can know (is the port free, does the
 * sound card open) is no check but a fault of the part.
 * Threads: no state. */
#ifndef JARVIS_CORE_SETTINGS_CHECK_H
#define JARVIS_CORE_SETTINGS_CHECK_H

#include "core/settings.h"

int settings_check_name(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_phrase(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_path(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_word(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_host(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_client_id(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_url(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_service(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_bind(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_hosts(const struct cfg_row *row, const char *text, struct err *e);
int settings_check_chip(const struct cfg_row *row, const char *text, struct err *e);

#endif
