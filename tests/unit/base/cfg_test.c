/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/cfg_test.c - rows of each type: what they take, refuse and print. */
#include "base/cfg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct sample {
    int64_t port, rate_hz, big;
    double gain_db;
    bool enabled;
    char name[8], mode[8];
};

#define PLACE(f) offsetof(struct sample, f), sizeof(((struct sample *)0)->f)

static const struct cfg_row rows[] = {
    { "net.port", CFG_INT, PLACE(port), 1, 65535, "80", NULL, NULL, 0, NULL, 0, NULL, "Port." },
    { "audio.rate_hz", CFG_INT, PLACE(rate_hz), 0, 48000, "0", "0|16000|48000", "Hz", 0, NULL, 0,
      NULL, "Rate." },
    { "big", CFG_INT, PLACE(big), -9007199254740992.0, 9007199254740992.0, "0", NULL, NULL, 0,
      NULL, 0, NULL, "Big." },
    { "audio.gain_db", CFG_REAL, PLACE(gain_db), -12, 12, "0.1", NULL, "dB", 0, NULL, 0, NULL,
      "Gain." },
    { "net.enabled", CFG_BOOL, PLACE(enabled), 0, 0, "true", NULL, NULL, 0, NULL, 0, NULL, "On." },
    { "net.name", CFG_TEXT, PLACE(name), 0, 0, "abc", NULL, NULL, 0, NULL, 0, NULL, "Name." },
    { "mode", CFG_CHOICE, PLACE(mode), 0, 0, "fast", "fast|slow", NULL, 0, NULL, 0,
      NULL, "Mode." },
};

