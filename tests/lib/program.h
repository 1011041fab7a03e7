/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/program.h - a program's own main() run inside the test, with what it wrote.
 *
 *     struct program p = { .main = lab_join };
 *     program_run(&p, "join --lead-ms 60001 a.wav b.wav");  // words are parted by blanks; '' is an empty one
 *     assert_int_equal(p.code, 2);
 *     assert_string_equal(p.err, "...");
 *     program_done(&p);
 * Both outputs go to files in memory while main() runs. */
#ifndef JARVIS_TESTS_LIB_PROGRAM_H
#define JARVIS_TESTS_LIB_PROGRAM_H

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROGRAM_WORDS_MAX = 32 };

struct program {
    int (*main)(int argc, char **argv);
    int code;
    char *out, *err; /* owned: what the last run wrote */
};

static inline void program_done(struct program *p)
{
    free(p->out);
    free(p->err);
    p->out = p->err = NULL;
}

/* Where a stream goes from now on, and where it went. */
static inline int program_divert(FILE *stream, int *ret_kept)
{
    int fd = memfd_create("program", MFD_CLOEXEC);

    assert_true(fd >= 0);
    fflush(stream);
    *ret_kept = dup(fileno(stream));
    assert_true(*ret_kept >= 0 && dup2(fd, fileno(stream)) >= 0);
    return fd;
}

static inline char *program_restore(FILE *stream, int fd, int kept)
{
    off_t size;
    char *text;

    fflush(stream);
    assert_true(dup2(kept, fileno(stream)) >= 0);
    close(kept);
    size = lseek(fd, 0, SEEK_END);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    close(fd);
    return text;
}

static inline void program_run_words(struct program *p, int argc, char **argv)
{
    int kept[2], out = program_divert(stdout, &kept[0]), err = program_divert(stderr, &kept[1]);
    char *out_text, *err_text_;

    optind = 0; /* glibc: from the start */
    p->code = p->main(argc, argv);
    out_text = program_restore(stdout, out, kept[0]);
    err_text_ = program_restore(stderr, err, kept[1]);
    program_done(p);
    p->out = out_text;
    p->err = err_text_;
}

static inline void program_run(struct program *p, const char *line)
{
    char *text = strdup(line), *rest = text, *word, *argv[PROGRAM_WORDS_MAX + 1] = { NULL };
    int argc = 0;

    assert_non_null(text);
    while ((word = strsep(&rest, " "))) {
        assert_true(argc < PROGRAM_WORDS_MAX);
        argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
    }
    program_run_words(p, argc, argv);
    free(text);
}

#endif
