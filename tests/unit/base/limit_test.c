/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/limit_test.c - token buckets by address. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct sockaddr_in ipv4(uint32_t n)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(n) };
}

static struct sockaddr_in6 ipv6(const char *text)
{
    struct sockaddr_in6 a = { .sin6_family = AF_INET6 };

    assert_int_equal(inet_pton(AF_INET6, text, &a.sin6_addr), 1);
    return a;
}

static unsigned take(struct limit *l, const void *address, const struct rate *rate, int64_t now)
{
    const struct limit_key key = limit_key_address(address);

    return limit_take(l, &key, rate, now);
}

static void test_bucket(void **state)
{
    static const struct rate rate = { 3, 0.5 };
    struct bucket b = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(bucket_take(&b, &rate, 1000), 0);
    assert_int_equal(bucket_take(&b, &rate, 1000), 3);    /* one in two seconds */
    assert_int_equal(bucket_take(&b, &rate, 1001000), 2); /* half of one */
    assert_int_equal(bucket_take(&b, &rate, 2001000), 0);
    assert_int_equal(bucket_take(&b, &rate, 2001000), 3);
    for (int i = 0; i < 3; i++) /* never more than the burst */
        assert_int_equal(bucket_take(&b, &rate, 900000000), 0);
    assert_int_not_equal(bucket_take(&b, &rate, 900000000), 0);
    /* a clock that stands still or steps back gives nothing */
    assert_int_not_equal(bucket_take(&b, &rate, 1), 0);
}

static void test_addresses_are_apart(void **state)
{
    static const struct rate rate = { 1, 1 };
    struct limit l = { 0 };
    struct sockaddr_in a = ipv4(0x7f000001), b = ipv4(0x7f000002);
    struct sockaddr_in6 c = ipv6("2001:db8::1"), same_net = ipv6("2001:db8::2"),
                        other_net = ipv6("2001:db8:0:1::1");

    (void)state;
    assert_int_equal(take(&l, &a, &rate, 1000), 0);
    assert_int_equal(take(&l, &a, &rate, 1000), 2);
    assert_int_equal(take(&l, &b, &rate, 1000), 0);
    assert_int_equal(take(&l, &c, &rate, 1000), 0);
    assert_int_equal(take(&l, &same_net, &rate, 1000), 2); /* one household, one bucket */
    assert_int_equal(take(&l, &other_net, &rate, 1000), 0);
}

static void test_full_table_forgets_the_oldest(void **state)
{
    static const struct rate rate = { 1, 0.001 };
    struct limit l = { 0 };
    struct sockaddr_in a;

    (void)state;
    for (uint32_t i = 0; i < LIMIT_ROWS; i++) {
        a = ipv4(i + 1);
        assert_int_equal(take(&l, &a, &rate, 1000 + i), 0);
    }
    a = ipv4(2);
    assert_int_not_equal(take(&l, &a, &rate, 5000), 0); /* known, and now the newest */
    a = ipv4(9999);
    assert_int_equal(take(&l, &a, &rate, 5001), 0); /* takes the place of the first */
    a = ipv4(2);
    assert_int_not_equal(take(&l, &a, &rate, 5002), 0);
    a = ipv4(1);
    assert_int_equal(take(&l, &a, &rate, 5003), 0); /* was forgotten */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_addresses_are_apart),
        cmocka_unit_test(test_full_table_forgets_the_oldest),
    };

    return cmocka_run_group_tests_name("base/limit", tests, NULL, NULL);
}
