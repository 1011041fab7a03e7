/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/waiter.h - waits on a test's thread for an answer that another thread gives. */
#ifndef JARVIS_TESTS_LIB_WAITER_H
#define JARVIS_TESTS_LIB_WAITER_H

#include <pthread.h>
#include <stdbool.h>

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done;
    int code;
};

#define WAITER_INIT { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 }

/* A store_done: any thread. */
static inline void waiter_done(int code, const char *text, void *user)
{
    struct waiter *w = user;

    (void)text;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->code = code;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

/* The code of the next answer; ready for another one. */
static inline int waiter_wait(struct waiter *w)
{
    int code;

    pthread_mutex_lock(&w->lock);
    while (!w->done)
        pthread_cond_wait(&w->answered, &w->lock);
    w->done = false;
    code = w->code;
    pthread_mutex_unlock(&w->lock);
    return code;
}

#endif
