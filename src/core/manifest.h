/* SPDX-License-Identifier: Apache-2.0 */
/* core/manifest.h - what an engine brings: the manifest of a recogniser that is no part of this package.
 *
 *     { "name": "small-ear", "version": "1.0", "kind": "dictation", "languages": ["en"],
 *       "licence": "MIT", "memory_mb": 300, "program": "ear", "model": "tiny.bin",
 *       "files": [ { "path": "ear", "url": "https://...", "sha256": "...", "bytes": 123 }, ... ] }
 *
 * Two kinds. "dictation" is a program that hears free speech and speaks jarvis-stt's wire (docs/engines.md):
 * one of its own files, or one of the system's folder of helpers. "commands" is an acoustic model of
 * PocketSphinx and its dictionary, with which jarvis-stt hears commands in another language.
 *
 * A manifest comes from elsewhere and is believed in nothing: names and paths are plain words below the
 * engine's own folder, addresses are http, https or file, each file has its size and SHA-256.
 *
 * Owner: manifest_done() frees what the struct owns. May fail: -EINVAL, -ERANGE, -EMSGSIZE with the path of
 * what is wrong, -ENOMEM; *ret untouched on failure.
 * Threads: a value; one owner at a time. */
#ifndef JARVIS_CORE_MANIFEST_H
#define JARVIS_CORE_MANIFEST_H

#include "base/fields.h"

enum {
    MANIFEST_BYTES_MAX = 32 << 10,
    MANIFEST_FILES_MAX = 64,
    MANIFEST_NAME_BYTES = 41, /* with its zero */
    MANIFEST_PATH_MAX = 160,
};

#define MANIFEST_FILE "manifest.json" /* its place in the engine's folder */
#define MANIFEST_ANY "*"              /* among the languages: all of them */

enum manifest_kind { MANIFEST_DICTATION, MANIFEST_COMMANDS, MANIFEST_KINDS_N };

extern const char *const manifest_kinds[]; /* words of the kinds, up to NULL */

struct manifest_file {
    char *path;     /* below the engine's folder */
    char *url;      /* http, https or file */
    char *sha256;   /* 64 lower-case hexadecimal digits */
    uint64_t bytes; /* exactly */
};

struct manifest {
    char *name, *version;
    char *about;                /* NULL: nothing is said */
    char *licence;              /* its name, or all of its words */
    char *licence_url;          /* NULL: none */
    enum manifest_kind kind;
    struct field_list languages; /* char * */
    char *program;              /* of a dictation engine */
    char *model, *dictionary;   /* paths below its folder; NULL: its folder itself */
    unsigned memory_mb;         /* of address space that its program may take */
    struct field_list files;    /* struct manifest_file */
};

extern const struct fields manifest_fields;

int manifest_parse(struct manifest *ret, const void *text, size_t len, struct err *e);
void manifest_done(struct manifest *m);
/* JSON of it, owned by the caller; NULL: out of memory. */
char *manifest_text(const struct manifest *m);

/* A plain name of an engine: lower-case letters, digits, and - _ . inside. */
bool manifest_name_fits(const char *name);
uint64_t manifest_bytes(const struct manifest *m); /* of all its files */
/* Is `language` ("fr", "fr-ca") among its languages? */
bool manifest_speaks(const struct manifest *m, const char *language);
/* Is its program one of its own files? Else one of the system's helpers. */
bool manifest_owns_program(const struct manifest *m);

#endif