/* Takes `text` when `words` is NULL and prints `want` then, else refuses with `r` and `words`. */
static void values(void **state)
{
    static const struct {
        const char *key, *text, *want;
        int r;
        const char *words;
    } cases[] = {
        { "net.port", "1", "1", 0, NULL },
        { "net.port", "65535", "65535", 0, NULL },
        { "net.port", "+8080", "8080", 0, NULL },
        { "net.port", "0", NULL, -ERANGE, "net.port: 0 is outside 1..65535" },
        { "net.port", "65536", NULL, -ERANGE, "65536 is outside 1..65535" },
        { "net.port", "99999999999999999999", NULL, -ERANGE, "outside" },
        { "net.port", "8k", NULL, -EINVAL, "net.port: '8k' is not a whole number" },
        { "net.port", "", NULL, -EINVAL, "'' is not a whole number" },
        { "net.port", " 80", NULL, -EINVAL, "whole number" },
        { "net.port", "80 ", NULL, -EINVAL, "whole number" },
        { "net.port", "0x50", NULL, -EINVAL, "whole number" },
        { "net.port", "80.0", NULL, -EINVAL, "whole number" },
        { "audio.rate_hz", "48000", "48000", 0, NULL },
        { "audio.rate_hz", "0", "0", 0, NULL },
        { "audio.rate_hz", "44100", NULL, -ERANGE, "44100 is none of 0|16000|48000 Hz" },
        { "audio.rate_hz", "96000", NULL, -ERANGE, "96000 is none of 0|16000|48000 Hz" },
        { "audio.rate_hz", "4800", NULL, -ERANGE, "none of" },
        { "big", "-9007199254740992", "-9007199254740992", 0, NULL },
        { "big", "9223372036854775807", NULL, -ERANGE, "outside" },
        { "audio.gain_db", "-12", "-12", 0, NULL },
        { "audio.gain_db", "0.1", "0.1", 0, NULL },
        { "audio.gain_db", "0.3333333333333333", "0.33333333333333331", 0, NULL },
        { "audio.gain_db", "1e1", "10", 0, NULL },
        { "audio.gain_db", "12.1", NULL, -ERANGE, "12.1 is outside -12..12 dB" },
        { "audio.gain_db", "nan", NULL, -EINVAL, "'nan' is not a number" },
        { "audio.gain_db", "inf", NULL, -EINVAL, "not a number" },
        { "audio.gain_db", "1,5", NULL, -EINVAL, "not a number" },
        { "net.enabled", "yes", "true", 0, NULL },
        { "net.enabled", "1", "true", 0, NULL },
        { "net.enabled", "off", "false", 0, NULL },
        { "net.enabled", "2", NULL, -EINVAL, "'2' is neither true nor false" },
        { "net.enabled", "", NULL, -EINVAL, "neither" },
        { "net.enabled", "tru", NULL, -EINVAL, "neither" },
        { "net.enabled", "true|yes", NULL, -EINVAL, "neither" },
        { "net.name", "", "", 0, NULL },
        { "net.name", "1234567", "1234567", 0, NULL },
        { "net.name", "\u00e9\u00e9\u00e9", "\u00e9\u00e9\u00e9", 0, NULL },
        { "net.name", "12345678", NULL, -ENAMETOOLONG, "has 8 bytes, 7 are allowed" },
        { "net.name", "a\nb", NULL, -EINVAL, "control characters" },
        { "net.name", "\xc2\x85", NULL, -EINVAL, "control characters" },
        { "net.name", "\u2028", NULL, -EINVAL, "control characters" },
        { "net.name", "\xff", NULL, -EINVAL, "is not UTF-8" },
        { "mode", "slow", "slow", 0, NULL },
        { "mode", "slo", NULL, -EINVAL, "mode: 'slo' is none of fast|slow" },
        { "mode", "", NULL, -EINVAL, "none of" },
        { "mode", "Fast", "fast", 0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        const struct cfg_row *row = cfg_find(rows, N_OF(rows), cases[i].key);
        struct sample s, before;
        AUTO_STR printed = STR_INIT;
        struct err e = ERR_INIT;
        int r;

        memset(&s, 0x5a, sizeof(s));
        memcpy(&before, &s, sizeof(s));
        assert_non_null(row);
        r = cfg_store(row, &s, cases[i].text, &e);
        if (r != cases[i].r)
            fail_msg("%s '%s': gave %d (%s)", cases[i].key, cases[i].text, r, err_text(&e));
        if (r < 0) {
            assert_memory_equal(&s, &before, sizeof(s));
            if (!strstr(err_text(&e), cases[i].words))
                fail_msg("%s '%s': says '%s'", cases[i].key, cases[i].text, err_text(&e));
            continue;
        }
        cfg_print(&printed, row, &s);
        assert_string_equal(str_text(&printed), cases[i].want);
    }
}

static void defaults_come_from_the_rows(void **state)
{
    struct cfg_row bad = rows[0];
    struct sample s, twin;
    struct err e = ERR_INIT;

    (void)state;
    memset(&s, 0, sizeof(s));
    memset(&twin, 0, sizeof(twin));
    assert_int_equal(cfg_defaults(rows, N_OF(rows), &s, NULL), 0);
    assert_true(s.port == 80 && s.rate_hz == 0 && s.gain_db == 0.1 && s.enabled);
    assert_string_equal(s.name, "abc");
    assert_string_equal(s.mode, "fast");
    assert_int_equal(cfg_store(&rows[5], &twin, "longer", NULL), 0);
    assert_int_equal(cfg_defaults(rows, N_OF(rows), &twin, NULL), 0);
    assert_memory_equal(&s, &twin, sizeof(s)); /* nothing of "longer" is left behind */
    bad.def = "0";
    assert_int_equal(cfg_defaults(&bad, 1, &s, &e), -ERANGE);
    assert_string_equal(err_text(&e), "default: net.port: 0 is outside 1..65535");
}

static void keys_near_and_far(void **state)
{
    static const struct {
        const char *key, *nearest;
    } cases[] = {
        { "net.prot", "net.port" },     { "audio.rate", "audio.rate_hz" },
        { "audio.rate-hz", "audio.rate_hz" }, { "net.enable", "net.enabled" },
        { "mod", "mode" },              { "completely.different", NULL },
        { "", NULL },                   { "NET.PORT", NULL },
    };
    char longer[200];

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        const char *got = cfg_nearest(rows, N_OF(rows), cases[i].key);

        if (!got || !cases[i].nearest)
            assert_ptr_equal(got, cases[i].nearest);
        else
            assert_string_equal(got, cases[i].nearest);
    }
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_null(cfg_nearest(rows, N_OF(rows), longer));
    assert_null(cfg_find(rows, N_OF(rows), "net.prot"));
    assert_ptr_equal(cfg_find(rows, N_OF(rows), "mode"), &rows[6]);
}

static void environment_names(void **state)
{
    char name[32], small[12];

    (void)state;
    cfg_env_name(name, sizeof(name), "audio.rate_hz");
    assert_string_equal(name, "JARVIS_AUDIO_RATE_HZ");
    cfg_env_name(small, sizeof(small), "audio.rate_hz");
    assert_string_equal(small, "JARVIS_AUDI");
}

static void choices_are_walked(void **state)
{
    const char *rest = "one|two||", *none = NULL;
    size_t n = 99;

    (void)state;
    assert_memory_equal(cfg_choice_next(&rest, &n), "one", 3);
    assert_int_equal(n, 3);
    assert_memory_equal(cfg_choice_next(&rest, &n), "two", 3);
    assert_non_null(cfg_choice_next(&rest, &n));
    assert_int_equal(n, 0);
    assert_non_null(cfg_choice_next(&rest, &n));
    assert_null(cfg_choice_next(&rest, &n));
    assert_null(cfg_choice_next(&none, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(defaults_come_from_the_rows),
        cmocka_unit_test(keys_near_and_far),
        cmocka_unit_test(environment_names),
        cmocka_unit_test(choices_are_walked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
