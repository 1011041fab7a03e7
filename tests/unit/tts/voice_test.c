/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tts/voice_test.c - text to sound and to phonemes by espeak-ng: what is spoken and what is
 * refused, how silence is cut, and that a sentence that was stopped leaves nothing behind. */
#include "helpers/tts/voice.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { QUIET = 150, SLOT_MS = 10, LEAD_SLOTS = 1, TRAIL_SLOTS = 4, PIECE_MS = 50, RATE_WPM = 150 };

static struct voice *voice;

struct sound {
    int16_t *frames; /* owned */
    size_t count, pieces;
    size_t odd_pieces; /* of another length than 50 ms */
    size_t stop_at;    /* piece at which the listener has enough; 0: never */
    int stop_code;
};

static int hear(const int16_t *frames, size_t count, void *user)
{
    struct sound *s = user;

    assert_true(count > 0);
    s->frames = realloc(s->frames, (s->count + count) * sizeof(*frames));
    assert_non_null(s->frames);
    memcpy(s->frames + s->count, frames, count * sizeof(*frames));
    s->count += count;
    s->pieces++;
    s->odd_pieces += count != voice_rate_hz(voice) * PIECE_MS / 1000;
    return s->stop_at > 0 && s->pieces == s->stop_at ? s->stop_code : 0;
}

static size_t frames_of(const char *text, unsigned rate_wpm)
{
    struct sound s = { 0 };
    struct err e = ERR_INIT;

    if (voice_speak(voice, text, rate_wpm, hear, &s, &e) != 0)
        fail_msg("'%s': %s", text, err_text(&e));
    free(s.frames);
    return s.count;
}

static void choose(const char *name, const char *language)
{
    struct err e = ERR_INIT;

    if (voice_choose(voice, name, language, &e) != 0)
        fail_msg("%s/%s: %s", name, language, err_text(&e));
}

static void voices_are_named(void **state)
{
    static const char long_name[] = "a-name-of-sixty-four-bytes-is-one-more-than-any-voice-of-theirs-";
    static const struct {
        const char *name, *language;
        int want;
        const char *words;
    } rows[] = {
        { "", "en", 0, NULL },
        { "", "en-gb", 0, NULL },
        { "en-us+f3", "", 0, NULL },
        { "en-us+f3", "fr", 0, NULL }, /* the name goes first */
        { "", "fr", 0, NULL },
        { "", "de", 0, NULL },
        { "nobody", "en", -ENOENT, "tts.voice: espeak-ng has no voice 'nobody'; see 'espeak-ng --voices'" },
        { "", "qq", -ENOENT, "tts.voice: espeak-ng has no voice 'qq'; see 'espeak-ng --voices'" },
        { "", "", -EINVAL, "tts.voice: '' is no name of a voice; see 'espeak-ng --voices'" },
        { "../x", "en", -EINVAL, "tts.voice: '../x' is no name of a voice; see 'espeak-ng --voices'" },
        { "/etc/passwd", "en", -EINVAL, "tts.voice: '/etc/passwd' is no name of a voice; see 'espeak-ng --voices'" },
        { "en us", "en", -EINVAL, "tts.voice: 'en us' is no name of a voice; see 'espeak-ng --voices'" },
        { "en\n", "en", -EINVAL, "tts.voice: 'en?' is no name of a voice; see 'espeak-ng --voices'" },
        { long_name, "en", -EINVAL, "tts.voice: 'a-name-of-sixty-four-bytes-is-one-more-t' is no name of a voice; see "
                                    "'espeak-ng --voices'" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct err e = ERR_INIT;

        if (voice_choose(voice, rows[i].name, rows[i].language, &e) != rows[i].want)
            fail_msg("%s/%s: %s", rows[i].name, rows[i].language, err_text(&e));
        if (rows[i].words)
            assert_string_equal(err_text(&e), rows[i].words);
    }
}

/* A voice that is refused changes nothing for the next sentence of the one before. */
static void a_refused_voice_is_no_other_voice(void **state)
{
    char before[VOICE_SOUND_BYTES], after[VOICE_SOUND_BYTES];

    (void)state;
    choose("", "fr");
    assert_int_equal(voice_phonemes(voice, "cuisine", before, sizeof(before), NULL), 0);
    assert_int_equal(voice_choose(voice, "nobody", "en", NULL), -ENOENT);
    choose("", "fr");
    assert_int_equal(voice_phonemes(voice, "cuisine", after, sizeof(after), NULL), 0);
    assert_string_equal(before, after);
    choose("", "en");
    assert_int_equal(voice_phonemes(voice, "cuisine", after, sizeof(after), NULL), 0);
    assert_string_not_equal(before, after);
}

static void what_is_no_text_is_refused(void **state)
{
    static char most[VOICE_TEXT_BYTES + 2];
    static const struct {
        const char *text;
        int want;
        const char *words;
    } rows[] = {
        { "", -EINVAL, "an empty text" },
        { "    ", -EINVAL, "an empty text" },
        { "a\nb", -EINVAL, "the text holds the control character 10" },
        { "a\tb", -EINVAL, "the text holds the control character 9" },
        { "\x1b[0m", -EINVAL, "the text holds the control character 27" },
        { "a\x7f", -EINVAL, "the text holds the control character 127" },
        { "\xff", -EINVAL, "the text is not UTF-8" },
        { "caf\xc3", -EINVAL, "the text is not UTF-8" },
        { "\xed\xa0\x80", -EINVAL, "the text is not UTF-8" },
        { most, -E2BIG, "a text of 2001 bytes; at most 2000 are spoken" },
    };

    (void)state;
    choose("", "en");
    memset(most, 'a', VOICE_TEXT_BYTES + 1);
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct sound s = { 0 };
        struct err e = ERR_INIT;

        assert_int_equal(voice_speak(voice, rows[i].text, RATE_WPM, hear, &s, &e), rows[i].want);
        assert_string_equal(err_text(&e), rows[i].words);
        assert_int_equal(s.pieces, 0);
    }
}

