/* SPDX-License-Identifier: Apache-2.0 */
/* hal/gpio_sys.h - the system calls of the GPIO back end as a table, so that tests can play a
 * chip without one.
 * Threads: set once before the first open; main loop. */
#ifndef JARVIS_HAL_GPIO_SYS_H
#define JARVIS_HAL_GPIO_SYS_H

#include <stddef.h>
#include <sys/types.h>

struct hal_gpio_sys { /* each returns what the system call of its name returns; errno is set */
    int (*open)(const char *path, int flags); /* and O_CLOEXEC */
    int (*ioctl)(int fd, unsigned long request, void *arg);
    ssize_t (*read)(int fd, void *buf, size_t len);
    int (*close)(int fd);
};

void hal_gpio_sys_set(const struct hal_gpio_sys *sys); /* borrowed; NULL: the kernel's again */

#endif
