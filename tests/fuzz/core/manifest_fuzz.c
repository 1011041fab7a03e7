/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/manifest_fuzz.c - a manifest of any bytes: refused with words, or every name and path in it
 * stays within the engine's folder and it is read back as it was written. */
#include "core/manifest.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds)
{
    if (!holds)
        abort();
}

static void path_promise(const char *path)
{
    promise(path[0] != '/' && path[0] != '.' && path[0] != '-' && !strstr(path, "/.") && !strstr(path, "//"));
    promise(strcmp(path, MANIFEST_FILE) != 0 && path[strlen(path) - 1] != '/');
}

static void manifest_promise(const struct manifest *m)
{
    const struct manifest_file *files = m->files.items;

    promise(manifest_name_fits(m->name) && !strchr(m->name, '/') && m->name[0] != '.');
    for (size_t i = 0; i < m->files.n; i++) {
        path_promise(files[i].path);
        promise(strlen(files[i].sha256) == 64);
        promise(strncasecmp(files[i].url, "http", 4) == 0 || strncmp(files[i].url, "file:///", 8) == 0);
    }
    promise((m->kind == MANIFEST_DICTATION) == (m->program != NULL));
    promise(!m->program || manifest_owns_program(m) || !strchr(m->program, '/'));
    promise(m->memory_mb >= 16 && m->languages.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest m, again;
    struct err e = ERR_INIT;
    char *text;

    if (manifest_parse(&m, data, size, &e) < 0) {
        promise(e.text[0] != '\0');
        return 0;
    }
    manifest_promise(&m);
    text = manifest_text(&m);
    promise(text != NULL);
    if (strlen(text) <= MANIFEST_BYTES_MAX) { /* numbers may be written longer than they were */
        promise(manifest_parse(&again, text, strlen(text), NULL) == 0);
        promise(manifest_bytes(&again) == manifest_bytes(&m));
        manifest_done(&again);
    }
    free(text);
    manifest_done(&m);
    return 0;
}
