/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/lab.h - jarvis-lab: the daemon's own code on files, with a virtual clock.
 * Threads: one. */
#ifndef JARVIS_LAB_LAB_H
#define JARVIS_LAB_LAB_H

#include "base/err.h"

/* Each takes its own arguments (argv[0] is its name) and returns an exit code. */
int lab_hear(int argc, char **argv);
int lab_join(int argc, char **argv);
int lab_wake(int argc, char **argv);
int lab_wake_model(int argc, char **argv); /* lab_wake() with options */
int lab_stt(int argc, char **argv);
int lab_say(int argc, char **argv);
int lab_intents(int argc, char **argv);
int lab_bank(int argc, char **argv);
int lab_vad(int argc, char **argv);
int lab_embed(int argc, char **argv);

#endif
