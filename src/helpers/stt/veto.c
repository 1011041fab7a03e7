/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/veto.c - a second judge of the wake word. */
#include "veto.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

struct veto {
    struct embedding embedding;
    int16_t sound[VETO_KEPT]; /* the newest is the last */
};

int veto_new(struct veto **ret, const struct embedding_net *net, struct err *e)
{
    struct veto *v = calloc(1, sizeof(*v));

    if (!v)
        return err_set(e, -ENOMEM, "out of memory for the veto of the wake word");
    embedding_init(&v->embedding, net);
    *ret = v;
    return 0;
}

struct veto *veto_free(struct veto *v)
{
    free(v);
    return NULL;
}

bool veto_knows(const char *phrase)
{
    static const char word[] = "jarvis";
    size_t n = strlen(phrase), m = sizeof(word) - 1;

    return n >= m && strcmp(phrase + n - m, word) == 0 && (n == m || phrase[n - m - 1] == ' ');
}

void veto_push(struct veto *v, const int16_t *frames, size_t count)
{
    if (count > VETO_KEPT) {
        frames += count - VETO_KEPT;
        count = VETO_KEPT;
    }
    memmove(v->sound, v->sound + count, (VETO_KEPT - count) * sizeof(*frames));
    memcpy(v->sound + VETO_KEPT - count, frames, count * sizeof(*frames));
}

void veto_clear(struct veto *v)
{
    memset(v->sound, 0, sizeof(v->sound));
}

double veto_score(struct veto *v)
{
    float vectors[(VETO_STEPS - EMBEDDING_FIRST + 1) * EMBEDDING_SIZE], score, best = 0;
    int n = 0;

    must(veto_net.inputs == VETO_INPUTS && veto_net.outputs == 1);
    embedding_init(&v->embedding, v->embedding.net);
    for (int step = 0; step < VETO_STEPS; step++) {
        if (!embedding_run(&v->embedding, v->sound + step * EMBEDDING_STEP, vectors + n * EMBEDDING_SIZE))
            continue;
        if (++n < VETO_VECTORS)
            continue;
        small_net_run(&veto_net, vectors + (n - VETO_VECTORS) * EMBEDDING_SIZE, &score);
        if (n == VETO_VECTORS || score > best)
            best = score;
    }
    must(n == VETO_STEPS - EMBEDDING_FIRST + 1);
    return (double)best;
}
