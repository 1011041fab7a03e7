/* SPDX-License-Identifier: Apache-2.0 */
/* store/files.c - the files that the writer writes, from opening to closing, and what was lost. */
#include "store/files.h"

#include "base/file.h"
#include "base/must.h"
#include "base/str.h"
#include "store/lost.h"
#include "store/recover.h"
#include "store/rescue.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_DELAY_MS = 10 * 1000 };

static const int64_t HISTORY_BYTES_MAX = INT64_C(256) << 20;

/* ---- loss ----------------------------------------------------------------------------------- */

/* A notice for each file: who hears of one has not heard of the other. */
static void lost_say(struct files *f, enum store_file file, int code, const char *text)
{
    static const enum store_notice kinds[FILE_N] = {
        [FILE_HISTORY] = STORE_NOTICE_LOST_HISTORY,
        [FILE_CONFIG] = STORE_NOTICE_LOST_CONFIG,
    };

    must(text[0] && file < FILE_N);
    f->losses[file].is_told = code < 0;
    if (f->opts->notice)
        f->opts->notice(kinds[file], code, text, f->opts->user);
}

/* Tells the words of a loss; files_keep_losses() writes them down. */
static void lost_tell(struct files *f, enum store_file file, const char *text)
{
    str_copy(f->losses[file].text, sizeof(f->losses[file].text), text);
    f->losses[file].is_unkept = true;
    lost_say(f, file, -EUCLEAN, text);
}

int files_keep_losses(struct files *f, struct err *e)
{
    int kept = 0;

    for (size_t i = 0; i < FILE_N; i++) {
        struct loss *l = &f->losses[i];
        int r;

        if (!l->is_unkept)
            continue;
        r = lost_put(f->rows[FILE_CONFIG].db, store_schemas[i].name, l->text,
                     clock_wall_usec(f->opts->clock), e);
        if (r < 0)
            return err_wrap(e, r, "%s", f->rows[FILE_CONFIG].name);
        l->is_unkept = false;
        kept++;
    }
    return kept;
}

void files_acknowledged(struct files *f)
{
    for (size_t i = 0; i < FILE_N; i++) {
        f->losses[i].is_unkept = false;
        if (f->losses[i].is_told)
            lost_say(f, (enum store_file)i, 0, "the loss was acknowledged");
    }
}

static void lost_remember(struct files *f);

static const char lost_tail[] = "; what can be read is being saved";

static void lost_begin(struct files *f, enum store_file file)
{
    char text[ERR_TEXT_BYTES + sizeof(lost_tail)];

    snprintf(text, sizeof(text), "%s%s", err_text(&f->lost[file]), lost_tail);
    lost_tell(f, file, text);
    f->lost[file] = ERR_INIT;
}

void files_rescued(struct files *f, enum store_file file, const char *words)
{
    char before[ERR_TEXT_BYTES + sizeof(lost_tail)], text[2 * ERR_TEXT_BYTES];
    char *tail;

    if (f->losses[file].is_unkept)
        str_copy(before, sizeof(before), f->losses[file].text);
    else if (!lost_get(before, sizeof(before), f->rows[FILE_CONFIG].db, store_schemas[file].name))
        snprintf(before, sizeof(before), "%s: the file was damaged", store_schemas[file].name);
    tail = strstr(before, "; ");
    if (tail)
        *tail = '\0';
    snprintf(text, sizeof(text), "%s; %s", before, words);
    lost_tell(f, file, text);
    if (file == FILE_CONFIG) /* it may have held words of an earlier loss */
        lost_remember(f);
}

/* What an earlier run has lost and nobody has acknowledged. */
static void lost_remember(struct files *f)
{
    for (size_t i = 0; i < FILE_N; i++) {
        char text[2 * ERR_TEXT_BYTES];

        if (f->lost[i].code == 0 && !f->losses[i].is_told &&
            lost_get(text, sizeof(text), f->rows[FILE_CONFIG].db, store_schemas[i].name))
            lost_say(f, (enum store_file)i, -EUCLEAN, text);
    }
}

/* ---- opening and closing -------------------------------------------------------------------- */

static struct backup_place files_place(const struct files *f, size_t file)
{
    return (struct backup_place){ f->opts->dir, store_schemas[file].name, guard_vfs(f->guard) };
}

static int open_file(struct files *f, size_t i, bool *unclean, struct err *e)
{
    struct rows *rows = &f->rows[i];
    const struct backup_place place = files_place(f, i);
    struct recovered found;
    int r = recover_open(&found, &place, &store_schemas[i], rows->damaged, e);

    if (r < 0)
        return r;
    must(found.db && !rows->db);
    rows->name = store_schemas[i].name;
    rows->db = found.db;
    rows->damaged = false;
    *unclean = found.unclean;
    if (found.lost)
        f->lost[i] = found.why;
    return 0;
}

/* A rescue that is due begins at once: a small file is whole again before anybody asks. */
static int open_rescue(struct files *f, size_t i, struct err *e)
{
    const struct rescue_opts o = {
        .place = files_place(f, i),
        .file = (enum store_file)i,
        .db = f->rows[i].db,
        .clock = f->opts->clock,
    };
    struct rescue *r = NULL;
    int code = rescue_new(&r, &o, e);

    if (r)
        upkeep_rescue(f->upkeep, o.file, r);
    if (f->lost[i].code)
        lost_begin(f, o.file);
    return code;
}

static int open_upkeep(struct files *f, const bool *unclean, struct err *e)
{
    const struct upkeep_opts o = {
        .files = f->rows,
        .dir = f->opts->dir,
        .vfs = guard_vfs(f->guard),
        .clock = f->opts->clock,
        .history_days = f->opts->history_days,
        .backup_hours = f->opts->backup_hours,
        .history_bytes_max = HISTORY_BYTES_MAX,
    };
    int r = upkeep_new(&f->upkeep, &o, e);

    for (size_t i = 0; i < FILE_N && r >= 0; i++) {
        if (unclean[i])
            upkeep_check(f->upkeep, (enum store_file)i, CHECK_DELAY_MS);
        r = open_rescue(f, i, e);
    }
    return r;
}

int files_open(struct files *f, struct err *e)
{
    bool unclean[FILE_N] = { false };
    int r;

    must(!f->upkeep);
    r = file_mkdirs(f->opts->dir, 0750, e);

    for (size_t i = 0; i < FILE_N && r >= 0; i++)
        r = open_file(f, i, &unclean[i], e);
    if (r >= 0)
        r = rows_prepare(f->rows, e);
    if (r < 0)
        return r;
    lost_remember(f);
    return open_upkeep(f, unclean, e);
}

void files_close(struct files *f)
{
    f->upkeep = upkeep_free(f->upkeep);
    rows_done(f->rows);
}

bool files_damaged(const struct files *f)
{
    bool damaged = false;

    for (size_t i = 0; i < FILE_N; i++)
        damaged = damaged || f->rows[i].damaged;
    return damaged;
}
