/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tts/flite_test.c - English text to sound by flite: what is read of a text, in which
 * parts, at which pace; that a sentence ends in the middle when nobody wants more of it. */
#include "helpers/tts/flite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void what_is_read_is_plain(void **state)
{
    static const struct {
        const char *text, *plain; /* NULL: not for flite */
    } rows[] = {
        { "", "" },
        { "The lamp is on.", "The lamp is on." },
        { "It\xe2\x80\x99s on", "It's on" },
        { "\xe2\x80\x9cthe hall\xe2\x80\x9d", "\"the hall\"" },
        { "one \xe2\x80\x93 two", "one - two" },
        { "wait\xe2\x80\xa6", "wait..." },
        { "21\xc2\xb0", "21 degrees " },
        { "21\xc2\xa0%", "21 %" },
        { "the caf\xc3\xa9", "the cafe" },
        { "\xc3\x80 la Fran\xc3\xa7oise", "A la Francoise" },
        { "Z\xc3\xbcrich, Stra\xc3\x9f" "e", "Zurich, Strasse" },
        { "\xc5\x93uvre, \xc3\x86gir", "oeuvre, Aegir" },
        { "2 \xc3\x97 3", NULL },
        { "\xd0\xbb\xd0\xb0\xd0\xbc\xd0\xbf\xd0\xb0", NULL },
        { "a \xf0\x9f\x92\xa1", NULL },
        { "a\xff", NULL },
        { "a\xc3", NULL },
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_int_equal(flite_plain(out, sizeof(out), rows[i].text), rows[i].plain != NULL);
        if (rows[i].plain)
            assert_string_equal(out, rows[i].plain);
    }
}

static void what_is_plain_fits_or_is_refused(void **state)
{
    char out[8];

    (void)state;
    assert_true(flite_plain(out, 8, "1234567"));
    assert_string_equal(out, "1234567");
    assert_false(flite_plain(out, 8, "12345678"));
    assert_false(flite_plain(out, 8, "1\xc2\xb0")); /* one sign, nine letters */
    assert_false(flite_plain(out, 1, "a"));
    assert_true(flite_plain(out, 1, ""));
}

