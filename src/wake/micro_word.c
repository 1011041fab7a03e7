/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_word.c - manifest, network, decision. */
#include "wake/micro_word.h"

#include "base/fields.h"
#include "base/file.h"
#include "base/must.h"

#include <string.h>

/* ---- manifest ------------------------------------------------------------------------------ */

struct micro_part {
    double cutoff;
    uint32_t window, window_v1, step_ms;
};

struct manifest_json {
    int type;
    uint32_t version;
    char phrase[MICRO_NAME], model[MICRO_NAME];
    struct micro_part micro;
};

static const char *const types[] = { "micro", NULL };

static const struct field micro_rows[] = {
    { "probability_cutoff", FIELD_REAL, FIELD_AT(struct micro_part, cutoff), .max = 1,
      .flags = FIELD_NEEDED, .help = "how sure the model must be, 0..1" },
    { "sliding_window_size", FIELD_UINT, FIELD_AT(struct micro_part, window),
      .max = MICRO_WINDOW_MAX, .help = "answers that are averaged" },
    { "sliding_window_average_size", FIELD_UINT, FIELD_AT(struct micro_part, window_v1),
      .max = MICRO_WINDOW_MAX, .help = "the same in version 1" },
    { "feature_step_size", FIELD_UINT, FIELD_AT(struct micro_part, step_ms), .max = 30,
      .fallback = 10, .help = "milliseconds from row to row" },
};
static const struct fields micro_fields = FIELDS(struct micro_part, micro_rows);

static const struct field manifest_rows[] = {
    { "type", FIELD_CHOICE, FIELD_AT(struct manifest_json, type), .words = types,
      .flags = FIELD_NEEDED, .help = "micro" },
    { "version", FIELD_UINT, FIELD_AT(struct manifest_json, version), .min = 1, .max = 2,
      .flags = FIELD_NEEDED, .help = "of the manifest" },
    { "wake_word", FIELD_NAME, FIELD_AT(struct manifest_json, phrase), .min = 1,
      .max = MICRO_NAME - 1, .flags = FIELD_NEEDED, .help = "what is said" },
    { "model", FIELD_NAME, FIELD_AT(struct manifest_json, model), .min = 1, .max = MICRO_NAME - 1,
      .flags = FIELD_NEEDED, .help = "file name beside the manifest" },
    { "micro", FIELD_OBJECT, FIELD_AT(struct manifest_json, micro), .of = &micro_fields,
      .flags = FIELD_NEEDED, .help = "how it decides" },
};
static const struct fields manifest_fields = FIELDS(struct manifest_json, manifest_rows);

/* Version 1 has the window under another name and always 20 ms. */
static int manifest_check(struct micro_manifest *m, const struct manifest_json *j, struct err *e)
{
    m->window = j->version == 1 ? j->micro.window_v1 : j->micro.window;
    m->step_ms = j->version == 1 ? 20 : j->micro.step_ms;
    m->version = j->version;
    m->cutoff = j->micro.cutoff;
    if (m->window == 0)
        return err_set(e, -EINVAL, "micro.%s: is missing", j->version == 1 ?
                       "sliding_window_average_size" : "sliding_window_size");
    if (m->step_ms != 10 && m->step_ms != 20 && m->step_ms != 30)
        return err_set(e, -EINVAL, "micro.feature_step_size: is %u, 10, 20 or 30 is possible",
                       m->step_ms);
    if (!(m->cutoff > 0.0 && m->cutoff <= 1.0))
        return err_set(e, -EINVAL, "micro.probability_cutoff: is outside 0..1");
    return 0;
}

int micro_manifest_parse(struct micro_manifest *ret, const void *buf, size_t len, struct err *e)
{
    struct manifest_json j;
    struct micro_manifest m = { .window = 0 };
    int r = fields_parse(&j, &manifest_fields, buf, len, e);

    if (r < 0)
        return r;
    if (strchr(j.model, '/') || j.model[0] == '.')
        r = err_set(e, -EINVAL, "model: '%s' is no plain file name", j.model);
    else
        r = manifest_check(&m, &j, e);
    memcpy(m.phrase, j.phrase, sizeof(m.phrase));
    memcpy(m.model, j.model, sizeof(m.model));
    fields_done(&j, &manifest_fields);
    if (r < 0)
        return r;
    *ret = m;
    return 0;
}

