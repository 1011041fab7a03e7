/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/settings_check_test.c - which values the rows take, which keys are meant, who
 * hears of a change. */
#include "core/settings_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* What the checks of the rows take and refuse; the words name the remedy. */
static void values_are_checked(void **state)
{
    static const struct {
        const char *key, *value;
        const char *words; /* NULL: taken */
    } cases[] = {
        { "device.name", "", "is empty" },
        { "device.name", "   ", "is empty" },
        { "wake.phrase", "hey jarvis", NULL },
        { "wake.phrase", "j'arvis", NULL },
        { "wake.phrase", "h\u00e9 Jarvis", NULL },
        { "wake.phrase", "", "set wake.engine to none" },
        { "wake.phrase", "r2 d2", "'r2' is no word" },
        { "wake.phrase", "-", "no word that can be said" },
        { "wake.phrase", "a b c d e f", "at most 5" },
        { "stt.model", "model", "begin it with /" },
        { "stt.dictionary", "", "begin it with /" },
        { "tts.voice", "", NULL },
        { "tts.voice", "en-us+f3", NULL },
        { "tts.voice", "en us", "without blanks" },
        { "tts.voice", "../etc", "without blanks and slashes" },
        { "mqtt.host", "broker.local", NULL },
        { "mqtt.host", "192.168.1.10", NULL },
        { "mqtt.host", "fe80::1", NULL },
        { "mqtt.host", "my_box", NULL },
        { "mqtt.host", "", "is no host" },
        { "mqtt.host", "a b c", "is no host" },
        { "mqtt.host", "192.168.1.300", "is no host" },
        { "mqtt.host", "mqtt://broker", "is no host" },
        { "mqtt.host", "-a", "is no host" },
        { "mqtt.host", "a..b", "is no host" },
        { "mqtt.client_id", "", NULL },
        { "mqtt.client_id", "jarvis-2.kitchen", NULL },
        { "mqtt.client_id", "a/b", "is no client id" },
        { "mqtt.client_id", "a+", "is no client id" },
        { "llm.url", "", NULL },
        { "llm.url", "http://127.0.0.1:11434", NULL },
        { "llm.url", "https://[::1]:8080/v1", NULL },
        { "llm.url", "https://model.example/v1?x=1", NULL },
        { "stt.url", "http://192.168.1.5:8080", NULL },
        { "stt.url", "tcp://192.168.1.5:10300", NULL },
        { "stt.url", "tcp://[::1]:10300", NULL },
        { "stt.url", "", NULL },
        { "stt.url", "tcp://box", "lacks a host or a port; write it like tcp://" },
        { "stt.url", "tcp://box:", "lacks a host or a port" },
        { "stt.url", "tcp://:10300", "lacks a host or a port" },
        { "stt.url", "tcp://[::1]", "lacks a host or a port" },
        { "stt.url", "tcp://box:70000", "lacks a host or a port" },
        { "stt.url", "tcp://box:1/path", "lacks a host or a port" },
        { "stt.url", "ftp://box", "no http or https" },
        { "llm.url", "not a url", "write it like" },
        { "llm.url", "ftp://x", "no http or https" },
        { "llm.url", "file:///etc/passwd", "no http or https" },
        { "llm.url", "gopher://x", "no http or https" },
        { "llm.url", "http://", "no http" },
        { "llm.url", "http://a b", "no http" },
        { "llm.url", "http://a:99999", "no http" },
        { "llm.url", "http://a:", "no http" },
        { "llm.url", "http://[::1", "no http" },
        { "http.bind", "0.0.0.0", NULL },
        { "http.bind", "::", NULL },
        { "http.bind", "fe80::1%eth0", NULL },
        { "http.bind", "localhost", "is no address" },
        { "http.bind", "", "is no address" },
        { "http.hosts", "", NULL },
        { "http.hosts", "jarvis.local, 192.168.1.20:8100", NULL },
        { "http.hosts", "a b", "separate them by commas" },
        { "http.hosts", "a,, b", NULL },
        { "http.hosts", "a, ,b", "separate them" },
        { "button.chip", "gpiochip0", NULL },
        { "button.chip", "", NULL },
        { "button.chip", "gpio chip", "is no GPIO chip" },
        { "board.name", "rpi5", NULL },
        { "board.name", "rpi5x", "is none of auto|generic|rpi3" },
        /* written as people and editors do */
        { "audio.realtime", "True", NULL },
        { "audio.realtime", "OFF", NULL },
        { "log.level", "INFO", NULL },
        { "language", "fr_FR", NULL },
        { "language", "fr-CA", NULL },
        { "language", "fr_FR.UTF-8", NULL },
        { "language", "french", "en|fr" },
        { "audio.backend", "alsa-x", "is none of" },
        { "http.port", " 80", "not a whole number" },
    };
    const struct cfg_row *row;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct err e = ERR_INIT;
        int r = settings_check(&row, cases[i].key, cases[i].value, &e);

        if ((r == 0) != (cases[i].words == NULL))
            fail_msg("%s '%s': %d %s", cases[i].key, cases[i].value, r, err_text(&e));
        if (r < 0 && (!strstr(err_text(&e), cases[i].words) ||
                      !str_starts(err_text(&e), cases[i].key)))
            fail_msg("%s '%s' says: %s", cases[i].key, cases[i].value, err_text(&e));
    }
}

static void a_misspelt_key_is_recognised(void **state)
{
    static const struct {
        const char *key, *want;
    } cases[] = {
        { "audio.volume", "audio.volume_percent" }, { "volume", "audio.volume_percent" },
        { "sound.volume", "audio.volume_percent" }, { "audio.rat_hz", "audio.rate_hz" },
        { "langage", "language" },                  { "mqtt.usr", "mqtt.user" },
        { "http.prot", "http.port" },               { "board", "board.name" },
        { "colour", NULL },                         { "x", NULL },
        { "", NULL },                               { "tts.pronunciation", NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        const char *got = cfg_nearest(settings_rows, settings_rows_n, cases[i].key);

        if (cases[i].want ? !got || strcmp(got, cases[i].want) != 0 : got != NULL)
            fail_msg("%s: %s", cases[i].key, got ? got : "nothing");
    }
}

static void parts_hear_of_their_own_rows(void **state)
{
    (void)state;
    assert_true(settings_touches("llm.url", SETTINGS_LLM));
    assert_false(settings_touches("llm.url", SETTINGS_WAKE | SETTINGS_VOICE));
    assert_true(settings_touches("wake.phrase", SETTINGS_WAKE | SETTINGS_VOICE));
    assert_true(settings_touches(NULL, SETTINGS_LLM)); /* several */
    assert_false(settings_touches("no.such", ~0u));
    for (size_t i = 0; i < settings_rows_n; i++) { /* heard of, read anew, or at a restart */
        const struct cfg_row *row = &settings_rows[i];
        int ways = !!row->apply + !!(row->flags & CFG_RESTART) + !!(row->flags & CFG_LIVE);

        if (ways != 1)
            fail_msg("%s: says none or several ways in which it takes effect", row->key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(a_misspelt_key_is_recognised),
        cmocka_unit_test(parts_hear_of_their_own_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
