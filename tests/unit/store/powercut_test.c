/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/powercut_test.c - simulated power cuts: 200 images of what may be on the disk.
 *
 * One run of the store is recorded below SQLite: each write, truncation, sync and deletion, and
 * when each row was acknowledged. For a cut at a random moment the files are built as a disk may
 * leave them: what came before a file's last sync is there, each later write is there, missing,
 * or torn at 512 bytes; a deletion may be lost until its folder is synced; the shared memory is
 * gone. The store then opens the image: no damage, and no acknowledged row missing.
 *
 * Control: the same images with every sync forgotten (synchronous=OFF, or a disk that lies) must
 * fail, else this test could not see anything. The seed is printed; SEED=n replays it. */
#include "fixture.h"
#include "testvfs.h"

enum { ROWS = 700, CUTS = 200, SECTOR = 512, START_OPS = 100 };

struct image { /* one file */
    uint8_t *data;
    size_t len, cap;
    bool exists;
};

static void on_durable(int code, const char *text, void *user)
{
    uint64_t id = (uint64_t)(uintptr_t)user;

    (void)text;
    if (code == 0)
        tv_note(TV_ACK, 0, (int64_t)id, NULL, 0);
}

/* Syncs of the database files themselves: checkpoints. */
static int database_syncs(void)
{
    int n = 0;

    for (size_t i = 0; i < tv.n; i++)
        n += tv.ops[i].kind == TV_SYNC && !strstr(tv.files[tv.ops[i].file], "db-");
    return n;
}

/* Records an empty start with its migrations, many groups with checkpoints, and the end. */
static void record_run(struct fixture *f)
{
    static char reply[6000]; /* long enough for a checkpoint in the middle of the run */

    memset(reply, 'r', sizeof(reply) - 1);
    reply[sizeof(reply) - 1] = '\0';
    tv_record(true);
    fixture_open(f);
    for (uint64_t id = 1; id <= ROWS; id++) {
        const struct store_session row = { .id = id, .heard = "lights on", .reply = reply };

        assert_int_equal(store_session_put(f->s, &row, on_durable, (void *)(uintptr_t)id, NULL), 0);
        if (id % 7 == 0) {
            store_device_put(f->s, "lamp", id % 2 ? "{\"on\":1}" : "{\"on\":0}", 0, NULL);
            fixture_flush(f);
        }
    }
    fixture_close(f);
    tv_record(false);
    assert_true(database_syncs() >= 7); /* three a file for its start and end: one in the middle */
    assert_in_range(tv.n, 1000, TV_OPS_MAX - 1);
}

static void image_write(struct image *im, int64_t at, const uint8_t *data, size_t len)
{
    size_t end = (size_t)at + len;

    if (end > im->cap) {
        im->cap = end * 2;
        im->data = realloc(im->data, im->cap);
        assert_non_null(im->data);
    }
    if (end > im->len) {
        if ((size_t)at > im->len)
            memset(im->data + im->len, 0, (size_t)at - im->len);
        im->len = end;
    }
    memcpy(im->data + at, data, len);
    im->exists = true;
}

static void image_apply(struct image *im, const struct tv_op *op)
{
    if (op->kind == TV_WRITE)
        image_write(im, op->at, op->data, op->len);
    else if (op->kind == TV_TRUNCATE && (size_t)op->at < im->len)
        im->len = (size_t)op->at;
    else if (op->kind == TV_DELETE)
        *im = (struct image){ .data = im->data, .cap = im->cap };
}

/* An operation after the last sync: kept, dropped, or, a write, torn between two sectors. */
static void image_apply_unsynced(struct image *im, const struct tv_op *op)
{
    struct tv_op part = *op;

    switch (random() % 3) {
    case 0:
        image_apply(im, op);
        break;
    case 1:
        break;
    default:
        if (op->kind == TV_WRITE && op->len > SECTOR) {
            size_t first = (size_t)random() % (op->len / SECTOR);

            part.at += (int64_t)(first * SECTOR);
            part.data += first * SECTOR;
            part.len = SECTOR * (1 + (size_t)random() % (op->len / SECTOR - first));
            if (part.len > op->len - first * SECTOR)
                part.len = op->len - first * SECTOR;
        }
        image_apply(im, &part);
    }
}

