/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_test.c - the voice bank beside a server on loopback, time being virtual: what is rendered and
 * in which order, how gently, never beside somebody who is served; whose words are kept; a server that fails, a
 * bank that is full, other settings. */
#include "base/str.h"
#include "lib/dir.h"
#include "lib/fake_server.h"
#include "speech/wav_head.h"

/* with its insides: virtual time stands still while the server on loopback works */
#include "speech/bank.c"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RATE = 24000, SAMPLES = RATE * 2 / 5, TICK_MS = 50 };

struct bench {
    char dir[DIR_BYTES];
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct paths paths;
    struct fake_server server;
    struct bank *bank;
    unsigned seen;    /* requests that were looked at */
    struct str asked; /* their texts, a line each */
    struct str sound;
    unsigned ended;
    int code, fault;
};

static const char phrases_json[] =
    "{\"language\": \"en\", \"whole\": [\"Done.\"], \"frames\": [\"Turned on {name}.\", \"Set {name} to {n} percent.\"],"
    " \"places\": {\"name\": [\"the lamp\", \"the fan\"], \"n\": [\"1\", \"40\"]},"
    " \"listed\": [\"name\"], \"joins\": [\"and\"]}";

static void bench_sound(const int16_t *frames, size_t n, unsigned rate_hz, void *user)
{
    struct bench *b = user;

    assert_int_equal(rate_hz, RATE);
    str_add_bytes(&b->sound, frames, n * sizeof(*frames));
}

static void bench_end(int code, void *user)
{
    struct bench *b = user;

    b->ended++;
    b->code = code;
}

static void bench_fault(const struct msg *m, void *user)
{
    struct bench *b = user;

    assert_string_equal(m->part, "tts.bank");
    b->fault = m->code;
}

/* ---- the server ------------------------------------------------------------------------------ */

static void script_good(struct bench *b)
{
    AUTO_STR answer = STR_INIT;
    uint8_t head[WAV_HEAD_BYTES];

    wav_head_put(head, RATE, SAMPLES);
    str_addf(&answer, "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n", sizeof(head) + SAMPLES * sizeof(int16_t));
    str_add_bytes(&answer, head, sizeof(head));
    for (int i = 0; i < SAMPLES; i++) {
        int16_t s = (int16_t)(8000 * sin(6.2832 * 300 * i / RATE));

        str_add_bytes(&answer, &s, sizeof(s));
    }
    fake_script_bytes(&b->server, answer.data, answer.len, FAKE_CLOSE, 0);
}

/* The text of a new request, as a line of b->asked. */
static void look(struct bench *b)
{
    const char *body, *text, *end;

    if (b->server.requests == b->seen)
        return;
    assert_int_equal(b->server.requests, ++b->seen); /* one at a time */
    body = strstr(b->server.request, "\r\n\r\n");
    text = body ? strstr(body, "\"text\":\"") : NULL;
    end = text ? strchr(text + 8, '"') : NULL;
    assert_non_null(end);
    str_addf(&b->asked, "%.*s\n", (int)(end - text - 8), text + 8);
}

/* Lets `ms` of virtual time pass; what the server has to do is waited for, not for ever. */
static void pass(struct bench *b, int ms)
{
    for (; ms > 0; ms -= TICK_MS) {
        for (int i = 0; i < 5; i++)
            loop_step(b->loop, 0);
        for (int i = 0; i < 200 && remote_tts_is_busy(b->bank->remote); i++) {
            loop_step(b->loop, 1);
            look(b);
        }
        look(b);
        clock_advance_usec(&b->clock, TICK_MS * 1000);
    }
}

static void until_pieces(struct bench *b, uint64_t n)
{
    struct bank_stats s = { 0 };

    for (int i = 0; i < 20000 && s.pieces < n; i++) {
        pass(b, TICK_MS);
        bank_stats(b->bank, &s);
    }
    assert_true(s.pieces >= n);
}

static struct bank_stats stats(const struct bench *b)
{
    struct bank_stats s;

    bank_stats(b->bank, &s);
    return s;
}

static bool was_asked(const struct bench *b, const char *text)
{
    return strstr(str_text(&b->asked), text) != NULL;
}

/* ---- the bench ------------------------------------------------------------------------------- */

