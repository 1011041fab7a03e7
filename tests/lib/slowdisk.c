/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/slowdisk.c - a disk that hangs, for a whole daemon: LD_PRELOAD=slowdisk.so with
 * SLOWDISK=FILE in the environment. While FILE holds a number, each fsync and fdatasync of the
 * process takes so many milliseconds; without the file they are as quick as ever. Nothing else
 * changes: what is a disk's fault in the field is not reached by a full or read-only file system. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static void hang(void)
{
    const char *path = getenv("SLOWDISK");
    char text[16] = "";
    struct timespec t;
    long ms;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    if (read(fd, text, sizeof(text) - 1) < 0)
        text[0] = '\0';
    close(fd);
    ms = strtol(text, NULL, 10);
    t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static int real(const char *name, int fd)
{
    int (*f)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    return f ? f(fd) : -1;
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    hang();
    return real("fsync", fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    hang();
    return real("fdatasync", fd);
}
