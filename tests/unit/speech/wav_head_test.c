/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/wav_head_test.c - WAV over the network: every order of chunks, every cut, what is no
 * sound, and that what is written is read. */
#include "speech/wav_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RIFF "RIFF\xff\xff\xff\xffWAVE"
#define FMT(kind, channels, rate, bits)            \
    "fmt \x10\0\0\0" kind channels rate "\0\0\0\0" \
    "\0\0" bits
#define MONO       FMT("\1\0", "\1\0", "\x40\x1f\0\0", "\x10\0") /* 8000 Hz */
#define DATA(size) "data" size
#define B(text)    text, sizeof(text) - 1

static const struct {
    const char *name, *bytes;
    size_t len;
    int want;
    uint32_t rate;
    const char *samples; /* of two bytes; or words */
    size_t samples_len;
} cases[] = {
    { "usual", B(RIFF MONO DATA("\4\0\0\0") "\1\2\3\4"), 0, 8000, B("\1\2\3\4") },
    { "a chunk before, of odd size", B(RIFF "LIST\3\0\0\0abc\0" MONO DATA("\2\0\0\0") "\1\2"), 0,
      8000, B("\1\2") },
    { "a chunk between", B(RIFF MONO "fact\4\0\0\0abcd" DATA("\2\0\0\0") "\1\2"), 0, 8000,
      B("\1\2") },
    { "what stands behind is no sound", B(RIFF MONO DATA("\2\0\0\0") "\1\2LIST\2\0\0\0ab"), 0, 8000,
      B("\1\2") },
    { "streamed: size 0", B(RIFF MONO DATA("\0\0\0\0") "\1\2\3\4"), 0, 8000, B("\1\2\3\4") },
    { "streamed: size unknown", B(RIFF MONO DATA("\xff\xff\xff\xff") "\1\2\3\4"), 0, 8000,
      B("\1\2\3\4") },
    { "half a sample at the end", B(RIFF MONO DATA("\3\0\0\0") "\1\2\3"), 0, 8000, B("\1\2") },
    { "two channels: the first",
      B(RIFF FMT("\1\0", "\2\0", "\x40\x1f\0\0", "\x10\0") DATA("\x08\0\0\0") "\1\2ab\3\4cd"), 0,
      8000, B("\1\2\3\4") },
    { "extensible",
      B(RIFF FMT("\xfe\xff", "\1\0", "\x80\xbb\0\0", "\x10\0") DATA("\2\0\0\0") "\1\2"), 0, 48000,
      B("\1\2") },
    { "sound has not begun", B(RIFF MONO), 0, 8000, B("") },
    { "nothing", B(""), 0, 0, B("") },
    { "no RIFF", B("OggS.............."), -EPROTO, 0, B("no WAV sound") },
    { "no WAVE", B("RIFF\4\0\0\0AVI LIST"), -EPROTO, 0, B("no WAV sound") },
    { "data before the format", B(RIFF DATA("\2\0\0\0") "\1\2"), -EPROTO, 0,
      B("without a format") },
    { "floating point", B(RIFF FMT("\3\0", "\1\0", "\x40\x1f\0\0", "\x20\0") DATA("\2\0\0\0")),
      -EPROTO, 0, B("not 16 bit PCM") },
    { "8 bit", B(RIFF FMT("\1\0", "\1\0", "\x40\x1f\0\0", "\x08\0") DATA("\2\0\0\0")), -EPROTO, 0,
      B("not 16 bit PCM") },
    { "a short format", B(RIFF "fmt \4\0\0\0\1\0\1\0" DATA("\2\0\0\0")), -EPROTO, 0,
      B("not 16 bit PCM") },
    { "no channel", B(RIFF FMT("\1\0", "\0\0", "\x40\x1f\0\0", "\x10\0") DATA("\2\0\0\0")), -EPROTO,
      0, B("0 channels") },
    { "a thousand channels",
      B(RIFF FMT("\1\0", "\xe8\3", "\x40\x1f\0\0", "\x10\0") DATA("\2\0\0\0")), -EPROTO, 0,
      B("1000 channels") },
    { "no rate", B(RIFF FMT("\1\0", "\1\0", "\0\0\0\0", "\x10\0") DATA("\2\0\0\0")), -EPROTO, 0,
      B("at 0 Hz") },
    { "every rate", B(RIFF FMT("\1\0", "\1\0", "\xff\xff\xff\xff", "\x10\0") DATA("\2\0\0\0")),
      -EPROTO, 0, B("at 4294967295 Hz") },
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t step = 1; step <= 101; step += 20) {
            AUTO_STR out = STR_INIT;
            struct wav_in w;
            struct err e = ERR_INIT;
            int r = 0;

            print_message("%s, by %zu\n", cases[i].name, step);
            wav_in_init(&w);
            for (size_t at = 0; at < cases[i].len && r == 0; at += step)
                r = wav_in_feed(&w, cases[i].bytes + at,
                                cases[i].len - at < step ? cases[i].len - at : step, &out, &e);
            assert_int_equal(r, cases[i].want);
            if (r < 0) {
                assert_non_null(strstr(e.text, cases[i].samples));
            } else {
                assert_int_equal(out.len, cases[i].samples_len);
                assert_memory_equal(str_text(&out), cases[i].samples, out.len);
                assert_int_equal(w.rate_hz, cases[i].rate);
            }
            wav_in_done(&w);
        }
}

/* Sound that never begins is given up at the bound. */
static void test_never_begins(void **state)
{
    static const char blank[1024];
    AUTO_STR out = STR_INIT;
    struct wav_in w;
    size_t fed = 0;
    int r;

    (void)state;
    wav_in_init(&w);
    r = wav_in_feed(&w, RIFF "LIST\xff\xff\xff\x7f", 20, &out, NULL);
    for (; r == 0 && fed < 1 << 20; fed += sizeof(blank))
        r = wav_in_feed(&w, blank, sizeof(blank), &out, NULL);
    assert_int_equal(r, -EPROTO);
    assert_in_range(fed, WAV_HEAD_BYTES_MAX - 2048, WAV_HEAD_BYTES_MAX + 2048);
    assert_int_equal(out.len, 0);
    wav_in_done(&w);
}

static void test_written_is_read(void **state)
{
    static const int16_t samples[] = { 1, -2, 32767, -32768 };
    uint8_t head[WAV_HEAD_BYTES];
    AUTO_STR out = STR_INIT;
    struct wav_in w;

    (void)state;
    wav_head_put(head, 16000, 4);
    assert_memory_equal(head + 4, "\x2c\0\0\0", 4); /* all but the first eight bytes */
    wav_in_init(&w);
    assert_int_equal(wav_in_feed(&w, head, sizeof(head), &out, NULL), 0);
    assert_int_equal(wav_in_feed(&w, samples, sizeof(samples), &out, NULL), 0);
    assert_int_equal(w.rate_hz, 16000);
    assert_int_equal(out.len, sizeof(samples));
    assert_memory_equal(out.data, samples, sizeof(samples));
    wav_in_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_never_begins),
        cmocka_unit_test(test_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
