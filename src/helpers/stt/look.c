/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/look.c - the second look at a sentence that was heard: is it that one? */
#include "look.h"

#include "base/must.h"
#include "grammar.h"
#include "rivals.h"

#include <stdlib.h>
#include <string.h>

void look_forget(struct look *l)
{
    free(l->sentence);
    free(l->other);
    free(l->rival);
    l->sentence = l->other = l->rival = NULL;
}

void look_done(struct look *l)
{
    look_forget(l);
    if (l->aside)
        ps_free(l->aside);
    l->aside = NULL;
}

static int no_memory(struct err *e)
{
    return err_set(e, -ENOMEM, "out of memory for a second look");
}

/* What was decoded, told as a look; the texts of the ways are taken. A sentence that the narrow search could not
 * follow to its end does not fit its sound. */
static void look_take(struct look *l, struct doubt_way *ways)
{
    const struct doubt_way *less = &ways[1 + RIVAL_LESS];
    int own = ways[0].score;

    if (own <= DOUBT_NO_WAY) {
        l->misfit = 2.0 * DOUBT_MISFIT_MAX;
        return;
    }
    l->other = STEAL(ways[1 + RIVAL_OPPOSITE].text);
    l->rival = STEAL(ways[1 + RIVAL_ALIKE].text);
    l->margin = l->other ? own - ways[1 + RIVAL_OPPOSITE].score : LOOK_SURE;
    l->rival_margin = l->rival ? own - ways[1 + RIVAL_ALIKE].score : LOOK_SURE;
    l->said = less->text ? own - less->score : LOOK_SURE;
}

static int look_score(struct look *l, const struct look_sound *on, const char *sentence, struct err *e)
{
    struct doubt_way ways[1 + RIVAL_KINDS] = { { .end = 0 } };
    int32 ends[1 + RIVAL_KINDS] = { 0 };
    struct rivals rivals = { .n = 0 };
    int r;

    if (!l->aside)
        l->aside = ps_init(on->config);
    if (!l->aside || rivals_find(&rivals, on->sentences, l->aside, sentence) < 0)
        return no_memory(e);
    fsg_model_t *model = rivals_model(ends, ps_get_logmath(l->aside), sentence, &rivals);
    for (size_t i = 0; i < 1 + RIVAL_KINDS; i++)
        ways[i].end = ends[i];
    r = doubt_score(&l->misfit, ways, 1 + RIVAL_KINDS, l->aside, on->begun, model, on->frames, on->count, e);
    if (r >= 0)
        look_take(l, ways);
    for (size_t i = 0; i < 1 + RIVAL_KINDS; i++)
        free(ways[i].text);
    return r;
}

int look_at(struct look *l, const struct look_sound *on, const char *sentence, struct err *e)
{
    int r;

    if (l->sentence && strcmp(l->sentence, sentence) == 0)
        return 0;
    look_forget(l);
    l->sentence = str_dup(sentence);
    r = l->sentence ? look_score(l, on, sentence, e) : no_memory(e);
    if (r < 0)
        look_forget(l);
    else
        l->times++;
    must(r < 0 || l->misfit >= 0);
    return r;
}
