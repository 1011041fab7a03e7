/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/near_fuzz.c - bytes as two sentences, one after the other: what is said again ("it"),
 * several commands, and mistakes. What comes out keeps the promises of intent/several.h and intent/near.h:
 * nothing that is guarded is done for a mended sentence without asking. First byte: language and house;
 * a line feed parts the sentences. */
#include "unit/intent/house.h"

#include "core/house.h"
#include "intent/near.h"
#include "intent/several.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const languages[] = { "en", "fr", "de", "es", "nl", "it" };
enum { LANGUAGES = 6 };

static struct tongue *tongue_of(size_t i)
{
    static struct tongue *tongues[LANGUAGES]; /* live as long as the process */
    const char *devices = i == 1 ? house_french : house_english;
    struct paths paths = { .etc = "/nonexistent" };
    AUTO_JSON *j = NULL;

    snprintf(paths.share, sizeof(paths.share), "rootfs-overlay/usr/share/jarvis");
    if (!tongues[i] && (json_parse(&j, devices, strlen(devices), NULL) < 0 ||
                        tongue_new(&tongues[i], &paths, languages[i], NULL) < 0 ||
                        tongue_set_devices(tongues[i], j, NULL) < 0))
        abort();
    return tongues[i];
}

/* A command of a mended sentence that is not asked about opens nothing. */
static void check_guard(const struct tongue *t, const cJSON *j)
{
    const struct intent_def *def = intents_find(json_str(j, "intent", ""));
    const cJSON *slots = cJSON_GetObjectItem(j, "slots");
    const char *id = json_str(cJSON_GetObjectItem(slots, "name"), "value", "");
    const cJSON *command;
    enum device_class c = CLASS_NONE;

    cJSON_ArrayForEach(command, cJSON_GetObjectItem(j, "commands"))
        check_guard(t, command);
    if (!def || def->risk != RISK_ACTS)
        return;
    if (cJSON_GetObjectItem(slots, "single"))
        abort();
    for (const struct named *d = t->names->devices; d; d = d->next)
        if (strcmp(d->id, id) == 0 &&
            ((d->device_class && device_class_parse(&c, d->device_class) < 0) ||
             device_is_guarded(d->kind, c)))
            abort();
}

static void check_near(const struct tongue *t, const char *text, const cJSON *last)
{
    AUTO_JSON *found = NULL, *lacks = NULL;
    const struct opposites opposites = { &t, 1 };
    const int r = near_find(&found, &(struct near_query){ t, &opposites, "Kitchen", last }, text);

    if (near_unknown(t, text) > NEAR_UNKNOWN_MAX + 1 || (r != 0 && r != -ENOTUNIQ && r != -ENOENT) ||
        (r == -ENOENT) != !found)
        abort();
    if (r == 0 && cJSON_HasObjectItem(found, "unsure")) {
        if (cJSON_GetArraySize(cJSON_GetObjectItem(found, "choices")) < 1)
            abort();
    } else if (r == 0) {
        check_guard(t, found);
    } else if (r == -ENOTUNIQ && cJSON_GetArraySize(cJSON_GetObjectItem(found, "candidates")) < 2) {
        abort();
    }
    lacks = near_lacks(t, text, "Kitchen");
    if (lacks && (!json_str(lacks, "text", "")[0] ||
                  !intents_find(json_str(cJSON_GetObjectItem(lacks, "as"), "intent", ""))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR first = STR_INIT, second = STR_INIT;
    AUTO_JSON *before = NULL, *found = NULL;
    const struct tongue *t;
    size_t cut = 1;
    int r;

    if (size < 1 || size > 300)
        return 0;
    t = tongue_of(data[0] % LANGUAGES);
    while (cut < size && data[cut] != '\n')
        cut++;
    str_add_bytes(&first, data + 1, cut - 1);
    if (cut + 1 < size)
        str_add_bytes(&second, data + cut + 1, size - cut - 1);
    r = several_find(&before, t, str_text(&first), "Kitchen", NULL, NULL);
    if (r == -ENOENT)
        check_near(t, str_text(&first), NULL);
    if (r == 0) {
        cJSON *ids = cJSON_AddArrayToObject(before, "reached");

        json_push(ids, cJSON_CreateString(t->names->devices->id));
    }
    r = several_find(&found, t, str_text(&second), "Kitchen", r == 0 ? before : NULL, NULL);
    if ((r != 0 && r != -ENOTUNIQ && r != -ENOENT) || !found)
        abort();
    if (r == -ENOENT)
        check_near(t, str_text(&second), cJSON_HasObjectItem(before, "reached") ? before : NULL);
    return 0;
}