static void the_rate_is_bounded(void **state)
{
    static const struct {
        unsigned wpm;
        int want;
        const char *words;
    } rows[] = {
        { 79, -EINVAL, "tts.rate_wpm: 79 is outside 80..450" }, { 80, 0, "" },
        { 450, 0, "" }, { 451, -EINVAL, "tts.rate_wpm: 451 is outside 80..450" },
        { 0, -EINVAL, "tts.rate_wpm: 0 is outside 80..450" },
    };

    (void)state;
    choose("", "en");
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct sound s = { 0 };
        struct err e = ERR_INIT;

        assert_int_equal(voice_speak(voice, "one", rows[i].wpm, hear, &s, &e), rows[i].want);
        assert_string_equal(rows[i].want ? err_text(&e) : "", rows[i].words);
        free(s.frames);
    }
    assert_true(frames_of("the light is on", 80) > 2 * frames_of("the light is on", 300));
}

/* How many frames at one end are silent. */
static size_t quiet_at(const struct sound *s, bool at_end)
{
    size_t n = 0;

    while (n < s->count) {
        int16_t sample = s->frames[at_end ? s->count - 1 - n : n];

        if (sample <= -QUIET || sample >= QUIET)
            break;
        n++;
    }
    return n;
}

static void silence_is_cut_at_both_ends(void **state)
{
    static const char *const texts[] = {
        "yes", "The kitchen light is on.", "a", "one, two, three", "Done. It is half past seven.", "ssss",
    };

    (void)state;
    choose("", "en");
    for (size_t i = 0; i < N_OF(texts); i++) {
        const size_t slot = voice_rate_hz(voice) * SLOT_MS / 1000;
        struct sound s = { 0 };

        assert_int_equal(voice_speak(voice, texts[i], RATE_WPM, hear, &s, NULL), 0);
        assert_true(s.count > slot * 5);
        /* a slot that holds sound may begin and end with silence */
        assert_in_range(quiet_at(&s, false), 0, (LEAD_SLOTS + 1) * slot);
        assert_in_range(quiet_at(&s, true), 0, (TRAIL_SLOTS + 1) * slot);
        assert_true(s.odd_pieces <= 1); /* the last */
        assert_int_equal(s.count / (voice_rate_hz(voice) * PIECE_MS / 1000) + s.odd_pieces, s.pieces);
        free(s.frames);
    }
}

