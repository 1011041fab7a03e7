/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_trouble_test.c - a broker that freezes, a second box of the same name, floods. */
#include "lib/hurt.h"
#include "mqtt_rig.h"

/* A broker that is frozen, with the link still open: what is asked of it after a while of silence is not
 * sent at all, and does not happen when it thaws. */
static void half_open(void **state)
{
    struct broker b;
    struct rig r;
    int64_t frozen;

    (void)state;
    rig_with_broker(&r, &b);
    rig_open(&r, rig_opts(&r, b.port));
    broker_witness(&b, "#");
    witness_ready(&r, &b);
    UNTIL(&r, r.ups == 1);
    hurt(b.pid, SIGSTOP);
    frozen = clock_mono_ms(&r.clock);
    UNTIL(&r, clock_mono_ms(&r.clock) - frozen > MQTT_FRESH_MS + 100);
    assert_int_equal(mqtt_publish(r.mqtt, 5, "house/lamp", "late", NULL), 0);
    for (int i = 0; i < 20; i++)
        loop_step(r.loop, 10);
    assert_int_equal(r.done, 0); /* it waits for an answer to the knock */
    mqtt_give_up(r.mqtt);
    UNTIL(&r, r.done == 1 && r.code < 0);
    assert_int_equal(r.done_code, -ENOTCONN); /* it never left */
    assert_int_equal(r.code, -ETIMEDOUT);
    assert_non_null(strstr(r.words, "does not answer any more"));
    hurt(b.pid, SIGCONT);
    UNTIL(&r, r.ups == 2);
    assert_int_equal(mqtt_publish(r.mqtt, 6, "house/lamp", "again", NULL), 0);
    UNTIL(&r, r.done == 2 && strstr(broker_heard(&b), "house/lamp again"));
    assert_int_equal(r.done_code, 0);
    assert_null(strstr(broker_heard(&b), "late"));
    rig_done(&r);
    broker_done(&b);
}

/* Nobody asks anything: the silence alone ends the link. And a broker that is only quiet is asked, and
 * stays. */
static void silence(void **state)
{
    struct broker b;
    struct rig r;
    int64_t since;

    (void)state;
    rig_with_broker(&r, &b);
    rig_open(&r, rig_opts(&r, b.port));
    UNTIL(&r, r.ups == 1);
    since = clock_mono_ms(&r.clock);
    UNTIL(&r, clock_mono_ms(&r.clock) - since > MQTT_SILENT_MS + 1000);
    assert_int_equal(r.links, 1);
    assert_int_equal(mqtt_publish(r.mqtt, 1, "house/lamp", "x", NULL), 0); /* after a knock */
    UNTIL(&r, r.done == 1);
    assert_int_equal(r.done_code, 0);
    hurt(b.pid, SIGSTOP);
    UNTIL(&r, r.code == -ETIMEDOUT);
    assert_false(mqtt_is_up(r.mqtt));
    rig_done(&r);
    broker_done(&b);
}

/* Two boxes with one made id: the one that is thrown off comes back under another name. */
static void same_id(void **state)
{
    struct broker b;
    struct rig one, two;
    struct mqtt_opts o;
    bool was_told = false;
    int64_t since;

    (void)state;
    need_broker();
    broker_init(&b);
    assert_true(broker_start(&b, "allow_anonymous true"));
    rig_init(&one);
    rig_init(&two);
    o = rig_opts(&one, b.port);
    o.may_rename = true;
    rig_open(&one, o);
    UNTIL(&one, one.ups == 1);
    o.user = &two;
    rig_open(&two, o);
    UNTIL(&two, two.ups == 1);
    for (since = clock_mono_ms(&one.clock); clock_mono_ms(&one.clock) - since < WAIT_MS;) {
        loop_step(one.loop, 10);
        loop_step(two.loop, 10);
        was_told |= strstr(one.words, "mqtt.client_id") || strstr(two.words, "mqtt.client_id");
        if (was_told && mqtt_is_up(one.mqtt) && mqtt_is_up(two.mqtt))
            break;
    }
    assert_true(was_told);
    for (int i = 0; i < 60; i++) { /* and nobody is thrown off again */
        loop_step(one.loop, 10);
        loop_step(two.loop, 10);
        assert_true(mqtt_is_up(one.mqtt) && mqtt_is_up(two.mqtt));
    }
    rig_done(&one);
    rig_done(&two);
    broker_done(&b);
}

/* Publishes `n` times `payload` as somebody else would, without waiting for each. */
static void flood(const struct broker *b, const char *topic, const char *payload, int n)
{
    char port[16], times[16];
    const char *const argv[] = {
        "/usr/bin/mosquitto_pub", "-p", port, "-t", topic, "-f", payload, "--repeat", times, NULL
    };
    pid_t pid;

    snprintf(port, sizeof(port), "%d", b->port);
    snprintf(times, sizeof(times), "%d", n);
    pid = broker_spawn(b, "pub", argv);
    assert_true(pid > 0);
    waitpid(pid, NULL, 0);
}

/* Large messages are not read, and told; small ones in any number leave the newest, and a command in the
 * middle goes through. */
static void floods(void **state)
{
    static const char *const topics[] = { "house/a", "house/b" };
    struct broker b;
    struct rig r;
    struct mqtt_stats stats;
    char file[128], large[9001];

    (void)state;
    need_broker();
    broker_init(&b);
    assert_true(broker_start(&b, "allow_anonymous true\nmax_queued_messages 0"));
    rig_init(&r);
    rig_open(&r, rig_opts(&r, b.port));
    assert_int_equal(mqtt_listen(r.mqtt, topics, 2, NULL), 0);
    UNTIL(&r, r.ups == 1);
    UNTIL(&r, (broker_say(&b, "house/b", "ready", false), r.messages > 0));
    memset(large, '1', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    broker_write(&b, "large", large);
    broker_write(&b, "small", "on");
    snprintf(file, sizeof(file), "%s/large", b.dir);
    flood(&b, "house/a", file, 300);
    snprintf(file, sizeof(file), "%s/small", b.dir);
    flood(&b, "house/a", file, 10000); /* nobody reads meanwhile */
    assert_int_equal(mqtt_publish(r.mqtt, 3, "house/lamp", "x", NULL), 0);
    UNTIL(&r, r.done == 1);
    assert_int_equal(r.done_code, 0);
    UNTIL(&r, (broker_say(&b, "house/a", "off", false), strcmp(r.payload, "off") == 0));
    UNTIL(&r, r.code == -EOVERFLOW);
    assert_non_null(strstr(r.words, "a message of 9000 bytes on house/a is not read"));
    assert_true(mqtt_is_up(r.mqtt));
    UNTIL(&r, (mqtt_stats(r.mqtt, &stats), stats.received >= 10300));
    assert_int_equal(stats.refused, 300);
    assert_int_equal(stats.dropped, 300);
    snprintf(file, sizeof(file), "%s/large", b.dir);
    unlink(file);
    snprintf(file, sizeof(file), "%s/small", b.dir);
    unlink(file);
    rig_done(&r);
    broker_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_open),
        cmocka_unit_test(silence),
        cmocka_unit_test(same_id),
        cmocka_unit_test(floods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