static void tell_phrases(struct bench *b)
{
    AUTO_JSON *j = NULL;

    assert_int_equal(json_parse(&j, phrases_json, strlen(phrases_json), NULL), 0);
    bank_phrases(b->bank, j);
}

static int bench_open(void **state)
{
    struct bench *b = *state = calloc(1, sizeof(*b));
    struct settings *s = &b->settings;

    assert_int_equal(dir_make(b->dir, "bank"), 0);
    assert_int_equal(fake_start(&b->server), 0);
    clock_init_virtual(&b->clock, INT64_C(1800000000000000));
    str_copy(b->paths.state, sizeof(b->paths.state), b->dir);
    str_copy(s->language, sizeof(s->language), "en");
    str_copy(s->tts_remote, sizeof(s->tts_remote), "piper");
    str_copy(s->tts_bank, sizeof(s->tts_bank), "auto");
    snprintf(s->tts_url, sizeof(s->tts_url), "http://127.0.0.1:%u", b->server.port);
    s->tts_bank_mb = 60;
    s->tts_bank_pause_ms = 2000;
    s->tts_connect_ms = 500;
    s->tts_remote_ms = 2500;
    script_good(b);
    assert_int_equal(loop_new(&b->loop, &b->clock, NULL), 0);
    assert_int_equal(bus_new(&b->bus, b->loop, NULL), 0);
    return bus_on(b->bus, MSG_FAULT, bench_fault, b, NULL);
}

static void bank_make(struct bench *b)
{
    const struct bank_deps d = { .loop = b->loop, .bus = b->bus, .settings = &b->settings,
                                 .paths = &b->paths, .on_sound = bench_sound, .on_end = bench_end, .user = b };

    assert_int_equal(bank_new(&b->bank, &d, NULL), 0);
    tell_phrases(b);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    assert_null(bank_free(b->bank));
    bus_free(b->bus);
    b->loop = loop_free(b->loop);
    fake_stop(&b->server);
    assert_int_equal(dir_remove(b->dir), 0); /* what stays there stays for ever */
    str_done(&b->asked);
    str_done(&b->sound);
    free(b);
    return 0;
}

static int say(struct bench *b, const char *text, unsigned pieces)
{
    int r = bank_say(b->bank, text, pieces);

    str_clear(&b->sound);
    b->code = 4711;
    for (int i = 0; i < 100 && r == 0 && b->code == 4711; i++)
        loop_step(b->loop, 1);
    return r < 0 ? r : b->code;
}

/* ---- cases --------------------------------------------------------------------------------- */

/* All that answers fall apart into, a pause apart; then any of them can be said, and nothing is asked any more. */
static void test_fills_gently(void **state)
{
    struct bench *b = *state;
    struct bank_stats s;

    bank_make(b);
    pass(b, 1000);
    s = stats(b);
    assert_true(s.is_open && s.needed > 10 && s.missing <= s.needed && b->seen <= 1);
    pass(b, 10000);
    assert_true(b->seen >= 4 && b->seen <= 7); /* one in two seconds */
    until_pieces(b, s.needed);
    pass(b, 20000);
    assert_int_equal(b->seen, s.needed);
    s = stats(b);
    assert_int_equal(s.missing, 0);
    assert_int_equal(s.rendered, s.needed);
    assert_true(s.bytes > 0 && s.bytes < s.bytes_max);
    assert_true(strstr(str_text(&b->asked), "Done.\n") == str_text(&b->asked)); /* whole ones first */
    assert_true(was_asked(b, "Turned on,\n")); /* what goes on is asked for with a comma */
    assert_int_equal(say(b, "Turned on the lamp.", BANK_ONE_PIECE), 0);
    assert_true(b->sound.len > SAMPLES);
    assert_int_equal(say(b, "Turned on the lamp and the fan.", BANK_ONE_PIECE), -ENOENT);
    assert_int_equal(say(b, "Turned on the lamp and the fan.", BANK_ANY_PIECES), 0);
    assert_int_equal(say(b, "Turned on the heater.", BANK_ANY_PIECES), -ENOENT);
    assert_int_equal(stats(b).said, 2);
}

