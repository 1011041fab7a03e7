/* SPDX-License-Identifier: Apache-2.0 */
/* listen: the thread itself, in real time: it is named and watched, rests with its owner, and one that
 * hangs in a wake engine is given up with all that it uses. */
#include "speech/listen.h"

#include "core/health.h"
#include "rig.h"
#include "speech/wake_helper.h"

#include <sched.h>
#include <semaphore.h>

static struct rig rig; /* outlive a thread that hangs, as the contract asks */
static struct stt *stt;
static struct health *health;
static struct listen *listening;
static struct {
    sem_t entered, gate, over;
    bool hangs;
    _Atomic unsigned fed;
} engine;

static int engine_feed(void *self, const struct audio_block *b, struct wake_hit *ret)
{
    (void)self;
    (void)b;
    (void)ret;
    engine.fed++;
    if (!engine.hangs)
        return 0;
    engine.hangs = false;
    sem_post(&engine.entered);
    sem_wait(&engine.gate);
    sem_post(&engine.over);
    return 0;
}

static void engine_clear(void *self)
{
    (void)self;
}

static struct wake_engine wake = { .feed = engine_feed, .clear = engine_clear, .blocks = 1 };

static int set_up(void **state)
{
    struct listen_opts o = { .audio = NULL, .wake = &wake };

    (void)state;
    memset(&engine, 0, sizeof(engine));
    sem_init(&engine.entered, 0, 0);
    sem_init(&engine.gate, 0, 0);
    sem_init(&engine.over, 0, 0);
    rig_open(&rig, false, "/nowhere");
    const struct stt_deps d = { .loop = rig.loop, .bus = rig.bus, .settings = &rig.settings,
                                .paths = &rig.paths };

    assert_int_equal(health_new(&health, rig.loop, rig.bus, NULL), 0);
    assert_int_equal(stt_new(&stt, &d, NULL), 0);
    o.audio = rig.audio;
    o.bus = rig.bus;
    o.stt = stt;
    o.health = health;
    assert_int_equal(listen_new(&listening, &o, NULL), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stt = stt_free(stt);
    health = health_free(health);
    rig_close(&rig);
    return 0;
}

static bool is_watched(void)
{
    AUTO_JSON *report = health_report(health);
    AUTO_FREE char *text = json_text(report);

    return strstr(text, "\"listen\"") != NULL;
}

static void until_fed(void)
{
    const unsigned before = engine.fed;

    while (engine.fed == before) {
        listen_poke(listening); /* it looks for a hit at each turn */
        sched_yield();
    }
}

static void it_is_watched_while_it_runs(void **state)
{
    (void)state;
    assert_false(is_watched()); /* nothing is due before the start */
    assert_int_equal(listen_start(listening, NULL), 0);
    assert_true(is_watched());
    listen_wake_set(listening, true);
    until_fed();
    assert_true(health_is_alive(health, NULL));
    assert_null(listen_free(listening));
    assert_false(is_watched());
}

static void one_that_was_never_started_ends(void **state)
{
    (void)state;
    assert_null(listen_free(listening));
}

static void one_that_hangs_is_given_up(void **state)
{
    (void)state;
    engine.hangs = true;
    assert_int_equal(listen_start(listening, NULL), 0);
    listen_wake_set(listening, true);
    sem_wait(&engine.entered);
    assert_ptr_equal(listen_free(listening), listening);
    assert_false(is_watched()); /* the end of the daemon is not held up by its lateness */
    sem_post(&engine.gate);
    sem_wait(&engine.over); /* it goes on, finds everything in its place, and ends */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_watched_while_it_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_was_never_started_ends, set_up, tear_down),
        cmocka_unit_test_setup(one_that_hangs_is_given_up, set_up),
    };

    return cmocka_run_group_tests_name("listen_end", tests, NULL, NULL);
}