/* Silence inside a sentence stays: it is how a comma sounds. */
static void a_pause_inside_is_kept(void **state)
{
    (void)state;
    choose("", "en");
    assert_true(frames_of("one, two, three, four", RATE_WPM) > 3 * frames_of("one two three four", RATE_WPM) / 2);
    assert_true(frames_of("One. Two. Three. Four.", RATE_WPM) > frames_of("one two three four", RATE_WPM));
}

static void what_makes_no_sound_is_no_fault(void **state)
{
    static const char *const texts[] = { ".", "-", "...", "'" };

    (void)state;
    choose("", "en");
    for (size_t i = 0; i < N_OF(texts); i++)
        assert_true(frames_of(texts[i], RATE_WPM) < voice_rate_hz(voice));
}

/* No markup: what looks like it is read out or passed over, never obeyed. */
static void markup_is_not_obeyed(void **state)
{
    (void)state;
    choose("", "en");
    assert_true(frames_of("a <break time='20s'/> b", RATE_WPM) < 10 * (size_t)voice_rate_hz(voice));
    assert_true(frames_of("[[h@l'oU]]", RATE_WPM) != frames_of("hello", RATE_WPM));
    assert_true(frames_of("<audio src='/etc/passwd'/> b", RATE_WPM) > 0);
}

static void the_longest_text_is_spoken(void **state)
{
    char text[VOICE_TEXT_BYTES + 1] = "";

    (void)state;
    choose("", "en");
    for (size_t i = 0; i + 5 <= VOICE_TEXT_BYTES; i += 5)
        memcpy(text + i, "lamp ", 5);
    assert_true(frames_of(text, 450) > 20 * (size_t)voice_rate_hz(voice));
}

static void languages_sound_different(void **state)
{
    size_t en, fr;

    (void)state;
    choose("", "en");
    en = frames_of("la lumi\u00e8re de la cuisine est allum\u00e9e", RATE_WPM);
    choose("", "fr");
    fr = frames_of("la lumi\u00e8re de la cuisine est allum\u00e9e", RATE_WPM);
    assert_true(en > 0 && fr > 0 && en != fr);
    choose("", "de");
    assert_true(frames_of("K\u00fcche, Stra\u00dfe", RATE_WPM) > 0);
    choose("", "en");
    assert_true(frames_of("\u53f0\u6240 \U0001f4a1", RATE_WPM) > 0); /* letters that it cannot read are named */
}

/* The next sentence is as if there had been none before. */
static void a_stopped_sentence_leaves_nothing_behind(void **state)
{
    static const char text[] = "the lamp in the living room is off";
    size_t whole;

    (void)state;
    choose("", "en");
    whole = frames_of(text, RATE_WPM);
    for (size_t at = 1; at < 8; at++) {
        struct sound s = { .stop_at = at, .stop_code = -EPIPE - (int)at };
        struct err e = ERR_INIT;

        assert_int_equal(voice_speak(voice, text, RATE_WPM, hear, &s, &e), -EPIPE - (int)at);
        assert_string_equal(err_text(&e), "cancelled");
        assert_int_equal(s.pieces, at); /* no sound after it was stopped */
        free(s.frames);
        assert_int_equal(frames_of(text, RATE_WPM), whole);
    }
}

/* Stopped at the very last piece, which only the end of the sentence brings. */
static void stopped_at_the_end(void **state)
{
    struct sound s = { 0 };
    size_t pieces;

    (void)state;
    choose("", "en");
    assert_int_equal(voice_speak(voice, "yes", RATE_WPM, hear, &s, NULL), 0);
    pieces = s.pieces;
    free(s.frames);
    s = (struct sound){ .stop_at = pieces, .stop_code = -ECANCELED };
    assert_int_equal(voice_speak(voice, "yes", RATE_WPM, hear, &s, NULL), -ECANCELED);
    free(s.frames);
}