static void test_said_most_comes_first(void **state)
{
    struct bench *b = *state;

    bank_make(b);
    bank_busy(b->bank, true);
    pass(b, 5000);
    assert_int_equal(b->seen, 0); /* somebody is served */
    bank_heard(b->bank, "Turned on the fan.");
    bank_heard(b->bank, "Set the lamp to 40 percent.");
    bank_heard(b->bank, "Set the lamp to 40 percent.");
    bank_heard(b->bank, "The capital of France is Paris."); /* a model's words are nobody's to keep */
    bank_busy(b->bank, false);
    pass(b, 2000);
    assert_int_equal(b->seen, 0); /* he may go on */
    until_pieces(b, 3);
    assert_true(strstr(str_text(&b->asked),
                       "Set the lamp to 40 percent.\nTurned on the fan.\nDone.\n") ==
                str_text(&b->asked));
    assert_false(was_asked(b, "Paris"));
    assert_int_equal(say(b, "Set the lamp to 40 percent.", BANK_ONE_PIECE), 0);
}

static void test_kept_as_it_was_said(void **state)
{
    struct bench *b = *state;
    int16_t *frames = calloc(SAMPLES, sizeof(*frames));

    for (int i = 0; i < SAMPLES; i++)
        frames[i] = (int16_t)(i % 60 < 30 ? 5000 : -5000);
    str_copy(b->settings.tts_bank, sizeof(b->settings.tts_bank), "said");
    bank_make(b);
    pass(b, 10000);
    bank_offer(b->bank, "Turned on the fan.", frames, SAMPLES, RATE);
    pass(b, 200);
    bank_offer(b->bank, "Turned on the fan.", frames, SAMPLES, RATE); /* again: it is there */
    bank_offer(b->bank, "I think, therefore I am.", frames, SAMPLES, RATE);
    bank_offer(b->bank, "Done.", frames, 0, RATE);
    pass(b, 10000);
    assert_int_equal(stats(b).pieces, 1);
    assert_int_equal(b->seen, 0);
    assert_int_equal(say(b, "Turned on the fan.", BANK_ONE_PIECE), 0);
    assert_int_equal(say(b, "I think, therefore I am.", BANK_ANY_PIECES), -ENOENT);
    free(frames);
}

/* Who is paid by the letter is asked for nothing that nobody wants to hear now. */
static void test_modes(void **state)
{
    static const struct {
        const char *remote, *bank;
        bool asks, open;
    } cases[] = {
        { "piper", "auto", true, true },  { "piper", "all", true, true },    { "piper", "said", false, true },
        { "piper", "off", false, false }, { "openai", "auto", false, true }, { "openai", "said", false, true },
        { "none", "all", false, false },
    };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned before;

        str_copy(b->settings.tts_remote, sizeof(b->settings.tts_remote), cases[i].remote);
        str_copy(b->settings.tts_bank, sizeof(b->settings.tts_bank), cases[i].bank);
        before = b->seen;
        bank_make(b);
        pass(b, 4000);
        if ((b->seen > before) != cases[i].asks || stats(b).is_open != cases[i].open)
            fail_msg("%s, %s: %u asked", cases[i].remote, cases[i].bank, b->seen - before);
        b->bank = bank_free(b->bank);
        while (b->server.requests != b->seen)
            look(b);
    }
}

/* A request under way when somebody speaks: dropped at once, and asked for again afterwards. */
static void test_gives_way_at_once(void **state)
{
    struct bench *b = *state;

    fake_script(&b->server, "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\nRIFF", FAKE_HOLD, 0);
    bank_make(b);
    for (int i = 0; i < 200 && b->seen == 0; i++)
        pass(b, TICK_MS);
    assert_int_equal(b->seen, 1);
    bank_busy(b->bank, true);
    for (int i = 0; i < 5000 && b->server.dropped == 0; i++)
        loop_step(b->loop, 1);
    assert_int_equal(b->server.dropped, 1);
    script_good(b);
    pass(b, 5000);
    assert_int_equal(b->seen, 1);
    bank_busy(b->bank, false);
    until_pieces(b, 1);
    assert_string_equal(str_text(&b->asked), "Done.\nDone.\n");
}

/* It is left alone for half a minute; what it could not say is tried again later. */
static void test_server_fails(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\nOggS............",
    };
    struct bench *b = *state;

    bank_make(b);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        unsigned before = b->seen;

        fake_script(&b->server, answers[i], FAKE_CLOSE, 0);
        pass(b, 29000);
        assert_true(b->seen <= before + 1);
    }
    assert_int_equal(stats(b).pieces, 0);
    assert_int_equal(b->fault, 0); /* that is told where an answer is asked for */
    script_good(b);
    until_pieces(b, stats(b).needed - 2);
    pass(b, 700000);
    assert_int_equal(stats(b).missing, 0);
}