/* The last acknowledged id before the cut. Acks rise, so it stands for all. */
static uint64_t build_images(struct image *images, size_t cut, bool syncs)
{
    size_t synced[TV_FILES_MAX] = { 0 };
    uint64_t acknowledged = 0;

    for (size_t i = 0; i < cut; i++) {
        const struct tv_op *op = &tv.ops[i];

        if (op->kind == TV_SYNC && syncs)
            synced[op->file] = i;
        if (op->kind == TV_ACK)
            acknowledged = (uint64_t)op->at;
    }
    for (size_t i = 0; i < cut; i++) {
        const struct tv_op *op = &tv.ops[i];

        if (op->kind == TV_ACK || op->kind == TV_SYNC)
            continue;
        if (i < synced[op->file])
            image_apply(&images[op->file], op);
        else
            image_apply_unsynced(&images[op->file], op);
    }
    return acknowledged;
}

static void made_file(const struct fixture *f, const char *name)
{
    char path[128];

    path_in(path, sizeof(path), f, name);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void write_images(const struct fixture *f, const struct image *images, bool first_ended)
{
    dir_remove(f->dir);
    assert_int_equal(mkdir(f->dir, 0700), 0);
    if (first_ended) { /* made before the first answer, with its folder */
        made_file(f, "history.db.made");
        made_file(f, "config.db.made");
    }
    for (int i = 0; i < tv.files_n; i++) {
        FILE *out;

        if (!images[i].exists)
            continue;
        out = fopen(tv.files[i], "we");
        assert_non_null(out);
        assert_int_equal(fwrite(images[i].data, 1, images[i].len, out), images[i].len);
        fclose(out);
    }
}

/* Is the image whole, with every acknowledged row? */
static bool check_image(struct fixture *f, uint64_t acknowledged)
{
    const struct store_opts o = fixture_opts(f);
    uint64_t last = 0;
    int64_t n = 0;
    bool good;

    f->notices = f->losses = 0;
    good = store_open(&f->s, &o, NULL) == 0 && store_reader_new(&f->r, f->s, NULL) == 0 &&
           f->notices == 0 && f->losses == 0 && store_session_last_id(&last, f->r, NULL) == 0 &&
           last >= acknowledged;
    for (uint64_t before = last + 1; good && before > 1;) {
        AUTO_JSON *page = NULL;

        good = store_sessions(&page, f->r, before, 200, NULL) == 0 && cJSON_GetArraySize(page) > 0;
        n += cJSON_GetArraySize(page);
        before = before > 200 ? before - 200 : 1;
    }
    fixture_close(f);
    return good && (uint64_t)n == last; /* no holes */
}

static int cut_many(struct fixture *f, bool syncs, int cuts)
{
    int bad = 0;

    for (int i = 0; i < cuts; i++) {
        struct image images[TV_FILES_MAX] = { 0 };
        /* every fourth within the first start, with its migrations */
        size_t cut = 1 + (size_t)random() % (i % 4 == 0 ? START_OPS : tv.n);
        uint64_t acknowledged = build_images(images, cut, syncs);

        write_images(f, images, acknowledged > 0);
        if (!check_image(f, acknowledged)) {
            bad++;
            if (syncs)
                print_message("cut at %zu of %zu (acknowledged: %llu): %s\n", cut, tv.n,
                              (unsigned long long)acknowledged, f->notice);
        }
        for (int k = 0; k < TV_FILES_MAX; k++)
            free(images[k].data);
    }
    return bad;
}

static void test_power_cuts(void **state)
{
    struct fixture *f = *state;
    int control;

    srandom(seed_of_run());
    record_run(f);
    assert_int_equal(cut_many(f, true, CUTS), 0);
    control = cut_many(f, false, CUTS / 2);
    print_message("%d cuts of %zu operations: 0 bad; without syncs %d of %d bad\n", CUTS, tv.n,
                  control, CUTS / 2);
    assert_in_range(control, CUTS / 8, CUTS / 2);
}

/* In memory where that is possible: hundreds of images need no real disk. */
static int setup_in_memory(void **state)
{
    return setup_in(state, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_power_cuts, setup_in_memory, teardown),
    };

    return TV_RUN("powercut", tests);
}