static void words_have_phonemes(void **state)
{
    static const struct {
        const char *language, *word, *want; /* want: how it begins; NULL: only that there is something */
    } rows[] = {
        { "en", "kitchen", "k_'I_tS" }, { "en", "lamp", "l_'a_m_p" }, { "en", "TV", NULL },    { "en", "2", NULL },
        { "en", "x-ray", NULL },        { "fr", "lampe", "l_" },       { "de", "Licht", "l_" }, { "en", "caf\u00e9", NULL },
        { "en", "two words", "t_" },    { "en", ".", "" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        char sounds[VOICE_SOUND_BYTES] = "";
        struct err e = ERR_INIT;

        choose("", rows[i].language);
        if (voice_phonemes(voice, rows[i].word, sounds, sizeof(sounds), &e) != 0)
            fail_msg("'%s': %s", rows[i].word, err_text(&e));
        if (rows[i].want && strncmp(sounds, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("'%s': %s", rows[i].word, sounds);
        assert_true(sounds[0] || (rows[i].want && !rows[i].want[0]));
        for (const char *c = sounds; *c; c++) /* ASCII, and no part is empty */
            assert_true((unsigned char)*c < 0x80 && !(c[0] == '_' && (c == sounds || c[1] == '_' || !c[1])));
    }
}

static void phonemes_are_refused(void **state)
{
    static char most[VOICE_WORD_BYTES + 2];
    static const struct {
        const char *word;
        size_t size;
        int want;
        const char *words;
    } rows[] = {
        { "", VOICE_SOUND_BYTES, -EINVAL, "an empty text" },
        { " ", VOICE_SOUND_BYTES, -EINVAL, "an empty text" },
        { "a\tb", VOICE_SOUND_BYTES, -EINVAL, "the text holds the control character 9" },
        { "\xc3", VOICE_SOUND_BYTES, -EINVAL, "the text is not UTF-8" },
        { most, VOICE_SOUND_BYTES, -E2BIG, "a text of 65 bytes; at most 64 are spoken" },
        { "kitchen", 4, -EINVAL, "'kitchen' has too many phonemes" },
    };

    (void)state;
    choose("", "en");
    memset(most, 'a', VOICE_WORD_BYTES + 1);
    for (size_t i = 0; i < N_OF(rows); i++) {
        char sounds[VOICE_SOUND_BYTES];
        struct err e = ERR_INIT;

        assert_int_equal(voice_phonemes(voice, rows[i].word, sounds, rows[i].size, &e), rows[i].want);
        assert_string_equal(err_text(&e), rows[i].words);
    }
}

/* Whatever it is given, it says something or refuses; the seed is printed. */
static void nothing_is_too_strange(void **state)
{
    const char *env = getenv("SEED");
    unsigned seed = env ? (unsigned)strtoul(env, NULL, 10) : (unsigned)getpid(), first = seed;

    (void)state;
    print_message("SEED=%u\n", seed);
    choose("", "en");
    for (int i = 0; i < 60; i++) {
        AUTO_STR text = STR_INIT;
        char sounds[VOICE_SOUND_BYTES];
        struct sound s = { 0 };
        int r;

        for (int n = rand_r(&seed) % 16; n >= 0; n--)
            utf8_add(&text, 1 + (uint32_t)rand_r(&seed) % (rand_r(&seed) % 3 ? 0x250 : 0xd000));
        r = voice_speak(voice, str_text(&text), 450, hear, &s, NULL);
        if (r != 0 && r != -EINVAL)
            fail_msg("SEED=%u: %d for '%s'", first, r, str_text(&text));
        free(s.frames);
        r = voice_phonemes(voice, str_text(&text), sounds, sizeof(sounds), NULL);
        if (r != 0 && r != -EINVAL && r != -E2BIG)
            fail_msg("SEED=%u: %d for '%s'", first, r, str_text(&text));
    }
}

static int set_up(void **state)
{
    (void)state;
    return voice_new(&voice, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    assert_null(voice_free(NULL));
    voice = voice_free(voice);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voices_are_named),
        cmocka_unit_test(a_refused_voice_is_no_other_voice),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(the_rate_is_bounded),
        cmocka_unit_test(silence_is_cut_at_both_ends),
        cmocka_unit_test(a_pause_inside_is_kept),
        cmocka_unit_test(what_makes_no_sound_is_no_fault),
        cmocka_unit_test(markup_is_not_obeyed),
        cmocka_unit_test(the_longest_text_is_spoken),
        cmocka_unit_test(languages_sound_different),
        cmocka_unit_test(a_stopped_sentence_leaves_nothing_behind),
        cmocka_unit_test(stopped_at_the_end),
        cmocka_unit_test(words_have_phonemes),
        cmocka_unit_test(phonemes_are_refused),
        cmocka_unit_test(nothing_is_too_strange),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
