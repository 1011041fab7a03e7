/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/store/salvage_fuzz.c - a damaged database and its log, any bytes.
 *
 * The first byte says how many pages are the database; the rest is the log. Every row that comes out
 * is one that the store may keep. */
#include "store/salvage.h"

#include "base/utf8.h"

#include <string.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, PAGES_MAX = 8 };

static void on_row(const struct salvage_row *row, void *user)
{
    static const size_t texts[SALVAGE_N] = { 6, 2, 2 };

    (void)user;
    if (row->kind >= SALVAGE_N)
        abort();
    if (row->kind == SALVAGE_SESSION && (row->id < 1 || row->id >= INT64_C(1) << 53))
        abort();
    for (size_t i = 0; i < SALVAGE_TEXTS; i++) {
        if ((row->texts[i] != NULL) != (i < texts[row->kind]))
            abort();
        if (row->texts[i] && !utf8_is_valid(row->texts[i], strlen(row->texts[i])))
            abort();
    }
}

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("salvage", MFD_CLOEXEC);

    if (fd < 0 || (size > 0 && write(fd, data, size) != (ssize_t)size))
        abort();
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(salvage_freep) struct salvage *s = NULL;
    size_t file;

    if (size == 0 || size > PAGE_BYTES * (size_t)PAGES_MAX * 2)
        return 0;
    file = (size_t)(data[0] % PAGES_MAX) * PAGE_BYTES;
    data++;
    size--;
    if (file > size)
        file = size;
    if (salvage_new_of(&s, file_of(data, file), file_of(data + file, size - file), NULL) < 0)
        abort();
    while (salvage_page(s, on_row, NULL))
        ;
    if (salvage_unreadable(s) > 0)
        abort();
    return 0;
}
