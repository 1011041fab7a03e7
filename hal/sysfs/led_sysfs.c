/* SPDX-License-Identifier: Apache-2.0 */
/* hal/sysfs/led_sysfs.c - a light of the kernel's LED class.
 *
 * `device` is a name under /sys/class/leds, or the whole path of such a folder. The kernel's
 * own trigger (activity of the SD card, say) is taken off while the light is ours. */
#include "base/str.h"
#include "hal/led.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LED_VALUE_BYTES = 16, LED_MAX_LIMIT = 1 << 20 };

static const char leds_dir[] = "/sys/class/leds";

struct hal_led_dev {
    int fd;   /* owned; "brightness" */
    long max; /* of brightness */
};

static void led_names(struct str *names)
{
    DIR *dir = opendir(leds_dir);
    struct dirent *d;

    while (dir && (d = readdir(dir)))
        if (d->d_name[0] != '.')
            str_addf(names, "%s%s", names->len ? ", " : "", d->d_name);
    if (dir)
        closedir(dir);
}

static int led_words(const char *device, int code, struct err *e)
{
    AUTO_STR names = STR_INIT;

    if (code == -EACCES || code == -EPERM)
        return err_set(e, -EACCES, "light '%s': no permission; a udev rule must give its "
                       "brightness file to this user", device);
    if (code != -ENOENT && code != -ENOTDIR)
        return err_set(e, code, "light '%s': %s", device, err_words(code));
    led_names(&names);
    return err_set(e, -ENOENT, "no light '%s'; there are: %s", device,
                   names.len ? str_text(&names) : "none");
}

/* The whole number in a small file of the light's folder; negative errno. */
static long led_number(int dir, const char *name)
{
    AUTO_CLOSE int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    char text[LED_VALUE_BYTES];
    char *end;
    ssize_t n;
    long value;

    if (fd < 0)
        return -errno;
    n = read(fd, text, sizeof(text) - 1);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || errno != 0 || value < 1 || value > LED_MAX_LIMIT)
        return -EIO;
    return value;
}

/* Not every light has triggers, and not every user may change them: no reason to fail. */
static void led_own(int dir)
{
    AUTO_CLOSE int fd = openat(dir, "trigger", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "none", 4) < 0)
        return;
}

static int led_write(const struct hal_led_dev *led, long value)
{
    char text[LED_VALUE_BYTES];
    int n = snprintf(text, sizeof(text), "%ld\n", value);

    return pwrite(led->fd, text, (size_t)n, 0) == n ? 0 : -errno;
}

static void sysfs_close(struct hal_led_dev *led)
{
    if (!led)
        return;
    if (led->fd >= 0) {
        led_write(led, 0);
        close(led->fd);
    }
    free(led);
}

static void sysfs_closep(struct hal_led_dev **led)
{
    sysfs_close(*led);
}

static int sysfs_open(struct hal_led_dev **ret, const char *device, struct err *e)
{
    AUTO(sysfs_closep) struct hal_led_dev *led = NULL;
    AUTO_STR path = STR_INIT;
    AUTO_CLOSE int dir = -1;

    if (device[0] == '\0' || (device[0] != '/' && strchr(device, '/')))
        return err_set(e, -EINVAL, "light '%s': a name under %s is needed", device, leds_dir);
    if (device[0] == '/')
        str_add(&path, device);
    else
        str_addf(&path, "%s/%s", leds_dir, device);
    led = calloc(1, sizeof(*led));
    if (!led || path.failed)
        return err_set(e, -ENOMEM, "light '%s': out of memory", device);
    led->fd = -1;
    dir = open(str_text(&path), O_DIRECTORY | O_PATH | O_CLOEXEC);
    if (dir < 0)
        return led_words(device, -errno, e);
    led->max = led_number(dir, "max_brightness");
    if (led->max < 0)
        return led_words(device, (int)led->max, e);
    led->fd = openat(dir, "brightness", O_WRONLY | O_CLOEXEC);
    if (led->fd < 0)
        return led_words(device, -errno, e);
    led_own(dir);
    *ret = STEAL(led);
    return 0;
}

static int sysfs_set(struct hal_led_dev *led, int percent, struct err *e)
{
    int r;

    if (percent < 0 || percent > 100)
        return err_set(e, -EINVAL, "light: %d is outside 0..100 %%", percent);
    r = led_write(led, (led->max * percent + 99) / 100); /* 1 % is never dark */
    if (r < 0)
        return err_set(e, r, "light: brightness was refused: %s", err_words(r));
    return 0;
}

const struct hal_led hal_led_sysfs = {
    .version = HAL_LED_VERSION,
    .name = "sysfs",
    .open = sysfs_open,
    .close = sysfs_close,
    .set = sysfs_set,
};