static void test_silence_is_no_piece(void **state)
{
    struct bench *b = *state;
    AUTO_STR answer = STR_INIT;
    uint8_t head[WAV_HEAD_BYTES];
    static int16_t quiet[SAMPLES];

    wav_head_put(head, RATE, SAMPLES);
    str_add(&answer, "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n");
    str_add_bytes(&answer, head, sizeof(head));
    str_add_bytes(&answer, quiet, sizeof(quiet));
    fake_script_bytes(&b->server, answer.data, answer.len, FAKE_CLOSE, 0);
    bank_make(b);
    pass(b, 15000);
    assert_true(b->seen >= 3);
    assert_int_equal(stats(b).pieces, 0);
    assert_int_equal(b->fault, 0);
}

/* The room is given to what answers fall apart into; it never asks on and on for what it cannot keep. */
static void test_full(void **state)
{
    struct bench *b = *state;

    b->settings.tts_bank_mb = 0; /* not even one piece */
    b->settings.tts_bank_pause_ms = 100;
    bank_make(b);
    pass(b, 60000);
    assert_int_equal(stats(b).pieces, 0);
    assert_true(b->seen <= stats(b).needed);
    b->settings.tts_bank_mb = 60;
    bank_settings_changed(b->bank);
    until_pieces(b, stats(b).needed);
}

static void test_disk_refuses(void **state)
{
    struct bench *b = *state;
    char path[DIR_PATH_BYTES];
    FILE *f;

    snprintf(path, sizeof(path), "%s/voices", b->dir);
    f = fopen(path, "w"); /* a file where the folder would be */
    assert_non_null(f);
    fclose(f);
    bank_make(b);
    pass(b, 5000);
    assert_true(b->fault < 0);
    assert_false(stats(b).is_open);
    assert_int_equal(b->seen, 0);
    assert_int_equal(say(b, "Done.", BANK_ANY_PIECES), -ENOENT);
    unlink(path);
}

/* Phrases that come anew - a device more - cost nothing of what is kept. */
static void test_phrases_again(void **state)
{
    struct bench *b = *state;
    AUTO_JSON *wrong = cJSON_CreateObject();
    unsigned asked;

    bank_make(b);
    until_pieces(b, stats(b).needed > 0 ? stats(b).needed : 12);
    pass(b, 60000);
    asked = b->seen;
    tell_phrases(b);
    pass(b, 20000);
    assert_int_equal(b->seen, asked);
    assert_int_equal(stats(b).missing, 0);
    bank_phrases(b->bank, wrong);
    pass(b, 100);
    assert_int_equal(b->fault, -EINVAL);
    assert_int_equal(say(b, "Done.", BANK_ONE_PIECE), 0); /* the old ones stand */
}

static void test_another_language(void **state)
{
    struct bench *b = *state;

    bank_make(b);
    until_pieces(b, 2);
    str_copy(b->settings.language, sizeof(b->settings.language), "fr");
    bank_settings_changed(b->bank);
    pass(b, 100);
    assert_int_equal(say(b, "Done.", BANK_ONE_PIECE), -ENOENT);
    assert_int_equal(stats(b).needed, 0); /* until somebody tells the French ones */
    str_copy(b->settings.language, sizeof(b->settings.language), "en");
    bank_settings_changed(b->bank);
    pass(b, 100);
    assert_int_equal(say(b, "Done.", BANK_ONE_PIECE), 0);
    str_copy(b->settings.tts_bank, sizeof(b->settings.tts_bank), "off");
    bank_settings_changed(b->bank);
    pass(b, 100);
    assert_int_equal(say(b, "Done.", BANK_ONE_PIECE), -ENOENT);
    assert_false(stats(b).is_open);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)
    static const struct CMUnitTest tests[] = {
        CASE(test_fills_gently),      CASE(test_said_most_comes_first), CASE(test_kept_as_it_was_said),
        CASE(test_modes),             CASE(test_gives_way_at_once),     CASE(test_server_fails),
        CASE(test_silence_is_no_piece), CASE(test_full),                CASE(test_disk_refuses),
        CASE(test_phrases_again),     CASE(test_another_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
