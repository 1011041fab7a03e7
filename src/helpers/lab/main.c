/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/main.c - jarvis-lab: one row a laboratory. */
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *help;
} laboratories[] = {
    { "hear", lab_hear, "hear [--devices FILE] [--reply OUT.wav] [--join] [--log] [--wake-at FROM_MS,TO_MS] FILE...",
      "the whole pipeline on sound files, one JSON line per event; --join: they are one sound; "
      "--wake-at: the wake word is told, not heard" },
    { "join", lab_join, "join [--lead-ms N] FILE... OUT.wav",
      "several sound files as one, with silence before them" },
    { "wake", lab_wake, "wake [--model NAME[=CUTOFF][,NAME...] [--folder DIR] [--voice NAME] [--stream] [--roc]] FILE...",
      "the wake word alone on sound files: hits with positions and scores, wakes per hour; "
      "--model: models of microWakeWord with nothing in between, a line a file" },
    { "stt", lab_stt, "stt --names DEVICES.yaml [--sentences SHARE] [--room ROOM] FILE...",
      "the recogniser alone on sound files; with FILE.txt (what was said) a verdict for each" },
    { "say", lab_say, "say [--lead-ms N] [--language L] [--voice V] TEXT OUT.wav",
      "a text spoken by jarvis-tts into a WAV file" },
    { "intents", lab_intents, "intents --data DIR --lang LANGUAGE --tests DIR [--bad]",
      "the sentence tests of Home Assistant's collection: a JSON line with a verdict each (--bad: only of "
      "those that are not right), then the sums" },
    { "bank", lab_bank, "bank --devices FILE [--language L] [--pieces] [--answers FILE]",
      "what the answers of a house fall apart into (--pieces), and which answers, a line each, the voice "
      "bank could say: how many pieces, and which; then the sums" },
    { "vad", lab_vad, "vad FILE",
      "the voice network alone on a sound file: the probability of speech, a line each 32 ms" },
    { "embed", lab_embed, "embed FILE [WEIGHTS]",
      "the speech embedding alone on a sound file: where a window ends, in ms, and its 96 numbers, each 80 ms" },
};

static void usage(FILE *out)
{
    fputs("jarvis-lab COMMAND\n\n", out);
    for (size_t i = 0; i < sizeof(laboratories) / sizeof(laboratories[0]); i++)
        fprintf(out, "  %s\n      %s\n", laboratories[i].usage, laboratories[i].help);
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(laboratories) / sizeof(laboratories[0]); i++)
        if (strcmp(laboratories[i].name, argv[1]) == 0)
            return laboratories[i].run(argc - 1, argv + 1);
    usage(stderr);
    return 2;
}
