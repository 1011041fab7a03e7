/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/spoken.h - sentences spoken by flite, and a grammar of a few sentences, for the tests
 * of the recogniser. Where flite is missing, who needs a voice skips. */
#ifndef JARVIS_TESTS_UNIT_STT_SPOKEN_H
#define JARVIS_TESTS_UNIT_STT_SPOKEN_H

#include "helpers/stt/dict.h"

#include <pocketsphinx.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPOKEN_MODEL "/usr/share/pocketsphinx/model/en-us/"

enum { SPOKEN_RATE_HZ = 16000, SPOKEN_LEAD = 4800, SPOKEN_TAIL = 16000, SPOKEN_BYTES_MAX = 1 << 20 };

static const char spoken_grammar[] =
    "FSG_BEGIN house\nNUM_STATES 8\nSTART_STATE 0\nFINAL_STATE 7\n"
    "TRANSITION 0 1 1.0 turn\nTRANSITION 1 2 1.0 on\nTRANSITION 1 2 1.0 off\n"
    "TRANSITION 2 3 1.0 the\nTRANSITION 3 6 1.0 lamp\nTRANSITION 3 4 1.0 kitchen\n"
    "TRANSITION 4 6 1.0 light\nTRANSITION 0 5 1.0 open\nTRANSITION 0 5 1.0 close\n"
    "TRANSITION 5 3 1.0 the\nTRANSITION 3 6 1.0 blinds\n"
    "TRANSITION 6 7 1.0\nTRANSITION 6 7 1.0 please\nFSG_END\n";

struct spoken {
    int16_t *frames; /* owned */
    size_t n;
};

extern char **environ;

/* flite writes its header and 16 kHz samples to `path`. */
static inline bool spoken_flite(const char *text, const char *path)
{
    const char *const args[] = { "flite", "-voice", "slt", "-t", text, "-o", path, NULL };
    pid_t pid;
    int status = -1;

    if (posix_spawnp(&pid, args[0], NULL, NULL, (char *const *)args, environ) != 0)
        return false;
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A third of a second of near silence, the sentence, a second of it; false: there is no flite. */
static inline bool spoken_make(struct spoken *s, const char *text)
{
    char path[] = "/tmp/spoken-XXXXXX";
    uint8_t *wav = malloc(SPOKEN_BYTES_MAX);
    int fd = mkstemp(path);
    ssize_t len = wav && fd >= 0 && spoken_flite(text, path) ? read(fd, wav, SPOKEN_BYTES_MAX) : 0;
    size_t samples = len > 44 ? ((size_t)len - 44) / 2 : 0;

    close(fd);
    unlink(path);
    s->n = SPOKEN_LEAD + samples + SPOKEN_TAIL;
    s->frames = calloc(s->n, sizeof(*s->frames));
    if (s->frames && samples)
        memcpy(s->frames + SPOKEN_LEAD, wav + 44, samples * 2);
    for (size_t i = 0; s->frames && i < s->n; i++)
        s->frames[i] = (int16_t)(s->frames[i] / 2 + (int)(i * 7919 % 5) - 2);
    free(wav);
    return samples > 0 && s->frames;
}

static inline int spoken_text(const char *text, char *path, size_t size)
{
    int fd = memfd_create("text", MFD_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return fd;
}

/* A decoder that knows the words of `d` and the fillers; *config is the caller's too. */
static inline ps_decoder_t *spoken_decoder(cmd_ln_t **config, const struct dict *d, const char *beam)
{
    AUTO_STR words = STR_INIT, fillers = STR_INIT;
    char words_path[64], fillers_path[64];
    ps_decoder_t *ps;
    int w, f;

    dict_print(&words, d, "jarvis");
    dict_print_fillers(&fillers, d, "<s> SIL\n</s> SIL\n<sil> SIL\n[NOISE] +NSN+\n");
    w = spoken_text(str_text(&words), words_path, sizeof(words_path));
    f = spoken_text(str_text(&fillers), fillers_path, sizeof(fillers_path));
    *config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", SPOKEN_MODEL "en-us", "-dict", words_path,
                          "-fdict", fillers_path, "-beam", beam, "-pbeam", beam, "-wbeam", beam, NULL);
    ps = ps_init(*config);
    close(w);
    close(f);
    return ps;
}

/* A decoder of these words that gives nothing up, and the grammar of the text; 0, or the fault. */
static inline int spoken_house(ps_decoder_t **ps, fsg_model_t **house, cmd_ln_t **config,
                               const char *const *words, size_t n, const char *grammar)
{
    AUTO_DICT d = { .words = NULL };
    char path[64];
    int fd, r = 0;

    for (size_t i = 0; r >= 0 && i < n; i++)
        r = dict_add(&d, words[i], NULL);
    if (r < 0 || dict_look_up(&d, SPOKEN_MODEL "cmudict-en-us.dict", NULL) < 0)
        return -1;
    *ps = spoken_decoder(config, &d, "0");
    fd = spoken_text(grammar, path, sizeof(path));
    *house = *ps ? fsg_model_readfile(path, ps_get_logmath(*ps), 1.0f) : NULL;
    close(fd);
    return *house ? 0 : -1;
}

static inline void spoken_done(struct spoken *s)
{
    free(s->frames);
    s->frames = NULL;
}

#endif
