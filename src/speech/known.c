/* SPDX-License-Identifier: Apache-2.0 */
/* speech/known.c - what the speech engines know. */
#include "speech/known.h"

#include "base/cleanup.h"
#include "base/nearest.h"
#include "base/str.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { WORDS_MAX = 16, WORD_BYTES = 64, LINE_BYTES = 1024, FOLDER_DEPTH_MAX = 3 };

struct phrase {
    char words[WORDS_MAX][WORD_BYTES];
    struct nearest near[WORDS_MAX];
    char nearest[WORDS_MAX][WORD_BYTES]; /* copy of what `near` found */
    bool known[WORDS_MAX];
    size_t n;
};

static int phrase_split(struct phrase *p, const char *text, struct err *e)
{
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t len = strcspn(text, " ");

        if (p->n == WORDS_MAX || len >= WORD_BYTES)
            return err_set(e, -EINVAL, "wake.phrase: is too long to be listened for");
        memcpy(p->words[p->n], text, len);
        p->near[p->n] = nearest_to(p->words[p->n], 3);
        p->n++;
        text += len;
    }
    return 0;
}

/* `entry` is the first word of a line, its "(2)" for another pronunciation cut off. */
static void phrase_see(struct phrase *p, const char *entry)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t before = p->near[i].below;

        if (p->known[i])
            continue;
        p->known[i] = strcasecmp(p->words[i], entry) == 0;
        nearest_try(&p->near[i], entry);
        if (p->near[i].below < before)
            str_copy(p->nearest[i], WORD_BYTES, entry);
    }
}

int known_phrase(const char *dictionary, const char *phrase, struct err *e)
{
    AUTO_FCLOSE FILE *f = fopen(dictionary, "re");
    struct phrase p = { 0 };
    char line[LINE_BYTES];
    int r = phrase_split(&p, phrase, e);

    if (r < 0 || !f)
        return r;
    while (fgets(line, sizeof(line), f)) {
        line[strcspn(line, "( \t\r\n")] = '\0';
        phrase_see(&p, line);
    }
    for (size_t i = 0; i < p.n; i++)
        if (!p.known[i])
            return err_set(e, -EINVAL, "wake.phrase: nobody can hear '%s', it does not stand in "
                           "stt.dictionary%s%s%s", p.words[i],
                           p.nearest[i][0] ? "; did you mean " : "", p.nearest[i],
                           p.nearest[i][0] ? "?" : "");
    return 0;
}

/* ---- voices --------------------------------------------------------------------------------- */

/* A voice file's lines "language en-us 2" name what it is chosen by. */
static bool file_is_voice(const char *path, const char *name)
{
    AUTO_FCLOSE FILE *f = fopen(path, "re");
    char line[LINE_BYTES];

    while (f && fgets(line, sizeof(line), f)) {
        char *word = line + strlen("language ");

        if (!str_starts(line, "language "))
            continue;
        word += strspn(word, " ");
        word[strcspn(word, " \t\r\n/")] = '\0';
        if (strcasecmp(word, name) == 0)
            return true;
    }
    return false;
}

static bool folder_has_voice(const char *folder, const char *name, int depth)
{
    DIR *dir = depth < FOLDER_DEPTH_MAX ? opendir(folder) : NULL;
    const struct dirent *entry;
    bool found = false;

    while (dir && !found && (entry = readdir(dir))) {
        char path[PATH_MAX];
        struct stat st;

        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path) ||
            stat(path, &st) < 0)
            continue;
        found = S_ISDIR(st.st_mode) ? folder_has_voice(path, name, depth + 1)
                                    : strcasecmp(entry->d_name, name) == 0 ||
                                          file_is_voice(path, name);
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int known_voice_in(const char *data, const char *voice, struct err *e)
{
    char name[WORD_BYTES], lang[PATH_MAX], variants[PATH_MAX];
    const char *plus = strchr(voice, '+');
    size_t len = plus ? (size_t)(plus - voice) : strlen(voice);

    snprintf(lang, sizeof(lang), "%s/lang", data);
    snprintf(variants, sizeof(variants), "%s/voices/!v", data);
    if (voice[0] == '\0' || !is_folder(lang))
        return 0;
    if (strcmp(voice, "flite") == 0)
        return 0; /* no voice of espeak-ng's; where it is not installed, that one speaks */
    if (len >= sizeof(name))
        return err_set(e, -EINVAL, "tts.voice: there is no voice with so long a name");
    memcpy(name, voice, len);
    name[len] = '\0';
    if (!folder_has_voice(lang, name, 0))
        return err_set(e, -EINVAL, "tts.voice: there is no voice '%s'; `espeak-ng --voices` lists "
                       "them, empty takes the one of the language", name);
    if (plus && is_folder(variants) && !folder_has_voice(variants, plus + 1, 0))
        return err_set(e, -EINVAL, "tts.voice: there is no variant '%s'; "
                       "`espeak-ng --voices=variant` lists them", plus + 1);
    return 0;
}

int known_voice(const char *voice, struct err *e)
{
    static const char *const folders[] = {
        "/usr/share/espeak-ng-data",
#ifdef __x86_64__
        "/usr/lib/x86_64-linux-gnu/espeak-ng-data",
#elif defined(__aarch64__)
        "/usr/lib/aarch64-linux-gnu/espeak-ng-data",
#elif defined(__arm__)
        "/usr/lib/arm-linux-gnueabihf/espeak-ng-data",
#endif
        "/usr/lib/espeak-ng-data",
    };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (is_folder(folders[i]))
            return known_voice_in(folders[i], voice, e);
    return 0;
}
