/* SPDX-License-Identifier: Apache-2.0 */
/* home/words.c - devices and rooms within a sentence for people. */
#include "home/words.h"

#include "base/str.h"

#include <ctype.h>

const char *words_name(char *out, size_t size, const char *name)
{
    str_copy(out, size, name);
    if (isupper((unsigned char)out[0]) && islower((unsigned char)out[1]))
        out[0] = (char)tolower((unsigned char)out[0]);
    return out;
}

const char *words_kinds(unsigned kinds, unsigned classes)
{
    for (int c = CLASS_NONE + 1; c < CLASS_N; c++)
        if (classes == 1u << c)
            return device_class_name((enum device_class)c);
    if (kinds == IS_CLIMATE)
        return "thermostat";
    if (kinds == (IS_CLIMATE | IS_SENSOR))
        return "thermometer";
    for (int k = 0; k < KIND_N; k++)
        if (kinds == 1u << k)
            return device_kind_name((enum device_kind)k);
    return "device";
}

int words_device(int code, const struct device *d, const char *what, struct err *e)
{
    char name[DEVICE_NAME_BYTES_MAX + 1];

    return err_set(e, code, "the %s %s", words_name(name, sizeof(name), d->name), what);
}
