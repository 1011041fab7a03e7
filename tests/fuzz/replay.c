/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/replay.c - main() for a fuzz target without libFuzzer: runs each file of the
 * corpus folders given once. `make test` replays this way under the sanitizers. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rbe");
    struct stat st;
    uint8_t *buf;
    size_t n;

    if (!f || fstat(fileno(f), &st) < 0)
        return -1;
    buf = malloc((size_t)st.st_size + 1);
    n = buf ? fread(buf, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    if (buf) {
        /* an exact-size copy, so that reading past the end is seen by the sanitizer */
        uint8_t *exact = malloc(n ? n : 1);

        if (exact) {
            memcpy(exact, buf, n);
            LLVMFuzzerTestOneInput(exact, n);
            free(exact);
        }
    }
    free(buf);
    return 0;
}

int main(int argc, char **argv)
{
    int files = 0;

    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        struct dirent *d;

        if (!dir) {
            fprintf(stderr, "replay: no corpus folder %s\n", argv[i]);
            return 1;
        }
        while ((d = readdir(dir))) {
            char path[4096];

            if (d->d_name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "%s/%s", argv[i], d->d_name);
            if (replay_file(path) < 0) {
                fprintf(stderr, "replay: cannot read %s\n", path);
                closedir(dir);
                return 1;
            }
            files++;
        }
        closedir(dir);
    }
    if (files == 0) {
        fprintf(stderr, "replay: the corpus is empty\n");
        return 1;
    }
    printf("%d inputs replayed\n", files);
    return 0;
}