/* ---- word ---------------------------------------------------------------------------------- */

void micro_word_clear(struct micro_word *w)
{
    micro_net_clear(w->net);
    memset(w->answers, 0, sizeof(w->answers));
    w->next = w->sum = w->rows_n = 0;
    w->cool = -MICRO_COOL_ROWS;
}

int micro_word_init(struct micro_word *ret, const struct micro_manifest *about, double cutoff,
                    const void *model, size_t len, struct err *e)
{
    struct micro_word w = { .about = *about };
    int r = micro_net_parse(&w.net, model, len, e);

    if (r < 0)
        return err_wrap(e, r, "%s", about->model);
    if (cutoff > 0.0)
        w.about.cutoff = cutoff;
    w.cutoff = (unsigned)(255.0 * w.about.cutoff);
    must(micro_net_rows(w.net) >= 1 && micro_net_rows(w.net) <= MICRO_ROWS_MAX);
    must(w.about.window >= 1 && w.about.window <= MICRO_WINDOW_MAX);
    *ret = w;
    micro_word_clear(ret);
    return 0;
}

int micro_word_load(struct micro_word *ret, const char *manifest_path, double cutoff, struct err *e)
{
    AUTO_FREE char *text = NULL, *model = NULL, *path = NULL;
    const char *end = strrchr(manifest_path, '/');
    int folder = end ? (int)(end - manifest_path) : 1;
    struct micro_manifest about;
    size_t len = 0;
    int r = file_read(&text, &len, manifest_path, MICRO_MANIFEST_MAX, e);

    if (r < 0)
        return r;
    r = micro_manifest_parse(&about, text, len, e);
    if (r < 0)
        return err_wrap(e, r, "%s", manifest_path);
    if (asprintf(&path, "%.*s/%s", folder, end ? manifest_path : ".", about.model) < 0) {
        path = NULL;
        return err_set(e, -ENOMEM, "out of memory for a wake word");
    }
    r = file_read(&model, &len, path, MICRO_NET_FILE_MAX, e);
    return r < 0 ? r : micro_word_init(ret, &about, cutoff, model, len, e);
}

void micro_word_done(struct micro_word *w)
{
    w->net = micro_net_free(w->net);
}

double micro_word_score(const struct micro_word *w)
{
    return w->sum / (255.0 * w->about.window);
}

double micro_word_heard_score(const struct micro_word *w)
{
    return w->heard / (255.0 * w->about.window);
}

bool micro_word_is_above(const struct micro_word *w)
{
    return w->sum > w->cutoff * w->about.window;
}

static void answer_add(struct micro_word *w, uint8_t answer)
{
    w->sum += answer - (unsigned)w->answers[w->next];
    w->answers[w->next] = answer;
    w->next = (w->next + 1) % w->about.window;
    must(w->sum <= 255 * w->about.window);
}

void micro_word_row(struct micro_word *w, const uint16_t row[MICRO_BANDS])
{
    unsigned newest = (w->next + w->about.window - 1) % w->about.window;

    for (int i = 0; i < MICRO_BANDS; i++)
        w->rows[w->rows_n][i] = micro_front_int8(row[i]);
    if (++w->rows_n == micro_net_rows(w->net)) {
        w->rows_n = 0;
        newest = w->next;
        answer_add(w, micro_net_run(w->net, w->rows[0]));
    }
    if (w->cool < 0 && w->answers[newest] < w->cutoff)
        w->cool++;
}

bool micro_word_heard(struct micro_word *w)
{
    if (w->cool < 0 || !micro_word_is_above(w))
        return false;
    w->heard = w->sum;
    w->cool = -MICRO_COOL_ROWS;
    memset(w->answers, 0, sizeof(w->answers));
    w->sum = 0;
    return true;
}
