/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/look.c - the second look at a sentence that was heard: is it that one? */
#include "look.h"

#include "base/must.h"
#include "grammar.h"

#include <stdlib.h>
#include <string.h>

void look_forget(struct look *l)
{
    free(l->sentence);
    free(l->other);
    l->sentence = l->other = NULL;
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

static int look_score(struct look *l, struct doubt_fit *ret, const struct look_sound *on,
                      const char *sentence, struct err *e)
{
    if (!l->aside)
        l->aside = ps_init(on->config);
    if (!l->aside)
        return no_memory(e);
    return doubt_score(ret, l->aside, on->begun, sentence, on->frames, on->count, e);
}

/* Of the sentences that it may be instead the one that fits best. */
static int look_others(struct look *l, const struct look_sound *on, int own, struct err *e)
{
    struct doubt_fit fit;
    bool more = true;
    int r = 0;

    for (size_t i = 0; r >= 0 && more; i++) {
        AUTO_STR other = STR_INIT;

        more = doubt_other(&other, l->sentence, i);
        if (!more || grammar_accepts(on->sentences, str_text(&other)) <= 0)
            continue;
        r = look_score(l, &fit, on, str_text(&other), e);
        if (r < 0 || (l->other && own - fit.score >= l->margin))
            continue;
        l->margin = own - fit.score;
        free(l->other);
        l->other = str_take(&other);
        r = l->other ? 0 : no_memory(e);
    }
    return r;
}

/* A sentence must have its words, so a short one that was not said is put in where the grammar asks for it:
 * "turn the lamp" is heard as "turn on the lamp", or as "turn up lamp". */
static int look_said(struct look *l, const struct look_sound *on, int own, bool article, struct err *e)
{
    AUTO_STR without = STR_INIT;
    struct doubt_fit fit;
    int r;

    if (!doubt_without(&without, l->sentence, article) ||
        grammar_accepts(on->sentences, str_text(&without)) > 0)
        return without.failed ? no_memory(e) : 0;
    r = look_score(l, &fit, on, str_text(&without), e);
    if (r >= 0 && own - fit.score < l->said)
        l->said = own - fit.score;
    return r;
}

int look_at(struct look *l, const struct look_sound *on, const char *sentence, struct err *e)
{
    struct doubt_fit own = { .score = 0 };
    int r;

    if (l->sentence && strcmp(l->sentence, sentence) == 0)
        return 0;
    look_forget(l);
    l->sentence = str_dup(sentence);
    r = l->sentence ? look_score(l, &own, on, sentence, e) : no_memory(e);
    l->misfit = own.misfit;
    l->said = LOOK_SAID_SURELY;
    if (r >= 0)
        r = look_others(l, on, own.score, e);
    if (r >= 0)
        r = look_said(l, on, own.score, false, e);
    if (r >= 0 && grammar_has(on->sentences, DOUBT_ARTICLE))
        r = look_said(l, on, own.score, true, e);
    if (r < 0)
        look_forget(l);
    else
        l->times++;
    must(r < 0 || l->misfit >= 0);
    return r;
}
