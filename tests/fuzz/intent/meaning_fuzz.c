/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/intent/meaning_fuzz.c - bytes as a sentence, with a house and a judge: what comes out
 * keeps the promises of intent/meaning.h. First byte: the language and the room. */
#include "unit/intent/house.h"

#include "intent/meaning.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tongue *tongue_of(bool french)
{
    static struct tongue *tongues[2]; /* live as long as the process */
    const char *devices = french ? house_french : house_english;
    struct paths paths = { .etc = "/nonexistent" };
    AUTO_JSON *j = NULL;

    snprintf(paths.share, sizeof(paths.share), "rootfs-overlay/usr/share/jarvis");
    if (!tongues[french] &&
        (json_parse(&j, devices, strlen(devices), NULL) < 0 ||
         tongue_new(&tongues[french], &paths, french ? "fr" : "en", NULL) < 0 ||
         tongue_set_devices(tongues[french], j, NULL) < 0))
        abort();
    return tongues[french];
}

/* A name has a value, or there are candidates; what acts has an intent of the table. */
static void check(const cJSON *j, int r)
{
    const cJSON *slots = cJSON_GetObjectItem(j, "slots");
    const cJSON *name = cJSON_GetObjectItem(slots, "name");
    int candidates = cJSON_GetArraySize(cJSON_GetObjectItem(j, "candidates"));

    if (r == -ENOENT) {
        if (cJSON_GetArraySize(cJSON_GetObjectItem(j, "examples")) != MEANING_EXAMPLES)
            abort();
        return;
    }
    if ((r != 0 && r != -ENOTUNIQ) || !intents_find(json_str(j, "intent", "")) || !slots ||
        (r == 0 && name && !json_str(name, "value", "")[0]) || (r == 0) != (candidates == 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STR text = STR_INIT;
    AUTO_JSON *found = NULL;
    AUTO_JSON *explained = NULL;
    const struct tongue *t;
    const char *room;
    int r;

    if (size < 1 || size > 400)
        return 0;
    t = tongue_of(data[0] & 1);
    room = data[0] & 2 ? (data[0] & 1 ? "Cuisine" : "Kitchen") : "";
    str_add_bytes(&text, data + 1, size - 1);
    r = meaning_find(&found, t, str_text(&text), room, NULL);
    check(found, r);
    if (data[0] & 4) {
        if (meaning_explain(&explained, t, str_text(&text), room, NULL) < 0 ||
            (int)json_num(explained, "code", 1) != r)
            abort();
    }
    return 0;
}
