/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.c - whole files: bounded reading, atomic durable writing, paths. */
#include "base/file.h"

#include "base/cleanup.h"
#include "base/sha256.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_PATH_BYTES = 4096 };

static int file_read_all(char *buf, size_t size, size_t *ret_len, int fd)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return 0;
}

int file_read(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO_FREE char *buf = NULL;
    struct stat st;
    size_t len = 0;
    int r;

    if (fd < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    if (fstat(fd, &st) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, -EINVAL, "%s: is no regular file", path);
    if ((uint64_t)st.st_size > max)
        return err_set(e, -EFBIG, "%s: has %lld bytes, more than the %zu allowed", path,
                       (long long)st.st_size, max);
    buf = malloc((size_t)st.st_size + 1);
    if (!buf)
        return err_set(e, -ENOMEM, "%s: out of memory", path);
    r = file_read_all(buf, (size_t)st.st_size, &len, fd);
    if (r < 0)
        return err_set(e, r, "%s: %s", path, err_words(r));
    buf[len] = '\0';
    *ret = STEAL(buf);
    *ret_len = len;
    return 0;
}

int file_read_meant(char **ret, size_t *ret_len, const char *path, size_t max, const char *sum,
                    struct err *e)
{
    AUTO_FREE char *bytes = NULL;
    char is[SHA256_HEX_BYTES];
    size_t len;
    int r = file_read(&bytes, &len, path, max, e);

    if (r < 0)
        return r;
    sha256_hex(is, bytes, len);
    if (strcmp(is, sum) != 0)
        return err_set(e, -EBADMSG, "%s is not the file that is meant: its SHA-256 is %s", path, is);
    *ret = STEAL(bytes);
    *ret_len = len;
    return 0;
}

static int file_write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        len -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* The rename is only durable once the folder is. */
static int folder_sync(const char *path)
{
    char folder[FILE_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    AUTO_CLOSE int fd = -1;

    if (len >= sizeof(folder))
        return -ENAMETOOLONG;
    if (len > 0)
        memcpy(folder, path, len);
    folder[len] = '\0';
    fd = open(len > 0 ? folder : (slash ? "/" : "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0 && errno != EINVAL) /* EINVAL: this file system knows no such thing */
        return -errno;
    return 0;
}

/* What a killed writer may leave behind: at most one, under a name that the next writer (and
 * file_sweep()) knows. */
static bool temp_name(char *out, size_t size, const char *path)
{
    return snprintf(out, size, "%s.new", path) < (int)size;
}

/* The new file: without a name until it is whole, where the file system can do that. */
static int temp_open(const char *temp, bool *named)
{
    char folder[FILE_PATH_BYTES];
    char *slash;
    int fd = -1;

    memcpy(folder, temp, strlen(temp) + 1);
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    *named = false;
    fd = open(slash ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd < 0 ? -errno : fd;
    *named = true;
    unlink(temp);
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

static int temp_name_give(int fd, const char *temp)
{
    char self[32];

    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    unlink(temp); /* of a writer that was killed between this line and the rename */
    return linkat(AT_FDCWD, self, AT_FDCWD, temp, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

void file_sweep(const char *path)
{
    char temp[FILE_PATH_BYTES];

    if (temp_name(temp, sizeof(temp), path))
        unlink(temp);
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
    char temp[FILE_PATH_BYTES];
    AUTO_CLOSE int fd = -1;
    bool named = false;
    int r;

    if (!temp_name(temp, sizeof(temp), path))
        return err_set(e, -ENAMETOOLONG, "%s: the path is too long", path);
    fd = temp_open(temp, &named);
    if (fd < 0)
        return err_set(e, fd, "%s: %s", path, err_words(fd));
    r = fchmod(fd, mode) < 0 ? -errno : 0;
    if (r >= 0)
        r = file_write_all(fd, bytes, len);
    if (r >= 0 && !named)
        r = temp_name_give(fd, temp);
    named = named || r >= 0;
    if (r >= 0 && rename(temp, path) < 0)
        r = -errno;
    if (r < 0) {
        if (named)
            unlink(temp);
        return err_set(e, r, "%s: %s", path, err_words(r));
    }
    r = folder_sync(path);
    if (r < 0)
        return err_set(e, r, "%s: folder: %s", path, err_words(r));
    return 0;
}

int file_mkdirs(const char *path, mode_t mode, struct err *e)
{
    char part[FILE_PATH_BYTES];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(part))
        return err_set(e, len ? -ENAMETOOLONG : -EINVAL, "folder '%s': not a usable path", path);
    for (size_t i = 1; i <= len; i++) {
        struct stat st;

        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) == 0)
            continue;
        if (errno != EEXIST)
            return err_set(e, -errno, "folder %s: %s", part, err_words(errno));
        if (stat(part, &st) < 0 || !S_ISDIR(st.st_mode))
            return err_set(e, -ENOTDIR, "folder %s: there is a file of that name", part);
    }
    return 0;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
