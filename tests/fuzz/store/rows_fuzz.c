/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/store/rows_fuzz.c - rows as an older version, another hand or a damaged page left them.
 *
 * Whatever stands in the tables, what the readers give is a document that a strict parser takes: it
 * goes to the page and the API as it is. The first byte says which column gets the bytes. */
#include "store/store.h"

#include "base/utf8.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "lib/dir.h"

static const char *const updates[] = {
    "UPDATE sessions SET detail = ?1",
    "UPDATE sessions SET heard = ?1, reply = ?1",
    "UPDATE sessions SET wall_usec = length(?1) * 1000003 - 5, source = ?1",
    "UPDATE devices SET state = ?1",
    "UPDATE devices SET id = ?1",
    "UPDATE entries SET value = ?1",
};
enum { UPDATES = sizeof(updates) / sizeof(updates[0]) };

static struct {
    char dir[DIR_BYTES];
    struct clock clock;
    struct store *store;
    struct store_reader *reader;
    sqlite3 *db[2];
    sqlite3_stmt *update[UPDATES];
} world;

static void world_end(void)
{
    for (size_t i = 0; i < UPDATES; i++)
        sqlite3_finalize(world.update[i]);
    for (size_t i = 0; i < 2; i++)
        sqlite3_close(world.db[i]);
    store_reader_free(world.reader);
    store_close(world.store);
    dir_remove(world.dir);
}

/* The files are made by a store that has ended; the rows are then changed behind a second one's back,
 * which never writes. */
static void world_begin(void)
{
    const struct store_opts o = { .dir = world.dir, .clock = &world.clock };
    const struct store_session row = { .id = 1 };
    static const char *const names[2] = { "history.db", "config.db" };
    char path[128];

    clock_init_virtual(&world.clock, 0);
    if (dir_make(world.dir, "rows") < 0 || store_open(&world.store, &o, NULL) < 0 ||
        store_session_put(world.store, &row, NULL, NULL, NULL) < 0 ||
        store_device_put(world.store, "lamp", "{}", 1, NULL) < 0 ||
        store_value_put(world.store, "mute", "on", NULL, NULL, NULL) < 0)
        abort();
    store_close(world.store);
    if (store_open(&world.store, &o, NULL) < 0 ||
        store_reader_new(&world.reader, world.store, NULL) < 0)
        abort();
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", world.dir, names[i]);
        if (sqlite3_open(path, &world.db[i]) != SQLITE_OK ||
            sqlite3_exec(world.db[i], "PRAGMA synchronous=OFF", NULL, NULL, NULL) != SQLITE_OK)
            abort();
    }
    for (size_t i = 0; i < UPDATES; i++)
        if (sqlite3_prepare_v2(world.db[i >= 3], updates[i], -1, &world.update[i], NULL) !=
            SQLITE_OK)
            abort();
    atexit(world_end);
}

static void expect_strict(const cJSON *j)
{
    AUTO_FREE char *text = json_text(j);
    AUTO_JSON *again = NULL;

    if (!text || json_parse(&again, text, strlen(text), NULL) < 0)
        abort();
}

static void expect_session(const cJSON *j)
{
    const cJSON *detail = cJSON_GetObjectItemCaseSensitive(j, "detail");
    const cJSON *sent = cJSON_GetObjectItemCaseSensitive(detail, "sent");

    if (!cJSON_IsObject(detail) || cJSON_GetObjectItemCaseSensitive(detail, "publishes"))
        abort();
    if (sent && !cJSON_IsArray(sent))
        abort();
    expect_strict(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_JSON *one = NULL, *list = NULL, *devices = NULL;
    AUTO_FREE char *value = NULL;
    sqlite3_stmt *update;

    if (!world.reader)
        world_begin();
    if (size == 0 || size > 65536)
        return 0;
    update = world.update[data[0] % UPDATES];
    sqlite3_bind_text(update, 1, (const char *)data + 1, (int)size - 1, SQLITE_STATIC);
    if (sqlite3_step(update) != SQLITE_DONE)
        abort();
    sqlite3_reset(update);
    if (store_session_get(&one, world.reader, 1, NULL) < 0 ||
        store_sessions(&list, world.reader, 0, 10, NULL) < 0 ||
        store_devices(&devices, world.reader, NULL) < 0 ||
        store_value_get(&value, world.reader, "mute", NULL) < 0)
        abort();
    expect_session(one);
    expect_strict(list);
    expect_strict(devices);
    if (!utf8_is_valid(value, strlen(value)))
        abort();
    return 0;
}