#define TEN "123456789 "
#define SIXTY TEN TEN TEN TEN TEN TEN
static void a_text_is_made_in_parts(void **state)
{
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {
        { "", 0 },
        { "The lamp is on.", 15 },
        { "The lamp is on. The door is shut.", 15 },
        { "Is it? Yes.", 6 },
        { "It is 21.5 degrees.", 19 },          /* a point in a number ends nothing */
        { "The lamp, the fan.", 18 },           /* short enough to be said in one breath */
        { SIXTY "a, b. c", 65 },                /* the sentence goes before the clause */
        { SIXTY "a, " SIXTY SIXTY, 62 },        /* too long: to the last clause */
        { SIXTY SIXTY SIXTY, 160 },             /* else to the last word */
        { SIXTY SIXTY TEN TEN TEN "x" SIXTY, 150 }, /* one letter too long */
        { SIXTY SIXTY TEN TEN TEN "123456789012 b", 150 },
        { SIXTY SIXTY TEN TEN TEN "1234567890", 160 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(flite_part(rows[i].text), rows[i].want);
}

/* Parts put together are the text: nothing is left out or said twice. */
static void parts_are_the_whole_text(void **state)
{
    static const char *const texts[] = {
        SIXTY SIXTY SIXTY SIXTY "a, b. c? d! e; f: g",
        "x",
        "...!?.",
        "    ",
        "a. b. c. d. e.",
    };
    char endless[1001];

    (void)state;
    memset(endless, 'w', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    for (size_t i = 0; i <= N_OF(texts); i++) {
        const char *at = i < N_OF(texts) ? texts[i] : endless;
        const char *end = at + strlen(at);

        while (*at) {
            size_t n = flite_part(at);

            assert_in_range(n, 1, FLITE_PART_BYTES);
            assert_true(n <= (size_t)(end - at));
            at += n;
        }
        assert_ptr_equal(at, end);
    }
}

struct heard {
    size_t frames, calls, most; /* most: frames that are wanted; 0: all */
    int peak;
};

static bool hear(const int16_t *frames, size_t count, void *user)
{
    struct heard *h = user;

    for (size_t i = 0; i < count; i++)
        if (abs(frames[i]) > h->peak)
            h->peak = abs(frames[i]);
    h->frames += count;
    h->calls++;
    return h->most == 0 || h->frames < h->most;
}

static struct heard say(const char *text, unsigned rate_wpm)
{
    AUTO(flite_freep) struct flite *f = NULL;
    struct heard h = { .frames = 0 };

    assert_int_equal(flite_new(&f, NULL), 0);
    assert_int_equal(flite_speak(f, text, rate_wpm, hear, &h, NULL), 0);
    return h;
}

#define LAMP "The kitchen light is on."
static void speech_comes_while_it_is_made(void **state)
{
    struct heard h = say(LAMP, FLITE_WPM);

    (void)state;
    assert_in_range(h.frames, FLITE_RATE_HZ, 3 * FLITE_RATE_HZ); /* one to three seconds */
    assert_true(h.calls > 10);
    assert_in_range(h.peak, 10000, 32767);
}

static void the_pace_is_the_settings(void **state)
{
    size_t slow = say(LAMP, 85).frames, own = say(LAMP, FLITE_WPM).frames,
           fast = say(LAMP, 340).frames;

    (void)state;
    assert_in_range(slow, own * 17 / 10, own * 22 / 10);
    assert_in_range(fast, own * 4 / 10, own * 6 / 10);
}

static void a_sentence_ends_where_nobody_wants_more(void **state)
{
    AUTO(flite_freep) struct flite *f = NULL;
    struct heard h = { .most = 2000 }, all = { .frames = 0 };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(flite_new(&f, NULL), 0);
    assert_int_equal(flite_speak(f, LAMP " " LAMP " " LAMP, FLITE_WPM, hear, &h, &e), -ECANCELED);
    assert_string_equal(err_text(&e), "cancelled");
    assert_in_range(h.frames, 2000, 4000);
    assert_int_equal(flite_speak(f, LAMP, FLITE_WPM, hear, &all, NULL), 0); /* the next is whole */
    assert_int_equal(all.frames, say(LAMP, FLITE_WPM).frames);
}

/* What a reply may hold by mistake: it takes it, and the next sentence is spoken. */
static void odd_texts_do_no_harm(void **state)
{
    static const char *const texts[] = {
        " ", ". . .", "!?", "$", "\"", "((((", "-----", "<b>&amp;</b>", "%s%n", "1,2,3/4:5",
        "9999999999999999999999999999999999", "-1.5e300", "$12.999", "10:99:99", "A.B.C.D.",
        "IIIIIIIIIIIIIIII", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "http://a.b/c?d=e", "x@y.z", "C:\\", "12/31/1999", "0x1F", "''''", "\x7f",
    };
    AUTO(flite_freep) struct flite *f = NULL;
    struct heard h = { .frames = 0 };
    char endless[1001];

    (void)state;
    memset(endless, '7', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    assert_int_equal(flite_new(&f, NULL), 0);
    for (size_t i = 0; i < N_OF(texts); i++)
        assert_int_equal(flite_speak(f, texts[i], 450, hear, &h, NULL), 0);
    assert_int_equal(flite_speak(f, endless, 450, hear, &h, NULL), 0);
    h = (struct heard){ .frames = 0 };
    assert_int_equal(flite_speak(f, LAMP, FLITE_WPM, hear, &h, NULL), 0);
    assert_int_equal(h.frames, say(LAMP, FLITE_WPM).frames);
}

/* Given back and loaded again, as between two sentences that are far apart. */
static void it_comes_back(void **state)
{
    size_t first = say(LAMP, FLITE_WPM).frames;

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(say(LAMP, FLITE_WPM).frames, first);
    assert_null(flite_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_plain),
        cmocka_unit_test(what_is_plain_fits_or_is_refused),
        cmocka_unit_test(a_text_is_made_in_parts),
        cmocka_unit_test(parts_are_the_whole_text),
        cmocka_unit_test(speech_comes_while_it_is_made),
        cmocka_unit_test(the_pace_is_the_settings),
        cmocka_unit_test(a_sentence_ends_where_nobody_wants_more),
        cmocka_unit_test(odd_texts_do_no_harm),
        cmocka_unit_test(it_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
