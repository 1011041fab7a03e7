/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/control_fuzz.c - a packet on the control socket: control words and what stands
 * beside them, through the frame, the JSON and the table of fields. Exactly one answer, and nothing
 * beyond a row's range in a handler. */
#include "core/control.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct words {
    char *text;
    char name[16];
    int32_t count;
    uint64_t after;
    int on;
    int kind;
    struct field_list list;
    cJSON *value;
};

static const char *const kinds[] = { "", "one", "two", NULL };
static const struct field item_rows[] = {
    { "n", FIELD_INT, .size = sizeof(int64_t), .min = -5, .max = 5, .flags = FIELD_NEEDED },
};
static const struct fields item_fields = FIELDS(int64_t, item_rows);
#define AT(member) FIELD_AT(struct words, member)
static const struct field words_rows[] = {
    { "text", FIELD_TEXT, AT(text), .min = 1, .max = 50, .flags = FIELD_NEEDED | FIELD_LINE },
    { "name", FIELD_NAME, AT(name), .max = 15 },
    { "count", FIELD_INT, AT(count), .min = 1, .max = 20, .fallback = 5 },
    { "after", FIELD_UINT, AT(after), .max = JSON_INT_MAX },
    { "on", FIELD_BOOL, AT(on), .fallback = -1 },
    { "kind", FIELD_CHOICE, AT(kind), .min = 1, .words = kinds },
    { "list", FIELD_LIST, AT(list), .max = 4, .of = &item_fields },
    { "value", FIELD_JSON, AT(value) },
};
static const struct fields words_fields = FIELDS_STRICT(struct words, words_rows);

static void cmd_words(struct control_call *call, void *args, void *user)
{
    const struct words *w = args;
    AUTO_JSON *j = fields_put(w, &words_fields);
    struct words again = { 0 };

    (void)user;
    if (!w->text[0] || strlen(w->text) > 50 || strlen(w->name) > 15 || w->count < 1 ||
        w->count > 20 || w->after > JSON_INT_MAX || w->on < -1 || w->on > 1 || w->list.n > 4)
        abort();
    for (size_t i = 0; i < w->list.n; i++)
        if (llabs(((const int64_t *)w->list.items)[i]) > 5)
            abort();
    /* what was taken is put, and taken again, the same; what was not said is null then */
    cJSON_DeleteItemFromObjectCaseSensitive(j, w->kind == 0 ? "kind" : "-");
    cJSON_DeleteItemFromObjectCaseSensitive(j, w->value ? "-" : "value");
    if (fields_take(&again, &words_fields, j, NULL) < 0 || strcmp(again.text, w->text) != 0 ||
        again.count != w->count || again.after != w->after || again.list.n != w->list.n)
        abort();
    fields_done(&again, &words_fields);
    control_done(call, NULL);
}

static void cmd_plain(struct control_call *call, void *args, void *user)
{
    (void)user;
    if (args)
        abort();
    control_fail(call, "refused");
}

static const struct control_row rows[] = {
    { "words", cmd_words, &words_fields, "takes everything" },
    { "plain", cmd_plain, NULL, "takes nothing" },
};

static unsigned answers(int fd)
{
    static uint8_t buf[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;
    unsigned n = 0;

    while (rpc_recv(fd, buf, &f, 0, NULL) == 1) {
        AUTO_JSON *j = NULL;

        if (f.type != CONTROL_DONE || rpc_json(&j, &f, NULL) < 0)
            abort();
        n++;
    }
    return n;
}

static struct clock when;
static struct loop *loop;
static struct control *control;
static char path[64];

static void rig_start(void)
{
    char dir[] = "/tmp/jarvis-fuzz-XXXXXX";

    clock_init_virtual(&when, 1760000000LL * 1000000);
    if (!mkdtemp(dir))
        abort();
    snprintf(path, sizeof(path), "%s/s", dir);
    if (loop_new(&loop, &when, NULL) < 0 ||
        control_new(&control, loop, path, rows, 2, NULL, NULL) < 0)
        abort();
}

static void rig_end(void)
{
    char *slash = strrchr(path, '/');

    control_free(control);
    loop_free(loop);
    *slash = '\0';
    (void)rmdir(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_CLOSE int fd = -1;
    unsigned n;

    if (!control) {
        rig_start();
        atexit(rig_end);
    }
    if (size > RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES || control_connect(&fd, path, NULL) < 0 ||
        rpc_send(fd, CONTROL_REQUEST, 9, data, size, NULL) < 0)
        return 0;
    while (loop_step(loop, 0))
        ;
    n = answers(fd);
    if (n != 1) /* exactly one, whatever was asked */
        abort();
    (void)send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL); /* without a header: it is closed */
    while (loop_step(loop, 0))
        ;
    (void)answers(fd);
    return 0;
}
